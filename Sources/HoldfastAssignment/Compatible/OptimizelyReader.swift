internal import HoldfastFormats

/// Optimizely: 10,000 buckets of a hash of the unit and the experiment's id, each entity up to an
/// end.
///
///     compatible: {with: optimizely, experimentId: "11154",
///                  trafficAllocation: [{entityId: control, endOfRange: 4000}, {entityId: treatment, endOfRange: 8000}],
///                  group: {id: "19228", trafficAllocation: [{entityId: "11154", endOfRange: 6000}]}}
extension CatalogReader {
    mutating func readOptimizely(_ node: CatalogNode, _ arms: PeerArms) -> Compatibility? {
        let known = ["with", "experimentId", "trafficAllocation", "group"]
        guard let members = members(of: node, "Optimizely's rule", known: known) else {
            return nil
        }
        let id = readSeed("experimentId", of: members, default: nil, at: node.place)
        guard let id else { return nil }
        let hash = PeerHash(.optimizely, seed: id)
        var gates: [Compatibility.Gate] = []
        if let group = members["group"] {
            guard let gate = readOptimizelyGroup(group, experiment: id) else { return nil }
            gates = [gate]
        }
        var ranges: [ArmRange] = []
        if let list = members["trafficAllocation"] {
            guard areBare(arms, beside: "trafficAllocation", list),
                let entries = readTrafficAllocation(list)
            else { return nil }
            for entry in entries where !entry.entity.isEmpty {
                guard let arm = arms.names.firstIndex(where: { sameBytes($0.text, entry.entity) })
                else {
                    report(
                        entry.place, "the entity \"\(entry.entity.prefix(64))\" is no arm",
                        "declared: \(arms.names.map(\.text).joined(separator: ", ")); write \"\" for a range of nobody"
                    )
                    return nil
                }
                let range = entry.range
                if !range.isEmpty {
                    ranges.append(
                        ArmRange(arm: arm, from: range.lowerBound, to: range.upperBound))
                }
            }
        } else if let ends = arms.ends(of: hash.count) {
            ranges = [ArmRange](ends: ends)
        } else {
            report(
                node.place,
                arms.shares == nil
                    ? "nothing says how the arms are dealt"
                    : "Optimizely has 10,000 buckets, and a share is no whole number of them",
                "write trafficAllocation: [{entityId: control, endOfRange: 5000}, …], or shares of at most two decimals"
            )
            return nil
        }
        return compatibility(.optimizely, at: node.place, arms, gates: gates, hash, ranges)
    }

    /// The buckets of an exclusion group that are this experiment's.
    private mutating func readOptimizelyGroup(
        _ node: CatalogNode, experiment: String
    ) -> Compatibility.Gate? {
        let known = ["id", "trafficAllocation"]
        guard let members = members(of: node, "a group", known: known) else { return nil }
        guard let list = members["trafficAllocation"] else {
            report(
                node.place, "the group has no trafficAllocation",
                "write trafficAllocation: [{entityId: \"11154\", endOfRange: 6000}]")
            return nil
        }
        guard let id = readSeed("id", of: members, default: nil, at: node.place),
            let entries = readTrafficAllocation(list)
        else { return nil }
        let own = entries.filter { sameBytes($0.entity, experiment) }.map(\.range)
        guard own.contains(where: { !$0.isEmpty }) else {
            report(
                list.place,
                "the group gives no bucket to the experiment \"\(experiment.prefix(64))\"",
                "give it an entry with its experimentId as entityId")
            return nil
        }
        return Compatibility.Gate(PeerHash(.optimizely, seed: id), passing: own)
    }

    private struct Allocation {
        let entity: String
        let range: Range<UInt64>
        let place: Place
    }

    /// Entities in order; the first whose end is beyond the bucket has it.
    private mutating func readTrafficAllocation(_ node: CatalogNode) -> [Allocation]? {
        let elements = elements(
            of: node, "\"trafficAllocation\"", limit: CatalogReader.peerRangeLimit)
        guard let elements else { return nil }
        var start: UInt64 = 0
        var entries: [Allocation] = []
        for element in elements {
            let known = ["entityId", "endOfRange"]
            guard let members = members(of: element, "an allocation", known: known) else {
                return nil
            }
            let entity = readSeed("entityId", of: members, default: nil, at: element.place)
            guard let value = members["endOfRange"] else {
                report(
                    element.place, "the key \"endOfRange\" is missing", "write endOfRange: 5000")
                return nil
            }
            guard let entity, let end = readWhole(value, "the end of a range", 0...10_000) else {
                return nil
            }
            guard UInt64(end) >= start else {
                report(
                    value.place, "the range ends at \(end), before the one before it at \(start)",
                    "let endOfRange grow")
                return nil
            }
            entries.append(
                Allocation(entity: entity, range: start..<UInt64(end), place: element.place))
            start = UInt64(end)
        }
        return entries
    }
}
