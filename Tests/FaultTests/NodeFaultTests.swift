import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// Services of one catalog need not know of each other: a client goes round them, and what they
/// ship to one lake gives the set of a service that was given everything.
///
/// `HOLDFAST_KILL_ROUNDS` and `HOLDFAST_KILL_SEED` as for the service; `HOLDFAST_LONG=1` makes 25
/// rounds.
@Suite struct NodeFaultTests {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func
        `three nodes that are killed, and shipments that are, give the set of one that had it all`()
        async throws
    {
        let isLong = NodeFaultTests.setting("HOLDFAST_LONG") == 1
        let rounds = Int(NodeFaultTests.setting("HOLDFAST_KILL_ROUNDS") ?? (isLong ? 25 : 3))
        let seed = NodeFaultTests.setting("HOLDFAST_KILL_SEED") ?? 20_261_701
        var counts = NodeYard.Counts()
        for round in 1...rounds {
            let yard = try await NodeYard(seed: seed &+ UInt64(round - 1))
            let words = "seed \(yard.seed)"
            try await yard.run()
            try await yard.settle(words)
            try await yard.compare(words)
            counts.add(yard.counts)
        }
        print(
            "nodes: \(rounds) rounds, first seed \(seed): \(counts.facts) facts, \(counts.kills) nodes killed, \(counts.lost) answers lost, \(counts.twice) facts at two nodes, \(counts.cutShort) of \(counts.shipments) shipments killed on their way"
        )
        #expect(counts.kills > 0 && counts.twice > 0 && counts.cutShort > 0, "seed \(seed)")
    }
}

/// Three nodes and one that stands alone, each with a ledger of its own, and a lake.
private final class NodeYard {
    struct Counts {
        var facts = 0
        var kills = 0
        /// Posts that had no answer, or whose answer did not arrive.
        var lost = 0
        /// Facts that two nodes have.
        var twice = 0
        var shipments = 0
        var cutShort = 0

        mutating func add(_ other: Counts) {
            facts += other.facts
            kills += other.kills
            lost += other.lost
            twice += other.twice
            shipments += other.shipments
            cutShort += other.cutShort
        }
    }

    static let nodeCount = 3
    /// The place of the node that stands alone.
    static let alone = nodeCount
    static let catalog = """
        holdfast: 1
        salt: node-tests-salt-0001
        holdouts: {quiet: {unit: customer, share: 6%, covers: all}}
        experiments:
          limits:
            unit: customer
            arms: [{control: 50%}, {treatment: 50%}]
            washout: 2h
            outcome: {name: paid, horizon: 3h, absent: 0}
            split: {train: 70%, eval: 30%}
            features: {income: number, region: category}
          promo: {unit: customer, arms: [{control: 50%}, {on: 50%}]}
        """

    let seed: UInt64
    let folder: TemporaryFolder
    let lake: String
    private(set) var counts = Counts()
    private let catalog: String
    private var chance: SeededGenerator
    private var services: [ServiceProcess] = []
    /// At whose turn it is.
    private var turn = 0
    /// Within how many microseconds a shipment is killed.
    private var moment = 0
    /// How long a whole shipment took when the nodes were new.
    private var wholeMoment = 0
    /// How long the last post took that nobody killed: more where the machine does other things.
    private var postMoment = 3_000

    init(seed: UInt64) async throws {
        self.seed = seed
        chance = SeededGenerator(seed: seed)
        folder = try TemporaryFolder()
        lake = folder.file("lake")
        catalog = try folder.write("catalog.yaml", NodeYard.catalog)
        for number in 0...NodeYard.alone { services.append(try await start(number)) }
        let began = ContinuousClock.now
        let warm = try await Program.run([
            "ship", "--ledger", ledger(NodeYard.alone), "--lake", folder.file("warm"),
        ])
        #expect(warm.status == 0, "\(warm.errors)")
        wholeMoment = Int((ContinuousClock.now - began) / .microseconds(1))
        moment = wholeMoment
    }

    private func ledger(_ number: Int) -> String { folder.file("ledger-\(number).db") }

    private func start(_ number: Int) async throws -> ServiceProcess {
        try await ServiceProcess.start(
            catalog: catalog, ledger: ledger(number), errors: folder.file("errors-\(number)"))
    }

    // MARK: - What happens

    /// Posts everything, while nodes are killed and shipments are made.
    func run() async throws {
        var rest = batches()[...]
        counts.facts = rest.reduce(0) { $0 + $1.facts.count }
        while !rest.isEmpty {
            let count = 1 + chance.below(8)
            let some = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            let shipments = chance.below(2) == 0 ? try startShipments() : []
            for batch in some { try await post(batch) }
            try await end(shipments)
        }
    }

    /// Posts a batch to the next node, and to the one after it where no answer arrived; and to the
    /// one that stands alone.
    private func post(_ batch: SentBatch) async throws {
        var isAnswered = false
        while !isAnswered {
            let node = turn % NodeYard.nodeCount
            turn += 1
            guard chance.below(12) == 0 else {
                let began = ContinuousClock.now
                try expect(try await send(batch, to: node).get(), batch)
                postMoment = Int((ContinuousClock.now - began) / .microseconds(1))
                // Also without a kill an answer may be lost on its way.
                isAnswered = chance.below(24) > 0
                if !isAnswered { counts.lost += 1 }
                continue
            }
            // Killed before, while or after it takes the batch.
            let pause = UInt32(chance.below(max(6_000, 2 * postMoment)))
            let service = services[node]
            async let kill: Void = blocking {
                usleep(pause)
                service.signal(SIGKILL)
            }
            let result = await send(batch, to: node)
            try await kill
            #expect(try await service.ended() == 128 + SIGKILL, "seed \(seed)")
            counts.kills += 1
            if case .success(let answer) = result { try expect(answer, batch) }
            // Also an answer that was given may be lost on its way.
            if case .success = result, chance.below(2) == 0 {
                isAnswered = true
            } else {
                counts.lost += 1
            }
            services[node] = try await start(node)
        }
        try expect(try await send(batch, to: NodeYard.alone).get(), batch)
    }

    private func send(
        _ batch: SentBatch, to number: Int
    ) async -> Result<WireClient.Answer, any Error> {
        let port = services[number].port
        do {
            return .success(
                try await blocking {
                    try WireClient(port: port).post(
                        batch.kind.path, batch.body, headers: batch.headers)
                })
        } catch {
            return .failure(error)
        }
    }

    /// Every item was taken, or was there.
    private func expect(_ answer: WireClient.Answer, _ batch: SentBatch) throws {
        let json = try answer.json
        let taken = try json.integer(at: "accepted") + json.integer(at: "duplicates")
        #expect(
            answer.status == 200 && taken == Int64(batch.facts.count),
            "seed \(seed): \(json.text())")
    }

    // MARK: - Shipments

    private func words(_ number: Int) -> [String] {
        ["ship", "--ledger", ledger(number), "--lake", lake, "--node", "node-\(number)"]
    }

    /// Begins shipments of some nodes at once.
    private func startShipments() throws -> [ChildProcess] {
        try (0..<NodeYard.nodeCount).filter { _ in chance.below(2) == 0 }.map { number in
            counts.shipments += 1
            return try Program.start(
                words(number) + ["--range-rows", "\(5 + chance.below(60))"],
                output: folder.file("shipped-\(number)"), errors: folder.file("ship-\(number)"))
        }
    }

    /// Kills some shipments where they stand, and waits for the others.
    private func end(_ shipments: [ChildProcess]) async throws {
        for child in shipments {
            let isToDie = chance.below(3) > 0
            if isToDie {
                let pause = UInt32(chance.below(moment))
                try await blocking { _ = usleep(pause) }
                child.signal(SIGKILL)
            }
            let status = try await blocking { child.wait() }
            #expect(status == 0 || status == 128 + SIGKILL, "seed \(seed): \(status)")
            if status != 0 { counts.cutShort += 1 }
            // A machine that was busy when the time was taken may be quiet now, and the other way.
            guard isToDie else { continue }
            moment = status == 0 ? max(500, moment / 2) : min(wholeMoment, 2 * moment)
        }
    }

    // MARK: - What is left

    /// Ends the services, ships the rest, and holds the lake against the nodes' ledgers by an
    /// independent program.
    func settle(_ words: String) async throws {
        for service in services { #expect(try await service.terminate() == 0, "\(words)") }
        for number in 0..<NodeYard.nodeCount {
            let run = try await Program.run(self.words(number))
            #expect(run.status == 0, "\(words): \(run.errors)")
        }
        let script = Repository.root + "/Tests/HoldfastLakeTests/Golden/compare.py"
        let nodes = (0..<NodeYard.nodeCount).map { "node-\($0)=\(ledger($0))" }
        let run = try await Program.run("/usr/bin/env", ["python3", script, lake] + nodes)
        #expect(run.status == 0, "\(words): \(run.output)\(run.errors)")
        let found = try JSON.parse(Array(run.output.utf8))
        let shipped = try ["decisions", "exposures", "outcomes"].reduce(0) {
            $0 + Int(try found.integer(at: $1))
        }
        counts.twice = shipped - counts.facts
        #expect(counts.twice >= 0, "\(words): \(counts.facts) facts, \(run.output)")
    }

    /// Holds the set of the lake against that of the node that stands alone.
    func compare(_ words: String) async throws {
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let sources = [
            "together": ["--lake", lake, "--engine", "duckdb"],
            "alone": ["--ledger", ledger(NodeYard.alone)],
        ]
        for (name, source) in sources {
            let run = try await Program.run(
                [
                    "export", "--catalog", catalog, "--experiment", "limits", "--as-of",
                    now.description, "--out", folder.file(name),
                ] + source + NodeYard.waivers + NodeYard.duckdb)
            #expect(run.status == 0, "\(words), \(name): \(run.output)\(run.errors)")
            #expect(run.errors == "", "\(words), \(name)")
        }
        for part in ["train.csv", "eval.csv"] {
            let expected = try folder.read("alone/\(part)")
            #expect(expected.count(where: { $0 == UInt8(ascii: "\n") }) > 10, "\(words): \(part)")
            #expect(try folder.read("together/\(part)") == expected, "\(words): \(part)")
        }
    }

    private static let duckdb = EnginePrograms.duckdb.map { ["--duckdb", $0] } ?? []
    private static let waivers = [
        "sample-ratio", "sample-ratio-kept", "attrition", "balance", "unknown-share",
        "positivity", "positives", "train-eval", "control-serve", "minimum-rows",
    ].flatMap { ["--waive", "\($0)=a trial"] }
}

// MARK: - Facts

extension NodeYard {
    /// Facts about some hundred units, each with an id and a time, in batches in any order. Every
    /// second batch has a number.
    private func batches() -> [SentBatch] {
        var facts: [FactKind: [SentFact]] = [:]
        func add(_ kind: FactKind, _ id: String, _ rest: String) {
            facts[kind, default: []].append(SentFact(key: id, item: #"{"id":"\#(id)",\#(rest)}"#))
        }
        for number in 0..<220 {
            let unit = #""unit":"customer-\#(number)""#
            for again in 0...(chance.below(5) == 0 ? 1 : 0) {
                let score = Double(chance.below(100)) / 100
                let features = #"{"income":\#(chance.below(900)).25,"region":"r\#(number % 3)"}"#
                add(
                    .decisions, "d-\(number)-\(again)",
                    #"\#(unit),"experiment":"limits","at":"\#(time())","score":\#(score),"intended":\#(score >= 0.5),"features":\#(features)"#
                )
            }
            if chance.below(6) == 0 {
                add(
                    .exposures, "x-\(number)",
                    #"\#(unit),"experiment":"promo","arm":"on","at":"\#(time())""#)
            }
            if chance.below(3) == 0 {
                add(
                    .outcomes, "o-\(number)", #"\#(unit),"name":"paid","value":1,"at":"\#(time())""#
                )
            }
        }
        var batches: [SentBatch] = []
        for kind in FactKind.allCases {
            var rest = (facts[kind] ?? []).shuffled(using: &chance)[...]
            while !rest.isEmpty {
                let some = rest.prefix(1 + chance.below(16))
                rest = rest.dropFirst(some.count)
                batches.append(SentBatch(kind: kind, facts: Array(some)))
            }
        }
        batches.shuffle(using: &chance)
        for index in batches.indices where index.isMultiple(of: 2) {
            batches[index].number = ("till-\(index / 2 % 2)", index / 4 + 1)
        }
        return batches
    }

    /// Some time within a few days that are long over.
    private func time() -> String {
        let start: Int64 = 1_767_225_600_000_000
        return Timestamp(microseconds: start + Int64(chance.below(3 * 86_400)) * 1_000_000)
            .description
    }
}
