import Glibc
import HoldfastTables
import Testing
import TestSupport

@Suite struct WriterTests {
    @Test func `a field is quoted only where it must be`() throws {
        let path = scratchPath("quotes")
        defer { unlink(path) }
        var file = try FileWriter(path: path)
        var row = CSVWriter()
        for field in [
            "customer-1", "Kyoto, Japan", nil, "", " a", "b ", "a b", "x\"y", "l\nm", "r\r",
        ] {
            row.append(field)
        }
        try row.end(into: &file)
        row.append(record: Array("as,\"it\",came".utf8))
        row.append("more")
        try row.end(into: &file)
        try file.close(sync: true)
        let expected =
            "customer-1,\"Kyoto, Japan\",,\"\",\" a\",\"b \",a b,\"x\"\"y\",\"l\nm\",\"r\r\"\n"
            + "as,\"it\",came,more\n"
        #expect(contents(path) == Array(expected.utf8))
    }

    @Test func `a first column whose name begins with a byte order mark keeps its name`() throws {
        // By the fuzzer: a mark behind the file's own was written bare, and then taken for it.
        let table = Array("\u{FEFF}\u{FEFF}a,b\n\u{FEFF}1,2\n".utf8)
        var reader = try CSVReader(bytes: table, path: "marks.csv")
        #expect(reader.columns == ["\u{FEFF}a", "b"])
        #expect(try reader.next())
        var writer = CSVWriter()
        for column in reader.columns { writer.append(column) }
        var written = writer.takeRow()
        for index in reader.columns.indices { writer.append(try reader.text(index)) }
        written += writer.takeRow()
        var again = try CSVReader(bytes: written, path: "again.csv")
        #expect(again.columns.elementsEqual(reader.columns) { $0.utf8.elementsEqual($1.utf8) })
        #expect(try again.next())
        #expect(Array(again.bytes(0)) == Array("\u{FEFF}1".utf8))
    }

    @Test func `more than the buffer is written whole and in order`() throws {
        let path = scratchPath("large")
        defer { unlink(path) }
        var file = try FileWriter(path: path)
        var expected: [UInt8] = []
        for turn in 0..<1_000 {
            let bytes = [UInt8](repeating: UInt8(turn % 251), count: 777)
            try file.write(bytes)
            expected += bytes
        }
        try file.close()
        try file.close()
        #expect(contents(path) == expected)
    }

    @Test func `a full disk is an error`() throws {
        var file = try FileWriter(path: "/dev/full")
        try file.write([1, 2, 3])
        let error = #expect(throws: TableError.self) { try file.close() }
        #expect(error?.message == "cannot be written: No space left on device")
        #expect(error?.hint.contains("free space") == true)
    }

    @Test func `a folder that is not there is an error`() {
        let path = scratchPath("none") + "/x.csv"
        #expect(throws: TableError.self) { _ = try FileWriter(path: path) }
        #expect(throws: TableError.self) { _ = try AtomicFile(path: path) }
        #expect(throws: TableError.self) { _ = try CSVReader(path: path) }
        #expect(throws: TableError.self) { _ = try CSVReader(path: "/") }
    }

    @Test func `an atomic file appears on commit and not before`() throws {
        let path = scratchPath("atomic")
        defer { unlink(path) }
        var file = try AtomicFile(path: path)
        try file.output.write("new\n".utf8)
        try file.output.flush()
        #expect(contents(path) == nil)
        try file.commit()
        #expect(contents(path) == Array("new\n".utf8))
    }

    @Test func `an atomic file leaves a link a link, and a pipe a pipe`() throws {
        let folder = scratchPath("special")
        #expect(mkdir(folder, 0o700) == 0)
        let (kept, link, pipe) = (folder + "/kept", folder + "/link", folder + "/pipe")
        defer {
            for path in [kept, link, pipe] { unlink(path) }
            rmdir(folder)
        }
        func write(_ path: String) throws {
            var file = try AtomicFile(path: path)
            try file.output.write("new\n".utf8)
            try file.commit()
        }
        try write(kept)
        #expect(symlink("kept", link) == 0)
        var before = stat()
        #expect(stat(kept, &before) == 0)
        try write(link)
        var status = stat()
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(stat(kept, &status) == 0 && status.st_ino != before.st_ino)
        #expect(contents(kept) == Array("new\n".utf8))

        #expect(mkfifo(pipe, 0o600) == 0)
        // Both ends in one process: four bytes fit the pipe before anybody reads.
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        #expect(reader >= 0)
        defer { close(reader) }
        try write(pipe)
        #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(reader, &bytes, 8) == 4)
        #expect(bytes.prefix(4) == Array("new\n".utf8)[...])
    }

    @Test func `an atomic file given up leaves what was there and nothing beside it`() throws {
        let folder = scratchPath("folder")
        #expect(mkdir(folder, 0o700) == 0)
        defer { rmdir(folder) }
        let path = folder + "/kept"
        defer { unlink(path) }
        var old = try FileWriter(path: path)
        try old.write("old\n".utf8)
        try old.close()
        func giveUp() throws {
            var file = try AtomicFile(path: path)
            try file.output.write("half".utf8)
            try file.output.flush()
        }
        try giveUp()
        #expect(contents(path) == Array("old\n".utf8))
        var names: [String] = []
        let listing = try #require(opendir(folder))
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        #expect(names.sorted() == [".", "..", "kept"])
    }
}

@Suite struct JSONLinesTests {
    private func lines(_ text: String) throws -> [String] {
        var reader = JSONLinesReader(bytes: Array(text.utf8), path: "t.jsonl")
        var lines: [String] = []
        while let line = try reader.next() {
            lines.append("\(reader.line):" + String(decoding: line, as: UTF8.self))
        }
        return lines
    }

    @Test func `lines come without endings, blank ones are counted and passed over`() throws {
        #expect(
            try lines("{\"a\":1}\n\n \t\r\n{\"a\":2}\r\n3") == [
                "1:{\"a\":1}", "4:{\"a\":2}", "5:3",
            ])
        #expect(try lines("\u{FEFF}1\n2\n") == ["1:1", "2:2"])
        #expect(try lines("").isEmpty && lines("\n\n").isEmpty)
    }

    @Test func `a line has a limit, and one byte more is refused`() throws {
        let full = String(repeating: "1", count: JSONLinesReader.lineLimit)
        #expect(try lines(full + "\n" + full).count == 2)
        for text in ["1\n" + full + "1\n", "1\n" + full + "1", "1\n" + full + full + full] {
            let error = #expect(throws: TableError.self) { _ = try lines(text) }
            #expect(error?.line == 2)
        }
    }

    @Test func `lines across blocks stay whole`() throws {
        let path = scratchPath("lines")
        defer { unlink(path) }
        var file = try FileWriter(path: path)
        for turn in 0..<20_000 { try file.write("{\"turn\":\(turn)}\n".utf8) }
        try file.close()
        var reader = try JSONLinesReader(path: path)
        var turn = 0
        while let line = try reader.next() {
            try #require(String(decoding: line, as: UTF8.self) == "{\"turn\":\(turn)}")
            turn += 1
        }
        #expect(turn == 20_000 && reader.line == 20_000)
    }
}

@Suite struct CellValueTests {
    @Test func `missing is nothing or a named token, unquoted`() {
        for token in CellValue.missingTokens + [""] { #expect(CellValue(token) == .missing) }
        for text in ["na", "Nan", "none", "n", "nullx", " NA"] { #expect(CellValue(text) == .text) }
        #expect(CellValue("NA", isQuoted: true) == .text)
        #expect(CellValue("", isQuoted: true) == .emptyText)
    }

    @Test func `numbers are what JSON and spreadsheets write`() {
        for (text, value) in [
            ("0", 0), ("-0", 0), ("1", 1), ("+1", 1), ("-1.5", -1.5), (".5", 0.5), ("5.", 5),
            ("1e3", 1000), ("1E+3", 1000), ("2.5e-3", 0.0025), (" 7 ", 7), ("0.1", 0.1),
            ("1e-400", 0), ("123456789012345678901234567890", 1.2345678901234568e29),
            ("9007199254740993", 9_007_199_254_740_992),
            ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
            ("4.9e-324", Double.leastNonzeroMagnitude),
            ("0.30000000000000004", 0.30000000000000004), ("0e9999999", 0),
        ] as [(String, Double)] {
            #expect(CellValue(text) == .number(value), "\(text)")
        }
        #expect(CellValue("3", isQuoted: true) == .number(3))
        for text in ["inf", "-inf", "Infinity", "+INF", "1e999", "-1e400"] {
            #expect(CellValue(text) == .infinite, "\(text)")
        }
        for text in [
            "01", "-007", "1_000", "1,5", "0x10", "1e", "e5", ".", "-", "+", "--1", "1.2.3", "1 2",
            "infx",
            "½", "nanx", "1e+", " ", "１",
        ] {
            #expect(CellValue(text) == .text, "\(text)")
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `no bytes trap the number scanner, and what it takes is what Swift takes`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789+-.eEinf ".utf8)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...26, using: &chance)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &chance)]
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard case .number(let value) = CellValue(text) else { continue }
            let trimmed = text.split(separator: " ").joined()
            #expect(Double(trimmed) == value, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `a double survives being written and read`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let value = Double(bitPattern: chance.next())
            guard value.isFinite else { continue }
            #expect(CellValue("\(value)") == .number(value), "seed \(seed): \(value)")
            let short = Double(Int.random(in: -999_999...999_999, using: &chance)) / 1_000
            #expect(CellValue("\(short)") == .number(short), "seed \(seed): \(short)")
        }
    }
}
