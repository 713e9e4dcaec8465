import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// The commands that keep a ledger: what they print is as its schema says, and true.
@Suite struct LedgerCommandTests {
    let folder: TemporaryFolder
    let catalog: String
    let ledger: String

    init() throws {
        folder = try TemporaryFolder()
        ledger = folder.file("ledger.db")
        catalog = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: command-tests-salt-1
            experiments:
              offers: {unit: customer, arms: [{control: 50%}, {treatment: 50%}],
                overrides: {tester: treatment}, features: {income: number}}
            """)
    }

    private func run(
        _ arguments: [String], input: String = "", status: Int32 = 0
    ) async throws -> Program.Run {
        let run = try await Program.run(arguments, input: input)
        #expect(run.status == status, "\(arguments): \(run.output)\(run.errors)")
        return run
    }

    /// What a command prints with `--format json`, held against its schema.
    private func json(
        _ arguments: [String], _ schema: String, input: String = "", status: Int32 = 0
    ) async throws -> JSON {
        let run = try await run(arguments + ["--format", "json"], input: input, status: status)
        let json = try JSON.parse(Array(run.output.utf8))
        let validator = try JSONSchemaValidator("\(schema).schema.json")
        #expect(validator.faults(json) == [], "\(arguments): \(run.output)")
        return json
    }

    private func record(
        _ kind: String, _ text: String, _ more: [String] = [], status: Int32 = 0
    ) async throws {
        let file = try folder.write("facts.jsonl", text)
        _ = try await run(
            ["record", kind, "--catalog", catalog, "--ledger", ledger, file] + more,
            status: status)
    }

    /// Five decisions, three outcomes, one refused item, and a source that left out two numbers.
    private func fill() async throws {
        let decisions = (1...5).map {
            #"{"id":"d\#($0)","experiment":"offers","unit":"customer-\#($0)"}"#
        }
        try await record(
            "decisions", decisions.joined(separator: "\n"), ["--source", "till", "--sequence", "1"])
        let outcomes = (1...3).map {
            #"{"id":"o\#($0)","unit":"customer-\#($0)","name":"paid","value":1}"#
        }
        try await record(
            "outcomes", (outcomes + [#"{"unit":"customer-2"}"#]).joined(separator: "\n"),
            ["--source", "till", "--sequence", "4"], status: 1)
    }

    @Test func `statistics fit their schema and count what is there`() async throws {
        try await fill()
        let stats = try await json(["stats", "--ledger", ledger], "stats")
        #expect(stats["format"] == 5 && stats["journal_mode"] == "wal")
        #expect(stats["synchronous"] == "full")
        #expect(stats["facts"]?["decisions"]?["count"] == 5)
        #expect(stats["facts"]?["decisions"]?["last_hour"] == 5)
        #expect(stats["facts"]?["outcomes"]?["count"] == 3)
        #expect(stats["facts"]?["exposures"]?["median_lag_seconds"] == .null)
        #expect(stats["sources"]?.array?.first?["missing"] == 2)
        #expect(stats["gaps"] == [["source": "till", "first": 2, "last": 3]])
        #expect(stats["refused"]?.array?.first?["code"] == "missing_member")
        let text = try await run(["stats", "--ledger", ledger]).output
        let head = try #require(stats["head"]?.string)
        for words in [
            "format 5, journal wal, synchronous full", "head \(head)",
            "source till: 2 batches, the last 4, 2 MISSING", "gap of till: 2–3",
            "1 outcome missing_member",
        ] { #expect(text.contains(words), "\(words) is not in \(text)") }
    }

    @Test func `an empty ledger has statistics, and is sound`() async throws {
        try await record("outcomes", "")
        let stats = try await json(["stats", "--ledger", ledger], "stats")
        #expect(stats["facts"]?["outcomes"]?["count"] == 0)
        let verification = try await json(["verify", "--ledger", ledger], "verification")
        #expect(verification["sound"] == true && verification["arms"] == .null)
    }

    @Test func `verify says what it looked at, and what is wrong by status 1`() async throws {
        try await fill()
        let verify = ["verify", "--ledger", ledger, "--catalog", catalog]
        let sound = try await json(verify, "verification")
        #expect(sound["sound"] == true && sound["sealed"] == true)
        #expect(sound["rows"]?["decisions"] == 5 && sound["rows"]?["batches"] == 2)
        #expect(sound["arms"]?["dealt_again"] == 5)
        let head = try #require(sound["head"]?.string)
        let stats = try await json(["stats", "--ledger", ledger], "stats")
        #expect(stats["head"]?.string == head)
        try await record("outcomes", #"{"id":"o9","unit":"customer-9","name":"paid","value":1}"#)
        let grown = try await json(verify + ["--head", head], "verification")
        #expect(grown["sound"] == true && grown["head"]?.string != head)
        let swap = """
            UPDATE decisions SET arm = CASE arm WHEN 'control' THEN 'treatment' ELSE 'control' END
            WHERE decision = 3
            """
        _ = try await Program.sqlite(ledger, swap)
        let edited = try await json(verify + ["--head", head], "verification", status: 1)
        let checks = Set(edited["faults"]?.array?.compactMap { $0["check"]?.string } ?? [])
        #expect(checks == ["chain", "arms"])
        let text = try await run(verify, status: 1).output
        #expect(text.contains("the ledger is NOT as it was written"))
        #expect(!text.contains("customer-"), "a finding names no unit")
        let wrong = try await run(["verify", "--ledger", ledger, "--head", "7:abc"], status: 64)
        #expect(wrong.errors.contains("64 of 0-9 a-f"))
    }

    @Test
    func `verify under a salt that no revision has is status 2, and under one of two it is told`()
        async throws
    {
        try await fill()
        let text = try String(contentsOfFile: catalog, encoding: .utf8)
        let other = try folder.write(
            "other.yaml",
            text.replacingOccurrences(of: "command-tests-salt-1", with: "another-salt-9876"))
        let verify = ["verify", "--ledger", ledger, "--catalog"]
        let refused = try await run(verify + [other], status: 2)
        #expect(refused.output == "" && refused.errors.contains("this catalog's salt"))
        #expect(refused.errors.contains("under which decisions were recorded"))
        let file = try folder.write("more.csv", "id,unit\nm1,u1\n")
        _ = try await run([
            "record", "decisions", "--catalog", other, "--ledger", ledger, "--accept-unsafe",
            "offers", file,
        ])
        let both = try await json(verify + [other], "verification")
        #expect(both["arms"] == ["dealt_again": 1, "not_by_chance": 0, "other_salt": 5])
        let words = try await run(verify + [other]).output
        #expect(words.contains("5 under another salt NOT dealt again"))
        #expect(!words.hasSuffix("the ledger is as it was written\n"), "\(words)")
    }

    @Test(arguments: ["no.csv", "no.jsonl", "no.parquet"])
    func `a file that is not there leaves no ledger behind`(name: String) async throws {
        let record = [
            "record", "decisions", "--catalog", catalog, "--ledger", ledger, folder.file(name),
        ]
        let run = try await run(record, status: 2)
        #expect(run.errors.contains(name) && !run.errors.contains("stopped after"))
        #expect(try folder.names == ["catalog.yaml"])
    }

    @Test func `a batch whose number was entered before is told, with what was new`() async throws {
        func record(_ rows: String, _ sequence: String) async throws -> [String] {
            let file = try folder.write("rows.csv", rows)
            let words = [
                "record", "outcomes", "--catalog", catalog, "--ledger", ledger, file, "--source",
                "till", "--sequence", sequence,
            ]
            let text = try await run(words).output
            let json = try JSON.parse(
                Array(try await run(words + ["--format", "json"]).output.utf8))
            #expect(json["batch"]?["source"] == "till", "\(json.text())")
            // The second time it had been, whatever the first was.
            #expect(json["batch"]?["entered_before"] == true)
            return [text, json["accepted"]?.text() ?? ""]
        }
        let bare = try await record("unit,name,value\nu1,paid,1\nu2,paid,1\n", "1")
        #expect(bare == ["2 outcomes recorded, 0 duplicates, 0 refused\n", "2"])
        let known = try await record("id,unit,name,value\na,u1,paid,1\nb,u2,paid,1\n", "2")
        #expect(known == ["2 outcomes recorded, 0 duplicates, 0 refused\n", "0"])
        let cut = try await record("id,unit,name,value\nb,u2,paid,1\nc,u3,paid,1\n", "2")
        #expect(cut[0].contains("batch 2 of till had been entered before; 1 of its rows are new"))
        let file = try folder.write("rows.csv", "unit,name,value\nu1,paid,1\n")
        let plain = try await run([
            "record", "outcomes", "--catalog", catalog, "--ledger", ledger, file, "--format",
            "json",
        ])
        #expect(try JSON.parse(Array(plain.output.utf8))["batch"] == .null)
    }

    @Test func `a page that was zeroed is told as a finding, with all that can be told`()
        async throws
    {
        try await fill()
        let page = Int(
            try await Program.sqlite(
                ledger, "SELECT rootpage FROM sqlite_master WHERE name = 'decisions'"))
        var bytes = try folder.read("ledger.db")
        SQLitePages.zero(try #require(page), in: &bytes)
        try bytes.write(to: URL(fileURLWithPath: ledger))
        let found = try await json(
            ["verify", "--ledger", ledger, "--catalog", catalog], "verification", status: 1)
        let checks = Set(found["faults"]?.array?.compactMap { $0["check"]?.string } ?? [])
        #expect(checks.isSuperset(of: ["integrity", "chain"]), "\(checks)")
        #expect(found["arms"] == .null, "there is nothing to deal again")
    }

    @Test func `a backup is restored where nobody uses the ledger`() async throws {
        try await fill()
        let copy = folder.file("copy.db")
        let backup = ["backup", "--ledger", ledger, copy]
        let made = try await json(backup, "backup")
        let stats = try await json(["stats", "--ledger", copy], "stats")
        #expect(stats["head"] == made["head"] && stats["journal_mode"] == "delete")
        #expect(try await run(backup, status: 2).errors.contains("already"))
        try await record("outcomes", #"{"id":"o9","unit":"customer-9","name":"paid","value":1}"#)
        let restore = ["restore", copy, "--ledger", ledger]
        #expect(try await run(restore, status: 2).errors.contains("--replace"))
        let restored = try await json(restore + ["--replace"], "backup")
        #expect(restored["head"] == made["head"] && restored["bytes"] == made["bytes"])
        let verified = try await json(
            ["verify", "--ledger", ledger, "--head", try #require(made["head"]?.string)],
            "verification")
        #expect(verified["rows"]?["outcomes"] == 3)
        let service = try await ServiceProcess.start(catalog: catalog, ledger: ledger)
        let busy = try await run(restore + ["--replace"], status: 2)
        #expect(busy.errors.contains("it is in use"))
        #expect(try await service.terminate() == 0)
        _ = try await run(restore + ["--replace"])
    }

    @Test func `a unit is forgotten while a service runs, and its late facts are refused`()
        async throws
    {
        try await fill()
        let service = try await ServiceProcess.start(catalog: catalog, ledger: ledger)
        let forget = ["forget", "--catalog", catalog, "--ledger", ledger]
        let erased = try await json(forget + ["customer-2"], "erasure")
        #expect(erased["decisions"] == 1 && erased["outcomes"] == 1 && erased["exposures"] == 0)
        #expect(erased["refused_items"] == 1 && erased["log_emptied"] == true)
        let late = try await HTTP(port: service.port).post(
            "/v1/outcomes", ["unit": "customer-2", "name": "paid", "value": 1])
        #expect(late.status == 422)
        #expect(try late.json["code"] == "forgotten")
        #expect(try await service.terminate() == 0)
        // Many by standard input; one is an override, one was forgotten before.
        let many = try await json(
            forget + ["-"], "erasure", input: "customer-1\ncustomer-2\ntester\n")
        #expect(many["decisions"] == 1 && many["was_forgotten"] == true)
        #expect(many["overrides"]?.array?.count == 1)
        let text = try await run(forget + ["tester"])
        #expect(text.output.contains("it had been forgotten before"))
        #expect(text.errors.contains("as an override"))
        #expect(!text.output.contains("tester") && !text.errors.contains("tester"))
        let verified = try await json(
            ["verify", "--ledger", ledger, "--catalog", catalog], "verification")
        #expect(verified["sound"] == true && verified["rows"]?["decisions"] == 5)
        let stats = try await json(["stats", "--ledger", ledger], "stats")
        #expect(stats["forgotten"] == 3 && stats["erased_rows"] == 4)
        #expect(stats["facts"]?["decisions"]?["count"] == 3)
        let empty = try await run(forget + ["-"], input: "a\n\n", status: 2)
        #expect(empty.errors.contains("id 2") && empty.errors.contains("nothing was erased"))
    }

    @Test func `ids are read by their bytes, and none is repaired`() async throws {
        try await fill()
        let forget = ["forget", "--catalog", catalog, "--ledger", ledger, "-"]
        let line = forget.map { "'\($0)'" }.joined(separator: " ")
        let program = try Program.path
        let broken = try await Program.run(
            "/bin/sh", ["-c", "printf 'customer-1\\nx\\377\\n' | '\(program)' \(line)"])
        #expect(broken.status == 2)
        #expect(broken.errors.contains("id 2 is no unit's"), "\(broken.errors)")
        let none = try await run(forget, status: 2)
        #expect(none.errors.contains("no id on standard input"), "\(none.errors)")
        #expect(try await Program.sqlite(ledger, "SELECT count(*) FROM decisions") == "5")
        // Lines of another system, and a last one without an end.
        let erased = try await json(forget, "erasure", input: "customer-1\r\ncustomer-2")
        #expect(erased["decisions"] == 2)
    }

    @Test func `refused items are taken up again, from CSV as from JSON Lines`() async throws {
        let csv = try folder.write(
            "rows.csv", "id,unit,income\nd1,u1,12\nd2,u2,lots\nd3,u3,13\n")
        _ = try await run(
            ["record", "decisions", "--catalog", catalog, "--ledger", ledger, csv], status: 1)
        let kept = try await Program.sqlite(ledger, "SELECT source FROM refusals")
        let item = try JSON.parse(Array(kept.utf8))
        #expect(item["unit"] == "u2" && item["features"]?["income"] == "lots")
        // Somebody mends what was kept, or the catalog, and has it taken up.
        _ = try await Program.sqlite(
            ledger, "UPDATE refusals SET source = replace(source, '\"lots\"', '14')")
        let retry = [
            "record", "decisions", "--retry-refused", "--catalog", catalog, "--ledger", ledger,
        ]
        let first = try await run(retry + ["--format", "json"])
        let counts = try JSON.parse(Array(first.output.utf8))
        #expect(counts["accepted"] == 1 && counts["refused"] == 0)
        let income = """
            SELECT f.income FROM features_1 f JOIN decisions USING (decision) WHERE id = 'd2'
            """
        #expect(try await Program.sqlite(ledger, income) == "14.0")
        #expect(try await run(retry).output.hasPrefix("0 decisions recorded"))
        let both = try await run(retry + [csv], status: 64)
        #expect(both.errors.contains("takes no file"))
    }

    @Test(arguments: [
        (["--source", "till"], "go together"), (["--sequence", "1"], "go together"),
        (["--source", "a till", "--sequence", "1"], "--source a till"),
        (["--source", "till", "--sequence", "0"], "from 1 to 9007199254740991"),
        (["--source", "till", "--sequence", "9007199254740992"], "from 1 to"),
    ])
    func `a file's number is whole or wrong usage`(
        arguments: [String], words: String
    ) async throws {
        let file = try folder.write("facts.jsonl", "")
        let run = try await run(
            ["record", "outcomes", "--catalog", catalog, "--ledger", ledger, file] + arguments,
            status: 64)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(try !folder.names.contains("ledger.db"))
    }

    @Test(arguments: ["stats", "verify", "backup", "forget"])
    func `a slip of the path makes no ledger`(command: String) async throws {
        let arguments: [String: [String]] = [
            "backup": [folder.file("copy.db")], "forget": ["u", "--catalog", catalog],
        ]
        let run = try await run(
            [command, "--ledger", ledger] + (arguments[command] ?? []), status: 2)
        #expect(run.errors.contains("there is no ledger at"))
        #expect(try folder.names == ["catalog.yaml"])
    }
}
