package import HoldfastStatistics

/// A plan of a holdout for retraining, for people: the answer, the curves, the shares, what to
/// beware of.
package enum HoldoutText {
    /// The plan as text, the same bytes for the same plan. Ends with a line break.
    package static func render(_ plan: HoldoutPlan) -> String {
        var lines = CheckText.wrap(
            "Holdout for retraining, \(HoldoutWords.headline(plan))", indent: "")
        lines += [""]
        lines += CheckText.wrap(HoldoutWords.source(plan.source), indent: "  ")
        lines += [""]
        lines += CheckText.wrap(HoldoutWords.answer(plan), indent: "")
        for curve in plan.curves { lines += self.curve(curve, isChosen: isChosen(curve, plan)) }
        lines += shares(plan)
        lines += [""]
        lines += CheckText.wrap("What to do: " + HoldoutWords.advice(plan), indent: "")
        for warning in plan.warnings {
            lines += CheckText.wrap("Beware: " + HoldoutWords.sentence(warning), indent: "")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func isChosen(_ curve: HoldoutPlan.Curve, _ plan: HoldoutPlan) -> Bool {
        curve.model == plan.chosen.model
    }

    private static func curve(_ curve: HoldoutPlan.Curve, isChosen: Bool) -> [String] {
        let (fit, law) = (curve.fit, curve.fit.law)
        let level = CheckFigures.level(fit.level)
        let sign = law.isRising ? "-" : "+"
        var lines = [
            "",
            "\(HoldoutWords.name(fit.score)) of \(HoldoutWords.name(curve.model))"
                + (isChosen ? "" : ", beside it"),
            "  \(HoldoutWords.score(law.ceiling)) \(sign) \(CheckFigures.short(law.gap)) / "
                + "rows^\(CheckFigures.short(law.exponent)), "
                + "\(law.isRising ? "ceiling" : "floor") \(level) \(HoldoutWords.interval(fit.ceiling))",
            row(["rows", "measured", "fitted", "\(level) interval"], curveWidths),
        ]
        let points = fit.points
        for size in points.rows.indices {
            lines.append(
                row(
                    [
                        HoldoutWords.rows(points.rows[size]),
                        HoldoutWords.score(points.scores[size]),
                        HoldoutWords.score(law.score(at: points.rows[size])),
                        HoldoutWords.interval(fit.interval(at: points.rows[size])),
                    ], curveWidths))
        }
        for times in [2.0, HoldoutPlan.farBeyond] {
            let rows = (points.rows.max() ?? 0) * times
            lines.append(
                row(
                    [
                        HoldoutWords.rows(rows), "-", HoldoutWords.score(law.score(at: rows)),
                        HoldoutWords.interval(fit.interval(at: rows)),
                    ], curveWidths))
        }
        return lines
    }

    private static func shares(_ plan: HoldoutPlan) -> [String] {
        guard let units = plan.question.unitsPerWeek, !plan.rows.isEmpty else { return [] }
        var lines = ["", "Of \(HoldoutWords.count(units)) units a week, by control share"]
        if let region = plan.region, let threshold = region.threshold {
            lines += CheckText.wrap(
                "The model acts from score \(CheckFigures.short(threshold)) on: on "
                    + "\(CheckFigures.percent(region.share)) of units, of which "
                    + "\(CheckFigures.percent(region.precision)) are positives.", indent: "  ")
        }
        lines.append(
            row(
                [
                    "share", "rows/week", "positives", "weeks", "interval", "weighted", "cost/week",
                    "in all",
                ], shareWidths))
        for share in plan.rows {
            lines.append(
                row(
                    [
                        HoldoutWords.share(share.millionths) + (share.isLeast ? " *" : ""),
                        HoldoutWords.count(share.week.controlRows),
                        plan.rate == nil ? "-" : HoldoutWords.count(share.week.positives),
                        share.weeks.map(HoldoutWords.weeks) ?? "-", weeks(share),
                        share.weightedWeeks.map(HoldoutWords.weeks) ?? "-",
                        share.week.cost.map(HoldoutWords.amount) ?? "-",
                        share.costInAll.map(HoldoutWords.amount) ?? "-",
                    ], shareWidths))
        }
        if plan.rows.contains(where: \.isLeast), let weeks = plan.question.weeks {
            lines += CheckText.wrap(
                "* the least share that reaches the target in \(HoldoutWords.count(weeks)) weeks, by the "
                    + "fitted curve",
                indent: "  ")
        }
        return lines + CheckText.wrap(HoldoutWordsWeighted.sentence(plan), indent: "  ")
    }

    private static func weeks(_ row: HoldoutPlan.Row) -> String {
        guard let fewest = row.fewestWeeks else { return "-" }
        return HoldoutWords.weeks(fewest) + "…"
            + (row.mostWeeks.map(HoldoutWords.weeks) ?? "no end")
    }

    private static let curveWidths = [11, 10, 10, 18]
    private static let shareWidths = [11, 10, 9, 7, 13, 9, 10, 12]

    /// Figures to the right of their columns, two spaces in.
    static func row(_ cells: [String], _ widths: [Int]) -> String {
        zip(cells, widths).reduce(into: " ") { line, pair in
            line += String(repeating: " ", count: max(1, pair.1 - pair.0.count)) + pair.0
        }
    }
}

/// What is said of weighted mode.
enum HoldoutWordsWeighted {
    static func sentence(_ plan: HoldoutPlan) -> String {
        guard plan.region?.threshold != nil else {
            return
                "Weighted mode (control rows where the model acts, and all rows where it does not) "
                + "cannot be compared: give --score and --threshold."
        }
        return
            "weighted: weeks in weighted mode (control rows where the model acts, by 1/share, and "
            + "all rows where it does not), until its rows are worth as many of equal weight. In the "
            + "simulated feedback loop it needed a third of the control rows or less; where "
            + "the model acts it still learns from the control rows alone."
    }
}
