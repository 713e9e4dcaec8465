internal import HoldfastChecks
internal import HoldfastStatistics

/// What columns tell together: whether a model can tell the tables apart, which correlations
/// changed, and what rows and units both tables hold.
enum CheckAcrossSection {
    /// The most columns of joined rows that are listed.
    static let skewLimit = 10

    /// The section; `nil` where nothing was looked at.
    static func section(_ report: CheckReport) -> HTMLPage.Section? {
        let pairs = report.pairs.enumerated().filter { $0.element.across != AcrossColumns() }
        guard !pairs.isEmpty else { return nil }
        return HTMLPage.Section("across", link: "Across columns", "Across columns") {
            HTML("p") {
                """
                Tables whose columns agree one by one can still differ in how they go together, \
                or hold rows that they should not share.
                """
            }
            for (_, pair) in pairs { part(pair, isOnly: report.pairs.count == 1) }
        }
    }

    private static func part(_ pair: PairComparison, isOnly: Bool) -> HTML {
        let across = pair.across
        return HTML("div", ["class": "entry"]) {
            if !isOnly {
                HTML("h3") { "\(pair.reference.rawValue) and \(pair.candidate.rawValue)" }
            }
            findings(pair)
            for note in across.notes.prefix(20) {
                HTML("p") { CheckSentences.name(note, limit: 500) }
            }
            across.classifier.map { giveaways($0, pair) } ?? ""
            correlations(across.correlations, pair)
            across.duplicates.map { duplicates($0, pair) } ?? ""
            across.units.map { units($0, pair) } ?? ""
            across.skew.map { skew($0, pair) } ?? ""
        }
    }

    private static func findings(_ pair: PairComparison) -> HTML {
        guard !pair.across.findings.isEmpty else { return "" }
        return DataTable(
            caption: "Findings across columns, \(pair.reference.rawValue) and "
                + pair.candidate.rawValue,
            columns: [
                .text("what"), .text("verdict"), .number("effect"), .number("interval"),
                .number("margin"), .number("p (Holm)"), .text("what was found"),
            ],
            rows: pair.across.findings.map { finding in
                [
                    .text(AcrossSentences.title(finding.measure)),
                    .list([
                        CheckHTML.mark(finding.verdict),
                        AcrossSentences.counts(finding)
                            ? "" : HTML("span", ["class": "soft"]) { " not counted" },
                    ]),
                    .text(CheckFigures.fixed(finding.effect, 3)),
                    .text(CheckSentences.ends(finding.interval, 3)),
                    .text(CheckSentences.margin(finding.margin)),
                    .text(CheckFigures.pValue(finding.adjustedPValue)),
                    HTML("span", ["class": "says"]) { AcrossSentences.finding(finding, pair) },
                ]
            }
        ).html
    }

    private static func giveaways(
        _ facts: AcrossColumns.ClassifierFacts, _ pair: PairComparison
    ) -> HTML {
        .list([
            HTML("h4") { "What gives the tables away" },
            HTML("p") {
                AcrossSentences.classifier(facts, pair)
                " It saw \(CheckFigures.counted(facts.referenceRows, "row")) of "
                "\(pair.reference.rawValue) and \(CheckFigures.grouped(facts.candidateRows)) of "
                "\(pair.candidate.rawValue)."
            },
            facts.columns.isEmpty
                ? ""
                : DataTable(
                    caption: "What each column gives the model",
                    columns: [
                        .text("column"), .number("share of the gain"), .number("AUC by it alone"),
                    ],
                    rows: facts.columns.map {
                        [
                            CheckHTML.name($0.column), .text(CheckFigures.percent($0.share)),
                            .text($0.area.map { CheckFigures.fixed($0, 3) } ?? "-"),
                        ]
                    }, isFigures: true
                ).html,
        ])
    }

    private static func correlations(
        _ facts: [AcrossColumns.CorrelationFacts], _ pair: PairComparison
    ) -> HTML {
        guard !facts.isEmpty else { return "" }
        return .list([
            HTML("h4") { "Correlations that changed most" },
            DataTable(
                caption: "Rank correlations (Spearman); the interval is of the size of the change",
                columns: [
                    .text("columns"), .number(pair.reference.rawValue),
                    .number(pair.candidate.rawValue), .number("change"), .number("interval"),
                ],
                rows: facts.map { one in
                    let change = one.candidate - one.reference
                    return [
                        .list([
                            CheckHTML.name(one.one, limit: 60), " and ",
                            CheckHTML.name(one.other, limit: 60),
                        ]),
                        .text(CheckFigures.fixed(one.reference, 2)),
                        .text(CheckFigures.fixed(one.candidate, 2)),
                        .text((change > 0 ? "+" : "") + CheckFigures.fixed(change, 2)),
                        .text(CheckSentences.ends(one.interval)),
                    ]
                }, isFigures: true
            ).html,
        ])
    }

    private static func duplicates(
        _ facts: AcrossColumns.DuplicateFacts, _ pair: PairComparison
    ) -> HTML {
        .list([
            HTML("h4") { "Rows in both tables" },
            HTML("p") { AcrossSentences.duplicates(facts, pair) },
        ])
    }

    private static func units(_ facts: AcrossColumns.UnitFacts, _ pair: PairComparison) -> HTML {
        .list([
            HTML("h4") { "Units in both tables" },
            HTML("p") {
                AcrossSentences.units(facts, pair)
                " \(pair.reference.rawValue) has \(CheckFigures.grouped(facts.reference))."
            },
        ])
    }

    private static func skew(_ facts: AcrossColumns.SkewFacts, _ pair: PairComparison) -> HTML {
        let shown = facts.columns.filter { $0.differing > 0 }
        return .list([
            HTML("h4") { "Rows joined by key" },
            HTML("p") {
                AcrossSentences.skew(facts)
                " \(CheckFigures.counted(facts.referenceOnly, "key")) only in "
                "\(pair.reference.rawValue), \(CheckFigures.grouped(facts.candidateOnly)) only in "
                "\(pair.candidate.rawValue), \(CheckFigures.grouped(facts.repeated)) left out "
                "because a table holds them more than once."
                if shown.count > skewLimit {
                    " The worst \(skewLimit) of \(CheckFigures.grouped(shown.count)) columns:"
                }
            },
            shown.isEmpty
                ? ""
                : DataTable(
                    caption: "Joined rows that differ, by column",
                    columns: [
                        .text("column"), .number("differ"), .number("one side missing"),
                        .number("mean shift"), .number("largest"),
                        .text(
                            "examples: key: \(pair.reference.rawValue) → \(pair.candidate.rawValue)"
                        ),
                    ],
                    rows: shown.prefix(skewLimit).map { column in
                        [
                            CheckHTML.name(column.column),
                            .text(CheckFigures.grouped(column.differing)),
                            .text(CheckFigures.grouped(column.missingOnOneSide)),
                            .text(column.meanShift.map(CheckFigures.short) ?? "-"),
                            .text(column.largest.map(CheckFigures.short) ?? "-"),
                            examples(column.examples),
                        ]
                    }
                ).html,
        ])
    }

    private static func examples(_ examples: [AcrossColumns.SkewFacts.Example]) -> HTML {
        func cell(_ text: String?) -> HTML {
            guard let text else { return HTML("span", ["class": "soft"]) { "missing" } }
            // Quoted, so that an empty text is seen.
            return HTML("bdi") {
                "“\(text.isEmpty ? "" : CheckSentences.name(text, limit: 40))”"
            }
        }
        return HTML("span", ["class": "says"]) {
            for (place, example) in examples.prefix(3).enumerated() {
                if place > 0 { HTML("br") }
                CheckHTML.name(example.key, limit: 40)
                ": "
                cell(example.reference)
                " → "
                cell(example.candidate)
            }
        }
    }
}
