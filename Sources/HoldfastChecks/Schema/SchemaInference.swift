internal import HoldfastStatistics
package import HoldfastTables

extension TableSchema {
    /// The most categories that an inferred schema lists; a column of more becomes text.
    public static let inferredCategoryLimit = 100
    /// The fewest rows from which on a column without repeated values is inferred to be unique.
    public static let inferredUniqueRows = 100

    /// A schema that this table keeps, as a draft for a person to edit.
    ///
    ///     let schema = try TableSchema.infer(.file("train.csv"))
    ///     schema.columns[0].type      // .number
    ///
    /// What was seen is taken for what is asked: the range, the categories, the share of missing
    /// cells up to the next hundredth, and that no value repeats. Others of the same kind may go
    /// beyond it, so that it has to be read: only a person knows what may come. Of the options
    /// those count that say how a table is read, `categories` and `ignored` above all. Throws
    /// ``CheckError`` where the table has no row or more columns than a schema, and the reader's
    /// error where it is no table.
    public static func infer(
        _ input: TableInput, options: CheckOptions = CheckOptions()
    ) throws -> TableSchema {
        try infer(input, options: options, progress: nil)
    }

    /// The same, telling how far the reading has come.
    package static func infer(
        _ input: TableInput, options: CheckOptions, progress: (@Sendable (TableProgress) -> Void)?
    ) throws -> TableSchema {
        var asked = options
        asked.isAcross = false
        asked.columnMargins = [:]
        (asked.schema, asked.slices, asked.weight, asked.key, asked.unit) = (
            nil, nil, nil, nil, nil
        )
        (asked.label, asked.prediction, asked.byteLimit) = (nil, nil, nil)
        let table = try TableSummary(
            input, as: .train, plan: ReadPlan(asked, [.train]), progress: progress)
        for name in asked.namedColumns
        where !table.names.contain(name) {
            throw CheckError(
                "\(table.name) has no column \"\(name)\", which the options name",
                hint: "check its spelling")
        }
        return try TableSchema(inferredFrom: table)
    }

    /// The schema of what a pass over a table has left.
    package init(inferredFrom table: TableSummary) throws(CheckError) {
        guard table.columns.count <= Self.columnLimit else {
            throw CheckError(
                "\(table.name) has \(table.columns.count) columns, a schema at most "
                    + "\(Self.columnLimit)", hint: "leave some out by --ignore")
        }
        for column in table.columns where column.name.utf8.count > Self.nameLimit {
            throw CheckError(
                "\(table.name) has a column whose name takes \(column.name.utf8.count) bytes",
                hint: "a schema takes \(Self.nameLimit); leave it out by --ignore")
        }
        self.init(concurrently(table.columns) { Column(inferredFrom: $0) }, others: .refused)
    }
}

extension TableSchema.Column {
    /// What a column was seen to be.
    init(inferredFrom column: ColumnSummary) {
        self.init(column.name, .text)
        missingShare = Self.roundedUp(column.valueless, of: column.rows)
        switch column.kind {
        case .empty: note = "No cell had a value: nothing is known of it."
        case .number: if let sample = column.numberSample { infer(sample) }
        case .category: infer(column.categorySummary, numbers: column.cells[.number])
        }
    }

    private mutating func infer(_ sample: OrderedSample) {
        let isWhole = sample.rankError == 0 && sample.values.allSatisfy { $0 == $0.rounded() }
        type = isWhole ? .integer : .number
        minimum = sample.minimum
        maximum = sample.maximum
        // Numbers with a fraction differ by what they are, not by a rule.
        isUnique =
            isWhole && sample.count >= TableSchema.inferredUniqueRows
            && sample.distinctValues == sample.count
    }

    /// `numbers` are the cells that are such, though others are texts.
    private mutating func infer(_ summary: CategorySummary, numbers: Int) {
        let isExact = summary.unattributed == 0
        if isExact && summary.categories == summary.count
            && summary.count >= TableSchema.inferredUniqueRows
        {
            isUnique = true
            return
        }
        guard isExact && summary.categories <= TableSchema.inferredCategoryLimit else {
            note =
                isExact
                ? "\(summary.categories) different values were seen: too many to list."
                : "Too many different values were seen to be counted."
            return
        }
        var names: [String] = []
        var isBoolean = true
        var isListed = true
        summary.eachCategory { bytes, _ in
            isBoolean = isBoolean && ColumnRules.isBoolean(bytes)
            let name = String(decoding: bytes, as: UTF8.self)
            // Bytes that are no UTF-8 cannot stand in the file.
            isListed =
                isListed && name.utf8.elementsEqual(bytes)
                && bytes.count <= TableSchema.nameLimit
            names.append(name)
        }
        if isBoolean {
            type = .boolean
        } else if isListed {
            type = .category
            categories = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            if numbers > 0 && 2 * numbers > summary.count {
                note =
                    "\(numbers) of \(summary.count) values were numbers: make the type number to "
                    + "have the others found."
            }
        } else {
            note = "A value was seen that cannot be listed: it is too long, or no UTF-8."
        }
    }

    /// A share, up to the next hundredth; none stays none.
    private static func roundedUp(_ count: Int, of rows: Int) -> Double {
        let hundredths = (count * 100 + rows - 1) / max(1, rows)
        return Double(hundredths) / 100
    }
}

extension OrderedSample {
    /// The different values, of a sample that is exact.
    fileprivate var distinctValues: Int {
        guard masses == nil else { return values.count }
        return values.indices.count { $0 == 0 || values[$0] != values[$0 - 1] }
    }
}
