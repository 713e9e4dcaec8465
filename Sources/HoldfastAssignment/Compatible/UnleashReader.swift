internal import HoldfastFormats

/// Unleash: a gradual rollout by percent, and variants by weight, each by a hash of its own.
///
///     compatible: {with: unleash, groupId: my-flag, rollout: 50, weights: [500, 500]}
///     compatible: {with: unleash, groupId: my-flag, enabled: treatment, rollout: 50}
///
/// A flag's variants are dealt under the flag's name, a strategy's under the strategy's group id.
extension CatalogReader {
    /// The greatest sum of variants' weights.
    static let unleashWeightLimit: Int64 = 1_000_000

    mutating func readUnleash(_ node: CatalogNode, _ arms: PeerArms) -> Compatibility? {
        let known = ["with", "groupId", "variantGroupId", "rollout", "weights", "enabled"]
        guard let members = members(of: node, "Unleash's rule", known: known) else { return nil }
        let group = readSeed("groupId", of: members, default: arms.experiment.text, at: node.place)
        let variants = readSeed("variantGroupId", of: members, default: group, at: node.place)
        let rollout = members["rollout"].map { readUnleashRollout($0) } ?? 100
        guard let group, let variants, let rollout else { return nil }
        let gate = PeerHash(.unleashRollout, seed: group)
        if let enabled = members["enabled"] {
            guard let (on, off) = readEnabled(enabled, arms) else { return nil }
            var end = rollout
            if let value = members["rollout"] {
                guard areBare(arms, beside: "rollout", value) else { return nil }
            } else {
                guard let ends = arms.ends(of: 100) else {
                    report(
                        enabled.place, "Unleash rolls out by whole percents",
                        "write rollout: and a whole number from 0 to 100")
                    return nil
                }
                end = on == 0 ? ends[0] : 100 - ends[0]
            }
            let ranges = [
                ArmRange(arm: on, from: 0, to: end), ArmRange(arm: off, from: end, to: 100),
            ].filter { $0.from < $0.to }
            return compatibility(.unleash, at: node.place, arms, gate, ranges)
        }
        guard let ends = readUnleashWeights(members["weights"], arms, at: node.place),
            let sum = ends.last
        else { return nil }
        guard sum > 0 else {
            report(node.place, "the weights add up to 0", "give an arm a weight")
            return nil
        }
        let hash = PeerHash(.unleashVariants(weight: sum), seed: variants)
        return compatibility(
            .unleash, at: node.place, arms,
            gates: rollout == 100 ? [] : [.init(gate, passing: [0..<rollout])], hash,
            [ArmRange](ends: ends))
    }

    /// Whole percents: n is within, from 1 to 100, if it is not above.
    private mutating func readUnleashRollout(_ node: CatalogNode) -> UInt64? {
        if let percentage = readPercentage(node, "the rollout") {
            if let whole = UInt64(exactly: percentage) { return whole }
            report(
                node.place, "the rollout \(percentage) is no whole percentage",
                "write a whole number from 0 to 100: Unleash knows no other")
        }
        return nil
    }

    private mutating func readUnleashWeights(
        _ node: CatalogNode?, _ arms: PeerArms, at place: Place
    ) -> [UInt64]? {
        guard let node else {
            if let ends = arms.ends(of: 1_000) { return ends }
            report(
                place,
                arms.shares == nil
                    ? "nothing says how the arms are dealt"
                    : "Unleash's weights are thousandths, and a share is none",
                "write weights: [500, 500], or shares of at most one decimal")
            return nil
        }
        let limit = 0...CatalogReader.unleashWeightLimit
        let weights = readForEachArm(node, "weights", arms) { reader, element in
            reader.readWhole(element, "a weight", limit)
        }
        guard let weights else { return nil }
        let ends = weights.cumulative
        if let sum = ends.last, sum > CatalogReader.unleashWeightLimit {
            report(
                node.place, "the weights add up to \(sum)",
                "at most \(CatalogReader.unleashWeightLimit) are possible")
            return nil
        }
        return ends
    }
}

extension [Int64] {
    /// The sums up to and with each; none is negative, and they fit.
    var cumulative: [UInt64] {
        var sum: UInt64 = 0
        return map {
            sum += UInt64($0)
            return sum
        }
    }
}
