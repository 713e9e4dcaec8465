import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// Why a unit gets no answer, as people and programs read it.
@Suite struct FaultLawTests {
    private static let catalogText = """
        holdfast: 1
        salt: \(exampleSalt)
        experiments:
          houses: {unit: customer, cluster: household, arms: [{control: 100%}]}
          scored: {unit: customer, explore: [{control: 5%}]}
          adults:
            unit: customer
            arms: [{control: 100%}]
            eligible: {attribute: age, atLeast: 20}
          named:
            unit: customer
            arms: [{control: 100%}]
            eligible: {attribute: country, in: [JP, KR]}
          marked:
            unit: customer
            arms: [{control: 100%}]
            eligible: {attribute: vip, is: true}

        """

    /// An experiment, what is given, the fault's word, and what message and hint must say.
    @Test(
        arguments: [
            (
                "none", [:], nil, "unknown_experiment", ["\"none\""],
                ["known: houses, scored, adults"]
            ),
            ("", [:], nil, "unknown_experiment", ["\"\""], ["houses"]),
            ("a/b", [:], nil, "unknown_experiment", ["\"a/b\""], ["houses"]),
            (
                "houses", [:], nil, "missing_cluster", ["houses", "by household"],
                ["id of its household"]
            ),
            ("adults", [:], nil, "missing_attribute", ["adults", "\"age\""], ["give \"age\""]),
            (
                "adults", ["Age": .number(3)], nil, "missing_attribute", ["\"age\""],
                ["give \"age\""]
            ),
            (
                "adults", ["age": .number(.nan)], nil, "missing_attribute", ["\"age\""],
                ["give \"age\""]
            ),
            ("adults", ["age": .text("30")], nil, "wrong_attribute", ["\"age\""], ["as a number"]),
            (
                "adults", ["age": .boolean(true)], nil, "wrong_attribute", ["\"age\""],
                ["as a number"]
            ),
            ("named", ["country": .number(81)], nil, "wrong_attribute", ["\"country\""], ["as a "]),
            (
                "marked", ["vip": .text("true")], nil, "wrong_attribute", ["\"vip\""],
                ["as a boolean"]
            ),
            ("marked", ["vip": .number(1)], nil, "wrong_attribute", ["\"vip\""], ["as a boolean"]),
            ("scored", [:], nil, "missing_score", ["scored", "score"], ["number"]),
            ("scored", [:], Double.nan, "not_finite", ["scored", "nan"], ["finite"]),
            ("scored", [:], -Double.infinity, "not_finite", ["scored", "-inf"], ["finite"]),
        ] as [(String, [String: AttributeValue], Double?, String, [String], [String])])
    func `a refusal says what, of what, and what to do`(
        experiment: String, attributes: [String: AttributeValue], score: Double?, code: String,
        says: [String], hints: [String]
    ) throws {
        let catalog = try catalog(FaultLawTests.catalogText)
        let unit = try #require(UnitID("customer-1"))
        do {
            let answer = try catalog.assign(
                Candidate(unit: unit, attributes: attributes, score: score), in: experiment,
                at: someTime)
            Issue.record("\(experiment) is answered: \(answer)")
        } catch {
            #expect(error.code == code)
            for word in says { #expect(error.message.contains(word), "\(error)") }
            for word in hints { #expect(error.hint.contains(word), "\(error)") }
            #expect(error.description == "\(error.message); \(error.hint)")
        }
    }

    /// Beyond what the examples of `Schemas/Examples/catalog/bad` show: numbers at their ends.
    @Test(arguments: [
        "1e999", "-1e999", "NaN", "Infinity", "inf", "null", "true", "0x1", "1_0", "[1]",
    ])
    func `a threshold that is no finite number is refused in its place`(below: String) {
        let found = problems(
            trialText("explore:", "  - {below: \(below), control: 5%}", "  - {control: 1%}"))
        #expect(found.count == 1 && found.first?.place.line == 7, "\(found)")
        #expect(found.first?.place.column == 17, "\(found)")
        #expect(found.first?.message.contains("\"below\"") == true, "\(found)")
        #expect(found.first?.hint.contains("finite number") == true, "\(found)")
    }

    /// What is accepted must be readable again, for ever: the ledger keeps the canonical text.
    @Test(arguments: [
        "explore: [&band {control: 5%}, *band]",
        "explore: [&band {below: 1, control: 5%}, *band, {control: 1%}]",
        "explore: [{below: 1, control: &share 5%}, {control: *share}]",
        "rotate: {panels: &many 50, stay: 2, every: 30d, from: 2026-01-01}",
        "rotate: {panels: 50, stay: 2, every: 30d, from: \"2026-01-01\"}",
        "rotate: {panels: 5e1, stay: 2, every: 30d, from: 2026-01-01}",
        "rotate: {panels: 50.0, stay: 2, every: 30d, from: 2026-01-01}",
        "rotate: {panels: 50, stay: 2, every: 30d, from: 2026-01-01t00:00:00z}",
        "switchback: {every: 6h, burnIn: 0s}\n    arms: [{control: 50%}, {treatment: 50%}]",
    ])
    func `a catalog that is read is read again from its canonical text`(lines: String) throws {
        let text = trialText(lines)
        guard problems(text).isEmpty else { return }
        let one = try catalog(text)
        let again = try Catalog(canonicalText: one.canonicalText, salt: one.salt)
        #expect(again.revision == one.revision && again.experiments == one.experiments)
    }
}
