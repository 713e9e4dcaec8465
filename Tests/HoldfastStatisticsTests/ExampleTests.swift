import HoldfastStatistics
import Testing

/// What the comments in the sources show, to the digits they show.
@Suite struct ExampleTests {
    private func shows(_ value: Double?, _ digits: String) -> Bool {
        value.map { "\($0)".hasPrefix(digits) } ?? false
    }

    @Test func `the examples of the distances are true`() throws {
        let shares = try #require(TotalVariation([90, 10], [80, 20]))
        #expect(shares.effect == 0.1 && shows(shares.expectedByChance, "0.0399"))
        // 0.00014…, which Swift writes with an exponent or without.
        #expect(abs(shares.interval().lower - 0.00014902511855754974) < 1e-12)
        #expect(shows(shares.interval().upper, "0.1994"))
        let numbers = try #require(KolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6]))
        #expect(numbers.effect == 0.5 && numbers.interval() == Interval(lower: 0, upper: 1))
    }

    @Test func `the examples of the tests are true`() {
        #expect(abs(ChiSquare.upperTail(3.841458820694124, degreesOfFreedom: 1) - 0.05) < 1e-15)
        let noncentral = ChiSquare.lowerTail(10, degreesOfFreedom: 4, noncentrality: 3)
        #expect(shows(noncentral, "0.7837"))
        #expect(shows(ChiSquare.homogeneity([90, 10], [80, 20])?.pValue, "0.04767"))
        let fit = ChiSquare.goodnessOfFit(observed: [5_080, 4_920], expected: [5_000, 5_000])
        #expect(shows(fit?.pValue, "0.1095") && fit?.statistic == 2.56)
        #expect(Holm.adjusted([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06])
        #expect(BenjaminiHochberg.adjusted([0.01, 0.04, 0.03]) == [0.03, 0.04, 0.04])
        #expect(shows(ChiSquare.gTest([90, 10], [80, 20])?.statistic, "3.9865"))
    }

    @Test func `the examples of the shares are true`() {
        #expect(shows(Proportions.wilson(successes: 0, of: 10)?.upper, "0.2775"))
        let difference = Proportions.difference(reference: (9, 10), candidate: (3, 10))
        #expect(shows(difference?.lower, "-0.8090") && shows(difference?.upper, "-0.1705"))
        #expect(Interval(lower: -0.01, upper: 0.03).sizes == Interval(lower: 0, upper: 0.03))
        #expect(Interval(lower: -0.05, upper: -0.02).sizes == Interval(lower: 0.02, upper: 0.05))
    }

    @Test func `the examples of the summaries are true`() {
        var summary = NumberSummary()
        for value in [1.0, 2.0, 4.0] { summary.add(value) }
        #expect(summary.mean == 2.3333333333333335 && summary.variance == 2.333333333333333)
        var categories = CategorySummary()
        for name in ["JP", "KR", "JP"] { categories.add(name) }
        #expect(categories.count == 3 && categories.counts.map(\.count) == [2, 1])
    }
}
