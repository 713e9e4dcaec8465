/// From which score on a row counts as a yes, where it is said how many rows are to.
///
///     ShareThreshold.value(scores: [0.1, 0.4, 0.35, 0.8], share: 0.5)   // 0.4
///
/// The highest score at or above which lies at least that share of the rows, by weight: equal
/// scores stay together, so that it may be more. `nil` without a row.
package enum ShareThreshold {
    /// The threshold for a share above 0 and at most 1 of scores that are no NaN.
    package static func value(scores: [Double], weights: [Double]? = nil, share: Double) -> Double?
    {
        precondition(share > 0 && share <= 1, "a share of rows")
        let total = weights?.reduce(0, +) ?? Double(scores.count)
        var above = 0.0
        for place in NumberOrder.ascending(scores).reversed() {
            above += weights?[Int(place)] ?? 1
            // Sums of shares such as 0.1 differ from the product by a rounding.
            if above >= share * total * (1 - 1e-12) { return scores[Int(place)] }
        }
        return scores.min()
    }
}
