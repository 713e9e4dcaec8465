/// Hashes of rows or of units: all of them up to a limit, and then those below a bound that falls
/// by halves.
///
///     sample.share      // 0.25: a hash is kept where its first two bits are 0
///
/// The same rows are kept in every table, so that what two tables share can be found in what is
/// kept of them (after P. B. Gibbons, "Distinct sampling for highly-accurate answers to distinct
/// values queries and event reports", 2001). Memory: 8 bytes a hash, at most three times that for a
/// moment while it sorts or grows.
package struct HashSample: Sendable, Equatable {
    /// The hashes; in ascending order behind ``finish()``.
    package private(set) var hashes: [UInt64] = []
    /// How often the bound was halved.
    package private(set) var halvings = 0
    private let limit: Int
    /// Whether each hash is kept once only.
    private let isSet: Bool
    /// From how many hashes on it is worth to look for those that are there twice.
    private var nextLook: Int

    private static let firstLook = 1 << 16

    /// No hashes yet.
    init(limit: Int, isSet: Bool) {
        precondition(limit > 0, "something is kept")
        self.limit = limit
        self.isSet = isSet
        nextLook = max(limit + 1, Self.firstLook)
        if isSet { nextLook = min(nextLook, max(2 * limit, 2)) }
    }

    /// Whether the same was kept.
    package static func == (one: HashSample, other: HashSample) -> Bool {
        one.halvings == other.halvings && one.hashes == other.hashes
    }

    /// The share of all hashes that is kept.
    package var share: Double { Double(sign: .plus, exponent: -halvings, significand: 1) }

    /// Adds hashes.
    mutating func append(_ new: UnsafeBufferPointer<UInt64>) {
        if halvings == 0 {
            hashes.append(contentsOf: new)
        } else {
            for hash in new where isKept(hash) { hashes.append(hash) }
        }
        if isSet ? hashes.count >= nextLook : hashes.count > limit { shrink() }
    }

    /// Adds what another part of the table has.
    mutating func merge(_ other: consuming HashSample) {
        while halvings < other.halvings { halve() }
        let theirs = other.hashes
        theirs.withUnsafeBufferPointer { new in
            if halvings == other.halvings {
                hashes.append(contentsOf: new)
            } else {
                for hash in new where isKept(hash) { hashes.append(hash) }
            }
        }
        shrink()
    }

    /// Sorts; to be called once, behind the last hash.
    mutating func finish() {
        shrink()
        if !isSet { HashOrder.sort(&hashes) }
    }

    /// The hashes that a bound of so many halvings leaves, which is at least as many as here.
    package func hashes(halvings: Int) -> ArraySlice<UInt64> {
        precondition(halvings >= self.halvings, "what was dropped does not come back")
        let shift = UInt64(halvings)
        var (low, high) = (0, hashes.count)
        while low < high {
            let middle = (low + high) / 2
            if halvings > 0 && hashes[middle] &>> (64 - shift) != 0 {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return hashes[..<low]
    }

    private func isKept(_ hash: UInt64) -> Bool {
        halvings == 0 || hash &>> UInt64(64 - halvings) == 0
    }

    private mutating func shrink() {
        if isSet {
            HashOrder.sort(&hashes)
            var kept = 0
            for index in hashes.indices where kept == 0 || hashes[index] != hashes[kept - 1] {
                hashes[kept] = hashes[index]
                kept += 1
            }
            hashes.removeSubrange(kept...)
        }
        while hashes.count > limit && halvings < 63 { halve() }
        nextLook = max(Self.firstLook, 2 * hashes.count)
    }

    private mutating func halve() {
        halvings += 1
        let shift = UInt64(64 - halvings)
        hashes.removeAll { $0 &>> shift != 0 }
    }
}

/// Sorts hashes.
enum HashOrder {
    /// Least significant digit first, six digits of eleven bits: at a million hashes a fifth of
    /// the time of a sort by comparison.
    static func sort(_ hashes: inout [UInt64]) {
        // Below that, the tables of the digits take longer than the comparisons.
        guard hashes.count > 2_048 else { return hashes.sort() }
        var spare = hashes
        for shift in stride(from: UInt64(0), to: 64, by: 11) {
            hashes.withUnsafeBufferPointer { from in
                spare.withUnsafeMutableBufferPointer { pass(from, to: $0, shift: shift) }
            }
            swap(&hashes, &spare)
        }
    }

    private static func pass(
        _ from: UnsafeBufferPointer<UInt64>, to target: UnsafeMutableBufferPointer<UInt64>,
        shift: UInt64
    ) {
        let mask: UInt64 = 2_047
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 2_048) { places in
            places.initialize(repeating: 0)
            for hash in from { places[Int((hash &>> shift) & mask)] &+= 1 }
            var start = 0
            for digit in places.indices {
                let count = places[digit]
                places[digit] = start
                start &+= count
            }
            for hash in from {
                let digit = Int((hash &>> shift) & mask)
                target[places[digit]] = hash
                places[digit] &+= 1
            }
        }
    }
}
