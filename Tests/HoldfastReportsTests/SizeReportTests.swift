import HoldfastFormats
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastReports

/// Plans of every kind, as text, JSON and page.
@Suite struct SizeReportTests {
    private static func report(
        _ design: SizeDesign, arms: [String] = ["control", "treatment"], effect: Double? = nil,
        units: Double? = nil, arrivals: ArrivalCurve? = nil, horizonDays: Double = 0
    ) -> SizeReport {
        SizeReport(
            SizePlan(
                SizeQuestion(
                    design, arms: arms, effect: effect, units: units, arrivals: arrivals,
                    horizonDays: horizonDays)))
    }

    private static let all: [SizeReport] = {
        let rate = SizeDesign(.rate(0.1), shares: [0.05, 0.95])
        let mean = SizeDesign(
            .mean(50, deviation: 20), shares: [0.4, 0.3, 0.3], correction: .dunnett)
        let ratio = RatioMoments(
            numerator: (mean: 2, variance: 4), denominator: (mean: 10, variance: 25), covariance: 6)
        let clusters = SizeDesign.Clusters(meanSize: 20, correlation: 0.05)
        let curve = ArrivalCurve(newUnits: (1...60).map { 5_000 / Double($0) })
        return [
            report(rate, effect: 0.01, arrivals: ArrivalCurve(weekly: 9_000), horizonDays: 90),
            report(rate, effect: 0.01, arrivals: curve, horizonDays: 90),
            report(rate, effect: 0.03, arrivals: curve),
            report(rate, units: 20_000),
            report(rate, effect: -0.02, units: 20_000, arrivals: curve),
            report(mean, arms: ["control", "a", "b<i>"], effect: 2),
            report(SizeDesign(.mean(nil, deviation: 1), clusters: clusters), effect: 0.5),
            report(
                SizeDesign(.ratio(ratio), covariateCorrelation: 0.5, isSequential: true),
                effect: 0.01, arrivals: ArrivalCurve(weekly: 500)),
            report(
                SizeDesign(.mean(nil, deviation: 1), alpha: 0.025, isTwoSided: false, margin: 0.1),
                arrivals: curve),
            report(SizeDesign(.mean(nil, deviation: 1e6)), effect: 1e-3, arrivals: curve),
            report(SizeDesign(.rate(0.99)), units: 10),
        ]
    }()

    @Test func `the answer comes first`() {
        let texts = Self.all.map { SizeText.render($0) }
        #expect(
            texts[0].hasPrefix(
                "157,547 units: 7,878 control and 149,669 treatment; 18 whole weeks, and 90 days until the"
            ), "\(texts[0])")
        #expect(texts[1].contains("not reached: the curve ends on day 60"), "\(texts[1])")
        #expect(texts[1].contains("By its end"))
        #expect(texts[3].hasPrefix("20,000 units find a rise of 0.0"), "\(texts[3])")
        #expect(texts[4].hasPrefix("20,000 units find an effect of -0.02 (from 0.1 to 0.08)"))
        #expect(texts[9].hasPrefix("No number of units up to"), "\(texts[9])")
        let reached = [true, false, true, true, true, true, true, true, true, false, true]
        #expect(Self.all.map(\.isReached) == reached)
        for (text, report) in zip(texts, Self.all) {
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(text)")
            #expect(text.contains("Variant \(report.plan.question.design.variant.rawValue)"))
            #expect(!text.contains("nan") && !text.contains("inf "))
        }
    }

    @Test func `what is found by the end of the curve is told of that end`() {
        let text = SizeText.render(
            Self.report(
                SizeDesign(.mean(nil, deviation: 10)), effect: 1, arrivals: ArrivalCurve(weekly: 1))
        ).replacing("\n ", with: "").replacing("  ", with: " ")
        #expect(text.contains("the curve ends on day 3,640 with 520"), "\(text)")
        #expect(text.contains("By its end 520 units are enrolled"), "\(text)")
    }

    @Test func `what is not 0 is never written as 0`() {
        let tiny = SizeDesign(
            .mean(nil, deviation: 1), alpha: 0.025, isTwoSided: false, margin: 1e-300)
        let none = SizeText.render(Self.report(tiny))
        #expect(
            none.hasPrefix("No number of units up to 1e12 shows that no difference is within a"),
            "\(none)")
        #expect(none.contains("margin of 1e-300") && !none.contains("effect of 0"), "\(none)")
        let near = SizeText.render(Self.report(tiny, effect: 1e-301))
        #expect(near.contains("a difference of 1e-301 is within"), "\(near)")
        let rare = Self.report(
            SizeDesign(.mean(1e6, deviation: 1), alpha: 1e-9), effect: 1e-3)
        let text = SizeText.render(rare)
        #expect(
            text.contains("1e-7% of the baseline") && text.contains("level of 1e-7%"), "\(text)")
        for (share, decimals, words) in [
            (0.0, 2, "0%"), (1e-12, 4, "1e-10%"), (-1e-6, 2, "-1e-4%"), (0.05, 3, "5%"),
        ] {
            #expect(CheckFigures.share(share, decimals: decimals) == words)
        }
        #expect(CheckFigures.level(0.9999) == "99.99%" && CheckFigures.level(0.95) == "95%")
    }

    @Test func `the JSON is as its schema says`() throws {
        let schema = try JSONSchemaValidator("plan.schema.json")
        for report in Self.all {
            let json = SizeJSON.render(report)
            #expect(schema.faults(json) == [], "\(json.text())")
            #expect(try JSON.parse(Array(json.text().utf8)) == json)
        }
    }

    @Test func `every plan has a page, with its curves`() throws {
        for report in Self.all {
            let page = try ParsedPage(SizeHTML.render(report))
            #expect(pictureFaults(page) == [])
            #expect(page.all("p").map(\.text).contains(SizeWords.headline(report)))
            let titles = page.all("figcaption").compactMap { $0.children.first?.text }
            #expect(titles.contains("Power by units") == (report.curve != nil))
            #expect(titles.contains("Units by week") == (report.plan.duration != nil))
            #expect(SizeHTML.render(report) == SizeHTML.render(report))
        }
    }

    @Test func `notes name what a reader must know`() {
        func notes(_ place: Int) -> String { Self.all[place].notes.joined(separator: "\n") }
        #expect(notes(0).contains("pooled") && notes(0).contains("--arrivals"))
        #expect(notes(5).contains("Dunnett"))
        #expect(notes(6).contains("clusters less 2 degrees") && notes(6).contains("odd cluster"))
        #expect(notes(7).contains("times the units of one look") && notes(7).contains("CUPED"))
        #expect(notes(8).contains("No worse means"))
    }
}
