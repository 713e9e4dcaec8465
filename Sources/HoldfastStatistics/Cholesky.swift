/// The solution of symmetric equations by A.-L. Cholesky's decomposition (1910, published by E.
/// Benoît in 1924): that of Newton's step and of least squares.
///
///     Cholesky.solve([4, 2, 3], [8, 8])   // [1.0, 2.0]: of the matrix [[4, 2], [2, 3]]
enum Cholesky {
    /// The matrix's inverse times `right`, or `nil` where the matrix is not positive definite to
    /// the precision of a double. The matrix comes as its lower triangle, row after row.
    static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
        precondition(matrix.count == right.count * (right.count + 1) / 2, "a triangle")
        var lower = matrix
        var solution = right
        for row in solution.indices {
            let start = row * (row + 1) / 2
            for column in 0...row {
                let other = column * (column + 1) / 2
                var sum = lower[start + column]
                for index in 0..<column { sum -= lower[start + index] * lower[other + index] }
                if column < row {
                    lower[start + column] = sum / lower[other + column]
                    continue
                }
                // What is left of a diagonal that the rows above make up is its rounding error.
                let noise = 1e-14 * Double(solution.count) * matrix[start + row]
                guard sum > noise, sum.isFinite else { return nil }
                lower[start + row] = sum.squareRoot()
            }
            for index in 0..<row { solution[row] -= lower[start + index] * solution[index] }
            solution[row] /= lower[start + row]
        }
        for row in solution.indices.reversed() {
            for below in (row + 1)..<max(solution.count, row + 1) {
                solution[row] -= lower[below * (below + 1) / 2 + row] * solution[below]
            }
            solution[row] /= lower[row * (row + 1) / 2 + row]
        }
        return solution.allSatisfy(\.isFinite) ? solution : nil
    }
}
