internal import HoldfastChecks
internal import HoldfastStatistics

/// A line of a metric's table: the same in the text, on the page and in Markdown.
struct AnalysisLine {
    var name: String
    var value: String
    var interval = "-"
    /// The interval that holds whenever it is looked at.
    var sequence = "-"
    var pValue = "-"
    var sequencePValue = "-"

    /// What the columns are called.
    static func heads(_ analysis: Analysis) -> [String] {
        let level = AnalysisWords.level(analysis)
        return [
            "figure", "value", "\(level) interval", "\(level) at any time", "p", "p at any time",
        ]
    }

    var cells: [String] { [name, value, interval, sequence, pValue, sequencePValue] }

    // MARK: - Lines of a metric

    /// Arms, then each arm's effect in all its forms, then those who were held out.
    static func lines(_ metric: AnalysedMetric, _ analysis: Analysis) -> [AnalysisLine] {
        var lines: [AnalysisLine] = []
        if let control = metric.effects.compactMap({ $0.effect?.control }).first {
            lines.append(arm(AnalysisWords.name(analysis.control), control))
        }
        for effect in metric.effects {
            guard let found = effect.effect else { continue }
            lines.append(arm(AnalysisWords.name(effect.arm), found.treatment))
        }
        if let heldOut = metric.heldOut { lines.append(arm("held out (no arm)", heldOut)) }
        for effect in metric.effects { lines += self.lines(effect, metric, analysis) }
        return lines
    }

    private static func arm(_ name: String, _ figure: ArmFigure) -> AnalysisLine {
        AnalysisLine(
            name: name, value: AnalysisWords.value(figure.value),
            interval: AnalysisWords.interval(figure.interval))
    }

    /// The difference, the relative effect, the same without the covariate, and that on those whom
    /// the treatment reached.
    static func lines(
        _ effect: AnalysedEffect, _ metric: AnalysedMetric, _ analysis: Analysis
    ) -> [AnalysisLine] {
        guard let found = effect.effect else { return [] }
        let pair = "\(AnalysisWords.name(effect.arm)) less \(AnalysisWords.name(analysis.control))"
        var lines = [figure(pair, found.difference)]
        if let relative = found.relative {
            lines.append(
                AnalysisLine(
                    name: "  relative", value: AnalysisWords.percent(relative.value),
                    interval: AnalysisWords.percent(relative.interval),
                    sequence: AnalysisWords.percent(relative.sequence),
                    pValue: CheckFigures.pValue(relative.pValue),
                    sequencePValue: CheckFigures.pValue(relative.sequencePValue)))
        }
        if let adjustment = found.adjustment {
            lines.append(figure("  without the covariate", adjustment.unadjusted))
        }
        if let complier = effect.complier {
            lines.append(figure("  on those it reached", complier.difference))
        }
        return lines
    }

    static func figure(_ name: String, _ figure: EffectFigure) -> AnalysisLine {
        AnalysisLine(
            name: name, value: AnalysisWords.value(figure.value),
            interval: AnalysisWords.interval(figure.interval),
            sequence: AnalysisWords.interval(figure.sequence),
            pValue: CheckFigures.pValue(figure.pValue),
            sequencePValue: CheckFigures.pValue(figure.sequencePValue))
    }

    // MARK: - What stands beside the lines

    /// What must be known of a metric's figures, a sentence each.
    static func notes(_ metric: AnalysedMetric) -> [String] {
        var notes = metric.notes
        if let missing = AnalysisWords.missing(metric) { notes.append(missing) }
        // Where all arms have one method, it is said once.
        let methods = Set(metric.effects.compactMap { $0.effect?.method })
        if methods.count == 1, let method = methods.first { notes.append("Method: \(method).") }
        for effect in metric.effects {
            guard let found = effect.effect else { continue }
            let arm = metric.effects.count > 1 ? "\(AnalysisWords.name(effect.arm)): " : ""
            if methods.count > 1 { notes.append("\(arm)method \(found.method).") }
            if let adjustment = found.adjustment {
                let covariate = AnalysisWords.name(metric.covariate ?? "the covariate")
                notes.append(
                    "\(arm)Adjusted for \(covariate) (CUPED, theta \(AnalysisWords.value(adjustment.theta))): "
                        + "it explains \(CheckFigures.percent(adjustment.varianceReduction)) of the "
                        + "variance" + unknown(adjustment.rowsWithoutCovariate) + ".")
            }
            if let fault = found.adjustmentFault { notes.append("\(arm)Not adjusted: \(fault).") }
            if let fault = found.relativeFault {
                notes.append("\(arm)No relative effect: \(fault).")
            }
            notes += complier(effect, arm)
            if let trend = effect.trend { notes.append("\(arm)\(AnalysisWords.trend(trend))") }
        }
        return notes
    }

    private static func unknown(_ rows: Int) -> String {
        rows == 0
            ? "" : "; \(CheckFigures.counted(rows, "row")) without it count as ones of its mean"
    }

    private static func complier(_ effect: AnalysedEffect, _ arm: String) -> [String] {
        if let fault = effect.complierFault {
            return ["\(arm)No effect on those whom the treatment reached: \(fault)."]
        }
        guard let complier = effect.complier else { return [] }
        let strength =
            complier.firstStageF.map { "; first stage F \(AnalysisWords.value($0))" } ?? ""
        return [
            "\(arm)The treatment reached \(CheckFigures.percent(complier.exposure.treatment.value)) of "
                + "the arm and \(CheckFigures.percent(complier.exposure.control.value)) of control. The "
                + "effect on those it reached is that on compliers, whom it reached because they were "
                + "dealt it, without the covariate; it is taken that being dealt it does nothing to "
                + "the others "
                + "(\(complier.method)\(strength))."
        ]
    }
}

extension AnalysisWords {
    /// Whether an effect changes as weeks go by.
    static func trend(_ trend: EffectTrend) -> String {
        guard let slope = trend.slope else {
            return "Whether the effect changes by week cannot be told: fewer than three weeks."
        }
        let figures =
            "\(value(slope.value)) a week (\(interval(slope.interval)), p "
            + "\(CheckFigures.pValue(slope.pValue)))"
        let end =
            switch EffectVerdict(slope.interval) {
            case .inconclusive: "whether it does cannot be told"
            case .raises: "it grows"
            case .lowers: "it falls"
            }
        return "The weekly difference changes by \(figures): \(end)."
    }
}
