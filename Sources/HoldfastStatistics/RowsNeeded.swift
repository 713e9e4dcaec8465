/// About how many rows each of two tables of one size must have for an interval to clear a margin.
///
///     let now = Interval(lower: 0, upper: 0.12)
///     RowsNeeded.estimate(0.04, in: now, margin: 0.1, size: 1_000)   // 1778
///
/// The ends are taken to come nearer to the effect with the square root of the rows, which holds
/// for sampling errors and not for what else widens an interval.
package enum RowsNeeded {
    /// The most rows that are spoken of.
    package static let limit = 1e9

    /// The rows, were the effect what it is estimated to be; `size` are the rows that each of two
    /// equal tables would have to tell as much as these. `nil` where it would take over ``limit``,
    /// or the effect is the margin, which no number of rows clears.
    package static func estimate(
        _ effect: Double, in interval: Interval, margin: Double, size: Double
    ) -> Int? {
        let gap = abs(effect - margin)
        guard gap > 0 else { return nil }
        let reach = effect < margin ? interval.upper - effect : effect - interval.lower
        let rows = (size * (reach / gap) * (reach / gap)).rounded(.up)
        return rows <= limit ? max(Int(rows), Int(size) + 1) : nil
    }
}
