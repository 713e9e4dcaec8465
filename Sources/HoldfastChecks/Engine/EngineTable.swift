internal import HoldfastFormats
package import HoldfastSQL
internal import HoldfastTables

/// A table that an engine counts: its name there, and what its columns hold.
///
///     let table = try EngineTable("hf_train", named: "train.parquet", on: engine)
///     table.columns.map(\.name)      // ["unit", "income"]
package struct EngineTable: Sendable {
    /// What errors and reports call it.
    package let name: String
    /// The engine's table or view.
    let source: String
    /// All columns, in order.
    let columns: [Column]
    /// The column of each row's weight, where rows have one.
    private(set) var weight: EngineColumn?

    /// What a column's cells are to the engine.
    enum Form: Sendable {
        /// Numbers, by the column's type.
        case number
        /// Texts, by the column's type.
        case text
        /// What stands in a file without types, read by the grammar of `CellValue`.
        case written
        /// SQLite's: each cell has a type of its own.
        case mixed
    }

    /// A column.
    struct Column: Sendable {
        var name: String
        var form: Form
    }

    /// The most columns: what the readers of files allow as well.
    static let columnLimit = 10_000

    /// A table or view of the engine by its name there. `isWritten` where its texts are what stands
    /// in a file without types.
    package init(
        _ source: String, named name: String, on engine: any SQLEngine, isWritten: Bool = false
    ) throws {
        self.name = name
        self.source = source
        columns = try Self.columns(of: source, on: engine).map { column, type in
            Column(
                name: column,
                form: engine.dialect == .sqlite
                    ? .mixed
                    : SQLType.isNumber(named: type) ? .number : isWritten ? .written : .text)
        }
        guard columns.count <= Self.columnLimit else {
            throw CheckError(
                "\(name): has more than \(Self.columnLimit) columns", hint: "choose fewer of them")
        }
    }

    /// A table whose columns are known.
    init(source: String, named name: String, columns: [Column]) {
        (self.source, self.name, self.columns) = (source, name, columns)
    }

    /// The same table, whose rows weigh what a column says, where it has that column.
    func weighted(by name: String?) -> EngineTable {
        var table = self
        table.weight = name.flatMap { column($0) }
        return table
    }

    /// The names and the types, as each engine tells them.
    static func columns(
        of source: String, on engine: any SQLEngine
    ) throws(SQLError) -> [(name: String, type: String)] {
        var found: [(name: String, type: String)] = []
        guard engine.dialect == .spark else {
            try engine.read("SELECT name, type FROM pragma_table_info(\(source)) ORDER BY cid") {
                row throws(SQLError) in
                found.append((row.text(0) ?? "", row.text(1) ?? ""))
            }
            return found
        }
        // What its DESCRIBE says can be part of no query. One row always, of nulls where the table
        // has none.
        let first: SQL = """
            (SELECT 1 AS hf_one) one LEFT JOIN (SELECT * FROM \(name: source) LIMIT 1) t ON true
            """
        let names = try engine.first(
            """
            SELECT array_join(json_object_keys(to_json(struct(t.*),
            map('ignoreNullFields', 'false'))), chr(10)) FROM \(first)
            """)
        guard case .text(let lines) = names else { return [] }
        let all = lines.split(separator: "\n").map(String.init)
        let types = all.map { "typeof(t.\(name: $0))" as SQL }
        try engine.read("SELECT \(SQL.joined(types, by: ", ")) FROM \(first)") {
            row throws(SQLError) in
            for (place, name) in all.enumerated() { found.append((name, row.text(place) ?? "")) }
        }
        return found
    }
}

/// A column of a table that is to be counted.
struct EngineColumn: Sendable {
    /// Its place among the table's columns, by which statements name it.
    var place: Int
    var name: String
    var form: EngineTable.Form
    /// Whether the caller called it a category: its cells are texts, whatever they say.
    var isForced: Bool

    /// What `cells` names the column's kind of cell, its number and its text.
    var kind: SQL { "k\(SQL(stringLiteral: "\(place)"))" }
    var number: SQL { "x\(SQL(stringLiteral: "\(place)"))" }
    var text: SQL { "c\(SQL(stringLiteral: "\(place)"))" }
}

/// The kinds of cells in statements.
enum CellCode: Int64, CaseIterable {
    case number, text, missing, notANumber, positiveInfinity, negativeInfinity, emptyText
}

extension EngineTable {
    /// What a number looks like: the grammar of `CellValue`, its infinities included.
    private static let numberPattern = """
        ^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\\z
        """

    /// What ``cells(_:dialect:)`` names a row's weight, where rows have one.
    static let weightName: SQL = "hf_weight"

    /// The sum of rows' weights and of their squares: what `CountedMass` is read from.
    static let masses: SQL = "SUM(\(weightName)), SUM(\(weightName) * \(weightName))"

    /// Whether a row's weight is one: a finite number of 0 or more.
    static let isWeight: SQL = "\(weightName) >= 0 AND \(weightName) < \(Double.infinity)"

    /// The cells of some columns, as a query: of each its text, its number where it is one, an
    /// infinite one too, and its kind; and the row's weight, where rows have one.
    func cells(
        _ columns: [EngineColumn], dialect: SQLDialect
    ) -> SQL {
        var inner = columns.flatMap { column in
            let (number, text) = values(column, dialect)
            return ["\(text) AS \(column.text)" as SQL, "\(number) AS \(column.number)"]
        }
        var kinds = columns.flatMap {
            [$0.text, $0.number, "\(kind(of: $0)) AS \($0.kind)" as SQL]
        }
        if let weight {
            inner.append("\(number(of: weight, dialect)) AS \(Self.weightName)")
            kinds.append(Self.weightName)
        }
        return """
            SELECT \(SQL.joined(kinds, by: ", "))
            FROM (SELECT \(SQL.joined(inner, by: ", ")) FROM \(name: source)) hf_raw
            """
    }

    /// A cell as a number, null where it is none.
    func number(of column: EngineColumn, _ dialect: SQLDialect) -> SQL {
        values(column, dialect).number
    }

    /// A cell as a category: a text, a number where it has no text, null where it is missing.
    func category(of column: EngineColumn, _ dialect: SQLDialect) -> SQL {
        let (number, text) = values(column, dialect)
        switch column.form {
        case .number: return number
        case .text: return text
        case .written:
            return """
                CASE WHEN \(text) IN (\(Self.list(CellValue.missingTokens))) THEN NULL
                ELSE \(text) END
                """
        case .mixed: return "coalesce(\(text), CAST(\(number) AS TEXT))"
        }
    }

    private func values(_ column: EngineColumn, _ dialect: SQLDialect) -> (number: SQL, text: SQL) {
        let cell = SQL.name(column.name)
        switch column.form {
        case .number: return ("CAST(\(cell) AS DOUBLE)", "CAST(NULL AS VARCHAR(1))")
        case .text:
            return ("CAST(NULL AS DOUBLE)", "CAST(\(cell) AS \(SQLType.text.name(in: dialect)))")
        case .written where column.isForced: return ("CAST(NULL AS DOUBLE)", cell)
        case .written: return (Self.number(in: cell, dialect), cell)
        case .mixed:
            // Beyond 2^53 a double has not every integer: it is an id, and keeps its digits.
            let limit = Int64(1) << 53
            let number: SQL = """
                typeof(\(cell)) = 'real'
                OR typeof(\(cell)) = 'integer' AND \(cell) BETWEEN \(-limit) AND \(limit)
                """
            return (
                "CASE WHEN \(number) THEN CAST(\(cell) AS REAL) END",
                """
                CASE WHEN typeof(\(cell)) = 'blob' THEN lower(hex(\(cell)))
                WHEN \(number) THEN NULL ELSE CAST(\(cell) AS TEXT) END
                """
            )
        }
    }

    /// The number that a text says by the grammar of `CellValue`, null where it says none.
    private static func number(in text: SQL, _ dialect: SQLDialect) -> SQL {
        let match: SQL =
            dialect == .spark
            ? "\(text) RLIKE \(numberPattern)" : "regexp_matches(\(text), \(numberPattern))"
        return "CASE WHEN \(match) THEN TRY_CAST(trim(\(text)) AS DOUBLE) END"
    }

    /// What a cell that is a name is made of: its number where it says one, and what stands there.
    func nameParts(of column: EngineColumn, _ dialect: SQLDialect) -> (number: SQL, text: SQL) {
        let (number, text) = values(column, dialect)
        let cell = SQL.name(column.name)
        switch column.form {
        case .number:
            let word = SQLType.text.name(in: dialect)
            // All but what is not a number, which is above every one.
            let infinity = Double.infinity
            return (
                number, "CASE WHEN \(number) <= \(infinity) THEN CAST(\(cell) AS \(word)) END"
            )
        case .text: return (Self.number(in: text, dialect), text)
        case .written, .mixed: return (number, category(of: column, dialect))
        }
    }

    /// A cell as it is compared: a category or a number.
    func cell(of column: EngineColumn, isCategory: [Int: Bool], _ dialect: SQLDialect) -> SQL {
        isCategory[column.place] == true
            ? category(of: column, dialect) : number(of: column, dialect)
    }

    private static func list(_ words: [String]) -> SQL {
        SQL.joined(words.map { .value(.text($0)) }, by: ", ")
    }

    private func kind(of column: EngineColumn) -> SQL {
        let (number, text) = (column.number, column.text)
        func code(_ kind: CellCode) -> SQL { SQL(stringLiteral: "\(kind.rawValue)") }
        let infinity = Double.infinity
        // NaN is above all numbers there, and SQLite has none.
        let numbers: SQL = """
            WHEN \(number) > \(infinity) THEN \(code(.notANumber))
            WHEN \(number) = \(infinity) THEN \(code(.positiveInfinity))
            WHEN \(number) = \(-infinity) THEN \(code(.negativeInfinity))
            WHEN \(number) IS NOT NULL THEN \(code(.number))
            """
        let texts: SQL = """
            WHEN \(text) IS NULL THEN \(code(.missing)) WHEN \(text) = '' THEN \(code(.emptyText))
            """
        switch column.form {
        case .number: return "CASE \(numbers) ELSE \(code(.missing)) END"
        case .text: return "CASE \(texts) ELSE \(code(.text)) END"
        case .mixed: return "CASE \(numbers) \(texts) ELSE \(code(.text)) END"
        case .written:
            let notNumbers = ["NaN", "nan"]
            let missing = CellValue.missingTokens.filter { !notNumbers.contains($0) }
            return """
                CASE \(numbers) \(texts)
                WHEN \(text) IN (\(Self.list(notNumbers))) THEN \(code(.notANumber))
                WHEN \(text) IN (\(Self.list(missing))) THEN \(code(.missing))
                ELSE \(code(.text)) END
                """
        }
    }
}
