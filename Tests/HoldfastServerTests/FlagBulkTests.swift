import HoldfastAssignment
import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastServer

/// All flags at once, and the tag by which a client learns that nothing has changed.
@Suite struct FlagBulkTests {
    @Test func `each flag in bulk is what it is alone, errors too`() async throws {
        try await Harness.run(catalog: FlagRouteTests.catalog) { harness in
            let schema = try JSONSchemaValidator("ofrep-answer.schema.json#/$defs/Flags")
            for context in [
                FlagRouteTests.eligible, ["targetingKey": "u-2"],
                ["targetingKey": "tester", "cluster": "h", "age": "x"],
            ] as [JSON] {
                let body: JSON = ["context": context]
                let all = try await harness.client.post(FlagRouteTests.path, body).json
                #expect(schema.faults(all) == [])
                let flags = all["flags"]?.array ?? []
                let names = ["limits", "offers", "prices", "slice", "over", "window"]
                #expect(
                    flags.map { $0["key"]?.string } == names.flatMap { [$0, "\($0):act"] })
                for flag in flags {
                    let key = flag["key"]?.string ?? ""
                    let alone = try await harness.client.post(
                        "\(FlagRouteTests.path)/\(key)", body
                    ).json
                    #expect(flag == alone, "\(key)")
                }
            }
            let none = try await harness.client.post(FlagRouteTests.path, ["context": [:]])
            #expect(none.status == 400)
            let failure = try JSONSchemaValidator("ofrep-answer.schema.json#/$defs/FlagsFailure")
            #expect(failure.faults(try none.json) == [])
            #expect(try none.json["errorCode"] == "TARGETING_KEY_MISSING")
        }
    }

    /// A context of few units and attributes, so that two are often alike.
    private static func context(_ chance: inout SeededGenerator) -> [(key: String, value: JSON)] {
        var members: [(key: String, value: JSON)] = [
            ("targetingKey", .string("u-\(chance.below(3))")),
            ("country", chance.pick(["JP", "FR"])),
            ("age", chance.pick([18, 30])),
        ]
        if chance.below(2) == 0 { members.append(("household", "h")) }
        return members
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a tag is the same when context, time's effect and revision are, and only then`(
        seed: UInt64
    ) async throws {
        let clock = ManualClock(Harness.start)
        try await Harness.run(catalog: FlagRouteTests.catalog, now: { clock.now }) { harness in
            var chance = SeededGenerator(seed: seed)
            // The tag that was given for a context, an answer and a revision; both ways.
            var tagOf: [String: String] = [:]
            var stateOf: [String: String] = [:]
            var description = 0
            for step in 0..<150 {
                switch chance.below(30) {
                case 0: clock.advance(seconds: Int64(chance.below(3_600)))
                case 1:
                    description = chance.below(3)
                    let text = FlagRouteTests.catalog.replacing(
                        "traffic: 50%,", with: "traffic: 50%, description: d\(description),")
                    _ = try await harness.service.reload(try Harness.catalog(text))
                default: break
                }
                var members = FlagBulkTests.context(&chance)
                let sorted = JSON.object(JSONObject(members.sorted { $0.key < $1.key })).text()
                members.shuffle(using: &chance)
                let body: JSON = ["context": .object(JSONObject(members))]
                let answer = try await harness.client.post(FlagRouteTests.path, body)
                let tag = try #require(answer.headers["etag"])
                let state = sorted + String(decoding: answer.body, as: UTF8.self)
                let what = "seed \(seed), step \(step)"
                #expect(tagOf.updateValue(tag, forKey: state) ?? tag == tag, "\(what)")
                #expect(stateOf.updateValue(state, forKey: tag) ?? state == state, "\(what)")
                let again = try await harness.client.post(
                    FlagRouteTests.path, body, headers: ["If-None-Match": tag])
                #expect(again.status == 304, "\(what)")
                #expect(again.body.isEmpty)
                #expect(again.headers["etag"] == tag)
            }
            #expect(tagOf.count > 10, "seed \(seed): too little was met")
        }
    }

    @Test func `a window that opens and one that closes change the tag`() async throws {
        let clock = ManualClock(Harness.start)
        try await Harness.run(catalog: FlagRouteTests.catalog, now: { clock.now }) { harness in
            let body: JSON = ["context": FlagRouteTests.eligible]
            var tags: [String?] = []
            for seconds in [0, 3_599, 1, 3_599, 1, 86_400] as [Int64] {
                clock.advance(seconds: seconds)
                tags.append(
                    try await harness.client.post(FlagRouteTests.path, body).headers["etag"])
            }
            #expect(tags[0] == tags[1])
            #expect(tags[1] != tags[2])
            #expect(tags[2] == tags[3])
            #expect(tags[3] != tags[4])
            #expect(tags[4] == tags[5])
        }
    }

    @Test func `If-None-Match is read as RFC 9110 says, weakly`() {
        let tag = #""abc""#
        for header in [tag, "W/\(tag)", "*", #""x", "abc""#, #""x",W/"abc" , "y""#] {
            #expect(FlagRoutes.matches(header, tag), "\(header)")
        }
        for header in [nil, "", "abc", #""ab""#, #"w/"abc""#, #""x", "y""#] as [String?] {
            #expect(!FlagRoutes.matches(header, tag), "\(header ?? "none")")
        }
    }
}
