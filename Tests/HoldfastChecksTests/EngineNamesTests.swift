import HoldfastEngines
import HoldfastSQL
import TestSupport
import Testing

@testable import HoldfastChecks

/// Units and keys in tables that an engine has. Files of every kind: ``EngineFilesTests``.
@Suite struct EngineNamesTests {
    private static func options(_ change: (inout CheckOptions) -> Void) -> CheckOptions {
        var options = CheckOptions()
        change(&options)
        return options
    }

    private static func checked(
        _ tables: [(TableRole, MadeTable)], _ options: CheckOptions
    ) throws -> CheckReport {
        let engine = try SQLiteConnection(path: ":memory:", mode: .create)
        return try Agreement.check(
            try tables.map { ($0.0, try $0.1.load($0.0.rawValue, into: engine)) }, on: engine,
            options: options)
    }

    @Test func `units are counted once each, by value, and rows without one are said`() throws {
        let train = MadeTable(
            columns: ["x", "unit"],
            rows: [.integer(1), .integer(1), .integer(2), .integer(3), .null].map {
                [.real(1), $0]
            })
        let eval = MadeTable(
            columns: ["x", "unit"],
            rows: [.real(2), .integer(3), .real(5), .real(2.5), .null, .null].map {
                [.real(1), $0]
            })
        let across = try Self.checked(
            [(.train, train), (.eval, eval)], Self.options { $0.unit = "unit" }
        ).pairs[0].across
        #expect(
            across.units
                == .init(column: "unit", reference: 3, candidate: 4, shared: 2))
        #expect(across.findings.first { $0.measure == .sharedUnits }?.effect == 0.5)
        let notes = across.notes.filter { $0.contains("no unit in") }
        #expect(notes.count == 2 && notes[0].hasPrefix("1 row of train has"), "\(notes)")
        #expect(notes[1].hasPrefix("2 rows of eval have"), "\(notes)")
    }

    @Test func `a table without the column is said, and nothing is found`() throws {
        let with = MadeTable(
            columns: ["x", "id"], rows: [[.real(1), .text("a")], [.real(2), .text("b")]])
        let without = MadeTable(columns: ["x"], rows: [[.real(1)], [.real(2)]])
        for (role, change) in [
            (TableRole.eval, { (options: inout CheckOptions) in options.unit = "id" }),
            (.serve, { $0.key = "id" }),
        ] as [(TableRole, (inout CheckOptions) -> Void)] {
            let across = try Self.checked(
                [(.train, with), (role, without)], Self.options(change)
            ).pairs[0].across
            #expect(across.units == nil && across.skew == nil)
            let says = "\(role.rawValue) has no column \"id\"."
            #expect(across.notes.contains { $0.hasSuffix(says) }, "\(across.notes)")
        }
    }

    @Test func `a column whose every value repeats is no key`() throws {
        let once = MadeTable(
            columns: ["x", "id"], rows: [[.real(1), .text("a")], [.real(2), .text("b")]])
        let twice = MadeTable(columns: ["x", "id"], rows: once.rows + once.rows)
        let error = #expect(throws: CheckError.self) {
            try Self.checked([(.train, once), (.serve, twice)], Self.options { $0.key = "id" })
        }
        #expect(error?.message.hasPrefix("serve: column \"id\" is no key") == true)
    }

    @Test func `of large tables the same keys are looked at, about 50,000 of them`() {
        #expect(EngineNames.threshold(rows: 50_000, columns: 20, .duckdb) == nil)
        #expect(EngineNames.threshold(rows: 200_000, columns: 20, .duckdb) == 1 << 30)
        #expect(EngineNames.threshold(rows: 1 << 40, columns: 1, .spark) == 195)
        // Of very many columns fewer.
        #expect(EngineNames.threshold(rows: 4_000, columns: 1_000_000, .duckdb) == 1 << 30)
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `how a file writes a number makes no other name and no other cell`() throws {
        let folder = try TemporaryFolder()
        try folder.write("train.csv", "id,c,x\n1,1.0,1\n2.5,+2,2\n3,word,3\n007,1,4\n")
        try folder.write("eval.csv", "id,c,x\n1.0,1,1\n2.50,2,2\n3e0,word,3\n7,1e0,4\n")
        let engine = try DuckDBEngine(program: EnginePrograms.duckdb, scratch: folder.path)
        let files = try ["train", "eval"].map { name in
            try EngineFiles("\(folder.path)/\(name).csv", format: .csv, isPattern: false)
                .table("hf_\(name)", named: name, on: engine)
        }
        // The same once more, of columns with types.
        try engine.view(
            "typed",
            as: "SELECT CAST(id AS DOUBLE) AS id, c, CAST(x AS BIGINT) AS x FROM hf_eval")
        let typed = try EngineTable("typed", named: "typed", on: engine)
        let report = try Agreement.check(
            [(.train, files[0]), (.eval, files[1]), (.serve, typed)], on: engine,
            options: Self.options { ($0.unit, $0.key) = ("id", "id") })
        // A zero in front makes a code of it.
        #expect(
            report.pairs[0].across.units
                == .init(column: "id", reference: 4, candidate: 4, shared: 3))
        let skew = try #require(report.pairs[1].across.skew)
        #expect(skew.joined == 3 && skew.differing == 0, "\(skew)")
        #expect(skew.referenceOnly == 1 && skew.candidateOnly == 1)
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `a sample of keys is the same in both tables, and tells about the truth`() throws {
        let folder = try TemporaryFolder()
        let engine = try DuckDBEngine(program: EnginePrograms.duckdb, scratch: folder.path)
        // Every fortieth row has another number there; a tenth of the keys is in one table only.
        try engine.view(
            "one",
            as: "SELECT i AS id, i % 1000 / 7.0 AS x, 'c' || i % 5 AS c FROM range(200000) t(i)")
        try engine.view(
            "two",
            as: """
                SELECT CAST(i AS VARCHAR) AS id, i % 1000 / 7.0 + CASE WHEN i % 40 = 0 THEN 1 ELSE 0 END AS x,
                'c' || i % 5 AS c FROM range(20000, 220000) t(i)
                """)
        let report = try Agreement.check(
            [
                (.train, try EngineTable("one", named: "one", on: engine)),
                (.serve, try EngineTable("two", named: "two", on: engine)),
            ], on: engine, options: Self.options { $0.key = "id" })
        let skew = try #require(report.pairs[0].across.skew)
        #expect(skew.sampledShare == 0.25)
        #expect(abs(skew.joined - 45_000) < 1_000 && skew.repeated == 0)
        #expect(abs(skew.referenceOnly - 5_000) < 400 && abs(skew.candidateOnly - 5_000) < 400)
        let share = Double(skew.differing) / Double(skew.joined)
        #expect(abs(share - 0.025) < 0.004, "\(share)")
        #expect(skew.columns.map(\.column) == ["x", "c"] && skew.columns[1].differing == 0)
        #expect(skew.columns[0].largest.map { abs($0 - 1) < 1e-9 } == true)
        #expect(
            report.pairs[0].across.notes.contains {
                $0.hasPrefix("Rows were compared by key for 25")
            })
        #expect(
            report.pairs[0].across.findings.first { $0.measure == .skew }?.verdict == .disagrees)
    }
}
