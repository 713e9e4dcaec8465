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
        let groups = ScoreGroups(
            scores: scores, isPositive: scores.map { _ in false }, weights: weights)
        let first = groups.first(ofShare: share)
        return first < groups.scores.count ? groups.scores[first] : .infinity
    }
}
