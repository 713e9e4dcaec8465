import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct GroupTests {
    @Test func `the examples of groups are true`() throws {
        let cells = GroupCells(
            groups: [0, 0, 1, 1], count: 2, labels: [true, false, true, true],
            decisions: [true, true, false, true])
        #expect(cells.share(.truePositive, group: 1)?.share == 0.5)
        #expect(cells.share(.falsePositive, group: 1) == nil)
        let means = GroupMeans(groups: [0, 0, 1], count: 2, values: [1, 3, 5])
        #expect(means.mean(0) == 2 && means.error(0) == 1)
        #expect(means.mean(1) == 5 && means.error(1) == nil)
        let clusters = ClusterRows([1, 0, 1])
        #expect(clusters.count == 2 && Array(clusters.rows(1)) == [0, 2])
        #expect(ShareThreshold.value(scores: [0.1, 0.4, 0.35, 0.8], share: 0.5) == 0.4)
        let one = try #require(Proportions.wilson(successes: 40, of: 100))
        let two = try #require(Proportions.wilson(successes: 20, of: 100))
        let ratio = Proportions.ratio(reference: (0.4, one), candidate: (0.2, two))
        #expect(isClose(ratio.lower, 0.3162777489842179, 1e-12))
        #expect(isClose(ratio.upper, 0.7843949694101786, 1e-12))
    }

    @Test func `weighted and clustered figures have statsmodels' errors`() throws {
        let rates: [(String, GroupCells.Rate)] = [
            ("selection", .selection), ("truePositive", .truePositive), ("precision", .precision),
            ("accuracy", .accuracy),
        ]
        for item in try Golden.cases("groups", in: "groups") {
            let origin = item["origin"]?.string ?? ""
            let groups = try item.numbers("groups").map { Int32($0) }
            let weights = item["weights"]?.array == nil ? nil : try item.numbers("weights")
            let clusters =
                item["clusters"]?.array == nil
                ? nil : ClusterRows(try item.numbers("clusters").map { Int32($0) })
            let cells = GroupCells(
                groups: groups, count: 2, labels: try item.numbers("labels").map { $0 == 1 },
                decisions: try item.numbers("decisions").map { $0 == 1 }, weights: weights,
                clusters: clusters)
            let means = GroupMeans(
                groups: groups, count: 2, values: try item.numbers("values"), weights: weights,
                clusters: clusters)
            for (group, expected) in try #require(item["expected"]?.array).enumerated() {
                let mean = try #require(expected["mean"])
                #expect(isClose(means.mean(group), try mean.number("value"), 1e-9), "\(origin)")
                let size = try mean.number(clusters == nil ? "even" : "clusters")
                // The factor k/(k − 1) is of the smaller number where rows are clustered too.
                let k = try #require(means.size(group))
                let factor = (k / (k - 1) / (size / (size - 1))).squareRoot()
                let known = try mean.number("error") * factor
                #expect(isClose(means.error(group), known, 1e-9), "\(origin)")
                for (name, rate) in rates {
                    let figure = try #require(expected[name])
                    let share = try #require(cells.share(rate, group: group))
                    let (p, even) = (try figure.number("value"), try figure.number("even"))
                    #expect(isClose(share.share, p, 1e-9), "\(origin): \(name)")
                    var error = try figure.number("error")
                    if clusters == nil { error *= ((even - 1) / even).squareRoot() }
                    let size = min(even, p * (1 - p) / (error * error))
                    #expect(isClose(share.size, size, 1e-9), "\(origin): \(name)")
                }
            }
        }
    }

    @Test func `no row, one row and a row of no group are counted as what they are`() {
        let none = GroupCells(groups: [], count: 1, labels: [], decisions: [])
        #expect(none.share(.selection, group: 0) == nil && none.rowCount(0) == 0)
        #expect(ClusterRows([]).count == 0)
        let one = GroupCells(
            groups: [-1, 0], count: 1, labels: [true, true], decisions: [true, false])
        #expect(one.share(.selection, group: 0) == GroupCells.Share(rows: 1, share: 0, size: 1))
        #expect(one.share(.precision, group: 0) == nil)
        #expect(GroupMeans(groups: [], count: 1, values: []).mean(0) == nil)
        #expect(ShareThreshold.value(scores: [], share: 0.5) == nil)
        #expect(ShareThreshold.value(scores: [1, 1, 1], share: 0.1) == .infinity)
        #expect(GroupGap.difference([[estimate(1, 2)]], level: 0.95) == nil)
        #expect(GroupGap.ratio([[estimate(0, 9), estimate(0, 5)]], level: 0.95) == nil)
    }

    @Test func `weights that are all alike are none, and a cluster of alike rows is one row`()
        throws
    {
        for seed in UInt64(1)...20 {
            var chance = SeededGenerator(seed: seed)
            let groups = (0..<90).map { _ in Int32(chance.below(3)) }
            let labels = (0..<90).map { _ in chance.below(2) == 0 }
            let decisions = (0..<90).map { _ in chance.below(3) == 0 }
            let plain = GroupCells(groups: groups, count: 3, labels: labels, decisions: decisions)
            let even = GroupCells(
                groups: groups, count: 3, labels: labels, decisions: decisions,
                weights: [Double](repeating: 7, count: 90))
            // Each row three times over, in a cluster of its own.
            func thrice<Value>(_ values: [Value]) -> [Value] { values + values + values }
            let tripled = GroupCells(
                groups: thrice(groups), count: 3, labels: thrice(labels),
                decisions: thrice(decisions), clusters: ClusterRows(thrice((0..<90).map { $0 })))
            for rate in GroupCells.Rate.allCases {
                for group in 0..<3 {
                    guard let share = plain.share(rate, group: group) else {
                        #expect(even.share(rate, group: group) == nil, "seed \(seed)")
                        continue
                    }
                    let one = try #require(even.share(rate, group: group))
                    let two = try #require(tripled.share(rate, group: group))
                    #expect(isClose(one.share, share.share, 1e-12), "seed \(seed)")
                    #expect(isClose(one.size, share.size, 1e-9), "seed \(seed)")
                    #expect(isClose(two.share, share.share, 1e-12), "seed \(seed)")
                    #expect(two.size <= share.size * (1 + 1e-9), "seed \(seed)")
                    #expect(two.size >= share.size * 0.9 - 1, "seed \(seed)")
                }
            }
        }
    }

    @Test func `the ratio's interval is the inverse of the inverse's, and meets the difference's`()
        throws
    {
        for seed in UInt64(1)...40 {
            var chance = SeededGenerator(seed: seed)
            let (n, m) = (5 + chance.below(60), 5 + chance.below(60))
            let (a, b) = (1 + chance.below(n), 1 + chance.below(m))
            let one = try #require(Proportions.wilson(successes: a, of: n))
            let two = try #require(Proportions.wilson(successes: b, of: m))
            let (p, q) = (Double(a) / Double(n), Double(b) / Double(m))
            let ratio = Proportions.ratio(reference: (p, one), candidate: (q, two))
            let inverse = Proportions.ratio(reference: (q, two), candidate: (p, one))
            let upper = try #require(ratio.upper)
            #expect(isClose(inverse.lower, 1 / upper, 1e-9), "seed \(seed)")
            #expect(isClose(inverse.upper, 1 / ratio.lower, 1e-9), "seed \(seed)")
            #expect(ratio.lower <= q / p && upper >= q / p, "seed \(seed)")
            // At the lower end θ, q − θp has an interval that begins at 0.
            for end in [(ratio.lower, true), (upper, false)] {
                let scaled = Interval(lower: one.lower * end.0, upper: one.upper * end.0)
                let gap = Proportions.difference(
                    reference: (p * end.0, scaled), candidate: (q, two))
                #expect(abs(end.1 ? gap.lower : gap.upper) < 1e-9, "seed \(seed)")
            }
        }
        let none = Interval(lower: 0, upper: 0.3)
        let open = Proportions.ratio(reference: (0, none), candidate: (0, none))
        #expect(open.lower == 0 && open.upper == nil)
    }

    @Test func `two groups have the interval of a difference of two shares`() throws {
        let gap = try #require(
            GroupGap.difference([[estimate(9, 10), estimate(3, 10)]], level: 0.95))
        let known = try #require(
            Proportions.difference(reference: (9, 10), candidate: (3, 10)))
        #expect(isClose(gap.value, 0.6, 1e-12))
        #expect(isClose(gap.interval.lower, -known.upper, 1e-12))
        #expect(isClose(gap.interval.upper, -known.lower, 1e-12))
        let turned = GroupGap.difference([[estimate(3, 10), estimate(9, 10)]], level: 0.95)
        #expect(isClose(turned?.interval.lower, gap.interval.lower, 1e-12))
    }

    @Test func `a small group widens the upper end and moves the lower one little`() throws {
        let large = [estimate(2_500, 5_000), estimate(1_500, 5_000)]
        let alone = try #require(GroupGap.difference([large], level: 0.95))
        let beside = try #require(GroupGap.difference([large + [estimate(2, 3)]], level: 0.95))
        #expect(alone.interval.upper < 0.22 && beside.interval.upper > 0.5)
        #expect(beside.interval.lower > 0.17 && beside.interval.lower < alone.interval.lower)
    }

    private func estimate(_ hits: Int, _ count: Int) -> GroupEstimate {
        GroupEstimate(
            GroupCells.Share(rows: count, share: Double(hits) / Double(count), size: Double(count)))
    }
}
