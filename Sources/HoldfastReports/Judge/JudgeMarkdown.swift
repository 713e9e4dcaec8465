package import HoldfastChecks

/// A judgement as Markdown, for a comment on a pull request or the summary of a job.
///
/// The verdict, what to do, what is missed or open; what is met is folded. At most
/// ``CheckMarkdown/byteLimit`` bytes, whatever was judged: what is left out is counted.
package enum JudgeMarkdown {
    private static let headBytes = 3_000
    private static let openBytes = 20_000
    private static let questionBytes = 3_000

    /// The report.
    package static func render(_ judgement: Judgement) -> String {
        var blocks = ["## \(CheckMarkdown.escape(JudgeWords.headline(judgement)))"]
        blocks.append(
            "**What to do:** " + CheckMarkdown.escape(JudgeWords.advice(judgement)))
        blocks.append(
            CheckMarkdown.table(
                ["table", "rows", "without a label", "which rows"],
                judgement.tables.map {
                    [
                        CheckMarkdown.name($0.name, limit: 120), CheckFigures.grouped($0.rows),
                        CheckFigures.grouped($0.withoutLabel), $0.source.word,
                    ]
                }, right: [1, 2], bytes: headBytes, noun: "table"))
        blocks += JudgeWords.gaps(judgement).prefix(20).map(CheckMarkdown.escape)
        let open = judgement.sections.flatMap { section in
            section.figures.filter { ($0.verdict ?? .fit) != .fit }.map { (section, $0) }
        }
        if !open.isEmpty {
            blocks.append(
                CheckMarkdown.table(
                    ["question", "figure", "value", "interval", "required", "verdict"],
                    open.map { section, figure in
                        [section.question.shortTitle] + cells(figure)
                            + ["**\(figure.verdict?.word ?? "")**"]
                    }, right: [2, 3], bytes: openBytes, noun: "figure"))
        }
        for section in judgement.sections {
            // What is bent is there to be compared with: crossed out.
            let rows = section.figures.map { figure in
                cells(figure).map { figure.source == .biased ? "~~\($0)~~" : $0 }
                    + [figure.source == .biased ? "biased" : figure.verdict?.word ?? ""]
            }
            guard !rows.isEmpty else { continue }
            let verdict = section.verdict.map { " \($0.word)" } ?? ""
            blocks.append(
                CheckMarkdown.folded(
                    section.question.title + verdict,
                    CheckMarkdown.table(
                        ["figure", "value", "interval", "required", "verdict"], rows,
                        right: [1, 2], bytes: questionBytes, noun: "figure")))
        }
        let text = blocks.joined(separator: "\n\n") + "\n"
        precondition(text.utf8.count <= CheckMarkdown.byteLimit, "the parts' limits add up")
        return text
    }

    private static func cells(_ figure: JudgedFigure) -> [String] {
        [
            CheckMarkdown.escape(JudgeWords.name(figure)), JudgeWords.value(figure.value),
            JudgeWords.interval(figure), JudgeWords.bound(figure.bound),
        ]
    }
}
