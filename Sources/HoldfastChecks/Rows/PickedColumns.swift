package import HoldfastTables

/// Some columns of a table in memory, for who needs no more of it than their values.
///
///     let columns = try PickedColumns.read(.file("pilot.csv"), ["spend", "household"])
///     try columns.numbers("spend")        // [12.5, .nan, 3.0]: a missing cell is no number
///     try columns.codes("household")      // [0, 1, 0]; -1 where there is none
package struct PickedColumns: Sendable {
    private let table: JudgeTable

    /// What errors call the table.
    package var name: String { table.name }
    /// Its rows.
    package var rows: Int { table.rowCount }
    /// The names of all columns of the table.
    package var columnNames: [String] { table.columnNames }

    /// Reads these columns; throws where one is not there, or the table has no rows.
    package static func read(
        _ input: TableInput, _ names: [String],
        options: TableReadOptions = TableReadOptions(),
        progress: (@Sendable (TableProgress) -> Void)? = nil
    ) throws -> PickedColumns {
        let wanted = ColumnNames(names)
        let table = try JudgeTable.read(
            input, options: options, time: nil, isWanted: { wanted.contain($0) },
            progress: progress)
        for name in names where table.column(name) == nil {
            throw CheckError.noColumn(name, in: table.name, of: table.columnNames)
        }
        guard table.rowCount > 0 else { throw CheckError.noRows(table.name) }
        return PickedColumns(table: table)
    }

    private func column(_ name: String) -> JudgeColumn {
        guard let column = table.column(name) else {
            preconditionFailure("a column is asked for that was read")
        }
        return column
    }

    /// A column's numbers, NaN for a missing cell; an infinite one and a text are errors.
    package func numbers(_ name: String) throws -> [Double] {
        let column = column(name)
        return try column.cells.enumerated().map { row, cell in
            if cell.isMissing { return .nan }
            guard cell.code == nil, cell.number.isFinite else {
                let text = CategoryList.cut(column.text(row) ?? "")
                throw CheckError(
                    "\(self.name): row \(row + 1), column \"\(CategoryList.cut(name))\": \"\(text)\" is no finite number",
                    hint: "mend the row, or name another column")
            }
            return cell.number
        }
    }

    /// A column as categories: a code from 0 for each different value in the order in which they
    /// are met, −1 for a missing cell.
    package func codes(_ name: String) -> [Int32] {
        let column = column(name)
        var codes = JudgeCodes(texts: column.texts)
        return column.cells.map { codes.code(of: $0) }
    }

    /// A cell as it is written, or `nil` for a missing one.
    package func text(_ name: String, row: Int) -> String? { column(name).text(row) }
}
