internal import HoldfastStatistics

/// What is known of each cluster, by a hash of its id: the ledger has no index by cluster.
///
/// In memory only, and never kept: after a restart it is read from the ledger again. Of more
/// clusters than ``HealthRules/clusterLimit`` those of half the hashes stay, and so on; which are
/// looked at has nothing to do with their arms.
struct ClusterMemory: Sendable {
    private var marks: [UInt64: UInt32] = [:]
    private var halvings: UInt64 = 0
    private let limit: Int

    /// Marks beside those of the arms, which are the first 24.
    enum Mark {
        static let exposed: UInt32 = 1 << 30
        static let ripe: UInt32 = 1 << 31
        static let arms: UInt32 = (1 << 24) - 1

        /// The mark of an arm by its place; those beyond the first 24 share one.
        static func arm(_ place: Int) -> UInt32 { 1 << UInt32(min(place, 23)) }
    }

    init(limit: Int = HealthRules.clusterLimit) { self.limit = limit }

    /// Whether a cluster is one of those that are looked at.
    func holds(_ hash: UInt64) -> Bool { halvings == 0 || hash >> (64 - halvings) == 0 }

    /// The marks of a cluster; 0 of one that was never seen.
    func marks(of hash: UInt64) -> UInt32 { marks[hash] ?? 0 }

    /// Adds a mark, and gives those of before; `nil` where the cluster is not looked at.
    mutating func add(_ mark: UInt32, to hash: UInt64) -> UInt32? {
        guard holds(hash) else { return nil }
        let before = marks[hash] ?? 0
        marks[hash] = before | mark
        if marks.count > limit {
            halvings += 1
            let kept = halvings
            marks = marks.filter { $0.key >> (64 - kept) == 0 }
        }
        return before
    }

    var count: Int { marks.count }
}

/// A hash of an id's bytes that has nothing to do with the arms, which SHA-256 deals: FNV-1a (G.
/// Fowler, L. C. Noll and K.-P. Vo), mixed so that all its bits are good.
func healthHash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return SplitMix64.mix(hash)
}

/// The same of a column's text, which may not be there.
func healthHash(text: UnsafeBufferPointer<UInt8>?) -> UInt64 {
    healthHash(text ?? UnsafeBufferPointer(start: nil, count: 0))
}
