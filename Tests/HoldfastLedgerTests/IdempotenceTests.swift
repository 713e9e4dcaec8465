import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Ids are idempotency keys: the same fact is recorded once, another under its id never.
@Suite struct IdempotenceTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog("features: {income: number, region: category}")
    }

    private func outcome(
        _ id: String?, value: Double = 1, unit: String = "u", at: String? = "2026-02-01T00:00:00Z"
    ) throws -> Fact {
        var json = JSONObject([
            ("unit", .string(unit)), ("name", "paid"), ("value", .number(value)),
        ])
        if let id { json.append("id", .string(id)) }
        if let at { json.append("at", .string(at)) }
        return .outcome(try harness.reader(catalog).outcome(.object(json)))
    }

    private func exposure(_ id: String?, arm: String = "treatment") throws -> Fact {
        var json = JSONObject([
            ("unit", "u"), ("experiment", "limits"), ("arm", .string(arm)),
            ("at", "2026-02-01T00:00:00Z"),
        ])
        if let id { json.append("id", .string(id)) }
        return .exposure(try harness.reader(catalog).exposure(.object(json)))
    }

    private func decision(
        _ id: String?, _ more: [(key: String, value: JSON)] = [], unit: String = "u",
        catalog: Catalog? = nil
    ) throws -> Fact {
        var members = [(key: "experiment", value: "limits" as JSON), ("unit", .string(unit))]
        if let id { members.append(("id", .string(id))) }
        let json = JSON.object(JSONObject(members + more))
        return .decision(try harness.reader(catalog ?? self.catalog).decision(json))
    }

    @Test func `the same fact is a duplicate and another one a conflict, in one batch`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let receipts = try await ledger.append([
            try outcome("o"), try outcome("o"), try outcome("o", value: 2), try outcome("p"),
            try exposure("o"), try exposure("o"), try exposure("o", arm: "control"),
            try decision("o"), try decision("o"), try decision("o", [("score", 0.5)]),
        ])
        #expect(
            receipts.map(\.word) == [
                "accepted", "duplicate", "conflict", "accepted", "accepted", "duplicate",
                "conflict",
                "accepted", "duplicate", "conflict",
            ])
        #expect(receipts.compactMap(\.id).allSatisfy { $0 == "o" || $0 == "p" })
        #expect(try harness.rows("SELECT value FROM outcomes WHERE id = 'o'") == [[.real(1)]])
        #expect(try harness.rows("SELECT arm FROM exposures") == [[.text("treatment")]])
        #expect(try harness.rows("SELECT score FROM decisions") == [[.null]])
    }

    @Test func `a repeated batch is all duplicates after the ledger was closed and opened`()
        async throws
    {
        let facts = [try outcome("o"), try exposure(nil), try decision("d"), try outcome(nil)]
        let first = try await harness.ledger(catalog)
        let accepted = try await first.append(facts)
        #expect(accepted.allSatisfy { $0.word == "accepted" })
        await first.close()
        harness.clock.advance(seconds: 3_600)
        let second = try await harness.ledger(catalog)
        let repeated = try await second.append(facts)
        #expect(repeated.allSatisfy { $0.word == "duplicate" })
        #expect(repeated.map(\.id) == accepted.map(\.id))
        #expect(try await second.append([try outcome("o", value: 3)]).map(\.word) == ["conflict"])
        #expect(try harness.count("outcomes") == .integer(2))
        #expect(
            try harness.rows("SELECT count(DISTINCT received_at) FROM outcomes") == [[.integer(1)]])
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `however a stream is cut into batches, its receipts are the same`(seed: UInt64)
        async throws
    {
        var chance = SeededGenerator(seed: seed)
        var facts: [Fact] = []
        for _ in 0..<60 {
            let id = "o\(chance.below(12))"
            facts.append(try outcome(id, value: Double(chance.below(2))))
        }
        let whole = try await harness.ledger(catalog).append(facts)
        let other = try Harness()
        let ledger = try await other.ledger(catalog)
        var cut: [Receipt] = []
        var rest = facts[...]
        while !rest.isEmpty {
            let part = rest.prefix(1 + chance.below(9))
            cut += try await ledger.append(Array(part))
            rest = rest.dropFirst(part.count)
        }
        #expect(whole == cut, "seed \(seed)")
        #expect(Set(whole.map(\.word)) == ["accepted", "duplicate", "conflict"], "seed \(seed)")
        let query: SQL = "SELECT id, value FROM outcomes ORDER BY id"
        #expect(try harness.rows(query) == other.rows(query), "seed \(seed)")
    }

    @Test func `without an id the content is the id, and the stated time a part of it`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let receipts = try await ledger.append([
            try outcome(nil), try outcome(nil), try outcome(nil, value: 2),
            try outcome(nil, unit: "v"), try outcome(nil, at: "2026-02-01T00:00:00.000001Z"),
            try outcome(nil, at: "2026-02-01T09:00:00+09:00"),
        ])
        #expect(
            receipts.map(\.word) == [
                "accepted", "duplicate", "accepted", "accepted", "accepted", "duplicate",
            ])
        #expect(receipts[0].id == receipts[5].id)
    }

    @Test func `a time of our own is no part of the content where there is an id`() async throws {
        let ledger = try await harness.ledger(catalog)
        let first = [try outcome("o", at: nil), try outcome(nil, at: nil)]
        #expect(try await ledger.append(first).map(\.word) == ["accepted", "accepted"])
        harness.clock.advance(seconds: 5)
        let later = [try outcome("o", at: nil), try outcome(nil, at: nil)]
        #expect(try await ledger.append(later).map(\.word) == ["duplicate", "accepted"])
        // The time that stands is that of the first.
        #expect(
            try harness.rows("SELECT observed_at FROM outcomes WHERE id = 'o'")
                == [[.integer(try time(Harness.start).microseconds)]])
        // A time that is stated is content.
        #expect(try await ledger.append([try outcome("o")]).map(\.word) == ["conflict"])
    }

    @Test func `the time of a relay is taken for the event's, and is no part of the content`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let reader = harness.reader(catalog)
        func outcome(_ member: String, _ time: JSON) throws -> Fact {
            .outcome(
                try reader.outcome(
                    .object(
                        JSONObject([
                            ("id", "o"), ("unit", "u"), ("name", "defaulted"), ("value", 1),
                            (member, time),
                        ]))))
        }
        let facts = try ["2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"].map {
            try outcome("relayed_at", .string($0))
        }
        #expect(try await ledger.append(facts).map(\.word) == ["accepted", "duplicate"])
        #expect(
            try harness.rows("SELECT observed_at FROM outcomes")
                == [[.integer(try time("2026-02-01T00:00:00Z").microseconds)]])
        let stated = try outcome("at", "2026-02-01T00:00:00Z")
        #expect(try await ledger.append([stated]).map(\.word) == ["conflict"])
        #expect(throws: Refusal.self) { try outcome("relayed_at", "yesterday") }
    }

    @Test func `a duplicate decision is answered with what was dealt, whatever is in force now`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let original = try decision("d", [("score", 0.5), ("intended", true)])
        guard case .decision(let fact) = original else { return }
        #expect(try await ledger.append([original]).map(\.word) == ["accepted"])
        harness.clock.advance(seconds: 60)
        // The experiment gets another revision in which this unit is a tester with the other arm.
        let other = fact.assignment.arm == .control ? "treatment" : "control"
        let changed = try Harness.catalog(
            "features: {income: number, region: category}, overrides: {u: \(other)}")
        try await ledger.bringIntoForce(
            changed, at: harness.clock.now, accepting: [Name(literal: "limits")])
        let again = try decision("d", [("score", 0.5), ("intended", true)], catalog: changed)
        guard case .decision(let redealt) = again else { return }
        #expect(redealt.assignment.arm?.text == other)
        let dealt = try #require(try await ledger.append([again])[0].dealt)
        #expect(dealt.assignment == fact.assignment)
        #expect(dealt.at == fact.at)
    }

    @Test func `each reason that a decision can have comes back with its duplicate`() async throws {
        let catalog = try Harness.catalog(
            "layer: {name: l, from: 0%, to: 70%}, traffic: 60%, overrides: {u0: treatment}",
            others: """
                holdouts: {h: {unit: customer, share: 20%}}
                layers: {l: {unit: customer}}
                """)
        let ledger = try await harness.ledger(catalog)
        let facts = try (0..<200).map { try decision("d\($0)", unit: "u\($0)", catalog: catalog) }
        _ = try await ledger.append(facts)
        let repeated = try await ledger.append(facts)
        var reasons: Set<String> = []
        for (fact, receipt) in zip(facts, repeated) {
            guard case .decision(let decision) = fact else { continue }
            #expect(receipt.dealt?.assignment == decision.assignment)
            reasons.insert(decision.assignment.reason.word)
        }
        #expect(
            reasons == ["override", "holdout", "outside_slice", "not_enrolled", "assigned"])
    }

    @Test func `every member that a producer sends is content`() async throws {
        let ledger = try await harness.ledger(catalog)
        let whole: [(key: String, value: JSON)] = [
            ("score", 0.5), ("model", "m"), ("intended", true), ("cluster", "c"),
            ("features", ["income": 1.5, "region": "kanto"]), ("at", "2026-02-01T00:00:00Z"),
        ]
        _ = try await ledger.append([try decision("d", whole)])
        let changes: [(key: String, value: JSON)] = [
            ("score", 0.25), ("model", "n"), ("intended", false), ("cluster", "e"),
            ("features", ["income": 1.5]), ("features", ["region": "kanto"]),
            ("features", ["income": 2, "region": "kanto"]), ("at", "2026-02-01T00:00:01Z"),
        ]
        for change in changes {
            for replacement in [[change], []] {
                let other = whole.filter { $0.key != change.key } + replacement
                let receipts = try await ledger.append([try decision("d", other)])
                #expect(receipts.map(\.word) == ["conflict"], "\(change)")
            }
        }
        #expect(try await ledger.append([try decision("d", whole)]).map(\.word) == ["duplicate"])
        let conflict = try await ledger.append([try decision("d", whole, unit: "other")])
        #expect(conflict.map(\.word) == ["conflict"])
    }

    @Test func `a retry is the same fact after its features were declared in another order`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let features: [(key: String, value: JSON)] = [
            ("features", ["income": 1.5, "region": "kanto"])
        ]
        _ = try await ledger.append([try decision("d", features)])
        let reordered = try Harness.catalog("features: {region: category, income: number}")
        try await ledger.bringIntoForce(reordered, at: harness.clock.now)
        let retry = try decision("d", features, catalog: reordered)
        #expect(try await ledger.append([retry]).map(\.word) == ["duplicate"])
    }
}
