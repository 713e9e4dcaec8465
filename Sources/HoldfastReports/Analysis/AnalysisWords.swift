internal import HoldfastChecks
internal import HoldfastStatistics

/// How an analysis writes figures and sentences.
enum AnalysisWords {
    // MARK: - Figures

    /// A figure, as a judgement writes it.
    static func value(_ value: Double?) -> String { value.map(JudgeWords.value) ?? "-" }

    static func interval(_ interval: Interval?) -> String {
        interval.map { "\(JudgeWords.value($0.lower))…\(JudgeWords.value($0.upper))" } ?? "-"
    }

    /// A relative effect: "-3.21%".
    static func percent(_ value: Double) -> String {
        abs(value) < 1e9 ? CheckFigures.fixed(value * 100, 2) + "%" : JudgeWords.value(value * 100)
    }

    static func percent(_ interval: Interval?) -> String {
        interval.map { "\(percent($0.lower))…\(percent($0.upper))" } ?? "-"
    }

    static func level(_ analysis: Analysis) -> String { analysis.options.levelText }

    static func name(_ text: String, limit: Int = 80) -> String {
        CheckSentences.name(text, limit: limit)
    }

    // MARK: - The whole

    /// What was found, as one sentence.
    static func headline(_ analysis: Analysis) -> String {
        let name = name(analysis.name)
        if analysis.isRefused {
            return "\(name): no effect is shown, as arms did not receive their shares."
        }
        let effects = analysis.metrics.flatMap { metric in
            metric.effects.map { (metric: metric, effect: $0) }
        }
        if let only = effects.first, effects.count == 1 {
            let (arm, title) = (self.name(only.effect.arm), self.name(only.metric.title))
            return switch only.effect.verdict {
            case .raises: "\(name): \(arm) raises \(title)."
            case .lowers: "\(name): \(arm) lowers \(title)."
            case .inconclusive:
                "\(name): whether \(arm) changes \(title) cannot be told: inconclusive."
            }
        }
        func count(_ verdict: EffectVerdict) -> Int {
            effects.count { $0.effect.verdict == verdict }
        }
        return "\(name): of \(CheckFigures.counted(effects.count, "effect")), "
            + "\(count(.raises)) raised, \(count(.lowers)) lowered, "
            + "\(count(.inconclusive)) inconclusive."
    }

    /// What stands at the top of every report, before any figure.
    static func warnings(_ analysis: Analysis) -> [String] {
        var warnings: [String] = []
        if let ratio = analysis.sampleRatio, ratio.isFailed {
            if let why = analysis.options.despiteSampleRatio {
                warnings.append(
                    "Arms did not receive their shares; effects are shown despite that, because: "
                        + "\(name(why, limit: 500))")
            }
            warnings.append(ratioSentence(ratio))
            warnings.append(ratioAdvice(ratio))
        }
        for metric in analysis.metrics where metric.isAttritionAlarm {
            let arms = metric.missing.map {
                "\(name($0.arm)) \(CheckFigures.grouped($0.missing)) of \(CheckFigures.grouped($0.rows))"
            }
            warnings.append(
                "\(name(metric.title)): arms miss unlike shares of rows (\(arms.joined(separator: ", ")), "
                    + "p \(CheckFigures.pValue(metric.missingPValue))): what is left of them may not be "
                    + "alike. Look at why it is missing before the effect is believed.")
        }
        return warnings
    }

    // MARK: - The sample ratio

    static func ratioSentence(_ ratio: AnalysedRatio) -> String {
        let arms = ratio.arms.map {
            "\(name($0.name)) \(CheckFigures.grouped($0.observed)) of "
                + "\(planned($0.expected)) planned"
        }
        var tests: [String] = []
        if let pValue = ratio.pValue { tests.append("chi-square p \(CheckFigures.pValue(pValue))") }
        if let pValue = ratio.sequentialPValue {
            tests.append("at any time p \(CheckFigures.pValue(pValue))")
        }
        let found = ratio.isFailed ? "failed" : "as planned"
        return "Sample ratio of \(ratio.what) \(found): \(arms.joined(separator: ", "))"
            + (tests.isEmpty ? "." : "; \(tests.joined(separator: ", ")).")
    }

    private static func planned(_ count: Double) -> String {
        count == count.rounded() || count >= 1e9
            ? value(count) : CheckFigures.fixed(count, 1)
    }

    /// What to look at where it failed.
    private static func ratioAdvice(_ ratio: AnalysedRatio) -> String {
        if !ratio.leaks.isEmpty {
            return
                "Look at: \(ratio.leaks.map { name($0) }.joined(separator: ", ")) has no share where "
                + "it received \(ratio.what): what dealt them?"
        }
        return "Look at: \(ratio.what) that are lost before they are recorded in one arm (errors, "
            + "time-outs, filters behind the dealing), shares that were changed meanwhile, and rows that "
            + "were filtered by what happened after the dealing. No figure of such rows compares like "
            + "with like."
    }

    // MARK: - Effects

    /// What an effect says, without a full stop.
    static func claim(
        _ effect: AnalysedEffect, _ metric: AnalysedMetric, _ analysis: Analysis
    ) -> String {
        let (arm, title) = (name(effect.arm), name(metric.title))
        guard let found = effect.effect else {
            return "\(arm) against \(name(analysis.control)) cannot be told: \(effect.fault ?? "")"
        }
        let figures =
            "\(value(found.difference.value)), \(interval(effect.corrected)) after correction"
        return switch effect.verdict {
        case .raises: "\(arm) raises \(title): \(figures)"
        case .lowers: "\(arm) lowers \(title): \(figures)"
        case .inconclusive: "Whether \(arm) changes \(title) cannot be told: \(figures)"
        }
    }

    /// What an effect says, in a sentence or two.
    static func sentence(
        _ effect: AnalysedEffect, _ metric: AnalysedMetric, _ analysis: Analysis
    ) -> String {
        guard effect.effect != nil else { return claim(effect, metric, analysis) + "." }
        var text =
            claim(effect, metric, analysis) + " (p \(CheckFigures.pValue(effect.holm)) by Holm, "
            + "\(CheckFigures.pValue(effect.benjaminiHochberg)) by Benjamini–Hochberg)."
        if let rows = effect.rowsNeeded {
            text +=
                " Were the effect what it seems, about \(CheckFigures.rough(rows)) rows of both "
                + "arms would tell."
        }
        return text + sequenceSentence(effect)
    }

    private static func sequenceSentence(_ effect: AnalysedEffect) -> String {
        guard let found = effect.effect, found.difference.sequence != nil else {
            return " There is no confidence sequence for it: look once, at the planned end."
        }
        let pValue = CheckFigures.pValue(effect.sequenceHolm)
        if effect.sequenceVerdict == effect.verdict {
            return effect.verdict == .inconclusive
                ? "" : " That may be said whenever it is looked at (p \(pValue) at any time)."
        }
        return effect.sequenceVerdict == .inconclusive
            ? " Before the planned end it could not be said yet (p \(pValue) at any time)."
            : " The confidence sequence tells: it \(effect.sequenceVerdict.rawValue) it (p \(pValue))."
    }

    /// Where the flow of rows went, in one sentence.
    static func flow(_ boxes: [FlowBox]) -> String? {
        guard let all = boxes.first else { return nil }
        let parts = boxes.dropFirst().filter { $0.count > 0 || $0.name == "analysed" }.map { box in
            let parts = box.parts.map {
                "\($0.name.replacing("_", with: " ")) \(CheckFigures.grouped($0.count))"
            }
            return "\(CheckFigures.grouped(box.count)) \(box.title)"
                + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
        }
        return
            "Of \(CheckFigures.grouped(all.count)) \(all.title): \(parts.joined(separator: ", "))."
    }

    /// The rows of arms that miss a metric, or `nil` where none does.
    static func missing(_ metric: AnalysedMetric) -> String? {
        guard metric.missing.contains(where: { $0.missing > 0 }) else { return nil }
        let arms = metric.missing.map {
            "\(name($0.arm)) \(CheckFigures.grouped($0.missing)) of \(CheckFigures.grouped($0.rows))"
        }
        return "Rows without it: \(arms.joined(separator: ", "))"
            + (metric.missingPValue.map { "; equal shares p \(CheckFigures.pValue($0))" } ?? "")
            + "."
    }

    static func sign(_ verdict: EffectVerdict) -> String {
        switch verdict {
        case .raises: "▲ raises"
        case .lowers: "▼ lowers"
        case .inconclusive: "? inconclusive"
        }
    }

    /// What to do about what was found.
    static func advice(_ analysis: Analysis) -> String {
        if analysis.isRefused {
            return
                "find out why the shares are missed. With a reason that explains it, show effects "
                + "by --despite-sample-ratio \"why\"."
        }
        let effects = analysis.metrics.flatMap(\.effects)
        if let fault = effects.flatMap(\.faults).first {
            return "some of what was asked cannot be told: \(fault)."
        }
        if analysis.sampleRatio?.isFailed == true {
            return "do not act on these figures before the sample ratio is explained."
        }
        if analysis.metrics.contains(where: \.isAttritionAlarm) {
            return "find out why rows miss a metric in one arm more than in another."
        }
        let open = effects.filter { $0.verdict == .inconclusive }
        guard !open.isEmpty else {
            return
                "decide whether effects of this size, for as long as they were watched, are worth it."
        }
        guard effects.count > 1 else {
            let needed = open.compactMap(\.rowsNeeded).first
            return "wait for more rows"
                + (needed.map { ", about \(CheckFigures.rough($0)) of both arms" } ?? "")
                + ", or take it that the effect is as small as its interval."
        }
        return
            "go by what is told; for each of the rest wait for the rows that it says, or take it "
            + "that the effect is as small as its interval."
    }
}
