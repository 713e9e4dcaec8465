import Glibc
import HoldfastSQL
@testable import HoldfastTables
import Testing
import TestSupport

@Suite struct TableSourceTests {
    /// What cells are, a row a line: `n` a number, `t` a text, `-` missing, `e` an empty text, `?`
    /// not a number, `<` and `>` the infinities, each with its bytes.
    private static func lines(_ source: TableSource, blockSize: Int = 1_000) throws -> [String] {
        let read = try seen(source, options: TableReadOptions(blockSize: blockSize), lanes: 1)
        let letters: [CellKind: String] = [
            .number: "n", .text: "t", .missing: "-", .emptyText: "e", .notANumber: "?",
            .positiveInfinity: ">", .negativeInfinity: "<",
        ]
        let rows = read.lanes[0].batches.flatMap(\.self).map { row in
            row.map { cell in
                (letters[cell.kind] ?? "")
                    + (cell.kind == .number || cell.kind == .text
                        ? String(decoding: cell.bytes, as: UTF8.self) : "")
            }.joined(separator: " ")
        }
        return [read.columns.joined(separator: " ")] + rows
    }

    private static func error(_ source: TableSource, blockSize: Int = 1_000) -> String {
        do {
            return try lines(source, blockSize: blockSize).joined(separator: "|")
        } catch {
            return "\(error)"
        }
    }

    /// A file that goes with the body.
    private static func withFile<Value>(
        _ name: String, _ bytes: [UInt8], _ body: (String) throws -> Value
    ) throws -> Value {
        let path = scratchPath(name)
        var file = try FileWriter(path: path)
        try file.write(bytes)
        try file.close()
        defer { unlink(path) }
        return try body(path)
    }

    private static func gzip(_ bytes: [UInt8], _ name: String) throws -> [UInt8] {
        try withFile(name, bytes) { path in
            let run = try ChildProgram.run(
                "sh", ["-c", "gzip -c \"$0\" > \"$0.gz\"", path], seconds: 60)
            defer { unlink(path + ".gz") }
            #expect(run.status == 0)
            return try #require(contents(path + ".gz"))
        }
    }

    // MARK: - gzip

    @Test func `a compressed table is the same, from a file, a stream and memory`() throws {
        var chance = SeededGenerator(seed: 7)
        let bytes = TableReaderTests.table(&chance, rows: 3_000)
        let expected = try TableSourceTests.lines(.bytes(bytes, name: "t"))
        let zipped = try TableSourceTests.gzip(bytes, "gz-whole")
        #expect(try TableSourceTests.lines(.bytes(zipped, name: "t")) == expected)
        try TableSourceTests.withFile("t.csv.gz", zipped) { path in
            #expect(try TableSourceTests.lines(.file(path)) == expected)
            let file = open(path, O_RDONLY)
            defer { close(file) }
            #expect(try TableSourceTests.lines(.descriptor(file, name: "-")) == expected)
            let cat = try ChildStream("cat", [path], input: 0)
            #expect(try TableSourceTests.lines(.descriptor(cat.output, name: "-")) == expected)
            #expect(try cat.finish().status == 0)
        }
    }

    @Test func `a compressed file that is cut off or damaged says so, and no row is made up`()
        throws
    {
        let text = "a,b\n" + (0..<5_000).map { "\($0),\($0 * 7_919 % 1_000)\n" }.joined()
        let zipped = try TableSourceTests.gzip(Array(text.utf8), "gz-cut")
        var damaged = zipped
        damaged[zipped.count - 6] ^= 0xFF
        for bytes in [Array(zipped.dropLast(1)), Array(zipped[..<(zipped.count / 2)]), damaged] {
            let error = TableSourceTests.error(.bytes(bytes, name: "t.csv.gz"))
            #expect(error.contains("t.csv.gz: is compressed by gzip and cut off or damaged"))
        }
        // A fault of a row before the damage is the first.
        let ragged = try TableSourceTests.gzip(
            Array(text.replacing("\n2,", with: "\n2,2,").utf8), "gz-ragged")
        let error = TableSourceTests.error(.bytes(Array(ragged.dropLast(1)), name: "t.csv.gz"))
        #expect(error.contains("row 3 (line 4): has 3 fields"))
        #expect(error.contains("the file is compressed by gzip and cut off or damaged"))
        let whole = TableSourceTests.error(.bytes(ragged, name: "t.csv.gz"))
        #expect(whole.contains("row 3 (line 4): has 3 fields") && !whole.contains("damaged"))
    }

    // MARK: - JSON Lines

    @Test func `objects are rows, nested names are joined, and late keys are columns behind`()
        throws
    {
        let text = """
            {"id": "a", "f": {"income": 1.5, "ok": true}}

            {"id": "b", "f": {"income": null}, "n": 2, "list": [1, "x"]}
            {"f": {"income": "7"}, "id": "", "big": 1e3}
            """
        for size in [1, 20, 1_000] {
            let lines = try TableSourceTests.lines(
                .bytes(Array(text.utf8), name: "t.jsonl"), blockSize: size)
            #expect(lines[0] == "id f.income f.ok n list big")
            #expect(lines[1].hasPrefix("ta n1.5 ttrue"))
            #expect(lines[2].hasPrefix("tb - - n2 t[1,\"x\"]"))
            #expect(lines[3] == "e t7 - - - n1000")
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `columns come up in the order of the file, whichever lane is first`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        var names: [String] = []
        var text = ""
        for row in 0..<300 {
            let key = "k\(Int.random(in: 0...(row / 10), using: &chance))"
            if !names.contains(key) { names.append(key) }
            text += "{\"\(key)\":\(row)}\n"
        }
        for lanes in 1...4 {
            let read = try seen(
                .bytes(Array(text.utf8), name: "t"), options: TableReadOptions(blockSize: 64),
                lanes: lanes)
            #expect(read.columns == names && read.rows == 300, "seed \(seed)")
            for lane in read.lanes {
                #expect(lane.columns == Array(names.prefix(lane.columns.count)), "seed \(seed)")
                #expect(lane.firstRows.allSatisfy { $0 != nil })
            }
        }
    }

    @Test(
        arguments: [
            ("{\"a\":1}\n{\"a\":}\n", "row 2 (line 2): is no JSON"),
            ("{\"a\":1}\n\n[1]\n", "row 2 (line 3): is an array"),
            ("{\"a\":{\"b\":1},\"a.b\":2}", "row 1 (line 1): has two values named \"a.b\""),
            ("{\"a\":NaN}", "row 1 (line 1): is no JSON"),
        ])
    func `a line that is no row is refused with its place`(text: String, says: String) {
        for size in [4, 1_000] {
            let error = TableSourceTests.error(
                .bytes(Array(text.utf8), name: "t.jsonl"), blockSize: size)
            #expect(error.contains(says), "\(error)")
        }
    }

    @Test func `lines and columns of JSON have limits, and one more is refused`() throws {
        let limit = JSONLinesReader.lineLimit
        func line(_ count: Int) -> [UInt8] {
            Array("{\"a\":\"".utf8) + [UInt8](repeating: 0x78, count: count - 8)
                + Array("\"}".utf8)
        }
        #expect(line(limit).count == limit)
        for end in [[], Array("\n{}\n".utf8)] {
            let whole = TableSource.bytes(line(limit) + end, name: "t")
            #expect(try TableSourceTests.lines(whole).first == "a")
            let error = TableSourceTests.error(.bytes(line(limit + 1) + end, name: "t"))
            #expect(error.contains("row 1 (line 1): is longer than \(limit) bytes"))
        }
        func object(_ keys: Range<Int>) -> String {
            "{" + keys.map { "\"\($0)\":1" }.joined(separator: ",") + "}\n"
        }
        let most = CSVReader.columnLimit
        let whole = Array((object(0..<5_000) + object(5_000..<most)).utf8)
        #expect(try seen(.bytes(whole, name: "t")).columns.count == most)
        for text in [object(0..<most + 1), object(0..<most) + object(most..<most + 1)] {
            let error = TableSourceTests.error(.bytes(Array(text.utf8), name: "t"))
            #expect(error.contains("has more than \(most) columns up to here"))
        }
    }

    // MARK: - SQLite

    @Test func `values of a database keep their types`() throws {
        let path = scratchPath("types.db")
        defer { unlink(path) }
        do {
            let connection = try SQLiteConnection(path: path, mode: .create)
            try connection.run("CREATE TABLE t (a, b, c)")
            try connection.run("INSERT INTO t VALUES (1, '1', 1.5), (NULL, '', x'0aff')")
            try connection.run("INSERT INTO t VALUES (9007199254740993, 'NA', 9e999)")
        }
        let expected = ["a b c", "n1 t1 n1.5", "- e t0aff", "t9007199254740993 tNA >"]
        #expect(try TableSourceTests.lines(.file(path)) == expected)
        #expect(try TableSourceTests.lines(.file(path + ":t")) == expected)
        #expect(
            TableSourceTests.error(.file(path + ":u")).contains(
                "there is no table \"u\": the database has the tables t"))
        try SQLiteConnection(path: path, mode: .write).run("CREATE VIEW v AS SELECT a FROM t")
        #expect(TableSourceTests.error(.file(path)).contains("has the tables t, v: name one: "))
        #expect(
            try TableSourceTests.lines(.file(path + ":v"))[1...] == [
                "n1", "-", "t9007199254740993",
            ])
        let bytes = try #require(contents(path))
        #expect(
            TableSourceTests.error(.bytes(bytes, name: "-")).contains("not read from a stream"))
    }

    @Test func `a file that is not there is told of as a whole`() {
        #expect(
            TableSourceTests.error(.file("/no/such:file")).contains(
                "/no/such:file: cannot be opened"))
    }

    // MARK: - Parquet

    @Test func `without the program Parquet says how to get it, and with it what it says`() throws {
        try TableSourceTests.withFile("t.parquet", Array("PAR1....PAR1".utf8)) { path in
            let none = #expect(throws: TableError.self) {
                try seen(.file(path), options: TableReadOptions(duckdb: "no-such-duckdb"))
            }
            #expect(none?.description.contains("there is no program no-such-duckdb") == true)
            #expect(none?.description.contains("pip install duckdb-cli") == true)
            let failing = #expect(throws: TableError.self) {
                try seen(.file(path), options: TableReadOptions(duckdb: "false"))
            }
            #expect(failing?.message.contains("false ended with status 1") == true)
        }
    }

    @Test func `of Parquet texts stay texts, and nothing, NaN and infinities keep apart`() throws {
        // What `duckdb` 1.5.6 writes of such a file.
        let script = """
            #!/bin/sh
            if grep -q DESCRIBE; then
              printf '"column_name","column_type"\\n"i","BIGINT"\\n"s","VARCHAR"\\n"d","DOUBLE"\\n'
            else
              printf 'i,"s",d\\n1,"NA",1.5\\n,"",nan\\n3,,-inf\\n4,"7",inf\\n'
            fi
            """
        try TableSourceTests.withFile("duckdb", Array(script.utf8)) { program in
            chmod(program, 0o755)
            try TableSourceTests.withFile("u.parquet", Array("PAR1....PAR1".utf8)) { path in
                let read = try seen(
                    .file(path), options: TableReadOptions(duckdb: program), lanes: 1)
                let kinds = read.lanes[0].batches.flatMap(\.self).map { $0.map(\.kind) }
                #expect(
                    kinds == [
                        [.number, .text, .number], [.missing, .emptyText, .notANumber],
                        [.number, .missing, .negativeInfinity],
                        [.number, .text, .positiveInfinity],
                    ])
            }
        }
    }

    // MARK: - Rows

    @Test func `rows that are made elsewhere keep their types, and what is left out is missing`()
        throws
    {
        let source = TableSource.rows(name: "made") { rows in
            try rows.begin(columns: ["a", "b"])
            for index in 0..<10_000 {
                try rows.beginRow()
                try rows.add(index == 3 ? .nan : Double(index) / 2)
                if index == 1 { continue }
                try rows.add(text: index == 2 ? "" : "\(index)")
            }
        }
        let lines = try TableSourceTests.lines(source)
        #expect(lines.count == 10_001)
        #expect(Array(lines[..<5]) == ["a b", "n0 t0", "n0.5 -", "n1 e", "? t3"])
        #expect(lines[10_000] == "n4999.5 t9999")
    }

    @Test func `a row's text has a limit, and one byte more is refused`() throws {
        func table(_ count: Int) -> TableSource {
            .rows(name: "made") { rows in
                try rows.begin(columns: ["a", "b"])
                try rows.beginRow()
                try rows.add(text: "x")
                try rows.add(text: String(repeating: "y", count: count - 1))
            }
        }
        #expect(try TableSourceTests.lines(table(RowBatches.rowLimit)).count == 2)
        #expect(
            TableSourceTests.error(table(RowBatches.rowLimit + 1)).hasPrefix(
                "made: row 1: column \"b\": the row is longer than"))
    }
}
