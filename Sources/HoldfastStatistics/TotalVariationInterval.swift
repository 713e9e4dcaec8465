import Glibc

extension TotalVariation {
    /// The interval that holds the distance of the two distributions with probability `level`.
    ///
    /// Up to two categories it is the interval of one share's difference. Otherwise each end is
    /// allowed half of 1 − `level`:
    ///
    /// - The lower end is the largest of several, which share the error: an estimate category by
    ///   category which is too small on average (`DistanceFloor`), and what the categories gained
    ///   or lost that all other rows say have done so (`GainFloor`).
    /// - The upper end is the smaller of two. The effect is never too small on average, and strays
    ///   from its mean by √(1/n + 1/m)/2 or less, a row moving it by at most 1/n or 1/m (B. Efron
    ///   and C. Stein, "The jackknife estimate of variance", 1981). The other bound does not grow
    ///   with the number of categories: see `NoncentralParts`. The one that would be smaller, were
    ///   the distributions alike, spends nine tenths of the error, and the other the rest: that
    ///   choice hangs on the categories' totals only, which tell nothing of their differences.
    ///
    /// Errors are taken as normal, with the term for single rows of S. Bernstein's inequality
    /// added, which matters below some hundred rows.
    public func interval(level: Double = 0.95) -> Interval {
        precondition(level > 0 && level < 1, "a level lies between 0 and 1")
        if cells.count <= 2 && hidden == 0 { return fewInterval(level) }
        let tail = (1 - level) / 2
        let lower = max(0, self.lower(tail: tail))
        let upper = min(1, self.upper(tail: tail))
        // The two ends come from different arguments, and can cross where both are at their worst.
        return Interval(lower: min(lower, upper), upper: max(lower, upper))
    }

    /// The largest of several bounds, which share the error.
    private func lower(tail: Double) -> Double {
        let shares = errorShares
        let floor = DistanceFloor(cells: cells, sizes: sizes)
        var lower =
            floor.estimate - hidden - error(of: floor.standardError, tail: tail * shares.distance)
        guard isWhole else { return lower }
        let mirrored = cells.map { (x: $0.y, y: $0.x) }
        for rule in GainFloor.Rule.allCases {
            let share = tail * (rule == .newcomers ? shares.newcomers : shares.sets)
            let gain = GainFloor(cells: cells, sizes: sizes, rule: rule)
            let loss = GainFloor(cells: mirrored, sizes: (sizes.y, sizes.x), rule: rule)
            // A row can count for a few, and what has no category may be where it counts most.
            lower = max(
                lower,
                gain.estimate - unattributed.x / sizes.x
                    - error(of: gain.standardError, tail: share, row: 4),
                loss.estimate - unattributed.y / sizes.y
                    - error(of: loss.standardError, tail: share, row: 4))
        }
        return lower
    }

    /// How the bounds share the error, which they do by the categories' totals only: where most
    /// rows are in categories below 16, `DistanceFloor` can tell little.
    private var errorShares: (distance: Double, sets: Double, newcomers: Double) {
        guard isWhole else { return (1, 0, 0) }
        let rare = cells.reduce(0) { $0 + ($1.x + $1.y < 16 ? $1.x + $1.y : 0) }
        return rare * 2 > sizes.x + sizes.y ? (0.1, 0.025, 0.4) : (0.85, 0.025, 0.025)
    }

    private func upper(tail: Double) -> Double {
        let deviation = spread.squareRoot() / 2
        let parts = NoncentralParts(self)
        let simple = expectedByChance + hidden + error(of: deviation, tail: tail)
        let isSimple = simple <= parts.upper(statistic: 0, tail: tail)
        return min(
            effect + hidden + error(of: deviation, tail: tail * (isSimple ? 0.9 : 0.1)),
            parts.upper(statistic: parts.statistic, tail: tail * (isSimple ? 0.1 : 0.9)))
    }

    /// How far an estimate strays, but for a chance of `tail`, where a row counts for so many.
    private func error(of deviation: Double, tail: Double, row: Double = 1) -> Double {
        let z = Normal.exceeded(by: tail)
        return z * deviation + z * z / 3 * row * max(1 / sizes.x, 1 / sizes.y)
    }

    private func fewInterval(_ level: Double) -> Interval {
        let first = cells[0]
        if cells.count == 1 {
            // Nothing varies; the smaller sample misses what has this share with probability α/2.
            return Interval(
                lower: 0, upper: 1 - pow((1 - level) / 2, 1 / min(sizes.x, sizes.y)))
        }
        let signed = Proportions.difference(
            reference: (min(first.x, sizes.x), sizes.x),
            candidate: (min(first.y, sizes.y), sizes.y), level: level)
        return signed?.sizes ?? Interval(lower: 0, upper: 1)
    }

    var spread: Double { 1 / sizes.x + 1 / sizes.y }

    /// By how much rows in no category can move the distance: half of their shares.
    var hidden: Double { (unattributed.x / sizes.x + unattributed.y / sizes.y) / 2 }

    /// The rows that each of two tables of one size must have for the interval to clear
    /// `margin`, as far as these samples can tell; `nil` where it would take over 10⁹.
    ///
    /// The distance is guessed as the effect less what chance explains, and the ends as coming
    /// nearer with the square root of the rows. `nil` too where chance explains nine tenths: almost
    /// each row is its own category, and more rows would bring more categories.
    public func rowsNeeded(margin: Double, level: Double = 0.95) -> Int? {
        rowsNeeded(margin: margin, given: interval(level: level))
    }

    /// The same for who has the interval already, which takes longest.
    package func rowsNeeded(margin: Double, given interval: Interval) -> Int? {
        guard expectedByChance < 0.9 else { return nil }
        let guess = min(max(effect - expectedByChance, interval.lower), interval.upper)
        return RowsNeeded.estimate(guess, in: interval, margin: margin, size: 2 / spread)
    }
}
