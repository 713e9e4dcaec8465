internal import HoldfastChecks
internal import HoldfastStatistics

/// Each column by itself: what differs, drawn and in figures.
enum CheckColumnSection {
    static func section(_ columns: [CheckedColumn], _ report: CheckReport) -> HTMLPage.Section {
        let shown = columns.prefix(CheckHTML.pictureLimit)
        return HTMLPage.Section("columns", link: "Column by column", "Column by column") {
            HTML("p") {
                """
                Left, how the values spread over bins between quantiles of the first table; right, \
                the share of values up to each value. Columns that agree are folded.
                """
                if columns.count > shown.count {
                    " Of \(CheckFigures.grouped(columns.count)) columns the worst "
                    "\(shown.count) are drawn; the table above and the JSON report have them all."
                }
            }
            for (place, column) in shown.enumerated() { entry(column, place, report) }
        }
    }

    /// The name of a column's part of the page, by its place in the order.
    static func id(_ place: Int) -> String { "c\(place + 1)" }

    private static func entry(
        _ column: CheckedColumn, _ place: Int, _ report: CheckReport
    ) -> HTML {
        // What agrees is folded.
        let (frame, heading): (StaticString, StaticString) =
            column.verdict == .agrees ? ("details", "summary") : ("div", "h3")
        return HTML(frame, ["class": "entry", "id": id(place)]) {
            HTML(heading) {
                CheckHTML.name(column.name, limit: 200)
                " "
                CheckHTML.mark(column.verdict)
            }
            content(column, place, report)
        }
    }

    private static func content(
        _ column: CheckedColumn, _ place: Int, _ report: CheckReport
    ) -> HTML {
        .list([
            words(column, report),
            column.picture.map { CheckPicture.html($0, column, id: id(place)) } ?? "",
            findings(column, report),
            statistics(column, report),
            facts(column, report),
        ])
    }

    /// What differs in each pair, what must be known besides, and how exact it is.
    private static func words(_ column: CheckedColumn, _ report: CheckReport) -> HTML {
        let exactness = CheckSentences.exactness(column.comparisons.map(\.column))
        return .list(
            column.comparisons.map { pair, one in
                var sentences = [CheckSentences.telling(one, pair)]
                let worst = CheckSentences.worst(of: one)
                sentences += one.findings.filter { $0.verdict != .agrees && $0 != worst }
                    .map { CheckSentences.finding($0, of: one, pair) }
                sentences += one.notes.prefix(10).map { CheckSentences.name($0, limit: 400) }
                    .filter { !sentences.contains($0) }
                let shift = CheckSentences.shift(column.part, one.verdict)
                return HTML("p") {
                    if report.pairs.count > 1 || shift != nil {
                        HTML("b") {
                            [
                                shift,
                                report.pairs.count > 1
                                    ? "\(pair.reference.rawValue) and \(pair.candidate.rawValue)"
                                    : nil,
                            ].compactMap { $0 }.joined(separator: ", ")
                            ": "
                        }
                    }
                    sentences.joined(separator: " ")
                }
            } + [exactness.map { text in HTML("p", ["class": "soft"]) { text } } ?? ""])
    }

    /// What the verdict rests on. Shares of absent values that agree say little and are left out.
    private static func findings(_ column: CheckedColumn, _ report: CheckReport) -> HTML {
        let rows = column.comparisons.flatMap { pair, one in
            one.findings.enumerated().filter { place, finding in
                place == 0 || finding.verdict != .agrees
            }.map { (pair, $0.element) }
        }
        guard !rows.isEmpty else { return "" }
        return DataTable(
            caption: "What the verdict rests on",
            columns: [
                .text(report.pairs.count > 1 ? "pair, measure" : "measure"), .number("verdict"),
                .number("effect (\(CheckFigures.level(report.options.level)) interval)"),
                .number("margin"), .number("by chance"), .number("p, Holm, BH"),
            ],
            rows: rows.map { pair, finding in
                let name =
                    report.pairs.count > 1
                    ? "\(pair.reference.rawValue)–\(pair.candidate.rawValue), " : ""
                return [
                    .text(name + finding.measure.words), .text(finding.verdict.rawValue),
                    .text(
                        "\(CheckFigures.fixed(finding.effect, 3)) "
                            + "(\(CheckSentences.ends(finding.interval, 3)))"),
                    .text(CheckSentences.margin(finding.margin)),
                    .text(finding.expectedByChance.map { CheckFigures.fixed($0, 3) } ?? "-"),
                    .text(
                        [finding.pValue, finding.adjustedPValue, finding.falseDiscoveryRate]
                            .map(CheckFigures.pValue).joined(separator: ", ")),
                ]
            }, isFigures: true
        ).html
    }

    /// Further distances and tests: a row for each, a value and its p-value for each pair.
    private static func statistics(_ column: CheckedColumn, _ report: CheckReport) -> HTML {
        let shown = column.comparisons.filter { !$0.column.statistics.isEmpty }
        let names = Statistic.Name.allCases.filter { name in
            shown.contains { $0.column.statistics.contains { $0.name == name } }
        }
        guard !names.isEmpty else { return "" }
        return HTML("details") {
            HTML("summary") { "Further statistics" }
            DataTable(
                caption: "Further statistics",
                columns: [.text("statistic")]
                    + shown.map {
                        .number("\($0.pair.reference.rawValue)–\($0.pair.candidate.rawValue)")
                    },
                rows: names.map { name in
                    [.text(name.title)]
                        + shown.map { pair in
                            guard
                                let one = pair.column.statistics.first(where: { $0.name == name })
                            else { return "-" }
                            let p = one.pValue.map { " (p \(CheckFigures.pValue($0)))" } ?? ""
                            return .text(name.text(one.value) + p)
                        }
                }, isFigures: true
            ).html
        }
    }

    /// What each table holds in the column.
    private static func facts(_ column: CheckedColumn, _ report: CheckReport) -> HTML {
        let tables = report.tables.compactMap { table in
            column.facts(table.role).map { (role: table.role, facts: $0) }
        }
        let absent: [(String, KeyPath<ColumnFacts, Int>)] = [
            ("missing", \.missing), ("NaN", \.notANumber), ("+∞", \.positiveInfinity),
            ("−∞", \.negativeInfinity), ("empty text", \.emptyText),
        ]
        let figures: [(String, KeyPath<ColumnFacts, Double?>)] = [
            ("mean", \.mean), ("SD", \.standardDeviation), ("least", \.minimum),
            ("median", \.median), ("greatest", \.maximum),
        ]
        // A row that says nothing in any table is left out.
        let shownAbsent = absent.filter { part in tables.contains { $0.facts[keyPath: part.1] > 0 }
        }
        let shownFigures = figures.filter { part in
            tables.contains { $0.facts[keyPath: part.1] != nil }
        }
        let hasCategories = tables.contains { $0.facts.categories != nil }
        return HTML("details") {
            HTML("summary") { "The column in each table" }
            DataTable(
                caption: "The column in each table",
                columns: [.text("table"), .number("type"), .number("rows")]
                    + shownAbsent.map { .number($0.0) } + shownFigures.map { .number($0.0) }
                    + (hasCategories ? [.number("categories")] : []),
                rows: tables.map { role, facts in
                    [
                        .text(role.rawValue), .text(facts.kind.rawValue),
                        .text(CheckFigures.grouped(facts.rows)),
                    ] + shownAbsent.map { .text(CheckFigures.grouped(facts[keyPath: $0.1])) }
                        + shownFigures.map {
                            .text(facts[keyPath: $0.1].map(CheckFigures.short) ?? "-")
                        } + (hasCategories ? [categories(facts)] : [])
                }, isFigures: true
            ).html
        }
    }

    private static func categories(_ facts: ColumnFacts) -> HTML {
        guard let count = facts.categories else { return "-" }
        return .text((facts.unattributedShare > 0 ? "≥ " : "") + CheckFigures.grouped(count))
    }
}
