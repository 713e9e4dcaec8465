/// Another system's hash of a unit's id: a whole number from 0 to one below ``count``.
///
///     PeerHash(.growthbook2(.utf16), seed: "seed").bucket(of: unit)   // 505 for the unit "a"
///
/// The number is the peer's own where it has one (GrowthBook's 0.0505 is 505 of 10,000), and the raw
/// hash where the peer goes on in floating point or scales it. Ranges of it are exact, so that
/// dealing compares integers alone. Nothing is allocated for an id of ASCII up to 512 bytes.
///
/// No secret goes in, so that anybody who knows the seed can work out the arm of any unit: a new
/// experiment should deal by its own hash.
public struct PeerHash: Sendable, Hashable, CustomStringConvertible {
    /// What a text is to a hash that reads it code by code.
    public enum Encoding: String, CaseIterable, Sendable, Hashable {
        /// Code units of UTF-16: GrowthBook's SDKs for JavaScript, and Python from 4.0.
        case utf16 = "utf-16"
        /// Bytes of UTF-8: those for Go, PHP, Ruby, Rust, Swift.
        case utf8 = "utf-8"
        /// Unicode's code points: Python before 4.0.
        case codePoints = "code-points"
    }

    /// A peer's rule, with what it takes beside the seed.
    package enum Rule: Sendable, Hashable {
        /// fnv(unit + seed) % 1000.
        case growthbook1(Encoding)
        /// fnv(decimal(fnv(seed + unit))) % 10000.
        case growthbook2(Encoding)
        /// murmur3(seed + ":" + unit) % 100.
        case unleashRollout
        /// murmur3(seed + ":" + unit), seeded by 86028157, modulo the weights' sum.
        case unleashVariants(weight: UInt64)
        /// murmur3(seed + unit), whole.
        case flagd
        /// The first 32 bits of md5(seed + "-" + unit), modulo the shards.
        case eppo(shards: UInt64)
        /// The first 64 bits of sha256(seed + "." + unit), modulo the buckets.
        case statsig(buckets: UInt64)
        /// The first 60 bits of sha1(seed + "." + unit).
        case planout
        /// The same modulo a number of choices.
        case planoutChoice(count: UInt64)
        /// murmur3(unit + seed), seeded by 1, scaled to 10,000.
        case optimizely
        /// The first 60 bits of sha1(seed + "." + unit).
        case posthogRollout
        /// The first 60 bits of sha1(seed + "." + unit + "variant").
        case posthogVariants
        /// The first 60 bits of sha1("holdout-" + unit); there is no seed.
        case posthogHoldout
    }

    package let rule: Rule
    /// The seed's bytes: kept as bytes, because two seeds are one only if these are.
    package let seed: [UInt8]
    private let start: Start

    /// The hash as far as it goes without the unit.
    private enum Start: Sendable {
        case fnvBefore(FNV1a)
        case fnvAfter([UInt8])
        case murmur(before: [UInt8], after: [UInt8], seed: UInt32)
        case md5(MD5)
        case sha1(SHA1, after: [UInt8])
        case sha256(SHA256)
    }

    package init(_ rule: Rule, seed: String) {
        self.rule = rule
        self.seed = Array(seed.utf8)
        start = PeerHash.start(rule, Array(seed.utf8))
    }

    private static func start(_ rule: Rule, _ seed: [UInt8]) -> Start {
        func sha1(_ before: [UInt8], after: String = "") -> Start {
            var hash = SHA1()
            before.withUnsafeBytes { hash.update($0) }
            return .sha1(hash, after: Array(after.utf8))
        }
        switch rule {
        case .growthbook1: return .fnvAfter(seed)
        case .growthbook2(let encoding):
            var hash = FNV1a()
            seed.withUnsafeBytes { hash.update($0, as: encoding) }
            return .fnvBefore(hash)
        case .unleashRollout: return .murmur(before: seed + ":".utf8, after: [], seed: 0)
        case .unleashVariants:
            return .murmur(before: seed + ":".utf8, after: [], seed: 86_028_157)
        case .flagd: return .murmur(before: seed, after: [], seed: 0)
        case .optimizely: return .murmur(before: [], after: seed, seed: 1)
        case .eppo:
            var hash = MD5()
            (seed + "-".utf8).withUnsafeBytes { hash.update($0) }
            return .md5(hash)
        case .statsig:
            var hash = SHA256()
            hash.update(seed + ".".utf8)
            return .sha256(hash)
        case .planout, .planoutChoice, .posthogRollout: return sha1(seed + ".".utf8)
        case .posthogVariants: return sha1(seed + ".".utf8, after: "variant")
        case .posthogHoldout: return sha1(Array("holdout-".utf8))
        }
    }

    /// How many buckets there are, at most 2^60.
    public var count: UInt64 {
        switch rule {
        case .growthbook1: 1_000
        case .growthbook2, .optimizely: 10_000
        case .unleashRollout: 100
        case .unleashVariants(let weight): weight
        case .flagd: 1 << 32
        case .eppo(let shards): shards
        case .statsig(let buckets): buckets
        case .planoutChoice(let count): count
        case .planout, .posthogRollout, .posthogVariants, .posthogHoldout: 1 << 60
        }
    }

    /// The bucket of a unit, or of a cluster.
    public func bucket(of unit: UnitID) -> UInt64 { unit.withBytes { bucket(of: $0) } }

    /// The bucket of an id's bytes of UTF-8.
    package func bucket(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        let hash = raw(bytes)
        switch rule {
        case .growthbook2:
            var second = FNV1a()
            second.update(decimal: UInt32(truncatingIfNeeded: hash))
            return UInt64(second.hash) % count
        case .growthbook1, .unleashRollout, .unleashVariants, .eppo, .statsig:
            return hash % count
        case .planoutChoice: return (hash >> 4) % count
        case .optimizely: return (hash * count) >> 32
        case .flagd: return hash
        case .planout, .posthogRollout, .posthogVariants, .posthogHoldout: return hash >> 4
        }
    }

    private func raw(_ unit: UnsafeRawBufferPointer) -> UInt64 {
        switch start {
        case .fnvBefore(var hash):
            hash.update(unit, as: encoding)
            return UInt64(hash.hash)
        case .fnvAfter(let seed):
            var hash = FNV1a()
            hash.update(unit, as: encoding)
            seed.withUnsafeBytes { hash.update($0, as: encoding) }
            return UInt64(hash.hash)
        case .murmur(let before, let after, let seed):
            let size = before.count + unit.count + after.count
            return withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { key in
                key.copyBytes(from: before)
                UnsafeMutableRawBufferPointer(rebasing: key[before.count...]).copyBytes(from: unit)
                UnsafeMutableRawBufferPointer(rebasing: key[(before.count + unit.count)...])
                    .copyBytes(from: after)
                return UInt64(murmur3(UnsafeRawBufferPointer(key), seed: seed))
            }
        case .md5(var hash):
            hash.update(unit)
            return UInt64(hash.finishPrefix())
        case .sha1(var hash, let after):
            hash.update(unit)
            if !after.isEmpty { after.withUnsafeBytes { hash.update($0) } }
            return hash.finishPrefix()
        case .sha256(var hash):
            hash.update(unit)
            return hash.finishPrefix()
        }
    }

    private var encoding: Encoding {
        switch rule {
        case .growthbook1(let encoding), .growthbook2(let encoding): encoding
        case .unleashRollout, .unleashVariants, .flagd, .eppo, .statsig, .planout,
            .planoutChoice, .optimizely, .posthogRollout, .posthogVariants, .posthogHoldout:
            .utf8
        }
    }

    public static func == (one: PeerHash, other: PeerHash) -> Bool {
        one.rule == other.rule && one.seed == other.seed
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(rule)
        hasher.combine(seed)
    }
}
