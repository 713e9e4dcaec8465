internal import HoldfastChecks

/// What stands beside the columns of a pair: the schema, findings across columns, and slices.
extension CheckText {
    /// The most breaches, findings' columns and slices that are listed; the others are counted.
    static let partLimit = 20

    static func schemaLines(_ schema: SchemaResult) -> [String] {
        guard !schema.breaches.isEmpty else {
            return ["", "schema \(CheckSentences.name(schema.name)): every table keeps it"]
                .flatMap { $0.isEmpty ? [""] : wrap($0, indent: "") }
        }
        let count = CheckFigures.counted(schema.breaches.count, "time")
        var lines =
            [""] + wrap("schema \(CheckSentences.name(schema.name)): broken \(count)", indent: "")
        for breach in schema.breaches.prefix(partLimit) {
            let column = CheckSentences.name(breach.column, limit: 40)
            lines += wrap(
                "\(breach.role.rawValue), \(column): "
                    + CheckSentences.name(breach.message, limit: 300), indent: "  ")
            if let example = breach.examples.first {
                lines += wrap(
                    "such as \(CheckSentences.name(example, limit: 60))", indent: "      ")
            }
        }
        return lines + more(schema.breaches.count, "breach", "breaches")
    }

    static func acrossLines(_ pair: PairComparison) -> [String] {
        let across = pair.across
        guard !across.findings.isEmpty || !across.notes.isEmpty else { return [] }
        var lines = [
            "",
            "across columns of \(pair.reference.rawValue) and \(pair.candidate.rawValue)"
                + (across.verdict.map { ": \($0.rawValue)" } ?? ""),
        ]
        for finding in across.findings {
            let state =
                AcrossSentences.counts(finding)
                ? finding.verdict.rawValue : "inconclusive, which is not held against the tables"
            let size =
                "\(CheckFigures.fixed(finding.effect, 3)), "
                + "\(CheckSentences.ends(finding.interval, 3)), "
                + "margin \(CheckSentences.margin(finding.margin))"
            lines += wrap(
                "\(AcrossSentences.title(finding.measure)): \(state) (\(size))", indent: "  ")
            lines += wrap(AcrossSentences.finding(finding, pair), indent: "      ")
        }
        if let skew = across.skew { lines += skewLines(skew) }
        for note in across.notes.prefix(partLimit) {
            lines += wrap(CheckSentences.name(note, limit: 400), indent: "  ")
        }
        return lines
    }

    private static func skewLines(_ skew: AcrossColumns.SkewFacts) -> [String] {
        let columns = skew.columns.filter { $0.differing > 0 }
        var lines: [String] = []
        for column in columns.prefix(5) {
            guard let example = column.examples.first else { continue }
            let cells = [example.reference, example.candidate].map { cell in
                cell.map { "\"\($0.isEmpty ? "" : CheckSentences.name($0, limit: 30))\"" }
                    ?? "missing"
            }
            lines += wrap(
                "\(CheckSentences.name(column.column, limit: 40)) differs in "
                    + "\(CheckFigures.counted(column.differing, "row")), such as "
                    + "\(CheckSentences.name(example.key, limit: 30)): "
                    + cells.joined(separator: " and "), indent: "      ")
        }
        return lines
    }

    static func sliceLines(_ pair: PairComparison) -> [String] {
        guard let slices = pair.slices else { return [] }
        let digest = SliceDigest(slices)
        var lines =
            [""]
            + wrap(
                "\(pair.reference.rawValue) and \(pair.candidate.rawValue) in " + digest.sentence,
                indent: "")
        let bad = digest.rows.filter { $0.disagrees > 0 }
        for row in bad.prefix(partLimit) {
            let worst = row.worst.map {
                ": most \(CheckSentences.name($0.column, limit: 40)), "
                    + CheckSentences.figures($0.finding)
            }
            lines += wrap(
                "\(CheckSentences.name(row.name, limit: 40)): "
                    + "\(CheckFigures.counted(row.disagrees, "column")) of "
                    + "\(CheckFigures.counted(row.rows, "row"))" + (worst ?? ""), indent: "  ")
        }
        return lines + more(bad.count, "slice", "slices")
    }

    private static func more(_ count: Int, _ noun: String, _ plural: String) -> [String] {
        let rest = count - partLimit
        guard rest > 0 else { return [] }
        return [
            "  … and \(CheckFigures.grouped(rest)) more \(rest == 1 ? noun : plural); "
                + "the JSON has them all"
        ]
    }
}
