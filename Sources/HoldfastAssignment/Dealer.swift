public import HoldfastFormats

/// One experiment of a catalog, made ready to deal one unit after another.
///
///     let dealer = try catalog.dealer(for: "credit-limit")
///     try dealer.assign(Candidate(unit: unit), at: now).arm
///
/// Gives what ``Catalog/assign(_:in:at:)`` gives, without looking for the experiment each time. A
/// value that may be kept and shared between threads: no I/O, no lock, and no memory is taken for
/// a unit.
public struct Dealer: Sendable {
    /// The experiment.
    public var experiment: Experiment { dealing.experiment }
    /// The revision of the catalog, which every answer names.
    public var revision: String { ready.revision }
    package var dealing: Dealing { ready.dealing }
    private let ready: Ready

    /// All of it behind one reference, so that a dealer is handed on at the price of one.
    private final class Ready: Sendable {
        let dealing: Dealing
        let revision: String
        /// The bytes of the experiment's name.
        let name: [UInt8]
        /// What a unit dealt to each of ``PlainShares``' ranges is answered, but for its bucket.
        let answers: [Assignment]

        init(_ dealing: Dealing, revision: String) {
            self.dealing = dealing
            self.revision = revision
            name = Array(dealing.experiment.name.text.utf8)
            answers =
                dealing.plain.map { plain in
                    zip(plain.arms, plain.propensities).map { arm, propensity in
                        dealing.assignment(
                            of: Dealt(.assigned, arm: arm, propensity: propensity, bucket: 0),
                            revision: revision)
                    }
                } ?? []
        }
    }

    /// The bytes of the experiment's name.
    var name: [UInt8] { ready.name }

    /// The holdouts that cover the experiment, in the order of ``Dealt/Step/holdout(_:)``.
    package var holdoutNames: [Name] { dealing.holdouts.map(\.name) }

    init(_ dealing: Dealing, revision: String) {
        ready = Ready(dealing, revision: revision)
    }

    /// Deals a unit.
    ///
    ///     try dealer.assign(unit, cluster: household, score: 0.93, at: now).act
    public func assign(
        _ unit: UnitID, cluster: UnitID? = nil, attributes: [String: AttributeValue] = [:],
        score: Double? = nil, at time: Timestamp
    ) throws(AssignmentFault) -> Assignment {
        // The standard library shows a text's bytes by this function without a call.
        if let plain = dealing.plain,
            let (range, bucket) = unit.text.utf8.withContiguousStorageIfAvailable({
                plain.deal(UnsafeRawBufferPointer($0))
            })
        {
            var answer = ready.answers[range]
            answer.bucket = bucket
            return answer
        }
        return try dealing.assign(
            Candidate(unit: unit, cluster: cluster, attributes: attributes, score: score),
            at: time, revision: revision)
    }

    /// Deals a unit with all that is known of it.
    public func assign(
        _ candidate: Candidate, at time: Timestamp
    ) throws(AssignmentFault) -> Assignment {
        try assign(
            candidate.unit, cluster: candidate.cluster, attributes: candidate.attributes,
            score: candidate.score, at: time)
    }

    /// Deals a unit by its bytes, which are known to be UTF-8 and 1 to 1,024.
    package func deal(
        unit: UnsafeRawBufferPointer, cluster: UnsafeRawBufferPointer?,
        attributes: [String: AttributeValue], score: Double?, at time: Timestamp
    ) throws(AssignmentFault) -> Dealt {
        try dealing.deal(
            unit: unit, cluster: cluster, attributes: attributes, score: score, at: time)
    }

    /// What was dealt, with its names.
    package func assignment(of dealt: Dealt) -> Assignment {
        dealing.assignment(of: dealt, revision: revision)
    }
}

/// Whether bytes are UTF-8.
package func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var position = 0
    let raw = UnsafeRawBufferPointer(bytes)
    while position &+ 8 <= raw.count {
        let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        if word & 0x8080_8080_8080_8080 != 0 { break }
        position &+= 8
    }
    while position < raw.count, raw[position] < 0x80 { position &+= 1 }
    if position == raw.count { return true }
    // What was passed is ASCII, so that no character began in it. Where the fault lies nobody asks.
    return (try? UTF8Span(validating: bytes.span.extracting(droppingFirst: position))) != nil
}

extension Catalog {
    /// An experiment made ready to deal many units.
    ///
    /// Throws ``AssignmentFault/unknownExperiment(_:known:)`` where the catalog has none of that
    /// name.
    public func dealer(for experiment: String) throws(AssignmentFault) -> Dealer {
        guard let dealer = dealers[experiment] else {
            throw .unknownExperiment(experiment, known: experiments.map(\.name))
        }
        return dealer
    }
}

/// The dealers of a catalog by the bytes of their experiments' names.
///
/// A table of its own, because a dictionary's keyed hash of a name costs as much as the SHA-256
/// that deals a unit. Names come from the catalog's owner, so that nobody else can make them
/// collide; and they are ASCII, so that equal bytes are equal names.
struct DealerTable: Sendable {
    /// The dealers by their hashes' low bits; what collides lies in the slots that follow.
    private let slots: [Dealer?]

    init(_ dealers: [Dealer]) {
        // At most half full, so that a search ends.
        var size = 2
        while size < 2 * dealers.count + 1 { size *= 2 }
        var slots = [Dealer?](repeating: nil, count: size)
        for dealer in dealers {
            var slot = dealer.name.withUnsafeBufferPointer { DealerTable.hash($0) } & (size - 1)
            while slots[slot] != nil { slot = (slot + 1) & (size - 1) }
            slots[slot] = dealer
        }
        self.slots = slots
    }

    subscript(name: String) -> Dealer? {
        var name = name
        return name.withUTF8 { bytes in
            var slot = DealerTable.hash(bytes) & (slots.count - 1)
            while let dealer = slots[slot] {
                if DealerTable.isSame(dealer.name, bytes) { return dealer }
                slot = (slot + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    /// Of the length and of the first and the last eight bytes: what tells names of one catalog
    /// apart. The multiplier is 2^64 over the golden ratio (Knuth, volume 3, section 6.4).
    @inline(__always)
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        let bytes = UnsafeRawBufferPointer(name)
        var mixed = UInt64(bytes.count)
        if bytes.count >= 8 {
            let first = bytes.loadUnaligned(as: UInt64.self)
            let last = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
            mixed ^= first ^ (last << 23 | last >> 41)
        } else {
            for byte in bytes { mixed = mixed << 8 ^ UInt64(byte) }
        }
        return Int(truncatingIfNeeded: (mixed &* 0x9e37_79b9_7f4a_7c15) >> 32)
    }

    @inline(__always)
    private static func isSame(_ name: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count == bytes.count else { return false }
        return name.withUnsafeBufferPointer { name in
            for index in name.indices where name[index] != bytes[index] { return false }
            return true
        }
    }
}
