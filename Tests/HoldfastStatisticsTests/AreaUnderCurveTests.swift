import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct AreaUnderCurveTests {
    private func area(_ scores: [Double], _ candidate: [Int], _ weights: [Double]? = nil)
        -> AreaUnderCurve?
    {
        AreaUnderCurve(scores: scores, isCandidate: candidate.map { $0 == 1 }, weights: weights)
    }

    @Test func `area and variance are the definition's over all pairs`() throws {
        for item in try Golden.cases("areas", in: "multivariate") {
            let result = try #require(
                area(
                    item.numbers("scores"), item.counts("candidate"), item.numbers("weights")))
            let origin = item["origin"]?.string ?? ""
            #expect(abs(result.area - (try item.expected("area"))) < 1e-12, "\(origin)")
            #expect(abs(result.variance - (try item.expected("variance"))) < 1e-12, "\(origin)")
        }
    }

    @Test func `the example of the area is true`() throws {
        let result = try #require(area([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]))
        #expect(result.area == 0.75 && result.variance == 0.125)
        #expect(area([1, 2, 3], [0, 1, 1]) == nil)
    }

    @Test func `the two tables in each other's place turn the area around`() throws {
        for seed in UInt64(1)...20 {
            var chance = SeededGenerator(seed: seed)
            let scores = (0..<60).map { _ in Double(chance.below(12)) }
            let candidate = (0..<60).map { $0 < 4 ? $0 % 2 : chance.below(2) }
            let weights = (0..<60).map { _ in Double(1 + chance.below(5)) }
            let one = try #require(area(scores, candidate, weights))
            let two = try #require(area(scores, candidate.map { 1 - $0 }, weights))
            #expect(abs(one.area + two.area - 1) < 1e-12, "seed \(seed)")
            #expect(abs(one.variance - two.variance) < 1e-12, "seed \(seed)")
        }
    }

    @Test func `numbers come in order, equal ones as they came`() {
        for seed in UInt64(1)...12 {
            var chance = SeededGenerator(seed: seed)
            let values = (0..<(seed < 6 ? 60 : 900)).map { _ in
                seed % 2 == 0
                    ? Double(chance.below(40)) - 20
                    : Double(bitPattern: chance.next()) * (chance.below(9) == 0 ? 0 : 1)
            }.filter { !$0.isNaN }
            let expected = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
            #expect(NumberOrder.ascending(values).map { Int($0) } == expected, "seed \(seed)")
        }
        #expect(NumberOrder.ascending([0.3, -1, 0.2]) == [1, 2, 0])
        #expect(NumberOrder.ascending([]) == [])
    }

    @Test func `bins hold as many rows each but at the ends, and few values have their own`() {
        #expect(BinnedRows.edges(of: [3, 1, 2, 1]) == [1, 2])
        #expect(BinnedRows.edges(of: []) == [] && BinnedRows.edges(of: [7, 7]) == [])
        let edges = BinnedRows.edges(of: (0..<1_024).map(Double.init))
        #expect(edges.count == 31 && edges[15] == 511)
        #expect(edges.prefix(4) == [3, 7, 15, 38] && edges.suffix(3) == [1_007, 1_015, 1_019])
        var rows = BinnedRows(rowCount: 5, width: 1)
        rows.setNumbers(0, [1, 2, 3], [.nan, 9], picks: [0, 1, 2])
        #expect((0..<5).map { rows.bin($0, 0) } == [1, 2, 3, 0, 3])
    }
}
