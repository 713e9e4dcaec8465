import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastChecks

@Suite struct TableSchemaTests {
    // MARK: - Inference

    @Test func `a table keeps what was inferred from it, and another breaks it`() throws {
        let (train, serve) = (goldenPath("train.csv"), goldenPath("serve.csv"))
        let schema = try TableSchema.infer(.file(train))
        let again = try TableSchema(Array(schema.json.text(pretty: true).utf8), name: "s.json")
        #expect(again == schema)
        #expect(try JSONSchemaValidator("table-schema.schema.json").faults(schema.json) == [])
        var options = CheckOptions()
        options.schema = schema
        options.schemaName = "s.json"
        let report = try Agreement.check(
            train: .file(train), serve: .file(serve), options: options)
        let result = try #require(report.schema)
        #expect(result.name == "s.json" && result.columns == 8)
        #expect(result.breaches.allSatisfy { $0.role == .serve })
        // What SciPy's script says of the two tables, by column.
        for item in try #require(try goldenJSON("trio.json")["cases"]?.array) {
            let own = result.breaches.filter { $0.column == item["column"]?.string }
            if let outside = item["outside"]?.double {
                #expect(own.contains { $0.rule == .range } == (outside > 0))
            } else {
                let new = item["new"]?.double ?? 0
                #expect(own.contains { $0.rule == .categories } == (new > 0))
            }
        }
    }

    @Test func `each kind of column is inferred to be what it holds`() throws {
        let rows = (0..<200).map { row in
            "\(row),\(row % 7),\(Double(row) + 0.5),\(row % 2 == 0),t\(row),k\(row % 3),w\(row / 2),,"
                + (row < 3 ? "NA" : "\(row % 5)") + (row == 9 ? "x" : "") + "\n"
        }
        let input = table("id,whole,part,flag,name,kind,many,none,mixed\n" + rows.joined())
        let schema = try TableSchema.infer(input)
        #expect(schema.others == .refused)
        let types = schema.columns.map(\.type)
        let expected: [TableSchema.ColumnType] = [
            .integer, .integer, .number, .boolean, .text, .category, .category, .text, .category,
        ]
        #expect(types == expected)
        #expect(schema.columns.filter(\.isUnique).map(\.name) == ["id", "name"])
        #expect(schema.columns[1].minimum == 0 && schema.columns[1].maximum == 6)
        #expect(schema.columns[5].categories == ["k0", "k1", "k2"])
        #expect(schema.columns[6].categories.count == 100)
        #expect(schema.columns[7].missingShare == 1 && schema.columns[7].note != nil)
        // 3 of 200 are 1.5 %.
        #expect(schema.columns[8].missingShare == 0.02)
        #expect(schema.columns[8].note?.hasPrefix("196 of 197 values were numbers") == true)
        var options = CheckOptions()
        options.isAcross = false
        options.schema = schema
        let report = try Agreement.check(train: input, serve: input, options: options)
        #expect(report.schema?.breaches == [])
    }

    @Test func `a hundred categories are listed and one more is not`() throws {
        for (count, type) in [(100, TableSchema.ColumnType.category), (101, .text)] {
            let cells: [String?] = (0..<count * 2).map { "c\($0 % count)" }
            let found = try TableSchema.infer(column(cells)).columns[0]
            #expect(found.type == type && found.categories.count == (count == 100 ? 100 : 0))
            #expect((found.note == nil) == (count == 100))
        }
    }

    @Test func `a column is unique from a hundred rows on`() throws {
        for (count, isUnique) in [(99, false), (100, true)] {
            for prefix in ["", "t"] {
                let cells: [String?] = (0..<count).map { "\(prefix)\($0)" }
                let found = try TableSchema.infer(column(cells)).columns[0]
                #expect(found.isUnique == isUnique, "\(count) \(prefix)")
            }
        }
        let repeated: [String?] = (0..<200).map { "\($0 % 199)" }
        #expect(try !TableSchema.infer(column(repeated)).columns[0].isUnique)
    }

    @Test func `inference heeds columns that were named, and refuses those that are not there`()
        throws
    {
        var options = CheckOptions()
        options.categories = ["x"]
        options.ignored = ["row"]
        let schema = try TableSchema.infer(column(["1", "2", "1"]), options: options)
        #expect(schema.columns.map(\.name) == ["x"])
        #expect(schema.columns[0].categories == ["1", "2"])
        options.ignored = ["rwo"]
        #expect(throws: CheckError.self) {
            try TableSchema.infer(column(["1"]), options: options)
        }
        #expect(throws: CheckError.self) { try TableSchema.infer(table("x\n")) }
    }

    // MARK: - The file

    private static func read(_ text: String) throws(CheckError) -> TableSchema {
        try TableSchema(Array(text.utf8), name: "s.json")
    }

    /// A file with one column `x`, its rules on the third line.
    private static func file(_ rules: String) -> String {
        "{\"table_schema\": 1, \"others\": \"allowed\",\n \"columns\": {\n  \"x\": \(rules)\n }}"
    }

    @Test func `a file reads as it is written`() throws {
        let schema = try TableSchemaTests.read(
            """
            {"table_schema": 1, "others": "refused", "columns": {
              "income": {"type": "number", "minimum": 0, "maximum": 250000.5, "missing_share": 0.05},
              "region": {"type": "category", "categories": ["JP", "KR"], "new_share": 0.01},
              "code": {"type": "integer", "required": false, "note": "as in the ledger"},
              "é": {"type": "text", "unique": true}, "e\u{301}": {"type": "boolean"}
            }}
            """)
        #expect(schema.columns.map(\.type) == [.number, .category, .integer, .text, .boolean])
        #expect(schema.columns[0].minimum == 0 && schema.columns[0].maximum == 250_000.5)
        #expect(schema.columns[1].newShare == 0.01 && schema.columns[0].missingShare == 0.05)
        #expect(!schema.columns[2].isRequired && schema.columns[2].note == "as in the ledger")
        #expect(schema.columns[3].isUnique && schema.byName.count == 5)
        #expect(try TableSchemaTests.read(schema.json.text()) == schema)
    }

    @Test func `a fault is named with its line, its column and what to do`() throws {
        let cases = [
            ("[]", ":1: is an array, not an object"),
            ("{}", ":1: is no table schema"),
            ("{\"table_schema\": 2}", ":1: table_schema is 2, not 1"),
            ("{\"table_schema\": 1,\n\"x\": 1}", ":2: x is no member that is known"),
            ("{\"table_schema\": 1}", ":1: others is not there"),
            ("{\"table_schema\": 1, \"others\": \"maybe\"}", ":1: others is \"maybe\""),
            ("{\"table_schema\": 1,\n", ":2: is no JSON"),
            (TableSchemaTests.file("{}"), ":3: column \"x\": type is not there"),
            (TableSchemaTests.file("3"), ":3: column \"x\" is 3, not an object"),
            (TableSchemaTests.file("{\"type\": \"float\"}"), ":3: column \"x\": type is \"float\""),
            (
                TableSchemaTests.file("{\"type\": \"number\",\n\n\"minimum\": \"0\"}"),
                ":5: column \"x\": minimum is \"0\", not a number"
            ),
            (
                TableSchemaTests.file("{\"type\": \"number\", \"minimum\": 2, \"maximum\": 1}"),
                "minimum is above maximum: 2 and 1"
            ),
            (
                TableSchemaTests.file("{\"type\": \"text\", \"maximum\": 1}"),
                "maximum is for number and integer, not for text"
            ),
            (TableSchemaTests.file("{\"type\": \"category\"}"), "has no categories"),
            (
                TableSchemaTests.file(
                    "{\"type\": \"category\", \"categories\": [\n\"a\",\n\"a\"]}"),
                ":5: column \"x\": categories, number 2, \"a\" is there twice"
            ),
            (
                TableSchemaTests.file("{\"type\": \"text\", \"missing_share\": 1.01}"),
                "missing_share is 1.01, not a share"
            ),
            (
                TableSchemaTests.file("{\"type\": \"boolean\", \"unique\": true}"),
                "unique is for number, integer and text, not for boolean"
            ),
            (TableSchemaTests.file("{\"type\": \"text\", \"unique\": 1}"), "unique is 1"),
            (TableSchemaTests.file("{\"type\": \"text\", \"uniq\": 1}"), "uniq is no member"),
        ]
        for (text, words) in cases {
            let error = try #require(throws: CheckError.self) { try TableSchemaTests.read(text) }
            #expect(error.message.hasPrefix("s.json:"), "\(error)")
            #expect(error.message.contains(words), "\(words) is not in \(error)")
            #expect(!error.hint.isEmpty)
        }
    }

    @Test func `sizes are bounded, and one more is refused`() throws {
        func columns(_ count: Int) -> String {
            let rules = (0..<count).map { "\"c\($0)\":{\"type\":\"text\"}" }
            return "{\"table_schema\":1,\"others\":\"allowed\",\"columns\":{"
                + rules.joined(separator: ",") + "}}"
        }
        func categories(_ count: Int) -> String {
            let names = (0..<count).map { "\"k\($0)\"" }.joined(separator: ",")
            return TableSchemaTests.file("{\"type\":\"category\",\"categories\":[\(names)]}")
        }
        func category(_ length: Int) -> String {
            let name = String(repeating: "k", count: length)
            return TableSchemaTests.file("{\"type\":\"category\",\"categories\":[\"\(name)\"]}")
        }
        for (make, limit) in [
            (columns, TableSchema.columnLimit), (categories, TableSchema.categoryLimit),
            (category, TableSchema.nameLimit),
        ] {
            _ = try TableSchemaTests.read(make(limit))
            #expect(throws: CheckError.self) { try TableSchemaTests.read(make(limit + 1)) }
        }
        let blank = [UInt8](repeating: 0x20, count: TableSchema.byteLimit + 1)
        #expect(throws: CheckError.self) { try TableSchema(blank, name: "s.json") }
    }
}
