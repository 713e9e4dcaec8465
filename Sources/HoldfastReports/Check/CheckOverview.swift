internal import HoldfastChecks
internal import HoldfastStatistics

/// Every column in one table, the worst first.
enum CheckOverview {
    /// The most columns with a strip and a sentence; the others have their figures alone.
    static let fullLimit = 120
    /// The most columns in all.
    static let rowLimit = 20_000

    static func section(_ columns: [CheckedColumn], _ report: CheckReport) -> HTMLPage.Section {
        HTMLPage.Section("overview", link: "All columns", "Which columns differ?") {
            HTML("p") {
                """
                The worst first. The dot is the effect, the bar its \
                \(CheckFigures.level(report.options.level)) interval, the dashed line the \
                margin: wholly left of it a column agrees, wholly right of it it disagrees. \
                \(report.pairs.count > 1 ? "Of several pairs the worst is drawn." : "")
                """
            }
            full(Array(columns.prefix(fullLimit)), report).html
            if columns.count > fullLimit {
                let rest = Array(columns.dropFirst(fullLimit).prefix(rowLimit))
                HTML("details") {
                    HTML("summary") {
                        "\(CheckFigures.counted(rest.count, "further column")), the worst of which: "
                        rest[0].verdict.rawValue
                    }
                    brief(rest).html
                }
            }
        }
    }

    private static func full(_ columns: [CheckedColumn], _ report: CheckReport) -> DataTable {
        DataTable(
            caption: "Columns by verdict and effect",
            columns: [
                .text("column"), .text("verdict"), .text("effect against margin"),
                .text(
                    "without a value: " + report.tables.map(\.role.rawValue).joined(separator: ", ")
                ),
                .text("what tells most"),
            ],
            rows: columns.enumerated().map { place, column in
                let worst = column.worst
                return [
                    heading(column, place), verdict(column, report), effect(worst.column, place),
                    .text(missing(column, report)),
                    HTML("span", ["class": "says"]) {
                        if let shift = column.shift { HTML("b") { shift + ". " } }
                        CheckSentences.telling(worst.column, worst.pair)
                    },
                ]
            })
    }

    private static func heading(_ column: CheckedColumn, _ place: Int) -> HTML {
        let name = CheckHTML.name(column.name)
        return .list([
            place < CheckHTML.pictureLimit
                ? HTML("a", ["href": "#\(CheckColumnSection.id(place))"]) { name } : name,
            column.part == .feature ? "" : .text(" (\(column.part.rawValue))"),
        ])
    }

    private static func verdict(_ column: CheckedColumn, _ report: CheckReport) -> HTML {
        let pairs = column.comparisons.filter { $0.column.verdict == column.verdict }
        guard report.pairs.count > 1 else { return CheckHTML.mark(column.verdict) }
        return .list([
            CheckHTML.mark(column.verdict),
            HTML("span", ["class": "soft"]) {
                if pairs.count == report.pairs.count {
                    HTML("span", ["class": "strip"]) { "in every pair" }
                } else {
                    for one in pairs {
                        HTML("span", ["class": "strip"]) {
                            "\(one.pair.reference.rawValue)–\(one.pair.candidate.rawValue)"
                        }
                    }
                }
            },
        ])
    }

    private static func effect(_ column: ColumnComparison, _ place: Int) -> HTML {
        guard let finding = CheckSentences.worst(of: column) else { return "-" }
        let strip = IntervalStrip(
            effect: finding.effect, interval: (finding.interval.lower, finding.interval.upper),
            margin: finding.margin)
        let value = CheckFigures.fixed(finding.effect, 3)
        let rest =
            "(\(CheckSentences.ends(finding.interval, 3))), "
            + "margin \(CheckSentences.margin(finding.margin))"
        return .list([
            strip.drawing.html(
                id: "s\(place)", style: "cell", title: finding.measure.words,
                description: "\(value) \(rest)"),
            HTML("span", ["class": "strip"]) { "\(finding.measure.abbreviation) \(value)" },
            HTML("span", ["class": "strip"]) { rest },
        ])
    }

    private static func missing(_ column: CheckedColumn, _ report: CheckReport) -> String {
        report.tables.map { table in
            column.facts(table.role).map { CheckFigures.percent($0.absent, of: $0.rows) } ?? "-"
        }.joined(separator: ", ")
    }

    private static func brief(_ columns: [CheckedColumn]) -> DataTable {
        DataTable(
            caption: "Further columns by verdict and effect",
            columns: [
                .text("column"), .text("verdict"), .number("effect"), .number("interval"),
                .number("margin"),
            ],
            rows: columns.map { column in
                let finding = CheckSentences.worst(of: column.worst.column)
                return [
                    CheckHTML.name(column.name), .text(column.verdict.rawValue),
                    .text(
                        finding.map {
                            "\($0.measure.abbreviation) \(CheckFigures.fixed($0.effect, 3))"
                        } ?? "-"),
                    .text(finding.map { CheckSentences.ends($0.interval, 3) } ?? "-"),
                    .text(finding.map { CheckSentences.margin($0.margin) } ?? "-"),
                ]
            }, isFigures: true)
    }
}
