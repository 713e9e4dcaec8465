import HoldfastFormats
@testable import HoldfastStatistics
import Testing

/// What control shares give a week and cost, and what a plan says of them.
@Suite struct HoldoutPlanTests {
    @Test func `a week's rows, positives and cost are those of arithmetic`() throws {
        // Of ten units three are acted on, of which two are positive.
        let scores = [0.9, 0.8, 0.7, 0.3, 0.2, 0.1, 0.1, 0.2, 0.3, 0.4]
        let labels = [true, true, false, true, false, false, false, false, false, false]
        let region = try #require(ActingRegion(scores: scores, labels: labels, threshold: 0.7))
        #expect(region.share == 0.3 && isClose(region.precision, 2.0 / 3, 1e-15))
        #expect(isClose(region.rateBelow, 1.0 / 7, 1e-15) && isClose(region.rate, 0.3, 1e-15))
        let week = HoldoutWeek(
            units: 1_000, share: 0.1, region: region, rate: region.rate,
            cost: LeavingAlone(missed: 100, blocked: 8))
        #expect(week.controlRows == 100 && isClose(week.positives, 30, 1e-12))
        #expect(isClose(week.leftAlone, 30, 1e-12))
        // 30 units left alone: two thirds cost 100, a third gains 8.
        #expect(isClose(week.cost, 1_920, 1e-12))
        #expect(isClose(week.weightedRows, 730, 1e-12))
        // 30 rows of weight 10 and 700 of weight 1: 1,000² / 3,700.
        #expect(isClose(week.weightedEffectiveRows, 1_000_000.0 / 3_700, 1e-12))
        #expect(week.weeks(for: 100) == 1 && week.weeks(for: 101) == 2)
        #expect(week.weeks(for: 271, weighted: true) == 2)
        #expect(ActingRegion(scores: scores, labels: labels, threshold: 0.95) == nil)
    }

    @Test func `rows of weighted mode are worth what they were in the reference's simulation`()
        throws
    {
        let cases = try Golden.cases("sweep", in: "plan")
        for item in cases {
            let acting = try item.number("acting")
            let region = try #require(Self.region(acting: acting))
            let week = HoldoutWeek(
                units: 40_000, share: try item.number("share"), region: region, rate: 0.05,
                cost: nil)
            let isWeighted = item["mode"] == "pooled_ipw"
            let rows = isWeighted ? week.weightedRows : week.controlRows
            let effective = isWeighted ? week.weightedEffectiveRows : week.controlRows
            // The simulation's control group is dealt by chance: of .005 some 12 rows are in the
            // region where the model acts.
            #expect(isClose(rows, try item.number("train_rows"), 0.03), "\(item.text())")
            #expect(isClose(effective, try item.number("kish_ess"), 0.1), "\(item.text())")
        }
    }

    @Test func `weighted mode takes a third of the control rows or less in the reference`() throws {
        let cases = try Golden.cases("sweep", in: "plan")
        func auc(_ scenario: String, _ share: Double, _ mode: String) throws -> Double {
            let found = cases.first {
                $0["scenario"]?.string == scenario && $0["share"]?.double == share
                    && $0["mode"]?.string == mode
            }
            return try #require(found).number("auc")
        }
        // What control rows alone reach with a share, weighted mode has with a quarter of it …
        for scenario in ["tail", "mild"] {
            let control = try auc(scenario, 0.02, "control_only")
            let weighted = try auc(scenario, 0.005, "pooled_ipw")
            #expect(weighted >= control - 0.0015, "\(scenario)")
        }
        // … and by effective rows the least share falls at least to a third too.
        for acting in [0.06, 0.09] {
            let region = try #require(Self.region(acting: acting))
            for rows in [400.0, 2_000, 8_000] {
                let control = try #require(
                    HoldoutWeek.leastShare(
                        rows: rows, units: 40_000, weeks: 1, region: region, weighted: false))
                let weighted = try #require(
                    HoldoutWeek.leastShare(
                        rows: rows, units: 40_000, weeks: 1, region: region, weighted: true))
                #expect(3 * weighted <= control, "\(acting) \(rows)")
                let week = HoldoutWeek(
                    units: 40_000, share: Double(weighted) / 1_000_000, region: region, rate: 0.1,
                    cost: nil)
                let effective = try #require(week.weightedEffectiveRows)
                #expect(effective >= rows && effective < rows * 1.01)
            }
        }
    }

    @Test func `the least share is all units at most, and none where they are too few`() throws {
        let everyone = ActingRegion(everyUnit: 0.1)
        func least(_ rows: Double, weighted: Bool = false) -> Int? {
            HoldoutWeek.leastShare(
                rows: rows, units: 1_000, weeks: 2, region: everyone, weighted: weighted)
        }
        #expect(least(2_000) == 1_000_000 && least(2_001) == nil)
        #expect(least(1) == 500 && least(1_000) == 500_000 && least(2.0 / 3) == 334)
        #expect(least(1_000, weighted: true) == nil, "nobody knows where it acts")
    }

    // MARK: - A plan

    private static func region(acting share: Double) -> ActingRegion? {
        let acted = Int(share * 1_000)
        return ActingRegion(
            scores: (0..<1_000).map { $0 < acted ? 1 : 0 },
            labels: (0..<1_000).map { $0 % 2 == 0 }, threshold: 0.5)
    }

    static func curve(
        _ model: PilotCurve.Model?, _ law: InversePowerLaw, target: Double, error: Double = 0.0005,
        sizes: [Double] = [250, 500, 1_000, 2_000, 4_000]
    ) throws -> HoldoutPlan.Curve {
        let points = LearningPoints(
            rows: sizes, scores: sizes.map { law.score(at: $0) },
            chance: .standardErrors(sizes.map { _ in error }))
        let fit = try #require(LearningCurveFit(points, score: .auc, seed: 1))
        return HoldoutPlan.Curve(model: model, fit: fit, target: .score(target))
    }

    static func plan(
        _ curves: [HoldoutPlan.Curve], target: Double, region: ActingRegion? = nil,
        cost: LeavingAlone? = LeavingAlone(missed: 100, blocked: 8), weeks: Double? = 4
    ) -> HoldoutPlan {
        HoldoutPlan(
            HoldoutPlan.Question(
                score: .auc, target: .score(target), unitsPerWeek: 20_000, weeks: weeks,
                cost: cost),
            source: .pilot(
                name: "pilot.csv", rows: 5_000, used: 5_000, positives: 500, features: 4,
                constant: 0, folds: 10),
            curves: curves, rate: 0.1, region: region ?? ActingRegion(everyUnit: 0.1))
    }

    private static let lines = InversePowerLaw(
        ceiling: 0.8, gap: 1, exponent: 0.5, isRising: true)
    private static let trees = InversePowerLaw(
        ceiling: 0.81, gap: 3, exponent: 0.6, isRising: true)

    @Test func `the better model at the largest size answers, and the table has the least share`()
        throws
    {
        let target = 0.785
        let plan = Self.plan(
            [
                try Self.curve(.trees, Self.trees, target: target),
                try Self.curve(.logistic, Self.lines, target: target),
            ], target: target)
        #expect(plan.chosen.model == .trees, "0.7893 against 0.7842 at 4,000 rows")
        let rows = try #require(plan.reach.rows)
        #expect(isClose(rows, 2_922.8, 1e-2))
        let least = try #require(plan.leastShare)
        #expect(least == Int((rows / 80_000 * 1_000_000).rounded(.up)))
        #expect(plan.rows.map(\.millionths) == [10_000, 20_000, least, 50_000, 100_000, 200_000])
        let found = plan.rows.first { $0.isLeast }
        let row = try #require(found)
        #expect(row.weeks == 4 && row.weightedWeeks == nil)
        let first = plan.rows[0]
        #expect(first.weeks == 15 && isClose(first.costInAll, 15 * 200 * 2.8, 1e-9))
        #expect((first.fewestWeeks ?? 99) <= 15 && (first.mostWeeks ?? 0) >= 15)
    }

    @Test func `what underestimates flexible models is warned of`() throws {
        func kinds(_ plan: HoldoutPlan) -> [HoldoutPlan.Warning] { plan.warnings }
        // Far beyond the largest size, still rising, and the two do not agree.
        let target = 0.797
        let far = Self.plan(
            [
                try Self.curve(.trees, Self.trees, target: target),
                try Self.curve(.logistic, Self.lines, target: target),
            ], target: target)
        let warnings = far.warnings
        #expect(warnings.contains(.standIn))
        #expect(
            warnings.contains {
                if case .stillRises(.trees, 2_000, 4_000, _) = $0 { true } else { false }
            })
        #expect(warnings.contains { if case .modelsDisagree = $0 { true } else { false } })
        let lonely = Self.plan(
            [try Self.curve(.logistic, Self.lines, target: target)], target: target)
        #expect(
            lonely.warnings.contains { if case .farBeyond(_, 4_000) = $0 { true } else { false } })
        #expect(!lonely.warnings.contains { if case .modelsDisagree = $0 { true } else { false } })
        // Within the sizes none of them.
        let flatEnd = InversePowerLaw(ceiling: 0.8, gap: 100, exponent: 1.5, isRising: true)
        let near = Self.plan(
            [try Self.curve(.logistic, flatEnd, target: 0.795)], target: 0.795,
            region: Self.region(acting: 0.1))
        #expect(near.warnings == [.standIn])
    }

    @Test func `a cost below nothing, a flat curve and a target met already are said`() throws {
        let flat = InversePowerLaw(ceiling: 0.7, gap: 0, exponent: 1, isRising: true)
        let plan = Self.plan(
            [try Self.curve(.trees, flat, target: 0.6, error: 1e-9)], target: 0.6,
            cost: LeavingAlone(missed: 10, blocked: 8))
        #expect(plan.warnings.contains(.alreadyReached(rows: 250)))
        #expect(
            plan.warnings.contains {
                if case .gain(0.1, let even) = $0 { isClose(even, 8.0 / 18, 1e-12) } else { false }
            })
        #expect(plan.warnings.contains(.everyUnit))
        #expect((plan.rows[0].week.cost ?? 0) < 0)
    }
}
