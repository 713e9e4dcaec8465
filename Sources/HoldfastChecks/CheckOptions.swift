/// The largest differences that count as agreement.
public struct Margins: Sendable, Equatable {
    /// For distributions: Kolmogorov-Smirnov or total variation, between 0 and 1.
    public var distribution: Double
    /// For the difference between the shares of missing cells, between 0 and 1.
    public var missingShare: Double

    /// Margins; unless told otherwise a tenth of the rows, and a twentieth for missing ones.
    public init(distribution: Double = 0.1, missingShare: Double = 0.05) {
        self.distribution = distribution
        self.missingShare = missingShare
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
