import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast assign` over files: what is kept, what is added, and what is said of bad rows.
@Suite struct AssignTests {
    static let catalog = """
        holdfast: 1
        salt: assign-tests-salt-01
        experiments:
          limits:
            unit: customer
            cluster: household
            eligible: {attribute: age, atLeast: 20}
            arms: [{control: 50%}, {treatment: 50%}]
          offers:
            unit: customer
            explore: [{below: 0.5, control: 10%}, {control: 1%}]
          plain:
            unit: customer
            arms: [{control: 10%}, {treatment: 90%}]
        """

    private static func assign(
        _ experiment: String, _ more: [String] = [], input: Data, name: String = "in.csv"
    ) async throws -> (run: Program.Run, lines: [String]) {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", AssignTests.catalog)
        let file = folder.file(name)
        try input.write(to: URL(fileURLWithPath: file))
        let run = try await Program.run(
            ["assign", "--catalog", catalog, "--experiment", experiment, file] + more)
        return (run, run.output.split(separator: "\n").map(String.init))
    }

    @Test func `a unit or a cluster that is not UTF-8 is named, and its row keeps its place`()
        async throws
    {
        var input = Data("unit,household,age\nc-1,h-1,30\n".utf8)
        input += Data("caf".utf8) + [0xE9] + Data(",h-2,30\nc-3,".utf8)
        input += [0xC3, 0x28] + Data(",30\nc-4,h-4,30\n".utf8)
        let (run, lines) = try await AssignTests.assign("limits", input: input)
        #expect(run.status == 1)
        #expect(run.errors.contains("row 2 (line 3): column \"unit\" is not UTF-8; convert"))
        #expect(run.errors.contains("row 3 (line 4): column \"household\" is not UTF-8"))
        #expect(run.errors.contains("2 of the rows could not be taken; 4 were written"))
        #expect(lines.count == 5)
        #expect(lines[2].contains(",limits,,refused,false,,,r"))
        #expect(lines[3].contains(",limits,,refused,false,,,r"))
        #expect(lines[4].hasPrefix("c-4,h-4,30,limits,"))
        #expect(!lines[4].contains("refused"))
    }

    @Test func `a rule's number is one by JSON's grammar, without blanks`() async throws {
        let cells = ["30", "3e1", " 30", "30 ", "+30", "0x1e", "\"30\n\""]
        let rows = cells.enumerated().map { "c-\($0),h,\($1)\n" }.joined()
        let (run, _) = try await AssignTests.assign(
            "limits", input: Data(("unit,household,age\n" + rows).utf8))
        #expect(run.status == 1)
        #expect(run.output.split(separator: ",").count { $0 == "refused" } == cells.count - 2)
    }

    @Test func `a unit that is empty or too long, and one at the limit`() async throws {
        let long = String(repeating: "x", count: 1_024)
        let input = "unit,n\n,1\n\"\",2\n\(long)x,3\n\(long),4\n"
        let (run, lines) = try await AssignTests.assign("plain", input: Data(input.utf8))
        #expect(run.status == 1)
        for words in [
            "row 1 (line 2): the unit has 0 bytes; give 1 to 1024 bytes",
            "row 2 (line 3): the unit has 0 bytes", "row 3 (line 4): the unit has 1025 bytes",
        ] {
            #expect(run.errors.contains(words), "\(words) is not in: \(run.errors)")
        }
        #expect(lines.dropFirst().map { $0.contains(",refused,") } == [true, true, true, false])
    }

    @Test(arguments: [
        ("NaN", "is nan; give a finite number"), ("nan", "is nan"), ("inf", "is inf"),
        ("-Infinity", "is -inf"), ("1e999", "is inf"), ("high", "the score high is no number"),
        ("", "came without one"), ("\"\"", "came without one"),
        (" 0.5", "the score  0.5 is no number"), ("0.5 ", "is no number"),
        ("0x1p3", "the score 0x1p3 is no number"), (".5", "the score .5 is no number"),
        ("-.5", "is no number"), ("+0.5", "is no number"), ("1.", "is no number"),
        ("1.e2", "is no number"), ("00.5", "is no number"), ("NA", "is no number"),
        ("0,5", "has 3 fields"),
    ]) func `a score that is no finite number is refused where it is needed`(
        score: String, words: String
    ) async throws {
        let input = "unit,score\nc-1,0.2\nc-2,\(score)\nc-3,0.9\n"
        let (run, lines) = try await AssignTests.assign("offers", input: Data(input.utf8))
        #expect(run.status == 1)
        #expect(run.errors.contains("row 2 (line 3)"), "\(run.errors)")
        #expect(run.errors.contains(words), "\(words) is not in: \(run.errors)")
        #expect(lines.last?.hasPrefix("c-3,0.9,offers,") == true)
        // Where no score is needed, none is read.
        let other = try await AssignTests.assign("plain", input: Data(input.utf8))
        #expect(other.run.status == (words.contains("fields") ? 1 : 0))
    }

    @Test(arguments: ["0", "-0", "0.25", "-1.5e-3", "1E+2", "12345678901234567890.5"])
    func `a score as JSON has it deals alike in CSV, in JSON Lines and for one unit`(
        score: String
    ) async throws {
        let csv = try await AssignTests.assign(
            "offers", input: Data("unit,score\na,\(score)\n".utf8))
        let json = try await AssignTests.assign(
            "offers", input: Data("{\"unit\": \"a\", \"score\": \(score)}\n".utf8), name: "in.jsonl"
        )
        #expect(csv.run.status == 0 && json.run.status == 0)
        let folder = try TemporaryFolder()
        let one = try await Program.run([
            "assign", "--catalog", try folder.write("catalog.yaml", AssignTests.catalog),
            "--experiment", "offers", "--unit", "a", "--score=\(score)", "--format", "json",
        ])
        let cells = try #require(csv.lines.last).split(separator: ",")
        let propensity = "\"propensity\":\(cells[6])"
        #expect(json.run.output.contains(propensity), "\(json.run.output)")
        #expect(one.output.replacing(" ", with: "").contains(propensity), "\(one.output)")
    }

    @Test func `an argument that is not UTF-8 is refused, and no unit dealt in its place`()
        async throws
    {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", AssignTests.catalog)
        let command = #""$0" assign --catalog "$1" --experiment plain --unit "$(printf 'caf\351')""#
        let run = try await Program.run("/bin/sh", ["-c", command, try Program.path, catalog])
        #expect(run.status == 64)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("argument 7 is not UTF-8; convert it"), "\(run.errors)")
    }

    @Test func `the column of scores can have another name, and must be there`() async throws {
        let input = Data("unit,risk\nc-1,0.2\n".utf8)
        let missing = try await AssignTests.assign("offers", input: input)
        #expect(missing.run.status == 2)
        #expect(missing.run.errors.contains("no column \"score\"; name another by --score-column"))
        let named = try await AssignTests.assign(
            "offers", ["--score-column", "risk"], input: input)
        #expect(named.run.status == 0)
    }

    @Test func `an empty cluster and an attribute of the wrong type are refused row by row`()
        async throws
    {
        let input = "unit,household,age\nc-1,,30\nc-2,\"\",30\nc-3,h,thirty\nc-4,h,\nc-5,h,30\n"
        let (run, lines) = try await AssignTests.assign("limits", input: Data(input.utf8))
        #expect(run.status == 1)
        for words in [
            "row 1 (line 2): experiment limits is randomised by household",
            "row 2 (line 3): experiment limits is randomised by household",
            "row 3 (line 4): the attribute \"age\" is a text, and the rule needs a number; give",
            "row 4 (line 5): experiment limits asks for the attribute \"age\", which is missing",
        ] {
            #expect(run.errors.contains(words), "\(words) is not in: \(run.errors)")
        }
        #expect(
            lines.dropFirst().map { $0.contains(",refused,") } == [true, true, true, true, false])
    }

    @Test func `a line of JSON is kept byte by byte, and its answer stands behind it`()
        async throws
    {
        let lines = [
            "{\"unit\": \"c-1\", \"x\": 1.50, \"y\": 1e2, \"z\": \"\\u00e9\" }", "{\"x\":1}",
            "{\"unit\":\"c-3\",\"score\":\"0.5\"}", "[1]", "{\"unit\":\"c-5\"}",
        ]
        let input = Data((lines.joined(separator: "\n") + "\n").utf8)
        let (run, output) = try await AssignTests.assign("plain", input: input, name: "in.jsonl")
        #expect(run.status == 1)
        #expect(run.errors.contains("line 2: has no text \"unit\"; give the unit as a string"))
        #expect(run.errors.contains("line 4: is no object"))
        #expect(output.count == 4)
        #expect(output[0].hasPrefix(lines[0].dropLast() + ",\"experiment\":\"plain\",\"arm\":"))
        #expect(output[1].contains("\"arm\":null,\"reason\":\"refused\",\"act\":false"))
        for line in output { _ = try JSON.parse(Array(line.utf8)) }
        let scored = try await AssignTests.assign("offers", input: input, name: "in.jsonl")
        #expect(scored.run.errors.contains("line 3: the score \"0.5\" is no number"))
        #expect(scored.run.errors.contains("line 1: experiment offers deals by the score"))
    }

    @Test func `explain shows each step with its scope, bucket and range`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("catalog.yaml", AssignTests.catalog)
        let one = [
            "assign", "--catalog", path, "--experiment", "limits", "--unit", "c-1", "--cluster",
            "h-1", "--explain",
        ]
        let text = try await Program.run(one + ["--attribute", "age=30"])
        #expect(text.status == 0)
        #expect(text.output.contains("1. eligible: the rule holds"))
        #expect(text.output.contains("2. arm:limits: bucket "))
        let json = try await Program.run(one + ["--attribute", "age=30", "--format", "json"])
        let answer = try JSON.parse(Array(json.output.utf8))
        guard case .array(let steps) = answer["steps"], let last = steps.last else {
            Issue.record("there are no steps in \(json.output)")
            return
        }
        #expect(last["scope"] == "arm:limits")
        #expect(last["bucket"] == answer["bucket"])
        #expect(last["finding"] == answer["arm"])
        let refused = try await Program.run(one + ["--format", "json"])
        #expect(refused.status == 2)
        #expect(refused.errors.contains("\"age\""))
        let error = try JSON.parse(Array(refused.output.utf8))
        #expect(error["error"]?["code"] == "missing_attribute")
        let file = try await Program.run(["assign", "--catalog", path, "--explain", path])
        #expect(file.status == 64)
    }

    @Test(arguments: 1...4) func `a file deals as its units do one by one`(seed: UInt64)
        async throws
    {
        var generator = SeededGenerator(seed: seed)
        let ids = (0..<12).map { index in
            let length = Int.random(in: 1...40, using: &generator)
            let text = String(
                (0..<length).map { _ in "aé,\"x中 /".randomElement(using: &generator)! })
            return "u\(index)" + text
        }
        let rows = ids.map { "\"\($0.replacing("\"", with: "\"\""))\",1" }
        let input = Data((["unit,n"] + rows).joined(separator: "\n").utf8)
        let (run, lines) = try await AssignTests.assign("plain", input: input)
        #expect(run.status == 0, "seed \(seed)")
        let folder = try TemporaryFolder()
        let path = try folder.write("catalog.yaml", AssignTests.catalog)
        for (row, id) in zip(zip(rows, lines.dropFirst()), ids) {
            let one = try await Program.run([
                "assign", "--catalog", path, "--experiment", "plain", "--unit=\(id)", "--format",
                "json",
            ])
            let json = try JSON.parse(Array(one.output.utf8))
            let arm = try #require(json["arm"]?.string)
            let bucket = try #require(json["bucket"]?.text())
            let act = arm == "control" ? "false,0.1" : "true,0.9"
            let revision = try #require(json["revision"]?.string)
            #expect(
                row.1 == "\(row.0),plain,\(arm),assigned,\(act),\(bucket),\(revision)",
                "seed \(seed)")
        }
    }
}
