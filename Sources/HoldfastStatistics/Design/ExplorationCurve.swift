/// Control shares by score that give a wanted precision at the least cost.
///
/// Leaving alone the part p of n units costs n·c·p, and adds n·m·(1/p − 1) to a variance
/// (``ExplorationEstimand``). Of all shares with one Σ n·m/p the cheapest are p = k·√(m/c), cut off
/// at 1 and at a least share (J. Neyman, "On the two different aspects of the representative
/// method", 1934, with costs as in W. G. Cochran, "Sampling techniques", 1977, section 5.5). k is
/// exact: between two of the places where a share comes to one of its ends, the sum is a number
/// plus another over k.
///
///     let bands = [(0.2, 13.6), (0.95, 94.6)].map { rate, cost in
///         ExplorationCurve.Band(units: 100, moment: 1 - rate, cost: cost)
///     }
///     let wanted = ExplorationCurve.spread(bands, shares: [0.05, 0.05])     // 1700.0
///     ExplorationCurve.shares(bands, spread: wanted, least: 0)     // [0.0544…, 0.0051…]
package enum ExplorationCurve {
    /// Units of about one score.
    package struct Band: Sendable, Equatable {
        package var units: Double
        /// What one of them adds to the variance, m.
        package var moment: Double
        /// What it costs to leave one alone, c; at most 0 where nothing is lost by it.
        package var cost: Double

        package init(units: Double, moment: Double, cost: Double) {
            precondition(units >= 0 && moment >= 0, "a band has units and a moment of at least 0")
            self.units = units
            self.moment = moment
            self.cost = cost
        }
    }

    /// Σ n·m/p.
    package static func spread(_ bands: [Band], shares: [Double]) -> Double {
        precondition(bands.count == shares.count, "a share for each band")
        return zip(bands, shares).reduce(0) { sum, pair in
            // Without a moment nothing is added, whatever the share.
            pair.0.moment == 0 ? sum : sum + pair.0.units * pair.0.moment / pair.1
        }
    }

    /// Σ n·c·p.
    package static func cost(_ bands: [Band], shares: [Double]) -> Double {
        precondition(bands.count == shares.count, "a share for each band")
        return zip(bands, shares).reduce(0) { $0 + $1.0.units * $1.0.cost * $1.1 }
    }

    /// The cheapest shares, from `least` to 1, whose ``spread(_:shares:)`` is the wanted one: or
    /// less, where the least share everywhere is better than what is wanted already. Bands in which
    /// it costs nothing to leave units alone are left alone wholly.
    ///
    /// A wanted spread below that of shares of 1 cannot be, and gives shares of 1.
    package static func shares(
        _ bands: [Band], spread wanted: Double, least: Double
    ) -> [Double] {
        precondition(least >= 0 && least <= 1, "a least share is from 0 to 1")
        // How fast each band's share grows with k.
        let slopes = bands.map { band in
            band.cost > 0 ? (band.moment / band.cost).squareRoot() : .infinity
        }
        func shares(_ k: Double) -> [Double] {
            slopes.map { $0 == .infinity ? 1 : min(1, max(least, k * $0)) }
        }
        let moving = bands.indices.filter { slopes[$0] > 0 && slopes[$0] < .infinity }
        let turns = Set(moving.flatMap { [least / slopes[$0], 1 / slopes[$0]] }).sorted()
        guard let last = turns.last else { return shares(0) }
        if least > 0, spread(bands, shares: shares(0)) <= wanted { return shares(0) }
        if spread(bands, shares: shares(last)) >= wanted { return shares(last) }
        // The first turn whose spread is at most the wanted one; before it, it is more.
        var (low, high) = (0, turns.count - 1)
        while low < high {
            let between = (low + high) / 2
            if turns[between] > 0, spread(bands, shares: shares(turns[between])) <= wanted {
                high = between
            } else {
                low = between + 1
            }
        }
        let (from, to) = (low > 0 ? turns[low - 1] : 0, turns[low])
        let middle = (from + to) / 2
        var (fixed, free) = (0.0, 0.0)
        for (index, band) in bands.enumerated() where band.moment > 0 {
            let share = slopes[index] == .infinity ? 1 : middle * slopes[index]
            if share >= 1 {
                fixed += band.units * band.moment
            } else if share <= least {
                fixed += band.units * band.moment / least
            } else {
                free += band.units * band.moment / slopes[index]
            }
        }
        guard free > 0, wanted > fixed else { return shares(to) }
        return shares(free / (wanted - fixed))
    }
}
