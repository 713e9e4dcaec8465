import Foundation
import HoldfastAssignment
import HoldfastChecks
@testable import HoldfastDatasets
import HoldfastEngines
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import HoldfastStatistics
import Testing
import TestSupport

/// What is analysed of a ledger, beside a slow reading of the same tables, fact by fact.
@Suite struct AnalysedFactsTests {
    private static let isLong = ProcessInfo.processInfo.environment["HOLDFAST_LONG"] == "1"
    private static let seeds: Range<UInt64> = isLong ? 0..<400 : 0..<120

    /// The question that is asked of a random ledger.
    private static func request(_ random: RandomShop) throws -> AnalysisRequest {
        let isBlocked = random.method == .switchback
        return AnalysisRequest(
            catalog: random.request.catalog, experiment: try name("limits"),
            metrics: try ["paid:mean", "paid:proportion", "other:mean", "other:ratio/paid"].map {
                try MetricRequest($0)
            }, asOf: random.request.asOf, covariate: isBlocked ? nil : "before",
            isByExposure: true)
    }

    @Test func `a unit counts by its first dealt decision, with what came in its window`()
        async throws
    {
        var rows = 0
        var reached = 0
        var weighted = 0
        for seed in AnalysedFactsTests.seeds {
            let random = try await RandomShop(seed: seed)
            let request = try AnalysedFactsTests.request(random)
            let slow = try SlowAnalysis(random.shop.path, request)
            let reader = try LedgerReader(path: random.shop.path, salt: request.catalog)
            let place = "seed \(seed), \(random.method)"
            guard let expected = slow.rows else {
                // A chance of 0 or less has no inverse.
                #expect(throws: AnalysisError.self, "\(place)") {
                    try AnalysedFacts.read(request, from: reader)
                }
                continue
            }
            var told: [String] = []
            let found = try AnalysedFacts.read(request, from: reader) { told.append($0) }
            // Of four metrics of two outcomes each outcome is read once.
            #expect(told.count { $0.contains("reading outcomes") } == 2, "\(place)")
            #expect(SlowAnalysis.Row.all(found.rows) == expected, "\(place)")
            #expect(found.dealing.dealt.map(\.arm) == slow.dealt, "\(place)")
            let boxes = found.flow.dropFirst().reduce(0) { $0 + $1.count }
            #expect(boxes == found.flow.first?.count, "\(place)")
            let analysed = found.flow.first { $0.name == "analysed" }?.count
            #expect(analysed == expected.count { $0.arm != "held out" }, "\(place)")
            rows += expected.count
            reached += expected.count { !$0.reachedBy.isEmpty }
            weighted += found.rows.weights == nil ? 0 : 1
        }
        // It was about something.
        #expect(rows > 2 * AnalysedFactsTests.seeds.count)
        #expect(reached > 20)
        #expect(weighted > 3)
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `DuckDB finds the rows that SQLite finds`() async throws {
        let folder = try TemporaryFolder()
        let engine = try DuckDBEngine(
            program: EnginePrograms.duckdb, scratch: folder.path, salt: "", threads: 2)
        try await compare(0..<60, by: engine)
    }

    @Test(.enabled(if: EnginePrograms.hasSpark, "\(EnginePrograms.noSpark)"))
    func `Spark finds the rows that SQLite finds`() async throws {
        let folder = try TemporaryFolder()
        let engine = try SparkEngine(
            program: EnginePrograms.spark, master: "local[2]",
            conf: EngineDifferentialTests.small, scratch: folder.path, salt: "")
        try await compare(0..<(AnalysedFactsTests.isLong ? 40 : 5), by: engine)
    }

    private func compare(_ seeds: Range<UInt64>, by engine: any SQLEngine) async throws {
        for seed in seeds {
            let random = try await RandomShop(seed: seed)
            let request = try AnalysedFactsTests.request(random)
            let reader = try LedgerReader(path: random.shop.path, salt: request.catalog)
            try engine.run("SET VARIABLE holdfast_salt = \(request.catalog.salt)")
            let copy = try LedgerCopy(reader, engine: engine, experiment: try name("limits"))
            func told(_ facts: any FactStore) throws -> String {
                do {
                    let found = try AnalysedFacts.read(request, from: facts)
                    let run = AnalysisRun(
                        rows: found.rows, dealing: found.dealing, options: AnalysisOptions())
                    let analysis = run.analysis(
                        name: "limits", rowMeaning: found.rowMeaning, flow: found.flow)
                    return "\(SlowAnalysis.Row.all(found.rows)) \(analysis)"
                } catch let error as AnalysisError {
                    return "\(error)"
                }
            }
            #expect(try told(copy) == told(reader), "seed \(seed), \(random.method)")
            try engine.clear()
        }
    }

    @Test func `what cannot be asked is refused with what to do`() async throws {
        let shop = try await Shop(try simpleCatalog())
        try await shop.append([
            try Shop.decision(try simpleCatalog(), "d", "u", at: moment(0))
        ])
        func refused(_ catalog: Catalog, _ change: (inout AnalysisRequest) throws -> Void) -> String
        {
            do {
                var request = AnalysisRequest(
                    catalog: catalog, experiment: try name("limits"), asOf: moment(9))
                try change(&request)
                let reader = try LedgerReader(path: shop.path, salt: catalog)
                _ = try AnalysedFacts.read(request, from: reader)
                return "not refused"
            } catch {
                return "\(error)"
            }
        }
        let known = try simpleCatalog()
        #expect(refused(known) { $0.experiment = try name("ghost") }.contains("limits"))
        #expect(refused(known) { $0.covariate = "age" }.contains("declares no feature \"age\""))
        #expect(refused(known) { $0.subgroups = ["region"] }.contains("it has score"))
        #expect(refused(known) { $0.asOf = moment(-200) }.contains("as-of time"))
        #expect(refused(known) { $0.horizon = .zero }.contains("a horizon of no time"))
        #expect(
            refused(known) { $0.metrics = [MetricRequest(name: "a b")] }.contains("is no name"))
        let other = try simpleCatalog(arms: "[{control: 40%}, {treatment: 60%}]")
        #expect(refused(other) { _ in }.contains("deals this experiment as the catalog does"))
        let arms = try simpleCatalog(arms: "[{small: 50%}, {treatment: 50%}]")
        #expect(refused(arms) { _ in }.contains("no arm named control"))
        let blocks = try simpleCatalog("switchback: {every: 1h, burnIn: 1m}")
        #expect(refused(blocks) { $0.covariate = "before" }.contains("switchback"))
    }

    @Test(arguments: ["100%", "0%"])
    func `scores at which an arm has no share are compared with nobody`(control: String)
        async throws
    {
        let catalog = try catalog(
            """
            experiments: {limits: {unit: customer,
            explore: [{below: 0.5, control: \(control)}, {control: 40%}],
            outcome: {name: paid, horizon: 3h, absent: 0}}}
            """)
        let shop = try await Shop(catalog)
        let scores = (0..<200).map { Double($0) / 200 }
        try await shop.append(
            try scores.enumerated().map {
                try Shop.decision(catalog, "d\($0)", "u\($0)", at: moment(0), score: $1)
            })
        // The outcome follows the score, and no treatment does anything.
        try await shop.append(
            try scores.enumerated().map {
                try Shop.outcome("o\($0)", "u\($0)", $1, at: moment(1), name: "spend")
            })
        func read() throws -> AnalysedFacts {
            try AnalysedFacts.read(
                AnalysisRequest(
                    catalog: catalog, experiment: try name("limits"),
                    metrics: [try MetricRequest("spend:mean")], asOf: moment(9),
                    subgroups: ["score"]),
                from: try LedgerReader(path: shop.path, salt: catalog))
        }
        let found = try read()
        #expect(found.rows.counts.reduce(0, +) == 100 && found.rows.weights == nil)
        for row in 0..<200 where found.rows.arm[row] >= 0 {
            #expect(found.rows.metrics[0].values[row] >= 0.5)
        }
        let boxes = found.flow.map { "\($0.name) \($0.count)" }
        #expect(boxes == ["decisions 200", "not_ripe 0", "no_overlap 100", "analysed 100"])
        #expect(found.notes.contains { $0.contains("nobody is there to be compared with them") })
        #expect(found.dealing.dealt.count == 200)
        func analysis(_ facts: AnalysedFacts) -> Analysis {
            AnalysisRun(rows: facts.rows, dealing: facts.dealing, options: AnalysisOptions())
                .analysis(name: "limits", rowMeaning: facts.rowMeaning)
        }
        let told = analysis(found)
        #expect(told.status == .told && told.metrics[0].effects[0].verdict == .inconclusive)
        #expect(told.subgroups[0].parts.map(\.rows) == [25, 25, 25, 25])
        // One that got in below is a leak, though its arm has a share above.
        let other = control == "0%" ? "control" : "treatment"
        try shop.tamper("UPDATE decisions SET arm = \(other) WHERE id = 'd7'")
        let leak = try #require(analysis(try read()).sampleRatio)
        #expect(leak.leaks == [other] && leak.isFailed)
    }

    @Test func `a row and a cluster are called by the unit's name`() async throws {
        let catalog = try simpleCatalog("switchback: {every: 1h, burnIn: 1m}")
        let shop = try await Shop(catalog)
        try await shop.append([try Shop.decision(catalog, "d", "u", at: moment(0.5))])
        let found = try AnalysedFacts.read(
            AnalysisRequest(catalog: catalog, experiment: try name("limits"), asOf: moment(9)),
            from: try LedgerReader(path: shop.path, salt: catalog))
        #expect(found.rowMeaning.hasPrefix("a row is one customer in a block of 1h"))
        #expect(found.notes.contains { $0.hasPrefix("Blocks of one customer are not independent") })
    }

    @Test func `weeks are of sums, and sums are doubles`() async throws {
        let catalog = try catalog(
            """
            experiments: {limits: {unit: customer, arms: [{control: 50%}, {treatment: 50%}],
            outcome: {name: paid, horizon: 3w, absent: 0}}}
            """)
        let shop = try await Shop(catalog)
        try await shop.append(
            try (0..<4).map { try Shop.decision(catalog, "d\($0)", "u\($0)", at: moment(0)) } + [
                try Shop.outcome("a", "u0", 1, at: moment(1)),
                try Shop.outcome("b", "u1", 1e308, at: moment(1), name: "spend"),
                try Shop.outcome("c", "u1", 1e308, at: moment(2), name: "spend"),
            ])
        func read(_ metrics: [String]) throws -> [AnalysisColumn] {
            try AnalysedFacts.read(
                AnalysisRequest(
                    catalog: catalog, experiment: try name("limits"),
                    metrics: try metrics.map { try MetricRequest($0) }, asOf: moment(900)),
                from: try LedgerReader(path: shop.path, salt: catalog)
            ).rows.metrics
        }
        let found = try read(["paid", "paid:mean"])
        #expect(found.map(\.kind) == [.proportion, .mean])
        #expect(found[0].weekly == nil && found[1].weekly?.weeks == 3)
        #expect(throws: AnalysisError.self) { try read(["paid", "paid:proportion"]) }
        #expect(throws: AnalysisError.self) { try read(["spend"]) }
    }

    @Test func `testers are no rows, even for what chance dealt them before they were`()
        async throws
    {
        let before = try simpleCatalog()
        let after = try simpleCatalog("overrides: {u1: treatment}")
        let shop = try await Shop(before)
        try await shop.append([
            try Shop.decision(before, "d1", "u1", at: moment(0)),
            try Shop.decision(before, "d2", "u2", at: moment(0)),
        ])
        shop.clock.now = moment(1.5)
        try await shop.force(after)
        try await shop.append([try Shop.decision(after, "d3", "u1", at: moment(1.2))])
        let reader = try LedgerReader(path: shop.path, salt: after)
        let found = try AnalysedFacts.read(
            AnalysisRequest(catalog: after, experiment: try name("limits"), asOf: moment(9)),
            from: reader)
        #expect(found.rows.count == 1)
        let boxes = found.flow.map { "\($0.name) \($0.count)" }
        #expect(
            boxes == ["decisions 3", "not_randomised 1", "testers 1", "not_ripe 0", "analysed 1"])
    }

    @Test func `outcomes of 0 and 1 are a proportion, and others a sum`() async throws {
        let catalog = try simpleCatalog(absent: "unknown")
        let shop = try await Shop(catalog)
        try await shop.append(
            try (0..<4).map { try Shop.decision(catalog, "d\($0)", "u\($0)", at: moment(0)) } + [
                try Shop.outcome("a", "u0", 1, at: moment(0)),
                try Shop.outcome("b", "u0", 1, at: moment(1)),
                try Shop.outcome("c", "u1", 0, at: moment(2.9)),
                try Shop.outcome("d", "u2", 1, at: moment(3)),
                try Shop.outcome("e", "u3", 2.5, at: moment(1), name: "spend"),
                try Shop.outcome("f", "u3", 1.5, at: moment(2), name: "spend"),
            ])
        func values(_ metric: String, absent: Double? = 0) throws -> [Double] {
            let reader = try LedgerReader(path: shop.path, salt: catalog)
            let found = try AnalysedFacts.read(
                AnalysisRequest(
                    catalog: catalog, experiment: try name("limits"),
                    metrics: [try MetricRequest(metric)], asOf: moment(9), absent: absent),
                from: reader)
            return found.rows.metrics[0].values
        }
        // Its own outcome is unknown where it is absent, whatever is said of others.
        #expect(try values("paid").map { $0.isNaN ? -1 : $0 } == [1, 0, -1, -1])
        #expect(try values("paid:mean").map { $0.isNaN ? -1 : $0 } == [2, 0, -1, -1])
        #expect(try values("spend") == [0, 0, 0, 4])
        #expect(
            try values("spend", absent: nil).map { $0.isNaN ? -1 : $0 } == [-1, -1, -1, 4])
    }
}

/// A reading of a ledger's tables by loops over all facts, for each unit anew.
private struct SlowAnalysis {
    struct Row: Equatable, CustomStringConvertible {
        var arm: String
        var time: Double
        var weight: Double?
        /// Sum, any, others' sum, and the ratio's parts; before the decision.
        var values: [Double]
        var before: Double?
        var reachedBy: [String]

        var description: String { "\(arm) \(time) \(weight ?? 1) \(values) \(reachedBy)" }

        /// The rows as they were found, NaN written as -999.
        static func all(_ rows: AnalysisRows) -> [Row] {
            (0..<rows.count).map { row in
                func shown(_ value: Double) -> Double { value.isNaN ? -999 : value }
                let arm = Int(rows.arm[row])
                return Row(
                    arm: arm < 0 ? "held out" : rows.arms[arm], time: rows.times?[row] ?? 0,
                    weight: rows.weights?[row],
                    values: rows.metrics.map { shown($0.values[row]) }
                        + rows.metrics.compactMap(\.denominators).map { shown($0[row]) },
                    before: rows.metrics[0].covariate?.values[row],
                    reachedBy: rows.arms.indices.filter { rows.exposed?[$0][row] == true }
                        .map { rows.arms[$0] })
            }
        }
    }

    private struct Decision {
        var id = ""
        var unit = ""
        var cluster: String?
        var at: Int64 = 0
        var arm: String?
        var reason = ""
        var propensity = 0.0
        var revision = ""
    }

    private struct Event {
        var unit: String
        var name: String
        var at: Int64
        var id: String
        var value: Double
    }

    private var decisions: [Decision] = []
    private var outcomes: [Event] = []
    private var exposures: [Event] = []
    /// `nil` where a chance that is needed has no inverse.
    private(set) var rows: [Row]? = []
    private(set) var dealt: [Int32] = []

    init(_ path: String, _ request: AnalysisRequest) throws {
        let reader = try LedgerReader(path: path, salt: request.catalog)
        let experiment = try #require(request.catalog[experiment: "limits"])
        let revisions = try reader.revisions(salt: request.catalog, receivedBy: request.asOf)
        let taken = Set(
            ExportPlan.alike(revisions, request.catalog, experiment).map(\.revision))
        try read(reader, request.asOf.microseconds)
        let horizon = try #require(experiment.outcome).horizon.microseconds
        var every: Int64?
        var burnIn: Int64 = 0
        if case .switchback(let switchback) = experiment.method {
            every = switchback.every.microseconds
            burnIn = switchback.burnIn.microseconds
        }
        func block(_ at: Int64) -> Int64 {
            every.map { Int64((Double(at) / Double($0)).rounded(.down)) } ?? 0
        }
        let arms = experiment.arms.map(\.name.text)
        let testers = Set(decisions.filter { $0.reason == "override" }.map { Array($0.unit.utf8) })
            .union(experiment.overrides.keys.map { Array($0.text.utf8) })
        var first: [Decision] = []
        for one in decisions {
            guard taken.contains(one.revision), !testers.contains(Array(one.unit.utf8)),
                one.reason == "holdout" || one.reason == "assigned" && arms.contains(one.arm ?? "")
            else { continue }
            if let every, one.reason == "assigned", one.at - block(one.at) * every < burnIn {
                continue
            }
            let isEarliest = !decisions.contains { other in
                guard Array(other.unit.utf8) == Array(one.unit.utf8), other.reason == one.reason,
                    block(other.at) == block(one.at), taken.contains(other.revision),
                    other.reason == "holdout" || arms.contains(other.arm ?? "")
                else { return false }
                if let every, other.reason == "assigned",
                    other.at - block(other.at) * every < burnIn
                {
                    return false
                }
                return SlowAnalysis.precedes(other, one)
            }
            if isEarliest, one.at + horizon <= request.asOf.microseconds { first.append(one) }
        }
        first.sort(by: SlowAnalysis.precedes)
        let chances = Dictionary(
            grouping: first.filter { $0.reason == "assigned" }, by: { $0.arm ?? "" })
        let differs = chances.values.contains { Set($0.map(\.propensity)).count > 1 }
        if differs, first.contains(where: { $0.reason == "assigned" && $0.propensity <= 0 }) {
            rows = nil
            return
        }
        let own = experiment.outcome?.absent
        var clusters = Set<[UInt8]>()
        for one in first {
            let isHeldOut = one.reason == "holdout"
            func seen(_ name: String, from: Int64, to: Int64) -> [Double] {
                outcomes.filter {
                    $0.name == name && Array($0.unit.utf8) == Array(one.unit.utf8)
                        && $0.at >= from && $0.at < to
                }.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.map(\.value)
            }
            func sum(_ values: [Double], _ absent: Double?) -> Double {
                values.isEmpty ? absent ?? -999 : values.reduce(0, +)
            }
            let paid = seen("paid", from: one.at, to: one.at + horizon)
            let other = seen("other", from: one.at, to: one.at + horizon)
            let any =
                paid.isEmpty
                ? own.map { $0 == 0 ? 0.0 : 1 } ?? -999
                : paid.contains { $0 != 0 } ? 1 : 0
            rows?.append(
                Row(
                    arm: isHeldOut ? "held out" : one.arm ?? "", time: Double(one.at),
                    weight: differs ? (isHeldOut ? 1 : 1 / one.propensity) : nil,
                    values: [sum(paid, own), any, sum(other, 0), sum(other, 0), sum(paid, own)],
                    before: every == nil
                        ? seen("paid", from: one.at - horizon, to: one.at).reduce(0, +) : nil,
                    reachedBy: arms.filter { arm in
                        exposures.contains {
                            $0.name == arm && Array($0.unit.utf8) == Array(one.unit.utf8)
                                && $0.at >= one.at && $0.at < one.at + horizon
                        }
                    }))
            guard !isHeldOut, let arm = arms.firstIndex(of: one.arm ?? "") else { continue }
            let isByCluster = experiment.cluster != nil && every == nil
            let key = Array((one.cluster ?? one.unit).utf8)
            if !isByCluster || clusters.insert(key).inserted { dealt.append(Int32(arm)) }
        }
    }

    private static func precedes(_ one: Decision, _ other: Decision) -> Bool {
        one.at != other.at
            ? one.at < other.at : one.id.utf8.lexicographicallyPrecedes(other.id.utf8)
    }

    private mutating func read(_ reader: LedgerReader, _ asOf: Int64) throws {
        var (decisions, outcomes, exposures): ([Decision], [Event], [Event]) = ([], [], [])
        try reader.connection.query(
            """
            SELECT id, unit, cluster, decided_at, arm, reason, propensity, revision FROM decisions
            WHERE experiment = 'limits' AND received_at <= \(asOf)
            """
        ) { row throws(SQLError) in
            decisions.append(
                Decision(
                    id: row.text(0) ?? "", unit: row.text(1) ?? "", cluster: row.text(2),
                    at: row.integer(3), arm: row.text(4), reason: row.text(5) ?? "",
                    propensity: row.real(6), revision: row.text(7) ?? ""))
        }
        try reader.connection.query(
            """
            SELECT unit, name, observed_at, id, value FROM outcomes WHERE received_at <= \(asOf)
            """
        ) { row throws(SQLError) in
            outcomes.append(
                Event(
                    unit: row.text(0) ?? "", name: row.text(1) ?? "", at: row.integer(2),
                    id: row.text(3) ?? "", value: row.real(4)))
        }
        try reader.connection.query(
            """
            SELECT unit, arm, exposed_at, id FROM exposures
            WHERE experiment = 'limits' AND received_at <= \(asOf)
            """
        ) { row throws(SQLError) in
            exposures.append(
                Event(
                    unit: row.text(0) ?? "", name: row.text(1) ?? "", at: row.integer(2),
                    id: row.text(3) ?? "", value: 0))
        }
        (self.decisions, self.outcomes, self.exposures) = (decisions, outcomes, exposures)
    }
}
