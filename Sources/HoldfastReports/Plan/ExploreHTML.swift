internal import HoldfastChecks
package import HoldfastStatistics

/// A plan of control shares by score as a page: the shares beside the flat one, the rates that they
/// rest on, and the catalog's line.
package enum ExploreHTML {
    /// The page; `catalog` is the line that a catalog takes.
    package static func render(_ plan: ExplorationPlan, catalog: String) -> String {
        HTMLPage(
            title: "Exploration: \(ExploreWords.headline(plan))",
            opening: opening(plan, catalog: catalog), sections: sections(plan),
            closing: HTML("p") {
                "Made by Holdfast. The JSON has the same figures for programs."
            }
        ).markup
    }

    private static func opening(_ plan: ExplorationPlan, catalog: String) -> HTML {
        let headline = ExploreWords.headline(plan)
        return .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: whom to leave alone, by score" },
            HTML("h1") { headline.prefix(1).uppercased() + headline.dropFirst() },
            HTML("p", ["class": "verdict good"]) { ExploreWords.answer(plan) },
            HTML("p") { "For the catalog, in place of the arms' shares:" },
            HTML("pre") { HTML("code") { catalog } },
            HTML("ul", ["class": "terms"]) {
                for note in ExploreWords.notes(plan) { HTML("li") { note } }
            },
        ])
    }

    private static func sections(_ plan: ExplorationPlan) -> [HTMLPage.Section] {
        [
            HTMLPage.Section("shares", link: "Shares", "The share of control by score") {
                JudgeDrawing.picture(shares(plan), section: "plan").html
                table(plan).html
            },
            HTMLPage.Section("rates", link: "Rates", "How many are positive, by score") {
                JudgeDrawing.picture(rates(plan), section: "plan").html
            },
            HTMLPage.Section("precision", link: "Precision", "What it gives and costs") {
                figures(plan).html
            },
        ]
    }

    private static func shares(_ plan: ExplorationPlan) -> JudgePicture {
        let acted = plan.rows.indices.filter { plan.rows[$0].band.isActed }
        let steps = ExploreWords.steps(plan, acted)
        func line(_ name: String, _ share: (ExplorationPlan.Row) -> Double) -> JudgePicture.Line {
            .init(
                name,
                acted.enumerated().map { step, place in
                    .init(Double(step), share(plan.rows[place]) * 100)
                })
        }
        return JudgePicture(
            "shares", "Control share, in per cent",
            "By band of scores, lowest scores left: the shares that are written, and the flat share "
                + "that is as precise.",
            .lines(
                .init(
                    x: "band of scores", y: "control share, %",
                    lines: [
                        line("by score") { Double($0.millionths) / 1_000_000 },
                        line("flat") { _ in plan.flatShare },
                    ], steps: steps)))
    }

    private static func rates(_ plan: ExplorationPlan) -> JudgePicture {
        JudgePicture(
            "rates", "Rate of positives",
            "By band of scores, with the interval of what was counted; the dashed line is the rate "
                + "from which on it pays to act.",
            .bars(
                axis: "rate",
                rows: plan.rows.indices.map { place in
                    let band = plan.rows[place].band
                    return JudgePicture.Bar(
                        ExploreWords.band(plan, place), band.rate, band.counted?.interval)
                }, limits: [plan.question.cost.breakEven]))
    }

    private static func table(_ plan: ExplorationPlan) -> DataTable {
        DataTable(
            caption: "Bands of scores",
            columns: [
                .text("score"), .number("units"), .number("rate"), .number("cost a unit"),
                .number("control"), .number("left alone"),
            ],
            rows: plan.rows.indices.map { place in
                let row = plan.rows[place]
                let share = Double(row.millionths) / 1_000_000
                return [
                    .text(ExploreWords.band(plan, place)),
                    .text(HoldoutWords.count(row.band.units)),
                    .text(CheckFigures.percent(row.band.rate)),
                    .text(row.band.isActed ? ExploreWords.amount(row.cost) : "no action"),
                    .text(HoldoutWords.share(row.millionths)),
                    .text(row.band.isActed ? HoldoutWords.count(row.band.units * share) : "-"),
                ]
            })
    }

    private static func figures(_ plan: ExplorationPlan) -> DataTable {
        func row(_ name: String, _ figures: ExplorationPlan.Figures) -> [HTML] {
            [
                .text(name), .text(HoldoutWords.count(figures.leftAlone)),
                .text(ExploreWords.amount(figures.cost)),
                .text(figures.standardError.map { CheckFigures.short($0) } ?? "-"),
                .text(CheckFigures.short(figures.effectiveRows)),
            ]
        }
        return DataTable(
            caption: "Of \(ExploreWords.name(plan.question.estimand))",
            columns: [
                .text("shares"), .number("left alone"), .number("cost"),
                .number("standard error"), .number("effective rows"),
            ],
            rows: [
                row("by score", plan.figures),
                row("flat \(ExploreWords.share(plan.flatShare))", plan.flat),
            ])
    }
}
