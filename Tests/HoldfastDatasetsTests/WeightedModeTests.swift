import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

/// The weights of kept rows add up to the rows that were randomised.
@Suite struct WeightedModeTests {
    /// How units are dealt: the experiment's keys, and the chance to be left alone of a unit that
    /// was enrolled, where the model acts.
    struct Design: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var holdouts: String
        var keys: String
        var control: @Sendable (Double) -> Double
        /// The share that the holdouts withhold, and that of the rest which is enrolled.
        var withheld: Double
        var enrolled: Double

        /// The chance of all that are randomised to be left alone.
        func alone(_ score: Double) -> Double {
            let rest = (1 - withheld) * enrolled
            return (withheld + rest * control(score)) / (withheld + rest)
        }
    }

    private static let shares = "arms: [{control: 20%}, {treatment: 80%}]"
    private static let bands =
        "explore: [{below: 0.5, control: 40%}, {below: 0.9, control: 20%}, {control: 10%}]"
    private static let byScore: @Sendable (Double) -> Double = {
        $0 < 0.5 ? 0.4 : $0 < 0.9 ? 0.2 : 0.1
    }

    static let designs = [
        Design(
            testDescription: "shares", holdouts: "", keys: shares, control: { _ in 0.2 },
            withheld: 0, enrolled: 1),
        Design(
            testDescription: "shares with traffic",
            holdouts: "", keys: "\(shares), traffic: 60%", control: { _ in 0.2 }, withheld: 0,
            enrolled: 0.6),
        Design(
            testDescription: "a holdout",
            holdouts: "holdouts: {h: {unit: customer, share: 15%}}, ",
            keys: "\(shares), traffic: 60%", control: { _ in 0.2 }, withheld: 0.15, enrolled: 0.6),
        Design(
            testDescription: "two holdouts and a slice",
            holdouts: """
                layers: {l: {unit: customer}}, holdouts: {h: {unit: customer, share: 15%},
                g: {unit: customer, share: 10%}}, 
                """, keys: "\(shares), layer: {name: l, from: 10%, to: 90%}",
            control: { _ in 0.2 }, withheld: 0.235, enrolled: 0.8),
        Design(
            testDescription: "exploration", holdouts: "", keys: bands, control: byScore,
            withheld: 0, enrolled: 1),
        Design(
            testDescription: "exploration with a holdout",
            holdouts: "holdouts: {h: {unit: customer, share: 15%}}, ", keys: bands,
            control: byScore, withheld: 0.15, enrolled: 1),
    ]

    private static let units = 600

    private static func score(_ number: Int) -> Double { Double(number * 37 % 100) / 100 }

    /// What one ledger gives: how many stand for how many, and what was expected.
    private struct Figures {
        var weights: Audit.Weights
        var own: [Double] = []
        var randomised = 0
        var variance = 0.0

        var z: Double { (own.reduce(0, +) - Double(randomised)) / variance.squareRoot() }
    }

    private static func figures(_ design: Design, seed: Int) async throws -> Figures {
        let catalog = try catalog(
            """
            \(design.holdouts)experiments: {limits: {unit: customer, washout: 2h, \(design.keys),
            outcome: {name: paid, horizon: 3h, absent: 0}}}
            """, salt: "weights-of-seed-\(seed)")
        let shop = try await Shop(catalog)
        var facts: [Fact] = []
        var figures = Figures(weights: Audit.empty.weights)
        for number in 0..<units {
            let score = score(number)
            let acts = score >= 0.3
            let fact = try Shop.decision(
                catalog, "d\(number)", "u\(number)", at: moment(0), score: score, intended: acts)
            facts.append(fact)
            guard case .decision(let decision) = fact else { continue }
            let isHeldOut = decision.assignment.reason.holdout != nil
            guard isHeldOut || decision.assignment.arm != nil else { continue }
            figures.randomised += 1
            let alone = acts ? design.alone(score) : 1
            figures.variance += (1 - alone) / alone
            if !acts || isHeldOut || decision.assignment.arm == .control {
                figures.own.append(1 / alone)
            }
        }
        shop.clock.now = moment(5)
        try await shop.append(facts)
        let request = ExportRequest(
            catalog: catalog, experiment: "limits", asOf: moment(10), mode: .weighted)
        figures.weights = try shop.export(request, to: "set").audit.weights
        return figures
    }

    @Test(arguments: designs)
    func `weights add up to the rows that were randomised, as near as chance lets them`(
        design: Design
    ) async throws {
        var zs: [Double] = []
        for seed in 1...12 {
            let figures = try await WeightedModeTests.figures(design, seed: seed)
            let (weights, own) = (figures.weights, figures.own)
            let sum = own.reduce(0, +)
            #expect(weights.rows == own.count, "seed \(seed)")
            expectFigure(weights.sum, sum)
            expectFigure(weights.mean, sum / Double(figures.randomised))
            expectFigure(weights.effectiveSize, sum * sum / own.reduce(0) { $0 + $1 * $1 })
            expectFigure(weights.largest, own.max() ?? 0)
            #expect(weights.counts.reduce(0, +) == own.count, "seed \(seed)")
            let pValue = try #require(weights.pValue)
            #expect(pValue > 0.001, "seed \(seed): the mean is \(weights.mean ?? .nan)")
            zs.append(figures.z)
        }
        // Of true weights each z is a standard normal number: their sum and the sum of their
        // squares lie within bounds that chance passes once in ten thousand.
        let count = Double(zs.count)
        #expect(abs(zs.reduce(0, +)) < 4 * count.squareRoot(), "\(zs)")
        let squares = zs.reduce(0) { $0 + $1 * $1 }
        #expect(squares > 1.8 && squares < 39, "\(zs)")
    }

    @Test func `weights that are not those of the design close positivity`() async throws {
        // The ledger says 20%, and the decisions of a third of control never arrived.
        let catalog = try simpleCatalog(arms: "[{control: 20%}, {treatment: 80%}]")
        let town = try await Town(catalog) { resident in
            resident.income = nil
            resident.isRecorded = !resident.isControl || resident.number % 3 != 0
        }
        var request = town.request
        request.mode = .weighted
        let manifest = try town.export(request, to: "set")
        let gate = try manifest.gate(.positivity)
        #expect(!gate.passed && gate.detail.contains("the mean weight is 0."), "\(gate.detail)")
        #expect(manifest.failed.contains(.sampleRatio))
        request.mode = .control
        #expect(try town.export(request, to: "set").gate(.positivity).passed)
    }
}
