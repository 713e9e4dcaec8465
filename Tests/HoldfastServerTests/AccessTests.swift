import HoldfastAssignment
import HoldfastFormats
import HoldfastServer
import Synchronization
import Testing
import TestSupport

/// Who may ask for what, over HTTP.
@Suite struct AccessTests {
    /// One token a scope, and the options of a service that knows them.
    static func options(
        rate: Int? = nil, ticks: @escaping @Sendable () -> Int64 = { 0 }
    ) throws -> (tokens: [AccessScope: String], options: ServiceOptions) {
        var chance = SeededGenerator(seed: 7)
        var tokens = AccessTokens()
        var texts: [AccessScope: String] = [:]
        for scope in AccessScope.allCases {
            let name = try #require(Name("the-\(scope.rawValue)_one"))
            texts[scope] = try tokens.create(
                name, scopes: [scope], at: Harness.start, chance: &chance)
        }
        var options = ServiceOptions(ticks: ticks)
        options.tokens = tokens
        options.rate = rate
        return (texts, options)
    }

    private static let routes: [(method: String, path: String, scope: AccessScope?)] = [
        ("POST", "/v1/assignments", .assign), ("POST", "/v1/decisions", .record),
        ("POST", "/v1/exposures", .record), ("POST", "/v1/outcomes", .record),
        ("GET", "/v1/experiments", .read), ("GET", "/v1/experiments/offers", .read),
        ("GET", "/v1/experiments/offers/health", .read), ("GET", "/metrics", .read),
        ("GET", "//metrics/", .read),
        ("POST", "/ofrep/v1/evaluate/flags", .assign),
        ("POST", "/ofrep/v1/evaluate/flags/offers", .assign), ("GET", "/healthz", nil),
        ("GET", "/readyz", nil), ("GET", "/openapi.yaml", nil),
        // Other ways to write a path lead to the same door.
        ("POST", "//v1//decisions", .record), ("POST", "/v1/decisions/", .record),
        ("POST", "/ofrep/v1/evaluate/flags/", .assign),
    ]

    @Test func `each route opens to its scope and to admin, and to nothing else`() async throws {
        let (tokens, options) = try AccessTests.options()
        try await Harness.run(options: options) { harness in
            for (method, path, needed) in AccessTests.routes {
                func status(_ header: String?) async throws -> HTTP.Answer {
                    try await harness.client.send(
                        method, path, body: method == "POST" ? .init("{}".utf8) : nil,
                        type: "application/json",
                        headers: header.map { ["Authorization": $0] } ?? [:])
                }
                let bare = try await status(nil)
                #expect(bare.status == (needed == nil ? 200 : 401), "\(path)")
                guard let needed else { continue }
                #expect(bare.headers["www-authenticate"] == #"Bearer realm="holdfast""#)
                for (scope, token) in tokens {
                    let answer = try await status("bearer  \(token)")
                    let isOpen = scope == needed || scope == .admin
                    #expect((answer.status != 403) == isOpen, "\(path) \(scope): \(answer.status)")
                    #expect(answer.status != 401)
                    if isOpen { continue }
                    let challenge = answer.headers["www-authenticate"] ?? ""
                    #expect(challenge.contains("scope=\"\(needed.rawValue)\""))
                }
            }
        }
    }

    @Test func `what is refused says why in the shape of its route, and never shows a token`()
        async throws
    {
        let (tokens, options) = try AccessTests.options()
        let assign = try #require(tokens[.assign])
        try await Harness.run(options: options) { harness in
            let cases: [(header: String?, code: String, status: Int, words: String)] = [
                (nil, "unauthorized", 401, "needs a bearer token"),
                ("Basic dXNlcjpwYXNz", "unauthorized", 401, "needs a bearer token"),
                ("Bearer", "unauthorized", 401, "needs a bearer token"),
                ("Bearer nonsense", "unauthorized", 401, "is not known"),
                ("Bearer \(assign.dropLast())0g", "unauthorized", 401, "is not known"),
                ("Bearer \(assign)0", "unauthorized", 401, "is not known"),
                ("Bearer \(assign)", "forbidden", 403, "--scope record"),
            ]
            let schema = try JSONSchemaValidator("problem.schema.json")
            for item in cases {
                let headers = item.header.map { ["Authorization": $0] } ?? [:]
                let answer = try await harness.client.post(
                    "/v1/exposures", "{}", headers: headers)
                #expect(answer.status == item.status)
                let json = try answer.json
                #expect(schema.faults(json) == [])
                #expect(json["code"]?.string == item.code)
                #expect(json.text().contains(item.words))
                #expect(!json.text().contains(assign.suffix(64)))
            }
            let flag = try await harness.client.post(
                "/ofrep/v1/evaluate/flags/offers", "{}", headers: ["Authorization": "Bearer x"])
            #expect(flag.status == 401)
            let failure = try JSONSchemaValidator("ofrep-answer.schema.json#/$defs/FlagFailure")
            #expect(failure.faults(try flag.json) == [])
            #expect(flag.headers["www-authenticate"]?.contains("invalid_token") == true)
        }
    }

    @Test func `who guesses is told to wait, and who has a token is not`() async throws {
        let shared = Shared()
        let (tokens, options) = try AccessTests.options(ticks: { shared.now })
        let read = try #require(tokens[.read])
        try await Harness.run(options: options) { harness in
            func status(_ token: String) async throws -> HTTP.Answer {
                try await harness.client.get(
                    "/v1/experiments", headers: ["Authorization": "Bearer \(token)"])
            }
            for _ in 0..<10 { #expect(try await status("wrong").status == 401) }
            let limited = try await status("wrong")
            #expect(limited.status == 429)
            #expect(limited.headers["retry-after"] == "6")
            #expect(try limited.json["code"] == "too_many_failures")
            #expect(try await status(read).status == 200)
            // No token at all is no guess.
            #expect(try await harness.client.get("/v1/experiments").status == 401)
            shared.advance(seconds: 6)
            #expect(try await status("wrong").status == 401)
            #expect(try await status("wrong").status == 429)
        }
    }

    @Test func `beyond its rate a token waits, and another does not`() async throws {
        let shared = Shared()
        let (tokens, options) = try AccessTests.options(rate: 3, ticks: { shared.now })
        try await Harness.run(options: options) { harness in
            func answer(_ scope: AccessScope) async throws -> HTTP.Answer {
                try await harness.client.get(
                    "/v1/experiments", headers: ["Authorization": "Bearer \(tokens[scope] ?? "")"])
            }
            for _ in 0..<3 { #expect(try await answer(.read).status == 200) }
            let limited = try await answer(.read)
            #expect(limited.status == 429)
            #expect(limited.headers["retry-after"] == "1")
            #expect(try limited.json["code"] == "too_many_requests")
            #expect(try await answer(.admin).status == 200)
            // A balancer is never told to wait.
            for _ in 0..<10 { #expect(try await harness.client.get("/healthz").status == 200) }
            shared.advance(seconds: 1)
            for _ in 0..<3 { #expect(try await answer(.read).status == 200) }
            #expect(try await answer(.read).status == 429)
        }
    }

    @Test func `without tokens the rate is an address's`() async throws {
        var options = ServiceOptions(ticks: { 0 })
        options.rate = 2
        try await Harness.run(options: options) { harness in
            let item: JSON = ["context": ["targetingKey": "u"]]
            for _ in 0..<2 {
                let answer = try await harness.client.post(
                    "/ofrep/v1/evaluate/flags/offers", item)
                #expect(answer.status == 200)
            }
            let limited = try await harness.client.post("/ofrep/v1/evaluate/flags/offers", item)
            #expect(limited.status == 429)
            #expect(limited.headers["retry-after"] == "1")
            #expect(try limited.json["errorCode"] == "GENERAL")
        }
    }

    @Test func `a revoked token is refused from the next request on`() async throws {
        let (tokens, options) = try AccessTests.options()
        let read = try #require(tokens[.read])
        try await Harness.run(options: options) { harness in
            let headers = ["Authorization": "Bearer \(read)"]
            #expect(try await harness.client.get("/v1/experiments", headers: headers).status == 200)
            let name = try #require(Name("the-read_one"))
            var fewer = options.tokens ?? AccessTokens()
            let isRevoked = fewer.revoke(name)
            #expect(isRevoked)
            harness.service.replaceTokens(fewer)
            #expect(try await harness.client.get("/v1/experiments", headers: headers).status == 401)
            // No tokens at all admit nobody: the door does not fall open.
            harness.service.replaceTokens(AccessTokens())
            #expect(try await harness.client.get("/v1/experiments", headers: headers).status == 401)
        }
    }
}

/// Nanoseconds that stand still until a test moves them.
final class Shared: Sendable {
    private let ticks = Mutex<Int64>(0)

    var now: Int64 { ticks.withLock { $0 } }

    func advance(seconds: Int64) {
        ticks.withLock { $0 += seconds * 1_000_000_000 }
    }
}
