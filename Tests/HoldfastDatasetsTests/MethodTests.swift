import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Rotations, explorations and switchbacks: what was forged is found, what carries over is left
/// out, and the sample ratio is that of the plan.
@Suite struct MethodTests {
    enum Method: String, CaseIterable, Sendable {
        case rotation = "rotate: {panels: 10, stay: 4, every: 5h, from: 2026-01-02T03:00:00Z}"
        case exploration =
            "explore: [{below: 0.25, control: 60%}, {below: 0.5, control: 30%}, {control: 10%}]"
        case switchback =
            "switchback: {every: 6h, burnIn: 1h}, arms: [{control: 40%}, {treatment: 60%}]"
    }

    /// A catalog of one experiment, `limits`, dealt so.
    private func catalog(_ method: String, _ more: String = "") throws -> Catalog {
        try HoldfastDatasetsTests.catalog(
            """
            experiments: {limits: {unit: customer, \(method), washout: 2h\(more),
            outcome: {name: paid, horizon: 3h, absent: 0}}}
            """)
    }

    private static let scores = [-2, 0, 0.25.nextDown, 0.25, 0.4, 0.5, 0.75, 1e300]

    /// A decision for each of many units, over 60 hours.
    private func facts(_ catalog: Catalog, count: Int) throws -> [Fact] {
        try (0..<count).map { index in
            try Shop.decision(
                catalog, "d\(index)", "u\(index)", at: moment(Double(index % 60), Int64(index)),
                score: MethodTests.scores[index % 8])
        }
    }

    private func request(_ catalog: Catalog) -> ExportRequest {
        ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(100))
    }

    // MARK: - Dealt again

    @Test(arguments: Method.allCases)
    func `what is recorded is dealt again, and each forgery is found`(method: Method) async throws {
        let catalog = try catalog(method.rawValue)
        let shop = try await Shop(catalog)
        try await shop.append(try facts(catalog, count: 960))
        let whole = try shop.rows(request(catalog))
        #expect(whole.count == 960 && whole.values.allSatisfy { !$0.reasons.contains(2) })
        var edits = [
            "arm = CASE arm WHEN 'control' THEN 'treatment' ELSE 'control' END", "arm = NULL",
            "propensity = 1 - propensity + 0.001", "bucket = bucket + 1", "bucket = NULL",
            "unit = unit || 'x'",
        ]
        switch method {
        case .rotation: edits += ["decided_at = decided_at + 5 * 3600000000 * 5"]
        case .exploration: edits += ["score = NULL", "score = 9e999", "score = -9e999"]
        case .switchback: edits += ["decided_at = decided_at + 6 * 3600000000"]
        }
        for edit in edits {
            try shop.tamper("CREATE TABLE kept AS SELECT * FROM decisions")
            try shop.tamper(SQL(stringLiteral: "UPDATE decisions SET \(edit) WHERE id = 'd7'"))
            let rows = try shop.rows(request(catalog))
            let found = rows.filter { $0.value.reasons.contains(2) }.map(\.key)
            #expect(found == ["d7"], "\(edit)")
            try shop.tamper("DELETE FROM decisions")
            try shop.tamper("INSERT INTO decisions SELECT * FROM kept")
            try shop.tamper("DROP TABLE kept")
        }
    }

    @Test func `a score that is edited into another band is found where it deals otherwise`()
        async throws
    {
        let catalog = try catalog(Method.exploration.rawValue)
        let shop = try await Shop(catalog)
        try await shop.append(try facts(catalog, count: 400))
        try shop.tamper("UPDATE decisions SET score = 0.25 WHERE score < 0.25")
        let rows = try shop.rows(request(catalog))
        // The propensity tells every one of them, whether or not the arm is another.
        for index in 0..<400 {
            #expect(
                rows["d\(index)"]?.reasons.contains(2) == (MethodTests.scores[index % 8] < 0.25),
                "\(index)")
        }
    }

    @Test func `the most panels and a hundred bands are dealt again alike`() async throws {
        let bands = (1..<100).map { "{below: 0.\($0 < 10 ? "0" : "")\($0), control: \(100 - $0)%}" }
        let arms = (1...20).map { "{a\($0): 5%}" }.joined(separator: ", ")
        for method in [
            "rotate: {panels: 1000, stay: 999, every: 1s, from: 2030-01-01}, arms: [\(arms)]",
            "rotate: {panels: 1000, stay: 1, every: 5200w, from: 1971-01-01}, arms: [\(arms)]",
            "explore: [\(bands.joined(separator: ", ")), {control: 0%}], arms: [\(arms)]",
            "switchback: {every: 1s, burnIn: 0s}, arms: [{control: 50%}, {on: 50%}]",
        ] {
            let catalog = try catalog(method)
            let shop = try await Shop(catalog)
            let facts = try (0..<300).map { index in
                try Shop.decision(
                    catalog, "d\(index)", "u\(index)", at: moment(Double(index), Int64(index)),
                    score: Double(index % 101) / 100)
            }
            try await shop.append(facts)
            let rows = try shop.rows(request(catalog))
            #expect(rows.count == 300)
            #expect(rows.values.allSatisfy { !$0.reasons.contains(2) }, "\(method.prefix(40))")
        }
    }

    // MARK: - Carry-over

    @Test func `a switchback's burn-in is left out to the microsecond`() async throws {
        let catalog = try catalog(Method.switchback.rawValue)
        let shop = try await Shop(catalog)
        // Blocks of 6 hours since 1970 begin at midnight.
        let cases: [(Double, Int64, Bool)] = [
            (0, -1, false), (0, 0, true), (1, -1, true), (1, 0, false), (6, -1, false),
            (6, 0, true), (7, 0, false), (-6, 0, true), (-5, 0, false),
        ]
        try await shop.append(
            try cases.enumerated().map { index, one in
                try Shop.decision(catalog, "d\(index)", "u", at: moment(one.0, one.1))
            })
        let rows = try shop.rows(request(catalog))
        for (index, one) in cases.enumerated() {
            #expect(rows["d\(index)"]?.reasons.contains(7) == one.2, "\(one)")
        }
    }

    /// Since when a unit is control without a break, found by going back hour by hour.
    private func began(_ catalog: Catalog, _ text: String, _ hour: Int) throws -> Int {
        var start = hour
        while start > -500 {
            let candidate = Candidate(unit: try unit(text))
            let at = moment(Double(start - 1))
            guard try catalog.assign(candidate, in: "limits", at: at).arm == .control else { break }
            start -= 1
        }
        return start
    }

    @Test(arguments: ["", ", starts: 2026-01-01T13:00:00Z", ", starts: 2026-01-01T12:00:00Z"])
    func `a rotating unit's washout counts from the end of its treated time`(
        starts: String
    ) async throws {
        let catalog = try catalog(Method.rotation.rawValue, starts)
        let free = try self.catalog(Method.rotation.rawValue)
        let shop = try await Shop(catalog)
        var facts: [Fact] = []
        var expected: [String: Bool] = [:]
        for index in 0..<40 {
            for hour in 12..<72 {
                let id = "d\(index)-\(hour)"
                let at = moment(Double(hour))
                let candidate = Candidate(unit: try unit("u\(index)"))
                let dealt = try catalog.assign(candidate, in: "limits", at: at)
                facts.append(try Shop.decision(catalog, id, "u\(index)", at: at))
                let start = try began(free, "u\(index)", hour)
                let isFirst =
                    starts.isEmpty
                    ? false
                    : moment(Double(start))
                        <= moment(
                            starts.contains("T13") ? 13 : 12)
                expected[id] = dealt.arm == .control && hour < start + 2 && !isFirst
            }
        }
        try await shop.append(facts)
        let rows = try shop.rows(request(catalog))
        for (id, carries) in expected {
            #expect(rows[id]?.reasons.contains(7) == carries, "\(id)")
        }
        #expect(expected.values.count { $0 } > 50)
    }

    // MARK: - Sample ratio

    @Test(arguments: Method.allCases)
    func `the sample ratio is that of the plan, and lost control rows close its gate`(
        method: Method
    ) async throws {
        let catalog = try catalog(method.rawValue)
        let shop = try await Shop(catalog)
        // Each unit again and again: later decisions of a rotating unit are in other arms.
        let facts = try (0..<3).flatMap { turn in
            try (0..<1_500).map { index in
                try Shop.decision(
                    catalog, "d\(turn)-\(index)", "u\(index)",
                    at: moment(Double(index % 40 + turn * 20)),
                    score: MethodTests.scores[(index + turn) % 8])
            }
        }
        try await shop.append(facts)
        let open = try shop.export(request(catalog), to: "open", waived: false)
        let gate = try #require(open.gates.first { $0.name == .sampleRatio })
        #expect(gate.passed, "\(gate)")
        #expect((gate.figure ?? 0) > 0.001)
        try shop.tamper(
            "DELETE FROM decisions WHERE arm = 'control' AND CAST(substr(unit, 2) AS INT) % 3 = 0")
        let closed = try shop.export(request(catalog), to: "closed", waived: false)
        let lost = try #require(closed.gates.first { $0.name == .sampleRatio })
        #expect(!lost.passed && (lost.figure ?? 1) < 0.001, "\(lost)")
        #expect(lost.detail.contains("control "))
        #expect(try shop.folder.names.contains("closed") == false)
    }
}
