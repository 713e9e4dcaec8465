/// From which score on a row counts as a yes, where it is said how many rows may be one.
///
///     ShareThreshold.value(scores: [0.1, 0.4, 0.35, 0.8], share: 0.5)   // 0.4
///     ShareThreshold.value(scores: [1, 1, 1], share: 0.1)               // infinity: no row
///
/// The lowest score at or above which lies no more than that share of the rows, by weight, as
/// ``ScoreGroups/first(ofShare:)`` counts it: rows of one score go together, and those that would
/// pass the share are all left out.
package enum ShareThreshold {
    /// The threshold for a share above 0 and at most 1 of scores that are no NaN; `nil` without a
    /// row.
    package static func value(scores: [Double], weights: [Double]? = nil, share: Double) -> Double?
    {
        precondition(share > 0 && share <= 1, "a share of rows")
        guard !scores.isEmpty else { return nil }
        let total = weights?.reduce(0, +) ?? Double(scores.count)
        let most = share * total * (1 + 1e-12)
        var (taken, threshold) = (0.0, Double.infinity)
        let order = NumberOrder.ascending(scores)
        var end = order.count
        while end > 0 {
            let score = scores[Int(order[end - 1])]
            while end > 0, scores[Int(order[end - 1])] == score {
                taken += weights?[Int(order[end - 1])] ?? 1
                end -= 1
            }
            if taken > most { break }
            threshold = score
        }
        return threshold
    }
}
