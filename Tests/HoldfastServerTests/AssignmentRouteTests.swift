import HoldfastFormats
import Testing
import TestSupport

@Suite struct AssignmentRouteTests {
    @Test func `one object is answered by one, with everything that the decision knows`()
        async throws
    {
        try await Harness.run { harness in
            let answer = try await harness.client.post(
                "/v1/assignments", ["experiment": "offers", "unit": "customer-2"])
            #expect(answer.status == 200)
            let json = try answer.json
            #expect(json["unit"] == "customer-2")
            #expect(json["experiment"] == "offers")
            #expect(json["reason"] == "assigned")
            #expect([.string("control"), .string("treatment")].contains(json["arm"]))
            #expect(json["act"] == .bool(json["arm"] == "treatment"))
            #expect(json["propensity"] == (json["arm"] == "treatment" ? 0.95 : 0.05))
            #expect(json["holdout"] == .null)
            let again = try await harness.client.post(
                "/v1/assignments", ["experiment": "offers", "unit": "customer-2"])
            #expect(again.body == answer.body)
        }
    }

    @Test func `nothing is recorded by an assignment`() async throws {
        try await Harness.run { harness in
            let item: JSON = ["experiment": "offers", "unit": "customer-2"]
            _ = try await harness.client.post("/v1/assignments", item)
            #expect(try await harness.count("decisions") == 0)
            _ = try await harness.client.post("/v1/decisions", item)
            #expect(try await harness.count("decisions") == 1)
        }
    }

    @Test(
        arguments: [
            (["experiment": "nope", "unit": "u"] as JSON, 404, "unknown_experiment", "offers"),
            (["experiment": "offers"], 422, "missing_member", "unit"),
            (["experiment": "offers", "unit": ""], 422, "bad_length", "1 to 1024"),
            (
                ["experiment": "offers", "unit": .string(String(repeating: "u", count: 1_025))],
                422, "bad_length", "1025"
            ),
            (
                ["experiment": "limits", "unit": "u", "attributes": ["country": "JP", "age": 30]],
                422, "missing_cluster", "household"
            ),
            (
                ["experiment": "limits", "unit": "u", "cluster": "h", "attributes": ["age": 30]],
                422, "missing_attribute", "country"
            ),
            (
                [
                    "experiment": "limits", "unit": "u", "cluster": "h",
                    "attributes": ["country": "JP", "age": "30"],
                ], 422, "wrong_attribute", "number"
            ),
            (["experiment": "offers", "unit": 7], 422, "wrong_type", "string"),
            (["experiment": "offers", "unit": "u", "extra": 1], 422, "unknown_member", "extra"),
            (
                ["experiment": "offers", "unit": "u", "at": "2026-01-01T00:00:00"],
                422, "bad_time", "zone"
            ),
        ] as [(JSON, Int, String, String)])
    func `what cannot be dealt is a problem that names the place and the remedy`(
        item: JSON, status: Int, code: String, words: String
    ) async throws {
        try await Harness.run { harness in
            let answer = try await harness.client.post("/v1/assignments", item)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            let problem = try answer.json
            #expect(problem["code"]?.string == code)
            let text = "\(problem["detail"]?.string ?? "") \(problem["hint"]?.string ?? "")"
            #expect(text.contains(words), "\(text)")
            #expect(problem["status"] == .integer(Int64(status)))
            #expect(problem["title"]?.string?.isEmpty == false)
        }
    }

    @Test func `a batch answers each item in its place`() async throws {
        try await Harness.run { harness in
            let body: JSON = [
                ["experiment": "offers", "unit": "a"], ["experiment": "nope", "unit": "b"],
                ["experiment": "offers", "unit": "c"],
            ]
            let receipt = try await harness.client.post("/v1/assignments", body).json
            let schema = try JSONSchemaValidator("batch-receipt.schema.json")
            #expect(schema.faults(receipt) == [])
            #expect(receipt["accepted"] == 2 && receipt["refused"] == 1)
            let results = receipt["results"]?.array
            #expect(results?.count == 3)
            #expect(results?.map { $0["index"] } == [0, 1, 2])
            #expect(results?[0]["unit"] == "a")
            #expect(results?[1]["error"]?["code"] == "unknown_experiment")
            #expect(results?[2]["unit"] == "c")
        }
    }
}
