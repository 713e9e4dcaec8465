package import HoldfastChecks
internal import HoldfastStatistics

/// An analysis for people: what was found, whether it may be believed, then each metric.
package enum AnalysisText {
    /// The most metrics and parts of subgroups that are shown; the JSON has all.
    package static let metricLimit = 20
    package static let partLimit = 60

    /// The report as text, the same bytes for the same analysis. Ends with a line break.
    package static func render(_ analysis: Analysis) -> String {
        var lines = wrap(AnalysisWords.headline(analysis), "")
        for warning in AnalysisWords.warnings(analysis) { lines += [""] + wrap(warning, "") }
        lines.append("")
        lines += arms(analysis)
        if let flow = AnalysisWords.flow(analysis.flow) { lines += wrap(flow, "") }
        lines += wrap(capital(analysis.rowMeaning) + ".", "")
        if let ratio = analysis.sampleRatio, !ratio.isFailed {
            lines += wrap(AnalysisWords.ratioSentence(ratio), "")
        }
        for note in analysis.notes { lines += wrap(note, "") }
        if !analysis.isRefused {
            for metric in analysis.metrics.prefix(metricLimit) {
                lines += self.metric(metric, analysis)
            }
            if analysis.metrics.count > metricLimit {
                let rest = analysis.metrics.count - metricLimit
                lines += [
                    "", "… and \(CheckFigures.counted(rest, "more metric")); the JSON has all",
                ]
            }
            lines += subgroups(analysis)
        }
        lines.append("")
        lines += wrap("What to do: " + AnalysisWords.advice(analysis), "")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func wrap(_ text: String, _ indent: String) -> [String] {
        CheckText.wrap(text, indent: indent)
    }

    private static func capital(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }

    private static func arms(_ analysis: Analysis) -> [String] {
        analysis.arms.map { arm in
            let clusters = arm.clusters.map { ", \(CheckFigures.counted($0, "cluster"))" } ?? ""
            let mark = arm.name == analysis.control ? " (control)" : ""
            return "  " + CheckFigures.padded(AnalysisWords.name(arm.name), 30)
                + "  \(CheckFigures.counted(arm.rows, "row"))\(clusters)"
                + (arm.name == "control" ? "" : mark)
        } + [""]
    }

    // MARK: - A metric

    private static let widths = [32, 11, 19, 19]
    /// The last columns have what is left: p-values are short.
    private static let pWidth = 7

    private static func metric(_ metric: AnalysedMetric, _ analysis: Analysis) -> [String] {
        let verdicts = metric.effects.map { AnalysisWords.sign($0.verdict) }
        let title = "\(AnalysisWords.name(metric.title)) (\(metric.kind.word))"
        var lines = ["", metric.effects.count == 1 ? "\(title) \(verdicts[0])" : title, ""]
        let figures = AnalysisLine.lines(metric, analysis)
        if !figures.isEmpty {
            let level = AnalysisWords.level(analysis)
            lines.append(
                row(["figure", "value", "\(level) interval", "\(level) at any time", "p"]))
            lines += figures.flatMap(rows)
            lines.append("")
        }
        for effect in metric.effects {
            lines += wrap(AnalysisWords.sentence(effect, metric, analysis), "  ")
        }
        for note in AnalysisLine.notes(metric) { lines += wrap(note, "      ") }
        return lines
    }

    /// A figure's line; a long name stands on one of its own.
    private static func rows(_ line: AnalysisLine) -> [String] {
        var cells = [line.name, line.value, line.interval, line.sequence, line.pValue]
        guard line.name.count > widths[0] else { return [row(cells)] }
        cells[0] = ""
        return wrap(line.name, "  ") + [row(cells)]
    }

    private static func row(_ cells: [String]) -> String {
        CheckFigures.row(cells, widths + [pWidth])
    }

    // MARK: - Subgroups

    private static func subgroups(_ analysis: Analysis) -> [String] {
        guard !analysis.subgroups.isEmpty else { return [] }
        var lines = [
            "", "Subgroups, exploratory: a family of their own, to find questions and not answers",
            "",
        ]
        var shown = 0
        for subgroup in analysis.subgroups {
            guard shown < partLimit else {
                lines.append("  … the JSON has all subgroups")
                break
            }
            let names = [subgroup.metric, subgroup.name].map { AnalysisWords.name($0) }
            lines += wrap(
                "\(names[0]) by \(names[1]), \(AnalysisWords.name(subgroup.arm)) less "
                    + "\(AnalysisWords.name(analysis.control))"
                    + (subgroup.differencePValue.map {
                        "; one effect for all but small parts p \(CheckFigures.pValue($0))"
                    } ?? ""), "  ")
            lines.append(row(["value", "difference", "interval", "corrected", "Holm p"]))
            for part in subgroup.parts {
                shown += 1
                let found = part.effect.effect?.difference
                let name =
                    "\(AnalysisWords.name(part.value, limit: 20)) (\(CheckFigures.grouped(part.rows)))"
                lines.append(
                    row([
                        name, AnalysisWords.value(found?.value),
                        AnalysisWords.interval(found?.interval),
                        AnalysisWords.interval(part.effect.corrected),
                        CheckFigures.pValue(part.effect.holm),
                    ]))
            }
            lines.append("")
        }
        return lines.last == "" ? lines.dropLast() : lines
    }
}
