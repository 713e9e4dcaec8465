import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Experiments that deal as another system does, through the whole path: dealt, recorded, dealt
/// again in SQL, and exported.
@Suite struct CompatibleExportTests {
    /// A rule of each system, with its arms and the gates, gaps and conditions that it can have.
    static let rules: [(name: String, text: String)] = [
        (
            "growthbook, namespace and coverage",
            """
            arms: [control, red, treatment], compatible: {with: growthbook, hashVersion: 2, seed: s,
            coverage: 80%, weights: [0.3334, 0.3333, 0.3333],
            namespace: {id: pricing, from: 0, to: 0.6}}
            """
        ),
        (
            "growthbook 1, ranges and filters",
            """
            arms: [control, treatment], compatible: {with: growthbook, hashVersion: 1, key: r,
            encoding: utf-8, ranges: [[0, 0.3], [0.5, 0.9]], filters: [{seed: f, ranges: [[0, 0.8]]}]}
            """
        ),
        (
            "unleash",
            """
            arms: [control, treatment], compatible: {with: unleash, groupId: g, rollout: 70,
            weights: [300, 700]}
            """
        ),
        ("flagd", "arms: [control, treatment], compatible: {with: flagd, weights: [1, 2]}"),
        (
            "eppo, splits with conditions",
            """
            arms: [control, treatment], compatible: {with: eppo, totalShards: 10000, splits: [
            {variationKey: control, shards: [{salt: a, ranges: [{start: 0, end: 4000}]}]},
            {variationKey: treatment, shards: [{salt: a, ranges: [{start: 2500, end: 10000}]},
            {salt: b, ranges: [[0, 1500], [2000, 5000]]}]},
            {variationKey: control, shards: [{salt: b, ranges: [[0, 7000]]}]}]}
            """
        ),
        (
            "statsig, layer and gate",
            """
            arms: [{control: 40%}, {treatment: 60%}], compatible: {with: statsig, salt: e,
            layer: {salt: l, ranges: [[0, 250], [400, 900]]},
            gates: [{salt: e, rule: allocation, passPercentage: 80}]}
            """
        ),
        (
            "planout, a namespace of thousands of segments",
            """
            arms: [control, red, treatment], compatible: {with: planout, parameter: arm,
            weights: [1, 2, 3], namespace: {name: ns, segments: 12000, history: [
            {add: first, segments: 3000}, {remove: first}, {add: other, segments: 2000},
            {add: limits, segments: 6000}]}}
            """
        ),
        (
            "optimizely, a group and a part for nobody",
            """
            arms: [control, treatment], compatible: {with: optimizely, experimentId: "11154",
            trafficAllocation: [{entityId: control, endOfRange: 4000}, {entityId: "", endOfRange: 5000},
            {entityId: treatment, endOfRange: 9000}],
            group: {id: "19228", trafficAllocation: [{entityId: "11154", endOfRange: 8000}]}}
            """
        ),
        (
            "posthog, rollout and holdout",
            """
            arms: [control, test], compatible: {with: posthog, key: k, rollout: 80,
            variants: [40, 60], holdout: 10}
            """
        ),
    ]

    /// A catalog of one experiment, `limits`, dealt so.
    private func catalog(
        _ rule: String, _ more: String = "", others: String = ""
    ) throws -> Catalog {
        try HoldfastDatasetsTests.catalog(
            """
            \(others)experiments: {limits: {unit: customer, \(rule)\(more), washout: 2h,
            outcome: {name: paid, horizon: 3h, absent: 0}}}
            """)
    }

    /// Ids as people have them: bytes of one, two, three and four, and what SQL quotes.
    private static func id(_ index: Int) -> String {
        ["u", "é", "店", "🦊", "it's \"", "\\"][index % 6] + String(index)
    }

    private func facts(
        _ catalog: Catalog, count: Int, from first: Int = 0, households: Int? = nil
    ) throws -> [Fact] {
        try (first..<first + count).map { index in
            try Shop.decision(
                catalog, "d\(index)", CompatibleExportTests.id(index),
                cluster: households.map { "h\(index % $0)" },
                at: moment(Double(index % 20), Int64(index)))
        }
    }

    private func request(_ catalog: Catalog) -> ExportRequest {
        ExportRequest(
            catalog: catalog, experiment: "limits", asOf: moment(100), minimumPositives: 0)
    }

    /// The rows that are not as their revision deals them.
    private func found(_ shop: Shop, _ catalog: Catalog) throws -> [String] {
        try shop.rows(request(catalog)).filter { $0.value.reasons.contains(2) }.map(\.key).sorted()
    }

    /// The first decisions of an arm, and of a unit that is not enrolled.
    private func samples(_ catalog: Catalog) throws -> (assigned: String, outside: String?) {
        var assigned: String?
        var outside: String?
        for index in 0..<300 {
            let candidate = Candidate(unit: try unit(CompatibleExportTests.id(index)))
            let dealt = try catalog.assign(candidate, in: "limits", at: moment(0))
            if dealt.reason == .assigned { assigned = assigned ?? "d\(index)" }
            if dealt.reason == .notEnrolled { outside = outside ?? "d\(index)" }
        }
        return (try #require(assigned), outside)
    }

    // MARK: - Dealt again

    @Test(arguments: rules)
    func `what is recorded is dealt again, and each forgery is found`(
        rule: (name: String, text: String)
    ) async throws {
        let catalog = try catalog(rule.text)
        let shop = try await Shop(catalog)
        try await shop.append(try facts(catalog, count: 300))
        let honest = try shop.rows(request(catalog))
        #expect(honest.count == 300)
        #expect(try found(shop, catalog) == [], "\(rule.name)")
        let (assigned, outside) = try samples(catalog)
        #expect((outside == nil) == (rule.name == "flagd"))
        #expect(honest[assigned]?.reasons.contains(1) == false)
        var forgeries = [
            "arm = CASE arm WHEN 'control' THEN 'treatment' ELSE 'control' END", "arm = NULL",
            "arm = 'nobody'", "propensity = propensity + 0.001", "propensity = 1 - propensity / 3",
            "bucket = bucket + 1", "bucket = NULL", "bucket = -1", "unit = unit || 'x'",
            "reason = 'not_enrolled'", "reason = 'not_enrolled', arm = NULL",
            "reason = 'outside_slice', arm = NULL", "reason = 'holdout', arm = NULL",
            "holdout = 'h'",
        ].map { (assigned, $0) }
        if let outside {
            forgeries += [
                "arm = 'control'", "reason = 'assigned', arm = 'control'",
                "reason = 'outside_slice'", "bucket = bucket + 1", "bucket = NULL",
                "propensity = propensity + 0.001", "propensity = 1", "unit = unit || 'x'",
                "holdout = 'h'",
            ].map { (outside, $0) }
        }
        try shop.tamper("CREATE TABLE kept AS SELECT * FROM decisions")
        for (id, edit) in forgeries {
            try shop.tamper(SQL(stringLiteral: "UPDATE decisions SET \(edit) WHERE id = '\(id)'"))
            #expect(try found(shop, catalog) == [id], "\(rule.name): \(edit)")
            try shop.tamper("DELETE FROM decisions")
            try shop.tamper("INSERT INTO decisions SELECT * FROM kept")
        }
    }

    @Test func `a decision is held against the revision that it names`() async throws {
        let text = "arms: [control, treatment], compatible: {with: eppo, salt: a, ranges: RANGES}"
        let old = try catalog(
            text.replacing("RANGES", with: "[[0, 4000], [4000, 9000]]"), ", traffic: 90%")
        let new = try catalog(
            text.replacing("RANGES", with: "[[0, 5000], [5000, 9000]]"), ", traffic: 90%")
        let shop = try await Shop(old)
        try await shop.append(try facts(old, count: 300))
        try await shop.force(new)
        try await shop.append(try facts(new, count: 300, from: 300))
        #expect(try found(shop, new) == [])
        #expect(try found(shop, old) == [])
        let forged = "UPDATE decisions SET revision = \(new.revision) WHERE id < 'd15'" as SQL
        var expected: [String] = []
        for index in 0..<300 where "d\(index)" < "d15" {
            let candidate = Candidate(unit: try unit(CompatibleExportTests.id(index)))
            let dealt = try [old, new].map {
                try $0.assign(candidate, in: "limits", at: moment(0))
            }
            if dealt[0].arm != dealt[1].arm || dealt[0].propensity != dealt[1].propensity {
                expected.append("d\(index)")
            }
        }
        try shop.tamper(forged)
        #expect(try found(shop, new) == expected.sorted())
        #expect(expected.count > 20)
    }

    @Test func `gates of ours come before those of the other system`() async throws {
        for (name, text) in CompatibleExportTests.rules {
            let catalog = try catalog(
                text, ", traffic: 85%, layer: {name: l, from: 5%, to: 95%}",
                others:
                    "holdouts: {h: {unit: customer, share: 10%}}, layers: {l: {unit: customer}}, "
            )
            let shop = try await Shop(catalog)
            try await shop.append(try facts(catalog, count: 300))
            #expect(try found(shop, catalog) == [], "\(name)")
            let reasons = try Set(
                (0..<300).map { index in
                    let candidate = Candidate(unit: try unit(CompatibleExportTests.id(index)))
                    return try catalog.assign(candidate, in: "limits", at: moment(0)).reason.word
                })
            #expect(
                reasons == ["holdout", "outside_slice", "not_enrolled", "assigned"], "\(name)")
        }
    }

    /// Half of a hundred thousand segments: more ends than an engine takes values.
    @Test func `a namespace of the most segments is dealt again`() async throws {
        let catalog = try catalog(
            """
            arms: [control, treatment], compatible: {with: planout, parameter: arm,
            operator: UniformChoice, namespace: {name: ns, segments: 100000, history: [{add: limits, segments: 50000}]}}
            """)
        let shop = try await Shop(catalog)
        try await shop.append(try facts(catalog, count: 200))
        let outside = try (0..<200).filter { index in
            let candidate = Candidate(unit: try unit(CompatibleExportTests.id(index)))
            return try catalog.assign(candidate, in: "limits", at: moment(0)).arm == nil
        }
        #expect((60...140).contains(outside.count))
        try shop.tamper(
            "UPDATE decisions SET reason = 'assigned', arm = 'control' WHERE arm IS NULL")
        // Whoever was enrolled is as recorded: one look tells the honest and the forged apart.
        #expect(try found(shop, catalog) == outside.map { "d\($0)" }.sorted())
    }

    // MARK: - Clusters

    @Test func `a household is dealt as the other system would deal its id`() async throws {
        for (name, text) in CompatibleExportTests.rules {
            let catalog = try catalog(text, ", cluster: household")
            let alone = try self.catalog(text)
            let shop = try await Shop(catalog)
            try await shop.append(try facts(catalog, count: 300, households: 97))
            #expect(try found(shop, catalog) == [], "\(name)")
            for index in 0..<97 {
                var member = Candidate(unit: try unit("u\(index)"))
                member.cluster = try unit("h\(index)")
                let household = Candidate(unit: try unit("h\(index)"))
                let one = try catalog.assign(member, in: "limits", at: moment(0))
                let other = try alone.assign(household, in: "limits", at: moment(0))
                #expect(one.arm == other.arm && one.bucket == other.bucket, "\(name) h\(index)")
            }
            try shop.tamper("UPDATE decisions SET cluster = 'h-other' WHERE id = 'd5'")
            #expect(try found(shop, catalog) == ["d5"], "\(name)")
        }
    }

    // MARK: - Sample ratio

    @Test(arguments: rules, [false, true])
    func `the sample ratio is that of the plan, and lost control rows close its gate`(
        rule: (name: String, text: String), isClustered: Bool
    ) async throws {
        let catalog = try catalog(rule.text, isClustered ? ", cluster: household" : "")
        let shop = try await Shop(catalog)
        try await shop.append(
            try facts(catalog, count: 2_000, households: isClustered ? 1_500 : nil))
        let open = try shop.export(request(catalog), to: "open", waived: false)
        for gate in open.gates { #expect(gate.passed, "\(rule.name): \(gate)") }
        let gate = try #require(open.gates.first { $0.name == .sampleRatio })
        #expect((gate.figure ?? 0) > 0.001 && gate.detail.contains(" planned"), "\(gate)")
        try shop.tamper("DELETE FROM decisions WHERE arm = 'control' AND decision % 2 = 0")
        try shop.tamper(
            """
            DELETE FROM decisions WHERE arm = 'control' AND cluster IN
              (SELECT cluster FROM decisions WHERE arm = 'control' AND decision % 3 = 0)
            """)
        let closed = try shop.export(request(catalog), to: "closed", waived: false)
        let lost = try #require(closed.gates.first { $0.name == .sampleRatio })
        #expect(!lost.passed && (lost.figure ?? 1) < 0.001, "\(rule.name): \(lost)")
        #expect(try shop.folder.names.contains("closed") == false)
    }
}
