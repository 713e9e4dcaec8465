/// How far groups are apart: the largest figure less the smallest, or the smallest over the
/// largest, with an interval that small groups widen.
///
///     let gap = GroupGap.difference([[a, b, c]], level: 0.95)
///
/// The largest difference of several groups is large by chance alone, and the more so the smaller
/// the groups are: its sampling distribution is of no use to an interval. Here each pair of groups
/// has an interval at the level 1 − (1 − `level`)/pairs (C. E. Bonferroni, 1936), the two figures'
/// own put together by squares. All of them hold at once with probability `level`, and then the
/// largest true difference lies between the largest of the pairs' lower ends and the largest of
/// their upper ends. A group of few rows lifts the upper end alone.
///
/// The families are figures of the same groups that are judged by their worst, as equalised odds
/// are by two rates: all their pairs are counted together.
package struct GroupGap: Sendable, Equatable {
    /// The largest difference, or the smallest ratio.
    package let value: Double
    /// Where the true one lies.
    package let interval: Interval

    /// The largest difference of two groups, 0 or more; `nil` where no family has two groups.
    package static func difference(_ families: [[GroupEstimate]], level: Double) -> GroupGap? {
        let families = families.filter { $0.count > 1 }
        guard let pairs = pairs(families) else { return nil }
        var (value, lower, upper) = (0.0, 0.0, 0.0)
        for family in families {
            let figures = figures(family, level: 1 - (1 - level) / pairs)
            value = max(value, range(family).most - range(family).least)
            for one in figures.indices {
                for two in figures[..<one] {
                    let pair = Proportions.difference(reference: two, candidate: figures[one])
                    lower = max(lower, pair.lower, -pair.upper)
                    upper = max(upper, pair.upper, -pair.lower)
                }
            }
        }
        return GroupGap(
            value: value, interval: Interval(lower: min(lower, value), upper: max(upper, value)))
    }

    /// The smallest ratio of two groups, from 0 to 1, of figures that are at least 0; `nil` where
    /// no family has two groups, or every figure is 0. A family in which every figure is 0 has no
    /// ratio and adds none, but its groups may yet differ by any: the lower end knows that.
    package static func ratio(_ families: [[GroupEstimate]], level: Double) -> GroupGap? {
        let families = families.filter { $0.count > 1 }
        guard let pairs = pairs(families) else { return nil }
        var (value, lower, upper): (Double?, Double, Double) = (nil, 1, 1)
        for family in families {
            let figures = figures(family, level: 1 - (1 - level) / pairs)
            let (least, most) = range(family)
            if most > 0 { value = min(value ?? 1, least / most) }
            for one in figures.indices {
                for two in figures[..<one] {
                    let pair = Proportions.ratio(reference: two, candidate: figures[one])
                    lower = min(lower, pair.lower, pair.upper.map { 1 / $0 } ?? 0)
                    if let end = pair.upper { upper = min(upper, end) }
                    if pair.lower > 0 { upper = min(upper, 1 / pair.lower) }
                }
            }
        }
        return value.map {
            GroupGap(value: $0, interval: Interval(lower: min(lower, $0), upper: max(upper, $0)))
        }
    }

    private static func pairs(_ families: [[GroupEstimate]]) -> Double? {
        let pairs = families.reduce(0) { $0 + $1.count * ($1.count - 1) / 2 }
        return pairs > 0 ? Double(pairs) : nil
    }

    private static func figures(_ family: [GroupEstimate], level: Double)
        -> [(value: Double, interval: Interval)]
    {
        family.map { ($0.value, $0.interval(level: level)) }
    }

    private static func range(_ family: [GroupEstimate]) -> (least: Double, most: Double) {
        let values = family.map(\.value)
        return (values.min() ?? 0, values.max() ?? 0)
    }
}
