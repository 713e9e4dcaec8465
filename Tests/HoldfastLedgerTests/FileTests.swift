import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// What a ledger opens, what it refuses, and that a refused file is as it was.
@Suite struct FileTests {
    let harness: Harness

    init() throws {
        harness = try Harness()
    }

    /// Opens a file as a ledger, which must fail and leave the file and its folder as they were.
    private func refused(_ name: String) async throws -> LedgerError? {
        let before = try harness.folder.read(name)
        let names = try harness.folder.names
        let path = harness.folder.file(name)
        let error = await ledgerError {
            _ = try Ledger(path: path, now: { Timestamp(microseconds: 0) })
        }
        #expect(error?.path == path)
        #expect(try harness.folder.read(name) == before, "the file was changed")
        #expect(try harness.folder.names == names, "files were left beside it")
        let catalog = try Harness.catalog()
        let reading = await ledgerError { _ = try LedgerReader(path: path, salt: catalog) }
        #expect(reading?.code == error?.code)
        #expect(try harness.folder.read(name) == before, "the file was changed by a reader")
        return error
    }

    private func database(_ statements: [SQL]) throws {
        let connection = try SQLiteConnection(path: harness.folder.file("x.db"), mode: .create)
        for statement in statements { try connection.run(statement) }
    }

    @Test func `the writer's own connection is WAL and FULL and keeps foreign keys`() throws {
        let clock = harness.clock
        let file = try LedgerFile(path: harness.path, now: { clock.now })
        #expect(try file.connection.value("PRAGMA journal_mode") == .text("wal"))
        #expect(try file.connection.value("PRAGMA synchronous") == .integer(2))
        #expect(try file.connection.value("PRAGMA foreign_keys") == .integer(1))
        #expect(try file.connection.value("PRAGMA application_id") == .integer(0x4846_5354))
        #expect(try file.connection.value("PRAGMA user_version") == .integer(5))
        let again = try LedgerFile(path: harness.path, now: { clock.now })
        #expect(try again.connection.value("PRAGMA journal_mode") == .text("wal"))
        #expect(try again.connection.value("PRAGMA synchronous") == .integer(2))
    }

    @Test func `a file that is not SQLite is refused and left alone`() async throws {
        let text = String(repeating: "unit,arm\ncustomer-1,control\n", count: 200)
        try harness.folder.write("x.csv", text)
        let error = try await refused("x.csv")
        #expect(error?.code == .notALedger)
        #expect(error?.description.contains("not an SQLite database") == true)
        #expect(error?.hint.isEmpty == false)
    }

    @Test func `an SQLite file of something else is refused and left alone`() async throws {
        try database(["CREATE TABLE songs (x)", "INSERT INTO songs VALUES (1)"])
        let error = try await refused("x.db")
        #expect(error?.code == .notALedger)
        #expect(error?.description.contains("something else") == true)
    }

    @Test func `a database of another application with no table is refused and left alone`()
        async throws
    {
        try database(["PRAGMA application_id = 77"])
        #expect(try await refused("x.db")?.code == .notALedger)
    }

    @Test func `a ledger of a newer format is refused and left alone`() async throws {
        try database([
            "CREATE TABLE decisions (x)", "PRAGMA application_id = 1212568404",
            "PRAGMA user_version = 99",
        ])
        let error = try await refused("x.db")
        #expect(error?.code == .newerFormat)
        #expect(error?.message.contains("99") == true)
        #expect(error?.hint.contains("newer") == true)
    }

    @Test func `a folder, a missing folder and one that cannot be written are refused`()
        async throws
    {
        // No process may make files in /proc, not even one that may do everything else.
        for path in [harness.folder.path, harness.folder.file("none/l.db"), "/proc/holdfast.db"] {
            let error = await ledgerError {
                _ = try Ledger(path: path, now: { Timestamp(microseconds: 0) })
            }
            #expect(error?.code == .unavailable, "\(path)")
            #expect(error?.path == path)
            #expect(error?.message.hasPrefix("opening it failed") == true)
        }
        #expect(try harness.folder.names.isEmpty)
    }

    @Test func `a reader makes no file, and says of an empty one that it is none`() async throws {
        let catalog = try Harness.catalog()
        let path = harness.path
        let missing = await ledgerError { _ = try LedgerReader(path: path, salt: catalog) }
        #expect(missing?.code == .unavailable)
        #expect(try harness.folder.names.isEmpty)
        try harness.folder.write("ledger.db", "")
        let empty = await ledgerError { _ = try LedgerReader(path: path, salt: catalog) }
        #expect(empty?.code == .notALedger)
    }

    @Test func `a reader reads and never writes`() async throws {
        let catalog = try Harness.catalog()
        let ledger = try await harness.ledger(catalog)
        let reader = try LedgerReader(path: harness.path, salt: catalog)
        #expect(throws: SQLError.self) { try reader.connection.run("DELETE FROM revisions") }
        #expect(try reader.revisions(salt: catalog).map(\.revision) == [catalog.revision])
        let unit = "customer-é\u{0}"
        let bucket = try reader.connection.value("SELECT holdfast_bucket('arm:limits', \(unit))")
        let id = try #require(UnitID(unit))
        let dealt = try catalog.assign(Candidate(unit: id), in: "limits", at: harness.clock.now)
        #expect(bucket == .integer(Int64(try #require(dealt.bucket))))
        await ledger.close()
    }

    @Test func `a damaged revision is an error, not a catalog of something else`() async throws {
        let catalog = try Harness.catalog()
        await (try harness.ledger(catalog)).close()
        let connection = try SQLiteConnection(path: harness.path, mode: .write)
        try connection.run("UPDATE revisions SET catalog = '{}'")
        let path = harness.path
        let error = await ledgerError {
            _ = try LedgerReader(path: path, salt: catalog).revisions(salt: catalog)
        }
        #expect(error?.code == .damaged)
    }
}
