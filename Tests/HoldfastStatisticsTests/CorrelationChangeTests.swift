import Glibc
import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct CorrelationChangeTests {
    private func sample(_ columns: [[Double]]) -> SampleColumns {
        SampleColumns(columns.enumerated().map { SampleColumn("n\($0)", numbers: $1) })
    }

    private func values(_ item: JSON, _ key: String) throws -> [Double] {
        try #require(item[key]?.array).map { $0 == .null ? .nan : try #require($0.double) }
    }

    @Test func `correlations of ranks are SciPy's, ties and missing values included`() throws {
        for item in try Golden.cases("spearman", in: "multivariate") {
            let (x, y) = (try values(item, "x"), try values(item, "y"))
            var room = RankedColumn.Room(rowCount: x.count)
            let result = RankedColumn.correlation(RankedColumn(x), RankedColumn(y), in: &room)
            let origin = item["origin"]?.string ?? ""
            #expect(result.count == Int(try item.expected("count")), "\(origin)")
            let value = try #require(result.value, "\(origin)")
            #expect(abs(value - (try item.expected("value"))) < 1e-12, "\(origin): \(value)")
        }
    }

    @Test func `the example of the change is true`() {
        let up = [1.0, 2, 3, 4, 5, 6]
        let change = CorrelationChange(
            reference: sample([up, [2, 1, 4, 3, 6, 5]]),
            candidate: sample([up, [5, 6, 3, 4, 1, 2]]))
        let interval = change.interval(change.pairs[0])
        #expect("\(change.pairs[0].difference)".hasPrefix("-1.657"))
        #expect("\(change.pairs[0].pValue)".hasPrefix("0.01236"))
        #expect("\(interval.lower)".hasPrefix("-1.880"))
        #expect("\(interval.upper)".hasPrefix("-0.3054"))
    }

    @Test func `ranks of pairs are those of the rows that have both, whatever is missing`() {
        for seed in UInt64(1)...30 {
            var chance = SeededGenerator(seed: seed)
            let levels = seed % 2 == 0 ? 8 : 100_000
            let draw = { (chance: inout SeededGenerator) in
                (0..<70).map { _ in
                    chance.below(5) == 0 ? .nan : Double(chance.below(levels))
                }
            }
            let (x, y) = (draw(&chance), draw(&chance))
            let both = x.indices.filter { !x[$0].isNaN && !y[$0].isNaN }
            var room = RankedColumn.Room(rowCount: 70)
            // What another pair left in the room is gone.
            _ = RankedColumn.correlation(RankedColumn(y), RankedColumn(x), in: &room)
            let result = RankedColumn.correlation(RankedColumn(x), RankedColumn(y), in: &room)
            var fewer = RankedColumn.Room(rowCount: both.count)
            let expected = RankedColumn.correlation(
                RankedColumn(both.map { x[$0] }), RankedColumn(both.map { y[$0] }), in: &fewer)
            #expect(result.value == expected.value, "seed \(seed)")
            #expect(result.count == both.count && expected.count == both.count, "seed \(seed)")
        }
    }

    @Test func `intervals and p-values are what the papers say`() throws {
        for item in try Golden.cases("changes", in: "multivariate") {
            let (one, two) = (try item.numbers("reference"), try item.numbers("candidate"))
            let pair = CorrelationChange.Pair(
                columns: ("x", "y"), reference: .init(value: one[0], count: Int(one[1])),
                candidate: .init(value: two[0], count: Int(two[1])))
            let interval = pair.interval(
                tail: (1 - (try item.number("level"))) / (2 * (try item.number("pairs"))))
            #expect(isClose(interval.lower, try item.expected("lower")), "\(item.text())")
            #expect(isClose(interval.upper, try item.expected("upper")), "\(item.text())")
            #expect(isClose(pair.pValue, try item.expected("p")), "\(item.text())")
        }
    }

    @Test func `the pair whose correlation changed comes first, with its names and its sign`() {
        let pair = MultivariateTables.pair(.correlation, rows: 1_000, seed: 2)
        let change = CorrelationChange(reference: pair.reference, candidate: pair.candidate)
        #expect(change.pairs.count == 45)
        #expect(change.pairs[0].columns == ("n2", "n7"))
        #expect(change.pairs[0].difference > 0.6 && change.pairs[0].pValue < 1e-20)
        #expect(change.interval(change.pairs[0]).lower > 0.5)
        let others = change.pairs.dropFirst().filter { change.interval($0).lower > 0 }
        #expect(others.isEmpty, "\(others)")
    }

    @Test func `all intervals of clean tables hold 0 at once, as often as the level says`() {
        var missed: [UInt64] = []
        let isLong = getenv("HOLDFAST_LONG") != nil
        for seed in UInt64(0)..<(isLong ? 400 : 40) {
            let pair = MultivariateTables.pair(.clean, rows: 60, seed: seed)
            let change = CorrelationChange(reference: pair.reference, candidate: pair.candidate)
            let isMissed = change.pairs.contains { pair in
                let interval = change.interval(pair)
                return interval.lower > 0 || interval.upper < 0
            }
            if isMissed { missed.append(seed) }
        }
        // Tries at 0.05: more than 6 of 40 or 33 of 400 have a probability of 0.003.
        #expect(missed.count <= (isLong ? 33 : 6), "seeds \(missed)")
    }

    @Test func `any monotone scale, and the order of rows, change nothing`() {
        for seed in UInt64(1)...5 {
            var chance = SeededGenerator(seed: seed)
            let rows = (0..<500).map { _ in
                let x = Double(chance.below(50)) - 25
                return [x, x + Double(chance.below(60)), Double(chance.below(5))]
            }
            let columns = { (rows: [[Double]]) in (0..<3).map { i in rows.map { $0[i] } } }
            let one = sample(columns(rows))
            let two = sample(columns(rows.shuffled(using: &chance)).map { $0.map { $0 * $0 * $0 } })
            let change = CorrelationChange(reference: one, candidate: two)
            #expect(change.pairs.count == 3, "seed \(seed)")
            #expect(change.pairs.allSatisfy { $0.difference == 0 }, "seed \(seed)")
            #expect(change.pairs.allSatisfy { $0.pValue == 1 }, "seed \(seed)")
        }
    }

    @Test func `perfect correlations have an interval, and what does not vary has no pair`() {
        let up = [1.0, 2, 3, 4, 5, 6]
        let down: [Double] = up.reversed()
        let change = CorrelationChange(reference: sample([up, up]), candidate: sample([up, down]))
        #expect(change.pairs[0].difference == -2)
        #expect(change.interval(change.pairs[0]).lower == -2)
        #expect(change.interval(change.pairs[0]).upper < 0)
        let flat = [Double](repeating: 1, count: 6)
        #expect(
            CorrelationChange(reference: sample([up, flat]), candidate: sample([up, up]))
                .pairs.isEmpty)
        let absent = [1, 2, 3, .nan, .nan, .nan]
        #expect(
            CorrelationChange(reference: sample([up, absent]), candidate: sample([up, up]))
                .pairs.isEmpty)
    }
}
