internal import HoldfastStatistics
internal import HoldfastTables

/// What a column is to the model.
public enum ColumnPart: String, Sendable, Equatable, CaseIterable {
    /// What it computes from.
    case feature
    /// What it is to predict: a change is label shift.
    case label
    /// What it predicted: a change is prediction shift.
    case prediction
}

/// What a report tells of one column of one table.
public struct ColumnFacts: Sendable, Equatable {
    /// What the cells are.
    public var kind: ColumnKind
    /// All cells.
    public var rows: Int
    /// The cells without a value: nothing, or a word such as NA.
    public var missing = 0
    /// The cells that are not a number, NaN.
    public var notANumber = 0
    /// The cells that are plus infinity.
    public var positiveInfinity = 0
    /// The cells that are minus infinity.
    public var negativeInfinity = 0
    /// Quoted nothings: empty texts.
    public var emptyText = 0
    /// The different categories, where they are categories; at least so many where some were not
    /// kept (``unattributedShare``).
    public var categories: Int?
    /// The smallest number.
    public var minimum: Double?
    /// The largest number.
    public var maximum: Double?
    /// The mean of the numbers.
    public var mean: Double?
    /// The standard deviation of the numbers, `nil` for fewer than two.
    public var standardDeviation: Double?
    /// The number that half of them do not exceed.
    public var median: Double?
    /// The largest error of a cumulative share, above 0 where a bound on memory made a sketch of
    /// the numbers. The intervals hold it.
    public var rankError = 0.0
    /// The share of values in categories that a bound on memory did not let be kept. The intervals
    /// hold it.
    public var unattributedShare = 0.0

    /// Whether an engine counted the column: what it did not count is what ``rankError`` and
    /// ``unattributedShare`` are of, and no bound on memory.
    public var isFromEngine = false

    /// All cells that are no value of the column. Among categories, infinite cells and empty texts
    /// are categories; among numbers they are none.
    public var absent = 0
}

extension ColumnFacts {
    init(_ column: ColumnSummary) {
        self.init(kind: column.kind, rows: column.rows)
        let cells = column.cells
        missing = cells[.missing]
        notANumber = cells[.notANumber]
        positiveInfinity = cells[.positiveInfinity]
        negativeInfinity = cells[.negativeInfinity]
        emptyText = cells[.emptyText]
        absent = column.absent
        isFromEngine = column.isFromEngine
        if column.kind == .category {
            let summary = column.categorySummary
            categories = summary.categories
            unattributedShare = summary.total > 0 ? summary.unattributed / summary.total : 0
        }
        guard let numbers = column.numberSample else { return }
        minimum = numbers.minimum
        maximum = numbers.maximum
        mean = numbers.mean
        standardDeviation = numbers.variance?.squareRoot()
        median = numbers.quantile(0.5)
        rankError = numbers.rankError
    }
}
