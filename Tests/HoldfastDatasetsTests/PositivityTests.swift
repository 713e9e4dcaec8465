import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

/// Rows are kept wherever the model would have acted, and none stands for most of the set.
@Suite struct PositivityTests {
    /// A score from 0 to 1; one in 25 is at the top.
    private static func score(_ number: Int) -> Double {
        number % 25 == 7 ? 0.9 + Double(number % 100) / 1_000 : Double(number % 90) / 100
    }

    /// Every unit with a score, where the model acts from .9 on or says nothing of that.
    private func town(
        isReached: @escaping (Double) -> Bool, acts: ((Double) -> Bool)? = nil
    ) async throws -> Town {
        try await Town { resident in
            let score = PositivityTests.score(resident.number)
            resident.score = score
            resident.isReached = isReached(score)
            resident.intended = acts?(score)
        }
    }

    @Test func `a band of scores of which every row was reached closes positivity`() async throws {
        let town = try await town(isReached: { $0 >= 0.9 })
        let manifest = try expectClosed([.positivity], town)
        #expect(try manifest.gate(.positivity).detail.contains("from 0.9"))
        let top = try #require(manifest.audit.bands.last)
        #expect(top.from == 0.9 && top.below == nil && top.kept == 0)
        #expect(top.rows == Town.count / 25)
        #expect(manifest.audit.bands.map(\.rows).reduce(0, +) == Town.count)
        #expect(manifest.audit.bands.map(\.kept).reduce(0, +) == manifest.keptCount)
    }

    @Test func `a band on which the model does not act needs no row`() async throws {
        let town = try await town(isReached: { $0 >= 0.9 }, acts: { $0 < 0.5 })
        #expect(try town.export(town.request, to: "set").failed == [])
    }

    @Test func `rows on which it did not mean to act stand for none on which it did`() async throws
    {
        // Of the band from .8 to .9 only rows below .85 are left, on which it never acts.
        let town = try await town(isReached: { $0 >= 0.85 && $0 < 0.9 }, acts: { $0 >= 0.85 })
        for mode in ExportRequest.Mode.allCases {
            var request = town.request
            request.mode = mode
            let gate = try town.export(request, to: "\(mode)").gate(.positivity)
            #expect(!gate.passed && gate.detail.contains("from 0.8 below 0.9"), "\(gate.detail)")
        }
    }

    // MARK: - Exploration

    /// Control by score, and a model that acts from .5 on.
    private func explore(
        _ control: String, count: Int = Town.count, salt: String = salt
    ) async throws -> Town {
        let catalog = try catalog(
            """
            experiments: {limits: {unit: customer, washout: 2h,
            explore: [{below: 0.5, control: 50%}, {below: 0.9, control: 40%},
            {control: \(control)}],
            outcome: {name: paid, horizon: 3h, absent: 0}}}
            """, salt: salt)
        return try await Town(catalog, count: count) { resident in
            let score = PositivityTests.score(resident.number)
            resident.score = score
            resident.intended = score >= 0.5
            resident.income = nil
        }
    }

    @Test func `a band without any control closes positivity in the mode weighted`() async throws {
        let town = try await explore("0%")
        var request = town.request
        request.mode = .weighted
        let gate = try town.export(request, to: "set").gate(.positivity)
        #expect(!gate.passed && gate.detail.contains("with a score from 0.9"), "\(gate.detail)")
        let enough = try await explore("20%")
        request = enough.request
        request.mode = .weighted
        let manifest = try enough.export(request, to: "set")
        #expect(try manifest.gate(.positivity).passed)
        #expect(manifest.failed.isDisjoint(with: [.sampleRatio, .sampleRatioKept]))
        let propensities = manifest.audit.bands.map(\.leastPropensity)
        for (found, planned) in zip(propensities, [0.5, 0.4, 0.2]) {
            expectFigure(found, planned, within: 1e-12)
        }
    }

    @Test func `one row with more than a tenth of all weight closes positivity`() async throws {
        // One of a hundred rows of the top band is control: it stands for a hundred.
        let town = try await explore("1%", count: 400, salt: "positivity-salt-1")
        var request = town.request
        request.mode = .weighted
        request.minimumRows = 0
        let manifest = try town.export(request, to: "set")
        let weights = manifest.audit.weights
        // Worked out from who was dealt what.
        var own: [Double] = []
        for number in 0..<400 {
            let score = PositivityTests.score(number)
            let dealt = try town.catalog.assign(
                Candidate(unit: try unit("u\(number)"), score: score), in: "limits", at: moment(0))
            let weight = score < 0.5 ? 1 : score < 0.9 ? 2.5 : 100
            if score < 0.5 || dealt.arm == .control { own.append(weight) }
        }
        let sum = own.reduce(0, +)
        expectFigure(weights.sum, sum)
        expectFigure(weights.largestShare, (own.max() ?? 0) / sum)
        expectFigure(weights.effectiveSize, sum * sum / own.reduce(0) { $0 + $1 * $1 })
        try #require(own.max() == 100)
        let gate = try manifest.gate(.positivity)
        #expect(!gate.passed && gate.detail.contains("of all weight"), "\(gate.detail)")
        expectFigure(gate.figure, weights.effectiveSize)
    }

    @Test func `too few rows by Kish's effective sample size close positivity`() async throws {
        let town = try await explore("20%")
        var request = town.request
        request.mode = .weighted
        let size = Int(try town.export(request, to: "set").audit.weights.effectiveSize)
        request.minimumRows = size
        #expect(try town.export(request, to: "enough").gate(.positivity).passed)
        request.minimumRows = size + 1
        let manifest = try town.export(request, to: "few")
        #expect(try !manifest.gate(.positivity).passed)
        #expect(try manifest.gate(.minimumRows).passed)
    }
}
