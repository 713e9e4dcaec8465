internal import HoldfastDatasets

/// The report for people: each experiment's alarms, and the figures behind them.
package enum HealthText {
    /// The attributes and the features that are shown.
    private static let shown = 5

    /// The report as text. Ends with a line break.
    package static func render(_ report: HealthReport) -> String {
        var lines = [HealthWords.headline(report) + ", as of \(report.asOf)"]
        lines += CheckText.wrap(
            "revision \(report.revision); \(HealthWords.source(report))", indent: "")
        for findings in report.findings { lines += experiment(findings, report) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func experiment(
        _ findings: HealthFindings, _ report: HealthReport
    ) -> [String] {
        var lines = ["", "\(findings.name): \(HealthWords.line(findings))"]
        for alarm in findings.alarms {
            let since = alarm.since.map { ", since \($0)" } ?? ""
            lines.append("  ALARM \(alarm.alarm.rawValue)\(since)")
            lines += CheckText.wrap(alarm.text, indent: "    ")
        }
        guard findings.status != .unknown else { return lines }
        lines.append(
            "  " + CheckFigures.padded("arm", 24)
                + ["dealt", "exposed", "ripe", "missing"].map { leading($0, 14) }.joined())
        for name in findings.arms {
            let arm = findings.tally.arms[name] ?? HealthTally.Arm()
            lines.append(
                "  " + CheckFigures.padded(CheckFigures.ending(name, 24), 24)
                    + HealthWords.figures(arm, findings).map { leading($0, 14) }.joined())
        }
        for ratio in findings.ratios where ratio.pValue != nil {
            lines.append(
                "  sample ratio, "
                    + CheckFigures.padded(HealthWords.population(ratio.population), 26)
                    + "p \(CheckFigures.pValue(ratio.pValue))")
        }
        for rate in HealthWords.rates(findings) where rate.all > 0 {
            lines.append(
                "  " + CheckFigures.padded(rate.name, 40) + HealthWords.share(rate.cases, rate.all))
        }
        if let clusters = HealthWords.clusters(findings) {
            lines.append("  " + CheckFigures.padded(clusters.name, 40) + clusters.share)
        }
        lines += drift(findings)
        for refused in report.refused(of: findings) {
            lines.append(
                "  \(CheckFigures.grouped(refused.count)) refused: \(refused.kind) \(refused.code)")
        }
        for sentence in HealthWords.coverage(findings) {
            lines += CheckText.wrap(sentence, indent: "  ")
        }
        return lines
    }

    private static func drift(_ findings: HealthFindings) -> [String] {
        var lines = ["  drift: " + HealthWords.reference(findings)]
        guard let drift = findings.drift, let log = drift.logEvidence else { return lines }
        let worst = drift.features.prefix(shown).filter { $0.logEvidence > 0 }
            .map { "\($0.name) \(CheckFigures.fixed($0.logEvidence, 2))" }
        lines.append(
            "  drift: log evidence \(CheckFigures.fixed(log, 2)), alarm at \(limit)"
                + (worst.isEmpty ? "" : "; \(worst.joined(separator: ", "))"))
        return lines
    }

    private static var limit: String { CheckFigures.fixed(HealthPictures.driftLimit, 2) }

    private static func leading(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
