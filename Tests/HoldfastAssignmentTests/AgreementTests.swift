import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

private func agreement(_ lines: String...) throws -> Experiment.Agreement {
    let catalog = try catalog(catalogText(lines.joined(separator: "\n    ")))
    return try #require(catalog[experiment: "trial"]).agreement
}

@Suite struct AgreementTests {
    @Test func `what is declared of agreement is read, and what is not has no value`() throws {
        let found = try agreement(
            "agreement: {margin: 0.3, missing: 0.02, categories: [store_code, 2026],",
            "  columns: {income: {margin: 0.2}, region: {missing: 0.1},",
            "    \"net income\": {missing: 5e-1, margin: 0.125}}, ignore: [decided_at, label]}")
        #expect(
            found
                == Experiment.Agreement(
                    margin: 0.3, missing: 0.02,
                    columns: [
                        .init(name: "income", margin: 0.2, missing: nil),
                        .init(name: "region", margin: nil, missing: 0.1),
                        .init(name: "net income", margin: 0.125, missing: 0.5),
                    ], categories: ["store_code", "2026"], ignored: ["decided_at", "label"]))
        for lines in ["", "agreement: {}", "agreement: {columns: {}, categories: [], ignore: []}"] {
            #expect(try agreement(lines) == .undeclared, "\(lines)")
        }
    }

    @Test func `a margin is above 0 and below 1, everywhere`() {
        let places = [
            "margin: #", "missing: #", "columns: {c: {margin: #}}", "columns: {c: {missing: #}}",
        ]
        for place in places {
            func found(_ margin: String) -> [CatalogProblem] {
                problems(catalogText("agreement: {\(place.replacing("#", with: margin))}"))
            }
            let least = "\(Double.leastNonzeroMagnitude)"
            let greatest = "\(1.0.nextDown)"
            for margin in [least, "0.1", "1e-9", greatest] {
                #expect(found(margin) == [], "\(place) \(margin)")
            }
            // 1e-400 is 0 as a double, and 0.99999999999999999 is 1.
            for margin in [
                "0", "0.0", "-0.1", "1", "1.0", "0.99999999999999999", "1e-400", "2", "1e999",
                "10%",
                "\"0.1\"", ".1", "true", "~", "[0.1]", ".inf", ".nan",
            ] {
                let problem = found(margin).first
                #expect(found(margin).count == 1, "\(place) \(margin)")
                #expect(problem?.place.line == 7 && problem?.place.column ?? 0 > 16, "\(margin)")
                #expect(problem?.hint.contains("above 0 and below 1") == true, "\(margin)")
            }
        }
    }

    @Test(arguments: [
        ("{tolerance: 0.1}", 17, "no key \"tolerance\"", "margin, missing, columns"),
        ("{columns: {c: {weight: 0.1}}}", 31, "no key \"weight\"", "margin, missing"),
        ("{columns: {c: {}}}", 30, "empty", "columns: {income"),
        ("{columns: {c: 0.1}}", 30, "a column's margins", "margin, missing"),
        ("{columns: [c]}", 26, "columns is a list", "columns: {income"),
        ("{columns: {\"\": {margin: 0.1}}}", 27, "0 bytes", "1 to 256"),
        ("{categories: c}", 29, "categories is \"c\"", "list"),
        ("{categories: [a, [b]]}", 33, "a list", "1 to 256"),
        ("{categories: [a, b, a]}", 36, "\"a\" is there twice", "keep one"),
        ("{ignore: [~]}", 26, "empty", "1 to 256"),
        ("{ignore: [\u{E9}, e\u{301}]}", 29, "there twice", "keep one"),
        ("{ignore: [a, c], columns: {c: {margin: 0.1}}}", 25, "\"c\" is ignored", "keep one"),
        ("{ignore: [a, c], categories: [c]}", 25, "\"c\" is ignored", "keep one"),
        ("[0.1]", 16, "an agreement is a list", "margin, missing"),
    ])
    func `what is wrong with an agreement is told in its place, with what to do`(
        value: String, column: Int, says: String, hint: String
    ) {
        let found = problems(catalogText("agreement: \(value)"))
        #expect(found.count == 1)
        #expect(found.first?.place.line == 7 && found.first?.place.column == column, "\(found)")
        #expect(found.first?.message.contains(says) == true, "\(found)")
        #expect(found.first?.hint.contains(hint) == true, "\(found)")
    }

    @Test func `another agreement is another revision, which deals every unit alike`() throws {
        let texts = [
            catalogText(), catalogText("agreement: {margin: 0.1}"),
            catalogText("agreement: {margin: 0.2}"),
            catalogText("agreement: {columns: {c: {margin: 0.2}}, ignore: [d]}"),
        ]
        let catalogs = try texts.map { try catalog($0) }
        #expect(Set(catalogs.map(\.revision)).count == texts.count)
        let arms = try (0..<200).map { try catalogs[0].assign("customer-\($0)").arm }
        #expect(Set(arms).count == 2)
        for other in catalogs {
            let dealt = try (0..<200).map { try other.assign("customer-\($0)").arm }
            #expect(dealt == arms)
            let difference = CatalogDifference(from: catalogs[0], to: other, at: someTime)
            #expect(difference.isSafe && difference.experiments.isEmpty)
            let (one, two) = (catalogs[0].experiments[0], other.experiments[0])
            #expect(one.dealsAlike(two))
        }
    }
}
