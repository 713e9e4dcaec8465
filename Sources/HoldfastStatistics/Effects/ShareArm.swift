/// One arm's share, and the independent rows of equal weight that would tell as much of it.
///
///     // 1 of 20 rows, which were dealt one by one
///     let arm = ShareArm(share: 0.05, size: 20, freedom: nil)
///     arm.variance        // 0.00375…: of 2 of 22
///     arm.leastCount      // 1.0
///
/// The rows are p(1 − p) over the squared error of clusters or weighted rows, and never more than
/// there are, nor than L. Kish's count (Σw)²/Σw² of weighted ones ("Survey sampling", 1965): rare
/// rows of great weight that happen to be alike show no variance, and are not sure for it (E. L.
/// Korn and B. I. Graubard, "Confidence intervals for proportions with small expected number of
/// positive counts estimated from survey data", 1998).
struct ShareArm {
    /// The share.
    let share: Double
    /// The rows that would tell as much.
    let size: Double
    /// Student's degrees of freedom of the error that ``size`` is taken from; `nil` where none is.
    let freedom: Double?

    /// An arm of these rows.
    init(share: Double, size: Double, freedom: Double?) {
        self.share = share
        self.size = size
        self.freedom = freedom
    }

    /// The arm of some rows, dealt one by one where they have no clusters or weights.
    ///
    /// - Parameters:
    ///   - units: how many clusters there are, or rows.
    ///   - error: of clusters or weighted rows, widened for its bias; 0 where none differ.
    init(_ rows: ArmRows, share: Double, units: Int, error: Double, freedom: Double) {
        let most = Self.kish(rows)
        // Not by the last digit of a weighted mean.
        let isAlike = rows.values.allSatisfy { $0 == rows.values.first }
        let share = isAlike ? share.rounded() : share
        guard rows.clusters != nil || rows.weights != nil else {
            self.init(share: share, size: most, freedom: nil)
            return
        }
        let spread = share * (1 - share)
        guard error > 0, spread > 0 else {
            // Of clusters that agree no more can be relied on than their number.
            self.init(share: share, size: min(most, Double(units)), freedom: nil)
            return
        }
        self.init(share: share, size: min(most, spread / error / error), freedom: freedom)
    }

    /// The count of successes.
    var successes: Double { min(size, max(0, share) * size) }

    /// The successes or the failures, whichever are fewer.
    var leastCount: Double { min(successes, size - successes) }

    /// The variance p(1 − p)/n, which is 0 where all rows are alike.
    var spread: Double { share * (1 - share) / size }

    /// The variance with one success and one failure more, which is above 0 for shares of none and
    /// of all (A. Agresti and B. Caffo, "Simple and effective confidence intervals for proportions
    /// and differences of proportions result from adding two successes and two failures", 2000).
    var variance: Double {
        let count = size + 2
        let share = (successes + 1) / count
        return share * (1 - share) / count
    }

    /// E. B. Wilson's interval.
    func interval(level: Double) -> Interval? {
        let reach = StudentT.exceeded(by: (1 - level) / 2, freedom: freedom)
        return Proportions.wilson(successes: successes, of: size, reach: min(reach, 1e6))
    }

    private static func kish(_ rows: ArmRows) -> Double {
        guard let weights = rows.weights else { return Double(rows.values.count) }
        let sum = weights.reduce(0, +)
        return sum * sum / weights.reduce(0) { $0 + $1 * $1 }
    }
}

/// The difference of two arms' shares: R. G. Newcombe's interval (1998, method 10) of the rows that
/// each arm is worth, with Student's t for what its errors are taken from.
struct ShareDifference {
    /// The least successes, and failures, of each arm with which a covariate is used: below, the
    /// normal interval that it has leaves out the truth too often.
    static let leastForCovariate = 10.0
    /// The least successes, and failures, of each arm at which a sequence begins.
    static let leastForSequence = 5.0

    let control: ShareArm
    let treatment: ShareArm

    /// Student's degrees of freedom, put together as B. L. Welch does; `nil` where no error is
    /// estimated.
    var degreesOfFreedom: Double? {
        let arms = [control, treatment]
        let sum = arms.reduce(0) { $0 + $1.variance }
        let inverse = arms.reduce(0) {
            let part = $1.variance / sum
            return $0 + ($1.freedom.map { part * part / $0 } ?? 0)
        }
        return inverse > 0 ? 1 / inverse : nil
    }

    /// The error of treatment's share times `second` and control's times `first`.
    func error(control first: Double, treatment second: Double) -> Double {
        (first * first * control.spread + second * second * treatment.spread).squareRoot()
    }

    /// Whether each arm has as many successes as that, and failures.
    func has(_ least: Double) -> Bool {
        // Not by the last digit of a share times a count.
        min(control.leastCount, treatment.leastCount) > least * (1 - 1e-9)
    }

    /// The figure, whose standard error is of the caller's own method.
    func figure(error: Double, randomised: Int, _ options: EffectOptions) -> EffectFigure {
        func interval(_ reach: Double) -> Interval? {
            Proportions.difference(
                reference: (control.successes, control.size),
                candidate: (treatment.successes, treatment.size), reach: min(reach, 1e6))
        }
        let value = treatment.share - control.share
        let (freedom, tail) = (degreesOfFreedom, (1 - options.level) / 2)
        let normal = Normal.exceeded(by: tail)
        let reach = StudentT.exceeded(by: tail, freedom: freedom)
        let limit = IntervalReach.ending(at: 0, of: value, interval)
        var figure = EffectFigure(
            value: value, standardError: error > 0 ? error : nil, degreesOfFreedom: freedom,
            interval: interval(reach),
            pValue: StudentT.twoSided(limit, freedom: freedom))
        guard has(Self.leastForSequence) else { return figure }
        let own = (control.variance + treatment.variance).squareRoot()
        figure.addSequence(randomised, options, error: own * (reach / normal))
        return figure
    }
}
