/// What runs statements: SQLite in this process, or DuckDB or Spark as a program beside it.
///
/// All run the same ``SQL``, each by its ``SQLDialect``. An engine belongs to one thread at a time.
/// Every call throws `SQLError` with the engine's own words, of kind `cancelled` soon after the
/// task was cancelled.
///
///     try engine.store("SELECT id, unit FROM decisions", as: table)
///     try engine.read("SELECT COUNT(*) FROM hf_clean") { row in row.integer(0) }
package protocol SQLEngine: AnyObject {
    /// How it reads statements.
    var dialect: SQLDialect { get }

    /// Its version: `3.40.1`.
    var version: String { get }

    /// Runs a statement that gives no rows.
    func run(_ sql: SQL) throws(SQLError)

    /// Hands over each row of a query, in its order. Few rows: an engine may hold them all.
    func read(
        _ sql: SQL, each: (any SQLRow) throws(SQLError) -> Void
    ) throws(SQLError)

    /// Hands over each row of a query, in its order, however many there are: memory stays flat. An
    /// error of the reader's own goes through.
    func stream(_ sql: SQL, each: (any SQLRow) throws -> Void) throws

    /// Keeps the rows of a query as a table for as long as the engine is there. The query's columns
    /// are those of the table, in their order.
    func store(_ query: SQL, as table: SQLTable) throws(SQLError)

    /// Keeps rows that are made here as a table. `rows` is handed what takes a row, with as many
    /// values as the table has columns; an error of its own goes through.
    func load(
        _ table: SQLTable, rows: (([SQLValue]) throws -> Void) throws -> Void
    ) throws

    /// Gives a query a name for as long as the engine is there.
    func view(_ name: String, as query: SQL) throws(SQLError)

    /// Forgets every table and view that was stored, loaded or named so far.
    func clear() throws(SQLError)
}

extension SQLEngine {
    /// The first column of the first row, or null where there is no row.
    package func first(_ sql: SQL) throws(SQLError) -> SQLValue {
        var result: SQLValue?
        try read(sql) { row throws(SQLError) in
            if result == nil { result = row.value(0) }
        }
        return result ?? .null
    }
}

/// A row of a query's, until the next one is asked for. Columns are counted from 0.
package protocol SQLRow: AnyObject {
    /// Whether a column is null.
    func isNull(_ column: Int) -> Bool
    /// A column as an integer; 0 for null.
    func integer(_ column: Int) -> Int64
    /// A column as a double; 0 for null.
    func real(_ column: Int) -> Double
    /// A column as a text; `nil` for null.
    func text(_ column: Int) -> String?
    /// A column as whatever it is.
    func value(_ column: Int) -> SQLValue
    /// Hands over the bytes of a text without a copy, none where there is no text.
    func withBytes(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void)
}
