/// MurmurHash3, the x86 variant of 32 bits (Austin Appleby, 2011, public domain): the hash of
/// Unleash, flagd and Optimizely.
///
///     murmur3("flag1".utf8, seed: 0)   // 29437598
func murmur3(_ bytes: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
    var hash = seed
    let blocks = bytes.count / 4
    for block in 0..<blocks {
        let word = UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * block, as: UInt32.self))
        hash = rotated(hash ^ scrambled(word), by: 13) &* 5 &+ 0xE654_6B64
    }
    var tail: UInt32 = 0
    for index in (4 * blocks..<bytes.count).reversed() {
        tail = tail << 8 | UInt32(bytes[index])
    }
    hash ^= scrambled(tail)
    hash ^= UInt32(truncatingIfNeeded: bytes.count)
    hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
    hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
    return hash ^ hash >> 16
}

@inline(__always)
private func scrambled(_ word: UInt32) -> UInt32 {
    rotated(word &* 0xCC9E_2D51, by: 15) &* 0x1B87_3593
}

@inline(__always)
private func rotated(_ word: UInt32, by bits: UInt32) -> UInt32 {
    word << bits | word >> (32 - bits)
}

/// FNV-1a of 32 bits (Fowler, Noll, Vo, 1991), over the codes of a text: GrowthBook's hash.
///
/// The function is defined over bytes. GrowthBook's SDKs disagree on what they feed it for a text
/// beyond ASCII, so the encoding is part of the hash.
struct FNV1a: Sendable, Hashable {
    private(set) var hash: UInt32 = 0x811C_9DC5

    @inline(__always)
    mutating func update(_ code: UInt32) {
        hash = (hash ^ code) &* 0x0100_0193
    }

    /// Adds a text, given by its bytes of UTF-8.
    mutating func update(_ bytes: UnsafeRawBufferPointer, as encoding: PeerHash.Encoding) {
        for (index, byte) in bytes.enumerated() {
            if byte >= 0x80, encoding != .utf8 {
                // What is before is ASCII, the same in each encoding.
                let rest = UnsafeRawBufferPointer(rebasing: bytes[index...])
                return update(String(decoding: rest, as: UTF8.self), as: encoding)
            }
            update(UInt32(byte))
        }
    }

    private mutating func update(_ text: String, as encoding: PeerHash.Encoding) {
        switch encoding {
        case .utf8: for code in text.utf8 { update(UInt32(code)) }
        case .utf16: for code in text.utf16 { update(UInt32(code)) }
        case .codePoints: for scalar in text.unicodeScalars { update(scalar.value) }
        }
    }

    /// Adds a number's decimal digits.
    mutating func update(decimal number: UInt32) {
        var divisor: UInt32 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            update(UInt32(UInt8(ascii: "0")) + number / divisor % 10)
            divisor /= 10
        }
    }
}
