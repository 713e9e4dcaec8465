import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// Tokens from the command that makes them to the service that asks for them.
@Suite struct TokenTests {
    private static func create(
        _ file: String, _ name: String, _ scopes: [String]
    ) async throws -> Program.Run {
        try await Program.run(
            ["token", "create", "--tokens", file, "--name", name]
                + scopes.flatMap { ["--scope", $0] })
    }

    @Test func `a token is said once, and its file is its owner's alone`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json")
        let made = try await TokenTests.create(file, "shop", ["assign", "record"])
        #expect(made.status == 0)
        let token = made.output.trimmingCharacters(in: .newlines)
        #expect(token.hasPrefix("holdfast_shop_") && !token.contains("\n"))
        #expect(!made.errors.contains(token.suffix(64)))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let text = String(decoding: try folder.read("tokens.json"), as: UTF8.self)
        #expect(!text.contains(token.suffix(64)))
        #expect(try folder.names == ["tokens.json"])
        let list = try await Program.run(["token", "list", "--tokens", file, "--format", "json"])
        let listed = try JSON.parse(Array(list.output.utf8))["tokens"]?.array
        #expect(listed?.count == 1)
        #expect(listed?.first?["scopes"] == ["assign", "record"])
        let again = try await TokenTests.create(file, "shop", ["read"])
        #expect(again.status == 2)
        #expect(again.errors.contains("shop already"))
        #expect(String(decoding: try folder.read("tokens.json"), as: UTF8.self) == text)
    }

    @Test func `commands at once lose none of each other's tokens`() async throws {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json")
        try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    let run = try await TokenTests.create(file, "t\(number)", ["read"])
                    #expect(run.status == 0)
                }
            }
            try await group.waitForAll()
        }
        let list = try await Program.run(["token", "list", "--tokens", file])
        #expect(list.output.split(separator: "\n").count == 8)
    }

    @Test(
        arguments: [
            (["create", "--name", "a"], 64, "needs a --scope"),
            (["create", "--name", "a b", "--scope", "read"], 64, "no name"),
            (["create", "--name", "a", "--scope", "write"], 64, "write"),
            (["list"], 2, "token create"), (["revoke", "a"], 2, "token create"),
        ] as [([String], Int32, String)])
    func `what cannot be done says why and what to do`(
        arguments: [String], status: Int32, words: String
    ) async throws {
        let folder = try TemporaryFolder()
        let run = try await Program.run(
            ["token"] + arguments + ["--tokens", folder.file("tokens.json")])
        #expect(run.status == status)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(try folder.names == [])
    }

    @Test func `a running service takes new tokens and refuses revoked ones after SIGHUP`()
        async throws
    {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json")
        let made = try await TokenTests.create(file, "shop", ["assign"])
        let first = made.output.trimmingCharacters(in: .newlines)
        let service = try await ServeTests.Running.start(
            in: folder, arguments: ["--tokens", file])
        func status(_ token: String) async throws -> Int {
            try await service.client.post(
                "/v1/assignments", ["experiment": "offers", "unit": "u"],
                headers: ["Authorization": "Bearer \(token)"]
            ).status
        }
        #expect(try await status(first) == 200)
        #expect(try await status("other") == 401)
        let more = try await TokenTests.create(file, "depot", ["assign"])
        let second = more.output.trimmingCharacters(in: .newlines)
        #expect(
            try await Program.run(["token", "revoke", "shop", "--tokens", file]).status == 0)
        let none = try await Program.run(["token", "revoke", "shop", "--tokens", file])
        #expect(none.status == 2)
        #expect(none.errors.contains("no token named shop"))
        #expect(try await status(first) == 200)
        service.process.hangUp()
        try await service.says("tokens reloaded: 1")
        #expect(try await status(first) == 401)
        #expect(try await status(second) == 200)
        // A file with a fault changes nothing.
        try folder.write("tokens.json", "{")
        service.process.hangUp()
        try await service.says("tokens not reloaded, those before stay good")
        #expect(try await status(second) == 200)
        for token in [first, second] {
            #expect(try !service.errors.contains(token.suffix(64)))
        }
        try await service.stop()
    }

    @Test func `with tokens another address is served, with a warning that nothing is encrypted`()
        async throws
    {
        let folder = try TemporaryFolder()
        let file = folder.file("tokens.json")
        _ = try await TokenTests.create(file, "shop", ["assign"])
        let service = try await ServeTests.Running.start(
            in: folder, arguments: ["--tokens", file, "--host", "0.0.0.0"])
        #expect(try service.errors.contains("without TLS"))
        let bare = try await service.client.post("/v1/assignments", "{}")
        #expect(bare.status == 401)
        try await service.stop()
    }
}
