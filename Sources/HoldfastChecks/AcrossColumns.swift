public import HoldfastStatistics

/// What was found across the columns of two tables, where each column alone may agree.
///
/// Each part is `nil` where it was not asked for or cannot be found out; then ``notes`` says why.
public struct AcrossColumns: Sendable, Equatable {
    /// The findings that count towards the verdict, in the order of the parts below.
    public var findings: [Finding] = []
    /// Whether a model can tell a row of one table from a row of the other.
    public var classifier: ClassifierFacts?
    /// The pairs of number columns whose correlation changed most, at most ten.
    public var correlations: [CorrelationFacts] = []
    /// Rows of the candidate that the reference holds too.
    public var duplicates: DuplicateFacts?
    /// Units that are in both tables.
    public var units: UnitFacts?
    /// Rows of one key in both tables, compared cell by cell.
    public var skew: SkewFacts?
    /// What a reader must know besides, whole sentences.
    public var notes: [String] = []

    /// Nothing found yet.
    public init() {}

    /// The verdict on what counts; `nil` where nothing was measured.
    public var verdict: Verdict? {
        let verdicts = findings.filter(\.countsAcross).map(\.verdict)
        return verdicts.isEmpty ? nil : Verdict(all: verdicts)
    }

    /// A classifier two-sample test.
    public struct ClassifierFacts: Sendable, Equatable {
        /// The chance that it scores a row of the candidate above one of the reference.
        public var area: Double
        /// The interval of that.
        public var interval: Interval
        /// The rows of each table that it saw.
        public var referenceRows: Int
        /// The rows of the candidate that it saw.
        public var candidateRows: Int
        /// The columns that give the tables away, the first one most; at most ten.
        public var columns: [Giveaway]

        /// What one column contributes.
        public struct Giveaway: Sendable, Equatable {
            /// Its name.
            public var column: String
            /// Its share of what the model gained.
            public var share: Double
            /// The area that this column alone gives; `nil` where that was not looked at.
            public var area: Double?
        }
    }

    /// The rank correlation of two columns in both tables.
    public struct CorrelationFacts: Sendable, Equatable {
        /// One column.
        public var one: String
        /// The other.
        public var other: String
        /// Spearman's correlation in the reference.
        public var reference: Double
        /// The same in the candidate.
        public var candidate: Double
        /// The interval of the size of the difference, for all pairs at once.
        public var interval: Interval
    }

    /// Whole rows that both tables hold.
    public struct DuplicateFacts: Sendable, Equatable {
        /// The rows of the candidate that the reference holds too.
        public var shared: Int
        /// All rows of the candidate.
        public var rows: Int
        /// The share of the reference's rows that it holds more than once: what to expect where
        /// rows are alike by chance.
        public var expectedShare: Double
    }

    /// Units that both tables hold.
    public struct UnitFacts: Sendable, Equatable {
        /// The column that names them.
        public var column: String
        /// Different units of the reference.
        public var reference: Int
        /// Different units of the candidate.
        public var candidate: Int
        /// Units that are in both.
        public var shared: Int
    }

    /// Rows joined by key.
    public struct SkewFacts: Sendable, Equatable {
        /// The column that names a row.
        public var key: String
        /// Keys in both tables, each compared.
        public var joined: Int
        /// Keys of the reference only.
        public var referenceOnly: Int
        /// Keys of the candidate only.
        public var candidateOnly: Int
        /// Keys that a table holds more than once, left out.
        public var repeated: Int
        /// The share of all keys that was looked at, by a hash of the key; 1 where all were.
        public var sampledShare: Double
        /// Joined rows in which some column differs.
        public var differing: Int
        /// The columns, the worst first.
        public var columns: [Column]

        /// One column of the joined rows.
        public struct Column: Sendable, Equatable {
            /// Its name.
            public var column: String
            /// Joined rows in which it differs, those missing on one side counted.
            public var differing: Int
            /// Of these, rows in which one side has no value.
            public var missingOnOneSide: Int
            /// The mean of candidate − reference over rows with two numbers.
            public var meanShift: Double?
            /// The largest size of that difference.
            public var largest: Double?
            /// A few rows that differ.
            public var examples: [Example]
        }

        /// A cell that differs.
        public struct Example: Sendable, Equatable {
            /// The row's key.
            public var key: String
            /// The reference's cell; "" with `nil` meaning a missing one.
            public var reference: String?
            /// The candidate's cell, `nil` where it is missing.
            public var candidate: String?
        }
    }
}

extension Finding {
    /// Whether a finding across columns counts towards the verdict.
    ///
    /// A correlation, a row or a unit in both tables that these rows cannot tell from chance is not
    /// held against the tables: among hundreds of pairs some always are, and where rows are alike
    /// by chance no number of them would tell.
    package var countsAcross: Bool {
        switch measure {
        case .correlation, .duplicateRows, .sharedUnits: verdict != .inconclusive
        case .kolmogorovSmirnov, .totalVariation, .missingShare, .notANumberShare,
            .positiveInfinityShare, .negativeInfinityShare, .emptyTextShare, .classifier, .skew:
            true
        }
    }
}
