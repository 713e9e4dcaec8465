import Foundation
import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import NIOCore
import Testing
import TestSupport

@testable import HoldfastServer

/// Every bound of what a client may send, at it and one past it, over HTTP. The bounds of bodies
/// and batches over all connections are in `BodyBudgetTests`; those of a catalog in its own tests.
@Suite struct LimitTests {
    private static let catalog = """
        holdfast: 1
        salt: server-tests-salt-0001
        experiments:
          wide:
            unit: customer
            cluster: household
            arms: [{control: 50%}, {treatment: 50%}]
            features: {\((0..<1_000).map { "f\($0): category" }.joined(separator: ", "))}
        """

    private static func text(_ count: Int) -> JSON { .string(String(repeating: "x", count: count)) }

    private static func members(_ count: Int, _ prefix: String) -> JSON {
        .object(JSONObject((0..<count).map { ("\(prefix)\($0)", "v") }))
    }

    /// A bound: the item with so much of it, and what one more is refused as.
    struct Bound: CustomTestStringConvertible, Sendable {
        var name: String
        var path = "/v1/decisions"
        var limit: Int
        var code = "bad_length"
        var item: @Sendable (Int) -> JSONObject

        var testDescription: String { name }
    }

    private static func decision(_ key: String, _ value: JSON) -> JSONObject {
        var members: [(key: String, value: JSON)] = [
            ("experiment", "wide"), ("unit", "u"), ("cluster", "c"),
        ]
        members.removeAll { $0.key == key }
        return JSONObject(members + [(key, value)])
    }

    static let bounds = [
        Bound(name: "unit", limit: UnitID.byteLimit) { decision("unit", text($0)) },
        Bound(name: "unit of two-byte letters", limit: UnitID.byteLimit / 2) {
            decision("unit", .string(String(repeating: "é", count: $0)))
        },
        Bound(name: "cluster", limit: UnitID.byteLimit) { decision("cluster", text($0)) },
        Bound(name: "id", limit: Fact.idByteLimit) { decision("id", text($0)) },
        Bound(name: "model", limit: Fact.idByteLimit) { decision("model", text($0)) },
        Bound(name: "category", limit: Fact.textByteLimit) {
            decision("features", ["f7": text($0)])
        },
        Bound(name: "features", limit: FactReader.memberLimit, code: "too_many") {
            decision("features", members($0, "f"))
        },
        Bound(name: "attributes", limit: FactReader.memberLimit, code: "too_many") {
            decision("attributes", members($0, "a"))
        },
        Bound(name: "outcome's name", path: "/v1/outcomes", limit: Name.byteLimit, code: "bad_name")
        { JSONObject([("unit", "u"), ("name", text($0)), ("value", 1)]) },
        // An item is the first level, what it holds the second.
        Bound(name: "depth", limit: JSON.depthLimit - 2, code: "malformed") { depth in
            let nested = (0..<depth).reduce(JSON.integer(1)) { inner, _ in .array([inner]) }
            return decision("attributes", ["ignored": nested])
        },
    ]

    @Test(arguments: bounds)
    func `an item is taken at its bound, and refused by name one past it`(
        bound: Bound
    ) async throws {
        try await Harness.run(catalog: Self.catalog) { harness in
            let at = try await harness.client.post(bound.path, .object(bound.item(bound.limit)))
            let past = try await harness.client.post(
                bound.path, .object(bound.item(bound.limit + 1)))
            if bound.name == "depth" {
                // No nested value is an attribute, but at the bound it is read as one.
                #expect(try at.json["code"] == "wrong_type")
            } else {
                #expect(at.status == 200, "\(String(decoding: at.body, as: UTF8.self))")
            }
            #expect(past.status == (bound.code == "malformed" ? 400 : 422))
            #expect(try past.json["code"] == .string(bound.code))
        }
    }

    @Test(arguments: [true, false])
    func `a body has 8 MiB, by its length or in chunks, and one byte more is 413`(
        isChunked: Bool
    ) async throws {
        try await Harness.run { harness in
            for (extra, status) in [(0, "200"), (1, "413")] {
                let spaces = String(repeating: " ", count: BatchBody.byteLimit - 2 + extra)
                let answer = try await blocking {
                    let connection = try RawConnection(port: harness.client.port)
                    let body = spaces + "[]"
                    let head = "POST /v1/outcomes HTTP/1.1\r\nHost: a\r\n"
                    connection.send(
                        isChunked
                            ? head + "Transfer-Encoding: chunked\r\n\r\n"
                                + "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                            : head + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                    return try connection.answer(until: "}")
                }
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(300))")
            }
        }
    }

    @Test func `a body that says it is too large is refused before it comes`() async throws {
        try await Harness.run { harness in
            let answer = try await blocking {
                let connection = try RawConnection(port: harness.client.port)
                let length = BatchBody.byteLimit + 1
                connection.send(EndlessRequestTests.post("/v1/outcomes", "[", length: length))
                return try connection.answer(until: "}")
            }
            #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
        }
    }

    /// A header's bytes: the request line counts for itself, and so do all fields together.
    @Test(arguments: [
        ("path", 80_000, 81_920), ("field", 80_000, 81_920), ("fields", 1_000, 1_001),
        ("field", 80_000, 1 << 20), ("fields", 1_000, 10_000), ("path", 80_000, 1 << 20),
    ])
    func `a header within its bounds is read, one beyond is answered 400 and closed`(
        what: String, within: Int, beyond: Int
    ) async throws {
        @Sendable func request(_ count: Int) -> String {
            let text = String(repeating: "x", count: count)
            let head = "HTTP/1.1\r\nConnection: close\r\n"
            return switch what {
            case "path": "GET /healthz?\(text) \(head)\r\n"
            case "field": "GET /healthz \(head)X: \(text)\r\n\r\n"
            // One of them is Connection.
            default: "GET /healthz \(head)\(String(repeating: "X: y\r\n", count: count - 1))\r\n"
            }
        }
        try await Harness.run { harness in
            for (count, status) in [(within, "200"), (beyond, "400")] {
                let answer = try await blocking {
                    let connection = try RawConnection(port: harness.client.port)
                    connection.send(request(count))
                    return try connection.everything()
                }
                // Closed while the rest still comes, a client may see no answer at all.
                let isCut = status == "400" && answer.isEmpty
                #expect(
                    answer.hasPrefix("HTTP/1.1 \(status) ") || isCut,
                    "\(what) \(count): \(answer.prefix(100))")
            }
            #expect(try await harness.client.get("/healthz").status == 200)
        }
    }

    @Test func `beyond its connections a service lets clients wait, and takes them when one ends`()
        async throws
    {
        var options = ServiceOptions()
        options.connectionLimit = 3
        options.limits.idle = .milliseconds(500)
        try await Harness.run(options: options) { harness in
            let answers = try await blocking {
                // All at once; those beyond are taken as the idle ones before them are closed.
                let connections = try (0..<12).map { _ in
                    try RawConnection(port: harness.client.port)
                }
                return try connections.reversed().map { connection in
                    connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                    return try connection.everything()
                }
            }
            #expect(answers.first?.hasPrefix("HTTP/1.1 200 ") == true)
            #expect(answers.allSatisfy { $0.isEmpty || $0.hasPrefix("HTTP/1.1 200 ") })
        }
    }
}
