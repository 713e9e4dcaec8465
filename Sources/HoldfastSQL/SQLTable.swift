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

        /// A column in which every row has a value.
        package static func required(_ name: String, _ type: SQLType) -> Self {
            Self(name: name, type: type, isRequired: true)
        }

        /// A column that may be null.
        package static func optional(_ name: String, _ type: SQLType) -> Self {
            Self(name: name, type: type, isRequired: false)
        }
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

/// The types that the engines share.
package enum SQLType: String, Sendable {
    /// Of 64 bits.
    case integer
    /// A double.
    case real
    /// A text of UTF-8, compared by its bytes.
    case text

    /// Whether an engine's type of a column, by its name, is one of numbers.
    package static func isNumber(named type: String) -> Bool {
        let type = type.uppercased()
        return [
            "TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
            "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE",
        ].contains(type) || type.hasPrefix("DECIMAL(") && type.hasSuffix(")")
    }

    /// As DuckDB and Spark name it.
    package func name(in dialect: SQLDialect) -> SQL {
        switch (self, dialect) {
        case (.integer, .sqlite): "INTEGER"
        case (.integer, _): "BIGINT"
        case (.real, .sqlite): "REAL"
        case (.real, .postgresql): "DOUBLE PRECISION"
        case (.real, _): "DOUBLE"
        case (.text, .sqlite), (.text, .postgresql): "TEXT"
        case (.text, .duckdb): "VARCHAR"
        case (.text, .spark): "STRING"
        }
    }
}

extension SQLDialect {
    /// What keeps the rows of a query as a table: a temporary one, but in Spark, which has none.
    package func statements(storing query: SQL, as table: SQLTable) -> [SQL] {
        switch self {
        case .sqlite:
            let fill: SQL = "INSERT INTO \(name: table.name) (\(table.columnList)) \(query)"
            return [table.inSQLite, fill] + [table.indexInSQLite].compactMap { $0 }
        case .duckdb, .postgresql:
            return [
                table.created(in: self),
                "INSERT INTO \(name: table.name) (\(table.columnList)) \(query)",
            ]
        case .spark:
            let columns = table.columns.map { column -> SQL in
                "CAST(hf_rows.\(name: column.name) AS \(column.type.name(in: self))) AS \(name: column.name)"
            }
            return [
                """
                CREATE TABLE \(name: table.name) USING parquet AS
                SELECT \(SQL.joined(columns, by: ", ")) FROM (
                \(query)) AS hf_rows (\(table.columnList))
                """
            ]
        }
    }
}

extension SQLTable {
    /// The temporary table of an engine without indexes.
    package func created(in dialect: SQLDialect) -> SQL {
        let columns = self.columns.map { column -> SQL in
            let rule: SQL = column.isRequired ? " NOT NULL" : ""
            return "\(name: column.name) \(column.type.name(in: dialect))\(rule)"
        }
        return "CREATE TEMP TABLE \(name: name) (\(SQL.joined(columns, by: ", ")))"
    }

    var columnList: SQL { SQL.joined(columns.map { SQL.name($0.name) }, by: ", ") }

    /// SQLite's temporary table. One by its primary key is in its order, and needs no index beside.
    var inSQLite: SQL {
        let isClustered = key.count > 1
        var parts = columns.map { column -> SQL in
            let rule: SQL =
                key == [column.name] ? " PRIMARY KEY" : column.isRequired ? " NOT NULL" : ""
            return "\(name: column.name) \(column.type.name(in: .sqlite))\(rule)"
        }
        if isClustered {
            parts.append("PRIMARY KEY (\(SQL.joined(key.map { SQL.name($0) }, by: ", ")))")
        }
        let rest: SQL = isClustered ? " WITHOUT ROWID" : ""
        return "CREATE TEMP TABLE \(name: name) (\(SQL.joined(parts, by: ", ")))\(rest)"
    }

    var indexInSQLite: SQL? {
        guard !index.isEmpty else { return nil }
        let columns = SQL.joined(index.map { SQL.name($0) }, by: ", ")
        return "CREATE INDEX temp.\(name: "\(name)_index") ON \(name: name) (\(columns))"
    }
}
