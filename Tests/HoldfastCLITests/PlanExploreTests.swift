import Foundation
import HoldfastFormats
import TestSupport
import Testing

/// `holdfast plan explore` as its users meet it.
@Suite struct PlanExploreTests {
    /// Scores that are about the rates of the labels.
    private static let table: String = {
        var chance = SeededGenerator(seed: 8)
        var text = "score,fraud\n"
        for _ in 0..<4_000 {
            let score = Double.random(in: 0..<1, using: &chance)
            let yes = Double.random(in: 0..<1, using: &chance) < score
            text += "\(score),\(yes ? "yes" : "no")\n"
        }
        return text
    }()

    private static func explore(_ more: [String]) async throws -> (run: Program.Run, json: JSON) {
        let run = try await Program.run(
            ["plan", "explore", "--cost", "missed=100,blocked=8", "--format", "json"] + more)
        return (run, run.status == 0 ? try JSON.parse(Array(run.output.utf8)) : .null)
    }

    /// The control share that the program's own catalog reader has for a score, once it has loaded
    /// a printed line.
    private static func control(_ line: String, at scores: [Double]) async throws -> [Double] {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: plan-explore-tests-01
            experiments:
              model:
                unit: customer
                \(line)

            """)
        let valid = try await Program.run(["validate", path])
        #expect(valid.status == 0, "\(line): \(valid.errors)\(valid.output)")
        var shares: [Double] = []
        for score in scores {
            let run = try await Program.run([
                "assign", "--catalog", path, "--unit", "c-1", "--score", "\(score)", "--format",
                "json",
            ])
            let json = try JSON.parse(Array(run.output.utf8))
            let propensity = try #require(json["propensity"]?.double, "\(run.errors)")
            shares.append(json["arm"] == "control" ? propensity : 1 - propensity)
        }
        return shares
    }

    @Test(arguments: ["total", "negatives", "precision", "brier", "effective_rows"])
    func `shares of a table fit the schema, save, and load as a catalog`(estimand: String)
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        let (run, json) = try await Self.explore([
            "--table", path, "--label", "fraud", "--score", "score", "--threshold", "0.3",
            "--bands", "6", "--estimand", estimand, "--flat", "5%", "--weekly", "100000", "--html",
            folder.file("plan.html"),
        ])
        #expect(run.status == 0 && run.errors == "", "\(run.errors)")
        #expect(try JSONSchemaValidator("plan-explore.schema.json").faults(json) == [])
        let bands = try #require(json["bands"]?.array)
        #expect(bands.count == 7 && bands[0]["acted"] == false && bands[0]["below"] == 0.3)
        let units = bands.reduce(0) { $0 + ($1["units"]?.double ?? 0) }
        #expect(abs(units - 100_000) < 1e-6)
        #expect((json["saving"]?.double ?? 0) > 0)
        let line = try #require(json["catalog"]?.string)
        // Just below the end of each band, and above all.
        let scores = bands.map { ($0["below"]?.double ?? 1).nextDown }
        let read = try await Self.control(line, at: scores)
        for (share, band) in zip(read, bands) {
            #expect(abs(share - (band["share"]?.double ?? -1)) < 1e-12, "\(line)")
        }
        #expect(String(decoding: try folder.read("plan.html"), as: UTF8.self).contains(line))
    }

    @Test func `given rates are planned as the formula says, to the next millionth`() async throws {
        let (run, json) = try await Self.explore([
            "--rates", "0.2,0.95", "--edges", "0.5", "--units", "100,100", "--estimand",
            "precision", "--flat", "5%",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let bands = try #require(json["bands"]?.array)
        // k = (√(.8 · 13.6) + √(.05 · 94.6)) / (.85 / .05), shares k · √(m / c).
        let k = ((0.8 * 13.6).squareRoot() + (0.05 * 94.6).squareRoot()) / 17
        for (band, (moment, cost)) in zip(bands, [(0.8, 13.6), (0.05, 94.6)]) {
            let exact = k * (moment / cost).squareRoot()
            #expect(abs((band["exact_share"]?.double ?? 0) - exact) < 1e-12)
            let millionths = (band["share"]?.double ?? 0) * 1_000_000
            #expect(abs(millionths - (exact * 1_000_000).rounded(.up)) < 1e-6)
            #expect(abs((band["cost"]?.double ?? 0) - cost) < 1e-9)
        }
        #expect(json["catalog"]?.string?.hasPrefix("explore: [{below: 0.5, control: ") == true)
        #expect(json["flat"]?["cost"]?.double.map { abs($0 - 5 * (13.6 + 94.6)) < 1e-9 } == true)
    }

    @Test func `a band that pays to be let alone is, and one with a least cost is not`()
        async throws
    {
        let base = ["--rates", "0.01,0.6", "--edges", "0.5", "--estimand", "total"]
        let (_, free) = try await Self.explore(base)
        #expect(free["bands"]?.array?[0]["share"] == 1.0)
        #expect(free["catalog"]?.string?.contains("control: 100%") == true)
        let line = try #require(free["catalog"]?.string)
        #expect(try await Self.control(line, at: [0.2])[0] == 1)
        let (_, held) = try await Self.explore(base + ["--least-cost", "0.5"])
        #expect((held["bands"]?.array?[0]["share"]?.double ?? 1) < 1)
        #expect(held["bands"]?.array?[0]["cost"] == 0.5)
    }

    @Test func `a ledger gives rates from its clean rows and units from all that was served`()
        async throws
    {
        let yard = try await ExportYard(units: 800)
        let (run, json) = try await Self.explore([
            "--ledger", yard.ledger, "--catalog", yard.catalog, "--experiment", "limits",
            "--edges", "0.5", "--estimand", "effective_rows", "--effective-rows", "200",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let bands = try #require(json["bands"]?.array)
        #expect(bands.map { $0["units"]?.double } == [400, 400])
        let rows = bands.compactMap { $0["rows"]?.double }.reduce(0, +)
        #expect(rows > 250 && rows < 420)
        #expect(abs((json["flat"]?["effective_rows"]?.double ?? 0) - 200) < 1e-6)
    }

    @Test(
        arguments: [
            (["--table", "t", "--label", "y"], "--score"),
            (["--rates", "0.2,0.5"], "one edge fewer"),
            (["--rates", "0.2,1.5", "--edges", "0.5"], "from 0 to 1"),
            (["--rates", "0.2,x", "--edges", "0.5"], "is no number"),
            (["--rates", "0.2,0.5,0.6", "--edges", "0.5,0.4"], "--edges ascend"),
            (["--rates", "0.2", "--units", "0"], "--units"),
            (["--rates", "0.2", "--flat", "0%"], "above 0"),
            (["--rates", "0.2", "--least", "0%"], "above 0"),
            (["--rates", "0.2", "--standard-error=-1"], "above 0"),
            (["--rates", "0.2", "--flat", "5%", "--standard-error", "1"], "give one of"),
            (["--rates", "0.2", "--effective-rows", "10"], "effective_rows"),
            (["--rates", "0.2", "--threshold", "0.5"], "--threshold"),
            (["--rates", "0.2", "--label", "y"], "--label: these go with a pilot"),
            (
                ["--rates", "0.2", "--positive", "1", "--features", "a", "--ignore", "b"],
                "--positive, --features, --ignore: these go with a pilot"
            ),
            (["--rates", "0.2", "--least-cost", "1e308"], "at most 1e12"),
            (["--rates", "0.2,0.3", "--edges", "1", "--units", "1e308,1e308"], "at most 1e12"),
            (["--table", "./t", "--score", "s", "--html", "t"], "write the report elsewhere"),
            (["--table", "t", "--label", "y", "--score", "s", "--bands", "0"], "--bands"),
            ([], "give one of"),
        ] as [([String], String)])
    func `wrong usage is refused with what to write`(more: [String], words: String) async throws {
        let (run, _) = try await Self.explore(["--estimand", "total"] + more)
        #expect(run.status == 64 && run.output == "", "\(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `costs and gains that make up for each other save no part of nothing`() async throws
    {
        let arguments = [
            "plan", "explore", "--rates", "0.55,0.45", "--edges", "0.5", "--estimand", "total",
            "--cost", "missed=1,blocked=1",
        ]
        let run = try await Program.run(arguments + ["--format", "json"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(try JSON.parse(Array(run.output.utf8))["saving"] == .null)
        let text = try await Program.run(arguments)
        #expect(text.status == 0, "\(text.errors)")
    }

    @Test(
        arguments: [
            ["--estimand", "total", "--standard-error", "1e200"],
            ["--estimand", "effective_rows", "--effective-rows", "1e-300"],
        ])
    func `what less than a millionth would do for is refused`(wanted: [String]) async throws {
        let (run, _) = try await Self.explore(["--rates", "0.2"] + wanted)
        #expect(run.status == 2 && run.output == "", "\(run.status) \(run.errors)")
        #expect(run.errors.contains("less than a millionth"), "\(run.errors)")
    }

    @Test(arguments: [
        ("score,y\n0.1,0\n0.2,0\n", "all 2 labels are negative"),
        ("score,y\n0.1,0\n0.1,1\n", "every score is 0.1"),
        ("score,y\n0.1,0\n0.2,1\n", "no labelled row has a score from 0.5"),
        ("score,y\n", "no rows"), ("score,y\n0.1,0\n0.2,\n", "all 1 labels are negative"),
    ])
    func `a table that parts into no bands is refused`(table: String, words: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", table)
        let (run, _) = try await Self.explore([
            "--table", path, "--label", "y", "--score", "score", "--estimand", "total", "--edges",
            "0.5",
        ])
        #expect(run.status == 2 && run.output == "", "\(run.output)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }
}
