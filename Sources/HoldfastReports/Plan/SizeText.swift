internal import HoldfastStatistics

/// A plan of an experiment's size for people: the answer first.
package enum SizeText {
    /// The most weeks shown.
    package static let weekLimit = 16

    /// The report as text, the same bytes for the same report. Ends with a line break.
    package static func render(_ report: SizeReport) -> String {
        let plan = report.plan
        var lines = CheckText.wrap(SizeWords.headline(report), indent: "")
        lines += CheckText.wrap(SizeWords.question(plan), indent: "  ")
        if let shortfall = SizeWords.shortfall(plan) {
            lines += CheckText.wrap(shortfall, indent: "  ")
        }
        lines += ["", row(["arm", "share", "units", "exactly", "clusters"], armWidths)]
        lines += plan.arms.map { arm in
            row(
                [
                    arm.name, CheckFigures.share(arm.share), CheckFigures.grouped(arm.units),
                    exact(arm.exact), arm.clusters.map(CheckFigures.grouped) ?? "-",
                ], armWidths)
        }
        if plan.arms.isEmpty { lines.removeLast(2) }
        if plan.question.units == nil, let power = plan.power, let list = SizeWords.detectable(plan)
        {
            lines.append("")
            lines += CheckText.wrap(
                "These whole units have a power of \(CheckFigures.percent(power)), and find \(list).",
                indent: "")
        } else if plan.question.testedEffect != nil, let list = SizeWords.detectable(plan) {
            let power = CheckFigures.percent(plan.question.power)
            lines.append("")
            lines += CheckText.wrap("With a power of \(power) they find \(list).", indent: "")
        }
        lines += weeks(plan)
        lines.append("")
        for text in SizeWords.rivals(plan) + report.notes {
            lines += CheckText.wrap(text, indent: "")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let armWidths = [24, 10, 16, 18, 10]
    private static let weekWidths = [24, 10, 16, 18, 10]

    /// A real number of units, with a decimal.
    private static func exact(_ units: Double) -> String {
        guard units < 1e9 else { return CheckFigures.short(units) }
        let whole = units.rounded(.down)
        return CheckFigures.grouped(Int(whole)) + CheckFigures.fixed(units - whole, 2).dropFirst()
    }

    /// The weeks around the end; the JSON has all.
    private static func weeks(_ plan: SizePlan) -> [String] {
        guard let duration = plan.duration else { return [] }
        let what = plan.question.design.margin == nil ? "detectable" : "margin"
        let all = duration.byWeek
        let stride = max(1, (all.count + weekLimit - 1) / weekLimit)
        let shown = all.filter {
            $0.number % stride == 0 || $0.number == all.count || $0.number == duration.weeks
        }
        return ["", row(["by the end of week", "days", "units", what, "power"], weekWidths)]
            + shown.map { week in
                row(
                    [
                        "\(week.number)", "\(week.days)",
                        SizeWords.count(week.units.rounded(.down)),
                        week.detectable.map(SizeWords.value) ?? "-",
                        week.power.map(CheckFigures.percent) ?? "-",
                    ], weekWidths)
            }
    }

    private static func row(_ cells: [String], _ widths: [Int]) -> String {
        let parts = zip(cells, widths).enumerated().map { place, cell in
            let text = CheckFigures.padded(cell.0, cell.1)
            guard place > 0 else { return text }
            let bare = String(text.reversed().drop { $0 == " " }.reversed())
            return String(repeating: " ", count: cell.1 - bare.count) + bare
        }
        let line = "  " + parts.joined(separator: " ")
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}
