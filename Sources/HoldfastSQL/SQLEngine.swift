/// What runs statements: SQLite in this process, or DuckDB or Spark as a program beside it.
///
/// All run the same ``SQL``, each by its ``SQLDialect``. An engine belongs to one thread at a time.
/// Every call throws `SQLError` with the engine's own words, of kind `cancelled` soon after the task
/// was cancelled.
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

    /// Hands over each row of a query, in its order, however many there are: memory stays flat.
    func stream(
        _ sql: SQL, each: (any SQLRow) throws(SQLError) -> Void
    ) throws(SQLError)

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

/// A table that an engine is to keep: its columns, and by what its rows are found.
///
/// What has no index of its own in an engine ignores the key and the index.
package struct SQLTable: Sendable {
    package var name: String
    package var columns: [Column]
    /// The columns that tell rows apart: one integer, or several in whose order the rows lie.
    package var key: [String]
    /// Columns by which rows are found besides.
    package var index: [String]

    /// A column with its type and whether each row has a value.
    package struct Column: Sendable {
        package var name: String
        package var type: SQLType
        package var isRequired: Bool
    }

    package init(
        _ name: String, key: [String] = [], index: [String] = [], _ columns: [Column]
    ) {
        self.name = name
        self.columns = columns
        self.key = key
        self.index = index
    }
}

extension SQLTable.Column {
    /// A column in which every row has a value.
    package static func required(_ name: String, _ type: SQLType) -> Self {
        Self(name: name, type: type, isRequired: true)
    }

    /// A column that may be null.
    package static func optional(_ name: String, _ type: SQLType) -> Self {
        Self(name: name, type: type, isRequired: false)
    }
}

/// The types that the engines share.
package enum SQLType: String, Sendable {
    /// Of 64 bits.
    case integer
    /// A double.
    case real
    /// A text of UTF-8, compared by its bytes.
    case text
    /// SQLite's alone: whatever is put in, as it is.
    case any
}
