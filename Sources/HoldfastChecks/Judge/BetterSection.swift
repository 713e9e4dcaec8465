internal import HoldfastStatistics

/// Is the model better than a baseline, or than the model in operation?
///
/// Both on the same rows, row beside row (``PairedGains``). Every figure is a gain: above 0 the
/// judged model is better, whether the figure is one of which more is better or less.
package enum BetterSection {
    /// The answer; `baseline` has a prediction for each of the rows, in their order.
    package static func judge(
        _ rows: JudgeRows, baseline: JudgeRows.Predictions, baselineName: String,
        options: JudgeOptions
    ) -> JudgementSection {
        var section = JudgementSection(.better)
        let ours = JudgedSample.make(rows, fitsCalibration: false, options: options)
        let theirs = JudgedSample.make(
            rows, baseline, fitsCalibration: false, options: options)
        switch (ours, theirs) {
        case (.failure(let refusal), _): section.notes.append(refusal.sentence)
        case (_, .failure(let refusal)):
            section.notes.append("\(baselineName) cannot be compared. \(refusal.sentence)")
        case (.success(let one), .success(let other)):
            compare(rows, baseline, one, other, baselineName, to: &section, options)
        }
        return section
    }

    private static func compare(
        _ rows: JudgeRows, _ baseline: JudgeRows.Predictions, _ one: JudgedSample,
        _ other: JudgedSample, _ baselineName: String, to section: inout JudgementSection,
        _ options: JudgeOptions
    ) {
        var gains = independent(rows, one, other, options)
        if let clusters = rows.clusters {
            gains = PairedGains.clustered(
                gains, one.sample, over: other.sample, level: options.level,
                replicates: options.replicates, seed: options.seed)
            section.notes.append(clusterNote(clusters, options))
        } else {
            section.notes.append(
                "Intervals hold for independent rows, each model's row beside the other's: of the "
                    + "area by DeLong's covariance, of accuracy by Agresti and Min's, of losses by "
                    + "Student's.")
        }
        if rows.predictions == baseline {
            // One model on these rows: no sample of them could tell the two apart.
            gains = gains.mapValues {
                FigureEstimate($0.value, interval: .init(lower: 0, upper: 0))
            }
            section.notes.append("Both predict the same in every row.")
        }
        for gain in ModelGain.allCases {
            guard let estimate = gains[gain] else { continue }
            section.figures.append(
                JudgedFigure(
                    gain.name, of: baselineName, estimate.value, estimate.interval,
                    rows: rows.count, source: rows.source))
        }
        section.notes.append(
            "Gains are those over \(baselineName) on the same rows: above 0 the judged model is "
                + "better.")
        if rows.folds != nil {
            section.notes.append(
                "Predictions of several folds are compared as those of one model: the areas mix "
                    + "the scales of the folds' models.")
        }
        if let picture = picture(gains) { section.pictures.append(picture) }
    }

    private static func independent(
        _ rows: JudgeRows, _ one: JudgedSample, _ other: JudgedSample, _ options: JudgeOptions
    ) -> [ModelGain: FigureEstimate] {
        switch (one.sample, other.sample) {
        case (.binary(let ours), .binary(let theirs)):
            guard case .binary(let labels) = rows.labels, let scores = one.scores,
                let rival = other.scores
            else { return [:] }
            return PairedGains.binary(
                isPositive: labels, one: (scores, ours), other: (rival, theirs),
                weights: rows.weights, level: options.level)
        case (.classes(let ours), .classes(let theirs)):
            return PairedGains.classes(ours, over: theirs, level: options.level)
        case (.numbers(let ours), .numbers(let theirs)):
            return PairedGains.numbers(ours, over: theirs, level: options.level)
        case (.binary, _), (.classes, _), (.numbers, _):
            preconditionFailure("both samples have the same labels")
        }
    }

    /// The gains that have no unit: those in the label's own would set the axis.
    private static func picture(_ gains: [ModelGain: FigureEstimate]) -> JudgePicture? {
        let shown: [ModelGain] = [.auc, .logLoss, .brier, .accuracy]
        let bars = shown.compactMap { gain in
            gains[gain].map { JudgePicture.Bar(gain.rawValue, $0.value, $0.interval) }
        }
        guard !bars.isEmpty else { return nil }
        return JudgePicture(
            "gains", "Better or not",
            "The gain in each figure with its interval; right of 0 the judged model is better.",
            .bars(axis: "gain", rows: bars, limits: [0]))
    }
}
