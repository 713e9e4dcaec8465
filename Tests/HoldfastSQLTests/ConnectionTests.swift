import Foundation
import HoldfastSQL
import Testing
import TestSupport

/// What a connection promises: all or nothing, one state, an error that says its kind.
@Suite struct ConnectionTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func connection(
        _ name: String = "a.db", _ mode: SQLiteConnection.Mode = .create
    ) throws -> SQLiteConnection {
        try SQLiteConnection(path: folder.file(name), mode: mode, busyMilliseconds: 20)
    }

    private func kind(_ body: () throws -> Void) -> SQLError.Kind? {
        do {
            try body()
            return nil
        } catch let error as SQLError {
            return error.kind
        } catch {
            Issue.record("another error: \(error)")
            return nil
        }
    }

    private struct Stop: Error {}

    // MARK: - All or nothing

    @Test func `a transaction that throws leaves nothing, and the next one works`() throws {
        let connection = try connection()
        try connection.run("CREATE TABLE t (x INTEGER NOT NULL)")
        let error = #expect(throws: SQLError.self) {
            try connection.transaction { () throws(SQLError) in
                try connection.run("INSERT INTO t VALUES (1)")
                try connection.run("INSERT INTO t VALUES (NULL)")
            }
        }
        #expect(error?.kind == .constraint)
        #expect(try connection.value("SELECT count(*) FROM t") == .integer(0))
        let rows = try connection.transaction { () throws(SQLError) in
            try connection.run("INSERT INTO t VALUES (1), (2)")
            return connection.changes
        }
        #expect(rows == 2)
        #expect(try connection.value("SELECT count(*) FROM t") == .integer(2))
    }

    @Test func `a transaction is not seen by another connection before it ends`() throws {
        let writer = try connection()
        #expect(try writer.value("PRAGMA journal_mode = WAL") == .text("wal"))
        try writer.run("CREATE TABLE t (x)")
        let reader = try connection("a.db", .read)
        try writer.transaction { () throws(SQLError) in
            try writer.run("INSERT INTO t VALUES (1)")
            #expect(try reader.value("SELECT count(*) FROM t") == .integer(0))
        }
        #expect(try reader.value("SELECT count(*) FROM t") == .integer(1))
    }

    @Test func `reading sees one state while another connection writes`() throws {
        let writer = try connection()
        _ = try writer.value("PRAGMA journal_mode = WAL")
        try writer.run("CREATE TABLE t (x)")
        let reader = try connection("a.db", .read)
        try reader.reading {
            #expect(try reader.value("SELECT count(*) FROM t") == .integer(0))
            try writer.run("INSERT INTO t VALUES (1)")
            #expect(try writer.value("SELECT count(*) FROM t") == .integer(1))
            #expect(try reader.value("SELECT count(*) FROM t") == .integer(0))
        }
        #expect(try reader.value("SELECT count(*) FROM t") == .integer(1))
        // A reading that throws is over too, and says the first error.
        #expect(throws: Stop.self) { try reader.reading { throw Stop() } }
        try writer.run("INSERT INTO t VALUES (2)")
        #expect(try reader.value("SELECT count(*) FROM t") == .integer(2))
    }

    @Test func `a prepared statement forgets the values of the run before`() throws {
        let connection = try connection()
        let statement = try connection.prepared("SELECT ?1, ?2")
        try statement.bind([.integer(1), .text("secret")])
        #expect(try statement.step())
        #expect(statement.text(1) == "secret")
        try statement.bind([.integer(2)])
        #expect(try statement.step())
        #expect(statement.integer(0) == 2)
        #expect(statement.isNull(1), "the value of the run before is still there")
        #expect(try connection.prepared("SELECT ?1, ?2") === statement)
    }

    // MARK: - Kinds of error

    @Test func `a file that is no database is said to be none`() throws {
        try folder.write("text.db", String(repeating: "this is no database\n", count: 300))
        let kind = kind {
            let connection = try connection("text.db", .write)
            _ = try connection.value("SELECT count(*) FROM sqlite_master")
        }
        #expect(kind == .notDatabase)
    }

    @Test func `a connection for reading writes nothing, and makes no file`() throws {
        try connection().run("CREATE TABLE t (x)")
        let reader = try connection("a.db", .read)
        #expect(kind { try reader.run("INSERT INTO t VALUES (1)") } == .readOnly)
        #expect(kind { _ = try connection("none.db", .read) } == .cannotOpen)
        #expect(kind { _ = try connection("none.db", .write) } == .cannotOpen)
        #expect(try folder.names.contains("none.db") == false)
    }

    @Test func `a folder, and a file in a folder that is not there, cannot be opened`() throws {
        #expect(kind { _ = try SQLiteConnection(path: folder.path, mode: .create) } == .cannotOpen)
        #expect(kind { _ = try connection("none/a.db") } == .cannotOpen)
    }

    @Test func `a broken constraint, a lock and a wrong statement are told apart`() throws {
        let one = try connection()
        try one.run("CREATE TABLE t (x INTEGER UNIQUE CHECK (x > 0)) STRICT")
        try one.run("INSERT INTO t VALUES (1)")
        #expect(kind { try one.run("INSERT INTO t VALUES (1)") } == .constraint)
        #expect(kind { try one.run("INSERT INTO t VALUES (-1)") } == .constraint)
        #expect(kind { try one.run("INSERT INTO t VALUES ('x')") } == .constraint)
        #expect(kind { try one.run("SELEC 1") } == .other)
        #expect(kind { try one.run("SELECT * FROM none") } == .other)
        let other = try connection()
        try one.transaction { () throws(SQLError) in
            let kind = kind { try other.transaction { () throws(SQLError) in } }
            #expect(kind == .busy)
        }
    }

    @Test func `an error names the statement and never its values`() throws {
        let connection = try connection()
        try connection.run("CREATE TABLE t (x INTEGER) STRICT")
        let error = #expect(throws: SQLError.self) {
            try connection.run("INSERT INTO t VALUES (\("customer-0001"))")
        }
        #expect(error?.statement == "INSERT INTO t VALUES (?1)")
        #expect(error?.description.contains("customer-0001") == false)
    }

    @Test func `a cancelled task ends a statement that runs`() async throws {
        let path = folder.file("a.db")
        let task = Task {
            let connection = try SQLiteConnection(path: path, mode: .create)
            connection.stopWhenCancelled()
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try connection.value(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
            )
        }
        let error = await #expect(throws: SQLError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
    }

    // MARK: - Functions

    @Test func `a function sees the bytes of both texts, NUL and all, and null gives null`() throws
    {
        let connection = try connection()
        try connection.define("sum_of_bytes") { one, other in
            one.elementsEqual("none".utf8)
                ? nil
                : (one.map(Int64.init) + other.map(Int64.init)).reduce(0, +) * 1_000
                    + Int64(one.count * 10 + other.count)
        }
        func answer(_ one: SQLValue, _ other: SQLValue) throws -> SQLValue {
            try connection.value("SELECT sum_of_bytes(\(one), \(other))")
        }
        #expect(try answer(.text("a"), .text("b")) == .integer(195_011))
        #expect(try answer(.text("a\u{0}b"), .text("\u{0}")) == .integer(195_031))
        #expect(try answer(.text(""), .text("")) == .integer(0))
        #expect(try answer(.text("é"), .text("")) == .integer(364_020))
        #expect(try answer(.null, .text("b")) == .null)
        #expect(try answer(.text("a"), .null) == .null)
        #expect(try answer(.text("none"), .text("b")) == .null)
    }
}
