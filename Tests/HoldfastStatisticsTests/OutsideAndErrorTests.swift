import Glibc
import Testing

@testable import HoldfastStatistics

@Suite struct OutsideAndErrorTests {
    /// Heights and weights that go together, and a kind that goes with neither.
    private func people(_ count: Int, _ seed: UInt64, odd: Bool = false) -> [SampleColumn] {
        let chance = CounterStream(seed: seed, stream: 6)
        let height = (0..<count).map { chance.normal(UInt64($0)) }
        let weight = (0..<count).map {
            (odd ? -height[$0] : height[$0]) + 0.1 * chance.normal(UInt64(5_000 + $0))
        }
        let kinds = (0..<count).map { Int32(chance.uniform(UInt64(30_000 + $0)) * 3) }
        return [
            SampleColumn("height", numbers: height), SampleColumn("weight", numbers: weight),
            SampleColumn("kind", categories: kinds),
        ]
    }

    @Test func `rows like train's are outside in about one of a hundred`() {
        var share = 0.0
        for seed in 0..<10 as Range<UInt64> {
            let region = KnownRegion(train: people(600, 2 * seed), seed: seed)
            let outside = region.outside(people(300, 2 * seed + 1))
            share += Double(outside.jointly?.count { $0 } ?? 300) / 3_000
        }
        #expect(share < 0.025, "\(share)")
    }

    @Test func `odd combinations of usual values are outside jointly and in no column`() throws {
        let region = KnownRegion(train: people(800, 1), seed: 1)
        let odd = region.outside(people(200, 2, odd: true))
        let jointly = try #require(odd.jointly)
        #expect(jointly.count { $0 } > 120, "\(jointly.count { $0 })")
        #expect(odd.columns[0].count { $0 } < 10)
        // Only the rows that were asked for.
        let picked = try #require(
            region.outside(people(200, 2, odd: true), jointly: [7, 3]).jointly)
        #expect(picked == [jointly[7], jointly[3]])
    }

    @Test func `each column knows its range, its categories and nothing of what is missing`() {
        let train = [
            SampleColumn("a", numbers: [1, 2, .nan, 5]),
            SampleColumn("b", categories: [0, 2, 2, -1]),
        ]
        let region = KnownRegion(train: train, seed: 1)
        let outside = region.outside([
            SampleColumn("a", numbers: [0.9, 1, 5, .nan, .infinity]),
            SampleColumn("b", categories: [0, 1, 9, -1, 2]),
        ])
        #expect(
            outside.columns == [
                [true, false, false, false, true], [false, true, true, false, false],
            ])
        #expect(outside.jointly == nil && region.threshold == nil)
        let empty = KnownRegion(train: [SampleColumn("a", numbers: [])], seed: 1)
        #expect(empty.outside([SampleColumn("a", numbers: [1, .nan])]).columns == [[true, false]])
        // Where all that train has is one value, another is outside and nothing fails.
        let flat = KnownRegion(
            train: [SampleColumn("a", numbers: [Double](repeating: 3, count: 400))], seed: 1)
        let odd = flat.outside([SampleColumn("a", numbers: [3, 4, .nan])])
        #expect(odd.jointly == [false, true, true])
    }

    /// Rows on which a model errs often where x is high, whatever its score.
    private func losses(_ count: Int, _ seed: UInt64, from low: Double)
        -> (columns: [SampleColumn], losses: [Double], expected: Double)
    {
        let chance = CounterStream(seed: seed, stream: 7)
        let x = (0..<count).map { low + (1 - low) * chance.uniform(UInt64($0)) }
        let rate = x.map { $0 > 0.7 ? 0.45 : 0.05 }
        let columns = [
            SampleColumn("x", numbers: x),
            SampleColumn("noise", categories: (0..<count).map { Int32($0 % 5) }),
        ]
        return (
            columns,
            rate.indices.map { chance.uniform(UInt64(9_000 + $0)) < rate[$0] ? 1 : 0 },
            rate.reduce(0, +) / Double(count)
        )
    }

    @Test func `a predictor of errors sees rows that a model is bad at come`() throws {
        var held = 0
        for seed in 0..<12 as Range<UInt64> {
            let train = losses(800, 2 * seed, from: 0)
            let predictor = try #require(
                ErrorPredictor(features: train.columns, losses: train.losses, trees: 15, seed: seed)
            )
            let later = losses(300, 2 * seed + 1, from: 0.5)
            let estimate = try #require(predictor.estimate(of: later.columns))
            let realised = later.losses.reduce(0, +) / 300
            #expect(abs(estimate.value - later.expected) < 0.08, "seed \(seed): \(estimate)")
            let rows = predictor.losses(of: later.columns)
            #expect(abs(rows.reduce(0, +) / 300 - estimate.value) < 1e-12)
            #expect(rows.allSatisfy { $0 >= 0 && $0 <= 1 })
            let interval = try #require(estimate.interval(level: 0.95))
            if interval.lower <= realised && realised <= interval.upper { held += 1 }
        }
        #expect(held >= 10, "\(held) of 12")
    }

    @Test func `losses of any size keep their unit, and those that do not vary are answered`()
        throws
    {
        let train = losses(600, 3, from: 0)
        let large = train.losses.map { 500 * $0 + 20 }
        let predictor = try #require(
            ErrorPredictor(features: train.columns, losses: large, trees: 10, seed: 1))
        let estimate = try #require(predictor.estimate(of: train.columns))
        let mean = large.reduce(0, +) / 600
        #expect(abs(estimate.value - mean) < 15, "\(estimate) \(mean)")
        #expect(estimate.positiveInterval(level: 0.95) != nil)
        let zero = try #require(
            ErrorPredictor(features: train.columns, losses: train.losses.map { _ in 0 }, seed: 1))
        #expect(zero.estimate(of: train.columns)?.value == 0)
        let one = try #require(
            ErrorPredictor(features: train.columns, losses: train.losses.map { _ in 1 }, seed: 1))
        #expect(one.estimate(of: train.columns)?.value == 1)
        #expect(one.estimate(of: train.columns.map { SampleColumn($0.name, numbers: []) }) == nil)
        #expect(ErrorPredictor(features: [], losses: large, seed: 1) == nil)
        let few = [SampleColumn("x", numbers: [1, 2])]
        #expect(ErrorPredictor(features: few, losses: [0, 1], seed: 1) == nil)
    }
}
