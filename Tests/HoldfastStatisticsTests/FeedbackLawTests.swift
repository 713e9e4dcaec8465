import Synchronization
import Testing

@testable import HoldfastStatistics

/// What holds of every feedback simulation, whatever its figures.
@Suite struct FeedbackLawTests {
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
