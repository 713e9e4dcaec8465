import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct LogisticRegressionTests {
    /// A row of a small table.
    private struct Row {
        var features: [Double]
        var label: Double
        var weight = 1.0
    }

    private func fit(_ rows: [Row], ridge: Double) -> LogisticRegression? {
        LogisticRegression.fit(featureCount: rows.first?.features.count ?? 1, ridge: ridge) { add in
            for row in rows {
                row.features.withUnsafeBufferPointer { add($0, row.label, row.weight) }
            }
        }
    }

    private func draw(_ count: Int, seed: UInt64) -> [Row] {
        var chance = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let features = [Double(chance.below(100)) / 10 - 5, Double(chance.below(7))]
            let label: Double = chance.below(10) < (features[0] > 0 ? 7 : 2) ? 1 : 0
            return Row(features: features, label: label, weight: Double(chance.below(4)))
        }
    }

    @Test func `the coefficients are scikit-learn's and statsmodels'`() throws {
        for item in try Golden.cases("fits", in: "logistic") {
            let features = try #require(item["features"]?.array)
            let labels = try item.numbers("labels")
            let weights = try item.numbers("weights")
            let rows = try features.indices.map { index in
                Row(
                    features: try #require(features[index].array).map { try #require($0.double) },
                    label: labels[index], weight: weights[index])
            }
            let expected = try #require(item["expected"]).numbers("coefficients")
            let origin = item["origin"]?.string ?? ""
            let model = try #require(fit(rows, ridge: try item.number("ridge")), "\(origin)")
            #expect(model.coefficients.count == expected.count)
            for (mine, theirs) in zip(model.coefficients, expected) {
                let isIt = abs(mine - theirs) <= 1e-9 * max(1, abs(theirs))
                #expect(isIt, "\(origin): \(mine), not \(theirs)")
            }
        }
    }

    @Test func `the example of the fit is true`() throws {
        let rows = [(1.0, 0.0), (2, 0), (3, 1), (4, 0), (5, 1)].map {
            Row(features: [$0.0], label: $0.1)
        }
        let model = try #require(fit(rows, ridge: 1))
        #expect("\(model.coefficients[0])".hasPrefix("-2.3823"))
        #expect("\(model.coefficients[1])".hasPrefix("0.6330"))
        #expect("\(model.probability([4]))".hasPrefix("0.5373"))
    }

    @Test func `what has no coefficients gets none`() {
        #expect(fit([], ridge: 1) == nil)
        #expect(fit([Row(features: [1], label: 1), Row(features: [2], label: 1)], ridge: 1) == nil)
        let apart = [(-2.0, 0.0), (-1, 0), (1, 1), (2, 1)].map {
            Row(features: [$0.0], label: $0.1)
        }
        #expect(fit(apart, ridge: 0) == nil)
        #expect(fit(apart, ridge: 1) != nil)
        let twins = draw(50, seed: 1).map { row in
            Row(features: [row.features[0], 3 * row.features[0] + 1], label: row.label)
        }
        #expect(fit(twins, ridge: 0) == nil)
        #expect(fit(twins, ridge: 0.1) != nil)
        for bad in [Double.nan, .infinity, 1e200] {
            #expect(fit(draw(50, seed: 1) + [Row(features: [bad, 0], label: 1)], ridge: 1) == nil)
        }
    }

    @Test func `too few steps are no fit`() {
        let rows = draw(200, seed: 3)
        let none = LogisticRegression.fit(featureCount: 2, ridge: 1, maximumSteps: 2) { add in
            for row in rows { row.features.withUnsafeBufferPointer { add($0, row.label, 1) } }
        }
        #expect(none == nil)
    }

    @Test func `without features the probability is the weighted share`() throws {
        let rows = [Row(features: [], label: 1, weight: 3), Row(features: [], label: 0)]
        let model = try #require(
            LogisticRegression.fit(featureCount: 0, ridge: 1) { add in
                for row in rows {
                    row.features.withUnsafeBufferPointer { add($0, row.label, row.weight) }
                }
            })
        #expect(isClose(model.probability([]), 0.75))
    }

    @Test(arguments: UInt64(1)...10)
    func `a weight of two is the row twice, and the order of rows is no matter`(_ seed: UInt64)
        throws
    {
        let rows = draw(120, seed: seed)
        let twice = rows.reversed().flatMap { row in
            [Row](repeating: Row(features: row.features, label: row.label), count: Int(row.weight))
        }
        let weighted = try #require(fit(rows, ridge: 0.5))
        let repeated = try #require(fit(twice, ridge: 0.5))
        for (one, other) in zip(weighted.coefficients, repeated.coefficients) {
            #expect(abs(one - other) < 1e-9, "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `the fitted probabilities add up to the labels`(_ seed: UInt64) throws {
        let rows = draw(150, seed: seed)
        let model = try #require(fit(rows, ridge: 2))
        let excess = rows.reduce(0) { $0 + $1.weight * (model.probability($1.features) - $1.label) }
        #expect(abs(excess) < 1e-8, "seed \(seed)")
    }

    @Test func `a probability is one at any logit`() {
        let model = LogisticRegression(coefficients: [0, 1])
        for logit in [-1e300, -800, -35, 0, 35, 800, 1e300] {
            let sum = model.probability([logit]) + model.probability([-logit])
            #expect(isClose(sum, 1, 1e-12), "\(logit)")
        }
    }
}
