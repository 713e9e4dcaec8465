import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// A copy is of one moment, and appears whole or not at all.
@Suite struct BackupTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog("features: {region: category}")
    }

    private var copy: String { harness.folder.file("copy.db") }

    private func outcomes(_ range: Range<Int>) throws -> [Fact] {
        let reader = harness.reader(catalog)
        return try range.map { number in
            .outcome(
                try reader.outcome([
                    "id": .string("o\(number)"), "unit": .string("u\(number)"), "name": "n",
                    "value": 1,
                ]))
        }
    }

    /// The chain of a file, calculated anew.
    private func audit(_ path: String) throws -> ChainAudit {
        var audit = ChainAudit(try SQLiteConnection(path: path, mode: .read))
        try audit.run(noted: nil) { _ in }
        return audit
    }

    /// Every row of every table of a file, up to the commit of this number.
    private func rows(_ path: String, until head: ChainHead) throws -> [[SQLValue]] {
        let connection = try SQLiteConnection(path: path, mode: .write)
        var rows: [[SQLValue]] = []
        let last = try connection.value(
            "SELECT outcomes FROM commits WHERE number = \(head.number)")
        guard case .integer(let last) = last else { return [] }
        for query in [
            "SELECT * FROM outcomes WHERE outcome <= \(last) ORDER BY outcome",
            "SELECT * FROM commits WHERE number <= \(head.number) ORDER BY number",
            "SELECT * FROM revisions", "SELECT * FROM in_force", "SELECT * FROM feature_tables",
        ] as [SQL] {
            try connection.query(query) { row throws(SQLError) in
                rows.append((0..<row.columnCount).map { row.value($0) })
            }
        }
        return rows
    }

    @Test
    func `a copy that is made while another writes is of one moment, and has what was before`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append(try outcomes(0..<3_000))
        let facts = try (0..<40).map { try outcomes((3_000 + $0 * 50)..<(3_050 + $0 * 50)) }
        let path = harness.path
        let copies = (0..<4).map { harness.folder.file("copy-\($0).db") }
        // What is written is acknowledged in between; each copy must have what was before it.
        let writing = Task {
            for batch in facts { _ = try await ledger.append(batch) }
        }
        var summaries: [LedgerBackup.Summary] = []
        for copy in copies {
            let before = try harness.rows("SELECT max(number) FROM commits")
            let summary = try await blocking {
                try LedgerBackup.make(of: path, to: copy) { _ in }
            }
            guard case .integer(let acknowledged) = before[0][0] else { continue }
            #expect(summary.head.number >= acknowledged)
            summaries.append(summary)
        }
        try await writing.value
        #expect(summaries.count == copies.count)
        for (copy, summary) in zip(copies, summaries) {
            let audit = try audit(copy)
            #expect(audit.faults == [])
            #expect(audit.head.head == summary.head)
            #expect(audit.head.received == summary.received)
            let there = try rows(copy, until: summary.head)
            #expect(there == (try rows(path, until: summary.head)) && there.count > 3_000)
            let size = try FileManager.default.attributesOfItem(atPath: copy)[.size] as? Int64
            #expect(size == summary.byteCount)
        }
        #expect(try harness.audit(noted: summaries[0].head).isNotedHeadMet)
    }

    @Test func `a copy is one file, that is read where nothing can be written`() async throws {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append(try outcomes(0..<10))
        _ = try LedgerBackup.make(of: harness.path, to: copy) { _ in }
        let names = try harness.folder.names
        #expect(names == ["copy.db", "ledger.db", "ledger.db-shm", "ledger.db-wal"])
        let connection = try SQLiteConnection(path: copy, mode: .read)
        #expect(try connection.value("PRAGMA journal_mode") == .text("delete"))
        #expect(try connection.value("SELECT count(*) FROM outcomes") == .integer(10))
    }

    @Test func `what is there already is not written over`() async throws {
        let ledger = try await harness.ledger(catalog)
        try harness.folder.write("copy.db", "precious")
        for target in [copy, harness.path, harness.folder.path] {
            let before = try harness.folder.read("ledger.db")
            let path = harness.path
            let error = await ledgerError {
                _ = try LedgerBackup.make(of: path, to: target) { _ in }
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("already") == true)
            #expect(try harness.folder.read("ledger.db") == before)
        }
        #expect(try harness.folder.read("copy.db") == Data("precious".utf8))
        await ledger.close()
    }

    @Test func `a copy that fails leaves nothing behind`() async throws {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append(try outcomes(0..<5_000))
        let names = try harness.folder.names
        let (path, copy) = (harness.path, copy)
        let cancelled = await ledgerError {
            let task = Task {
                // Cancelled by the time the first pages are copied.
                while !Task.isCancelled { await Task.yield() }
                _ = try LedgerBackup.make(of: path, to: copy) { _ in }
            }
            task.cancel()
            try await task.value
        }
        #expect(cancelled?.code == .cancelled)
        #expect(try harness.folder.names == names)
        let nowhere = await ledgerError {
            _ = try LedgerBackup.make(of: path, to: path + ".d/copy.db") { _ in }
        }
        #expect(nowhere?.code == .unavailable)
        #expect(try harness.folder.names == names)
        // What was left by a process that was killed is no hindrance.
        let left = ".copy.db.\(ProcessInfo.processInfo.processIdentifier).tmp"
        try harness.folder.write(left, "")
        _ = try LedgerBackup.make(of: path, to: copy) { _ in }
        #expect(try harness.folder.names == (names + ["copy.db"]).sorted())
    }

    @Test func `what is no ledger, or of a newer format, is not copied`() async throws {
        let other = harness.folder.file("other.db")
        let connection = try SQLiteConnection(path: other, mode: .create)
        try connection.run("CREATE TABLE songs (x)")
        let copy = copy
        let error = await ledgerError { _ = try LedgerBackup.make(of: other, to: copy) { _ in } }
        #expect(error?.code == .notALedger)
        try connection.run("PRAGMA application_id = 1212568404")
        try connection.run("PRAGMA user_version = 6")
        let newer = await ledgerError { _ = try LedgerBackup.make(of: other, to: copy) { _ in } }
        #expect(newer?.code == .newerFormat)
        let missing = harness.path
        let none = await ledgerError { _ = try LedgerBackup.make(of: missing, to: copy) { _ in } }
        #expect(none?.code == .unavailable)
        #expect(try harness.folder.names == ["other.db"])
    }
}
