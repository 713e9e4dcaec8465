/// A condition that a retraining set must meet before it is written. Gates fail closed.
public struct Gate: Sendable, Equatable {
    /// The gates there are.
    public enum Name: String, Sendable, CaseIterable {
        /// The arms received the shares that the catalog promises: chi-square, p ≥ 0.001.
        case sampleRatio = "sample-ratio"
        /// Every randomised decision is what its revision deals.
        case recomputation
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
