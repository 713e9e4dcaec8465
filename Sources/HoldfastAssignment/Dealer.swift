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
    public let revision: String
    package let dealing: Dealing
    /// The bytes of the experiment's name.
    let name: [UInt8]
    /// The holdouts that cover the experiment, in the order of ``Dealt/Step/holdout(_:)``.
    package var holdoutNames: [Name] { dealing.holdouts.map(\.name) }

    /// What a unit dealt to each of ``PlainShares``' ranges is answered, but for its bucket.
    private let answers: [Assignment]

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
            var answer = answers[range]
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
                if dealer.name.elementsEqual(bytes) { return dealer }
                slot = (slot + 1) & (slots.count - 1)
            }
            return nil
        }
    }

    /// FNV-1a over the bytes.
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32)) & Int.max
    }
}
