import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

/// The gates that look at what was known and served. Figures are those of Golden/gates.py.
@Suite struct GateFeatureTests {
    private static func figure(_ name: String) throws -> Double {
        let figures = try golden("HoldfastDatasetsTests/Golden/gates.json")["figures"]
        return try #require(figures?[name]?.double)
    }

    /// A tenth of both arms is reached; those have a feature `shift` standard deviations higher.
    private func shifted(by shift: Double) async throws -> Town {
        try await Town { resident in
            guard resident.number % 10 == 3 else { return }
            resident.isReached = true
            // That of an even distribution over 2,003 values.
            resident.income? += shift * 2_003 / 12.0.squareRoot()
        }
    }

    @Test func `excluded control rows of another kind close the balance`() async throws {
        let manifest = try expectClosed([.balance], try await shifted(by: 1))
        let gate = try manifest.gate(.balance)
        expectFigure(gate.figure, try GateFeatureTests.figure("balance"))
        #expect(gate.detail.contains("income"))
        let town = try await shifted(by: 0)
        #expect(try town.export(town.request, to: "set").failed == [])
    }

    @Test func `a category that hardly an excluded row has closes the balance`() async throws {
        let catalog = try simpleCatalog("features: {region: category, known: boolean}")
        for (isAlike, names) in [(false, [Gate.Name.balance]), (true, [])] {
            let shop = try await Shop(catalog)
            shop.clock.now = moment(29)
            for number in 0..<1_000 {
                let isReached = number % 10 == 3
                let isNorth = isAlike ? number % 3 == 0 : isReached && number % 3 > 0
                try await shop.append([
                    try Shop.decision(
                        catalog, "d\(number)", "u\(number)", at: moment(0),
                        features: [
                            .init(name: try name("region"), value: .category(isNorth ? "N" : "S")),
                            .init(name: try name("known"), value: .boolean(number / 10 % 2 == 0)),
                        ]),
                    try Shop.outcome("o\(number)", "u\(number)", Double(number % 2), at: moment(1)),
                ])
                guard isReached else { continue }
                try await shop.append([
                    try Shop.exposure("x\(number)", "u\(number)", in: "promo", at: moment(1))
                ])
            }
            let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(30))
            let manifest = try shop.export(request, to: "set", waived: false)
            #expect(manifest.failed == Set(names), "\(manifest.gates.filter { !$0.passed })")
        }
    }

    @Test func `outcomes that differed before the experiment began close the placebo`() async throws
    {
        func town(_ isAlike: Bool) async throws -> Town {
            try await Town { resident in
                let limit = isAlike || resident.isControl ? 1 : 3
                resident.paidBefore = resident.number % 10 < limit ? 1 : 0
            }
        }
        let manifest = try expectClosed([.placebo], try await town(false))
        expectFigure(
            try manifest.gate(.placebo).figure, try GateFeatureTests.figure("placebo"))
        let units = try #require(manifest.audit.placebo).arms.map(\.units)
        #expect(units.reduce(0, +) == Town.count)
        let alike = try await town(true)
        #expect(try alike.export(alike.request, to: "set").failed == [])
    }

    @Test func `a feature that drifts closes the agreement of parts that are split by time`()
        async throws
    {
        let catalog = try simpleCatalog(
            """
            starts: 2025-12-31T22:00:00Z, features: {income: number},
            split: {train: 50%, eval: 50%}
            """)
        let town = try await Town(catalog) { resident in
            resident.at = moment(Double(resident.number) / 100)
            resident.income = Double(resident.number)
        }
        var request = town.request
        request.splitFrom = moment(10)
        let manifest = try expectClosed([.trainEval], town, request)
        let gate = try manifest.gate(.trainEval)
        expectFigure(gate.figure, try GateFeatureTests.figure("train-eval"))
        #expect(gate.detail.contains("income"))
        // Dealt by the hash alone the parts are alike, whatever drifts.
        request.splitFrom = nil
        #expect(try town.export(request, to: "hash").failed == [])
    }

    @Test func `a treatment that serves other features closes the agreement with what is served`()
        async throws
    {
        let town = try await Town { resident in
            if !resident.isControl { resident.income? += 1_200 }
        }
        let manifest = try expectClosed([.controlServe], town)
        let gate = try manifest.gate(.controlServe)
        expectFigure(gate.figure, try GateFeatureTests.figure("control-serve"))
        #expect(gate.detail.contains("income"))
        let pictures = manifest.audit.features
        #expect(pictures.map(\.feature) == ["income"])
        #expect(pictures[0].served.reduce(0, +) == Town.count)
        #expect(pictures[0].kept.reduce(0, +) == manifest.keptCount)
    }

    @Test func `a feature that treated rows lack closes the agreement with what is served`()
        async throws
    {
        let town = try await Town { resident in
            if !resident.isControl, resident.number % 4 == 0 { resident.income = nil }
        }
        try expectClosed([.controlServe], town)
    }

    @Test func `a part without a row closes the agreement of the parts, since it cannot be told`()
        async throws
    {
        let town = try await Town("split: {train: 99%, eval: 1%}", count: 20)
        let manifest = try town.export(town.request, to: "set")
        #expect(manifest.parts.map(\.rows) == [manifest.keptCount, 0])
        let gate = try manifest.gate(.trainEval)
        #expect(!gate.passed && gate.figure == nil && gate.detail.contains("no row of eval"))
        // A part that has no share has no row by the catalog, and one alone is compared with none.
        let whole = try await Town("split: {train: 100%}", count: 200)
        let alone = try whole.export(whole.request, to: "set").gate(.trainEval)
        #expect(alone.passed && alone.detail == "there is one part alone")
    }

    @Test func `where no control row is kept no comparison with the kept passes`() async throws {
        let town = try await Town { $0.isReached = $0.isControl }
        let manifest = try town.export(town.request, to: "set")
        #expect(manifest.keptCount == 0)
        for name in [Gate.Name.balance, .trainEval, .controlServe, .minimumRows] {
            let gate = try manifest.gate(name)
            #expect(!gate.passed && !gate.detail.contains("agree in every"), "\(gate)")
        }
    }

    @Test func `where rows were left out and one arm alone has any, attrition is not passed`()
        async throws
    {
        let town = try await Town { resident in
            resident.isRecorded = resident.isControl
            resident.isReached = resident.number % 4 == 0
        }
        let gate = try town.export(town.request, to: "set").gate(.attrition)
        #expect(!gate.passed && gate.detail.contains("cannot be compared"), "\(gate)")
    }
}
