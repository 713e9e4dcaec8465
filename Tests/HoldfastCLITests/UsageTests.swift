import Foundation
import HoldfastFormats
import TestSupport
import Testing

/// What the program says of wrong words: status 64, what would be right, and whose usage it is.
@Suite struct UsageTests {
    /// Runs it, and expects it to refuse its words with each of these texts.
    private static func refused(_ words: [String], _ texts: String...) async throws {
        let run = try await Program.run(words)
        #expect(run.status == 64, "\(words): \(run.errors)")
        for text in texts { #expect(run.errors.contains(text), "\(words): \(run.errors)") }
    }

    private static let plan = ["plan", "size"]

    @Test func `a value of the wrong form is answered with the right one`() async throws {
        let assign = ["assign", "--catalog", "c.yaml", "--unit", "u"]
        try await Self.refused(assign + ["--at", "yesterday"], "'--at <time>'", "2026-01-31T12:00")
        let ship = ["ship", "--ledger", "l.db", "--lake", "lake"]
        try await Self.refused(ship + ["--keep", "30"], "'--keep <span>'", "as 30d")
        try await Self.refused(ship + ["--node", "a/b"], "'--node <name>'", "letters", "hyphens")
        let analyze = ["analyze", "--ledger", "l.db", "--catalog", "c.yaml"]
        try await Self.refused(analyze + ["--horizon", "3x"], "'--horizon <span>'", "as 30d")
        try await Self.refused(
            ["simulate", "feedback", "--holdout", "x"], "'--holdout <share>'", "as 5%")
        try await Self.refused(
            Self.plan + ["--sd", "10", "--effect", "1", "--shares", "100%"], "one share",
            "two or more")
    }

    @Test func `a negative number is read, and refused with the range`() async throws {
        let serve = ["serve", "--catalog", "c.yaml", "--ledger", "l.db"]
        try await Self.refused(serve + ["--rate", "-1"], "from 1 to 1000000")
        try await Self.refused(Self.plan + ["--sd", "-10", "--effect", "1"], "above 0")
        let export = ["export", "--catalog", "c.yaml", "--ledger", "l.db", "--out", "o"]
        try await Self.refused(export + ["--minimum-rows", "-5"], "at least 0")
        let check = ["check", "--train", "a.csv", "--eval", "b.csv"]
        try await Self.refused(check + ["--margin", "-1"], "between 0 and 1")
        try await Self.refused(check + ["--missing-margin", "-1"], "between 0 and 1")
        try await Self.refused(
            ["ship", "--ledger", "l.db", "--lake", "l", "--keep", "-1d"], "'-1d'", "as 30d")
        try await Self.refused(
            ["analyze", "--ledger", "l.db", "--catalog", "c.yaml", "--horizon", "-1d"], "'-1d'")
        try await Self.refused(export + ["--time-to-live", "-3d"], "'-3d'", "as 30d")
        for option in ["--holdout", "--block"] {
            try await Self.refused(
                ["simulate", "feedback", option, "-5%"], "'-5%'", "from 0% to 100%")
        }
        for option in ["--flat", "--least"] {
            try await Self.refused(["plan", "explore", option, "-5%"], "'-5%'", "from 0% to 100%")
        }
        try await Self.refused(check + ["--level", "-1"], "0.95")
        try await Self.refused(["simulate", "agreement", "--seed", "-1"], "whole number from 0")
    }

    @Test func `what is refused while a command runs comes with that command's usage`()
        async throws
    {
        try await Self.refused(
            Self.plan + ["--effect", "0"], "Usage: holdfast plan size ",
            "See 'holdfast plan size --help'")
    }

    @Test func `wrong words end with 64, whichever command they are for`() async throws {
        let folder = try TemporaryFolder()
        let table = try folder.write("t.csv", "y,p\n1,0.9\n0,0.1\n")
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let assign = ["assign", "--catalog", catalog]
        try await Self.refused(assign + ["--unit", "u", "--attribute", "foo"], "NAME=VALUE")
        try await Self.refused(assign + ["--unit", ""], "--unit has 0 bytes")
        try await Self.refused(assign + [table, "--format", "json"], "out.jsonl")
        try await Self.refused(
            ["health", "--ledger", "l.db", "--catalog", catalog, "--acknowledge", "foo"],
            "EXPERIMENT/ALARM")
        try await Self.refused(["judge", "--table", table, "--label", "y"], "--prediction")
        try await Self.refused(["judge", "--table", table, "--prediction", "p"], "--label")
        try await Self.refused(
            ["judge", "--table", table, "--label", "y", "--prediction", "p", "--by", "day:foo"],
            "--by day:1d, or day:5000rows")
        let jsonl = try await Program.run(assign + [table, "-o", folder.file("out.jsonl")])
        #expect(jsonl.status == 2 && jsonl.errors.contains("does not become JSON Lines"))
    }

    @Test func `a report is no standard output`() async throws {
        let folder = try TemporaryFolder()
        let table = try folder.write("t.csv", "y,p\n1,0.9\n0,0.1\n")
        for words in [
            ["check", "--train", table, "--eval", table, "--html", "-"],
            ["judge", "--table", table, "--label", "y", "--prediction", "p", "--json", "-"],
            Self.plan + ["--sd", "10", "--effect", "1", "--html", "-"],
            ["simulate", "feedback", "--html", "-"],
            [
                "analyze", "--table", table, "--arm", "y", "--control", "0", "--metric", "p",
                "--markdown", "-",
            ],
        ] {
            try await Self.refused(words, "--format json")
        }
    }

    @Test func `a ledger that is not there is told of in one way`() async throws {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let ledger = ["--catalog", catalog, "--ledger", folder.file("none.db")]
        for words in [
            ["analyze"] + ledger, ["export", "--out", folder.file("set")] + ledger,
            ["judge"] + ledger, ["health"] + ledger,
            ["analyze", "--as-of", "2026-01-01T00:00:00Z"] + ledger,
        ] {
            let run = try await Program.run(words)
            #expect(run.status == 2, "\(words)")
            #expect(run.errors.contains("there is no ledger at "), "\(words): \(run.errors)")
        }
    }

    @Test func `a statement that cannot be made is no export`() async throws {
        let folder = try TemporaryFolder()
        let catalog = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: usage-tests-salt-01
            experiments:
              limits:
                unit: customer
                compatible: {with: growthbook, hashVersion: 2, key: limits}
                arms: [{control: 50%}, {treatment: 50%}]
                outcome: {name: defaulted, horizon: 1d, absent: 0}
            """)
        let run = try await Program.run(["sql", "assign", "--catalog", catalog])
        #expect(run.status == 2 && run.errors.contains("by a hash that engines do not have"))
        #expect(!run.errors.contains("export:"), "\(run.errors)")
    }

    @Test func `a plan's file is shown as it must begin`() async throws {
        let help = try await Program.run(Self.plan + ["--help"])
        #expect(help.output.contains("begins with plan: 1"), "\(help.output)")
    }

    @Test func `a token that is revoked is told as JSON too`() async throws {
        let folder = try TemporaryFolder()
        let file = ["--tokens", folder.file("tokens.json")]
        let made = try await Program.run(
            ["token", "create", "--name", "ci", "--scope", "read"] + file)
        #expect(made.status == 0, "\(made.errors)")
        let run = try await Program.run(["token", "revoke", "ci", "--format", "json"] + file)
        #expect(run.status == 0 && run.errors == "", "\(run.errors)")
        #expect(try JSON.parse(Array(run.output.utf8)) == ["name": "ci", "revoked": true])
    }

    @Test func `records take the booleans of pandas and of spreadsheets, and JSON its own`()
        async throws
    {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandTests.catalog)
        let to = ["--catalog", catalog, "--ledger", folder.file("l.db")]
        func record(_ kind: String, _ name: String, _ text: String) async throws -> Program.Run {
            try await Program.run(["record", kind, try folder.write(name, text)] + to)
        }
        let decisions = try await record(
            "decisions", "d.csv",
            """
            id,experiment,unit,cluster,age,at,intended,score
            d-1,limits,c-1,h-1,30,2026-01-01T00:00:00Z,True,0.5
            d-2,limits,c-2,h-2,30,2026-01-01T00:00:00Z,FALSE,0.5
            d-3,limits,c-3,h-3,30,2026-01-01T00:00:00Z,1,0.5
            d-4,limits,c-4,h-4,30,2026-01-01T00:00:00Z,0,0.5
            d-5,limits,c-5,h-5,30,2026-01-01T00:00:00Z,yes,0.5

            """)
        #expect(decisions.errors.contains("row 5"), "\(decisions.errors)")
        #expect(decisions.status == 1 && decisions.output.contains("4"), "\(decisions.output)")
        let intended = try await Program.sqlite(
            folder.file("l.db"), "SELECT id, intended FROM decisions ORDER BY id")
        #expect(intended == "d-1|1\nd-2|0\nd-3|1\nd-4|0", "\(intended)")
        let outcomes = try await record(
            "outcomes", "o.csv",
            """
            id,unit,name,value,at
            o-1,c-1,defaulted,True,2026-01-02T00:00:00Z
            o-2,c-2,defaulted,FALSE,2026-01-02T00:00:00Z
            o-3,c-3,defaulted,1,2026-01-02T00:00:00Z
            o-4,c-4,defaulted,yes,2026-01-02T00:00:00Z

            """)
        #expect(outcomes.status == 1 && outcomes.errors.contains("row 4"), "\(outcomes.errors)")
        #expect(!outcomes.errors.contains("row 1"), "\(outcomes.errors)")
        let json = try await record(
            "outcomes", "o.jsonl",
            #"{"id":"j-1","unit":"c-1","name":"defaulted","value":"True","at":"2026-01-02T00:00:00Z"}"#
                + "\n")
        #expect(json.status == 1, "\(json.errors)")
    }
}
