internal import HoldfastAssignment

/// Why a decision is not in a retraining set. Numbers are those of the specification's list, which
/// is also the order in which they are tested: the first that holds is the primary one.
public enum Exclusion: Int, Sendable, CaseIterable {
    /// Not randomised, or of a revision that was not asked for.
    case notRandomised = 1
    /// The stored arm is not what its revision gives when it is dealt again.
    case notRecomputed = 2
    /// Neither in control nor held out; with weights: and the model meant to act, or may have.
    case notControl = 3
    /// Reached by this experiment's own treatment: a crossover.
    case crossover = 4
    /// Reached by the treatment of an experiment that interferes.
    case interference = 5
    /// A member of its cluster was reached by such a treatment, or its cluster is not known.
    case clusterExposed = 6
    /// In the burn-in of a block of time, or in control while the washout after the unit's treated
    /// time in a rotation is not over.
    case carryOver = 7
    /// Its window touches a gap: a numbered batch that never arrived. What it held is unknown.
    case logGap = 8
    /// The horizon has not passed, or the outcome is absent and that means unknown.
    case notRipe = 9
    /// Features come from the user's own table, and the unit's value is one from after the
    /// decision, or older than its time to live.
    case featureTime = 10
    /// Another clean decision of the unit is kept.
    case duplicate = 11
    /// In the embargo of a split by time, or on the other side of it: clean, and in no part.
    case outsideSplit = 12

    /// The word in columns and manifests.
    public var word: String {
        switch self {
        case .notRandomised: "not_randomised"
        case .notRecomputed: "not_recomputed"
        case .notControl: "not_control"
        case .crossover: "crossover"
        case .interference: "interference"
        case .clusterExposed: "cluster_exposed"
        case .carryOver: "carry_over"
        case .logGap: "log_gap"
        case .notRipe: "not_ripe"
        case .featureTime: "feature_time"
        case .duplicate: "duplicate"
        case .outsideSplit: "outside_split"
        }
    }

    /// What it says, for people.
    public var explanation: String {
        switch self {
        case .notRandomised: "not randomised, or of another revision"
        case .notRecomputed: "the stored arm is not what its revision deals"
        case .notControl: "neither control nor held out"
        case .crossover: "reached by this experiment's treatment"
        case .interference: "reached by a treatment that interferes"
        case .clusterExposed: "a member of its cluster was reached"
        case .carryOver: "an effect of the treatment before may carry over"
        case .logGap: "unknown: a batch of its time never arrived"
        case .notRipe: "the outcome is not known yet"
        case .featureTime: "a feature from after the decision, or too old"
        case .duplicate: "another decision of the unit is kept"
        case .outsideSplit: "in the embargo of the split by time, or on its other side"
        }
    }

    /// Whether it can fire whatever the arm.
    func isTwoArmed(_ experiment: Experiment) -> Bool {
        switch self {
        case .interference, .logGap, .notRipe, .featureTime: return true
        case .carryOver:
            if case .switchback = experiment.method { return true }
            return false
        case .notRandomised, .notRecomputed, .notControl, .crossover, .clusterExposed, .duplicate,
            .outsideSplit:
            return false
        }
    }

    /// Its bit in the column `reasons`: 1 for the first, 2 for the second, 4 for the third.
    var bit: Int64 { 1 << (Int64(rawValue) - 1) }

    /// Those whose bits are set, in the order in which they are tested.
    static func all(in reasons: Int64) -> [Exclusion] {
        allCases.filter { reasons & $0.bit != 0 }
    }
}
