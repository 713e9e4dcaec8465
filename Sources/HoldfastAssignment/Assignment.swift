public import HoldfastFormats

/// What a unit is given in an experiment, and why.
public struct Assignment: Sendable, Hashable {
    /// The experiment.
    public var experiment: Name
    /// The arm; `nil` where the unit is in none.
    public var arm: Name?
    /// The step that decided.
    public var reason: Reason
    /// The probability by design of what was received, given that the steps before were passed.
    ///
    /// For an arm its share; for a held-out unit the holdout's; outside the slice and not enrolled
    /// what lies outside; 1 where nothing was left to chance.
    public var propensity: Double
    /// The bucket by which the deciding step dealt; `nil` where nothing was left to chance.
    public var bucket: UInt64?
    /// The revision of the catalog.
    public var revision: String
    /// Whether the moment is the burn-in of a block of time, in which an effect of the block before
    /// may still be seen; `nil` unless the experiment deals blocks of time.
    public var isBurnIn: Bool?

    /// Whether the model's action may be applied: only in an arm other than control.
    ///
    /// A unit in no arm is left alone too. An experiment decides who is acted upon; whom it does
    /// not reach it does not treat.
    public var act: Bool { arm.map { $0 != .control } ?? false }

    package init(
        experiment: Name, arm: Name?, reason: Reason, propensity: Double, bucket: UInt64?,
        revision: String, isBurnIn: Bool? = nil
    ) {
        self.experiment = experiment
        self.arm = arm
        self.reason = reason
        self.propensity = propensity
        self.bucket = bucket
        self.revision = revision
        self.isBurnIn = isBurnIn
    }

    /// Whether chance alone decided that the unit is in this arm, or in a holdout.
    public var isRandomised: Bool {
        switch reason {
        case .assigned, .holdout: true
        case .override, .notStarted, .ended, .ineligible, .outsideSlice, .notEnrolled: false
        }
    }
}

/// The step of the decision at which a unit's arm, or its having none, was settled. In order.
public enum Reason: Sendable, Hashable {
    /// A tester with a forced arm: never analysed nor exported.
    case override
    /// Before the experiment's start.
    case notStarted
    /// At or after its end.
    case ended
    /// The rule on attributes does not hold.
    case ineligible
    /// Withheld by a holdout.
    case holdout(Name)
    /// In another range of the layer.
    case outsideSlice
    /// Beyond the enrolled share.
    case notEnrolled
    /// Dealt to an arm.
    case assigned

    /// The reason's word in columns, JSON and SQL.
    public var word: String {
        switch self {
        case .override: "override"
        case .notStarted: "not_started"
        case .ended: "ended"
        case .ineligible: "ineligible"
        case .holdout: "holdout"
        case .outsideSlice: "outside_slice"
        case .notEnrolled: "not_enrolled"
        case .assigned: "assigned"
        }
    }

    /// The holdout that withheld the unit, if one did.
    public var holdout: Name? {
        guard case .holdout(let name) = self else { return nil }
        return name
    }

    /// The reason of this word; a holdout's needs its name.
    package init?(word: String, holdout: Name?) {
        switch word {
        case "override": self = .override
        case "not_started": self = .notStarted
        case "ended": self = .ended
        case "ineligible": self = .ineligible
        case "holdout":
            guard let holdout else { return nil }
            self = .holdout(holdout)
        case "outside_slice": self = .outsideSlice
        case "not_enrolled": self = .notEnrolled
        case "assigned": self = .assigned
        default: return nil
        }
    }
}

/// Why a unit cannot be dealt: something that the decision needs is missing or of the wrong kind.
public enum AssignmentFault: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownExperiment(String, known: [Name])
    case missingCluster(kind: Name, experiment: Name)
    case missingAttribute(String, experiment: Name)
    case wrongAttribute(String, needed: AttributeKind, given: AttributeKind)
    case missingScore(experiment: Name)
    case scoreNotFinite(Double, experiment: Name)

    /// A word for programs.
    public var code: String {
        switch self {
        case .unknownExperiment: "unknown_experiment"
        case .missingCluster: "missing_cluster"
        case .missingAttribute: "missing_attribute"
        case .wrongAttribute: "wrong_attribute"
        case .missingScore: "missing_score"
        case .scoreNotFinite: "not_finite"
        }
    }

    /// What is wrong.
    public var message: String {
        switch self {
        case .unknownExperiment(let name, _):
            "the catalog has no experiment \"\(name.prefix(80))\""
        case .missingCluster(let kind, let experiment):
            "experiment \(experiment) is randomised by \(kind), and the unit came without one"
        case .missingAttribute(let name, let experiment):
            "experiment \(experiment) asks for the attribute \"\(name)\", which is missing"
        case .wrongAttribute(let name, let needed, let given):
            "the attribute \"\(name)\" is a \(given.rawValue), and the rule needs a "
                + needed.rawValue
        case .missingScore(let experiment):
            "experiment \(experiment) deals by the score, and the unit came without one"
        case .scoreNotFinite(let score, let experiment):
            "experiment \(experiment) deals by the score, and the unit's is \(score)"
        }
    }

    /// What the reader can do.
    public var hint: String {
        switch self {
        case .unknownExperiment(_, let known):
            known.isEmpty
                ? "the catalog declares none"
                : "known: " + known.prefix(20).map(\.text).joined(separator: ", ")
                    + (known.count > 20 ? ", …" : "")
        case .missingCluster(let kind, _): "give the id of its \(kind) as the cluster"
        case .missingAttribute(let name, _): "give \"\(name)\" among the attributes"
        case .wrongAttribute(_, let needed, _): "give it as a \(needed.rawValue)"
        case .missingScore: "give the model's score as a number"
        case .scoreNotFinite: "give a finite number; a unit that was not scored cannot be dealt"
        }
    }

    public var description: String { "\(message); \(hint)" }
}

/// A unit that is to be dealt, with all that the decision may need.
public struct Candidate: Sendable {
    /// The unit.
    public var unit: UnitID
    /// Its cluster, where the experiment randomises clusters.
    public var cluster: UnitID?
    /// What is known of it before the decision.
    public var attributes: [String: AttributeValue]
    /// The model's score, where the experiment deals by it.
    public var score: Double?

    /// A unit with what is known of it.
    public init(
        unit: UnitID, cluster: UnitID? = nil, attributes: [String: AttributeValue] = [:],
        score: Double? = nil
    ) {
        self.unit = unit
        self.cluster = cluster
        self.attributes = attributes
        self.score = score
    }
}

extension Catalog {
    /// Deals a unit: the same answer for the same arguments, on every machine, for ever.
    ///
    ///     let catalog = try Catalog(files: [file], salt: { _ in "0123456789abcdef" })
    ///     try catalog.assign(Candidate(unit: unit), in: "credit-limit", at: now).arm
    ///
    /// No I/O, no lock, no clock of its own. The steps are those of ``Reason``, in order.
    public func assign(
        _ candidate: Candidate, in experiment: String, at time: Timestamp
    ) throws(AssignmentFault) -> Assignment {
        try dealer(for: experiment).assign(candidate, at: time)
    }
}

extension Dealing {
    /// Deals a unit, and names what it was dealt.
    func assign(
        _ candidate: Candidate, at time: Timestamp, revision: String,
        trace: ((TracedStep) -> Void)? = nil
    ) throws(AssignmentFault) -> Assignment {
        let dealt = try candidate.unit.withBytes { unit throws(AssignmentFault) in
            guard let cluster = candidate.cluster else {
                return try deal(
                    unit: unit, cluster: nil, attributes: candidate.attributes,
                    score: candidate.score, at: time, trace: trace)
            }
            return try cluster.withBytes { cluster throws(AssignmentFault) in
                try deal(
                    unit: unit, cluster: cluster, attributes: candidate.attributes,
                    score: candidate.score, at: time, trace: trace)
            }
        }
        return assignment(of: dealt, revision: revision)
    }

    /// What was dealt, with its names.
    package func assignment(of dealt: Dealt, revision: String) -> Assignment {
        let reason: Reason =
            switch dealt.step {
            case .override: .override
            case .notStarted: .notStarted
            case .ended: .ended
            case .ineligible: .ineligible
            case .holdout(let index): .holdout(holdouts[index].name)
            case .outsideSlice: .outsideSlice
            case .notEnrolled: .notEnrolled
            case .assigned: .assigned
            }
        return Assignment(
            experiment: experiment.name, arm: dealt.arm.map { experiment.arms[$0].name },
            reason: reason, propensity: dealt.propensity, bucket: dealt.bucket, revision: revision,
            isBurnIn: dealt.isBurnIn)
    }
}
