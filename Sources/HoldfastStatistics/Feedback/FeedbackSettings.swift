/// Where the fraud of a feedback simulation sits.
public enum FeedbackScenario: String, Sendable, CaseIterable {
    /// In small patterns that a model finds almost whole: x0 above 1.5 always, x1 above 1.7 from
    /// cycle 4 on, a new attack. Once they are blocked, the rows left hardly show them.
    case tail
    /// All over the population: blocking takes some of it away and leaves enough to learn from.
    case mild

    /// The share of units that the policy blocks, unless it is told otherwise.
    public var blockShare: Double {
        switch self {
        case .tail: 0.09
        case .mild: 0.06
        }
    }
}

/// What a model is retrained on. Each regime lives in its own copy of one world.
public enum FeedbackRegime: String, Sendable, CaseIterable {
    /// Every unit with its true label, which nobody has: the upper bound.
    case oracle
    /// The units that were not blocked.
    case naiveDrop = "naive_drop"
    /// Every unit, a blocked one as label 0: no fraud was seen of it.
    case naiveZero = "naive_zero"
    /// The control group, which is scored and never blocked.
    case controlOnly = "control_only"
    /// Control and every unit that was not blocked, without weights.
    case pooledUnweighted = "pooled_noweight"
    /// The same, weighted by 1 over the probability that the label was seen.
    case pooledWeighted = "pooled_ipw"
    /// No control group: of the units above the threshold a part is let through, the smaller the
    /// higher the score, and weighted by 1 over that probability.
    case exploration = "explore_ipw"

    /// Whether a control group is held out.
    public var hasControl: Bool {
        switch self {
        case .controlOnly, .pooledUnweighted, .pooledWeighted: true
        case .oracle, .naiveDrop, .naiveZero, .exploration: false
        }
    }
}

/// What a feedback simulation is run with.
public struct FeedbackSettings: Sendable, Equatable {
    /// Where the fraud sits.
    public var scenario: FeedbackScenario
    /// What all chance follows from.
    public var seed: UInt64
    /// The units of a cycle.
    public var units: Int
    /// The cycles: in each the model acts, and is then retrained.
    public var cycles: Int
    /// The share of units held out as control, where a regime has a control group.
    public var controlShare: Double
    /// The share of units that the policy blocks, those of the highest scores.
    public var blockShare: Double
    /// The cycles whose rows a model is trained on, the latest ones.
    public var window: Int
    /// The untouched units of the next cycle that a model is judged on.
    public var evaluationUnits: Int
    /// The regimes to run.
    public var regimes: [FeedbackRegime]

    /// The settings of the reference figures, but for those that are given.
    public init(
        scenario: FeedbackScenario = .tail, seed: UInt64 = 1, units: Int = 40_000, cycles: Int = 9,
        controlShare: Double = 0.05, blockShare: Double? = nil, window: Int = 1,
        evaluationUnits: Int = 40_000, regimes: [FeedbackRegime] = FeedbackRegime.allCases
    ) {
        self.scenario = scenario
        self.seed = seed
        self.units = units
        self.cycles = cycles
        self.controlShare = controlShare
        self.blockShare = blockShare ?? scenario.blockShare
        self.window = window
        self.evaluationUnits = evaluationUnits
        self.regimes = regimes
    }

    /// The penalty of a model's coefficients.
    public static let ridge = 1.0
    /// The greatest seed, which every reader of JSON keeps exactly.
    public static let seedLimit: UInt64 = 1 << 53 - 1
    /// The most units of a cycle: their features fill 40 MB.
    public static let unitLimit = 1_000_000
    /// The most cycles.
    public static let cycleLimit = 1_000

    /// What is wrong with the settings, or `nil` where they can be run.
    public var fault: String? {
        guard seed <= Self.seedLimit else { return "a seed is at most \(Self.seedLimit)" }
        guard (1...Self.unitLimit).contains(units), (1...Self.unitLimit).contains(evaluationUnits)
        else { return "a cycle has 1 to \(Self.unitLimit) units" }
        guard (1...Self.cycleLimit).contains(cycles) else {
            return "a simulation has 1 to \(Self.cycleLimit) cycles"
        }
        guard controlShare > 0, controlShare < 1, blockShare > 0, blockShare < 1 else {
            return "the shares of control and of blocked units lie between 0% and 100%"
        }
        guard (1...Self.cycleLimit).contains(window) else {
            return "a window has 1 to \(Self.cycleLimit) cycles"
        }
        guard !regimes.isEmpty, Set(regimes).count == regimes.count else {
            return "each regime is named once, and there is one"
        }
        return nil
    }
}
