import Glibc

/// A figure that was estimated without labels, and how far the one that labels will show may be.
///
///     let estimate = EstimatedFigure(value: 0.9, standardError: 0.01)
///     estimate.interval(level: 0.95)     // 0.8786… ... 0.9179…
package struct EstimatedFigure: Sendable, Equatable {
    package var value: Double
    /// The standard deviation of what labels will show around the value.
    package var standardError: Double

    package init(value: Double, standardError: Double) {
        self.value = value
        self.standardError = standardError
    }

    /// The interval of a figure between 0 and 1: ± z standard errors on the scale of log odds,
    /// which keeps it between them. `nil` where the figure is 0 or 1, or nothing varies: no
    /// interval is defined by one scale's slope there.
    package func interval(level: Double) -> Interval? {
        precondition(level > 0 && level < 1, "a level lies between 0 and 1")
        guard value > 0, value < 1, standardError > 0 else { return nil }
        let odds = log(value / (1 - value))
        let half =
            Normal.exceeded(by: (1 - level) / 2) * standardError / (value * (1 - value))
        func share(_ odds: Double) -> Double { 1 / (1 + exp(-odds)) }
        return Interval(lower: share(odds - half), upper: share(odds + half))
    }

    /// The interval of a figure that is at least 0 and has no upper limit, on the scale of
    /// logarithms. `nil` where it is 0 or nothing varies.
    package func positiveInterval(level: Double) -> Interval? {
        precondition(level > 0 && level < 1, "a level lies between 0 and 1")
        guard value > 0, standardError > 0 else { return nil }
        let factor = exp(Normal.exceeded(by: (1 - level) / 2) * standardError / value)
        guard factor.isFinite, (value * factor).isFinite else { return nil }
        return Interval(lower: value / factor, upper: value * factor)
    }
}
