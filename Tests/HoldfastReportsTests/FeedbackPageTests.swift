import HoldfastStatistics
import Testing

@testable import HoldfastReports

private func simulation(
    _ scenario: FeedbackScenario, cycles: Int, regimes: [FeedbackRegime] = FeedbackRegime.allCases
) -> FeedbackResult {
    FeedbackSimulation(
        FeedbackSettings(
            scenario: scenario, units: 1_500, cycles: cycles, evaluationUnits: 1_500,
            regimes: regimes)
    ).run()
}

@Suite struct FeedbackPageTests {
    @Test func `a page has a chapter for each world and a picture for each question`() throws {
        let results = [simulation(.tail, cycles: 4), simulation(.mild, cycles: 4)]
        let page = try ParsedPage(FeedbackHTML.render(results))
        #expect(pictureFaults(page) == [])
        let titles = page.all("figcaption").compactMap { $0.children.first?.text }
        let expected = [
            "How good the model truly is", "What a monitor says of it",
            "Whether its probabilities are right", "How much fraud it would block",
            "What the holdout costs",
        ]
        #expect(titles == expected + expected)
        let words = page.all("p").map(\.text)
        for sentence in results.flatMap(FeedbackFinding.sentences) {
            #expect(words.contains(sentence))
        }
        let names = page.elements.compactMap { $0.attributes["id"] }
        #expect(Set(names).count == names.count)
    }

    @Test func `no run is too short, too long or too narrow for its page`() throws {
        for result in [
            simulation(.tail, cycles: 1), simulation(.mild, cycles: 60, regimes: [.naiveDrop]),
            simulation(.tail, cycles: 2, regimes: [.oracle]),
        ] {
            let page = try ParsedPage(FeedbackHTML.render([result, result]))
            #expect(pictureFaults(page) == [])
        }
        #expect(pictureFaults(try ParsedPage(FeedbackHTML.render([]))) == [])
    }

    @Test func `the same settings give the same page`() {
        func page() -> String { FeedbackHTML.render([simulation(.mild, cycles: 2)]) }
        #expect(page() == page())
    }
}
