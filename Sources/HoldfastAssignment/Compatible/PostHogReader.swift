internal import HoldfastFormats

/// PostHog: fractions of 1 by 60 bits of SHA-1, closed at the end for a rollout and half-open for
/// variants.
///
///     compatible: {with: posthog, key: my-flag, rollout: 80, variants: [50, 50], holdout: 10}
///     compatible: {with: posthog, key: my-flag, enabled: treatment, rollout: 50}
///
/// A holdout comes first: who is in it gets no variant, and is not enrolled.
extension CatalogReader {
    mutating func readPostHog(_ node: CatalogNode, _ arms: PeerArms) -> Compatibility? {
        let known = ["with", "key", "rollout", "variants", "holdout", "enabled"]
        guard let members = members(of: node, "PostHog's rule", known: known) else { return nil }
        let key = readSeed("key", of: members, default: arms.experiment.text, at: node.place)
        let rollout = members["rollout"].map { readPercentage($0, "the rollout") } ?? 100
        let holdout = members["holdout"].map { readPercentage($0, "the holdout") } ?? 0
        guard let key, let rollout, let holdout else { return nil }
        var gates: [Compatibility.Gate] = []
        if members["holdout"] != nil {
            let hash = PeerHash(.posthogHoldout, seed: "")
            gates.append(.init(hash, passing: [hash.firstBeyond(holdout)..<hash.count]))
        }
        let gate = PeerHash(.posthogRollout, seed: key)
        if let enabled = members["enabled"] {
            if let list = members["variants"] {
                report(
                    list.place, "\"variants\" and \"enabled\" both deal the arms",
                    "keep one of the two")
                return nil
            }
            guard let (on, off) = readEnabled(enabled, arms) else { return nil }
            if let value = members["rollout"] {
                guard areBare(arms, beside: "rollout", value) else { return nil }
            }
            let said = members["rollout"] == nil ? arms.shares?[on].percentage : rollout
            guard let said else {
                report(
                    node.place, "the key \"rollout\" is missing",
                    "write rollout: 50, or the arms' shares")
                return nil
            }
            let end = gate.firstBeyond(said)
            let ranges = [
                ArmRange(arm: on, from: 0, to: end), ArmRange(arm: off, from: end, to: gate.count),
            ].filter { $0.from < $0.to }
            return compatibility(.posthog, at: node.place, arms, gates: gates, gate, ranges)
        }
        guard let percentages = readPostHogVariants(members["variants"], arms, at: node.place)
        else { return nil }
        if rollout < 100 { gates.append(.init(gate, passing: [0..<gate.firstBeyond(rollout)])) }
        let hash = PeerHash(.posthogVariants, seed: key)
        var sum = 0.0
        let ends = percentages.map { percentage in
            sum += percentage / 100
            return hash.firstBucket { PeerHash.fraction($0) >= sum }
        }
        return compatibility(
            .posthog, at: node.place, arms, gates: gates, hash, [ArmRange](ends: ends))
    }

    private mutating func readPostHogVariants(
        _ node: CatalogNode?, _ arms: PeerArms, at place: Place
    ) -> [Double]? {
        guard let node else {
            if let shares = arms.shares { return shares.map(\.percentage) }
            report(
                place, "nothing says how the arms are dealt",
                "write variants: [50, 50], or the arms' shares")
            return nil
        }
        return readForEachArm(node, "variants", arms) { reader, element in
            reader.readPercentage(element, "a variant's percentage")
        }
    }
}

extension PeerHash {
    /// 60 bits as a fraction of 1, as a double: the greatest is 1 itself.
    ///
    /// The divisor is the greatest 60-bit number, which as a double is 2^60.
    static func fraction(_ bucket: UInt64) -> Double { Double(bucket) / 0x1p60 }

    /// The first of 60-bit buckets beyond a percentage, whose end belongs to it.
    fileprivate func firstBeyond(_ percentage: Double) -> UInt64 {
        percentage == 100 ? count : firstBucket { PeerHash.fraction($0) > percentage / 100 }
    }
}
