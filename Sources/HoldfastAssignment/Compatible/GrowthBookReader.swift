internal import HoldfastFormats

/// GrowthBook: `hash(seed, unit)` as a fraction of 1, and half-open ranges of it.
///
///     compatible: {with: growthbook, hashVersion: 2, key: my-test, encoding: utf-16, coverage: 80%,
///                  weights: [0.5, 0.5], namespace: {id: pricing, from: 0, to: 0.4}}
///     compatible: {with: growthbook, key: my-flag, enabled: treatment, coverage: 50%}
///
/// As SDK specification 0.8.0 has it, with the reference SDK's arithmetic. Every fraction that the
/// hash can be is compared as that SDK compares it.
extension CatalogReader {
    mutating func readGrowthBook(_ node: CatalogNode, _ arms: PeerArms) -> Compatibility? {
        let known = [
            "with", "hashVersion", "key", "seed", "encoding", "coverage", "weights", "ranges",
            "namespace", "filters", "enabled", "range",
        ]
        guard let members = members(of: node, "GrowthBook's rule", known: known) else { return nil }
        let version = members["hashVersion"].map { readWhole($0, "the hash's version", 1...2) } ?? 1
        let encoding = readEncoding(members["encoding"])
        let key = readSeed("key", of: members, default: arms.experiment.text, at: node.place)
        let seed = readSeed("seed", of: members, default: "", at: node.place)
        guard let version, let encoding, let key, let seed else { return nil }
        let hash = PeerHash(
            version == 1 ? .growthbook1(encoding) : .growthbook2(encoding),
            seed: seed.isEmpty ? key : seed)
        guard let gates = readGrowthBookGates(members, encoding) else { return nil }
        guard let coverage = readGrowthBookCoverage(members["coverage"]) else { return nil }
        let ranges: [ArmRange]?
        if let enabled = members["enabled"] {
            ranges = readGrowthBookRollout(enabled, members, coverage, arms, hash)
        } else if let range = members["range"] {
            report(
                range.place,
                "\"range\" says for which units a flag is on, and no arm is \"enabled\"",
                "name that arm, as enabled: treatment, or write ranges: one for each arm")
            return nil
        } else if let value = members["ranges"] {
            // Explicit ranges make coverage and weights void.
            ranges = readForEachArm(value, "ranges", arms) { reader, element in
                reader.readFractionRange(element)
            }.flatMap { checkOverlap($0.map { hash.buckets(from: $0.from, to: $0.to) }, value) }
        } else {
            guard let weights = readGrowthBookWeights(members["weights"], arms) else { return nil }
            ranges = hash.growthBookRanges(weights: weights, coverage: coverage)
        }
        guard let ranges else { return nil }
        return compatibility(.growthbook, at: node.place, arms, gates: gates, hash, ranges)
    }

    /// A fraction that is clamped to 0 and 1 where it is used. A percentage without its sign would
    /// be clamped too, and is refused.
    private mutating func readGrowthBookCoverage(_ node: CatalogNode?) -> Double? {
        guard let node else { return 1 }
        guard let coverage = readFraction(node, "the coverage") else { return nil }
        guard coverage < 2 else {
            report(
                node.place, "the coverage is \(coverage)", "write a fraction of 1, as 0.8, or 80%")
            return nil
        }
        return coverage
    }

    private mutating func readEncoding(_ node: CatalogNode?) -> PeerHash.Encoding? {
        guard let node else { return .utf16 }
        if let encoding = node.text.flatMap(PeerHash.Encoding.init(rawValue:)) { return encoding }
        report(
            node.place, "the encoding is \(node.kind)",
            "write utf-16 (JavaScript, Python from 4.0), utf-8 (Go, PHP, Ruby, Rust, Swift) or code-points (Python before 4.0)"
        )
        return nil
    }

    /// One weight an arm. Weights that GrowthBook cannot use it replaces by equal ones.
    private mutating func readGrowthBookWeights(
        _ node: CatalogNode?, _ arms: PeerArms
    ) -> [Double]? {
        let equal = arms.names.map { _ in 1 / Double(arms.count) }
        guard let node else { return arms.fractions ?? equal }
        guard areBare(arms, beside: "weights", node),
            let elements = elements(of: node, "\"weights\"", limit: CatalogReader.armLimit)
        else { return nil }
        var weights: [Double] = []
        for element in elements {
            guard let weight = readFraction(element, "a weight") else { return nil }
            guard weight >= 0 else {
                report(
                    element.place, "the weight \(weight) is negative",
                    "write the weights that units were dealt by: GrowthBook's SDKs disagree on this one"
                )
                return nil
            }
            weights.append(weight)
        }
        let sum = weights.reduce(0, +)
        return weights.count == arms.count && sum >= 0.99 && sum <= 1.01 ? weights : equal
    }

    /// A flag that is on for a part of the units, and off for the others.
    private mutating func readGrowthBookRollout(
        _ node: CatalogNode, _ members: [String: CatalogNode], _ coverage: Double,
        _ arms: PeerArms, _ hash: PeerHash
    ) -> [ArmRange]? {
        for key in ["weights", "ranges"] {
            if let other = members[key] {
                report(
                    other.place, "\"\(key)\" and \"enabled\" both deal the arms",
                    "keep one of the two")
                return nil
            }
        }
        guard let (on, off) = readEnabled(node, arms) else { return nil }
        let isSaid = members["range"] != nil || members["coverage"] != nil
        let place = members["range"] ?? members["coverage"] ?? node
        guard !isSaid || areBare(arms, beside: "enabled", place) else { return nil }
        if let value = members["range"] {
            guard let range = readFractionRange(value) else { return nil }
            let buckets = hash.buckets(from: range.from, to: range.to)
            return [
                ArmRange(arm: off, from: 0, to: buckets.lowerBound),
                ArmRange(arm: on, from: buckets.lowerBound, to: buckets.upperBound),
                ArmRange(arm: off, from: buckets.upperBound, to: hash.count),
            ].filter { $0.from < $0.to }
        }
        let share = members["coverage"] == nil ? arms.fractions?[on] : coverage
        guard let share else {
            report(
                node.place, "the coverage is missing", "write coverage: 50%, or the arms' shares")
            return nil
        }
        // The end belongs to it, and yet none of it is none.
        let end =
            share == 0 ? 0 : hash.firstBucket { Double($0) / Double(hash.count) > share }
        return [
            ArmRange(arm: on, from: 0, to: end), ArmRange(arm: off, from: end, to: hash.count),
        ].filter { $0.from < $0.to }
    }

    /// Filters, or else the namespace, which they make void.
    private mutating func readGrowthBookGates(
        _ members: [String: CatalogNode], _ encoding: PeerHash.Encoding
    ) -> [Compatibility.Gate]? {
        if let node = members["filters"] {
            let elements = elements(of: node, "\"filters\"", limit: CatalogReader.peerGateLimit)
            guard let elements else { return nil }
            let gates = elements.compactMap { readGrowthBookFilter($0, encoding) }
            return gates.count == elements.count ? gates : nil
        }
        guard let node = members["namespace"] else { return [] }
        var parts: [CatalogNode] = []
        let hint = "write namespace: {id: pricing, from: 0, to: 0.4}"
        if case .sequence(let elements) = node.content {
            parts = elements
        } else {
            let keys = ["id", "from", "to"]
            let members = self.members(of: node, "a namespace", known: keys)
            guard let members else { return nil }
            parts = keys.compactMap { members[$0] }
        }
        guard parts.count == 3 else {
            report(node.place, "the namespace lacks its id, its beginning or its end", hint)
            return nil
        }
        let id = readSeed("id", of: ["id": parts[0]], default: nil, at: node.place)
        let ends = CatalogNode(content: .sequence(Array(parts[1...])), place: node.place)
        guard let id, let range = readFractionRange(ends) else { return nil }
        let hash = PeerHash(.growthbook1(encoding), seed: "__" + id)
        return [Compatibility.Gate(hash, passing: [hash.buckets(from: range.from, to: range.to)])]
    }

    private mutating func readGrowthBookFilter(
        _ node: CatalogNode, _ encoding: PeerHash.Encoding
    ) -> Compatibility.Gate? {
        let known = ["seed", "ranges", "hashVersion"]
        guard let members = members(of: node, "a filter", known: known) else { return nil }
        let version = members["hashVersion"].map { readWhole($0, "the hash's version", 1...2) } ?? 2
        let seed = readSeed("seed", of: members, default: "", at: node.place)
        guard let list = members["ranges"] else {
            report(node.place, "the filter has no ranges", "write ranges: [[0, 0.4]]")
            return nil
        }
        guard let version, let seed,
            let elements = elements(
                of: list, "a filter's ranges", limit: CatalogReader.peerRangeLimit)
        else { return nil }
        let hash = PeerHash(
            version == 1 ? .growthbook1(encoding) : .growthbook2(encoding), seed: seed)
        var passing: [Range<UInt64>] = []
        for element in elements {
            guard let range = readFractionRange(element) else { return nil }
            passing.append(hash.buckets(from: range.from, to: range.to))
        }
        return Compatibility.Gate(hash, passing: passing)
    }

    private mutating func checkOverlap(
        _ ranges: [Range<UInt64>], _ node: CatalogNode
    ) -> [ArmRange]? {
        for (index, range) in ranges.enumerated() {
            guard !ranges[..<index].contains(where: { $0.overlaps(range) }) else {
                report(
                    node.place, "the ranges of two arms overlap", "give each bucket to one arm")
                return nil
            }
        }
        return ranges.enumerated().map { arm, range in
            ArmRange(arm: arm, from: range.lowerBound, to: range.upperBound)
        }.filter { $0.from < $0.to }
    }
}

extension PeerHash {
    /// The buckets whose fraction of 1 is at least `from` and below `to`.
    func buckets(from: Double, to: Double) -> Range<UInt64> {
        func first(_ bound: Double) -> UInt64 {
            firstBucket { Double($0) / Double(count) >= bound }
        }
        let start = first(from)
        return start..<max(start, first(to))
    }

    /// GrowthBook's ranges of arms with these weights: each covers the first part of its own.
    func growthBookRanges(weights: [Double], coverage: Double) -> [ArmRange] {
        let coverage = min(max(coverage, 0), 1)
        var start = 0.0
        var ranges: [ArmRange] = []
        for (arm, weight) in weights.enumerated() {
            let buckets = buckets(from: start, to: start + coverage * weight)
            start += weight
            guard !buckets.isEmpty else { continue }
            ranges.append(ArmRange(arm: arm, from: buckets.lowerBound, to: buckets.upperBound))
        }
        return ranges
    }
}
