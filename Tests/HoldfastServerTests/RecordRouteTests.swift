import Foundation
import HoldfastFormats
import HoldfastServer
import Testing
import TestSupport

@Suite struct RecordRouteTests {
    @Test func `what is answered with success is in the ledger, features in their columns`()
        async throws
    {
        try await Harness.run { harness in
            let features: JSON = [
                "income": 52_000.5, "months": 7, "region": "Kantō", "member": true,
            ]
            let answer = try await harness.client.post(
                "/v1/decisions", JSON.decision(id: "d-1", unit: "customer-1", features: features))
            #expect(answer.status == 200)
            #expect(try answer.json["status"] == "accepted")
            #expect(try answer.json["decided_at"] == "2026-01-01T00:00:00Z")
            let rows = try await harness.sql(
                "SELECT d.id, f.income, f.months, f.region, f.member FROM decisions d JOIN features_1 f USING (decision)"
            )
            #expect(rows == "d-1|52000.5|7|Kantō|1")
        }
    }

    @Test func `the same id again is a duplicate, with other content a conflict`() async throws {
        try await Harness.run { harness in
            let first = JSON.decision(id: "d-1", unit: "customer-1")
            let accepted = try await harness.client.post("/v1/decisions", first).json
            let repeated = try await harness.client.post("/v1/decisions", first)
            #expect(repeated.status == 200)
            #expect(try repeated.json["status"] == "duplicate")
            #expect(try repeated.json["arm"] == accepted["arm"])
            #expect(try repeated.json["bucket"] == accepted["bucket"])
            let other = try await harness.client.post(
                "/v1/decisions", JSON.decision(id: "d-1", unit: "customer-2"))
            #expect(other.status == 409)
            #expect(try other.json["code"] == "conflict")
            #expect(
                try await harness.sql("SELECT count(*), min(unit) FROM decisions") == "1|customer-1"
            )
            #expect(
                try await harness.sql(
                    "SELECT code, source LIKE '%customer-2%' FROM refusals") == "conflict|1")
        }
    }

    @Test func `of twenty items with a malformed seventeenth the nineteen others are kept`()
        async throws
    {
        try await Harness.run { harness in
            var items = (1...20).map { JSON.decision(id: "d-\($0)", unit: "u-\($0)").text() }
            items[16] = #"{"experiment": "limits", "unit": nope}"#
            for (body, type) in [
                ("[" + items.joined(separator: ", ") + "]", "application/json"),
                (items.joined(separator: "\n"), "application/x-ndjson"),
            ] {
                let answer = try await harness.client.post("/v1/decisions", body, type: type)
                #expect(answer.status == 200)
                let json = try answer.json
                #expect(json["refused"] == 1)
                #expect((json["accepted"]?.double ?? 0) + (json["duplicates"]?.double ?? 0) == 19)
                let refused = json["results"]?.array?[16]
                #expect(refused?["status"] == "refused")
                #expect(refused?["error"]?["code"] == "malformed")
                #expect(refused?["error"]?["detail"]?.string?.contains("line") == true)
            }
            #expect(try await harness.count("decisions") == 19)
            #expect(try await harness.sql("SELECT DISTINCT code FROM refusals") == "malformed")
        }
    }

    @Test(
        arguments: [
            (["income": "high"] as JSON, "wrong_type", "income"),
            (["months": 1.5], "wrong_type", "integer"), (["region": 7], "wrong_type", "category"),
            (["member": 1], "wrong_type", "boolean"), (["salary": 1], "unknown_feature", "salary"),
            (["region": .string(String(repeating: "x", count: 1_025))], "bad_length", "1025"),
        ] as [(JSON, String, String)])
    func `a feature of the wrong type is refused and kept for repair`(
        features: JSON, code: String, words: String
    ) async throws {
        try await Harness.run { harness in
            let answer = try await harness.client.post(
                "/v1/decisions", JSON.decision(unit: "u", features: features))
            #expect(answer.status == 422)
            let problem = try answer.json
            #expect(problem["code"]?.string == code)
            let text = "\(problem["detail"]?.string ?? "") \(problem["hint"]?.string ?? "")"
            #expect(text.contains(words), "\(text)")
            #expect(try await harness.count("decisions") == 0)
            #expect(try await harness.sql("SELECT kind, code FROM refusals") == "decision|\(code)")
        }
    }

    @Test func `NaN is no JSON, and neither is a number beyond a double`() async throws {
        try await Harness.run { harness in
            for value in ["NaN", "Infinity", "1e999", "nan"] {
                let answer = try await harness.client.post(
                    "/v1/outcomes", #"{"unit": "u", "name": "defaulted", "value": \#(value)}"#)
                #expect(answer.status == 400)
                #expect(try answer.json["code"] == "malformed")
            }
            #expect(try await harness.count("outcomes") == 0)
        }
    }

    @Test func `exposures and outcomes are taken one by one, in arrays and as lines`() async throws
    {
        try await Harness.run { harness in
            let exposure: JSON = [
                "id": "e-1", "experiment": "limits", "unit": "u", "cluster": "h",
                "arm": "treatment", "at": "2026-01-01T00:00:00Z",
            ]
            #expect(try await harness.client.post("/v1/exposures", exposure).status == 200)
            let outcome = #"{"unit": "u", "name": "defaulted", "value": true}"#
            let lines = try await harness.client.post(
                "/v1/outcomes", "\(outcome)\n\n\(outcome)\r\n", type: "application/x-ndjson")
            // Neither id nor time: the same content at the same time is one fact.
            #expect(try lines.json["accepted"] == 1)
            #expect(try lines.json["duplicates"] == 1)
            #expect(try await harness.sql("SELECT value FROM outcomes") == "1.0")
            for (member, value, code) in [
                ("arm", "nope", "unknown_arm"), ("experiment", "gone", "unknown_experiment"),
                ("cluster", "", "bad_length"),
            ] {
                var object = JSONObject()
                guard case .object(let members) = exposure else { return }
                for entry in members.members {
                    object.append(entry.key, entry.key == member ? .string(value) : entry.value)
                }
                let answer = try await harness.client.post("/v1/exposures", .object(object))
                #expect(try answer.json["code"]?.string == code)
            }
        }
    }

    @Test func `a body over the limit is refused whole, one at the limit is read`() async throws {
        try await Harness.run { harness in
            let limit = 8 << 20
            let over = String(repeating: " ", count: limit) + "[]"
            let answer = try await harness.client.post("/v1/outcomes", over)
            #expect(answer.status == 413)
            #expect(try answer.json["hint"]?.string?.contains("parts") == true)
            let exact = String(repeating: " ", count: limit - 2) + "[]"
            #expect(try await harness.client.post("/v1/outcomes", exact).status == 200)
        }
    }

    @Test func `ten thousand items are taken, one more is refused whole`() async throws {
        try await Harness.run { harness in
            func lines(_ count: Int) -> String {
                (0..<count).map { #"{"id":"o-\#($0)","unit":"u","name":"n","value":1}"# }
                    .joined(separator: "\n")
            }
            let type = "application/x-ndjson"
            let over = try await harness.client.post("/v1/outcomes", lines(10_001), type: type)
            #expect(over.status == 413)
            #expect(try await harness.count("outcomes") == 0)
            let exact = try await harness.client.post("/v1/outcomes", lines(10_000), type: type)
            #expect(try exact.json["accepted"] == 10_000)
        }
    }

    @Test func `another media type and another path are problems too`() async throws {
        try await Harness.run { harness in
            let type = try await harness.client.post("/v1/outcomes", "a,b", type: "text/csv")
            #expect(type.status == 415)
            #expect(try type.json["hint"]?.string?.contains("ndjson") == true)
            let path = try await harness.client.get("/v2/nothing")
            #expect(path.status == 404)
            #expect(path.headers["content-type"] == "application/problem+json")
        }
    }
}

extension Harness {
    func sql(_ statement: String) async throws -> String {
        try await Program.sqlite(ledgerPath, statement)
    }

    func count(_ table: String) async throws -> Int {
        Int(try await sql("SELECT count(*) FROM \(table)")) ?? -1
    }
}
