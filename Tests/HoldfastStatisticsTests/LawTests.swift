import Testing
import TestSupport

@testable import HoldfastStatistics

extension SeededGenerator {
    mutating func counts(_ cumulative: [Double], rows: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: cumulative.count)
        for _ in 0..<rows {
            let u = Double.random(in: 0..<1, using: &self)
            var (low, high) = (0, cumulative.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if cumulative[middle] > u { high = middle } else { low = middle + 1 }
            }
            counts[low] += 1
        }
        return counts
    }
}

@Suite struct SummaryTests {
    @Test func `categories are told apart by their bytes, and merge`() {
        var one = CategorySummary()
        var two = CategorySummary()
        for turn in 0..<5_000 {
            one.add("c\(turn % 700)")
            two.add("c\(turn % 900)")
        }
        one.add("\u{E9}")
        one.add("e\u{301}")
        one.add("")
        one.addMissing()
        #expect(one.categories == 703 && one.count == 5_003 && one.rows == 5_004)
        one.merge(two)
        #expect(one.categories == 903 && one.count == 10_003 && one.missing == 1)
        let counts = Dictionary(
            uniqueKeysWithValues: one.counts.map {
                (String(decoding: $0.category, as: UTF8.self), $0.count)
            }.filter { $0.0.hasPrefix("c") })
        #expect(counts["c0"] == 8 + 6 && counts["c899"] == 5)
        #expect(counts.values.reduce(0, +) == 10_000)
    }
}

@Suite struct UndefinedTests {
    @Test func `an empty sample has no distance and no share`() {
        #expect(KolmogorovSmirnov([], [1]) == nil)
        #expect(KolmogorovSmirnov([1], []) == nil)
        #expect(TotalVariation([0, 0], [1, 2]) == nil)
        #expect(Proportions.wilson(successes: 0, of: 0) == nil)
        #expect(Proportions.difference(reference: (0, 0), candidate: (1, 2)) == nil)
        #expect(Proportions.pValue(reference: (0, 5), candidate: (0, 9)) == nil)
    }

    @Test func `a sample ratio is tested only where there is one`() {
        #expect(SampleRatioMismatch.test(observed: [0, 0], shares: [1, 1]) == nil)
        #expect(SampleRatioMismatch.test(observed: [5, 5], shares: [0, 0]) == nil)
        #expect(SampleRatioMismatch.test(observed: [5], shares: [1_000_000]) == nil)
        #expect(SampleRatioMismatch.test(observed: [5, 0], shares: [1_000_000, 0]) == nil)
        #expect(SampleRatioMismatch.test(observed: [5, 1], shares: [1_000_000, 0])?.pValue == 0)
        let test = SampleRatioMismatch.test(observed: [5_080, 4_920], shares: [500_000, 500_000])
        #expect(isClose(test?.pValue, 0.10959858339911599))
        let free = SampleRatioMismatch.test(observed: [50, 50, 0], shares: [500_000, 500_000, 0])
        #expect(free?.degreesOfFreedom == 1 && free?.pValue == 1)
    }

    @Test func `every interval is finite, ordered and within 0 and 1 at the smallest samples`() {
        for x in 0...5 {
            for y in 0...5 {
                for (a, b) in [([x, 1], [y, 1]), ([x, 1, 2], [y, 0, 3]), ([x + 1], [y + 1])] {
                    guard let distance = TotalVariation(a, b) else { continue }
                    let interval = distance.interval()
                    #expect(interval.lower >= 0 && interval.upper <= 1)
                    #expect(interval.upper > 0.4, "\(a) \(b): so few rows cannot agree")
                }
            }
        }
        let one = KolmogorovSmirnov([1], [1])
        #expect(one?.interval() == Interval(lower: 0, upper: 1))
    }
}

@Suite struct IntervalTests {
    @Test func `Newcombe's published example comes out`() {
        // R. G. Newcombe (1998), table II, contrast (a): 56/70 − 48/80, method 10.
        let interval = Proportions.difference(reference: (48, 80), candidate: (56, 70))
        #expect(abs((interval?.lower ?? 0) - 0.0524) < 5e-5)
        #expect(abs((interval?.upper ?? 0) - 0.3339) < 5e-5)
    }

    @Test func `Holm's correction multiplies, is monotone and never exceeds 1`() {
        let adjusted = Holm.adjusted([0.01, nil, 0.04, 0.03, 0.9])
        #expect(adjusted[1] == nil)
        for (value, expected) in zip(adjusted.compactMap { $0 }, [0.04, 0.09, 0.09, 0.9]) {
            #expect(isClose(value, expected, 1e-12))
        }
        #expect(Holm.adjusted([]).isEmpty)
        #expect(Holm.adjusted([0.5, 0.5]) == [1, 1])
    }

    @Test func `the Kolmogorov-Smirnov interval is the effect and both samples' deviations`() {
        let reference = (0..<1_000).map(Double.init)
        let distance = KolmogorovSmirnov(reference, reference.map { $0 + 300 })
        // ln(2 / 0.025) / 2,000 is 0.0021910…, its root 0.0468082…
        let interval = distance?.interval()
        #expect(isClose(interval?.lower, 0.3 - 2 * 0.0468082612, 1e-8))
        #expect(isClose(interval?.upper, 0.3 + 2 * 0.0468082612, 1e-8))
    }

    @Test func `rows needed clear the margin`() throws {
        let reference = (0..<1_000).map(Double.init)
        let distance = try #require(KolmogorovSmirnov(reference, reference.map { $0 + 50 }))
        let rows = try #require(distance.rowsNeeded(margin: 0.1))
        let more = (0..<rows).map { Double($0) / Double(rows) }
        let later = try #require(KolmogorovSmirnov(more, more.map { $0 + 0.05 }))
        #expect(later.interval().upper < 0.1 + 1e-3)
        #expect(rows > 1_000 && rows < 10_000)
    }

    @Test(arguments: [2, 80, 1_000])
    func `tables of one distribution never disagree, and agree given rows`(categories: Int) {
        let cumulative = (1...categories).map { Double($0) / Double(categories) }
        var agreed = 0
        for seed in UInt64(1)...10 {
            var chance = SeededGenerator(seed: seed)
            let one = chance.counts(cumulative, rows: 20_000)
            let two = chance.counts(cumulative, rows: 20_000)
            guard let interval = TotalVariation(one, two)?.interval() else { continue }
            #expect(interval.lower < 0.02, "seed \(seed)")
            if interval.upper < 0.1 { agreed += 1 }
        }
        #expect(agreed == 10)
    }

    @Test func `samples without a repeated category tell nothing`() throws {
        let size = 10_000
        let one = [Int](repeating: 1, count: size) + [Int](repeating: 0, count: size)
        let distance = try #require(TotalVariation(one, one.reversed()))
        #expect(distance.effect == 1 && isClose(distance.expectedByChance, 1, 1e-9))
        #expect(distance.interval() == Interval(lower: 0, upper: 1))
    }

    @Test(arguments: UInt64(1)...5)
    func `the interval holds a known distance between skewed distributions`(seed: UInt64) throws {
        let weights = (1...200).map { 1 / Double($0) }
        let total = weights.reduce(0, +)
        var sum = 0.0
        let reference = weights.map { weight -> Double in
            sum += weight / total
            return sum
        }
        // A fifth of the rows becomes the first category.
        let candidate = reference.map { 0.2 + 0.8 * $0 }
        let truth = 0.2 * (1 - weights[0] / total)
        var chance = SeededGenerator(seed: seed)
        let distance = try #require(
            TotalVariation(
                chance.counts(reference, rows: 5_000), chance.counts(candidate, rows: 3_000)))
        let interval = distance.interval()
        #expect(interval.lower <= truth && truth <= interval.upper, "seed \(seed)")
        #expect(interval.lower > 0.02 && interval.upper < 0.3, "seed \(seed): \(interval)")
    }

    @Test func `the order of categories changes no figure`() throws {
        let one = try #require(TotalVariation([5, 100, 31, 7, 0, 64], [9, 80, 40, 0, 2, 70]))
        let two = try #require(TotalVariation([64, 0, 7, 31, 100, 5], [70, 2, 0, 40, 80, 9]))
        #expect(one.effect == two.effect && one.expectedByChance == two.expectedByChance)
        #expect(one.interval() == two.interval() && one.pValue == two.pValue)
    }
}
