package import HoldfastChecks

/// A judgement for people: the verdict, what is missed, each question with its figures.
package enum JudgeText {
    /// The most figures shown of one question; the others are counted.
    package static let figureLimit = 40

    /// The report as text, the same bytes for the same judgement. Ends with a line break.
    package static func render(_ judgement: Judgement) -> String {
        var lines = [JudgeWords.headline(judgement), ""]
        lines += judgement.tables.map(table)
        if let incumbent = judgement.incumbent {
            lines += CheckText.wrap("beside: \(incumbent)", indent: "  ")
        }
        for section in judgement.sections { lines += self.section(section, judgement.options) }
        lines.append("")
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
        if !section.figures.isEmpty {
            lines += ["", row(heading(options))]
            lines += section.figures.prefix(figureLimit).map { row(cells($0)) }
        }
        if section.figures.count > figureLimit {
            let rest = CheckFigures.counted(section.figures.count - figureLimit, "figure")
            lines.append("  … and \(rest) more; the JSON has them all")
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

    private static let widths = [40, 10, 20, 9, 10, 12]

    private static func heading(_ options: JudgeOptions) -> [String] {
        ["figure", "value", "\(JudgeWords.level(options)) interval", "rows", "required", "verdict"]
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
        let text = zip(cells, widths).map(CheckFigures.padded).joined(separator: "  ")
        return "  " + text.reversed().drop { $0 == " " }.reversed()
    }
}
