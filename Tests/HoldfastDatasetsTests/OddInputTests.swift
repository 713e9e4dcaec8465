import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

/// Labels, features and times that nobody means, and what an export says of them.
@Suite struct OddInputTests {
    private static func shop(
        _ catalog: Catalog, outcomes: [(hours: Double, value: Double)] = []
    ) async throws -> Shop {
        let shop = try await Shop(catalog)
        shop.clock.now = moment(5)
        var facts: [Fact] = []
        for number in 0..<400 {
            facts.append(try Shop.decision(catalog, "d\(number)", "u\(number)", at: moment(1)))
            for (index, outcome) in outcomes.enumerated() where index == 0 || number == 0 {
                facts.append(
                    try Shop.outcome(
                        "o\(number)-\(index)", "u\(number)", outcome.value,
                        at: moment(outcome.hours)))
            }
        }
        try await shop.append(facts)
        return shop
    }

    private static func positives(_ catalog: Catalog, _ shop: Shop) throws -> Gate {
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(10))
        let manifest = try shop.export(request, to: "out", waived: false)
        return try #require(manifest.gates.first { $0.name == .positives })
    }

    @Test func `a label that is one number, whatever it is, closes a gate`() async throws {
        let catalog = try simpleCatalog(absent: "7")
        let gate = try Self.positives(catalog, try await Self.shop(catalog))
        #expect(!gate.passed && gate.figure == 0, "\(gate)")
    }

    @Test func `one label that is no number among nothing but zeros opens no gate`() async throws {
        let catalog = try simpleCatalog("split: {all: 100%}")
        let shop = try await Self.shop(catalog)
        try await shop.append(
            try (0..<400).map { number in
                try Shop.outcome(
                    "o\(number)", "u\(number)", number < 4 ? 0.5 : 0, at: moment(2))
            })
        let gate = try Self.positives(catalog, shop)
        #expect(!gate.passed && (gate.figure ?? 400) <= 4, "\(gate)")
    }

    @Test func `outcomes beyond all whole numbers before the start are told, not counted on`()
        async throws
    {
        let catalog = try simpleCatalog("starts: \(moment(0))")
        let shop = try await Self.shop(catalog, outcomes: [(-1, 1.7e18)])
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(10))
        let manifest = try shop.export(request, to: "out")
        let gate = try #require(manifest.gates.first { $0.name == .placebo })
        #expect(gate.passed && gate.detail.contains("1.7e+18"), "\(gate)")
    }

    @Test(arguments: ["paid", "Stamped_At", "weight"])
    func `a table of features may not have a column of the set's own`(name: String) async throws {
        let catalog = try simpleCatalog()
        let shop = try await Self.shop(catalog)
        try shop.folder.write("features.csv", "unit,at,\(name)\nu1,2025-12-01T00:00:00Z,1\n")
        let request = ExportRequest(
            catalog: catalog, experiment: "limits", asOf: moment(10),
            features: ExportRequest.FeatureSource(path: shop.folder.file("features.csv")))
        let error = #expect(throws: ExportError.self) { try shop.export(request, to: "out") }
        #expect(error?.message.contains(name) == true)
    }

    @Test func `ids in a table of features keep their digits, and a quoted nothing is missing`()
        async throws
    {
        let catalog = try simpleCatalog("split: {all: 100%}, features: {age: integer}")
        let shop = try await Self.shop(catalog)
        let rows = (0..<400).map { "u\($0),2025-12-01T00:00:00Z,900719925474099\($0 % 10),\"\"" }
        try shop.folder.write(
            "features.csv", "unit,at,account,age\n" + rows.joined(separator: "\n") + "\n")
        let request = ExportRequest(
            catalog: catalog, experiment: "limits", asOf: moment(10),
            features: ExportRequest.FeatureSource(path: shop.folder.file("features.csv")))
        let manifest = try shop.export(request, to: "out")
        #expect(manifest.columns.first { $0.name == "account" }?.type == "text")
        let text = try shop.text("out/all.csv")
        #expect(text.contains(",9007199254740993,,"))
    }

    @Test func `a time before anything was received says so`() async throws {
        let catalog = try simpleCatalog()
        let shop = try await Self.shop(catalog)
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(-200))
        let error = #expect(throws: ExportError.self) { try shop.export(request, to: "out") }
        #expect(error?.message.contains("received nothing") == true)
    }
}
