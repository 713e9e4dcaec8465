import Glibc
import HoldfastTables
import Testing
import TestSupport

/// All rows of a text, as texts; `nil` for a missing value.
func rows(_ text: String) throws -> [[String?]] {
    var reader = try CSVReader(bytes: Array(text.utf8), path: "t.csv")
    var rows: [[String?]] = []
    while try reader.next() {
        var row: [String?] = []
        for index in reader.columns.indices {
            row.append(reader.isMissing(index) ? nil : try reader.text(index))
        }
        rows.append(row)
    }
    return rows
}

/// The error that reading a text ends with.
func failure(_ bytes: [UInt8]) -> TableError? {
    do throws(TableError) {
        var reader = try CSVReader(bytes: bytes, path: "t.csv")
        while try reader.next() {}
        return nil
    } catch {
        return error
    }
}

func failure(_ text: String) -> TableError? { failure(Array(text.utf8)) }

@Suite struct CSVReaderTests {
    @Test func `quotes, commas, line breaks and doubled quotes come out as meant`() throws {
        let text = "a,b,c\n1,\"x, y\",\"say \"\"hi\"\"\"\n\"line\nbreak\",\"\"\"\",\"\"\n"
        #expect(try rows(text) == [["1", "x, y", "say \"hi\""], ["line\nbreak", "\"", ""]])
    }

    @Test func `an empty text and a missing value differ`() throws {
        #expect(try rows("a,b\n\"\",\n") == [["", nil]])
    }

    @Test func `line endings, byte order mark and a last line without an end change nothing`()
        throws
    {
        let expected: [[String?]] = [["1", "2"], ["3", nil]]
        for text in [
            "a,b\n1,2\n3,\n", "a,b\r\n1,2\r\n3,\r\n", "a,b\n1,2\n3,", "\u{FEFF}a,b\r\n1,2\n3,\r\n",
            "a,b\n\n1,2\n\r\n3,\n\n",
        ] {
            #expect(try rows(text) == expected, "\(text.debugDescription)")
            let reader = try CSVReader(bytes: Array(text.utf8), path: "t.csv")
            #expect(reader.columns == ["a", "b"])
            #expect(reader.headerRecord == Array("a,b".utf8))
        }
    }

    @Test func `a blank line is a missing value where there is one column`() throws {
        #expect(try rows("a\n1\n\n2\n") == [["1"], [nil], ["2"]])
    }

    @Test func `a header alone has no rows`() throws {
        #expect(try rows("a,b").isEmpty)
        #expect(try rows("a,b\r\n").isEmpty)
    }

    @Test func `rows and lines are counted from 1, line breaks in quotes included`() throws {
        var reader = try CSVReader(bytes: Array("a,b\n\"x\n\ny\",1\n\nz,2\n".utf8), path: "t.csv")
        #expect(try reader.next())
        #expect(reader.row == 1 && reader.line == 2)
        #expect(try reader.next())
        #expect(reader.row == 2 && reader.line == 6)
        #expect(try !reader.next())
        #expect(try !reader.next())
    }

    @Test func `a record can be had as it came`() throws {
        var reader = try CSVReader(
            bytes: Array("a,b\r\n\"x\"\"y\", z \r\n\"\",\"q\"".utf8), path: "t.csv")
        #expect(try reader.next())
        #expect(Array(reader.record) == Array("\"x\"\"y\", z ".utf8))
        #expect(try reader.text(0) == "x\"y" && reader.text(1) == " z ")
        #expect(try reader.next())
        #expect(Array(reader.record) == Array("\"\",\"q\"".utf8))
        #expect(reader.isQuoted(1) && reader.withBytes(1) { Array($0) } == Array("q".utf8))
    }

    @Test func `a row of the wrong width names its place, and the next can be read`() throws {
        var reader = try CSVReader(
            bytes: Array("a,b\n1,2\n3\n4,5,6\n7,8\n".utf8), path: "train.csv")
        #expect(try reader.next())
        var errors: [TableError] = []
        for _ in 0..<2 {
            do throws(TableError) { _ = try reader.next() } catch { errors.append(error) }
        }
        #expect(errors.map(\.canContinue) == [true, true])
        #expect(
            errors.first?.description
                == "train.csv: row 2 (line 3): has 1 field, the header has 2: "
                + "is the line cut off, or a comma missing?")
        #expect(
            errors.last?.description
                == "train.csv: row 3 (line 4): has 3 fields, the header has 2: "
                + "quote a field that holds a comma")
        #expect(try reader.next())
        #expect(try reader.text(1) == "8" && reader.row == 4)
    }

    @Test(
        arguments: [
            ("", nil, nil, "is empty"),
            ("\u{FEFF}", nil, nil, "is empty"),
            ("a,b,a\n", nil, 1, "columns 1 and 3 are both named \"a\""),
            ("a,b\n1,2\"\n", 1, 2, "a quote stands within"),
            ("a,b\n1,2\n1,\"2\"x\n", 2, 3, "text follows the closing quote"),
            ("a,b\n1,\"2\n3,4\n", 1, 2, "never closed"),
            ("a,b\n1,2\r3,4\n", 1, 2, "carriage return"),
            ("a,\"b\n", nil, 1, "never closed"),
        ] as [(String, Int?, Int?, String)])
    func `what is no CSV is refused with its place`(
        text: String, row: Int?, line: Int?, says: String
    ) throws {
        let error = try #require(failure(text))
        #expect(error.row == row, "\(error)")
        #expect(error.message.contains(says), "\(error)")
        if says.contains("never closed") { return }
        #expect(error.line == line, "\(error)")
        #expect(!error.canContinue && !error.hint.isEmpty)
    }

    @Test func `behind a fault that ends reading each call says so again`() throws {
        var reader = try CSVReader(bytes: Array("a\n1\"\n2\n".utf8), path: "t.csv")
        for _ in 0..<3 {
            #expect(throws: TableError.self) { _ = try reader.next() }
        }
    }

    @Test func `names and texts must be UTF-8, bytes need not`() throws {
        #expect(failure([0x61, 0xFF, 0x0A])?.message.contains("not UTF-8") == true)
        var reader = try CSVReader(bytes: [0x61, 0x0A, 0xC3, 0x28, 0x0A], path: "t.csv")
        #expect(try reader.next())
        #expect(Array(reader.bytes(0)) == [0xC3, 0x28])
        let error = #expect(throws: TableError.self) { _ = try reader.text(0) }
        #expect(error?.description.contains("row 1 (line 2): column \"a\": is not UTF-8") == true)
        // NFC and NFD are two names.
        #expect(failure("\u{E9},e\u{301}\n") == nil)
    }

    @Test func `a record has a limit, and one byte more is refused`() {
        let limit = CSVReader.recordLimit
        let header = Array("a\n".utf8)
        let full = [UInt8](repeating: 0x78, count: limit)
        #expect(failure(header + full) == nil)
        #expect(failure(header + full + [0x0A, 0x31]) == nil)
        #expect(failure(header + full + [0x78])?.message.contains("longer than") == true)
        #expect(failure(header + full + [0x78, 0x0A])?.message.contains("longer than") == true)
        let open = header + [0x22] + full + full
        #expect(failure(open)?.message.contains("longer than") == true)
    }

    @Test func `columns have a limit, and one more is refused`() throws {
        let names = (0..<CSVReader.columnLimit).map { "c\($0)" }
        let reader = try CSVReader(bytes: Array(names.joined(separator: ",").utf8), path: "t.csv")
        #expect(reader.columns.count == CSVReader.columnLimit)
        #expect(
            failure((names + ["more"]).joined(separator: ","))?.message.contains("columns") == true)
    }

    @Test(arguments: UInt64(1)...40)
    func `what is written is read again, however the bytes arrive`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let pieces = ["a", ",", "\"", "\n", "\r\n", " ", "é", "🦊", "x", "", "NA", "0"]
        let columns = Int.random(in: 1...4, using: &chance)
        var expected: [[String?]] = []
        let path = scratchPath("round-\(seed)")
        defer { unlink(path) }
        var file = try FileWriter(path: path)
        var row = CSVWriter()
        for column in 0..<columns { row.append("c\(column)") }
        try row.end(into: &file)
        // Enough rows that some record lies across the end of a block.
        for _ in 0..<Int.random(in: 0...9_000, using: &chance) {
            let fields = (0..<columns).map { _ -> String? in
                guard Int.random(in: 0..<8, using: &chance) > 0 else { return nil }
                return (0..<Int.random(in: 0...5, using: &chance)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &chance)]
                }.joined()
            }
            for field in fields { row.append(field) }
            try row.end(into: &file)
            expected.append(fields)
        }
        try file.close()
        var reader = try CSVReader(path: path)
        var count = 0
        while try reader.next() {
            for index in 0..<columns {
                let field = reader.isMissing(index) ? nil : try reader.text(index)
                try #require(
                    field.map { Array($0.utf8) } == expected[count][index].map { Array($0.utf8) },
                    "seed \(seed), row \(count)")
            }
            count += 1
        }
        #expect(count == expected.count, "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...30)
    func `no bytes trap the reader`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let alphabet = Array("a,\"\r\n\u{FEFF}é".utf8) + [0xFF, 0x00]
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...30, using: &chance)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &chance)]
            }
            let error = failure(bytes)
            #expect(error == nil || !(error?.hint.isEmpty ?? true), "seed \(seed): \(bytes)")
        }
    }
}
