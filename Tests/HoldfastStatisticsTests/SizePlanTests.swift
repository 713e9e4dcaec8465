import Glibc
import HoldfastFormats
import Testing

@testable import HoldfastStatistics

/// The answer to a question of size: whole units, weeks, rivals.
@Suite struct SizePlanTests {
    @Test func `whole units are those of the formula rounded up, arm by arm`() throws {
        let design = SizeDesign(.rate(0.1), shares: [0.05, 0.95])
        let plan = SizePlan(SizeQuestion(design, effect: 0.01))
        let exact = try #require(plan.exactUnits)
        #expect(isClose(exact, 20 * 7877.308988768554, 1e-9))
        #expect(plan.arms.map(\.units) == [7_878, 149_669])
        #expect(plan.units == 157_547)
        let power = try #require(plan.power)
        #expect(power >= 0.8 && power < 0.801)
        let found = try #require(plan.detectable)
        #expect(try #require(found.rise) <= 0.01 && #require(found.fall) < 0.01)
        let best = try #require(plan.rivals.first { $0.kind == .bestShares })
        #expect(best.shares == [0.5, 0.5] && best.units < exact / 4)
    }

    /// A dozen treatments of sizes of their own, and Dunnett's bound of them by Student's t.
    private static let dozen: SizeQuestion = {
        let parts = [20.0] + (1...12).map { 4 + Double($0) / 3 }
        let whole = parts.reduce(0, +)
        let design = SizeDesign(
            .mean(nil, deviation: 1), shares: parts.map { $0 / whole }, correction: .dunnett)
        return SizeQuestion(
            design, arms: parts.indices.map { "arm-\($0)" }, effect: 0.3,
            arrivals: ArrivalCurve(weekly: 400))
    }()

    @Test func `a plan integrates once for its shares, however many units it tries`() throws {
        var steps = 0
        let plan = SizePlan(Self.dozen) { steps += 1 }
        // Once for the shares that were asked for, once for those of whole units, and for the best.
        #expect(steps > 0 && steps <= 3 * 257, "\(steps)")
        let planned = steps
        #expect(PowerCurve(plan) != nil && plan.duration?.weeks != nil && steps == planned)
        // The answer is that of the integral for these degrees of freedom alone.
        let units = try #require(plan.exactUnits)
        let power = SizePower(Self.dozen.design)
        #expect(isClose(power.power(effect: 0.3, units: units), 0.8, 1e-10))
        #expect(try #require(plan.power) >= 0.8)
    }

    @Test func `a plan that is given up ends at once`() {
        struct GivenUp: Error {}
        var steps = 0
        #expect(throws: GivenUp.self) {
            try SizePlan(Self.dozen) {
                steps += 1
                if steps == 5 { throw GivenUp() }
            }
        }
        #expect(steps == 5)
    }

    @Test func `units that are given are dealt out wholly`() throws {
        for units in [100.0, 101, 1_234, 99_999] {
            let design = SizeDesign(
                .mean(nil, deviation: 1), shares: [0.333333, 0.333333, 0.333334])
            let plan = SizePlan(
                SizeQuestion(design, arms: ["control", "a", "b"], units: units))
            #expect(plan.units == Int(units))
            #expect(plan.arms.allSatisfy { abs(Double($0.units) - $0.exact) < 1 })
            #expect(plan.power == nil && plan.detectable?.rise == plan.detectable?.fall)
        }
    }

    @Test func `clusters are dealt whole, and few of them are called few`() throws {
        let clusters = SizeDesign.Clusters(meanSize: 7.5, variation: 0.4, correlation: 0.1)
        let design = SizeDesign(.mean(nil, deviation: 1), clusters: clusters)
        let few = SizePlan(SizeQuestion(design, effect: 0.6))
        #expect(few.hasFewClusters)
        for arm in few.arms {
            let clusters = try #require(arm.clusters)
            #expect(Double(arm.units) >= Double(clusters) * 7.5)
            #expect(Double(clusters) * 7.5 >= arm.exact && Double(clusters - 1) * 7.5 < arm.exact)
        }
        #expect(try #require(few.power) >= 0.8)
        let many = SizePlan(SizeQuestion(design, effect: 0.06))
        #expect(!many.hasFewClusters)
        let alone = try #require(many.rivals.first { $0.kind == .withoutClusters })
        let exact = try #require(many.exactUnits)
        #expect(isClose(exact / alone.units, design.designEffect, 1e-3))
    }

    @Test func `no arm has fewer than two units, however large the effect`() {
        let design = SizeDesign(.mean(nil, deviation: 1e-9), shares: [0.001, 0.999])
        let plan = SizePlan(SizeQuestion(design, effect: 1))
        #expect(plan.arms.allSatisfy { $0.units >= 2 })
        for (deviation, effect) in [(1e-300, 1e299), (1e300, 1e299), (1e-307, 1), (1e305, 1e306)] {
            let odd = SizePlan(
                SizeQuestion(SizeDesign(.mean(nil, deviation: deviation)), effect: effect))
            #expect(odd.units >= 4 && odd.power?.isFinite == true, "\(deviation)")
        }
        #expect(plan.power.map { $0 >= 0.8 } == true)
    }

    @Test func `an effect that nobody could find has no units and no trap`() {
        let design = SizeDesign(.mean(nil, deviation: 1e6))
        let arrivals = ArrivalCurve(weekly: 1_000)
        let plan = SizePlan(SizeQuestion(design, effect: 1e-3, arrivals: arrivals))
        #expect(plan.exactUnits == nil && plan.arms == [] && plan.units == 0)
        #expect(plan.duration?.isReached == false)
        #expect(PowerCurve(plan) == nil)
    }

    @Test func `a plan takes whole weeks, and then the horizon`() throws {
        let design = SizeDesign(.rate(0.1))
        let needed = SizePlan(SizeQuestion(design, effect: 0.02)).units
        let daily = 500.0
        let curve = try #require(ArrivalCurve(newUnits: Array(repeating: daily, count: 200)))
        let plan = SizePlan(
            SizeQuestion(
                design, effect: 0.02, arrivals: curve, traffic: 0.5, horizonDays: 90))
        let duration = try #require(plan.duration)
        let day = try #require(duration.day)
        #expect(daily / 2 * Double(day) >= Double(needed))
        #expect(daily / 2 * Double(day - 1) < Double(needed))
        let weeks = try #require(duration.weeks)
        #expect(weeks * 7 >= day && (weeks - 1) * 7 < day)
        #expect(duration.daysUntilRipe(horizon: 90) == Double(weeks * 7 + 90))
        // The week's detectable effect falls, and reaches the effect where the size is reached.
        let effects = duration.byWeek.compactMap(\.detectable)
        // 28 whole weeks, and the four days that are left.
        #expect(effects.count == 29 && zip(effects, effects.dropFirst()).allSatisfy { $0 > $1 })
        #expect(effects[weeks - 1] <= 0.02 && effects[weeks - 2] > 0.02)
        // The same by a rate, which is told some weeks on.
        let rate = SizePlan(
            SizeQuestion(
                design, effect: 0.02, arrivals: ArrivalCurve(weekly: daily * 7), traffic: 0.5))
        #expect(rate.duration?.weeks == weeks && rate.duration?.byWeek.count == weeks + 4)
    }

    @Test func `a curve that ends before is not drawn on`() throws {
        // Units come back: the new ones halve every day.
        let curve = try #require(
            ArrivalCurve(newUnits: (0..<17).map { 1_000 * pow(0.5, Double($0)) }))
        let plan = SizePlan(
            SizeQuestion(SizeDesign(.rate(0.1)), effect: 0.01, arrivals: curve))
        let duration = try #require(plan.duration)
        #expect(!duration.isReached && duration.weeks == nil && duration.curveDays == 17)
        #expect(duration.daysUntilRipe(horizon: 30) == nil)
        let last = try #require(duration.byWeek.last)
        #expect(last.days == 17 && isClose(last.units, curve.units(by: 99)))
        let power = plan.question.design.power(
            effect: try #require(last.detectable), units: last.units)
        #expect(isClose(power, 0.8, 1e-9) && duration.end == last)
        // One unit a week: the table ends at week 30, the rate ten years on.
        let slow = try #require(
            SizePlan(
                SizeQuestion(
                    SizeDesign(.mean(nil, deviation: 10)), effect: 1,
                    arrivals: ArrivalCurve(weekly: 1))
            ).duration)
        #expect(slow.byWeek.last?.days == 210 && slow.end.days == 3_640)
        #expect(slow.end.units == 520 && !slow.isReached)
        #expect(try #require(slow.end.detectable) < 3)
    }

    @Test func `a curve of arrivals counts each unit once`() throws {
        let curve = try #require(
            ArrivalCurve(newUnits: [500, 300, 200, 150, 120, 100, 90, 80]))
        #expect(
            curve.units(by: 2) == 800 && curve.units(by: 0) == 0 && curve.units(by: 50) == 1_540)
        #expect(curve.day(reaching: 1_000) == 3 && curve.day(reaching: 1_001) == 4)
        #expect(curve.day(reaching: 1_540) == 8 && curve.day(reaching: 1_541) == nil)
        #expect(curve.days == 8 && curve.weeks == 1)
        for bad in [[], [0, 0], [-1, 5], [.nan], [.infinity]] as [[Double]] {
            #expect(ArrivalCurve(newUnits: bad) == nil, "\(bad)")
        }
        let rate = try #require(ArrivalCurve(weekly: 700))
        #expect(rate.day(reaching: 1_000) == 10 && rate.units(by: 10) == 1_000)
        #expect(rate.day(reaching: 1e9) == nil && rate.isRate)
        #expect(ArrivalCurve(weekly: 0) == nil && ArrivalCurve(weekly: .nan) == nil)
    }

    @Test func `a power curve has the plan in its middle`() throws {
        let plan = SizePlan(SizeQuestion(SizeDesign(.mean(nil, deviation: 1)), effect: 0.2))
        let curve = try #require(PowerCurve(plan))
        #expect(curve.lines.map(\.effect) == [0.1, 0.2, 0.4])
        let middle = (PowerCurve.pointCount - 1) / 2 - 1
        #expect(isClose(curve.units[middle], try #require(plan.exactUnits)))
        #expect(isClose(curve.lines[1].powers[middle], 0.8, 1e-9))
        // Twice this effect leads beyond a rate of 1.
        let rate = SizePlan(SizeQuestion(SizeDesign(.rate(0.6)), effect: 0.3))
        #expect(try #require(PowerCurve(rate)).lines.map(\.effect) == [0.15, 0.3])
    }

    @Test func `questions without an answer are faults`() {
        let design = SizeDesign(.rate(0.1))
        #expect(SizeQuestion(design).fault?.message.contains("neither") == true)
        #expect(SizeQuestion(design, effect: 0.01).fault == nil)
        #expect(SizeQuestion(design, effect: 0.95).fault != nil)
        #expect(SizeQuestion(design, effect: 0.01, power: 1.2).fault != nil)
        #expect(SizeQuestion(design, units: 2).fault != nil)
        #expect(SizeQuestion(design, effect: 0.01, traffic: 0).fault != nil)
        #expect(SizeQuestion(design, effect: 0.01, horizonDays: -1).fault != nil)
        let margin = SizeDesign(.mean(nil, deviation: 1), isTwoSided: false, margin: 0.1)
        #expect(SizeQuestion(margin).fault == nil)
        #expect(SizeQuestion(margin, effect: 0.1).fault != nil)
    }
}

/// A metric from a table of units.
@Suite struct MetricEstimateTests {
    @Test func `zeros and ones are a rate, other numbers a mean`() throws {
        let rate = try MetricEstimate(values: [0, 1, 0, 0, 1, 0, 0, 0])
        #expect(rate.metric == .rate(0.25) && rate.clusters == nil && rate.rows == 8)
        let mean = try MetricEstimate(values: [1, 2, 3, .nan, 6])
        guard case .mean(let value?, let deviation) = mean.metric else {
            Issue.record("no mean: \(mean.metric)")
            return
        }
        #expect(value == 3 && isClose(deviation, (14.0 / 3).squareRoot()))
        #expect(mean.rows == 4 && mean.rowsLeftOut == 1)
    }

    @Test func `a ratio, its clusters and its covariate are those of the formulas`() throws {
        let item = try Golden.cases("cases", in: "delta_ratio")[0]
        let (num, den) = (try item.numbers("num"), try item.numbers("den"))
        let codes: [Int32] = [0, 0, 1, 1, 1, 2, 2, 3, 3, 3]
        let found = try MetricEstimate(
            values: num, denominators: den, clusters: codes, covariates: den)
        guard case .ratio(let moments) = found.metric else {
            Issue.record("no ratio: \(found.metric)")
            return
        }
        #expect(isClose(moments.variance, try item.number("variance_of_unit"), 1e-9))
        let ratio = try item.number("ratio")
        var correlation = IntraclassCorrelation()
        for code in 0..<4 {
            var cluster = NumberSummary()
            for row in codes.indices where codes[row] == code {
                cluster.add((num[row] - ratio * den[row]) / 5.6)
            }
            correlation.add(cluster)
        }
        let clusters = try #require(found.clusters)
        #expect(clusters.meanSize == 2.5 && found.clusterCount == 4)
        #expect(isClose(clusters.correlation, max(0, try #require(correlation.value)), 1e-9))
        // The plan's design effect is that of these very clusters.
        let effect = IntraclassCorrelation.designEffect(
            meanSize: clusters.meanSize, variation: clusters.variation,
            correlation: clusters.correlation)
        #expect(isClose(effect, try #require(correlation.designEffect), 1e-9))
        #expect(try #require(found.covariateCorrelation).magnitude < 1)
    }

    @Test func `a covariate's correlation is Pearson's, and takes what CUPED takes`() throws {
        // scipy 1.17.1, stats.pearsonr([1, 2, 3, 4, 5], [2, 1, 4, 3, 6]).statistic
        let found = try MetricEstimate(
            values: [2, 1, 4, 3, 6, 9], covariates: [1, 2, 3, 4, 5, .nan])
        #expect(isClose(found.covariateCorrelation, 0.8219949365267865, 1e-12))
        #expect(found.rowsWithoutCovariate == 1)
    }

    @Test func `a table that tells nothing says so`() {
        func message(
            _ values: [Double], _ denominators: [Double]? = nil, _ codes: [Int32]? = nil,
            _ covariates: [Double]? = nil
        ) -> String {
            do {
                _ = try MetricEstimate(
                    values: values, denominators: denominators, clusters: codes,
                    covariates: covariates)
                return ""
            } catch { return error.message }
        }
        #expect(message([]).contains("0 of 0 rows"))
        #expect(message([.nan, .nan, 3]).contains("1 of 3 rows"))
        #expect(message([4, 4, 4]).contains("one value"))
        #expect(message([0.1, 0.1, 0.1]).contains("one value"))
        #expect(message([1, 2], [0, 0]).contains("mean of 0"))
        #expect(message([1, 2, 3], [2, 4, 6]).contains("same for every unit"))
        #expect(message([1, 2, 3], nil, [0, 0, 0]).contains("one cluster"))
        #expect(message([1, 2, 3], nil, [0, 1, 2]).contains("two rows"))
        #expect(message([1, 2, 3], nil, nil, [5, 5, 5]).contains("one value"))
        #expect(message([1, 2, 3], nil, nil, [2, 4, 6]).contains("exactly"))
        #expect(message([1, 2, 3], nil, nil, [.nan, .nan, .nan]).contains("covariate"))
        #expect(message([1e308, -1e308, 1e308]).contains("beyond"))
    }
}
