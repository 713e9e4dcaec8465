/// Which of the two arms.
package enum EffectArm: String, Sendable, Equatable {
    /// The arm that is compared to.
    case control
    /// The arm that is compared.
    case treatment
}

/// Why an effect could not be worked out. Rows are counted from 0.
package enum EffectFault: Error, Sendable, Equatable {
    /// An arm has no row with an outcome.
    case noRows(EffectArm)
    /// An arm has one row, of which no variance is known.
    case oneRow(EffectArm)
    /// No row differs from its arm's figure: there is no variance to judge a difference by.
    case oneValue
    /// An arm has one cluster, however many rows it has.
    case fewerThanTwoClusters(EffectArm)
    /// An arm's denominators add up to 0.
    case zeroDenominator(EffectArm)
    /// The mean of an arm's denominators may be 0: its interval of 95% holds it.
    case denominatorNearZero(EffectArm)
    /// A ratio's denominators are not there.
    case noDenominators(EffectArm)
    /// A value, a denominator or a covariate is infinite, or is no number.
    case notFinite(EffectArm, row: Int)
    /// A proportion's value is neither 0 nor 1.
    case notAProportion(EffectArm, row: Int)
    /// A weight is not above 0.
    case badWeight(EffectArm, row: Int)
    /// Next to all of an arm's weight lies in one row, or in one cluster.
    case oneWeight
    /// The columns of an arm differ in length.
    case unequalColumns(EffectArm)
    /// An arm has too few rows, or clusters, for an interval of this quantile.
    case tooFewForQuantile(EffectArm)
    /// A figure is too large for a double.
    case beyondDouble
    /// The level of the intervals is not between 0 and 1.
    case levelOutside(Double)
    /// A confidence sequence is tuned to other rows than 1 to ``EffectOptions/mostRows``.
    case tuningRowsOutside(Double)
    /// The share of a quantile is not between 0 and 1.
    case quantileOutside(Double)
    /// It is not known which rows of an arm were exposed.
    case noExposure(EffectArm)
    /// Arms hardly differ in who was exposed: the F of that difference, below 10.
    case weakExposure(Double)
    /// A complier effect is one on a mean or a proportion.
    case noComplierMetric

    /// What is wrong and what can be done, in one sentence.
    package var sentence: String {
        switch self {
        case .noRows(let arm):
            "the \(arm.rawValue) arm has no row with an outcome: wait until outcomes are ripe, or "
                + "say what an absent one counts"
        case .oneRow(let arm):
            "the \(arm.rawValue) arm has one row, which shows no variance: wait for more rows"
        case .oneValue:
            "no value differs within an arm, so that chance cannot be judged: look at whether the "
                + "metric is the one that was meant"
        case .fewerThanTwoClusters(let arm):
            "the \(arm.rawValue) arm has one cluster, and clusters were randomised: at least two "
                + "are needed in each arm"
        case .zeroDenominator(let arm):
            "the \(arm.rawValue) arm's denominators add up to 0: a ratio needs others"
        case .denominatorNearZero(let arm):
            "the mean of the \(arm.rawValue) arm's denominators may be 0: a ratio needs more "
                + "rows, or others"
        case .noDenominators(let arm):
            "the \(arm.rawValue) arm has no denominators: name the column of the ratio's denominator"
        case .notFinite(let arm, let row):
            "a number of the \(arm.rawValue) arm's row \(row), or a unit's sum, is not finite or "
                + "beyond a double: correct it, leave it out, or divide the metric by a constant"
        case .notAProportion(let arm, let row):
            "the \(arm.rawValue) arm's row \(row) is neither 0 nor 1: ask for a mean"
        case .badWeight(let arm, let row):
            "the weight of the \(arm.rawValue) arm's row \(row) is not above 0: a weight is 1 over "
                + "a propensity"
        case .oneWeight:
            "all of an arm's weight lies in one row or cluster, which shows no variance: look at the "
                + "propensities that are next to 0"
        case .unequalColumns(let arm):
            "the columns of the \(arm.rawValue) arm differ in length: each row needs a cell in each"
        case .tooFewForQuantile(let arm):
            "the \(arm.rawValue) arm has too few rows for an interval of this quantile: wait for "
                + "more, or ask for one nearer to the median"
        case .beyondDouble:
            "a figure is too large for a double: divide the metric by a constant"
        case .levelOutside(let level):
            "a level of \(level) is not between 0 and 1: 0.95 is the usual one"
        case .tuningRowsOutside(let rows):
            "a confidence sequence cannot be tuned to \(rows) rows: name how many are expected"
        case .quantileOutside(let share):
            "a quantile at \(share) is not between 0 and 1: 0.5 is the median"
        case .noExposure(let arm):
            "it is not known which rows of the \(arm.rawValue) arm were exposed: record exposures"
        case .weakExposure(let f):
            "the arms hardly differ in who was exposed (F \(Self.rounded(f)), where 10 are needed): "
                + "go by the effect of what was dealt"
        case .noComplierMetric:
            "an effect on those who complied is one on a mean or a proportion: ask for one of these"
        }
    }

    /// To one decimal, as far as a reader needs it.
    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
