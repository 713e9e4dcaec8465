import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// In whatever order facts come, and whatever becomes of the catalog and the process in between,
/// each is counted once and for what it is.
@Suite struct HealthArrivalTests {
    private static func arm(_ catalog: Catalog, _ unit: String, _ cluster: String?) throws -> String
    {
        let candidate = Candidate(
            unit: try HoldfastDatasetsTests.unit(unit),
            cluster: try cluster.map { try HoldfastDatasetsTests.unit($0) })
        let assignment = try catalog.assign(candidate, in: "limits", at: moment(0))
        return try #require(assignment.arm?.text)
    }

    /// The households of a clustered catalog, by arm.
    private static func clustered(_ arms: String = "[{control: 50%}, {treatment: 50%}]") throws
        -> Catalog
    {
        try simpleCatalog("cluster: household", arms: arms, absent: "unknown")
    }

    @Test(arguments: [true, false])
    func `what comes in batches makes no false alarm`(decisionsFirst: Bool) async throws {
        let catalog = try simpleCatalog(absent: "unknown")
        let shop = try await Shop(catalog)
        let watch = HealthWatch([])
        shop.clock.now = moment(24)
        let units = (0..<60).map { "u-\($0)" }
        let decisions = try units.map {
            try Shop.decision(catalog, "d-\($0)", $0, at: moment(0), intended: true)
        }
        let later = try units.flatMap { unit in
            [
                try Shop.exposure(
                    "e-\(unit)", unit, arm: try HealthArrivalTests.arm(catalog, unit, nil),
                    at: moment(0.1)),
                try Shop.outcome("o-\(unit)", unit, 1, at: moment(1)),
            ]
        }
        try await shop.append(decisionsFirst ? decisions : later)
        _ = try await shop.look(watch, catalog)
        shop.clock.now = moment(24, 20_000_000)
        try await shop.append(decisionsFirst ? later : decisions)
        _ = try await shop.look(watch, catalog)
        shop.clock.now = moment(24, 20_000_000 + HealthRules.grace)
        let findings = try await shop.look(watch, catalog)
        #expect(findings.alarms == [])
        let tally = findings.tally
        #expect(tally.exposures == 60 && tally.undecided == 0)
        #expect(tally.intended > 10 && tally.unexposed == 0)
        #expect(tally.arms.values.reduce(0) { $0 + $1.ripe } == 60)
        #expect(tally.arms.values.reduce(0) { $0 + $1.missing } == 0)
    }

    @Test func `an exposure that waits over a restart is its household's first`() async throws {
        let catalog = try HealthArrivalTests.clustered()
        let shop = try await Shop(catalog)
        try await shop.append([
            try Shop.decision(catalog, "d-0", "a-0", cluster: "h-0", at: moment(0.5))
        ])
        let arm = try HealthArrivalTests.arm(catalog, "a-1", "h-1")
        try await shop.append([
            try Shop.exposure("e-1", "a-1", cluster: "h-1", arm: arm, at: moment(0.9))
        ])
        #expect(try await shop.look(try shop.watch(catalog), catalog).pending == 1)
        let restarted = try shop.watch(catalog)
        _ = try await shop.look(restarted, catalog)
        try await shop.append([
            try Shop.decision(catalog, "d-1", "a-1", cluster: "h-1", at: moment(0.8))
        ])
        let findings = try await shop.look(restarted, catalog)
        #expect(findings.pending == 0 && findings.tally.arms[arm]?.exposed == 1)
    }

    @Test func `an arm that is put in front leaves households whole`() async throws {
        let catalog = try HealthArrivalTests.clustered()
        let shop = try await Shop(catalog)
        let watch = HealthWatch([])
        try await shop.append(
            (0..<40).map {
                try Shop.decision(
                    catalog, "a-\($0)", "a-\($0)", cluster: "h-\($0)", at: moment(0.5))
            })
        #expect(try await shop.look(watch, catalog).clusters == 40)
        let changed = try HealthArrivalTests.clustered(
            "[{extra: 0%}, {control: 50%}, {treatment: 50%}]")
        try await shop.force(changed)
        try await shop.append(
            (0..<40).map {
                try Shop.decision(
                    changed, "b-\($0)", "b-\($0)", cluster: "h-\($0)", at: moment(0.9))
            })
        let findings = try await shop.look(watch, changed)
        #expect(findings.clusters == 40 && findings.mixedClusters == 0 && findings.alarms == [])
    }

    @Test func `an experiment that was away over a restart is counted once`() async throws {
        let text = """
            limits: {unit: customer, cluster: household, arms: [{control: 50%}, {treatment: 50%}],
            outcome: {name: paid, horizon: 3h, absent: unknown}}
            """
        let other = "other: {unit: customer, arms: [{control: 50%}, {treatment: 50%}]}"
        let both = try catalog("experiments: {\(text), \(other)}")
        let alone = try catalog("experiments: {\(other)}")
        let shop = try await Shop(both)
        func members(_ letter: String) throws -> [Fact] {
            try (0..<30).map {
                try Shop.decision(
                    both, "\(letter)-\($0)", "\(letter)-\($0)", cluster: "h-\($0)", at: moment(0.5))
            }
        }
        try await shop.append(try members("a"))
        #expect(try await shop.look(try shop.watch(both), both).clusters == 30)
        let restarted = try shop.watch(both)
        let reader = try LedgerReader(path: shop.path, salt: alone)
        _ = try restarted.round(alone, reader, now: shop.clock.now)
        try await shop.append(try members("b"))
        let findings = try await shop.look(restarted, both)
        #expect(findings.lookedAt == 60 && findings.clusters == 30)
        #expect(findings.tally.arms.values.reduce(0) { $0 + $1.dealt } == 30)
    }

    @Test func `a member who was never scored does not take a household's first exposure`()
        async throws
    {
        let catalog = try HealthArrivalTests.clustered()
        let shop = try await Shop(catalog)
        var watch = HealthWatch([])
        let arm = try HealthArrivalTests.arm(catalog, "a", "h")
        func expose(_ unit: String, _ id: String) async throws -> HealthFindings {
            try await shop.append([
                try Shop.exposure(id, unit, cluster: "h", arm: arm, at: moment(0.9))
            ])
            return try await shop.look(watch, catalog)
        }
        try await shop.append([
            try Shop.decision(catalog, "d", "a", cluster: "h", at: moment(0.5))
        ])
        let child = try await expose("child", "e-1")
        #expect(child.tally.exposures == 1 && child.tally.arms[arm]?.exposed == 0)
        // A restart remembers what was counted, and no more.
        watch = try shop.watch(catalog)
        #expect(try await expose("a", "e-2").tally.arms[arm]?.exposed == 1)
        watch = try shop.watch(catalog)
        let again = try await expose("a", "e-3")
        #expect(again.tally.exposures == 3 && again.tally.arms[arm]?.exposed == 1)
    }

    @Test func `a new experiment's first exposures wait for their decisions`() async throws {
        let other = "other: {unit: customer, arms: [{control: 50%}, {treatment: 50%}]}"
        let alone = try catalog("experiments: {\(other)}")
        let both = try simpleCatalog(others: ", \(other)")
        let shop = try await Shop(alone)
        try await shop.append([
            try Shop.decision(alone, "d-0", "u-0", at: moment(0.5), in: "other")
        ])
        let watch = HealthWatch([])
        let reader = try LedgerReader(path: shop.path, salt: alone)
        _ = try watch.round(alone, reader, now: shop.clock.now)
        try await shop.force(both)
        try await shop.append([try Shop.exposure("e-1", "u-1", at: moment(0.9))])
        #expect(try await shop.look(watch, both).pending == 1)
    }

    @Test func `of a cluster that is not looked at no exposure lacks a decision`() async throws {
        let catalog = try HealthArrivalTests.clustered()
        let shop = try await Shop(catalog)
        let names = (0..<100).map { "h-\($0)" }
        let unseen: String = try #require(names.first { healthHash($0.utf8) >> 63 == 1 })
        let seen: String = try #require(names.first { healthHash($0.utf8) >> 63 == 0 })
        try await shop.append(
            [unseen, seen].map { (cluster: String) in
                try Shop.exposure(
                    "e-\(cluster)", "of-\(cluster)", cluster: cluster, at: moment(0.5))
            })
        let reader = try LedgerReader(path: shop.path, salt: catalog)
        var pass = HealthPass(
            facts: HealthFacts(reader), catalog: catalog,
            plans: PlanTable(try reader.revisions(salt: catalog)), now: moment(9).microseconds,
            isBounded: false)
        pass.evidences["limits"] = ExperimentEvidence("limits")
        var memory = ClusterMemory(limit: 0)
        _ = memory.add(1, to: 0)
        pass.memories["limits"] = memory
        try pass.run()
        #expect(pass.evidences["limits"]?.tally.undecided == 1)
        #expect(pass.evidences["limits"]?.tally.exposures == 1)
    }

    @Test func `evidence says how far it is behind, until it is not`() async throws {
        let town = try await HealthTown(seed: 9)
        try await town.live(day: 0, units: 900)
        try await town.live(day: 1, units: 900)
        var settings = HealthWatch.Settings()
        settings.isBounded = true
        settings.roundRows = 500
        let watch = try town.watch(settings)
        var lags: [HealthLag] = []
        while lags.last != HealthLag.none, lags.count < 20 {
            let round = try await town.look(watch)
            let lag = try #require(round.findings.first?.lag)
            #expect((lag == .none) == !round.hasMore, "\(lag)")
            if lags.isEmpty {
                #expect(round.lagBefore.seconds == 88_200 && round.lagBefore.facts > 3_000)
            } else {
                #expect(round.lagBefore.facts == lags.last?.facts)
            }
            lags.append(lag)
        }
        // Decisions and exposures of the first day are left, and those of the second.
        #expect(lags[0].seconds == 88_200 && lags[0].facts > 2_000, "\(lags[0])")
        #expect(lags.last == HealthLag.none && lags.count > 3)
        for (one, two) in zip(lags, lags.dropFirst()) {
            #expect(two.facts <= one.facts && two.seconds <= one.seconds, "\(one) \(two)")
        }
        // What was kept is behind what came since, and a look makes up for it.
        try await town.live(day: 2, units: 50)
        try await town.live(day: 3, units: 50)
        let later = try await town.look(try town.watch())
        #expect(later.lagBefore.seconds == 88_200 && later.lagBefore.facts > 150)
        #expect(later.findings.first?.lag == HealthLag.none)
    }

    @Test func `outcomes that are due and not asked for are a lag`() async throws {
        let town = try await HealthTown(seed: 10)
        try await town.live(day: 0, units: 900)
        // Facts that came just now wait for what belongs to them.
        town.shop.clock.now = moment(23.1)
        #expect(try await town.look(try town.watch()).lagBefore.facts > 0)
        // Two days later all outcomes of the first day are due, and 500 are asked for a round.
        town.shop.clock.now = moment(72)
        var settings = HealthWatch.Settings()
        settings.isBounded = true
        settings.roundRows = 500
        let behind = try #require(try await town.look(try town.watch(settings)).findings.first?.lag)
        // They came at 23 o'clock, and were due ten minutes later.
        #expect(behind.facts == 0 && behind.seconds > 48 * 3_600 && behind.seconds < 72 * 3_600)
    }

    @Test func `an alarm is told though there is more to read`() async throws {
        let town = try await HealthTown(seed: 8, HealthTown.Faults(control: 0.6))
        try await town.live(day: 0, units: 2_500)
        var settings = HealthWatch.Settings()
        settings.isBounded = true
        settings.roundRows = 1_500
        let round = try await town.look(try town.watch(settings))
        #expect(round.hasMore)
        #expect(round.events.contains { $0.alarm == .sampleRatioDecisions && $0.isStart })
    }
}
