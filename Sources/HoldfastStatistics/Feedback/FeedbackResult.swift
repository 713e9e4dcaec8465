/// What a feedback simulation found: for each regime, cycle after cycle, what its policy did, what
/// its monitor saw, what it was retrained on, and how good the new model truly is.
public struct FeedbackResult: Sendable, Equatable {
    /// What it was run with.
    public var settings: FeedbackSettings
    /// The regimes, in the order in which they were asked for.
    public var courses: [Course]

    /// What became of one regime.
    public struct Course: Sendable, Equatable {
        /// The regime.
        public var regime: FeedbackRegime
        /// Its cycles, from 0.
        public var cycles: [Cycle]
    }

    /// One cycle of one regime: the model of the cycle before acts, and a new one is trained.
    public struct Cycle: Sendable, Equatable {
        /// The cycle's number, from 0; in cycle 0 there is no model yet, and nothing is blocked.
        public var number: Int
        /// What the policy did.
        public var actions: Actions
        /// What a monitor sees of the acting model; `nil` in cycle 0 and for the oracle.
        public var monitor: Monitor?
        /// What the new model was trained on.
        public var training: Training
        /// The new model's coefficients, the intercept first; `nil` where the rows gave none, and
        /// the model before stays in use.
        public var coefficients: [Double]?
        /// How good the model that is now in use is on untouched units of the next cycle; `nil`
        /// where there is none yet.
        public var quality: Quality?
    }

    /// What a policy did with the units of a cycle.
    public struct Actions: Sendable, Equatable {
        /// The units blocked.
        public var blocked: Int
        /// The frauds among the units that were not blocked.
        public var fraudLetThrough: Int
        /// The blocked units that were no fraud.
        public var goodBlocked: Int
        /// The units that the model would have blocked, left alone as control or explored.
        public var spared: Int
        /// The frauds among them: what the holdout costs.
        public var fraudSpared: Int
    }

    /// What a monitor sees of the acting model, on the rows whose label it knows.
    public struct Monitor: Sendable, Equatable {
        /// The area under the ROC curve on those rows, `nil` without a fraud or without a good one.
        public var auc: Double?
        /// The same, weighted by 1 over the propensity, for an exploration.
        public var weightedAUC: Double?
    }

    /// What a model was trained on.
    public struct Training: Sendable, Equatable {
        /// The rows.
        public var rows: Int
        /// The rows of label 1.
        public var positives: Int
        /// The weighted share of label 1, `nil` without a row.
        public var rate: Double?
        /// The rows that would tell as much without weights, `nil` without a row: L. Kish, "Survey
        /// Sampling" (1965), (Σw)² / Σw².
        public var effectiveRows: Double?
    }

    /// The course of a regime, or `nil` where it was not run.
    public subscript(_ regime: FeedbackRegime) -> Course? {
        courses.first { $0.regime == regime }
    }
}
