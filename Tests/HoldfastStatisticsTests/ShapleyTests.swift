import Glibc
import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct ShapleyTests {
    private typealias Model = ([Double]) -> Double

    /// Columns of numbers from rows.
    private static func columns(_ rows: [[Double]]) -> [SampleColumn] {
        rows[0].indices.map { column in
            SampleColumn("f\(column)", numbers: rows.map { $0[column] })
        }
    }

    /// What a model answers to all the rows.
    private static func answers(_ rows: SyntheticRows, _ table: [[Double]], _ model: Model)
        -> [Double]
    {
        let picks = (0..<rows.width).map { rows.picks(of: $0, at: 0..<rows.count) }
        return (0..<rows.count).map { place in
            model(picks.indices.map { table[picks[$0][place]][$0] })
        }
    }

    /// The values of the first row against the others.
    private static func explain(
        _ table: [[Double]], _ method: ShapleyPlan.Method = .exact, weights: [Double]? = nil,
        by model: Model
    ) -> ShapleyValues {
        var rows = SyntheticRows(of: columns(table))
        let plan = ShapleyPlan(
            method, row: 0, background: Array(1..<table.count), weights: weights, rows: &rows)
        return plan.values(answers(rows, table, model))
    }

    private static func table(_ count: Int, width: Int, seed: UInt64) -> [[Double]] {
        var chance = SeededGenerator(seed: seed)
        return (0..<count).map { _ in (0..<width).map { _ in Double(chance.below(401)) / 100 - 2 } }
    }

    private static func curved(_ x: [Double]) -> Double {
        1 / (1 + exp(-(x[0] - 2 * x[1] * x[2] + max(x[3], 0) * x[0])))
    }

    private static func sum(_ values: ShapleyValues) -> Double {
        values.base + values.values.reduce(0, +)
    }

    private func isNear(_ one: Double, _ other: Double, _ tolerance: Double = 1e-12) -> Bool {
        abs(one - other) <= tolerance * max(1, abs(other))
    }

    @Test func `the values are the enumeration's and shap's exact explainer's`() throws {
        for item in try Golden.cases("cases", in: "shap_exact_interventional") {
            let background = try #require(item["background"]?.array).map { row in
                try #require(row.array).map { try #require($0.double) }
            }
            let found = Self.explain([try item.numbers("x")] + background) { x in
                let z = -1 + 1.2 * x[0] - 0.8 * x[1] + 0.9 * x[0] * x[2] + 0.4 * max(x[3], 0)
                return 1 / (1 + exp(-z))
            }
            for (place, value) in found.values.enumerated() {
                #expect(try isNear(value, item.numbers("phi")[place]))
                #expect(try isNear(value, item.numbers("shap_exact_explainer")[place]))
            }
            #expect(try isNear(found.base, item.number("base")))
            #expect(try isNear(found.prediction, item.number("fx")))
            #expect(found.standardErrors == nil && found.interval(of: 0) == nil)
        }
    }

    @Test func `eight features, two of them categories, have the values that shap has`() throws {
        for item in try Golden.cases("shapley", in: "reasons") {
            let background = try #require(item["background"]?.array).map { row in
                try #require(row.array).map { try #require($0.double) }
            }
            let (colour, region) = (try item.numbers("colour"), try item.numbers("region"))
            let table = [try item.numbers("row")] + background
            var columns = Self.columns(table)
            for column in [6, 7] {
                columns[column] = SampleColumn(
                    "c", categories: table.map { Int32($0[column]) })
            }
            var rows = SyntheticRows(of: columns)
            let plan = ShapleyPlan(.exact, row: 0, background: Array(1...20), rows: &rows)
            #expect(rows.count < 256 * 20, "rows that are alike are asked once")
            let found = plan.values(
                Self.answers(rows, table) { x in
                    let z =
                        -0.5 + 0.8 * x[0] - 0.6 * x[1] * x[2] + 0.5 * max(x[3], 0)
                        + 0.3 * x[4] * x[4] / (1 + abs(x[5])) + colour[Int(x[6])]
                    return 1 / (1 + exp(-(z + region[Int(x[7])] * x[0])))
                })
            let expected = try #require(item["expected"])
            for (mine, theirs) in zip(found.values, try expected.numbers("values")) {
                #expect(isNear(mine, theirs, 1e-9), "\(mine), not \(theirs)")
            }
            #expect(try isNear(found.base, expected.number("base"), 1e-9))
            #expect(try isNear(found.prediction, expected.number("prediction"), 1e-9))
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `base and values add up to the prediction, exact or sampled`(_ seed: UInt64) {
        let small = Self.table(9, width: 5, seed: seed)
        let exact = Self.explain(small, by: Self.curved)
        #expect(isNear(Self.sum(exact), Self.curved(small[0]), 1e-14), "seed \(seed)")
        let large = Self.table(9, width: 14, seed: seed)
        let sampled = Self.explain(large, .sampled(pairs: 3, seed: seed), by: Self.curved)
        #expect(isNear(Self.sum(sampled), Self.curved(large[0]), 1e-14), "seed \(seed)")
        #expect(sampled.prediction == Self.curved(large[0]), "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...10)
    func `a linear model's value is its coefficient times the distance from the mean`(
        _ seed: UInt64
    ) {
        for (width, method) in [
            (6, ShapleyPlan.Method.exact), (15, .sampled(pairs: 2, seed: seed)),
        ] {
            let table = Self.table(8, width: width, seed: seed)
            let weights = (1...7).map { Double($0 % 3 + 1) }
            let found = Self.explain(table, method, weights: weights) { x in
                x.enumerated().reduce(0.5) { $0 + Double($1.offset - 2) * $1.element }
            }
            let total = weights.reduce(0, +)
            for column in 0..<width {
                let mean = (0..<7).reduce(0) { $0 + weights[$1] * table[$1 + 1][column] } / total
                let expected = Double(column - 2) * (table[0][column] - mean)
                #expect(isNear(found.values[column], expected), "seed \(seed)")
                // Nothing is left to the orders where they do not matter.
                if let error = found.standardErrors?[column] { #expect(error < 1e-12) }
            }
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `a feature that is not read gets nothing, and two that are read alike get the same`(
        _ seed: UInt64
    ) {
        var table = Self.table(7, width: 5, seed: seed)
        for row in table.indices { table[row][3] = table[row][2] }
        let found = Self.explain(table) { x in exp(x[0] * x[2] * x[3]) + x[4] }
        #expect(isNear(found.values[1], 0, 1e-12), "seed \(seed)")
        #expect(isNear(found.values[2], found.values[3], 1e-12), "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...10)
    func `the values of a sum of models are the sums of their values`(_ seed: UInt64) {
        let table = Self.table(7, width: 5, seed: seed)
        let other: Model = { $0[1] * $0[4] - 3 * $0[0] }
        let one = Self.explain(table, by: Self.curved)
        let two = Self.explain(table, by: other)
        let both = Self.explain(table) { Self.curved($0) + 2 * other($0) }
        for place in 0..<5 {
            #expect(isNear(both.values[place], one.values[place] + 2 * two.values[place]))
        }
    }

    @Test func `a weight of two is a row of the background twice`() {
        let table = Self.table(4, width: 4, seed: 3)
        let weighted = Self.explain(table, weights: [2, 1, 1], by: Self.curved)
        let repeated = Self.explain(table + [table[1]], by: Self.curved)
        for (one, other) in zip(weighted.values, repeated.values) { #expect(isNear(one, other)) }
    }

    @Test func `sampled values lie around the exact ones as their errors say`() {
        var (covered, all) = (0, 0)
        var worst = 0.0
        for seed in UInt64(1)...30 {
            let table = Self.table(6, width: 7, seed: seed)
            let model: Model = { x in
                1 / (1 + exp(-(x[0] * x[1] * x[2] + x[3] * x[4] - x[5] + 0.5 * x[6] * x[0])))
            }
            let exact = Self.explain(table, by: model)
            let sampled = Self.explain(table, .sampled(pairs: 12, seed: seed), by: model)
            for place in 0..<7 {
                let interval = sampled.interval(of: place)
                all += 1
                let (lower, upper) = (interval?.lower ?? 1, interval?.upper ?? 0)
                // Where all orders agree there is nothing but rounding to cover.
                if lower - 1e-12 <= exact.values[place], exact.values[place] <= upper + 1e-12 {
                    covered += 1
                }
                worst = max(worst, abs(sampled.values[place] - exact.values[place]))
            }
        }
        #expect(Double(covered) / Double(all) > 0.9, "\(covered) of \(all)")
        #expect(worst < 0.1)
    }

    @Test func `games of pairs of features are exact by one order and its reverse`() {
        let table = Self.table(5, width: 6, seed: 9)
        let model: Model = { $0[0] * $0[1] - 2 * $0[2] * $0[5] + $0[3] }
        let exact = Self.explain(table, by: model)
        let one = Self.explain(table, .sampled(pairs: 1, seed: 4), by: model)
        for (mine, theirs) in zip(one.values, exact.values) { #expect(isNear(mine, theirs)) }
        #expect(one.standardErrors == nil && one.interval(of: 0) == nil)
    }

    @Test func `the example of a game is true, and one of no feature has no value`() {
        #expect(ExactShapley.values(worths: [0, 1, 2, 7]) == [3, 4])
        #expect(ExactShapley.values(worths: [5]) == [])
        #expect(ExactShapley.values(worths: [1, 4]) == [3])
    }

    @Test func `what is alike is asked once`() {
        var rows = SyntheticRows(of: [
            SampleColumn("age", numbers: [31, 47, 31, .nan, -.nan]),
            SampleColumn("city", categories: [0, 1, 2, -1, -1]),
        ])
        #expect(rows.place(of: [0, 1]) == 0 && rows.place(of: [2, 1]) == 0)
        #expect(rows.place(of: [1, 1]) == 1 && rows.count == 2)
        #expect(rows.place(of: [3, 3]) == 2 && rows.place(of: [4, 4]) == 2)
        #expect(rows.picks(of: 0, at: 0..<3) == [0, 1, 3])
        var many = SyntheticRows(of: Self.columns((0..<2_000).map { [Double($0 % 1_500)] }))
        for turn in 0..<2_000 { #expect(many.place(of: [Int32(turn)]) == Int32(turn % 1_500)) }
        #expect(many.count == 1_500)
    }

    @Test func `a plan asks at most what it says`() {
        for method in [ShapleyPlan.Method.exact, .sampled(pairs: 4, seed: 1)] {
            let table = Self.table(12, width: 8, seed: 2)
            var rows = SyntheticRows(of: Self.columns(table))
            _ = ShapleyPlan(method, row: 0, background: Array(1...11), rows: &rows)
            #expect(rows.count <= ShapleyPlan.mostRows(method, features: 8, background: 11))
            #expect(rows.count > 11 * 8)
        }
    }

    @Test func `an order has every number once, and a sample is all of few`() {
        #expect(RandomOrder.permutation(4, seed: 1, stream: 0) == [2, 1, 3, 0])
        var firsts = [Int](repeating: 0, count: 5)
        for seed in UInt64(0)..<1_000 {
            let order = RandomOrder.permutation(5, seed: seed, stream: 7)
            #expect(order.sorted() == [0, 1, 2, 3, 4], "seed \(seed)")
            firsts[Int(order[0])] += 1
        }
        #expect(firsts.allSatisfy { abs($0 - 200) < 60 }, "\(firsts)")
        #expect(RandomOrder.sample(5, most: 9, seed: 1, stream: 0) == [0, 1, 2, 3, 4])
        let some = RandomOrder.sample(50, most: 9, seed: 1, stream: 0)
        #expect(some.count == 9 && Set(some).count == 9 && some == some.sorted())
        #expect(RandomOrder.permutation(0, seed: 1, stream: 0) == [])
    }
}
