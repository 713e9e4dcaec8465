import Glibc

/// What one arm's rows say of a metric.
package struct ArmFigure: Sendable, Equatable {
    /// The mean, share, ratio or quantile of the rows, weighted where they are.
    package var value: Double
    /// Its standard error, over rows or clusters of this arm alone; `nil` where none differs.
    package var standardError: Double?
    /// The rows.
    package var rows: Int
    /// What was randomised of them, where rows are members of clusters.
    package var clusters: Int?
    /// Where the true one lies, at the level asked for; `nil` where no row differs, but of a share.
    package var interval: Interval?
}

/// A difference, or a relative effect, with what is known of it.
package struct EffectFigure: Sendable, Equatable {
    /// The estimate: treatment less control, or that over control.
    package var value: Double
    /// Its standard error; `nil` where none is known. The interval of clusters is wider than
    /// Student's t times it (``ArmEffect``).
    package var standardError: Double?
    /// Student's degrees of freedom of the interval and the p-value; `nil` for the normal
    /// distribution, and for a method of its own.
    package var degreesOfFreedom: Double?
    /// Where the true effect lies, for one look at a time that was fixed beforehand.
    package var interval: Interval?
    /// The two-sided probability of an estimate at least as far from 0 where there is no effect,
    /// for one such look.
    package var pValue: Double?
    /// Where the true effect lies, however often and whenever it is looked at
    /// (``ConfidenceSequence``).
    package var sequence: Interval?
    /// The p-value that belongs to ``sequence``.
    package var sequencePValue: Double?

    /// A figure made of its parts.
    package init(
        value: Double, standardError: Double? = nil, degreesOfFreedom: Double? = nil,
        interval: Interval? = nil, pValue: Double? = nil, sequence: Interval? = nil,
        sequencePValue: Double? = nil
    ) {
        self.value = value
        self.standardError = standardError
        self.degreesOfFreedom = degreesOfFreedom
        self.interval = interval
        self.pValue = pValue
        self.sequence = sequence
        self.sequencePValue = sequencePValue
    }

    /// An estimate with an error, by Student's t or the normal distribution.
    ///
    /// - Parameters:
    ///   - widening: by how much the interval goes beyond the error (``ArmPair``).
    ///   - randomised: how many rows, or clusters, of both arms the sequence counts.
    /// - Returns: `nil` where a part is beyond a double.
    init?(
        value: Double, standardError: Double, widening: Double = 1, degreesOfFreedom: Double?,
        randomised: Int, options: EffectOptions
    ) {
        self.init(
            value: value, standardError: standardError, degreesOfFreedom: degreesOfFreedom)
        let reach = StudentT.exceeded(by: (1 - options.level) / 2, freedom: degreesOfFreedom)
        guard let interval = Interval(around: value, half: reach * widening * standardError) else {
            return nil
        }
        self.interval = interval
        let z = value / (widening * standardError)
        pValue = StudentT.twoSided(z, freedom: degreesOfFreedom)
        addSequence(randomised, options, error: widening * standardError)
    }

    /// By how much the interval goes beyond the error, 1 where neither is known.
    func widening(_ options: EffectOptions) -> Double {
        guard let interval, let standardError, let degreesOfFreedom else { return 1 }
        let reach = StudentT.exceeded(
            by: (1 - options.level) / 2, degreesOfFreedom: degreesOfFreedom)
        return (interval.upper - interval.lower) / (2 * reach * standardError)
    }

    /// Adds the confidence sequence, where one is wanted and the error is known.
    ///
    /// - Parameter error: that the sequence goes by.
    mutating func addSequence(_ randomised: Int, _ options: EffectOptions, error: Double) {
        guard options.hasSequence, error > 0 else { return }
        let alpha = 1 - options.level
        let half = ConfidenceSequence.halfWidth(
            standardError: error, rows: Double(randomised),
            tuningRows: options.tuningRows, alpha: alpha)
        guard let sequence = Interval(around: value, half: half) else { return }
        self.sequence = sequence
        sequencePValue = ConfidenceSequence.pValue(
            estimate: value, standardError: error, rows: Double(randomised),
            tuningRows: options.tuningRows, alpha: alpha)
    }

    /// Takes the confidence sequence away.
    mutating func dropSequence() { (sequence, sequencePValue) = (nil, nil) }

    /// The same in units of which 2 to the exponent make one of these; `nil` beyond a double.
    func times(powerOfTwo exponent: Int) -> EffectFigure? {
        guard exponent != 0 else { return self }
        var figure = self
        figure.value = BinaryScale.times(value, exponent)
        figure.standardError = standardError.map { BinaryScale.times($0, exponent) }
        figure.interval = interval.flatMap { $0.times(powerOfTwo: exponent) }
        figure.sequence = sequence.flatMap { $0.times(powerOfTwo: exponent) }
        guard figure.value.isFinite, figure.standardError?.isFinite ?? true,
            (figure.interval == nil) == (interval == nil)
        else { return nil }
        return figure
    }
}

extension ArmFigure {
    /// The same in units of which 2 to the exponent make one of these; `nil` beyond a double.
    func times(powerOfTwo exponent: Int) -> ArmFigure? {
        guard exponent != 0 else { return self }
        var figure = self
        figure.value = BinaryScale.times(value, exponent)
        figure.standardError = standardError.map { BinaryScale.times($0, exponent) }
        figure.interval = interval.flatMap { $0.times(powerOfTwo: exponent) }
        return figure.value.isFinite && figure.standardError?.isFinite ?? true ? figure : nil
    }
}

extension Interval {
    /// value ± half, or `nil` where an end is beyond a double or is no number.
    init?(around value: Double, half: Double) {
        let (lower, upper) = (value - half, value + half)
        guard lower.isFinite, upper.isFinite, lower <= upper else { return nil }
        self.init(lower: lower, upper: upper)
    }

    /// Both ends times 2 to the exponent, or `nil` beyond a double.
    func times(powerOfTwo exponent: Int) -> Interval? {
        let ends = [lower, upper].map { BinaryScale.times($0, exponent) }
        return ends.allSatisfy(\.isFinite) ? Interval(lower: ends[0], upper: ends[1]) : nil
    }
}
