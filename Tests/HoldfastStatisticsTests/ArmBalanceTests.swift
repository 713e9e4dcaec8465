import Glibc
import HoldfastStatistics
import Testing

/// Arms compared again and again are compared as once.
@Suite struct ArmBalanceTests {
    private let chance = CounterStream(seed: 3, stream: 40)

    private func numbers(_ from: UInt64, missing: Double, scale: Double = 1) -> [Double] {
        (0..<300 as Range<UInt64>).map { row in
            chance.uniform(from + 300 + row) < missing
                ? (row % 2 == 0 ? .nan : .infinity) : chance.normal(from + row) * scale + 3 * scale
        }
    }

    private func categories(_ from: UInt64, count: Int) -> [Int32] {
        (0..<300 as Range<UInt64>).map { row in
            Int32(chance.uniform(from + row) * Double(count + 1)) - 1
        }
    }

    /// What ``CovariateBalance`` says of one column between two arms.
    private func largest(
        _ column: SampleColumn, _ dealt: [UInt8], _ arm: UInt8, _ weights: [Double]?
    ) -> Double? {
        let sides = [0, arm].map { side in dealt.indices.filter { dealt[$0] == side } }
        switch column.values {
        case .numbers(let values):
            let parts = sides.map { rows in
                rows.reduce(into: WeightedNumberSummary()) {
                    $0.add(values[$1], weight: weights?[$1] ?? 1)
                }
            }
            return CovariateBalance(reference: parts[0], candidate: parts[1]).largest
        case .categories(let codes):
            let parts = sides.map { rows in
                rows.reduce(into: WeightedCategorySummary()) {
                    let weight = weights?[$1] ?? 1
                    if codes[$1] < 0 {
                        $0.addMissing(weight: weight)
                    } else {
                        $0.add("\(codes[$1])", weight: weight)
                    }
                }
            }
            return CovariateBalance(reference: parts[0], candidate: parts[1]).largest
        }
    }

    @Test func `each difference is that of the covariate's balance, with weights and without`() {
        let columns = [
            SampleColumn("whole", numbers: numbers(0, missing: 0)),
            SampleColumn("gaps", numbers: numbers(10_000, missing: 0.2)),
            SampleColumn("huge", numbers: numbers(20_000, missing: 0, scale: 1e306)),
            SampleColumn("tiny", numbers: numbers(30_000, missing: 0, scale: 1e-306)),
            SampleColumn("kinds", categories: categories(40_000, count: 4)),
            SampleColumn("two", categories: categories(50_000, count: 2).map { max(0, $0) }),
        ]
        let balance = ArmBalance(columns, arms: 3, control: 0)
        #expect(balance.names == columns.map(\.name))
        for round in 0..<20 as Range<UInt64> {
            // Some rows are in no arm.
            let dealt = (0..<300 as Range<UInt64>).map { row -> UInt8 in
                let place = chance.uniform(100_000 + 1_000 * round + row) * 4
                return place < 3 ? UInt8(place) : .max
            }
            let weights =
                round % 2 == 0
                ? nil : (0..<300 as Range<UInt64>).map { 1 + 9 * chance.uniform(200_000 + $0) }
            let found = balance.largest(dealt, weights: weights)
            for (place, column) in columns.enumerated() {
                for arm in [1, 2] as [UInt8] {
                    // Beyond 1e300 the squares of the slow one overflow: it says nothing.
                    let expected = largest(column, dealt, arm, weights)
                    guard column.name != "huge" && column.name != "tiny" else {
                        #expect(found[place][Int(arm) - 1] < 2, "\(column.name)")
                        continue
                    }
                    #expect(
                        isClose(found[place][Int(arm) - 1], expected ?? -1),
                        "\(column.name) \(round): \(found[place]) \(expected ?? -1)")
                }
            }
        }
    }

    @Test func `the example is true, whatever the unit of the numbers`() {
        for scale in [1, 1e300, 1e-300, -7.0] {
            let age = SampleColumn("age", numbers: [30, 40, 50, 35, 45, 58].map { $0 * scale })
            let balance = ArmBalance([age], arms: 2, control: 0)
            let sorted = balance.largest([0, 0, 0, 1, 1, 1])
            #expect(isClose(sorted[0][0], 0.5558892655344953), "\(sorted)")
            let mixed = balance.largest([0, 1, 0, 1, 0, 1])
            #expect(isClose(mixed[0][0], 0.2363184765069569), "\(mixed)")
        }
    }

    @Test func `where nothing can be compared there is no difference, and no trap`() {
        let columns = [
            SampleColumn("same", numbers: [2, 2, 2, 2]),
            SampleColumn("none", numbers: [.nan, .nan, .nan, .nan]),
            SampleColumn("one kind", categories: [0, 0, 0, 0]),
            SampleColumn("no kind", categories: [-1, -1, -1, -1]),
        ]
        let balance = ArmBalance(columns, arms: 2, control: 1)
        for dealt in [[0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1], [9, 9, 9, 9]] as [[UInt8]] {
            for differences in balance.largest(dealt) {
                #expect(differences.count == 1 && differences[0].isNaN, "\(dealt) \(differences)")
            }
        }
        // Wholly apart: as large as is told, and a number.
        let apart = ArmBalance([SampleColumn("x", categories: [0, 0, 1, 1])], arms: 2, control: 0)
        let difference = apart.largest([0, 0, 1, 1])[0][0]
        #expect(difference == ArmBalance.apart)
        let empty = ArmBalance([], arms: 2, control: 0)
        #expect(empty.largest([0, 1]).isEmpty)
    }

    @Test func `a distribution of balances says what is usual and what was not defined`() {
        let chance = BalanceDistribution([0.02, 0.05, .nan, 0.03, 0.12])
        #expect(chance.values == [0.02, 0.03, 0.05, 0.12] && chance.undefined == 1)
        #expect(chance.quantile(0.5) == 0.04)
        #expect(chance.share(beyond: 0.1) == 0.25 && chance.share(atLeast: 0.05) == 0.5)
        let (edges, counts) = chance.bins(4)
        #expect(edges == [0, 0.05, 0.1, 0.15000000000000002] && counts == [2, 1, 1], "\(edges)")
        let none = BalanceDistribution([.nan])
        #expect(none.quantile(0.5) == nil && none.share(beyond: 0) == nil)
        #expect(none.bins().edges.isEmpty)
        let zero = BalanceDistribution([0, 0])
        #expect(zero.bins(3).counts == [2])
        // Wholly apart.
        let most = BalanceDistribution([ArmBalance.apart, 0.1]).bins(3)
        #expect(most.edges == [0, 0.05, 0.1, 0.15000000000000002] && most.counts == [0, 0, 2])
        for count in 2...40 {
            for most in [1e-9, 0.0314, 0.1, 0.999, 1, 7.3] {
                let (edges, counts) = BalanceDistribution([most, most / 2]).bins(count)
                #expect(counts.count <= count && edges.count == counts.count + 1)
                #expect(edges[edges.count - 1] >= most && counts.reduce(0, +) == 2)
            }
        }
    }
}
