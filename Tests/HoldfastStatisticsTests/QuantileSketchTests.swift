import Testing
import TestSupport

@testable import HoldfastStatistics

@Suite struct QuantileSketchTests {
    private enum Shape: CaseIterable { case random, sorted, reversed, repeated, saw, skewed }

    private func values(_ shape: Shape, _ count: Int, _ chance: inout SeededGenerator) -> [Double] {
        switch shape {
        case .random: (0..<count).map { _ in Double.random(in: -5...5, using: &chance) }
        case .sorted: (0..<count).map { Double($0) }
        case .reversed: (0..<count).map { Double(-$0) }
        case .repeated: (0..<count).map { _ in Double(chance.below(7)) }
        case .saw: (0..<count).map { Double($0 % 1_000) }
        case .skewed: (0..<count).map { _ in 1 / Double.random(in: 1e-9...1, using: &chance) }
        }
    }

    /// The largest difference of a sketch's shares from those of all rows, over the rows' values.
    private func worst(_ sample: OrderedSample, _ values: [Double]) -> Double {
        let exact = OrderedSample(values)
        let edges = Set(exact.values).sorted()
        let below = edges.map { $0.nextDown }
        var worst = 0.0
        for edges in [edges, below] {
            for (one, two) in zip(sample.masses(upTo: edges), exact.masses(upTo: edges)) {
                worst = max(worst, abs(one - two) / exact.total)
            }
        }
        return worst
    }

    private func holds(_ summary: NumberSummary, _ values: [Double], _ limit: Int, _ name: String) {
        #expect(summary.byteCount <= limit, "\(name): \(summary.byteCount)")
        #expect(summary.count == values.count, "\(name)")
        let sample = summary.ordered()
        let exact = OrderedSample(values)
        #expect(sample.rankError > 0 && sample.rankError < 0.3, "\(name) \(sample.rankError)")
        #expect(worst(sample, values) <= sample.rankError, "\(name)")
        #expect(sample.total == Double(values.count) && sample.count == values.count, "\(name)")
        #expect(sample.masses?.reduce(0, +) == sample.total, "\(name)")
        #expect(sample.minimum == exact.minimum && sample.maximum == exact.maximum, "\(name)")
        for (one, two) in [(sample.mean, exact.mean), (sample.variance, exact.variance)] {
            let scale = max(abs(two ?? 0), 1)
            #expect(abs((one ?? .nan) - (two ?? .nan)) <= 1e-9 * scale, "\(name)")
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `a sketch keeps to its limit, and no share is wrong by more than it says`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for shape in Shape.allCases {
            let limit = chance.pick([4_096, 10_000, 32_768])
            let values = values(shape, 5_000 + chance.below(5_000), &chance)
            var summary = NumberSummary(byteLimit: limit)
            for value in values {
                summary.add(value)
                // Each value, as a limit that is passed for a while is none.
                if summary.byteCount > limit {
                    Issue.record("seed \(seed): \(summary.byteCount) bytes")
                    break
                }
            }
            holds(summary, values, limit, "seed \(seed), \(shape)")
        }
    }

    @Test(arguments: UInt64(1)...6)
    func `sketches merge in any shape`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let limit = chance.pick([4_096, 16_384])
        var all: [Double] = []
        var parts: [NumberSummary] = []
        for _ in 0..<(2 + chance.below(12)) {
            let some = values(
                chance.pick(Shape.allCases), chance.pick([1, 10, 700, 3_000, 9_000]), &chance)
            var summary = NumberSummary(byteLimit: limit)
            some.withUnsafeBufferPointer { summary.add(contentsOf: $0) }
            all += some
            parts.append(summary)
        }
        let last = values(.random, 6_000, &chance)
        var summary = NumberSummary(byteLimit: limit)
        for value in last { summary.add(value) }
        all += last
        parts.append(summary)
        while parts.count > 1 {
            let other = parts.remove(at: chance.below(parts.count))
            parts[chance.below(parts.count)].merge(other)
        }
        holds(parts[0], all, limit, "seed \(seed)")
        var more = parts[0]
        for value in last { more.add(value) }
        holds(more, all + last, limit, "seed \(seed), and more")
    }

    @Test func `up to its limit a summary is exact, and one past it is not`() {
        let limit = 8_192
        var summary = NumberSummary(byteLimit: limit)
        var exact = 0
        for turn in 0..<1_100 {
            summary.add(Double(turn * 7_919 % 1_009))
            let sample = summary.ordered()
            if sample.rankError == 0 {
                exact = turn + 1
                #expect(sample.total == Double(turn + 1))
            }
        }
        // All but a block of the limit's sixteenth, which there must be room for.
        #expect(exact >= 900 && exact <= 1_024, "\(exact)")
    }

    @Test func `a summary with a limit says what one without says, while it is exact`() {
        var chance = SeededGenerator(seed: 2)
        let values = values(.random, 3_000, &chance)
        var summary = NumberSummary(byteLimit: 65_536)
        for value in values { summary.add(value) }
        let (one, two) = (summary.ordered(), OrderedSample(values))
        #expect(one.values == two.values && one.mean == two.mean && one.rankError == 0)
    }

    @Test func `the interval of a sketch's distance holds that of the rows`() throws {
        var chance = SeededGenerator(seed: 9)
        let one = values(.random, 20_000, &chance)
        let two = values(.random, 20_000, &chance).map { $0 + 0.4 }
        func sketch(_ values: [Double]) -> OrderedSample {
            var summary = NumberSummary(byteLimit: 8_192)
            for value in values { summary.add(value) }
            return summary.ordered()
        }
        let rough = try #require(
            KolmogorovSmirnov(reference: sketch(one), candidate: sketch(two)))
        let exact = try #require(KolmogorovSmirnov(one, two))
        #expect(rough.rankError > 0)
        #expect(abs(rough.effect - exact.effect) <= rough.rankError)
        let (outer, inner) = (rough.interval(), exact.interval())
        #expect(outer.lower <= inner.lower && outer.upper >= inner.upper)
        #expect(rough.pValue >= exact.pValue)
    }

    @Test func `a summary with weights stays exact beyond the limit`() {
        var summary = NumberSummary(byteLimit: 4_096)
        for turn in 0..<5_000 { summary.add(Double(turn), weight: Double(turn % 3 + 1)) }
        let sample = summary.ordered()
        #expect(sample.rankError == 0 && sample.values.count == 5_000)
    }

    @Test func `each value is handed out with its mass`() {
        var summary = NumberSummary(byteLimit: 4_096)
        for turn in 0..<3_001 { summary.add(Double(turn)) }
        var total = 0.0
        summary.eachValue { total += $1 }
        #expect(total == 3_001)
    }
}
