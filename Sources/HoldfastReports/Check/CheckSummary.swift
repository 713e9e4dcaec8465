public import HoldfastChecks
internal import HoldfastStatistics

extension CheckText {
    /// One line for each pair of tables, and one for each column of it that does not agree.
    ///
    ///     train and serve: disagrees (6 of 7 columns agree)
    ///       item_id: total variation 0.52, 0.47…0.57, margin 0.1: disagrees
    public static func summary(_ report: CheckReport) -> String {
        var lines: [String] = []
        for pair in report.pairs {
            lines.append(
                "\(pair.reference.rawValue) and \(pair.candidate.rawValue): \(pair.verdict.rawValue)"
                    + " (\(pair.count(.agrees)) of \(pair.columns.count) columns agree)")
            for column in worstFirst(pair.columns) where column.verdict != .agrees {
                lines += summary(of: column)
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func summary(of column: ColumnComparison) -> [String] {
        let findings = column.findings.filter { $0.verdict != .agrees }
        guard !findings.isEmpty else {
            return ["  \(column.column): \(column.verdict.rawValue)"]
        }
        return findings.map { finding in
            let measure = finding.measure.words
            let ends = [finding.interval.lower, finding.interval.upper]
                .map { CheckFigures.fixed($0, 2) }.joined(separator: "…")
            return
                "  \(column.column): \(measure) \(CheckFigures.fixed(finding.effect, 2)), \(ends),"
                + " margin \(CheckFigures.fixed(finding.margin, 2)): \(finding.verdict.rawValue)"
        }
    }
}
