import HoldfastAssignment
import HoldfastEngines
import HoldfastSQL
import TestSupport
import Testing

/// What every engine does alike.
@Suite(.serialized, SharingEngines())
struct EngineLawTests {
    private static let texts = [
        "", "plain", "it's \"quoted\" `here`", "tab\tline\nfeed\r\nreturn\r", "a;b;\n--c\n/* d",
        "back\\slash\\n\\u0041 \\' \\", "${env:HOME} ${x}", "NUL\u{0}12", "\u{1}\u{7F}\u{2028}",
        "😀 é e\u{301} 漢字 \u{10FFFF}", "null", "NaN", "0012", " spaces ", "\u{FEFF}mark",
        "'\u{301}", "%_\\%\\_", "{\"a\":[1]}",
    ]
    private static let integers: [Int64] = [
        0, 1, -1, .max, .min, .max - 1, .min + 1, 9_007_199_254_740_993, -(1 << 53) - 1,
    ]
    private static let reals: [Double] = [
        0.0, -0.0, 0.1, -2.5, 1e22, 1e23, 1e-300 / 1e10, .leastNonzeroMagnitude, 1.7e308,
        -1.797_693_134_862_315_7e308,
        123_456_789_012_345_680, 2.225_073_858_507_201_4e-308, 1 / 3, .infinity, -.infinity,
    ]

    /// All of these values beside each other, and a row of nulls.
    private static let rows: [[SQLValue]] =
        (0..<texts.count).map { number in
            [
                .integer(Int64(number)), .integer(integers[number % integers.count]),
                .real(reals[number % reals.count]), .text(texts[number]),
            ]
        } + [[.integer(Int64(texts.count)), .null, .null, .null]]

    private static func table(_ name: String) -> SQLTable {
        SQLTable(
            name, key: ["n"],
            [
                .required("n", .integer), .optional("i", .integer), .optional("r", .real),
                .optional("t", .text),
            ])
    }

    /// The same doubles to the bit, which `==` does not ask. A table of SQLite's keeps whole
    /// doubles as integers, and zero without its sign.
    private static func expect(
        _ rows: [[SQLValue]], are expected: [[SQLValue]], keptBy kind: EngineKind? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(rows == expected, sourceLocation: sourceLocation)
        for (row, wanted) in zip(rows, expected) {
            for case (.real(let one), .real(let other)) in zip(row, wanted) {
                if kind == .sqlite && other == 0 { continue }
                #expect(one.bitPattern == other.bitPattern, sourceLocation: sourceLocation)
            }
        }
    }

    /// A row's values. A double is asked for as one: an infinite one comes from Spark as a text.
    private static func values(_ row: any SQLRow, _ count: Int) -> [SQLValue] {
        (0..<count).map { place in
            place == 2 && !row.isNull(place) ? .real(row.real(place)) : row.value(place)
        }
    }

    @Test(arguments: EngineKind.present)
    func `values come back as they were loaded`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        let name = try SharedEngines.newName()
        try engine.load(EngineLawTests.table(name)) { take in
            for row in EngineLawTests.rows { try take(row) }
        }
        let query: SQL = "SELECT n, i, r, t FROM \(name: name) ORDER BY n"
        for isStreamed in [false, true] {
            var (rows, nulls): ([[SQLValue]], [[Bool]]) = ([], [])
            let each = { (row: any SQLRow) throws(SQLError) in
                rows.append(EngineLawTests.values(row, 4))
                nulls.append((0..<4).map { row.isNull($0) })
                if case .text(let text) = row.value(3) {
                    #expect(row.text(3) == text)
                    row.withBytes(3) { #expect($0.elementsEqual(text.utf8)) }
                } else {
                    #expect(row.text(3) == nil && row.integer(1) == 0 && row.real(2) == 0)
                }
            }
            if isStreamed {
                try engine.stream(query, each: each)
            } else {
                try engine.read(query, each: each)
            }
            EngineLawTests.expect(rows, are: EngineLawTests.rows, keptBy: kind)
            #expect(nulls == EngineLawTests.rows.map { $0.map { $0 == .null } })
        }
    }

    @Test(arguments: EngineKind.present)
    func `values in a statement are the values that come back`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        let rows = EngineLawTests.rows.map { row in
            SQL.joined(row.map { SQL.value($0) }, by: ", ")
        }
        let parts = rows.map { row -> SQL in "SELECT \(row)" }
        let query: SQL = "SELECT * FROM (\(SQL.joined(parts, by: " UNION ALL "))) AS q ORDER BY 1"
        var found: [[SQLValue]] = []
        try engine.read(query) { row throws(SQLError) in
            found.append(EngineLawTests.values(row, 4))
        }
        EngineLawTests.expect(found, are: EngineLawTests.rows)
    }

    @Test(arguments: EngineKind.present)
    func `what is stored or viewed is what the query gives`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        let (loaded, stored) = (try SharedEngines.newName(), try SharedEngines.newName())
        let view = try SharedEngines.newName()
        try engine.load(EngineLawTests.table(loaded)) { take in
            for row in EngineLawTests.rows { try take(row) }
        }
        let query: SQL = "SELECT n, i, r, t FROM \(name: loaded)"
        try engine.store(query, as: EngineLawTests.table(stored))
        try engine.view(view, as: query)
        for name in [stored, view] {
            var found: [[SQLValue]] = []
            try engine.read("SELECT n, i, r, t FROM \(name: name) ORDER BY n") {
                row throws(SQLError) in found.append(EngineLawTests.values(row, 4))
            }
            EngineLawTests.expect(found, are: EngineLawTests.rows, keptBy: kind)
        }
    }

    @Test(arguments: EngineKind.present)
    func `an order of many rows is kept when they are streamed`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        let name = try SharedEngines.newName()
        let table = SQLTable(name, [.required("id", .integer), .required("k", .text)])
        var chance = SeededGenerator(seed: 7)
        let rows = (0..<200_000).map { (Int64($0), "é\(chance.below(5_000))") }
        try engine.load(table) { take in
            for row in rows { try take([.integer(row.0), .text(row.1)]) }
        }
        var found: [(Int64, String)] = []
        try engine.stream("SELECT id, k FROM \(name: name) ORDER BY k, id DESC") {
            row throws(SQLError) in found.append((row.integer(0), row.text(1) ?? ""))
        }
        let sorted = rows.sorted { one, other in
            one.1 == other.1 ? one.0 > other.0 : one.1 < other.1
        }
        #expect(found.elementsEqual(sorted, by: ==))
    }

    @Test(arguments: EngineKind.present)
    func `a bucket is the one that the assignment deals`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        let name = try SharedEngines.newName()
        let ids = (0..<1_000).map { "kunde-\($0)-é" }
        try engine.load(SQLTable(name, [.optional("id", .text)])) { take in
            for id in ids { try take([.text(id)]) }
            try take([.null])
        }
        let scope = "arm:credit-limit"
        let bucket = SQL.bucket(scope: "\(scope)", id: "id")
        var found: [String: Int64] = [:]
        try engine.read("SELECT id, \(bucket) FROM \(name: name)") { row throws(SQLError) in
            if let id = row.text(0) { found[id] = row.integer(1) } else { #expect(row.isNull(1)) }
        }
        let dealt = Scope(scope, salt: EngineKind.salt)
        #expect(found.count == ids.count)
        for id in ids {
            let bucket = Array(id.utf8).withUnsafeBytes { dealt.bucket(of: $0) }
            #expect(found[id] == Int64(bucket), "\(id)")
        }
    }

    @Test(arguments: EngineKind.present)
    func `a sum of integers is an integer, and columns may share a name`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        let three: SQL = "(SELECT 1 AS x UNION ALL SELECT 2)"
        var rows: [[SQLValue]] = []
        try engine.read(
            "SELECT SUM(x) AS a, COUNT(*) AS a, 1 < 2 AS b, NULL AS c FROM \(three) AS q"
        ) { row throws(SQLError) in rows.append((0..<4).map { row.value($0) }) }
        #expect(rows == [[.integer(3), .integer(2), .integer(1), .null]])
        rows = []
        try engine.stream("SELECT x FROM \(three) AS q WHERE x > 5") { row throws(SQLError) in
            rows.append(EngineLawTests.values(row, 1))
        }
        #expect(rows.isEmpty)
    }

    @Test(arguments: EngineKind.present)
    func `a statement of a million bytes is answered`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        let long = String(repeating: "lang; 'é' -- ", count: 75_000)
        var texts = 0
        try engine.read("SELECT \(long) AS a UNION ALL SELECT \(long)") { row throws(SQLError) in
            if row.text(0) == long { texts += 1 }
        }
        #expect(texts == 2)
    }

    @Test(arguments: EngineKind.present)
    func `an engine says its version`(kind: EngineKind) throws {
        let version = try SharedEngines.engine(kind).version
        #expect(version.wholeMatch(of: /\d+\.\d+\.\d+.*/) != nil, "\(version)")
    }

    @Test(arguments: EngineKind.programs)
    func `a value of another type than its column's is refused`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        #expect(throws: SQLError.self) {
            try engine.load(SQLTable("hf_wrong", [.optional("a", .integer)])) { take in
                try take([.text("x")])
            }
        }
        #expect(try engine.first("SELECT 1") == .integer(1))
    }

    @Test(arguments: EngineKind.present.filter { $0 != .duckdb })
    func `after an error the session goes on`(kind: EngineKind) throws {
        let engine = try SharedEngines.engine(kind)
        let name = "hf_nowhere"
        #expect { try engine.run("SELECT * FROM \(name: name)") } throws: { error in
            "\(error)".contains("hf_nowhere")
        }
        #expect(throws: SQLError.self) { try engine.read("SELEC 1") { _ in } }
        #expect(throws: SQLError.self) { try engine.stream("SELECT nope") { _ in } }
        #expect(try engine.first("SELECT 2") == .integer(2))
        let own = SQLError(.full, engine: "test", message: "mine")
        let three: SQL = "SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT 3"
        #expect(throws: own) { try engine.read(three) { _ throws(SQLError) in throw own } }
        #expect(throws: own) { try engine.stream(three) { _ throws(SQLError) in throw own } }
        #expect(try engine.first("SELECT 4") == .integer(4))
    }
}
