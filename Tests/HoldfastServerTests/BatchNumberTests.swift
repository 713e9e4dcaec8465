import HoldfastFormats
import HoldfastLedger
import HoldfastServer
import Testing
import TestSupport

/// Batches that are numbered by headers: a number is entered with its batch, or nothing is.
@Suite struct BatchNumberTests {
    /// The recording routes, and an item that each takes.
    private static let routes: [(path: String, table: String, item: JSON)] = [
        ("/v1/decisions", "decisions", JSON.decision(unit: "u")),
        (
            "/v1/exposures", "exposures",
            ["experiment": "limits", "unit": "u", "cluster": "h", "arm": "treatment"]
        ),
        ("/v1/outcomes", "outcomes", ["unit": "u", "name": "defaulted", "value": true]),
    ]

    private static func headers(_ source: String?, _ sequence: String?) -> [String: String] {
        var headers: [String: String] = [:]
        headers["Holdfast-Source"] = source
        headers["Holdfast-Sequence"] = sequence
        return headers
    }

    @Test(arguments: 0..<3)
    func `on each route a numbered batch is recorded with its number`(route: Int) async throws {
        let (path, table, item) = BatchNumberTests.routes[route]
        try await Harness.run { harness in
            func post(_ body: JSON, _ sequence: String) async throws -> HTTP.Answer {
                try await harness.client.post(
                    path, body, headers: BatchNumberTests.headers("till-7", sequence))
            }
            let one = try await post(item, "1")
            #expect(one.status == 200)
            #expect(try one.json["status"] == "accepted")
            let many = try await post([item], "2")
            #expect(try many.json["duplicates"] == 1)
            // The answer was lost, and the batch comes again.
            #expect(try await post([item], "2").status == 200)
            let none = try await post([], "3")
            #expect(none.status == 200)
            #expect(try none.json["accepted"] == 0)
            let rows = "SELECT source, sequence, items FROM batches ORDER BY batch"
            #expect(try await harness.sql(rows) == "till-7|1|1\ntill-7|2|1\ntill-7|3|0")
            #expect(try await harness.count(table) == 1)
            #expect(
                try await harness.sql("SELECT last_sequence, batch_count FROM sources") == "3|3")
        }
    }

    /// Headers that are wrong, and a word of the answer.
    private static let wrong: [(source: String?, sequence: String?, words: String)] = [
        ("till", nil, "without the other"), (nil, "1", "without the other"),
        ("", "1", "no name"), ("a till", "1", "no name"), ("till/7", "1", "no name"),
        (String(repeating: "x", count: 65), "1", "no name"), ("kasse-é", "1", "no name"),
        ("till", "", "whole number"), ("till", "0", "whole number"),
        ("till", "-1", "whole number"), ("till", "+1", "whole number"),
        ("till", "1.0", "whole number"), ("till", "1e3", "whole number"),
        ("till", "0x1", "whole number"), ("till", "9007199254740992", "whole number"),
        ("till", "99999999999999999999", "whole number"), ("till", "1, 2", "whole number"),
    ]

    @Test(arguments: 0..<3)
    func `on each route headers that are wrong are refused, and nothing is recorded`(
        route: Int
    ) async throws {
        let (path, table, item) = BatchNumberTests.routes[route]
        try await Harness.run { harness in
            for (source, sequence, words) in BatchNumberTests.wrong {
                let place = "\(source ?? "-") \(sequence ?? "-")"
                for body in [item, [item], []] {
                    let answer = try await harness.client.post(
                        path, body, headers: BatchNumberTests.headers(source, sequence))
                    #expect(answer.status == 400, "\(place)")
                    #expect(answer.headers["content-type"] == "application/problem+json")
                    let problem = try answer.json
                    #expect(problem["code"] == "bad_sequence", "\(place)")
                    #expect(problem["detail"]?.string?.contains(words) == true, "\(place)")
                    #expect(problem["hint"]?.string?.contains("Holdfast-Sequence: 42") == true)
                }
            }
            #expect(try await harness.count(table) == 0)
            #expect(try await harness.count("batches") == 0)
            #expect(try await harness.count("refusals") == 0)
        }
    }

    @Test(arguments: 0..<3)
    func `on each route the bounds themselves are taken`(route: Int) async throws {
        let (path, _, item) = BatchNumberTests.routes[route]
        try await Harness.run { harness in
            for (source, sequence) in [
                ("x", "1"), (String(repeating: "x", count: 64), "9007199254740991"),
                ("A.b_c-9", "007"),
            ] {
                let answer = try await harness.client.post(
                    path, item, headers: BatchNumberTests.headers(source, sequence))
                #expect(answer.status == 200, "\(source) \(sequence)")
            }
            let numbers = "SELECT sequence FROM batches ORDER BY batch"
            #expect(try await harness.sql(numbers) == "1\n9007199254740991\n7")
        }
    }

    @Test func `a missing number shows among the ledger's sources until it comes`() async throws {
        try await Harness.run { harness in
            func post(_ number: Int, _ route: Int) async throws {
                let (path, _, item) = BatchNumberTests.routes[route]
                let answer = try await harness.client.post(
                    path, [item], headers: BatchNumberTests.headers("till", "\(number)"))
                #expect(answer.status == 200)
            }
            // One count over all kinds of facts.
            try await post(1, 0)
            try await post(4, 1)
            let ledger = try Ledger(path: harness.ledgerPath, now: { Harness.start })
            #expect(try await ledger.sources().map(\.missing) == [2])
            try await post(2, 2)
            #expect(try await ledger.sources().map(\.missing) == [1])
            try await post(3, 2)
            #expect(try await ledger.sources().map(\.missing) == [0])
            await ledger.close()
        }
    }

    @Test func `a batch of which every item is refused has arrived all the same`() async throws {
        try await Harness.run { harness in
            let headers = BatchNumberTests.headers("till", "1")
            let batch = try await harness.client.post("/v1/outcomes", "[{}, 7]", headers: headers)
            #expect(try batch.json["refused"] == 2)
            #expect(try await harness.sql("SELECT sequence, items FROM batches") == "1|2")
            // A body that is not read at all is another matter: it can be sent again.
            let next = BatchNumberTests.headers("till", "2")
            let body = "[" + String(repeating: "1,", count: 10_000) + "1]"
            let over = try await harness.client.post("/v1/outcomes", body, headers: next)
            #expect(over.status == 413)
            #expect(try await harness.count("batches") == 1)
        }
    }

    @Test func `readiness says what durability rests on, as its schema has it`() async throws {
        try await Harness.run { harness in
            let ready = try await harness.client.get("/readyz").json
            let validator = try JSONSchemaValidator("health.schema.json#/$defs/Readiness")
            #expect(validator.faults(ready) == [])
            #expect(ready["journal_mode"] == "wal" && ready["synchronous"] == "full")
        }
        let validator = try JSONSchemaValidator("health.schema.json#/$defs/Readiness")
        let without: JSON = ["status": "ready", "revision": "r1"]
        #expect(!validator.faults(without).isEmpty)
    }
}
