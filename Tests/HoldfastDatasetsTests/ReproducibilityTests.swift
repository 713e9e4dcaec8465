import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastReports
import HoldfastSQL
import Testing
import TestSupport

/// The same facts give the same bytes, whatever came when, with everything switched on.
@Suite struct ReproducibilityTests {
    /// Whatever a set holds.
    private static let files = [
        "train.csv", "eval.csv", "manifest.json", "croissant.json", "datapackage.json",
        "report.html",
    ]

    /// Households, two holdouts, scores, features logged and of the user's, and another model.
    ///
    /// `promo` is what stands behind the other experiment's unit.
    static func catalog(promo: String = "") throws -> Catalog {
        try HoldfastDatasetsTests.catalog(
            """
            holdouts: {h: {unit: customer, share: 10%}, g: {unit: customer, share: 5%}},
            experiments: {limits: {unit: customer, cluster: household, traffic: 90%,
            starts: 2025-12-31T22:00:00Z, arms: [{control: 40%}, {treatment: 60%}], washout: 2h,
            outcome: {name: paid, horizon: 3h, absent: unknown},
            split: {train: 60%, eval: 40%},
            features: {income: number, region: category, known: boolean}},
            promo: {unit: customer\(promo), arms: [{control: 50%}, {on: 50%}]}}
            """)
    }

    /// Four hundred units in households of two, and all that can happen to them.
    static func facts(_ catalog: Catalog) throws -> [Fact] {
        var chance = SeededGenerator(seed: 7)
        var facts: [Fact] = []
        for number in 0..<400 {
            let (unit, household) = ("u\(number)", "h\(number / 2)")
            for round in 0..<(number % 7 == 0 ? 2 : 1) {
                let at = moment(Double(number % 20) + Double(round) / 2, Int64(chance.below(3)))
                var features: [LoggedFeature] = []
                if number % 6 > 0 {
                    let income = Double(chance.below(1_000_000)) / 997
                    features.append(.init(name: try name("income"), value: .number(income)))
                }
                let region = chance.pick(["north", "süd", "a,\"b\""])
                features.append(.init(name: try name("region"), value: .category(region)))
                features.append(.init(name: try name("known"), value: .boolean(number % 3 == 0)))
                facts.append(
                    try Shop.decision(
                        catalog, "d\(number)-\(round)", unit, cluster: household, at: at,
                        score: Double(chance.below(1_000)) / 1_000,
                        intended: chance.pick([true, false, nil]), features: features))
                let later = Timestamp(microseconds: at.microseconds + hour)
                if chance.below(12) > 0 {
                    facts.append(
                        try Shop.outcome(
                            "o\(number)-\(round)", unit, Double(chance.below(2)), at: later))
                }
                guard chance.below(12) == 0 else { continue }
                facts.append(
                    try Shop.exposure("x\(number)-\(round)", unit, in: "promo", at: later))
            }
            facts.append(
                try Shop.outcome("b\(number)", unit, Double(chance.below(2)), at: moment(-3)))
        }
        return facts
    }

    /// A table of the user's features: of some units none, of some a late one.
    static func table() -> String {
        var lines = ["unit,at,income,debt,club"]
        for number in 0..<400 where number % 9 > 0 {
            let stamp = number % 25 == 3 ? moment(29) : moment(-1)
            let debt = Double(number * 7_919 % 1_009) / 31
            lines.append("u\(number),\(stamp),\(number * 37 % 1_003),\(debt),\(number % 4)th")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Everything switched on.
    static func request(_ catalog: Catalog, _ shop: Shop) throws -> ExportRequest {
        let path = try shop.folder.write("features.csv", table())
        var request = ExportRequest(
            catalog: catalog, experiment: "limits", asOf: moment(30), observations: .last,
            mode: .weighted, splitFrom: moment(10),
            features: .init(path: path, timeToLive: Span("2d")), isCensoringWeighted: true)
        for gate in Gate.Name.allCases { request.waivers[gate] = "a test" }
        return request
    }

    private static func bytes(_ shop: Shop, _ folder: String) throws -> [String] {
        let files = try shop.folder.names.contains(folder) ? files : []
        return try files.map { try shop.text("\(folder)/\($0)") }
    }

    private static func export(
        _ shop: Shop, _ request: ExportRequest, to folder: String
    ) throws -> Manifest {
        try Export.run(
            request, ledger: shop.path, to: shop.folder.file(folder), report: ManifestHTML.render)
    }

    @Test func `facts in other orders and other batches give the same bytes`() async throws {
        let catalog = try ReproducibilityTests.catalog()
        let facts = try ReproducibilityTests.facts(catalog)
        var first: (digest: String, bytes: [String])?
        for seed in 0..<5 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let shop = try await Shop(catalog)
            shop.clock.now = moment(25)
            var rest = seed == 0 ? facts[...] : facts.shuffled(using: &chance)[...]
            while !rest.isEmpty {
                let size = seed == 0 ? rest.count : 1 + chance.below(200)
                try await shop.append(Array(rest.prefix(size)))
                shop.clock.now = Timestamp(microseconds: shop.clock.now.microseconds + 1)
                rest = rest.dropFirst(size)
            }
            let request = try ReproducibilityTests.request(catalog, shop)
            let manifest = try ReproducibilityTests.export(shop, request, to: "set")
            let bytes = try ReproducibilityTests.bytes(shop, "set")
            try #require(bytes.count == ReproducibilityTests.files.count)
            guard let first else {
                // What is compared is no empty set: every audit has something to say.
                #expect(manifest.parts.allSatisfy { $0.rows > 20 }, "\(manifest.parts)")
                #expect(manifest.audit.weights.trimmedShare != nil)
                #expect(manifest.audit.placebo != nil && manifest.featureTable != nil)
                #expect(manifest.audit.balance.count > 5 && manifest.audit.features.count > 4)
                let found = Set(manifest.excluded.filter { $0.holds > 0 }.map(\.exclusion))
                let asked: Set<Exclusion> = [
                    .notRandomised, .notControl, .interference, .clusterExposed, .notRipe,
                    .featureTime, .outsideSplit,
                ]
                #expect(found.isSuperset(of: asked), "\(found)")
                first = (manifest.digest, bytes)
                continue
            }
            #expect(manifest.digest == first.digest, "seed \(seed)")
            for (file, pair) in zip(ReproducibilityTests.files, zip(first.bytes, bytes)) {
                #expect(pair.0 == pair.1, "seed \(seed): \(file)")
            }
        }
    }

    @Test func `what is received after the as-of time changes no byte`() async throws {
        let catalog = try ReproducibilityTests.catalog()
        let shop = try await Shop(catalog)
        shop.clock.now = moment(30)
        try await shop.append(try ReproducibilityTests.facts(catalog))
        let request = try ReproducibilityTests.request(catalog, shop)
        let before = try ReproducibilityTests.export(shop, request, to: "before")
        shop.clock.now = moment(30, 1)
        // Whatever could change a row, a band, a category, a window or a share.
        var facts: [Fact] = []
        for number in 0..<60 {
            let (unit, household) = ("u\(number)", "h\(number / 2)")
            facts += [
                try Shop.decision(
                    catalog, "late\(number)", unit, cluster: household, at: moment(1),
                    score: 40 + Double(number), intended: false,
                    features: [.init(name: try name("region"), value: .category("new"))]),
                try Shop.decision(
                    catalog, "moved\(number)", unit, cluster: "h-other", at: moment(2)),
                try Shop.exposure(
                    "late-x\(number)", unit, cluster: household, at: moment(Double(number % 20))),
                try Shop.exposure("late-p\(number)", unit, in: "ghost", at: moment(1)),
                try Shop.outcome("late-o\(number)", unit, 9, at: moment(2)),
                try Shop.outcome("late-b\(number)", unit, 9, at: moment(-2.5)),
            ]
        }
        try await shop.append(facts)
        for (sequence, start) in [(Int64(1), 0.0), (9, 12)] {
            let number = BatchNumber(
                source: try name("till"), sequence: sequence, span: moment(start)...moment(start))
            try await shop.append([], number: number)
        }
        let after = try ReproducibilityTests.export(shop, request, to: "after")
        #expect(before.digest == after.digest)
        let (one, other) = (
            try ReproducibilityTests.bytes(shop, "before"),
            try ReproducibilityTests.bytes(shop, "after")
        )
        for (file, pair) in zip(ReproducibilityTests.files, zip(one, other)) {
            #expect(pair.0 == pair.1, "\(file)")
        }
        var later = request
        later.asOf = moment(31)
        let new = try ReproducibilityTests.export(shop, later, to: "later")
        #expect(new.digest != before.digest)
    }
}
