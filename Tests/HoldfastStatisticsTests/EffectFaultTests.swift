import Glibc
import TestSupport
import Testing

@testable import HoldfastStatistics

/// What cannot be worked out, and what is worked out at the edges.
@Suite struct EffectFaultTests {
    private let good = ArmRows(values: [1, 2, 4, 8, 5, 3])

    private func fault(
        _ metric: EffectMetric, _ control: ArmRows, _ treatment: ArmRows,
        _ options: EffectOptions = EffectOptions()
    ) -> EffectFault? {
        let result = ArmEffect.estimate(
            metric, control: control, treatment: treatment, options: options)
        guard case .failure(let fault) = result else { return nil }
        return fault
    }

    @Test func `rows that are unfit are refused, with the arm and the row`() {
        #expect(fault(.mean, ArmRows(values: []), good) == .noRows(.control))
        #expect(fault(.mean, good, ArmRows(values: [])) == .noRows(.treatment))
        #expect(fault(.mean, ArmRows(values: [1]), good) == .oneRow(.control))
        #expect(fault(.quantile(0.5), good, ArmRows(values: [1])) == .oneRow(.treatment))
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(
                fault(.mean, good, ArmRows(values: [1, value])) == .notFinite(.treatment, row: 1))
            let below = ArmRows(values: [1, 2], denominators: [value, 1])
            #expect(fault(.ratio, below, below) == .notFinite(.control, row: 0))
        }
        let infinite = ArmRows(values: [1, 2], covariates: [1, .infinity])
        #expect(fault(.mean, infinite, good) == .notFinite(.control, row: 1))
        #expect(
            fault(.proportion, ArmRows(values: [1, 0, 0.5]), good)
                == .notAProportion(.control, row: 2))
        for weight in [0, -1, Double.nan, .infinity] {
            let rows = ArmRows(values: [1, 2, 3], weights: [1, weight, 1])
            #expect(fault(.mean, good, rows) == .badWeight(.treatment, row: 1))
        }
        let heavy = ArmRows(values: [1, 2, 3], weights: [1, 1e300, 1])
        #expect(fault(.mean, good, heavy) == .oneWeight)
        #expect(fault(.ratio, good, good) == .noDenominators(.control))
        let nothing = ArmRows(values: [1, 2], denominators: [1, -1])
        let fine = ArmRows(values: [1, 2], denominators: [1, 2])
        #expect(fault(.ratio, fine, nothing) == .zeroDenominator(.treatment))
        #expect(
            fault(.mean, ArmRows(values: [1, 2], weights: [1]), good) == .unequalColumns(.control))
        #expect(
            fault(.mean, ArmRows(values: [1, 2], clusters: [1, 2]), good)
                == .unequalColumns(.treatment))
        let one = ArmRows(values: [1, 2, 3], clusters: [7, 7, 7])
        let two = ArmRows(values: [1, 2, 3], clusters: [1, 2, 2])
        #expect(fault(.mean, one, two) == .fewerThanTwoClusters(.control))
        #expect(fault(.quantile(0.5), two, one) == .fewerThanTwoClusters(.treatment))
    }

    @Test func `options that mean nothing are refused`() {
        for level in [0, 1, -0.5, 1.5, 1e-300, Double.nan] {
            let found = fault(.mean, good, good, EffectOptions(level: level))
            guard case .levelOutside = found else {
                Issue.record("a level of \(level) was taken: \(String(describing: found))")
                continue
            }
        }
        for rows in [0, 0.5, -1, 1e16, .infinity] {
            let options = EffectOptions(tuningRows: rows)
            #expect(fault(.mean, good, good, options) == .tuningRowsOutside(rows))
        }
        for options in [
            EffectOptions(level: 1e-15, tuningRows: 1), EffectOptions(level: 0x1.fffffffffffffp-1),
            EffectOptions(tuningRows: EffectOptions.mostRows),
        ] {
            for metric in [EffectMetric.mean, .proportion, .quantile(0.5)] {
                let ones = ArmRows(values: (0..<40).map { Double($0 % 2) })
                // An answer or a fault: never a trap.
                let found = fault(metric, ones, ones, options)
                #expect(found == nil || found == .tooFewForQuantile(.control))
            }
        }
        #expect(fault(.quantile(1), good, good) == .quantileOutside(1))
        #expect(fault(.quantile(0), good, good) == .quantileOutside(0))
    }

    @Test func `values that are all alike cannot tell, but shares of none and of all can`() throws {
        let (ones, twos) = (ArmRows(values: [1, 1, 1]), ArmRows(values: [2, 2]))
        #expect(fault(.mean, ones, twos) == .oneValue)
        // A tenth has no exact double, and a mean of tenths must not differ from one for it.
        let tenths = ArmRows(values: [Double](repeating: 0.1, count: 10))
        #expect(fault(.mean, tenths, tenths) == .oneValue)
        let ratio = ArmRows(values: [0.1, 0.3, 0.7], denominators: [1, 3, 7])
        #expect(fault(.ratio, ratio, ratio) == .oneValue)
        // Schools in both arms that all gain the same leave no variance of the gain.
        let before = ArmRows(values: [1.1, 2.3, 7.7], clusters: [1, 2, 3])
        let after = ArmRows(values: [2.1, 3.3, 8.7], clusters: [1, 2, 3])
        #expect(fault(.mean, before, after) == .oneValue)
        // One arm that varies is enough.
        let varied = try ArmEffect.estimate(
            .mean, control: ones, treatment: good, options: EffectOptions()
        ).get()
        #expect(varied.control.standardError == nil && varied.control.interval == nil)
        #expect(varied.difference.degreesOfFreedom == 5 && varied.relative != nil)
        let none = try ArmEffect.estimate(
            .proportion, control: .shares(0, of: 20), treatment: .shares(0, of: 30),
            options: EffectOptions()
        ).get()
        #expect(none.difference.value == 0 && none.difference.pValue == 1)
        let interval = try #require(none.difference.interval)
        #expect(interval.lower < -0.1 && interval.upper > 0.1)
        #expect(none.difference.standardError == nil && none.difference.sequence == nil)
        #expect(none.relative == nil && none.relativeFault == "control's figure is 0")
        // Clusters that agree count as rows.
        var (one, two) = (ArmRows.shares(0, of: 60), ArmRows.shares(60, of: 60))
        one.clusters = (0..<60).map { Int32($0 / 20) }
        two.clusters = (0..<60).map { Int32($0 / 20 + 3) }
        let clustered = try ArmEffect.estimate(
            .proportion, control: one, treatment: two, options: EffectOptions()
        ).get()
        let expected = Proportions.difference(reference: (0, 3), candidate: (3, 3))
        #expect(clustered.difference.interval == expected && clustered.difference.value == 1)
        #expect(clustered.method == "Newcombe" && clustered.difference.standardError == nil)
    }

    @Test func `there is no relative effect of what may be 0, or is below it`() throws {
        func effect(_ one: [Double], _ two: [Double]) throws -> ArmEffect {
            try ArmEffect.estimate(
                .mean, control: ArmRows(values: one), treatment: ArmRows(values: two),
                options: EffectOptions()
            ).get()
        }
        let zero = try effect([-1, 1, -1, 1], [1, 2, 3])
        #expect(zero.relative == nil && zero.relativeFault == "control's figure is 0")
        let near = try effect([-1, 1.1, -1, 1], [1, 2, 3])
        #expect(near.relative == nil && near.relativeFault == "control's figure may be 0")
        let none = try effect([4, 5, 6, 5], [0, 0, 0])
        #expect(none.relative == nil && none.relativeFault == "no row of treatment differs from 0")
        let negative = try effect([-9, -10, -11, -10], [-12, -12, -13, -11])
        #expect(negative.relative == nil && negative.difference.value == -2)
        #expect(negative.relativeFault == "control's figure is below 0")
        let rows = (0..<40).map { Double($0) }
        let median = try ArmEffect.estimate(
            .quantile(0.5), control: ArmRows(values: rows.map { $0 - 60 }),
            treatment: ArmRows(values: rows.map { $0 - 50 }), options: EffectOptions()
        ).get()
        #expect(median.relative == nil && median.difference.value == 10)
        #expect(median.relativeFault == "control's figure is below 0")
        // Three in 1,000: the delta method would hold 0, and worse.
        let rare = try ArmEffect.estimate(
            .proportion, control: .shares(3, of: 1_000), treatment: .shares(9, of: 1_000),
            options: EffectOptions()
        ).get()
        #expect(rare.relative == nil && rare.difference.interval != nil)
        let single = try ArmEffect.estimate(
            .proportion, control: .shares(1, of: 1), treatment: .shares(0, of: 2),
            options: EffectOptions()
        ).get()
        #expect(single.relative == nil && single.difference.value == -1)
    }

    @Test func `a covariate that is of no use is left, and said to be`() throws {
        func effect(_ one: [Double], _ two: [Double], _ metric: EffectMetric = .mean) throws
            -> ArmEffect
        {
            var rows = (good, ArmRows(values: [3, 5, 9, 6, 4, 7]))
            (rows.0.covariates, rows.1.covariates) = (one, two)
            return try ArmEffect.estimate(
                metric, control: rows.0, treatment: rows.1, options: EffectOptions()
            ).get()
        }
        let plain = try effect([1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1])
        #expect(plain.adjustment == nil && plain.method == "Welch")
        #expect(plain.adjustmentFault == "the covariate has one value, and explains nothing")
        let nan = [Double](repeating: .nan, count: 6)
        let unknown = try effect(nan, nan)
        #expect(unknown.adjustmentFault == "no row's covariate is known")
        #expect(unknown.difference == plain.difference)
        let same = try effect(good.values, [3, 5, 9, 6, 4, 7])
        #expect(same.adjustment == nil && same.difference == plain.difference)
        #expect(same.adjustmentFault?.hasPrefix("the covariate determines the metric") == true)
        let median = try effect([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], .quantile(0.5))
        #expect(median.adjustmentFault == "a quantile is not adjusted by a covariate")
        // Known in one arm only: not a single row of treatment.
        let half = try effect([1, 2, 3, 4, 6, 5], nan)
        #expect(half.adjustmentFault == "the covariate is known in one arm only")
        #expect(half.difference == plain.difference)
    }

    @Test func `a covariate that is missing more in one arm is left`() throws {
        // The metric is the covariate and some noise. Treatment's is missing where it is high.
        func effect(missingAbove most: Double) throws -> ArmEffect {
            var chance = SeededGenerator(seed: 5)
            func rows(_ most: Double) -> ArmRows {
                var rows = ArmRows(values: [], covariates: [])
                for _ in 0..<400 {
                    let before = Double(chance.below(1_000)) / 100
                    rows.values.append(before + Double(chance.below(100)) / 100)
                    rows.covariates?.append(before > most ? .nan : before)
                }
                return rows
            }
            return try ArmEffect.estimate(
                .mean, control: rows(9.8), treatment: rows(most), options: EffectOptions()
            ).get()
        }
        let even = try effect(missingAbove: 9.7)
        #expect(even.method == "CUPED, Welch" && even.adjustmentFault == nil)
        #expect((even.adjustment?.rowsWithoutCovariate ?? 0) > 4)
        let uneven = try effect(missingAbove: 7)
        #expect(uneven.adjustment == nil && uneven.method == "Welch")
        #expect(
            uneven.adjustmentFault == "the covariate is missing in unlike shares of the arms' rows")
        // What was told before: an effect of a covariate that is not there.
        let interval = try #require(uneven.difference.interval)
        #expect(interval.lower < 0 && interval.upper > 0)
    }

    @Test func `a ratio is refused where an arm's denominators may come to 0`() throws {
        func rows(_ middle: Double) -> ArmRows {
            let below = (0..<40).map { middle + Double($0 % 2) * 2 - 1 }
            return ArmRows(values: (0..<40).map { Double($0 % 7) }, denominators: below)
        }
        #expect(fault(.ratio, rows(5), rows(5)) == nil)
        #expect(fault(.ratio, rows(0.1), rows(5)) == .denominatorNearZero(.control))
        #expect(fault(.ratio, rows(5), rows(-0.1)) == .denominatorNearZero(.treatment))
        #expect(fault(.ratio, rows(-5), rows(-5)) == nil)
        // 40 rows tell that 1 is not 0; 4 clusters of 10 that differ do not.
        #expect(fault(.ratio, rows(1), rows(5)) == nil)
        func clustered(_ middle: Double, from first: Int) -> ArmRows {
            var rows = rows(middle)
            let codes = (0..<40).map { Int32(first + ($0 % 2) * 2 + $0 / 20) }
            rows.clusters = codes
            return rows
        }
        let found = fault(.ratio, clustered(1, from: 0), clustered(5, from: 10))
        #expect(found == .denominatorNearZero(.control))
    }

    @Test func `a quantile's sequence needs order statistics at its reach`() throws {
        // Seven rows against seven beyond them: an interval, and nothing to be said at any time.
        let few = try ArmEffect.estimate(
            .quantile(0.5), control: ArmRows(values: [1, 2, 3, 4, 5, 6, 7]),
            treatment: ArmRows(values: [8, 9, 10, 11, 12, 13, 14]), options: EffectOptions()
        ).get()
        let p = try #require(few.difference.pValue)
        #expect(p < 0.05 && few.difference.sequence == nil && few.relative?.sequence == nil)
        #expect(try #require(few.difference.sequencePValue) > p)
        // With many its ends are those of the order statistics that lie so far out.
        let rows = (0..<1_000).map { Double($0 * $0) }
        let many = try ArmEffect.estimate(
            .quantile(0.5), control: ArmRows(values: rows),
            treatment: ArmRows(values: rows.map { $0 + 60_000 }),
            options: EffectOptions(tuningRows: 2_000)
        ).get().difference
        let reach = ConfidenceSequence.halfWidth(
            standardError: 1, rows: 2_000, tuningRows: 2_000, alpha: 1 - 0.95)
        let arm = QuantileArm(ArmRows(values: rows), share: 0.5)
        let own = try #require(arm.interval(reach: reach))
        // Of two arms that are alike but for a constant.
        let half = hypot(arm.value - own.lower, own.upper - arm.value)
        #expect(hasEnds(many.sequence, [60_000 - half, 60_000 + half]))
        #expect(try #require(many.sequencePValue) >= #require(many.pValue))
        // The p-value is the level at which the sequence ends at 0.
        let isOutside = try #require(many.sequence).lower > 0
        #expect(isOutside == (try #require(many.sequencePValue) < 0.05))
    }

    @Test func `a quantile of too few rows is refused, one of ties is not`() throws {
        #expect(fault(.quantile(0.99), good, good) == .tooFewForQuantile(.control))
        let many = ArmRows(values: (0..<2_000).map { Double($0) })
        #expect(fault(.quantile(0.99), many, good) == .tooFewForQuantile(.treatment))
        let ties = ArmRows(values: [Double](repeating: 5, count: 40) + [1, 9])
        let effect = try ArmEffect.estimate(
            .quantile(0.5), control: ties, treatment: ties, options: EffectOptions()
        ).get()
        #expect(effect.difference.value == 0 && effect.difference.pValue == 1)
        #expect(effect.difference.interval == Interval(lower: 0, upper: 0))
        #expect(effect.difference.standardError == nil && effect.relative == nil)
        let sixes = ArmRows(values: [Double](repeating: 6, count: 40) + [1, 9])
        let apart = try ArmEffect.estimate(
            .quantile(0.5), control: ties, treatment: sixes, options: EffectOptions()
        ).get()
        let p = try #require(apart.difference.pValue)
        // Not 0: at some reach 42 rows have no order statistic left.
        #expect(apart.difference.value == 1 && p > 0 && p < 1e-6)
    }

    @Test func `compliers need exposures, that arms differ in, and a metric that adds up`() {
        func fault(
            _ metric: EffectMetric, _ one: [Bool]?, _ two: [Bool]?
        ) -> EffectFault? {
            var rows = (good, good)
            (rows.0.exposed, rows.1.exposed) = (one, two)
            let result = ComplierEffect.estimate(
                metric, control: rows.0, treatment: rows.1, options: EffectOptions())
            guard case .failure(let fault) = result else { return nil }
            return fault
        }
        let (no, yes) = ([Bool](repeating: false, count: 6), [Bool](repeating: true, count: 6))
        #expect(fault(.mean, nil, yes) == .noExposure(.control))
        #expect(fault(.mean, no, nil) == .noExposure(.treatment))
        #expect(fault(.mean, no, no) == .weakExposure(0))
        #expect(fault(.mean, yes, yes) == .weakExposure(0))
        #expect(fault(.ratio, no, yes) == .noComplierMetric)
        let some = [true, false, false, false, false, false]
        guard case .weakExposure(let f)? = fault(.mean, no, some) else {
            Issue.record("an exposure of one row in six was taken for strong")
            return
        }
        #expect(isClose(f, 1))
        #expect(fault(.mean, no, yes) == nil)
    }

    @Test func `two weeks have no slope, and a week without an effect says why`() {
        func week(_ week: Int, _ control: [Double]) -> EffectWeek {
            EffectWeek(week: week, control: ArmRows(values: control), treatment: good)
        }
        let trend = EffectTrend.estimate(
            .mean, weeks: [week(2, [1, 4, 3]), week(0, [2, 3, 5]), week(1, [])],
            options: EffectOptions())
        #expect(trend.slope == nil && trend.weeks.map(\.week) == [0, 1, 2])
        #expect(trend.weeks[1].fault == .noRows(.control) && trend.weeks[1].effect == nil)
        #expect(trend.weeks[0].effect?.difference.value == 23.0 / 6 - 10.0 / 3)
        let whole = EffectTrend.estimate(
            .mean, weeks: [week(0, [2, 3, 5]), week(1, [1, 4, 3]), week(2, [5, 5, 6])],
            options: EffectOptions())
        #expect(whole.slope != nil && whole.slope?.sequence == nil)
    }

    @Test func `each fault says what can be done`() {
        let faults: [EffectFault] = [
            .noRows(.control), .oneRow(.treatment), .oneValue, .fewerThanTwoClusters(.control),
            .zeroDenominator(.control), .noDenominators(.control), .notFinite(.treatment, row: 3),
            .notAProportion(.control, row: 4), .badWeight(.control, row: 5),
            .unequalColumns(.treatment), .tooFewForQuantile(.control), .beyondDouble,
            .levelOutside(2), .tuningRowsOutside(-1), .quantileOutside(1), .noExposure(.control),
            .weakExposure(3.14159), .noComplierMetric, .oneWeight, .denominatorNearZero(.control),
        ]
        for fault in faults {
            let parts = fault.sentence.split(separator: ": ")
            #expect(parts.count == 2, "\(fault.sentence)")
        }
        #expect(Set(faults.map(\.sentence)).count == faults.count)
        #expect(
            EffectFault.notFinite(.treatment, row: 3).sentence.contains("treatment arm's row 3"))
        #expect(EffectFault.weakExposure(3.14159).sentence.contains("F 3.1,"))
        // A sum of finite numbers may be the fault, and dividing them the remedy.
        let sum = EffectFault.notFinite(.control, row: 0).sentence
        #expect(sum.contains("a unit's sum") && sum.contains("divide the metric by a constant"))
    }
}
