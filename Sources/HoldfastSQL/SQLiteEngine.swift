/// SQLite as an engine: tables are temporary ones of the connection.
extension SQLiteConnection: SQLEngine {
    package var dialect: SQLDialect { .sqlite }
    package var version: String { SQLiteConnection.libraryVersion }

    package func read(
        _ sql: SQL, each: (any SQLRow) throws(SQLError) -> Void
    ) throws(SQLError) {
        try query(sql) { row throws(SQLError) in try each(row) }
    }

    package func stream(
        _ sql: SQL, each: (any SQLRow) throws(SQLError) -> Void
    ) throws(SQLError) {
        try read(sql, each: each)
    }

    package func store(_ query: SQL, as table: SQLTable) throws(SQLError) {
        try run(table.creation)
        try run("INSERT INTO \(name: table.name) (\(table.columnList)) \(query)")
        if let index = table.indexCreation { try run(index) }
    }

    package func load(
        _ table: SQLTable, rows: (([SQLValue]) throws -> Void) throws -> Void
    ) throws {
        try run(table.creation)
        let marks = (1...table.columns.count).map { "?\($0)" }.joined(separator: ", ")
        let insertion = try prepared("INSERT INTO \"\(table.name)\" VALUES (\(marks))")
        try rows { try insertion.run($0) }
        if let index = table.indexCreation { try run(index) }
    }

    package func view(_ name: String, as query: SQL) throws(SQLError) {
        try run("CREATE TEMP VIEW \(name: name) AS \(query)")
    }
}

extension SQLiteStatement: SQLRow {}

extension SQLTable {
    var columnList: SQL { SQL.joined(columns.map { SQL.name($0.name) }, by: ", ") }

    /// The temporary table. One by its primary key is in its order, and needs no index beside.
    var creation: SQL {
        let isInteger =
            key.count == 1 && columns.contains { $0.name == key[0] && $0.type == .integer }
        var parts = columns.map { column -> SQL in
            let rule: SQL =
                isInteger && column.name == key[0]
                ? " PRIMARY KEY" : column.isRequired ? " NOT NULL" : ""
            return "\(name: column.name)\(column.type.inSQLite)\(rule)"
        }
        let isClustered = !key.isEmpty && !isInteger
        if isClustered {
            parts.append("PRIMARY KEY (\(SQL.joined(key.map { SQL.name($0) }, by: ", ")))")
        }
        return """
            CREATE TEMP TABLE \(name: name) (\(SQL.joined(parts, by: ", ")))\(isClustered ? " WITHOUT ROWID" : "")
            """
    }

    var indexCreation: SQL? {
        guard !index.isEmpty else { return nil }
        let columns = SQL.joined(index.map { SQL.name($0) }, by: ", ")
        return "CREATE INDEX \(name: "\(name)_index") ON \(name: name) (\(columns))"
    }
}

extension SQLType {
    /// Without a type there is no affinity: a value is kept as it is bound.
    var inSQLite: SQL {
        switch self {
        case .integer: " INTEGER"
        case .real: " REAL"
        case .text: " TEXT"
        case .any: ""
        }
    }
}
