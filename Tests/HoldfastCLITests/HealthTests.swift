import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast health` and `holdfast serve --notify` as an operator runs them.
@Suite struct HealthTests {
    private static let catalog = """
        holdfast: 1
        salt: health-tests-salt-001
        experiments:
          offers:
            unit: customer
            arms: [{control: 50%}, {treatment: 50%}]
            outcome: {name: paid, horizon: 3h, absent: unknown}
            features: {income: number, region: category}
        """

    private let folder: TemporaryFolder
    private let ledger: String
    private let catalog: String

    init() throws {
        folder = try TemporaryFolder()
        ledger = folder.file("ledger.db")
        catalog = try folder.write("catalog.yaml", HealthTests.catalog)
    }

    private func record(_ kind: String, _ lines: [String]) async throws {
        let path = try folder.write("\(kind).jsonl", lines.map { $0 + "\n" }.joined())
        let run = try await Program.run(
            ["record", kind, "--catalog", catalog, "--ledger", ledger, path])
        #expect(run.status == 0, "\(run.errors)")
    }

    private func health(_ more: [String] = []) async throws -> Program.Run {
        try await Program.run(["health", "--catalog", catalog, "--ledger", ledger] + more)
    }

    /// Records decisions of so many units, and gives the arms that they were dealt.
    private func decide(_ units: Int) async throws -> [String: String] {
        try await record(
            "decisions",
            (0..<units).map {
                """
                {"experiment":"offers","unit":"u-\($0)","at":"2026-01-0\(1 + $0 % 4)T00:00:00Z",\
                "features":{"income":\($0 % 50),"region":"\($0 % 2 == 0 ? "north" : "south")"}}
                """
            })
        let list = try await Program.sqlite(ledger, "SELECT unit || ' ' || arm FROM decisions")
        return Dictionary(
            uniqueKeysWithValues: list.split(separator: "\n").map {
                let words = $0.split(separator: " ").map(String.init)
                return (words[0], words[1])
            })
    }

    @Test func `without a unit nothing can be told, and with some nothing is wrong`() async throws {
        try await record("outcomes", [])
        let none = try await health()
        #expect(none.status == 3, "\(none.output)\(none.errors)")
        #expect(none.output.contains("No unit was seen yet"))
        _ = try await decide(600)
        let page = folder.file("page.html")
        let some = try await health(["--html", page])
        #expect(some.status == 0, "\(some.output)\(some.errors)")
        #expect(some.output.contains("offers: healthy"))
        #expect(some.output.contains("read from the first fact"))
        let markup = String(decoding: try folder.read("page.html"), as: UTF8.self)
        #expect(markup.contains("Nothing is wrong with what is running"))
        #expect(markup.contains("First decisions by day and arm"))
        #expect(markup.contains("by each of its sample ratios with a probability of"))
        #expect(markup.contains("The 7 days up to the last that anything happened on"))
        let json = try await health(["--format", "json", "--experiment", "offers"])
        let report = try JSON.parse(Array(json.output.utf8))
        #expect(try JSONSchemaValidator("health-report.schema.json").faults(report) == [])
        #expect(report["experiments"]?.array?.first?["looked_at"]?["decisions"] == 600)
        #expect(report["experiments"]?.array?.first?["lag"] == ["seconds": 0.0, "facts": 0])
        #expect(report["kept_lag"] == .null)
        // It only reads: nothing was kept.
        #expect(try await Program.sqlite(ledger, "SELECT COUNT(*) FROM health") == "0")
    }

    @Test func `an alarm is status 1 until it is acknowledged`() async throws {
        let arms = try await decide(200)
        let control = try #require(arms.first { $0.value == "control" }?.key)
        let exposure = """
            {"experiment":"offers","unit":"\(control)","arm":"treatment","at":"2026-01-05T00:00:00Z"}
            """
        try await record("exposures", [exposure])
        let alarmed = try await health()
        #expect(alarmed.status == 1)
        #expect(alarmed.output.contains("ALARM leak"))
        #expect(!alarmed.output.contains(control), "the text names nobody")
        let report = try JSON.parse(
            Array(try await health(["--format", "json", "--from-start"]).output.utf8))
        #expect(try JSONSchemaValidator("health-report.schema.json").faults(report) == [])
        #expect(report["status"] == "alarm" && report["from_start"] == true)
        let taken = try await health(["--acknowledge", "offers/leak", "--format", "json"])
        #expect(taken.status == 0, "\(taken.errors)")
        let words = try JSON.parse(Array(taken.output.utf8))
        #expect(try JSONSchemaValidator("health-report.schema.json").faults(words) == [])
        #expect(try await health().status == 0)
    }

    @Test(arguments: [
        ("health-tests-salt-001", "another-salt-00001"), ("{control: 50%}", "{control: 60%}"),
    ])
    func `a catalog that was never in force is refused, as an analysis refuses it`(
        old: String, new: String
    ) async throws {
        _ = try await decide(40)
        let text = HealthTests.catalog.replacingOccurrences(of: old, with: new)
            .replacingOccurrences(
                of: "{treatment: 50%}",
                with: new.contains("60%") ? "{treatment: 40%}" : "{treatment: 50%}")
        let other = try folder.write("other.yaml", text)
        let files = ["--catalog", other, "--ledger", ledger]
        let words = "no recorded revision deals this experiment as the catalog does: offers"
        for command in [["health"], ["analyze"]] {
            let run = try await Program.run(command + files)
            #expect(run.status == 2 && run.output == "", "\(command): \(run.output)")
            #expect(run.errors.contains(words), "\(run.errors)")
            #expect(run.errors.contains("the salt under which decisions were recorded"))
        }
        // One that was declared just now has nothing yet, beside one that is dealt.
        let more = try folder.write(
            "more.yaml",
            HealthTests.catalog + "\n  later: {unit: customer, arms: [{control: 50%}, {on: 50%}]}\n"
        )
        let grown = try await Program.run(["health", "--catalog", more, "--ledger", ledger])
        #expect(grown.status == 0 && grown.output.contains("later: no unit yet"), "\(grown.errors)")
        let alone = try await Program.run(
            ["health", "--catalog", more, "--ledger", ledger, "--experiment", "later"])
        #expect(alone.status == 2 && alone.errors.contains("as the catalog does: later"))
    }

    @Test func `what was not looked for is not told as nothing missing`() async throws {
        _ = try await decide(40)
        let waiting = try await health().output.replacingOccurrences(of: "\n  ", with: " ")
        #expect(waiting.contains("once the horizon (3h) and 10 minutes have passed"), "\(waiting)")
        #expect(waiting.contains("10 minutes after the decision was received"), "\(waiting)")
        #expect(waiting.contains("40 are not yet"), "\(waiting)")
        let text = HealthTests.catalog.replacingOccurrences(
            of: "absent: unknown", with: "absent: 0")
        _ = try folder.write("catalog.yaml", text)
        try await record("outcomes", [])
        let page = folder.file("none.html")
        let none = try await health(["--html", page]).output
        let arm = try #require(none.split(separator: "\n").first { $0.hasPrefix("  control") })
        #expect(arm.split(separator: " ").suffix(2) == ["-", "-"], "\(none)")
        #expect(none.contains("No outcome can be missing"))
        let markup = String(decoding: try folder.read("none.html"), as: UTF8.self)
        #expect(markup.contains("No outcome can be missing"))
    }

    @Test func `what cannot be asked is refused with a remedy`() async throws {
        try await record("outcomes", [])
        for (arguments, status, words) in [
            (["--experiment", "nope"], 2, "offers"),
            (["--acknowledge", "offers"], 64, "EXPERIMENT/ALARM"),
            (["--acknowledge", "offers/nothing"], 64, "sample-ratio-decisions"),
            (["--acknowledge", "nope/leak"], 2, "offers"),
            (["--acknowledge", "offers/leak"], 2, "does not stand"),
            (["--acknowledge", "offers/leak", "--from-start"], 64, "goes alone"),
            (["--health-reference", "nope.csv"], 2, "nope.csv"),
            (["--html", ledger], 64, "write the report elsewhere"),
            (["--html", "\(ledger)-wal"], 64, "write the report elsewhere"),
        ] as [([String], Int32, String)] {
            let run = try await health(arguments)
            #expect(run.status == status, "\(arguments): \(run.output)\(run.errors)")
            #expect(run.errors.contains(words), "\(arguments): \(run.errors)")
        }
        let missing = try await Program.run(
            ["health", "--catalog", catalog, "--ledger", folder.file("none.db")])
        #expect(missing.status == 2 && missing.errors.contains("there is no ledger"))
        let empty = try folder.write("empty.csv", "income,region\n")
        let reference = try await health(["--health-reference", empty])
        #expect(reference.status == 2 && reference.errors.contains("has no row"))
    }

    @Test func `a URL is refused that would tell its secret`() async throws {
        for (url, words) in [
            ("http://example.com/secret", "in the open"), ("ftp://127.0.0.1/secret", "none that"),
            ("https://user:secret@example.com/", "none that"), ("secret", "none that"),
        ] {
            let run = try await Program.run(
                ["serve", "--catalog", catalog, "--ledger", ledger, "--port", "0", "--notify", url])
            #expect(run.status == 2, "\(url)")
            #expect(run.errors.contains(words), "\(run.errors)")
            #expect(!run.errors.contains("secret") || words == "in the open")
            #expect(!run.errors.contains("/secret"), "\(run.errors)")
        }
        let both = try await Program.run(
            [
                "serve", "--catalog", catalog, "--ledger", ledger, "--no-health", "--notify",
                "http://127.0.0.1:1/",
            ])
        #expect(both.status == 64)
    }

    /// A receiver that answers 500 at first, and then keeps what is posted to it, a line each.
    private static let receiver = """
        import http.server, sys
        class Hook(http.server.BaseHTTPRequestHandler):
            failures = 1
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if Hook.failures:
                    Hook.failures -= 1
                    self.send_response(500)
                else:
                    with open(sys.argv[1], "ab") as file:
                        file.write(self.path.encode() + b" " + body + b"\\n")
                    self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            def log_message(self, *arguments):
                pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
        with open(sys.argv[2], "w") as file:
            file.write(str(server.server_port))
        server.serve_forever()
        """

    @Test func `a webhook is told of an alarm, after a failure, and its secret is in no log`()
        async throws
    {
        let script = try folder.write("hook.py", HealthTests.receiver)
        let (told, number) = (folder.file("told"), folder.file("number"))
        let hook = try Program.start("/usr/bin/env", ["python3", script, told, number])
        defer { hook.signal(SIGKILL) }
        for _ in 0..<200 where (try? folder.read("number"))?.isEmpty ?? true {
            try await Task.sleep(for: .milliseconds(50))
        }
        let port = String(decoding: try folder.read("number"), as: UTF8.self)
        let arms = try await decide(100)
        let control = try #require(arms.first { $0.value == "control" }?.key)
        let service = try await ServiceProcess.start(
            catalog: catalog, ledger: ledger,
            arguments: ["--notify", "http://127.0.0.1:\(port)/hook/s3cr3t?key=t0k3n"],
            errors: folder.file("errors"))
        let client = HTTP(port: service.port)
        let exposure: JSON = ["experiment": "offers", "unit": .string(control), "arm": "treatment"]
        #expect(try await client.post("/v1/exposures", exposure).status == 200)
        for _ in 0..<600 where (try? folder.read("told"))?.isEmpty ?? true {
            try await Task.sleep(for: .milliseconds(50))
        }
        let line = String(decoding: try folder.read("told"), as: UTF8.self)
        #expect(line.hasPrefix("/hook/s3cr3t?key=t0k3n {\"event\":\"alarm_started\""))
        #expect(line.contains("\"alarm\":\"leak\""))
        #expect(try await service.terminate() == 0)
        let log = String(decoding: try folder.read("errors"), as: UTF8.self)
        #expect(log.contains("the receiver answered 500"))
        #expect(!log.contains("s3cr3t") && !log.contains("t0k3n"))
        // The evidence outlived the service, and the command goes on from it.
        let run = try await health()
        #expect(run.status == 1)
        #expect(run.output.contains("from the evidence that a service has kept"))
        #expect(run.output.contains("ALARM leak, since "))
    }
}
