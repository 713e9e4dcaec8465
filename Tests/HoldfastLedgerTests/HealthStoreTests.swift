import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// The evidence of health as the ledger keeps it: beside the facts, and outside their chain.
@Suite struct HealthStoreTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
    }

    private func reader() throws -> LedgerReader {
        try LedgerReader(path: harness.path, salt: nil)
    }

    @Test func `what is kept takes the place of what was, and kinds are dropped`() async throws {
        let ledger = try await harness.ledger(try Harness.catalog())
        let first = [
            HealthRow(experiment: "limits", kind: "day:1", state: "{\"a\":1}", cursor: 5),
            HealthRow(experiment: "limits", kind: "evidence", state: "{}", cursor: 5),
            HealthRow(experiment: "other", kind: "evidence", state: "{}", cursor: 5),
        ]
        try await ledger.keepHealth(first)
        #expect(try reader().healthRows() == first)
        let later = HealthRow(experiment: "limits", kind: "evidence", state: "[]", cursor: 9)
        try await ledger.keepHealth([later], dropping: [("limits", "day:1"), ("no", "day:1")])
        #expect(try reader().healthRows() == [later, first[2]])
        #expect(
            try harness.rows("SELECT DISTINCT updated_at FROM health")
                == [[.integer(harness.clock.now.microseconds)]])
        // Nothing to keep is no transaction.
        try await ledger.keepHealth([])
        // The chain covers facts alone.
        #expect(try harness.count("commits") == .integer(1))
        #expect(try harness.audit().faults == [])
    }

    @Test func `what was damaged is found, and is no evidence`() async throws {
        let ledger = try await harness.ledger(try Harness.catalog())
        let row = HealthRow(experiment: "limits", kind: "evidence", state: "{\"a\":1}", cursor: 5)
        try await ledger.keepHealth([row])
        #expect(try LedgerVerification(try reader(), noted: nil) { _ in }.faults.isEmpty)
        for change in [
            "UPDATE health SET state = '{\"a\":2}'", "UPDATE health SET cursor = 6",
            "UPDATE health SET kind = 'drift'",
        ] as [SQL] {
            try await ledger.keepHealth([row])
            _ = try harness.rows(change)
            #expect(try reader().healthRows().map(\.state).contains(""))
            let faults = try LedgerVerification(try reader(), noted: nil) { _ in }.faults
            #expect(faults.map(\.check).contains(.references))
            #expect(faults.first?.detail.contains("limits is not as it was written") == true)
        }
    }

    @Test func `acknowledgements are kept in their order`() async throws {
        let ledger = try await harness.ledger(try Harness.catalog())
        #expect(try reader().healthAcknowledgements() == [])
        let name = try #require(Name("limits"))
        try await ledger.acknowledge("leak", of: name)
        try await ledger.acknowledge("crossover", of: name)
        let all = try reader().healthAcknowledgements()
        #expect(all.map(\.alarm) == ["leak", "crossover"])
        #expect(all.allSatisfy { $0.experiment == "limits" && $0.received == harness.clock.now })
    }

    @Test func `an acknowledgement is of when the file was free`() async throws {
        let ledger = try await harness.ledger(try Harness.catalog())
        let other = try SQLiteConnection(path: harness.path, mode: .write)
        try other.run("BEGIN IMMEDIATE")
        async let acknowledged: Void = ledger.acknowledge("leak", of: try #require(Name("limits")))
        try await Task.sleep(for: .milliseconds(300))
        // Meanwhile others record: what they receive is of before.
        let later = Timestamp(microseconds: harness.clock.now.microseconds + 5_000_000)
        harness.clock.advance(seconds: 5)
        try other.run("COMMIT")
        try await acknowledged
        #expect(try reader().healthAcknowledgements().map(\.received) == [later])
    }

    @Test func `a ledger of format 4 goes on, and what it shipped stays shipped`() async throws {
        let bytes = try Repository.bytes(
            "Tests/HoldfastLedgerTests/Golden/ledger-format-4.sqlite")
        try Data(bytes).write(to: URL(fileURLWithPath: harness.path))
        #expect(try reader().format == 4)
        #expect(try reader().healthRows() == [] && reader().healthAcknowledgements() == [])
        let shipments: SQL = "SELECT * FROM shipments ORDER BY kind"
        let commits: SQL = "SELECT hex(chain) FROM commits ORDER BY number"
        let before = (try harness.rows(shipments), try harness.rows(commits))
        #expect(before.0.count == 4 && before.1.count == 10)
        let ledger = try harness.ledger()
        #expect(try harness.rows("PRAGMA user_version") == [[.integer(5)]])
        #expect(try harness.rows(shipments) == before.0 && harness.rows(commits) == before.1)
        #expect(try harness.audit().faults == [])
        let row = HealthRow(experiment: "limits", kind: "evidence", state: "{}", cursor: 1)
        try await ledger.keepHealth([row])
        #expect(try reader().healthRows() == [row])
    }
}
