/// SQLite as an engine: tables are temporary ones of the connection.
extension SQLiteConnection: SQLEngine {
    package var dialect: SQLDialect { .sqlite }
    package var version: String { SQLiteConnection.libraryVersion }

    package func read(
        _ sql: SQL, each: (any SQLRow) throws(SQLError) -> Void
    ) throws(SQLError) {
        try query(sql) { row throws(SQLError) in try each(row) }
    }

    package func stream(_ sql: SQL, each: (any SQLRow) throws -> Void) throws {
        let statement = try statement(sql)
        while try statement.step() { try each(statement) }
    }

    package func store(_ query: SQL, as table: SQLTable) throws(SQLError) {
        for statement in dialect.statements(storing: query, as: table) { try run(statement) }
    }

    package func load(
        _ table: SQLTable, rows: (([SQLValue]) throws -> Void) throws -> Void
    ) throws {
        try run(table.inSQLite)
        let marks = (1...table.columns.count).map { "?\($0)" }.joined(separator: ", ")
        let insertion = try prepared("INSERT INTO \"\(table.name)\" VALUES (\(marks))")
        try rows { try insertion.run($0) }
        if let index = table.indexInSQLite { try run(index) }
    }

    package func view(_ name: String, as query: SQL) throws(SQLError) {
        try run("CREATE TEMP VIEW \(name: name) AS \(query)")
    }

    package func clear() throws(SQLError) {
        var drops: [SQL] = []
        try query("SELECT type, name FROM temp.sqlite_schema WHERE type IN ('table', 'view')") {
            row throws(SQLError) in
            let name = SQL.name(row.text(1) ?? "")
            drops.append(row.text(0) == "view" ? "DROP VIEW \(name)" : "DROP TABLE temp.\(name)")
        }
        for drop in drops { try run(drop) }
    }
}

extension SQLiteStatement: SQLRow {}
