import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// What a relay has acknowledged reaches the service, each fact once, whichever of both dies.
@Suite struct RelayFaultTests {
    @Test(arguments: [20_261_126, 20_261_127, 20_261_128] as [UInt64])
    func `a relay that is killed while producers post loses nothing`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let yard = try Yard(seed: seed)
        try await yard.startService()
        try await yard.startRelay()
        let producers = yard.producers(posting: 250)
        try await yard.wait(forAcknowledged: 10 + random.below(220))
        try await yard.killRelay()
        try await yard.startRelay()
        try await producers.value
        try await yard.settle()
        try await yard.expectEachOnce(250)
    }

    @Test(arguments: [20_261_129] as [UInt64])
    func `a service that is away for all posts gets all of them when it comes`(
        seed: UInt64
    ) async throws {
        let yard = try Yard(seed: seed)
        try await yard.startRelay()
        // Half of them without an id, which the relay then gives.
        for batch in 0..<15 {
            let items = (0..<1_000).map { index in
                Yard.exposure("u-\(batch)-\(index)", hasID: index % 2 == 0)
            }
            try await yard.post(.array(items))
        }
        try await yard.startService()
        try await yard.settle()
        try await yard.expectEachOnce(15_000)
    }

    @Test(arguments: [20_261_130, 20_261_131] as [UInt64])
    func `a service that is killed while a relay forwards holds each fact once`(
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let yard = try Yard(seed: seed)
        try await yard.startService()
        try await yard.startRelay()
        let producers = yard.producers(posting: 250)
        for round in 0..<3 {
            try await yard.wait(forAcknowledged: 10 + 80 * round + random.below(70))
            try await yard.killService()
            try await yard.startService()
        }
        try await producers.value
        try await yard.settle()
        try await yard.expectEachOnce(250)
    }

    @Test(arguments: [20_261_132] as [UInt64])
    func `a relay that is stopped says what is left, and delivers it later`(
        seed: UInt64
    ) async throws {
        let yard = try Yard(seed: seed)
        try await yard.startRelay(["--drain", "1"])
        try await yard.producers(posting: 250).value
        let words = try await yard.stopRelay()
        #expect(words["left"] == 250 && words["delivered"] == 0, "seed \(seed): \(words.text())")
        try await yard.startService()
        try await yard.startRelay(["--drain", "60"])
        // Stopped at once, it forwards first.
        let last = try await yard.stopRelay()
        #expect(last["left"] == 0, "seed \(seed): \(last.text())")
        try await yard.expectEachOnce(250)
    }

    @Test(arguments: [20_261_133, 20_261_134] as [UInt64])
    func `both are killed in turns, and each fact is there once`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let yard = try Yard(seed: seed)
        try await yard.startService()
        try await yard.startRelay()
        let producers = yard.producers(posting: 400)
        for round in 0..<6 {
            try await yard.wait(forAcknowledged: 10 + 60 * round + random.below(50))
            if random.below(2) == 0 {
                try await yard.killRelay()
                try await yard.startRelay()
            } else {
                try await yard.killService()
                try await yard.startService()
            }
        }
        try await yard.killRelay()
        try await yard.killService()
        try await yard.startService()
        try await yard.startRelay()
        try await producers.value
        try await yard.settle()
        try await yard.expectEachOnce(400)
    }
}

/// A service, a relay before it and producers before that, on ports that stay.
private actor Yard {
    private let seed: UInt64
    private let folder: TemporaryFolder
    private let catalog: String
    private let ports: (service: Int, relay: Int)
    private var service: ServiceProcess?
    private var relay: ServiceProcess?
    private var acknowledged = 0

    init(seed: UInt64) throws {
        self.seed = seed
        folder = try TemporaryFolder()
        catalog = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: fault-tests-salt-0001
            experiments:
              offers: {unit: visitor, arms: [{control: 50%}, {treatment: 50%}]}
            """)
        // Below those that the system gives to clients, so that a port is free again after a kill.
        ports = (try freePort(), try freePort())
    }

    // MARK: - Processes

    func startService() async throws {
        service = try await ServiceProcess.start(
            catalog: catalog, ledger: folder.file("ledger.db"),
            arguments: ["--port", String(ports.service)])
    }

    func startRelay(_ arguments: [String] = []) async throws {
        relay = try await ServiceProcess.relay(
            to: "http://127.0.0.1:\(ports.service)", spool: folder.file("spool.db"),
            arguments: ["--port", String(ports.relay)] + arguments, errors: folder.file("errors"))
    }

    func killService() async throws { try await service?.kill() }
    func killRelay() async throws { try await relay?.kill() }

    /// Stops the relay as an operator would; its last words.
    func stopRelay() async throws -> JSON {
        let relay = try #require(relay)
        #expect(try await relay.terminate() == 0, "seed \(seed)")
        return try JSON.parse(Array(try relay.lastWords.utf8))
    }

    // MARK: - Producers

    static func exposure(_ unit: String, hasID: Bool = true) -> JSON {
        var object = JSONObject([
            ("experiment", "offers"), ("unit", .string(unit)), ("arm", "treatment"),
        ])
        if hasID { object.append("id", .string("e-\(unit)")) }
        return .object(object)
    }

    /// Posts one body, once: it must be taken whole.
    func post(_ items: JSON) async throws {
        let answer = try await HTTP(port: ports.relay).post("/v1/exposures", items)
        #expect(answer.status == 202, "seed \(seed)")
        #expect(try answer.json["refused"] == 0, "seed \(seed)")
    }

    /// Five producers that post so many exposures, one each, and again until it is acknowledged.
    nonisolated func producers(posting count: Int) -> Task<Void, any Error> {
        Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for producer in 0..<5 {
                    group.addTask {
                        for number in 0..<count / 5 {
                            try await self.insist(Yard.exposure("u-\(producer)-\(number)"))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private func insist(_ item: JSON) async throws {
        let client = HTTP(port: ports.relay)
        let deadline = ContinuousClock.now + .seconds(300)
        while ContinuousClock.now < deadline {
            // An error is a post without an answer: nobody knows, so it is sent again.
            if let answer = try? await client.post("/v1/exposures", item), answer.status == 202 {
                acknowledged += 1
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ProgramError("seed \(seed): a post was not taken within two minutes")
    }

    func wait(forAcknowledged count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(300)
        while acknowledged < count, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    // MARK: - The end

    /// Waits until the relay has nothing left; minutes are long for it.
    func settle() async throws {
        let client = HTTP(port: ports.relay)
        let deadline = ContinuousClock.now + .seconds(300)
        while true {
            let status = try await client.get("/v1/relay").json
            if status["waiting"] == 0 { break }
            guard ContinuousClock.now < deadline else {
                throw ProgramError("seed \(seed): something waits for ever: \(status.text())")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        _ = try await stopRelay()
    }

    /// Every exposure that was acknowledged is in the ledger once, and nothing else is.
    func expectEachOnce(_ count: Int) async throws {
        #expect(try await service?.terminate() == 0, "seed \(seed)")
        let ledger = folder.file("ledger.db")
        let found = try await Program.sqlite(
            ledger,
            "SELECT count(*), count(DISTINCT unit), count(DISTINCT id) FROM exposures")
        #expect(found == "\(count)|\(count)|\(count)", "seed \(seed)")
        let refused = try await Program.sqlite(
            ledger, "SELECT code, count(*) FROM refusals GROUP BY code")
        #expect(refused.isEmpty, "seed \(seed): \(refused)")
        // No number is missing, in the middle or at the beginning.
        let sources = try await Program.sqlite(
            ledger,
            """
            SELECT source LIKE 'relay-%.exposures', min(sequence), count(*) = max(sequence)
            FROM batches GROUP BY source
            """)
        #expect(sources == "1|1|1", "seed \(seed)")
        let verified = try await Program.run(["verify", "--ledger", ledger])
        #expect(verified.status == 0, "seed \(seed): \(verified.output)\(verified.errors)")
        // Delivered is deleted, and the spool is sound.
        let spool = folder.file("spool.db")
        let left = try await Program.sqlite(
            spool, "SELECT (SELECT count(*) FROM items) + (SELECT count(*) FROM batches)")
        #expect(left == "0", "seed \(seed)")
        #expect(try await Program.sqlite(spool, "PRAGMA integrity_check") == "ok")
    }
}

/// A port that nobody listens on now.
private func freePort() throws -> Int {
    for _ in 0..<200 {
        let port = Int.random(in: 20_000..<30_000)
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let isFree = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isFree { return port }
    }
    throw ProgramError("no port is free")
}
