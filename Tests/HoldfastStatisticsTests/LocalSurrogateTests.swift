import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct LocalSurrogateTests {
    private func isNear(_ one: Double, _ other: Double, _ tolerance: Double = 1e-12) -> Bool {
        abs(one - other) <= tolerance * max(1, abs(other))
    }

    @Test func `the surrogate is the weighted ridge of NumPy`() throws {
        for item in try Golden.cases("surrogate", in: "reasons") {
            let offsets = try #require(item["offsets"]?.array).map { row in
                try #require(row.array).map { try #require($0.double) }
            }
            let found = try #require(
                LocalSurrogate(
                    offsets: offsets, answers: try item.numbers("answers"),
                    ridge: try item.number("ridge")))
            let expected = try #require(item["expected"])
            for (mine, theirs) in zip(found.weights, try expected.numbers("weights")) {
                #expect(isNear(mine, theirs, 1e-11))
            }
            #expect(try isNear(found.intercept, expected.number("intercept"), 1e-11))
            #expect(
                try isNear(#require(found.rSquared), expected.number("r_squared"), 1e-11))
            for (offsets, mass) in zip(offsets, try expected.numbers("masses")) {
                #expect(isNear(LocalSurrogate.kernel(offsets), mass))
            }
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `a linear model is its own surrogate around any row`(_ seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let table = (0..<12).map { _ in (0..<3).map { _ in Double(chance.below(100)) } }
        let codes = (0..<12).map { Int32($0 % 4 == 3 ? -1 : $0 % 2) }
        let columns =
            (0..<3).map { column in
                SampleColumn("f\(column)", numbers: table.map { $0[column] })
            } + [SampleColumn("c", categories: codes)]
        var rows = SyntheticRows(of: columns)
        let plan = SurrogatePlan(
            of: columns, row: 0, background: Array(1..<12), count: 300, seed: seed, rows: &rows)
        let picks = (0..<4).map { rows.picks(of: $0, at: 0..<rows.count) }
        let answers = (0..<rows.count).map { place in
            let sum = (0..<3).reduce(0.0) { $0 + Double($1 + 1) * table[picks[$1][place]][$1] }
            return sum + (codes[picks[3][place]] == codes[0] ? 40 : 0)
        }
        let found = try #require(plan.surrogate(answers, ridge: 0))
        for column in 0..<3 {
            let values = table.dropFirst().map { $0[column] }
            let mean = values.reduce(0, +) / 11
            let deviation =
                (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 11).squareRoot()
            let expected = Double(column + 1) * deviation
            #expect(isNear(found.weights[column], expected, 1e-9), "seed \(seed)")
            #expect(isNear(plan.scales[column], deviation), "seed \(seed)")
        }
        #expect(isNear(found.weights[3], 40, 1e-9), "seed \(seed)")
        #expect(try isNear(#require(found.rSquared), 1), "seed \(seed)")
        #expect(isNear(found.intercept, answers[0], 1e-9), "seed \(seed)")
        // The usual ridge shrinks a little, and no more.
        let usual = try #require(plan.surrogate(answers))
        #expect(try #require(usual.rSquared) > 0.99, "seed \(seed)")
    }

    @Test func `what has no rule gets none, and missing values are a step like another`() throws {
        let columns = [
            SampleColumn("x", numbers: [.nan, 1, .nan]), SampleColumn("y", numbers: [5, 5, 5]),
            SampleColumn("z", numbers: [9, 7, 7]),
        ]
        var rows = SyntheticRows(of: columns)
        let plan = SurrogatePlan(
            of: columns, row: 0, background: [1, 2], count: 100, seed: 1, rows: &rows)
        #expect(plan.scales == [1, 1, 2] && rows.count == 4)
        let picks = (0..<3).map { rows.picks(of: $0, at: 0..<rows.count) }
        let answers = (0..<rows.count).map { place in
            (picks[0][place] == 1 ? 3.0 : 1) + (picks[2][place] == 0 ? 0.5 : 0)
        }
        let found = try #require(plan.surrogate(answers, ridge: 1e-9))
        for (mine, theirs) in zip(found.weights, [2, 0, 0.5]) {
            #expect(isNear(mine, theirs, 1e-6))
        }
        #expect(plan.surrogate(answers, ridge: 0) == nil, "nothing is known of y")
        let flat = try #require(plan.surrogate(answers.map { _ in 0.3 }))
        #expect(flat.rSquared == nil && flat.weights.allSatisfy { abs($0) < 1e-15 })
        #expect(LocalSurrogate(offsets: [[0], [1]], answers: [1, .infinity]) == nil)
        #expect(LocalSurrogate(offsets: [[0], [.nan]], answers: [1, 2]) == nil)
        #expect(LocalSurrogate(offsets: [], answers: []) == nil)
    }
}
