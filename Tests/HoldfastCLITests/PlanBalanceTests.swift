import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast plan balance`, run as people run it.
@Suite struct PlanBalanceTests {
    private static let salt = "plan-balance-tests-salt"
    private static let catalog = """
        holdfast: 1
        salt: \(salt)
        experiments:
          limits:
            unit: customer
            cluster: household
            arms: [{control: 20%}, {treatment: 80%}]
          model: {unit: customer, explore: [{below: 0.5, control: 30%}, {control: 10%}]}
        """

    private let folder: TemporaryFolder
    private let path: String
    private let units: String

    init() throws {
        folder = try TemporaryFolder()
        path = try folder.write("catalog.yaml", Self.catalog)
        let rows = (0..<600).map { number in
            let region = ["north", "south", "<b>east</b>"][number % 7 % 3]
            return "c-\(number),h-\(number / 2),\(20 + number % 50),\(region),0.\(number % 10)\n"
        }
        units = try folder.write("units.csv", "id,household,age,region,score\n" + rows.joined())
    }

    /// A text without the breaks of its lines.
    private func unwrapped(_ text: String) -> String {
        text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    }

    private func run(_ more: [String], input: String = "") async throws -> Program.Run {
        try await Program.run(
            ["plan", "balance", "--catalog", path, "--salts", "100", "--unit-column", "id"] + more,
            input: input)
    }

    @Test func `the report fits its schema, comes out again, and tells no salt`() async throws {
        let validator = try JSONSchemaValidator("plan-balance.schema.json")
        let page = folder.file("balance.html")
        let arguments = [
            "--experiment", "limits", "--units", units, "--strata", "region", "--html", page,
            "--choose",
        ]
        let run = try await run(arguments + ["--format", "json"])
        #expect(run.status == 0 && run.errors == "", "\(run.errors)")
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(validator.faults(json) == [], "\(run.output)")
        #expect(json["covariates"]?.array?.count == 3 && json["clusters"] == true)
        #expect(json["strata"]?.array?.count == 3 && json["choice"]?["median"]?.double != nil)
        let again = try await self.run(arguments + ["--format", "json"])
        #expect(again.output == run.output)
        let text = try await self.run(arguments)
        let html = String(decoding: try folder.read("balance.html"), as: UTF8.self)
        for output in [run.output, unwrapped(text.output), html] {
            #expect(!output.contains(Self.salt))
            #expect(output.contains("re-randomisation") && output.contains("A salt is secret"))
            #expect(output.contains("The best hundredth of the salts"))
        }
        #expect(html.contains("&lt;b&gt;east&lt;/b&gt;") && !html.contains("<b>east</b>"))
        #expect(html.contains("The largest difference of a salt"))
        #expect(
            unwrapped(text.output).hasPrefix("Balance of limits before its start: 600 units of "))
        #expect(text.output.contains("\nWhat it says\n"))
    }

    @Test func `without --choose nothing is said of choosing`() async throws {
        let run = try await run([
            "--experiment", "limits", "--units", units, "--covariates", "age, region",
        ])
        #expect(run.status == 0 && !run.output.contains("re-randomisation"), "\(run.errors)")
        #expect(!run.output.contains("hundredth") && run.output.contains("the largest of all"))
    }

    @Test func `units come from standard input and as JSON Lines, and a score where one is needed`()
        async throws
    {
        let csv = String(decoding: try folder.read("units.csv"), as: UTF8.self)
        let file = try await run([
            "--experiment", "model", "--units", units, "--format", "json", "--ignore", "household",
        ])
        let stream = try await run(
            [
                "--experiment", "model", "--units", "-", "--format", "json", "--ignore",
                "household",
            ], input: csv)
        #expect(file.status == 0 && stream.status == 0, "\(file.errors) \(stream.errors)")
        #expect(file.output.replacing(units, with: "standard input") == stream.output)
        let json = try JSON.parse(Array(file.output.utf8))
        // The score is no covariate: the experiment deals by it.
        #expect(json["passed_over"]?.array?.first?["column"] == "score", "\(file.output)")
        let lines = csv.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",")
            return """
                {"id": "\(cells[0])", "household": "\(cells[1])", "age": \(cells[2]), \
                "region": "\(cells[3])", "score": \(cells[4])}

                """
        }
        let path = try folder.write("units.jsonl", lines.joined())
        let other = try await run([
            "--experiment", "model", "--units", path, "--format", "json", "--ignore", "household",
        ])
        #expect(other.output.replacing(path, with: units) == file.output)
    }

    @Test func `a rule's yes and no are read as assign reads them`() async throws {
        let catalog = try folder.write(
            "vip.yaml",
            """
            holdfast: 1
            salt: \(Self.salt)
            experiments:
              limits:
                unit: customer
                eligible: {attribute: vip, is: true}
                arms: [{control: 50%}, {treatment: 50%}]
            """)
        for (name, words) in [
            ("words", ["true", "True", "false", "FALSE", "TRUE"]),
            ("digits", ["1", "1", "0", "0"]),
        ] {
            let rows = (0..<200).map { "u-\($0),\(words[$0 % words.count]),\($0 % 7)\n" }
            let units = try folder.write("\(name).csv", "unit,vip,x\n" + rows.joined())
            let dealt = try await Program.run(["assign", "--catalog", catalog, units])
            #expect(dealt.status == 0, "\(dealt.errors)")
            let ineligible = dealt.output.split(separator: "\n").count {
                $0.split(separator: ",").contains("ineligible")
            }
            #expect(ineligible > 50)
            let run = try await Program.run([
                "plan", "balance", "--catalog", catalog, "--units", units, "--salts", "100",
                "--format", "json",
            ])
            #expect(run.status == 0, "\(run.errors)")
            let json = try JSON.parse(Array(run.output.utf8))
            let wanted: JSON = ["reason": "ineligible", "rows": .integer(Int64(ineligible))]
            #expect(json["left_out"] == [wanted], "\(run.output)")
        }
    }

    @Test func `what cannot be done has its status and says what to do`() async throws {
        let flat = try folder.write("flat.csv", "id,household,x\n" + "a,h,1\nb,g,1\nc,i,1\n")
        let none = try await run(["--experiment", "limits", "--units", flat, "--covariates", "x"])
        #expect(
            none.status == 3 && unwrapped(none.output).contains("nothing varies"), "\(none.output)")
        for (more, status, word) in [
            (["--experiment", "nope", "--units", units], 2, "known: limits, model"),
            (["--experiment", "limits", "--units", folder.file("gone.csv")], 2, "gone.csv"),
            (
                ["--experiment", "limits", "--units", units, "--covariates", "height"], 2,
                "no column \"height\""
            ),
            (["--experiment", "limits", "--units", units, "--salts", "99"], 64, "salts are 100"),
            (["--experiment", "limits", "--units", units, "--strata", "age,age"], 64, "twice"),
            (["--experiment", "limits", "--units", units, "--html", units], 64, "elsewhere"),
            (["--experiment", "limits", "--units", units, "--html", path], 64, "elsewhere"),
            (["--experiment", "limits", "--units", units, "--strata", ","], 64, "a name is empty"),
            (
                ["--experiment", "limits", "--units", units, "--ignore", "nosuch"], 2,
                "no column \"nosuch\""
            ),
            (
                [
                    "--experiment", "limits", "--units", units, "--ignore", "age", "--covariates",
                    "region",
                ], 64, "without --covariates"
            ),
            (
                ["--experiment", "model", "--units", units, "--cluster-column", "nosuch"], 64,
                "model deals no clusters"
            ),
            (
                ["--experiment", "limits", "--units", units, "--score-column", "nosuch"], 64,
                "does not deal by scores"
            ),
            (
                [
                    "--experiment", "limits", "--units", units, "--at", "2026-01-01T00:00:00Z",
                ], 64, "deals no rotation"
            ),
            (
                ["--experiment", "limits", "--units", units, "--seed", "9007199254740992"], 64,
                "the seed is at most 9007199254740991"
            ),
        ] as [([String], Int32, String)] {
            let run = try await run(more)
            #expect(run.status == status && run.output == "", "\(more): \(run.errors)")
            #expect(run.errors.contains(word), "\(word) is not in \(run.errors)")
        }
    }
}
