/// A condition that a retraining set must meet before it is written. Gates fail closed.
public struct Gate: Sendable, Equatable {
    /// The gates there are.
    public enum Name: String, Sendable, CaseIterable {
        /// The arms received the shares that the catalog promises: chi-square, p ≥ 0.001.
        case sampleRatio = "sample-ratio"
        /// The same of the rows that are left by the rules that can fire in every arm.
        case sampleRatioKept = "sample-ratio-kept"
        /// Every randomised decision is what its revision deals.
        case recomputation
        /// Rules that can fire in every arm leave out as many in each.
        case attrition
        /// Kept control rows are like excluded ones: no feature's means differ by more than 0.1
        /// standard deviations.
        case balance
        /// Of few rows only it is not known whether they are clean.
        case unknownShare = "unknown-share"
        /// There are rows wherever the model would have acted, and no few of them stand for most.
        case positivity
        /// Each part has rows with the outcome, and rows without.
        case positives
        /// Before the experiment the arms' outcomes were alike.
        case placebo
        /// The parts agree, column by column, within the experiment's margins.
        case trainEval = "train-eval"
        /// Kept control rows agree with everything that was served, within the same margins.
        case controlServe = "control-serve"
        /// There are enough rows.
        case minimumRows = "minimum-rows"
    }

    /// Which gate.
    public var name: Name
    /// Whether the condition holds.
    public var passed: Bool
    /// The figure that was judged: a p-value, a share, a count; `nil` where it could not be found.
    public var figure: Double?
    /// What the figure must reach.
    public var limit: Double
    /// What was seen, for people.
    public var detail: String
    /// Why the gate may fail all the same, where its user said so.
    public var waiver: String?

    /// Whether the set may be written as far as this gate goes.
    public var isOpen: Bool { passed || waiver != nil }
}
