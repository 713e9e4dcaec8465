import HoldfastSQL
import Testing

/// Values are bound and names quoted, whatever stands in them.
@Suite struct SQLTextTests {
    /// Texts that end a literal, a name or a statement early where they are spliced.
    static let hostile = [
        "", " ", "'", "''", "\"", "\"\"", "'; DROP TABLE facts; --", "\"; DROP TABLE facts; --",
        "') OR 1 = 1 --", "?1", ":name", "@name", "$1", "\\", "/* */", "--", "a\nb", "a\r\nb",
        "'\u{301}", "\"\u{301}", "x'\u{200D}", "'\u{FE0F}", "NULL", "é", "e\u{301}", "日本語",
        "\u{1F600}",
    ]

    private static func values(_ sql: SQL, _ connection: SQLiteConnection) throws -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        try connection.query(sql) { row throws(SQLError) in
            rows.append((0..<row.columnCount).map { row.value($0) })
        }
        return rows
    }

    /// The bytes of a text as SQLite has them: Swift's `==` would hold NFC and NFD equal.
    private static func bytes(_ value: SQLValue) -> [UInt8]? {
        guard case .text(let text) = value else { return nil }
        return Array(text.utf8)
    }

    @Test func `values become numbered placeholders and names are quoted`() {
        let start: Int64 = 7
        let query: SQL = """
            SELECT \(name: "a \"b\"") FROM t WHERE x >= \(start) AND y = \("it's") AND z < \(0.5)
            """
        let (text, values) = query.rendered
        #expect(text == "SELECT \"a \"\"b\"\"\" FROM t WHERE x >= ?1 AND y = ?2 AND z < ?3")
        #expect(values == [.integer(7), .text("it's"), .real(0.5)])
    }

    @Test func `parts keep their values in order when they are joined and put in`() {
        let parts: [SQL] = ["a = \(1 as Int64)", "b = \("two")", SQL.value(.null)]
        let query: SQL = "SELECT \(3.0) WHERE \(SQL.joined(parts, by: " AND ")) OR c = \("4")"
        #expect(query.rendered.text == "SELECT ?1 WHERE a = ?2 AND b = ?3 AND ?4 OR c = ?5")
        #expect(query.rendered.values == [.real(3), .integer(1), .text("two"), .null, .text("4")])
        #expect(SQL.joined([], by: ", ").rendered.text.isEmpty)
    }

    @Test(arguments: hostile)
    func `a hostile value comes back byte for byte, bound and as a literal`(text: String) throws {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        try connection.run("CREATE TABLE facts (x TEXT) STRICT")
        try connection.run("INSERT INTO facts (x) VALUES (\(text))")
        let query: SQL = "SELECT x, \(text), count(*) OVER () FROM facts WHERE x = \(text)"
        let bound = try SQLTextTests.values(query, connection)
        let literal = try SQLTextTests.values(SQL(stringLiteral: query.literalText), connection)
        try #require(bound.count == 1)
        #expect(SQLTextTests.bytes(bound[0][0]) == Array(text.utf8))
        #expect(SQLTextTests.bytes(bound[0][1]) == Array(text.utf8))
        #expect(bound == literal, "\(query.literalText)")
    }

    @Test(arguments: hostile.filter { !$0.isEmpty })
    func `a hostile name is the name of a column and of a table`(name: String) throws {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        try connection.run("CREATE TABLE facts (x)")
        try connection.run("CREATE TABLE \(name: "t" + name) (\(name: name) INTEGER)")
        try connection.run(
            "INSERT INTO \(name: "t" + name) (\(name: name)) VALUES (\(42 as Int64))")
        let query: SQL = "SELECT \(name: name) FROM \(name: "t" + name)"
        #expect(try connection.value(query) == .integer(42))
        #expect(try connection.value(SQL(stringLiteral: query.literalText)) == .integer(42))
        #expect(try connection.value("SELECT count(*) FROM facts") == .integer(0))
    }

    @Test func `a NUL inside a text is kept, bound and as a literal`() throws {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        let text = "a\u{0}b'\u{0}"
        let query: SQL = "SELECT \(text), length(CAST(\(text) AS BLOB)), typeof(\(text))"
        for sql in [query, SQL(stringLiteral: query.literalText)] {
            let row = try #require(try SQLTextTests.values(sql, connection).first)
            #expect(SQLTextTests.bytes(row[0]) == Array(text.utf8))
            #expect(row[1] == .integer(5))
            #expect(row[2] == .text("text"))
        }
    }

    @Test func `every kind of value comes back as what it was`() throws {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        let values: [SQLValue] = [
            .null, .integer(0), .integer(.min), .integer(.max), .real(0), .real(1), .real(-1.5),
            .real(0.1), .real(1e-7), .real(1e300), .real(.leastNonzeroMagnitude),
            .real(.greatestFiniteMagnitude),
            .text(""), .text("x"), .blob([]), .blob([0]), .blob([0, 255, 39, 10]),
        ]
        for value in values {
            let query: SQL = "SELECT \(value)"
            #expect(try connection.value(query) == value)
            #expect(
                try connection.value(SQL(stringLiteral: query.literalText)) == value,
                "\(query.literalText)")
        }
        #expect(SQLValue(nil as String?) == .null)
        #expect(SQLValue(nil as Bool?) == .null)
        #expect(SQLValue(true) == .integer(1))
        #expect(SQLValue(2.5 as Double?) == .real(2.5))
        #expect(SQLValue(3 as Int64?) == .integer(3))
    }

    @Test func `NFC and NFD of one text are two values`() throws {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        #expect(try connection.value("SELECT \("é") = \("e\u{301}")") == .integer(0))
        try connection.run("CREATE TABLE t (x TEXT UNIQUE)")
        try connection.run("INSERT INTO t (x) VALUES (\("é")), (\("e\u{301}"))")
        #expect(try connection.value("SELECT count(*) FROM t") == .integer(2))
    }

    /// Before version 4, Spark takes two quotes for an end and a beginning: `'it''s'` is `its`.
    @Test func `a quote and a backslash in a text are escaped as each engine reads them`() {
        let query: SQL = "SELECT \("it's \\ '\u{301}")"
        #expect(query.text(for: .spark) == "SELECT 'it\\'s \\\\ \\'\u{301}'")
        for dialect in [SQLDialect.sqlite, .duckdb, .postgresql] {
            #expect(query.text(for: dialect) == "SELECT 'it''s \\ ''\u{301}'")
        }
    }

    /// `spark-sql` breaks a file at its line ends and leaves out lines that begin with `--`;
    /// `duckdb` ends a line before CR LF. All engines read these: see EngineLawTests.
    @Test func `line ends and NULs in a text reach the engines that would lose them`() {
        let query: SQL = "SELECT \("a\n--b\r\nc"), \("d\u{0}'12")"
        #expect(
            query.text(for: .spark) == #"SELECT 'a\n--b\r\nc', 'd\u0000\'12'"#)
        #expect(
            query.text(for: .duckdb)
                == "SELECT ('a\n--b' || chr(13) || '\nc'), ('d' || chr(0) || '''12')")
    }
}
