import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// What the nodes of a lake hold, and what they disagree on, as commands tell it.
@Suite struct LakeNodeTests {
    let folder: TemporaryFolder
    let lake: String

    init() throws {
        folder = try TemporaryFolder()
        lake = folder.file("lake")
    }

    /// A catalog in which a share of the units is control.
    private func catalog(_ name: String, control: Int, washout: String = "2h") throws -> String {
        try folder.write(
            "\(name).yaml",
            """
            holdfast: 1
            salt: lake-node-salt-000001
            experiments:
              offers:
                unit: customer
                arms: [{control: \(control)%}, {treatment: \(100 - control)%}]
                washout: \(washout)
                features: {income: number}
                split: {train: 60%, eval: 40%}
                outcome: {name: paid, horizon: 3h, absent: 0}
            """)
    }

    private func ledger(_ node: String) -> String { folder.file("\(node).db") }

    private func run(_ words: [String], input: String = "") async throws -> Program.Run {
        let run = try await Program.run(words, input: input)
        #expect(run.status == 0, "\(words): \(run.output)\(run.errors)")
        return run
    }

    private func record(
        _ items: [String], of kind: String = "decisions", at node: String, by catalog: String
    ) async throws {
        let file = try folder.write("facts.jsonl", items.joined(separator: "\n"))
        _ = try await run([
            "record", kind, file, "--catalog", catalog, "--ledger", ledger(node),
        ])
    }

    private func decisions(_ numbers: Range<Int>) -> [String] {
        numbers.map {
            #"{"id":"d\#($0)","experiment":"offers","unit":"customer-\#($0)","at":"2026-02-0\#(1 + $0 % 9)T00:00:00Z","features":{"income":\#($0)}}"#
        }
    }

    private func ship(_ nodes: [String]) async throws {
        for node in nodes {
            _ = try await run(["ship", "--ledger", ledger(node), "--lake", lake, "--node", node])
        }
    }

    private static let duckdb = EnginePrograms.duckdb.map { ["--duckdb", $0] } ?? []

    private func stats(_ more: [String]) async throws -> JSON {
        let words = ["stats", "--lake", lake] + more
        let json = try JSON.parse(
            Array(try await run(words + ["--format", "json"]).output.utf8))
        let validator = try JSONSchemaValidator("lake-stats.schema.json")
        #expect(validator.faults(json) == [], "\(json.text(pretty: true))")
        return json
    }

    private func export(_ catalog: String, to out: String) async throws -> Program.Run {
        try await run(
            [
                "export", "--catalog", catalog, "--lake", lake, "--out", folder.file(out),
            ] + LakeNodeTests.duckdb + ExportYard.waivers)
    }

    /// Two of three nodes have a catalog already that the third one has not, and all deal.
    private func rollOut(from old: String, to new: String) async throws {
        for round in 0..<2 {
            for (place, node) in ["tokyo", "osaka", "kyoto"].enumerated() {
                let first = (round * 3 + place) * 60
                try await record(
                    decisions(first..<first + 60), at: node, by: node == "kyoto" ? old : new)
            }
        }
        try await ship(["tokyo", "osaka", "kyoto"])
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `a catalog rolled out to two of three nodes is told, and the rest is as it was`()
        async throws
    {
        let old = try catalog("old", control: 50)
        let new = try catalog("new", control: 70)
        try await rollOut(from: old, to: new)
        let json = try await stats(["--catalog", new] + LakeNodeTests.duckdb)
        let findings = try #require(json["experiment"])
        // By the ledgers themselves, and SQLite's own shell.
        var times: [String: [Int64]] = [:]
        var revisions: [String: String] = [:]
        for dealt in try #require(findings["dealt"]?.array) {
            let node = try dealt.text(at: "node")
            let row = try await Program.sqlite(
                ledger(node),
                "SELECT revision, count(*), min(received_at), max(received_at) FROM decisions GROUP BY 1"
            ).split(separator: "|").map(String.init)
            revisions[node] = row[0]
            times[node] = row[2...].compactMap(Int64.init)
            #expect(dealt["revision"]?.string == row[0] && dealt["decisions"] == 120)
            #expect(row[1] == "120" && dealt["as_catalog"] == .bool(node != "kyoto"))
            for (name, time) in zip(["first", "last"], times[node] ?? []) {
                #expect(
                    dealt[name]?.string == Timestamp(microseconds: time).description)
            }
        }
        let kyoto = try #require(revisions["kyoto"])
        let tokyo = try #require(revisions["tokyo"])
        #expect(tokyo == revisions["osaka"] && tokyo != kyoto)
        let found = try #require(findings["disagreements"]?.array)
        try #require(found.count == 1, "\(found)")
        let sides = Set(try #require(found[0]["sides"]?.array).map { $0.text() })
        let expected: [JSON] = [
            ["revision": .string(kyoto), "nodes": ["kyoto"]],
            ["revision": .string(tokyo), "nodes": ["osaka", "tokyo"]],
        ]
        #expect(sides == Set(expected.map { $0.text() }))
        let since = Timestamp(microseconds: try #require(times["kyoto"])[0])
        let until = Timestamp(microseconds: try #require(times["osaka"])[1])
        #expect(found[0]["first"]?.string == since.description)
        #expect(found[0]["last"]?.string == until.description)
        // The export says so and makes its set of what the new catalog dealt.
        let told = try await export(new, to: "set")
        let warning =
            "nodes dealt offers differently at the same time, from \(since) to \(until): "
        #expect(told.errors.hasPrefix("warning: \(lake): \(warning)"), "\(told.errors)")
        #expect(told.errors.contains("osaka and tokyo by \(tokyo)"))
        #expect(told.errors.contains("kyoto by \(kyoto)"))
        #expect(
            told.errors.hasSuffix("a set by this catalog leaves out what was dealt by \(kyoto)\n"))
        #expect(told.errors.count(where: \.isNewline) == 1 && !told.output.contains("warning"))
        let text = try await run(
            ["stats", "--lake", lake, "--catalog", new] + LakeNodeTests.duckdb)
        #expect(text.output.contains("  warning: \(lake): \(warning)"))
        #expect(
            text.output.contains(
                "kyoto dealt 120 by \(kyoto), which deals otherwise than the catalog, from"))
        // A lake that is named from where the program runs, too.
        let here = try await Program.run(
            "/bin/sh",
            ["-c", #"cd "$1" && shift && exec "$@""#, "sh", folder.path, try Program.path]
                + ["stats", "--lake", "lake", "--catalog", new] + LakeNodeTests.duckdb)
        #expect(here.status == 0, "\(here.errors)")
        #expect(
            here.output
                == text.output.replacing("lake \(lake)", with: "lake lake")
                .replacing("\(lake):", with: "lake:"))
        let manifest = try JSON.parse(Array(try folder.read("set/manifest.json")))
        #expect(manifest["revisions"] == [.string(tokyo)])
        #expect(ExportYard.rows(manifest, "not_randomised") == 120)
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `revisions that deal alike need not be told, whichever node has which`() async throws {
        let old = try catalog("old", control: 50)
        let new = try catalog("new", control: 50, washout: "3h")
        try await rollOut(from: old, to: new)
        let json = try await stats(["--catalog", new] + LakeNodeTests.duckdb)
        #expect(json["experiment"]?["disagreements"] == [])
        let dealt = try #require(json["experiment"]?["dealt"]?.array)
        #expect(Set(dealt.map { $0["revision"]?.string }).count == 2)
        #expect(dealt.allSatisfy { $0["as_catalog"] == true })
        #expect(try await export(new, to: "set").errors == "")
        let manifest = try JSON.parse(Array(try folder.read("set/manifest.json")))
        #expect(ExportYard.rows(manifest, "not_randomised") == 0)
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `an id with other content at another node is told, and a retry is none`() async throws {
        let catalog = try catalog("catalog", control: 50)
        func decision(_ id: Int, income: Int, at: String) -> String {
            #"{"id":"same-\#(id)","experiment":"offers","unit":"customer-\#(id)",\#(at)"features":{"income":\#(income)}}"#
        }
        func outcome(_ id: Int, value: Int) -> String {
            #"{"id":"same-\#(id)","unit":"customer-\#(id)","name":"paid","value":\#(value),"at":"2026-02-01T01:00:00Z"}"#
        }
        let at = #""at":"2026-02-01T00:00:00Z","#
        // The first has another income, the second no time of its own, the third is the same.
        for (node, income) in [("tokyo", 1), ("osaka", 2)] {
            let items = [
                decision(1, income: income, at: at), decision(2, income: 5, at: ""),
                decision(3, income: 5, at: at),
            ]
            try await record(items + decisions(0..<40), at: node, by: catalog)
            try await record(
                [outcome(1, value: income), outcome(2, value: 1)], of: "outcomes", at: node,
                by: catalog
            )
        }
        try await ship(["tokyo", "osaka"])
        let json = try await stats(["--catalog", catalog] + LakeNodeTests.duckdb)
        #expect(
            json["experiment"]?["conflicts"] == ["decisions": 1, "exposures": 0, "outcomes": 1])
        let told = try await export(catalog, to: "set").errors
        #expect(
            told.contains(
                "warning: \(lake): 1 decisions came to several nodes with one id and other content")
        )
        #expect(told.contains("\nwarning: \(lake): 1 outcomes came to"))
        // A retry counts where it was received first.
        let dealt = try #require(json["experiment"]?["dealt"]?.array)
        #expect(dealt.count == 1 && dealt[0]["node"] == "tokyo" && dealt[0]["decisions"] == 43)
        let rows = try #require(json["nodes"]?.array).map { $0["facts"]?["decisions"]?["rows"] }
        #expect(rows == [43, 43])
    }

    /// What a lake holds by its files and the ledgers, without the program.
    private func expected(_ node: String) async throws -> JSON {
        var facts: [(String, JSON)] = []
        for (kind, time) in [
            ("decisions", "decided_at"), ("exposures", "exposed_at"), ("outcomes", "observed_at"),
            ("batches", "received_at"),
        ] {
            let row = try await Program.sqlite(
                ledger(node),
                "SELECT count(*), date(min(\(time)) / 1000000, 'unixepoch'), date(max(\(time)) / 1000000, 'unixepoch') FROM \(kind)"
            ).split(separator: "|").map(String.init)
            let paths = FileManager.default.enumerator(atPath: "\(lake)/\(kind)")?.compactMap {
                $0 as? String
            }.filter { $0.contains("/node=\(node)/") && $0.hasSuffix(".gz") }
            let sizes = try (paths ?? []).map { path in
                let file = "\(lake)/\(kind)/\(path)"
                let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
                return Int64(try #require(size))
            }
            let days = row.count == 3 ? row[1...].map { JSON.string($0) } : [.null, .null]
            facts.append(
                (
                    kind,
                    [
                        "rows": .integer(try #require(Int64(row[0]))),
                        "files": .integer(Int64(sizes.count)),
                        "bytes": .integer(sizes.reduce(0, +)), "first_day": days[0],
                        "last_day": days[days.count - 1],
                    ]
                ))
        }
        return .object(JSONObject(facts))
    }

    @Test(
        .enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"),
        .enabled(if: EnginePrograms.hasSpark, "\(EnginePrograms.noSpark)"))
    func `both engines count what ledgers and files have`() async throws {
        let old = try catalog("old", control: 50)
        try await rollOut(from: old, to: try catalog("new", control: 70))
        try await record(
            [
                #"{"id":"o","unit":"customer-1","name":"paid","value":1,"at":"2026-02-11T00:00:00Z"}"#
            ],
            of: "outcomes", at: "tokyo", by: folder.file("new.yaml"))
        try await ship(["tokyo"])
        let spark = ["--engine", "spark", "--master", "local[2]", "--spark-sql"]
        let json = try await stats(["--catalog", old] + LakeNodeTests.duckdb)
        let other = try await stats(
            ["--catalog", old] + spark + [EnginePrograms.spark ?? "spark-sql"])
        #expect(json == other)
        var sums: (files: Int64, bytes: Int64) = (0, 0)
        for node in try #require(json["nodes"]?.array) {
            let name = try node.text(at: "node")
            let facts = try await expected(name)
            #expect(node["facts"] == facts, "\(name)")
            for kind in ["decisions", "exposures", "outcomes", "batches"] {
                let fact = try #require(facts[kind])
                sums.files += try fact.integer(at: "files")
                sums.bytes += try fact.integer(at: "bytes")
            }
            let document = try JSON.parse(Array(try folder.read("lake/nodes/\(name).json")))
            #expect(node["last_shipped"] == document["shipped_at"])
        }
        #expect(json["files"] == .integer(sums.files) && json["bytes"] == .integer(sums.bytes))
    }

    @Test func `what goes with a lake does not go with a ledger`() async throws {
        let catalog = try catalog("catalog", control: 50)
        try await record(decisions(0..<3), at: "tokyo", by: catalog)
        for more in [
            ["--ledger", ledger("tokyo"), "--catalog", catalog],
            ["--ledger", ledger("tokyo"), "--engine", "duckdb"],
            ["--ledger", ledger("tokyo"), "--lake", lake], [],
            ["--lake", lake, "--experiment", "offers"], ["--lake", lake, "--engine", "sqlite"],
        ] {
            let run = try await Program.run(["stats"] + more)
            #expect(run.status == 64, "\(more): \(run.output)\(run.errors)")
        }
        let none = try await Program.run(["stats", "--lake", lake])
        #expect(none.status == 2 && none.errors.contains("there is no lake"))
    }
}
