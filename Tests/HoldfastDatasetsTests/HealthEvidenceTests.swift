import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import HoldfastStatistics
import HoldfastTables
import Testing
import TestSupport

/// That evidence is kept, is counted once, and says nothing of anybody.
@Suite struct HealthEvidenceTests {
    @Test(arguments: [false, true])
    func `a restart in the middle changes nothing`(clustered: Bool) async throws {
        let faults = HealthTown.Faults(lostExposures: 0.05, lostOutcomes: 0.02)
        let town = try await HealthTown(seed: 21, faults, clustered: clustered)
        var watch = try town.watch()
        for day in 0..<4 {
            try await town.live(day: day, units: 1_700)
            try await town.look(watch)
            // A process that ends: what it had in memory is gone.
            if day > 0 { watch = try town.watch() }
        }
        // Nothing is new, and nothing is counted again.
        let restarted = try town.watch()
        _ = try await town.look(restarted)
        _ = try await town.look(restarted)
        // In one go, from the first fact.
        let whole = HealthWatch([])
        _ = try whole.round(town.catalog, try town.reader(), now: town.shop.clock.now)
        let (one, other) = (restarted.state(of: "limits"), whole.state(of: "limits"))
        let first = try #require(one)
        #expect(first == other)
        #expect(first.contains("\"reference_seen\":5000"))
    }

    @Test func `what is kept names nobody, and outlives that a unit is forgotten`() async throws {
        let town = try await HealthTown(seed: 4)
        let watch = try town.watch()
        try await town.live(day: 0, units: 500)
        try await town.look(watch)
        let before = try town.reader().healthRows()
        #expect(before.map(\.kind) == ["day:20454", "evidence"])
        for row in before { #expect(!row.state.contains("u-")) }
        _ = try await town.shop.ledger.forget(try unit("u-7"))
        #expect(try town.reader().healthRows() == before)
        let round = try await town.look(try town.watch())
        #expect(round.findings.first?.tally.arms.values.reduce(0) { $0 + $1.dealt } == 500)
    }

    @Test func `the writer's chain does not cover evidence, and stays whole`() async throws {
        let town = try await HealthTown(seed: 4)
        try await town.live(day: 0, units: 50)
        try await town.look(try town.watch())
        let verification = try LedgerVerification(try town.reader(), noted: nil) { _ in }
        #expect(verification.faults.isEmpty)
    }

    @Test func `an acknowledged alarm ends, and its evidence begins anew`() async throws {
        let town = try await HealthTown(seed: 8, HealthTown.Faults(control: 0.6))
        let watch = try town.watch()
        try await town.live(day: 0, units: 2_500)
        let alarmed = try await town.look(watch)
        let alarm = HealthAlarm.sampleRatioDecisions
        #expect(alarmed.events.contains { $0.alarm == alarm && $0.isStart })
        // A restart does not tell it again.
        let restarted = try town.watch()
        #expect(try await town.look(restarted).events == [])
        #expect(try await town.look(restarted).findings.first?.alarms.first?.since != nil)
        try await town.shop.ledger.acknowledge(alarm.rawValue, of: try name("limits"))
        let after = try await town.look(restarted)
        #expect(after.events.map(\.alarm) == [alarm] && after.events.first?.isStart == false)
        let ratio = try #require(after.findings.first?.ratios.first)
        #expect(ratio.pValue == nil && ratio.counts.isEmpty)
        // What comes later counts again, and is found again; from the start it is the same.
        try await town.live(day: 1, units: 2_500)
        let again = try await town.look(restarted)
        #expect(again.events.contains { $0.alarm == alarm && $0.isStart })
        let counted = again.findings.first?.ratios.first?.counts.reduce(0) { $0 + $1.observed }
        #expect(counted == 2_500)
        let whole = HealthWatch([])
        let round = try whole.round(town.catalog, try town.reader(), now: town.shop.clock.now)
        let anew = round.findings.first?.ratios.first?.counts.reduce(0) { $0 + $1.observed }
        #expect(anew == 2_500)
    }

    @Test func `acknowledged drift is measured by what is served from then on`() async throws {
        let town = try await HealthTown(seed: 12, HealthTown.Faults(shift: 1))
        let watch = try town.watch()
        for day in 0..<4 { try await town.live(day: day, units: 2_600) }
        let round = try await town.look(watch)
        #expect(round.findings.first?.alarms.map(\.alarm).contains(.inputDrift) == true)
        try await town.shop.ledger.acknowledge("input-drift", of: try name("limits"))
        let after = try await town.look(watch)
        #expect(after.findings.first?.drift == nil && after.findings.first?.collecting == 0)
        #expect(try town.reader().healthRows().contains { $0.kind == "drift" } == false)
        for day in 4..<7 { try await town.live(day: day, units: 2_600) }
        let settled = try await town.look(watch)
        #expect(settled.findings.first?.alarms.map(\.alarm).contains(.inputDrift) == false)
        #expect(settled.findings.first?.drift?.referenceRows == 5_000)
    }

    @Test func `what is kept and cannot be read is calculated anew`() async throws {
        let town = try await HealthTown(seed: 4)
        try await town.live(day: 0, units: 300)
        try await town.look(try town.watch())
        let rows = try town.reader().healthRows()
        for state in ["", "{", "[]", "{\"cursors\":{}}", "null"] {
            let damaged = rows.map {
                HealthRow(
                    experiment: $0.experiment, kind: $0.kind,
                    state: $0.kind == "evidence" ? state : $0.state, cursor: $0.cursor)
            }
            let watch = HealthWatch(damaged)
            let round = try watch.round(town.catalog, try town.reader(), now: town.shop.clock.now)
            #expect(round.findings.first?.lookedAt == 300, "\(state)")
        }
    }

    @Test func `an exposure waits ten minutes for its decision`() async throws {
        let town = try await HealthTown(seed: 6)
        let watch = try town.watch()
        let facts = try ["early", "never"].map {
            try Shop.exposure("e-\($0)", $0, at: moment(1))
        }
        town.shop.clock.now = moment(1)
        try await town.shop.append(facts)
        let waiting = try #require(try await town.look(watch).findings.first)
        #expect(waiting.pending == 2 && waiting.tally.exposures == 0)
        try await town.shop.append([
            try Shop.decision(
                town.catalog, "d-early", "early", at: moment(1), intended: true)
        ])
        // What waits outlives a restart.
        let restarted = try town.watch()
        let decided = try #require(try await town.look(restarted).findings.first)
        #expect(decided.pending == 1 && decided.tally.exposures == 1)
        #expect(decided.tally.undecided == 0)
        town.shop.clock.now = moment(1, HealthRules.grace - 1)
        #expect(try await town.look(restarted).findings.first?.pending == 1)
        town.shop.clock.now = moment(1, HealthRules.grace)
        let late = try #require(try await town.look(restarted).findings.first)
        #expect(late.pending == 0 && late.tally.undecided == 1 && late.tally.exposures == 2)
        // One that is forgotten while it waits is not asked for again.
        town.shop.clock.now = moment(1.5)
        try await town.shop.append([try Shop.exposure("e-gone", "gone", at: moment(1.5))])
        #expect(try await town.look(restarted).findings.first?.pending == 1)
        _ = try await town.shop.ledger.forget(try unit("gone"))
        #expect(try await town.look(restarted).findings.first?.pending == 0)
    }

    @Test func `outcomes are asked for once their time has passed`() async throws {
        let town = try await HealthTown(seed: 6)
        try await town.live(day: 0, units: 400)
        // Each came when it was made.
        try town.shop.tamper("UPDATE decisions SET received_at = decided_at")
        var settings = HealthWatch.Settings()
        settings.isBounded = true
        let watch = try town.watch(settings)
        // The horizon of three hours and ten minutes more: what was decided by 6:50.
        for (hours, ripe) in [(10.0, 152), (12.0, 197), (48.0, 400)] {
            town.shop.clock.now = moment(hours)
            let round = try await town.look(watch)
            let arms = try #require(round.findings.first?.tally.arms)
            #expect(arms.values.reduce(0) { $0 + $1.ripe } == ripe, "\(hours)")
            #expect(!round.hasMore)
        }
    }

    @Test func `of too many facts every k-th unit is looked at`() throws {
        for (rows, every) in [(0, 1), (20_000, 1), (20_001, 2), (40_002, 4), (500_000, 32)] {
            #expect(HealthPass.every(rows) == UInt64(every), "\(rows)")
        }
        // The hash has nothing to do with the arms: of the units of each arm as many pass.
        let passed = (0..<40_000).count { healthHash("unit-\($0)".utf8) % 4 == 0 }
        #expect((9_600...10_400).contains(passed))
    }

    @Test func `clusters beyond the limit are looked at by their hash`() {
        var memory = ClusterMemory(limit: 100)
        var taken = 0
        for number in 0..<1_000 {
            let hash = healthHash("h-\(number)".utf8)
            if memory.add(1, to: hash) != nil { taken += 1 }
            #expect(memory.count <= 100)
        }
        #expect(taken < 1_000 && memory.count > 30)
        let known = (0..<1_000).map { healthHash("h-\($0)".utf8) }.filter { memory.holds($0) }
        for hash in known { #expect(memory.marks(of: hash) == 1) }
    }

    @Test func `days beyond the limit are dropped, the oldest first`() {
        var evidence = ExperimentEvidence("limits")
        let plan = ArmPlan(arms: ["control", "treatment"], shares: [0.5, 0.5])
        for day in 0..<(HealthRules.dayLimit + 2) {
            let at = Int64(day) * dayLength
            evidence.addUnit("control", plan: plan, values: [], at: at, received: at)
        }
        #expect(evidence.days.count == HealthRules.dayLimit)
        #expect(evidence.days[0] == nil && evidence.days[2] != nil)
        #expect(evidence.tally.arms["control"]?.dealt == HealthRules.dayLimit + 2)
        // A clock that went wrong: of before, and of years to come.
        evidence.addUnit("control", plan: plan, values: [], at: 0, received: 400 * dayLength)
        let far = Int64(1_000_000) * dayLength
        evidence.addUnit("control", plan: plan, values: [], at: far, received: 401 * dayLength)
        #expect(evidence.days.keys.max() == 401 && evidence.days[0] == nil)
    }

    @Test func `a feature of many values is not watched one by one, and none is kept`() {
        var evidence = AttributeEvidence()
        let plan = ArmPlan(arms: ["control", "treatment"], shares: [0.5, 0.5])
        for _ in 0..<100 { evidence.add("control", plan: plan, [("city", "c-0")], key: key) }
        #expect(evidence.values.map(\.text) == ["c-0"] && evidence.pValue < 0.001)
        for number in 1..<HealthRules.valueLimit {
            evidence.add("control", plan: plan, [("city", "c-\(number)"), ("kind", "a")], key: key)
        }
        let before = evidence
        evidence.add("control", plan: plan, [("city", "c-more")], key: key)
        #expect(evidence.crowded == ["city"])
        #expect(evidence.values.map(\.feature) == ["kind"])
        #expect(!evidence.json.text().contains("c-"))
        // What the values were worth stays, as a stake that is not bet any more.
        #expect(abs(evidence.logEvidence - before.logEvidence) < 1e-12)
        #expect(evidence.pValue == before.pValue)
        let long = String(repeating: "x", count: 65)
        evidence.add("control", plan: plan, [("note", long)], key: key)
        #expect(evidence.crowded == ["city", "note"])
        #expect(AttributeEvidence(evidence.json) == evidence)
    }

    private let key = HealthKey("a salt of sixteen")

    @Test func `a value is told once ten units have it`() {
        var evidence = AttributeEvidence()
        let plan = ArmPlan(arms: ["control", "treatment"], shares: [0.5, 0.5])
        // A unit that is dealt in each block of time is one unit.
        for block in 0..<40 {
            evidence.add(
                "control", plan: plan, [("name", "ann")], isNewUnit: block == 0, key: key)
        }
        for _ in 1..<HealthRules.leastOfCategory {
            #expect(evidence.values.map(\.text) == [nil] && evidence.values.count == 1)
            #expect(!evidence.json.text().contains("ann"))
            #expect(AttributeEvidence(evidence.json) == evidence)
            evidence.add("treatment", plan: plan, [("name", "ann")], key: key)
        }
        #expect(evidence.values.map(\.text) == ["ann"])
        #expect(evidence.values[0].ratio.counts.map(\.observed) == [40, 9])
        // The mark is of 32 bits, hangs on the salt, and on the feature as well as the value.
        #expect((0..<(1 << 32)).contains(key.mark("a")) && key.mark("a") != key.mark("b"))
        #expect(HealthKey("another salt here").mark("a") != key.mark("a"))
    }

    @Test func `what names a person is in no evidence and no answer`() async throws {
        let catalog = try simpleCatalog("features: {email: category}")
        let shop = try await Shop(catalog)
        let watch = HealthWatch([])
        try await shop.append(
            (0..<60).map { number in
                try Shop.decision(
                    catalog, "d-\(number)", "u\(number)", at: moment(0.5),
                    features: [
                        LoggedFeature(
                            name: try name("email"), value: .category("u\(number)@example.org"))
                    ])
            })
        let findings = try await shop.look(watch, catalog)
        #expect(findings.lookedAt == 60)
        #expect(!JSON.object(findings.json).text().contains("example.org"))
        let rows = try LedgerReader(path: shop.path, salt: catalog).healthRows()
        #expect(!rows.isEmpty)
        for row in rows { #expect(!row.state.contains("example.org")) }
    }

    @Test func `a category of one unit has no bin of its own`() throws {
        var builder = DriftReferenceBuilder([("name", .category)])
        for row in 0..<60 {
            // Ann is scored thirty times; ten others are one each.
            builder.add(0, text: row < 30 ? "ann" : "other", unit: row < 30 ? 7 : UInt64(row))
            builder.endRow()
        }
        let reference = try #require(builder.reference(source: "a test"))
        #expect(reference.features[0].values == ["other"])
        #expect(reference.features[0].shares == [0, 0.5, 0.5])
    }

    /// A reference of one number that is uniform from 0 to 1.
    private static func uniform() throws -> DriftReference {
        var builder = DriftReferenceBuilder([("income", .number)])
        for row in 0..<5_000 {
            builder.add(0, number: (Double(row) + 0.5) / 5_000)
            builder.endRow()
        }
        return try #require(builder.reference(source: "a test"))
    }

    @Test func `a block of few units is worth few rows`() throws {
        #expect(DriftEvidence.effectiveUnits([40, 40, 40, 40, 40]) == 5)
        #expect(abs(DriftEvidence.effectiveUnits([150, 1, 1]) - 23_104.0 / 22_502) < 1e-12)
        #expect(DriftEvidence.effectiveUnits([]) == 0)
        let reference = try HealthEvidenceTests.uniform()
        var drift = DriftEvidence(reference)
        var chance = SeededGenerator(seed: 5)
        var most = -Double.infinity
        for hours in 0..<400 {
            // Five shops, each of which has its income for an hour and is scored 41 times in it.
            for shop in 0..<5 {
                let income = Double(chance.next() >> 11) * 0x1p-53
                for row in 0..<41 {
                    let at = Int64(hours) * hour + Int64(row * 5 + shop) * 1_000_000
                    _ = drift.beginRow(of: Int64(shop), decidedAt: at)
                    drift.add(0, bin: reference.features[0].bin(of: income))
                }
            }
            most = max(most, drift.logEvidence ?? most)
            if hours == 200 {
                #expect(DriftEvidence(drift.json, open: drift.openJSON) == drift)
            }
        }
        #expect(drift.blocks == 399 && most < 10.08, "\(most)")
    }

    @Test func `a clock that is ahead does not stop drift`() throws {
        var evidence = ExperimentEvidence("limits")
        evidence.watchDrift(try HealthEvidenceTests.uniform())
        for row in 0..<2_000 {
            let at = Int64(row) * hour / 400
            let ahead = row == 900 ? 100_000 * hour : 0
            let isTaken = evidence.beginFeatures(unit: Int64(row), at: at + ahead, received: at)
            #expect(isTaken)
            evidence.addFeature(0, bin: 1 + row % 10)
        }
        #expect(evidence.drift?.blocks == 4)
    }

    @Test func `features that are declared late are watched`() async throws {
        let plain = try simpleCatalog()
        let shop = try await Shop(plain)
        let watch = HealthWatch([])
        try await shop.append(
            (0..<5_000).map { try Shop.decision(plain, "a-\($0)", "a\($0)", at: moment(0.5)) })
        #expect(try await shop.look(watch, plain).drift == nil)
        let richer = try simpleCatalog("features: {income: number}")
        try await shop.force(richer)
        // At first nobody logs them.
        try await shop.append(
            (0..<5_000).map { try Shop.decision(richer, "b-\($0)", "b\($0)", at: moment(0.6)) })
        _ = try await shop.look(watch, richer)
        try await shop.append(
            (0..<5_000).map { number in
                try Shop.decision(
                    richer, "c-\(number)", "c\(number)", at: moment(0.7),
                    features: [
                        LoggedFeature(name: try name("income"), value: .number(Double(number)))
                    ])
            })
        let findings = try await shop.look(watch, richer)
        #expect(
            findings.drift?.referenceRows == 5_000, "\(String(describing: findings.collecting))")
    }

    @Test func `a table is a reference for drift`() async throws {
        let town = try await HealthTown(seed: 2)
        let experiment = try #require(town.catalog[experiment: "limits"])
        func reference(_ text: String) throws -> DriftReference? {
            try DriftReference.read(.bytes(Array(text.utf8), name: "train.csv"), of: experiment)
        }
        #expect(try reference("other\n1\n") == nil)
        #expect(try reference("income,region\n") == nil)
        var rows = "income,region,member\n"
        for number in 0..<400 {
            rows += "\(number % 100),\(number % 2 == 0 ? "north" : "south"),\(number % 4 == 0)\n"
        }
        let read = try #require(try reference(rows))
        #expect(read.rows == 400 && read.source == "train.csv")
        #expect(read.features.map(\.name) == ["income", "region", "member"])
        #expect(read.features[1].values == ["north", "south"])
        #expect(read.features[2].values == ["0", "1"] && read.features[2].shares[1] == 0.75)
        #expect(DriftReference(read.json) == read)
        var settings = HealthWatch.Settings()
        settings.references[experiment.name] = read
        for day in 0..<2 { try await town.live(day: day, units: 1_200) }
        let round = try await town.look(try town.watch(settings))
        // Its incomes are from 0 to 99, and those that are served about 0.
        #expect(round.findings.first?.alarms.map(\.alarm) == [.inputDrift])
        #expect(round.findings.first?.drift?.features.first?.name == "income")
    }
}
