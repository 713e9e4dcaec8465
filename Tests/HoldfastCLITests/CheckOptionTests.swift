import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// Options of `holdfast check` that do not fit the tables, or one another.
@Suite struct CheckOptionTests {
    @Test func `an option that names no column is told, and nothing is written`() async throws {
        let yard = try CheckYard()
        for option in [
            "--ignore", "--category", "--weight", "--label", "--prediction", "--key", "--unit",
            "--by", "--margin", "--missing-margin",
        ] {
            let value = option.hasSuffix("margin") ? "income=0.2" : "income"
            let run = try await yard.check("good.csv", serve: "good.csv", [option, value])
            try yard.expect(run, 2, says: ["no table has a column \"income\"", "spelling"], option)
        }
    }

    @Test func `arguments that cannot be meant are wrong usage`() async throws {
        let yard = try CheckYard()
        for (more, says) in [
            (["--margin", "x=2"], "--margin x=2: a margin is between 0 and 1"),
            (["--margin", "0"], "--margin 0: a margin is between 0 and 1"),
            (["--missing-margin", "nan"], "--missing-margin nan: a margin is between 0 and 1"),
            (["--level", "1"], "--level 1.0 is not from 0.5 to below 1"),
            (["--level", "nan"], "--level nan is not from 0.5 to below 1"),
            (["--memory", "much"], "--memory much: write a size as 512MB"),
            (["--memory", "2MB"], "--memory 2MB is too small: give at least 16MiB"),
            (["--by", "x:0d"], "--by x:0d: the length 0d of a slice is not from 1"),
            (["--by", ""], "a slice needs a column"),
            (["--ledger", "l.db"], "--ledger goes with a table ledger:EXPERIMENT"),
            (["--markdown", yard.folder.file("r.json")], "cannot both be written to"),
        ] {
            let run = try await yard.check("good.csv", eval: "good.csv", more)
            try yard.expect(run, 64, says: [says], "\(more)")
        }
        let served = try await yard.check("good.csv", serve: "ledger:limits")
        try yard.expect(served, 64, says: ["ledger:EXPERIMENT needs --ledger FILE"], "no ledger")
    }

    @Test func `a ledger that is none is told`() async throws {
        let yard = try CheckYard()
        _ = try await Program.sqlite(yard.folder.file("other.db"), "CREATE TABLE t (x)")
        for (name, says) in [
            ("nowhere.db", "the file cannot be opened"), ("other.db", "of something else"),
        ] {
            let path = yard.folder.file(name)
            let run = try await yard.check("good.csv", serve: "ledger:limits", ["--ledger", path])
            try yard.expect(run, 2, says: ["ledger \(path)", says], name)
            #expect(try !yard.folder.names.contains("nowhere.db"))
        }
    }

    @Test func `a weight is a number of 0 or more in every row`() async throws {
        let yard = try CheckYard()
        for (name, cell) in [("negative", "-1"), ("missing", ""), ("text", "a"), ("nan", "NaN")] {
            try yard.folder.write("\(name).csv", "x,w\n1,1\n2,\(cell)\n3,2\n")
            let run = try await yard.check("\(name).csv", eval: "\(name).csv", ["--weight", "w"])
            let place = "\(name).csv: row 2 (line 3): column \"w\": is no weight"
            try yard.expect(run, 2, says: [place, "mend the row"], name)
        }
        try yard.folder.write("zero.csv", "x,w\n" + String(repeating: "1,0\n", count: 100))
        let run = try await yard.check("zero.csv", eval: "zero.csv", ["--weight", "w"])
        try yard.expect(run, 3, says: ["inconclusive"], "no row weighs anything")
    }

    @Test func `slices are of few values, and dates without a zone are days`() async throws {
        let yard = try CheckYard()
        let rows = (0..<1_000).map { "\($0),v\($0)\n" }.joined()
        try yard.folder.write("many.csv", "x,c\n" + rows)
        for column in ["c", "x"] {
            let run = try await yard.check("many.csv", eval: "many.csv", ["--by", column])
            let place = "many.csv: row 401 (line 402): column \"\(column)\": makes more than 400"
            try yard.expect(run, 2, says: [place, "a column of fewer values"], column)
        }
        for suffix in ["", "T12:30:00", " 12:30:00", "T12:30:00Z"] {
            let days = (0..<2_000).map { "\($0 / 5),2026-01-0\(1 + $0 % 5)\(suffix)\n" }.joined()
            try yard.folder.write("days.csv", "x,t\n" + days)
            let run = try await yard.check(
                "days.csv", eval: "days.csv", ["--by", "t:1d", "--no-across"])
            try yard.expect(run, 0, says: ["in 5 slices of 1d by t"], "2026-01-01\(suffix)")
        }
    }

    @Test func `bounded memory is a result that says by how much it may be off`() async throws {
        let yard = try CheckYard()
        var text = "x,c\n"
        for row in 0..<200_000 { text += "\(Double(row * 7_919 % 200_003) / 8),id\(row)\n" }
        try yard.folder.write("large.csv", text)
        let run = try await yard.check(
            "large.csv", eval: "large.csv", ["--memory", "20MB", "--no-across"])
        try yard.expect(run, 3, says: ["Memory was bounded", "200,000 rows"], "20 MB")
    }

    @Test func `rows of a key that is there twice are not joined, and that is said`() async throws {
        let yard = try CheckYard()
        let rows = CheckYard.rows(2_000).split(separator: "\n")
        func table(_ name: String, _ key: (Int) -> Int) throws {
            let lines = rows.enumerated().map { "\(key($0.offset)),\($0.element)\n" }
            try yard.folder.write(name, "k,x,c\n" + lines.joined())
        }
        try table("twice.csv") { $0 / 2 }
        try table("some.csv") { $0 < 10 ? 0 : $0 }
        let none = try await yard.check("twice.csv", serve: "twice.csv", ["--key", "k"])
        try yard.expect(none, 2, says: ["column \"k\" is no key", "--key"], "all twice")
        let some = try await yard.check("some.csv", serve: "some.csv", ["--key", "k"])
        try yard.expect(some, 0, says: ["1,990"], "ten rows of one key")
    }

    @Test func `a report that cannot be written leaves no other behind`() async throws {
        let yard = try CheckYard()
        let nowhere = yard.folder.file("no/r.xml")
        let run = try await Program.run([
            "check", "--train", yard.folder.file("good.csv"), "--eval",
            yard.folder.file("good.csv"), "--html", yard.folder.file("r.html"), "--json",
            yard.folder.file("r.json"), "--junit", nowhere, "--no-across",
        ])
        try yard.expect(run, 2, says: ["\(nowhere): ", "No such file or directory"], "no folder")
    }
}
