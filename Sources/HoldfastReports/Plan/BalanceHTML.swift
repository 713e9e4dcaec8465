internal import HoldfastChecks
package import HoldfastDatasets
internal import HoldfastStatistics

/// A balance before the start as a page: what chance does, and where the salt in force lies.
///
/// One file without a script that loads nothing and names no machine and no time: the same report
/// gives the same bytes.
package enum BalanceHTML {
    /// The most covariates in a picture, and the most rows in a table.
    private static let (barLimit, rowLimit) = (40, 200)

    /// The page.
    package static func render(_ report: BalanceReport) -> String {
        let title = "Balance of \(report.experiment) before its start"
        return HTMLPage(
            title: title, opening: opening(title, report), sections: sections(report),
            closing: HTML("p") {
                """
                Made by Holdfast. Balance in what was measured says nothing of what was not: that \
                is what the dealing by chance is for.
                """
            }
        ).markup
    }

    private static func opening(_ title: String, _ report: BalanceReport) -> HTML {
        .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: plan of an experiment" },
            HTML("h1") { title },
            .list(
                BalanceSentences.warnings(report).map { warning in
                    HTML("p", ["class": "verdict waived"]) { warning }
                }),
            .list(BalanceSentences.findings(report).map { text in HTML("p") { text } }),
            HTML("dl", ["class": "facts"]) {
                for arm in report.arms {
                    HTML("div") {
                        HTML("dt") { arm.name }
                        HTML("dd") { CheckFigures.counted(arm.inForce, "unit") }
                    }
                }
                HTML("div") {
                    HTML("dt") { "salts tried" }
                    HTML("dd") { CheckFigures.grouped(report.request.salts) }
                }
            },
            HTML("p") { BalanceSentences.headline(report) + "." },
            .list(
                report.leftOut.map { part in
                    HTML("p") {
                        "\(CheckFigures.counted(part.rows, "row")) "
                            + BalanceSentences.reason(part.reason) + " left out."
                    }
                }),
        ])
    }

    private static func sections(_ report: BalanceReport) -> [HTMLPage.Section] {
        var sections: [HTMLPage.Section] = []
        if report.isTelling { sections += [chance(report), covariates(report)] }
        if !report.strata.isEmpty { sections.append(strata(report)) }
        return sections + [words]
    }

    // MARK: - Chance

    private static func chance(_ report: BalanceReport) -> HTMLPage.Section {
        let (edges, counts) = report.largest.bins()
        let place = report.inForce.map { inForce in
            " The salt in force has \(BalanceSentences.value(inForce))."
        }
        let picture = JudgePicture(
            "largest", "The largest difference of a salt",
            "How many of the salts have so large a largest difference, over all covariates and "
                + "arms." + (place ?? ""),
            .histogram(
                edges: edges, series: [JudgePicture.Series("salts", counts.map(Double.init))]))
        return HTMLPage.Section(
            "chance", link: "What chance does", "What chance does to the balance"
        ) {
            JudgeDrawing.picture(picture, section: "chance").html
        }
    }

    private static func covariates(_ report: BalanceReport) -> HTMLPage.Section {
        let sorted = BalanceText.sorted(report.covariates)
        let bars = sorted.prefix(barLimit).compactMap { covariate -> JudgePicture.Bar? in
            guard let value = covariate.largestInForce else { return nil }
            let most = covariate.chance.quantile(0.95)
            return JudgePicture.Bar(
                covariate.name, value, most.map { Interval(lower: 0, upper: $0) },
                note: value == ArmBalance.apart ? "wholly apart" : nil)
        }
        let picture = JudgePicture(
            "covariates", "Each covariate under the salt in force",
            "Each dot is the standardised difference under the salt in force, without its sign; "
                + "the line ends where 95 of 100 salts have less. A dot beyond the end of its line "
                + "is rare; one beyond 0.1 is to be adjusted for.",
            .bars(
                axis: "standardised difference", rows: Array(bars),
                limits: [BalanceRequest.limit]))
        return HTMLPage.Section("covariates", link: "Covariates", "Covariate by covariate") {
            JudgeDrawing.picture(picture, section: "balance").html
            table(Array(sorted.prefix(rowLimit)), report).html
            HTML.list(
                report.passedOver.map { column in
                    HTML("p") {
                        "\(CheckSentences.name(column.name)) is no covariate: \(column.why)."
                    }
                })
        }
    }

    private static func table(
        _ covariates: [BalanceReport.Covariate], _ report: BalanceReport
    ) -> DataTable {
        DataTable(
            caption: "Standardised differences from control over the salts",
            columns: [
                .text("covariate"), .text("what it is"), .number("missing"), .number("in force"),
                .number("50%"), .number("90%"), .number("95%"), .number("99%"),
                .number("beyond 0.1"),
            ],
            rows: covariates.map { covariate in
                let chance = covariate.chance
                return [
                    .text(CheckSentences.name(covariate.name)),
                    .text(BalanceSentences.kind(covariate)),
                    .text(CheckFigures.grouped(covariate.absent)),
                    .text(BalanceSentences.value(covariate.largestInForce)),
                ]
                    + [0.5, 0.9, 0.95, 0.99].map {
                        .text(BalanceSentences.value(chance.quantile($0)))
                    }
                    + [
                        .text(
                            BalanceSentences.percent(chance.share(beyond: BalanceRequest.limit)))
                    ]
            })
    }

    // MARK: - Strata

    private static func strata(_ report: BalanceReport) -> HTMLPage.Section {
        let names = report.arms.map(\.name)
        let table = DataTable(
            caption: "Units in each stratum, and the share that they are of each arm's units",
            columns: [.text("stratum"), .number("units")]
                + names.flatMap { [.number("\($0)"), .number("of \($0)")] }
                + [
                    .number("expected in control"), .number("19 of 20 salts at least"),
                    .text("note"),
                ],
            rows: report.strata.map { stratum in
                [
                    .text(CheckSentences.name(stratum.name)),
                    .text(CheckFigures.grouped(stratum.units)),
                ]
                    + zip(report.arms, stratum.inForce).flatMap { arm, units -> [HTML] in
                        let share = arm.inForce > 0 ? Double(units) / Double(arm.inForce) : nil
                        return [
                            .text(CheckFigures.grouped(units)),
                            .text(BalanceSentences.percent(share)),
                        ]
                    }
                    + [
                        .text(CheckFigures.fixed(stratum.expectedControl, 1)),
                        .text(CheckFigures.fixed(stratum.leastControl, 1)),
                        .text(stratum.isThin ? "thin" : ""),
                    ]
            })
        return HTMLPage.Section("strata", link: "Strata", "The strata") {
            HTML("p") {
                "Under the salt in force, on average over the salts, and what 19 of 20 salts have. "
                    + "Thin is one of which control may have fewer than "
                    + "\(BalanceRequest.leastStratum) units."
            }
            table.html
        }
    }

    private static var words: HTMLPage.Section {
        HTMLPage.Section("words", link: "How to read it", "How to read it") {
            HTML("ul", ["class": "terms"]) {
                term(
                    "standardised difference",
                    "The difference of an arm's mean from control's, in standard deviations; of a "
                        + "column of kinds that of the share of each kind, the largest of them. "
                        + "It does not grow with the units, and 0.1 is customarily taken for "
                        + "balance.")
                term(
                    "salt",
                    "The secret that makes the dealing. The salts tried here follow from a seed "
                        + "and deal nothing else; none is shown.")
                term(
                    "in force", "Under the catalog's own salt: how the units will really be dealt."
                )
            }
        }
    }

    private static func term(_ word: String, _ meaning: String) -> HTML {
        HTML("li") {
            HTML("b") { word }
            ": \(meaning)"
        }
    }
}
