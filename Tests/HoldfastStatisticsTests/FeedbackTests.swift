import Glibc
import HoldfastFormats
import Testing

@testable import HoldfastStatistics

/// Whether all of the reference's figures are made again: a debug build takes minutes for them.
private let isLong = getenv("HOLDFAST_LONG") != nil

/// The figures of the reference simulation in Python, to nine digits.
@Suite struct FeedbackTests {
    private static func settings(_ item: JSON) throws -> FeedbackSettings {
        FeedbackSettings(
            scenario: try #require(FeedbackScenario(rawValue: item["scenario"]?.string ?? "")),
            seed: UInt64(try item.number("seed")), units: Int(try item.number("units")),
            cycles: Int(try item.number("cycles")), controlShare: try item.number("control_share"),
            window: Int(try item.number("window")),
            evaluationUnits: Int(try item.number("evaluation_units")))
    }

    /// Each figure of a cycle by the reference's name for it.
    private static func figures(_ cycle: FeedbackResult.Cycle) -> [String: Double?] {
        [
            "cycle": Double(cycle.number), "blocked": Double(cycle.actions.blocked),
            "fraud_let_through": Double(cycle.actions.fraudLetThrough),
            "good_blocked": Double(cycle.actions.goodBlocked),
            "monitor_auc": cycle.monitor?.auc, "monitor_auc_ipw": cycle.monitor?.weightedAUC,
            "train_rows": Double(cycle.training.rows),
            "train_pos": Double(cycle.training.positives),
            "train_rate_w": cycle.training.rate, "kish_ess": cycle.training.effectiveRows,
            "auc": cycle.quality?.auc, "logloss": cycle.quality?.logLoss,
            "brier": cycle.quality?.brier, "cal_ratio": cycle.quality?.calibration,
            "ece10": cycle.quality?.calibrationError, "recall_at_block": cycle.quality?.recall,
            "precision_at_block": cycle.quality?.precision, "pop_rate": cycle.quality?.fraudShare,
        ]
    }

    /// Says where a run differs from the reference's figures of it.
    private static func compare(_ result: FeedbackResult, _ item: JSON) throws {
        for course in result.courses {
            let expected = try #require(item["regimes"]?[course.regime.rawValue]?.array)
            #expect(course.cycles.count <= expected.count)
            for (cycle, theirs) in zip(course.cycles, expected) {
                let place = "\(item["origin"]?.string ?? ""): \(course.regime) \(cycle.number)"
                for (name, mine) in figures(cycle) {
                    if let mine {
                        // Sums in another order, and another library's cosine.
                        let isIt = isClose(mine, try theirs.number(name), 1e-9)
                        #expect(isIt, "\(place): \(name) \(mine), not \(theirs[name] ?? .null)")
                    } else {
                        #expect(theirs[name] == nil, "\(place): no \(name)")
                    }
                }
                let coefficients = try theirs.numbers("coef")
                let mine = try #require(cycle.coefficients, "\(place)")
                #expect(zip(mine, coefficients).allSatisfy { abs($0 - $1) < 1e-9 }, "\(place)")
                #expect(mine.count == coefficients.count)
            }
        }
    }

    @Test(arguments: 0..<3)
    func `every figure of every regime and cycle is the reference's`(_ index: Int) throws {
        let item = try Golden.cases("runs", in: "feedback")[index]
        let settings = try Self.settings(item)
        let result = FeedbackSimulation(settings).run()
        #expect(result.courses.map(\.regime) == FeedbackRegime.allCases)
        #expect(result.courses.allSatisfy { $0.cycles.count == settings.cycles })
        try Self.compare(result, item)
    }

    /// Three cycles and three regimes, or all of them with HOLDFAST_LONG=1.
    @Test(arguments: [3, 4])
    func `the published figures of 40,000 units come out`(_ index: Int) throws {
        let item = try Golden.cases("runs", in: "feedback")[index]
        var settings = try Self.settings(item)
        if !isLong {
            settings.cycles = 3
            settings.regimes = [.naiveDrop, .controlOnly, .exploration]
        }
        let result = FeedbackSimulation(settings).run()
        #expect(result.courses.map(\.cycles.count) == settings.regimes.map { _ in settings.cycles })
        try Self.compare(result, item)
        guard settings.scenario == .tail else { return }
        for (regime, expected) in [
            (FeedbackRegime.naiveDrop, [3.181388, 0.077695, 3.188938]),
            (.controlOnly, [3.301778, 3.264901, 3.237333]),
        ] {
            let cycles = try #require(result[regime]?.cycles.prefix(3))
            let first = try cycles.map { try #require($0.coefficients?[1]) }
            #expect(zip(first, expected).allSatisfy { abs($0 - $1) < 5e-7 }, "\(regime): \(first)")
        }
    }

    /// One share and one regime, or all of them with HOLDFAST_LONG=1.
    @Test func `the published means by share of control come out`() throws {
        let items = try Golden.cases("sweep", in: "feedback")
        #expect(items.count == 20)
        for item in items {
            let share = try item.number("control_share")
            let regime = try #require(FeedbackRegime(rawValue: item["regime"]?.string ?? ""))
            let scenario = try #require(FeedbackScenario(rawValue: item["scenario"]?.string ?? ""))
            guard isLong || (share == 0.01 && regime == .controlOnly && scenario == .tail) else {
                continue
            }
            let cycles = (UInt64(1)...2).flatMap { seed in
                let settings = FeedbackSettings(
                    scenario: scenario, seed: seed, cycles: 7, controlShare: share,
                    regimes: [regime])
                return FeedbackSimulation(settings).run()[regime]?.cycles.dropFirst() ?? []
            }
            func mean(_ name: String) -> Double {
                let values = cycles.compactMap { Self.figures($0)[name] ?? nil }
                return values.reduce(0, +) / Double(values.count)
            }
            #expect(cycles.count == 12)
            for name in [
                "auc", "recall_at_block", "cal_ratio", "fraud_let_through", "train_rows",
                "train_pos", "kish_ess",
            ] {
                let expected = try item.expected(name)
                #expect(isClose(mean(name), expected), "\(item.text()): \(name) \(mean(name))")
            }
            let worst = cycles.compactMap { $0.quality?.auc }.min()
            #expect(isClose(worst, try item.expected("auc_min")), "\(item.text())")
        }
    }

    @Test func `the streams' numbers are the reference's`() throws {
        for item in try Golden.cases("streams", in: "feedback") {
            let (seed, stream) = (try item.number("seed"), try item.number("stream"))
            let chance = CounterStream(seed: UInt64(seed), stream: UInt64(stream))
            let number = UInt64(try item.number("number"))
            #expect(chance.uniform(number) == (try item.expected("uniform")), "\(item.text())")
            #expect(isClose(chance.normal(number), try item.expected("normal"), 1e-12))
        }
    }
}
