import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Refused items are taken up again: what is taken goes, and nothing else.
@Suite struct RefusedRepairTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog()
    }

    private func outcome(_ id: String, value: JSON = 1) throws -> Fact {
        .outcome(
            try harness.reader(catalog).outcome([
                "id": .string(id), "unit": "u", "name": "n", "value": value,
                "at": "2026-02-01T00:00:00Z",
            ]))
    }

    private func refused(_ kind: Fact.Kind, _ source: String, code: String = "malformed") -> Fact {
        .refused(
            RefusedItem(
                kind: kind, source: Array(source.utf8),
                refusal: Refusal(code: code, detail: "it was \(code)", hint: "mend it")))
    }

    private func kept() throws -> [String] {
        let items: SQL = """
            SELECT refusal || ' ' || kind || ' ' || code || ' ' || source FROM refusals
            """
        return try harness.rows(items)
            .map { row in
                guard case .text(let text) = row[0] else { return "?" }
                return text
            }
    }

    @Test
    func `what is taken goes, a duplicate goes, and what is refused stays with its new reason`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append([try outcome("there")])
        _ = try await ledger.append(
            ["one", "two", "three", "four"].map { refused(.outcome, $0) }
                + [refused(.decision, "other kind")])
        let items = try await ledger.refusedItems(.outcome, limit: 10)
        #expect(items.map(\.key) == [1, 2, 3, 4])
        #expect(items.map(\.item.source) == ["one", "two", "three", "four"])
        #expect(items[0].item.refusal.code == "malformed")
        let facts = [
            try outcome("new"), try outcome("there"), try outcome("there", value: 2),
            refused(.outcome, "four", code: "unknown_arm"),
        ]
        let receipts = try await ledger.append(facts, repairing: items.map(\.key))
        #expect(receipts.map(\.word) == ["accepted", "duplicate", "conflict", "unknown_arm"])
        #expect(
            try kept() == [
                "3 outcome conflict three", "4 outcome unknown_arm four",
                "5 decision malformed other kind",
            ])
        let received = try harness.rows("SELECT DISTINCT received_at FROM refusals")
        #expect(received.count == 1, "when it came is not when it was tried again")
        let details = try harness.rows("SELECT detail FROM refusals WHERE refusal = 4")
        #expect(details == [[.text("it was unknown_arm")]])
        #expect(try harness.count("outcomes") == .integer(2))
        #expect(try harness.audit().faults == [])
    }

    @Test func `items are given in their order, so many at a time`() async throws {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append((0..<5).map { refused(.exposure, "e\($0)") })
        var keys: [Int64] = []
        var last: Int64 = 0
        while let next = try await ledger.refusedItems(.exposure, after: last, limit: 2).last?.key {
            keys.append(next)
            last = next
        }
        #expect(keys == [2, 4, 5])
        #expect(try await ledger.refusedItems(.decision, limit: 9).isEmpty)
    }

    @Test func `a repeat takes up what is left, and takes nothing twice`() async throws {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append([refused(.outcome, "one"), refused(.outcome, "two")])
        for round in 0..<3 {
            let items = try await ledger.refusedItems(.outcome, limit: 10)
            #expect(items.count == (round == 0 ? 2 : 1))
            let facts = try items.map { item in
                item.key == 1 ? try outcome("new") : refused(.outcome, item.item.source)
            }
            _ = try await ledger.append(facts, repairing: items.map(\.key))
        }
        #expect(try harness.count("outcomes") == .integer(1))
        #expect(try kept() == ["2 outcome malformed two"])
    }

    @Test func `of somebody who was forgotten meanwhile nothing is taken or kept`() async throws {
        let ledger = try await harness.ledger(catalog)
        // By its text nobody can tell that it is of u.
        _ = try await ledger.append([refused(.outcome, "a secret of that person")])
        _ = try await ledger.forget(try #require(UnitID("u")))
        #expect(try kept() == ["1 outcome malformed a secret of that person"])
        let receipts = try await ledger.append([try outcome("late")], repairing: [1])
        #expect(receipts.map(\.word) == ["forgotten"])
        #expect(try kept() == ["1 outcome forgotten "])
        // Nobody can mend it: it is offered no more.
        #expect(try await ledger.refusedItems(.outcome, limit: 9).isEmpty)
    }
}
