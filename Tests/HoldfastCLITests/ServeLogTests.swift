import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// What `holdfast serve` says on standard error, for programs.
@Suite struct ServeLogTests {
    @Test func `with JSON every line is an object, what is said of a reload included`()
        async throws
    {
        let service = try await ServeTests.Running.start(
            arguments: ["--log-format", "json", "--log-level", "info"])
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let item: JSON = ["experiment": "offers", "unit": "secret-unit"]
        let answer = try await service.client.post(
            "/v1/decisions", item, headers: ["traceparent": parent])
        #expect(answer.status == 200)
        try service.folder.write("catalog.yaml", "holdfast: 1\nsalt: short\n")
        service.process.hangUp()
        try await service.says("catalog refused, revision \(service.first) stays in force")
        try service.folder.write("catalog.yaml", ServeTests.catalog(description: "second"))
        service.process.hangUp()
        try await service.says("catalog reloaded: revision \(service.first) before")
        try await service.stop()
        let lines = try service.errors.split(separator: "\n").map {
            try JSON.parse(Array($0.utf8))
        }
        for line in lines {
            #expect(line["label"] == "holdfast")
            let time = try #require(line["time"]?.string)
            #expect((try? Timestamp(rfc3339: time)) != nil, "\(time)")
            #expect(!line.text().contains("secret") && !line.text().contains("salt-0001"))
        }
        func level(_ words: String) -> String? {
            lines.first { $0["message"]?.string?.hasPrefix(words) == true }?["level"]?.string
        }
        #expect(level("catalog refused") == "error")
        #expect(level("catalog reloaded") == "notice")
        let request = lines.first { $0["metadata"]?["route"] == "/v1/decisions" }
        #expect(request?["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(request?["metadata"]?["status"] == 200)
    }

    @Test func `a level says what is not said`() async throws {
        let service = try await ServeTests.Running.start(arguments: ["--log-level", "error"])
        try service.folder.write("catalog.yaml", ServeTests.catalog(description: "second"))
        service.process.hangUp()
        while try await service.revision == service.first {
            try await Task.sleep(for: .milliseconds(20))
        }
        try service.folder.write("catalog.yaml", "holdfast: 1\n")
        service.process.hangUp()
        try await service.says(" error holdfast: catalog refused")
        #expect(try service.errors.split(separator: "\n").count == 1)
        try await service.stop()
    }

    @Test func `the service's metrics have the program's version`() async throws {
        let version = try await Program.run(["--version"]).output
        let service = try await ServeTests.Running.start()
        let text = String(
            decoding: try await service.client.get("/metrics").body, as: UTF8.self)
        let number = version.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(text.contains("\nholdfast_build_info{version=\"\(number)\"} 1\n"))
        try await service.stop()
    }

    @Test(arguments: [["--log-format", "xml"], ["--log-level", "loud"]])
    func `a format or a level that there is not is refused`(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let run = try await Program.run(
            ["serve", "--catalog", folder.file("c"), "--ledger", folder.file("l")] + arguments)
        #expect(run.status == 64)
        #expect(run.errors.contains(arguments[1]))
    }
}
