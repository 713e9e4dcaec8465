internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// A row of a sealed table as the file has it.
struct SealedRow {
    var key: Int64
    /// When it was received; `nil` for one that was erased.
    var received: Timestamp?
    /// The leaf of the row, or what is left of one that was erased.
    var leaf: [UInt8]
}

/// Goes through the rows of a sealed table in the order of their keys, those that were erased
/// among them, and calculates their leaves from what is in the file.
struct SealedRows {
    private let table: SealedTable
    private let rows: SQLiteStatement
    private let erased: SQLiteStatement?
    private var nextRow: SealedRow?
    private var nextErased: SealedRow?
    private let features: FeatureReader?

    init(_ table: SealedTable, on connection: SQLiteConnection) throws(SQLError) {
        self.table = table
        rows = try connection.statement(table.selection(where: "1 = 1"))
        erased =
            table.isErasable
            ? try connection.statement(
                """
                SELECT fact, leaf FROM erasures WHERE kind = \(table.name) ORDER BY fact
                """) : nil
        features = table == .decisions ? try FeatureReader(connection) : nil
        try readRow()
        try readErased()
    }

    /// The next row, without going on to it.
    var peek: SealedRow? {
        guard let nextErased else { return nextRow }
        guard let nextRow else { return nextErased }
        return nextErased.key < nextRow.key ? nextErased : nextRow
    }

    /// Goes on to the next row and gives it; `nil` at the end.
    mutating func next() throws(SQLError) -> SealedRow? {
        guard let row = peek else { return nil }
        // Both, where a row was erased and is there all the same: then it is there twice.
        if nextErased?.key == row.key, nextErased?.leaf == row.leaf {
            try readErased()
        } else {
            try readRow()
        }
        return row
    }

    private mutating func readRow() throws(SQLError) {
        guard try rows.step() else { return nextRow = nil }
        nextRow = try SealedRow(rows, of: table, features)
    }

    private mutating func readErased() throws(SQLError) {
        guard let erased, try erased.step() else { return nextErased = nil }
        nextErased = SealedRow(
            key: erased.integer(0), received: nil, leaf: erased.blob(1))
    }
}

extension SealedRow {
    /// A row of ``SealedTable/selection(where:)``.
    fileprivate init(
        _ row: SQLiteStatement, of table: SealedTable, _ features: FeatureReader?
    ) throws(SQLError) {
        key = row.integer(0)
        received = Timestamp(microseconds: row.integer(1))
        var values = (2..<row.columnCount).map { row.value($0) }
        if let features, let experiment = row.text(2 + 3) {
            values += try features.values(of: key, in: experiment)
        }
        leaf = Leaf.of(table, values)
    }
}

/// Reads the features of decisions, as leaves cover them.
private struct FeatureReader {
    private let statements: [String: (statement: SQLiteStatement, names: [String])]

    init(_ connection: SQLiteConnection) throws(SQLError) {
        var statements: [String: (statement: SQLiteStatement, names: [String])] = [:]
        for (experiment, table) in try connection.featureTables() where !table.columns.isEmpty {
            let names = table.columns.sorted()
            let columns = SQL.joined(names.map { SQL.name($0.text) }, by: ", ")
            let text: SQL = "SELECT \(columns) FROM \(name: table.name) WHERE decision = ?1"
            statements[experiment] = (
                try SQLiteStatement(text.rendered.text, on: connection), names.map(\.text)
            )
        }
        self.statements = statements
    }

    func values(of decision: Int64, in experiment: String) throws(SQLError) -> [SQLValue] {
        guard let (statement, names) = statements[experiment] else { return [] }
        try statement.bind([.integer(decision)])
        defer { statement.reset() }
        guard try statement.step() else { return [] }
        var values: [SQLValue] = []
        for (index, name) in names.enumerated() where !statement.isNull(index) {
            values += [.text(name), statement.value(index)]
        }
        return values
    }
}

extension SealedTable {
    /// Whether rows of it may be erased, because they are about a person.
    var isErasable: Bool {
        switch self {
        case .decisions, .exposures, .outcomes: true
        case .batches, .revisions, .erasures, .forgotten: false
        }
    }

    /// Reads rows by their key: the key, when it was received, and what a leaf covers.
    ///
    /// Of a revision that is its declaration as well, and what was accepted with it.
    func selection(where condition: SQL) -> SQL {
        guard self == .revisions else {
            let columns = ([key, "received_at"] + self.columns).map { SQL.name($0) }
            return """
                SELECT \(SQL.joined(columns, by: ", ")) FROM \(name: name) WHERE \(condition)
                ORDER BY \(name: key)
                """
        }
        return """
            SELECT f.sequence, f.received_at, f.revision, r.catalog, r.salt_fingerprint, r.received_at,
              (SELECT group_concat(a.experiment || ': ' || a.changes, char(10)) FROM (
                SELECT experiment, changes FROM accepted_changes AS c
                WHERE c.sequence = f.sequence ORDER BY c.change) AS a)
            FROM in_force AS f JOIN revisions AS r ON r.revision = f.revision
            WHERE \(condition) ORDER BY f.sequence
            """
    }
}

/// Calculates the leaf of one row after the other, by their keys.
struct LeafReader {
    private let table: SealedTable
    private let row: SQLiteStatement
    private let features: FeatureReader?

    init(_ table: SealedTable, on connection: SQLiteConnection) throws(SQLError) {
        self.table = table
        let key = SQL(stringLiteral: table.key)
        row = try SQLiteStatement(
            table.selection(where: "\(key) = ?1").rendered.text, on: connection)
        features = table == .decisions ? try FeatureReader(connection) : nil
    }

    /// The leaf of a row that is there.
    func leaf(of key: Int64) throws(SQLError) -> [UInt8] {
        try row.bind([.integer(key)])
        defer { row.reset() }
        guard try row.step() else { preconditionFailure("the row was read before") }
        return try SealedRow(row, of: table, features).leaf
    }
}

extension LedgerFile {
    /// Seals what a ledger of an older format holds as one commit.
    func adopt() throws(SQLError) {
        var content = ContentHash()
        var lastKeys = Commit.origin.lastKeys
        var received: Timestamp?
        for table in SealedTable.allCases {
            var rows = try SealedRows(table, on: connection)
            while let row = try rows.next() {
                content.add(row.leaf)
                lastKeys[table.rawValue] = row.key
                received = [received, row.received].compactMap { $0 }.max()
            }
            content.endTable()
        }
        guard let received else { return }
        try insert(
            Commit(
                after: .origin, received: received, lastKeys: lastKeys, content: content.finish()))
    }
}
