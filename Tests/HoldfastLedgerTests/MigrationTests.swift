import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Ledgers of formats 1 to 4, kept as the programs of their times wrote them, are brought forward
/// whole.
@Suite struct MigrationTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
    }

    /// The catalog that is in force in the kept file.
    private static func catalog() throws -> Catalog {
        try Catalog(
            files: [
                (
                    "c.yaml",
                    """
                    {holdfast: 1, salt: \(Harness.salt), experiments: {limits: {unit: customer,
                    cluster: household, description: second, arms: [{control: 50%},
                    {treatment: 50%}], features: {income: number, region: category, age: integer}}}}
                    """
                )
            ], salt: { _ in nil })
    }

    /// Puts the kept file where the harness has its ledger; its bytes.
    @discardableResult
    private func old(_ format: Int64 = 1) throws -> Data {
        let bytes = Data(
            try Repository.bytes("Tests/HoldfastLedgerTests/Golden/ledger-format-\(format).sqlite"))
        try bytes.write(to: URL(fileURLWithPath: harness.path))
        #expect(try harness.rows("PRAGMA user_version") == [[.integer(format)]])
        return bytes
    }

    /// The rows of a table in the columns of format 1.
    private func rows(_ table: String) throws -> [[SQLValue]] {
        let columns = ["decisions": 17, "exposures": 9, "outcomes": 8][table] ?? .max
        return try harness.rows("SELECT * FROM \(name: table)").map { Array($0.prefix(columns)) }
    }

    private static let tables = [
        "revisions", "in_force", "decisions", "exposures", "outcomes", "feature_tables", "features",
        "features_1",
    ]

    @Test(arguments: [1, 2, 3, 4] as [Int64])
    func `a new ledger and one that was brought forward have the same tables`(
        format: Int64
    ) async throws {
        try old(format)
        await (try harness.ledger()).close()
        let other = try Harness()
        let made = try await other.ledger(try MigrationTests.catalog())
        await made.close()
        let schema: SQL = """
            SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'features%'
            ORDER BY name
            """
        #expect(try harness.rows(schema) == other.rows(schema))
        #expect(try harness.rows("PRAGMA user_version") == [[.integer(5)]])
        #expect(try harness.rows("PRAGMA integrity_check") == [[.text("ok")]])
        #expect(try harness.rows("PRAGMA foreign_key_check").isEmpty)
    }

    @Test func `every row that was there is there as it was, and the ledger goes on`() async throws
    {
        try old()
        let before = try MigrationTests.tables.map { try rows($0) }
        let refusals: SQL = "SELECT kind, source, code, detail, received_at FROM refusals"
        let refused = try harness.rows(refusals)
        #expect(before.map(\.count) == [2, 2, 5, 1, 1, 1, 3, 2])
        #expect(refused.count == 2)
        let ledger = try harness.ledger()
        #expect(try MigrationTests.tables.map { try rows($0) } == before)
        #expect(try harness.rows("SELECT DISTINCT burn_in FROM decisions") == [[.null]])
        #expect(try harness.rows(refusals) == refused)
        #expect(try harness.rows("SELECT DISTINCT experiment FROM refusals") == [[.null]])
        // An id that was recorded under format 1 is a duplicate now; its conflict is a conflict.
        let catalog = try MigrationTests.catalog()
        try await ledger.bringIntoForce(catalog, at: harness.clock.now)
        #expect(try harness.count("in_force") == .integer(2))
        let facts = try ["u2", "u3"].map { unit in
            Fact.decision(
                try harness.reader(catalog).decision([
                    "id": "d2", "experiment": "limits", "unit": .string(unit),
                    "cluster": .string("h" + unit.dropFirst()), "at": "2026-01-05T00:00:00Z",
                ]))
        }
        #expect(try await ledger.append(facts).map(\.word) == ["duplicate", "conflict"])
    }

    @Test(
        arguments: [(1, [5, 1, 1, 0, 2, 0, 0]), (2, [5, 1, 1, 0, 2, 0, 0])] as [(Int64, [Int64])])
    func `what was there is sealed as one commit, and what comes goes behind it`(
        format: Int64, sealed: [Int64]
    ) async throws {
        try old(format)
        let ledger = try harness.ledger()
        let commits: SQL = """
            SELECT decisions, exposures, outcomes, batches, revisions, erasures, forgotten FROM commits
            """
        let keys: [SQLValue] = sealed.map { .integer($0) }
        #expect(try harness.rows(commits) == [keys])
        #expect(try harness.audit().faults == [])
        let catalog = try MigrationTests.catalog()
        try await ledger.bringIntoForce(catalog, at: harness.clock.now)
        let exposure = try harness.reader(catalog).exposure([
            "id": "new", "experiment": "limits", "unit": "u1", "cluster": "h1", "arm": "control",
        ])
        #expect(try await ledger.append([.exposure(exposure)]) == [.accepted(id: "new")])
        #expect(try harness.rows(commits).count == 2)
        #expect(try harness.audit().faults == [])
        let nonces = try harness.rows("SELECT DISTINCT nonce FROM decisions")
        #expect(nonces.count == 5 && !nonces.contains([.null]), "each row has chance of its own")
        // What was sealed when it was brought forward is held to it from then on.
        _ = try harness.rows("UPDATE decisions SET unit = 'somebody' WHERE decision = 2")
        #expect(try harness.audit().faults.map(\.check) == [.chain])
    }

    @Test func `a chain that was sealed before goes on, and the ledger gets a name of its own`()
        async throws
    {
        try old(3)
        let commits: SQL = "SELECT hex(chain) FROM commits ORDER BY number"
        let before = try harness.rows(commits)
        #expect(before.count == 9)
        let ledger = try harness.ledger()
        let catalog = try MigrationTests.catalog()
        try await ledger.bringIntoForce(catalog, at: harness.clock.now)
        // Who was forgotten stays so.
        let fact = try harness.reader(catalog).exposure([
            "experiment": "limits", "unit": "gone", "cluster": "h6", "arm": "control",
        ])
        #expect(try await ledger.append([.exposure(fact)]).map(\.word) == ["forgotten"])
        #expect(try harness.rows(commits) == before)
        #expect(try harness.audit().faults == [])
        let identity = try await ledger.identity()
        #expect(identity.utf8.count == 32)
        #expect(try await ledger.shipments(to: "any") == [:])
        let other = try Harness()
        _ = try await other.ledger(catalog)
        #expect(try await (try other.ledger()).identity() != identity)
    }

    @Test func `a reader reads the old format as it is, and writes nothing`() async throws {
        let bytes = try old()
        let catalog = try MigrationTests.catalog()
        let reader = try LedgerReader(path: harness.path, salt: catalog)
        #expect(reader.format == 1)
        #expect(try reader.acceptedChanges() == [])
        let counts = try reader.refusalCounts()
        #expect(counts.map(\.code) == ["conflict", "missing_member"])
        #expect(counts.map(\.experiment) == [nil, nil])
        #expect(try reader.revisions(salt: catalog).count == 2)
        #expect(try harness.folder.read("ledger.db") == bytes)
    }

    @Test func `what fails on the way leaves the old format`() async throws {
        try old()
        let connection = try SQLiteConnection(path: harness.path, mode: .write)
        // Something else's table is in the way of the last step but one.
        try connection.run("CREATE INDEX refusals_experiment ON refusals (kind)")
        let error = await ledgerError { _ = try harness.ledger() }
        #expect(error?.code == .damaged)
        #expect(try harness.rows("PRAGMA user_version") == [[.integer(1)]])
        let names = try harness.rows("SELECT name FROM sqlite_master WHERE name LIKE 'accepted%'")
        #expect(names.isEmpty, "a part of the step was kept")
        try connection.run("DROP INDEX refusals_experiment")
        await (try harness.ledger()).close()
        #expect(try harness.rows("PRAGMA user_version") == [[.integer(5)]])
    }
}
