import HoldfastFormats
import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastReports

/// What is printed and drawn of control shares by score.
@Suite struct ExploreReportTests {
    private static let line = "explore: [{below: 0.5, control: 10%}, {control: 1%}]"

    private static func plans() throws -> [ExplorationPlan] {
        let cost = LeavingAlone(missed: 100, blocked: 8)
        let scores = (0..<400).map { Double($0) / 400 }
        let labels = (0..<400).map { $0 > 200 && $0 * 7 % 400 < $0 }
        let counted = try ExplorationBands(
            scores: scores, labels: labels, edges: [0.25, 0.75], threshold: 0.4, units: 1e6)
        let given = ExplorationBands(
            edges: [0.5], rates: [0.01, 0.9], units: [1_000, 10])
        let one = ExplorationBands(edges: [], rates: [0.5], units: [1_000])
        let narrow = ExplorationBands(
            edges: [0.9990000002, 0.9990000004, 0.9990000004000001],
            rates: [0.1, 0.2, 0.3, 0.4], units: [1_000, 1_000, 1_000, 1_000])
        return try ExplorationEstimand.allCases.flatMap { estimand in
            try [counted, given, one, narrow].map { bands in
                try ExplorationPlan(
                    ExplorationPlan.Question(
                        estimand: estimand, cost: cost, leastCost: estimand == .brier ? 0.5 : nil,
                        wanted: .flat(50_000)), bands: bands)
            }
        }
    }

    @Test func `every plan fits its schema, prints within its width and is drawn`() throws {
        let validator = try JSONSchemaValidator("plan-explore.schema.json")
        for plan in try Self.plans() {
            let json = ExploreJSON.render(plan, catalog: Self.line)
            #expect(validator.faults(json) == [], "\(json.text())")
            let text = ExploreText.render(plan, catalog: Self.line)
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(text)")
            #expect(text.contains("\n    \(Self.line)\n"))
            let markup = ExploreHTML.render(plan, catalog: Self.line)
            let page = try ParsedPage(markup)
            #expect(pictureFaults(page) == [])
            #expect(page.all("code").contains { $0.text == Self.line })
            #expect(ExploreHTML.render(plan, catalog: Self.line) == markup)
        }
    }

    @Test func `the text says what is saved, what gains, and what was never seen`() throws {
        let plans = try Self.plans()
        let precision = try #require(
            plans.first { $0.question.estimand == .precision && $0.bands.threshold != nil })
        let saving = try #require(precision.saving)
        let text = ExploreText.render(precision, catalog: Self.line)
        #expect(text.contains("which saves \(CheckFigures.percent(saving))"))
        #expect(text.contains("Below 0.4 the model does not act"))
        let gaining = try #require(plans.first { !$0.gainingBands.isEmpty })
        #expect(
            ExploreText.render(gaining, catalog: Self.line).contains(
                "to leave a unit alone gains 6.92"))
        let alike = try #require(
            plans.first { $0.rows.contains { $0.band.counted?.isOneClass ?? false } })
        #expect(ExploreText.render(alike, catalog: Self.line).contains("labels are alike"))
    }
}
