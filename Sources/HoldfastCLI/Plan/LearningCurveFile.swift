internal import HoldfastChecks
internal import HoldfastStatistics
internal import HoldfastTables

/// A user's own learning curve: a table with the columns rows, score and, where they are known,
/// standard_error.
enum LearningCurveFile {
    /// The fewest different sizes: a curve has three numbers.
    static let sizesNeeded = 3
    /// The most points.
    static let pointLimit = 10_000
    /// The standard errors that are taken: weights are their inverse squares.
    static let errorRange = 1e-9...1e9

    static func read(_ path: String, score: LearningScore, duckdb: String) throws -> LearningPoints
    {
        let input = TableInput(named: path)
        try input.source.checkIsReadable()
        // The columns are read as features, of a table in which no label is looked for.
        var roles = JudgeRoles(label: "")
        roles.isLabelOptional = true
        roles.task = .number
        let source = try JudgeSource.read(
            input, roles: roles, source: .given, options: TableReadOptions(duckdb: duckdb))
        guard source.rowCount <= pointLimit else {
            throw CommandError(
                "\(path) has \(source.rowCount) points, at most \(pointLimit) are taken",
                "give the mean score of each size")
        }
        let columns = source.features(of: source.labelled)
        func column(_ name: String) throws -> [Double]? {
            guard let column = columns.first(where: { $0.name == name }) else { return nil }
            guard case .numbers(let numbers) = column.values else {
                throw CommandError(
                    "\(path): column \"\(name)\" has a text", "give numbers alone")
            }
            for (row, number) in numbers.enumerated() where !number.isFinite {
                throw CommandError(
                    "\(path): row \(row + 1) has no number in \"\(name)\"",
                    "mend the row, or leave it out")
            }
            return numbers
        }
        guard let rows = try column("rows"), let scores = try column("score") else {
            throw CommandError(
                "\(path) lacks the columns \"rows\" and \"score\"",
                "its columns are \(source.columnNames.prefix(20).joined(separator: ", "))")
        }
        let errors = try column("standard_error")
        for row in rows.indices {
            guard rows[row] >= 1, rows[row] <= InversePowerLaw.rowLimit else {
                throw CommandError(
                    "\(path): row \(row + 1): \(rows[row]) is no number of rows",
                    "give what the model was fitted to")
            }
            let best = score == .logLoss ? errorRange.upperBound : 1
            guard scores[row] >= 0, scores[row] <= best else {
                throw CommandError(
                    "\(path): row \(row + 1): \(scores[row]) is no \(score.rawValue)",
                    "check the score, or --figure")
            }
            guard errors.map({ $0[row] > 0 }) ?? true else {
                throw CommandError(
                    "\(path): row \(row + 1): the standard error is not above 0",
                    "give all of them, or leave the column out")
            }
            guard errors.map({ errorRange ~= $0[row] }) ?? true else {
                throw CommandError(
                    "\(path): row \(row + 1): the standard error is not from 1e-9 to 1e9",
                    "check what wrote it, or leave the column out")
            }
        }
        guard Set(rows).count >= sizesNeeded else {
            throw CommandError(
                "\(path) has \(Set(rows).count) different sizes",
                "a curve takes \(sizesNeeded) at least, and more to know how sure it is")
        }
        let order = rows.indices.sorted { (rows[$0], $0) < (rows[$1], $1) }
        return LearningPoints(
            rows: order.map { rows[$0] }, scores: order.map { scores[$0] },
            chance: errors.map { errors in .standardErrors(order.map { errors[$0] }) } ?? .scatter)
    }
}
