internal import HoldfastTables

/// What is known of a table after one pass over it.
package struct TableSummary: Sendable {
    /// Which table it is.
    package let role: TableRole
    /// What errors and reports call it.
    package let name: String
    /// The rows, the header not counted.
    package private(set) var rows = 0
    /// The columns, in the order of the header.
    package private(set) var columns: [ColumnSummary]

    /// Reads a table once. A table without a row is an error: nothing could be compared.
    package init(
        _ input: TableInput, as role: TableRole, categories: [String],
        categoryLimit: Int = CheckOptions.categoryLimit
    ) throws {
        var reader = try input.reader()
        self.role = role
        name = input.name
        columns = reader.columns.map { column in
            ColumnSummary(
                name: column,
                isCategory: categories.contains { $0.utf8.elementsEqual(column.utf8) })
        }
        while try reader.next() {
            rows += 1
            for index in columns.indices {
                let isQuoted = reader.isQuoted(index)
                reader.withBytes(index) { columns[index].add(bytes: $0, isQuoted: isQuoted) }
            }
            // Looking at each row would cost more than it saves; 4,096 rows overshoot little.
            if rows & 4095 == 0 {
                try Task.checkCancellation()
                try checkCategories(categoryLimit)
            }
        }
        try checkCategories(categoryLimit)
        guard rows > 0 else {
            throw CheckError(
                "\(name): has no rows", hint: "check what wrote it; a header is no row")
        }
        for index in columns.indices { columns[index].finish() }
    }

    /// A table of columns that were summarised elsewhere, each finished and of as many rows.
    package init(_ columns: [ColumnSummary], rows: Int, name: String, as role: TableRole) {
        precondition(columns.allSatisfy { $0.rows == rows }, "every column has every row")
        self.columns = columns
        self.rows = rows
        self.name = name
        self.role = role
    }

    /// The column of that name, compared by bytes, or `nil`.
    package func column(_ name: String) -> ColumnSummary? {
        columns.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    private func checkCategories(_ limit: Int) throws(CheckError) {
        for column in columns where column.categoryCount > limit {
            throw CheckError(
                "\(name): column \"\(column.name)\" has more than \(limit) categories",
                hint: "ignore the column if it identifies rows")
        }
    }
}
