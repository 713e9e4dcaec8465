import Foundation
import Testing
import TestSupport

/// `holdfast check --engine`: a program beside us counts.
@Suite struct CheckEngineTests {
    @Test func `what does not go with an engine is wrong usage, and says what to do`() async throws
    {
        let yard = try CheckYard()
        let engine = ["--engine", "duckdb"]
        for (arguments, says) in [
            (engine + ["--by", "c"], "--by does not go with --engine"),
            (engine + ["--memory", "64MB"], "--memory does not go with --engine"),
            (engine + ["--schema", "s.json"], "--schema does not go with --engine"),
            (["--engine", "spark", "--spark-conf", "x"], "--spark-conf takes key=value"),
            (["--exact"], "--exact goes with --engine"),
        ] {
            let run = try await yard.check("good.csv", eval: "good.csv", arguments)
            #expect(run.status == 64, "\(arguments)")
            #expect(run.errors.contains(says), "\(arguments): \(run.errors)")
        }
    }

    @Test func `an engine that is not there is said with how to come by it`() async throws {
        let yard = try CheckYard()
        let run = try await yard.check(
            "good.csv", eval: "good.csv",
            ["--engine", "duckdb", "--duckdb", yard.folder.file("none")])
        #expect(run.status == 2)
        #expect(run.errors.contains("pip install duckdb-cli"), "\(run.errors)")
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `DuckDB counts files, folders and patterns, and the verdict is that without it`()
        async throws
    {
        let yard = try CheckYard()
        let parts = yard.folder.file("parts")
        try FileManager.default.createDirectory(
            atPath: parts, withIntermediateDirectories: true)
        for (part, name) in ["a", "b"].enumerated() {
            let rows = (0..<1_000).map { "\(($0 + part * 1_000) * 7_919 % 2_003),a\n" }.joined()
            try yard.folder.write("parts/\(name).csv", "x,c\n" + rows)
        }
        // As many rows again, all of one kind, which weigh nothing.
        let weighed = CheckYard.good.split(separator: "\n").dropFirst().map { "\($0),1\n" }
        let heavy = weighed.joined() + String(repeating: "0,a,0\n", count: 2_000)
        try yard.folder.write("heavy.csv", "x,c,w\n" + heavy)
        let duckdb = ["--engine", "duckdb", "--duckdb", EnginePrograms.duckdb ?? "duckdb"]
        for (train, eval, more, status, says) in [
            ("good.csv", "good.csv", [], 0, "agree"),
            ("good.csv", "good.csv", ["--exact"], 0, "agree"),
            ("good.csv", "parts", [], 1, "disagree"),
            ("good.csv", "parts/*.csv", ["--ignore", "c"], 0, "agree"),
            ("good.csv", "heavy.csv", ["--ignore", "w"], 1, "disagree"),
            ("good.csv", "heavy.csv", ["--weight", "w"], 0, "weighted: worth"),
        ] as [(String, String, [String], Int32, String)] {
            let run = try await yard.check(train, eval: eval, duckdb + more)
            #expect(run.status == status, "\(eval) \(more): \(run.output) \(run.errors)")
            #expect(run.output.contains(says), "\(eval) \(more): \(run.output)")
        }
        let missing = try await yard.check("good.csv", eval: "no*.csv", duckdb)
        #expect(missing.status == 2)
        #expect(missing.errors.contains("no*.csv"), "\(missing.errors)")
    }
}
