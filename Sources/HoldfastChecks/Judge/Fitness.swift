package import HoldfastStatistics

/// What rows say about a requirement, a question or a model.
package enum Fitness: String, Sendable, Equatable, CaseIterable {
    /// The whole interval keeps within the bound.
    case fit
    /// The interval reaches over the bound: these rows cannot tell.
    case inconclusive
    /// The whole interval lies beyond the bound.
    case unfit

    /// Several together: one that is unfit decides, then one that is inconclusive. `nil` for none:
    /// nothing was required.
    package init?(all verdicts: some Sequence<Fitness>) {
        var worst: Fitness?
        for next in verdicts where next.severity > (worst?.severity ?? -1) { worst = next }
        guard let worst else { return nil }
        self = worst
    }

    /// 0 where all is well, rising.
    package var severity: Int {
        switch self {
        case .fit: 0
        case .inconclusive: 1
        case .unfit: 2
        }
    }
}

/// What a figure must keep within.
package struct Bound: Sendable, Equatable {
    /// The least value, if there is one.
    package var least: Double?
    /// The largest value, if there is one.
    package var most: Double?

    package init(least: Double? = nil, most: Double? = nil) {
        precondition(least != nil || most != nil, "a bound bounds")
        self.least = least
        self.most = most
    }

    /// What an interval says about it.
    ///
    ///     Bound(least: 0.7).verdict(on: Interval(lower: 0.71, upper: 0.8))   // .fit
    ///     Bound(least: 0.7).verdict(on: Interval(lower: 0.60, upper: 0.8))   // .inconclusive
    ///     Bound(least: 0.7).verdict(on: Interval(lower: 0.60, upper: 0.65))  // .unfit
    package func verdict(on interval: Interval) -> Fitness {
        let isBelow = least.map { interval.upper < $0 } ?? false
        let isAbove = most.map { interval.lower > $0 } ?? false
        if isBelow || isAbove { return .unfit }
        let isInside =
            (least.map { interval.lower >= $0 } ?? true)
            && (most.map { interval.upper <= $0 } ?? true)
        return isInside ? .fit : .inconclusive
    }
}
