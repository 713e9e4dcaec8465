internal import HoldfastFormats

/// Eppo: shards of salted hashes, and the first split of which every shard holds the unit.
///
///     compatible: {with: eppo, salt: split-my-flag, traffic: {salt: traffic-my-flag, ranges: [[0, 6000]]},
///                  ranges: [[0, 5000], [5000, 10000]]}
///     compatible: {with: eppo, splits: [{variationKey: control, shards: [{salt: a, ranges: [[0, 5000]]}]}, …]}
extension CatalogReader {
    static let eppoShardLimit: Int64 = 1_000_000_000
    /// The most splits, and the most shards of one.
    static let eppoSplitLimit = 1_000
    /// The most gates, filters or shards that a unit must pass.
    static let peerGateLimit = 16

    mutating func readEppo(_ node: CatalogNode, _ arms: PeerArms) -> Compatibility? {
        let known = ["with", "totalShards", "salt", "traffic", "ranges", "splits"]
        guard let members = members(of: node, "Eppo's rule", known: known) else { return nil }
        let total =
            members["totalShards"].map {
                readWhole($0, "the number of shards", 1...CatalogReader.eppoShardLimit)
            } ?? 10_000
        guard let total = total.map({ UInt64($0) }) else { return nil }
        let gate = members["traffic"].map { readEppoShard($0, of: total) }
        if let gate, gate == nil { return nil }
        let gates = gate.flatMap { $0 }.map { [$0] } ?? []
        if let splits = members["splits"] {
            for key in ["salt", "ranges"] {
                if let other = members[key] {
                    report(
                        other.place, "\"\(key)\" and \"splits\" both deal the arms",
                        "keep one of the two")
                    return nil
                }
            }
            guard let splits = readEppoSplits(splits, arms, of: total) else { return nil }
            return eppoRule(splits, gates: gates, arms, at: node.place, total)
        }
        guard let salt = readSeed("salt", of: members, default: nil, at: node.place) else {
            return nil
        }
        let hash = PeerHash(.eppo(shards: total), seed: salt)
        let ranges: [ArmRange]?
        if let list = members["ranges"] {
            ranges = readArmRanges(list, arms, below: total)
        } else if let ends = arms.ends(of: total) {
            ranges = [ArmRange](ends: ends)
        } else {
            report(
                node.place,
                arms.shares == nil
                    ? "nothing says how the arms are dealt"
                    : "a share is no whole number of \(total) shards",
                "write ranges: one for each arm, as [[0, \(total / 2)], [\(total / 2), \(total)]]")
            return nil
        }
        guard let ranges else { return nil }
        return compatibility(.eppo, at: node.place, arms, gates: gates, hash, ranges)
    }

    private mutating func readEppoShard(
        _ node: CatalogNode, of total: UInt64
    ) -> Compatibility.Gate? {
        guard let members = members(of: node, "a shard", known: ["salt", "ranges"]) else {
            return nil
        }
        guard let list = members["ranges"] else {
            report(node.place, "the shard has no ranges", "write ranges: [[0, \(total / 2)]]")
            return nil
        }
        let salt = readSeed("salt", of: members, default: nil, at: node.place)
        guard let salt,
            let ranges = readBucketRanges(list, "a shard's ranges", below: total)
        else { return nil }
        return Compatibility.Gate(PeerHash(.eppo(shards: total), seed: salt), passing: ranges)
    }

    private struct EppoSplit {
        let arm: Int
        var shards: [Compatibility.Gate]
    }

    private mutating func readEppoSplits(
        _ node: CatalogNode, _ arms: PeerArms, of total: UInt64
    ) -> [EppoSplit]? {
        guard areBare(arms, beside: "splits", node),
            let elements = elements(of: node, "\"splits\"", limit: CatalogReader.eppoSplitLimit)
        else { return nil }
        var splits: [EppoSplit] = []
        for element in elements {
            let known = ["variationKey", "shards"]
            guard let members = members(of: element, "a split", known: known) else { return nil }
            guard let key = members["variationKey"], let list = members["shards"] else {
                report(
                    element.place, "the split lacks its variationKey or its shards",
                    "write {variationKey: control, shards: [{salt: …, ranges: [[0, 5000]]}]}")
                return nil
            }
            guard let arm = arms.names.firstIndex(where: { $0.text == key.text }) else {
                report(
                    key.place, "the split names \(key.kind), which is no arm",
                    "declared: \(arms.names.map(\.text).joined(separator: ", "))")
                return nil
            }
            let limit = CatalogReader.peerGateLimit
            guard let shards = self.elements(of: list, "the shards of a split", limit: limit)
            else { return nil }
            let gates = shards.compactMap { readEppoShard($0, of: total) }
            guard gates.count == shards.count else { return nil }
            splits.append(EppoSplit(arm: arm, shards: gates))
        }
        return splits
    }

    /// Splits as ranges of one hash: shards that all splits have alike are gates, the salt that most
    /// have is the hash, and the others are conditions.
    private mutating func eppoRule(
        _ given: [EppoSplit], gates: [Compatibility.Gate], _ arms: PeerArms, at place: Place,
        _ total: UInt64
    ) -> Compatibility? {
        var splits = given
        var gates = gates
        for shard in given.first?.shards ?? []
        where given.count > 1 && given.allSatisfy({ $0.shards.contains(shard) }) {
            if !gates.contains(shard) { gates.append(shard) }
            for index in splits.indices { splits[index].shards.removeAll { $0 == shard } }
        }
        let hashes = splits.flatMap { $0.shards.map(\.hash) } + gates.map(\.hash)
        let uses = Dictionary(hashes.map { ($0, 1) }, uniquingKeysWith: +)
        // The first of the most used, so that the choice never depends on chance.
        let most = uses.values.max() ?? 0
        guard let hash = hashes.first(where: { uses[$0] == most }) else {
            report(
                place, "the splits have no shards, and all units would be in one arm",
                "write the shards by which they were dealt")
            return nil
        }
        var ranges: [ArmRange] = []
        var conditions: [[Compatibility.Gate]] = []
        for split in splits {
            let place = split.shards.firstIndex { $0.hash == hash }
            let passing = place.map { split.shards[$0].passing } ?? [0..<total]
            let others = split.shards.enumerated().filter { $0.offset != place }.map(\.element)
            for range in passing {
                ranges.append(
                    ArmRange(arm: split.arm, from: range.lowerBound, to: range.upperBound))
                conditions.append(others)
            }
        }
        return compatibility(
            .eppo, at: place, arms, gates: gates, hash, ranges, conditions: conditions)
    }
}
