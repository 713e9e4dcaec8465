internal import HoldfastFormats

/// Holdouts, layers and experiments, each from its map.
extension CatalogReader {
    static let armLimit = 100
    static let featureLimit = 1_000
    static let overrideLimit = 10_000

    mutating func readHoldout(_ name: Name, _ node: CatalogNode) -> Holdout? {
        let known = ["unit", "share", "covers"]
        guard let members = members(of: node, "a holdout", known: known) else { return nil }
        let unit = readName(
            "unit", of: members, at: node.place, "say what is withheld, as unit: customer")
        var share: Share?
        if let value = members["share"] {
            share = readShare(value)
        } else {
            report(node.place, "the key \"share\" is missing", "say how many, as share: 2%")
        }
        var covers = Holdout.Coverage.all
        if let value = members["covers"], value.text != "all" {
            guard let names = readNames(value, "covers") else { return nil }
            covers = .only(names)
        }
        guard let unit, let share else { return nil }
        return Holdout(name: name, unit: unit, share: share, covers: covers)
    }

    mutating func readLayer(_ name: Name, _ node: CatalogNode) -> Layer? {
        guard let members = members(of: node, "a layer", known: ["unit"]) else { return nil }
        let unit = readName(
            "unit", of: members, at: node.place, "say whose units, as unit: customer")
        return unit.map { Layer(name: name, unit: $0) }
    }

    mutating func readExperiment(_ name: Name, _ node: CatalogNode) -> Experiment? {
        let known =
            [
                "description", "unit", "cluster", "layer", "traffic", "eligible", "arms",
                "overrides",
                "starts", "ends", "washout", "interferes", "outcome", "features", "split",
                "agreement",
            ] + CatalogReader.methodKeys
        guard let members = members(of: node, "an experiment", known: known) else { return nil }
        let unit = readName(
            "unit", of: members, at: node.place, "say what is dealt, as unit: customer")
        let dealing = readMethod(of: members, experiment: name, at: node.place)
        let arms = dealing?.arms
        var experiment = Experiment(
            name: name, description: nil, unit: unit ?? name, cluster: nil, slice: nil,
            traffic: .all, eligible: nil, method: dealing?.method ?? .shares, arms: arms ?? [],
            overrides: [:], starts: nil, ends: nil,
            washout: .zero, interferes: .all, outcome: nil, features: [],
            split: CatalogReader.defaultSplit, agreement: .undeclared)
        if let value = members["description"], !value.isNull {
            experiment.description = value.text
            if value.text == nil {
                report(value.place, "the description is \(value.kind)", "write a text")
            }
        }
        experiment.cluster = members["cluster"].flatMap { readName($0) }
        experiment.slice = members["layer"].flatMap { readSlice($0) }
        experiment.traffic = members["traffic"].flatMap { readShare($0) } ?? .all
        experiment.eligible = members["eligible"].flatMap { readRule($0) }
        experiment.overrides = members["overrides"].map { readOverrides($0, arms: arms) } ?? [:]
        experiment.starts = members["starts"].flatMap { readTime($0) }
        experiment.ends = members["ends"].flatMap { readTime($0) }
        if let starts = experiment.starts, let ends = experiment.ends, let node = members["ends"],
            ends <= starts
        {
            report(
                node.place, "the experiment ends at \(ends), not after its start at \(starts)",
                "put the end after the start")
        }
        experiment.washout = members["washout"].flatMap { readSpan($0, "the washout") } ?? .zero
        experiment.interferes = members["interferes"].flatMap { readInterference($0) } ?? .all
        experiment.outcome = members["outcome"].flatMap { readOutcome($0) }
        experiment.features =
            members["features"].map { readFeatures($0, outcome: experiment.outcome) } ?? []
        if let value = members["split"] { experiment.split = readSplit(value) ?? [] }
        if let value = members["agreement"] { experiment.agreement = readAgreement(value) }
        return unit == nil || arms == nil ? nil : experiment
    }

    private static let defaultSplit = [
        Experiment.SplitPart(name: Name(literal: "train"), share: Share(millionths: 800_000)),
        Experiment.SplitPart(name: Name(literal: "eval"), share: Share(millionths: 200_000)),
    ]

    /// The most folds of a split.
    static let foldLimit = 100

    /// `{folds: 5}`: parts of equal shares, `fold-1` to `fold-5`.
    private mutating func readFolds(_ node: CatalogNode) -> [Experiment.SplitPart]? {
        let number = node.number?.double ?? 0
        guard number == number.rounded(), (2...Double(CatalogReader.foldLimit)).contains(number)
        else {
            report(
                node.place, "the number of folds is \(node.kind)",
                "write a whole number from 2 to \(CatalogReader.foldLimit), as split: {folds: 5}")
            return nil
        }
        let count = Int(number)
        return (1...count).map { fold in
            let share = fold * 1_000_000 / count - (fold - 1) * 1_000_000 / count
            return Experiment.SplitPart(
                name: Name.fold(fold), share: Share(millionths: share))
        }
    }

    private mutating func readSplit(_ node: CatalogNode) -> [Experiment.SplitPart]? {
        if case .mapping(let entries) = node.content, entries.count == 1,
            entries[0].key.text == "folds"
        {
            return readFolds(entries[0].value)
        }
        guard case .mapping(let entries) = node.content, !entries.isEmpty else {
            report(node.place, "the split is \(node.kind)", "write split: {train: 80%, eval: 20%}")
            return nil
        }
        guard entries.count <= CatalogReader.armLimit else {
            report(
                node.place, "the split has \(entries.count) parts",
                "at most \(CatalogReader.armLimit) are possible")
            return nil
        }
        return readShares(entries, at: node.place, "part")?.map {
            Experiment.SplitPart(name: $0.name, share: $0.share)
        }
    }

    private mutating func readSlice(_ node: CatalogNode) -> Experiment.Slice? {
        let hint = "write layer: {name: lending, from: 0%, to: 60%}"
        guard let members = members(of: node, "a layer's slice", known: ["name", "from", "to"])
        else {
            return nil
        }
        let layer = readName("name", of: members, at: node.place, hint)
        guard let fromNode = members["from"], let toNode = members["to"] else {
            report(node.place, "the slice has no \"from\" or no \"to\"", hint)
            return nil
        }
        let from = readShare(fromNode)
        let to = readShare(toNode)
        guard let layer, let from, let to else { return nil }
        guard from < to else {
            report(
                toNode.place, "the slice ends at \(to), not after its beginning at \(from)", hint)
            return nil
        }
        return Experiment.Slice(layer: layer, from: from, to: to)
    }

    private mutating func readOverrides(
        _ node: CatalogNode, arms: [Experiment.Arm]?
    ) -> [UnitID: Name] {
        guard case .mapping(let entries) = node.content else {
            report(
                node.place, "overrides is \(node.kind)",
                "write overrides: {customer-0001: treatment}")
            return [:]
        }
        if entries.count > CatalogReader.overrideLimit {
            report(
                node.place, "there are \(entries.count) overrides",
                "at most \(CatalogReader.overrideLimit) are possible: they are for testers")
            return [:]
        }
        var overrides: [UnitID: Name] = [:]
        for (key, value) in entries.map({ ($0.key, $0.value) }) {
            guard let text = key.text, let unit = UnitID(text) else {
                report(
                    key.place, "an override's unit has \(key.text?.utf8.count ?? 0) bytes",
                    "a unit has 1 to \(UnitID.byteLimit) bytes")
                continue
            }
            guard let arm = readName(value) else { continue }
            if let arms, !arms.contains(where: { $0.name == arm }) {
                report(
                    value.place, "the override names the arm \"\(arm)\", which is not declared",
                    "declared: \(arms.map(\.name.text).joined(separator: ", "))")
            }
            overrides[unit] = arm
        }
        return overrides
    }

    private mutating func readInterference(_ node: CatalogNode) -> Experiment.Interference? {
        switch node.text {
        case "all": .all
        case "none": .only([])
        default: readNames(node, "interferes").map { .only($0) }
        }
    }

    private mutating func readOutcome(_ node: CatalogNode) -> Experiment.Outcome? {
        let hint = "write outcome: {name: defaulted, horizon: 90d, absent: unknown}"
        let known = ["name", "horizon", "absent"]
        guard let members = members(of: node, "an outcome", known: known) else { return nil }
        let name = readName("name", of: members, at: node.place, hint)
        guard let horizonNode = members["horizon"] else {
            report(node.place, "the key \"horizon\" is missing", hint)
            return nil
        }
        let horizon = readSpan(horizonNode, "the horizon")
        if let horizon, horizon == .zero {
            report(horizonNode.place, "the horizon is 0", "say how long the outcome takes to form")
        }
        if let name, Experiment.reservedColumns.contains(name.text.lowercased()),
            name.text != "label"
        {
            report(
                members["name"]?.place ?? node.place,
                "the outcome's name \"\(name)\" is that of a column",
                "choose another; taken: \(Experiment.reservedColumns.joined(separator: ", "))")
        }
        var absent: Double?
        if let value = members["absent"], value.text != "unknown" {
            if let boolean = value.boolean {
                absent = boolean ? 1 : 0
            } else if let number = value.number?.double {
                absent = number
            } else {
                report(
                    value.place, "what an absent outcome means is \(value.kind)",
                    "write unknown, a number, true or false")
            }
        }
        guard let name, let horizon else { return nil }
        return Experiment.Outcome(name: name, horizon: horizon, absent: absent)
    }

    private mutating func readFeatures(
        _ node: CatalogNode, outcome: Experiment.Outcome?
    ) -> [Experiment.Feature] {
        guard case .mapping(let entries) = node.content else {
            report(node.place, "features is \(node.kind)", "write features: {income: number}")
            return []
        }
        if entries.count > CatalogReader.featureLimit {
            report(
                node.place, "there are \(entries.count) features",
                "at most \(CatalogReader.featureLimit) are possible")
            return []
        }
        var features: [Experiment.Feature] = []
        for (key, value) in entries.map({ ($0.key, $0.value) }) {
            guard let name = readName(key) else { continue }
            // Columns are compared without case by SQL engines.
            let column = name.text.lowercased()
            if Experiment.reservedColumns.contains(column)
                || column == outcome?.name.text.lowercased()
            {
                report(
                    key.place,
                    "the feature \"\(name)\" has the name of a column of the retraining set",
                    "rename it; taken: \(Experiment.reservedColumns.joined(separator: ", "))")
            }
            if features.contains(where: { $0.name.text.lowercased() == column }) {
                report(key.place, "the feature \"\(name)\" is there twice", "keep one of the two")
            }
            guard let text = value.text, let type = FeatureType(rawValue: text) else {
                report(
                    value.place, "the feature \"\(name)\" is of type \(value.kind)",
                    "known: \(FeatureType.allCases.map(\.rawValue).joined(separator: ", "))")
                continue
            }
            features.append(Experiment.Feature(name: name, type: type))
        }
        return features
    }
}
