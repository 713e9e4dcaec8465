import HoldfastFormats
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastReports

/// What is printed and drawn of a plan of a holdout for retraining.
@Suite struct HoldoutReportTests {
    private static let odd = "<script>alert(1)</script>\u{1B}[31m"

    private static func curve(
        _ model: PilotCurve.Model?, ceiling: Double, target: Double, chance: Bool = true,
        score: LearningScore = .auc
    ) throws -> HoldoutPlan.Curve {
        let law = InversePowerLaw(
            ceiling: ceiling, gap: 1, exponent: 0.5, isRising: score.isRising)
        let sizes: [Double] = chance ? [250, 500, 1_000, 2_000, 4_000] : [500, 1_000, 2_000]
        let points = LearningPoints(
            rows: sizes, scores: sizes.map { law.score(at: $0) },
            chance: chance ? .standardErrors(sizes.map { 0.05 / $0.squareRoot() }) : .scatter)
        let fit = try #require(LearningCurveFit(points, score: score, seed: 2, draws: 200))
        return HoldoutPlan.Curve(model: model, fit: fit, target: .score(target))
    }

    /// A plan for each verdict, with what may lack of it.
    static func plans() throws -> [HoldoutPlan] {
        let region = ActingRegion(
            scores: [0.1, 0.2, 0.3, 0.8, 0.9], labels: [false, false, true, true, false],
            threshold: 0.5)
        func question(_ target: Double, weekly: Double? = 20_000) -> HoldoutPlan.Question {
            HoldoutPlan.Question(
                score: .auc, target: .score(target), unitsPerWeek: weekly,
                weeks: weekly.map { _ in 4 },
                cost: weekly.map { _ in LeavingAlone(missed: 100, blocked: 8) })
        }
        func pilot(_ target: Double) throws -> HoldoutPlan {
            HoldoutPlan(
                question(target),
                source: .pilot(
                    name: odd, rows: 30_000, used: 20_000, positives: 1, features: 4, constant: 2,
                    folds: 10),
                curves: [
                    try curve(.trees, ceiling: 0.8, target: target),
                    try curve(.logistic, ceiling: 0.77, target: target),
                ], rate: 0.4, region: region)
        }
        let losses = try curve(nil, ceiling: 0.2, target: 0.21, score: .brier)
        return [
            try pilot(0.785), try pilot(0.8), try pilot(0.99),
            HoldoutPlan(
                question(0.785, weekly: nil), source: .curve(name: odd, points: 3),
                curves: [try curve(nil, ceiling: 0.8, target: 0.785, chance: false)], rate: nil,
                region: nil),
            HoldoutPlan(
                HoldoutPlan.Question(score: .brier, target: .score(0.21)),
                source: .curve(name: "mine.csv", points: 5), curves: [losses], rate: nil,
                region: nil),
            HoldoutPlan(
                HoldoutPlan.Question(score: .auc, target: .within(0.01)),
                source: .curve(name: "mine.csv", points: 5),
                curves: [try curve(nil, ceiling: 0.8, target: 0.79)], rate: nil, region: nil),
        ]
    }

    @Test func `every plan fits its schema, with its verdict and its shares`() throws {
        let validator = try JSONSchemaValidator("plan-holdout.schema.json")
        let plans = try Self.plans()
        for plan in plans {
            let json = HoldoutJSON.render(plan)
            #expect(validator.faults(json) == [], "\(json.text())")
        }
        let verdicts = plans.map { HoldoutJSON.render($0)["verdict"]?.string }
        #expect(
            verdicts == [
                "reached", "inconclusive", "not_reached", "inconclusive", "reached", "reached",
            ])
        #expect(plans[5].targetScore < plans[5].chosen.fit.law.ceiling)
        let first = HoldoutJSON.render(plans[0])
        #expect(first["model"] == "trees" && first["curves"]?.array?.count == 2)
        let rows = try #require(first["rows"]?.double)
        #expect(abs(rows - 1 / (0.015 * 0.015)) < 1)
        #expect(abs((first["positives"]?.double ?? 0) - rows * 0.4) < 1e-6)
        #expect(first["shares"]?.array?.count == 6, "the least share is one more")
        #expect(first["region"]?["share"] == 0.4 && first["region"]?["precision"] == 0.5)
    }

    @Test func `the text says the answer, keeps to its width and lets no control character out`()
        throws
    {
        let texts = try Self.plans().map(HoldoutText.render)
        for text in texts {
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(text)")
            #expect(!text.contains("\u{1B}") && text.hasSuffix("\n"))
        }
        #expect(texts[0].contains("AUC 0.7850: about 4,445 control rows, about 1,778 positives"))
        #expect(
            texts[0].contains(
                "* the least share that reaches the target in 4 weeks, by the fitted curve"))
        #expect(texts[1].contains("It cannot be told whether any number of rows reaches"))
        #expect(texts[2].contains("no number of rows reaches the target"))
        #expect(texts[3].contains("nothing is known of how sure that is"))
        #expect(texts[5].contains("AUC within 0.0100 of its ceiling: about"))
        #expect(texts[4].contains("Brier score 0.2100: about") && texts[4].contains("floor"))
    }

    @Test func `the page is well-formed, has its pictures, and is the same again`() throws {
        for plan in try Self.plans() {
            let markup = HoldoutHTML.render(plan)
            let page = try ParsedPage(markup)
            #expect(pictureFaults(page) == [])
            #expect(page.all("script").isEmpty)
            #expect(page.all("figure").count >= 1)
            // No name is cut, on narrow screens either.
            let texts = page.all("svg").flatMap(\.all).filter { $0.name == "text" }.map(\.text)
            #expect(texts.allSatisfy { !$0.contains("…") }, "\(texts)")
            #expect(page.all("h1").first?.text == HoldoutWords.headline(plan))
            #expect(HoldoutHTML.render(plan) == markup)
        }
    }

    @Test func `every warning is a sentence`() {
        let reach = RowsToReach(
            rows: nil, lower: 1_000, upper: nil, verdict: .unknown)
        let other = RowsToReach(rows: 500, lower: 400, upper: 700, verdict: .reached)
        let warnings: [HoldoutPlan.Warning] = [
            .standIn, .stillRises(.trees, from: 1_000, to: 2_000, gain: 0.01),
            .modelsDisagree(chosen: reach, other: other), .farBeyond(rows: 1e11, largest: 900),
            .noCurve(.logistic), .flat(nil), .exponentAtEnd(nil, exponent: 0.05),
            .alreadyReached(rows: 250), .noChance,
            .gain(rate: 0.05, breakEven: 0.08), .everyUnit,
        ]
        let sentences = warnings.map(HoldoutWords.sentence)
        #expect(Set(sentences).count == warnings.count)
        #expect(sentences.allSatisfy { $0.hasSuffix(".") })
        #expect(sentences[2].contains("no number of rows (1,000…no end)"))
        #expect(HoldoutWords.share(12_345) == "1.2345%" && HoldoutWords.share(50_000) == "5%")
    }
}
