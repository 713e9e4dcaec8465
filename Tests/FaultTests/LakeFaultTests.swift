import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// Whatever kills `ship`, `compact` and `forget`, and wherever: the lake has every fact, none twice
/// by its readers' rule, and nothing else.
///
/// `HOLDFAST_KILL_ROUNDS` and `HOLDFAST_KILL_SEED` as for the service.
@Suite struct LakeFaultTests {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test func `shipments killed at random instants, while facts come, ship each fact once`()
        async throws
    {
        let rounds = Int(LakeFaultTests.setting("HOLDFAST_KILL_ROUNDS") ?? 25)
        let seed = LakeFaultTests.setting("HOLDFAST_KILL_SEED") ?? 20_261_601
        let yard = try await LakeFaultYard(seed: seed)
        let service = try await yard.faults.start()
        let producers = Producer.team(6, seed: seed, books: yard.faults.books)
        await producers.run(port: service.port, batches: 10)
        let began = ContinuousClock.now
        #expect(try await yard.ship().status == 0)
        let moment = Int((ContinuousClock.now - began) / .microseconds(1))
        // A machine that was busy then may be quiet now: after a shipment that came through, half.
        var span = 2 * moment
        var killed = 0
        for round in 1...rounds {
            let range = 20 + yard.faults.chance.below(300)
            let child = try yard.start(["ship", "--range-rows", "\(range)"])
            let pause = UInt32(yard.faults.chance.below(span))
            async let posts: Void = producers.run(port: service.port, batches: 6)
            try await blocking { _ = usleep(pause) }
            child.signal(SIGKILL)
            let status = try await blocking { child.wait() }
            await posts
            #expect(
                status == 128 + SIGKILL || status == 0, "seed \(seed), round \(round): \(status)")
            if status != 0 { killed += 1 }
            span = status == 0 ? max(1_000, span / 2) : min(2 * moment, 2 * span)
            if round.isMultiple(of: 6) { try await yard.compact() }
        }
        await producers.settle(port: service.port)
        #expect(try await service.terminate() == 0)
        let last = try await yard.ship()
        #expect(last.status == 0, "seed \(seed): \(last.errors)")
        try await yard.faults.settle("seed \(seed)")
        let counts = try await yard.compare("seed \(seed), at the end")
        let found = ["decisions", "exposures", "outcomes"].compactMap { counts[$0]?.integer }
        #expect(found.reduce(0, +) == Int64(yard.faults.books.entries.sent.count), "seed \(seed)")
        #expect(killed > 0, "seed \(seed): no shipment was killed on its way")
        try await yard.compact()
        let compacted = try await yard.compare("seed \(seed), compacted")
        #expect(compacted["doubles"] == 0)
        print("ship: \(killed) of \(rounds) killed on their way, seed \(seed): \(counts.text())")
    }

    @Test(arguments: [20_261_602] as [UInt64])
    func `a shipment killed at its calls that write, one by one, leaves the next one to go on`(
        seed: UInt64
    ) async throws {
        let yard = try await LakeFaultYard(seed: seed)
        var (place, kills) = (0, 0)
        // Of the lake's files, and of the ledger's notes.
        for word in ["/lake/*", "ledger.db*"] {
            place = 0
            while place < 400 {
                place += 1 + yard.faults.chance.below(8)
                try await yard.record(12)
                try yard.faults.device.fail("kill 0 \(place) 1 \(word)")
                let run = try await yard.ship(["--range-rows", "9"])
                yard.faults.device.mend()
                if run.status == 0 { break }
                try #require(run.status == 128 + SIGKILL, "call \(place): \(run.errors)")
                kills += 1
                if kills.isMultiple(of: 8) { #expect(try await yard.ship().status == 0) }
            }
        }
        #expect(kills > 8)
        #expect(try await yard.ship().status == 0)
        let counts = try await yard.compare("seed \(seed)")
        #expect(counts["doubles"] == 0)
    }

    @Test(arguments: [20_261_603] as [UInt64])
    func `compaction and erasure killed at their calls that write are taken up`(seed: UInt64)
        async throws
    {
        let yard = try await LakeFaultYard(seed: seed)
        for _ in 0..<3 {
            try await yard.record(40)
            #expect(try await yard.ship().status == 0)
        }
        let start = yard.faults.folder.file("start")
        try FileManager.default.copyItem(atPath: yard.lake, toPath: start)
        func again() throws {
            try FileManager.default.removeItem(atPath: yard.lake)
            try FileManager.default.copyItem(atPath: start, toPath: yard.lake)
        }
        let compact = ["compact", "--lake", yard.lake, "--before", "9999-12-31"]
        var places = 0
        var place = 0
        while place < 400 {
            place += 1 + yard.faults.chance.below(20)
            try yard.faults.device.fail("kill 0 \(place) 1 /lake/*")
            let run = try await yard.run(compact)
            yard.faults.device.mend()
            if run.status == 0 { break }
            try #require(run.status == 128 + SIGKILL, "call \(place): \(run.errors)")
            places += 1
            try await yard.compare("killed at call \(place) of compaction")
            let taken = try await yard.run(compact)
            #expect(taken.status == 0, "call \(place): \(taken.errors)")
            let counts = try await yard.compare("taken up at call \(place)")
            #expect(counts["doubles"] == 0, "call \(place)")
            try again()
        }
        #expect(places > 3)
        let forget = [
            "forget", "recorded-1", "--catalog", yard.faults.catalog, "--ledger",
            yard.faults.ledger, "--lake", yard.lake,
        ]
        place = 0
        while place < 400 {
            place += 1 + yard.faults.chance.below(6)
            try again()
            try yard.faults.device.fail("kill 0 \(place) 1 /lake/*")
            let run = try await yard.run(forget)
            yard.faults.device.mend()
            let taken = try await yard.run(forget + ["--format", "json"])
            #expect(taken.status == 0, "call \(place): \(taken.errors)")
            // The ledger has lost the unit, and so must the lake.
            try await yard.compare("erasure killed at call \(place)")
            if run.status == 0 { break }
            try #require(run.status == 128 + SIGKILL, "call \(place): \(run.errors)")
            #expect(place < 400)
        }
    }

    @Test(arguments: [20_261_604] as [UInt64])
    func `retention killed at its calls that write takes out nothing that the lake does not have`(
        seed: UInt64
    ) async throws {
        let yard = try await LakeFaultYard(seed: seed)
        try await yard.record(60)
        #expect(try await yard.ship().status == 0)
        try await yard.record(30)
        let copy = yard.faults.folder.file("copy.db")
        let backup = try await Program.run([
            "backup", "--ledger", yard.faults.ledger, copy,
        ])
        #expect(backup.status == 0)
        try await Task.sleep(for: .seconds(1.1))
        var isDone = false
        var place = 0
        while !isDone && place < 400 {
            place += 1 + yard.faults.chance.below(5)
            try yard.faults.device.fail("kill 0 \(place) 1 ledger.db*")
            let run = try await yard.ship(["--keep", "1s"])
            yard.faults.device.mend()
            isDone = run.status == 0
            try #require(isDone || run.status == 128 + SIGKILL, "call \(place): \(run.errors)")
            let sound = try await verify(yard.faults.ledger, catalog: yard.faults.catalog)
            #expect(sound.status == 0, "call \(place): \(sound.output)")
        }
        #expect(isDone)
        // What is gone from the ledger is in the lake, with all that is not.
        try await yard.compare("after retention", ledger: copy)
        let ledger = yard.faults.ledger
        let left = try await blocking { try LedgerAudit(ledger).facts }
        #expect(left == [])
        let export = try await Program.run([
            "export", "--catalog", yard.faults.catalog, "--ledger", yard.faults.ledger, "--out",
            yard.faults.folder.file("set"),
        ])
        #expect(export.status == 2 && export.errors.contains("read them from the lake"))
    }
}

/// A ledger on a device that can be made to fail, and a lake beside it.
private final class LakeFaultYard {
    let faults: FaultYard
    let lake: String
    private var recorded = 0

    init(seed: UInt64) async throws {
        faults = try await FaultYard(seed: seed)
        lake = faults.folder.file("lake")
    }

    private func arguments(_ words: [String]) -> [String] {
        words + ["--ledger", faults.ledger, "--lake", lake, "--node", "node-1"]
    }

    /// Runs a command on the device.
    func run(_ arguments: [String]) async throws -> Program.Run {
        try await Program.run(arguments, environment: faults.device.environment)
    }

    func ship(_ more: [String] = []) async throws -> Program.Run {
        try await run(arguments(["ship"]) + more)
    }

    func start(_ words: [String]) throws -> ChildProcess {
        try Program.start(
            arguments(words), output: faults.folder.file("out"),
            errors: faults.folder.file("errors"))
    }

    func compact() async throws {
        let run = try await run(["compact", "--lake", lake, "--before", "9999-12-31"])
        #expect(run.status == 0, "\(run.errors)")
    }

    /// Records so many facts of each kind, of units that come again.
    func record(_ count: Int) async throws {
        for kind in FactKind.allCases {
            recorded += count
            var batch = SentBatch.random(
                kind, count: count, units: "again", chance: &faults.chance)
            for index in batch.facts.indices {
                let item = batch.facts[index].item.replacing("again-", with: "recorded-")
                batch.facts[index] = SentFact(
                    key: batch.facts[index].key,
                    item: item.replacing(
                        #""id":""#, with: #""id":"\#(recorded)-"#))
            }
            let file = try faults.folder.write(
                "facts.jsonl", batch.facts.map { $0.item + "\n" }.joined())
            let run = try await Program.run([
                "record", kind.rawValue, file, "--ledger", faults.ledger, "--catalog",
                faults.catalog,
            ])
            #expect(run.status == 0, "\(run.errors)")
        }
    }

    /// Holds the lake against the ledger by an independent program; gives its counts.
    @discardableResult
    func compare(
        _ words: String, ledger: String? = nil, _ location: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let script = Repository.root + "/Tests/HoldfastLakeTests/Golden/compare.py"
        let run = try await Program.run(
            "/usr/bin/env", ["python3", script, lake, "node-1=\(ledger ?? faults.ledger)"])
        #expect(
            run.status == 0, "\(words): \(run.output)\(run.errors)", sourceLocation: location)
        return try JSON.parse(Array(run.output.utf8))
    }
}

extension JSON {
    fileprivate var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }
}
