import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

private let base = catalogText(
    "traffic: 50%", "description: \"caf\u{E9} [#1]: yes\"",
    "eligible: {attribute: n, atLeast: 1.50}")

@Suite struct RevisionTests {
    @Test func `comments, layout, quotes and the place of the salt change no revision`() throws {
        let revision = try catalog(base).revision
        #expect(revision.utf8.count == 17 && revision.hasPrefix("r"))
        let variants = [
            "# a comment\n" + base + "# another\n", base.replacing("50%", with: "\"50%\""),
            base.replacing("    ", with: "        "), base.replacing("\n", with: "\n\n"),
            base.replacing("\n", with: "\r\n"), base.replacing("caf\u{E9}", with: "caf\\u00e9"),
            "---\n" + base, "\u{FEFF}" + base,
            base.replacing("unit: customer", with: "unit: 'customer'  # who"),
        ]
        for text in variants { #expect(try catalog(text).revision == revision, "\(text)") }
        let elsewhere = base.replacing("salt: \(exampleSalt)", with: "salt: ${S}")
        #expect(
            try Catalog(files: [("b.yaml", elsewhere)], salt: { _ in exampleSalt }).revision
                == revision)
        let file = base.replacing("salt: \(exampleSalt)", with: "salt: file:s.txt")
        let read = try Catalog(files: [("b.yaml", file)], salt: { _ in exampleSalt + "\nrest" })
        #expect(read.revision == revision && read.salt == exampleSalt)
    }

    @Test func `content and salt change the revision`() throws {
        var seen = [try catalog(base).revision]
        for (old, new) in [
            ("traffic: 50%", "traffic: 50.0001%"), (exampleSalt, exampleSalt + "x"),
            ("café", "cafe\u{301}"),
            ("trial", "trial2"), ("1.50", "1.51"), ("1.50", "\"1.50\""),
            ("unit: customer", "unit: shop"),
            ("{control: 50%}, {treatment: 50%}", "{treatment: 50%}, {control: 50%}"),
        ] where !(new == "\"1.50\"") {  // A text is not compared with a number.
            seen.append(try catalog(base.replacing(old, with: new)).revision)
        }
        #expect(Set(seen).count == seen.count)
        // By type, too: a number and a text of the same characters are two rules.
        let number = try catalog(catalogText("eligible: {attribute: n, is: 1}")).revision
        let text = try catalog(catalogText("eligible: {attribute: n, is: \"1\"}")).revision
        #expect(number != text)
    }

    @Test func `the canonical text is read as the same experiments, and holds no salt`() throws {
        let long = String(repeating: "u", count: 1_024)
        let controls = String(repeating: "\\u0001", count: 300)
        for lines in [
            "description: null", "description: \"null\"", "description: 'it''s \\u00e9 #'",
            "description: \"\\u0000\\u0007\\u0085\\u2028\\ud83d\\ude00\\ufeff\"",
            "description: 1e5", "description: ~", "description: # said later",
            "eligible: {attribute: n, in: [1, 1.0, 1e400x, -0]}".replacing(", 1e400x", with: ""),
            "eligible: {attribute: t, in: [\"1\", \"true\", \"null\", \"~\", NO, 0x10]}",
            "eligible: {attribute: t, notIn: [true, false]}", "interferes: none", "interferes: []",
            "overrides:\n      ? \(long)\n      : control",
            "overrides:\n      ? \"\(controls)\"\n      : control",
            "overrides: {~: control, null: control, 1: control, \"\": control}".replacing(
                ", \"\": control", with: ""),
            "starts: 2026-01-01T00:00:00+09:00", "outcome: {name: paid, horizon: 90d, absent: 0}",
            "outcome: {name: paid, horizon: 90d, absent: false}", "split: {b: 10%, a: 90%}",
            "features: {z: number, a: category}",
            "agreement: {margin: 0.10, missing: 5e-2, columns: {\"net é\": {margin: 0.2}}}",
            "agreement: {categories: [2026, \"2027\", NO], ignore: [decided_at]}",
        ] {
            let text = catalogText(lines)
            #expect(problems(text) == [], "\(lines.prefix(80))")
            guard let read = try? catalog(text) else { continue }  // Recorded above.
            #expect(!read.canonicalText.contains(exampleSalt) && !read.canonicalText.contains("\n"))
            do {
                let again = try Catalog(canonicalText: read.canonicalText, salt: exampleSalt)
                #expect(again.experiments == read.experiments, "\(lines.prefix(80))")
                #expect(again.revision == read.revision, "\(lines.prefix(80))")
                #expect(sameBytes(again.canonicalText, read.canonicalText))
            } catch {
                Issue.record("\(lines.prefix(80)): \(error)")
            }
        }
    }
}

@Suite struct UnsafeChangeTests {
    /// The parts of an experiment that a change may touch, and the words that must name it.
    @Test(
        arguments: [
            ("traffic: 50%", "traffic: 60%", nil), ("traffic: 50%", "traffic: 40%", "traffic"),
            ("description: a", "description: b", nil), ("washout: 1d", "washout: 2d", nil),
            (
                "arms: [{control: 50%}, {treatment: 50%}]",
                "arms: [{control: 60%}, {treatment: 40%}]", "arms"
            ),
            (
                "arms: [{control: 50%}, {treatment: 50%}]",
                "arms: [{treatment: 50%}, {control: 50%}]", "arms"
            ),
            (
                "arms: [{control: 50%}, {treatment: 50%}]", "arms: [{control: 50%}, {other: 50%}]",
                "arms"
            ),
            ("unit: customer", "unit: shop", "unit"),
            ("cluster: household", "cluster: street", "cluster"),
            ("from: 0%", "from: 10%", "layer"), ("to: 60%", "to: 50%", "layer"),
            ("share: 2%", "share: 3%", "holdouts"),
            ("covers: [trial]", "covers: []", "holdouts"),
            ("features: {x: number}", "features: {x: integer}", nil),
            ("split: {train: 80%, eval: 20%}", "split: {train: 50%, eval: 50%}", nil),
            ("agreement: {margin: 0.1}", "agreement: {margin: 0.2, ignore: [x]}", nil),
        ] as [(String, String, String?)])
    func `what moves units of a running experiment is named, and nothing else`(
        old: String, new: String, named: String?
    ) throws {
        let text = """
            holdfast: 1
            salt: \(exampleSalt)
            layers: {lending: {unit: customer}}
            holdouts:
              program: {unit: customer, share: 2%, covers: [trial]}
            experiments:
              trial:
                description: a
                unit: customer
                cluster: household
                traffic: 50%
                washout: 1d
                layer: {name: lending, from: 0%, to: 60%}
                arms: [{control: 50%}, {treatment: 50%}]
                features: {x: number}
                split: {train: 80%, eval: 20%}
                agreement: {margin: 0.1}
                starts: 2026-01-01T00:00:00Z
                ends: 2026-12-01T00:00:00Z
            """
        let before = try catalog(text)
        let after = try catalog(text.replacing(old, with: new))
        #expect(before.revision != after.revision)
        func changes(_ time: String) throws -> [String] {
            after.unsafeChanges(
                since: before, revision: before.revision, sameSalt: true,
                at: try Timestamp(rfc3339: time)
            ).map(\.description)
        }
        let found = try changes("2026-03-01T00:00:00Z")
        #expect(found.isEmpty == (named == nil), "\(found)")
        if let named {
            #expect(
                found.contains { $0.contains("its \(named) w") && $0.contains("experiment trial") },
                "\(found)")
            #expect(found.allSatisfy { $0.contains(before.revision) })
        }
        #expect(try changes("2025-12-31T23:59:59Z") == [], "not started: free")
        #expect(try changes("2026-12-01T00:00:00Z") == [], "ended: free")
    }

    @Test func `another salt deals every running experiment anew`() throws {
        let before = try catalog(catalogText())
        let after = try catalog(catalogText().replacing(exampleSalt, with: exampleSalt + "x"))
        func changes(sameSalt: Bool) -> [String] {
            after.unsafeChanges(
                since: before, revision: "r0", sameSalt: sameSalt, at: someTime
            ).map(\.description)
        }
        #expect(changes(sameSalt: false).count == 1 && changes(sameSalt: true).isEmpty)
        #expect(before.saltFingerprint != after.saltFingerprint)
    }
}
