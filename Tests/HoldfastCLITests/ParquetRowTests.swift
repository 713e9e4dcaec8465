import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// Units and facts in Parquet are dealt and recorded as those in CSV; `duckdb` makes the files here
/// and says what is in them.
@Suite struct ParquetRowTests {
    private static let catalog = """
        holdfast: 1
        salt: parquet-tests-salt-01
        experiments:
          limits:
            unit: customer
            eligible: {attribute: age, atLeast: 20}
            starts: 2026-02-02T00:00:00Z
            arms: [{control: 33.3333%}, {treatment: 66.6667%}]
            features: {income: number, visits: integer, vip: boolean, country: category}
            outcome: {name: paid, horizon: 6h, absent: 0}
        """
    private static let answers = "experiment, arm, reason, act, propensity, bucket, revision"

    let folder: TemporaryFolder
    let catalog: String

    init() throws {
        folder = try TemporaryFolder()
        catalog = try folder.write("catalog.yaml", ParquetRowTests.catalog)
    }

    private func duckdb(_ script: String) async throws -> String {
        let run = try await Program.run(
            try #require(EnginePrograms.duckdb),
            ["-init", "/dev/null", "-batch", "-bail", "-csv", "-noheader"], input: script)
        #expect(run.status == 0, "\(script): \(run.errors)")
        return run.output
    }

    /// Units with all that a text can hold, as CSV, and as Parquet with types of their own.
    private func writeUnits(_ count: Int, seed: UInt64) async throws {
        var chance = SeededGenerator(seed: seed)
        let countries = ["JP", "\"it's, \"\" \\ \"", "Österreich", "\"a\nb\"", "\"\"", "", "NA"]
        var text = "id,unit,at,age,income,visits,vip,country\n"
        for number in 0..<count {
            let day = 1 + chance.below(4)
            let second = String(format: "%02d", chance.below(60))
            let age = chance.below(10) == 0 ? "" : "\(15 + chance.below(50))"
            let income = chance.below(10) == 0 ? "" : "\(Double(chance.below(1_000_000)) / 7)"
            text += "d\(number),customer-\(number),2026-02-0\(day)T10:00:\(second).25Z,\(age),"
            text += "\(income),\(chance.below(9)),\(["true", "false", ""][chance.below(3)]),"
            text += "\(countries[chance.below(countries.count)])\n"
        }
        try folder.write("units.csv", text)
        _ = try await duckdb(
            """
            SET TimeZone = 'Asia/Tokyo';
            COPY (SELECT id, unit, "at", age, income, visits, vip, country,
                [age, visits] AS "a list", CAST(visits AS DECIMAL(9, 3)) AS price,
                DATE '2026-01-01' AS born, CAST("at" AS TIMESTAMP_NS) AS plain
              FROM read_csv('\(folder.file("units.csv"))', auto_detect = false, header = true,
                nullstr = '', allow_quoted_nulls = false, columns = {'id': 'VARCHAR',
                'unit': 'VARCHAR', 'at': 'TIMESTAMPTZ', 'age': 'BIGINT', 'income': 'DOUBLE',
                'visits': 'INTEGER', 'vip': 'BOOLEAN', 'country': 'VARCHAR'}))
            TO '\(folder.file("units.parquet"))' (FORMAT parquet, ROW_GROUP_SIZE 2048);
            """)
    }

    private func assign(_ words: [String], status: Int32 = 0) async throws -> Program.Run {
        let run = try await Program.run(
            ["assign", "--catalog", catalog, "--time-column", "at"] + words)
        #expect(run.status == status, "\(words): \(run.errors)")
        return run
    }

    private var program: [String] { ["--duckdb", EnginePrograms.duckdb ?? "duckdb"] }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `units in Parquet are dealt as those in CSV, and keep their types`() async throws {
        try await writeUnits(5_000, seed: 1)
        let (csv, parquet) = (folder.file("units.csv"), folder.file("units.parquet"))
        // Some have no age, and cannot be dealt: so the status is 1.
        _ = try await assign([csv, "-o", folder.file("csv.csv")], status: 1)
        _ = try await assign([csv, "-o", folder.file("csv.parquet")] + program, status: 1)
        _ = try await assign([parquet, "-o", folder.file("parquet.csv")] + program, status: 1)
        _ = try await assign([parquet, "-o", folder.file("parquet.parquet")] + program, status: 1)
        // An answer is the same, whichever way it went.
        func answers(_ file: String) async throws -> String {
            let path = folder.file(file)
            let table =
                file.hasSuffix(".csv")
                ? "read_csv('\(path)', all_varchar = true, header = true, nullstr = '')"
                : "read_parquet('\(path)')"
            return try await duckdb(
                """
                SELECT unit, experiment, arm, reason, CAST(act AS BOOLEAN),
                  CAST(propensity AS DOUBLE), CAST(bucket AS BIGINT), revision FROM \(table);
                """)
        }
        let expected = try await answers("csv.csv")
        for reason in ["assigned", "ineligible", "not_started", "refused"] {
            #expect(expected.contains(",\(reason),"), "\(reason)")
        }
        #expect(expected.split(separator: "\n").count == 5_000)
        for file in ["csv.parquet", "parquet.csv", "parquet.parquet"] {
            #expect(try await answers(file) == expected, "\(file)")
        }
        // What was there before is as it was.
        let kept = try await duckdb(
            """
            SELECT COUNT(*) FROM (
              SELECT * EXCLUDE (\(ParquetRowTests.answers))
              FROM '\(folder.file("parquet.parquet"))' EXCEPT ALL SELECT * FROM '\(parquet)');
            SELECT COUNT(*) FROM (
              SELECT id, unit, "at", age, income, visits, vip, country
              FROM '\(folder.file("csv.parquet"))' EXCEPT ALL
              SELECT * FROM read_csv('\(csv)', all_varchar = true, header = true, nullstr = '',
                allow_quoted_nulls = false));
            """)
        #expect(kept == "0\n0\n")
        func types(_ file: String) async throws -> [String] {
            try await duckdb(
                "SELECT column_type FROM (DESCRIBE SELECT * FROM '\(folder.file(file))');"
            ).split(separator: "\n").map(String.init)
        }
        let added = ["VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN", "DOUBLE", "BIGINT", "VARCHAR"]
        #expect(try await types("parquet.parquet") == types("units.parquet") + added)
        #expect(
            try await types("csv.parquet") == Array(repeating: "VARCHAR", count: 8) + added)
        // The same units give the same bytes.
        _ = try await assign([parquet, "-o", folder.file("again.parquet")] + program, status: 1)
        #expect(try folder.read("again.parquet") == folder.read("parquet.parquet"))
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `a row that cannot be dealt keeps its place in Parquet`() async throws {
        let file = folder.file("u.parquet")
        _ = try await duckdb(
            """
            COPY (SELECT * FROM (VALUES ('a', 30, TIMESTAMP '2026-02-03 00:00:00'), ('', 30, NULL),
              ('b', 30, TIMESTAMP '2026-02-01 00:00:00')) AS t(unit, age, "at"))
            TO '\(file)' (FORMAT parquet);
            """)
        let run = try await assign([file, "-o", folder.file("out.parquet")] + program, status: 1)
        #expect(run.errors.contains("\(file): row 2 (line 3): "))
        let rows = try await duckdb(
            "SELECT unit, reason, act, bucket IS NULL FROM '\(folder.file("out.parquet"))';")
        #expect(rows.split(separator: "\n").map { $0.split(separator: ",").first }.count == 3)
        #expect(rows.contains("a,assigned,") && rows.contains(",refused,false,true"))
        #expect(rows.contains("b,not_started,false,"))
        // A column that differs in the case of letters would be taken for the one that is added.
        _ = try await duckdb("COPY (SELECT 'a' AS unit, 1 AS Arm) TO '\(file)' (FORMAT parquet);")
        let taken = try await Program.run(
            ["assign", "--catalog", catalog, file, "-o", folder.file("new.parquet")] + program)
        #expect(taken.status != 0 && taken.errors.contains("has a column \"Arm\" already"))
    }

    private func record(
        _ kind: String, _ file: String, _ more: [String] = []
    ) async throws -> Program.Run {
        try await Program.run(
            [
                "record", kind, folder.file(file), "--catalog", catalog, "--ledger",
                folder.file("ledger.db"),
            ] + program + more)
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `facts in Parquet are recorded as those in CSV`() async throws {
        try await writeUnits(2_000, seed: 2)
        let facts = try await record("decisions", "units.parquet")
        // Some have no age, and cannot be dealt.
        let counts = try #require(
            facts.output.wholeMatch(
                of: /(\d+) decisions recorded, 0 duplicates, (\d+) refused\n/))
        let (taken, refused) = (Int(counts.1) ?? 0, Int(counts.2) ?? 0)
        #expect(taken > 1_500 && refused > 50 && taken + refused == 2_000)
        // One of that id that says another thing would be refused.
        let again = try await record("decisions", "units.csv")
        #expect(again.output == "0 decisions recorded, \(taken) duplicates, \(refused) refused\n")
        try folder.write(
            "outcomes.csv",
            (0..<500).map { "o\($0),customer-\($0),2026-02-05T00:00:00Z,paid,\(Double($0) / 3)\n" }
                .reduce("id,unit,at,name,value\n", +))
        _ = try await duckdb(
            """
            COPY (SELECT * FROM read_csv('\(folder.file("outcomes.csv"))'))
            TO '\(folder.file("outcomes.parquet"))' (FORMAT parquet);
            """)
        let outcomes = try await record("outcomes", "outcomes.parquet")
        #expect(outcomes.output == "500 outcomes recorded, 0 duplicates, 0 refused\n")
        let twice = try await record("outcomes", "outcomes.csv")
        #expect(twice.output == "0 outcomes recorded, 500 duplicates, 0 refused\n")
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `of a damaged file nothing is recorded, and nothing is written`() async throws {
        try await writeUnits(20_000, seed: 3)
        let out = try folder.write("out.parquet", "as it was")
        let whole = try folder.read("units.parquet")
        for place in [whole.count / 3, whole.count / 2, whole.count - 9] {
            var bytes = whole
            for index in place..<min(place + 400, whole.count) { bytes[index] ^= 0xA5 }
            try bytes.write(to: URL(fileURLWithPath: folder.file("bad.parquet")))
            let recorded = try await record(
                "decisions", "bad.parquet", ["--source", "till", "--sequence", "1"])
            #expect(recorded.status == 2, "\(place): \(recorded.output)\(recorded.errors)")
            #expect(try !folder.names.contains("ledger.db"), "it is read before a ledger is made")
            #expect(recorded.errors.contains("reading \(folder.file("bad.parquet"))"))
            _ = try await assign([folder.file("bad.parquet"), "-o", out] + program, status: 2)
            #expect(try folder.read("out.parquet") == Data("as it was".utf8))
        }
        #expect(try folder.names.allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test func `without the program it is said how to get it, and nothing is written`()
        async throws
    {
        let file = try folder.write("u.parquet", "PAR1....PAR1")
        let csv = try folder.write("u.csv", "unit,age,at\na,30,2026-02-03T00:00:00Z\n")
        for words in [
            [file], [file, "-o", folder.file("out.parquet")],
            [csv, "-o", folder.file("out.parquet")],
        ] {
            let run = try await assign(words + ["--duckdb", "no-such-duckdb"], status: 2)
            #expect(run.errors.contains("no-such-duckdb: there is no such program"))
            #expect(run.errors.contains("pip install duckdb-cli`, or use CSV"))
        }
        let run = try await Program.run([
            "record", "decisions", file, "--catalog", catalog, "--ledger", folder.file("l.db"),
            "--duckdb", "no-such-duckdb",
        ])
        #expect(run.status == 2 && run.errors.contains("pip install duckdb-cli`, or use CSV"))
        #expect(!(try folder.names.contains("out.parquet")))
        for words in [
            ["-", "--file-format", "parquet"],
            [folder.file("u.jsonl"), "-o", folder.file("out.parquet")],
            [file, "-o", folder.file("out.jsonl")],
        ] {
            let run = try await assign(words, status: 2)
            #expect(run.errors.contains("Parquet"), "\(words)")
        }
    }
}
