internal import HoldfastFormats

/// The arms that a peer's rule deals to.
struct PeerArms {
    /// The experiment, whose name is the peer's key where none is written.
    let experiment: Name
    /// The arms in order.
    let names: [Name]
    /// Their shares, or `nil` where they are written as bare names.
    let shares: [Share]?

    var count: Int { names.count }

    /// The shares as fractions of 1.
    var fractions: [Double]? { shares?.map(\.fraction) }

    /// The shares laid end to end in so many parts; `nil` where an end is no whole part.
    func ends(of whole: UInt64) -> [UInt64]? {
        guard let shares else { return nil }
        var sum: UInt64 = 0
        var ends: [UInt64] = []
        for share in shares {
            sum += UInt64(share.millionths)
            guard (sum * whole).isMultiple(of: 1_000_000) else { return nil }
            ends.append(sum * whole / 1_000_000)
        }
        return ends
    }
}

/// Another system's rule: `compatible: {with: growthbook, …}`, in that system's own words.
extension CatalogReader {
    /// Reads `compatible`. Arms come with shares, or as bare names where the rule itself says how
    /// they are dealt.
    mutating func readCompatibility(
        _ node: CatalogNode, experiment: Name, arms: [Name], shares: [Share]?
    ) -> Compatibility? {
        let known = PeerSystem.allCases.map(\.rawValue).joined(separator: ", ")
        guard case .mapping = node.content else {
            report(
                node.place, "\"compatible\" is \(node.kind)",
                "write a map, as compatible: {with: growthbook, hashVersion: 2}")
            return nil
        }
        guard let with = node.member("with") else {
            report(
                node.place, "\"compatible\" does not say with which system",
                "write with: and one of \(known)")
            return nil
        }
        guard let system = with.text.flatMap(PeerSystem.init(rawValue:)) else {
            report(
                with.place, "\(with.kind) is no system whose dealing is known", "known: \(known)")
            return nil
        }
        let peer = PeerArms(experiment: experiment, names: arms, shares: shares)
        let before = problems.count
        let rule = read(system, node, peer)
        return problems.count == before ? rule : nil
    }

    private mutating func read(
        _ system: PeerSystem, _ node: CatalogNode, _ arms: PeerArms
    ) -> Compatibility? {
        switch system {
        case .growthbook: readGrowthBook(node, arms)
        case .unleash: readUnleash(node, arms)
        case .flagd: readFlagd(node, arms)
        case .eppo: readEppo(node, arms)
        case .statsig: readStatsig(node, arms)
        case .planout: readPlanOut(node, arms)
        case .optimizely: readOptimizely(node, arms)
        case .posthog: readPostHog(node, arms)
        }
    }

    /// The rule put together, or a report of why it cannot be dealt by.
    mutating func compatibility(
        _ system: PeerSystem, at place: Place, _ arms: PeerArms, gates: [Compatibility.Gate] = [],
        _ hash: PeerHash, _ ranges: [ArmRange], conditions: [[Compatibility.Gate]] = []
    ) -> Compatibility? {
        do throws(Compatibility.Fault) {
            return try Compatibility(
                system, arms: arms.count, gates: gates, hash: hash,
                ranges: ranges, conditions: conditions)
        } catch {
            switch error {
            case .empty:
                report(
                    place, "no unit at all would be in an arm",
                    "look for a coverage, a rollout, weights or ranges of 0")
            case .tooManyCombinations:
                report(
                    place, "the shards of the splits have too many combinations to count",
                    "write one salt for the traffic and one for the arms")
            }
            return nil
        }
    }

    /// Whether the arms are bare names, as they must be where another key says how they are dealt.
    mutating func areBare(_ arms: PeerArms, beside key: String, _ node: CatalogNode) -> Bool {
        guard arms.shares != nil else { return true }
        report(
            node.place, "the arms have shares, and \"\(key)\" deals them too",
            "write the arms as bare names: [\(arms.names.map(\.text).joined(separator: ", "))]")
        return false
    }

    /// The places of the arm for which a peer's switch is on, and of the other one.
    mutating func readEnabled(
        _ node: CatalogNode, _ arms: PeerArms
    ) -> (on: Int, off: Int)? {
        let names = arms.names.map(\.text).joined(separator: ", ")
        guard arms.count == 2 else {
            report(
                node.place, "\"enabled\" names the arm that is switched on, of \(arms.count)",
                "declare two arms, or say how each is dealt")
            return nil
        }
        guard let on = arms.names.firstIndex(where: { $0.text == node.text }) else {
            report(
                node.place, "\"enabled\" names \(node.kind), which is no arm", "declared: \(names)")
            return nil
        }
        return (on, 1 - on)
    }
}

extension PeerHash {
    /// The least bucket from which on a comparison holds, as it does for every greater one; the
    /// count of buckets where it holds for none.
    func firstBucket(where holds: (UInt64) -> Bool) -> UInt64 {
        var low: UInt64 = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension [ArmRange] {
    /// Arms in order, each up to an end, and from the one before.
    init(ends: [UInt64]) {
        self = zip(ends.indices, zip([0] + ends, ends)).map { arm, range in
            ArmRange(arm: arm, from: range.0, to: range.1)
        }.filter { $0.from < $0.to }
    }
}
