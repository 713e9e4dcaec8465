public import HoldfastChecks
internal import HoldfastStatistics

/// A check for people: what was compared, the verdict, the worst differences first, what to do.
public enum CheckText {
    /// The most columns shown of one pair; the others are counted.
    public static let columnLimit = 60
    /// The widest line, in characters.
    public static let width = 100

    /// The report as text, the same bytes for the same report. Ends with a line break.
    public static func render(_ report: CheckReport) -> String {
        var lines = [headline(report), ""]
        lines += report.tables.map { table in
            let size =
                "\(CheckFigures.counted(table.rows, "row")), "
                + CheckFigures.counted(table.columns, "column")
            // The end of a path tells more than its beginning.
            let name = CheckFigures.padded(CheckFigures.ending(table.name, 50), 50)
            return "  " + CheckFigures.padded(table.role.rawValue, 5) + "  \(name)  \(size)"
                + (table.effectiveRows.map { "\n" + worth($0) } ?? "")
        }
        if !report.options.ignored.isEmpty {
            lines += wrap(
                "ignored: " + report.options.ignored.joined(separator: ", "), indent: "  ")
        }
        if let schema = report.schema { lines += schemaLines(schema) }
        for pair in report.pairs {
            lines += section(pair, report) + acrossLines(pair) + sliceLines(pair)
        }
        lines += [""] + wrap(closing(report), indent: "") + legend(report)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether the tables agree, as one sentence: "train and serve disagree."
    static func headline(_ report: CheckReport) -> String {
        let roles = report.tables.map(\.role.rawValue)
        let subject = roles.dropLast().joined(separator: ", ") + " and " + (roles.last ?? "")
        return switch report.verdict {
        case .agrees: "\(subject) agree."
        case .disagrees: "\(subject) disagree."
        case .inconclusive: "Whether \(subject) agree cannot be told: inconclusive."
        }
    }

    private static func worth(_ rows: Double) -> String {
        "         weighted: worth \(CheckFigures.short(rows)) rows"
    }

    private static func section(_ pair: PairComparison, _ report: CheckReport) -> [String] {
        let counts = [Verdict.disagrees, .inconclusive, .agrees]
            .map { count(pair.count($0), $0) }
        var lines = [
            "",
            "\(pair.reference.rawValue) and \(pair.candidate.rawValue): "
                + "\(pair.verdict.rawValue) (columns: " + counts.joined(separator: ", ") + ")",
            "",
        ]
        let ordered = worstFirst(pair.columns)
        let percent = CheckFigures.fixed(report.options.level * 100, 1)
        let level = percent.hasSuffix(".0") ? String(percent.dropLast(2)) : percent
        if !ordered.isEmpty { lines.append(row(heading(level))) }
        for column in ordered.prefix(columnLimit) { lines += columnLines(column) }
        if ordered.count > columnLimit {
            let rest = CheckFigures.counted(ordered.count - columnLimit, "column")
            let worst = ordered[columnLimit].verdict.rawValue
            lines.append(
                "  … and \(rest) more, the worst of which: \(worst); the JSON has them all")
        }
        return lines
    }

    /// So many columns with a verdict: "1 disagrees", "3 agree".
    static func count(_ count: Int, _ verdict: Verdict) -> String {
        let word =
            switch verdict {
            case .agrees: count == 1 ? "agrees" : "agree"
            case .disagrees: count == 1 ? "disagrees" : "disagree"
            case .inconclusive: "inconclusive"
            }
        return "\(CheckFigures.grouped(count)) \(word)"
    }

    /// By verdict, then by how many times the margin the effect is, then by name.
    static func worstFirst(_ columns: [ColumnComparison]) -> [ColumnComparison] {
        func size(_ column: ColumnComparison) -> Double {
            column.findings.map { $0.effect / $0.margin }.max() ?? .infinity
        }
        return columns.sorted { one, other in
            let (a, b) = (one.verdict.severity, other.verdict.severity)
            if a != b { return a > b }
            if size(one) != size(other) { return size(one) > size(other) }
            return one.column.utf8.lexicographicallyPrecedes(other.column.utf8)
        }
    }

    private static func heading(_ level: String) -> [String] {
        [
            "column", "measure", "effect", "chance", "\(level)% interval", "margin", "p (Holm)",
            "verdict",
        ]
    }

    private static let widths = [24, 7, 6, 6, 14, 6, 8, 12]

    static func row(_ cells: [String]) -> String {
        CheckFigures.row(cells, widths)
    }

    private static func columnLines(_ column: ColumnComparison) -> [String] {
        // Of a column that agrees the distribution alone; else all that does not agree.
        var shown = column.findings.filter { $0.verdict != .agrees }
        if shown.isEmpty { shown = Array(column.findings.prefix(1)) }
        let name = column.column.isEmpty ? CheckSentences.name("") : column.column
        var lines = shown.enumerated().map { place, finding in
            row(cells(finding, name: place == 0 ? name : ""))
        }
        if shown.isEmpty || column.verdict != Verdict(all: shown.map(\.verdict)) {
            lines.append(
                row([name, "-", "-", "-", "-", "-", "-", column.verdict.rawValue]))
        }
        if let shift = CheckSentences.shift(column.part, column.verdict) {
            lines += wrap("\(shift): this is the \(column.part.rawValue).", indent: "      ")
        }
        if let exactness = CheckSentences.exactness(column) {
            lines += wrap(exactness, indent: "      ")
        }
        for note in details(column, shown) { lines += wrap(note, indent: "      ") }
        return lines
    }

    private static func cells(_ finding: Finding, name: String) -> [String] {
        let measure = finding.measure.abbreviation
        let ends = [finding.interval.lower, finding.interval.upper]
        return [
            name, measure, CheckFigures.fixed(finding.effect, 4),
            finding.expectedByChance.map { CheckFigures.fixed($0, 4) } ?? "-",
            ends.map { CheckFigures.fixed($0, 4) }.joined(separator: "…"),
            CheckFigures.fixed(finding.margin, 3), CheckFigures.pValue(finding.adjustedPValue),
            finding.verdict.rawValue,
        ]
    }

    /// What stands below a column's figures.
    private static func details(_ column: ColumnComparison, _ shown: [Finding]) -> [String] {
        var details = column.notes
        if let outside = column.outsideRange, outside > 0, column.verdict != .agrees {
            details.append("\(CheckFigures.percent(outside)) lie outside the reference's range.")
        }
        for (word, list) in [
            ("New", column.newCategories), ("Vanished", column.vanishedCategories),
        ] {
            guard let list, list.count > 0, column.verdict != .agrees else { continue }
            let names = list.first.prefix(5).map { CheckFigures.oneLine($0.category) }
            let more = list.count > names.count ? ", …" : ""
            details.append(
                "\(word) categories: \(CheckFigures.grouped(list.count)) "
                    + "(\(CheckFigures.percent(list.share)) of the values): "
                    + names.joined(separator: ", ") + more)
        }
        let open = shown.filter { $0.verdict == .inconclusive }
        if let rows = open.compactMap(\.rowsNeeded).max(), open.allSatisfy({ $0.rowsNeeded != nil })
        {
            details.append("About \(CheckFigures.rough(rows)) rows in each table would tell.")
        } else if !open.isEmpty {
            details.append("How many rows would tell cannot be said from these.")
        }
        return details
    }

    /// What to do about the verdict.
    static func advice(_ report: CheckReport) -> String {
        switch report.verdict {
        case .agrees:
            "Nothing: in every column the whole interval lies below the margin."
        case .disagrees where !report.pairs.contains { $0.count(.disagrees) > 0 }:
            adviceBeyondColumns(report)
        case .disagrees:
            "look at the columns that disagree from the top. Find out whether the data changed or "
                + "how they are made; then mend the pipeline, train again, or, where the "
                + "difference is harmless, widen that column's margin or ignore it."
        case .inconclusive:
            "no column disagrees, but some intervals reach across the margin. Compare more rows, "
                + "as stated below each, or widen those margins on purpose."
        }
    }

    /// The same where no column disagrees by itself.
    private static func adviceBeyondColumns(_ report: CheckReport) -> String {
        let isAcross = report.pairs.contains { $0.across.verdict == .disagrees }
        return isAcross
            ? "no column disagrees by itself. Look at what disagrees across columns: find out "
                + "whether the data changed or how rows are made or parted, and mend that."
            : "no column disagrees. Look at what breaks the schema: mend the data, or the schema "
                + "where it asks too much."
    }

    private static func closing(_ report: CheckReport) -> String {
        report.verdict == .agrees
            ? "Nothing to do: in every column the whole interval lies below the margin."
            : "What to do: " + advice(report)
    }

    /// What the abbreviations mean, those alone that can be above.
    private static func legend(_ report: CheckReport) -> [String] {
        let used = Set(report.pairs.flatMap(\.columns).flatMap(\.findings).map(\.measure.rawValue))
        var parts = [
            "KS: Kolmogorov-Smirnov distance", "TV: total variation",
            "missing: difference of shares of missing values",
        ]
        if used.contains(where: { $0.hasSuffix("infinity_share") || $0 == "nan_share" }) {
            parts.append("NaN, +inf, -inf: difference of their shares")
        }
        if used.contains(Measure.emptyTextShare.rawValue) {
            parts.append("empty: difference of shares of empty texts")
        }
        parts.append("chance: the effect to expect from sampling alone.")
        return wrap(parts.joined(separator: "; "), indent: "")
    }

    /// Breaks a text between words, and a word only where it alone is too wide.
    static func wrap(_ text: String, indent: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in CheckFigures.oneLine(text).split(separator: " ") {
            var rest = word
            while !rest.isEmpty {
                let room = width - indent.count - (line.isEmpty ? 0 : line.count + 1)
                if rest.count <= room {
                    line += (line.isEmpty ? "" : " ") + rest
                    break
                }
                if line.isEmpty {
                    lines.append(indent + rest.prefix(room))
                    rest = rest.dropFirst(room)
                } else {
                    lines.append(indent + line)
                    line = ""
                }
            }
        }
        return line.isEmpty ? lines : lines + [indent + line]
    }
}
