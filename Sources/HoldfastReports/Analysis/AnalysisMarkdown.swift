package import HoldfastChecks
internal import HoldfastStatistics

/// An analysis as Markdown, for a comment on a pull request or the summary of a job.
///
/// At most ``CheckMarkdown/byteLimit`` bytes, whatever was analysed: what is left out is counted.
package enum AnalysisMarkdown {
    private static let metricLimit = 12
    private static let metricBytes = 3_000
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
        if analysis.isRefused { return blocks.joined(separator: "\n\n") + "\n" }
        blocks.append(effects(analysis))
        for metric in analysis.metrics.prefix(metricLimit) {
            blocks.append(
                CheckMarkdown.folded(
                    CheckMarkdown.name(metric.title, limit: 60),
                    CheckMarkdown.table(
                        AnalysisLine.heads(analysis),
                        AnalysisLine.lines(metric, analysis).map { $0.cells.map(safe) },
                        right: [1, 2, 3, 4, 5], bytes: metricBytes, noun: "figure")))
        }
        let text = blocks.joined(separator: "\n\n") + "\n"
        precondition(text.utf8.count <= CheckMarkdown.byteLimit, "the parts' limits add up")
        return text
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
