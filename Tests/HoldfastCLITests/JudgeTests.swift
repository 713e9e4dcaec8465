import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast judge` as its users meet it.
@Suite struct JudgeTests {
    /// 3,000 rows whose label follows from `x`; `good` predicts it, `flat` says one thing, `lucky`
    /// is chance. Numbers by a fixed rule, as no seed is needed.
    static let table: String = {
        var text = "y,good,same,flat,lucky,x,region,day\n"
        for row in 0..<3_000 {
            let x = Double(row * 7_919 % 1_000) / 1_000
            let luck = Double(row * 104_729 % 997) / 997
            let label = luck < x ? 1 : 0
            let other = Double(row * 31_337 % 991) / 991
            let region = ["north", "south"][row % 2]
            text += "\(label),\(x),\(x),0.5,\(other),\(x),\(region),2026-01-0\(1 + row / 1_000)\n"
        }
        return text
    }()

    private static func yard() throws -> (TemporaryFolder, String) {
        let folder = try TemporaryFolder()
        return (folder, try folder.write("eval.csv", table))
    }

    /// Judges the table with every report.
    private static func judge(
        _ folder: TemporaryFolder, _ path: String, _ more: [String]
    ) async throws -> (run: Program.Run, json: JSON) {
        let run = try await Program.run(
            [
                "judge", "--table", path, "--label", "y", "--html", folder.file("r.html"),
                "--json", folder.file("r.json"), "--junit", folder.file("r.xml"), "--markdown",
                folder.file("r.md"),
            ] + more)
        let json = folder.file("r.json")
        guard FileManager.default.fileExists(atPath: json) else { return (run, .null) }
        return (run, try JSON.parse(Array(try folder.read("r.json"))))
    }

    private static func section(_ json: JSON, _ question: String) -> JSON? {
        json["sections"]?.array?.first { $0["question"]?.string == question }
    }

    private static func figure(_ json: JSON, _ question: String, _ name: String) -> JSON? {
        section(json, question)?["figures"]?.array?.first { $0["figure"]?.string == name }
    }

    @Test func `a model that predicts is fit, and every report says so`() async throws {
        let (folder, path) = try Self.yard()
        let (run, json) = try await Self.judge(
            folder, path,
            [
                "--prediction", "good", "--features", "region", "--groups", "region",
                "--baseline", "lucky",
            ])
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        #expect(run.output.hasPrefix("good is fit.\n"))
        #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
        #expect(json["verdict"] == "fit" && json["task"] == "binary")
        let validator = try JSONSchemaValidator("judgement.schema.json")
        #expect(validator.faults(json) == [])
        let questions = json["sections"]?.array?.compactMap { $0["question"]?.string }
        #expect(questions == ["accurate", "better", "degenerate", "fair"])
        let gain = try #require(Self.figure(json, "better", "auc_gain"))
        #expect(try #require(gain["lower"]?.double) > 0)
        #expect(gain["at_least"]?.double == 0 && gain["verdict"] == "fit" && gain["of"] == "lucky")
        let page = String(decoding: try folder.read("r.html"), as: UTF8.self)
        #expect(page.contains("good is fit.") && page.contains("Is it fair?"))
        let suite = String(decoding: try folder.read("r.xml"), as: UTF8.self)
        #expect(suite.contains("failures=\"0\""))
        let markdown = String(decoding: try folder.read("r.md"), as: UTF8.self)
        #expect(markdown.hasPrefix("## good is fit."))
    }

    @Test func `the same rows give the same bytes, by text, file and standard output`() async throws
    {
        let (folder, path) = try Self.yard()
        let arguments = ["judge", "--table", path, "--label", "y", "--prediction", "good"]
        let first = try await Program.run(arguments + ["--format", "json"])
        let second = try await Program.run(arguments + ["--format", "json"])
        #expect(first.output == second.output && first.status == second.status)
        let piped = try await Program.run(
            ["judge", "--table", "-", "--label", "y", "--prediction", "good"], input: Self.table)
        let file = try await Program.run(arguments)
        #expect(piped.status == file.status)
        let tables = [piped.output, file.output].map { $0.split(separator: "\n").dropFirst(2) }
        #expect(Array(tables[0]) == Array(tables[1]))
        _ = folder
    }

    @Test func `a model that says one thing, or chance, is unfit`() async throws {
        let (folder, path) = try Self.yard()
        for column in ["flat", "lucky"] {
            let (run, json) = try await Self.judge(folder, path, ["--prediction", column])
            #expect(run.status == 1, "\(column): \(run.output)")
            #expect(json["verdict"] == "unfit")
            let junit = String(decoding: try folder.read("r.xml"), as: UTF8.self)
            #expect(junit.contains("<failure") && junit.contains("auc"))
        }
    }

    @Test func `what these rows cannot tell is told to be so, with the rows it would take`()
        async throws
    {
        let folder = try TemporaryFolder()
        let few = Self.table.split(separator: "\n").prefix(41).joined(separator: "\n") + "\n"
        let path = try folder.write("few.csv", few)
        let requirements = try folder.write(
            "r.yaml", "requirements: 1\nusual: false\nfigures: {auc: {atLeast: 0.8}}\n")
        let (run, json) = try await Self.judge(
            folder, path, ["--prediction", "good", "--requirements", requirements])
        #expect(run.status == 3, "\(run.output)")
        let auc = try #require(Self.figure(json, "accurate", "auc"))
        #expect(auc["verdict"] == "inconclusive")
        #expect(try #require(auc["rows_needed"]?.double) > 40)
        #expect(run.output.contains("would tell"))
    }

    @Test func `a candidate that is worse than what is in operation is unfit, an equal one fit`()
        async throws
    {
        let (folder, path) = try Self.yard()
        for (candidate, incumbent, status) in [("lucky", "good", 1), ("good", "same", 0)] {
            let (run, json) = try await Self.judge(
                folder, path,
                ["--candidate", candidate, "--incumbent", incumbent, "--features", "region"])
            #expect(run.status == Int32(status), "\(run.output)")
            let verdict = Self.figure(json, "better", "auc_gain")?["verdict"]
            #expect(verdict == (status == 1 ? "unfit" : "fit"), "\(run.output)")
            #expect(json["incumbent"]?.string == incumbent)
        }
    }

    @Test func `slices of time show a model over time`() async throws {
        let (folder, path) = try Self.yard()
        let (run, json) = try await Self.judge(
            folder, path, ["--prediction", "good", "--by", "day:1d", "--features", "region"])
        #expect([0, 3].contains(run.status), "\(run.errors)")
        let figures = Self.section(json, "accurate_over_time")?["figures"]?.array ?? []
        let days = Set(figures.compactMap { $0["of"]?.string }.filter { $0.hasPrefix("2026") })
        #expect(days.count == 3)
    }

    @Test func `rows of operation are held against the judged ones, with labels or without`()
        async throws
    {
        let (folder, path) = try Self.yard()
        var moved = "good,x,region,day\n"
        for row in 0..<2_000 {
            let x = 0.5 + Double(row * 7_919 % 1_000) / 2_000
            moved += "\(x),\(x),east,2026-02-0\(1 + row / 1_000)\n"
        }
        let operation = try folder.write("operation.csv", moved)
        let (run, json) = try await Self.judge(
            folder, path,
            [
                "--prediction", "good", "--operation", operation, "--by", "day:1d", "--features",
                "x,region",
            ])
        #expect(run.status == 1, "\(run.errors)\(run.output)")
        let validator = try JSONSchemaValidator("judgement.schema.json")
        #expect(validator.faults(json) == [])
        #expect(Self.section(json, "accurate_over_time") == nil)
        let estimate = Self.figure(json, "accurate_without_labels", "estimated_auc")
        #expect(try #require(estimate?["value"]?.double) > 0.5)
        #expect(Self.section(json, "inputs_moved")?["verdict"] == "unfit")
        #expect(Self.section(json, "predictions_moved")?["verdict"] == "unfit")
        #expect(Self.section(json, "inputs_outside")?["verdict"] == "unfit")
    }

    @Test(arguments: [
        ("", "is empty"), ("auc: {atLeast: 1}\n", ":1:1: \"auc\" is no key of requirements"),
        ("requirements: 2\n", ":1:15: the version is \"2\""),
        (
            "requirements: 1\nfigures: {area: {atLeast: 1}}\n",
            ":2:11: \"area\" is no figure; known are auc"
        ),
        ("requirements: 1\nfigures: {auc: {}}\n", ":2:16: nothing is required of auc"),
        (
            "requirements: 1\nfigures: {auc: {atLeast: 2, atMost: 1}}\n",
            ":2:16: atLeast is above atMost"
        ),
        (
            "requirements: 1\nbehaviour:\n  - {invariance: {feature: x}}\n",
            ":3:5: a behaviour test has no name"
        ),
        (
            "requirements: 1\nbehaviour:\n  - {name: a, direction: {feature: x}}\n",
            ":3:26: direction does not say by how much"
        ),
        ("requirements: [1\n", "invalid YAML"),
        ("requirements: 1\npositiveShare: 150%\n", ":2:16: positiveShare is \"150%\""),
    ])
    func `requirements that cannot be read say where and why`(
        _ text: String, _ words: String
    ) async throws {
        let (folder, path) = try Self.yard()
        let file = try folder.write("r.yaml", text)
        let (run, json) = try await Self.judge(
            folder, path, ["--prediction", "good", "--requirements", file])
        #expect(run.status == 2 && json == .null)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test(arguments: [
        (["--prediction", "p"], 2, "no column \"p\""),
        (["--prediction", "region"], 2, "row 1: the prediction \"north\" is no number"),
        ([], 64, "it is not known what the model predicted"),
        (["--prediction", "good", "--candidate", "flat"], 64, "are one thing"),
        (["--prediction", "good", "--threshold", "0.5", "--positive-share", "5%"], 64, "give one"),
        (["--prediction", "good", "--by", "day"], 64, "over time"),
        (["--prediction", "good", "--weight", "good"], 2, "both the prediction and the weight"),
        (["--prediction", "good", "--groups", "y"], 2, "both the label and a group"),
        (["--prediction", "good", "--ignore", "x,nope"], 2, "no column \"nope\""),
        (["--prediction", "good", "--catalog", "c.yaml"], 64, "goes with --ledger"),
        (["--prediction", "good", "--decision", "d"], 64, "goes with --ledger"),
        (["--prediction", "good", "--level", "1"], 64, "from 0.5 to below 1"),
        (["--candidate", "http://127.0.0.1:9/score"], 2, "does not show what the model speaks"),
        (["--candidate", "http://u:p@127.0.0.1:9/invocations"], 2, "is no address of a model"),
        (["--prediction", "good", "--probability", "a"], 64, "CLASS=COLUMN"),
    ])
    func `what is asked wrongly is told apart from what cannot be found out`(
        _ more: [String], _ status: Int32, _ words: String
    ) async throws {
        let (folder, path) = try Self.yard()
        let (run, json) = try await Self.judge(folder, path, more)
        #expect(run.status == status && json == .null, "\(run.status) \(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `a set's manifest says what its columns are, and that its rows are clean`()
        async throws
    {
        let yard = try await ExportYard()
        _ = try await yard.made("set", [])
        let run = try await Program.run([
            "judge", "--table", yard.folder.file("set/eval.csv"), "--train",
            yard.folder.file("set/train.csv"), "--format", "json",
        ])
        #expect([1, 3].contains(run.status), "\(run.errors)")
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(json["tables"]?.array?.map { $0["source"] } == ["control", "control"])
        #expect(Self.section(json, "overfitted") != nil)
        #expect(Self.figure(json, "accurate", "auc")?["source"] == "control")
    }

    @Test func `a ledger's control rows are judged by, and what was let through is crossed out`()
        async throws
    {
        let yard = try await ExportYard()
        let arguments = [
            "judge", "--ledger", yard.ledger, "--catalog", yard.catalog, "--experiment", "limits",
            "--by", "time:6h", "--format", "json",
        ]
        let run = try await Program.run(arguments)
        #expect([1, 3].contains(run.status), "\(run.errors)")
        let json = try JSON.parse(Array(run.output.utf8))
        let validator = try JSONSchemaValidator("judgement.schema.json")
        #expect(validator.faults(json) == [])
        let sources = json["tables"]?.array?.compactMap { $0["source"]?.string }
        #expect(sources == ["control", "biased", "given"])
        let areas = Self.section(json, "accurate")?["figures"]?.array?.filter {
            $0["figure"] == "auc"
        }
        #expect(areas?.map { $0["source"] } == ["control", "biased"])
        #expect(areas?.last?["verdict"] == .null)
        #expect(Self.section(json, "accurate_over_time") != nil)
        #expect(Self.section(json, "inputs_moved") != nil)

        let text = try await Program.run(Array(arguments.dropLast(2)))
        #expect(text.output.contains("✕ biased"), "\(text.output)")
        let none = try await Program.run(arguments + ["--as-of", "2026-01-01T01:00:00Z"])
        #expect(none.status == 2 && none.errors.contains("holdfast: "), "\(none.errors)")
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `a lake's rows, counted by DuckDB, are judged as the ledger's that shipped them`()
        async throws
    {
        let yard = try await ExportYard()
        let lake = yard.folder.file("lake")
        let shipped = try await Program.run(["ship", "--ledger", yard.ledger, "--lake", lake])
        #expect(shipped.status == 0, "\(shipped.errors)")
        let common = [
            "--catalog", yard.catalog, "--experiment", "limits", "--by", "time:6h", "--format",
            "json",
        ]
        let one = try await Program.run(["judge", "--ledger", yard.ledger] + common)
        let other = try await Program.run(
            ["judge", "--lake", lake] + (EnginePrograms.duckdb.map { ["--duckdb", $0] } ?? [])
                + common)
        #expect(one.status == other.status, "\(other.errors)")
        let (ours, theirs) = (
            try JSON.parse(Array(one.output.utf8)), try JSON.parse(Array(other.output.utf8))
        )
        #expect(ours["sections"] == theirs["sections"] && ours["sections"]?.array?.isEmpty == false)
        #expect(ours["verdict"] == theirs["verdict"])
    }
}
