internal import CSQLite

/// One connection to an SQLite file: a thin layer over the C interface.
///
/// Belongs to one thread at a time, and is therefore not `Sendable`. Reading goes through
/// ``query(_:each:)``, writing through ``run(_:)`` or a prepared ``SQLiteStatement``.
package final class SQLiteConnection {
    /// What may be done with the file.
    package enum Mode: Sendable {
        /// Only read; the file must be there.
        case read
        /// Read and write; the file must be there.
        case write
        /// Read and write; a new file is made.
        case create
    }

    /// Done once, before the first connection of the process.
    private static let library: Void = holdfast_leave_memory_uncounted()

    let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    /// Opens a file.
    ///
    /// A lock of another process is waited for up to `busyMilliseconds`. Who `joinsLog` writes a
    /// commit into the write-ahead log in few calls, and must set `synchronous=FULL` before the
    /// first: ``JoinedLog``.
    package init(
        path: String, mode: Mode, busyMilliseconds: Int32 = 5_000, joinsLog: Bool = false
    ) throws(SQLError) {
        let flags =
            switch mode {
            case .read: SQLITE_OPEN_READONLY
            case .write: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        SQLiteConnection.library
        var opened: OpaquePointer?
        var code = joinsLog ? JoinedLog.registration : SQLITE_OK
        if code == SQLITE_OK {
            code = sqlite3_open_v2(
                path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                joinsLog ? JoinedLog.name : nil)
        }
        guard code == SQLITE_OK, let opened else {
            let message = String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(opened)
            throw SQLError(code: code, message: message)
        }
        handle = opened
        sqlite3_busy_timeout(handle, busyMilliseconds)
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    /// The version of the SQLite library: `3.40.1`.
    package static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    /// How many rows the last statement inserted, changed or deleted.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    /// The rowid of the last row inserted.
    package var lastRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// A statement made ready once and kept for the next call.
    package func prepared(_ text: String) throws(SQLError) -> SQLiteStatement {
        if let statement = statements[text] { return statement }
        let statement = try SQLiteStatement(text, on: self)
        statements[text] = statement
        return statement
    }

    /// A statement with its values bound, to be stepped by whoever asks for it.
    package func statement(_ sql: SQL) throws(SQLError) -> SQLiteStatement {
        let (text, values) = sql.rendered
        let statement = try SQLiteStatement(text, on: self)
        try statement.bind(values)
        return statement
    }

    /// Runs a statement that gives no rows.
    package func run(_ sql: SQL) throws(SQLError) {
        try query(sql) { _ throws(SQLError) in }
    }

    /// Runs a statement and hands over each of its rows.
    package func query(
        _ sql: SQL, each: (SQLiteStatement) throws(SQLError) -> Void
    ) throws(SQLError) {
        let statement = try statement(sql)
        while try statement.step() { try each(statement) }
    }

    /// The first column of the first row, or null where there is no row.
    package func value(_ sql: SQL) throws(SQLError) -> SQLValue {
        var result: SQLValue?
        try query(sql) { row throws(SQLError) in
            if result == nil { result = row.value(0) }
        }
        return result ?? .null
    }

    /// Whether a statement that is kept ready gives a row.
    package func exists(_ text: String, _ values: [SQLValue]) throws(SQLError) -> Bool {
        let statement = try prepared(text)
        try statement.bind(values)
        // A statement left at a row would hold its snapshot.
        defer { statement.reset() }
        return try statement.step()
    }

    /// A number that differs from the last time if another connection has committed meanwhile.
    package func dataVersion() throws(SQLError) -> Int64 {
        let statement = try prepared("PRAGMA data_version")
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    /// Does all or nothing: commits what `body` did, or rolls it back when it throws.
    package func transaction<Result>(
        _ body: () throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        // Kept ready: a ledger begins and commits thousands of times a second.
        try prepared("BEGIN IMMEDIATE").run([])
        do {
            let result = try body()
            try prepared("COMMIT").run([])
            return result
        } catch {
            // After some errors SQLite has rolled back already, and says so by an error of its own:
            // the first error is the one to report.
            try? run("ROLLBACK")
            throw error
        }
    }

    /// Reads everything in `body` from one state of the database.
    package func reading<Result>(_ body: () throws -> Result) throws -> Result {
        try run("BEGIN")
        // Nothing was written: how it ends says nothing about what was read. A commit would fail
        // where pages are damaged, though `body` has told of them and gone on.
        defer { try? run("ROLLBACK") }
        return try body()
    }

    /// Ends a running statement soon after the task that runs it was cancelled.
    package func stopWhenCancelled() {
        // Every 10,000 steps of SQLite's machine: some tenths of a millisecond.
        sqlite3_progress_handler(handle, 10_000, { _ in Task.isCancelled ? 1 : 0 }, nil)
    }

    /// Adds a deterministic function of two texts that gives an integer, or null for null.
    package func define(_ name: String, _ body: @escaping TextFunction) throws(SQLError) {
        let box = Unmanaged.passRetained(TextFunctionBox(body))
        let code = sqlite3_create_function_v2(
            handle, name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
            box.toOpaque(),
            { context, _, arguments in
                guard let arguments, let data = sqlite3_user_data(context),
                    let scope = sqlite3_value_text(arguments[0]),
                    let text = sqlite3_value_text(arguments[1])
                else { return sqlite3_result_null(context) }
                let body = Unmanaged<TextFunctionBox>.fromOpaque(data).takeUnretainedValue().body
                let answer = body(
                    UnsafeRawBufferPointer(
                        start: scope, count: Int(sqlite3_value_bytes(arguments[0]))),
                    UnsafeRawBufferPointer(
                        start: text, count: Int(sqlite3_value_bytes(arguments[1]))))
                if let answer {
                    sqlite3_result_int64(context, answer)
                } else {
                    sqlite3_result_null(context)
                }
            }, nil, nil,
            { data in
                if let data { Unmanaged<TextFunctionBox>.fromOpaque(data).release() }
            })
        guard code == SQLITE_OK else { throw failure(code) }
    }

    func failure(_ code: Int32, statement: String? = nil) -> SQLError {
        SQLError(
            code: code, message: String(cString: sqlite3_errmsg(handle)), statement: statement)
    }
}

/// A function of two texts, given by their bytes.
package typealias TextFunction = (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Int64?

private final class TextFunctionBox {
    let body: TextFunction

    init(_ body: @escaping TextFunction) {
        self.body = body
    }
}
