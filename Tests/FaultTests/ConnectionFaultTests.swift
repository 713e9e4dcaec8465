import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// Clients that hang, trickle or only hold connections cost other clients nothing.
///
/// Each test ends by counting: what was acknowledged beside the hostile clients is there once, and
/// nothing of theirs.
@Suite(.serialized) struct ConnectionFaultTests {
    private static let catalog = """
        holdfast: 1
        salt: fault-tests-salt-0001
        experiments:
          front-page:
            unit: visitor
            arms: [{control: 50%}, {treatment: 50%}]
        """

    private static func start(
        in folder: TemporaryFolder, _ arguments: [String] = []
    ) async throws -> ServiceProcess {
        try await ServiceProcess.start(
            catalog: try folder.write("catalog.yaml", catalog), ledger: folder.file("ledger.db"),
            arguments: arguments, errors: folder.file("errors"))
    }

    /// Posts outcomes one by one and deals units, and gives the ids that were acknowledged.
    private static func produce(
        _ name: String, count: Int, to port: Int
    ) async throws -> Set<String> {
        let client = HTTP(port: port)
        var acknowledged: Set<String> = []
        for number in 0..<count {
            let id = "\(name)-\(number)"
            let item: JSON = ["id": .string(id), "unit": "u", "name": "n", "value": 1]
            let answer = try await client.post("/v1/outcomes", item)
            #expect(answer.status == 200)
            if answer.status == 200 { acknowledged.insert(id) }
            let dealt = try await client.post(
                "/v1/assignments", ["experiment": "front-page", "unit": .string(id)])
            #expect(dealt.status == 200)
        }
        return acknowledged
    }

    /// Ends the service, and holds its ledger to what was acknowledged.
    private static func settle(
        _ service: ServiceProcess, _ folder: TemporaryFolder, _ acknowledged: Set<String>
    ) async throws {
        #expect(try await service.terminate() == 0)
        let ledger = folder.file("ledger.db")
        #expect(try await Program.sqlite(ledger, "PRAGMA integrity_check") == "ok")
        let found = try await Program.sqlite(ledger, "SELECT id FROM outcomes")
            .split(separator: "\n").map(String.init)
        #expect(found.count == Set(found).count, "a fact is there twice")
        #expect(Set(found) == acknowledged)
        let said = String(decoding: try folder.read("errors"), as: UTF8.self)
        #expect(said.isEmpty, "\(said)")
    }

    /// A process's resident memory in kB, as the system counts it.
    private static func residentMemory(of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let match = try #require(status.firstMatch(of: /VmRSS:\s+(\d+) kB/))
        return try #require(Int(match.1))
    }

    /// How many connections this process may open, up to so many: each takes a descriptor here.
    private static func descriptors(for wanted: Int) throws -> Int {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { throw ProgramError("no limit is known") }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(files, &limit) == 0 else { throw ProgramError("no limit is raised") }
        return min(wanted, Int(clamping: limit.rlim_max) - 1_000)
    }

    @Test func `ten thousand idle connections cost memory by the connection, and nobody waits`()
        async throws
    {
        let folder = try TemporaryFolder()
        // They are to be held while all is looked at, on a slow machine too.
        let service = try await Self.start(in: folder, ["--idle-timeout", "3600"])
        let count = try Self.descriptors(for: 10_000)
        print("ConnectionFaultTests: \(count) idle connections")
        var acknowledged = try await Self.produce("before", count: 50, to: service.port)
        let before = try Self.residentMemory(of: service.id)
        // Twice, so that what is kept of a closed connection would show.
        for round in 0..<2 {
            let connections = try await blocking {
                try (0..<count).map { _ in try RawConnection(port: service.port) }
            }
            acknowledged.formUnion(
                try await Self.produce("during-\(round)", count: 100, to: service.port))
            // The last one is served as well: it was not only queued.
            let answer = try await blocking {
                let last = try #require(connections.last)
                last.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                return try last.answer(until: "\"ok\"")
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            let held = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(service.id)/fd")
            #expect(held.count >= count, "only \(held.count) descriptors are held")
            let grown = try Self.residentMemory(of: service.id) - before
            print("ConnectionFaultTests: \(grown) kB more for \(count) idle connections")
            // What a connection takes is some 15 kB; 40 leave room for the allocator.
            #expect(grown < count * 40, "\(grown) kB for \(count) connections")
            withExtendedLifetime(connections) {}
        }
        acknowledged.formUnion(try await Self.produce("after", count: 50, to: service.port))
        try await Self.settle(service, folder, acknowledged)
    }

    @Test func `idle connections do not keep a service from stopping`() async throws {
        let folder = try TemporaryFolder()
        let service = try await Self.start(in: folder)
        let connections = try (0..<200).map { _ in try RawConnection(port: service.port) }
        let acknowledged = try await Self.produce("one", count: 5, to: service.port)
        try await Self.settle(service, folder, acknowledged)
        withExtendedLifetime(connections) {}
    }

    @Test(arguments: [
        (
            "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n"
                + #"{"id":"hung","unit":"u","name":"n","value":1}"#, ""
        ),
        (
            "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n2e\r\n"
                + #"{"id":"hung","unit":"u","name":"n","value":1}"# + "\n\r\n", "1\r\n \r\n"
        ),
        ("POST /v1/outcomes HTTP/1.1\r\nHost: a\r\n", "X: y\r\n"),
        ("POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n", "       "),
    ])
    func `clients that hang or trickle for ever are ended, and others are served meanwhile`(
        first: String, again: String
    ) async throws {
        let folder = try TemporaryFolder()
        let service = try await Self.start(in: folder, ["--request-timeout", "2"])
        let port = service.port
        let answers = Task {
            try await blocking {
                let connections = try (0..<50).map { _ in try RawConnection(port: port) }
                for connection in connections { connection.send(first) }
                // More than the time that it may take, unless sending fails before.
                for _ in 0..<500 where !again.isEmpty {
                    guard connections.filter({ $0.send(again) }).count == 50 else { break }
                    usleep(20_000)
                }
                return try connections.map { try $0.everything() }
            }
        }
        let acknowledged = try await Self.produce("beside", count: 200, to: port)
        for answer in try await answers.value {
            // A client that goes on sending may lose the answer, never the end.
            let isCut = answer.isEmpty && !again.isEmpty
            #expect(answer.hasPrefix("HTTP/1.1 408 ") || isCut, "\(answer)")
        }
        try await Self.settle(service, folder, acknowledged)
    }

    @Test func `a client that vanishes half-way through leaves nothing behind`() async throws {
        let folder = try TemporaryFolder()
        let service = try await Self.start(in: folder)
        let port = service.port
        for length in [10, 30, 46, 47] {
            let lines = #"{"id":"gone","unit":"u","name":"n","value":1}"# + "\n"
            let connection = try RawConnection(port: port)
            connection.send(
                "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
                    + "Content-Length: 400\r\n\r\n" + String((lines + lines).prefix(length)))
        }
        let acknowledged = try await Self.produce("beside", count: 20, to: port)
        try await Self.settle(service, folder, acknowledged)
    }
}
