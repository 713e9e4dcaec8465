import HoldfastAssignment
import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import Testing
import TestSupport

@testable import HoldfastServer

/// What `/metrics` says, against what was done.
@Suite struct MetricsTests {
    @Test func `figures move by exactly what was done`() async throws {
        try await Harness.run { harness in
            let client = harness.client
            _ = try await client.scrape()
            let before = try await client.scrape()
            let decisions = JSON.array([
                .decision(id: "d-1", unit: "u-1"), .decision(id: "d-1", unit: "u-1"),
                .decision(id: "d-2", unit: "tester"),
                .decision(id: "d-3", unit: "u", country: "FR"),
                .decision(id: "d-1", unit: "u-2"), "no object",
                ["experiment": "nope", "unit": "u"],
            ])
            let dealt = try await client.post("/v1/decisions", decisions).json
            let arm = try #require(dealt["results"]?.array?.first?["arm"]?.string)
            let outcome: JSON = ["id": "o-1", "unit": "u-1", "name": "defaulted", "value": 1]
            #expect(try await client.post("/v1/outcomes", outcome).status == 200)
            #expect(try await client.post("/v1/outcomes", outcome).status == 200)
            #expect(try await client.post("/v1/outcomes", "{").status == 400)
            let exposure: JSON = ["experiment": "nope", "unit": "u", "arm": "treatment"]
            #expect(try await client.post("/v1/exposures", exposure).status == 404)
            #expect(try await client.get("/v1/experiments/nope").status == 404)
            #expect(
                try await client.post(
                    "/ofrep/v1/evaluate/flags/nope", ["context": ["targetingKey": "u"]]
                ).status == 404)
            let after = try await client.scrape()

            func moved(_ name: String, _ labels: [String: String] = [:]) -> Double {
                (after(name, labels) ?? -1) - (before(name, labels) ?? 0)
            }
            for (kind, result, count) in [
                // Of seven decisions three are new, one is sent twice, and three are refused: a
                // conflict of ids, no object, and an experiment that nobody knows.
                ("decision", "accepted", 3.0), ("decision", "duplicate", 1),
                ("decision", "refused", 3), ("outcome", "accepted", 1),
                ("outcome", "duplicate", 1), ("outcome", "refused", 1),
                ("exposure", "accepted", 0), ("exposure", "duplicate", 0),
                ("exposure", "refused", 1),
            ] {
                #expect(
                    moved("facts_total", ["kind": kind, "result": result]) == count,
                    "\(kind) \(result)")
            }
            for (method, route, status, count) in [
                ("POST", "/v1/decisions", "200", 1.0), ("POST", "/v1/outcomes", "200", 2),
                ("POST", "/v1/outcomes", "400", 1), ("POST", "/v1/exposures", "404", 1),
                ("GET", "/v1/experiments/{name}", "404", 1), ("GET", "/metrics", "200", 1),
                ("POST", "/ofrep/v1/evaluate/flags/{key}", "404", 1),
            ] {
                let labels = ["method": method, "route": route, "status": status]
                #expect(moved("http_requests_total", labels) == count, "\(labels)")
            }
            #expect(
                moved("http_request_duration_seconds_count", ["route": "/v1/outcomes"]) == 3)
            #expect(
                moved("assignments_total", ["experiment": "limits", "reason": "ineligible"]) == 1)
            #expect(
                moved(
                    "assignments_total",
                    ["experiment": "limits", "arm": "treatment", "reason": "override"]) == 1)
            #expect(
                moved(
                    "assignments_total", ["experiment": "limits", "arm": arm, "reason": "assigned"])
                    >= 2)
            // One decision, one exposure, one page, one flag.
            #expect(moved("unknown_experiments_total") == 4)
            let commits = moved("commits_total")
            #expect((1...5).contains(commits))
            #expect(moved("commit_duration_seconds_count") == commits)
            // Nothing waits, and the scrape itself has begun.
            #expect(after("waiting_facts") == 0)
            #expect(after("waiting_bytes") == 0)
            #expect(after("http_requests_in_flight") == 1)
        }
    }

    @Test func `every way of dealing is counted by what was given`() async throws {
        try await Harness.run { harness in
            let client = harness.client
            var expected: [String: Double] = [:]
            for index in 0..<40 {
                let item: JSON = ["experiment": "offers", "unit": .string("u-\(index)")]
                for path in ["/v1/assignments", "/v1/decisions"] {
                    let answer = try await client.post(path, item).json
                    let key = answer["arm"]?.string ?? answer["reason"]?.string ?? ""
                    expected[key, default: 0] += 1
                }
                // All flags, of which `limits` cannot be dealt; then one.
                let context: JSON = ["context": ["targetingKey": .string("u-\(index)")]]
                for path in ["/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/offers:act"] {
                    let answer = try await client.post(path, context).json
                    let flag =
                        answer["flags"]?.array?.first { $0["key"] == "offers" } ?? answer
                    let metadata = flag["metadata"]
                    let key = metadata?["arm"]?.string ?? metadata?["reason"]?.string ?? ""
                    expected[key, default: 0] += 1
                }
            }
            #expect(expected.values.reduce(0, +) == 160)
            #expect(expected.count >= 2)
            let scrape = try await client.scrape()
            for (given, count) in expected {
                let labels =
                    ["control", "treatment"].contains(given)
                    ? ["experiment": "offers", "arm": given, "reason": "assigned"]
                    : ["experiment": "offers", "reason": given]
                #expect(scrape("assignments_total", labels) == count, "\(given)")
            }
            #expect(scrape.values(of: "experiment", in: "assignments_total") == ["offers"])
        }
    }

    @Test func `what a client writes makes no new series`() async throws {
        try await Harness.run { harness in
            let client = harness.client
            let seed: UInt64 = 20_260_101
            var generator = SeededGenerator(seed: seed)
            let methods = ["GET", "POST", "PUT", "DELETE", "PROPFIND", "PURGE", "LOCK", "HEAD"]
            let stems = [
                "/", "/v1/", "/v1/experiments/", "/ofrep/v1/evaluate/flags/", "/metrics/",
                "/x?unit=",
                "/v1/assignments/", "//v1//experiments//",
            ]
            for _ in 0..<150 {
                let word = String(UInt64.random(in: 0 ... .max, using: &generator), radix: 36)
                let method = try #require(methods.randomElement(using: &generator))
                let stem = try #require(stems.randomElement(using: &generator))
                _ = try await client.send(method, stem + word, body: nil, type: nil)
            }
            let scrape = try await client.scrape()
            let routes = scrape.values(of: "route", in: "http_requests_total")
            #expect(
                routes.isSubset(of: [
                    "none", "/v1/experiments/{name}", "/ofrep/v1/evaluate/flags/{key}", "/metrics",
                ]), "seed \(seed): \(routes)")
            let counted = scrape.values(of: "method", in: "http_requests_total")
            #expect(
                counted.isSubset(of: ["GET", "POST", "PUT", "DELETE", "HEAD", "other"]),
                "seed \(seed): \(counted)")
            #expect(counted.contains("other"))
            let total = scrape.samples.filter { $0.key.name == "holdfast_http_requests_total" }
            #expect(total.values.reduce(0, +) == 150)
            #expect(scrape.samples.count < 250, "seed \(seed): \(scrape.samples.count)")
        }
    }

    @Test func `the state of the service is among the figures`() async throws {
        var options = ServiceOptions()
        options.version = "1.2.3"
        try await Harness.run(options: options) { harness in
            let answer = try await harness.client.get("/metrics")
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let scrape = try await harness.client.scrape()
            let revision = harness.service.revision
            #expect(scrape("catalog_info", ["revision": revision]) == 1)
            #expect(scrape("build_info", ["version": "1.2.3"]) == 1)
            #expect(scrape("start_time_seconds") == 1_767_225_600)
            #expect(scrape("ledger_writable") == 1)
            let memory = try #require(scrape("resident_memory_bytes"))
            #expect((1e6...1e12).contains(memory))
            let open = try #require(scrape("open_fds"))
            // At least the standard three, the ledger's two, and the connection.
            #expect((6...100_000).contains(open))
            let text = Harness.catalogText.replacing("Raise limits", with: "Raise them")
            _ = try await harness.service.reload(try Harness.catalog(text))
            let after = try await harness.client.scrape()
            #expect(after.values(of: "revision", in: "catalog_info") == [harness.service.revision])
            #expect(harness.service.revision != revision)
        }
    }

    @Test func `a fast clock and a slow one fall into the ranges they belong to`() async throws {
        let ticks = Shared()
        var options = ServiceOptions(ticks: { ticks.now })
        options.version = "x"
        try await Harness.run(options: options) { harness in
            _ = try await harness.client.get("/healthz")
            let scrape = try await harness.client.scrape()
            // The clock stood still.
            let route = "/healthz"
            #expect(
                scrape("http_request_duration_seconds_bucket", ["route": route, "le": "0.0001"])
                    == 1)
            #expect(scrape("http_request_duration_seconds_sum", ["route": route]) == 0)
        }
    }

    @Test func `a ledger that cannot be written is a figure, and the figures stay`() async throws {
        let folder = try TemporaryFolder()
        let now: @Sendable () -> Timestamp = { Harness.start }
        let ledger = try Ledger(path: folder.file("ledger.db"), now: now)
        var options = ServiceOptions()
        let lines = LogLines()
        options.log = lines.log(.text, level: .critical)
        let service = try await HoldfastService(
            catalog: try Harness.catalog(Harness.catalogText), ledger: ledger, now: now,
            options: options)
        try await service.run(host: "127.0.0.1", port: 0) { port in
            let client = HTTP(port: port)
            #expect(try await client.scrape()("ledger_writable") == 1)
            await ledger.close()
            #expect(try await client.get("/readyz").status == 503)
            let scrape = try await client.scrape()
            #expect(scrape("ledger_writable") == 0)
            let labels = ["method": "GET", "route": "/readyz", "status": "503"]
            #expect(scrape("http_requests_total", labels) == 1)
        }
    }

    @Test func `the p-value of the sample ratio is the one of the export's gate`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("ledger.db")
        let catalog = try Harness.catalog(Harness.catalogText)
        let now: @Sendable () -> Timestamp = { Harness.start }
        func serve(_ body: @Sendable (HTTP) async throws -> Void) async throws {
            let service = try await HoldfastService(
                catalog: catalog, ledger: try Ledger(path: path, now: now), now: now)
            try await service.run(host: "127.0.0.1", port: 0) { try await body(HTTP(port: $0)) }
        }
        try await serve { client in
            let decisions = (0..<300).map { index -> JSON in
                [
                    "experiment": "limits", "unit": .string("u-\(index)"),
                    "cluster": .string("h-\(index / 2)"),
                    "attributes": ["country": "JP", "age": 33],
                ]
            }
            let answer = try await client.post("/v1/decisions", .array(decisions)).json
            #expect(answer["accepted"] == 300)
            // Batches 1 and 4 came; 2 and 3 did not. One item waits for repair.
            for number in ["1", "4"] {
                let headers = ["Holdfast-Source": "till-7", "Holdfast-Sequence": number]
                let outcome: JSON = ["unit": "u-1", "name": .string("n-\(number)"), "value": 1]
                let answer = try await client.post("/v1/outcomes", outcome, headers: headers)
                #expect(answer.status == 200)
            }
            #expect(try await client.post("/v1/outcomes", "{").status == 400)
        }
        // The ledger receives each transaction a microsecond after the one before, though the clock
        // stands still: a service whose clock was turned back sees them all the same.
        let later = Timestamp(microseconds: Harness.start.microseconds + 1_000_000)
        var request = ExportRequest(catalog: catalog, experiment: "limits", asOf: later)
        request.waivers[.minimumRows] = "a test"
        let manifest = try Export.run(request, ledger: path, to: folder.file("clean"))
        let gate = try #require(manifest.gates.first { $0.name == .sampleRatio })
        let expected = try #require(gate.figure)
        #expect(expected < 1)
        try await serve { client in
            let deadline = ContinuousClock.now + .seconds(300)
            var scrape = try await client.scrape()
            while scrape("sample_ratio_age_seconds") == nil || scrape("gaps_age_seconds") == nil {
                guard ContinuousClock.now < deadline else {
                    throw ProgramError("the p-value was never found")
                }
                try await Task.sleep(for: .milliseconds(10))
                scrape = try await client.scrape()
            }
            #expect(scrape("sample_ratio_p_value", ["experiment": "limits"]) == expected)
            // Of `offers` no unit was recorded: it has no figure.
            #expect(scrape.values(of: "experiment", in: "sample_ratio_p_value") == ["limits"])
            #expect(scrape("missing_batches", ["source": "till-7"]) == 2)
            #expect(scrape("missing_batches") == nil)
            #expect(scrape("refused_items") == 1)
        }
    }

    @Test(arguments: [
        (0, 60, 60), (1, 60, 60), (3, 60, 60), (4, 60, 80), (-5, 60, 60), (100, 10, 2_000),
    ])
    func `a figure takes at most a twentieth of the time`(spent: Int64, least: Int64, pause: Int64)
    {
        let second: Int64 = 1_000_000_000
        #expect(
            BackgroundFigure<Int>.pause(after: spent * second, least: least * second)
                == pause * second)
    }

    @Test func `even the longest run has a pause`() {
        #expect(BackgroundFigure<Int>.pause(after: .max, least: 1) > .max / 2)
        #expect(BackgroundFigure<Int>.pause(after: .min, least: 1) == 1)
    }
}
