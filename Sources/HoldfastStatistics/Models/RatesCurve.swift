/// The ROC curve of some scores: the share of the positives and of the negatives that are a yes,
/// for each threshold.
package enum RatesCurve {
    /// One threshold.
    package struct Point: Sendable, Equatable {
        /// The share of the negatives' weight at the threshold or above.
        package let falsePositive: Double
        /// The share of the positives' weight.
        package let truePositive: Double
    }

    /// The curve from no yes to all, thinned to at most `limit` points: those at which the sum of
    /// both shares passes the next of as many equal steps. `nil` without a positive or a negative.
    ///
    ///     let groups = ScoreGroups(
    ///         scores: [0.1, 0.4, 0.35, 0.8], isPositive: [false, false, true, true])
    ///     RatesCurve.points(groups)?.map(\.truePositive)   // [0, 0.5, 0.5, 1, 1]
    package static func points(_ groups: ScoreGroups, limit: Int = 200) -> [Point]? {
        precondition(limit > 2, "a curve has ends")
        let positives = groups.positive.reduce(0, +)
        let negatives = groups.negative.reduce(0, +)
        guard positives > 0, negatives > 0 else { return nil }
        var points = [Point(falsePositive: 0, truePositive: 0)]
        var (yes, no, next) = (0.0, 0.0, 0.0)
        let step = groups.scores.count < limit ? 0 : 2 / Double(limit - 2)
        for group in groups.scores.indices.reversed().dropLast() {
            yes += groups.positive[group]
            no += groups.negative[group]
            let point = Point(
                falsePositive: min(1, no / negatives), truePositive: min(1, yes / positives))
            guard point.falsePositive + point.truePositive >= next else { continue }
            points.append(point)
            next = point.falsePositive + point.truePositive + step
        }
        points.append(Point(falsePositive: 1, truePositive: 1))
        return points
    }
}
