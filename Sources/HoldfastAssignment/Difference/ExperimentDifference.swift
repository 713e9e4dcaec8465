public import HoldfastFormats

/// What a new catalog does to the units of one experiment.
public struct ExperimentDifference: Sendable {
    /// The experiment.
    public var name: Name
    /// Whether it runs under the old catalog at the moment in question: only then it has units that
    /// could be moved.
    public var isRunning: Bool
    /// Whether it has ended under the old catalog, and the new one opens it again: its units are
    /// held against the arms that they had.
    public var isReopening: Bool
    /// Whether the new catalog ends it: nobody is treated any more, which is how one is stopped.
    public var isEnding: Bool
    /// What is declared otherwise, in words: `its arms were … and are … now`.
    public var changes: [String]
    /// The units that change their standing, as shares of all units, in the order of the arms.
    public var moves: [Move]
    /// What could move units although shares cannot say how many.
    public var risks: [String]

    /// A part of the units that changes its standing.
    public struct Move: Sendable, Hashable {
        /// Where they were.
        public var from: Standing
        /// Where they will be.
        public var to: Standing
        /// The part of all units, above 0 and at most 1; exact but for the rounding of doubles.
        public var share: Double
        /// The scores for which this holds, where the arm depends on the score.
        public var scores: String?

        /// Whether no unit leaves an arm or a holdout by it.
        public var isSafe: Bool {
            switch from {
            case .arm, .heldOut: false
            case .outsideSlice, .notEnrolled, .none: true
            }
        }
    }

    /// Whether no unit of a running experiment leaves its arm or its holdout, unless it ends.
    public var isSafe: Bool {
        !(isRunning || isReopening) || isEnding || moves.allSatisfy(\.isSafe) && risks.isEmpty
    }

    /// Why it is not safe, in words; empty where it is.
    public var reasons: [String] {
        guard isRunning || isReopening, !isEnding else { return [] }
        let moved = moves.filter { !$0.isSafe }.map { move in
            "\(Self.percent(move.share)) of all units would move from \(move.from) to \(move.to)"
                + (move.scores.map { " (\($0))" } ?? "")
        }
        return moved + risks
    }

    /// A share in percent, with as many digits as it takes to see that it is not 0.
    package static func percent(_ share: Double) -> String {
        let millionths = (share * 1_000_000).rounded()
        if millionths >= 1 { return Share(millionths: Int(min(millionths, 1_000_000))).description }
        return "less than 0.0001%"
    }
}

/// What a new catalog does to units, before it is in force.
///
///     let difference = CatalogDifference(from: old, to: new, at: now)
///     difference.experiments.first?.moves.first   // control → treatment, share 0.025
///
/// Exact: from the ranges of buckets, not from a sample. A change is safe where no unit leaves
/// control, a holdout or another arm, and none changes its arm.
public struct CatalogDifference: Sendable {
    /// The experiments of either catalog that differ in how they deal, in the old one's order, then
    /// the new ones.
    public var experiments: [ExperimentDifference]

    /// Whether every experiment's change is safe.
    public var isSafe: Bool { experiments.allSatisfy(\.isSafe) }

    /// Compares two catalogs at a moment.
    public init(from old: Catalog, to new: Catalog, at time: Timestamp) {
        let sameSalt = old.saltFingerprint == new.saltFingerprint
        let names =
            old.experiments.map(\.name)
            + new.experiments.map(\.name).filter { old.dealings[$0] == nil }
        experiments = names.compactMap {
            ExperimentDifference($0, from: old, to: new, sameSalt: sameSalt, at: time)
        }
    }
}

extension ExperimentDifference {
    /// Compares one experiment; `nil` where it deals alike.
    ///
    /// `hasRun` says of an experiment that does not run any more that it did under the old catalog,
    /// whose times may say otherwise. One that has ended by them is taken to have run.
    init?(
        _ name: Name, from old: Catalog, to new: Catalog, sameSalt: Bool, at time: Timestamp,
        hasRun: Bool = false
    ) {
        let before = old.dealings[name]
        let after = new.dealings[name]
        let isRunning = !hasRun && before?.experiment.isRunning(at: time) ?? false
        let isOver = hasRun || before?.experiment.hasEnded(at: time) ?? false
        let isOpen = after.map { !$0.experiment.hasEnded(at: time) } ?? false
        let isReopening = !isRunning && isOver && isOpen
        let pair = DealingPair(
            before: before, after: after, sameSalt: sameSalt, time: time,
            ignoresTimes: isReopening)
        self.init(
            name: name, isRunning: isRunning, isReopening: isReopening,
            isEnding: after?.experiment.ends.map { $0 <= time } ?? false,
            changes: pair.changes, moves: pair.moves, risks: pair.risks)
        if changes.isEmpty && moves.isEmpty && risks.isEmpty { return nil }
    }
}
