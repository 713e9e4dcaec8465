import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// A copy takes the place of a ledger only where nobody uses that and nothing is lost unsaid.
@Suite struct RestoreTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog()
    }

    private var copy: String { harness.folder.file("copy.db") }

    private func outcome(_ id: String) throws -> Fact {
        .outcome(
            try harness.reader(catalog).outcome([
                "id": .string(id), "unit": "u", "name": "n", "value": 1,
            ]))
    }

    /// A ledger of one outcome, `kept`, and a copy of it; gives the copy's head.
    private func copied() async throws -> ChainHead {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append([try outcome("kept")])
        await ledger.close()
        return try LedgerBackup.make(of: harness.path, to: copy) { _ in }.head
    }

    private func ids() throws -> [SQLValue] {
        try harness.rows("SELECT id FROM outcomes ORDER BY outcome").map { $0[0] }
    }

    private func restore(
        replacing: Bool = false, to path: String? = nil
    ) throws -> LedgerBackup.Summary {
        try LedgerBackup.restore(copy, to: path ?? harness.path, replacing: replacing) { _ in }
    }

    @Test func `a copy in a new place goes on with the chain`() async throws {
        let head = try await copied()
        let other = try Harness()
        #expect(try restore(to: other.path).head == head)
        #expect(try other.folder.names == ["ledger.db"])
        #expect(try other.audit(noted: head).faults == [])
        let ledger = try await other.ledger(catalog)
        let receipts = try await ledger.append([try outcome("kept"), try outcome("new")])
        #expect(receipts.map(\.word) == ["duplicate", "accepted"])
        #expect(try other.audit(noted: head).head.number == head.number + 1)
        #expect(try other.audit(noted: head).faults == [])
        #expect(try other.rows("PRAGMA journal_mode") == [[.text("wal")]])
    }

    @Test func `a ledger that holds anything is replaced only when that is said`() async throws {
        let head = try await copied()
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append([try outcome("later")])
        await ledger.close()
        let before = try harness.folder.read("ledger.db")
        let error = await ledgerError { _ = try restore() }
        #expect(error?.code == .unavailable)
        #expect(error?.hint.contains("--replace") == true)
        #expect(try harness.folder.read("ledger.db") == before)
        #expect(try restore(replacing: true).head == head)
        #expect(try ids() == [.text("kept")])
        #expect(try harness.audit(noted: head).faults == [])
        let again = try await harness.ledger(catalog)
        #expect(try await again.append([try outcome("later")]).map(\.word) == ["accepted"])
        #expect(try harness.audit(noted: head).faults == [])
    }

    @Test func `a file in WAL mode is replaced, its log with it`() async throws {
        let head = try await copied()
        // Left by a process that was killed: what was committed last is in the log alone.
        let ledger = try await harness.ledger(catalog)
        let keeper = try SQLiteConnection(path: harness.path, mode: .write)
        _ = try keeper.value("SELECT count(*) FROM outcomes")
        _ = try await ledger.append([try outcome("later")])
        for name in ["ledger.db", "ledger.db-wal"] {
            try harness.folder.read(name).write(
                to: URL(fileURLWithPath: harness.folder.file("left" + name.dropFirst(6))))
        }
        let left = harness.folder.file("left.db")
        #expect(try !harness.folder.read("left.db-wal").isEmpty)
        do {
            let connection = try SQLiteConnection(path: left, mode: .write)
            #expect(try connection.value("SELECT count(*) FROM outcomes") == .integer(2))
            #expect(try connection.value("PRAGMA journal_mode") == .text("wal"))
            let busy = await ledgerError { _ = try restore(replacing: true, to: left) }
            #expect(busy?.message.contains("in use") == true, "this connection is in the way")
            withExtendedLifetime(connection) {}
        }
        #expect(try restore(replacing: true, to: left).head == head)
        let restored = try SQLiteConnection(path: left, mode: .write)
        #expect(try restored.value("SELECT count(*) FROM outcomes") == .integer(1))
        #expect(try restored.value("PRAGMA integrity_check") == .text("ok"))
        withExtendedLifetime(keeper) {}
    }

    @Test(arguments: [true, false])
    func `it is refused while anything has the ledger open`(isIdle: Bool) async throws {
        _ = try await copied()
        let ledger = isIdle ? try harness.ledger() : try await harness.ledger(catalog)
        if !isIdle { _ = try await ledger.append([try outcome("later")]) }
        let before = try ids()
        let error = await ledgerError { _ = try restore(replacing: true) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("it is in use") == true)
        #expect(error?.hint.contains("stop the service") == true)
        #expect(try ids() == before)
        // Nor does the attempt disturb whoever has it open.
        try await ledger.checkWritable()
        await ledger.close()
        _ = try restore(replacing: true)
        #expect(try ids() == [.text("kept")])
    }

    @Test func `a reader is in the way as well`() async throws {
        _ = try await copied()
        let reader = try LedgerReader(path: harness.path, salt: catalog)
        let error = await ledgerError { _ = try restore(replacing: true) }
        #expect(error?.message.contains("in use") == true)
        #expect(try reader.revisions(salt: catalog).count == 1)
    }

    @Test func `what is no ledger is neither restored nor written over`() async throws {
        _ = try await copied()
        let path = harness.path
        try harness.folder.write("text", String(repeating: "unit,arm\n", count: 500))
        let other = try SQLiteConnection(path: harness.folder.file("other.db"), mode: .create)
        try other.run("CREATE TABLE songs (x)")
        let newer = try SQLiteConnection(path: harness.folder.file("newer.db"), mode: .create)
        try newer.run("CREATE TABLE decisions (x)")
        try newer.run("PRAGMA application_id = 1212568404")
        try newer.run("PRAGMA user_version = 6")
        try harness.folder.write("empty.db", "")
        let copy = copy
        for (name, code) in [
            ("text", .notALedger), ("other.db", .notALedger), ("newer.db", .newerFormat),
            ("empty.db", .notALedger), ("none.db", .unavailable),
        ] as [(String, LedgerError.Code)] {
            let file = harness.folder.file(name)
            let names = try harness.folder.names
            let ledger = try harness.folder.read("ledger.db")
            // Idle connections of this test would be in the way of the second half.
            let from = await ledgerError {
                _ = try LedgerBackup.restore(file, to: path, replacing: true) { _ in }
            }
            #expect(from?.code == code, "from \(name): \(from?.description ?? "")")
            #expect(try harness.folder.read("ledger.db") == ledger, "from \(name)")
            guard code != .unavailable, name != "empty.db" else { continue }
            let before = try harness.folder.read(name)
            let onto = await ledgerError {
                _ = try LedgerBackup.restore(copy, to: file, replacing: true) { _ in }
            }
            #expect(onto?.code == code, "onto \(name): \(onto?.description ?? "")")
            #expect(try harness.folder.read(name) == before, "onto \(name)")
            #expect(try harness.folder.names == names, "\(name)")
        }
        withExtendedLifetime((other, newer)) {}
    }

    @Test func `a copy onto itself, and one that is stopped, change nothing`() async throws {
        let head = try await copied()
        let before = try harness.folder.read("copy.db")
        _ = await ledgerError { _ = try restore(replacing: true, to: self.copy) }
        #expect(try harness.folder.read("copy.db") == before)
        let (copy, path) = (copy, harness.path)
        let fresh = harness.folder.file("fresh.db")
        let names = try harness.folder.names
        for target in [path, fresh] {
            let error = await ledgerError {
                let task = Task {
                    while !Task.isCancelled { await Task.yield() }
                    _ = try LedgerBackup.restore(copy, to: target, replacing: true) { _ in }
                }
                task.cancel()
                try await task.value
            }
            #expect(error?.code == .cancelled)
        }
        #expect(try harness.folder.names == names, "no empty file is left either")
        #expect(try harness.audit(noted: head).faults == [])
        #expect(try ids() == [.text("kept")])
    }

    @Test(arguments: [1, 2]) func `a copy of an older format is restored, and brought forward`(
        format: Int
    ) async throws {
        let bytes = try Repository.bytes(
            "Tests/HoldfastLedgerTests/Golden/ledger-format-\(format).sqlite")
        try Data(bytes).write(to: URL(fileURLWithPath: copy))
        let summary = try restore()
        #expect(summary.head == Commit.origin.head && summary.received == nil)
        #expect(try harness.rows("PRAGMA user_version") == [[.integer(Int64(format))]])
        await (try harness.ledger()).close()
        #expect(try harness.rows("PRAGMA user_version") == [[.integer(5)]])
        #expect(try harness.audit().faults == [])
    }
}
