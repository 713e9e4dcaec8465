internal import HoldfastFormats
internal import HoldfastSQL

/// A table or view of an SQLite database, as `features.db:customers` names it.
struct SQLiteTable {
    /// What such a file begins with.
    static let magic = Array("SQLite format 3\0".utf8)

    /// The database's path.
    var path: String
    /// The table's name; `nil` where there need be only one.
    var name: String?

    /// The database that a path names with a table behind its last colon, where there is one.
    static func named(_ text: String) -> SQLiteTable? {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let path = String(text[..<colon])
        // A path that cannot be opened is told of by whoever opens the whole of it.
        guard var source = try? ByteSource(path: path), source.size != nil,
            let first = try? source.peek(magic.count), first == magic
        else { return nil }
        return SQLiteTable(path: path, name: String(text[text.index(after: colon)...]))
    }

    /// Puts every row into batches.
    func read(into rows: inout RowBatches, called name: String) throws {
        do {
            let connection = try SQLiteConnection(path: path, mode: .read)
            connection.stopWhenCancelled()
            let table = try table(connection, called: name)
            let statement = try connection.statement("SELECT * FROM \(name: table)")
            let columns = (0..<statement.columnCount).map { statement.columnName($0) }
            try rows.begin(columns: columns)
            while try statement.step() {
                try rows.beginRow()
                for column in columns.indices { try add(column, of: statement, to: &rows) }
            }
        } catch let error as SQLError {
            if error.kind == .cancelled { throw CancellationError() }
            throw TableError(
                path: name, message: "SQLite cannot read it: \(error.message)",
                hint: error.kind == .busy
                    ? "wait until the program that writes it is done"
                    : "check the file, say by `sqlite3 FILE 'PRAGMA integrity_check'`")
        }
    }

    /// The name of the table to read, which is there.
    private func table(_ connection: SQLiteConnection, called path: String) throws -> String {
        var names: [String] = []
        try connection.query(
            """
            SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
            AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
            """
        ) { row throws(SQLError) in names.append(row.text(0) ?? "") }
        if let name, names.contains(where: { sameBytes($0, name) }) { return name }
        if name == nil, names.count == 1 { return names[0] }
        let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
        let have = names.isEmpty ? "has no table" : "has the tables \(shown)"
        throw TableError(
            path: path,
            message: name.map { "there is no table \"\($0)\": the database \(have)" }
                ?? "the database \(have)",
            hint: names.isEmpty ? "check what wrote it" : "name one: \(self.path):\(names[0])")
    }

    private func add(
        _ column: Int, of statement: SQLiteStatement, to rows: inout RowBatches
    ) throws {
        switch statement.kind(column) {
        case .null: rows.addMissing()
        case .real: try rows.add(statement.real(column))
        case .integer:
            let integer = statement.integer(column)
            // Beyond that a double has not every integer: it is an id, and keeps its digits.
            if integer.magnitude <= 1 << 53 {
                try rows.add(Double(integer))
            } else {
                try rows.add(text: "\(integer)")
            }
        case .text:
            try statement.withText(column) { try rows.add(text: $0 ?? .init(start: nil, count: 0)) }
        case .blob:
            var digits: [UInt8] = []
            for byte in statement.blob(column) {
                digits += [SQLiteTable.digit(byte >> 4), SQLiteTable.digit(byte & 15)]
            }
            try digits.withUnsafeBufferPointer { try rows.add(text: $0) }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
