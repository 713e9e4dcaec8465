import HoldfastAssignment
import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastServer

/// The file of tokens.
@Suite struct AccessTokensTests {
    private static func two(seed: UInt64) throws -> (tokens: AccessTokens, texts: [String]) {
        var chance = SeededGenerator(seed: seed)
        var tokens = AccessTokens()
        let texts = try ["shop", "s_h.o-p"].map { name in
            try tokens.create(
                try #require(Name(name)), scopes: [.assign, .record],
                at: Timestamp(microseconds: 0), chance: &chance)
        }
        return (tokens, texts)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a token opens after a round trip, and no other text does`(seed: UInt64) throws {
        let (tokens, texts) = try AccessTokensTests.two(seed: seed)
        let file = Array(tokens.json.text(pretty: true).utf8)
        let read = try AccessTokens(file)
        #expect(read.json == tokens.json)
        var chance = SeededGenerator(seed: seed)
        for (text, name) in zip(texts, ["shop", "s_h.o-p"]) {
            #expect(text.hasPrefix("holdfast_\(name)_") && text.utf8.count == 9 + name.count + 65)
            #expect(read.holder(of: text)?.name.text == name)
            for _ in 0..<200 {
                var bytes = Array(text.utf8)
                switch chance.below(3) {
                case 0: bytes[chance.below(bytes.count)] ^= UInt8(1 << chance.below(7))
                case 1: bytes.remove(at: chance.below(bytes.count))
                default: bytes.insert(UInt8(0x30 + chance.below(10)), at: chance.below(bytes.count))
                }
                let other = String(decoding: bytes, as: UTF8.self)
                #expect(other == text || read.holder(of: other) == nil, "seed \(seed): \(other)")
            }
        }
        for text in ["", "holdfast_", "holdfast_shop_", String(repeating: "x", count: 100_000)] {
            #expect(read.holder(of: text) == nil)
        }
    }

    @Test func `the file holds the digest of salt and token, and nothing of the token`() throws {
        let (tokens, texts) = try AccessTokensTests.two(seed: 5)
        let text = tokens.json.text()
        for (token, item) in zip(texts, tokens.json["tokens"]?.array ?? []) {
            #expect(!text.contains(token.suffix(64)))
            #expect(!text.contains(token.suffix(16)))
            let digits = Array((item["salt"]?.string ?? "").utf8)
            let salt = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
            #expect(salt.count == 16)
            let digest = SHA256.hexadecimal(of: salt + Array(token.utf8))
            #expect(item["sha256"]?.string == digest)
        }
        // The same chance gives other salts: no two digests of one file can be compared.
        let salts = Set((tokens.json["tokens"]?.array ?? []).compactMap { $0["salt"]?.string })
        #expect(salts.count == 2)
    }

    @Test(arguments: [
        ("", "malformed"), ("{", "malformed"), ("[]", "no file of tokens"),
        (#"{"holdfast_tokens": 2, "tokens": []}"#, "format 1"),
        (#"{"holdfast_tokens": 1, "tokens": {}}"#, "format 1"),
        (#"{"holdfast_tokens": 1, "tokens": [{"name": "a"}]}"#, "token 1 lacks"),
        (#"{"holdfast_tokens": 1, "tokens": ["holdfast_secret"]}"#, "token 1 lacks"),
    ])
    func `a file with a fault is refused whole, and not shown`(text: String, words: String) {
        #expect {
            _ = try AccessTokens(Array(text.utf8))
        } throws: { error in
            let message = "\(error)"
            return message.contains(words) && message.contains("holdfast token")
                && !message.contains("secret")
        }
    }

    @Test(arguments: [
        ("name", "a b"), ("name", ""), ("scopes", ""), ("created", "yesterday"), ("salt", "00"),
        ("salt", "zz"), ("sha256", "0"), ("sha256", "é"),
    ])
    func `each member of a token is checked`(member: String, value: String) throws {
        let (tokens, _) = try AccessTokensTests.two(seed: 1)
        let items = try #require(tokens.json["tokens"]?.array)
        guard case .object(let last) = items[1] else { preconditionFailure("written as one") }
        let wrong = last.members.map {
            (key: $0.key, value: $0.key == member ? .string(value) : $0.value)
        }
        let file: JSON = [
            "holdfast_tokens": 1, "tokens": [items[0], .object(JSONObject(wrong))],
        ]
        #expect {
            _ = try AccessTokens(Array(file.text().utf8))
        } throws: { "\($0)".contains("token 2 lacks") }
    }

    @Test func `a name is taken once, and the file has a bound`() throws {
        var (tokens, texts) = try AccessTokensTests.two(seed: 1)
        var chance = SeededGenerator(seed: 2)
        let shop = try #require(Name("shop"))
        #expect(throws: AccessTokensError.self) {
            try tokens.create(
                shop, scopes: [.read], at: Timestamp(microseconds: 0), chance: &chance)
        }
        let revoked = [tokens.revoke(shop), tokens.revoke(shop)]
        #expect(revoked == [true, false])
        #expect(tokens.holder(of: texts[0]) == nil)
        #expect(tokens.holder(of: texts[1]) != nil)
        while tokens.holders.count < AccessTokens.limit {
            _ = try tokens.create(
                try #require(Name("n\(tokens.holders.count)")), scopes: [.read],
                at: Timestamp(microseconds: 0), chance: &chance)
        }
        #expect(throws: AccessTokensError.self) {
            try tokens.create(
                shop, scopes: [.read], at: Timestamp(microseconds: 0), chance: &chance)
        }
        #expect(
            try AccessTokens(Array(tokens.json.text().utf8)).holders.count == AccessTokens.limit)
    }
}
