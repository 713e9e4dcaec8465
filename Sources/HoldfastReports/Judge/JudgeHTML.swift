package import HoldfastChecks
internal import HoldfastStatistics

/// A judgement's page: for the person who must sign that a model may go live.
///
/// First the verdict and what to do, then the questions in one table, then each question with its
/// figures, pictures and what must be known to read them. Figures of rows that the model's own
/// actions have bent are crossed out. One file without a script that loads nothing and names no
/// machine and no time: the same judgement gives the same bytes.
package enum JudgeHTML {
    /// The most pictures of one question.
    static let pictureLimit = 24
    /// The most figures of one question.
    static let figureLimit = 400

    /// The page.
    package static func render(_ judgement: Judgement) -> String {
        HTMLPage(
            title: "Judgement: \(JudgeWords.headline(judgement))", opening: opening(judgement),
            sections: judgement.sections.map { section($0, judgement.options) }
                + [words(judgement)],
            closing: HTML("p") {
                "Made by Holdfast. The JSON report has the same figures for programs."
            }
        ).markup
    }

    // MARK: - The first screen

    private static func opening(_ judgement: Judgement) -> HTML {
        .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: is this model fit for production?" },
            HTML("h1") { JudgeWords.headline(judgement) },
            HTML("p", ["class": "verdict \(style(judgement.verdict))"]) { summary(judgement) },
            HTML("p") {
                HTML("b") { "What to do: " }
                JudgeWords.advice(judgement)
            },
            .list(JudgeWords.gaps(judgement).prefix(20).map { gap in HTML("p") { gap } }),
            HTML("dl", ["class": "facts"]) {
                for section in judgement.sections where section.verdict != nil {
                    HTML("div") {
                        HTML("dt") { section.question.shortTitle }
                        HTML("dd") { section.verdict.map(mark) ?? "" }
                    }
                }
            },
            tables(judgement),
            settings(judgement),
        ])
    }

    private static func style(_ verdict: Fitness) -> String {
        switch verdict {
        case .fit: "good"
        case .inconclusive: "waived"
        case .unfit: "bad"
        }
    }

    /// A verdict in words and a sign; its colour adds nothing that these do not say.
    static func mark(_ verdict: Fitness) -> HTML {
        switch verdict {
        case .fit: HTML("span", ["class": "vg"]) { "✓ fit" }
        case .inconclusive: HTML("span", ["class": "vw"]) { "? inconclusive" }
        case .unfit: HTML("span", ["class": "vb"]) { "✕ unfit" }
        }
    }

    private static func summary(_ judgement: Judgement) -> String {
        let figures = judgement.sections.flatMap(\.figures).filter { $0.verdict != nil }
        let missed = figures.filter { $0.verdict == .unfit }
        let open = figures.count { $0.verdict == .inconclusive }
        var text =
            "Of \(CheckFigures.counted(figures.count, "requirement")) "
            + (missed.isEmpty
                ? "none is missed" : "\(missed.count) \(missed.count == 1 ? "is" : "are") missed")
            + ", \(open) cannot be told."
        for figure in missed.prefix(3) { text += " " + JudgeWords.sentence(figure) }
        if missed.count > 3 { text += " The others stand below." }
        return text
    }

    private static func tables(_ judgement: Judgement) -> HTML {
        let isWeighted = judgement.tables.contains { $0.effectiveRows != nil }
        return DataTable(
            caption: "The rows",
            columns: [.text("table"), .text("which rows"), .number("rows")]
                + (isWeighted ? [.number("worth, by weights")] : [])
                + [.number("without a label"), .number("without a prediction")],
            rows: judgement.tables.map { table in
                [
                    CheckHTML.name(table.name, limit: 200), .text(table.source.word),
                    .text(CheckFigures.grouped(table.rows)),
                ]
                    + (isWeighted
                        ? [.text(table.effectiveRows.map { CheckFigures.short($0) } ?? "-")] : [])
                    + [
                        .text(CheckFigures.grouped(table.withoutLabel)),
                        .text(CheckFigures.grouped(table.withoutPrediction)),
                    ]
            }
        ).html
    }

    private static func settings(_ judgement: Judgement) -> HTML {
        let options = judgement.options
        var items = ["Intervals: \(CheckFigures.level(options.level))."]
        if judgement.task == .binary {
            items.append(
                options.positiveShare.map {
                    "A yes: the \(CheckFigures.percent($0)) of rows with the highest predictions."
                } ?? "A yes: a prediction of \(CheckFigures.short(options.threshold)) or more.")
        }
        if let incumbent = judgement.incumbent {
            items.append("Beside: \(CheckSentences.name(incumbent, limit: 200)).")
        }
        let sources = RowSource.allCases.filter { source in
            judgement.sections.contains { $0.figures.contains { $0.source == source } }
        }
        items += sources.map { "\($0.word): \($0.meaning)." }
        items.append("All chance follows from the seed \(options.seed).")
        return HTML("details") {
            HTML("summary") { "How it was judged" }
            HTML("ul", ["class": "terms"]) { for item in items { HTML("li") { item } } }
        }
    }

    // MARK: - A question

    private static func section(
        _ section: JudgementSection, _ options: JudgeOptions
    ) -> HTMLPage.Section {
        let name = section.question.rawValue
        return HTMLPage.Section(
            name, link: section.question.shortTitle, section.question.title
        ) {
            if let verdict = section.verdict { HTML("p") { mark(verdict) } }
            if !section.notes.isEmpty {
                HTML("ul", ["class": "terms"]) {
                    for note in section.notes { HTML("li") { CheckFigures.oneLine(note) } }
                }
            }
            if !section.figures.isEmpty { figures(section, options) }
            for picture in section.pictures.prefix(pictureLimit) {
                JudgeDrawing.picture(picture, section: name).html
            }
            if section.pictures.count > pictureLimit {
                HTML("p") {
                    let rest = section.pictures.count - pictureLimit
                    "\(CheckFigures.counted(rest, "more picture")) would be too many for a page: "
                    "the JSON has their figures."
                }
            }
        }
    }

    private static func figures(_ section: JudgementSection, _ options: JudgeOptions) -> HTML {
        let shown = section.figures.prefix(figureLimit)
        // What requirements rest on stands open; a long rest is folded.
        let first = shown.filter { $0.verdict != nil || $0.of == nil || $0.source == .biased }
        let rest = shown.filter { $0.verdict == nil && $0.of != nil && $0.source != .biased }
        let isLong = rest.count > 12 && !first.isEmpty
        return .list([
            table(isLong ? first : Array(shown), options).html,
            isLong
                ? HTML("details") {
                    HTML("summary") { CheckFigures.counted(rest.count, "more figure") }
                    table(rest, options).html
                } : "",
            section.figures.count > figureLimit
                ? HTML("p") {
                    "\(CheckFigures.grouped(section.figures.count - figureLimit)) more figures "
                    "are in the JSON."
                } : "",
        ])
    }

    private static func table(_ figures: [JudgedFigure], _ options: JudgeOptions) -> DataTable {
        // Where all are of the same rows, it is said once.
        let sources = Set(figures.map(\.source.rawValue))
        let isMixed = sources.count > 1
        let rows = isMixed ? "" : figures.first.map { " of \($0.source.word)" } ?? ""
        return DataTable(
            caption: "Figures\(rows), with intervals of \(CheckFigures.level(options.level))",
            columns: [
                .text("figure"), .number("value"), .number("interval"), .number("rows"),
            ] + (isMixed ? [.text("which rows")] : []) + [
                .number("required"), .text("verdict"),
            ],
            rows: figures.map { figure in
                let isBiased = figure.source == .biased
                func cell(_ text: String) -> HTML {
                    isBiased ? HTML("s") { text } : .text(text)
                }
                return [
                    HTML("bdi") { JudgeWords.name(figure) }, cell(JudgeWords.value(figure.value)),
                    cell(JudgeWords.interval(figure)), .text(CheckFigures.grouped(figure.rows)),
                ] + (isMixed ? [.text(figure.source.word)] : []) + [
                    .text(JudgeWords.bound(figure.bound)),
                    isBiased ? "not judged by" : figure.verdict.map(mark) ?? "",
                ]
            })
    }

    // MARK: - Words

    private static func words(_ judgement: Judgement) -> HTMLPage.Section {
        let used = Set(judgement.sections.flatMap(\.figures).map(\.name.rawValue))
        let names = FigureName.allCases.filter { used.contains($0.rawValue) }
        return HTMLPage.Section("words", link: "What the words mean", "What the words mean") {
            HTML("dl", ["class": "words"]) {
                HTML("dt") { "Fit, unfit, inconclusive" }
                HTML("dd") {
                    "The whole interval of a figure keeps what is required of it, misses it, or "
                    "reaches across: then these rows cannot tell."
                }
                for name in names {
                    HTML("dt") {
                        name.title.prefix(1).uppercased() + name.title.dropFirst() + " "
                        HTML("code") { name.rawValue }
                    }
                    HTML("dd") { name.meaning + "." }
                }
            }
        }
    }
}
