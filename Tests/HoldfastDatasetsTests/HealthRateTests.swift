import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

/// What rates are taken of, when their alarms begin and end, and what is said of what is not
/// tested.
@Suite struct HealthRateTests {
    private static let day: Int64 = 86_400_000_000
    private static let plan = ArmPlan(arms: ["control", "treatment"], shares: [0.5, 0.5])

    private static func expose(
        _ evidence: inout ExperimentEvidence, _ count: Int, day: Int64 = 0,
        _ body: (inout ExperimentEvidence.Exposed) -> Void = { _ in }
    ) {
        var found = ExperimentEvidence.Exposed()
        body(&found)
        for _ in 0..<count {
            evidence.addExposure(
                found, at: day * HealthRateTests.day, received: day * HealthRateTests.day)
        }
    }

    private static func alarm(
        _ evidence: ExperimentEvidence, _ alarm: HealthAlarm
    ) -> HealthFindings.Alarm? {
        HealthJudgement(evidence).alarms.first { $0.alarm == alarm }
    }

    @Test func `crossovers are held against all control units so far`() throws {
        var evidence = ExperimentEvidence("limits")
        for _ in 0..<2_481 { evidence.addControl(at: 0, received: 0) }
        HealthRateTests.expose(&evidence, 5, day: 60) { $0.isCrossover = true }
        #expect(HealthRateTests.alarm(evidence, .crossover) == nil)
        HealthRateTests.expose(&evidence, 20, day: 60) { $0.isCrossover = true }
        let told = try #require(HealthRateTests.alarm(evidence, .crossover))
        #expect(told.text.hasPrefix("25 of 2481 (1.0%) control units so far"))
    }

    @Test func `control units are counted once, and those held out with them`() async throws {
        let catalog = try simpleCatalog()
        let shop = try await Shop(catalog)
        func decided(
            _ id: String, _ text: String, _ arm: String?, _ reason: Reason
        ) throws -> Fact {
            .decision(
                DecisionFact(
                    id: id, unit: try unit(text), cluster: nil,
                    assignment: Assignment(
                        experiment: try name("limits"), arm: try arm.map { try name($0) },
                        reason: reason, propensity: reason == .assigned ? 0.5 : 1, bucket: 1,
                        revision: catalog.revision),
                    at: moment(0.5), isTimeStated: true))
        }
        try await shop.append([
            try decided("1", "a", "control", .assigned),
            try decided("2", "a", "control", .assigned),
            try decided("3", "b", "treatment", .assigned),
            try decided("4", "c", "control", .override),
            try decided("5", "d", nil, .holdout(try name("quiet"))),
            try decided("6", "d", nil, .holdout(try name("quiet"))),
        ])
        let findings = try await shop.look(HealthWatch([]), catalog)
        #expect(findings.tally.controls == 3)
    }

    @Test func `an alarm of a rate ends below half its limit`() {
        var evidence = ExperimentEvidence("limits")
        let alarm = HealthAlarm.undecidedExposures
        HealthRateTests.expose(&evidence, 15) { $0.isDecided = false }
        HealthRateTests.expose(&evidence, 1_000)
        #expect(HealthRateTests.alarm(evidence, alarm) != nil)
        HealthRateTests.expose(&evidence, 900)
        #expect(HealthRateTests.alarm(evidence, alarm) == nil)
        evidence.alarms[alarm] = 0
        #expect(HealthRateTests.alarm(evidence, alarm) != nil)
        HealthRateTests.expose(&evidence, 1_200)
        #expect(HealthRateTests.alarm(evidence, alarm) == nil)
    }

    @Test func `an acknowledged alarm leaves the week's figures`() throws {
        var evidence = ExperimentEvidence("limits")
        HealthRateTests.expose(&evidence, 100)
        evidence.acknowledge(.crossover, at: HealthRateTests.day / 2)
        let catalog = try simpleCatalog()
        let experiment = try #require(catalog[experiment: "limits"])
        let findings = HealthFindings(evidence, experiment, asOf: moment(0), lag: .none)
        #expect(findings.recent.exposures == 100)
        #expect(evidence.window(for: .crossover).exposures == 0)
    }

    @Test func `a cluster in two arms stands until it is acknowledged`() throws {
        var evidence = ExperimentEvidence("limits")
        HealthRateTests.expose(&evidence, 20) { $0.isOtherHousehold = true }
        #expect(HealthRateTests.alarm(evidence, .household)?.stands == false)
        evidence.addCluster(isMixed: true, isBroken: true, received: 0)
        #expect(HealthRateTests.alarm(evidence, .household)?.stands == true)
        evidence.acknowledge(.household, at: 1)
        #expect(HealthRateTests.alarm(evidence, .household) == nil)
    }

    @Test func `units beyond the sets of shares that are tested are told`() throws {
        var evidence = ExperimentEvidence("limits")
        for number in 0...HealthRules.strataLimit {
            let share = 0.1 + Double(number) / 100
            evidence.addUnit(
                "control",
                plan: ArmPlan(arms: ["control", "treatment"], shares: [share, 1 - share]),
                at: 0, received: 0)
        }
        let ratio = try #require(evidence.ratios[.decisions])
        #expect(ratio.passedOver == 1 && RatioEvidence(ratio.json) == ratio)
        let catalog = try simpleCatalog()
        let experiment = try #require(catalog[experiment: "limits"])
        #expect(HealthFindings(evidence, experiment, asOf: moment(0), lag: .none).unplanned == 1)
    }
}
