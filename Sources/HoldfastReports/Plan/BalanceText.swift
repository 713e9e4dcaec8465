package import HoldfastDatasets
internal import HoldfastStatistics

/// A balance before the start for people: what chance does to the covariates, where the salt in
/// force lies, and what follows.
package enum BalanceText {
    /// The most covariates and strata that are listed; the JSON has them all.
    package static let rowLimit = 40

    /// The report as text, the same bytes for the same report. Ends with a line break.
    package static func render(_ report: BalanceReport) -> String {
        var lines = CheckText.wrap(BalanceSentences.headline(report), indent: "")
        for warning in BalanceSentences.warnings(report) {
            lines += CheckText.wrap("warning: " + warning, indent: "")
        }
        for part in report.leftOut {
            lines += CheckText.wrap(
                "\(CheckFigures.counted(part.rows, "row")) "
                    + BalanceSentences.reason(part.reason) + " left out", indent: "  ")
        }
        lines += arms(report)
        if report.isTelling { lines += covariates(report) }
        lines += strata(report)
        for column in report.passedOver {
            lines += CheckText.wrap(
                "\(CheckSentences.name(column.name)) is no covariate: \(column.why)", indent: "  ")
        }
        lines += ["", "What it says"]
        for sentence in BalanceSentences.findings(report) {
            lines += CheckText.wrap(sentence, indent: "  ")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func arms(_ report: BalanceReport) -> [String] {
        let widths = [24, 12, 20]
        var lines = ["", row(["arm", "in force", "expected"], widths)]
        for arm in report.arms {
            lines.append(
                row(
                    [
                        arm.name, CheckFigures.grouped(arm.inForce),
                        CheckFigures.fixed(arm.expected, 1),
                    ], widths))
        }
        if let deviation = report.chanceDeviation, !report.hasClusters {
            lines += CheckText.wrap(
                "By chance alone a standardised difference is ±"
                    + "\(CheckFigures.fixed(deviation, 4)), one standard deviation.",
                indent: "  ")
        }
        return lines
    }

    private static func covariates(_ report: BalanceReport) -> [String] {
        let widths = [24, 12, 9, 9, 9, 9, 9, 8]
        let levels = [0.5, 0.9, 0.95, 0.99]
        func figures(_ chance: BalanceDistribution, _ inForce: Double?) -> [String] {
            [BalanceSentences.value(inForce)]
                + levels.map { BalanceSentences.value(chance.quantile($0)) }
                + [BalanceSentences.percent(chance.share(beyond: BalanceRequest.limit))]
        }
        var lines = [
            "", "Standardised differences from control, without their signs",
            row(["covariate", "", "in force", "50%", "90%", "95%", "99%", "> 0.1"], widths),
        ]
        let sorted = sorted(report.covariates)
        for covariate in sorted.prefix(rowLimit) {
            lines.append(
                row(
                    [CheckSentences.name(covariate.name), BalanceSentences.kind(covariate)]
                        + figures(covariate.chance, covariate.largestInForce), widths))
        }
        if sorted.count > rowLimit {
            lines.append("  … and \(sorted.count - rowLimit) more, in the JSON")
        }
        lines.append(
            row(["the largest of all", ""] + figures(report.largest, report.inForce), widths))
        return lines
    }

    /// The covariates, the least balanced under the salt in force first.
    static func sorted(_ covariates: [BalanceReport.Covariate]) -> [BalanceReport.Covariate] {
        covariates.enumerated().sorted { one, other in
            let (a, b) = (one.element.largestInForce ?? -1, other.element.largestInForce ?? -1)
            return (b, one.offset) < (a, other.offset)
        }.map(\.element)
    }

    private static func strata(_ report: BalanceReport) -> [String] {
        guard !report.strata.isEmpty else { return [] }
        let widths = [36, 10, 10, 10, 12]
        var lines = [
            "",
            "Units in each stratum; of control under the salt in force, on average, and at least",
            row(["stratum", "units", "control", "expected", "19 of 20"], widths),
        ]
        for stratum in report.strata.prefix(rowLimit) {
            lines.append(
                row(
                    [
                        CheckSentences.name(stratum.name), CheckFigures.grouped(stratum.units),
                        CheckFigures.grouped(stratum.inForce.first ?? 0),
                        CheckFigures.fixed(stratum.expectedControl, 1),
                        CheckFigures.fixed(stratum.leastControl, 1)
                            + (stratum.isThin ? " thin" : ""),
                    ], widths))
        }
        if report.strata.count > rowLimit {
            lines.append("  … and \(report.strata.count - rowLimit) more, in the JSON")
        }
        return lines
    }

    private static func row(_ cells: [String], _ widths: [Int]) -> String {
        CheckFigures.row(cells, widths, gap: " ")
    }
}
