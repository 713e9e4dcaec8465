import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastStatistics
import HoldfastTables
import Testing
import TestSupport

/// The loop of the feedback simulation through the real catalog, ledger and export: a model scores,
/// acts where it may, and is retrained on what was exported.
@Suite struct FeedbackLoopTests {
    /// The rows of all cycles so far are trained on, as an export has all that was recorded.
    private static let settings = FeedbackSettings(
        seed: 5, units: 1_200, cycles: 3, controlShare: 0.2, window: 3, evaluationUnits: 100,
        regimes: [.controlOnly])

    private static func catalog() throws -> Catalog {
        try simpleCatalog(
            "features: {x0: number, x1: number, x2: number, x3: number, x4: number}",
            arms: "[{control: 20%}, {treatment: 80%}]", absent: "unknown")
    }

    /// When the units of a cycle are scored: the windows of two cycles do not touch.
    private static func start(_ cycle: Int) -> Double { Double(cycle) * 100 }

    private static func isControl(_ number: Int, _ catalog: Catalog) throws -> Bool {
        let candidate = Candidate(unit: try unit("u\(number)"))
        return try catalog.assign(candidate, in: "limits", at: moment(0)).arm == .control
    }

    /// What is known of a unit, and what became of it.
    private struct Known: Equatable {
        var features: [Double]
        var label: Double
    }

    /// Scores, deals and records the units of a cycle as a service would, blocks those that the
    /// model wants to block and may, and says which.
    private static func act(
        _ batch: FeedbackBatch, _ model: LogisticRegression?, _ catalog: Catalog, _ shop: Shop,
        at hours: Double
    ) async throws -> [Bool] {
        let scores = model.map { batch.scores($0) }
        // 9% of 1,200 units.
        let threshold = scores.map { $0.sorted()[batch.count - 108] }
        var facts: [Fact] = []
        var isBlocked: [Bool] = []
        for (place, number) in batch.numbers.enumerated() {
            let features = try batch.features(place).enumerated().map {
                LoggedFeature(name: try name("x\($0)"), value: .number($1))
            }
            let score = scores?[place]
            let isIntended = zip2(score, threshold).map { $0 >= $1 } ?? false
            let dealt = try Shop.decision(
                catalog, "d\(number)", "u\(number)", at: moment(hours), score: score,
                features: features)
            guard case .decision(var decision) = dealt else { continue }
            decision.intended = isIntended
            facts.append(.decision(decision))
            let acts = isIntended && decision.assignment.act
            isBlocked.append(acts)
            if acts {
                facts.append(try Shop.exposure("e\(number)", "u\(number)", at: moment(hours)))
            } else {
                facts.append(
                    try Shop.outcome(
                        "o\(number)", "u\(number)", batch.labels[place], at: moment(hours + 1)))
            }
        }
        shop.clock.now = moment(hours + 2)
        try await shop.append(facts)
        return isBlocked
    }

    private static func zip2(_ one: Double?, _ other: Double?) -> (Double, Double)? {
        one.flatMap { one in other.map { (one, $0) } }
    }

    /// The rows of an exported set by unit, both parts together.
    private static func rows(_ folder: String, _ shop: Shop) throws -> [String: Known] {
        var rows: [String: Known] = [:]
        for part in ["train", "eval"] {
            var reader = try CSVReader(path: shop.folder.file("\(folder)/\(part).csv"))
            let columns = reader.columns
            let places = try (["unit", "paid"] + (0..<5).map { "x\($0)" }).map { column in
                try #require(columns.firstIndex(of: column), "no \(column) in \(columns)")
            }
            while try reader.next() {
                var cells: [String] = []
                for place in places { cells.append(try reader.text(place)) }
                let values = try cells.dropFirst().map { try #require(Double($0)) }
                let known = Known(features: Array(values.dropFirst()), label: values[0])
                #expect(rows.updateValue(known, forKey: cells[0]) == nil)
            }
        }
        return rows
    }

    /// The rows that the simulation's own regime trains on, by the unit's name in the ledger.
    private static func rows(_ course: FeedbackCourse) -> [String: Known] {
        var rows: [String: Known] = [:]
        for part in course.rows {
            for (row, place) in part.places.enumerated() {
                let number = part.batch.numbers.lowerBound + place
                rows["u\(number)"] = Known(
                    features: Array(part.batch.features(place)), label: part.labels[row])
            }
        }
        return rows
    }

    private static func fit(_ rows: [String: Known]) -> LogisticRegression? {
        // By name, so that the sums are in one order.
        let ordered = rows.sorted { $0.key < $1.key }.map(\.value)
        return LogisticRegression.fit(featureCount: 5, ridge: FeedbackSettings.ridge) { add in
            for row in ordered {
                row.features.withUnsafeBufferPointer { add($0, row.label, 1) }
            }
        }
    }

    @Test
    func `an export of control rows is the simulation's own control-only set, cycle by cycle`()
        async throws
    {
        let (settings, catalog) = (Self.settings, try Self.catalog())
        let shop = try await Shop(catalog)
        let world = FeedbackWorld(settings.scenario, seed: settings.seed)
        let untouched = world.batch(cycle: 1, units: 0..<100, sample: .untouched)
        var course = FeedbackCourse(.controlOnly, settings)
        var model: LogisticRegression?
        var fits: [[Double]] = []
        for cycle in 0..<settings.cycles {
            let units = cycle * settings.units..<(cycle + 1) * settings.units
            let batch = world.batch(cycle: cycle, units: units)
            let control = try units.map { try Self.isControl($0, catalog) }
            course.live(
                through: batch, FeedbackChance(control: control, luck: world.luck(units)),
                judgedOn: untouched)
            let hours = Self.start(cycle)
            let isBlocked = try await Self.act(batch, model, catalog, shop, at: hours)
            #expect(isBlocked == course.actions?.isBlocked)
            #expect(isBlocked.contains(true) == (cycle > 0))

            let request = ExportRequest(
                catalog: catalog, experiment: "limits", asOf: moment(hours + 50),
                minimumPositives: 1)
            let manifest = try shop.export(request, to: "set-\(cycle)", waived: false)
            #expect(manifest.isOpen, "\(manifest.gates)")
            let exported = try Self.rows("set-\(cycle)", shop)
            #expect(exported == Self.rows(course))
            #expect(exported.count == manifest.keptCount && exported.count > 200 * (cycle + 1))
            model = Self.fit(exported)
            let mine = try #require(model).coefficients
            let theirs = try #require(course.model).coefficients
            #expect(zip(mine, theirs).allSatisfy { abs($0 - $1) < 1e-9 }, "\(mine) \(theirs)")
            fits.append(mine)
        }
        let simulation = FeedbackSimulation(settings) { number in
            (try? Self.isControl(number, catalog)) ?? false
        }
        let cycles = try #require(simulation.run()[.controlOnly]).cycles
        for (mine, cycle) in zip(fits, cycles) {
            let theirs = try #require(cycle.coefficients)
            #expect(zip(mine, theirs).allSatisfy { abs($0 - $1) < 1e-9 })
        }
    }
}
