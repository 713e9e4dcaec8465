internal import CCrypto

/// SHA-256 (FIPS 180-4) of bytes, in one piece or in many.
///
///     SHA256.hexadecimal(of: "abc".utf8)   // ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
///
/// Calculated by OpenSSL. A started hash is a value: a copy of it goes on by itself, so that a
/// prefix shared by many keys is hashed once.
public struct SHA256: Sendable {
    private var context = SHA256_CTX()

    /// A hash of no bytes yet.
    public init() {
        holdfast_sha256_init(&context)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        holdfast_sha256_update(&context, bytes.baseAddress, bytes.count)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The first eight bytes of the digest, as a big-endian integer; ends the hash.
    mutating func finishPrefix() -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digest in
            finish(into: digest)
            return UInt64(bigEndian: digest.load(as: UInt64.self))
        }
    }

    /// The digest's 32 bytes; ends the hash.
    public mutating func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            finish(into: UnsafeMutableRawBufferPointer(buffer))
            count = 32
        }
    }

    private mutating func finish(into digest: UnsafeMutableRawBufferPointer) {
        precondition(digest.count >= 32)
        holdfast_sha256_final(&context, digest.assumingMemoryBound(to: UInt8.self).baseAddress)
    }

    /// HMAC-SHA-256 (RFC 2104): a digest that only the holder of the key can make or check.
    ///
    ///     SHA256.keyed(Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)).hexadecimal
    ///     // 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843 (RFC 4231, case 2)
    package static func keyed(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var block = key
        if block.count > 64 {
            var hash = SHA256()
            hash.update(block)
            block = hash.finish()
        }
        block += [UInt8](repeating: 0, count: 64 - block.count)
        var inner = SHA256()
        inner.update(block.map { $0 ^ 0x36 })
        inner.update(message)
        var outer = SHA256()
        outer.update(block.map { $0 ^ 0x5c })
        outer.update(inner.finish())
        return outer.finish()
    }

    /// The digest of the bytes as 64 lower-case hexadecimal digits.
    public static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        hash.update(Array(bytes))
        return hash.finish().hexadecimal
    }
}

extension [UInt8] {
    /// The bytes as lower-case hexadecimal digits, two a byte.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * count)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
