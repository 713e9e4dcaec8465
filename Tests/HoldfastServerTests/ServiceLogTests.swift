import HoldfastFormats
import HoldfastServer
import Synchronization
import Testing
import TestSupport

/// Lines as a service wrote them.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    func log(
        _ format: ServiceLog.Format, level: ServiceLog.Level = .notice
    ) -> ServiceLog {
        ServiceLog(format, level: level, now: { Harness.start }) { line in
            self.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
    }

    var all: [String] { lines.withLock { $0 } }
}

/// What a service says of itself.
@Suite struct ServiceLogTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test func `a line has its time, level, label and message, in either format`() throws {
        let lines = LogLines()
        lines.log(.text).notice("catalog reloaded")
        lines.log(.json).error("a \"quoted\"\nline \u{1F600}")
        lines.log(.text).warning("two\nlines\r")
        lines.log(.json, level: .error).warning("not said")
        lines.log(.text, level: .critical).error("not said")
        #expect(lines.all.count == 3)
        #expect(lines.all[0] == "2026-01-01T00:00:00Z notice holdfast: catalog reloaded\n")
        #expect(
            try JSON.parse(Array(lines.all[1].utf8)) == [
                "time": "2026-01-01T00:00:00Z", "level": "error", "label": "holdfast",
                "message": "a \"quoted\"\nline \u{1F600}",
            ])
        #expect(lines.all[1].filter { $0 == "\n" }.count == 1)
        #expect(lines.all[2] == "2026-01-01T00:00:00Z warning holdfast: two\\nlines\\r\n")
    }

    @Test func `at the default level requests say nothing`() async throws {
        let lines = LogLines()
        var options = ServiceOptions()
        options.log = lines.log(.text)
        try await Harness.run(options: options) { harness in
            for path in ["/healthz", "/nothing", "/v1/experiments", "/metrics"] {
                _ = try await harness.client.get(path)
            }
        }
        #expect(lines.all == [])
    }

    @Test func `at info each request is a line with its trace, and in a field of its own`()
        async throws
    {
        let lines = LogLines()
        let ticks = Shared()
        var options = ServiceOptions(ticks: { ticks.now })
        options.log = lines.log(.json, level: .info)
        try await Harness.run(options: options) { harness in
            let headers = ["traceparent": "00-\(Self.trace)-00f067aa0ba902b7-01"]
            _ = try await harness.client.get("/v1/experiments/offers", headers: headers)
            _ = try await harness.client.post("/nothing", "{}", headers: ["traceparent": "00-x"])
        }
        let requests = try lines.all.map { try JSON.parse(Array($0.utf8)) }.filter {
            $0["message"] == "request"
        }
        try #require(requests.count == 2)
        #expect(requests[0]["trace_id"]?.string == Self.trace)
        #expect(requests[0]["span_id"] == "00f067aa0ba902b7")
        #expect(requests[0]["level"] == "info")
        let metadata = requests[0]["metadata"]
        #expect(metadata?["method"] == "GET")
        #expect(metadata?["route"] == "/v1/experiments/{name}")
        #expect(metadata?["status"] == 200)
        #expect(metadata?["seconds"] == 0.0)
        #expect(requests[1]["trace_id"] == nil)
        #expect(requests[1]["metadata"]?["route"] == "none")
        #expect(requests[1]["metadata"]?["status"] == 404)
    }

    @Test(arguments: ServiceLog.Format.allCases)
    func `no unit, value, path, query or token is in a line, at any level`(
        format: ServiceLog.Format
    ) async throws {
        let lines = LogLines()
        var (tokens, options) = try AccessTests.options()
        options.log = lines.log(format, level: .trace)
        let admin = try #require(tokens[.admin])
        try await Harness.run(options: options) { harness in
            let client = harness.client
            let own = ["Authorization": "Bearer \(admin)"]
            let unit = JSON.decision(
                id: "secret-id", unit: "secret-unit", features: ["region": "secret-region"])
            let other = JSON.decision(id: "secret-id", unit: "secret-other")
            for body in [unit, unit, other, .array([unit, other, "secret-text"])] {
                _ = try await client.post("/v1/decisions", body, headers: own)
                _ = try await client.post("/v1/assignments", body, headers: own)
            }
            let outcome: JSON = ["unit": "secret-unit", "name": "secret-name", "value": 47_110_815]
            _ = try await client.post("/v1/outcomes", outcome, headers: own)
            _ = try await client.post(
                "/ofrep/v1/evaluate/flags/offers?unit=secret-query",
                ["context": ["targetingKey": "secret-key"]], headers: own)
            _ = try await client.get("/secret-path?secret-query=1", headers: own)
            _ = try await client.get("/v1/experiments/secret-experiment", headers: own)
            _ = try await client.get(
                "/v1/experiments", headers: ["Authorization": "Bearer secret-token"])
            _ = try await client.post("/v1/outcomes", "{\"secret-member\": ", headers: own)
            _ = try await client.post(
                "/v1/outcomes", "secret-body", type: "secret/type", headers: own)
        }
        #expect(lines.all.count >= 14)
        let secret = String(admin.suffix(64))
        for line in lines.all {
            #expect(line.hasSuffix("\n"))
            #expect(!line.contains("secret"), "\(line)")
            #expect(!line.contains(secret) && !line.contains("47110815"), "\(line)")
            if format == .json { _ = try JSON.parse(Array(line.utf8)) }
        }
    }
}
