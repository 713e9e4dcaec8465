public import HoldfastDatasets

/// A manifest as text for people: the flow of decisions from box to box, gates, files.
public enum ManifestText {
    /// The text, and where the files are.
    public static func render(_ manifest: Manifest, destination: String) -> String {
        var lines = ["\(manifest.experiment) as of \(manifest.asOf)", ""]
        lines.append(row(manifest.decisionCount, "decisions"))
        for box in manifest.excluded where box.rows > 0 || box.holds > 0 {
            let also = box.holds > box.rows ? " (holds for \(CheckFigures.grouped(box.holds)))" : ""
            lines.append(row(-box.rows, box.exclusion.explanation + also))
            if box.exclusion == .notRandomised {
                let reasons = manifest.notRandomised.map {
                    "\($0.reason) \(CheckFigures.grouped($0.rows))"
                }
                if !reasons.isEmpty {
                    lines.append("             " + reasons.joined(separator: ", "))
                }
            }
        }
        lines.append(row(manifest.keptCount, "clean rows"))
        lines.append("")
        for gate in manifest.gates {
            let word = gate.passed ? "passed" : gate.waiver == nil ? "FAILED" : "waived"
            lines.append("  gate \(gate.name.rawValue): \(word): \(gate.detail)")
            if let waiver = gate.waiver { lines.append("    because: \(waiver)") }
        }
        lines.append("")
        guard manifest.isOpen else {
            let failed = manifest.gates.first { !$0.isOpen }?.name.rawValue ?? ""
            lines.append("No set was written. Find out why, or waive it: --waive \(failed)=\"why\"")
            return lines.joined(separator: "\n")
        }
        for part in manifest.parts {
            lines.append(
                "  \(destination)/\(part.file): \(CheckFigures.grouped(part.rows)) rows, \(CheckFigures.grouped(part.positives)) positive"
            )
        }
        lines.append("  \(destination)/report.html: all of this as a page, with pictures")
        lines.append("  \(destination)/manifest.json")
        return lines.joined(separator: "\n")
    }

    private static func row(_ count: Int, _ text: String) -> String {
        let number = count < 0 ? "−" + CheckFigures.grouped(-count) : CheckFigures.grouped(count)
        return String(repeating: " ", count: max(0, 11 - number.count)) + number + "  " + text
    }
}
