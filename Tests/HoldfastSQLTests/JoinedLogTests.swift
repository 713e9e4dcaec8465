import Foundation
import HoldfastSQL
import Testing
import TestSupport

/// A connection that joins its writes to the log is to others as any connection.
@Suite struct JoinedLogTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func writer(_ name: String, joinsLog: Bool = true) throws -> SQLiteConnection {
        let writer = try SQLiteConnection(
            path: folder.file(name), mode: .create, joinsLog: joinsLog)
        #expect(try writer.value("PRAGMA journal_mode = WAL") == .text("wal"))
        try writer.run("PRAGMA synchronous = FULL")
        // Ten pages: a transaction of more writes into the log before it ends, and reads it again.
        try writer.run("PRAGMA cache_size = 10")
        try writer.run("CREATE TABLE IF NOT EXISTS t (k INTEGER PRIMARY KEY, v BLOB)")
        return writer
    }

    private func content(_ connection: SQLiteConnection) throws -> [SQLValue] {
        var all: [SQLValue] = []
        try connection.query("SELECT k, v FROM t ORDER BY k") { row throws(SQLError) in
            all += [row.value(0), row.value(1)]
        }
        return all
    }

    /// A copy of a database, read by its log's checksums, as after a crash; where `bytes` are given
    /// these are its log.
    private func recovered(
        _ name: String, as copy: String = "copy.db", log bytes: Data? = nil
    ) throws -> SQLiteConnection {
        let log = URL(filePath: folder.file(name) + "-wal")
        try FileManager.default.copyItem(atPath: folder.file(name), toPath: folder.file(copy))
        try (bytes ?? Data(contentsOf: log)).write(to: URL(filePath: folder.file(copy) + "-wal"))
        return try SQLiteConnection(path: folder.file(copy), mode: .write)
    }

    private struct Undone: Error {}

    /// One change of the table: rows of up to some 300 pages in all, new, over others, or gone.
    private static func change(_ chance: inout SeededGenerator) -> SQL {
        let from = chance.below(2_000)
        let count = [1, 5, 40, 400][chance.below(4)]
        let size = [10, 300, 3_000][chance.below(3)]
        let word = chance.below(256)
        switch chance.below(4) {
        case 0: return "DELETE FROM t WHERE k >= \(Int64(from)) AND k < \(Int64(from + count))"
        case 1: return "UPDATE t SET v = zeroblob(\(Int64(size))) WHERE k % 7 = \(Int64(word % 7))"
        default:
            return """
                WITH RECURSIVE n (i) AS (
                  SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < \(Int64(count)))
                INSERT OR REPLACE INTO t SELECT \(Int64(from)) + i, CAST(
                  replace(hex(zeroblob(\(Int64(size / 2)))), '0', \(String(word % 10))) AS BLOB)
                FROM n
                """
        }
    }

    @Test(arguments: 1...12)
    func `what it commits, rolls back and copies into the file is what any connection does`(
        seed: UInt64
    ) throws {
        var chance = SeededGenerator(seed: seed)
        var joined = try writer("joined.db")
        let plain = try writer("plain.db", joinsLog: false)
        // Another process's, which writes the same file in between.
        let other = try SQLiteConnection(path: folder.file("joined.db"), mode: .write)
        let reader = try SQLiteConnection(path: folder.file("joined.db"), mode: .read)
        for step in 0..<60 {
            let changes = (0...chance.below(4)).map { _ in JoinedLogTests.change(&chance) }
            let isUndone = chance.below(4) == 0
            for connection in [chance.below(4) == 0 ? other : joined, plain] {
                do {
                    try connection.run("BEGIN IMMEDIATE")
                    for change in changes { try connection.run(change) }
                    if isUndone { throw Undone() }
                    try connection.run("COMMIT")
                } catch is Undone {
                    try connection.run("ROLLBACK")
                }
            }
            let expected = try content(plain)
            #expect(try content(joined) == expected, "seed \(seed), step \(step)")
            #expect(try content(reader) == expected, "seed \(seed), step \(step): another's")
            switch chance.below(12) {
            case 0: #expect(try joined.emptyLog())
            case 1: try joined.run("PRAGMA wal_checkpoint(PASSIVE)")
            case 2: joined = try writer("joined.db")
            default: break
            }
        }
        #expect(try joined.integrityFaults(limit: 10) == [])
        // As the file is left, without its log or with it.
        #expect(try reader.integrityFaults(limit: 10) == [])
        let copy = try SQLiteConnection(path: folder.file("copy.db"), mode: .create)
        try joined.backup(to: copy) { _, _ in }
        #expect(try content(copy) == content(plain))
    }

    @Test func `what was gathered and rolled back is not written over another's commit`() throws {
        let joined = try writer("a.db")
        #expect(try joined.emptyLog())
        try joined.run("BEGIN IMMEDIATE")
        try joined.run("INSERT INTO t VALUES (1, zeroblob(80000))")
        try joined.run("ROLLBACK")
        let other = try SQLiteConnection(path: folder.file("a.db"), mode: .write)
        try other.run("INSERT INTO t VALUES (2, zeroblob(80000)), (3, zeroblob(70000))")
        let sizes: SQL = "SELECT group_concat(k || ' ' || length(v)) FROM t"
        #expect(try joined.value(sizes) == .text("2 80000,3 70000"))
        try joined.run("INSERT INTO t VALUES (4, zeroblob(10))")
        #expect(try other.value(sizes) == .text("2 80000,3 70000,4 10"))
        #expect(try joined.integrityFaults(limit: 10) == [])
        #expect(try recovered("a.db").value(sizes) == .text("2 80000,3 70000,4 10"))
    }

    @Test func `nor after the locks were kept for a while`() throws {
        let joined = try writer("a.db")
        try joined.run("INSERT INTO t VALUES (1, zeroblob(10))")
        try joined.run("PRAGMA locking_mode = EXCLUSIVE")
        try joined.run("BEGIN IMMEDIATE")
        try joined.run("INSERT INTO t VALUES (2, zeroblob(80000))")
        try joined.run("ROLLBACK")
        try joined.run("PRAGMA locking_mode = NORMAL")
        let sizes: SQL = "SELECT group_concat(k || ' ' || length(v)) FROM t"
        #expect(try joined.value(sizes) == .text("1 10"))
        let other = try SQLiteConnection(path: folder.file("a.db"), mode: .write)
        try other.run("INSERT INTO t VALUES (3, zeroblob(80000))")
        #expect(try joined.value(sizes) == .text("1 10,3 80000"))
        try joined.run("INSERT INTO t VALUES (4, zeroblob(10))")
        #expect(try other.value(sizes) == .text("1 10,3 80000,4 10"))
        #expect(try other.integrityFaults(limit: 10) == [])
    }

    @Test func `a log that SQLite writes on after it is flushed is not joined`() throws {
        let path = "file:" + folder.file("a.db") + "?psow=0"
        let connection = try SQLiteConnection(path: path, mode: .create, joinsLog: true)
        #expect(try connection.value("PRAGMA journal_mode = WAL") == .text("wal"))
        try connection.run("PRAGMA synchronous = FULL")
        try connection.run("CREATE TABLE t (k INTEGER PRIMARY KEY, v BLOB)")
        let other = try SQLiteConnection(path: folder.file("a.db"), mode: .read)
        for key in Int64(1)...5 {
            try connection.run("INSERT INTO t VALUES (\(key), zeroblob(3000))")
            let whole: SQL = "SELECT count(*) FROM t WHERE length(v) = 3000"
            #expect(try other.value(whole) == .integer(key))
        }
        #expect(try recovered("a.db").value("SELECT count(*) FROM t") == .integer(5))
    }

    @Test func `pages that come before the end of a transaction are gathered`() throws {
        func logBytes(joinsLog: Bool) throws -> UInt64 {
            let name = joinsLog ? "joined.db" : "plain.db"
            let writer = try writer(name, joinsLog: joinsLog)
            #expect(try writer.emptyLog())
            try writer.run("BEGIN IMMEDIATE")
            try writer.run("INSERT INTO t VALUES (1, zeroblob(80000))")
            // Read again from what is gathered: an error in reading need not end a transaction.
            let ends: SQL = "SELECT hex(substr(v, 1, 2)) || hex(substr(v, -2)) FROM t"
            #expect(try writer.value(ends) == .text("00000000"))
            let log = try FileManager.default.attributesOfItem(atPath: folder.file(name) + "-wal")
            try writer.run("COMMIT")
            #expect(try writer.value(ends) == .text("00000000"))
            return try #require(log[.size] as? UInt64)
        }
        // The log's head of 32 bytes, which is flushed by itself.
        #expect(try logBytes(joinsLog: true) == 32)
        #expect(try logBytes(joinsLog: false) > 32)
    }

    @Test func `a log that is cut within a commit ends with the commit before it`() throws {
        let connection = try writer("a.db")
        try connection.run("INSERT INTO t VALUES (1, zeroblob(100))")
        let log = folder.file("a.db-wal")
        let before = try Data(contentsOf: URL(filePath: log)).count
        try connection.run("INSERT INTO t VALUES (2, zeroblob(300000))")
        let bytes = try Data(contentsOf: URL(filePath: log))
        #expect(bytes.count > before + 300_000)
        for cut in stride(from: before, to: bytes.count, by: 17_001) {
            let cutOff = try recovered("a.db", as: "\(cut).db", log: bytes.prefix(cut))
            #expect(try cutOff.value("SELECT group_concat(k) FROM t") == .text("1"), "\(cut)")
        }
    }
}
