import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// What a service says while it refuses, conflicts and fails: nothing that is secret or somebody's.
@Suite struct LogSecrecyTests {
    private static let salt = "hush-salt-0123456789"

    private static let catalog = """
        holdfast: 1
        salt: \(salt)
        experiments:
          offers:
            unit: customer
            cluster: household
            eligible: {all: [{attribute: country, in: [JP]}]}
            arms: [{control: 50%}, {treatment: 50%}]
            features: {income: number, region: category}
        """

    /// Every id and value that is sent has this in it.
    private static let mark = "hush"

    /// A request that goes well, or wrong in one way each, and what it is answered.
    private static func requests() -> [(path: String, body: String, type: String, status: Int)] {
        func decision(_ change: String) -> String {
            #"{"id":"hush-id","experiment":"offers","unit":"hush-unit","cluster":"hush-home","#
                + #""attributes":{"country":"JP","name":"hush-name"}\#(change)}"#
        }
        let (json, lines) = ("application/json", "application/x-ndjson")
        let flags = "/ofrep/v1/evaluate/flags"
        let good = decision(#","features":{"region":"hush-region","income":7777777}"#)
        return [
            ("/v1/decisions", good, json, 200), ("/v1/decisions", good, json, 200),
            // Another content under the same id.
            ("/v1/decisions", decision(#","features":{"region":"hush-other"}"#), json, 409),
            ("/v1/decisions", decision(#","features":{"income":"hush-wrong"}"#), json, 422),
            ("/v1/decisions", decision(#","features":{"hush-new":1}"#), json, 422),
            ("/v1/decisions", decision(#","at":"hush-time""#), json, 422),
            ("/v1/decisions", decision(#","hush-member":1"#), json, 422),
            (
                "/v1/assignments",
                #"{"experiment":"offers","unit":"hush-u","cluster":"h","attributes":{"hush":{}}}"#,
                json, 422
            ),
            ("/v1/assignments", #"{"experiment":"hush-none","unit":"hush-unit"}"#, json, 404),
            ("/v1/outcomes", #"{"id":"hush-1","unit":"hush-unit","#, json, 400),
            ("/v1/outcomes", #"{"unit":"hush-u"}"# + "\nhush\n\u{FFFD}", lines, 200),
            ("/v1/outcomes", good, "text/hush", 415),
            ("/v1/outcomes", String(repeating: "hush-large", count: 900_000), json, 413),
            ("/v1/hush/hush-unit?unit=hush-unit", good, json, 404),
            (flags + "/hush-flag", #"{"context":{"targetingKey":"hush"}}"#, json, 404),
            (flags, #"{"context":{"targetingKey":["hush"]}}"#, json, 400),
        ]
    }

    @Test func `no unit, value, token or salt is in what a service says at its usual level`()
        async throws
    {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json")
        let made = try await Program.run([
            "token", "create", "--tokens", file, "--name", "shop", "--scope", "admin",
        ])
        let token = made.output.trimmingCharacters(in: .newlines)
        let process = try await ServiceProcess.start(
            catalog: try folder.write("catalog.yaml", Self.catalog),
            ledger: folder.file("ledger.db"), arguments: ["--tokens", file],
            errors: folder.file("errors"))
        let client = HTTP(port: process.port)
        let admitted = ["Authorization": "Bearer \(token)"]
        for request in Self.requests() {
            let answer = try await client.post(
                request.path, request.body, type: request.type, headers: admitted)
            #expect(
                answer.status == request.status,
                "\(request.path): \(String(decoding: answer.body, as: UTF8.self))")
        }
        let wrong = ["Authorization": "Bearer holdfast_shop_hush\(token.suffix(60))"]
        for _ in 0..<3 {
            #expect(try await client.post("/v1/outcomes", "{}", headers: wrong).status == 401)
        }
        for half in [
            "POST /v1/outcomes?hush HTTP/1.1\r\nAuthorization: Bearer \(token)\r\n"
                + "Content-Length: 99\r\n\r\n{\"unit\":\"hush-unit\"",
            "GET /hush HTTP/1.1\r\nhush hush", "hush\r\n\r\n",
        ] {
            let connection = try RawConnection(port: process.port)
            connection.send(half)
            connection.endSending()
            _ = try await blocking { try connection.everything() }
        }
        // A ledger that is lost under the service: its failures are said, not what was in them.
        try await Self.breakLedger(folder.file("ledger.db"))
        let lost = try await client.post(
            "/v1/outcomes", #"{"unit":"hush-unit","name":"hush","value":1}"#, headers: admitted)
        #expect(lost.status == 503)
        // A catalog with a fault, which is said with its place.
        try folder.write("catalog.yaml", Self.catalog.replacingOccurrences(of: "50%", with: "51%"))
        process.hangUp()
        let deadline = ContinuousClock.now + .seconds(300)
        func errors() throws -> String {
            String(decoding: try folder.read("errors"), as: UTF8.self)
        }
        while try !errors().contains("catalog refused"), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        _ = try await process.terminate()
        let said = try errors() + process.announced + process.lastWords
        #expect(said.contains("catalog refused"))
        // Something is said of the broken ledger, or the test would be of no use.
        #expect(try errors().contains("appending"), "\(said)")
        for secret in [Self.mark, "7777777", String(token.suffix(64)), String(token.suffix(20))] {
            #expect(!said.contains(secret), "\(secret) is in: \(said)")
        }
    }

    /// Takes the tables away under a running service.
    private static func breakLedger(_ path: String) async throws {
        for table in ["outcomes", "decisions"] {
            _ = try await Program.sqlite(path, "DROP TABLE \(table)")
        }
    }
}
