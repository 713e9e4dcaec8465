internal import Glibc
internal import HoldfastChecks
package import HoldfastStatistics

/// A plan of a holdout for retraining as a page: the answer, the curves with points, bands and
/// target, and what each share takes.
package enum HoldoutHTML {
    /// The page.
    package static func render(_ plan: HoldoutPlan) -> String {
        HTMLPage(
            title: "Holdout for retraining: \(HoldoutWords.headline(plan))",
            opening: opening(plan), sections: sections(plan),
            closing: HTML("p") {
                "Made by Holdfast. The JSON has the same figures for programs. All chance follows "
                "from the seed \(String(plan.question.seed))."
            }
        ).markup
    }

    private static func opening(_ plan: HoldoutPlan) -> HTML {
        .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: how many must be held out to retrain?" },
            HTML("h1") { HoldoutWords.headline(plan) },
            HTML("p", ["class": "verdict \(style(plan.reach.verdict))"]) {
                HoldoutWords.answer(plan)
            },
            HTML("p") {
                HTML("b") { "What to do: " }
                HoldoutWords.advice(plan)
            },
            HTML("p") { "From: \(HoldoutWords.source(plan.source))." },
            HTML("ul", ["class": "terms"]) {
                for warning in plan.warnings { HTML("li") { HoldoutWords.sentence(warning) } }
            },
        ])
    }

    private static func style(_ verdict: RowsToReach.Verdict) -> String {
        switch verdict {
        case .reached: "good"
        case .unknown: "waived"
        case .beyond: "bad"
        }
    }

    private static func sections(_ plan: HoldoutPlan) -> [HTMLPage.Section] {
        var sections = [
            HTMLPage.Section("curve", link: "The curve", "How good with how many rows") {
                JudgeDrawing.picture(picture(plan), section: "plan").html
                laws(plan).html
            }
        ]
        if let units = plan.question.unitsPerWeek, !plan.rows.isEmpty {
            sections.append(
                HTMLPage.Section("shares", link: "Shares", "What each control share takes") {
                    if let weeks = weeksPicture(plan) {
                        JudgeDrawing.picture(weeks, section: "plan").html
                    }
                    shares(plan, units).html
                    HTML("p") { HoldoutWordsWeighted.sentence(plan) }
                })
        }
        return sections
    }

    // MARK: - Pictures

    /// Curves over rows by their doublings: 0 is the smallest size, 1 twice as many.
    private static func picture(_ plan: HoldoutPlan) -> JudgePicture {
        let smallest = plan.curves.compactMap { $0.fit.points.rows.min() }.min() ?? 1
        let largest = plan.curves.compactMap { $0.fit.points.rows.max() }.max() ?? 1
        var last = HoldoutPlan.farBeyond * largest
        if let rows = plan.reach.rows { last = min(max(last, rows * 1.2), 64 * largest) }
        var steps: [Double] = []
        var size = smallest
        while size < last * 1.5, steps.count < 24 {
            steps.append(size)
            size *= 2
        }
        var lines: [JudgePicture.Line] = []
        for curve in plan.curves {
            let fit = curve.fit
            let isChosen = curve.model == plan.chosen.model
            lines.append(
                .init(
                    HoldoutWords.shortName(curve.model),
                    steps.enumerated().map { place, rows in
                        .init(
                            Double(place), fit.law.score(at: rows),
                            isChosen ? fit.interval(at: rows) : nil)
                    }))
            let points = fit.points
            lines.append(
                .init(
                    "\(HoldoutWords.shortName(curve.model)), seen",
                    points.rows.indices.map { size in
                        .init(log2(points.rows[size] / smallest), points.scores[size])
                    }))
        }
        return JudgePicture(
            "learning_curve", "\(HoldoutWords.name(plan.question.score)) by rows",
            "The fitted curves with a band of \(CheckFigures.level(plan.question.level)) around the "
                + "one that answers, and what was seen of them; each step to the right doubles the "
                + "rows, and beyond \(HoldoutWords.rows(largest)) nothing was measured. The dashed "
                + "line is the target.",
            .lines(
                .init(
                    x: "rows", y: HoldoutWords.name(plan.question.score), lines: lines,
                    steps: steps.map(HoldoutWords.rows), limits: [plan.targetScore])))
    }

    private static func weeksPicture(_ plan: HoldoutPlan) -> JudgePicture? {
        let bars = plan.rows.compactMap { row in
            row.weeks.map { weeks in
                JudgePicture.Bar(
                    HoldoutWords.share(row.millionths), weeks,
                    row.fewestWeeks.flatMap { fewest in
                        row.mostWeeks.map { Interval(lower: fewest, upper: max(fewest, $0)) }
                    })
            }
        }
        guard !bars.isEmpty else { return nil }
        return JudgePicture(
            "weeks", "Weeks until the target",
            "Whole weeks until control rows alone reach the target, with the interval of the rows, "
                + "by control share.",
            .bars(axis: "weeks", rows: bars, limits: [plan.question.weeks].compactMap { $0 }))
    }

    // MARK: - Tables

    private static func laws(_ plan: HoldoutPlan) -> DataTable {
        let level = CheckFigures.level(plan.question.level)
        return DataTable(
            caption: "What was measured on rows that the model never saw, and what was fitted",
            columns: [
                .text("model"), .number("rows"), .number("measured"), .number("fitted"),
                .number("\(level) interval"),
            ],
            rows: plan.curves.flatMap { curve in
                curve.fit.points.rows.indices.map { cells(curve, $0) }
            })
    }

    private static func cells(_ curve: HoldoutPlan.Curve, _ size: Int) -> [HTML] {
        let (fit, rows) = (curve.fit, curve.fit.points.rows[size])
        return [
            .text(HoldoutWords.name(curve.model)), .text(HoldoutWords.rows(rows)),
            .text(HoldoutWords.score(fit.points.scores[size])),
            .text(HoldoutWords.score(fit.law.score(at: rows))),
            .text(HoldoutWords.interval(fit.interval(at: rows))),
        ]
    }

    private static func shares(_ plan: HoldoutPlan, _ units: Double) -> DataTable {
        DataTable(
            caption: "Of \(HoldoutWords.count(units)) units a week",
            columns: [
                .text("control share"), .number("control rows a week"), .number("positives a week"),
                .number("weeks"), .number("weeks, weighted"), .number("cost a week"),
                .number("cost in all"),
            ],
            rows: plan.rows.map { row in
                [
                    .text(
                        HoldoutWords.share(row.millionths)
                            + (row.isLeast ? " (least in time)" : "")),
                    .text(HoldoutWords.count(row.week.controlRows)),
                    .text(plan.rate == nil ? "-" : HoldoutWords.count(row.week.positives)),
                    .text(row.weeks.map(HoldoutWords.weeks) ?? "-"),
                    .text(row.weightedWeeks.map(HoldoutWords.weeks) ?? "-"),
                    .text(row.week.cost.map(HoldoutWords.amount) ?? "-"),
                    .text(row.costInAll.map(HoldoutWords.amount) ?? "-"),
                ]
            })
    }
}
