package import HoldfastChecks
internal import HoldfastStatistics

/// An analysis's page: for whoever decides whether a treatment stays.
///
/// First what was found and whether it may be believed, then effects by size, then each metric with
/// its figures and pictures, then subgroups. One file without a script that loads nothing and names
/// no machine: the same analysis gives the same bytes.
package enum AnalysisHTML {
    /// The most metrics with a section of their own, and the most subgroups.
    static let metricLimit = 40
    static let subgroupLimit = 60

    /// The page.
    package static func render(_ analysis: Analysis) -> String {
        var sections: [HTMLPage.Section] = []
        if !analysis.isRefused {
            if let picture = analysis.pictures.first(where: { $0.id == "effects" }) {
                sections.append(
                    HTMLPage.Section("effects", link: "All effects", "All effects") {
                        effects(analysis).html
                        JudgeDrawing.picture(picture, section: "all").html
                    })
            } else {
                sections.append(
                    HTMLPage.Section("effects", link: "All effects", "All effects") {
                        effects(analysis).html
                    })
            }
            for (place, metric) in analysis.metrics.prefix(metricLimit).enumerated() {
                sections.append(section(metric, place, analysis))
            }
            if !analysis.subgroups.isEmpty { sections.append(subgroups(analysis)) }
        }
        sections.append(rows(analysis))
        sections.append(words(analysis))
        return HTMLPage(
            title: "Analysis: \(AnalysisWords.headline(analysis))", opening: opening(analysis),
            sections: sections,
            closing: HTML("p") {
                "Made by Holdfast. The JSON report has the same figures for programs."
            }
        ).markup
    }

    // MARK: - The first screen

    private static func opening(_ analysis: Analysis) -> HTML {
        .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: what did the model do?" },
            HTML("h1") { AnalysisWords.headline(analysis) },
            .list(
                AnalysisWords.warnings(analysis).map { warning in
                    HTML("p", ["class": "verdict bad"]) { warning }
                }),
            analysis.isRefused ? "" : .list(sentences(analysis)),
            HTML("p") {
                HTML("b") { "What to do: " }
                AnalysisWords.advice(analysis)
            },
            HTML("dl", ["class": "facts"]) {
                for arm in analysis.arms {
                    HTML("div") {
                        HTML("dt") { HTML("bdi") { AnalysisWords.name(arm.name) } }
                        HTML("dd") {
                            CheckFigures.counted(arm.rows, "row")
                                + (arm.clusters.map { ", \(CheckFigures.counted($0, "cluster"))" }
                                    ?? "")
                        }
                    }
                }
            },
        ])
    }

    private static func sentences(_ analysis: Analysis) -> [HTML] {
        let all = analysis.metrics.flatMap { metric in metric.effects.map { (metric, $0) } }
        return all.prefix(4).map { metric, effect in
            HTML("p", ["class": "verdict \(style(effect.verdict))"]) {
                AnalysisWords.claim(effect, metric, analysis) + "."
            }
        }
    }

    private static func style(_ verdict: EffectVerdict) -> String {
        // Neither way is good or bad: that is the reader's to say.
        verdict == .inconclusive ? "waived" : "good"
    }

    /// A verdict in words and a sign; its colour adds nothing that these do not say.
    private static func mark(_ effect: AnalysedEffect) -> HTML {
        let style = effect.verdict == .inconclusive ? "vw" : "vg"
        return HTML("span", ["class": style]) {
            effect.effect == nil ? "? cannot be told" : AnalysisWords.sign(effect.verdict)
        }
    }

    // MARK: - All effects

    private static func effects(_ analysis: Analysis) -> DataTable {
        let all = analysis.metrics.flatMap { metric in metric.effects.map { (metric, $0) } }
        return DataTable(
            caption: "Effects against \(AnalysisWords.name(analysis.control)), corrected over "
                + CheckFigures.counted(all.count, "comparison"),
            columns: [
                .text("metric"), .text("arm"), .text("verdict"), .number("difference"),
                .number("corrected interval"), .number("relative"), .number("p (Holm)"),
                .number("p (B–H)"), .number("p at any time"),
            ],
            rows: all.prefix(JudgeHTML.figureLimit).map { metric, effect in
                let found = effect.effect
                return [
                    HTML("bdi") { AnalysisWords.name(metric.title) },
                    HTML("bdi") { AnalysisWords.name(effect.arm) }, mark(effect),
                    .text(AnalysisWords.value(found?.difference.value)),
                    .text(AnalysisWords.interval(effect.corrected)),
                    .text(found?.relative.map { AnalysisWords.percent($0.value) } ?? "-"),
                    .text(CheckFigures.pValue(effect.holm)),
                    .text(CheckFigures.pValue(effect.benjaminiHochberg)),
                    .text(CheckFigures.pValue(effect.sequenceHolm)),
                ]
            })
    }

    // MARK: - A metric

    private static func section(
        _ metric: AnalysedMetric, _ place: Int, _ analysis: Analysis
    ) -> HTMLPage.Section {
        let id = "metric-\(place + 1)"
        let title = AnalysisWords.name(metric.title)
        return HTMLPage.Section(id, link: title, "\(title) (\(metric.kind.word))") {
            for effect in metric.effects {
                HTML("p") { AnalysisWords.sentence(effect, metric, analysis) }
            }
            figures(metric, analysis).html
            let notes = AnalysisLine.notes(metric)
            if !notes.isEmpty {
                HTML("ul", ["class": "terms"]) {
                    for note in notes { HTML("li") { CheckFigures.oneLine(note) } }
                }
            }
            for picture in analysis.pictures
            where picture.id.hasPrefix("metric_\(place + 1)_") {
                JudgeDrawing.picture(picture, section: "m").html
            }
        }
    }

    private static func figures(_ metric: AnalysedMetric, _ analysis: Analysis) -> DataTable {
        let heads = AnalysisLine.heads(analysis)
        return DataTable(
            caption: "Figures of \(AnalysisWords.name(metric.title))",
            columns: [.text(heads[0])] + heads.dropFirst().map { .number($0) },
            rows: AnalysisLine.lines(metric, analysis).map { line in
                [HTML("bdi") { line.name }] + line.cells.dropFirst().map { .text($0) }
            })
    }

    // MARK: - Subgroups

    private static func subgroups(_ analysis: Analysis) -> HTMLPage.Section {
        HTMLPage.Section("subgroups", link: "Subgroups", "Subgroups, exploratory") {
            HTML("p") {
                "A family of their own: what they show are questions for the next experiment, and not "
                "answers of this one."
            }
            for subgroup in analysis.subgroups.prefix(subgroupLimit) {
                table(subgroup, analysis).html
                if let pValue = subgroup.differencePValue {
                    HTML("p") {
                        "One effect for all parts but small ones: p \(CheckFigures.pValue(pValue)) (Cochran's Q)."
                    }
                }
            }
            if analysis.subgroups.count > subgroupLimit {
                HTML("p") {
                    let rest = analysis.subgroups.count - subgroupLimit
                    "\(CheckFigures.counted(rest, "more table")) of subgroups would be too many for a "
                    "page: the JSON has them."
                }
            }
        }
    }

    private static func table(_ subgroup: AnalysedSubgroup, _ analysis: Analysis) -> DataTable {
        let (metric, name) = (
            AnalysisWords.name(subgroup.metric), AnalysisWords.name(subgroup.name)
        )
        return DataTable(
            caption: "\(metric) by \(name): \(AnalysisWords.name(subgroup.arm)) less "
                + AnalysisWords.name(analysis.control),
            columns: [
                .text(name), .number("rows"), .number("difference"), .number("interval"),
                .number("corrected interval"), .number("p (Holm)"), .text("verdict"),
            ],
            rows: subgroup.parts.map { part in
                let found = part.effect.effect?.difference
                return [
                    HTML("bdi") { AnalysisWords.name(part.value) },
                    .text(CheckFigures.grouped(part.rows)),
                    .text(AnalysisWords.value(found?.value)),
                    .text(AnalysisWords.interval(found?.interval)),
                    .text(AnalysisWords.interval(part.effect.corrected)),
                    .text(CheckFigures.pValue(part.effect.holm)), mark(part.effect),
                ]
            })
    }

    // MARK: - Rows and words

    private static func rows(_ analysis: Analysis) -> HTMLPage.Section {
        HTMLPage.Section("rows", link: "The rows", "Which rows, and what became of the others") {
            HTML("ul", ["class": "terms"]) {
                HTML("li") {
                    analysis.rowMeaning.prefix(1).uppercased() + analysis.rowMeaning.dropFirst()
                        + "."
                }
                if let ratio = analysis.sampleRatio {
                    HTML("li") { AnalysisWords.ratioSentence(ratio) }
                }
                for note in analysis.notes { HTML("li") { CheckFigures.oneLine(note) } }
                HTML("li") { "Intervals of \(AnalysisWords.level(analysis))." }
            }
            DataTable(
                caption: "Each is in exactly one line",
                columns: [.text("what became of them"), .number("count"), .text("of these")],
                rows: analysis.flow.map { box in
                    [
                        .text(box.title), .text(CheckFigures.grouped(box.count)),
                        .text(
                            box.parts.map {
                                "\($0.name.replacing("_", with: " ")) \(CheckFigures.grouped($0.count))"
                            }.joined(separator: ", ")),
                    ]
                }
            ).html
        }
    }

    private static let terms: [(String, String)] = [
        (
            "Intention to treat",
            "Each row counts for the arm that it was dealt, whether a treatment reached it or not: only "
                + "so are arms alike but for the dealing."
        ),
        (
            "Interval, and interval at any time",
            "The first holds for one look, at a time that was fixed before. The second, a confidence "
                + "sequence, holds at all looks together, and is wider for that."
        ),
        (
            "Corrected",
            "Of many comparisons some look like effects by chance. Holm's correction keeps the chance "
                + "that any of them does at most what the level leaves; Benjamini and Hochberg's keeps "
                + "the share of false ones among those found."
        ),
        (
            "Raises, lowers, inconclusive",
            "The whole corrected interval lies above 0, below 0, or on both sides: then these rows "
                + "cannot tell."
        ),
        (
            "Sample ratio",
            "Whether arms received the shares that were planned. Where they did not, rows are missing, "
                + "and nobody knows which."
        ),
        (
            "Covariate (CUPED)",
            "What was known before the start takes out noise and no effect: the interval is narrower "
                + "for it."
        ),
    ]

    private static func words(_ analysis: Analysis) -> HTMLPage.Section {
        HTMLPage.Section("words", link: "What the words mean", "What the words mean") {
            HTML("dl", ["class": "words"]) {
                for (term, meaning) in terms {
                    HTML("dt") { term }
                    HTML("dd") { meaning }
                }
            }
        }
    }
}
