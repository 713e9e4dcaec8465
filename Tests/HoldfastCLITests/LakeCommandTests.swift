import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// The commands on a lake: what they print is as its schema says, and true.
@Suite struct LakeCommandTests {
    let folder: TemporaryFolder
    let catalog: String
    let ledger: String
    let lake: String

    init() throws {
        folder = try TemporaryFolder()
        ledger = folder.file("ledger.db")
        lake = folder.file("lake")
        catalog = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: lake-command-salt-01
            experiments:
              offers: {unit: customer, arms: [{control: 50%}, {treatment: 50%}],
                features: {income: number}, outcome: {name: paid, horizon: 3h, absent: 0}}
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
    private func json(_ arguments: [String], _ schema: String) async throws -> JSON {
        let run = try await run(arguments + ["--format", "json"])
        let json = try JSON.parse(Array(run.output.utf8))
        let validator = try JSONSchemaValidator("\(schema).schema.json")
        #expect(validator.faults(json) == [], "\(arguments): \(run.output)")
        return json
    }

    private func record(_ numbers: ClosedRange<Int>) async throws {
        let items = numbers.map { number in
            #"{"id":"d\#(number)","experiment":"offers","unit":"customer-\#(number)","#
                + #""at":"2026-02-01T00:00:00Z","features":{"income":\#(number)}}"#
        }
        let file = try folder.write("facts.jsonl", items.joined(separator: "\n"))
        _ = try await run([
            "record", "decisions", file, "--catalog", catalog, "--ledger", ledger, "--source",
            "till", "--sequence", "\(numbers.lowerBound)",
        ])
    }

    private var ship: [String] { ["ship", "--ledger", ledger, "--lake", lake] }

    @Test func `a shipment says what it shipped, and under which name`() async throws {
        try await record(1...5)
        let first = try await json(ship, "shipment")
        #expect(first["rows"] == ["decisions": 5, "exposures": 0, "outcomes": 0, "batches": 1])
        #expect(first["files"] == 2 && first["retention"] == .null && first["revisions"] == 1)
        let name = try #require(first["node"]?.string)
        let host = ProcessInfo.processInfo.hostName
        #expect(name == String(host.map { $0.isASCII ? $0 : "-" }.prefix(64)))
        // It keeps its name, and another is another node.
        try await record(6...8)
        let words = try await run(ship).output
        #expect(
            words
                == "\(name) shipped 3 decisions, 0 exposures, 0 outcomes, 1 batches in 2 files\n")
        let other = try await json(ship + ["--node", "other.node"], "shipment")
        #expect(other["rows"]?["decisions"] == 8)
        let unsure = try await run(ship, status: 2)
        #expect(unsure.errors.contains("has shipped as "))
        for node in ["..", "a/b", ""] {
            let refused = try await Program.run(ship + ["--node", node])
            #expect(refused.status != 0, "\(node)")
        }
    }

    @Test func `retention takes out what was shipped, and the ledger says so`() async throws {
        try await record(1...5)
        try await Task.sleep(for: .seconds(1.1))
        let kept = try await json(ship + ["--keep", "1d"], "shipment")
        #expect(
            kept["retention"]?["taken"] == ["decisions": 0, "exposures": 0, "outcomes": 0])
        let taken = try await json(ship + ["--keep", "1s"], "shipment")
        #expect(
            taken["retention"]?["taken"] == ["decisions": 5, "exposures": 0, "outcomes": 0])
        let stats = try await json(["stats", "--ledger", ledger], "stats")
        #expect(stats["facts"]?["decisions"]?["count"] == 0)
        let sound = try await json(
            ["verify", "--ledger", ledger, "--catalog", catalog], "verification")
        #expect(sound["sound"] == true)
        let export = try await run(
            ["export", "--catalog", catalog, "--ledger", ledger, "--out", folder.file("set")],
            status: 2)
        #expect(export.errors.contains("were shipped and taken out of the ledger"))
        #expect(export.errors.contains("read them from the lake, which has them all"))
    }

    @Test func `compaction and erasure say what they did`() async throws {
        for start in stride(from: 1, through: 7, by: 3) {
            try await record(start...start + 2)
            _ = try await run(ship)
        }
        let today = String(Timestamp.now.prefix(10))
        let compacted = try await json(["compact", "--lake", lake], "compaction")
        #expect(compacted["before"]?.string == today)
        // Batches are by the day of receipt: today's folder is left alone.
        #expect(compacted["folders"] == 1 && compacted["removed"] == 3 && compacted["made"] == 1)
        #expect(compacted["rows"] == 9)
        let forget = [
            "forget", "-", "--catalog", catalog, "--ledger", ledger, "--lake", lake, "--format",
            "json",
        ]
        let erased = try await run(forget, input: "customer-2\ncustomer-9\n").output
        let erasure = try JSON.parse(Array(erased.utf8))
        #expect(try JSONSchemaValidator("erasure.schema.json").faults(erasure) == [])
        #expect(erasure["lake"] == ["rows": 2, "files": 1, "was_forgotten": false])
        #expect(erasure["decisions"] == 2)
        // Once somebody was forgotten, the salt is asked for.
        let refused = try await run(ship, status: 2)
        #expect(refused.errors.contains("give --catalog"))
        let shipped = try await json(ship + ["--catalog", catalog], "shipment")
        #expect(shipped["left_out"] == 0)
        let nothing = try await run(
            ["compact", "--lake", folder.file("none")], status: 2)
        #expect(nothing.errors.contains("there is no lake"))
        let wrong = try await run(
            ["compact", "--lake", lake, "--before", "2026-02-30"], status: 64)
        #expect(wrong.errors.contains("--before takes a day"))
        let slip = try await run(
            [
                "forget", "customer-3", "--catalog", catalog, "--ledger", ledger, "--lake",
                folder.file("none"),
            ], status: 2)
        #expect(slip.errors.contains("there is no lake"))
        let stats = try await json(["stats", "--ledger", ledger], "stats")
        #expect(stats["forgotten"] == 2, "nothing was erased by the slip")
    }
}

extension Timestamp {
    /// This machine's clock, in UTC.
    fileprivate static var now: String {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)).description
    }
}
