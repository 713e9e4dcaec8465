internal import HoldfastDatasets
internal import HoldfastFormats

/// The first screen: what the set is, and what each gate said.
enum ManifestOpening {
    static func html(_ manifest: Manifest) -> HTML {
        .list([
            HTML("p", ["class": "eyebrow"]) { "Holdfast: retraining set of the experiment" },
            HTML("h1") { manifest.experiment },
            verdict(manifest),
            HTML("p") {
                """
                Rows that no treatment could have touched, to train a model of \
                “\(manifest.outcome.name)” within \(manifest.outcome.horizon) of a decision. \
                \(mode(manifest))
                """
            },
            facts(manifest),
            HTML("h2", ["id": "gates"]) { "Gates" },
            ManifestGates.html(manifest.gates),
        ])
    }

    private static func verdict(_ manifest: Manifest) -> HTML {
        let failed = manifest.gates.count { !$0.isOpen }
        let waived = manifest.gates.count { !$0.passed && $0.isOpen }
        let all = CheckFigures.counted(manifest.gates.count, "gate")
        if failed > 0 {
            return HTML("p", ["class": "verdict bad"]) {
                "Not written: \(failed) of \(all) failed."
            }
        }
        if waived > 0 {
            return HTML("p", ["class": "verdict waived"]) {
                """
                Written although \(waived) of \(all) failed: \
                \(waived == 1 ? "it was" : "they were") waived, for the \
                reason\(waived == 1 ? "" : "s") given below.
                """
            }
        }
        return manifest.gates.isEmpty
            ? HTML("p", ["class": "verdict waived"]) { "Written; no gate was asked." }
            : HTML("p", ["class": "verdict good"]) { "Written: passed \(all) of \(all)." }
    }

    /// How rows were chosen, in words.
    private static func mode(_ manifest: Manifest) -> String {
        let rows =
            switch manifest.mode {
            case .control:
                "Only units in control or held out are in it; each row counts once."
            case .weighted:
                """
                Where the model would have acted, only units in control or held out are in it, \
                each weighted by how many it stands for; where it would not have acted, units of \
                every arm.
                """
            }
        return manifest.isCensoringWeighted
            ? rows + " The weights also make up for rows left out after the assignment." : rows
    }

    private static func facts(_ manifest: Manifest) -> HTML {
        let positives = manifest.parts.reduce(0) { $0 + $1.positives }
        return HTML("dl", ["class": "facts"]) {
            fact(
                "Rows", CheckFigures.grouped(manifest.keptCount),
                "of \(CheckFigures.counted(manifest.decisionCount, "decision"))")
            for part in manifest.parts {
                fact(
                    "In \(part.name)", CheckFigures.grouped(part.rows),
                    "\(CheckFigures.grouped(part.positives)) positive")
            }
            fact(
                "Positive", CheckFigures.grouped(positives),
                CheckFigures.percent(positives, of: manifest.keptCount) + " of the rows")
            asOf(manifest.asOf)
            fact("Mode", manifest.mode.rawValue, observations(manifest))
        }
    }

    private static func fact(_ name: String, _ value: String, _ more: String) -> HTML {
        HTML("div") {
            HTML("dt") { name }
            HTML("dd") {
                value
                HTML("span", ["class": "more"]) { more }
            }
        }
    }

    private static func asOf(_ time: Timestamp) -> HTML {
        let text = time.description
        return fact(
            "As of", String(text.prefix(10)), "\(text.dropFirst(11)): what was received by then")
    }

    private static func observations(_ manifest: Manifest) -> String {
        switch manifest.observations {
        case .first: "the first clean decision of each unit"
        case .last: "the last clean decision of each unit"
        case .all: "every clean decision of a unit"
        }
    }
}
