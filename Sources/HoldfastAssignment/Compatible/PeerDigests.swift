internal import CCrypto

/// SHA-1 (FIPS 180-4) of bytes: PlanOut's and PostHog's hash. Not for secrets.
///
/// Calculated by OpenSSL. A started hash is a value, as with ``SHA256``.
struct SHA1: Sendable {
    private var context = SHA_CTX()

    init() {
        holdfast_sha1_init(&context)
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        holdfast_sha1_update(&context, bytes.baseAddress, bytes.count)
    }

    /// The first eight bytes of the digest, as a big-endian integer; ends the hash.
    mutating func finishPrefix() -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 8) { digest in
            holdfast_sha1_final(
                &context, digest.assumingMemoryBound(to: UInt8.self).baseAddress)
            return UInt64(bigEndian: digest.load(as: UInt64.self))
        }
    }
}

/// MD5 (RFC 1321) of bytes: Eppo's hash. Not for secrets.
///
/// Calculated by OpenSSL. A started hash is a value, as with ``SHA256``.
struct MD5: Sendable {
    private var context = MD5_CTX()

    init() {
        holdfast_md5_init(&context)
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        holdfast_md5_update(&context, bytes.baseAddress, bytes.count)
    }

    /// The first four bytes of the digest, as a big-endian integer; ends the hash.
    mutating func finishPrefix() -> UInt32 {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { digest in
            holdfast_md5_final(
                &context, digest.assumingMemoryBound(to: UInt8.self).baseAddress)
            return UInt32(bigEndian: digest.load(as: UInt32.self))
        }
    }
}
