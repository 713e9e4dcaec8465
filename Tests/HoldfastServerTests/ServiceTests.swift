import Foundation
import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import HoldfastServer
import Testing
import TestSupport

@Suite struct ServiceTests {
    @Test func `experiments are shown as they are declared`() async throws {
        try await Harness.run { harness in
            let list = try await harness.client.get("/v1/experiments").json
            let first = list["experiments"]?.array?.first
            #expect(first?["name"] == "limits")
            #expect(first?["cluster"] == "household")
            #expect(first?["arms"]?.array?.first == ["name": "control", "share": "50%"])
            #expect(first?["outcome"]?["absent"] == "unknown")
            #expect(first?["state"] == "running")
            #expect(first?["holdouts"] == ["program"])
            let one = try await harness.client.get("/v1/experiments/limits").json
            #expect(one["revision"] == list["revision"])
            let none = try await harness.client.get("/v1/experiments/nope")
            #expect(none.status == 404)
            #expect(try none.json["hint"]?.string?.contains("limits, offers") == true)
        }
    }

    @Test func `another method than a path takes is told which it takes, a head is answered`()
        async throws
    {
        try await Harness.run { harness in
            for (method, path, allowed) in [
                ("POST", "/v1/experiments/limits", "GET, HEAD"), ("GET", "/v1/exposures", "POST"),
                ("DELETE", "/readyz", "GET, HEAD"), ("OPTIONS", "/v1/decisions", "POST"),
                ("TRACE", "/healthz", "GET, HEAD"),
            ] {
                let answer = try await harness.client.send(method, path, body: nil, type: nil)
                #expect(answer.status == 405, "\(method) \(path)")
                #expect(answer.headers["allow"] == allowed)
                #expect(try answer.json["code"] == "method_not_allowed")
            }
            let head = try await harness.client.send("HEAD", "/healthz", body: nil, type: nil)
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
        }
    }

    @Test func `answers are as their schemas say`() async throws {
        let cases: [(schema: String, path: String, body: JSON?)] = [
            (
                "assignment.schema.json#/$defs/AssignmentAnswer", "/v1/assignments",
                ["experiment": "offers", "unit": "u"]
            ),
            (
                "decision.schema.json#/$defs/DecisionAnswer", "/v1/decisions",
                .decision(id: "d-1", unit: "u")
            ),
            ("experiments.schema.json", "/v1/experiments", nil),
            (
                "batch-receipt.schema.json", "/v1/outcomes",
                [["unit": "u", "name": "n", "value": 1], ["unit": "", "name": "n", "value": 1]]
            ),
            ("problem.schema.json", "/v1/exposures", ["experiment": "nope", "unit": "u"]),
        ]
        try await Harness.run { harness in
            for item in cases {
                let answer =
                    if let body = item.body {
                        try await harness.client.post(item.path, body)
                    } else {
                        try await harness.client.get(item.path)
                    }
                let faults = try JSONSchemaValidator(item.schema).faults(try answer.json)
                #expect(faults.isEmpty, "\(item.path): \(faults.joined(separator: "; "))")
            }
        }
    }

    @Test func `answers of every way of dealing are as their schemas say`() async throws {
        let text = """
            holdfast: 1
            salt: server-tests-salt-0001
            experiments:
              panel: {unit: u, rotate: {panels: 50, stay: 2, every: 30d, from: 2026-01-01}}
              model: {unit: u, explore: [{below: 0.5, control: 10%}, {control: 1%}]}
              shop: {unit: u, switchback: {every: 6h, burnIn: 30m}, arms: [{control: 50%}, {treatment: 50%}]}
            """
        try await Harness.run(catalog: text) { harness in
            let list = try await harness.client.get("/v1/experiments").json
            #expect(try JSONSchemaValidator("experiments.schema.json").faults(list) == [])
            for (path, schema) in [
                ("/v1/assignments", "assignment.schema.json#/$defs/AssignmentAnswer"),
                ("/v1/decisions", "decision.schema.json#/$defs/DecisionAnswer"),
            ] {
                let validator = try JSONSchemaValidator(schema)
                for name in ["panel", "model", "shop"] {
                    let item: JSON = [
                        "experiment": .string(name), "unit": "u-1", "score": 0.25,
                    ]
                    let answer = try await harness.client.post(path, item).json
                    #expect(validator.faults(answer) == [], "\(path) \(name)")
                    #expect(answer["burn_in"] == (name == "shop" ? true : nil))
                }
            }
        }
    }

    @Test func `health, readiness and the contract are there`() async throws {
        try await Harness.run { harness in
            #expect(try await harness.client.get("/healthz").json["status"] == "ok")
            #expect(try await harness.client.get("/readyz").json["status"] == "ready")
            let contract = try await harness.client.get("/openapi.yaml")
            #expect(contract.headers["content-type"] == "application/yaml")
            #expect(contract.body == Data(try Repository.bytes("Schemas/openapi.yaml")))
        }
    }

    @Test func `a service whose ledger cannot be written is not ready, and still assigns`()
        async throws
    {
        let folder = try TemporaryFolder()
        let now: @Sendable () -> Timestamp = { Timestamp(microseconds: 0) }
        let catalog = try Catalog(
            files: [(name: "c", text: Harness.catalogText)], salt: { _ in nil })
        let ledger = try Ledger(path: folder.file("ledger.db"), now: now)
        let service = try await HoldfastService(catalog: catalog, ledger: ledger, now: now)
        try await service.run(host: "127.0.0.1", port: 0) { port in
            await ledger.close()
            let client = HTTP(port: port)
            let item: JSON = ["experiment": "offers", "unit": "u"]
            #expect(try await client.get("/readyz").status == 503)
            #expect(try await client.post("/v1/assignments", item).status == 200)
            let answer = try await client.post("/v1/decisions", item)
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "1")
        }
    }

    @Test func `many producers at once each get their own answers`() async throws {
        try await Harness.run { harness in
            try await withThrowingTaskGroup { group in
                for producer in 0..<16 {
                    group.addTask {
                        let body = JSON.array(
                            (0..<50).map {
                                .decision(id: "d-\(producer)-\($0)", unit: "u-\(producer)-\($0)")
                            })
                        let answer = try await harness.client.post("/v1/decisions", body).json
                        #expect(answer["accepted"] == 50)
                        let units = answer["results"]?.array?.map { $0["unit"]?.string }
                        #expect(units == (0..<50).map { "u-\(producer)-\($0)" })
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await harness.count("decisions") == 800)
        }
    }
}
