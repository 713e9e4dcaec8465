import Foundation
import HoldfastFormats
import TestSupport
import Testing

/// `holdfast plan holdout` as its users meet it.
@Suite struct PlanHoldoutTests {
    /// Rows whose label follows from two numbers and a region, with the score of a model that knows
    /// one of them.
    private static func table(_ rows: Int = 1_200) -> String {
        var chance = SeededGenerator(seed: 4)
        func normal() -> Double {
            (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &chance) }
        }
        var text = "id,paid,score,x,z,region\n"
        for row in 0..<rows {
            let (x, z) = (normal(), normal())
            let region = ["north", "south", "west"][row % 3]
            let logit = -1 + 1.4 * x + z + (region == "west" ? 0.7 : 0)
            let yes = Double.random(in: 0..<1, using: &chance) < 1 / (1 + exp(-logit))
            text += "r\(row),\(yes ? 1 : 0),\(1 / (1 + exp(1 - 1.4 * x))),\(x),\(z),\(region)\n"
        }
        return text
    }

    private static let own = """
        rows,score,standard_error
        250,0.7368,0.002
        500,0.7553,0.0015
        1000,0.7684,0.001
        2000,0.7776,0.0008
        4000,0.7842,0.0005
        8000,0.7888,0.0004

        """

    private static let quick = ["--folds", "4", "--draws", "1"]

    @Test func `a pilot gives rows, positives, weeks and costs, in every form and again`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try folder.write("pilot.csv", Self.table())
        let arguments =
            [
                "plan", "holdout", "--table", path, "--label", "paid", "--ignore", "id", "--score",
                "score", "--threshold", "0.6", "--target", "0.78", "--weekly", "5000", "--weeks",
                "6", "--cost", "missed=100,blocked=8",
            ] + Self.quick
        let run = try await Program.run(
            arguments + ["--format", "json", "--html", folder.file("plan.html")])
        #expect(run.errors == "" && [0, 3].contains(run.status), "\(run.errors)")
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(try JSONSchemaValidator("plan-holdout.schema.json").faults(json) == [])
        #expect(json["source"]?["rows"] == 1_200 && json["source"]?["features"] == 3)
        #expect(json["curves"]?.array?.count == 2)
        let verdict = json["verdict"]?.string
        #expect(run.status == (verdict == "reached" ? 0 : 3))
        let ceilings = (json["curves"]?.array ?? []).compactMap { $0["ceiling"]?.double }
        #expect(ceilings.allSatisfy { $0 > 0.78 && $0 <= 1 }, "\(ceilings)")
        let region = try #require(json["region"])
        let share = try #require(region["share"]?.double)
        #expect(share > 0.05 && share < 0.5 && region["precision"]?.double ?? 0 > 0.5)
        let rows = try #require(json["shares"]?.array)
        #expect(rows.count == 6 && rows.contains { $0["least"] == true })
        for row in rows {
            // In weighted mode a control row costs the same and weeks are no more.
            let (weeks, weighted) = (row["weeks"]?.double ?? 0, row["weighted_weeks"]?.double ?? 99)
            #expect(weighted <= weeks && row["cost_per_week"]?.double ?? 0 > 0)
        }
        #expect(String(decoding: try folder.read("plan.html"), as: UTF8.self).contains("<figure"))
        let again = try await Program.run(arguments + ["--format", "json"])
        #expect(again.output == run.output)
        let text = try await Program.run(arguments)
        #expect(text.output.hasPrefix("Holdout for retraining, AUC 0.7800: "))
        #expect(text.output.contains("Beware: Boosted trees and a logistic regression"))
    }

    @Test func `a curve of one's own is answered as scipy fits it, and its verdict is the status`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try folder.write("curve.csv", Self.own)
        func plan(_ target: String, _ more: [String] = []) async throws -> (Int32, JSON) {
            let run = try await Program.run(
                ["plan", "holdout", "--curve", path, "--target", target, "--format", "json"] + more)
            return (run.status, try JSON.parse(Array(run.output.utf8)))
        }
        let (status, json) = try await plan("0.785", ["--rate", "5%"])
        #expect(status == 0 && json["verdict"] == "reached" && json["model"] == "given")
        // The points are those of .8 - 1/sqrt(rows), to four digits.
        let rows = try #require(json["rows"]?.double)
        #expect(abs(rows - 4_444) < 100, "\(rows)")
        #expect(
            json["rows_lower"]?.double ?? 1e9 < 4_444 && json["rows_upper"]?.double ?? 0 > 4_444)
        #expect(abs((json["positives"]?.double ?? 0) - rows / 20) < 1e-6)
        let (open, unknown) = try await plan("0.8")
        #expect(open == 3 && unknown["verdict"] == "inconclusive")
        let near = try await Program.run([
            "plan", "holdout", "--curve", path, "--within", "0.01", "--format", "json",
        ])
        let within = try JSON.parse(Array(near.output.utf8))
        #expect(near.status == 0 && within["target"] == .null && within["within"] == 0.01)
        #expect(abs((within["rows"]?.double ?? 0) - 10_000) < 500, "\(within.text())")
        let (no, beyond) = try await plan("0.95")
        #expect(no == 1 && beyond["verdict"] == "not_reached" && beyond["rows"] == .null)
    }

    @Test func `losses fall: the same of a log loss`() async throws {
        let folder = try TemporaryFolder()
        let rows = [200, 400, 800, 1_600, 3_200].map {
            // Rounded, so that there is chance: points that lie on a curve tell nothing of it.
            "\($0),\(((0.3 + 2 / Double($0).squareRoot()) * 1e6).rounded() / 1e6)"
        }
        let path = try folder.write("c.csv", "rows,score\n" + rows.joined(separator: "\n") + "\n")
        let run = try await Program.run([
            "plan", "holdout", "--curve", path, "--figure", "log_loss", "--target", "0.32",
            "--format", "json",
        ])
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        #expect(abs((json["rows"]?.double ?? 0) - 10_000) < 10)
        #expect(abs((json["curves"]?.array?[0]["ceiling"]?.double ?? 0) - 0.3) < 1e-5)
    }

    private static func own(_ curve: String, _ more: [String]) async throws -> Program.Run {
        let folder = try TemporaryFolder()
        let path = try folder.write("curve.csv", curve)
        return try await Program.run(["plan", "holdout", "--curve", path] + more)
    }

    @Test func `points without scatter are inconclusive, and what lies on one line too`()
        async throws
    {
        let flat = "rows,score\n100,0.7\n200,0.7\n400,0.7\n800,0.7\n"
        for target in ["0.69", "0.71"] {
            let run = try await Self.own(flat, ["--target", target])
            #expect(run.status == 3, "\(run.output)")
            #expect(run.output.contains("no standard errors there is no"), "\(run.output)")
        }
    }

    @Test func `no fewer rows than the smallest size are spoken of`() async throws {
        let (target, form) = (["--target", "0.6"], ["--format", "json"])
        let run = try await Self.own(Self.own, target + form)
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(run.status == 0 && json["rows"] == 250.0, "\(run.output)")
        #expect(json["rows_lower"] == 250.0 && json["rows_upper"] == 250.0)
        let text = try await Self.own(Self.own, target + ["--rate", "0.4%"])
        #expect(text.output.contains("at most 250 control rows, at most 1 positive among them"))
        #expect(text.output.contains("at most 250 rows reach the target (95% interval up to 250)"))
    }

    @Test func `points that no curve fits widen the interval, and an exponent at an end is said`()
        async throws
    {
        // A straight line in the logarithm of the rows, which no power law has.
        let line = """
            rows,score,standard_error
            100,0.65,0.0001
            1000,0.68,0.0001
            10000,0.71,0.0001
            100000,0.74,0.0001

            """
        let run = try await Self.own(line, ["--target", "0.73", "--format", "json"])
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(try JSONSchemaValidator("plan-holdout.schema.json").faults(json) == [])
        let kinds = (json["warnings"]?.array ?? []).compactMap { $0["kind"]?.string }
        #expect(kinds.contains("exponent_at_end"), "\(kinds)")
        let (lower, upper) = (
            json["rows_lower"]?.double ?? .nan, json["rows_upper"]?.double ?? .infinity
        )
        // 10 to the power of 4 2/3, by the line; by the errors alone the interval is 45,100…46,900.
        #expect(lower < 46_400 && upper > 46_400, "\(run.output)")
    }

    @Test func `a page replaces no curve, table or ledger`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("curve.csv", Self.own)
        for files in [
            ["--curve", path, "--html", path], ["--table", path, "--html", path],
            [
                "--ledger", path, "--catalog", "c.yaml", "--html",
                path.replacing("/curve.csv", with: "/./curve.csv-wal"),
            ],
        ] {
            let run = try await Program.run(["plan", "holdout", "--target", "0.7"] + files)
            #expect(run.status == 64 && run.errors.contains("elsewhere"), "\(run.errors)")
        }
        #expect(String(decoding: try folder.read("curve.csv"), as: UTF8.self) == Self.own)
    }

    @Test func `the clean rows of a ledger are a pilot too`() async throws {
        let yard = try await ExportYard(units: 1_200)
        let run = try await Program.run(
            [
                "plan", "holdout", "--ledger", yard.ledger, "--catalog", yard.catalog,
                "--experiment", "limits", "--threshold", "0.5", "--target", "0.6", "--weekly",
                "1000", "--format", "json",
            ] + ["--folds", "3", "--draws", "1"])
        let json = try JSON.parse(Array(run.output.utf8))
        #expect([0, 1, 3].contains(run.status) && run.errors == "", "\(run.errors)")
        #expect(try JSONSchemaValidator("plan-holdout.schema.json").faults(json) == [])
        #expect(json["source"]?["features"] == 2, "\(json.text())")
        let rows = try #require(json["source"]?["rows"]?.double)
        #expect(rows > 400 && rows < 620, "about half of what no promo reached: \(rows)")
        #expect(abs((json["region"]?["share"]?.double ?? 0) - 0.5) < 0.01, "of all that was served")
    }

    @Test(
        arguments: [
            ("id,paid,x\n1,0,2\n2,0,3\n", [], "all 2 labels of the pilot are negative"),
            ("id,paid\n1,0\n2,1\n", ["--ignore", "id"], "no features to learn from"),
            ("paid,x,y\n1,3,\n2,3,\n", ["--positive", "1"], "no feature of two values, of 2"),
            ("paid,x\n", [], "no rows"),
            ("paid,x\n2,1\n3,2\n4,1\n", [], "more than two values"),
            ("paid,x\n1,1\n0,2\n0,2\n1,5\n", [], "2 positives for 10 folds"),
            ("paid,x\n,1\n,2\n", [], "has no label in any"),
            ("other,x\n1,1\n", [], "has no column \"paid\""),
        ] as [(String, [String], String)])
    func `a pilot that nothing can be learnt from is refused`(
        table: String, more: [String], words: String
    ) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("pilot.csv", table)
        let run = try await Program.run(
            ["plan", "holdout", "--table", path, "--label", "paid", "--target", "0.8"] + more)
        #expect(run.status == 2 && run.output == "", "\(run.output)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `a feature that is all but constant teaches nothing, and that is said`() async throws
    {
        let folder = try TemporaryFolder()
        let rows = (0..<800).map { "\($0 * 7_919 % 10 < 3 ? 1 : 0),\($0 < 2 ? 6 : 5),0" }
        let path = try folder.write("pilot.csv", "paid,x,y\n" + rows.joined(separator: "\n") + "\n")
        let run = try await Program.run(
            ["plan", "holdout", "--table", path, "--label", "paid", "--target", "0.8"] + Self.quick)
        #expect(run.status == 1, "\(run.output)\(run.errors)")
        #expect(run.output.contains("the curve is flat"))
        #expect(run.output.contains("There is no curve of boosted trees"))
        #expect(run.output.contains("1 feature (1 of one value left out)"), "\(run.output)")
    }

    @Test(arguments: [
        ("rows,score\n100,0.7\n", "different sizes"), ("rows,score\n", "has no rows"),
        ("rows,auc\n100,0.7\n", "lacks the columns"), ("rows,score\n100,good\n", "has a text"),
        ("rows,score\n100,1.2\n200,0.8\n300,0.9\n", "row 1: 1.2 is no auc"),
        ("rows,score\n0,0.7\n200,0.8\n300,0.9\n", "row 1: 0.0 is no number of rows"),
        ("rows,score\n100,0.7\n200,\n300,0.9\n", "row 2 has no number in \"score\""),
        ("rows,score\n100,0.7\n200,NaN\n300,0.9\n", "row 2 has no number"),
        ("rows,score\n100,0.7\n200,Infinity\n300,0.9\n", "row 2 has no number"),
        (
            "rows,score,standard_error\n100,0.7,0.1\n200,0.8,0\n300,0.9,0.1\n",
            "row 2: the standard error is not above 0"
        ),
        (
            "rows,score,standard_error\n100,0.7,0.1\n200,0.8,1e200\n300,0.9,0.1\n",
            "row 2: the standard error is not from 1e-9 to 1e9"
        ),
        (
            "rows,score,standard_error\n100,0.7,0.1\n200,0.8,1e-200\n300,0.9,0.1\n",
            "row 2: the standard error is not from 1e-9 to 1e9"
        ),
    ])
    func `a curve that is none is refused by its row`(table: String, words: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("curve.csv", table)
        let run = try await Program.run(["plan", "holdout", "--curve", path, "--target", "0.85"])
        #expect(run.status == 2 && run.output == "", "\(run.output)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test(
        arguments: [
            ([], "give one of"), (["--curve", "c.csv", "--table", "t.csv"], "give one of"),
            (["--curve", "c.csv", "--target", "1"], "between 0.5 and 1"),
            (["--curve", "c.csv", "--target", "nan"], "between 0.5 and 1"),
            (["--curve", "c.csv", "--within", "0"], "above 0"),
            (["--curve", "c.csv", "--target", "0.8", "--within", "0.01"], "give one of --target"),
            (["--curve", "c.csv", "--weeks", "4"], "--weekly"),
            (["--curve", "c.csv", "--weekly", "0"], "--weekly"),
            (
                ["--curve", "c.csv", "--weekly", "9", "--cost", "missed=100"],
                "missed=100,blocked=8"
            ),
            (["--curve", "c.csv", "--weekly", "9", "--cost", "missed=-1,blocked=8"], "at least 0"),
            (["--curve", "c.csv", "--weekly", "9", "--cost", "missed=1,blocked=8"], "--rate"),
            (["--curve", "c.csv", "--shares", "1%,0%"], "--shares"),
            (["--curve", "c.csv", "--level", "1"], "--level"),
            (["--curve", "c.csv", "--rate", "0%"], "--rate"),
            (["--curve", "c.csv", "--shares", ","], "--shares"),
            (["--curve", "c.csv", "--model", "trees"], "--model"),
            (["--curve", "c.csv", "--label", "y"], "--label: these go with a pilot"),
            (
                ["--curve", "c.csv", "--score", "s", "--features", "a", "--category", "a"],
                "--score, --features, --category: these go with a pilot"
            ),
            (
                ["--curve", "c.csv", "--positive", "1", "--ignore", "b", "--threshold", "1"],
                "--positive, --ignore, --threshold: these go with a pilot"
            ),
            (["--curve", "c.csv", "--folds", "5", "--draws", "3"], "--folds, --draws: these go"),
            (["--table", "t.csv", "--folds", "2"], "--folds"),
            (["--table", "t.csv", "--threshold", "0.5"], "--score"),
            (["--ledger", "l.db"], "--catalog"),
            (["--table", "t.csv", "--figure", "f1"], "log_loss"),
        ] as [([String], String)])
    func `wrong usage is refused with what to write`(more: [String], words: String) async throws {
        let isAsked = more.contains("--target") || more.contains("--within")
        let target = isAsked ? [] : ["--target", "0.8"]
        let run = try await Program.run(["plan", "holdout"] + target + more)
        #expect(run.status == 64 && run.output == "", "\(run.errors)")
        #expect(run.errors.contains(words), "\(run.errors)")
    }
}
