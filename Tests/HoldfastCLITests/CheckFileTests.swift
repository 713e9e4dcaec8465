import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast check` of files that are odd, broken or not there: a result, or one line that says
/// which file, where in it, and what to do.
@Suite struct CheckFileTests {
    @Test func `a column without a name is told as one`() async throws {
        let yard = try CheckYard()
        // As pandas writes its index.
        try yard.folder.write("index.csv", ",x\n" + (0..<50).map { "\($0),\($0 % 7)\n" }.joined())
        let run = try await yard.check("index.csv", eval: "index.csv")
        #expect(run.output.contains("\n  (no name) "), "\(run.output)")
    }

    @Test func `a table without values is a result, one without rows an error`() async throws {
        let yard = try CheckYard()
        let letters = ["a", "b", "c"]
        for (name, text, status, says) in [
            (
                "nan-column", "x,c\n" + (0..<2_000).map { "NaN,\(letters[$0 % 3])\n" }.joined(), 1,
                ["eval disagree", "No cell has a value in eval."]
            ),
            (
                "nan", "x,c\n" + String(repeating: "NaN,NaN\n", count: 2_000), 1,
                ["columns: 2 disagree", "No cell has a value in eval."]
            ),
            (
                "missing", "x,c\n" + String(repeating: ",\n", count: 2_000), 1,
                ["columns: 2 disagree", "No cell has a value in eval."]
            ),
            ("one-row", "x,c\n1,a\n", 3, ["inconclusive", "1 row, 2 columns"]),
            ("empty", "", 2, ["empty.csv: is empty: a first line with the column names is needed"]),
            ("header", "x,c\n", 2, ["header.csv: has no rows: check what wrote it"]),
            ("half-header", "x,c", 2, ["half-header.csv: has no rows: check what wrote it"]),
        ] as [(String, String, Int32, [String])] {
            try yard.folder.write("\(name).csv", text)
            let run = try await yard.check("good.csv", eval: "\(name).csv")
            try yard.expect(run, status, says: says, name)
        }
        // Of two tables without a value nothing differs.
        for name in ["nan.csv", "missing.csv"] {
            let run = try await yard.check(name, eval: name)
            try yard.expect(run, 0, says: ["No cell has a value in train."], name)
        }
    }

    @Test func `a record that is none is told with its row, its line and a remedy`() async throws {
        let yard = try CheckYard()
        let long = String(repeating: "a", count: (1 << 20) + 1)
        for (name, text, says) in [
            ("twice", "x,x\n1,2\n", ["line 1: columns 1 and 2 are both named \"x\": rename one"]),
            (
                "wide", "x,c\n1,a\n2,b,3\n",
                ["row 2 (line 3): has 3 fields, the header has 2: quote"]
            ),
            (
                "short", "x,c\n1,a\n2\n",
                ["row 2 (line 3): has 1 field, the header has 2: is the line"]
            ),
            (
                "open", "x,c\n1,\"a\n2,b\n",
                ["row 1 (line 4): a quote is opened", "close the quote"]
            ),
            (
                "long", "x,c\n1,a\n2,\(long)\n",
                ["row 2 (line 3): the record is longer than 1048576"]
            ),
        ] {
            try yard.folder.write("\(name).csv", text)
            let run = try await yard.check("good.csv", eval: "\(name).csv")
            try yard.expect(run, 2, says: says + ["\(name).csv: "], name)
        }
        try yard.folder.write("zeros.csv", String(repeating: "\0", count: 5_000))
        try yard.expect(
            try await yard.check("good.csv", eval: "zeros.csv"), 2, says: ["has no rows"], "zeros")
    }

    @Test func `a thousand columns are compared, and one above ten thousand is refused`()
        async throws
    {
        let yard = try CheckYard()
        for (count, status, says) in [
            (1_000, 3, "1,000 columns"),
            (10_001, 2, "line 1: has more than 10000 columns: check the separator"),
        ] as [(Int, Int32, String)] {
            var text = (0..<count).map { "k\($0)" }.joined(separator: ",") + "\n"
            for row in 0..<5 {
                text += (0..<count).map { "\($0 * row % 7)" }.joined(separator: ",") + "\n"
            }
            try yard.folder.write("wide.csv", text)
            let run = try await yard.check("wide.csv", eval: "wide.csv", ["--no-across"])
            try yard.expect(run, status, says: [says], "\(count) columns")
        }
    }

    @Test func `cells may be of any bytes, and names of columns are UTF-8`() async throws {
        let yard = try CheckYard()
        let latin = Array("x,c\n".utf8) + Array("1,caf".utf8) + [0xE9, 0x0A] + Array("2,b\n".utf8)
        try yard.write("latin.csv", latin)
        try yard.expect(
            try await yard.check("good.csv", eval: "latin.csv"), 3, says: ["2 rows"], "Latin-1")
        let report = try await yard.check("latin.csv", eval: "good.csv", ["--format", "json"])
        #expect(try JSON.parse(Array(report.output.utf8))["verdict"] == "inconclusive")
        try yard.expect(report, 3, "Latin-1 as JSON")
        try yard.write("header.csv", Array("x,caf".utf8) + [0xE9] + Array("\n1,a\n".utf8))
        try yard.expect(
            try await yard.check("good.csv", eval: "header.csv"), 2,
            says: ["header.csv: line 1: the name of column 2 is not UTF-8", "say with iconv"],
            "a Latin-1 name")
        try yard.write("wide.csv", [0xFF, 0xFE] + "x,c\n1,a\n".utf16.flatMap { [UInt8($0), 0] })
        try yard.expect(
            try await yard.check("good.csv", eval: "wide.csv"), 2,
            says: ["wide.csv: line 1: the name of column 1 is not UTF-8"], "UTF-16")
        try yard.folder.write("nul.csv", CheckYard.good.replacing(",b\n", with: ",b\0b\n"))
        let nul = try await yard.check("nul.csv", eval: "nul.csv", ["--no-across"])
        try yard.expect(nul, 0, says: ["2,000 rows"], "NUL in cells")
        try yard.folder.write(
            "windows.csv", "\u{FEFF}" + CheckYard.good.replacing("\n", with: "\r\n"))
        let windows = try await yard.check("good.csv", eval: "windows.csv", ["--no-across"])
        try yard.expect(windows, 0, says: ["columns: 0 disagree"], "CRLF and a byte order mark")
    }

    @Test func `gzip is read, and what is cut off or damaged is refused`() async throws {
        let yard = try CheckYard()
        let whole = try await yard.gzipped(CheckYard.good)
        var damaged = whole
        for place in 2_000..<2_040 { damaged[place] ^= 0xFF }
        var unlike = whole
        // The checksum stands before the four bytes of the length.
        unlike[whole.count - 5] ^= 0xFF
        try yard.write("whole.csv.gz", whole)
        try yard.expect(
            try await yard.check("good.csv", eval: "whole.csv.gz", ["--no-across"]), 0, "gzip")
        for (name, bytes, says) in [
            ("cut.csv.gz", Array(whole.dropLast(40)), "unexpected end of file"),
            ("damaged.csv.gz", damaged, "invalid compressed data"),
            ("unlike.csv.gz", unlike, "crc error"),
            ("head.csv.gz", Array(whole.prefix(5)), "unexpected end of file"),
        ] {
            try yard.write(name, bytes)
            let run = try await yard.check("good.csv", eval: name)
            let words = ["\(name): is compressed by gzip and cut off or damaged", "write it again"]
            try yard.expect(run, 2, says: words + [says], name)
        }
    }

    @Test func `JSON Lines are read, and a broken line is named`() async throws {
        let yard = try CheckYard()
        let lines = CheckYard.rows(2_000).split(separator: "\n").map { row in
            let cells = row.split(separator: ",")
            return "{\"x\":\(cells[0]),\"c\":\"\(cells[1])\"}\n"
        }
        try yard.folder.write("good.jsonl", lines.joined())
        try yard.expect(
            try await yard.check("good.csv", eval: "good.jsonl", ["--no-across"]), 0, "JSON Lines")
        var broken = lines
        broken[1_500].removeLast(2)
        broken[1_500] += "\n"
        for (name, text, says) in [
            ("broken.jsonl", broken.joined(), "row 1501 (line 1501): is no JSON"),
            ("list.jsonl", "\n[1]\n", "row 1 (line 2): is an array"),
            ("twice.jsonl", "{\"a\":1,\"a\":2}\n", "row 1 (line 1)"),
            ("none.jsonl", "\n", "has no rows"),
        ] {
            try yard.folder.write(name, text)
            try yard.expect(
                try await yard.check("good.csv", eval: name), 2, says: ["\(name): \(says)"], name)
        }
    }

    @Test func `a table of SQLite is read by its name, and one that is not there is told`()
        async throws
    {
        let yard = try CheckYard()
        let rows = CheckYard.rows(2_000).split(separator: "\n").map { row in
            "(" + row.replacing(",", with: ",'") + "')"
        }
        _ = try await Program.sqlite(
            yard.folder.file("f.db"),
            "CREATE TABLE t (x, c); CREATE TABLE u (x); INSERT INTO t VALUES "
                + rows.joined(separator: ","))
        try yard.expect(try await yard.check("good.csv", eval: "f.db:t", ["--no-across"]), 0, "t")
        for (name, says) in [
            ("f.db", "f.db: the database has the tables t, u: name one: "),
            ("f.db:v", "f.db:v: there is no table \"v\": the database has the tables t, u"),
            ("f.db:u", "f.db:u: has no rows"), ("g.db:t", "g.db:t: cannot be opened"),
        ] {
            try yard.expect(
                try await yard.check("good.csv", eval: name), 2, says: [says], name)
        }
        let bytes = [UInt8](try yard.folder.read("f.db"))
        try yard.write("cut.db", Array(bytes.prefix(bytes.count / 2)))
        try yard.expect(
            try await yard.check("good.csv", eval: "cut.db:t"), 2,
            says: ["cut.db:t: SQLite cannot read it", "integrity_check"], "a database cut off")
    }

    @Test func `what is no file, or not to be read, is told with its name`() async throws {
        let yard = try CheckYard()
        try yard.folder.write("t.parquet", "PAR1 and no more")
        try FileManager.default.createDirectory(
            atPath: yard.folder.file("folder.csv"), withIntermediateDirectories: true)
        for (name, says) in [
            ("nowhere.csv", "cannot be opened: No such file or directory: check the name"),
            ("folder.csv", "cannot be read: Is a directory: check that it is a file"),
            // Its first bytes belong to nobody, even for root.
            ("/proc/self/mem", "cannot be read: Input/output error"),
            ("/dev/null", "is empty"),
            ("t.parquet", "there is no program \(yard.folder.file("duckdb")), which reads Parquet"),
        ] {
            let run = try await yard.check(
                "good.csv", eval: name, ["--duckdb", yard.folder.file("duckdb")])
            try yard.expect(run, 2, says: ["\(name): \(says)"], name)
        }
        let secret = try yard.folder.write("secret.csv", CheckYard.good)
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: secret)
        let run = try await yard.check("good.csv", eval: "secret.csv", ["--no-across"])
        // Who is root may read everything.
        if geteuid() == 0 {
            try yard.expect(run, 0, "a secret, for root")
        } else {
            try yard.expect(run, 2, says: ["secret.csv: cannot be opened: Permission"], "a secret")
        }
    }

    @Test func `standard input is a table like any other`() async throws {
        let yard = try CheckYard()
        let run = try await yard.check(
            "good.csv", eval: "-", ["--no-across"], input: CheckYard.good)
        try yard.expect(run, 0, says: ["standard input"], "standard input")
        for (input, says) in [
            ("", "standard input: is empty"), ("x,c\n1\n", "standard input: row 1 (line 2): has 1"),
            ("PAR1", "standard input: is Parquet, not read from a stream: give the path of a file"),
        ] {
            try yard.expect(
                try await yard.check("good.csv", eval: "-", input: input), 2, says: [says], says)
        }
        try yard.expect(
            try await yard.check("-", eval: "-"), 64, says: ["only one table"], "two streams")
    }
}
