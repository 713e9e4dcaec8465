internal import HoldfastFormats

/// Statsig: buckets of 10,000 for a rule's pass percentage, of 1,000 for the groups of a layer or
/// an experiment.
///
///     compatible: {with: statsig, salt: EXPERIMENT-SALT, layer: {salt: LAYER-SALT, ranges: [[0, 500]]},
///                  ranges: [[0, 500], [500, 1000]]}
///     compatible: {with: statsig, salt: GATE-SALT, rule: RULE-ID, enabled: treatment, passPercentage: 10}
extension CatalogReader {
    mutating func readStatsig(_ node: CatalogNode, _ arms: PeerArms) -> Compatibility? {
        let known = [
            "with", "salt", "rule", "enabled", "passPercentage", "ranges", "layer", "gates",
        ]
        guard let members = members(of: node, "Statsig's rule", known: known) else { return nil }
        let salt = readSeed("salt", of: members, default: nil, at: node.place)
        guard let salt, let gates = readStatsigGates(members) else { return nil }
        if let enabled = members["enabled"] {
            if let list = members["ranges"] {
                report(
                    list.place, "\"ranges\" and \"enabled\" both deal the arms",
                    "keep one of the two")
                return nil
            }
            guard let (on, off) = readEnabled(enabled, arms),
                let rule = readSeed("rule", of: members, default: nil, at: node.place)
            else { return nil }
            let percentage: Double?
            if let value = members["passPercentage"] {
                guard areBare(arms, beside: "passPercentage", value) else { return nil }
                percentage = readPercentage(value, "the pass percentage")
            } else {
                percentage = arms.shares?[on].percentage
                if percentage == nil {
                    report(
                        node.place, "the key \"passPercentage\" is missing",
                        "write passPercentage: 10, or the arms' shares")
                }
            }
            guard let percentage else { return nil }
            let hash = PeerHash.statsigRule(salt, rule)
            let end = hash.passing(percentage)
            let ranges = [
                ArmRange(arm: on, from: 0, to: end), ArmRange(arm: off, from: end, to: hash.count),
            ].filter { $0.from < $0.to }
            return compatibility(.statsig, at: node.place, arms, gates: gates, hash, ranges)
        }
        for key in ["rule", "passPercentage"] {
            if let value = members[key] {
                report(
                    value.place, "\"\(key)\" says who passes, and no arm is \"enabled\"",
                    "name that arm, as enabled: treatment, or put it under gates")
                return nil
            }
        }
        let hash = PeerHash(.statsig(buckets: 1_000), seed: salt)
        if let list = members["ranges"] {
            guard let ranges = readArmRanges(list, arms, below: hash.count) else { return nil }
            return compatibility(.statsig, at: node.place, arms, gates: gates, hash, ranges)
        }
        guard let ends = arms.ends(of: hash.count) else {
            report(
                node.place,
                arms.shares == nil
                    ? "nothing says how the arms are dealt"
                    : "Statsig has 1,000 buckets, and a share is no whole number of them",
                "write ranges: [[0, 500], [500, 1000]], or shares of at most one decimal")
            return nil
        }
        return compatibility(
            .statsig, at: node.place, arms, gates: gates, hash, [ArmRange](ends: ends))
    }

    /// The layer, and pass percentages that come before the groups.
    private mutating func readStatsigGates(
        _ members: [String: CatalogNode]
    ) -> [Compatibility.Gate]? {
        var gates: [Compatibility.Gate] = []
        if let node = members["layer"] {
            let known = ["salt", "ranges"]
            guard let layer = self.members(of: node, "a layer's buckets", known: known) else {
                return nil
            }
            guard let list = layer["ranges"] else {
                report(node.place, "the layer has no ranges", "write ranges: [[0, 500]]")
                return nil
            }
            let salt = readSeed("salt", of: layer, default: nil, at: node.place)
            guard let salt, let ranges = readBucketRanges(list, "a layer's ranges", below: 1_000)
            else { return nil }
            gates.append(.init(PeerHash(.statsig(buckets: 1_000), seed: salt), passing: ranges))
        }
        guard let node = members["gates"] else { return gates }
        let limit = CatalogReader.peerGateLimit
        guard let elements = elements(of: node, "\"gates\"", limit: limit) else { return nil }
        for element in elements {
            let known = ["salt", "rule", "passPercentage"]
            guard let gate = self.members(of: element, "a gate", known: known) else { return nil }
            let salt = readSeed("salt", of: gate, default: nil, at: element.place)
            let rule = readSeed("rule", of: gate, default: nil, at: element.place)
            guard let value = gate["passPercentage"] else {
                report(
                    element.place, "the key \"passPercentage\" is missing",
                    "write passPercentage: 10")
                return nil
            }
            guard let salt, let rule,
                let percentage = readPercentage(value, "the pass percentage")
            else { return nil }
            let hash = PeerHash.statsigRule(salt, rule)
            let end = hash.passing(percentage)
            if end < hash.count { gates.append(.init(hash, passing: [0..<end])) }
        }
        return gates
    }
}

extension PeerHash {
    /// The hash of a rule, or of its id where it has no salt, of a gate or an experiment.
    fileprivate static func statsigRule(_ salt: String, _ rule: String) -> PeerHash {
        PeerHash(.statsig(buckets: 10_000), seed: salt + "." + rule)
    }

    /// The first bucket that does not pass. Statsig compares with the product of two doubles, which
    /// lies a little above a whole number for some percentages: 0.07% passes 8 buckets.
    fileprivate func passing(_ percentage: Double) -> UInt64 {
        switch percentage {
        case 0: 0
        case 100: count
        default: firstBucket { Double($0) >= percentage * 100 }
        }
    }
}
