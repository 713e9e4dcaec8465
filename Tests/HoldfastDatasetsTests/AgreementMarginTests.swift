import HoldfastAssignment
import HoldfastChecks
@testable import HoldfastDatasets
import HoldfastFormats
import Testing
import TestSupport

/// The margins that a catalog declares. Figures are those of Golden/gates.py.
@Suite struct AgreementMarginTests {
    private static func figure(_ name: String) throws -> Double {
        let figures = try golden("HoldfastDatasetsTests/Golden/gates.json")["figures"]
        return try #require(figures?[name]?.double)
    }

    /// What one town's gate says under a catalog with this agreement, which deals as the town's.
    private func gate(
        _ name: Gate.Name, of town: Town, _ agreement: String, _ more: String = "",
        change: (inout ExportRequest) -> Void = { _ in }
    ) throws -> (gate: Gate, pictures: [Audit.FeatureHistogram]) {
        let catalog = try simpleCatalog(
            "starts: 2025-12-31T22:00:00Z, features: {income: number}\(more)"
                + (agreement.isEmpty ? "" : ", agreement: {\(agreement)}"))
        var request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(30))
        change(&request)
        let manifest = try town.export(request, to: "set \(agreement.hashValue)")
        return (try manifest.gate(name), manifest.audit.features)
    }

    @Test func `the agreement with what is served is judged by the experiment's own margins`()
        async throws
    {
        let town = try await Town { resident in
            if !resident.isControl { resident.income? += 1_200 }
        }
        // The distance is 0.3: see GateFeatureTests.
        for (agreement, passes, limit) in [
            ("", false, 0.1), ("margin: 0.2", false, 0.2), ("margin: 0.4", true, 0.4),
            ("columns: {income: {margin: 0.4}}", true, 0.1),
            ("margin: 0.4, columns: {income: {margin: 0.2}}", false, 0.4),
            ("columns: {Income: {margin: 0.4}}", false, 0.1), ("missing: 0.4", false, 0.1),
            ("columns: {income: {missing: 0.4}}", false, 0.1),
        ] {
            let found = try gate(.controlServe, of: town, agreement).gate
            #expect(found.passed == passes && found.limit == limit, "\(agreement): \(found)")
            expectFigure(found.figure, try Self.figure("control-serve"))
        }
        let ignored = try gate(.controlServe, of: town, "ignore: [income]")
        #expect(ignored.gate.passed && ignored.gate.figure == nil && ignored.pictures.isEmpty)
    }

    @Test func `a narrow margin finds a difference that the usual one lets through`() async throws {
        let town = try await Town { resident in
            if !resident.isControl { resident.income? += 500 }
        }
        #expect(try gate(.controlServe, of: town, "").gate.passed)
        #expect(try !gate(.controlServe, of: town, "margin: 0.01").gate.passed)
        #expect(try !gate(.controlServe, of: town, "columns: {income: {margin: 0.01}}").gate.passed)
    }

    @Test func `missing cells have a margin of their own`() async throws {
        let town = try await Town { resident in
            if !resident.isControl, resident.number % 4 == 0 { resident.income = nil }
        }
        for (agreement, passes) in [
            ("", false), ("margin: 0.4", false), ("missing: 0.3", true),
            ("columns: {income: {missing: 0.3}}", true),
            ("missing: 0.3, columns: {income: {missing: 0.02}}", false),
            ("missing: 0.3, columns: {income: {margin: 0.2}}", true),
        ] {
            let found = try gate(.controlServe, of: town, agreement).gate
            #expect(found.passed == passes, "\(agreement): \(found)")
        }
    }

    @Test func `parts that are split by time are judged by the same margins`() async throws {
        let split = ", split: {train: 50%, eval: 50%}"
        let catalog = try simpleCatalog(
            "starts: 2025-12-31T22:00:00Z, features: {income: number}\(split)")
        let town = try await Town(catalog) { resident in
            resident.at = moment(Double(resident.number) / 100)
            // Three of four rows behind the split have what nobody has before it.
            resident.income = resident.number >= 1_000 && resident.number % 4 > 0 ? 5_000 : 7
        }
        for (agreement, passes) in [
            ("", false), ("margin: 0.9", true), ("columns: {income: {margin: 0.9}}", true),
            ("ignore: [income]", true), ("ignore: [paid]", false), ("ignore: [income, paid]", true),
        ] {
            let found = try gate(.trainEval, of: town, agreement, split) {
                $0.splitFrom = moment(10)
            }
            #expect(found.gate.passed == passes, "\(agreement): \(found.gate)")
            #expect(found.gate.limit == (agreement == "margin: 0.9" ? 0.9 : 0.1))
        }
    }

    @Test func `a number that is a category is compared by its values' shares`() async throws {
        // Even codes in control and odd ones in treatment: near as numbers, apart as codes.
        let town = try await Town { resident in
            let code = resident.number * 7_919 % 10 * 2
            resident.income = Double(resident.isControl ? code : code + 1)
        }
        let number = try gate(.controlServe, of: town, "")
        #expect(number.gate.passed && number.pictures.first?.categories == [], "\(number.gate)")
        let category = try gate(.controlServe, of: town, "categories: [income]")
        #expect(!category.gate.passed && category.gate.detail.contains("income"))
        #expect((category.gate.figure ?? 0) > 0.4)
        #expect(category.pictures.first?.categories.isEmpty == false)
    }

    @Test func `a weighted set has the limit of its own figure, and ignores what is ignored`()
        async throws
    {
        let town = try await Town { resident in
            if !resident.isControl { resident.income? += 1_200 }
            resident.isReached = resident.number % 10 == 3
        }
        for (agreement, passes) in [
            ("", false), ("margin: 0.9", false), ("ignore: [income]", true),
        ] {
            let found = try gate(.controlServe, of: town, agreement) {
                $0.isCensoringWeighted = true
            }
            #expect(found.gate.passed == passes && found.gate.limit == 0.1, "\(found.gate)")
        }
    }

    @Test func `what is declared is added to the check's options, and the rest stays`() throws {
        let catalog = try simpleCatalog(
            """
            agreement: {missing: 0.2, columns: {income: {margin: 0.3}, age: {missing: 0.4}},
            categories: [store_code, shop], ignore: [decided_at, id]}
            """)
        let experiment = try #require(catalog[experiment: "limits"])
        var options = CheckOptions()
        options.margins.distribution = 0.25
        options.columnMargins = [
            "age": Margins(distribution: 0.7, missingShare: 0.8), "region": Margins(),
        ]
        options.categories = ["shop"]
        options.ignored = ["id", "unit"]
        options.apply(experiment.agreement)
        #expect(options.margins == Margins(distribution: 0.25, missingShare: 0.2))
        #expect(
            options.columnMargins == [
                "income": Margins(distribution: 0.3, missingShare: 0.2),
                "age": Margins(distribution: 0.7, missingShare: 0.4), "region": Margins(),
            ])
        #expect(options.categories == ["shop", "store_code"])
        #expect(options.ignored == ["id", "unit", "decided_at"])
        let applied = options
        options.apply(experiment.agreement)
        #expect(options == applied, "twice is once")
        var defaults = CheckOptions()
        defaults.apply(try #require(try simpleCatalog()[experiment: "limits"]).agreement)
        #expect(defaults == CheckOptions())
    }
}
