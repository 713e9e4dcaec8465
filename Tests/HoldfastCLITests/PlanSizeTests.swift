import Foundation
import HoldfastFormats
import TestSupport
import Testing

/// `holdfast plan size`: what it prints, and its status.
@Suite struct PlanSizeTests {
    private static func plan(_ arguments: [String]) async throws -> (Program.Run, JSON) {
        let run = try await Program.run(["plan", "size"] + arguments + ["--format", "json"])
        let json = run.output.isEmpty ? JSON.null : try JSON.parse(Array(run.output.utf8))
        if json != .null {
            let faults = try JSONSchemaValidator("plan.schema.json").faults(json)
            #expect(faults == [], "\(faults)")
        }
        return (run, json)
    }

    private static func units(_ json: JSON) -> [Double] {
        (json["arms"]?.array ?? []).compactMap { $0["units"]?.double }
    }

    @Test func `the reference's sizes come out of the program`() async throws {
        // Fleiss' pooled formula at 1:19: 7877.308988768554 in control (power_proportions.json).
        let (run, json) = try await Self.plan([
            "--baseline-rate", "10%", "--effect", "0.01", "--shares", "5%,95%",
        ])
        #expect(run.status == 0 && run.errors == "", "\(run.errors)")
        #expect(Self.units(json) == [7_878, 149_669] && json["variant"] == "pooled")
        let exact = try #require(json["arms"]?.array?.first?["exact_units"]?.double)
        #expect(abs(exact / 7_877.308988768554 - 1) < 1e-9)
        // TTestIndPower: 63.76561058891169 an arm.
        let (_, mean) = try await Self.plan(["--sd", "2", "--effect", "-1"])
        #expect(Self.units(mean) == [64, 64] && mean["variant"] == "t")
        // Against a margin of 2 where the difference is 0.5: 933.99 an arm.
        let (_, margin) = try await Self.plan([
            "--sd", "10", "--non-inferiority-margin", "2", "--effect", "0.5", "--power", "90%",
            "--variant", "z",
        ])
        #expect(Self.units(margin) == [934, 934] && margin["alpha"] == 0.025)
        #expect(margin["two_sided"] == false)
    }

    @Test func `a ratio, clusters, a covariate and looks at any time go together`() async throws {
        let (run, json) = try await Self.plan([
            "--numerator-mean", "2", "--numerator-sd", "2", "--denominator-mean", "10",
            "--denominator-sd", "5", "--ratio-correlation", "0.6", "--relative-effect", "5%",
            "--cluster-size", "4", "--icc", "0.2", "--covariate-correlation", "0.5",
            "--sequential", "--correction", "holm", "--shares", "40%,30%,30%",
        ])
        #expect(run.status == 0, "\(run.errors)")
        #expect(json["metric"]?["kind"] == "ratio" && json["metric"]?["baseline"] == 0.2)
        let deviation = try #require(json["metric"]?["deviation"]?.double)
        #expect(abs(deviation * deviation - 0.026) < 1e-12)
        #expect(json["clusters"]?["design_effect"] == 1.6 && json["sequential"] == true)
        #expect(try #require(json["inflation"]?.double) > 1.7)
        let kinds = (json["rivals"]?.array ?? []).compactMap { $0["kind"]?.string }
        #expect(kinds.contains("one_look") && kinds.contains("without_clusters"))
    }

    @Test func `a table tells rate, deviation, clusters and covariate`() async throws {
        let folder = try TemporaryFolder()
        var text = "spend,before,household,bought\n"
        for row in 0..<400 {
            let home = row / 4
            let level = Double(home % 7)
            let noise = Double((row * 37) % 11)
            text +=
                "\(10 + level + noise),\(level * 2 + Double((row * 13) % 5)),h\(home),\(row % 5 == 0 ? 1 : 0)\n"
        }
        text += ",,h1,\n"
        let path = try folder.write("pilot.csv", text)
        let (run, json) = try await Self.plan([
            "--table", path, "--metric", "spend", "--cluster", "household", "--covariate", "before",
            "--relative-effect", "5%",
        ])
        #expect(run.status == 0, "\(run.errors)")
        #expect(json["metric"]?["kind"] == "mean" && json["clusters"]?["mean_size"] == 4.0)
        #expect(json["pilot"]?["rows"] == 400 && json["pilot"]?["rows_left_out"] == 1)
        #expect(json["pilot"]?["clusters"] == 100)
        #expect(try #require(json["covariate_correlation"]?.double) > 0.3)
        let (_, rate) = try await Self.plan([
            "--table", path, "--metric", "bought", "--effect", "0.05",
        ])
        #expect(
            rate["metric"]?["kind"] == "rate"
                && abs((rate["metric"]?["baseline"]?.double ?? 0) - 0.2) < 1e-12)
    }

    @Test func `arrivals give whole weeks, and what is found where they end before`() async throws {
        let folder = try TemporaryFolder()
        let daily = try folder.write(
            "daily.csv",
            "day,new_units\n" + (1...60).map { "\($0),\(9_000 - 100 * $0)\n" }.joined())
        let common = ["--baseline-rate", "0.1", "--effect", "0.02", "--shares", "5%,95%"]
        let (run, json) = try await Self.plan(common + ["--arrivals", daily, "--horizon", "90d"])
        #expect(run.status == 0, "\(run.errors)")
        let day = try #require(json["duration"]?["day"]?.double)
        let needed = try #require(json["units"]?.double)
        let came = (1...Int(day)).reduce(0) { $0 + 9_000 - 100 * $1 }
        #expect(Double(came) >= needed && Double(came - 9_000 + 100 * Int(day)) < needed)
        #expect(json["duration"]?["weeks"]?.double == (day / 7).rounded(.up))
        // The same units so far, by date, with days left out on which nobody came.
        let dates = try folder.write(
            "dates.csv", "day,units\n2026-01-30,4000\n2026-02-02,9000\n2026-02-03,9500\n")
        let (late, short) = try await Self.plan(common + ["--arrivals", dates])
        #expect(late.status == 1 && short["reached"] == false)
        #expect(short["duration"]?["curve_days"] == 5)
        #expect(short["duration"]?["units_by_end"] == 9_500.0)
        #expect(short["duration"]?["weeks"] == .null)
        let text = try await Program.run(["plan", "size"] + common + ["--arrivals", dates])
        #expect(text.status == 1 && text.output.contains("not reached"))
    }

    @Test func `a plan that takes long ends when it is stopped`() async throws {
        let folder = try TemporaryFolder()
        // Forty treatments of as many sizes: the integral of their bound takes a while.
        let shares = ["32.2%"] + (0..<40).map { "1.\(50 + $0)%" }
        var status: Int32 = 0
        for attempt in 0..<20 where status != 130 {
            let child = try Program.start(
                [
                    "plan", "size", "--sd", "1", "--effect", "0.3", "--correction", "dunnett",
                    "--shares", shares.joined(separator: ","),
                ], output: folder.file("output"), errors: folder.file("errors"))
            status = try await blocking {
                // It is stopped as it is told, once it listens: until then a signal ends it as 143.
                usleep(UInt32(attempt + 1) * 50_000)
                child.signal(SIGTERM)
                return child.wait()
            }
        }
        #expect(status == 130, "no plan was stopped while it was made")
        #expect(try folder.read("output").isEmpty)
    }

    @Test func `a catalog gives arms, shares, enrolled part and horizon`() async throws {
        let folder = try TemporaryFolder()
        let catalog = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: plan-tests-salt-01
            holdouts: {program: {unit: customer, share: 10%, covers: all}}
            experiments:
              offers:
                unit: customer
                traffic: 50%
                arms: [{mail: 60%}, {control: 20%}, {call: 20%}]
                outcome: {name: bought, horizon: 30d, absent: 0}
              banner:
                unit: customer
                explore: [{below: 0.5, control: 10%}, {control: 1%}]
            """)
        let (run, json) = try await Self.plan([
            "--catalog", catalog, "--experiment", "offers", "--baseline-rate", "0.1", "--effect",
            "0.02", "--weekly", "10000", "--correction", "dunnett",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let names = (json["arms"]?.array ?? []).compactMap { $0["name"]?.string }
        #expect(names == ["control", "mail", "call"])
        #expect(json["duration"]?["traffic"] == 0.45)
        #expect(json["duration"]?["horizon_days"] == 30.0)
        let (refused, _) = try await Self.plan([
            "--catalog", catalog, "--experiment", "banner", "--sd", "1", "--effect", "1",
        ])
        #expect(refused.status == 2 && refused.errors.contains("depends on the score"))
    }

    @Test func `a file says the same as flags, which go before it`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("arrivals.csv", "day,new_units\n1,50000\n8,200000\n")
        let file = try folder.write(
            "plan.yaml",
            """
            plan: 1
            baselineRate: 10%
            relativeEffect: 10%
            shares: [5%, 95%]
            arrivals: arrivals.csv
            horizon: 90d
            sequential: false
            """)
        let (run, json) = try await Self.plan(["--plan", file])
        #expect(run.status == 0, "\(run.errors)")
        #expect(Self.units(json) == [7_878, 149_669])
        #expect(json["duration"]?["weeks"] == 2)
        let (_, other) = try await Self.plan(["--plan", file, "--shares", "50%,50%"])
        #expect(Self.units(other)[0] == Self.units(other)[1])
        // Also before another way to say the same thing.
        let (_, half) = try await Self.plan(["--plan", file, "--effect", "0.01"])
        #expect(Self.units(half) == [7_878, 149_669])
        let (weekly, _) = try await Self.plan(["--plan", file, "--weekly", "100000"])
        #expect(weekly.status == 0, "\(weekly.errors)")
        let (mean, means) = try await Self.plan(
            ["--plan", file, "--sd", "2", "--mean", "10", "--shares", "50%,50%"])
        #expect(mean.status == 0 && Self.units(means) == [64, 64], "\(mean.errors)")
    }

    @Test func `a traffic without arrivals and a true difference are explained`() async throws {
        let arguments = ["plan", "size", "--sd", "2", "--effect", "1", "--traffic", "50%"]
        let run = try await Program.run(arguments)
        let words = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(run.status == 0 && words.contains("the traffic changes nothing"), "\(words)")
        let weekly = try await Program.run(arguments + ["--weekly", "100"])
        #expect(!weekly.output.contains("changes nothing"), "\(weekly.output)")
        let help = try await Program.run(["plan", "size", "--help"])
        let text = help.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(text.contains("counts towards the margin whichever its sign"), "\(text)")
    }

    @Test(arguments: [
        ("", "is empty"), ("sd: 1\n", "begin it with plan: 1"),
        ("plan: 2\n", ":1:7: the version is \"2\""),
        ("plan: 1\npower: 1.2\n", ":2:8: power is 1.2; it lies between 0 and 1"),
        ("plan: 1\nsd: -1\n", ":2:5: sd is -1; it is above 0"),
        ("plan: 1\nsd: [1]\n", ":2:5: sd is a list"),
        ("plan: 1\nstrength: 2\n", ":2:1: \"strength\" is no key"),
        ("plan: 1\nshares: [50%, 40%]\n", "add up to 90"),
        ("plan: 1\nsd: 1\n", "neither an effect nor units"),
        ("plan: 1\nsd: [1\n", "invalid YAML"),
    ])
    func `a file that is no plan says where and why`(_ text: String, _ words: String) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("plan.yaml", text)
        let (run, json) = try await Self.plan(["--plan", file])
        #expect(run.status == 2 && json == .null, "\(run.status) \(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test(arguments: [
        (["--sd", "1", "--effect", "1", "--power", "1.2"], 64, "--power is 1.2"),
        (["--sd", "1", "--effect", "1", "--power", "0.04"], 64, "chance alone"),
        (["--sd=-1", "--effect", "1"], 64, "--sd is -1;"),
        (["--sd", "nan", "--effect", "1"], 64, "--sd is"),
        (["--baseline-rate", "0.1", "--effect", "inf"], 64, "--effect is"),
        (["--baseline-rate", "0.1", "--effect", "0"], 64, "an effect of 0"),
        (["--baseline-rate", "0.1", "--effect", "0.95"], 64, "a rate lies between"),
        (
            ["--baseline-rate", "0.1", "--effect", "0.01", "--shares", "0%,100%"], 64,
            "without units"
        ),
        (["--baseline-rate", "0.1", "--units", "10", "--shares", "5%,95%"], 64, "leave control"),
        (["--sd", "1", "--units", "60", "--cluster-size", "40", "--icc", "0.1"], 64, "clusters"),
        (["--sd", "1", "--effect", "1", "--shares", "100%"], 64, "control and of each"),
        (["--sd", "1", "--effect", "1", "--baseline-rate", "0.1"], 64, "each say what"),
        (["--effect", "1"], 64, "not known what is measured"),
        (["--sd", "1"], 64, "neither an effect nor units"),
        (["--sd", "1", "--effect", "1", "--relative-effect", "1"], 64, "one thing"),
        (["--sd", "1", "--relative-effect", "5%"], 64, "baseline"),
        (["--sd", "1", "--effect", "1", "--variant", "pooled"], 64, "can be t, z"),
        (["--sd", "1", "--effect", "1", "--cluster-size", "4"], 64, "needs --icc"),
        (["--sd", "1", "--effect", "1", "--sequential", "--one-sided"], 64, "two sides"),
        (["--sd", "1", "--effect", "1", "--horizon", "soon"], 64, "--horizon is"),
        (["--numerator-mean", "1", "--effect", "1"], 64, "the ratio lacks --numerator-sd"),
        (["--table", "nowhere.csv", "--metric", "x", "--effect", "1"], 2, "nowhere.csv"),
        (["--sd", "1", "--effect", "1", "--arrivals", "nowhere.csv"], 2, "nowhere.csv"),
        (["--sd", "1", "--effect", "1", "--catalog", "nowhere.yaml"], 2, "nowhere.yaml"),
        (["--plan", "a.yaml", "--html", "./a.yaml"], 64, "write the report elsewhere"),
        (["--baseline-rate", "50%", "--non-inferiority-margin", "5"], 64, "a margin of 5.0"),
        (
            [
                "--sd", "1", "--effect", "1", "--cluster-size", "4", "--icc", "0.1",
                "--cluster-variation", "1e200",
            ], 64, "raise the variance"
        ),
        (
            ["--sd", "1", "--effect", "1", "--cluster-size", "1e200", "--icc", "0"], 64,
            "clusters of 1e+200 units"
        ),
        ([], 64, "nothing is known"),
    ])
    func `what makes no plan says what to do`(
        _ arguments: [String], _ status: Int32, _ words: String
    ) async throws {
        let (run, json) = try await Self.plan(arguments)
        #expect(run.status == status && json == .null, "\(run.status) \(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test(arguments: [
        ("x\n", ["x"], "has no rows"), ("x\n1\n1\n1\n", ["x"], "one value"),
        ("x\n1\n\n\n", ["x"], "1 of 3 rows"), ("x\n1\ntwo\n", ["x"], "row 2, column \"x\""),
        ("x\n1\n2\n", ["y"], "no column \"y\""),
        ("x,y\n1.1,3.3\n2.3,6.9\n3.7,11.1\n", ["x", "--denominator", "x"], "the same for every"),
        ("x,y\n1.1,3.3\n2.3,6.9\n3.7,11.1\n", ["x", "--denominator", "y"], "the same for every"),
        ("x,h\n1,a\n2,a\n", ["x", "--cluster", "h"], "one cluster"),
        ("x,h\n1,a\n2,b\n", ["x", "--cluster", "h"], "no cluster of the table has two"),
        ("x,d\n1,0\n2,0\n", ["x", "--denominator", "d"], "mean of 0"),
        ("x,c\n1,5\n2,5\n3,5\n", ["x", "--covariate", "c"], "one value"), ("", ["x"], "empty"),
    ])
    func `a table that tells nothing says where and why`(
        _ text: String, _ metric: [String], _ words: String
    ) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("pilot.csv", text)
        let (run, json) = try await Self.plan(
            ["--table", path, "--effect", "1", "--metric"] + metric)
        #expect(run.status == 2 && json == .null, "\(run.status) \(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test(arguments: [
        ("day,new_units\n", "no rows"), ("day,count\n1,2\n", "neither new_units nor units"),
        ("day,units,new_units\n1,2,2\n", "both"), ("day,new_units\n1,-2\n", "negative"),
        ("day,new_units\n1,\n", "missing"), ("day,new_units\n2,5\n1,5\n", "does not come after"),
        ("day,units\n1,5\n2,4\n", "fewer units"), ("day,new_units\nsoon,4\n", "is no day"),
        ("day,new_units\n1,0\n", "no unit comes"), ("when,new_units\n1,1\n", "no column \"day\""),
        ("day,new_units\n1,1\n9999,1\n", "spans"),
        ("day,units\n-9223372036854775808,5\n", "is no day"),
    ])
    func `arrivals that cannot be read say why`(_ text: String, _ words: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("arrivals.csv", text)
        let (run, json) = try await Self.plan(
            ["--sd", "1", "--effect", "1", "--arrivals", path])
        #expect(run.status == 2 && json == .null, "\(run.status) \(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `a page is written beside the text, and plan alone is plan size`() async throws {
        let folder = try TemporaryFolder()
        let page = folder.file("plan.html")
        let arguments = ["--baseline-rate", "10%", "--relative-effect", "10%"]
        let run = try await Program.run(["plan"] + arguments + ["--html", page])
        #expect(run.status == 0 && run.output.contains(" units: "), "\(run.errors)")
        #expect(
            String(decoding: try folder.read("plan.html"), as: UTF8.self).contains("Power by units")
        )
    }

    @Test func `a page replaces no file that is read, by whatever path`() async throws {
        let folder = try TemporaryFolder()
        let table = try folder.write("m.csv", "m\n1\n2\n4\n")
        let plan = try folder.write("p.yaml", "plan: 1\ntable: m.csv\nmetric: m\neffect: 1\n")
        let link = folder.file("link.csv")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: table)
        let dotted = table.replacing("/m.csv", with: "/./m.csv")
        let direct = ["--table", table, "--metric", "m", "--effect", "1"]
        for (arguments, page) in [
            (direct, dotted), (direct, link), (["--plan", plan], table), (["--plan", plan], plan),
        ] {
            let (run, _) = try await Self.plan(arguments + ["--html", page])
            #expect(run.status == 64 && run.output == "", "\(page): \(run.errors)")
            #expect(run.errors.contains("write the report elsewhere"), "\(run.errors)")
        }
        #expect(String(decoding: try folder.read("m.csv"), as: UTF8.self).hasPrefix("m\n1"))
        let (beside, _) = try await Self.plan(["--plan", plan, "--html", folder.file("m.html")])
        #expect(beside.status == 0, "\(beside.errors)")
    }

    @Test func `a baseline of nothing but rounding is no baseline to say a part of`() async throws {
        let folder = try TemporaryFolder()
        let table = try folder.write("m.csv", "m\n0.1\n0.2\n-0.3\n0.4\n-0.4\n")
        for arguments in [
            ["--table", table, "--metric", "m", "--effect", "0.1"],
            ["--mean", "1e-17", "--sd", "1", "--effect", "0.1"],
            ["--baseline-rate", "1e-15", "--effect", "0.5"],
        ] {
            let run = try await Program.run(["plan", "size"] + arguments)
            #expect(run.status == 0, "\(run.status) \(run.errors)")
            #expect(!run.output.contains("of the baseline"), "\(run.output)")
        }
    }

    @Test func `on a terminal it asks, asks again, and gives the flags of the answer`() async throws
    {
        let program = try Program.path
        // `script` gives it a terminal; the answers are typed ahead.
        let run = try await Program.run(
            "/usr/bin/script", ["-qec", "\(program) plan", "/dev/null"],
            input: "speed\nrate\n20\n20%\n\n10%\n1.5\n90%\n\n\n7000\n30d\n")
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(run.output.contains("\"speed\" is none of rate, mean, table"))
        #expect(run.output.contains("baselineRate is 20;"))
        #expect(run.output.contains("power is 1.5"))
        let flags = try #require(run.output.split(separator: "plan size ").last)
        let words = flags.split(whereSeparator: \.isWhitespace).map(String.init)
        let again = try await Program.run(["plan", "size"] + words)
        #expect(again.status == 0, "\(again.errors)")
        let lines = again.output.split(separator: "\n").prefix(3).map(String.init)
        for line in lines { #expect(run.output.contains(line), "\(line)") }
        let ended = try await Program.run(
            "/usr/bin/script", ["-qec", "\(program) plan", "/dev/null"], input: "rate\n\u{4}")
        #expect(ended.status == 130, "\(ended.status) \(ended.output)")
    }
}
