import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast analyze` as its users meet it.
@Suite struct AnalyzeTests {
    private static func json(_ path: String) throws -> JSON {
        try JSON.parse(Array(FileManager.default.contents(atPath: path) ?? Data()))
    }

    /// A file of Tests/Analysis; a missing one fails.
    private static func fixture(_ name: String) throws -> String {
        let path = "\(Repository.root)/Tests/Analysis/\(name)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw MissingFixture("there is no \(path)")
        }
        return path
    }

    private static func analyze(_ words: [String]) async throws -> JSON {
        let run = try await Program.run(["analyze", "--format", "json"] + words)
        #expect(run.errors == "", "\(words)")
        return try JSON.parse(Array(run.output.utf8))
    }

    private static func effect(_ json: JSON, _ metric: String, _ arm: String) throws -> JSON {
        let found = json["metrics"]?.array?.first { $0["metric"]?.string == metric }
        return try #require(
            found?["effects"]?.array?.first { $0["arm"]?.string == arm }, "\(metric) \(arm)")
    }

    /// Whether a figure is the golden one, to 1e-9 of it.
    private static func near(_ found: JSON?, _ golden: JSON?, _ place: String) throws {
        let (one, two) = (try #require(found?.double, "\(place)"), try #require(golden?.double))
        #expect(abs(one - two) <= 1e-9 * max(1e-3, abs(two)), "\(place): \(one) is not \(two)")
    }

    /// A text without its line breaks.
    private static func flat(_ text: String) -> String {
        text.split { $0 == "\n" || $0 == " " }.joined(separator: " ")
    }

    // MARK: - Real trials

    @Test func `Project STAR comes out as scipy and statsmodels have it`() async throws {
        let golden = try Self.json(try Self.fixture("program.json"))["star"]
        let words = [
            "--table",
            "\(Repository.root)/Tests/HoldfastStatisticsTests/Golden/trials/star.csv", "--arm",
            "classk", "--control", "regular",
            "--metric", "tmathssk", "--metric", "treadssk",
        ]
        let plain = try await Self.analyze(words)
        let clustered = try await Self.analyze(words + ["--cluster", "schidkn"])
        #expect(plain["status"] == "told" && plain["sample_ratio"] == .null)
        var place = 0
        for metric in ["tmathssk", "treadssk"] {
            for arm in ["regular.with.aide", "small.class"] {
                let cell = golden?["cells"]?["\(metric)/\(arm)"]
                let effect = try Self.effect(plain, metric, arm)
                let (found, wanted) = (effect["difference"], cell?["welch"])
                try Self.near(found?["value"], wanted?["difference"], "\(metric) \(arm)")
                for name in ["standard_error", "degrees_of_freedom", "p"] {
                    try Self.near(found?[name], wanted?[name], "\(metric) \(arm) \(name)")
                }
                for name in ["lower", "upper"] {
                    try Self.near(
                        found?["interval"]?[name], wanted?[name], "\(metric) \(arm) \(name)")
                }
                for name in ["control", "treatment"] {
                    try Self.near(effect[name]?["value"], wanted?[name], "\(metric) \(arm)")
                    #expect(effect[name]?["rows"]?.double == wanted?["\(name)_rows"]?.double)
                }
                try Self.near(effect["holm_p"], golden?["holm"]?.array?[place], "Holm \(place)")
                try Self.near(
                    effect["benjamini_hochberg_p"],
                    golden?["benjamini_hochberg"]?.array?[place], "Benjamini-Hochberg \(place)")
                let robust = try Self.effect(clustered, metric, arm)["difference"]
                try Self.near(robust?["value"], cell?["cr1"]?["difference"], "\(metric) \(arm)")
                try Self.near(
                    robust?["standard_error"], cell?["cr1"]?["standard_error"],
                    "CR1 \(metric) \(arm)")
                place += 1
            }
        }
        let small = try Self.effect(plain, "tmathssk", "small.class")
        #expect(small["verdict"] == "raises" && small["sequence_verdict"] == "raises")
        let aide = try Self.effect(plain, "tmathssk", "regular.with.aide")
        #expect(aide["verdict"] == "inconclusive" && aide["rows_needed"] != .null)
    }

    @Test func `ACTG 175 comes out as scipy has it, with a covariate and with rows that miss`()
        async throws
    {
        let golden = try Self.json(try Self.fixture("program.json"))["actg175"]
        let words = [
            "--table", try Self.fixture("actg175.csv"), "--arm", "arms", "--control", "0",
            "--metric", "cd420", "--metric", "cd496", "--metric", "cens", "--shares",
            "0=25%,1=25%,2=25%,3=25%",
        ]
        let plain = try await Self.analyze(words)
        let adjusted = try await Self.analyze(words + ["--covariate", "cd40"])
        let ratio = plain["sample_ratio"]
        try Self.near(ratio?["p"], golden?["ratio_p"], "sample ratio")
        #expect(ratio?["failed"] == false && ratio?["what"] == "rows")
        for (place, arm) in ["1", "2", "3"].enumerated() {
            let cell = golden?["arms"]?[arm]
            for metric in ["cd420", "cd496"] {
                let found = try Self.effect(plain, metric, arm)["difference"]
                try Self.near(found?["value"], cell?[metric]?["difference"], "\(metric) \(arm)")
                try Self.near(
                    found?["standard_error"], cell?[metric]?["standard_error"], "\(metric) \(arm)")
            }
            let cuped = try Self.effect(adjusted, "cd420", arm)
            let wanted = cell?["cd420_cuped"]
            try Self.near(cuped["difference"]?["value"], wanted?["difference"], "CUPED \(arm)")
            try Self.near(
                cuped["difference"]?["standard_error"], wanted?["standard_error"], "CUPED \(arm)")
            for name in ["theta", "variance_reduction"] {
                try Self.near(cuped["adjustment"]?[name], wanted?[name], "\(name) \(arm)")
            }
            let unadjusted = cuped["adjustment"]?["unadjusted"]?["value"]
            try Self.near(unadjusted, cell?["cd420"]?["difference"], "unadjusted \(arm)")
            let cens = try Self.effect(plain, "cens", arm)
            try Self.near(cens["treatment"]?["value"], cell?["cens"]?["treatment"], "cens \(arm)")
            let missing = plain["metrics"]?.array?[1]["missing"]?.array?[place + 1]
            #expect(
                missing?["missing"]?.double == golden?["missing"]?.array?[place + 1].double)
        }
        try Self.near(
            plain["metrics"]?.array?[1]["missing_p"], golden?["missing_p"], "missing")
        #expect(plain["metrics"]?.array?[2]["kind"] == "proportion")
    }

    // MARK: - Reports and statuses

    /// 2,000 rows: treatment raises y by a half, and does nothing to z.
    static let table: String = {
        var chance = SeededGenerator(seed: 42)
        var text = "arm,y,z,x,region,at,reached,one\n"
        for row in 0..<2_000 {
            let isTreated = chance.below(2) == 1
            let known = Double.random(in: 0..<4, using: &chance)
            let y = known + Double.random(in: 0..<4, using: &chance) + (isTreated ? 0.5 : 0)
            let isReached = isTreated && chance.below(4) > 0
            let region = ["north", "south", "west"][chance.below(3)]
            text += "\(isTreated ? "treatment" : "control"),\(y),\(chance.below(2)),\(known),"
            text += "\(region),\(1_767_225_600 + row * 600),\(isReached ? 1 : 0),7\n"
        }
        return text
    }()

    private static let words = ["--arm", "arm", "--control", "control"]

    @Test func `every report says what was found`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        let words =
            ["analyze", "--table", path] + Self.words + [
                "--metric", "y", "--metric", "z", "--covariate", "x", "--subgroup", "region",
                "--time", "at", "--exposed", "reached", "--shares", "control=50%,treatment=50%",
                "--html", folder.file("r.html"), "--json", folder.file("r.json"), "--markdown",
                folder.file("r.md"),
            ]
        let run = try await Program.run(words)
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        let said = Self.flat(run.output)
        #expect(said.contains("of 2 effects, 1 raised, 0 lowered, 1 inconclusive."))
        #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
        #expect(run.output.contains("Sample ratio of rows as planned"))
        #expect(run.output.contains("Subgroups, exploratory"))
        let json = try Self.json(folder.file("r.json"))
        #expect(try JSONSchemaValidator("analysis.schema.json").faults(json) == [])
        let effect = try Self.effect(json, "y", "treatment")
        #expect(effect["verdict"] == "raises" && effect["complier"] != .null)
        #expect(effect["course"]?.array?.count == 24)
        #expect(json["subgroups"]?.array?.count == 2)
        let page = String(decoding: try folder.read("r.html"), as: UTF8.self)
        #expect(page.contains("the difference as rows came") && page.contains("Intention to treat"))
        let markdown = String(decoding: try folder.read("r.md"), as: UTF8.self)
        #expect(markdown.hasPrefix("## ") && markdown.contains("raises"))
        // The same rows give the same bytes.
        let again = try await Program.run(words)
        #expect(again.output == run.output)
        #expect(String(decoding: try folder.read("r.html"), as: UTF8.self) == page)
    }

    @Test func `a failed sample ratio shows no effect and ends with 2, but for a reason`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        let words =
            ["analyze", "--table", path] + Self.words + [
                "--metric", "y", "--shares", "control=40%,treatment=60%",
            ]
        let run = try await Program.run(words)
        #expect(run.status == 2)
        let said = Self.flat(run.output)
        #expect(said.contains("no effect is shown, as arms did not receive their shares"))
        #expect(said.contains("Look at:") && !said.contains("Holm"))
        let html = folder.file("r.html")
        let shown = try await Program.run(
            words + ["--despite-sample-ratio", "a known outage", "--html", html])
        #expect(shown.status == 0)
        #expect(Self.flat(shown.output).contains("despite that, because: a known outage"))
        #expect(String(decoding: try folder.read("r.html"), as: UTF8.self).contains("known outage"))
        let json = try await Program.run(words + ["--format", "json"])
        let parsed = try JSON.parse(Array(json.output.utf8))
        #expect(json.status == 2 && parsed["status"] == "refused")
        #expect(try JSONSchemaValidator("analysis.schema.json").faults(parsed) == [])
        // A row of an arm without a share is one too many.
        let leak = try folder.write("leak.csv", Self.table + "bold,1,1,1,north,1767225600,0,7\n")
        let leaked = try await Program.run(
            ["analyze", "--table", leak] + Self.words + [
                "--metric", "y", "--shares", "control=50%,treatment=50%",
            ])
        #expect(leaked.status == 2 && leaked.output.contains("bold has no share"))
    }

    @Test func `what cannot be told ends with 3 and lets the others be told`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        let run = try await Program.run(
            ["analyze", "--table", path] + Self.words + ["--metric", "y", "--metric", "one:mean"])
        #expect(run.status == 3, "\(run.errors)")
        #expect(run.output.contains("no value differs within an arm"))
        #expect(run.output.contains("treatment raises y"))
    }

    @Test func `a covariate that a quantile does not use leaves nothing untold`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        let words = ["analyze", "--table", path] + Self.words + ["--metric", "y:p50"]
        let run = try await Program.run(words + ["--covariate", "x"])
        #expect(run.output.contains("a quantile is not adjusted by a covariate"))
        #expect(run.status == 0 && !run.output.contains("cannot be told: a quantile"))
    }

    @Test func `an arm of one row tells nothing of a share, and no number of rows is promised`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try folder.write("two.csv", "arm,y\ncontrol,1\ntreatment,0\n")
        let run = try await Program.run(
            ["analyze", "--table", path, "--arm", "arm", "--control", "control", "--metric", "y"])
        #expect(run.status == 3, "\(run.output)")
        #expect(run.output.contains("the control arm has one row"), "\(run.output)")
        #expect(!Self.flat(run.output).contains("rows of both arms would tell"), "\(run.output)")
    }

    @Test func `what became of a unit's rows is said of each kind of metric`() async throws {
        let folder = try TemporaryFolder()
        let lines = (0..<40).map { "u\($0 / 2),\($0 / 2 % 2 == 0 ? "a" : "b"),\($0 % 3 / 2),\($0)" }
        let path = try folder.write(
            "rows.csv", "u,arm,hit,spend\n" + lines.joined(separator: "\n") + "\n")
        func said(_ metrics: String...) async throws -> String {
            let run = try await Program.run(
                ["analyze", "--table", path, "--unit", "u", "--arm", "arm", "--control", "a"]
                    + metrics.flatMap { ["--metric", $0] })
            return Self.flat(run.output)
        }
        #expect(try await said("spend").contains("one value of u, whose rows are added up."))
        #expect(
            try await said("hit").contains(
                "one value of u, which has a 1 where any of its rows has one."))
        #expect(
            try await said("spend", "hit").contains(
                "whose rows are added up, but for hit, of which it has a 1 where any"))
    }

    @Test func `wrong words are usage, and what cannot be read is 2`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        func status(_ words: [String]) async throws -> Int32 {
            try await Program.run(["analyze"] + words).status
        }
        let good = ["--table", path] + Self.words + ["--metric", "y"]
        #expect(try await status(good) == 0)
        for words in [
            [], ["--table", path], ["--table", path] + Self.words,
            good + ["--ledger", "l.db"], good + ["--metric", "y:median"],
            good + ["--metric", "y:p100"], good + ["--level", "1"], good + ["--shares", "control"],
            good + ["--shares", "control=50%,treatment=60%"], good + ["--as-of", "now"],
            good + ["--catalog", "c.yaml"], good + ["--despite-sample-ratio", ""],
            good + ["--html", path], good + ["--by-exposure"], good + ["--metric", "y"],
            good + ["--tuning-rows", "0"], good + ["--engine", "duckdb"],
            good + ["--absent", "0"], good + ["--master", "yarn"], good + ["--scratch", "/tmp"],
            good + ["--spark-conf", "a=b"], good + ["--spark-sql", "spark-sql"],
            good + ["--engine-memory", "100"], good + ["--engine-timeout", "1m"],
            good + ["--shares", "control=1e308,treatment=1.7e308"],
            good + ["--subgroup", "region", "--subgroup", "region"],
            good + ["--metric", "at", "--time", "at"], good + ["--subgroup", "at", "--time", "at"],
        ] {
            #expect(try await status(words) == 64, "\(words)")
        }
        for words in [
            ["--table", "/nowhere.csv"] + Self.words + ["--metric", "y"],
            ["--table", path, "--arm", "arm", "--control", "placebo", "--metric", "y"],
            ["--table", path] + Self.words + ["--metric", "ghost"],
            ["--table", path] + Self.words + ["--metric", "region"],
            good + ["--metric", "y:mean"],
        ] {
            #expect(try await status(words) == 2, "\(words)")
        }
    }

    @Test func `no report takes the place of what is read, by whatever path`() async throws {
        let yard = try await ExportYard(units: 20)
        let folder = yard.folder
        let path = try folder.write("rows.csv", Self.table)
        let link = folder.file("link.csv")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let table = ["analyze", "--table", path] + Self.words + ["--metric", "y"]
        let ledger = [
            "analyze", "--catalog", yard.catalog, "--ledger", yard.ledger, "--experiment", "limits",
        ]
        let other = "\(folder.path)/./new.json"
        let asked: [[String]] = [
            table + ["--json", "\(folder.path)/./rows.csv"], table + ["--markdown", link],
            ["analyze", "--table", link, "--metric", "y", "--html", path] + Self.words,
            table + ["--json", other, "--html", folder.file("new.json")],
            ledger + ["--html", yard.ledger], ledger + ["--json", "\(folder.path)/./ledger.db"],
            ledger + ["--json", "\(yard.ledger)-wal"], ledger + ["--json", "\(yard.ledger)-shm"],
            ledger + ["--json", yard.catalog],
            ["analyze", "--catalog", yard.catalog, "--lake", folder.path, "--json", other],
            ["check", "--train", path, "--eval", path, "--json", link],
            ["judge", "--table", path, "--label", "z", "--prediction", "y", "--html", link],
            ["judge", "--catalog", yard.catalog, "--ledger", yard.ledger, "--html", yard.catalog],
            [
                "health", "--catalog", yard.catalog, "--ledger", yard.ledger, "--html",
                "\(folder.path)/./catalog.yaml",
            ],
        ]
        for words in asked {
            let run = try await Program.run(words)
            #expect(run.status == 64, "\(words) \(run.errors)")
            let said = run.errors + run.output
            #expect(said.contains("write the report elsewhere") || said.contains("two reports"))
        }
        #expect(String(decoding: try folder.read("rows.csv"), as: UTF8.self) == Self.table)
        #expect(!(try folder.names.contains("new.json")))
    }

    @Test func `a leak is seen where nothing is left to chance`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        let run = try await Program.run(
            ["analyze", "--table", path] + Self.words + [
                "--metric", "y", "--shares", "control=100%,treatment=0%",
            ])
        #expect(run.status == 2 && Self.flat(run.output).contains("treatment has no share"))
    }

    @Test func `what was asked beside the effect and cannot be told ends with 3, with its reason`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        let words = ["analyze", "--table", path] + Self.words + ["--metric", "y"]
        for (asked, reason) in [
            (["--covariate", "one"], "Not adjusted"),
            (["--exposed", "none"], "No effect on those"),
        ] {
            var words = words
            if asked[1] == "none" {
                let none = Self.table.split(separator: "\n").enumerated().map {
                    $1 + ($0 == 0 ? ",none" : ",0")
                }.joined(separator: "\n")
                words[2] = try folder.write("none.csv", none)
            }
            let run = try await Program.run(words + asked + ["--markdown", folder.file("r.md")])
            #expect(run.status == 3, "\(run.errors)\(run.output)")
            #expect(Self.flat(run.output).contains("some of what was asked cannot be told"))
            let markdown = String(decoding: try folder.read("r.md"), as: UTF8.self)
            #expect(markdown.contains(reason), "\(markdown)")
        }
    }

    @Test func `a level is written as it is`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.csv", Self.table)
        for (level, text) in [
            ("0.58", "58% interval"), ("0.99999", "99.999% interval"), ("0.975", "97.5% interval"),
            ("0.9999999999", "99.999999% interval"),
        ] {
            let run = try await Program.run(
                ["analyze", "--table", path] + Self.words + [
                    "--metric", "y", "--level", level, "--html", folder.file("r.html"),
                ])
            #expect(Self.flat(run.output).contains(" \(text)"), "\(run.output)")
            let page = String(decoding: try folder.read("r.html"), as: UTF8.self)
            #expect(page.contains(text) && !page.contains("57.99"))
        }
    }

    // MARK: - A ledger

    @Test func `a ledger tells the effect of what was dealt`() async throws {
        let yard = try await ExportYard()
        let words = [
            "--catalog", yard.catalog, "--ledger", yard.ledger, "--experiment", "limits",
        ]
        let run = try await Program.run(["analyze"] + words)
        #expect(run.status == 0, "\(run.errors)\(run.output)")
        #expect(run.output.contains("paid (proportion)"))
        #expect(run.output.contains("Of 1,200 decisions: 1,200 analysed."))
        let json = try await Self.analyze(
            words + [
                "--metric", "paid", "--metric", "paid:mean", "--subgroup", "region", "--subgroup",
                "income", "--covariate", "income", "--by-exposure",
            ])
        #expect(try JSONSchemaValidator("analysis.schema.json").faults(json) == [])
        let effect = try Self.effect(json, "paid", "treatment")
        let rows = ["control", "treatment"].compactMap { effect[$0]?["rows"]?.double }
        #expect(rows.reduce(0, +) == 1_200)
        // A third of all units has the outcome, whatever the arm.
        let value = try #require(effect["control"]?["value"]?.double)
        #expect(abs(value - 1 / 3.0) < 0.05)
        // Nobody was reached by this experiment's treatment.
        #expect(effect["complier_fault"] != .null && effect["complier"] == .null)
        #expect(json["sample_ratio"]?["failed"] == false)
        // Nothing had been received by then.
        let early = try await Program.run(
            ["analyze"] + words + ["--as-of", "2026-01-01T12:00:00Z"])
        #expect(early.status == 2 && early.errors.contains("as-of time"), "\(early.errors)")
        // Within the last hour's horizon nobody is ripe.
        let long = try await Program.run(["analyze"] + words + ["--horizon", "5200w"])
        #expect(long.status == 3 && long.output.contains("has no row"), "\(long.output)")
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `a lake tells what its ledger tells, of every outcome`() async throws {
        let yard = try await ExportYard(units: 400)
        var spend = "id,unit,name,value,at\n"
        for number in 1...400 {
            spend += "s-\(number),c-\(number),spend,\(number % 17).5,\(ExportYard.time(number))\n"
        }
        let more = try await Program.run(
            ["record", "outcomes", "--catalog", yard.catalog, "--ledger", yard.ledger, "-"],
            input: spend)
        #expect(more.status == 0, "\(more.errors)")
        let lake = yard.folder.file("lake")
        let ship = try await Program.run(["ship", "--ledger", yard.ledger, "--lake", lake])
        #expect(ship.status == 0, "\(ship.errors)")
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
        let words = [
            "--catalog", yard.catalog, "--experiment", "limits", "--as-of", now.description,
            "--metric", "spend", "--metric", "paid", "--metric", "spend:ratio/paid",
        ]
        let ledger = try await Self.analyze(words + ["--ledger", yard.ledger])
        let duckdb = try #require(EnginePrograms.duckdb)
        let shipped = try await Self.analyze(words + ["--lake", lake, "--duckdb", duckdb])
        #expect(ledger["status"] == "told" && shipped == ledger)
        let copied = try await Self.analyze(
            words + ["--ledger", yard.ledger, "--engine", "duckdb", "--duckdb", duckdb])
        #expect(copied == ledger)
    }

    @Test func `an experiment without a control is an error that says so`() async throws {
        let folder = try TemporaryFolder()
        let yard = try await ExportYard(units: 20)
        let text = ExportYard.catalogText.replacing(
            "{control: 50%}, {treatment: 50%}", with: "{small: 50%}, {treatment: 50%}")
        let path = try folder.write("catalog.yaml", text)
        let run = try await Program.run([
            "analyze", "--catalog", path, "--ledger", yard.ledger, "--experiment", "limits",
        ])
        #expect(run.status == 2 && run.errors.contains("no arm named control"), "\(run.errors)")
    }
}
