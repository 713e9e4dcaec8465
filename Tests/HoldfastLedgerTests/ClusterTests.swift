import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// A unit keeps its cluster while an experiment runs, so that no household is in two arms.
@Suite struct ClusterTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog(
            "cluster: household",
            others: """
                  plain: {unit: customer, arms: [{control: 50%}, {on: 50%}]}
                  second: {unit: customer, cluster: household, arms: [{control: 50%}, {on: 50%}]}
                """)
    }

    private func json(
        _ id: String?, _ unit: String, _ cluster: String, _ more: [(String, JSON)] = [],
        in experiment: String = "limits"
    ) -> JSON {
        var members: [(key: String, value: JSON)] = [
            ("experiment", .string(experiment)), ("unit", .string(unit)),
            ("cluster", .string(cluster)), ("at", "2026-02-01T00:00:00Z"),
        ]
        if let id { members.append(("id", .string(id))) }
        return .object(JSONObject(members + more.map { (key: $0.0, value: $0.1) }))
    }

    private func decision(
        _ id: String?, _ unit: String, _ cluster: String, in experiment: String = "limits",
        catalog: Catalog? = nil
    ) throws -> Fact {
        .decision(
            try harness.reader(catalog ?? self.catalog).decision(
                json(id, unit, cluster, in: experiment)))
    }

    private func exposure(_ id: String, _ unit: String, _ cluster: String) throws -> Fact {
        .exposure(
            try harness.reader(catalog).exposure(
                json(id, unit, cluster, [("arm", "treatment")])))
    }

    @Test(arguments: [true, false])
    func `a decision under another cluster is refused, and nothing else is lost`(
        isOneBatch: Bool
    ) async throws {
        let ledger = try await harness.ledger(catalog)
        let facts = [
            try decision("a", "u", "h1"), try decision("b", "u", "h2"),
            try decision("c", "v", "h2"), try decision("d", "u", "h1"),
            try exposure("x", "w", "h3"), try decision("e", "w", "h4"),
            try decision("f", "w", "h3"),
            // Of an experiment without clusters a cluster is no more than a remark, and another
            // experiment has its own.
            try decision("g", "u", "h7", in: "plain"), try decision("h", "u", "h8", in: "plain"),
            try decision("i", "u", "h2", in: "second"),
        ]
        var receipts: [Receipt] = []
        for batch in isOneBatch ? [facts] : facts.map({ [$0] }) {
            receipts += try await ledger.append(batch)
        }
        #expect(
            receipts.map(\.word) == [
                "accepted", "cluster_changed", "accepted", "accepted", "accepted",
                "cluster_changed", "accepted", "accepted", "accepted", "accepted",
            ])
        guard case .refused(let refusal) = receipts[1] else { return }
        #expect(refusal.detail.contains("limits"))
        // Whose it was before is nobody's business.
        #expect(!refusal.description.contains("h1") && !refusal.description.contains("h2"))
        #expect(refusal.hint.contains("cluster"))
    }

    @Test(arguments: [true, false])
    func `an exposure under a wrong cluster does not lock a unit out of its own`(
        isOneBatch: Bool
    ) async throws {
        let ledger = try await harness.ledger(catalog)
        let facts = [
            try decision("a", "u", "h1"), try exposure("x", "u", "h2"),
            try decision("b", "u", "h1"), try decision("c", "u", "h2"),
            // Where only an exposure places a unit, the first one does.
            try exposure("y", "v", "h3"), try exposure("z", "v", "h4"),
            try decision("d", "v", "h4"), try decision("e", "v", "h3"),
            try exposure("w", "v", "h4"), try decision("f", "v", "h3"),
        ]
        var words: [String] = []
        for batch in isOneBatch ? [facts] : facts.map({ [$0] }) {
            words += try await ledger.append(batch).map(\.word)
        }
        #expect(
            words == [
                "accepted", "accepted", "accepted", "cluster_changed", "accepted", "accepted",
                "cluster_changed", "accepted", "accepted", "accepted",
            ])
    }

    @Test func `the first of two in one batch wins, in whatever order they come`() async throws {
        for seed in 0..<20 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let harness = try Harness()
            let ledger = try await harness.ledger(catalog)
            let facts = try (0..<60).map { index in
                try decision("d\(index)", "u\(chance.below(12))", "h\(chance.below(3))")
            }
            var first: [String: String] = [:]
            var expected: [String] = []
            for case .decision(let fact) in facts {
                let cluster = fact.cluster?.text ?? ""
                let known = first[fact.unit.text, default: cluster]
                first[fact.unit.text] = known
                expected.append(known == cluster ? "accepted" : "cluster_changed")
            }
            var words: [String] = []
            var rest = facts[...]
            while !rest.isEmpty {
                let part = rest.prefix(1 + chance.below(30))
                words += try await ledger.append(Array(part)).map(\.word)
                rest = rest.dropFirst(part.count)
            }
            #expect(words == expected, "seed \(seed)")
            let clusters = try harness.rows(
                "SELECT count(DISTINCT cluster) FROM decisions GROUP BY unit")
            #expect(Set(clusters) == [[.integer(1)]], "seed \(seed)")
        }
    }

    @Test func `a retry is a duplicate, and an id that is taken a conflict, as ever`() async throws
    {
        let ledger = try await harness.ledger(catalog)
        let first = try decision("a", "u", "h1")
        _ = try await ledger.append([first, try exposure("x", "u", "h9")])
        // A late exposure under another cluster is a fact, and the unit keeps its own.
        let receipts = try await ledger.append([
            first, try decision("a", "u", "h2"), try decision("b", "u", "h1"),
            try decision("b", "u", "h9"), try decision("c", "u", "h9"),
        ])
        #expect(
            receipts.map(\.word)
                == ["duplicate", "conflict", "accepted", "conflict", "cluster_changed"])
        #expect(receipts[0].dealt?.assignment.experiment == Name(literal: "limits"))
        // What was not recorded places nobody.
        let others = try await ledger.append([
            try decision("a", "new", "h1"), try decision("n", "new", "h2"),
        ])
        #expect(others.map(\.word) == ["conflict", "accepted"])
        // Without an id the content is the id.
        let derived = try decision(nil, "z", "h1")
        #expect(
            try await ledger.append([derived, derived, try decision(nil, "z", "h2")]).map(\.word)
                == ["accepted", "duplicate", "cluster_changed"])
    }

    @Test func `clusters of another kind are another matter, once that was accepted`() async throws
    {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append([try decision("a", "u", "h1")])
        harness.clock.advance(seconds: 1)
        let companies = try Harness.catalog("cluster: company")
        let accepting: Set<Name> = ["limits", "plain", "second"].reduce(into: []) {
            $0.formUnion(Name($1).map { [$0] } ?? [])
        }
        try await ledger.bringIntoForce(companies, at: harness.clock.now, accepting: accepting)
        let receipts = try await ledger.append([
            try decision("b", "u", "c1", catalog: companies),
            try decision("c", "u", "c2", catalog: companies),
        ])
        #expect(receipts.map(\.word) == ["accepted", "cluster_changed"])
    }

    // MARK: - What is kept of it

    @Test func `what the ledger refuses is kept in its transaction and counted by experiment`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let item = RefusedItem(
            kind: .decision, source: Array("{}".utf8),
            refusal: Refusal(code: "missing_cluster", detail: "d", hint: "h"),
            experiment: Name(literal: "limits"))
        let facts = [
            try decision("a", "u", "h1"), try decision("b", "u", "h2"),
            try decision("a", "v", "h1"), .refused(item), try decision("c", "u", "h3"),
            .outcome(
                OutcomeFact(
                    id: "o", unit: try #require(UnitID("u")), name: .control, value: .nan,
                    at: harness.clock.now, isTimeStated: true)),
        ]
        let receipts = try await ledger.append(facts, source: { Array("source \($0)".utf8) })
        #expect(
            receipts.map(\.word) == [
                "accepted", "cluster_changed", "conflict", "missing_cluster", "cluster_changed",
                "not_finite",
            ])
        #expect(
            try harness.rows(
                "SELECT kind, source, code, experiment FROM refusals ORDER BY refusal")
                == [
                    ["decision", "source 1", "cluster_changed", "limits"],
                    ["decision", "source 2", "conflict", "limits"],
                    ["decision", "{}", "missing_cluster", "limits"],
                    ["decision", "source 4", "cluster_changed", "limits"],
                    ["outcome", "source 5", "not_finite", nil],
                ].map { $0.map { SQLValue($0) } })
        let limits = Name(literal: "limits")
        let counts = try await ledger.refusalCounts(of: limits)
        #expect(counts.map(\.code) == ["cluster_changed", "conflict", "missing_cluster"])
        #expect(counts.map(\.count) == [2, 1, 1])
        #expect(try await ledger.refusalCounts(of: Name(literal: "plain")).isEmpty)
        let all = try LedgerReader(path: harness.path, salt: catalog).refusalCounts()
        #expect(all.map(\.count) == [1, 2, 1, 1])
        #expect(all.map(\.experiment) == [nil, limits, limits, limits])
        // Without a source nothing is kept, and the receipts are the same.
        #expect(try await ledger.append([facts[1]]).map(\.word) == ["cluster_changed"])
        #expect(try harness.count("refusals") == .integer(5))
    }

    @Test func `each batch that is joined to others has its own sources`() async throws {
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append([try decision("a", "u", "h0")])
        let batches = try (0..<40).map { batch in
            try (0..<5).map { try decision("b\(batch)-\($0)", "u", "h\(batch + 1)") }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, facts) in batches.enumerated() {
                group.addTask {
                    _ = try await ledger.append(facts, source: { Array("\(index)/\($0)".utf8) })
                }
            }
            try await group.waitForAll()
        }
        let kept = try harness.rows("SELECT source FROM refusals").map { $0[0] }
        let expected = (0..<40).flatMap { batch in
            (0..<5).map { SQLValue.text("\(batch)/\($0)") }
        }
        #expect(Set(kept) == Set(expected) && kept.count == expected.count)
    }

    @Test func `the question goes by indexes, and is not asked without clusters`() async throws {
        let ledger = try await harness.ledger(catalog)
        let connection = try SQLiteConnection(path: harness.path, mode: .write)
        var steps: [String] = []
        let queries = LedgerFile.placementQueries
        for query in [queries.decision, queries.exposure] {
            try connection.query(SQL(stringLiteral: "EXPLAIN QUERY PLAN " + query)) {
                row throws(SQLError) in steps.append(row.text(3) ?? "")
            }
        }
        let plan = steps.joined(separator: "; ")
        #expect(
            plan.contains("decisions USING INDEX decisions_experiment (experiment=? AND unit=?)"),
            "\(plan)")
        #expect(plan.contains("exposures USING INDEX exposures_unit (unit=?)"), "\(plan)")
        #expect(!plan.contains("SCAN"), "\(plan)")
        guard case .decision(let plain) = try decision("p", "u", "h", in: "plain"),
            case .decision(let clustered) = try decision("q", "u", "h")
        else {
            Issue.record("a decision is read as one")
            return
        }
        #expect(!plain.isClustered && clustered.isClustered)
        await ledger.close()
    }
}
