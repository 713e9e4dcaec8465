public import HoldfastAssignment
public import HoldfastFormats

/// Something that happened, to be recorded once and for ever.
///
/// Indirect: it is handed on several times, and each copy of its texts would be counted.
public indirect enum Fact: Sendable {
    case decision(DecisionFact)
    case exposure(ExposureFact)
    case outcome(OutcomeFact)
    /// An item that could not be taken, kept for repair.
    case refused(RefusedItem)

    /// The kinds of fact that producers send.
    public enum Kind: String, Sendable, CaseIterable {
        case decision
        case exposure
        case outcome
    }

    /// What it is; `nil` for an item that came refused.
    var kind: Kind? {
        switch self {
        case .decision: .decision
        case .exposure: .exposure
        case .outcome: .outcome
        case .refused: nil
        }
    }

    /// What it is, or was meant to be.
    var meantKind: Kind {
        switch self {
        case .decision: .decision
        case .exposure: .exposure
        case .outcome: .outcome
        case .refused(let item): item.kind
        }
    }

    /// When it happened; `nil` for an item that came refused.
    public var at: Timestamp? {
        switch self {
        case .decision(let fact): fact.at
        case .exposure(let fact): fact.at
        case .outcome(let fact): fact.at
        case .refused: nil
        }
    }

    /// The experiment it belongs to, if it belongs to one.
    var experiment: Name? {
        switch self {
        case .decision(let fact): fact.assignment.experiment
        case .exposure(let fact): fact.experiment
        case .outcome: nil
        case .refused(let item): item.experiment
        }
    }

    /// Why the fact cannot be kept where one of its numbers is not finite: neither SQL nor JSON has
    /// such numbers.
    var notFinite: Refusal? {
        let numbers: [(name: String, value: Double)] =
            switch self {
            case .decision(let fact):
                (fact.score.map { [("score", $0)] } ?? [])
                    + fact.features.compactMap { feature in
                        guard case .number(let value) = feature.value else { return nil }
                        return (feature.name.text, value)
                    }
            case .outcome(let fact): [("value", fact.value)]
            case .exposure, .refused: []
            }
        guard let wrong = numbers.first(where: { !$0.value.isFinite }) else { return nil }
        return Refusal(
            code: "not_finite", detail: "\"\(wrong.name)\" is \(wrong.value)",
            hint: "leave it out where it is not known")
    }

    /// The most bytes that an id or a model's name may have.
    public static let idByteLimit = 128
    /// The most bytes that a category may have.
    public static let textByteLimit = 1_024
}

/// The value of one feature.
public enum FeatureValue: Sendable, Hashable {
    case number(Double)
    case integer(Int64)
    case category(String)
    case boolean(Bool)
}

/// A feature that was logged with a decision. One that is missing is not among them.
public struct LoggedFeature: Sendable, Hashable {
    /// The feature's name.
    public var name: Name
    /// Its value.
    public var value: FeatureValue

    public init(name: Name, value: FeatureValue) {
        self.name = name
        self.value = value
    }
}

/// A unit was scored and dealt.
public struct DecisionFact: Sendable {
    /// The producer's id, or `nil` to have one derived from the content.
    public var id: String?
    /// The unit.
    public var unit: UnitID
    /// Its cluster.
    public var cluster: UnitID?
    /// Whether chance decides on clusters in its experiment: then a unit keeps its cluster.
    public var isClustered: Bool
    /// What it was given, and why.
    public var assignment: Assignment
    /// When it was scored.
    public var at: Timestamp
    /// Whether the producer said when: a time of our own is not part of the content.
    public var isTimeStated: Bool
    /// The model's score.
    public var score: Double?
    /// The model's version.
    public var model: String?
    /// Whether the model would have acted.
    public var intended: Bool?
    /// The logged features, in the experiment's order.
    public var features: [LoggedFeature]

    public init(
        id: String?, unit: UnitID, cluster: UnitID?, assignment: Assignment, at: Timestamp,
        isTimeStated: Bool, score: Double? = nil, model: String? = nil, intended: Bool? = nil,
        features: [LoggedFeature] = [], isClustered: Bool = false
    ) {
        self.id = id
        self.unit = unit
        self.cluster = cluster
        self.assignment = assignment
        self.at = at
        self.isTimeStated = isTimeStated
        self.score = score
        self.model = model
        self.intended = intended
        self.features = features
        self.isClustered = isClustered
    }
}

/// An arm's action reached a unit.
public struct ExposureFact: Sendable {
    /// The producer's id, or `nil` to have one derived from the content.
    public var id: String?
    /// The unit that was reached.
    public var unit: UnitID
    /// Its cluster, where known.
    public var cluster: UnitID?
    /// The experiment whose action it was.
    public var experiment: Name
    /// The arm as applied, whatever was dealt.
    public var arm: Name
    /// When it was reached.
    public var at: Timestamp
    /// Whether the producer said when.
    public var isTimeStated: Bool

    public init(
        id: String?, unit: UnitID, cluster: UnitID?, experiment: Name, arm: Name, at: Timestamp,
        isTimeStated: Bool
    ) {
        self.id = id
        self.unit = unit
        self.cluster = cluster
        self.experiment = experiment
        self.arm = arm
        self.at = at
        self.isTimeStated = isTimeStated
    }
}

/// What happened to a unit.
public struct OutcomeFact: Sendable {
    /// The producer's id, or `nil` to have one derived from the content.
    public var id: String?
    /// The unit.
    public var unit: UnitID
    /// The outcome's name, as experiments declare it.
    public var name: Name
    /// Its value; true is 1.
    public var value: Double
    /// When it happened.
    public var at: Timestamp
    /// Whether the producer said when.
    public var isTimeStated: Bool

    public init(
        id: String?, unit: UnitID, name: Name, value: Double, at: Timestamp, isTimeStated: Bool
    ) {
        self.id = id
        self.unit = unit
        self.name = name
        self.value = value
        self.at = at
        self.isTimeStated = isTimeStated
    }
}

/// Why one item of a batch was not taken.
public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// A word for programs.
    public var code: String
    /// What is wrong, and where.
    public var detail: String
    /// What the reader can do.
    public var hint: String

    public init(code: String, detail: String, hint: String) {
        self.code = code
        self.detail = detail
        self.hint = hint
    }

    public var description: String { "\(detail); \(hint)" }
}

/// An item that was not taken, as it came.
public struct RefusedItem: Sendable {
    /// What it was meant to be.
    public var kind: Fact.Kind
    /// Its bytes as text, cut at ``sourceByteLimit``.
    public var source: String
    /// Why it was not taken.
    public var refusal: Refusal
    /// The experiment it was meant for, where that is known.
    public var experiment: Name?

    /// The most bytes of an item that are kept.
    public static let sourceByteLimit = 64 << 10

    public init(
        kind: Fact.Kind, source: [UInt8], refusal: Refusal, experiment: Name? = nil
    ) {
        self.kind = kind
        self.experiment = experiment
        var text = String(decoding: source.prefix(RefusedItem.sourceByteLimit), as: UTF8.self)
        // A byte that is no UTF-8 becomes a replacement character, which has three.
        while text.utf8.count > RefusedItem.sourceByteLimit { text.unicodeScalars.removeLast() }
        self.source = text
        self.refusal = refusal
    }
}

/// The bytes of the fact at an index of a batch, as it came.
public typealias FactSource = @Sendable (_ index: Int) -> [UInt8]

/// How many items were refused for one reason.
public struct RefusalCount: Sendable, Hashable {
    /// What the items were meant to be.
    public var kind: Fact.Kind
    /// The refusal's word for programs.
    public var code: String
    /// The experiment they were meant for, where that is known.
    public var experiment: Name?
    /// How many.
    public var count: Int
}

/// What became of one fact, once the answer is on disk.
public enum Receipt: Sendable, Equatable {
    /// Recorded.
    case accepted(id: String)
    /// Recorded before, with the same content. For a decision, what was dealt then.
    case duplicate(id: String, dealt: Dealt?)
    /// Not recorded.
    case refused(Refusal)

    /// The assignment that a recorded decision holds.
    public struct Dealt: Sendable, Equatable {
        /// The assignment.
        public var assignment: Assignment
        /// When it was scored.
        public var at: Timestamp
    }
}
