internal import CSQLite

/// A prepared statement: bind, step, read the row; then again.
package final class SQLiteStatement {
    private let handle: OpaquePointer
    private unowned let connection: SQLiteConnection
    private let text: String

    /// Makes a statement ready that is not kept by its connection.
    package init(_ text: String, on connection: SQLiteConnection) throws(SQLError) {
        var text = text
        var prepared: OpaquePointer?
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_prepare_v3(
                    connection.handle, $0.baseAddress, Int32($0.count), 0, &prepared, nil)
            }
        }
        guard code == SQLITE_OK, let prepared else {
            throw connection.failure(code, statement: text)
        }
        handle = prepared
        self.connection = connection
        self.text = text
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Binds all values, in order, and forgets those of the run before.
    package func bind(_ values: [SQLValue]) throws(SQLError) {
        sqlite3_reset(handle)
        // A reset keeps what was bound.
        sqlite3_clear_bindings(handle)
        try bind(values, from: 1)
    }

    /// Binds two integers and then all values, and forgets nothing: for a statement that is always
    /// run with as many.
    package func run(_ first: Int64, _ second: Int64, _ values: [SQLValue]) throws(SQLError) {
        sqlite3_reset(handle)
        sqlite3_bind_int64(handle, 1, first)
        sqlite3_bind_int64(handle, 2, second)
        try bind(values, from: 3)
        while try step() {}
    }

    private func bind(_ values: [SQLValue], from start: Int) throws(SQLError) {
        for (index, value) in values.enumerated() {
            let place = Int32(index + start)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, place)
                case .integer(let integer): sqlite3_bind_int64(handle, place, integer)
                case .real(let real): sqlite3_bind_double(handle, place, real)
                case .text(var text):
                    text.withUTF8 { bytes in
                        bytes.withMemoryRebound(to: CChar.self) {
                            holdfast_bind_text(handle, place, $0.baseAddress, UInt64($0.count))
                        }
                    }
                case .blob(let blob):
                    blob.withUnsafeBytes {
                        holdfast_bind_blob(handle, place, $0.baseAddress, UInt64($0.count))
                    }
                }
            guard code == SQLITE_OK else { throw connection.failure(code, statement: text) }
        }
    }

    /// Goes to the next row; false when there is none, and then the statement may be bound again.
    package func step() throws(SQLError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        default:
            let failure = connection.failure(code, statement: text)
            sqlite3_reset(handle)
            throw failure
        }
    }

    /// Binds, runs to the end and leaves the statement free; for statements that give no rows.
    package func run(_ values: [SQLValue]) throws(SQLError) {
        try bind(values)
        while try step() {}
    }

    /// Gives up the rows that are left.
    package func reset() { sqlite3_reset(handle) }

    // MARK: - The row

    /// How many columns a row has.
    package var columnCount: Int { Int(sqlite3_column_count(handle)) }

    /// The name of a column.
    package func columnName(_ column: Int) -> String {
        sqlite3_column_name(handle, Int32(column)).map { String(cString: $0) } ?? ""
    }

    /// What a value of a row is.
    package enum Kind: Sendable {
        case null, integer, real, text, blob
    }

    /// What a column is in this row: SQLite has types of values, not of columns.
    package func kind(_ column: Int) -> Kind {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    /// Whether a column is null.
    package func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
    }

    /// A column as an integer; 0 for null.
    package func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

    /// A column as a double; 0 for null.
    package func real(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

    /// A column as bytes; none for null.
    package func blob(_ column: Int) -> [UInt8] {
        guard case .blob(let bytes) = value(column) else { return [] }
        return bytes
    }

    /// A column as a text; `nil` for null.
    package func text(_ column: Int) -> String? {
        withText(column) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Hands over the bytes of a text without a copy; they are gone after the next step.
    package func withText<Result, Failure: Error>(
        _ column: Int, _ body: (UnsafeBufferPointer<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard !isNull(column), let start = sqlite3_column_text(handle, Int32(column)) else {
            return try body(nil)
        }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return try body(UnsafeBufferPointer(start: start, count: count))
    }

    /// The same, and no bytes where there is no text.
    package func withBytes(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        withText(column) { body($0 ?? UnsafeBufferPointer(start: nil, count: 0)) }
    }

    /// A column as whatever it is.
    package func value(_ column: Int) -> SQLValue {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_INTEGER: return .integer(integer(column))
        case SQLITE_FLOAT: return .real(real(column))
        case SQLITE_TEXT: return .text(text(column) ?? "")
        case SQLITE_BLOB:
            let count = Int(sqlite3_column_bytes(handle, Int32(column)))
            guard let start = sqlite3_column_blob(handle, Int32(column)) else { return .blob([]) }
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}
