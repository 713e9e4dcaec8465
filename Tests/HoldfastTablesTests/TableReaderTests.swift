import HoldfastTables
import Testing
import TestSupport

@Suite struct TableReaderTests {
    @Test(arguments: UInt64(1)...60)
    func `any bytes are the same cells, or the same fault, to both readers`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let pieces = [
            "a", ",", ",", ",", "\"", "\n", "\n", "\r\n", " ", "é", "\"\"", "x,\"y\nz\",", "NA",
            "nan",
            "-1.5", "1e999", "0", "12345678", "\u{FEFF}", "\r", "\u{0}",
        ]
        for _ in 0..<50 {
            let columns = Int.random(in: 1...4, using: &chance)
            var text = (0..<columns).map { "c\($0)" }.joined(separator: ",") + "\n"
            if Bool.random(using: &chance) { text = "\u{FEFF}" + text }
            if Int.random(in: 0..<8, using: &chance) == 0 { text = "" }
            for _ in 0..<Int.random(in: 0...60, using: &chance) {
                text += pieces[Int.random(in: 0..<pieces.count, using: &chance)]
            }
            let bytes = Array(text.utf8)
            let expected = byRows(bytes)
            for size in [1, 7, 64] {
                #expect(
                    columnar(bytes, blockSize: size) == expected,
                    "seed \(seed), blocks of \(size): \(text.debugDescription)")
            }
            #expect(columnar(bytes, lanes: 3).error == expected.error, "seed \(seed)")
        }
    }

    /// A table without faults, of cells with quotes, commas and line breaks.
    static func table(_ chance: inout SeededGenerator, rows: Int) -> [UInt8] {
        let pieces = ["a", ",", "\"", "\n", "\r\n", " ", "é", "🦊", "x", "", "NA", "0", "-3.25"]
        var writer = CSVWriter()
        let columns = Int.random(in: 1...5, using: &chance)
        for column in 0..<columns { writer.append("c\(column)") }
        var bytes = writer.takeRow()
        for _ in 0..<rows {
            for _ in 0..<columns {
                let isMissing = Int.random(in: 0..<8, using: &chance) == 0
                let text = (0..<Int.random(in: 0...5, using: &chance)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &chance)]
                }.joined()
                writer.append(isMissing ? nil : text)
            }
            bytes += writer.takeRow()
        }
        return bytes
    }

    @Test(arguments: UInt64(1)...20)
    func `a table is the same wherever the blocks end`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let bytes = TableReaderTests.table(&chance, rows: 40)
        let expected = byRows(bytes)
        #expect(expected.error == nil && expected.rows.count == 40, "seed \(seed)")
        for size in 1...120 {
            #expect(columnar(bytes, blockSize: size) == expected, "seed \(seed), blocks of \(size)")
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `the first fault of the file is reported, whichever lane met one first`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var lines = (0..<400).map { "\($0),\($0 * 2)" }
        let faults = ["1", "1,2,3", "1,2\"", "\"1\"x,2", "1,2\r3"]
        for _ in 0..<6 {
            lines[Int.random(in: 0..<400, using: &chance)] =
                faults[Int.random(in: 0..<faults.count, using: &chance)]
        }
        let bytes = Array(("a,b\n" + lines.joined(separator: "\n")).utf8)
        let expected = byRows(bytes).error
        #expect(expected != nil)
        for lanes in 1...5 {
            for _ in 0..<3 {
                #expect(columnar(bytes, lanes: lanes).error == expected, "seed \(seed)")
            }
        }
    }

    @Test func `a lane sees the same rows in every run, and all lanes see each row once`() throws {
        let lines = (1...2_000).map { "\($0)" }
        let source = TableSource.bytes(
            Array(("a\n" + lines.joined(separator: "\n")).utf8), name: "t")
        let options = TableReadOptions(blockSize: 64)
        let first = try seen(source, options: options, lanes: 4)
        #expect(first.rows == 2_000 && first.columns == ["a"])
        #expect(first.lanes.allSatisfy { $0.batches.count > 10 })
        let all = first.lanes.flatMap { $0.batches.flatMap { $0.map { $0[0].bytes } } }
        #expect(Set(all) == Set(lines.map { Array($0.utf8) }) && all.count == 2_000)
        for _ in 0..<5 {
            let again = try seen(source, options: options, lanes: 4)
            #expect(again.lanes.map(\.batches) == first.lanes.map(\.batches))
        }
        // In one lane every batch knows its place.
        let alone = try seen(source, options: options, lanes: 1).lanes[0]
        var row = 1
        for (batch, firstRow) in zip(alone.batches, alone.firstRows) {
            #expect(firstRow == row)
            row += batch.count
        }
    }

    @Test func `what a lane finds wrong gets its file, row, line and column`() {
        let lines = (1...300).map { "\($0),\"x\n\"\"y\"\"\"" }
        let bytes = Array(("a,b\n" + lines.joined(separator: "\n")).utf8)
        for lanes in 1...4 {
            let error = #expect(throws: TableError.self) {
                try TableReader.read(
                    .bytes(bytes, name: "t.csv"), options: TableReadOptions(blockSize: 50),
                    lanes: lanes
                ) { _ in
                    0
                } each: { _, batch in
                    try batch.withColumn(0) { column in
                        for row in 0..<batch.rows where column.numbers[row] >= 150 {
                            throw CellFault(
                                row: row, column: 0, message: "is high", hint: "lower it")
                        }
                    }
                }
            }
            #expect(
                error?.description == "t.csv: row 150 (line 300): column \"a\": is high: lower it")
        }
    }

    @Test func `a cell is a number, one that is none, infinite, missing or a text`() throws {
        let cells: [(String, CellKind)] = [
            ("1", .number), ("-0", .number), (" +1.5e3 ", .number), (".5", .number),
            ("123456789012345678901234567890", .number), ("-", .text), (".", .text), ("01", .text),
            ("00.5", .text), ("1e", .text), ("NaN", .notANumber), ("nan", .notANumber),
            ("\"nan\"", .text), ("NAN", .text), ("NA", .missing), ("\"NA\"", .text), ("", .missing),
            ("None", .missing), ("none", .text), ("\"\"", .emptyText), ("inf", .positiveInfinity),
            ("+Infinity", .positiveInfinity), ("-inf", .negativeInfinity),
            ("1e999", .positiveInfinity), ("-1e999", .negativeInfinity), ("\"7\"", .number),
        ]
        let text = "a\n" + cells.map { $0.0 + "\n" }.joined()
        let read = columnar(Array(text.utf8))
        #expect(read.rows.map { $0[0].kind } == cells.map(\.1))
        #expect(read.rows[1][0].number == (-0.0).bitPattern)
        #expect(read.rows[4][0].number == 1.2345678901234568e29.bitPattern)
    }

    @Test(arguments: UInt64(1)...20)
    func `a number is the same to both readers, whatever its length and its point`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let letters = Array("0123456789012345678900..-+e ".utf8) + [0x2F, 0x3A, 0xB0, 0x70]
        var text: [UInt8] = Array("a\n".utf8)
        for _ in 0..<500 {
            let alphabet = Int.random(in: 0..<4, using: &chance) == 0 ? letters.count : 20
            var cell = (0..<Int.random(in: 1...19, using: &chance)).map { _ in
                letters[Int.random(in: 0..<alphabet, using: &chance)]
            }
            if Bool.random(using: &chance) {
                cell[Int.random(in: 0..<cell.count, using: &chance)] = UInt8(ascii: ".")
            }
            if Int.random(in: 0..<4, using: &chance) == 0 { cell.insert(UInt8(ascii: "-"), at: 0) }
            text += cell + [0x0A]
        }
        let (some, others) = (columnar(text, blockSize: 500), byRows(text))
        for (one, other) in zip(some.rows, others.rows) {
            #expect(one == other, "seed \(seed): \(one) and \(other)")
        }
        #expect(some.rows.count == 500 && some == others, "seed \(seed)")
        #expect(some.rows.count { $0[0].kind == .number } > 100, "seed \(seed)")
    }

    @Test func `any bytes of a cell pass, and those of a name must be UTF-8`() {
        let read = columnar(Array("a,b\n".utf8) + [0xE9, 0x00, 0x2C, 0xFF, 0x0A])
        #expect(read.rows.map { $0.map(\.bytes) } == [[[0xE9, 0x00], [0xFF]]])
        #expect(columnar([0x61, 0xE9, 0x0A, 0x31]).error?.contains("not UTF-8") == true)
    }

    @Test func `a header alone has no rows`() {
        for text in ["a,b", "a,b\r\n", "\u{FEFF}a,b\n\n\n"] {
            let read = columnar(Array(text.utf8))
            #expect(read == ReadTable(columns: ["a", "b"]), "\(text.debugDescription)")
        }
    }

    @Test func `an ignored column is not looked at, and a column of texts holds no numbers`() throws
    {
        let text = "id,code,n\n\"a\"\"b\",1,1\nx,NA,2\ny,\"NA\",nan\nz,,inf\n"
        let options = TableReadOptions(ignored: { $0 == "id" }, texts: { $0 == "code" })
        let read = try seen(.bytes(Array(text.utf8), name: "t"), options: options, lanes: 1)
        let rows = read.lanes[0].batches.flatMap(\.self)
        #expect(rows.map { $0[0].kind } == [.text, .missing, .text, .missing])
        #expect(rows.map { $0[1].kind } == [.number, .number, .notANumber, .positiveInfinity])
    }

    @Test func `a failing lane and a cancelled task stop the reading`() async throws {
        struct Failure: Error {}
        let endless: TableSource = .rows(name: "endless") { rows in
            try rows.begin(columns: ["a"])
            while true {
                try rows.beginRow()
                try rows.add(1)
            }
        }
        #expect(throws: Failure.self) {
            try TableReader.read(endless, makeLane: { _ in 0 }) { count, batch in
                count += batch.rows
                if count > 10_000 { throw Failure() }
            }
        }
        let task = Task {
            try TableReader.read(endless, makeLane: { _ in 0 }) { $0 += $1.rows }.rows
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }

    @Test func `a record, the columns and a header have limits, and one more is refused`() {
        let limit = CSVReader.recordLimit
        let full = [UInt8](repeating: 0x78, count: limit)
        let header = Array("a\n".utf8)
        for size in [1_000, TableReadOptions.usualBlockSize] {
            for end in [[], Array("\n".utf8), Array("\r\n1".utf8)] {
                #expect(columnar(header + full + end, blockSize: size).error == nil)
                let longer = columnar(header + full + [0x78] + end, blockSize: size)
                #expect(longer == byRows(header + full + [0x78] + end))
                #expect(longer.error?.contains("row 1 (line 2): the record is longer") == true)
            }
            let open = header + [0x22] + full + full
            #expect(columnar(open, blockSize: size) == byRows(open))
        }
        let usual = TableReadOptions.usualBlockSize
        #expect(columnar(full + [0x78], blockSize: usual) == byRows(full + [0x78]))
        #expect(columnar(full, blockSize: usual).error == nil)
        let names = (0..<CSVReader.columnLimit).map { "c\($0)" }.joined(separator: ",")
        let cells = String(repeating: ",", count: CSVReader.columnLimit - 1)
        let wide = columnar(Array("\(names)\n\(cells)\n\(cells)\n".utf8), blockSize: 9_000)
        #expect(wide.error == nil && wide.rows.count == 2 && wide.rows[1].count == 10_000)
        for text in ["\(names),x\n", "\(names)\n\(cells),\n"] {
            let error = columnar(Array(text.utf8), blockSize: 1_000)
            #expect(error == byRows(Array(text.utf8)) && error.error?.contains("columns") == true)
        }
    }
}
