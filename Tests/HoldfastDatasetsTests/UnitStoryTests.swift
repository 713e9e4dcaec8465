import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastReports
import HoldfastSQL
import Testing
import TestSupport

/// One unit's story has everything that the export saw of it, and says the same as the export.
@Suite struct UnitStoryTests {
    /// Anna of the farm is control, and dora is withheld; salt and names are chosen so.
    private static func catalog() throws -> Catalog {
        try HoldfastDatasetsTests.catalog(
            """
            holdouts: {h: {unit: customer, share: 20%, covers: [limits, promo, news]}},
            experiments: {limits: {unit: customer, cluster: household, washout: 2h,
            arms: [{control: 50%}, {treatment: 50%}], interferes: [promo, visits],
            overrides: {tess: treatment}, outcome: {name: paid, horizon: 3h, absent: unknown}},
            promo: {unit: customer, arms: [{control: 50%}, {on: 50%}]},
            visits: {unit: household, arms: [{control: 50%}, {on: 50%}]},
            news: {unit: customer, arms: [{control: 50%}, {on: 50%}]}}
            """)
    }

    /// Every kind of decision and every kind of event.
    private static func shop() async throws -> (Shop, ExportRequest) {
        let catalog = try catalog()
        let shop = try await Shop(catalog)
        shop.clock.now = moment(29)
        func decide(_ id: String, _ unit: String, _ hours: Double) throws -> Fact {
            try Shop.decision(catalog, id, unit, cluster: "farm", at: moment(hours))
        }
        try await shop.append([
            try decide("d-1", "anna", 0), try decide("d-2", "anna", 1),
            try Shop.outcome("o-1", "anna", 0.5, at: moment(1)),
            try decide("d-3", "anna", 10),
            try Shop.exposure("x-1", "anna", in: "promo", arm: "on", at: moment(10)),
            try Shop.exposure("x-2", "anna", cluster: "farm", at: moment(11)),
            try Shop.exposure("x-3", "bert", cluster: "farm", at: moment(9)),
            try Shop.exposure("x-4", "farm", in: "visits", arm: "on", at: moment(12.5)),
            try decide("d-4", "anna", 20),
            try Shop.exposure("x-5", "anna", cluster: "farm", arm: "control", at: moment(20.5)),
            try Shop.exposure("x-6", "anna", in: "news", arm: "on", at: moment(21)),
            try Shop.outcome("o-2", "anna", 7, at: moment(21), name: "visits"),
            try Shop.outcome("o-3", "anna", 1, at: moment(22, 5)),
            try decide("d-5", "anna", 28),
            try decide("e-1", "dora", 20), try Shop.outcome("o-4", "dora", 1, at: moment(20)),
            try decide("f-1", "tess", 20),
        ])
        // What came too late is no part of the story.
        shop.clock.now = moment(31)
        try await shop.append([
            try decide("d-6", "anna", 5), try Shop.outcome("o-5", "anna", 1, at: moment(29)),
            try Shop.exposure("x-7", "anna", in: "promo", arm: "on", at: moment(20)),
        ])
        return (shop, ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(30)))
    }

    private static func tell(
        _ unit: String, _ shop: Shop, _ request: ExportRequest
    ) throws -> UnitStory {
        try UnitStory.tell(
            try HoldfastDatasetsTests.unit(unit), request, ledger: shop.path)
    }

    @Test func `a story tells all that happened, in the order of time`() async throws {
        let (shop, request) = try await UnitStoryTests.shop()
        let story = try UnitStoryTests.tell("anna", shop, request)
        // Written from the facts above, and read by people.
        let golden = try Repository.text("Tests/HoldfastDatasetsTests/Golden/unit-story.txt")
        #expect(UnitStoryText.render(story) + "\n" == golden)
    }

    @Test func `a holdout and an override are told by their reason`() async throws {
        let (shop, request) = try await UnitStoryTests.shop()
        let withheld = try UnitStoryTests.tell("dora", shop, request)
        #expect(withheld.decisions.map(\.arm) == [nil])
        #expect(withheld.decisions.map(\.reason) == ["holdout"])
        #expect(withheld.decisions.map(\.exclusions) == [[]])
        #expect(withheld.decisions.map(\.weight) == [1])
        #expect(UnitStoryText.render(withheld).contains("decision e-1 of farm: holdout"))
        let tester = try UnitStoryTests.tell("tess", shop, request)
        #expect(tester.decisions.map(\.reason) == ["override"])
        #expect(tester.decisions.map(\.exclusions) == [[.notRandomised, .notControl, .notRipe]])
        #expect(UnitStoryText.render(tester).hasSuffix("0 of 1 decisions kept"))
    }

    @Test func `every story is valid by its schema, and its text has a line for each event`()
        async throws
    {
        let schema = try JSONSchemaValidator("unit-story.schema.json")
        let (shop, request) = try await UnitStoryTests.shop()
        for unit in ["anna", "dora", "tess"] {
            let story = try UnitStoryTests.tell(unit, shop, request)
            let json = UnitStoryText.json(story)
            #expect(schema.faults(json) == [], "\(unit)")
            #expect(try JSON.parse(Array(json.text().utf8)) == json)
            #expect(json["decisions"]?.array?.count == story.decisions.count)
            let kinds = Set((json["events"]?.array ?? []).compactMap { $0["kind"]?.string })
            if unit == "anna" { #expect(kinds == ["exposure", "member_treated", "outcome"]) }
            let lines = UnitStoryText.render(story).split(separator: "\n")
            let entries = lines.count { $0.hasPrefix("2026-") }
            #expect(entries == story.events.count + story.decisions.count)
        }
    }

    @Test func `a unit without a decision is an error, and so is one decided too late`()
        async throws
    {
        let (shop, request) = try await UnitStoryTests.shop()
        for (unit, asOf) in [("anne", moment(30)), ("bert", moment(30)), ("anna", moment(28))] {
            var request = request
            request.asOf = asOf
            let error = #expect(throws: ExportError.self) {
                try UnitStoryTests.tell(unit, shop, request)
            }
            #expect(error?.message.contains("no decision") == true, "\(unit)")
            #expect(error?.hint.contains("--as-of") == true)
        }
        var unknown = request
        unknown.experiment = "none"
        #expect(throws: ExportError.self) { try UnitStoryTests.tell("anna", shop, unknown) }
    }

    // MARK: - The same as the export

    /// What a story says of each decision, as the export's own rows.
    private func expectSame(
        _ units: [String], _ shop: Shop, _ request: ExportRequest, _ place: String
    ) throws -> Int {
        let rows = try shop.rows(request)
        var told = 0
        for unit in units {
            let story: UnitStory
            do {
                story = try UnitStoryTests.tell(unit, shop, request)
            } catch is ExportError {
                continue
            }
            for decision in story.decisions {
                let row = try #require(rows[decision.id], "\(place): \(decision.id)")
                #expect(
                    decision.exclusions.map(\.rawValue) == row.reasons,
                    "\(place): \(decision.id): \(row)")
                #expect(decision.part == row.part && decision.label == row.label, "\(place)")
                #expect(decision.weight == row.weight, "\(place): \(decision.id): \(row)")
                told += 1
            }
        }
        return told
    }

    @Test func `stories of random ledgers say of each decision what the export says`() async throws
    {
        var told = 0
        for seed in 0..<16 as Range<UInt64> {
            let random = try await RandomShop(seed: seed)
            let count = try expectSame(
                (0..<14).map { "u\($0)" } + ["é", "e\u{301}"], random.shop, random.request,
                "seed \(seed)")
            #expect(count == (try random.shop.rows(random.request)).count, "seed \(seed)")
            told += count
        }
        #expect(told > 400)
    }

    @Test func `with censoring weights a story has the weight that the row has in the set`()
        async throws
    {
        let catalog = try ReproducibilityTests.catalog()
        let shop = try await Shop(catalog)
        shop.clock.now = moment(25)
        try await shop.append(try ReproducibilityTests.facts(catalog))
        let request = try ReproducibilityTests.request(catalog, shop)
        let reader = try LedgerReader(path: shop.path, salt: catalog)
        let (stage, _) = try Export.prepare(request, from: reader) { _ in }
        var weights: [String: Double] = [:]
        try stage.engine.read(
            """
            SELECT d.id, k.weight FROM hf_kept AS k
            JOIN decisions AS d ON d.decision = k.decision WHERE k.reasons = 0
            """
        ) { row throws(SQLError) in weights[row.text(0) ?? ""] = row.real(1) }
        var told: [String: Double] = [:]
        for number in stride(from: 0, to: 120, by: 3) {
            let story = try UnitStoryTests.tell("u\(number)", shop, request)
            #expect(story.decisions.allSatisfy { $0.id.hasPrefix("d\(number)-") })
            for decision in story.decisions {
                told[decision.id] = decision.weight
                #expect(decision.weight == weights[decision.id], "\(decision.id)")
            }
        }
        #expect(told.count > 5 && Set(told.values).count > 3, "\(told)")
    }
}
