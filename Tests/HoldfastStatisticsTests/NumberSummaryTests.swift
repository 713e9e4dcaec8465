import Testing
import TestSupport

@testable import HoldfastStatistics

@Suite struct NumberSummaryTests {
    private func random(_ chance: inout SeededGenerator) -> Double {
        switch chance.below(4) {
        case 0: Double(chance.below(20))
        case 1: -Double(chance.below(1_000)) / 8
        case 2: Double(sign: .plus, exponent: chance.below(600) - 300, significand: 1.5)
        default: Double.random(in: -100...100, using: &chance)
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `summaries of parts merge into that of the whole, to the last bit`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var whole = NumberSummary()
        var parts = [NumberSummary](repeating: NumberSummary(), count: 3)
        for _ in 0..<chance.pick([0, 1, 2, 50, 3_000, 40_000]) {
            let value = random(&chance)
            whole.add(value)
            parts[chance.below(3)].add(value)
        }
        var merged = parts[2]
        merged.merge(parts[0])
        merged.merge(parts[1])
        #expect(merged.count == whole.count)
        #expect(merged.minimum == whole.minimum && merged.maximum == whole.maximum)
        let (one, two) = (merged.ordered(), whole.ordered())
        #expect(one.values == two.values && one.masses == two.masses, "seed \(seed)")
        #expect(one.mean == two.mean && one.variance == two.variance, "seed \(seed)")
        #expect(one.count == two.count && one.rankError == 0)
    }

    @Test(arguments: UInt64(1)...20)
    func `values come out in the order that sort gives them`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let count = chance.pick([1, 3, 1_499, 1_500, 30_000])
        // Few values, any, and such as only the lower half of their bits tells apart.
        let kind = chance.below(3)
        let values = (0..<count).map { _ in
            switch kind {
            case 0: Double(chance.below(9))
            case 1: random(&chance)
            default: 1e15 + Double(chance.below(1_000_000))
            }
        }
        let blocks = [Array(values[..<(count / 3)]), [], Array(values[(count / 3)...])]
        #expect(AscendingOrder.of(blocks) == values.sorted(), "seed \(seed)")
        let sample = OrderedSample(values)
        let distinct = Set(values).count
        #expect(sample.masses != nil || distinct > count / 4, "seed \(seed)")
        #expect(sample.total == Double(count) && sample.count == count)
        var again: [Double] = []
        for (place, value) in sample.values.enumerated() {
            again += [Double](repeating: value, count: Int(sample.masses?[place] ?? 1))
        }
        #expect(again == values.sorted(), "seed \(seed)")
    }

    @Test func `a column of any size costs little more than its values`() {
        var summary = NumberSummary()
        for count in 1...200_000 {
            summary.add(Double(count))
            if count < 16_384 {
                #expect(summary.byteCount <= 16 * count + 256)
            } else if count % 1_000 == 0 {
                #expect(summary.byteCount <= 8 * count + 16_384 * 8 + 16_384)
            }
        }
        var merged = NumberSummary()
        for turn in 0..<5_000 {
            var crumb = NumberSummary()
            crumb.add(Double(turn))
            crumb.add(0)
            merged.merge(crumb)
        }
        #expect(merged.count == 10_000 && merged.byteCount < 16 * 10_000)
    }

    @Test func `values come in bulk as they come one by one`() {
        var chance = SeededGenerator(seed: 5)
        let values = (0..<40_000).map { _ in random(&chance) }
        let weights = values.map { _ in Double(1 + chance.below(9)) }
        var (one, two) = (NumberSummary(), NumberSummary())
        var (heavy, other) = (NumberSummary(), NumberSummary())
        for (value, weight) in zip(values, weights) {
            one.add(value)
            heavy.add(value, weight: weight)
        }
        values.withUnsafeBufferPointer { values in
            two.add(contentsOf: values)
            weights.withUnsafeBufferPointer { other.add(contentsOf: values, weights: $0) }
        }
        #expect(one.ordered().values == two.ordered().values)
        #expect(heavy.isWeighted && other.isWeighted)
        let (first, second) = (heavy.ordered(), other.ordered())
        #expect(first.values == second.values && first.masses == second.masses)
        #expect(first.total == weights.reduce(0, +))
    }

    @Test func `a statistic without a definition is nil`() {
        var summary = NumberSummary()
        #expect(summary.mean == nil && summary.variance == nil && summary.minimum == nil)
        let empty = summary.ordered()
        #expect(empty.mean == nil && empty.quantile(0.5) == nil && empty.maximum == nil)
        #expect(empty.share(atMost: 0) == 0 && QuantileBins(reference: empty) == nil)
        #expect(NumberDistances(reference: empty, candidate: OrderedSample([1])) == nil)
        summary.add(1)
        #expect(summary.mean == 1 && summary.variance == nil)
        #expect(summary.ordered().variance == nil)
        summary.add(.greatestFiniteMagnitude)
        summary.add(-.greatestFiniteMagnitude)
        #expect(summary.variance == nil, "the squares are beyond a double")
        let huge = summary.ordered()
        #expect(huge.variance == nil && huge.mean.map { abs($0) < 1e300 } == true)
        #expect(OrderedSample([1e308, 1.5e308, 1.7e308]).mean == 1.4e308)
        let apart = NumberDistances(reference: huge, candidate: OrderedSample([0]))
        #expect(apart?.welch == nil && apart?.meanDifference == nil)
        #expect(apart?.kolmogorovSmirnov.effect == 2.0 / 3)
    }

    @Test func `the order of rows changes no figure, with weights or without`() {
        var chance = SeededGenerator(seed: 3)
        let rows = (0..<5_000).map { _ in
            (Double(chance.below(700)) / 7, Double.random(in: 0.1...9, using: &chance))
        }
        let other = OrderedSample(rows.map { $0.0 + 3 })
        var figures: [[Double?]] = []
        for order in [rows, rows.reversed(), rows.sorted { $0.1 < $1.1 }] {
            var (plain, heavy) = (NumberSummary(), NumberSummary())
            for (value, weight) in order {
                plain.add(value)
                heavy.add(value, weight: weight)
            }
            let samples = [plain.ordered(), heavy.ordered()]
            figures.append(
                samples.flatMap { sample in
                    let apart = NumberDistances(reference: sample, candidate: other)
                    return [
                        sample.mean, sample.variance, sample.effectiveCount, apart?.energy,
                        apart?.wasserstein, apart?.cramerVonMises?.statistic, apart?.welch?.t,
                        apart?.andersonDarling?.statistic, apart?.mannWhitney.auc,
                    ]
                })
        }
        #expect(figures[0] == figures[1] && figures[0] == figures[2])
    }

    @Test func `one weight for all is as good as none`() throws {
        var chance = SeededGenerator(seed: 8)
        let values = (0..<900).map { _ in Double(chance.below(400)) }
        let others = values.map { $0 * 1.1 }
        func sample(_ values: [Double], _ weight: Double) -> OrderedSample {
            var summary = NumberSummary()
            for value in values { summary.add(value, weight: weight) }
            return summary.ordered()
        }
        let plain = try #require(
            NumberDistances(reference: OrderedSample(values), candidate: OrderedSample(others)))
        let heavy = try #require(
            NumberDistances(reference: sample(values, 0.125), candidate: sample(others, 2)))
        let pairs: [(Double?, Double?)] = [
            (plain.kolmogorovSmirnov.pValue, heavy.kolmogorovSmirnov.pValue),
            (plain.wasserstein, heavy.wasserstein), (plain.energy, heavy.energy),
            (plain.cramerVonMises?.pValue, heavy.cramerVonMises?.pValue),
            (plain.andersonDarling?.statistic, heavy.andersonDarling?.statistic),
            (plain.mannWhitney.pValue, heavy.mannWhitney.pValue),
            (plain.welch?.pValue, heavy.welch?.pValue),
            (plain.outsideRange, heavy.outsideRange),
        ]
        for (one, two) in pairs { #expect(isClose(two, try #require(one))) }
    }
}
