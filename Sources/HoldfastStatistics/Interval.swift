/// A closed interval between two finite numbers, such as a confidence interval.
public struct Interval: Sendable, Equatable {
    /// The lower end.
    public var lower: Double
    /// The upper end, at least `lower`.
    public var upper: Double

    /// An interval; its ends must be finite and in order.
    public init(lower: Double, upper: Double) {
        precondition(lower.isFinite && upper.isFinite && lower <= upper, "an interval has ends")
        self.lower = lower
        self.upper = upper
    }

    /// The part of it that a range allows; as it is where the range has no part of it.
    ///
    ///     Interval(lower: -0.5, upper: 0.7).clipped(to: 0...1)   // 0.0 ... 0.7
    package func clipped(to range: ClosedRange<Double>) -> Interval {
        guard lower <= range.upperBound, upper >= range.lowerBound else { return self }
        return Interval(
            lower: max(lower, range.lowerBound), upper: min(upper, range.upperBound))
    }

    /// The interval of the sizes, where this is one of signed differences.
    ///
    ///     Interval(lower: -0.01, upper: 0.03).sizes   // 0.0 ... 0.03
    ///     Interval(lower: -0.05, upper: -0.02).sizes  // 0.02 ... 0.05
    public var sizes: Interval {
        if lower >= 0 { return self }
        if upper <= 0 { return Interval(lower: -upper, upper: -lower) }
        return Interval(lower: 0, upper: max(-lower, upper))
    }
}
