import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import HoldfastStatistics
import Testing
import TestSupport

/// What health finds of experiments whose faults are known, and of those that have none.
@Suite struct HealthTests {
    @Test(arguments: [1, 2] as [UInt64])
    func `a sound experiment stays healthy, and its units are counted`(seed: UInt64) async throws {
        let town = try await HealthTown(seed: seed)
        let watch = try town.watch()
        var dealt = 0
        for day in 0..<5 {
            try await town.live(day: day, units: 1_600)
            dealt += 1_600
            let round = try await town.look(watch)
            let findings = try #require(round.findings.first)
            #expect(findings.alarms == [], "seed \(seed), day \(day)")
            #expect(round.events == [])
            #expect(findings.status == .healthy)
            let arms = findings.tally.arms
            #expect(arms.values.reduce(0) { $0 + $1.dealt } == dealt)
            #expect(arms.values.reduce(0) { $0 + $1.exposed } == dealt)
            #expect(findings.tally.controls == arms["control"]?.dealt)
            #expect(findings.tally.exposures == dealt)
        }
        let findings = try town.findings()
        #expect(findings.days.count == 5 && findings.lookedAt == 8_000)
        // The last hours' outcomes are not ripe: 18 of a day's 24 hours have decisions.
        let ripe = findings.tally.arms.values.reduce(0) { $0 + $1.ripe }
        #expect(ripe == 8_000)
        let missing = findings.tally.arms.values.reduce(0) { $0 + $1.missing }
        #expect((700...900).contains(missing))
        #expect(findings.ratios.map(\.population) == ["decisions", "exposures", "kept", "missing"])
        for ratio in findings.ratios { #expect(ratio.pValue.map { $0 > 0.001 } == true) }
        let drift = try #require(findings.drift)
        #expect(drift.referenceRows == 5_000 && drift.blocks > 5)
        #expect(drift.features.map(\.name).sorted() == ["income", "member", "region"])
    }

    /// Each fault with the alarms that it must raise, and no others.
    private static let faults: [(String, HealthTown.Faults, Set<HealthAlarm>)] = [
        (
            "skew", HealthTown.Faults(control: 0.57),
            [
                .sampleRatioDecisions, .sampleRatioExposures, .sampleRatioKept,
                .sampleRatioAttribute,
            ]
        ),
        ("a region", HealthTown.Faults(northControl: 0.65), [.sampleRatioAttribute]),
        ("crossovers", HealthTown.Faults(crossovers: 0.03), [.crossover, .leak]),
        ("lost exposures", HealthTown.Faults(lostExposures: 0.4), [.unexposedDecisions]),
        ("lost decisions", HealthTown.Faults(lostDecisions: 0.03), [.undecidedExposures]),
        ("lost outcomes", HealthTown.Faults(lostOutcomes: 0.15), [.missingOutcomes]),
        ("a shift", HealthTown.Faults(shift: 0.8, shiftDay: 4), [.inputDrift]),
        ("no share", HealthTown.Faults(shareless: 1), [.leak]),
    ]

    @Test(arguments: 0..<8)
    func `each fault is found`(index: Int) async throws {
        let (name, faults, expected) = HealthTests.faults[index]
        let town = try await HealthTown(seed: 7, faults)
        for day in 0..<5 { try await town.live(day: day, units: 1_600) }
        // Ten minutes later every exposure must have its decision.
        town.shop.clock.now = moment(5 * 24)
        let findings = try town.findings()
        let found = Set(findings.alarms.map(\.alarm))
        #expect(found.isSuperset(of: expected), "\(name): \(findings.alarms)")
        #expect(findings.status == .alarm)
        // What follows from a fault may alarm as well: a lost exposure is missing in one arm.
        let follows: [HealthAlarm: Set<HealthAlarm>] = [
            .sampleRatioDecisions: [.sampleRatioDay, .missingOutcomes],
            .sampleRatioAttribute: [
                .sampleRatioDecisions, .sampleRatioExposures, .sampleRatioKept, .missingOutcomes,
                .sampleRatioDay,
            ],
            .unexposedDecisions: [.sampleRatioExposures],
            .missingOutcomes: [.sampleRatioKept],
        ]
        let allowed = expected.reduce(expected) { $0.union(follows[$1] ?? []) }
        #expect(found.isSubset(of: allowed), "\(name): \(findings.alarms)")
        for alarm in findings.alarms { #expect(!alarm.text.contains("u-"), "\(alarm.text)") }
    }

    @Test func `51 to 49 is found, and 50 to 50 is not`() throws {
        let plan = ArmPlan(arms: ["control", "treatment"], shares: [0.5, 0.5])
        for (share, isFound) in [(0.51, true), (0.5, false)] {
            var chance = SeededGenerator(seed: 11)
            var evidence = RatioEvidence()
            for _ in 0..<120_000 {
                let isControl = Double(chance.next() >> 11) * 0x1p-53 < share
                evidence.add(isControl ? "control" : "treatment", plan: plan)
            }
            #expect(evidence.isRefuted(at: HealthRules.level) == isFound, "\(share)")
        }
    }

    @Test func `shares that change and arms without a share are no mismatch`() throws {
        var evidence = RatioEvidence()
        var chance = SeededGenerator(seed: 3)
        for share in [0.05, 0.5, 0.9] {
            let plan = ArmPlan(arms: ["control", "treatment"], shares: [share, 1 - share])
            for _ in 0..<3_000 {
                let isControl = Double(chance.next() >> 11) * 0x1p-53 < share
                evidence.add(isControl ? "control" : "treatment", plan: plan)
            }
        }
        #expect(evidence.plans.count == 3)
        #expect(!evidence.isRefuted(at: HealthRules.level))
        let before = evidence
        // Chance decides on nothing here, and this arm is a leak.
        evidence.add("control", plan: ArmPlan(arms: ["control", "treatment"], shares: [1, 0]))
        evidence.add("treatment", plan: ArmPlan(arms: ["control", "treatment"], shares: [1, 0]))
        evidence.add("other", plan: before.plans[0])
        #expect(evidence == before)
        #expect(RatioEvidence().pValue == nil && RatioEvidence().logEvidence == 0)
    }

    @Test func `a household in two arms, and a member that is reached elsewhere`() async throws {
        let town = try await HealthTown(seed: 5, clustered: true)
        try await town.live(day: 0, units: 2_000)
        let sound = try town.findings()
        #expect(sound.alarms == [])
        #expect(sound.clusters == sound.tally.arms.values.reduce(0) { $0 + $1.dealt })
        #expect(sound.mixedClusters == 0 && (600...1_400).contains(sound.clusters))
        // Members who were never scored, in households of control.
        let control = try SQLiteConnection(path: town.shop.path, mode: .write)
        var clusters: [String] = []
        try control.query(
            """
            SELECT cluster FROM decisions WHERE arm = 'control' GROUP BY cluster
            HAVING COUNT(*) > 1 LIMIT 40
            """
        ) { row throws(SQLError) in clusters.append(row.text(0) ?? "") }
        try await town.shop.append(
            clusters.enumerated().map {
                try Shop.exposure("m-\($0)", "member-\($0)", cluster: $1, at: moment(23.2))
            })
        let reached = try town.findings()
        #expect(reached.tally.otherHousehold == 40)
        #expect(reached.alarms.map(\.alarm) == [.household])
        // A row that was forged: the arm follows from the cluster.
        try town.shop.tamper(
            """
            UPDATE decisions SET arm = 'treatment' WHERE decision = (
              SELECT MAX(decision) FROM decisions WHERE cluster = \(clusters[0]))
            """)
        let mixed = try town.findings()
        #expect(mixed.mixedClusters == 1)
        #expect(mixed.alarms.first { $0.alarm == .household }?.text.contains("two arms") == true)
    }

    @Test func `without a unit nothing can be told`() async throws {
        let town = try await HealthTown(seed: 1)
        let findings = try town.findings()
        #expect(findings.status == .unknown && findings.alarms == [])
        #expect(findings.drift == nil && findings.collecting == 0)
        #expect(findings.ratios.allSatisfy { $0.pValue == nil && $0.counts.isEmpty })
        #expect(findings.json["status"] == "unknown")
    }

    @Test func `an arm all of whose outcomes are missing is found`() async throws {
        let town = try await HealthTown(seed: 9, HealthTown.Faults(lostOutcomes: 1))
        try await town.live(day: 0, units: 400)
        town.shop.clock.now = moment(48)
        let findings = try town.findings()
        #expect(findings.tally.arms["treatment"].map { $0.missing == $0.ripe } == true)
        #expect(findings.alarms.contains { $0.alarm == .missingOutcomes })
    }
}
