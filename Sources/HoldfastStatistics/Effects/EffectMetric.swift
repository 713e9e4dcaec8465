/// What is compared of two arms' rows.
package enum EffectMetric: Sendable, Equatable {
    /// The mean of the values.
    case mean
    /// The share of the values that are 1, the others being 0.
    case proportion
    /// The sum of the values over the sum of the denominators, such as revenue per visit.
    case ratio
    /// The value below which a share of the rows lies, such as 0.5 for the median.
    case quantile(Double)
}

/// How surely an effect is to be stated.
package struct EffectOptions: Sendable, Equatable {
    /// The probability with which an interval holds the truth, between 0 and 1.
    package var level: Double
    /// The rows of both arms at which the confidence sequence is to be tightest, fixed before the
    /// start, from 1 to ``mostRows``: 5,000, as in gbstats.
    package var tuningRows: Double
    /// Whether confidence sequences are wanted beside the intervals.
    package var hasSequence: Bool

    /// The most rows that a sequence can be tuned to: more than there will ever be.
    package static let mostRows = 1e15

    /// Options, by default those of a 95% interval.
    package init(level: Double = 0.95, tuningRows: Double = 5_000, hasSequence: Bool = true) {
        self.level = level
        self.tuningRows = tuningRows
        self.hasSequence = hasSequence
    }

    /// What makes these options unfit, or `nil`.
    func fault(_ metric: EffectMetric) -> EffectFault? {
        // 1 less the smallest level that there is would be 1.
        guard level > 0, level < 1, 1 - level < 1 else { return .levelOutside(level) }
        guard tuningRows >= 1, tuningRows <= Self.mostRows else {
            return .tuningRowsOutside(tuningRows)
        }
        if case .quantile(let share) = metric, !(share > 0 && share < 1) {
            return .quantileOutside(share)
        }
        return nil
    }
}
