import Glibc

/// How many different units have come by the end of each day.
///
///     let curve = ArrivalCurve(newUnits: [500, 300, 200, 150, 120, 100, 90, 80])
///     curve?.units(by: 2)              // 800
///     curve?.day(reaching: 1_000)      // 3
///     curve?.days                      // 8
///
/// Units that come again are not new: the curve bends, as users of a shop do within weeks, and a
/// plan made with visits a day ends too early. It is not drawn on beyond its end.
package struct ArrivalCurve: Sendable, Equatable {
    /// The units that have come by the end of each day, from day 1.
    private let cumulative: [Double]
    /// The new units of every day, for a rate that never bends.
    private let daily: Double?

    /// The most days.
    package static let dayLimit = 7 * 520

    /// A curve of so many new units each day, none negative and some above 0; `nil` otherwise.
    package init?(newUnits: [Double]) {
        guard (1...Self.dayLimit).contains(newUnits.count),
            newUnits.allSatisfy({ $0 >= 0 && $0.isFinite })
        else { return nil }
        var sum = 0.0
        cumulative = newUnits.map { units in
            sum += units
            return sum
        }
        daily = nil
        guard sum > 0, sum.isFinite else { return nil }
    }

    /// As many new units in each week, for ever: an assumption that long plans outlive.
    package init?(weekly: Double) {
        guard weekly > 0, weekly.isFinite else { return nil }
        cumulative = []
        daily = weekly / 7
    }

    /// Whether it is a rate, which has no end of its own.
    package var isRate: Bool { daily != nil }

    /// The last day; ``dayLimit`` for a rate.
    package var days: Int { isRate ? Self.dayLimit : cumulative.count }

    /// The whole weeks before the end.
    package var weeks: Int { days / 7 }

    /// The units that have come by the end of a day, from 1; beyond the last day those by its end.
    package func units(by day: Int) -> Double {
        guard day > 0 else { return 0 }
        if let daily { return daily * Double(min(day, days)) }
        return cumulative[min(day, cumulative.count) - 1]
    }

    /// The first day by whose end so many have come; `nil` where the curve ends before.
    package func day(reaching units: Double) -> Int? {
        if let daily {
            let day = max(1, (units / daily * (1 - 1e-12)).rounded(.up))
            return day <= Double(days) ? Int(day) : nil
        }
        // Sums of many numbers may fall short of a whole one by their rounding.
        return cumulative.firstIndex { $0 >= units * (1 - 1e-12) }.map { $0 + 1 }
    }
}
