public import HoldfastStatistics

/// A feedback simulation for people: figures by regime and cycle, what the holdout costs, and what
/// follows.
public enum FeedbackText {
    /// The most cycles shown side by side; of more, some are left to the JSON.
    public static let cycleLimit = 11
    /// The widest line, in characters.
    public static let width = 100
    /// The width of a regime's name, and of a figure.
    private static let (nameWidth, cellWidth) = (18, 7)

    /// The result as text, the same bytes for the same result. Ends with a line break.
    public static func render(_ result: FeedbackResult) -> String {
        let shown = shownCycles(result.settings.cycles)
        var lines = headline(result.settings)
        let tables: [(title: String, figure: (FeedbackResult.Cycle) -> Double?)] = [
            ("AUC of each cycle's new model on untouched units: what is true", { $0.quality?.auc }),
            (
                "AUC of the acting model on the rows whose label is seen: what a monitor says",
                { $0.monitor?.weightedAUC ?? $0.monitor?.auc }
            ),
            ("Recall: the share of fraud that the new model would block", { $0.quality?.recall }),
            ("Calibration: fraud predicted over fraud there is", { $0.quality?.calibration }),
            ("Coefficient of x0", { $0.coefficients.map { $0[1] } }),
        ]
        for table in tables { lines += section(table.title, result, shown, table.figure) }
        lines += cost(result)
        lines += ["", "What it says"]
        lines += FeedbackFinding.sentences(result).flatMap { wrapped($0) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func headline(_ settings: FeedbackSettings) -> [String] {
        let control = CheckFigures.percent(settings.controlShare)
        let blocked = CheckFigures.percent(settings.blockShare)
        let world =
            switch settings.scenario {
            case .tail:
                "Fraud sits in small patterns that the model finds almost whole: x0 always, x1, a "
                    + "new attack, from cycle 4 on."
            case .mild: "Fraud is all over the population: blocking takes only some of it away."
            }
        return [
            "Feedback simulation: scenario \(settings.scenario.rawValue), seed \(settings.seed), "
                + "\(CheckFigures.counted(settings.cycles, "cycle")) of "
                + CheckFigures.counted(settings.units, "unit")
        ]
            + wrapped(
                "\(world) Each cycle a model blocks the \(blocked) of highest scores, nobody sees "
                    + "a blocked unit's label, and the next model is trained on "
                    + (settings.window == 1
                        ? "that cycle" : "the last \(settings.window) cycles")
                    + ". Regimes with a control group hold out \(control).")
    }

    private static func section(
        _ title: String, _ result: FeedbackResult, _ shown: [Int],
        _ figure: (FeedbackResult.Cycle) -> Double?
    ) -> [String] {
        let head = row("cycle", shown.map { "\($0)" })
        return ["", title, head]
            + result.courses.map { course in
                row(
                    course.regime.rawValue,
                    shown.map { cycle in
                        figure(course.cycles[cycle]).map { CheckFigures.fixed($0, 3) } ?? "-"
                    })
            }
    }

    private static func cost(_ result: FeedbackResult) -> [String] {
        let sparing = result.courses.filter { course in
            course.cycles.contains { $0.actions.spared > 0 }
        }
        guard !sparing.isEmpty else { return [] }
        return [
            "",
            "Cost of the holdout, a cycle: units above the threshold left alone, the fraud among them",
            row("", ["units", "fraud", "of all"]),
        ]
            + sparing.map { course in
                let cycles = course.cycles.dropFirst().map(\.actions)
                let count = Double(max(1, cycles.count))
                let spared = cycles.reduce(0) { $0 + $1.spared }
                let fraud = cycles.reduce(0) { $0 + $1.fraudSpared }
                // All the fraud there was: what was blocked of it, and what was not.
                let all = cycles.reduce(0) { $0 + $1.fraudLetThrough + $1.blocked - $1.goodBlocked }
                return row(
                    course.regime.rawValue,
                    [
                        CheckFigures.fixed(Double(spared) / count, 1),
                        CheckFigures.fixed(Double(fraud) / count, 1),
                        all > 0 ? CheckFigures.percent(Double(fraud) / Double(all)) : "-",
                    ])
            }
    }

    /// The cycles that fit side by side, the first and the last among them.
    static func shownCycles(_ count: Int) -> [Int] {
        guard count > cycleLimit else { return Array(0..<count) }
        return (0..<cycleLimit).map { $0 * (count - 1) / (cycleLimit - 1) }
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        let name = "  " + name + String(repeating: " ", count: nameWidth - name.count)
        return cells.reduce(into: name) { line, cell in
            line += String(repeating: " ", count: max(1, cellWidth - cell.count)) + cell
        }
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append("  " + word)
            }
        }
        return lines
    }
}
