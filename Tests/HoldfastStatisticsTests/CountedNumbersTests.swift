import TestSupport
import Testing

@testable import HoldfastStatistics

/// Numbers counted in ranges, against the same numbers kept one by one.
@Suite struct CountedNumbersTests {
    /// Numbers of a long tail, some of them often, with a weight each; one weighs as much as all
    /// others.
    private static func made(_ seed: UInt64, count: Int) -> [(value: Double, weight: Double)] {
        var chance = SeededGenerator(seed: seed)
        func unit() -> Double { Double(1 + chance.below(1 << 30)) / Double(1 << 30) }
        var rows = (0..<count).map { _ in
            (value: unit() < 0.2 ? 3 : 1 / unit(), weight: [20, 1 / 0.95, 0.25][chance.below(3)])
        }
        if count > 10 { rows[count / 2].weight = rows.reduce(0) { $0 + $1.weight } }
        return rows
    }

    /// Counts rows at edges, as an engine does.
    private static func counted(
        _ rows: [(value: Double, weight: Double)], edges: [Double], isWeighted: Bool
    ) -> OrderedSample {
        let centre = rows.reduce(0) { $0 + $1.value } / Double(rows.count)
        var counted = CountedNumbers(centre: centre, isWeighted: isWeighted)
        let ranges = Dictionary(grouping: rows) { row in edges.last { $0 <= row.value } }
        for range in ranges.values {
            let weights = range.map { isWeighted ? $0.weight : 1 }
            let distances = range.map { $0.value - centre }
            func sum(_ term: (Int) -> Double) -> Double {
                range.indices.reduce(0) { $0 + term($1) }
            }
            counted.add(
                least: range.map(\.value).min() ?? 0, most: range.map(\.value).max() ?? 0,
                count: range.count,
                mass: isWeighted
                    ? CountedMass(
                        sum: sum { weights[$0] }, squares: sum { weights[$0] * weights[$0] }) : nil,
                distances: sum { weights[$0] * distances[$0] },
                squares: sum { weights[$0] * distances[$0] * distances[$0] })
        }
        return counted.ordered()
    }

    @Test(arguments: 0..<20, [false, true])
    func `moments are exact, and no share is off by more than is said`(
        seed: UInt64, isWeighted: Bool
    ) throws {
        let rows = Self.made(seed, count: [1, 7, 300, 5_000][Int(seed) % 4])
        let values = rows.map(\.value)
        let weights = isWeighted ? rows.map(\.weight) : nil
        let least = try #require(values.min())
        let most = try #require(values.max())
        let edges = CountedNumbers.edges(
            sample: values, weights: weights, range: least...most, parts: 50)
        let sample = Self.counted(rows, edges: edges, isWeighted: isWeighted)
        var summary = NumberSummary()
        for row in rows {
            if isWeighted {
                summary.add(row.value, weight: row.weight)
            } else {
                summary.add(row.value)
            }
        }
        let exact = summary.ordered()
        func near(_ one: Double?, _ other: Double?) -> Bool {
            guard let one, let other else { return one == other }
            return abs(one - other) <= 1e-9 * max(1, abs(one))
        }
        #expect(sample.count == exact.count && sample.isWeighted == isWeighted)
        #expect(near(sample.total, exact.total) && near(sample.mean, exact.mean))
        #expect(near(sample.variance, exact.variance))
        #expect(near(sample.effectiveCount, exact.effectiveCount))
        #expect(sample.minimum == least && sample.maximum == most)
        for value in values {
            let off = abs(sample.share(atMost: value) - exact.share(atMost: value))
            #expect(off <= sample.rankError + 1e-12)
        }
        // A fiftieth in each, and the row that weighs as much as all has a range of its own.
        #expect(sample.rankError <= (rows.count > 1_000 ? 0.03 : 0.5), "\(sample.rankError)")
    }

    @Test func `edges without weights and with equal ones are the same`() {
        let values = Self.made(3, count: 2_000).map(\.value)
        let range = 0.0...1e12
        let bare = CountedNumbers.edges(sample: values, range: range, parts: 40)
        let equal = CountedNumbers.edges(
            sample: values, weights: values.map { _ in 1 }, range: range, parts: 40)
        #expect(bare == equal && bare.count >= 30)
    }
}
