package import HoldfastStatistics

/// A plan of control shares by score, for people.
package enum ExploreText {
    /// The plan as text, the same bytes for the same plan; `catalog` is the line that a catalog
    /// takes. Ends with a line break.
    package static func render(_ plan: ExplorationPlan, catalog: String) -> String {
        var lines = CheckText.wrap("Exploration, \(ExploreWords.headline(plan))", indent: "")
        lines += [""]
        lines += CheckText.wrap(ExploreWords.answer(plan), indent: "")
        lines += [
            "",
            HoldoutText.row(
                ["score", "units", "rate", "interval", "cost", "control", "flat", "left alone"],
                widths),
        ]
        for (place, row) in plan.rows.enumerated() {
            let share = Double(row.millionths) / 1_000_000
            var band = ExploreWords.band(plan, place)
            if band.count >= widths[0] {
                // Edges of many figures have a line of their own.
                lines.append("  " + band)
                band = ""
            }
            lines.append(
                HoldoutText.row(
                    [
                        band, HoldoutWords.count(row.band.units),
                        CheckFigures.percent(row.band.rate), interval(row.band),
                        row.band.isActed ? ExploreWords.amount(row.cost) : "no action",
                        HoldoutWords.share(row.millionths),
                        row.band.isActed ? ExploreWords.share(plan.flatShare) : "-",
                        row.band.isActed ? HoldoutWords.count(row.band.units * share) : "-",
                    ], widths))
        }
        lines += ["", "For the catalog, in place of the arms' shares:", "", "    " + catalog, ""]
        for note in ExploreWords.notes(plan) { lines += CheckText.wrap(note, indent: "") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func interval(_ band: ExplorationBands.Band) -> String {
        band.counted.map {
            "\(CheckFigures.percent($0.interval.lower))…\(CheckFigures.percent($0.interval.upper))"
        } ?? "-"
    }

    private static let widths = [18, 10, 7, 14, 10, 10, 9, 11]
}
