/// What a report tells of a table.
public struct TableFacts: Sendable, Equatable {
    /// Which table it is.
    public var role: TableRole
    /// What its user called it.
    public var name: String
    /// The rows, the header not counted.
    public var rows: Int
    /// The columns, the ignored ones counted.
    public var columns: Int
    /// The rows that a weighted table is worth (Kish's effective sample size); `nil` without
    /// weights.
    public var effectiveRows: Double?
}

/// Two tables, compared.
public struct PairComparison: Sendable, Equatable {
    /// What is compared to.
    public var reference: TableRole
    /// What is compared.
    public var candidate: TableRole
    /// Every column of either, in the order of the reference, then of the candidate.
    public var columns: [ColumnComparison]
    /// What was found across columns.
    public var across = AcrossColumns()
    /// The candidate in slices, where they were asked for.
    public var slices: SliceComparison?

    /// The verdict on all columns together and on what was found across them.
    public var verdict: Verdict {
        Verdict(all: columns.map(\.verdict) + [across.verdict].compactMap { $0 })
    }

    /// How many columns have that verdict.
    public func count(_ verdict: Verdict) -> Int { columns.count { $0.verdict == verdict } }
}

/// Whether two or three tables agree, column by column.
public struct CheckReport: Sendable, Equatable {
    /// The tables, train first.
    public var tables: [TableFacts]
    /// Each pair of them.
    public var pairs: [PairComparison]
    /// How they were compared.
    public var options: CheckOptions
    /// The number of p-values that were corrected together.
    public var family: Int
    /// A picture of each compared column, in the order of the first pair's columns.
    public var pictures: [ColumnPicture] = []
    /// What the tables hold against a schema, where one was given.
    public var schema: SchemaResult?

    /// Disagrees if any pair does or a schema is broken, else inconclusive if any is, else agrees.
    public var verdict: Verdict {
        Verdict(all: pairs.map(\.verdict) + [schema?.verdict].compactMap { $0 })
    }
}
