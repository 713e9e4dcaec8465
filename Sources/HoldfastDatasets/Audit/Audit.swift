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
    public struct Attrition: Sendable, Equatable {
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

        public static func == (one: Attrition, other: Attrition) -> Bool {
            one.exclusion == other.exclusion && one.isOneArmed == other.isOneArmed
                && one.arms.elementsEqual(other.arms, by: ==) && one.pValue == other.pValue
                && one.difference == other.difference && one.isAlarm == other.isAlarm
        }
    }

    /// One feature of the control rows that were kept, against those that were excluded.
    public struct Balance: Sendable, Equatable {
        /// The feature; for a category `name=value`, for what is missing `name is missing`.
        public var feature: String
        /// Rows with a value, kept and excluded.
        public var kept: Int
        public var excluded: Int
        /// Their means; for a category the share.
        public var keptMean: Double?
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

        public static func == (one: Balance, other: Balance) -> Bool {
            one.feature == other.feature && one.kept == other.kept
                && one.excluded == other.excluded && one.keptMean == other.keptMean
                && one.excludedMean == other.excludedMean && one.difference == other.difference
                && one.interval?.low == other.interval?.low
                && one.interval?.high == other.interval?.high
                && one.pValue == other.pValue && one.varianceRatio == other.varianceRatio
                && one.isAlarm == other.isAlarm
        }
    }

    /// The outcome in the horizon before the experiment began, by arm.
    public struct Placebo: Sendable, Equatable {
        /// Units with an outcome then, and its mean, by arm.
        public var arms: [Arm]
        /// The chance of means as far apart or farther; `nil` where none is defined.
        public var pValue: Double?

        /// One arm.
        public struct Arm: Sendable, Equatable {
            public var arm: String
            public var units: Int
            public var mean: Double?
        }
    }

    /// Rows in a band of the score.
    public struct Band: Sendable, Equatable {
        /// Its ends, the second not included; `nil` where it is open.
        public var from: Double?
        public var below: Double?
        /// Randomised rows in it, those on which the model meant to act, and those kept.
        public var rows: Int
        public var intended: Int
        public var kept: Int
        /// The least chance by design, of the kept rows, of having been left alone.
        public var leastPropensity: Double?
    }

    /// The weights of the kept rows.
    public struct Weights: Sendable, Equatable {
        /// Kept rows, and the sum of their weights.
        public var rows: Int
        public var sum: Double
        /// Kish's effective sample size: (Σw)² / Σw².
        public var effectiveSize: Double
        /// The largest weight, and its share of the sum.
        public var largest: Double
        public var largestShare: Double
        /// The sum of the weights by the rows for which they stand: near 1, where the design is
        /// what the ledger says; `nil` in the mode `control`.
        public var mean: Double?
        /// The chance of a mean as far from 1 or farther.
        public var pValue: Double?
        /// The share of the weights that was cut off by trimming; `nil` without censoring weights.
        public var trimmedShare: Double?
        /// How many rows have a weight in each of the bins: from `edges[i]` up to `edges[i + 1]`.
        public var edges: [Double]
        public var counts: [Int]
    }

    /// One feature of the kept rows and of everything served, over the same bins.
    public struct FeatureHistogram: Sendable, Equatable {
        public var feature: String
        /// The bins' edges for a number (one more than counts, the last one included), or empty.
        public var edges: [Double]
        /// The categories, or empty for a number; the last may stand for all others.
        public var categories: [String]
        /// Rows in each, and rows without a value.
        public var kept: [Int]
        public var served: [Int]
        public var keptMissing: Int
        public var servedMissing: Int
    }
}
