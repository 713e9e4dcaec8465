internal import HoldfastAssignment
internal import HoldfastFormats

/// What a new catalog does to units, for people and for programs.
struct DifferenceReport {
    let difference: CatalogDifference
    let old: Catalog
    let new: Catalog
    /// The units of a file that were dealt by both, if one was given.
    let counts: MoveCounts?

    private var isSafe: Bool { difference.isSafe && counts?.isSafe ?? true }

    // MARK: - Text

    var text: String {
        var lines: [String] = []
        for experiment in difference.experiments { lines += self.lines(experiment) }
        if difference.experiments.isEmpty {
            lines.append("Every unit is dealt alike by \(old.revision) and \(new.revision).")
        }
        if let counts {
            lines.append(
                "\(counts.rowCount - counts.complaints.count) units were dealt by both"
                    + (counts.complaints.count == 0
                        ? "." : ", and \(counts.complaints.count) could not be taken."))
        }
        let verdict = isSafe ? "safe" : "not safe"
        lines.append("\(old.revision) to \(new.revision): \(verdict)")
        if !isSafe {
            lines.append(
                "Restore what was declared, give the changed experiment a new name, or accept the change: holdfast serve --accept-unsafe NAME"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(_ experiment: ExperimentDifference) -> [String] {
        let state =
            !experiment.isRunning && !experiment.isReopening
            ? "safe: it does not run"
            : experiment.isEnding
                ? "safe: it ends" : experiment.isSafe ? "safe" : "NOT SAFE"
        var lines = ["experiment \(experiment.name): \(state)"]
        lines += experiment.changes.map { "  \($0)" }
        for move in experiment.moves {
            let scores = move.scores.map { ", \($0)" } ?? ""
            let share = ExperimentDifference.percent(move.share)
            lines.append("  \(move.from) → \(move.to): \(share) of all units\(scores)")
        }
        lines += experiment.risks.map { "  \($0)" }
        for (pair, count) in counts?.moves(of: experiment.name) ?? [] {
            lines.append(
                "  \(MoveCounts.word(pair.before)) → \(MoveCounts.word(pair.after)): \(count) of the file's units"
            )
        }
        return lines
    }

    // MARK: - JSON

    var json: JSON {
        [
            "old": .string(old.revision), "new": .string(new.revision), "safe": .bool(isSafe),
            "experiments": .array(difference.experiments.map(json)),
            "units": counts.map {
                [
                    "rows": .integer(Int64($0.rowCount)),
                    "not_taken": .integer(Int64($0.complaints.count)),
                ]
            } ?? .null,
        ]
    }

    private func json(_ experiment: ExperimentDifference) -> JSON {
        let moves = experiment.moves.map { move -> JSON in
            [
                "from": .string(move.from.description), "to": .string(move.to.description),
                "share": .number(move.share), "scores": move.scores.map { .string($0) } ?? .null,
                "safe": .bool(move.isSafe),
            ]
        }
        let units = counts?.moves(of: experiment.name).map { pair, count -> JSON in
            [
                "from": .string(MoveCounts.word(pair.before)),
                "to": .string(MoveCounts.word(pair.after)), "count": .integer(Int64(count)),
            ]
        }
        return [
            "name": .string(experiment.name.text), "running": .bool(experiment.isRunning),
            "reopening": .bool(experiment.isReopening),
            "ending": .bool(experiment.isEnding), "safe": .bool(experiment.isSafe),
            "changes": .array(experiment.changes.map { .string($0) }),
            "moves": .array(moves),
            "reasons": .array(experiment.reasons.map { .string($0) }),
            "units": units.map { .array($0) } ?? .null,
        ]
    }
}
