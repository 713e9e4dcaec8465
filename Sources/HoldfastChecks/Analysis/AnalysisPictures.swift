internal import HoldfastFormats
internal import HoldfastStatistics

/// What an analysis has to show.
struct AnalysisPictures {
    let analysis: Analysis

    var all: [JudgePicture] {
        var pictures = [relative].compactMap { $0 }
        for (place, metric) in analysis.metrics.enumerated() {
            let id = "metric_\(place + 1)"
            if let figures = figures(metric, id) { pictures.append(figures) }
            if let course = course(metric, id) { pictures.append(course) }
            if let weeks = weeks(metric, id) { pictures.append(weeks) }
        }
        return pictures
    }

    private var level: String { analysis.options.levelText }

    // MARK: - Effects by size

    /// Relative effects, the largest first, each with its interval and its sequence.
    private var relative: JudgePicture? {
        let effects = analysis.metrics.flatMap { metric in
            metric.effects.compactMap { effect in
                effect.effect?.relative.map { (name: name(metric, effect), figure: $0) }
            }
        }.sorted { abs($0.figure.value) > abs($1.figure.value) }.filter {
            ($0.figure.value * 100).isFinite
        }
        guard !effects.isEmpty else { return nil }
        let bars = effects.flatMap { effect -> [JudgePicture.Bar] in
            let own = JudgePicture.Bar(
                effect.name, effect.figure.value * 100, scaled(effect.figure.interval),
                note: percent(effect.figure.value))
            guard let sequence = effect.figure.sequence else { return [own] }
            return [
                own,
                JudgePicture.Bar(
                    "\(effect.name), at any time", effect.figure.value * 100, scaled(sequence),
                    note: "at any time"),
            ]
        }
        return JudgePicture(
            "effects", "Effects, the largest first",
            "By how many percent of control's figure each arm differs, with intervals of \(level). "
                + "The second of each pair is the confidence sequence: it holds whenever it is "
                + "looked at, and is wider for that.",
            .bars(axis: "relative effect, in percent", rows: bars, limits: []))
    }

    /// A relative effect in percent, to two decimals where that is a number to read.
    private func percent(_ value: Double) -> String {
        let hundredths = (value * 10_000).rounded()
        guard abs(hundredths) < 1e9 else { return "\(value * 100)%" }
        let digits = String(Int(abs(hundredths)) % 100)
        let sign = hundredths < 0 ? "-" : ""
        return "\(sign)\(Int(abs(hundredths)) / 100).\(digits.count < 2 ? "0" : "")\(digits)%"
    }

    private func scaled(_ interval: Interval?) -> Interval? {
        guard let interval else { return nil }
        let (lower, upper) = (interval.lower * 100, interval.upper * 100)
        return lower.isFinite && upper.isFinite ? Interval(lower: lower, upper: upper) : nil
    }

    private func name(_ metric: AnalysedMetric, _ effect: AnalysedEffect) -> String {
        analysis.arms.count > 2 ? "\(metric.title), \(effect.arm)" : metric.title
    }

    // MARK: - One metric

    private func figures(_ metric: AnalysedMetric, _ id: String) -> JudgePicture? {
        guard let control = metric.effects.compactMap({ $0.effect?.control }).first else {
            return nil
        }
        var bars = [JudgePicture.Bar(analysis.control, control.value, control.interval)]
        for effect in metric.effects {
            guard let figure = effect.effect?.treatment else { continue }
            bars.append(JudgePicture.Bar(effect.arm, figure.value, figure.interval))
        }
        if let figure = metric.heldOut {
            bars.append(JudgePicture.Bar("held out", figure.value, figure.interval))
        }
        return JudgePicture(
            "\(id)_arms", "\(metric.title) by arm",
            "Each arm's \(metric.kind.word), with its interval of \(level). Whether arms differ is "
                + "told by the interval of their difference, not by whether these overlap.",
            .bars(axis: metric.title, rows: bars, limits: []))
    }

    private func course(_ metric: AnalysedMetric, _ id: String) -> JudgePicture? {
        let shown = metric.effects.filter { $0.course.count > 1 }
        // Steps have names where one arm is shown; moments of several lie on one axis by number.
        guard let longest = shown.map(\.course.count).max() else { return nil }
        let lines = shown.map { effect in
            JudgePicture.Line(
                analysis.arms.count > 2 ? effect.arm : "difference",
                effect.course.enumerated().map { place, step in
                    JudgePicture.Point(
                        Double(place), step.difference, step.sequence ?? step.interval)
                })
        }
        let steps = shown.first { $0.course.count == longest }?.course ?? []
        return JudgePicture(
            "\(id)_course", "\(metric.title): the difference as rows came",
            "The difference from control of all rows dealt until then, with its confidence sequence "
                + "of \(level): it holds at all these moments together, so that the first at which it "
                + "leaves out 0 may be acted on.",
            .lines(
                JudgePicture.Lines(
                    x: "dealt until", y: "difference", lines: lines,
                    steps: steps.map { AnalysisPictures.moment($0.time) }, limits: [0])))
    }

    private static func moment(_ time: Double) -> String {
        guard time.isFinite, abs(time) < 0x1p62 else { return "-" }
        let text = Timestamp(microseconds: Int64(time)).description
        return String(text.prefix(10))
    }

    private func weeks(_ metric: AnalysedMetric, _ id: String) -> JudgePicture? {
        let shown = metric.effects.filter { ($0.trend?.weeks.count ?? 0) > 1 }
        guard !shown.isEmpty else { return nil }
        return JudgePicture(
            "\(id)_weeks", "\(metric.title): the difference by week since the start",
            "What each week after a row was dealt adds to the difference. An effect that wears off "
                + "is a novelty; one that grows was learnt.",
            .lines(
                JudgePicture.Lines(
                    x: "week since the row was dealt", y: "difference",
                    lines: shown.map { effect in
                        JudgePicture.Line(
                            analysis.arms.count > 2 ? effect.arm : "difference",
                            (effect.trend?.weeks ?? []).map { week in
                                let difference = week.effect?.difference
                                return JudgePicture.Point(
                                    Double(week.week), difference?.value, difference?.interval)
                            })
                    },
                    steps: (1...WeeklyValues.limit).prefix(
                        shown.compactMap { $0.trend?.weeks.count }.max() ?? 0
                    ).map { "\($0)" }, limits: [0])))
    }
}
