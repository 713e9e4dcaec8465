internal import HoldfastChecks
internal import HoldfastStatistics

/// The first screen: whether the tables agree, pair by pair, and what to do.
enum CheckOpening {
    static func html(_ report: CheckReport, _ columns: [CheckedColumn]) -> HTML {
        .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: do these tables agree?" },
            HTML("h1") { CheckText.headline(report) },
            HTML("p", ["class": "verdict \(style(report.verdict))"]) { summary(report, columns) },
            HTML("p") {
                HTML("b") { "What to do: " }
                CheckText.advice(report)
            },
            wait(columns),
            HTML("dl", ["class": "facts"]) {
                for pair in report.pairs { fact(pair) }
            },
            tables(report).html,
            settings(report),
        ])
    }

    private static func style(_ verdict: Verdict) -> String {
        switch verdict {
        case .agrees: "good"
        case .inconclusive: "waived"
        case .disagrees: "bad"
        }
    }

    /// Counts over all columns, then what is worst.
    private static func summary(_ report: CheckReport, _ columns: [CheckedColumn]) -> String {
        let bad = columns.count { $0.verdict == .disagrees }
        let open = columns.count { $0.verdict == .inconclusive }
        var text = "Of \(CheckFigures.counted(columns.count, "column")) "
        text +=
            bad == 0
            ? "none disagrees"
            : "\(CheckFigures.grouped(bad)) \(bad == 1 ? "disagrees" : "disagree")"
        text += ", \(CheckFigures.grouped(open)) cannot be told."
        for column in columns where column.shift != nil {
            text += " \(column.shift ?? ""): \(CheckSentences.name(column.name, limit: 60))."
        }
        let across = report.pairs.flatMap(\.across.findings).filter { $0.verdict == .disagrees }
        if !across.isEmpty {
            text +=
                " Across columns \(CheckFigures.counted(across.count, "finding")) "
                + "\(across.count == 1 ? "disagrees" : "disagree")."
        }
        if let breaches = report.schema?.breaches, !breaches.isEmpty {
            text += " The schema is broken in \(CheckFigures.counted(breaches.count, "place"))."
        }
        return text
    }

    /// What it would take to tell where these rows cannot.
    private static func wait(_ columns: [CheckedColumn]) -> HTML {
        let open = columns.flatMap(\.comparisons).flatMap(\.column.findings)
            .filter { $0.verdict == .inconclusive }
        guard !open.isEmpty else { return "" }
        let known = open.compactMap(\.rowsNeeded)
        return HTML("p") {
            HTML("b") { "What more rows would tell: " }
            if let most = known.max(), let least = known.min() {
                "\(CheckFigures.counted(open.count, "measurement")) "
                "\(open.count == 1 ? "is" : "are") open. "
                known.count > 1 && CheckFigures.rough(least) != CheckFigures.rough(most)
                    ? "About \(CheckFigures.rough(least)) to \(CheckFigures.rough(most)) rows in "
                        + "each table would tell"
                    : "About \(CheckFigures.rough(most)) rows in each table would tell"
                known.count < open.count
                    ? " for \(CheckFigures.grouped(known.count)) of them; for the others that "
                        + "cannot be said." : "."
            } else {
                "how many it would take cannot be said from these."
            }
        }
    }

    private static func fact(_ pair: PairComparison) -> HTML {
        let counts = [Verdict.disagrees, .inconclusive, .agrees].map {
            CheckText.count(pair.count($0), $0)
        }
        return HTML("div") {
            HTML("dt") { "\(pair.reference.rawValue) and \(pair.candidate.rawValue)" }
            HTML("dd") {
                CheckHTML.mark(pair.verdict)
                HTML("span", ["class": "more"]) { "columns: " + counts.joined(separator: ", ") }
            }
        }
    }

    private static func tables(_ report: CheckReport) -> DataTable {
        let isWeighted = report.tables.contains { $0.effectiveRows != nil }
        return DataTable(
            caption: "The tables",
            columns: [.text("table"), .text("file"), .number("rows")]
                + (isWeighted ? [.number("worth, by weights")] : []) + [.number("columns")],
            rows: report.tables.map { table in
                [.text(table.role.rawValue), CheckHTML.name(table.name, limit: 200)]
                    + [.text(CheckFigures.grouped(table.rows))]
                    + (isWeighted
                        ? [.text(table.effectiveRows.map { CheckFigures.short($0) } ?? "-")] : [])
                    + [.text(CheckFigures.grouped(table.columns))]
            })
    }

    /// How the tables were compared, folded.
    private static func settings(_ report: CheckReport) -> HTML {
        let options = report.options
        func names(_ names: [String]) -> String {
            names.prefix(50).map { CheckSentences.name($0, limit: 60) }.joined(separator: ", ")
                + (names.count > 50 ? ", … (\(names.count) in all)" : "")
        }
        let named: [(String, String?)] = [
            ("Label", options.label), ("Prediction", options.prediction),
            ("Weights", options.weight), ("Rows are joined by", options.key),
            ("Units are named by", options.unit), ("Slices", options.slices?.text),
            ("Categories by request", options.categories.isEmpty ? nil : names(options.categories)),
            ("Ignored", options.ignored.isEmpty ? nil : names(options.ignored)),
        ]
        return HTML("details") {
            HTML("summary") { "How they were compared" }
            HTML("ul", ["class": "terms"]) {
                HTML("li") {
                    "Intervals: \(CheckFigures.level(options.level)). Margins: "
                    "\(CheckSentences.margin(options.margins.distribution)) for distributions, "
                    "\(CheckSentences.margin(options.margins.missingShare)) for missing shares"
                    options.columnMargins.isEmpty
                        ? "."
                        : "; \(CheckFigures.counted(options.columnMargins.count, "column")) with "
                            + "margins of their own."
                }
                HTML("li") {
                    "p-values are corrected over \(CheckFigures.counted(report.family, "test"))."
                }
                for (title, value) in named {
                    if let value {
                        HTML("li") { "\(title): \(CheckSentences.name(value, limit: 2_000))" }
                    }
                }
                if let limit = options.byteLimit {
                    HTML("li") {
                        "Memory was bounded to about \(CheckFigures.grouped(limit)) bytes."
                    }
                }
            }
        }
    }
}
