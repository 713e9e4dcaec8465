internal import HoldfastDatasets

/// Where every decision went: each is in exactly one box.
enum ManifestFlow {
    static func section(_ manifest: Manifest) -> HTMLPage.Section {
        HTMLPage.Section("flow", link: "Flow", "Where every decision went") {
            HTML("p") {
                """
                Each decision that was received by the as-of time is in exactly one box: it is \
                kept, or it was left out for the first of the rules that holds for it. \
                \(unused(manifest))
                """
            }
            picture(manifest).html
        }
    }

    private static func picture(_ manifest: Manifest) -> Picture {
        let chart = chart(manifest)
        let taken = manifest.excluded.reduce(0) { $0 + $1.rows }
        return Picture(
            "flow-picture", title: "From decisions to clean rows",
            description: """
                A flow from \(CheckFigures.counted(manifest.decisionCount, "decision")), of which \
                rules left out \(CheckFigures.grouped(taken)), to \
                \(CheckFigures.counted(manifest.keptCount, "clean row")).
                """,
            table: table(manifest), draw: { [chart.draw($0)] })
    }

    private static func chart(_ manifest: Manifest) -> FlowChart {
        var left = manifest.decisionCount
        let exits = manifest.excluded.filter { $0.rows > 0 }.map { box in
            left -= box.rows
            return FlowChart.Box(
                count: "− " + CheckFigures.grouped(box.rows), words: words(box, manifest),
                left: CheckFigures.grouped(left))
        }
        return FlowChart(
            start: FlowChart.Box(
                count: CheckFigures.grouped(manifest.decisionCount), words: "decisions received"),
            exits: exits,
            end: FlowChart.Box(
                count: CheckFigures.grouped(manifest.keptCount), words: "clean rows"),
            parts: manifest.parts.map { part in
                FlowChart.Box(
                    count: CheckFigures.grouped(part.rows),
                    words: "\(part.name), \(CheckFigures.grouped(part.positives)) positive")
            })
    }

    private static func words(_ box: Manifest.Box, _ manifest: Manifest) -> String {
        guard box.exclusion == .notRandomised, !manifest.notRandomised.isEmpty else {
            return box.exclusion.explanation
        }
        let reasons = manifest.notRandomised.map {
            "\(plain($0.reason)) \(CheckFigures.grouped($0.rows))"
        }
        return "\(box.exclusion.explanation): " + reasons.joined(separator: ", ")
    }

    /// A stored reason in words. `assigned` is randomised, but by a revision not asked for.
    private static func plain(_ reason: String) -> String {
        reason == "assigned"
            ? "other revision" : reason.split(separator: "_").joined(separator: " ")
    }

    private static func unused(_ manifest: Manifest) -> String {
        let none = manifest.excluded.filter { $0.rows == 0 }.map(\.exclusion.explanation)
        guard !none.isEmpty else { return "Every rule left some out." }
        return "Rules that left none out: " + none.joined(separator: "; ") + "."
    }

    private static func table(_ manifest: Manifest) -> DataTable {
        var left = manifest.decisionCount
        var rows: [[HTML]] = [["decisions received", "", "", "\(CheckFigures.grouped(left))"]]
        for box in manifest.excluded {
            left -= box.rows
            rows.append([
                "\(box.exclusion.rawValue). \(box.exclusion.explanation)",
                "\(CheckFigures.grouped(box.rows))", "\(CheckFigures.grouped(box.holds))",
                "\(CheckFigures.grouped(left))",
            ])
            guard box.exclusion == .notRandomised else { continue }
            for (reason, count) in manifest.notRandomised {
                rows.append([
                    "of these: \(plain(reason))", "\(CheckFigures.grouped(count))", "", "",
                ])
            }
        }
        for part in manifest.parts {
            rows.append(["in \(part.name)", "", "", "\(CheckFigures.grouped(part.rows))"])
        }
        return DataTable(
            caption: "Decisions by the rule that left them out first",
            columns: [
                .text("rule"), .number("left out by it"), .number("holds for"), .number("left"),
            ], rows: rows)
    }
}
