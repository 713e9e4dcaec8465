internal import HoldfastChecks
internal import HoldfastStatistics

/// A plan of an experiment's size as a page: the answer, what it rests on, and what more or fewer
/// units would find, as curves.
package enum SizeHTML {
    /// The page.
    package static func render(_ report: SizeReport) -> String {
        HTMLPage(
            title: "Plan: \(SizeWords.headline(report))", opening: opening(report),
            sections: sections(report),
            closing: HTML("p") {
                "Made by Holdfast. The JSON report has the same figures for programs."
            }
        ).markup
    }

    private static func opening(_ report: SizeReport) -> HTML {
        let plan = report.plan
        let style = report.isReached ? "good" : "bad"
        return .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: how many units, how long?" },
            HTML("h1") { "Plan of an experiment" },
            HTML("p", ["class": "verdict \(style)"]) { SizeWords.headline(report) },
            HTML("p") { SizeWords.question(plan) },
            .list(SizeWords.shortfall(plan).map { text in [HTML("p") { text }] } ?? []),
            HTML("dl", ["class": "facts"]) {
                for (name, value) in facts(plan) {
                    HTML("div") {
                        HTML("dt") { name }
                        HTML("dd") { value }
                    }
                }
            },
        ])
    }

    private static func facts(_ plan: SizePlan) -> [(String, String)] {
        let design = plan.question.design
        var facts: [(String, String)] = []
        if plan.exactUnits != nil { facts.append(("units", CheckFigures.grouped(plan.units))) }
        if let power = plan.power { facts.append(("power", CheckFigures.percent(power))) }
        if let weeks = plan.duration?.weeks { facts.append(("whole weeks", "\(weeks)")) }
        if let ripe = plan.duration?.daysUntilRipe(horizon: plan.question.horizonDays) {
            facts.append(("days until the last label", SizeWords.value(ripe)))
        }
        facts.append(("variant", design.variant.rawValue))
        if design.treatments > 1 { facts.append(("correction", design.correction.rawValue)) }
        if design.designEffect != 1 {
            facts.append(("design effect", SizeWords.value(design.designEffect)))
        }
        if let inflation = plan.inflation {
            facts.append(("units, times one look's", CheckFigures.fixed(inflation, 2)))
        }
        return facts
    }

    private static func sections(_ report: SizeReport) -> [HTMLPage.Section] {
        let plan = report.plan
        var sections: [HTMLPage.Section] = []
        if !plan.arms.isEmpty {
            sections.append(
                HTMLPage.Section("arms", link: "Arms", "How many in each arm?") {
                    arms(plan)
                    if let list = SizeWords.detectable(plan) {
                        HTML("p") {
                            "With a power of \(CheckFigures.percent(plan.question.power)) these units find \(list)."
                        }
                    }
                    for text in SizeWords.rivals(plan) { HTML("p") { text } }
                })
        }
        if let curve = report.curve {
            sections.append(
                HTMLPage.Section("power", link: "Power", "What would more or fewer units find?") {
                    JudgeDrawing.picture(picture(curve, plan), section: "power").html
                })
        }
        if let duration = plan.duration {
            sections.append(
                HTMLPage.Section("weeks", link: "Weeks", "What is found by when?") {
                    for picture in pictures(duration, plan) {
                        JudgeDrawing.picture(picture, section: "weeks").html
                    }
                })
        }
        sections.append(
            HTMLPage.Section("notes", link: "How to read it", "What does the plan rest on?") {
                for note in report.notes { HTML("p") { note } }
            })
        return sections
    }

    private static func arms(_ plan: SizePlan) -> HTML {
        let hasClusters = plan.arms.contains { $0.clusters != nil }
        return DataTable(
            caption: "Units in each arm, whole and as the formula has them",
            columns: [.text("arm"), .number("share"), .number("units"), .number("exactly")]
                + (hasClusters ? [.number("clusters")] : []),
            rows: plan.arms.map { arm in
                [
                    .text(CheckFigures.oneLine(arm.name)), .text(CheckFigures.share(arm.share)),
                    .text(CheckFigures.grouped(arm.units)), .text(SizeWords.value(arm.exact)),
                ]
                    + (hasClusters
                        ? [.text(arm.clusters.map(CheckFigures.grouped) ?? "-")] : [])
            }
        ).html
    }

    private static func picture(_ curve: PowerCurve, _ plan: SizePlan) -> JudgePicture {
        let lines = curve.lines.map { effect, powers in
            JudgePicture.Line(
                "\(plan.question.design.margin == nil ? "effect" : "difference") \(SizeWords.value(effect))",
                zip(curve.units, powers).map { JudgePicture.Point($0, $1) })
        }
        return JudgePicture(
            "power_by_units", "Power by units",
            "The probability that an effect is found, by the units of all arms together. The dashed line is the power that was asked for.",
            .lines(
                JudgePicture.Lines(
                    x: "units", y: "power", lines: lines, limits: [plan.question.power])))
    }

    private static func pictures(_ duration: SizeDuration, _ plan: SizePlan) -> [JudgePicture] {
        let isMargin = plan.question.design.margin != nil
        func line(_ name: String, _ value: (SizeDuration.Week) -> Double?) -> JudgePicture.Line {
            JudgePicture.Line(
                name, duration.byWeek.map { JudgePicture.Point(Double($0.number), value($0)) })
        }
        func level(_ name: String, _ value: Double?) -> [JudgePicture.Line] {
            // A line and not a limit, which is only drawn where the values reach it.
            value.map { value in [line(name) { _ in value }] } ?? []
        }
        let needed = plan.exactUnits.map { _ in Double(plan.units) }
        var pictures = [
            JudgePicture(
                "units_by_week", "Units by week",
                "Units enrolled by the end of each week, and those that the plan takes.",
                .lines(
                    JudgePicture.Lines(
                        x: "week", y: "units",
                        lines: [line("enrolled") { $0.units }] + level("planned", needed))))
        ]
        guard duration.byWeek.contains(where: { $0.detectable != nil }) else { return pictures }
        let asked = isMargin ? plan.question.design.margin : plan.question.effect.map(abs)
        let what = isMargin ? "margin" : "effect"
        pictures.append(
            JudgePicture(
                "detectable_by_week", "The least \(what) that is found, by week",
                "Found with the power that was asked for, by the units enrolled at the end of each week.",
                .lines(
                    JudgePicture.Lines(
                        x: "week", y: what,
                        lines: [line("found") { $0.detectable }] + level("asked for", asked)))))
        return pictures
    }
}
