import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// What a rule says: yes, no, or which kind of obstacle.
private func word(_ answer: Rule.Answer) -> String {
    switch answer {
    case .yes: "yes"
    case .no: "no"
    case .unknown: "unknown"
    }
}

/// Kleene's tables, a second time: by minimum and maximum over no < unknown < yes.
private func kleene(_ rule: Rule, _ attributes: [String: AttributeValue]) -> Int {
    switch rule {
    case .all(let rules): return rules.map { kleene($0, attributes) }.min() ?? 2
    case .any(let rules): return rules.map { kleene($0, attributes) }.max() ?? 0
    case .not(let rule): return 2 - kleene(rule, attributes)
    case .isIn(let name, let values):
        guard let value = attributes[name], value.kind == values[0].kind else { return 1 }
        return values.contains(value) ? 2 : 0
    case .isNotIn(let name, let values):
        guard let value = attributes[name], value.kind == values[0].kind else { return 1 }
        return values.contains(value) ? 0 : 2
    case .compares(let name, let comparison, let bound):
        guard case .number(let number)? = attributes[name] else { return 1 }
        switch comparison {
        case .atLeast: return number >= bound ? 2 : 0
        case .atMost: return number <= bound ? 2 : 0
        case .above: return number > bound ? 2 : 0
        case .below: return number < bound ? 2 : 0
        }
    }
}

private func randomRule(_ chance: inout SeededGenerator, depth: Int) -> Rule {
    let name = chance.pick(["a", "b", "c", "d"])
    let number = Double(chance.below(3))
    switch depth == 0 ? 3 + chance.below(3) : chance.below(6) {
    case 0: return .all((0...chance.below(3)).map { _ in randomRule(&chance, depth: depth - 1) })
    case 1: return .any((0...chance.below(3)).map { _ in randomRule(&chance, depth: depth - 1) })
    case 2: return .not(randomRule(&chance, depth: depth - 1))
    case 3: return .isIn(attribute: name, values: [.number(number)])
    case 4: return .isNotIn(attribute: name, values: [.text("x"), .text("y")])
    default: return .compares(attribute: name, chance.pick(Rule.Comparison.allCases), number)
    }
}

/// The same rule with the parts of every `all` and `any` in another order.
private func shuffled(_ rule: Rule, _ chance: inout SeededGenerator) -> Rule {
    switch rule {
    case .all(let rules): .all(rules.shuffled(using: &chance).map { shuffled($0, &chance) })
    case .any(let rules): .any(rules.shuffled(using: &chance).map { shuffled($0, &chance) })
    case .not(let rule): .not(shuffled(rule, &chance))
    case .isIn, .isNotIn, .compares: rule
    }
}

@Suite struct RuleLawTests {
    @Test func `logic is Kleene's, in any order of the parts`() {
        for seed in 0..<4_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let rule = randomRule(&chance, depth: 3)
            var attributes: [String: AttributeValue] = [:]
            for name in ["a", "b", "c", "d"] where chance.below(3) > 0 {
                attributes[name] = chance.pick([.number(1), .number(2), .text("x"), .boolean(true)])
            }
            let expected = ["no", "unknown", "yes"][kleene(rule, attributes)]
            #expect(word(rule.answer(attributes)) == expected, "seed \(seed)")
            let other = shuffled(rule, &chance)
            #expect(word(other.answer(attributes)) == expected, "seed \(seed), shuffled")
        }
    }

    @Test func `an attribute is an error only where it decides`() throws {
        let parts = [
            "{attribute: country, is: JP}", "{attribute: age, atLeast: 20}",
            "{attribute: vip, is: true}",
        ]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let list = order.map { parts[$0] }.joined(separator: ", ")
            let all = try catalog(catalogText("eligible: {all: [\(list)]}"))
            let any = try catalog(catalogText("eligible: {any: [\(list)]}"))
            let unit = try #require(UnitID("u"))
            let young = Candidate(unit: unit, attributes: ["age": .number(19)])
            #expect(try all.assign(young, in: "trial", at: someTime).reason == .ineligible)
            #expect(throws: AssignmentFault.self) {
                try any.assign(young, in: "trial", at: someTime)
            }
            let old = Candidate(unit: unit, attributes: ["age": .number(20)])
            #expect(try any.assign(old, in: "trial", at: someTime).reason == .assigned)
            #expect(throws: AssignmentFault.self) { try all.assign(old, in: "trial", at: someTime) }
            // Even a value of the wrong kind does not matter where another part decides.
            let wrong = Candidate(unit: unit, attributes: ["age": .number(19), "vip": .text("no")])
            #expect(try all.assign(wrong, in: "trial", at: someTime).reason == .ineligible)
        }
    }

    @Test func `texts are compared by bytes, and a country may be NO`() throws {
        let catalog = try catalog(catalogText("eligible: {attribute: country, in: [NO, é, \"1\"]}"))
        func reason(_ value: AttributeValue) throws -> Reason {
            let candidate = Candidate(
                unit: try #require(UnitID("u")), attributes: ["country": value])
            return try catalog.assign(candidate, in: "trial", at: someTime).reason
        }
        #expect(try reason(.text("NO")) == .assigned)
        #expect(try reason(.text("é")) == .assigned)
        #expect(try reason(.text("e\u{301}")) == .ineligible)
        #expect(try reason(.text("1")) == .assigned)
        #expect(throws: AssignmentFault.self) { try reason(.number(1)) }
        #expect(throws: AssignmentFault.self) { try reason(.boolean(false)) }
    }
}
