internal import HoldfastDatasets

/// Whether the rules took more from one arm than from another.
enum ManifestAttrition {
    static func section(_ audit: Audit) -> HTMLPage.Section {
        HTMLPage.Section("attrition", link: "Losses by arm", "Did the rules treat the arms alike?")
        {
            HTML("p") {
                """
                Every rule was also applied to the arms that are not kept. A rule that takes more \
                from one arm than from another looks at something that the treatment changes, and \
                then the rows that are left are no longer a fair sample. \(finding(audit))
                """
            }
            if audit.attrition.isEmpty {
                HTML("p", ["class": "soft"]) { "No rule was compared." }
            } else {
                picture(audit).html
            }
        }
    }

    private static func finding(_ audit: Audit) -> String {
        let compared = audit.attrition.filter { !$0.isOneArmed }
        let apart = compared.filter(\.isAlarm).map(name)
        var text =
            compared.isEmpty
            ? "No rule can fire in every arm, so there is nothing to compare."
            : apart.isEmpty
                ? "No rule’s losses differ by more than chance explains and by more than matters."
                : "More than chance explains, and more than matters: "
                    + "\(apart.joined(separator: "; "))."
        if let share = audit.trimmingShare {
            text += """
                 To make the arms alike, \(CheckFigures.percent(share)) of the arm with fewer \
                losses would have to be set aside.
                """
        }
        return text
    }

    /// A rule, or all of those together that can fire in every arm.
    private static func name(_ attrition: Audit.Attrition) -> String {
        attrition.exclusion?.explanation ?? "all these rules together"
    }

    private static func picture(_ audit: Audit) -> Picture {
        var arms: [String] = []
        for entry in audit.attrition.flatMap(\.arms) where !arms.contains(entry.arm) {
            arms.append(entry.arm)
        }
        let rows = audit.attrition.map { attrition in
            DotPlot.Row(
                name: name(attrition),
                points: arms.map { arm in
                    attrition.arms.first { $0.arm == arm && $0.rows > 0 }.map {
                        DotPlot.Point(value: Double($0.lost) / Double($0.rows))
                    }
                },
                note: attrition.isOneArmed
                    ? "one arm only" : "p " + CheckFigures.pValue(attrition.pValue),
                isAlarm: attrition.isAlarm)
        }
        let plot = DotPlot(
            series: arms, rows: rows, axisTitle: "share of the arm’s rows left out",
            isSymmetric: false, format: { CheckFigures.percent($0) },
            tickFormat: { value, _ in CheckFigures.short(value * 100) + "%" })
        return Picture(
            "attrition-picture", title: "Rows lost, by arm",
            description: "For each rule the share of each arm’s rows that it left out.",
            table: table(audit), draw: { plot.draw($0) })
    }

    private static func table(_ audit: Audit) -> DataTable {
        let rows = audit.attrition.flatMap { attrition in
            attrition.arms.map { entry -> [HTML] in
                [
                    .text(name(attrition)), .text(entry.arm),
                    "\(CheckFigures.grouped(entry.lost))", "\(CheckFigures.grouped(entry.rows))",
                    "\(CheckFigures.percent(entry.lost, of: entry.rows))",
                    .text(
                        attrition.isOneArmed
                            ? "one arm only" : CheckFigures.pValue(attrition.pValue)),
                ]
            }
        }
        return DataTable(
            caption: "Randomised rows and how many of them each rule left out, by arm",
            columns: [
                .text("rule"), .text("arm"), .number("left out"), .number("of"),
                .number("share"), .number("p"),
            ], rows: rows)
    }
}
