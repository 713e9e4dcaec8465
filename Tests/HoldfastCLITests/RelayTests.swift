import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// `holdfast relay` as producers and operators meet it.
@Suite struct RelayTests {
    private static let catalog = """
        holdfast: 1
        salt: relay-tests-salt-0001
        experiments:
          offers:
            unit: customer
            arms: [{control: 50%}, {treatment: 50%}]
        """

    /// Nobody listens there.
    private static let nowhere = "http://127.0.0.1:9"

    /// A relay in a folder of its own.
    private struct Running: Sendable {
        let process: ServiceProcess
        let client: HTTP
        let folder: TemporaryFolder

        static func start(
            to service: String = RelayTests.nowhere, in folder: TemporaryFolder? = nil,
            _ arguments: [String] = ["--drain", "0"]
        ) async throws -> Running {
            let folder = try folder ?? TemporaryFolder()
            let process = try await ServiceProcess.relay(
                to: service, spool: folder.file("spool.db"), arguments: arguments,
                errors: folder.file("errors"))
            return Running(process: process, client: HTTP(port: process.port), folder: folder)
        }

        var status: JSON { get async throws { try await client.get("/v1/relay").json } }

        var errors: String {
            get throws { String(decoding: try folder.read("errors"), as: UTF8.self) }
        }

        /// Waits until its status says so; a minute is long for it.
        func reaches(_ what: String, _ isThere: (JSON) -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(300)
            while !isThere(try await status) {
                guard ContinuousClock.now < deadline else {
                    throw ProgramError("it never came to \(what): \(try await status.text())")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        func stop() async throws { #expect(try await process.terminate() == 0) }
    }

    private static func exposure(_ unit: String, id: String? = nil) -> JSON {
        var object = JSONObject([
            ("experiment", "offers"), ("unit", .string(unit)), ("arm", "treatment"),
        ])
        if let id { object.append("id", .string(id)) }
        return .object(object)
    }

    @Test func `a post is answered by item when it is in the spool, and refused by index`()
        async throws
    {
        let relay = try await Running.start(["--drain", "0", "--source", "till-7"])
        let single = try await relay.client.post(
            "/v1/exposures", RelayTests.exposure("u-1", id: "e-1"))
        #expect(single.status == 202)
        #expect(try single.json == ["id": "e-1", "status": "spooled"])
        let lines = #"{"unit":"u-2","name":"paid","value":1}"# + "\n{nonsense\n5\n"
        let batch = try await relay.client.post(
            "/v1/outcomes", lines, type: "application/x-ndjson")
        #expect(batch.status == 202)
        let json = try batch.json
        #expect(json["spooled"] == 1 && json["refused"] == 2)
        let results = try json.cases("results")
        #expect(results[0] == ["index": 0, "id": "till-7-2", "status": "spooled"])
        #expect(results[1]["error"]?["code"] == "malformed")
        #expect(results[2]["error"]?["code"] == "wrong_type")
        #expect(try await relay.client.post("/v1/outcomes", "{nonsense").status == 400)
        let status = try await relay.status
        #expect(status["waiting"] == 2 && status["spooled"] == 2 && status["source"] == "till-7")
        #expect(status["oldest_waiting_seconds"]?.double ?? -1 >= 0)
        try await relay.reaches("a failure") { $0["delivering"] == false }
        // A service that is away leaves it ready.
        let ready = try await relay.client.get("/readyz")
        #expect(ready.status == 200)
        #expect(try ready.json["last_error"]?.string?.contains("cannot be reached") == true)
        try await relay.stop()
    }

    @Test func `what the service would not take is not taken either`() async throws {
        let relay = try await Running.start()
        let client = relay.client
        let many = String(repeating: "{}\n", count: 10_001)
        let type = "application/x-ndjson"
        #expect(try await client.post("/v1/exposures", many, type: type).status == 413)
        let large = "\"" + String(repeating: "x", count: 8 << 20) + "\""
        #expect(try await client.post("/v1/exposures", large).status == 413)
        #expect(try await client.post("/v1/exposures", "{}", type: "text/csv").status == 415)
        let numbered = try await client.post(
            "/v1/exposures", RelayTests.exposure("u"), headers: ["Holdfast-Sequence": "1"])
        #expect(numbered.status == 400)
        #expect(try numbered.json["code"] == "numbered")
        let assignment = try await client.post(
            "/v1/assignments", ["experiment": "offers", "unit": "u"] as JSON)
        #expect(assignment.status == 404)
        #expect(try assignment.json["code"] == "no_catalog")
        // One item may have a MiB: a batch of it alone is below what the service takes.
        let padded: JSON = ["unit": .string(String(repeating: "x", count: 1 << 20))]
        #expect(try await client.post("/v1/outcomes", padded).status == 422)
        #expect(try await relay.status["spooled"] == 0)
        try await relay.stop()
    }

    @Test func `past its bound it answers 503 with whole seconds, and loses nothing`() async throws
    {
        let relay = try await Running.start(["--drain", "0", "--spool-limit", "1"])
        var taken: Int64 = 0
        var refusal: HTTP.Answer?
        for round in 0..<40 where refusal == nil {
            let items = (0..<10).map { index -> JSON in
                .object(
                    JSONObject([
                        ("id", .string("e-\(round)-\(index)")),
                        ("unit", .string(String(repeating: "x", count: 10_000))),
                    ]))
            }
            let answer = try await relay.client.post("/v1/exposures", .array(items))
            if answer.status == 202 { taken += 10 } else { refusal = answer }
        }
        let answer = try #require(refusal)
        #expect(answer.status == 503)
        #expect(try answer.json["code"] == "spool_full")
        #expect(answer.headers["retry-after"].flatMap { Int($0) } == 5)
        #expect(try await relay.status["waiting"] == .integer(taken) && taken >= 80)
        #expect(
            try await relay.client.post("/v1/exposures", RelayTests.exposure("u")).status == 202)
        try await relay.stop()
    }

    @Test func `by a catalog of its own it deals as the service does, and says where it did not`()
        async throws
    {
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", RelayTests.catalog)
        let service = try await ServiceProcess.start(
            catalog: catalog, ledger: folder.file("ledger.db"))
        let other = try folder.write(
            "other.yaml", RelayTests.catalog.replacingOccurrences(of: "0001", with: "0002"))
        let relay = try await Running.start(
            to: "http://127.0.0.1:\(service.port)", in: folder, ["--catalog", other])
        let units = (0..<40).map { "customer-\($0)" }
        let items = units.map { unit -> JSON in
            ["id": .string("d-\(unit)"), "experiment": "offers", "unit": .string(unit)]
        }
        let told = try await relay.client.post("/v1/decisions", .array(items)).json
        let dealt = try await relay.client.post(
            "/v1/assignments",
            .array(units.map { ["experiment": "offers", "unit": .string($0)] })
        ).json
        let arms = try told.cases("results").map { $0["arm"] }
        #expect(try dealt.cases("results").map { $0["arm"] } == arms)
        try await relay.reaches("the service") { $0["forwarded"] == 40 }
        let kept = try await Program.sqlite(
            folder.file("ledger.db"), "SELECT arm FROM decisions ORDER BY decision")
        let differing = zip(arms, kept.split(separator: "\n")).count { $0?.string != String($1) }
        #expect(differing > 5)
        #expect(try await relay.status["dealt_otherwise"] == .integer(Int64(differing)))
        let unknown = try await relay.client.post(
            "/v1/decisions", ["experiment": "nope", "unit": "u"] as JSON)
        #expect(unknown.status == 404)
        try await relay.stop()
        #expect(try relay.errors.contains("dealt \(differing) decisions otherwise"))
        // The same catalog deals alike.
        let same = try await Running.start(
            to: "http://127.0.0.1:\(service.port)", in: folder, ["--catalog", catalog])
        for index in 0..<20 {
            let item: JSON = ["experiment": "offers", "unit": .string("shop-\(index)")]
            #expect(try await same.client.post("/v1/decisions", item).status == 202)
        }
        try await same.reaches("the service") { $0["forwarded"] == 60 }
        #expect(try await same.status["dealt_otherwise"] == .integer(Int64(differing)))
        try await same.stop()
        #expect(try await service.terminate() == 0)
    }

    @Test func `an item posted twice with its id is one fact, whenever the relay took it`()
        async throws
    {
        let folder = try TemporaryFolder()
        let service = try await ServiceProcess.start(
            catalog: try folder.write("catalog.yaml", RelayTests.catalog),
            ledger: folder.file("ledger.db"))
        let relay = try await Running.start(
            to: "http://127.0.0.1:\(service.port)", in: folder, ["--drain", "30"])
        for _ in 0..<3 {
            let items: JSON = [
                RelayTests.exposure("u-1", id: "e-1"), RelayTests.exposure("u-2"),
            ]
            #expect(try await relay.client.post("/v1/exposures", items).status == 202)
        }
        try await relay.reaches("the service") { $0["forwarded"] == 6 }
        let status = try await relay.status
        #expect(status["duplicates"] == 2 && status["accepted"] == 4)
        // What the service refuses it keeps: the relay counts it by its code, and is done with it.
        let wrong: JSON = ["experiment": "nope", "unit": "u-3", "arm": "treatment"]
        #expect(try await relay.client.post("/v1/exposures", wrong).status == 202)
        try await relay.reaches("the refusal") { $0["waiting"] == 0 }
        #expect(try await relay.status["refused"] == ["unknown_experiment": 1])
        try await relay.stop()
        #expect(try relay.errors.contains("refused 1 of the exposures (unknown_experiment)"))
        #expect(try !relay.errors.contains("u-3"))
        #expect(try await service.terminate() == 0)
        let rows = try await Program.sqlite(
            folder.file("ledger.db"), "SELECT count(*), count(DISTINCT unit) FROM exposures")
        #expect(rows == "4|2")
    }

    @Test
    func `over TLS it delivers to the certificate that it was told to trust, and to no other`()
        async throws
    {
        let folder = try TemporaryFolder()
        let pair = try await TLSTests.Pair.make("one", in: folder)
        let stranger = try await TLSTests.Pair.make("stranger", in: folder)
        let service = try await ServiceProcess.start(
            catalog: try folder.write("catalog.yaml", RelayTests.catalog),
            ledger: folder.file("ledger.db"), arguments: pair.arguments)
        func drain(_ host: String, trusting authorities: String) async throws -> Program.Run {
            try await Program.run([
                "relay", "--to", "https://\(host):\(service.port)", "--ca", authorities, "--spool",
                folder.file("spool.db"), "--drain-only", "--drain", "5",
            ])
        }
        for host in ["localhost", "127.0.0.1"] {
            let relay = try await Running.start(in: folder)
            let item = RelayTests.exposure("at-\(host)")
            #expect(try await relay.client.post("/v1/exposures", item).status == 202)
            try await relay.stop()
            let mistrusted = try await drain(host, trusting: stranger.certificate)
            #expect(mistrusted.status == 1)
            #expect(mistrusted.errors.contains("its certificate is not trusted"))
            let trusted = try await drain(host, trusting: pair.certificate)
            #expect(trusted.status == 0, "\(trusted.errors)")
        }
        let none = try await drain("localhost", trusting: pair.key)
        #expect(none.status == 2 && none.errors.contains("holds no certificates"))
        #expect(try await service.terminate() == 0)
        let units = try await Program.sqlite(
            folder.file("ledger.db"), "SELECT unit FROM exposures ORDER BY unit")
        #expect(units == "at-127.0.0.1\nat-localhost")
    }

    @Test func `a token that the service does not take is said once, and nothing is dropped`()
        async throws
    {
        let folder = try TemporaryFolder()
        let tokens = folder.file("tokens.json")
        let made = try await Program.run([
            "token", "create", "--tokens", tokens, "--name", "relay", "--scope", "record",
        ])
        let token = try #require(
            made.output.split(whereSeparator: \.isWhitespace).last { $0.contains("holdfast_") })
        let service = try await ServiceProcess.start(
            catalog: try folder.write("catalog.yaml", RelayTests.catalog),
            ledger: folder.file("ledger.db"), arguments: ["--tokens", tokens])
        let address = "http://127.0.0.1:\(service.port)"
        let relay = try await Running.start(to: address, in: folder)
        #expect(
            try await relay.client.post("/v1/exposures", RelayTests.exposure("u")).status == 202)
        try await relay.reaches("a failure") { $0["delivering"] == false }
        #expect(
            try await relay.status["last_error"] == "the service answered 401, unauthorized")
        try await relay.stop()
        #expect(try relay.process.lastWords.contains(#""left": 1"#))
        #expect(try relay.errors.split(separator: "\n").count == 1)
        let file = try folder.write("token", token + "\n")
        let drained = try await Program.run([
            "relay", "--to", address, "--spool", folder.file("spool.db"), "--token-file", file,
            "--drain-only",
        ])
        #expect(drained.status == 0, "\(drained.errors)")
        #expect(drained.output.contains("1 items delivered, none left"))
        #expect(!drained.output.contains(token) && !drained.errors.contains(token))
        #expect(try await service.terminate() == 0)
    }

    @Test func `its own producers need a token where it has tokens`() async throws {
        let folder = try TemporaryFolder()
        let tokens = folder.file("tokens.json")
        let made = try await Program.run([
            "token", "create", "--tokens", tokens, "--name", "till", "--scope", "record",
        ])
        let token = try #require(
            made.output.split(whereSeparator: \.isWhitespace).last { $0.contains("holdfast_") })
        let relay = try await Running.start(in: folder, ["--tokens", tokens, "--drain", "0"])
        let item = RelayTests.exposure("u")
        #expect(try await relay.client.post("/v1/exposures", item).status == 401)
        let headers = ["Authorization": "Bearer \(token)"]
        #expect(
            try await relay.client.post("/v1/exposures", item, headers: headers).status == 202)
        #expect(try await relay.client.get("/v1/relay", headers: headers).status == 403)
        #expect(try await relay.client.get("/readyz").status == 200)
        try await relay.stop()
    }

    @Test func `draining says what is left, by words and by status`() async throws {
        let folder = try TemporaryFolder()
        let spool = folder.file("spool.db")
        func drain(to service: String = RelayTests.nowhere) async throws -> Program.Run {
            try await Program.run([
                "relay", "--to", service, "--spool", spool, "--drain-only", "--drain", "1",
            ])
        }
        let none = try await drain()
        #expect(none.status == 2 && none.errors.contains("cannot be opened"))
        let relay = try await Running.start(in: folder)
        #expect(
            try await relay.client.post("/v1/exposures", RelayTests.exposure("u")).status == 202)
        let second = try await drain()
        #expect(second.status == 2)
        #expect(second.errors.contains("another process holds the file"))
        try await relay.stop()
        let left = try await drain()
        #expect(left.status == 1)
        #expect(left.output.contains("0 items delivered, 1 left"))
        let renamed = try await Program.run([
            "relay", "--to", RelayTests.nowhere, "--spool", spool, "--source", "other",
        ])
        #expect(renamed.status == 2 && renamed.errors.contains("numbered for the source relay-"))
    }

    @Test(arguments: [
        ["--to", "ftp://127.0.0.1"], ["--to", "http://user:secret@127.0.0.1"],
        ["--host", "0.0.0.0"], ["--source", "a/b"], ["--drain", "-1"], ["--spool-limit", "0"],
    ])
    func `arguments that cannot be meant are refused`(wrong: [String]) async throws {
        let folder = try TemporaryFolder()
        let run = try await Program.run(
            ["relay", "--to", RelayTests.nowhere, "--spool", folder.file("spool.db")] + wrong)
        #expect(run.status == 64)
        #expect(try folder.names.isEmpty)
    }
}
