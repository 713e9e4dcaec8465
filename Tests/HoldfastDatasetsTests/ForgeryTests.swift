import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

/// A row that is right in itself, and that an earlier step would never have let come so far.
@Suite struct ForgeryTests {
    @Test func `a decision that an earlier step would have settled is not taken for assigned`()
        async throws
    {
        let real = try catalog(
            """
            holdouts: {h: {unit: customer, share: 20%}}, layers: {l: {unit: customer}},
            experiments: {limits: {unit: customer, layer: {name: l, from: 10%, to: 80%},
            traffic: 60%, overrides: {u0: control, u1: treatment},
            starts: 2026-01-01T00:00:00Z, ends: 2026-01-01T05:00:00Z,
            arms: [{control: 50%}, {treatment: 50%}], outcome: {name: paid, horizon: 3h, absent: 0}}}
            """)
        // The same arms under the same salt, and nothing before them.
        let bare = try simpleCatalog()
        let shop = try await Shop(real)
        var expected: [String: Reason] = [:]
        var facts: [Fact] = []
        for index in 0..<300 {
            let at = [moment(-1), moment(0), moment(4, -1), moment(5)][index % 4]
            let candidate = Candidate(unit: try unit("u\(index)"))
            var forged = try bare.assign(candidate, in: "limits", at: at)
            forged.revision = real.revision
            expected["d\(index)"] = try real.assign(candidate, in: "limits", at: at).reason
            facts.append(
                .decision(
                    DecisionFact(
                        id: "d\(index)", unit: candidate.unit, cluster: nil, assignment: forged,
                        at: at, isTimeStated: true)))
        }
        try await shop.append(facts)
        let request = ExportRequest(catalog: real, experiment: "limits", asOf: moment(20))
        let rows = try shop.rows(request)
        var seen: [String: Int] = [:]
        for (id, reason) in expected {
            seen[reason.word, default: 0] += 1
            #expect(rows[id]?.reasons.contains(2) == (reason != .assigned), "\(id): \(reason)")
        }
        let words = [
            "override", "not_started", "ended", "holdout", "outside_slice", "not_enrolled",
            "assigned",
        ]
        for word in words { #expect(seen[word, default: 0] > 0, "\(word) did not come up") }
    }
}
