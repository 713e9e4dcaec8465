import HoldfastAssignment
import HoldfastDatasets
import HoldfastLedger
import Testing
import TestSupport

/// Experiments that deal other things than this one's units.
@Suite struct UnitKindTests {
    @Test func `a treated household is a treatment of each of its customers, in the window`()
        async throws
    {
        let catalog = try catalog(
            """
            experiments: {
            limits: {unit: customer, cluster: household, arms: [{control: 99%}, {treatment: 1%}],
            washout: 1h, outcome: {name: paid, horizon: 3h, absent: 0}},
            letters: {unit: household, arms: [{control: 50%}, {treatment: 50%}]}}
            """)
        let shop = try await Shop(catalog)
        var facts: [Fact] = []
        // A household for each end of the window, and one that was never reached.
        let reached = [0: moment(-1), 1: moment(3, -1), 2: moment(-1, -1), 3: moment(3)]
        for household in 0..<5 {
            let cluster = try unit("h\(household)")
            let candidate = Candidate(unit: try unit("c\(household)"), cluster: cluster)
            facts.append(
                .decision(
                    DecisionFact(
                        id: "d\(household)", unit: candidate.unit, cluster: cluster,
                        assignment: try catalog.assign(candidate, in: "limits", at: moment(0)),
                        at: moment(0), isTimeStated: true)))
            guard let at = reached[household] else { continue }
            facts.append(
                .exposure(
                    ExposureFact(
                        id: "e\(household)", unit: cluster, cluster: nil,
                        experiment: try #require(Name("letters")),
                        arm: try #require(Name("treatment")), at: at, isTimeStated: true)))
        }
        try await shop.append(facts)
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(20))
        let rows = try shop.rows(request)
        let hit = (0..<5).map { rows["d\($0)"]?.reasons.contains(5) }
        #expect(hit == [true, true, false, false, false])
    }

    @Test func `a treated customer is a treatment of a household that is itself a unit`()
        async throws
    {
        let catalog = try HoldfastDatasetsTests.catalog(
            """
            experiments: {
            letters: {unit: household, arms: [{control: 100%}], washout: 2h,
            outcome: {name: paid, horizon: 3h, absent: 0}},
            limits: {unit: customer, cluster: household, arms: [{control: 50%}, {treatment: 50%}]}}
            """)
        let shop = try await Shop(catalog)
        var facts: [Fact] = []
        for (index, hours) in [-2.0, 2.9, 3, -2.1].enumerated() {
            facts.append(
                try Shop.decision(
                    catalog, "d\(index)", "h\(index)", at: moment(0), in: "letters"))
            facts.append(
                try Shop.exposure(
                    "x\(index)", "c\(index)", cluster: "h\(index)", at: moment(hours)))
        }
        try await shop.append(facts)
        let request = ExportRequest(catalog: catalog, experiment: "letters", asOf: moment(20))
        let rows = try shop.rows(request)
        #expect((0..<4).map { rows["d\($0)"]?.reasons } == [[5], [5], [], []])
    }
}
