@testable import HoldfastAssignment
import Testing
import TestSupport

/// HMAC-SHA-256 as RFC 4231 (Nystrom, 2005) has it.
@Suite struct KeyedHashTests {
    /// Cases 1 to 4, 6 and 7 of section 4; case 5 has the first 16 bytes only.
    private static let cases: [(key: [UInt8], message: [UInt8], digest: String)] = [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(1...25), [UInt8](repeating: 0xcd, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0x0c, count: 20), Array("Test With Truncation".utf8),
            "a3b6167473100ee06e0c796c2955552b"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array(
                "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm."
                    .utf8),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test func `the published cases have their published digests`() {
        for (number, example) in KeyedHashTests.cases.enumerated() {
            let digest = SHA256.keyed(example.key, example.message).hexadecimal
            #expect(digest.hasPrefix(example.digest), "case \(number + 1)")
            #expect(digest.utf8.count == 64)
        }
    }

    @Test func `a key of a block, one less and one more, and none, are as Python has them`()
        async throws
    {
        let script = """
            import hashlib, hmac
            for count in (0, 1, 63, 64, 65, 128):
                print(hmac.new(b"k" * count, b"m" * count, hashlib.sha256).hexdigest())
            """
        let run = try await Program.run("/usr/bin/env", ["python3", "-c", script])
        let expected = run.output.split(separator: "\n").map(String.init)
        let given = [0, 1, 63, 64, 65, 128].map { count in
            SHA256.keyed(
                [UInt8](repeating: UInt8(ascii: "k"), count: count),
                [UInt8](repeating: UInt8(ascii: "m"), count: count)
            ).hexadecimal
        }
        #expect(run.status == 0 && given == expected)
    }
}
