internal import HoldfastFormats

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

    /// A rule.
    public init(column: String, seconds: Int? = nil) {
        self.column = column
        self.seconds = seconds
    }

    /// A rule as a user writes it: `region`, `decided_at:1d`; units are `s`, `min`, `h`, `d`, `w`.
    ///
    ///     try SliceRule("decided_at:12h").seconds     // 43200
    ///
    /// What stands behind the last colon is a length only where it looks like one, so that a
    /// column's name may hold colons.
    public init(_ text: String) throws(CheckError) {
        let units = ["s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        self.init(column: text)
        if let colon = text.lastIndex(of: ":") {
            let length = text[text.index(after: colon)...]
            let digits = length.prefix { $0.isASCII && $0.isNumber }
            if !digits.isEmpty, let unit = units[String(length.dropFirst(digits.count))] {
                guard let count = Int(digits), (1...1_000_000).contains(count) else {
                    throw CheckError(
                        "the length \(length) of a slice is not from 1 to 1,000,000 of its unit",
                        hint: "write for example 1d or 12h")
                }
                self.init(column: String(text[..<colon]), seconds: count * unit)
            }
        }
        guard !column.isEmpty else {
            throw CheckError("a slice needs a column", hint: "write region, or time:1d")
        }
    }

    /// The rule as a user writes it: "time:1d", "region".
    public var text: String { seconds == nil ? column : "\(column):\(periodText)" }

    /// The length in the largest unit that it is whole in: "1d".
    var periodText: String {
        let units = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("min", 60)]
        let length = seconds ?? 0
        for (unit, size) in units where length % size == 0 { return "\(length / size)\(unit)" }
        return "\(length)s"
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
    /// Whether columns are also compared together: by a classifier, by correlations, by whole rows.
    public var isAcross = true
    /// The margins across columns.
    public var acrossMargins = AcrossMargins()
    /// The schema that every table is held against.
    public var schema: TableSchema?
    /// What the report calls it.
    public var schemaName = "the schema"
    /// About how many bytes summaries may take; `nil` keeps all values, for exact figures.
    public var byteLimit: Int?
    /// Columns that are named above and that no table needs to have: what a catalog declares for
    /// several tables. Any other name that no table has is an error.
    public var unneeded: [String] = []
    /// The program that reads Parquet, by name or path.
    public var duckdb = "duckdb"

    /// The least bound on memory: 16 MiB.
    public static let leastBytes = 16 << 20

    /// The defaults.
    public init() {}

    /// The margins that hold for a column.
    package func margins(of column: String) -> Margins {
        columnMargins.first { sameBytes($0.key, column) }?.value ?? margins
    }

    /// What a column is to the model.
    func part(of column: String) -> ColumnPart {
        if let label, sameBytes(label, column) { return .label }
        if let prediction, sameBytes(prediction, column) { return .prediction }
        return .feature
    }

    /// Whether a table may lack a column without being held to it: a label, which operation does
    /// not know yet, and a prediction, which training had no need of.
    func mayLack(_ column: String) -> Bool { part(of: column) != .feature }

    /// Every column that the options name.
    package var namedColumns: [String] {
        categories + ignored + columnMargins.keys.sorted()
            + [weight, label, prediction, key, unit, slices?.column].compactMap { $0 }
    }

    /// Refuses what no comparison can be made with.
    func validate() throws(CheckError) {
        guard level >= 0.5 && level < 1 else {
            throw CheckError("the level \(level) is not from 0.5 to below 1", hint: "0.95 is usual")
        }
        if let byteLimit, byteLimit < Self.leastBytes {
            throw CheckError(
                "a bound of \(byteLimit) bytes on memory is too small",
                hint: "give at least \(Self.leastBytes >> 20) MiB")
        }
        for margin in [
            acrossMargins.classifier, acrossMargins.correlation, acrossMargins.overlap,
            acrossMargins.skew,
        ] where !(margin > 0 && margin < 1) {
            throw CheckError(
                "the margin \(margin) across columns is not between 0 and 1",
                hint: "leave it out for the usual one")
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
