internal import HoldfastFormats

/// What is to be kept of whole rows while a table is read.
///
///     var plan = RowPlan(options)              // a sample and hashes, by the options' columns
///     plan.needs("customer_id")                // true where that is the key or the unit
///
/// Every table of a run is read with the same plan: hashes, and so the rows that are kept, can be
/// compared between tables that were hashed alike, and with no others.
package struct RowPlan: Sendable {
    /// The columns, by name, whose cells are kept and compared.
    package var isCompared: @Sendable (String) -> Bool
    /// The columns, by name, whose cells are categories whatever they look like.
    package var isCategory: @Sendable (String) -> Bool
    /// The columns, by name, that were declared numbers.
    package var isNumber: @Sendable (String) -> Bool = { _ in false }
    /// Compared columns that say nothing about whether two rows are the same one: a key that each
    /// file numbers anew, a prediction that only one has.
    package var isUnhashed: @Sendable (String) -> Bool = { _ in false }
    /// The most rows of the sample; 0 for none.
    package var sampleLimit = RowPlan.usualSampleLimit
    /// Whether a hash of every row is kept.
    package var keepsHashes = true
    /// The most row hashes, and the most hashes of units.
    package var hashLimit = RowPlan.usualHashLimit
    /// The column that names a row, where rows are to be joined by it.
    package var key: String?
    /// The most rows with a key.
    package var keyedLimit = RowPlan.usualKeyedLimit
    /// The column that names a unit, where units are to be looked for in both tables.
    package var unit: String?
    /// From what all hashes are made.
    package var seed: UInt64 = 0

    /// 5,000 rows of either table give an area under the curve to about ±0.012.
    package static let usualSampleLimit = 5_000
    /// The rows of a table from which on the sample is that large.
    package static let largeTable = 100_000
    /// The most rows of a smaller table's sample: they give the area to about ±0.018, in less time
    /// than the reading takes.
    package static let smallSampleLimit = 2_000
    /// 200,000 rows give the share of rows that differ to about ±0.0005 where it is 0.01.
    package static let usualKeyedLimit = 200_000
    /// 2²² hashes of 8 bytes: 32 MiB.
    package static let usualHashLimit = 1 << 22
    /// The most cells of a sample: 2²⁰ of 9 bytes. Tables of over 209 columns get fewer rows.
    static let sampleCells = 1 << 20
    /// The most cells of rows with a key: 2²² of 9 bytes, and up to 8 bytes more in a column of
    /// texts. Tables of over 20 columns get fewer rows.
    static let keyedCells = 1 << 22
    /// The most bytes of texts of rows with a key, 32 MiB.
    static let keyedTextBytes = 1 << 25

    /// A plan by two answers.
    package init(
        isCompared: @escaping @Sendable (String) -> Bool,
        isCategory: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.isCompared = isCompared
        self.isCategory = isCategory
    }

    /// The plan that options ask for: every column that they do not ignore, but for the weight.
    package init(_ options: CheckOptions) {
        let left = ColumnNames(options.ignored + [options.weight].compactMap { $0 })
        let categories = ColumnNames(options.categories)
        let unhashed = ColumnNames([options.key, options.prediction].compactMap { $0 })
        self.init(
            isCompared: { !left.contain($0) }, isCategory: { categories.contain($0) })
        isUnhashed = { unhashed.contain($0) }
        let numbers = ColumnNames(
            options.schema?.columns.filter(\.type.isNumber).map(\.name) ?? [])
        isNumber = { numbers.contain($0) }
        key = options.key
        unit = options.unit
    }

    /// Whether a column has to be read for this plan.
    package func needs(_ column: String) -> Bool {
        isCompared(column) || isNamed(column, key) || isNamed(column, unit)
    }

    /// How much of the sample is kept.
    var sampleLimits: KeptRows.Limits {
        KeptRows.Limits(
            rows: sampleLimit, cells: Self.sampleCells, textBytes: 0, isByName: false)
    }

    /// How much of the rows with a key is kept.
    var keyedLimits: KeptRows.Limits {
        KeptRows.Limits(
            rows: keyedLimit, cells: Self.keyedCells, textBytes: Self.keyedTextBytes,
            isByName: true)
    }

    /// What the plan makes of a column.
    func use(of column: String) -> ColumnUse {
        let isKey = isNamed(column, key)
        let isCompared = isCompared(column)
        return ColumnUse(
            name: column, isCompared: isCompared && !isKey, isForced: isCategory(column),
            isNumber: isNumber(column),
            isHashed: isCompared && !isUnhashed(column), isKey: isKey,
            isUnit: isNamed(column, unit), salt: CellHash.salt(of: column, seed: seed))
    }

    private func isNamed(_ column: String, _ name: String?) -> Bool {
        name.map { sameBytes($0, column) } ?? false
    }
}

/// What one column of a table is for.
struct ColumnUse: Sendable {
    /// The column's name.
    var name: String
    /// Its cells are kept.
    var isCompared: Bool
    /// Its cells are categories by their bytes.
    var isForced: Bool
    /// Its cells are numbers, whatever they look like.
    var isNumber: Bool
    /// It is part of a row's hash.
    var isHashed: Bool
    /// It names the row.
    var isKey: Bool
    /// It names the unit.
    var isUnit: Bool
    /// What its cells' hashes are mixed with.
    var salt: UInt64
}
