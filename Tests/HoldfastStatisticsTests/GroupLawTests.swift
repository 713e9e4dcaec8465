import TestSupport
import Testing

@testable import HoldfastStatistics

/// What intervals of groups promise, over many draws.
@Suite struct GroupLawTests {
    /// Groups of 20 to 50 rows of one rate.
    private func small(_ count: Int, rate: Double, _ chance: inout SeededGenerator)
        -> [GroupEstimate]
    {
        (0..<count).map { _ in
            let size = 20 + chance.below(31)
            return estimate(draws(size, rate, &chance), size)
        }
    }

    private func draws(_ size: Int, _ rate: Double, _ chance: inout SeededGenerator) -> Int {
        var hits = 0
        for _ in 0..<size { hits += Double.random(in: 0..<1, using: &chance) < rate ? 1 : 0 }
        return hits
    }

    private func estimate(_ hits: Int, _ count: Int) -> GroupEstimate {
        GroupEstimate(
            GroupCells.Share(rows: count, share: Double(hits) / Double(count), size: Double(count)))
    }

    @Test func `small groups that are alike are called unlike in 5 of 100 draws at most`() throws {
        var (all, wrong, wrongRatios, missed) = (0, 0, 0, 0)
        for count in [2, 5, 12] {
            for rate in [0.1, 0.5, 0.85] {
                for seed in UInt64(0)..<300 {
                    var chance = SeededGenerator(seed: seed * 100 + UInt64(count))
                    let groups = small(count, rate: rate, &chance)
                    let gap = try #require(GroupGap.difference([groups], level: 0.95))
                    all += 1
                    wrong += gap.interval.lower > 0 ? 1 : 0
                    // The plain largest difference would be called unfair again and again.
                    missed += gap.value > 0.1 ? 1 : 0
                    if let ratio = GroupGap.ratio([groups], level: 0.95) {
                        wrongRatios += ratio.interval.upper < 1 ? 1 : 0
                    }
                }
            }
        }
        #expect(Double(wrong) <= 0.05 * Double(all), "\(wrong) of \(all), seeds 0 to 299")
        #expect(Double(wrongRatios) <= 0.05 * Double(all), "\(wrongRatios) of \(all)")
        #expect(Double(missed) > 0.5 * Double(all), "\(missed) of \(all)")
    }

    @Test func `the largest true difference lies within in 95 of 100 draws`() throws {
        let rates = [0.3, 0.34, 0.45, 0.5]
        var (held, heldRatios) = (0, 0)
        for seed in UInt64(0)..<400 {
            var chance = SeededGenerator(seed: seed + 7_000)
            let groups = rates.enumerated().map { place, rate in
                let size = 40 * (place + 1)
                return estimate(draws(size, rate, &chance), size)
            }
            let gap = try #require(GroupGap.difference([groups], level: 0.95)).interval
            held += gap.lower <= 0.2 && gap.upper >= 0.2 ? 1 : 0
            let ratio = try #require(GroupGap.ratio([groups], level: 0.95)).interval
            heldRatios += ratio.lower <= 0.6 && ratio.upper >= 0.6 ? 1 : 0
        }
        #expect(held >= 380 && heldRatios >= 380, "\(held) and \(heldRatios) of 400")
    }

    @Test func `a difference of a fifth between groups of 5,000 rows is found every time`() throws {
        for seed in UInt64(1)...100 {
            var chance = SeededGenerator(seed: seed)
            let groups = [0.3, 0.5, 0.4].map { estimate(draws(5_000, $0, &chance), 5_000) }
            let gap = try #require(GroupGap.difference([groups], level: 0.95))
            #expect(gap.interval.lower > 0.15 && gap.interval.upper < 0.25, "seed \(seed)")
        }
    }

    @Test func `rows of households are worth the households`() throws {
        var (wrong, wrongWithout) = (0, 0)
        for seed in UInt64(0)..<300 {
            var chance = SeededGenerator(seed: seed + 900)
            var (groups, labels, codes): ([Int32], [Bool], [Int32]) = ([], [], [])
            for cluster in Int32(0)..<80 {
                let label = chance.below(5) < 2
                for _ in 0..<(4 + chance.below(5)) {
                    groups.append(cluster % 2)
                    labels.append(chance.below(10) == 0 ? !label : label)
                    codes.append(cluster)
                }
            }
            func isWrong(_ clusters: ClusterRows?) -> Bool {
                let cells = GroupCells(
                    groups: groups, count: 2, labels: labels, decisions: labels, clusters: clusters)
                let estimates = (0..<2).compactMap { cells.share(.label, group: $0) }
                    .map { GroupEstimate($0) }
                return (GroupGap.difference([estimates], level: 0.95)?.interval.lower ?? 0) > 0
            }
            wrong += isWrong(ClusterRows(codes)) ? 1 : 0
            wrongWithout += isWrong(nil) ? 1 : 0
        }
        // 15 are promised; three standard errors of a count more is chance.
        #expect(wrong <= 27, "\(wrong) of 300, seeds 900 to 1,199")
        #expect(wrongWithout > 90, "\(wrongWithout) of 300 as if rows were independent")
    }

    @Test func `means of small groups that are alike are called unlike in 5 of 100 draws at most`()
        throws
    {
        var wrong = 0
        for seed in UInt64(0)..<400 {
            var chance = SeededGenerator(seed: seed + 400)
            let count = 2 + chance.below(6)
            var (groups, values): ([Int32], [Double]) = ([], [])
            for group in 0..<count {
                for _ in 0..<(2 + chance.below(30)) {
                    groups.append(Int32(group))
                    values.append((0..<4).reduce(0.0) { sum, _ in sum + Double(chance.below(100)) })
                }
            }
            let means = GroupMeans(groups: groups, count: count, values: values)
            let pooled = GroupMeans(
                groups: [Int32](repeating: 0, count: values.count), count: 1, values: values)
            let estimates = (0..<count).compactMap {
                GroupEstimate(means, group: $0, leastVariance: pooled.variance(0) ?? 0)
            }
            #expect(estimates.count == count)
            let gap = try #require(GroupGap.difference([estimates], level: 0.95))
            wrong += gap.interval.lower > 0 ? 1 : 0
        }
        #expect(wrong <= 20, "\(wrong) of 400, seeds 400 to 799")
    }
}
