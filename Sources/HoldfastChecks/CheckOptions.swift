/// The largest differences that count as agreement.
public struct Margins: Sendable, Equatable {
    /// For distributions: Kolmogorov-Smirnov or total variation, between 0 and 1.
    public var distribution: Double
    /// For the difference between the shares of missing cells, of NaN, of either infinity and of
    /// empty texts, between 0 and 1.
    public var missingShare: Double

    /// Margins; unless told otherwise a tenth of the rows, and a twentieth for missing ones.
    public init(distribution: Double = 0.1, missingShare: Double = 0.05) {
        self.distribution = distribution
        self.missingShare = missingShare
    }
}

/// The largest differences across columns that count as agreement.
public struct AcrossMargins: Sendable, Equatable {
    /// By how much a classifier may be better than chance: 0.1 is an area of 0.6.
    public var classifier = 0.1
    /// The largest change of a rank correlation.
    public var correlation = 0.2
    /// The share of eval's rows or units that train may hold too, beyond what chance explains.
    public var overlap = 0.01
    /// The share of rows joined by key that may differ.
    public var skew = 0.01

    /// The defaults.
    public init() {}
}

/// Into which slices the candidate is cut.
public struct SliceRule: Sendable, Equatable {
    /// The column that says where a row belongs.
    public var column: String
    /// The length of a slice in seconds, where the column is a time; `nil` for a slice a value.
    public var seconds: Int?
    /// The rule as its user wrote it: "time:1d", "region".
    public var text: String

    /// A rule.
    public init(column: String, seconds: Int?, text: String) {
        self.column = column
        self.seconds = seconds
        self.text = text
    }
}

/// How tables are compared.
public struct CheckOptions: Sendable, Equatable {
    /// The level of each confidence interval, between 0.5 and 1.
    public var level = 0.95
    /// The margins of every column without its own.
    public var margins = Margins()
    /// The margins of single columns.
    public var columnMargins: [String: Margins] = [:]
    /// Columns that are categories though they look like numbers: codes, identifiers of shops.
    public var categories: [String] = []
    /// Columns left out: row identifiers, times, a label that one table cannot have.
    public var ignored: [String] = []
    /// The column of each row's weight, the inverse of its chance of being there; a table without
    /// it is unweighted.
    public var weight: String?
    /// The column that the model is to predict.
    public var label: String?
    /// The column that it predicted.
    public var prediction: String?
    /// The column that names a row, by which train and serve are joined.
    public var key: String?
    /// The column that names a unit, which train and eval should not share.
    public var unit: String?
    /// Into which slices the candidates are cut.
    public var slices: SliceRule?
    /// Whether columns are also compared together: by a classifier, by correlations, and whole rows.
    public var isAcross = true
    /// The margins across columns.
    public var acrossMargins = AcrossMargins()
    /// About how many bytes summaries may take; `nil` keeps all values, for exact figures.
    public var byteLimit: Int?

    /// The most categories of one column: beyond it, it is an identifier and no category.
    public static let categoryLimit = 1_000_000

    /// The defaults.
    public init() {}

    /// The margins that hold for a column.
    package func margins(of column: String) -> Margins {
        columnMargins.first { $0.key.utf8.elementsEqual(column.utf8) }?.value ?? margins
    }

    /// Refuses what no comparison can be made with.
    func validate() throws(CheckError) {
        guard level >= 0.5 && level < 1 else {
            throw CheckError("the level \(level) is not from 0.5 to below 1", hint: "0.95 is usual")
        }
        for (name, margins) in [("", margins)] + columnMargins.sorted(by: { $0.key < $1.key }) {
            let place = name.isEmpty ? "" : " of column \"\(name)\""
            for margin in [margins.distribution, margins.missingShare]
            where !(margin > 0 && margin < 1) {
                throw CheckError(
                    "the margin \(margin)\(place) is not between 0 and 1",
                    hint: "0.1 lets a tenth of the rows differ")
            }
        }
    }
}
