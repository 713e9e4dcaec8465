import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// A person who is forgotten is gone from every table, stays away, and leaves the chain whole.
@Suite struct ErasureTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog("features: {income: number, region: category}")
    }

    private func unit(_ text: String) throws -> UnitID { try #require(UnitID(text)) }

    /// A decision, an exposure and an outcome of a unit; ids are the unit's, unless others are.
    private func facts(_ unit: String, cluster: String? = nil, id: String? = nil) throws -> [Fact] {
        let reader = harness.reader(catalog)
        let id = id ?? unit
        var members: [(String, JSON)] = [
            ("experiment", "limits"), ("unit", .string(unit)), ("id", .string(id)),
        ]
        if let cluster { members.append(("cluster", .string(cluster))) }
        let features: JSON = ["income": 7, "region": .string("home of \(unit)")]
        return [
            .decision(
                try reader.decision(.object(JSONObject(members + [("features", features)])))),
            .exposure(
                try reader.exposure(.object(JSONObject(members + [("arm", "treatment")])))),
            .outcome(
                try reader.outcome([
                    "id": .string(id), "unit": .string(unit), "name": "paid", "value": 1,
                ])),
        ]
    }

    private func texts(_ sql: SQL) throws -> [String] {
        try harness.rows(sql).map { row in
            guard case .text(let text) = row[0] else { return "?" }
            return text
        }
    }

    @Test func `every row of the unit goes, and of others that name it as their cluster`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        for fact in [
            try facts("ann"), try facts("bob", cluster: "ann"), try facts("cid", cluster: "dee"),
            // An id that another begins with, and one that begins with another.
            try facts("anne"), try facts("an"),
        ] {
            let receipts = try await ledger.append(fact)
            #expect(receipts.map(\.word) == ["accepted", "accepted", "accepted"])
        }
        let erasure = try await ledger.forget(try unit("ann"))
        #expect(erasure.decisions == 2 && erasure.exposures == 2)
        #expect(erasure.outcomes == 1, "an outcome has no cluster: bob's is bob's")
        #expect(!erasure.wasForgotten && erasure.isLogEmpty && erasure.overrides == [])
        for table in ["decisions", "exposures"] {
            let units = try texts("SELECT unit FROM \(name: table) ORDER BY unit")
            #expect(units == ["an", "anne", "cid"], "\(table)")
        }
        let outcomes = try texts("SELECT unit FROM outcomes ORDER BY unit")
        #expect(outcomes == ["an", "anne", "bob", "cid"])
        let regions = try texts("SELECT region FROM features_1 ORDER BY region")
        #expect(regions == ["home of an", "home of anne", "home of cid"])
        #expect(try harness.rows("PRAGMA foreign_key_check").isEmpty)
        #expect(try harness.audit().faults == [])
        // Another time there is nothing left, and the chain does not grow by a second mark.
        let again = try await ledger.forget(try unit("ann"))
        #expect(again.wasForgotten && again.decisions == 0 && again.outcomes == 0)
        #expect(try harness.count("forgotten") == .integer(1))
        #expect(try harness.audit().faults == [])
        _ = try await ledger.forget(try unit("anne"))
        #expect(try harness.audit().faults == [])
        #expect(try harness.count("erasures") == .integer(8))
    }

    @Test func `ids that look alike and have other bytes are two persons`() async throws {
        let ledger = try await harness.ledger(catalog)
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        _ = try await ledger.append(try facts(composed, id: "1"))
        _ = try await ledger.append(try facts(decomposed, id: "2"))
        let refused = [composed, decomposed].map { text in
            Fact.refused(
                RefusedItem(
                    kind: .outcome, source: Array(#"{"unit": "\#(text)"}"#.utf8),
                    refusal: Refusal(code: "missing_member", detail: "no name", hint: "")))
        }
        _ = try await ledger.append(refused)
        let erasure = try await ledger.forget(try unit(decomposed))
        #expect(erasure.decisions == 1 && erasure.refusals == 1)
        #expect(try texts("SELECT id FROM outcomes") == ["1"])
        #expect(try await ledger.append(try facts(decomposed)).map(\.word)[2] == "forgotten")
        #expect(try await ledger.append(try facts(composed, id: "3"))[2].word == "accepted")
    }

    @Test func `an edit of an erasure or of a mark is found, and so is their removal`() async throws
    {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append(try facts("ann"))
        _ = try await ledger.append(try facts("bob"))
        _ = try await ledger.forget(try unit("ann"))
        await ledger.close()
        let sealed = try harness.folder.read("ledger.db")
        for edit in [
            "UPDATE erasures SET leaf = zeroblob(32) WHERE erasure = 2",
            "UPDATE erasures SET fact = 7 WHERE erasure = 1",
            "UPDATE erasures SET kind = 'outcomes', fact = 9 WHERE erasure = 1",
            "DELETE FROM erasures WHERE erasure = 3", "DELETE FROM forgotten",
            "UPDATE forgotten SET mark = zeroblob(32)",
            "UPDATE forgotten SET salt_fingerprint = 'x'",
            // Something is put in the place of what was erased.
            "INSERT INTO outcomes SELECT 1, 'x', unit, name, value, observed_at, received_at, digest, nonce FROM outcomes",
        ] {
            _ = try harness.rows(SQL(stringLiteral: edit))
            #expect(try !harness.audit().faults.isEmpty, "\(edit)")
            try sealed.write(to: URL(fileURLWithPath: harness.path))
            #expect(try harness.audit().faults == [], "all is as it was before \(edit)")
        }
    }

    /// Refused items, and whether they name `customer-1`.
    private static let items: [(source: String, isNamed: Bool)] = [
        (#"{"unit": "customer-1", "value": "high"}"#, true),
        (#"{"cluster":"customer-1"}"#, true), (#"[{"deep": ["customer-1"]}]"#, true),
        (#"{"customer-1": 3}"#, true), (#"{"unit": "customer\u002d1"}"#, true),
        (#"{"unit": "customer-10"}"#, false), (#"{"unit": "customer-1-b"}"#, false),
        (#"{"unit": "customer-1 "}"#, false), (#"{"unit": "Customer-1"}"#, false),
        // No JSON: a record of a file, and lines that were cut.
        ("7,customer-1,limits", true), ("\"customer-1\",2", true), ("customer-1", true),
        ("7,customer-10,limits", false), ("acustomer-1", false), ("customer-1a,", false),
        (#"{"unit": "customer-1", "#, true), (#"{"unit": "customer\u002D1", nope"#, true),
        (#"{"unit": "customer\u002d1"#, true), (#"{"unit": "customer-11", "#, false),
        ("", false), ("customer-", false),
    ]

    @Test func `refused items that name the unit go, whatever they are written in`() async throws {
        let ledger = try await harness.ledger(catalog)
        let facts = ErasureTests.items.map { item in
            Fact.refused(
                RefusedItem(
                    kind: .decision, source: Array(item.source.utf8),
                    refusal: Refusal(code: "malformed", detail: "no", hint: "mend it")))
        }
        _ = try await ledger.append(facts)
        // One that is named by the reason alone.
        _ = try await ledger.append([
            .refused(
                RefusedItem(
                    kind: .decision, source: [],
                    refusal: Refusal(
                        code: "conflict", detail: "another has the id \"customer-1\"", hint: "")))
        ])
        let erasure = try await ledger.forget(try unit("customer-1"))
        let left = ErasureTests.items.filter { !$0.isNamed }.map(\.source)
        #expect(try texts("SELECT source FROM refusals ORDER BY refusal") == left)
        #expect(erasure.refusals == ErasureTests.items.count { $0.isNamed } + 1)
    }

    @Test func `the words of a reason name nobody`() async throws {
        let ledger = try await harness.ledger(catalog)
        let items = [
            (#"{"unit": "bob", "valeu": 1}"#, #"an outcome has no member "valeu""#),
            (#"{"unit": "outcome", "valeu": 1}"#, #"an outcome has no member "valeu""#),
            // A record that broke: the reason quotes a part of it, and the whole is searched.
            (#"bob,"outcome"#, #"the field "outcome is not closed"#),
        ]
        _ = try await ledger.append(
            items.map { source, detail in
                .refused(
                    RefusedItem(
                        kind: .outcome, source: Array(source.utf8),
                        refusal: Refusal(code: "unknown_member", detail: detail, hint: "")))
            })
        #expect(try await ledger.forget(try unit("has")).refusals == 0)
        #expect(try await ledger.forget(try unit("outcome")).refusals == 2)
        #expect(try texts("SELECT source FROM refusals") == [items[0].0])
    }

    @Test(
        arguments: [
            ("café/1", #"{"unit": "caf\u00e9\/1", "#, true),
            ("café/1", #"{"unit": "caf\u00E9/1", "#, true),
            ("café/1", #"{"unit": "cafe\u0301/1", "#, false),
            ("😀", #"{"unit": "\ud83d\ude00", "#, true), ("a\"b", #"{"unit": "a\"b", "#, true),
            ("a\"b", "1,\"a\"\"b\",2", true), ("a\\b", #"{"unit": "a\\b", "#, true),
            ("a\nb", #"{"unit": "a\nb", "#, true), ("4711", #"{"unit": 4711}"#, true),
            ("4711", #"{"unit": 47110}"#, false), ("4711", #"{"unit": 4711, "#, true),
            ("1.5", #"{"unit": 1.5}"#, true), ("a", #"{"unit": "\"#, false),
            ("a", #"{"unit": "\u00"#, false),
        ] as [(String, String, Bool)])
    func `an id is found however its producer escaped it`(
        id: String, text: String, isNamed: Bool
    ) throws {
        #expect(Mention.found(of: try unit(id), in: text) == isNamed)
    }

    @Test func `late facts of the unit are refused, and nothing of them is kept`() async throws {
        let ledger = try await harness.ledger(catalog)
        let person = "person-6f1d0c9e-who-was-forgotten"
        _ = try await ledger.forget(try unit(person))
        let late = try facts(person) + facts("other", cluster: person, id: "l2").prefix(2)
        let receipts = try await ledger.append(late) { _ in Array("by \(person)".utf8) }
        #expect(receipts.map(\.word) == Array(repeating: "forgotten", count: 5))
        for receipt in receipts {
            guard case .refused(let refusal) = receipt else { continue }
            #expect(!"\(refusal)".contains(person))
        }
        // And what was refused before it came to the ledger, with a reason that quotes it.
        let refusal = Refusal(code: "unknown_arm", detail: "no arm \"\(person)\"", hint: "")
        let sources = [
            #"{"unit": "\#(person)", "arm": "x"}"#, #"{"cluster": "\#(person)", "unit": "u"}"#,
        ]
        _ = try await ledger.append(
            sources.map {
                .refused(RefusedItem(kind: .exposure, source: Array($0.utf8), refusal: refusal))
            })
        let kept = try harness.rows("SELECT DISTINCT source, code FROM refusals")
        #expect(kept == [[.text(""), .text("forgotten")]])
        #expect(try harness.count("refusals") == .integer(7))
        #expect(try harness.rows("SELECT 1 FROM refusals WHERE detail LIKE '%person-%'").isEmpty)
        for table in ["decisions", "exposures", "outcomes"] {
            #expect(try harness.count(table) == .integer(0))
        }
        // Others are taken as ever.
        let others = try await ledger.append(try facts("other"))
        #expect(others.map(\.word) == ["accepted", "accepted", "accepted"])
    }

    @Test func `an id that came as a number is known to be forgotten`() async throws {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.forget(try unit("471147114711"))
        let refusal = Refusal(code: "wrong_type", detail: "\"unit\" is a number", hint: "")
        _ = try await ledger.append([
            .refused(
                RefusedItem(
                    kind: .outcome, source: Array(#"{"unit": 471147114711}"#.utf8),
                    refusal: refusal))
        ])
        #expect(try texts("SELECT source FROM refusals") == [""])
    }

    @Test func `a ledger that is open elsewhere learns of it at its next transaction`() async throws
    {
        let running = try await harness.ledger(catalog)
        _ = try await running.append(try facts("ann"))
        let other = try await harness.ledger(catalog)
        _ = try await other.forget(try unit("ann"))
        let late = try await running.append(try facts("ann"))
        #expect(late.map(\.word) == ["forgotten", "forgotten", "forgotten"])
        #expect(try await running.append(try facts("bob"))[0].word == "accepted")
        #expect(try harness.audit().faults == [])
    }

    @Test func `a mark is of the salt under which it was made`() async throws {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.forget(try unit("ann"))
        await ledger.close()
        let other = try Harness.catalog(
            "features: {income: number, region: category}", salt: "another-salt-of-the-tests")
        let again = try harness.ledger()
        try await again.bringIntoForce(
            other, at: harness.clock.now,
            accepting: [
                try #require(Name("limits"))
            ])
        let outcome = try harness.reader(other).outcome(["unit": "ann", "name": "n", "value": 1])
        #expect(try await again.append([.outcome(outcome)]).map(\.word) == ["accepted"])
        // Under the new salt it must be said again, and both marks stay.
        let erasure = try await again.forget(try unit("ann"))
        #expect(erasure.outcomes == 1 && !erasure.wasForgotten)
        #expect(try harness.count("forgotten") == .integer(2))
    }

    @Test func `an override in a catalog is told, and stays`() async throws {
        let named = try Harness.catalog("overrides: {ann: treatment}")
        let ledger = try await harness.ledger(named)
        let erasure = try await ledger.forget(try unit("ann"))
        #expect(erasure.overrides == [named.revision])
        #expect(try await ledger.forget(try unit("an")).overrides == [])
    }

    @Test func `without a catalog in force it is an error that says so, and nothing is done`()
        async throws
    {
        let first = try await harness.ledger(catalog)
        _ = try await first.append(try facts("ann"))
        await first.close()
        let ledger = try harness.ledger()
        let ann = try unit("ann")
        let error = await ledgerError { _ = try await ledger.forget(ann) }
        #expect(error?.code == .unknownExperiment)
        #expect(error?.message.contains("no catalog is in force") == true)
        #expect(error?.hint.contains("salt") == true)
        #expect(try harness.count("decisions") == .integer(1))
    }
}
