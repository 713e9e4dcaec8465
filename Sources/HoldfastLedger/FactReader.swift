public import HoldfastAssignment
public import HoldfastFormats

/// Reads what producers send, from HTTP or files, into facts; every item is taken or refused by
/// itself.
///
///     let reader = FactReader(catalog: catalog, knownArms: [:], now: now)
///     try reader.decision(["experiment": "credit-limit", "unit": "customer-1", "cluster": "h-1"])
public struct FactReader: Sendable {
    /// The catalog in force.
    public let catalog: Catalog
    /// Every arm that an experiment ever had.
    public let knownArms: [Name: Set<Name>]
    /// The time of an item that does not state its own.
    public let now: Timestamp

    /// The most attributes and features that one item may have.
    public static let memberLimit = 1_000
    /// The most bytes that the name of an attribute may have.
    public static let attributeNameByteLimit = 256

    public init(catalog: Catalog, knownArms: [Name: Set<Name>], now: Timestamp) {
        self.catalog = catalog
        self.knownArms = knownArms
        self.now = now
    }

    private static let candidateMembers = [
        "experiment", "unit", "cluster", "attributes", "score", "at",
    ]
    private static let decisionMembers =
        ["id"] + candidateMembers + ["model", "intended", "features", "relayed_at"]
    private static let exposureMembers = [
        "id", "experiment", "unit", "cluster", "arm", "at", "relayed_at",
    ]
    private static let outcomeMembers = ["id", "unit", "name", "value", "at", "relayed_at"]

    /// Deals a unit; nothing is recorded.
    public func assignment(_ json: JSON) throws(Refusal) -> (unit: UnitID, assignment: Assignment) {
        let item = try ItemReader(json, "an assignment", known: FactReader.candidateMembers)
        let dealt = try deal(item)
        return (dealt.candidate.unit, dealt.assignment)
    }

    /// Deals a unit, as a fact to be recorded.
    public func decision(_ json: JSON) throws(Refusal) -> DecisionFact {
        let item = try ItemReader(json, "a decision", known: FactReader.decisionMembers)
        let id = try item.optionalText("id", limit: Fact.idByteLimit)
        let dealt = try deal(item)
        let experiment = dealt.assignment.experiment
        // Also where the arm did not depend on it: splits and exclusions will.
        let cluster = catalog[experiment: experiment.text]?.cluster
        if let kind = cluster, dealt.candidate.cluster == nil {
            throw Refusal(.missingCluster(kind: kind, experiment: experiment))
        }
        return DecisionFact(
            id: id, unit: dealt.candidate.unit, cluster: dealt.candidate.cluster,
            assignment: dealt.assignment, at: dealt.at, isTimeStated: dealt.isTimeStated,
            score: dealt.candidate.score,
            model: try item.optionalText("model", limit: Fact.idByteLimit),
            intended: try item.optionalBoolean("intended"),
            features: try features(item, of: experiment), isClustered: cluster != nil)
    }

    /// The experiment that an item names, if the catalog has it: for what is said of an item that
    /// was refused.
    public func experiment(of json: JSON) -> Name? {
        json["experiment"]?.string.flatMap { catalog[experiment: $0]?.name }
    }

    /// An exposure. An arm of any revision is taken: a late fact of the past contaminates too.
    public func exposure(_ json: JSON) throws(Refusal) -> ExposureFact {
        let item = try ItemReader(json, "an exposure", known: FactReader.exposureMembers)
        let experiment = try item.name("experiment")
        let declared = catalog[experiment: experiment.text]
        let former = knownArms[experiment] ?? []
        guard declared != nil || !former.isEmpty else {
            throw Refusal(
                .unknownExperiment(experiment.text, known: catalog.experiments.map(\.name)))
        }
        let arm = try item.name("arm")
        guard former.contains(arm) || declared?.arms.contains(where: { $0.name == arm }) == true
        else {
            let arms = former.union(declared?.arms.map(\.name) ?? [])
            throw Refusal(
                code: "unknown_arm", detail: "experiment \(experiment) has no arm \"\(arm)\"",
                hint: "known: \(arms.sorted().map(\.text).joined(separator: ", "))")
        }
        let cluster = try item.optionalUnit("cluster")
        if let kind = declared?.cluster, cluster == nil {
            throw Refusal(.missingCluster(kind: kind, experiment: experiment))
        }
        let time = try item.time(now: now)
        return ExposureFact(
            id: try item.optionalText("id", limit: Fact.idByteLimit),
            unit: try item.unit("unit", try item.required("unit")), cluster: cluster,
            experiment: experiment, arm: arm, at: time.at, isTimeStated: time.isStated)
    }

    /// An outcome.
    public func outcome(_ json: JSON) throws(Refusal) -> OutcomeFact {
        let item = try ItemReader(json, "an outcome", known: FactReader.outcomeMembers)
        let value = try item.required("value")
        let number: Double
        switch value {
        case .bool(let boolean): number = boolean ? 1 : 0
        case .integer(let integer): number = Double(integer)
        case .number(let double): number = double
        case .null, .string, .array, .object:
            throw item.wrongType("value", value, "a number, true or false")
        }
        let time = try item.time(now: now)
        return OutcomeFact(
            id: try item.optionalText("id", limit: Fact.idByteLimit),
            unit: try item.unit("unit", try item.required("unit")), name: try item.name("name"),
            value: number, at: time.at, isTimeStated: time.isStated)
    }

    // MARK: - Parts of a decision

    private struct Dealt {
        var candidate: Candidate
        var assignment: Assignment
        var at: Timestamp
        var isTimeStated: Bool
    }

    private func deal(_ item: ItemReader) throws(Refusal) -> Dealt {
        let experiment = try item.required("experiment")
        guard case .string(let experiment) = experiment else {
            throw item.wrongType("experiment", experiment, "a string")
        }
        let candidate = Candidate(
            unit: try item.unit("unit", try item.required("unit")),
            cluster: try item.optionalUnit("cluster"), attributes: try attributes(item),
            score: try item.optionalNumber("score"))
        let time = try item.time(now: now)
        do throws(AssignmentFault) {
            let assignment = try catalog.assign(candidate, in: experiment, at: time.at)
            return Dealt(
                candidate: candidate, assignment: assignment, at: time.at,
                isTimeStated: time.isStated)
        } catch {
            throw Refusal(error)
        }
    }

    private func attributes(_ item: ItemReader) throws(Refusal) -> [String: AttributeValue] {
        var attributes: [String: AttributeValue] = [:]
        for (key, value) in try item.members("attributes", limit: FactReader.memberLimit) {
            guard (1...FactReader.attributeNameByteLimit).contains(key.utf8.count) else {
                throw Refusal(
                    code: "bad_length",
                    detail: "the name of an attribute has \(key.utf8.count) bytes",
                    hint: "it may have 1 to \(FactReader.attributeNameByteLimit) bytes")
            }
            switch value {
            case .string(let text): attributes[key] = .text(text)
            case .integer(let integer): attributes[key] = .number(Double(integer))
            case .number(let number): attributes[key] = .number(number)
            case .bool(let boolean): attributes[key] = .boolean(boolean)
            case .null: continue
            case .array, .object:
                throw Refusal(
                    code: "wrong_type",
                    detail: "the attribute \"\(key.prefix(64))\" is \(value.kind)",
                    hint: "give a string, a number, true or false")
            }
        }
        return attributes
    }

    private func features(
        _ item: ItemReader, of experiment: Name
    ) throws(Refusal) -> [LoggedFeature] {
        let declared = catalog[experiment: experiment.text]?.features ?? []
        let given = try item.members("features", limit: FactReader.memberLimit)
        // By their bytes: to Swift the Kelvin sign is a K.
        let names = Set(declared.map { Array($0.name.text.utf8) })
        for (key, _) in given where !names.contains(Array(key.utf8)) {
            throw Refusal(
                code: "unknown_feature",
                detail: "experiment \(experiment) declares no feature \"\(key.prefix(64))\"",
                hint: "declare it under features in the catalog, or leave it out")
        }
        let values = Dictionary(
            given.map { (Array($0.key.utf8), $0.value) }, uniquingKeysWith: { first, _ in first })
        var features: [LoggedFeature] = []
        for feature in declared {
            guard let value = values[Array(feature.name.text.utf8)], value != .null else {
                continue
            }
            let typed = try self.value(value, of: feature)
            features.append(LoggedFeature(name: feature.name, value: typed))
        }
        return features
    }

    private func value(
        _ json: JSON, of feature: Experiment.Feature
    ) throws(Refusal) -> FeatureValue {
        switch (feature.type, json) {
        case (.number, .integer(let integer)): return .number(Double(integer))
        case (.number, .number(let number)): return .number(number)
        case (.integer, .integer(let integer)): return .integer(integer)
        case (.boolean, .bool(let boolean)): return .boolean(boolean)
        case (.category, .string(let text)):
            guard text.utf8.count <= Fact.textByteLimit else {
                throw Refusal(
                    code: "bad_length",
                    detail: "the feature \"\(feature.name)\" has \(text.utf8.count) bytes",
                    hint: "a category may have \(Fact.textByteLimit) bytes")
            }
            return .category(text)
        case (.number, _), (.integer, _), (.boolean, _), (.category, _):
            throw Refusal(
                code: "wrong_type", detail: "the feature \"\(feature.name)\" is \(json.kind)",
                hint: "the catalog declares it as \(feature.type.rawValue)")
        }
    }
}

extension Refusal {
    /// The refusal of an item whose unit cannot be dealt.
    init(_ fault: AssignmentFault) {
        self.init(code: fault.code, detail: fault.message, hint: fault.hint)
    }
}
