import Glibc

/// A figure of one group, with an interval at any level.
package struct GroupEstimate: Sendable {
    /// The figure.
    package let value: Double
    private let form: Form

    private enum Form: Sendable {
        case share(size: Double)
        case mean(error: Double, degrees: Double)
        case offset(error: Double, degrees: Double, rate: Double, size: Double, together: Double)
    }

    /// A share of rows, by E. B. Wilson's interval.
    package init(_ share: GroupCells.Share) {
        value = share.share
        form = .share(size: share.size)
    }

    /// A mean, by Student's t of the rows of equal weight or the clusters that it rests on.
    ///
    /// Where there are fewer than `few` of those, the numbers are taken to vary as much as
    /// `variance` says at least, which all rows together know: three rows that happen to be alike
    /// do not make a mean exact. `nil` for a group without a row.
    package init?(
        _ means: GroupMeans, group: Int, leastVariance variance: Double = 0, few: Double = 30
    ) {
        guard let mean = means.mean(group), let size = means.size(group) else { return nil }
        value = mean
        let least = (variance / size).squareRoot()
        let own = means.error(group)
        form = .mean(
            error: size < few ? max(own ?? 0, least) : own ?? least, degrees: max(1, size - 1))
    }

    /// The mean prediction less the rate of the labels, in a group of a model of two classes.
    ///
    /// From the interval of the mean and Wilson's of the rate, which is not empty where the group
    /// happens to have no positive, with the correlation of the two in the group's rows (G. Y. Zou
    /// and A. Donner, "Construction of confidence limits about effect measures: a general
    /// approach", 2008).
    package init(
        prediction: GroupEstimate, rate: GroupCells.Share, correlation: Double
    ) {
        value = prediction.value - rate.share
        switch prediction.form {
        case .mean(let error, let degrees):
            form = .offset(
                error: error, degrees: degrees, rate: rate.share, size: rate.size,
                together: min(1, max(-1, correlation)))
        case .share, .offset: preconditionFailure("the mean of the predictions is a mean")
        }
    }

    /// Where the figure lies, with probability `level`.
    package func interval(level: Double) -> Interval {
        switch form {
        case .share(let size):
            return Proportions.wilson(
                successes: min(size, value * size), of: size, level: level)
                ?? Interval(lower: 0, upper: 1)
        case .mean(let error, let degrees):
            let half = error * StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: degrees)
            return Interval(lower: value - half, upper: value + half)
        case .offset(let error, let degrees, let rate, let size, let together):
            let half = error * StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: degrees)
            let wilson =
                Proportions.wilson(successes: min(size, rate * size), of: size, level: level)
                ?? Interval(lower: 0, upper: 1)
            func length(_ other: Double) -> Double {
                max(0, half * half + other * other - 2 * together * half * other).squareRoot()
            }
            return Interval(
                lower: value - length(wilson.upper - rate),
                upper: value + length(rate - wilson.lower))
        }
    }
}
