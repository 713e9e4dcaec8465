/// What a model answers on average where one feature is set to a value in every row, over some
/// values: J. H. Friedman, "Greedy function approximation: a gradient boosting machine" (2001); each
/// row's own line beside it, A. Goldstein, A. Kapelner, J. Bleich and E. Pitkin, "Peeking inside the
/// black box" (2015), as the average hides lines that cross.
///
/// The values are ones that rows have, so that a feature of whole numbers is asked whole ones. It
/// sets a feature whatever the others are: rows may come of it that never were.
package struct PartialDependence: Sendable {
    /// The rows whose values of the feature are asked, in the order of the line.
    package let grid: [Int]
    /// Their places, for each of the ``grid`` each row.
    private let places: [[Int32]]
    private let weights: [Double]?

    /// Rows of a column whose values make a line: at most `most`.
    ///
    ///     PartialDependence.grid(of: SampleColumn("age", numbers: [31, 47, .nan, 31]), most: 20)
    ///     // [0, 1]: the rows of 31 and 47
    ///
    /// Numbers: every value that there is, ascending, or where there are more the values at the
    /// levels (k + ½)/most, as the very ends are single rows. Categories: the most frequent, "no
    /// value" among them, those that tie by code.
    package static func grid(of column: SampleColumn, most: Int) -> [Int] {
        precondition(most > 0, "a line has a point")
        switch column.values {
        case .numbers(let numbers):
            let rows = numbers.indices.filter { numbers[$0].isFinite }
            let order = NumberOrder.ascending(rows.map { numbers[$0] }).map { rows[Int($0)] }
            let distinct = order.indices.filter {
                $0 == 0 || numbers[order[$0]] != numbers[order[$0 - 1]]
            }.map { order[$0] }
            if distinct.count <= most { return distinct }
            var grid: [Int] = []
            for step in 0..<most {
                let row = order[(2 * step + 1) * order.count / (2 * most)]
                if grid.last.map({ numbers[$0] != numbers[row] }) ?? true { grid.append(row) }
            }
            return grid
        case .categories(let codes):
            var counts: [Int32: (count: Int, row: Int)] = [:]
            for (row, code) in codes.enumerated() { counts[code, default: (0, row)].count += 1 }
            return counts.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
                .prefix(most).map(\.value.row)
        }
    }

    /// A plan for a column with the values of the rows of a grid, over some rows.
    package init(
        of column: Int, grid: [Int], over: [Int], weights: [Double]? = nil,
        rows: inout SyntheticRows
    ) {
        precondition(!over.isEmpty && !grid.isEmpty, "a line has points and rows")
        self.grid = grid
        self.weights = weights
        places = grid.map { value in
            over.map { row in
                var picked = [Int32](repeating: Int32(row), count: rows.width)
                picked[column] = Int32(value)
                return rows.place(of: picked)
            }
        }
    }

    /// The average for each value of the grid, from the model's answers by place.
    package func average(_ answers: [Double]) -> [Double] {
        places.map { places in
            let values = places.map { answers[Int($0)] }
            return values.withUnsafeBufferPointer { values in
                guard let weights else { return Moments(values).mean }
                return weights.withUnsafeBufferPointer { Moments(values, masses: $0).mean }
            }
        }
    }

    /// The lines of the first rows: for each a value for each of the grid.
    package func individual(_ answers: [Double], first count: Int) -> [[Double]] {
        (0..<min(count, places[0].count)).map { row in
            places.map { answers[Int($0[row])] }
        }
    }
}
