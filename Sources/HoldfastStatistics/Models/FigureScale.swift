import Glibc

/// The scale on which an interval is made: estimate ± quantile · standard error, turned back.
package enum FigureScale: Sendable, Equatable {
    /// As it is.
    case plain
    /// From 0 to 1: log(x / (1 − x)).
    case share
    /// Above 0: log x.
    case positive
    /// Below 1: log(1 − x).
    case belowOne

    /// The interval of an estimate, by the delta method on the scale.
    ///
    ///     FigureScale.share.interval(around: 0.95, standardError: 0.03, quantile: 1.96)
    ///     // 0.8463… ... 0.9849…
    ///
    /// `nil` where there is no standard error above 0, or the estimate is at an end of the scale,
    /// where the scale has no value.
    package func interval(around value: Double, standardError: Double?, quantile: Double)
        -> Interval?
    {
        guard let standardError, standardError > 0, standardError.isFinite, value.isFinite
        else { return nil }
        let half = quantile * standardError
        let ends: (Double, Double)
        switch self {
        case .plain: ends = (value - half, value + half)
        case .share:
            guard value > 0, value < 1 else { return nil }
            let (middle, reach) = (log(value / (1 - value)), half / (value * (1 - value)))
            ends = (1 / (1 + exp(reach - middle)), 1 / (1 + exp(-reach - middle)))
        case .positive:
            guard value > 0 else { return nil }
            ends = (value * exp(-half / value), value * exp(half / value))
        case .belowOne:
            guard value < 1 else { return nil }
            let rest = 1 - value
            ends = (1 - rest * exp(half / rest), 1 - rest * exp(-half / rest))
        }
        guard ends.0.isFinite, ends.1.isFinite else { return nil }
        // Rounding must not put an end on the wrong side of the estimate.
        return Interval(lower: min(value, ends.0), upper: max(value, ends.1))
    }
}
