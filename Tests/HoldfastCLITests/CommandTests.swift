import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// Commands as scripts call them: arguments, streams, statuses.
@Suite struct CommandTests {
    static let catalog = """
        holdfast: 1
        salt: command-tests-salt-01
        experiments:
          limits:
            unit: customer
            cluster: household
            eligible: {attribute: age, atLeast: 20}
            arms: [{control: 50%}, {treatment: 50%}]
            outcome: {name: defaulted, horizon: 1d, absent: 0}
            features: {income: number, region: category}
        """

    @Test func `init writes a catalog that validate accepts, and never writes over one`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = folder.file("catalog.yaml")
        #expect(try await Program.run(["init", path]).status == 0)
        let salt = ["HOLDFAST_SALT": "a-salt-for-the-test"]
        let valid = try await Program.run(
            ["validate", path, "--format", "json"], environment: salt)
        #expect(valid.status == 0)
        let json = try JSON.parse(Array(valid.output.utf8))
        #expect(json["valid"] == true)
        #expect(json["experiments"] == ["my-model"])
        #expect(json["warnings"] == [])
        let again = try await Program.run(["init", path])
        #expect(again.status == 2)
        #expect(again.errors.contains("is there already"))
        let stream = try await Program.run(["init", "-"])
        #expect(try folder.read("catalog.yaml") == Data(stream.output.utf8))
    }

    @Test(arguments: [
        ("{Control: 5%}, {treatment: 95%}", "no arm is named control, \"Control\" is an arm like"),
        ("{a: 5%}, {b: 95%}", "no arm is named control; name the arm that is left alone control"),
        ("{control: 0%}, {treatment: 100%}", "its control arm has a share of 0%"),
    ])
    func `a catalog that leaves nobody alone is valid, and warned of`(
        arms: String, words: String
    ) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: a-salt-for-the-test
            experiments:
              limits: {unit: customer, arms: [\(arms)]}
              offers: {unit: customer, arms: [{control: 5%}, {treatment: 95%}]}
            """)
        let run = try await Program.run(["validate", path])
        #expect(run.status == 0)
        #expect(run.errors.contains("warning: experiment limits acts on every unit"))
        #expect(run.errors.contains(words))
        #expect(!run.errors.contains("offers"))
        let json = try await Program.run(["validate", path, "--format", "json"])
        let warnings = try JSON.parse(Array(json.output.utf8))["warnings"]?.array ?? []
        #expect(warnings.map { $0["experiment"] } == ["limits"])
    }

    @Test func `an invalid catalog is refused with every place, and the salt is never shown`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "bad.yaml",
            """
            holdfast: 1
            salt: secret/with-a-slash
            experiments:
              limits:
                unit: customer
                arms: [{control: 5.00001%}, {treatment: 95%}]
                colour: blue
            """)
        let run = try await Program.run(["validate", path])
        #expect(run.status == 1)
        #expect(run.errors.contains("bad.yaml:6:"))
        #expect(run.errors.contains("bad.yaml:7:"))
        #expect(run.errors.contains("0.0001%"))
        #expect(run.errors.contains("3 faults"))
        #expect(!run.errors.contains("with-a-slash"))
    }

    @Test func `assign keeps columns and order, and names the rows that it cannot deal`()
        async throws
    {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let input = """
            unit,household,age,note
            c-1,h-1,30,"a, b"
            c-2,,30,x
            c-3,h-3,,y
            c-4,h-4
            c-5,h-5,19,z
            "",h-6,30,w

            """
        let run = try await Program.run(["assign", "--catalog", catalog, "-"], input: input)
        #expect(run.status == 1)
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(
            lines[0]
                == "unit,household,age,note,experiment,arm,reason,act,propensity,bucket,revision")
        #expect(lines[1].hasPrefix("c-1,h-1,30,\"a, b\",limits,"))
        #expect(lines[1].contains(",assigned,"))
        #expect(lines[2].hasPrefix("c-2,,30,x,limits,,refused,false,,,r"))
        #expect(lines[3].hasPrefix("c-3,h-3,,y,limits,,refused,false,,,r"))
        #expect(lines[4].hasPrefix("c-5,h-5,19,z,limits,,ineligible,false,1.0,,r"))
        #expect(lines.count == 6)
        for words in [
            "row 2 (line 3)", "household", "row 3 (line 4)", "\"age\"", "row 4 (line 5)",
            "has 2 fields", "row 6 (line 7)", "0 bytes",
        ] {
            #expect(run.errors.contains(words), "\(words) is not in: \(run.errors)")
        }
    }

    @Test func `a duplicate column is refused before anything is written`() async throws {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let input = try folder.write("in.csv", "unit,household,unit\na,b,c\n")
        let out = folder.file("out.csv")
        let run = try await Program.run(["assign", "--catalog", catalog, input, "-o", out])
        #expect(run.status == 2)
        #expect(run.errors.contains("\"unit\""))
        #expect(try folder.names == ["catalog.yaml", "in.csv"])
    }

    @Test func `statuses are those of the table`() async throws {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let one = ["assign", "--catalog", catalog, "--unit", "c", "--cluster", "h"]
        #expect(try await Program.run(one + ["--attribute", "age=20"]).status == 0)
        #expect(try await Program.run(one).status == 2)
        #expect(try await Program.run(["assign", "--catalog", catalog]).status == 64)
        #expect(
            try await Program.run(["assign", "--catalog", "nowhere.yaml", "--unit", "c"]).status
                == 2)
        #expect(try await Program.run(["frobnicate"]).status == 64)
        #expect(try await Program.run(["--version"]).output == "0.1.0\n")
        let serve = ["serve", "--catalog", catalog, "--ledger", folder.file("l.db")]
        let open = try await Program.run(serve + ["--host", "0.0.0.0"])
        #expect(open.status == 64)
        #expect(open.errors.contains("loopback"))
    }

    @Test func `what assign dealt is what record keeps, and a row that says otherwise is refused`()
        async throws
    {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let ledger = folder.file("ledger.db")
        let rows = (1...40).map { "d-\($0),c-\($0),h-\($0),30,2026-01-01T00:00:00Z,52000.5,JP" }
        let header = "id,unit,household,age,at,income,region"
        let input = try folder.write("in.csv", ([header] + rows).joined(separator: "\n") + "\n")
        let dealt = folder.file("dealt.csv")
        #expect(
            try await Program.run([
                "assign", "--catalog", catalog, input, "--time-column", "at", "-o", dealt,
            ]).status == 0)
        var text = String(decoding: try folder.read("dealt.csv"), as: UTF8.self)
        text = text.replacing("unit,household,age", with: "unit,cluster,age")
        let flipped = text.split(separator: "\n").map(String.init).map { line -> String in
            guard line.hasPrefix("d-7,") else { return line }
            let other = line.contains(",control,") ? "treatment" : "control"
            return line.replacing(/,(control|treatment),/, with: ",\(other),")
        }
        try folder.write("flipped.csv", flipped.joined(separator: "\n") + "\n")
        let record = ["record", "decisions", "--catalog", catalog, "--ledger", ledger]
        let run = try await Program.run(record + [folder.file("flipped.csv"), "--format", "json"])
        #expect(run.status == 1)
        let json = try JSON.parse(Array(run.output.utf8))
        #expect(json["accepted"] == 39)
        #expect(json["refused"] == 1)
        #expect(run.errors.contains("row 7"))
        #expect(run.errors.contains("the catalog deals"))
        try folder.write("whole.csv", text)
        let whole = try await Program.run(record + [folder.file("whole.csv")])
        #expect(whole.status == 0)
        #expect(whole.output.contains("1 decisions recorded, 39 duplicates, 0 refused"))
    }

    @Test func `a catalog that changes shares under the same name is refused by the ledger`()
        async throws
    {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let ledger = folder.file("ledger.db")
        let outcomes = try folder.write("o.csv", "id,unit,name,value\no-1,c-1,defaulted,true\n")
        func record(_ more: [String] = []) async throws -> Program.Run {
            try await Program.run(
                [
                    "record", "outcomes", "--catalog", catalog, "--ledger", ledger, outcomes,
                ] + more)
        }
        #expect(try await record().status == 0)
        let changed = CommandTests.catalog.replacing(
            "{control: 50%}, {treatment: 50%}", with: "{control: 40%}, {treatment: 60%}")
        try folder.write("catalog.yaml", changed)
        let run = try await record()
        #expect(run.status == 2)
        for words in [
            "limits", "control 50%", "control 40%", "new name", "--accept-unsafe limits",
        ] {
            #expect(run.errors.contains(words), "\(words) is not in: \(run.errors)")
        }
        let slip = try await record(["--accept-unsafe", "limit"])
        #expect(slip.status == 2 && slip.errors.contains("\"limit\""))
        #expect(try await record(["--accept-unsafe", "a b"]).status == 64)
        #expect(try await record(["--accept-unsafe", "limits"]).status == 0)
        // What was accepted is in force: the repeat asks nothing.
        #expect(try await record().status == 0)
    }

    @Test func `a ledger that is not SQLite, or of a newer format, is left as it is`() async throws
    {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let outcomes = try folder.write("o.csv", "id,unit,name,value\no-1,c-1,defaulted,1\n")
        let text = try folder.write("notes.txt", String(repeating: "not a database, ", count: 100))
        let before = try folder.read("notes.txt")
        let run = try await Program.run([
            "record", "outcomes", "--catalog", catalog, "--ledger", text, outcomes,
        ])
        #expect(run.status == 2)
        #expect(run.errors.contains("not an SQLite database"))
        #expect(try folder.read("notes.txt") == before)
        let arguments = [
            "record", "outcomes", "--catalog", catalog, "--ledger", folder.file("l.db"), outcomes,
        ]
        #expect(try await Program.run(arguments).status == 0)
        _ = try await Program.sqlite(folder.file("l.db"), "PRAGMA user_version = 99")
        let newer = try await Program.run(arguments)
        #expect(newer.status == 2)
        #expect(newer.errors.contains("its format is 99"))
        #expect(newer.errors.contains("newer"))
    }
}
