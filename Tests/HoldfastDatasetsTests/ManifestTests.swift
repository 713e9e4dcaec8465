import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// The manifest is what its schema says, and the statement in it is the one that ran.
@Suite struct ManifestTests {
    /// A shop in which most reasons come up.
    private static func shop(absent: String, cluster: Bool) async throws -> (Shop, Catalog) {
        let catalog = try simpleCatalog(
            """
            \(cluster ? "cluster: household, " : "")traffic: 80%, overrides: {u1: control},
            description: "it's \\"so\\"", features: {n: number, i: integer, c: category, b: boolean}
            """, absent: absent)
        let shop = try await Shop(catalog)
        var facts: [Fact] = []
        for index in 0..<120 {
            facts.append(
                try Shop.decision(
                    catalog, "d\(index)", "u\(index % 100)",
                    cluster: cluster ? "h\(index % 60)" : nil,
                    at: moment(0, Int64(index))))
            facts.append(try Shop.outcome("o\(index)", "u\(index)", 1, at: moment(1)))
        }
        facts.append(
            try Shop.exposure("x", "u7", cluster: cluster ? "h7" : nil, at: moment(1)))
        try await shop.append(facts)
        return (shop, catalog)
    }

    @Test(arguments: [("unknown", true), ("0", false), ("0.5", true)])
    func `every manifest is valid by its schema`(absent: String, cluster: Bool) async throws {
        let schema = try JSONSchemaValidator("manifest.schema.json")
        let (shop, catalog) = try await ManifestTests.shop(absent: absent, cluster: cluster)
        for observations in ExportRequest.Observations.allCases {
            for format in [ExportRequest.FileFormat.csv, .jsonl] {
                let request = ExportRequest(
                    catalog: catalog, experiment: "limits", asOf: moment(10, 500),
                    observations: observations, fileFormat: format)
                let folder = "\(observations)-\(format)"
                let manifest = try shop.export(request, to: folder)
                let json = try JSON.parse(Array(try shop.folder.read("\(folder)/manifest.json")))
                #expect(json == manifest.json)
                #expect(schema.faults(json) == [], "\(folder)")
                #expect(json["as_of"] == "2026-01-01T10:00:00.000500Z")
                #expect(json["flow"]?["decisions"] == 120)
            }
        }
    }

    @Test func `the schema refuses a manifest with a member more, less or of another kind`()
        async throws
    {
        let schema = try JSONSchemaValidator("manifest.schema.json")
        let (shop, catalog) = try await ManifestTests.shop(absent: "0", cluster: false)
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(10))
        let json = try shop.export(request, to: "out").json
        #expect(schema.faults(json) == [])
        for (key, value) in json.members {
            let rest = json.members.filter { $0.key != key }
            #expect(!schema.faults(.object(JSONObject(rest))).isEmpty, "\(key) left out")
            for other in [nil, -1, "/", []] as [JSON] where other != value {
                let changed = JSON.object(JSONObject(rest + [(key, other)]))
                #expect(!schema.faults(changed).isEmpty, "\(key) as \(other.text())")
            }
        }
        let more = JSON.object(JSONObject(json.members + [("more", 1)]))
        #expect(!schema.faults(more).isEmpty)
    }

    @Test
    func `a manifest with a closed gate is valid without digests, and with none of them alone`()
        async throws
    {
        let schema = try JSONSchemaValidator("manifest.schema.json")
        let (shop, catalog) = try await ManifestTests.shop(absent: "0", cluster: false)
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(10))
        let open = try shop.export(request, to: "out").json
        let closed = try shop.export(request, to: "closed", waived: false)
        #expect(!closed.isOpen)
        let json = closed.json
        #expect(schema.faults(json) == [])
        #expect(json["digest"] == nil && json["parts"]?.array?.first?["sha256"] == nil)
        func with(_ key: String, of other: JSON) throws -> JSON {
            let rest = json.members.filter { $0.key != key }
            return .object(JSONObject(rest + [(key, try #require(other[key]))]))
        }
        for key in ["digest", "parts", "gates"] {
            #expect(try !schema.faults(with(key, of: open)).isEmpty, "\(key)")
        }
    }

    @Test func `the statements in the manifest give the same rows when they are run`() async throws
    {
        let (shop, catalog) = try await ManifestTests.shop(absent: "0", cluster: true)
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(10))
        let manifest = try shop.export(request, to: "out")
        let reader = try LedgerReader(path: shop.path, salt: catalog)
        try reader.connection.run("PRAGMA query_only = OFF")
        for statement in manifest.sql.split(separator: ";\n")
        where !statement.allSatisfy(\.isNewline) {
            try reader.connection.run(SQL(stringLiteral: String(statement)))
        }
        var kept: [String: String] = [:]
        var count = 0
        try reader.connection.query(
            """
            SELECT d.id, k.part, k.reasons FROM hf_export AS x
            JOIN decisions AS d ON d.decision = x.decision
            LEFT JOIN hf_clean AS k ON k.decision = x.decision
            """
        ) { row throws(SQLError) in
            count += 1
            if !row.isNull(1), row.integer(2) == 0 {
                kept[row.text(0) ?? ""] = manifest.parts[Int(row.integer(1))].name
            }
        }
        #expect(count == 120)
        let rows = try shop.rows(request).filter { $0.value.primary == 0 }
        #expect(kept == rows.compactMapValues(\.part))
        #expect(!manifest.sql.contains(salt))
    }

    // MARK: - The plan

    /// What SQLite plans for each step, one line a part of it.
    private func plan(_ shop: Shop, _ catalog: Catalog) throws -> [String] {
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(10))
        let reader = try LedgerReader(path: shop.path, salt: catalog)
        try reader.connection.run("PRAGMA query_only = OFF")
        var steps: [String] = []
        let rows = try ExportPlan(request, reader).rows
        for statement in rows.steps.flatMap({
            SQLDialect.sqlite.statements(storing: $0.query, as: $0.table)
        }) {
            try reader.connection.query("EXPLAIN QUERY PLAN \(statement)") {
                row throws(SQLError) in steps.append(row.text(3) ?? "")
            }
            try reader.connection.run(statement)
        }
        return steps
    }

    @Test(arguments: [false, true])
    func `treatments and outcomes find the decisions they touch by one index, each table read once`(
        cluster: Bool
    ) async throws {
        let (shop, catalog) = try await ManifestTests.shop(absent: "0", cluster: cluster)
        let steps = try plan(shop, catalog)
        let plan = steps.joined(separator: "\n")
        // Both of them, and neither looks into the table of decisions.
        let found = "SEARCH d USING COVERING INDEX decisions_experiment"
        #expect(steps.count { $0.contains(found) } == 2, "\(plan)")
        // Exposures once as treatments, and once for the members of clusters.
        #expect(steps.count { $0.hasPrefix("SCAN t") } == (cluster ? 3 : 2), "\(plan)")
        #expect(steps.count { $0.hasPrefix("SCAN m") } == (cluster ? 2 : 0), "\(plan)")
        #expect(steps.count { $0.hasPrefix("SCAN o") } == 1, "\(plan)")
        for table in ["t", "l", "g"] {
            #expect(
                steps.contains {
                    $0.hasPrefix("SEARCH \(table) USING INTEGER PRIMARY KEY") && $0.contains("LEFT")
                },
                "\(plan)")
        }
        #expect(!steps.contains { $0.contains("AUTOMATIC") }, "\(plan)")
        // Nothing is gone through as a whole for each decision.
        #expect(!steps.contains { $0.contains("SCAN") && $0.contains("LEFT-JOIN") }, "\(plan)")
        if cluster {
            let members = "SEARCH t USING PRIMARY KEY (cluster=?"
            #expect(steps.contains { $0.contains(members) }, "\(plan)")
        }
    }

    @Test func `500 revisions that differ elsewhere do not make an export impossible`() async throws
    {
        let first = try simpleCatalog()
        let shop = try await Shop(first)
        var last = first
        for index in 0..<500 {
            last = try simpleCatalog("description: number \(index)")
            try await shop.force(last)
        }
        try await shop.append(
            try (0..<20).map { try Shop.decision(last, "d\($0)", "u\($0)", at: moment(0)) })
        let request = ExportRequest(catalog: last, experiment: "limits", asOf: moment(10))
        let manifest = try shop.export(request, to: "out")
        #expect(manifest.revisions.count == 501)
        #expect(manifest.gates.first { $0.name == .recomputation }?.passed == true)
    }

    @Test func `400 revisions that each deal otherwise do not make an export impossible`()
        async throws
    {
        let starts = "starts: 2025-12-01T00:00:00Z"
        let shop = try await Shop(try simpleCatalog(starts))
        var last = try simpleCatalog(starts)
        for index in 1...400 {
            let arms = "[{control: 0.\(100 + index)%}, {treatment: 99.\(900 - index)%}]"
            last = try simpleCatalog(starts, arms: arms)
            try await shop.force(last)
        }
        try await shop.append(
            try (0..<20).map { try Shop.decision(last, "d\($0)", "u\($0)", at: moment(0)) })
        let request = ExportRequest(catalog: last, experiment: "limits", asOf: moment(10))
        let manifest = try shop.export(request, to: "out")
        #expect(manifest.revisions == [last.revision])
        #expect(manifest.gates.first { $0.name == .recomputation }?.passed == true)
    }

    @Test func `a household's treatments are found once, not for every decision`() async throws {
        let catalog = try simpleCatalog("cluster: household")
        let shop = try await Shop(catalog)
        // Every treatment is of a member: were they gone through for each decision, 36 million
        // comparisons would be seen in the time that this takes.
        var facts: [Fact] = []
        for index in 0..<6_000 {
            let cluster = "h\(index / 2)"
            facts.append(
                try Shop.decision(
                    catalog, "d\(index)", "u\(index)", cluster: cluster, at: moment(0)))
            facts.append(
                try Shop.exposure("x\(index)", "u\(index)", cluster: cluster, at: moment(1)))
        }
        try await shop.append(facts)
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(10))
        var rows: [String: Row] = [:]
        let taken = try processorTime { rows = try shop.rows(request) }
        #expect(rows.values.allSatisfy { $0.reasons.contains(6) })
        #expect(taken < .seconds(10), "\(taken)")
    }
}
