import Foundation
import HoldfastAssignment
import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastServer

/// OpenFeature's remote evaluation protocol; `Tests/OpenFeature` proves it with the real client.
@Suite struct FlagRouteTests {
    static let path = "/ofrep/v1/evaluate/flags"
    static let catalog = """
        holdfast: 1
        salt: server-tests-salt-0001
        holdouts:
          program: {unit: customer, share: 20%, covers: [offers, limits]}
        layers:
          one: {unit: customer}
        experiments:
          limits:
            unit: customer
            cluster: household
            eligible: {all: [{attribute: country, in: [JP, KR]}, {attribute: age, atLeast: 20}]}
            arms: [{control: 50%}, {treatment: 50%}]
            overrides: {tester: treatment}
          offers: {unit: customer, traffic: 50%, arms: [{control: 40%}, {treatment: 60%}]}
          prices: {unit: shop, arms: [{control: 50%}, {treatment: 50%}]}
          slice: {unit: customer, layer: {name: one, from: 0%, to: 50%}, arms: [{control: 50%}, {treatment: 50%}]}
          over: {unit: customer, arms: [{control: 50%}, {treatment: 50%}], ends: 2025-01-01T00:00:00Z}
          window:
            unit: customer
            arms: [{control: 50%}, {treatment: 50%}]
            starts: 2026-01-01T01:00:00Z
            ends: 2026-01-01T02:00:00Z
        """

    @Test func `a member named as the experiment's kind of unit is the unit`() async throws {
        try await Harness.run(catalog: FlagRouteTests.catalog) { harness in
            for number in 0..<20 {
                let context: JSON = [
                    "context": ["targetingKey": .string("u-\(number)"), "shop": "s-1"]
                ]
                for (flag, unit) in [("prices", "s-1"), ("slice", "u-\(number)")] {
                    let answer = try await harness.client.post(
                        "\(FlagRouteTests.path)/\(flag)", context
                    ).json
                    let item: JSON = ["experiment": .string(flag), "unit": .string(unit)]
                    let dealt = try await harness.client.post("/v1/assignments", item).json
                    #expect(answer["metadata"]?["bucket"] == dealt["bucket"], "\(flag) \(number)")
                }
            }
            for (shop, code) in [(JSON.integer(7), "wrong_type"), ("", "bad_length")] {
                let context: JSON = ["context": ["targetingKey": "u", "shop": shop]]
                let one = try await harness.client.post("\(FlagRouteTests.path)/prices", context)
                #expect(one.status == 400)
                #expect(try one.json["errorCode"] == "INVALID_CONTEXT")
                #expect(try one.json["metadata"]?["code"] == .string(code))
                // In bulk the others are answered.
                let bulk = try await harness.client.post(FlagRouteTests.path, context).json
                let flags = try #require(bulk["flags"]?.array)
                let failed = flags.filter { $0["errorCode"] == "INVALID_CONTEXT" }.map {
                    $0["key"]
                }
                #expect(failed.contains("prices") && failed.contains("prices:act"))
                #expect(flags.contains { $0["key"] == "slice" && $0["errorCode"] == nil })
            }
        }
    }

    @Test func `a flag is what an assignment is, a string by its name and a boolean by act`()
        async throws
    {
        try await Harness.run(catalog: FlagRouteTests.catalog) { harness in
            let schema = try JSONSchemaValidator("ofrep-answer.schema.json#/$defs/Flag")
            var met = Set<String>()
            for number in 0..<60 {
                let unit = JSON.string("u-\(number)")
                let country: JSON = number % 3 == 0 ? "FR" : "JP"
                let context: JSON = [
                    "context": [
                        "targetingKey": unit, "household": "h", "country": country, "age": 30,
                        "nested": ["a": [1]],
                    ]
                ]
                for name in ["limits", "offers", "slice", "over", "window"] {
                    let assigned = try await harness.client.post(
                        "/v1/assignments",
                        [
                            "experiment": .string(name), "unit": unit, "cluster": "h",
                            "attributes": ["country": country, "age": 30],
                        ]
                    ).json
                    let arm = try await harness.client.post(
                        "\(FlagRouteTests.path)/\(name)", context
                    ).json
                    let act = try await harness.client.post(
                        "\(FlagRouteTests.path)/\(name):act", context
                    ).json
                    #expect(schema.faults(arm) == [])
                    #expect(schema.faults(act) == [])
                    // No arm, no value: the caller's default is meant.
                    #expect(arm["value"] == (assigned["arm"] == .null ? nil : assigned["arm"]))
                    #expect(arm["variant"] == assigned["arm"])
                    #expect(act["value"] == assigned["act"])
                    #expect(arm["metadata"] == act["metadata"])
                    for member in ["reason", "act", "propensity", "bucket", "revision"] {
                        let value = assigned[member]
                        #expect(arm["metadata"]?[member] == (value == .null ? nil : value))
                    }
                    met.insert(assigned["reason"]?.string ?? "")
                }
            }
            #expect(
                met == [
                    "ineligible", "holdout", "not_enrolled", "outside_slice", "ended",
                    "not_started", "assigned",
                ])
        }
    }

    @Test func `every reason has one of the six words that clients know`() {
        let holdout = Name(literal: "program")
        let table: [(Reason, String)] = [
            (.override, "TARGETING_MATCH"), (.notStarted, "DISABLED"), (.ended, "DISABLED"),
            (.ineligible, "DEFAULT"), (.holdout(holdout), "SPLIT"), (.outsideSlice, "SPLIT"),
            (.notEnrolled, "SPLIT"), (.assigned, "SPLIT"),
        ]
        for (reason, word) in table { #expect(reason.openFeatureReason == word) }
    }

    static let eligible: JSON = [
        "targetingKey": "u", "household": "h", "country": "JP", "age": 30,
    ]

    static func context(_ changes: [(String, JSON)]) -> JSON {
        guard case .object(let object) = eligible else { preconditionFailure("written as one") }
        var members = object.members.filter { member in !changes.contains { $0.0 == member.key } }
        members += changes.map { (key: $0.0, value: $0.1) }
        return ["context": .object(JSONObject(members))]
    }

    @Test(
        arguments: [
            (context([("targetingKey", .null)]), "TARGETING_KEY_MISSING", "give the unit's id"),
            (context([("targetingKey", "")]), "TARGETING_KEY_MISSING", "no targetingKey"),
            (["context": .null], "TARGETING_KEY_MISSING", "no targetingKey"),
            ([:], "TARGETING_KEY_MISSING", "no targetingKey"),
            (context([("targetingKey", 7)]), "INVALID_CONTEXT", "is an integer"),
            (["context": []], "INVALID_CONTEXT", "the context is an array"),
            ([1], "PARSE_ERROR", "the body is an array"),
            (context([("household", .null)]), "INVALID_CONTEXT", "as the text \"household\""),
            (context([("household", "")]), "INVALID_CONTEXT", "has 0 bytes"),
            (context([("household", 7)]), "INVALID_CONTEXT", "is an integer"),
            (context([("household", .null), ("cluster", [])]), "INVALID_CONTEXT", "is an array"),
            (context([("country", .null)]), "INVALID_CONTEXT", "give \"country\" in the context"),
            (context([("country", ["JP"])]), "INVALID_CONTEXT", "which is an array"),
            (context([("country", ["code": "JP"])]), "INVALID_CONTEXT", "which is an object"),
            (context([("country", 81)]), "INVALID_CONTEXT", "give it as a text"),
            (context([("age", "30")]), "INVALID_CONTEXT", "give it as a number"),
        ] as [(JSON, String, String)])
    func `what cannot be dealt is an error that names the place and the remedy, never an arm`(
        body: JSON, code: String, words: String
    ) async throws {
        try await Harness.run(catalog: FlagRouteTests.catalog) { harness in
            let schema = try JSONSchemaValidator("ofrep-answer.schema.json#/$defs/FlagFailure")
            for key in ["limits", "limits:act"] {
                let answer = try await harness.client.post("\(FlagRouteTests.path)/\(key)", body)
                #expect(answer.status == 400)
                #expect(answer.headers["content-type"] == "application/json")
                let json = try answer.json
                #expect(schema.faults(json) == [])
                #expect(json["key"]?.string == key)
                #expect(json["errorCode"]?.string == code)
                let details = json["errorDetails"]?.string ?? ""
                #expect(details.contains(words), "\(details)")
                #expect(json["value"] == nil)
            }
        }
    }

    @Test func `a context has a bound, and a body another`() async throws {
        try await Harness.run(catalog: FlagRouteTests.catalog) { harness in
            func ask(_ members: Int, unit: Int = 1) async throws -> HTTP.Answer {
                let attributes = (1..<members).map { ("a\($0)", JSON.integer(Int64($0))) }
                let unit = JSON.string(String(repeating: "u", count: unit))
                return try await harness.client.post(
                    "\(FlagRouteTests.path)/slice",
                    [
                        "context": .object(
                            JSONObject(
                                [(key: "targetingKey", value: unit)]
                                    + attributes.map { (key: $0.0, value: $0.1) }))
                    ])
            }
            #expect(try await ask(1_000).status == 200)
            for members in [1_001, 10_000] {
                let answer = try await ask(members)
                #expect(answer.status == 400)
                #expect(try answer.json["errorCode"] == "INVALID_CONTEXT")
                #expect(
                    try answer.json["errorDetails"]?.string?.contains("\(members) members") == true)
            }
            #expect(try await ask(1, unit: 1_024).status == 200)
            for unit in [1_025, 1 << 20] {
                let answer = try await ask(1, unit: unit)
                #expect(answer.status == 400)
                #expect(try answer.json["errorDetails"]?.string?.contains("\(unit) bytes") == true)
            }
            let body = #"{"context": {"targetingKey": "u"}}"#
            let space = String(repeating: " ", count: FlagContext.byteLimit - body.utf8.count)
            let path = "\(FlagRouteTests.path)/slice"
            #expect(try await harness.client.post(path, space + body).status == 200)
            let over = try await harness.client.post(path, space + " " + body)
            #expect(over.status == 413)
            #expect(try over.json["errorCode"] == "GENERAL")
            #expect(try over.json["key"] == "slice")
        }
    }

    @Test(arguments: [
        ("nope", "nope"), ("a%2Fb", "a/b"), ("a/b", "a/b"), ("limits/", "limits/"),
        ("limits//", "limits//"), ("/limits", "/limits"), ("limits%3A", "limits:"),
        ("limits:ACT", "limits:ACT"), (":act", ":act"), ("limits?x=1", "limits?x=1"),
        ("limits%00", "limits\0"), ("%E3%81", "%E3%81"), ("%zz", "%zz"), ("LIMITS", "LIMITS"),
        ("limits%CC%81", "limits\u{301}"), ("", ""),
    ])
    func `a key that is no flag's is not found, and is told back as it was meant`(
        raw: String, key: String
    ) async throws {
        try await Harness.run(catalog: FlagRouteTests.catalog) { harness in
            let answer = try await harness.client.post(
                "\(FlagRouteTests.path)/\(raw)", ["context": FlagRouteTests.eligible])
            #expect(answer.status == 404)
            #expect(try answer.json["errorCode"] == "FLAG_NOT_FOUND")
            #expect(try answer.json["key"] == .string(key))
            #expect(try answer.json["errorDetails"]?.string?.contains("known: limits") == true)
        }
    }

    @Test func `what is nowhere under ofrep is answered in its shape`() async throws {
        try await Harness.run { harness in
            let answer = try await harness.client.post("/ofrep/v1/evaluate", "{}")
            #expect(answer.status == 404)
            #expect(try answer.json["errorCode"] == "FLAG_NOT_FOUND")
            #expect(
                try answer.json["errorDetails"]?.string?.contains("nothing at this path") == true)
            let get = try await harness.client.get("\(FlagRouteTests.path)/limits")
            #expect(get.status == 405)
            #expect(get.headers["allow"] == "POST")
            #expect(try get.json["key"] == "limits")
            #expect(try get.json["errorCode"] == "GENERAL")
        }
    }

    private static let methods = """
        holdfast: 1
        salt: server-tests-salt-0001
        experiments:
          model: {unit: customer, explore: [{below: 0.5, control: 50%}, {control: 10%}]}
          region: {unit: shop, switchback: {every: 6h, burnIn: 30m}, arms: [{control: 50%}, {treatment: 50%}]}
        """

    @Test func `an experiment by score takes the context's score, and is an error without one`()
        async throws
    {
        try await Harness.run(catalog: FlagRouteTests.methods) { harness in
            for number in 0..<20 {
                for score in [0, 0.2, 0.5, 1] as [JSON] {
                    let unit = JSON.string("u-\(number)")
                    let assigned = try await harness.client.post(
                        "/v1/assignments", ["experiment": "model", "unit": unit, "score": score]
                    ).json
                    let flag = try await harness.client.post(
                        "\(FlagRouteTests.path)/model",
                        ["context": ["targetingKey": unit, "score": score]]
                    ).json
                    #expect(flag["value"] != nil)
                    #expect(flag["value"] == assigned["arm"])
                    #expect(flag["metadata"]?["propensity"] == assigned["propensity"])
                }
            }
            for (score, words) in [
                (.null, "the number \"score\""), ("0.5", "the score in the context is a string"),
                ([0.5], "the score in the context is an array"),
            ] as [(JSON, String)] {
                let answer = try await harness.client.post(
                    "\(FlagRouteTests.path)/model:act",
                    ["context": ["targetingKey": "u", "score": score]])
                #expect(answer.status == 400)
                #expect(try answer.json["errorCode"] == "INVALID_CONTEXT")
                #expect(try answer.json["metadata"]?["code"] == "missing_score")
                let details = try answer.json["errorDetails"]?.string ?? ""
                #expect(details.contains(words), "\(details)")
            }
        }
    }

    @Test func `a switchback says in its metadata whether its block has only begun`() async throws {
        let clock = ManualClock(Harness.start)
        try await Harness.run(catalog: FlagRouteTests.methods, now: { clock.now }) { harness in
            let schema = try JSONSchemaValidator("ofrep-answer.schema.json#/$defs/Flag")
            for (seconds, isBurnIn) in [(0, true), (1_799, true), (1, false), (3_600, false)]
                as [(Int64, JSON)]
            {
                clock.advance(seconds: seconds)
                let flag = try await harness.client.post(
                    "\(FlagRouteTests.path)/region:act", ["context": ["targetingKey": "shop-1"]]
                ).json
                #expect(flag["metadata"]?["burn_in"] == isBurnIn)
                #expect(schema.faults(flag) == [])
            }
        }
    }

    @Test func `nothing is recorded by an evaluation`() async throws {
        try await Harness.run { harness in
            for path in ["/offers", "/offers:act", ""] {
                _ = try await harness.client.post(
                    FlagRouteTests.path + path, ["context": FlagRouteTests.eligible])
            }
            #expect(try await harness.count("decisions") == 0)
            #expect(try await harness.count("exposures") == 0)
        }
    }
}
