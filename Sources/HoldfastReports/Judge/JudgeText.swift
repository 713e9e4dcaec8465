package import HoldfastChecks

/// A judgement for people: the verdict, what is missed, each question with its figures.
package enum JudgeText {
    /// The most figures shown of one question, and of those the most of single groups and times
    /// of which nothing is required; the others are counted.
    package static let figureLimit = 60
    private static let restLimit = 12

    /// The report as text, the same bytes for the same judgement. Ends with a line break.
    package static func render(_ judgement: Judgement) -> String {
        var lines = [JudgeWords.headline(judgement), ""]
        lines += judgement.tables.map(table)
        if let incumbent = judgement.incumbent {
            lines += CheckText.wrap("beside: \(incumbent)", indent: "  ")
        }
        for section in judgement.sections { lines += self.section(section, judgement.options) }
        lines.append("")
        for gap in JudgeWords.gaps(judgement) { lines += CheckText.wrap(gap, indent: "") }
        lines += CheckText.wrap("What to do: " + JudgeWords.advice(judgement), indent: "")
        let sources = RowSource.allCases.filter { source in
            judgement.sections.contains { $0.figures.contains { $0.source == source } }
        }
        for source in sources {
            lines += CheckText.wrap("\(source.word): \(source.meaning).", indent: "")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ table: JudgedTable) -> String {
        var parts = [CheckFigures.counted(table.rows, "row")]
        if table.withoutLabel > 0 {
            parts.append("\(CheckFigures.grouped(table.withoutLabel)) more without a label")
        }
        if table.withoutPrediction > 0 {
            parts.append(
                "\(CheckFigures.grouped(table.withoutPrediction)) more without a prediction")
        }
        if let worth = table.effectiveRows {
            parts.append("by weights worth \(CheckFigures.short(worth))")
        }
        let name = CheckFigures.padded(CheckFigures.ending(table.name, 40), 40)
        return "  \(name)  \(parts.joined(separator: ", ")); \(table.source.word)"
    }

    private static func section(_ section: JudgementSection, _ options: JudgeOptions) -> [String] {
        var lines = ["", section.question.title + (section.verdict.map { " \($0.word)" } ?? "")]
        // What requirements rest on, and what is of all rows; of groups and times some.
        let first = section.figures.filter { $0.verdict != nil || $0.of == nil }
        let rest = section.figures.filter { $0.verdict == nil && $0.of != nil }
        let shown = first.prefix(figureLimit) + rest.prefix(max(0, restLimit))
        if !shown.isEmpty {
            lines += ["", row(heading(options))]
            lines += shown.flatMap(rows)
        }
        if section.figures.count > shown.count {
            let rest = CheckFigures.counted(section.figures.count - shown.count, "more figure")
            lines.append("  … and \(rest); the JSON and the page have them all")
        }
        for figure in section.figures where figure.verdict == .inconclusive {
            guard let rows = figure.rowsNeeded else { continue }
            lines += CheckText.wrap(
                "\(JudgeWords.name(figure)): about \(CheckFigures.rough(rows)) rows would tell.",
                indent: "      ")
        }
        for note in section.notes { lines += CheckText.wrap(note, indent: "      ") }
        return lines
    }

    private static let widths = [33, 9, 17, 9, 8, 12]

    /// A figure's line; a long name stands on one of its own.
    private static func rows(_ figure: JudgedFigure) -> [String] {
        var cells = cells(figure)
        guard cells[0].count > widths[0] else { return [row(cells)] }
        let lines = CheckText.wrap(cells[0], indent: "  ")
        cells[0] = ""
        return lines + [row(cells)]
    }

    private static func heading(_ options: JudgeOptions) -> [String] {
        [
            "figure", "value", "\(CheckFigures.level(options.level)) interval", "rows", "required",
            "verdict",
        ]
    }

    private static func cells(_ figure: JudgedFigure) -> [String] {
        let isBiased = figure.source == .biased
        return [
            JudgeWords.name(figure),
            isBiased ? "(\(JudgeWords.value(figure.value)))" : JudgeWords.value(figure.value),
            JudgeWords.interval(figure), CheckFigures.grouped(figure.rows),
            JudgeWords.bound(figure.bound),
            isBiased ? "✕ biased" : figure.verdict?.word ?? "",
        ]
    }

    private static func row(_ cells: [String]) -> String {
        CheckFigures.row(cells, widths)
    }
}
