public import HoldfastStatistics

/// What an interval says about a margin.
public enum Verdict: String, Sendable, Equatable, CaseIterable {
    /// The whole interval lies below the margin.
    case agrees
    /// The interval holds the margin: these rows cannot tell.
    case inconclusive
    /// The whole interval lies above the margin.
    case disagrees

    /// The verdict on an effect known to lie in `interval`.
    ///
    ///     Verdict(Interval(lower: 0.02, upper: 0.08), margin: 0.1)   // .agrees
    ///     Verdict(Interval(lower: 0.02, upper: 0.12), margin: 0.1)   // .inconclusive
    ///     Verdict(Interval(lower: 0.11, upper: 0.30), margin: 0.1)   // .disagrees
    public init(_ interval: Interval, margin: Double) {
        if interval.upper < margin {
            self = .agrees
        } else if interval.lower > margin {
            self = .disagrees
        } else {
            self = .inconclusive
        }
    }

    /// The verdict on several things together: one that disagrees decides, then one that is
    /// inconclusive. Nothing at all is inconclusive: nothing was found out.
    public init(all verdicts: some Sequence<Verdict>) {
        var verdict: Verdict?
        for next in verdicts where next.severity > (verdict?.severity ?? -1) { verdict = next }
        self = verdict ?? .inconclusive
    }

    /// 0 where all is well, rising.
    package var severity: Int {
        switch self {
        case .agrees: 0
        case .inconclusive: 1
        case .disagrees: 2
        }
    }
}
