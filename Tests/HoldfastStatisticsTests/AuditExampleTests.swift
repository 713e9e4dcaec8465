import HoldfastStatistics
import Testing

/// What the comments of the audit's sources show, to the digits they show.
@Suite struct AuditExampleTests {
    private func shows(_ value: Double?, _ digits: String) -> Bool {
        value.map { "\($0)".hasPrefix(digits) } ?? false
    }

    @Test func `the examples of the weights are true`() {
        var summary = WeightSummary()
        for weight in [1.0, 1, 1, 20] { summary.add(weight) }
        #expect(summary.effectiveSampleSize == 1.3126550868486353)
        #expect(summary.largestShare == 0.8695652173913043 && summary.mean(among: 23) == 1)
        var kept = WeightSummary()
        for _ in 0..<40 { kept.add(20) }
        let test = kept.meanTest(among: 1_000)
        #expect(test?.mean == 0.8 && shows(test?.pValue, "0.1047"))
        let known = kept.meanTest(among: 1_000, variance: 1_000 * 0.95 / 0.05)
        #expect(shows(known?.pValue, "0.1467") && known?.mean == 0.8)
        var numbers = WeightedNumberSummary()
        for (value, weight) in [(0.0, 20.0), (1, 1), (1, 1), (0, 1)] {
            numbers.add(value, weight: weight)
        }
        #expect(
            numbers.mean == numbers.mean(among: 23) && shows(numbers.mean, "0.0869565217391304"))
        var categories = WeightedCategorySummary()
        for (name, weight) in [("JP", 20.0), ("KR", 1), ("KR", 1)] {
            categories.add(name, weight: weight)
        }
        let shares = categories.shares().map(\.share)
        #expect(shows(shares.first, "0.9090") && shows(shares.last, "0.0909"))
    }

    @Test func `the examples of the balance are true`() {
        var (one, two) = (WeightedNumberSummary(), WeightedNumberSummary())
        for age in [30.0, 40, 50] { one.add(age) }
        for age in [35.0, 45, 58] { two.add(age) }
        let difference = StandardisedDifference(reference: one, candidate: two)
        #expect(shows(difference?.effect, "0.5558") && shows(difference?.pValue, "0.5041"))
        var (kept, excluded) = (WeightedCategorySummary(), WeightedCategorySummary())
        for (name, count) in [("JP", 60), ("KR", 40)] {
            for _ in 0..<count { kept.add(name) }
        }
        for (name, count) in [("JP", 75), ("KR", 25)] {
            for _ in 0..<count { excluded.add(name) }
        }
        let balance = CovariateBalance(reference: excluded, candidate: kept)
        #expect(shows(balance.largest, "0.3244") && shows(balance.effect, "0.3244"))
    }

    @Test func `the examples of the attrition are true`() {
        let pair = DifferentialAttrition(reference: (120, 1_000), candidate: (90, 1_000))
        #expect(pair?.effect == -0.03 && shows(pair?.pValue, "0.0286"))
        #expect(shows(pair?.interval().lower, "-0.0570"))
        #expect(shows(pair?.interval().upper, "-0.0030"))
        let test = DifferentialAttrition.test(excluded: [12, 31, 20], counts: [200, 210, 190])
        #expect(shows(test?.pValue, "0.0152"))
    }
    @Test func `the examples of the bounds are true`() {
        let bounds = LeeBounds(reference: [1, 2, 3], of: 5, candidate: [1, 2, 4, 9], of: 5)
        #expect(bounds?.trimmedShare == 0.25 && bounds?.effect == 2)
        #expect(shows(bounds?.interval.lower, "0.3333") && bounds?.interval.upper == 3)
        #expect(LeeBounds.trimmedShare(reference: (3, 5), candidate: (4, 5)) == 0.25)
        let worst = LeeBounds.worstCase(
            reference: (mean: 0.2, kept: 90, count: 100),
            candidate: (mean: 0.3, kept: 80, count: 100), range: Interval(lower: 0, upper: 1))
        #expect(abs((worst?.lower ?? 0) + 0.04) < 1e-15)
        #expect(abs((worst?.upper ?? 0) - 0.26) < 1e-15)
    }

    @Test func `the examples of the clusters are true`() {
        var correlation = IntraclassCorrelation()
        correlation.add(successes: 4, of: 5)
        correlation.add(successes: 1, of: 5)
        correlation.add(successes: 2, of: 6)
        #expect(shows(correlation.value, "0.1873"))
        #expect(shows(correlation.designEffect, "1.8198"))
        let effect = IntraclassCorrelation.designEffect(
            meanSize: 20, variation: 0, correlation: 0.05)
        #expect(shows(effect, "1.95"))
    }
}
