import Glibc
import HoldfastFormats
import Synchronization
import TestSupport
import Testing

@testable import HoldfastStatistics

/// Whether all of the reference's figures are made again: a debug build takes minutes for them.
private let isLong = getenv("HOLDFAST_LONG") != nil

@Suite struct FeedbackTests {
    // MARK: - The reference

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

    // MARK: - Laws

    private static let small = FeedbackSettings(
        seed: 3, units: 1_500, cycles: 3, controlShare: 0.2, evaluationUnits: 500)

    @Test func `each regime lives alone: its figures do not depend on which others run`() throws {
        let all = FeedbackSimulation(Self.small).run()
        for regime in FeedbackRegime.allCases {
            var settings = Self.small
            settings.regimes = [regime]
            #expect(FeedbackSimulation(settings).run().courses == [try #require(all[regime])])
        }
    }

    @Test func `a control group dealt by another function is used as it is dealt`() throws {
        let drawn = FeedbackSimulation(Self.small).run()
        let world = FeedbackWorld(.tail, seed: 3)
        let same = FeedbackSimulation(Self.small) {
            world.control($0..<$0 + 1, share: 0.2)[0]
        }
        #expect(same.run() == drawn)
        let fifth = FeedbackSimulation(Self.small) { $0 % 5 == 0 }.run()
        let control = try #require(fifth[.controlOnly])
        #expect(control.cycles.map(\.training.rows) == [300, 300, 300])
        #expect(
            fifth[.naiveDrop] == drawn[.naiveDrop] && fifth[.controlOnly] != drawn[.controlOnly])
    }

    @Test func `every unit is blocked or not, and what is spared is above the threshold`() throws {
        let result = FeedbackSimulation(Self.small).run()
        for course in result.courses {
            let first = try #require(course.cycles.first)
            #expect(first.actions.blocked == 0 && first.monitor == nil)
            for cycle in course.cycles.dropFirst() {
                // 9% of 1,500 units.
                #expect(cycle.actions.blocked + cycle.actions.spared == 135, "\(course.regime)")
                #expect(cycle.actions.fraudSpared <= cycle.actions.spared)
                #expect((cycle.monitor == nil) == (course.regime == .oracle))
                #expect(
                    (cycle.monitor?.weightedAUC != nil) == (course.regime == .exploration))
                let sparing = course.regime.hasControl || course.regime == .exploration
                #expect((cycle.actions.spared > 0) == sparing)
            }
        }
    }

    @Test func `without a fraud among the rows there is no model, and nothing is blocked`() throws {
        let settings = FeedbackSettings(
            seed: 1, units: 40, cycles: 3, controlShare: 0.01, evaluationUnits: 50,
            regimes: [.controlOnly])
        let none = FeedbackSimulation(settings) { _ in false }
        let course = try #require(none.run()[.controlOnly])
        #expect(course.cycles.count == 3)
        for cycle in course.cycles {
            #expect(cycle.coefficients == nil && cycle.quality == nil && cycle.monitor == nil)
            #expect(cycle.actions.blocked == 0)
            #expect(cycle.training.rate == nil && cycle.training.effectiveRows == nil)
        }
        // One that has none of its own keeps the model before.
        let once = try #require(
            FeedbackSimulation(settings) { $0 < 40 }.run()[.controlOnly])
        #expect(once.cycles[0].coefficients != nil && once.cycles[1].coefficients == nil)
        #expect(once.cycles[1].quality != nil && once.cycles[1].actions.blocked == 4)
    }

    @Test func `a share of less than half a unit blocks nobody`() {
        #expect(FeedbackActions.threshold([0.1, 0.2, 0.3], share: 0.1) == nil)
        #expect(FeedbackActions.threshold([0.1, 0.3, 0.2], share: 0.4) == 0.3)
        #expect(FeedbackActions.threshold([0.1, 0.3, 0.2], share: 0.999) == 0.1)
    }

    @Test func `a run stops where its watcher throws, and names each cycle before it`() {
        struct Stop: Error {}
        let seen = Mutex<[Int]>([])
        #expect(throws: Stop.self) {
            _ = try FeedbackSimulation(Self.small).run { cycle in
                seen.withLock { $0.append(cycle) }
                if cycle == 1 { throw Stop() }
            }
        }
        #expect(seen.withLock { $0 } == [0, 1])
    }

    @Test func `settings are sound at their limits and refused past them`() {
        var settings = FeedbackSettings(units: FeedbackSettings.unitLimit, cycles: 1_000)
        #expect(settings.fault == nil)
        settings.units += 1
        #expect(settings.fault?.contains("units") == true)
        #expect(FeedbackSettings(units: 0).fault != nil)
        #expect(FeedbackSettings(cycles: 1_001).fault?.contains("cycles") == true)
        #expect(FeedbackSettings(cycles: 0).fault != nil)
        for share in [0, 1, -0.1, .nan] {
            #expect(FeedbackSettings(controlShare: share).fault?.contains("shares") == true)
            #expect(FeedbackSettings(blockShare: share).fault?.contains("shares") == true)
        }
        #expect(FeedbackSettings(seed: 1 << 53 - 1).fault == nil)
        #expect(FeedbackSettings(seed: 1 << 53).fault?.contains("seed") == true)
        #expect(FeedbackSettings(window: 0).fault?.contains("window") == true)
        #expect(FeedbackSettings(regimes: []).fault?.contains("regime") == true)
        #expect(FeedbackSettings(regimes: [.oracle, .oracle]).fault != nil)
    }

    @Test func `the area counts pairs, ties half, by weight`() {
        let scores = [0.1, 0.4, 0.35, 0.8]
        #expect(RankedArea.area(scores: scores, labels: [0, 0, 1, 1]) == 0.75)
        #expect(RankedArea.area(scores: [1, 1, 1], labels: [0, 1, 1]) == 0.5)
        #expect(RankedArea.area(scores: scores, labels: [1, 1, 1, 1]) == nil)
        #expect(RankedArea.area(scores: [], labels: []) == nil)
        let weighted = RankedArea.area(
            scores: scores, labels: [0, 0, 1, 1], weights: [1, 3, 2, 1])
        // Pairs in order: 0.35 over 0.1 by 2, 0.8 over both by 4; of 3 times 4 in all.
        #expect(weighted == 0.5)
    }
}
