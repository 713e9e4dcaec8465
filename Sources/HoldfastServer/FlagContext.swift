internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger

/// The context of an OFREP request: one flat object, of which each experiment takes what it needs.
///
///     {"context": {"targetingKey": "customer-1", "household": "h-1", "score": 0.7, "country": "JP"}}
///
/// - The unit is the member named as the experiment's kind of unit, `shop`, or else
///   `targetingKey`: so one request can ask about units of different kinds.
/// - The cluster is the member named as the experiment's kind of cluster, `household`, or else
///   `cluster`.
/// - `score` is the model's score, where it is a number.
/// - Every member that is a text, a number or a boolean is an attribute. Clients send objects and
///   lists of their own along; they are passed over unless a rule asks for one.
struct FlagContext {
    private let targeted: UnitID
    private let members: JSONObject
    private let attributes: [String: AttributeValue]

    /// The most bytes of a body.
    static let byteLimit = 2 << 20

    /// Reads a request's body. Its failures concern the whole request.
    init(_ body: [UInt8], key: String?) throws(OFREPFailure) {
        func invalid(_ code: String, _ detail: String, _ hint: String) -> OFREPFailure {
            OFREPFailure(.invalidContext, key: key, code: code, detail: detail, hint: hint)
        }
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(body)
        } catch {
            throw OFREPFailure(
                .parseError, key: key, code: "malformed", detail: error.description,
                hint: #"send {"context": {"targetingKey": "…"}}"#)
        }
        guard case .object(let request) = json else {
            throw OFREPFailure(
                .parseError, key: key, code: "wrong_type", detail: "the body is \(json.kind)",
                hint: #"send {"context": {"targetingKey": "…"}}"#)
        }
        switch request["context"] {
        case .object(let object): members = object
        case nil, .null: members = JSONObject()
        case .some(let other):
            throw invalid(
                "wrong_type", "the context is \(other.kind)",
                "give an object with the member targetingKey")
        }
        let limit = FactReader.memberLimit
        guard members.members.count <= limit else {
            throw invalid(
                "too_many", "the context has \(members.members.count) members",
                "it may have \(limit): send what the experiments ask for")
        }
        targeted = try FlagContext.unit(members["targetingKey"], key: key)
        attributes = Dictionary(
            members.members.compactMap { member in
                FlagContext.attribute(member.value).map { (member.key, $0) }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// No unit, no answer: without one neither holdout nor arm is known.
    private static func unit(_ value: JSON?, key: String?) throws(OFREPFailure) -> UnitID {
        let hint = "give the unit's id as targetingKey"
        switch value {
        case nil, .null, .string(""):
            throw OFREPFailure(
                .targetingKeyMissing, key: key, code: "missing_member",
                detail: "the context has no targetingKey", hint: hint)
        case .string(let text):
            if let unit = UnitID(text) { return unit }
            throw OFREPFailure(
                .invalidContext, key: key, code: "bad_length",
                detail: "the targetingKey has \(text.utf8.count) bytes",
                hint: "it may have 1 to \(UnitID.byteLimit) bytes")
        case .some(let other):
            throw OFREPFailure(
                .invalidContext, key: key, code: "wrong_type",
                detail: "the targetingKey is \(other.kind)", hint: hint + ", a string")
        }
    }

    private static func attribute(_ value: JSON) -> AttributeValue? {
        switch value {
        case .string(let text): .text(text)
        case .integer(let integer): .number(Double(integer))
        case .number(let number): .number(number)
        case .bool(let boolean): .boolean(boolean)
        case .null, .array, .object: nil
        }
    }

    /// What an experiment is asked about; throws where the member named as its kind of unit is no
    /// id.
    func candidate(for experiment: Experiment, key: String) throws(OFREPFailure) -> Candidate {
        let kind = experiment.unit.text
        var unit = targeted
        switch members[kind] {
        case nil, .null: break
        case .string(let text):
            guard let own = UnitID(text) else {
                throw OFREPFailure(
                    .invalidContext, key: key, code: "bad_length",
                    detail: "the \(kind) in the context has \(text.utf8.count) bytes",
                    hint: "it is the unit: give 1 to \(UnitID.byteLimit) bytes, or leave it out")
            }
            unit = own
        case .some(let other):
            throw OFREPFailure(
                .invalidContext, key: key, code: "wrong_type",
                detail: "the \(kind) in the context is \(other.kind)",
                hint: "it is the unit: give its id as a string, or leave it out")
        }
        var cluster: UnitID?
        if case .string(let text) = clusterMember(of: experiment) { cluster = UnitID(text) }
        return Candidate(
            unit: unit, cluster: cluster, attributes: attributes, score: members["score"]?.double)
    }

    private func clusterMember(of experiment: Experiment) -> JSON? {
        guard let kind = experiment.cluster else { return nil }
        guard let own = members[kind.text], own != .null else { return members["cluster"] }
        return own
    }

    /// Why an experiment could not deal, in terms of the context.
    func failure(
        _ fault: AssignmentFault, of experiment: Experiment, key: String
    ) -> OFREPFailure {
        var (detail, hint) = (fault.message, fault.hint)
        if case .missingCluster(let kind, _) = fault {
            hint = "give the id of its \(kind) in the context, as the text \"\(kind)\""
            switch clusterMember(of: experiment) {
            case nil, .null: break
            case .string(let text):
                detail = "the \(kind) in the context has \(text.utf8.count) bytes"
                hint = "it may have 1 to \(UnitID.byteLimit) bytes"
            case .some(let other): detail = "the \(kind) in the context is \(other.kind)"
            }
        }
        if case .missingScore = fault {
            hint = "give the model's score in the context, as the number \"score\""
            if let score = members["score"], score != .null {
                detail = "the score in the context is \(score.kind)"
            }
        }
        if case .missingAttribute(let name, let experiment) = fault {
            hint = "give \"\(name)\" in the context"
            switch members[name] {
            case .array, .object:
                detail =
                    "experiment \(experiment) asks for \"\(name)\", which is "
                    + (members[name]?.kind ?? "") + " in the context"
                hint = "give \"\(name)\" as a text, a number or a boolean"
            default: break
            }
        }
        return OFREPFailure(
            .invalidContext, key: key, code: fault.code, detail: detail, hint: hint)
    }

    /// The context as text that does not depend on the order in which a client wrote its members.
    var canonicalText: String {
        let sorted = members.members.sorted {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }
        return JSON.object(JSONObject(sorted)).text()
    }
}
