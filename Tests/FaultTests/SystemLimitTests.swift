import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// A service under the limits that a system sets for it.
@Suite struct SystemLimitTests {
    private static func start(
        in folder: TemporaryFolder, under limit: String
    ) async throws -> ServiceProcess {
        let catalog = try folder.write(
            "catalog.yaml",
            """
            holdfast: 1
            salt: fault-tests-salt-0001
            experiments:
              front-page:
                unit: visitor
                arms: [{control: 50%}, {treatment: 50%}]
            """)
        return try await ServiceProcess.start(
            catalog: catalog, ledger: folder.file("ledger.db"),
            // No connection of the test's is to be closed because the machine is slow.
            arguments: ["--idle-timeout", "3600"], errors: folder.file("errors"),
            launcher: ["/bin/bash", "-c", "\(limit) && exec \"$0\" \"$@\""])
    }

    private static func health(_ connection: RawConnection) throws -> String {
        connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        return try connection.answer(until: "\"ok\"")
    }

    @Test func `the soft limit of descriptors is raised to the hard one`() async throws {
        let folder = try TemporaryFolder()
        let service = try await Self.start(in: folder, under: "ulimit -Sn 64")
        let answers = try await blocking {
            let connections = try (0..<200).map { _ in try RawConnection(port: service.port) }
            return try connections.map(Self.health)
        }
        #expect(answers.count == 200)
        #expect(try await service.terminate() == 0)
    }

    @Test func `with few descriptors clients wait, and the ledger goes on being written`()
        async throws
    {
        let folder = try TemporaryFolder()
        // 256 are kept for files: 44 connections.
        let service = try await Self.start(in: folder, under: "ulimit -n 300")
        let (served, spare) = try await blocking {
            let connections = try (0..<40).map { _ in try RawConnection(port: service.port) }
            _ = try connections.map(Self.health)
            return (connections, try (0..<200).map { _ in try RawConnection(port: service.port) })
        }
        #expect(try Self.descriptors(of: service.id) < 100, "more than there is room for")
        // One that is served goes on being served.
        let client = try #require(served.last)
        let item = #"{"id":"o-1","unit":"u","name":"n","value":1}"#
        let answer = try await blocking {
            client.send(
                "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\nContent-Length: \(item.utf8.count)\r\n\r\n"
                    + item)
            return try client.answer(until: "accepted")
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        withExtendedLifetime((served, spare)) {}
        #expect(try await service.terminate() == 0)
        #expect(
            try await Program.sqlite(folder.file("ledger.db"), "SELECT id FROM outcomes") == "o-1")
    }

    private static func descriptors(of process: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    }

    @Test func `a file-size limit refuses facts and ends nothing`() async throws {
        let folder = try TemporaryFolder()
        // In KiB: the tables fit, some thousand facts do not.
        let service = try await Self.start(in: folder, under: "ulimit -f 600")
        let client = HTTP(port: service.port)
        var acknowledged: Set<String> = []
        var refusal: HTTP.Answer?
        for batch in 0..<400 where refusal == nil {
            let ids = (0..<50).map { "o-\(batch)-\($0)" }
            let answer = try await client.post(
                "/v1/outcomes",
                .array(
                    ids.map { ["id": .string($0), "unit": "u", "name": "n", "value": 1] }))
            if answer.status == 200 { acknowledged.formUnion(ids) } else { refusal = answer }
        }
        let refused = try #require(refusal, "twenty thousand facts fitted in 600 KiB")
        #expect(refused.status == 503)
        #expect(refused.headers["retry-after"] != nil)
        #expect(!acknowledged.isEmpty)
        let dealt = try await client.post(
            "/v1/assignments", ["experiment": "front-page", "unit": "u"])
        #expect(dealt.status == 200)
        // Its log may not fit either; it ends as it should all the same.
        #expect([0, 2].contains(try await service.terminate()))
        let found = try await Program.sqlite(
            folder.file("ledger.db"), "SELECT id FROM outcomes"
        ).split(separator: "\n").map(String.init)
        #expect(found.count == Set(found).count)
        #expect(acknowledged.subtracting(found).isEmpty, "an acknowledged fact is lost")
    }
}
