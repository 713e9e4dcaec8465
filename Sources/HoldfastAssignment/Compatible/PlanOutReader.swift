internal import HoldfastFormats

/// PlanOut: random operators on 60 bits of SHA-1, and namespaces of segments.
///
///     compatible: {with: planout, salt: my-experiment, parameter: arm, operator: WeightedChoice, weights: [1, 3]}
///     compatible: {with: planout, parameter: arm, operator: UniformChoice,
///                  namespace: {name: ns, segments: 1000, experiment: exp, history: [{add: exp, segments: 100}]}}
///
/// The arms are the choices, in order. Where the unit is several values, the id is these joined by
/// dots.
extension CatalogReader {
    private enum Operator: String, CaseIterable {
        case weightedChoice = "WeightedChoice"
        case uniformChoice = "UniformChoice"
        case bernoulliTrial = "BernoulliTrial"
    }

    mutating func readPlanOut(_ node: CatalogNode, _ arms: PeerArms) -> Compatibility? {
        let known = [
            "with", "salt", "parameter", "fullSalt", "operator", "weights", "p", "namespace",
        ]
        guard let members = members(of: node, "PlanOut's rule", known: known) else { return nil }
        let word = members["operator"]
        guard
            let name = word.map({ $0.text.flatMap(Operator.init(rawValue:)) }) ?? .weightedChoice
        else {
            report(
                word?.place ?? node.place, "the operator is \(word?.kind ?? "missing")",
                "known: \(Operator.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        var gates: [Compatibility.Gate] = []
        var standard = arms.experiment.text
        if let value = members["namespace"] {
            guard let namespace = readPlanOutNamespace(value, arms) else { return nil }
            gates = [namespace.gate]
            standard = namespace.salt
        }
        guard let seed = readPlanOutSeed(members, default: standard, at: node.place) else {
            return nil
        }
        for (key, owner) in [("weights", Operator.weightedChoice), ("p", .bernoulliTrial)] {
            if let value = members[key], name != owner {
                report(
                    value.place, "\(name.rawValue) has no \"\(key)\"",
                    "remove it, or write operator: \(owner.rawValue)")
                return nil
            }
        }
        let hash: PeerHash
        let ranges: [ArmRange]?
        switch name {
        case .uniformChoice:
            hash = PeerHash(.planoutChoice(count: UInt64(arms.count)), seed: seed)
            ranges =
                areBare(arms, beside: "UniformChoice", word ?? node)
                ? [ArmRange](ends: arms.names.indices.map { UInt64($0) + 1 }) : nil
        case .weightedChoice:
            hash = PeerHash(.planout, seed: seed)
            ranges = readPlanOutWeights(members["weights"], arms, at: node.place).map {
                hash.weightedChoice($0)
            }
        case .bernoulliTrial:
            hash = PeerHash(.planout, seed: seed)
            ranges = readPlanOutTrial(members["p"], arms, at: node.place).map { chance in
                // The result 1 is the second arm's, and the end belongs to it.
                let end = hash.firstBucket { PeerHash.fraction($0) > chance }
                return [
                    ArmRange(arm: 1, from: 0, to: end),
                    ArmRange(arm: 0, from: end, to: hash.count),
                ].filter { $0.from < $0.to }
            }
        }
        guard let ranges else { return nil }
        return compatibility(.planout, at: node.place, arms, gates: gates, hash, ranges)
    }

    private mutating func readPlanOutSeed(
        _ members: [String: CatalogNode], default standard: String, at place: Place
    ) -> String? {
        if let full = members["fullSalt"] {
            for key in ["salt", "parameter"] {
                if let other = members[key] {
                    report(
                        other.place, "\"\(key)\" has no effect beside \"fullSalt\"",
                        "keep one of the two")
                    return nil
                }
            }
            return readSeed("fullSalt", of: members, default: nil, at: full.place)
        }
        let salt = readSeed("salt", of: members, default: standard, at: place)
        let parameter = readSeed("parameter", of: members, default: nil, at: place)
        guard let salt, let parameter else { return nil }
        return salt + "." + parameter
    }

    private mutating func readPlanOutWeights(
        _ node: CatalogNode?, _ arms: PeerArms, at place: Place
    ) -> [Double]? {
        guard let node else {
            if let fractions = arms.fractions { return fractions }
            report(
                place, "nothing says how the arms are dealt",
                "write weights: [1, 3], or the arms' shares")
            return nil
        }
        return readForEachArm(node, "weights", arms) { reader, element in
            guard let weight = reader.readFraction(element, "a weight") else { return nil }
            guard weight >= 0, weight <= 1e15 else {
                reader.report(
                    element.place, "the weight is \(element.kind)",
                    "write a number that is not negative")
                return nil
            }
            return weight
        }
    }

    private mutating func readPlanOutTrial(
        _ node: CatalogNode?, _ arms: PeerArms, at place: Place
    ) -> Double? {
        guard arms.count == 2 else {
            report(
                place, "a BernoulliTrial has two results, and there are \(arms.count) arms",
                "declare two: that of the result 0, and that of 1")
            return nil
        }
        guard let node else {
            if let fractions = arms.fractions { return fractions[1] }
            report(place, "the key \"p\" is missing", "write p: 0.5, or the arms' shares")
            return nil
        }
        guard areBare(arms, beside: "p", node), let chance = readFraction(node, "p") else {
            return nil
        }
        guard (0...1).contains(chance) else {
            report(node.place, "p is \(chance)", "write a number from 0 to 1")
            return nil
        }
        return chance
    }
}

extension PeerHash {
    /// The ranges of a weighted choice: the first whose cumulative weight is not below the uniform
    /// number times the sum.
    func weightedChoice(_ weights: [Double]) -> [ArmRange] {
        var sums: [Double] = []
        for weight in weights { sums.append((sums.last ?? 0) + weight) }
        guard let whole = sums.last, whole > 0 else { return [] }
        return [ArmRange](
            ends: sums.map { sum in firstBucket { PeerHash.fraction($0) * whole > sum } })
    }
}
