import Glibc
import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastStatistics

@Suite struct AuditLawTests {
    @Test(arguments: UInt64(1)...20)
    func `weighted summaries of parts merge into that of the whole`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var numbers = [WeightedNumberSummary](repeating: WeightedNumberSummary(), count: 4)
        var categories = [WeightedCategorySummary](repeating: WeightedCategorySummary(), count: 4)
        for _ in 0..<chance.below(60) {
            let part = 1 + chance.below(3)
            let weight = Double.random(in: 1...50, using: &chance)
            let value = Double.random(in: -9...9, using: &chance)
            let isMissing = chance.below(10) == 0
            for place in [0, part] {
                numbers[place].add(isMissing ? .nan : value, weight: weight)
                if isMissing {
                    categories[place].addMissing(weight: weight)
                    continue
                }
                categories[place].add("c\(Int(value))", weight: weight)
            }
        }
        numbers[1].merge(numbers[2])
        numbers[1].merge(numbers[3])
        categories[1].merge(categories[2])
        categories[1].merge(categories[3])
        let (whole, merged) = (numbers[0], numbers[1])
        #expect(whole.weights.count == merged.weights.count)
        #expect(whole.absent.rows == merged.absent.rows && categories[1].absent == merged.absent)
        #expect(isClose(whole.absentShare?.share ?? 0, merged.absentShare?.share ?? 0, 1e-12))
        #expect(isClose(merged.weights.sum ?? 0, whole.weights.sum ?? 0, 1e-12), "seed \(seed)")
        let (one, two) = (whole.weights, merged.weights)
        #expect(
            isClose(one.effectiveSampleSize ?? 0, two.effectiveSampleSize ?? 0, 1e-12),
            "seed \(seed)")
        #expect(abs((merged.mean ?? 0) - (whole.mean ?? 0)) < 1e-12, "seed \(seed)")
        #expect(isClose(merged.variance ?? 0, whole.variance ?? 0, 1e-11), "seed \(seed)")
        var shares: [[UInt8]: Double] = [:]
        for item in categories[0].shares() { shares[item.category] = item.share }
        #expect(categories[1].shares().count == shares.count)
        for item in categories[1].shares() {
            #expect(isClose(shares[item.category], item.share, 1e-12), "seed \(seed)")
        }
    }

    @Test func `one weight for all is as good as none, and its unit changes nothing`() throws {
        var (bare, heavy) = (WeightedNumberSummary(), WeightedNumberSummary())
        var plain = NumberSummary()
        for value in [3.0, 1, 4, 1, 5, 9, 2, 6] {
            bare.add(value)
            heavy.add(value, weight: 0.001)
            plain.add(value)
        }
        #expect(isClose(bare.mean, try #require(plain.mean), 1e-14))
        #expect(isClose(heavy.variance, try #require(plain.variance), 1e-12))
        #expect(isClose(heavy.weights.effectiveSampleSize, 8, 1e-12))
    }

    @Test func `rows of weight k are not k rows`() {
        var (weighted, repeated) = (WeightSummary(), WeightSummary())
        weighted.add(20)
        for _ in 0..<20 { repeated.add(1) }
        #expect(weighted.sum == repeated.sum)
        #expect(weighted.effectiveSampleSize == 1 && repeated.effectiveSampleSize == 20)
    }

    @Test func `a refused weight takes every figure away, wherever it comes from`() {
        for bad in [0, -1, Double.nan, .infinity] {
            var summary = WeightedNumberSummary()
            summary.add(1)
            summary.add(2)
            var other = WeightedNumberSummary()
            other.add(3, weight: bad)
            summary.merge(other)
            #expect(summary.weights.refused == 1 && summary.weights.count == 2)
            #expect(summary.mean == nil && summary.variance == nil, "\(bad)")
            #expect(summary.weights.effectiveSampleSize == nil && summary.mean(among: 9) == nil)
            #expect(CovariateBalance(reference: summary, candidate: summary).largest == nil)
            var missing = WeightedNumberSummary()
            missing.add(1)
            missing.add(2)
            missing.addMissing(weight: bad)
            let balance = CovariateBalance(reference: missing, candidate: missing)
            #expect(balance.values?.effect == 0 && balance.largest == nil, "\(bad)")
            var categories = WeightedCategorySummary()
            categories.add("JP")
            categories.add("KR", weight: bad)
            #expect(categories.shares().isEmpty)
            #expect(CovariateBalance(reference: categories, candidate: categories).largest == nil)
        }
    }

    @Test func `exchanging the samples turns the sign only`() throws {
        var (one, two) = (WeightedNumberSummary(), WeightedNumberSummary())
        for value in [1.0, 5, 2, 8] { one.add(value, weight: value) }
        for value in [4.0, 9, 3] { two.add(value) }
        let there = try #require(StandardisedDifference(reference: one, candidate: two))
        let back = try #require(StandardisedDifference(reference: two, candidate: one))
        #expect(there.effect == -back.effect && there.pValue == back.pValue)
        let pair = DifferentialAttrition(reference: (3, 40), candidate: (9, 50))
        let other = DifferentialAttrition(reference: (9, 50), candidate: (3, 40))
        #expect(isClose(pair?.z, -(try #require(other?.z)), 1e-12))
        #expect(pair != other && pair == pair)
    }

    @Test func `a value lost in one sample only is out of balance, though no mean tells`() {
        var (one, two) = (WeightedCategorySummary(), WeightedCategorySummary())
        for _ in 0..<50 {
            one.add("JP")
            two.add("JP")
        }
        for _ in 0..<10 { two.addMissing() }
        let balance = CovariateBalance(reference: one, candidate: two)
        #expect(balance.effect == nil && balance.categories.first?.difference == nil)
        #expect(balance.largest == balance.absent?.effect && (balance.largest ?? 0) > 0.5)
        #expect(two.categories.missing == 10)
    }

    /// Draws 300 rows with propensities from .02 to 1 a thousand times, and counts the rejections
    /// at .05 on true ones: with the design's variance, and with the estimated one.
    @Test func `the mean weight's test keeps its level where the design's variance is known`() {
        var chance = SeededGenerator(seed: 42)
        var (known, estimated, lost) = (0, 0, 0)
        for _ in 0..<1_000 {
            var kept = WeightSummary()
            var fewer = WeightSummary()
            var variance = 0.0
            for row in 0..<300 {
                let p = Double.random(in: 0.02...1, using: &chance)
                variance += (1 - p) / p
                guard Double.random(in: 0..<1, using: &chance) < p else { continue }
                kept.add(1 / p)
                if row % 2 == 0 { fewer.add(1 / p) }
            }
            func rejects(_ test: WeightSummary.MeanTest?) -> Bool { (test?.pValue ?? 0) < 0.05 }
            if rejects(kept.meanTest(among: 300, variance: variance)) { known += 1 }
            if rejects(kept.meanTest(among: 300)) { estimated += 1 }
            if rejects(fewer.meanTest(among: 300, variance: variance)) { lost += 1 }
        }
        #expect((25...80).contains(known), "\(known)")
        #expect(estimated > known && estimated < 150, "\(estimated)")
        #expect(lost > 990, "half of the rows lost: \(lost)")
    }

    @Test func `the mean weight's test errs as often as NumPy finds, most with rare propensities`()
        throws
    {
        for item in try Golden.cases("mean_test_levels", in: "audit") {
            let rows = Int(try item.number("rows"))
            let (least, most) = (try item.number("least"), try item.number("most"))
            let propensities = (0..<rows).map {
                least * pow(most / least, Double($0) / Double(rows - 1))
            }
            let variance = propensities.reduce(0) { $0 + (1 - $1) / $1 }
            var chance = SeededGenerator(seed: 7)
            var (known, estimated) = (0.0, 0.0)
            for _ in 0..<200 {
                var kept = WeightSummary()
                for p in propensities where Double.random(in: 0..<1, using: &chance) < p {
                    kept.add(1 / p)
                }
                let exact = kept.meanTest(among: rows, variance: variance)
                if (exact?.pValue ?? 0) < 0.05 { known += 1 }
                if (kept.meanTest(among: rows)?.pValue ?? 0) < 0.05 { estimated += 1 }
            }
            // Of 200 draws a share of .05 to .32 is known to within .1, three standard errors.
            #expect(abs(known / 200 - (try item.expected("known"))) < 0.1, "\(item.origin)")
            #expect(abs(estimated / 200 - (try item.expected("estimated"))) < 0.1)
        }
    }
}
