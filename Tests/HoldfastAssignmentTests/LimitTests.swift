import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

private func list(_ count: Int, _ element: (Int) -> String) -> String {
    (0..<count).map(element).joined(separator: ", ")
}

/// What a catalog bounds, and lines of an experiment that have so much of it.
enum Limit: CaseIterable {
    case name, override, overrides, features, values, rules, attribute, depth, span, parts
    case margins, column, categories, ignored

    var value: Int {
        switch self {
        case .name: 64
        case .override: 1_024
        case .overrides: 10_000
        case .features, .values, .rules, .margins, .categories, .ignored: 1_000
        case .attribute, .column: 256
        case .depth: 16
        case .span: 36_600
        case .parts: 100
        }
    }

    func lines(_ count: Int) -> String {
        let long = String(repeating: "a", count: count)
        return switch self {
        case .name: "features: {\(long): number}"
        case .override: "overrides:\n      ? \(long)\n      : control"
        case .overrides: "overrides: {\(list(count) { "u\($0): control" })}"
        case .features: "features: {\(list(count) { "f\($0): number" })}"
        case .values: "eligible: {attribute: a, in: [\(list(count) { "v\($0)" })]}"
        case .rules: "eligible: {all: [\(list(count) { "{attribute: a, is: v\($0)}" })]}"
        case .attribute: "eligible: {attribute: \(long), is: x}"
        case .depth:
            "eligible: " + String(repeating: "{not: ", count: count) + "{attribute: a, is: x}"
                + String(repeating: "}", count: count)
        case .span: "washout: \(count)d"
        case .parts: "split: {\(list(count - 1) { "p\($0): 0%" }), last: 100%}"
        case .margins: "agreement: {columns: {\(list(count) { "c\($0): {margin: 0.2}" })}}"
        case .column: "agreement: {columns: {\(long): {missing: 0.2}}}"
        case .categories: "agreement: {categories: [\(list(count) { "c\($0)" })]}"
        case .ignored: "agreement: {ignore: [\(list(count) { "c\($0)" })]}"
        }
    }
}

@Suite struct LimitTests {
    /// A text at its limit and one past it; the first must be read, the second refused.
    @Test(arguments: Limit.allCases)
    func `a limit holds, and one past it is refused`(limit: Limit) {
        #expect(problems(catalogText(limit.lines(limit.value))) == [], "\(limit)")
        let found = problems(catalogText(limit.lines(limit.value + 1)))
        #expect(found.count == 1, "\(limit): \(found.prefix(3))")
        #expect(found.allSatisfy { $0.place.line >= 7 && !$0.hint.isEmpty }, "\(limit)")
    }

    @Test func `a catalog has at most 1,000 experiments, holdouts and layers, 100 arms`() {
        for section in ["experiments", "holdouts", "layers"] {
            func text(_ count: Int) -> String {
                let body = [
                    "experiments": "{unit: u, arms: [{control: 100%}]}",
                    "holdouts": "{unit: u, share: 1%}",
                ]
                return "holdfast: 1\nsalt: \(exampleSalt)\n\(section):\n"
                    + (0..<count).map { "  n\($0): \(body[section] ?? "{unit: u}")\n" }.joined()
            }
            #expect(problems(text(1_000)) == [], "\(section)")
            #expect(problems(text(1_001)).count == 1, "\(section)")
        }
        func arms(_ count: Int) -> String {
            "[\(list(count - 1) { "{a\($0): 0%}" }), {last: 100%}]"
        }
        #expect(problems(catalogText(arms: arms(100))) == [])
        #expect(problems(catalogText(arms: arms(101))).count == 1)
    }

    @Test func `a file of 4 MiB is read, and one byte more is refused`() {
        let text = catalogText() + "# "
        let filler = String(repeating: "x", count: (4 << 20) - text.utf8.count)
        #expect(problems(text + filler) == [])
        let found = problems(text + filler + "x")
        #expect(found.count == 1 && found.first?.message.contains("4194305 bytes") == true)
    }

    @Test(arguments: [100, 999, 1_001, 10_000, 1_000_000])
    func `a file nested without end is refused, not read until the stack ends`(depth: Int) {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("[", ""), ("? ", "")] {
            guard open.utf8.count * depth < 4 << 20 else { continue }
            let text =
                String(repeating: open, count: depth) + "x" + String(repeating: close, count: depth)
            #expect(!problems(text).isEmpty)
            #expect(!problems(catalogText("description: " + text)).isEmpty)
        }
    }

    @Test func `aliases that stand for billions are refused`() {
        var text = "holdfast: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<10 {
            text += "a\(level): &a\(level) [\(list(10) { _ in "*a\(level - 1)" })]\n"
        }
        #expect(problems(text).contains { $0.message.contains("values") })
        // As keys, whose hashes the YAML reader takes before anybody can count.
        for key in ["? *a9\n: 1\n", "*a9 : 1\n", "b: {? *a9 : 1, c: 2}\n", "? [*a9]\n: 1\n"] {
            #expect(problems(text + key).contains { $0.message.contains("values") }, "\(key)")
        }
    }

    @Test func `an alias used a hundred times, and a star in a text, are nothing to refuse`() {
        let users = list(100) { "u\($0): *arm" }
        #expect(problems(catalogText("overrides: {v: &arm control, \(users)}")).isEmpty)
        #expect(problems(catalogText("description: \"&a *a *b 2 * 3\"")).isEmpty)
        #expect(!problems(catalogText("description: *nothing # &nothing")).isEmpty)
    }

    @Test func `a key there twice is named at its second place`() {
        func twice(_ key: String) -> String {
            catalogText(
                "overrides:\n      \(key): control\n      other: control\n      \(key): control")
        }
        for text in [
            twice("u"), twice("é"), twice("\"u\""), twice("'é'"),
            twice("u").replacing("\n", with: "\r\n"),
        ] {
            let found = problems(text)
            #expect(found.count == 1 && found.first?.place.line == 10, "\(found)")
            #expect(
                found.first?.message.unicodeScalars.contains {
                    (0xE000...0xF8FF).contains($0.value)
                } == false)
        }
        #expect(problems(twice("é")).first?.message.contains("é") == true)
        // Two spellings of one character in one map: the same unit only where the bytes are.
        #expect(problems(catalogText(#"overrides: {é: control, "\u00e9": control}"#)).count == 1)
    }

    @Test(arguments: [
        "features: {Unit: number}", "features: {unit: number}", "features: {a: number, A: number}",
        "outcome: {name: Paid, horizon: 1d}\n    features: {paid: number}",
        "outcome: {name: Weight, horizon: 1d}",
    ])
    func `two columns of one name are refused, whatever their case`(lines: String) {
        let found = problems(catalogText(lines))
        #expect(found.count == 1 && (found.first?.place.line ?? 0) >= 7, "\(found)")
    }

    @Test(arguments: ["? u", "? u\n", "? u:", "u", "u:"])
    func `a value that is missing at the end of a file is missed on its last line`(last: String) {
        let text = catalogText("overrides:\n      a: control") + "      " + last
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
        let found = problems(text)
        #expect(!found.isEmpty)
        for problem in found { #expect((1...lines).contains(problem.place.line), "\(problem)") }
    }

    @Test func `a character that YAML does not know is named in its line`() {
        for before in ["# plain", "# ééééééééé 日本語 😀"] {
            let found = problems(before + "\n" + catalogText() + "# \u{1}\n")
            #expect(found.count == 1 && found.first?.place.line == 8, "\(found)")
        }
    }
}
