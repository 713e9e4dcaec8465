import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// What commands print with `--format json` is as its schema says.
@Suite struct CommandSchemaTests {
    private static let catalog = """
        holdfast: 1
        salt: schema-tests-salt-01
        holdouts: {program: {unit: customer, share: 30%, covers: all}}
        layers: {lending: {unit: customer}}
        experiments:
          limits:
            unit: customer
            cluster: household
            layer: {name: lending, from: 0%, to: 60%}
            traffic: 70%
            eligible: {attribute: age, atLeast: 20}
            overrides: {tester: treatment}
            starts: 2026-01-01T00:00:00Z
            ends: 2026-03-01T00:00:00Z
            arms: [{control: 50%}, {treatment: 50%}]
          panel: {unit: customer, rotate: {panels: 50, stay: 2, every: 30d, from: 2026-01-01}}
          model: {unit: customer, explore: [{below: 0.5, control: 10%}, {control: 1%}]}
          shop: {unit: customer, switchback: {every: 6h, burnIn: 30m}, arms: [{control: 50%}, {treatment: 50%}]}
          moved:
            unit: customer
            arms: [control, treatment]
            compatible: {with: posthog, key: k, rollout: 60, variants: [40, 60], holdout: 10}
        """

    private static func assign(
        _ path: String, _ experiment: String, _ unit: String, _ more: [String]
    ) async throws -> JSON {
        let run = try await Program.run(
            [
                "assign", "--catalog", path, "--experiment", experiment, "--unit", unit,
                "--format", "json",
            ] + more)
        return try JSON.parse(Array(run.output.utf8))
    }

    @Test func `an answer and its explanation fit the schema, whatever the reason`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("catalog.yaml", CommandSchemaTests.catalog)
        let validator = try JSONSchemaValidator("explanation.schema.json")
        var reasons: Set<String> = []
        func check(_ experiment: String, _ unit: String, _ more: [String]) async throws {
            let plain = try await CommandSchemaTests.assign(path, experiment, unit, more)
            let full = try await CommandSchemaTests.assign(
                path, experiment, unit, more + ["--explain"])
            for json in [plain, full] {
                #expect(validator.faults(json) == [], "\(experiment) \(unit): \(json.text())")
            }
            #expect(plain["steps"] == nil && full["steps"]?.array?.isEmpty == false)
            let word = full["reason"]?.string ?? full["error"]?["code"]?.string
            reasons.insert(try #require(word))
        }
        let all = ["--cluster", "h", "--attribute", "age=30", "--at"]
        for index in 0..<12 {
            let own = ["--cluster", "h-\(index)"] + all.dropFirst(2)
            try await check("limits", "c-\(index)", own + ["2026-02-01T00:00:00Z"])
        }
        try await check("limits", "tester", all + ["2026-02-01T00:00:00Z"])
        try await check("limits", "c", all + ["2025-02-01T00:00:00Z"])
        try await check("limits", "c", all + ["2027-02-01T00:00:00Z"])
        try await check(
            "limits", "c", ["--attribute", "age=19", "--at", "2026-02-01T00:00:00Z"])
        try await check("limits", "c", ["--at", "2026-02-01T00:00:00Z"])
        for index in 0..<4 {
            for name in ["panel", "shop", "moved"] { try await check(name, "u-\(index)", []) }
            try await check("model", "u-\(index)", ["--score", "0.4"])
        }
        let expected: Set<String> = [
            "override", "not_started", "ended", "ineligible", "holdout", "outside_slice",
            "not_enrolled", "assigned", "missing_attribute",
        ]
        #expect(reasons == expected)
    }

    @Test func `a statement fits the schema in every dialect`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("catalog.yaml", CommandSchemaTests.catalog)
        let validator = try JSONSchemaValidator("sql.schema.json")
        for dialect in ["sqlite", "duckdb", "spark", "postgresql"] {
            for name in ["limits", "panel", "model", "shop"] {
                let arguments = [
                    "sql", "assign", "--catalog", path, "--experiment", name, "--dialect", dialect,
                    "--at", "2026-02-01T00:00:00Z",
                ]
                let run = try await Program.run(arguments + ["--format", "json"])
                let json = try JSON.parse(Array(run.output.utf8))
                #expect(run.status == 0 && validator.faults(json) == [], "\(dialect) \(name)")
                #expect(json["dialect"]?.string == dialect && json["experiment"]?.string == name)
                #expect(!run.output.contains("schema-tests-salt"))
                let text = try await Program.run(arguments)
                #expect(json["sql"]?.string == text.output)
            }
        }
    }

    @Test func `what no statement can be made of is refused`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("catalog.yaml", CommandSchemaTests.catalog)
        let sql = ["sql", "assign", "--catalog", path]
        for (more, status, words) in [
            ([], 2, "the catalog has 5 experiments; name one by --experiment: limits, panel"),
            (["--experiment", "nope"], 2, "limits, panel, model, shop, moved"),
            (["--experiment", "moved"], 2, "experiment moved deals as posthog does"),
            (
                ["--experiment", "shop", "--at", "2026-02-01T00:00:00Z", "--time-column", "t"], 64,
                "give --at or --time-column, not both"
            ),
            (["--experiment", "shop", "--dialect", "mysql"], 64, "mysql"),
        ] as [([String], Int32, String)] {
            let run = try await Program.run(sql + more)
            #expect(run.status == status && run.output == "", "\(more): \(run.errors)")
            #expect(run.errors.contains(words), "\(words) is not in \(run.errors)")
        }
    }

    @Test func `a unit's story and a set made again fit their schemas in every mode`() async throws
    {
        let yard = try await ExportYard(units: 80)
        let story = try JSONSchemaValidator("unit-story.schema.json")
        let verification = try JSONSchemaValidator("set-verification.schema.json")
        let manifest = try JSONSchemaValidator("manifest.schema.json")
        let closed = try await yard.export(["--out", yard.folder.file("no"), "--format", "json"])
        let said = try JSON.parse(Array(closed.output.utf8))
        #expect(closed.status == 1 && manifest.faults(said) == [], "\(manifest.faults(said))")
        for mode in ["control", "weighted"] {
            for number in 1...10 {
                let run = try await yard.export(
                    ["--explain", "c-\(number)", "--mode", mode, "--format", "json"])
                let json = try JSON.parse(Array(run.output.utf8))
                #expect(run.status == 0 && story.faults(json) == [], "\(mode): \(json.text())")
            }
            _ = try await yard.made(mode, ["--mode", mode])
            let run = try await Program.run([
                "export", "--catalog", yard.catalog, "--ledger", yard.ledger, "--verify",
                yard.folder.file(mode), "--format", "json",
            ])
            let json = try JSON.parse(Array(run.output.utf8))
            #expect(run.status == 0 && verification.faults(json) == [], "\(json.text())")
        }
    }

    @Test func `a drafted schema fits its schema, printed or written, and is not overwritten`()
        async throws
    {
        let folder = try TemporaryFolder()
        let rows = (0..<150).map {
            "c-\($0),\($0 * 10),\($0 % 3 == 0 ? "JP" : "KR"),\($0 % 2 == 0)\n"
        }
        let train = try folder.write("train.csv", "id,income,region,member\n" + rows.joined())
        let validator = try JSONSchemaValidator("table-schema.schema.json")
        let printed = try await Program.run(["schema", "infer", train])
        let json = try JSON.parse(Array(printed.output.utf8))
        #expect(printed.status == 0 && validator.faults(json) == [], "\(json.text())")
        #expect(json["columns"]?["region"]?["categories"] == ["JP", "KR"])
        #expect(json["columns"]?["id"]?["unique"] == true)
        let path = folder.file("schema.json")
        let written = try await Program.run(["schema", "infer", train, "-o", path])
        let words = "\(path): 4 columns (1 integer, 1 category, 1 boolean, 1 text)\n"
        #expect(written.status == 0 && written.output.hasPrefix(words), "\(written.output)")
        #expect(String(decoding: try folder.read("schema.json"), as: UTF8.self) == printed.output)
        let again = try await Program.run(["schema", "infer", train, "-o", path])
        #expect(again.status == 2 && again.errors.contains("is there already"))
        let streamed = try await Program.run(
            ["schema", "infer", "-", "--ignore", "id", "--category", "income"],
            input: "id,income\na,1\nb,2\n")
        let other = try JSON.parse(Array(streamed.output.utf8))
        #expect(validator.faults(other) == [] && other["columns"]?["id"] == nil)
        #expect(other["columns"]?["income"]?["type"] == "category")
    }

    @Test func `tables are held against the schema that was drafted from one of them`()
        async throws
    {
        let folder = try TemporaryFolder()
        let rows = (0..<400).map { "c-\($0),\($0 * 10),\($0 % 3 == 0 ? "JP" : "KR")\n" }
        let head = "id,income,region\n"
        let train = try folder.write("train.csv", head + rows.joined())
        let changed = rows.dropLast(2) + ["c-1,n/a,JP\n", "c-400,-5,VN\n"]
        let serve = try folder.write("serve.csv", head + changed.joined())
        let path = folder.file("schema.json")
        _ = try await Program.run(["schema", "infer", train, "-o", path])
        let validator = try JSONSchemaValidator("check-report.schema.json")
        for (table, status) in [(train, Int32(0)), (serve, 1)] {
            let run = try await Program.run([
                "check", "--train", train, "--serve", table, "--ignore", "id", "--schema", path,
                "--format", "json",
            ])
            let json = try JSON.parse(Array(run.output.utf8))
            #expect(validator.faults(json) == [], "\(json["schema"]?.text() ?? "")")
            #expect(json["schema"]?["name"]?.string == path)
            let breaches = try #require(json["schema"]?["breaches"]?.array)
            #expect(breaches.isEmpty == (status == 0), "\(breaches)")
            guard status == 1 else { continue }
            #expect(run.status == 1)
            let rules = breaches.map { "\($0["column"]?.string ?? "") \($0["rule"]?.string ?? "")" }
            #expect(
                rules == ["id unique", "income type", "income range", "region categories"])
            #expect(breaches[1]["examples"] == ["row 399: n/a"])
        }
        try Data("{\"table_schema\": 1}".utf8).write(to: URL(fileURLWithPath: path))
        let run = try await Program.run([
            "check", "--train", train, "--serve", serve, "--schema", path,
        ])
        #expect(run.status == 2 && run.errors.contains("schema.json:1: others is not there"))
    }

    /// What a command prints with `--format json`, held against its schema.
    private static func fitting(
        _ schema: String, _ arguments: [String], status: Int32 = 0
    ) async throws -> JSON {
        let run = try await Program.run(arguments + ["--format", "json"])
        #expect(run.status == status, "\(arguments): \(run.output)\(run.errors)")
        let json = try JSON.parse(Array(run.output.utf8))
        let validator = try JSONSchemaValidator(schema)
        #expect(validator.faults(json) == [], "\(arguments): \(run.output)")
        return json
    }

    @Test func `a recording fits its schema, whatever became of its items`() async throws {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", CommandSchemaTests.catalog)
        let ledger = ["--catalog", catalog, "--ledger", folder.file("ledger.db")]
        func record(_ more: [String], status: Int32 = 0) async throws -> JSON {
            try await CommandSchemaTests.fitting(
                "recording.schema.json", ["record"] + more + ledger, status: status)
        }
        let head = "id,unit,name,value\n"
        let first = try folder.write("first.csv", head + "a,u-1,paid,1\nb,u-2,,1\n")
        let refused = try await record(["outcomes", first], status: 1)
        #expect(
            refused == [
                "kind": "outcome", "accepted": 1, "duplicates": 0, "refused": 1, "batch": .null,
            ])
        let second = try folder.write("second.csv", head + "a,u-1,paid,1\nc,u-3,paid,1\n")
        let numbered = ["outcomes", second, "--source", "till", "--sequence", "1"]
        let entered = try await record(numbered)
        #expect(entered["accepted"] == 1 && entered["duplicates"] == 1)
        #expect(
            entered["batch"] == ["source": "till", "sequence": 1, "entered_before": false])
        let again = try await record(numbered)
        #expect(again["accepted"] == 0 && again["duplicates"] == 2)
        #expect(again["batch"]?["entered_before"] == true)
        let retried = try await record(["outcomes", "--retry-refused"], status: 1)
        #expect(retried["accepted"] == 0 && retried["refused"] == 1)
        let none = try await record(["exposures", "--retry-refused"])
        #expect(none["kind"] == "exposure" && none["refused"] == 0)
    }

    @Test func `a validation fits its schema, with warnings, with faults or without`() async throws
    {
        let folder = try TemporaryFolder()
        let warned = """
            holdfast: 1
            salt: schema-tests-salt-01
            experiments: {limits: {unit: customer, arms: [{a: 5%}, {b: 95%}]}}
            """
        func validate(_ text: String, status: Int32 = 0) async throws -> JSON {
            let path = try folder.write("catalog.yaml", text)
            return try await CommandSchemaTests.fitting(
                "validation.schema.json", ["validate", path], status: status)
        }
        let valid = try await validate(CommandSchemaTests.catalog)
        #expect(valid["experiments"] == ["limits", "panel", "model", "shop", "moved"])
        #expect(valid["layers"] == ["lending"] && valid["holdouts"] == ["program"])
        #expect(valid["problems"] == [] && valid["warnings"] == [])
        let warnings = try await validate(warned)["warnings"]?.array ?? []
        #expect(warnings.map { $0["experiment"] } == ["limits"])
        for text in [warned.replacing("5%", with: "5.00001%"), "{", ""] {
            let refused = try await validate(text, status: 1)
            #expect(refused["valid"] == false && refused["revision"] == .null)
            #expect(refused["problems"]?.array?.isEmpty == false, "\(text)")
        }
    }

    @Test func `a token that is made, listed or revoked fits its schema`() async throws {
        let folder = try TemporaryFolder()
        let file = ["--tokens", folder.file("tokens.json")]
        for (words, form) in [
            (["create", "--name", "shop", "--scope", "record", "--scope", "assign"], "NewToken"),
            (["list"], "TokenList"), (["revoke", "shop"], "Revocation"), (["list"], "TokenList"),
        ] as [([String], String)] {
            let json = try await CommandSchemaTests.fitting(
                "token.schema.json", ["token"] + words + file)
            let validator = try JSONSchemaValidator("token.schema.json#/$defs/\(form)")
            #expect(validator.faults(json) == [], "\(words): \(json.text())")
        }
    }

    @Test func `a catalog that init writes is told by its schema, and none is written over`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = folder.file("catalog.yaml")
        let written = try await CommandSchemaTests.fitting("init.schema.json", ["init", path])
        #expect(written == ["written": .string(path)])
        let again = try await Program.run(["init", path, "--format", "json"])
        #expect(again.status == 2 && again.output == "")
    }
}
