/// What a retraining set says of itself: whether leaving rows out has bent it, and by how much.
///
/// Excluding by what happened after the assignment is selection. Each figure here holds those that
/// were kept against those that were not, or one arm against another under the same rules.
public struct Audit: Sendable {
    /// Rows lost by arm, for each rule that was applied to every arm.
    public var attrition: [Attrition]
    /// The share of the arm with fewer losses that would have to be trimmed to make both alike
    /// (Lee, 2009); `nil` where an arm has no rows.
    public var trimmingShare: Double?
    /// Control rows kept against control rows excluded, by feature.
    public var balance: [Balance]
    /// Before the experiment began: the outcome by arm, where any treatment can only have been
    /// imagined; `nil` where no outcome was recorded then.
    public var placebo: Placebo?
    /// How many rows stood for how many, by score.
    public var bands: [Band]
    /// The weights of the kept rows.
    public var weights: Weights
    /// How the kept rows' features compare with all that was served.
    public var features: [FeatureHistogram]

    /// One rule's losses by arm.
    public struct Attrition: Sendable {
        /// The rule; `nil` for all of those together that can fire in every arm.
        public var exclusion: Exclusion?
        /// Whether it can only ever fire in one arm, so that a comparison of arms says nothing.
        public var isOneArmed: Bool
        /// Randomised rows and how many of them the rule left out, by arm, in declared order.
        public var arms: [(arm: String, rows: Int, lost: Int)]
        /// The chance of a difference as large or larger; `nil` where none is defined.
        public var pValue: Double?
        /// The largest difference of any arm's share from control's.
        public var difference: Double?
        /// Whether arms differ by more than chance explains and by more than matters.
        public var isAlarm = false
    }

    /// One feature of the control rows that were kept, against those that were excluded.
    public struct Balance: Sendable {
        /// The feature; for a category `name=value`, for what is missing `name is missing`.
        public var feature: String
        /// Kept rows with a value.
        public var kept: Int
        /// Excluded rows with one.
        public var excluded: Int
        /// The mean of the kept; for a category its share.
        public var keptMean: Double?
        /// The mean of the excluded; with weights for what was excluded that of kept and excluded
        /// rows together, which the kept, weighted, are held against.
        public var excludedMean: Double?
        /// The standardised mean difference, kept less excluded; `nil` where none is defined.
        public var difference: Double?
        /// Its 95% interval.
        public var interval: (low: Double, high: Double)?
        /// The chance of a difference as large or larger between alike rows.
        public var pValue: Double?
        /// The variance of the kept by that of the excluded; `nil` for categories.
        public var varianceRatio: Double?
        /// Whether they differ by more than chance explains and by more than matters.
        public var isAlarm = false
    }

    /// The outcome in the horizon before the experiment began, by arm.
    public struct Placebo: Sendable, Equatable {
        /// Units with an outcome then, and its mean, by arm.
        public var arms: [Arm]
        /// The chance of means as far apart or farther; `nil` where none is defined.
        public var pValue: Double?

        /// One arm.
        public struct Arm: Sendable, Equatable {
            /// Its name.
            public var arm: String
            /// Its units with an outcome then.
            public var units: Int
            /// The mean of those; `nil` without any.
            public var mean: Double?
        }
    }

    /// Rows in a band of the score.
    public struct Band: Sendable, Equatable {
        /// Where it begins; `nil` where it is open.
        public var from: Double?
        /// Where it ends, the end not included; `nil` where it is open.
        public var below: Double?
        /// Randomised rows in it.
        public var rows: Int
        /// Those on which the model meant to act, or nobody said.
        public var intended: Int
        /// Those kept.
        public var kept: Int
        /// The least chance by design, of the kept rows, of having been left alone.
        public var leastPropensity: Double?
    }

    /// The weights of the kept rows.
    public struct Weights: Sendable, Equatable {
        /// Kept rows.
        public var rows: Int
        /// The sum of their weights.
        public var sum: Double
        /// Kish's effective sample size: (Σw)² / Σw².
        public var effectiveSize: Double
        /// The largest weight.
        public var largest: Double
        /// Its share of the sum.
        public var largestShare: Double
        /// The sum of the weights by the rows for which they stand: near 1, where the design is
        /// what the ledger says; `nil` in the mode `control`.
        public var mean: Double?
        /// The chance of a mean as far from 1 or farther.
        public var pValue: Double?
        /// The share of the weights that was cut off by trimming; `nil` without censoring weights.
        public var trimmedShare: Double?
        /// The edges of bins of weights, one more than ``counts``.
        public var edges: [Double]
        /// How many rows have a weight from `edges[i]` up to `edges[i + 1]`.
        public var counts: [Int]
    }

    /// One feature of the kept rows and of everything served, over the same bins.
    public struct FeatureHistogram: Sendable, Equatable {
        /// The feature.
        public var feature: String
        /// The bins' edges for a number (one more than counts, the last one included), or empty.
        public var edges: [Double]
        /// The categories, or empty for a number; the last may stand for all others.
        public var categories: [String]
        /// Kept rows in each bin or category.
        public var kept: [Int]
        /// Served rows in each.
        public var served: [Int]
        /// Kept rows without a value.
        public var keptMissing: Int
        /// Served rows without a value.
        public var servedMissing: Int
    }
}
