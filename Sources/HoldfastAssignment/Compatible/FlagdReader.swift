internal import HoldfastFormats

/// flagd's fractional operator, version 2: murmur3 scaled to the weights' sum, in integers.
///
///     compatible: {with: flagd, key: my-flag, weights: [1, 2]}
///
/// `key` is what stands before the unit in the hashed text: the flag's key in the short form, what
/// `cat` puts there in the long one, and nothing (`key: ""`) where the unit alone is hashed.
extension CatalogReader {
    /// The greatest sum of weights: a signed integer of 32 bits.
    static let flagdWeightLimit = Int64(Int32.max)

    mutating func readFlagd(_ node: CatalogNode, _ arms: PeerArms) -> Compatibility? {
        let known = ["with", "version", "key", "weights"]
        guard let members = members(of: node, "flagd's rule", known: known) else { return nil }
        if let version = members["version"], version.number != .integer(2) {
            report(
                version.place, "the version of flagd's fractional operator is \(version.kind)",
                "write 2: the one before dealt in floating point, the one after hashes CBOR; neither is dealt here"
            )
            return nil
        }
        let key = readSeed("key", of: members, default: arms.experiment.text, at: node.place)
        guard let key, let weights = readFlagdWeights(members["weights"], arms) else { return nil }
        let ends = weights.cumulative
        guard let sum = ends.last, sum <= UInt64(CatalogReader.flagdWeightLimit) else {
            report(
                members["weights"]?.place ?? node.place,
                "the weights add up to more than \(CatalogReader.flagdWeightLimit)",
                "divide each by the same number")
            return nil
        }
        let hash = PeerHash(.flagd, seed: key)
        let ranges = [ArmRange](
            ends: ends.map { end in hash.firstBucket { ($0 * sum) >> 32 >= end } })
        return compatibility(.flagd, at: node.place, arms, hash, sum == 0 ? [] : ranges)
    }

    private mutating func readFlagdWeights(_ node: CatalogNode?, _ arms: PeerArms) -> [Int64]? {
        guard let node else {
            return arms.shares?.map { Int64($0.millionths) } ?? arms.names.map { _ in 1 }
        }
        let limit = CatalogReader.flagdWeightLimit
        return readForEachArm(node, "weights", arms) { reader, element in
            // A negative weight counts as none.
            reader.readWhole(element, "a weight", -limit...limit).map { max(0, $0) }
        }
    }
}
