package import HoldfastChecks
internal import HoldfastStatistics

/// An analysis as Markdown, for a comment on a pull request or the summary of a job.
///
/// At most ``CheckMarkdown/byteLimit`` bytes, whatever was analysed: what is left out is counted.
package enum AnalysisMarkdown {
    private static let metricLimit = 12
    private static let metricBytes = 3_000
    private static let remarkLimit = 16
    private static let effectBytes = 9_000

    /// The report.
    package static func render(_ analysis: Analysis) -> String {
        func safe(_ text: String) -> String { CheckMarkdown.escape(text) }
        var blocks = ["## \(safe(AnalysisWords.headline(analysis)))"]
        blocks += AnalysisWords.warnings(analysis).prefix(6).map { "**\(safe(brief($0)))**" }
        blocks.append("**What to do:** " + safe(brief(AnalysisWords.advice(analysis))))
        if let ratio = analysis.sampleRatio, !ratio.isFailed {
            blocks.append(safe(brief(AnalysisWords.ratioSentence(ratio))))
        }
        if let flow = AnalysisWords.flow(analysis.flow) { blocks.append(safe(brief(flow))) }
        if analysis.isRefused { return cut(blocks) }
        blocks.append(effects(analysis))
        for metric in analysis.metrics.prefix(metricLimit) {
            blocks.append(
                CheckMarkdown.folded(
                    CheckMarkdown.name(metric.title, limit: 60),
                    CheckMarkdown.table(
                        AnalysisLine.heads(analysis),
                        AnalysisLine.lines(metric, analysis).map { $0.cells.map(safe) },
                        right: [1, 2, 3, 4, 5], bytes: metricBytes, noun: "figure")
                        + remarks(metric, analysis).map { "\n\n- \(safe(brief($0)))" }.joined()))
        }
        return cut(blocks)
    }

    /// What a metric's table does not say: why figures are not there, and what must be known of
    /// those that are.
    private static func remarks(_ metric: AnalysedMetric, _ analysis: Analysis) -> [String] {
        let faults = metric.effects.filter { $0.effect == nil }.map {
            AnalysisWords.claim($0, metric, analysis) + "."
        }
        let all = faults + AnalysisLine.notes(metric)
        let rest = all.count - remarkLimit
        return all.prefix(remarkLimit)
            + (rest > 0
                ? ["… and \(CheckFigures.counted(rest, "more note")): the JSON has all."] : [])
    }

    /// The blocks that fit, whole, from the first on; what is left out is counted.
    private static func cut(_ blocks: [String]) -> String {
        // What says that blocks are left out has room in any case.
        var room = CheckMarkdown.byteLimit - 120
        let shown = blocks.prefix { block in
            room -= block.utf8.count + 2
            return room >= 0
        }
        let rest = blocks.count - shown.count
        let more =
            rest > 0 ? ["… and \(CheckFigures.counted(rest, "more part")): the JSON has all."] : []
        return (shown + more).joined(separator: "\n\n") + "\n"
    }

    /// A sentence of a length that fits, whatever it holds.
    private static func brief(_ text: String) -> String {
        text.unicodeScalars.count <= 400
            ? text : String(text.unicodeScalars.prefix(399)) + "…"
    }

    private static func effects(_ analysis: Analysis) -> String {
        CheckMarkdown.table(
            ["metric", "arm", "verdict", "difference", "corrected interval", "p (Holm)"],
            analysis.metrics.flatMap { metric in
                metric.effects.map { effect in
                    [
                        CheckMarkdown.name(metric.title, limit: 60),
                        CheckMarkdown.name(effect.arm, limit: 60),
                        CheckMarkdown.escape(AnalysisWords.sign(effect.verdict)),
                        CheckMarkdown.escape(
                            AnalysisWords.value(effect.effect?.difference.value)),
                        CheckMarkdown.escape(AnalysisWords.interval(effect.corrected)),
                        CheckMarkdown.escape(CheckFigures.pValue(effect.holm)),
                    ]
                }
            }, right: [3, 4, 5], bytes: effectBytes, noun: "effect")
    }
}
