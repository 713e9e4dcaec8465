import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastTables
import Testing
import TestSupport

/// Weights make up for what was excluded by what happened after the assignment.
@Suite struct CensoringTests {
    /// The label's mean, weighted, and the weights, of all parts of a set.
    private func read(_ folder: String, _ shop: Shop) throws -> (mean: Double, weights: [Double]) {
        var weights: [Double] = []
        var sum = 0.0
        for part in ["train", "eval"] {
            var reader = try CSVReader(path: shop.folder.file("\(folder)/\(part).csv"))
            let label = try place(of: "paid", in: reader)
            let weight = reader.index(of: "weight")
            while try reader.next() {
                let value = try weight.map { try reader.number($0) } ?? 1
                weights.append(value)
                sum += try value * reader.number(label)
            }
        }
        return (sum / weights.reduce(0, +), weights)
    }

    /// One of the worlds of Golden/Censoring, in a ledger: all units are control, and what reaches
    /// some of them is the treatment of another model.
    private func world(_ name: String) async throws -> (shop: Shop, catalog: Catalog) {
        let catalog = try simpleCatalog(
            "features: {x0: number, x1: number, x2: number}", arms: "[{control: 100%}]")
        let shop = try await Shop(catalog)
        shop.clock.now = moment(8)
        let path = Repository.root + "/Tests/HoldfastDatasetsTests/Golden/Censoring/rows.csv"
        var reader = try CSVReader(path: path)
        let reached = try place(of: "\(name)_reached", in: reader)
        let paid = try place(of: "\(name)_paid", in: reader)
        var facts: [Fact] = []
        while try reader.next() {
            let unit = "u\(reader.row)"
            let features = try (0..<3).map { index in
                LoggedFeature(
                    name: try HoldfastDatasetsTests.name("x\(index)"),
                    value: .number(try reader.number(index)))
            }
            facts.append(
                try Shop.decision(
                    catalog, "d\(unit)", unit, at: moment(0), features: features))
            if try reader.text(reached) == "1" {
                facts.append(try Shop.exposure("x\(unit)", unit, in: "other", at: moment(1)))
            }
            let value = try reader.number(paid)
            facts.append(try Shop.outcome("o\(unit)", unit, value, at: moment(2)))
        }
        try await shop.append(facts)
        return (shop, catalog)
    }

    @Test(arguments: ["mild", "steep"])
    func `weights bring the outcome's mean back to the truth, as scikit-learn's do`(
        name: String
    ) async throws {
        let figures = try #require(
            try golden("HoldfastDatasetsTests/Golden/Censoring/censoring.json")[name])
        func figure(_ key: String) throws -> Double { try #require(figures[key]?.double) }
        let (shop, catalog) = try await world(name)
        var request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(9))
        let plain = try shop.export(request, to: "plain")
        request.isCensoringWeighted = true
        let weighted = try shop.export(request, to: "weighted")

        #expect(plain.keptCount == weighted.keptCount)
        #expect(plain.decisionCount - plain.keptCount == Int(try figure("reached")))
        let (mean, _) = try read("plain", shop)
        expectFigure(mean, try figure("plain"))
        let (repaired, weights) = try read("weighted", shop)
        expectFigure(repaired, try figure("weighted"), within: 1e-5)
        let truth = try figure("truth")
        #expect(abs(repaired - truth) < abs(mean - truth) / 3, "\(mean), \(repaired), \(truth)")

        let audit = weighted.audit.weights
        expectFigure(audit.sum, try figure("sum"), within: 1e-5)
        expectFigure(audit.sum, weights.reduce(0, +))
        expectFigure(audit.effectiveSize, try figure("effective_size"), within: 1e-4)
        expectFigure(audit.largest, try figure("largest"), within: 1e-4)
        let trimmed = try #require(audit.trimmedShare)
        let cut = try figure("trimmed_share")
        #expect(abs(trimmed - cut) < 1e-5)
        #expect((trimmed > 0) == (name == "steep"))
        #expect(plain.audit.weights.trimmedShare == nil)
        #expect(weighted.json["audit"]?["weights"]?["trimmed_share"]?.double == trimmed)
        // What the exclusion did is seen in the balance either way.
        #expect(try !plain.gate(.balance).passed)
        // Held against all rows together, and counted apart.
        for (one, other) in zip(plain.audit.balance, weighted.audit.balance) {
            #expect(one.feature == other.feature && one.kept == other.kept)
            #expect(one.excluded == other.excluded && other.excluded > 0)
        }
    }

    // MARK: - Features of every kind

    /// A world in which units with this are reached; `features` are those of a unit by its number.
    private func weights(
        _ declared: String, reached: (Int) -> Bool,
        features: (Int) throws -> [LoggedFeature]
    ) async throws -> (weights: [Double], sum: Double) {
        let catalog = try simpleCatalog(
            declared.isEmpty ? "" : "features: {\(declared)}", arms: "[{control: 100%}]")
        let shop = try await Shop(catalog)
        shop.clock.now = moment(8)
        var facts: [Fact] = []
        for number in 0..<400 {
            facts.append(
                try Shop.decision(
                    catalog, "d\(number)", "u\(number)", at: moment(0),
                    features: try features(number)))
            guard reached(number) else { continue }
            facts.append(
                try Shop.exposure("x\(number)", "u\(number)", in: "other", at: moment(1)))
        }
        try await shop.append(facts)
        var request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(9))
        request.isCensoringWeighted = true
        let manifest = try shop.export(request, to: "set")
        #expect(manifest.audit.weights.trimmedShare?.isFinite == true)
        #expect(manifest.audit.weights.rows == (0..<400).count { !reached($0) })
        if (0..<400).allSatisfy({ !reached($0) }) {
            #expect(manifest.audit.balance.allSatisfy { $0.excluded == 0 })
            #expect(try !manifest.gate(.balance).detail.contains("400 excluded"))
        }
        return (try read("set", shop).weights, manifest.audit.weights.sum)
    }

    private func feature(_ text: String, _ value: FeatureValue) throws -> LoggedFeature {
        LoggedFeature(name: try name(text), value: value)
    }

    @Test func `a category, a truth and a missing value each stand for their own`() async throws {
        // A quarter, a half and three quarters of three kinds are reached: 4/3, 2 and 4 by right.
        func reached(_ number: Int) -> Bool { number / 4 % 4 <= number % 4 && number % 4 < 3 }
        let share = (0..<4).map { kind in
            let kept = (0..<400).count { $0 % 4 == kind && !reached($0) }
            return kept == 0 ? 0 : 100 / Double(kept)
        }
        for declared in ["x: category", "x: number"] {
            let found = try await weights(declared, reached: reached) { number in
                switch (declared, number % 4) {
                case (_, 3): []
                case ("x: category", let kind): [try feature("x", .category("k\(kind)"))]
                case (_, let kind): [try feature("x", .number(Double(kind)))]
                }
            }
            #expect(found.weights.allSatisfy { $0.isFinite && $0 >= 1 && $0 <= 20 })
            expectFigure(found.sum, 400, within: 0.01)
            guard declared == "x: category" else { continue }
            for weight in found.weights {
                let nearest = share.map { abs($0 - weight) }.min() ?? .infinity
                #expect(nearest < 0.05, "\(weight) is none of \(share)")
            }
        }
        let truths = try await weights("x: boolean", reached: { $0 % 2 == 0 && $0 % 3 == 0 }) {
            [try feature("x", .boolean($0 % 2 == 0))]
        }
        expectFigure(truths.sum, 400, within: 0.01)
    }

    @Test func `a constant says nothing, and the rest stand for all alike`() async throws {
        for feature in ["x: number", "x: category", "x: boolean", "x: integer"] {
            let found = try await weights(feature, reached: { $0 % 4 == 0 }) { _ in
                let value: FeatureValue =
                    switch feature {
                    case "x: number": .number(7.5)
                    case "x: category": .category("all")
                    case "x: boolean": .boolean(true)
                    case _: .integer(9_007_199_254_740_991)
                    }
                return [try self.feature("x", value)]
            }
            for weight in found.weights { expectFigure(weight, 4.0 / 3, within: 1e-6) }
        }
        // No value at all is a constant too.
        let none = try await weights("x: number", reached: { $0 % 4 == 0 }) { _ in [] }
        for weight in none.weights { expectFigure(weight, 4.0 / 3, within: 1e-6) }
    }

    @Test func `a feature that tells reached rows wholly apart gives weights near 1`() async throws
    {
        let scales = [1, 1e-300, 1e150, 1e300]
        for scale in scales {
            let found = try await weights("x: number", reached: { $0 >= 300 }) { number in
                [try feature("x", .number(Double(number) * scale / 400))]
            }
            #expect(
                found.weights.allSatisfy { $0.isFinite && $0 >= 1 && $0 <= 20 }, "by \(scale)")
        }
        // Two features that are one.
        let twice = try await weights("x: number, y: number", reached: { $0 % 3 == 0 }) { number in
            let value = FeatureValue.number(Double(number % 9))
            return [try feature("x", value), try feature("y", value)]
        }
        #expect(twice.weights.allSatisfy { $0.isFinite && $0 >= 1 && $0 <= 20 })
    }

    @Test func `where nothing was excluded every weight is 1`() async throws {
        let found = try await weights("x: number", reached: { _ in false }) {
            [try feature("x", .number(Double($0)))]
        }
        #expect(found.weights.allSatisfy { abs($0 - 1) < 1e-6 })
    }

    @Test func `where everything was excluded there is nothing to weight`() async throws {
        let found = try await weights("x: number", reached: { _ in true }) {
            [try feature("x", .number(Double($0)))]
        }
        #expect(found.weights == [] && found.sum == 0)
    }

    @Test func `without features and scores there is nothing to weight by, and the error says so`()
        async throws
    {
        let error = await #expect(throws: ExportError.self) {
            try await weights("", reached: { $0 % 3 == 0 }) { _ in [] }
        }
        #expect(error?.hint.contains("--features") == true)
    }
}
