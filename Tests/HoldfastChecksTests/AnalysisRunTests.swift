import HoldfastStatistics
import Testing
import TestSupport

@testable import HoldfastChecks

extension SeededGenerator {
    /// A number from 0 to below 1.
    fileprivate mutating func unit() -> Double { Double.random(in: 0..<1, using: &self) }
}

/// From rows to an analysis: the sample ratio first, families, verdicts, and what cannot be told.
@Suite struct AnalysisRunTests {
    /// Rows of two arms by turns, whose metrics are given row by row.
    private static func rows(
        arms: [String] = ["control", "treatment"], _ arm: [Int32], _ metrics: [[Double]],
        kind: EffectMetric = .mean
    ) throws -> AnalysisRows {
        var rows = AnalysisRows(arms: arms, control: 0, arm: arm)
        rows.metrics = try metrics.enumerated().map { place, values in
            AnalysisColumn(try MetricRequest("m\(place)"), kind: kind, values: values)
        }
        return rows
    }

    private static func analysis(
        _ rows: AnalysisRows, shares: [Double]? = nil, despite: String? = nil, level: Double = 0.95
    ) -> Analysis {
        var options = AnalysisOptions()
        options.despiteSampleRatio = despite
        options.level = level
        let dealing = shares.map {
            AnalysisDealing(
                what: "units", strata: [$0],
                dealt: rows.arm.filter { $0 >= 0 }.map { (arm: $0, stratum: 0) })
        }
        return AnalysisRun(rows: rows, dealing: dealing, options: options)
            .analysis(name: "limits", rowMeaning: "a row")
    }

    /// Normal rows: `shift` is what treatment adds to each metric.
    private static func normal(
        seed: UInt64, count: Int, shifts: [Double], arms: Int = 2
    ) throws -> AnalysisRows {
        var chance = SeededGenerator(seed: seed)
        func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + chance.unit() } }
        let arm = (0..<count).map { Int32($0 % arms) }
        let metrics = shifts.map { shift in arm.map { normal() + ($0 > 0 ? shift : 0) } }
        return try rows(
            arms: ["control", "treatment", "bold"].prefix(arms).map { $0 }, arm, metrics)
    }

    // MARK: - The sample ratio

    @Test func `no effect is shown where arms missed their shares, unless somebody says why`()
        throws
    {
        let arm = (0..<2_000).map { Int32($0 % 10 < 4 ? 0 : 1) }
        let rows = try Self.rows(arm, [arm.indices.map { Double($0 % 7) }])
        let refused = Self.analysis(rows, shares: [0.5, 0.5])
        #expect(refused.status == .refused && refused.isRefused)
        #expect(refused.metrics.allSatisfy(\.effects.isEmpty) && refused.pictures.isEmpty)
        #expect(try #require(refused.sampleRatio?.pValue) < 0.001)
        let shown = Self.analysis(rows, shares: [0.5, 0.5], despite: "a known outage")
        #expect(shown.status == .told && shown.sampleRatio?.isFailed == true)
        #expect(Self.analysis(rows, shares: [0.4, 0.6]).status == .told)
        #expect(Self.analysis(rows).sampleRatio == nil)
    }

    @Test func `one unit in an arm of share 0 is a leak`() throws {
        let arm = (0..<1_000).map { Int32($0 == 500 ? 2 : $0 % 2) }
        let rows = try Self.rows(
            arms: ["control", "treatment", "bold"], arm, [arm.indices.map { Double($0 % 7) }])
        let ratio = try #require(Self.analysis(rows, shares: [0.5, 0.5, 0]).sampleRatio)
        #expect(ratio.leaks == ["bold"] && ratio.isFailed)
        #expect(ratio.pValue == 0 && ratio.sequentialPValue == 0)
    }

    @Test func `a leak within one stratum is seen, whatever the totals are`() throws {
        // Of the first scores control has all, of the others half; one row got in.
        var dealt: [(arm: Int32, stratum: Int32)] = (0..<500).map { (Int32($0 == 77 ? 1 : 0), 0) }
        dealt += (0..<500).map { (Int32($0 % 2), 1) }
        func ratio(_ dealt: [(arm: Int32, stratum: Int32)], _ strata: [[Double]]) -> AnalysedRatio?
        {
            AnalysedRatio(
                AnalysisDealing(what: "units", strata: strata, dealt: dealt),
                arms: ["control", "treatment"])
        }
        let found = try #require(ratio(dealt, [[1, 0], [0.5, 0.5]]))
        #expect(found.leaks == ["treatment"] && found.isFailed)
        #expect(try #require(found.pValue) > 0.5)
        dealt[77].arm = 0
        #expect(try #require(ratio(dealt, [[1, 0], [0.5, 0.5]])).isFailed == false)
        // Nothing is left to chance, and still it leaks.
        let certain = try #require(ratio([(0, 0), (1, 0)], [[1, 0]]))
        #expect(certain.leaks == ["treatment"] && certain.sequentialPValue == nil)
    }

    @Test func `rows that are left out are of no arm and in no figure`() throws {
        let rows = try Self.normal(seed: 8, count: 300, shifts: [0.2])
        var more = rows
        more.arm += Array(repeating: AnalysisRows.leftOut, count: 50)
        more.metrics[0].values += (0..<50).map { Double($0 * 100) }
        #expect(Self.analysis(rows).metrics == Self.analysis(more).metrics)
    }

    @Test func `small parts of a subgroup do not tell whether effects differ`() throws {
        var rows = try Self.normal(seed: 21, count: 240, shifts: [0])
        func pValue(parts: Int) throws -> Double? {
            let codes = (0..<240).map { Int32(($0 / 2) % parts) }
            rows.subgroups = [
                SubgroupColumn(name: "shop", codes: codes, values: (0..<parts).map { "\($0)" })
            ]
            return try #require(Self.analysis(rows).subgroups.first).differencePValue
        }
        #expect(try pValue(parts: 20) == nil)
        #expect(try pValue(parts: 4) != nil)
    }

    @Test func `shares that depend on a stratum are expected stratum by stratum`() throws {
        // 1,000 units of which a tenth is control, then 1,000 of which a half is.
        var dealt: [(arm: Int32, stratum: Int32)] = []
        for place in 0..<1_000 { dealt.append((place % 10 == 0 ? 0 : 1, 0)) }
        for place in 0..<1_000 { dealt.append((Int32(place % 2), 1)) }
        let ratio = try #require(
            AnalysedRatio(
                AnalysisDealing(what: "units", strata: [[0.1, 0.9], [0.5, 0.5]], dealt: dealt),
                arms: ["control", "treatment"]))
        #expect(ratio.arms.map(\.observed) == [600, 1_400])
        #expect(ratio.arms.map { ($0.expected * 1e6).rounded() / 1e6 } == [600, 1_400])
        #expect(!ratio.isFailed)
        #expect(try #require(ratio.sequentialPValue) > 0.05)
        let alone = AnalysisDealing(what: "units", strata: [[1, 0]], dealt: [(0, 0)])
        #expect(AnalysedRatio(alone, arms: ["control", "treatment"]) == nil)
    }

    // MARK: - Families

    @Test func `verdicts go by the interval that Holm's correction leaves`() throws {
        for seed in UInt64(0)..<20 {
            let rows = try Self.normal(
                seed: seed, count: 600, shifts: [0, 0.1, 0.2, 0.3, -0.4], arms: 3)
            let effects = Self.analysis(rows).metrics.flatMap(\.effects)
            let pValues = effects.map { $0.effect?.difference.pValue }
            let holm = Holm.adjusted(pValues)
            #expect(effects.count == 10 && effects.map(\.holm) == holm)
            #expect(effects.map(\.benjaminiHochberg) == BenjaminiHochberg.adjusted(pValues))
            for effect in effects {
                let adjusted = try #require(effect.holm)
                let interval = try #require(effect.corrected)
                let isTold = interval.lower > 0 || interval.upper < 0
                #expect(isTold == (adjusted <= 0.05), "seed \(seed): \(adjusted) \(interval)")
                #expect(isTold == (effect.verdict != .inconclusive), "seed \(seed)")
                #expect((effect.rowsNeeded == nil) == isTold || effect.rowsNeeded == nil)
                let own = try #require(effect.effect?.difference.interval)
                #expect(interval.lower <= own.lower && interval.upper >= own.upper)
            }
        }
    }

    @Test func `of one comparison nothing is corrected`() throws {
        let rows = try Self.normal(seed: 3, count: 400, shifts: [0.5])
        let effect = try #require(Self.analysis(rows).metrics[0].effects.first)
        let difference = try #require(effect.effect?.difference)
        #expect(effect.holm == difference.pValue && effect.corrected == difference.interval)
        #expect(effect.verdict == .raises)
    }

    @Test func `rows that would tell come with the square of how far the interval reaches`() throws
    {
        let rows = try Self.normal(seed: 5, count: 200, shifts: [0.05])
        let effect = try #require(Self.analysis(rows).metrics[0].effects.first)
        let difference = try #require(effect.effect?.difference)
        let interval = try #require(effect.corrected)
        let reach = (interval.upper - interval.lower) / 2 / difference.value
        #expect(effect.verdict == .inconclusive)
        let needed = try #require(effect.rowsNeeded)
        #expect(abs(Double(needed) - 200 * reach * reach) <= 1)
    }

    // MARK: - What cannot be told

    @Test func `what one metric cannot tell does not keep the others from it`() throws {
        let arm = (0..<100).map { Int32($0 % 2) }
        var rows = try Self.rows(
            arm,
            [
                arm.indices.map { Double($0 % 7) }, arm.map { _ in 3 },
                arm.map { $0 == 1 ? .nan : 1 }, arm.map { _ in .nan },
            ])
        rows.metrics[1].kind = .proportion
        rows.metrics[1].values = arm.map { _ in 0.5 }
        let analysis = Self.analysis(rows)
        #expect(analysis.status == .inconclusive)
        #expect(analysis.metrics[0].effects[0].effect != nil)
        let faults = analysis.metrics.dropFirst().map { $0.effects[0].fault ?? "" }
        #expect(faults[0].contains("neither 0 nor 1"))
        #expect(faults[1].contains("all 50 rows of the arm treatment miss"))
        #expect(faults[2].contains("all 50 rows of the arm control miss"))
        #expect(analysis.metrics[2].isAttritionAlarm && !analysis.metrics[3].isAttritionAlarm)
    }

    @Test func `an arm without rows, one value, and a single cluster are named`() throws {
        let arm = (0..<40).map { _ in Int32(0) }
        let empty = Self.analysis(try Self.rows(arm, [arm.indices.map { Double($0) }]))
        #expect(empty.metrics[0].effects[0].fault?.contains("treatment has no row") == true)
        let both = (0..<40).map { Int32($0 % 2) }
        let same = Self.analysis(try Self.rows(both, [both.map { _ in 3 }]))
        #expect(same.metrics[0].effects[0].fault?.contains("no value differs") == true)
        var clustered = try Self.rows(both, [both.indices.map { Double($0 % 7) }])
        clustered.clusters = both.map { $0 }
        let single = Self.analysis(clustered)
        #expect(single.metrics[0].effects[0].fault?.contains("one cluster") == true)
        #expect(single.status == .inconclusive && single.arms.map(\.clusters) == [1, 1])
    }

    // MARK: - Beside the difference

    @Test func `those held out stand beside the arms and change nothing of them`() throws {
        let rows = try Self.normal(seed: 8, count: 300, shifts: [0.2])
        var more = rows
        more.arm += Array(repeating: AnalysisRows.heldOut, count: 50)
        more.metrics[0].values += (0..<50).map { Double($0 % 5) }
        let (plain, beside) = (Self.analysis(rows), Self.analysis(more))
        #expect(plain.metrics[0].effects == beside.metrics[0].effects)
        let figure = try #require(beside.metrics[0].heldOut)
        #expect(figure.value == 2 && figure.rows == 50 && plain.metrics[0].heldOut == nil)
    }

    @Test func `the last step of an effect's course is the effect`() throws {
        var rows = try Self.normal(seed: 11, count: 480, shifts: [0.3])
        rows.times = (0..<480).map { 1_767_225_600_000_000 + Double($0) * 3_600_000_000 }
        let effect = try #require(Self.analysis(rows).metrics[0].effects.first)
        let last = try #require(effect.course.last)
        #expect(effect.course.count == AnalysisOptions.stepCount && last.rows == 480)
        #expect(last.difference == effect.effect?.difference.value)
        #expect(last.sequence == effect.effect?.difference.sequence)
        #expect(effect.course.map(\.rows) == (1...24).map { $0 * 20 })
    }

    @Test func `an effect that wears off shows by week`() throws {
        var rows = try Self.normal(seed: 12, count: 2_000, shifts: [0])
        var weekly = WeeklyValues(weeks: 5)
        var chance = SeededGenerator(seed: 12)
        for row in 0..<2_000 {
            for week in 0..<5 {
                let effect = rows.arm[row] == 1 ? 1 - 0.2 * Double(week) : 0
                weekly.entries.append((Int32(row), Int32(week), effect + chance.unit()))
            }
        }
        rows.metrics[0].weekly = weekly
        let trend = try #require(Self.analysis(rows).metrics[0].effects[0].trend)
        #expect(trend.weeks.count == 5)
        let slope = try #require(trend.slope)
        #expect(abs(slope.value + 0.2) < 0.02 && slope.interval.map { $0.upper < 0 } == true)
    }

    @Test func `exposure gives the effect on those it reached, with its rates`() throws {
        var rows = try Self.normal(seed: 13, count: 4_000, shifts: [0])
        let reached = rows.arm.enumerated().map { $0.element == 1 && $0.offset % 4 != 3 }
        rows.metrics[0].values = zip(rows.metrics[0].values, reached).map { $0 + ($1 ? 1 : 0) }
        rows.exposed = [reached.map { _ in false }, reached]
        var options = AnalysisOptions()
        options.isByExposure = true
        let analysis = AnalysisRun(rows: rows, dealing: nil, options: options)
            .analysis(name: "limits", rowMeaning: "a row")
        let effect = analysis.metrics[0].effects[0]
        let complier = try #require(effect.complier)
        #expect(complier.exposure.control.value == 0 && complier.exposure.treatment.value == 0.5)
        let share = try #require(effect.effect?.difference.value) / 0.5
        #expect(abs(complier.difference.value - share) < 1e-12)
        #expect(abs(complier.difference.value - 1) < 0.2)
    }

    @Test func `subgroups are a family of their own, and add up`() throws {
        var rows = try Self.normal(seed: 14, count: 900, shifts: [0.1, 0])
        // Not by turns with the arms.
        let codes = (0..<900).map { Int32(($0 / 2) % 3) }
        rows.subgroups = [
            SubgroupColumn(name: "region", codes: codes, values: ["east", "north", "west"])
        ]
        let analysis = Self.analysis(rows)
        #expect(analysis.subgroups.count == 2)
        #expect(analysis.subgroups.allSatisfy { $0.parts.map(\.rows) == [300, 300, 300] })
        let parts = analysis.subgroups.flatMap(\.parts).map(\.effect)
        let pValues = parts.map { $0.effect?.difference.pValue }
        #expect(parts.map(\.holm) == Holm.adjusted(pValues))
        // The metrics' family is what it is without them.
        var plain = rows
        plain.subgroups = []
        #expect(analysis.metrics == Self.analysis(plain).metrics)
        for subgroup in analysis.subgroups {
            let part = try #require(subgroup.differencePValue)
            #expect(part > 0 && part <= 1)
        }
    }

    @Test func `numbers are parted into quarters, few of them by value`() {
        let quarters = SubgroupColumn(name: "age", numbers: (0..<100).map(Double.init) + [.nan])
        #expect(
            quarters.values
                == ["0 to below 25", "25 to below 50", "50 to below 75", "75 to 99"])
        #expect([0, 24, 25, 99, 100].map { quarters.codes[$0] } == [0, 0, 1, 3, -1])
        let few = SubgroupColumn(name: "children", numbers: [2, 0, 1, 0.5])
        #expect(few.values == ["0", "0.5", "1", "2"] && few.codes == [3, 0, 2, 1])
        let heavy = SubgroupColumn(
            name: "debt", numbers: Array(repeating: 0, count: 90) + (1...10).map(Double.init))
        #expect(heavy.codes.allSatisfy { $0 >= 0 && Int($0) < heavy.values.count })
    }

    @Test func `no figure of an analysis is NaN, whatever its rows hold`() throws {
        let numbers: [Double] = [0, 1, -1, 1e300, -1e300, 1e-300, 0.5, .nan, 3]
        for seed in UInt64(0)..<200 {
            var chance = SeededGenerator(seed: seed)
            let count = chance.below(40)
            let arm = (0..<count).map { _ in Int32(chance.below(4) - 1) }
            var rows = try Self.rows(
                arms: ["control", "treatment", "bold"], arm,
                (0..<3).map { _ in arm.map { _ in chance.pick(numbers) } },
                kind: chance.pick([.mean, .proportion, .quantile(0.9), .ratio]))
            if rows.metrics[0].kind == .ratio || chance.below(2) == 0 {
                rows.metrics[0].denominators = arm.map { _ in chance.pick(numbers) }
            }
            if chance.below(2) == 0 {
                rows.metrics[0].covariate = ("x", arm.map { _ in chance.pick(numbers) })
            }
            if chance.below(2) == 0 { rows.clusters = arm.map { _ in Int32(chance.below(5)) } }
            if chance.below(2) == 0 { rows.times = arm.indices.map { Double($0) * 1e9 } }
            if chance.below(3) == 0 { rows.weights = arm.map { _ in chance.pick([1, 2, 9]) } }
            let text = "\(Self.analysis(rows, shares: [0.3, 0.3, 0.4], despite: "a test"))"
            #expect(!text.contains("nan"), "seed \(seed)")
        }
    }
}
