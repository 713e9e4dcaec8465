import HoldfastFormats
import HoldfastServer
import Testing
import TestSupport

/// How an experiment deals, and what was refused of it.
@Suite struct ExperimentRouteTests {
    @Test func `each way of dealing is named, and told in one line`() async throws {
        let text = """
            holdfast: 1
            salt: server-tests-salt-0001
            experiments:
              plain: {unit: u, arms: [{control: 5%}, {treatment: 95%}]}
              panel: {unit: u, rotate: {panels: 50, stay: 2, every: 30d, from: 2026-01-01}}
              model: {unit: u, explore: [{below: 0.5, control: 10%}, {control: 1%}]}
              shop: {unit: u, switchback: {every: 6h, burnIn: 30m}, arms: [{control: 50%}, {treatment: 50%}]}
              moved: {unit: u, arms: [control, treatment], compatible: {with: flagd, weights: [1, 2]}}
            """
        let expected: [(name: String, method: String, dealing: String)] = [
            ("plain", "shares", "control 5%, treatment 95%"),
            (
                "panel", "rotation",
                "control 2 of 50 panels in turn every 30d from 2026-01-01T00:00:00Z, the rest treatment 100%"
            ),
            (
                "model", "exploration",
                "control by score 10% below 0.5, 1% above, the rest treatment 100%"
            ),
            (
                "shop", "switchback",
                "control 50%, treatment 50%, anew every 6h with a burn-in of 30m"
            ),
            ("moved", "compatible", "control 33.3333%, treatment 66.6667% as flagd deals"),
        ]
        try await Harness.run(catalog: text) { harness in
            let list = try await harness.client.get("/v1/experiments").json
            #expect(try JSONSchemaValidator("experiments.schema.json").faults(list) == [])
            for (index, item) in expected.enumerated() {
                let one = try await harness.client.get("/v1/experiments/\(item.name)").json
                for shown in [one, list["experiments"]?.array?[index]] {
                    #expect(shown?["method"]?.string == item.method)
                    #expect(shown?["dealing"]?.string == item.dealing)
                }
            }
        }
    }

    @Test func `a household that is seen under two clusters is counted`() async throws {
        try await Harness.run { harness in
            func health(_ name: String) async throws -> JSON {
                let answer = try await harness.client.get("/v1/experiments/\(name)/health")
                #expect(answer.status == 200)
                let validator = try JSONSchemaValidator(
                    "experiments.schema.json#/$defs/ExperimentHealth")
                #expect(try validator.faults(answer.json) == [])
                return try answer.json
            }
            #expect(try await health("limits")["refused"] == [])
            for (unit, cluster, status) in [
                ("c-1", "h-1", 200), ("c-2", "h-1", 200), ("c-1", "h-2", 422), ("c-2", "h-3", 422),
                ("c-1", "h-1", 200),
            ] {
                let item: JSON = [
                    "experiment": "limits", "unit": .string(unit), "cluster": .string(cluster),
                    "attributes": ["country": "JP", "age": 33],
                ]
                let answer = try await harness.client.post("/v1/decisions", item)
                #expect(answer.status == status, "\(unit) \(cluster)")
            }
            let after = try await health("limits")
            #expect(
                after["refused"] == [["kind": "decision", "code": "cluster_changed", "count": 2]])
            let one = try await harness.client.get("/v1/experiments/limits").json
            #expect(after["revision"] == one["revision"] && after["experiment"] == "limits")
            // Of another experiment nothing was refused.
            #expect(try await health("offers")["refused"] == [])
        }
    }

    @Test func `the health of what is not declared is a problem`() async throws {
        try await Harness.run { harness in
            let none = try await harness.client.get("/v1/experiments/nope/health")
            #expect(none.status == 404)
            #expect(try none.json["hint"]?.string?.contains("limits, offers") == true)
        }
    }
}
