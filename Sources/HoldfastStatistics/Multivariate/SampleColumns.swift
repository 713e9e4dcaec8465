/// One column of a sample of rows: numbers, or categories by their codes.
///
///     SampleColumn("age", numbers: [31, .nan, 47])          // NaN: the row has no value
///     SampleColumn("country", categories: [0, 2, -1])       // -1: the row has no value
///
/// A code stands for the same category in every table that is compared; codes are dense from 0,
/// as each statistic keeps an array as long as the largest one.
package struct SampleColumn: Sendable, Equatable {
    /// What a column holds for each row.
    package enum Values: Sendable, Equatable {
        /// Numbers, NaN where there is none.
        case numbers([Double])
        /// Codes of categories from 0, −1 where there is none.
        case categories([Int32])

        /// The rows, those without a value included.
        package var count: Int {
            switch self {
            case .numbers(let values): values.count
            case .categories(let codes): codes.count
            }
        }
    }

    /// The column's name, by which a report calls it.
    package let name: String
    /// What it holds.
    package let values: Values

    /// Whether every row has the same value, or none has one: nothing can be told by it.
    package var isConstant: Bool {
        switch values {
        case .numbers(let values):
            values.allSatisfy { $0 == values[0] || $0.isNaN && values[0].isNaN }
        case .categories(let codes): codes.allSatisfy { $0 == codes[0] }
        }
    }

    /// A column of numbers.
    package init(_ name: String, numbers: [Double]) {
        self.name = name
        values = .numbers(numbers)
    }

    /// A column of categories; a code below −1 is a bug.
    package init(_ name: String, categories: [Int32]) {
        precondition(categories.allSatisfy { $0 >= -1 }, "a code is −1 or more")
        self.name = name
        values = .categories(categories)
    }

    /// The column with these rows, in their order.
    package func picking(_ rows: [Int]) -> SampleColumn {
        switch values {
        case .numbers(let numbers): SampleColumn(name, numbers: rows.map { numbers[$0] })
        case .categories(let codes): SampleColumn(name, categories: rows.map { codes[$0] })
        }
    }
}

/// Rows of one table, column after column, for the statistics that look across columns.
///
///     let sample = SampleColumns([
///         SampleColumn("age", numbers: [31, .nan, 47]),
///         SampleColumn("country", categories: [0, 2, -1]),
///     ])
///     sample.rowCount   // 3
///
/// Two samples are compared column by column: they hold the same names with the same kinds of
/// values in the same order, which is a precondition of each statistic.
package struct SampleColumns: Sendable, Equatable {
    /// The columns, each with a value or none for every row.
    package let columns: [SampleColumn]
    /// The rows.
    package let rowCount: Int
    /// What each row counts for, above 0, or `nil` where each counts once.
    package let weights: [Double]?

    /// Rows of some columns of one length, of which there is one at least.
    package init(_ columns: [SampleColumn], weights: [Double]? = nil) {
        precondition(!columns.isEmpty, "rows have columns")
        let rowCount = columns[0].values.count
        precondition(columns.allSatisfy { $0.values.count == rowCount }, "columns of one length")
        if let weights {
            precondition(weights.count == rowCount, "one weight for each row")
            precondition(weights.allSatisfy { $0 > 0 && $0.isFinite }, "weights are above 0")
        }
        self.columns = columns
        self.rowCount = rowCount
        self.weights = weights
    }

    /// Whether another sample has the same columns, in name, kind and order.
    package func isAlike(_ other: SampleColumns) -> Bool {
        guard columns.count == other.columns.count else { return false }
        return zip(columns, other.columns).allSatisfy { one, two in
            switch (one.values, two.values) {
            case (.numbers, .numbers), (.categories, .categories): one.name == two.name
            case (.numbers, .categories), (.categories, .numbers): false
            }
        }
    }
}
