internal import HoldfastStatistics

/// Has the model learnt its training rows by heart?
///
/// Each figure on train less that on eval, turned so that above 0 means better on train. Holdfast
/// cannot fit the judged model again, so that its own curve over more rows is not to be had; what
/// is shown instead is that of a reference model on the same features (``LearningCurve``), with the
/// judged model's area on eval beside it.
package enum OverfittingSection {
    /// The answer.
    package static func judge(train: JudgeRows, eval: JudgeRows, options: JudgeOptions)
        -> JudgementSection
    {
        var section = JudgementSection(.overfitted)
        guard train.task == eval.task else {
            section.notes.append(
                "\(train.name) and \(eval.name) have labels of different kinds: no figure of one "
                    + "can be compared to the other's.")
            return section
        }
        let samples = (
            JudgedSample.make(train, fitsCalibration: false, options: options),
            JudgedSample.make(eval, fitsCalibration: false, options: options)
        )
        switch samples {
        case (.failure(let refusal), _), (_, .failure(let refusal)):
            section.notes.append(refusal.sentence)
        case (.success(let one), .success(let other)):
            addGaps(train, one, eval, other, to: &section, options)
            addCurve(train, eval, other, to: &section, options)
        }
        return section
    }

    private static func addGaps(
        _ train: JudgeRows, _ one: JudgedSample, _ eval: JudgeRows, _ other: JudgedSample,
        to section: inout JudgementSection, _ options: JudgeOptions
    ) {
        let isClustered = one.sample.clusters != nil && other.sample.clusters != nil
        let gaps =
            isClustered
            ? clustered(one.sample, other.sample, options)
            : independent(one.estimates(options), other.estimates(options))
        for figure in ModelFigure.allCases {
            guard let name = figure.gapName, let gap = gaps[figure] else { continue }
            // No more is known of the gap than of the table with fewer rows.
            section.figures.append(
                JudgedFigure(
                    name, gap.value, gap.interval, rows: min(train.count, eval.count),
                    source: eval.source))
        }
        section.notes.append("A gap above 0 means that the model is better on train.")
        section.notes.append(
            isClustered
                ? "Intervals are by a bootstrap of clusters in which a code is the same cluster in "
                    + "both tables, and drawn alike (\(options.replicates) replicates, seed "
                    + "\(options.seed))."
                : "Intervals take train and eval for independent samples and add the distances to "
                    + "the ends of both figures' own intervals by their squares.")
        section.notes += one.notes.map { "Train: \($0)" } + other.notes.map { "Eval: \($0)" }
    }

    /// The gaps turned so that above 0 is better on train.
    private static func independent(
        _ train: [ModelFigure: FigureEstimate], _ eval: [ModelFigure: FigureEstimate]
    ) -> [ModelFigure: FigureEstimate] {
        var gaps: [ModelFigure: FigureEstimate] = [:]
        for (figure, one) in train {
            guard let isBetterLarger = figure.isBetterLarger, let other = eval[figure] else {
                continue
            }
            gaps[figure] =
                isBetterLarger
                ? FigureEstimate.difference(one, other) : FigureEstimate.difference(other, one)
        }
        return gaps
    }

    private static func clustered(
        _ train: ModelSample, _ eval: ModelSample, _ options: JudgeOptions
    ) -> [ModelFigure: FigureEstimate] {
        guard let ours = train.clusters, let theirs = eval.clusters else { return [:] }
        let count = ModelSample.count(ours + theirs)
        let draws = ClusterDraws(
            clusters: count.codes, replicates: options.replicates, seed: options.seed)
        let (one, other) = (train.replicates(draws), eval.replicates(draws))
        var gaps = independent(
            train.estimates(level: options.level), eval.estimates(level: options.level))
        // As few degrees of freedom as the table with fewer clusters has.
        let fewest = min(ModelSample.count(ours).distinct, ModelSample.count(theirs).distinct)
        let quantile = ClusteredFigures.quantile(fewest, level: options.level)
        let fewestOfLabel = Double(
            min(train.fewestOfLabel.clusters ?? 0, eval.fewestOfLabel.clusters ?? 0))
        for (figure, gap) in gaps {
            let values = zip(one, other).map { one, other in
                one[figure].flatMap { ours in other[figure].map { ours - $0 } }
            }
            let error = ClusteredFigures.standardError(values, clusters: fewest)
            let interval = quantile.flatMap {
                FigureScale.plain.interval(
                    around: gap.value, standardError: error, quantile: $0)
            }
            let unvaried = UnvariedRows.interval(
                around: gap.value, within: figure.rangeOfDifference, size: fewestOfLabel,
                level: options.level)
            gaps[figure] = FigureEstimate(
                gap.value, standardError: error, interval: interval ?? unvaried)
        }
        return gaps
    }
}

extension OverfittingSection {
    private static func addCurve(
        _ train: JudgeRows, _ eval: JudgeRows, _ judged: JudgedSample,
        to section: inout JudgementSection, _ options: JudgeOptions
    ) {
        guard let asked = Asked(train, eval, judged, options) else {
            section.notes.append(
                "No learning curve: it needs labels of yes and no or numbers, and the same "
                    + "features in both tables.")
            return
        }
        let curve = LearningCurve(
            train: asked.train, trainLabels: asked.trainLabels, eval: asked.eval,
            evalLabels: asked.evalLabels, level: options.level, seed: options.seed)
        guard let curve, let last = curve.points.last else {
            section.notes.append("No learning curve: too few rows of either label.")
            return
        }
        section.pictures.append(picture(curve, asked))
        section.notes.append(
            "The learning curve is that of a reference model, boosted trees of Holdfast's own, "
                + "fitted to growing parts of at most \(LearningCurve.rowLimit) rows of train: the "
                + "judged model is not fitted again. Its intervals take rows for independent."
                + asked.remark)
        if curve.points.count > 1 {
            let before = curve.points[curve.points.count - 2]
            let gain = last.eval.value - before.eval.value
            section.notes.append(
                "From \(before.rows) to \(last.rows) rows the reference model's area on eval went "
                    + "from \(rounded(before.eval.value)) to \(rounded(last.eval.value)): "
                    + (gain > 0.005
                        ? "more rows would probably still help."
                        : "more rows would hardly help such a model."))
        }
    }

    private static func rounded(_ value: Double) -> String {
        "\((value * 10_000).rounded() / 10_000)"
    }

    private static func picture(_ curve: LearningCurve, _ asked: Asked) -> JudgePicture {
        func points(_ part: (LearningCurve.Point) -> FigureEstimate) -> [JudgePicture.Point] {
            curve.points.map { .init(Double($0.rows), part($0).value, part($0).interval) }
        }
        var lines: [JudgePicture.Line] = [
            .init("reference model on eval", points(\.eval)),
            .init("reference model on its own rows", points(\.train)),
        ]
        if let area = asked.area {
            lines.append(
                .init(
                    "judged model on eval", curve.points.map { .init(Double($0.rows), area) },
                    style: .faint))
        }
        return JudgePicture(
            "learning_curve", "Would more rows help?",
            "The area of a reference model, not of the judged one, fitted to more and more rows of "
                + "train. A line on eval that still rises wants more rows; a large distance to the "
                + "line on its own rows is learning by heart.",
            .lines(.init(x: "rows of train", y: "auc", lines: lines)))
    }

    /// What the reference model is asked: a yes or no for each row of both tables.
    private struct Asked {
        var train: SampleColumns
        var trainLabels: [Bool]
        var eval: SampleColumns
        var evalLabels: [Bool]
        /// The judged model's area at the same question.
        var area: Double?
        var remark = ""

        init?(
            _ train: JudgeRows, _ eval: JudgeRows, _ judged: JudgedSample, _ options: JudgeOptions
        ) {
            guard !train.features.isEmpty, train.count > 0, eval.count > 0 else { return nil }
            self.train = SampleColumns(train.features.map(\.sample), weights: train.weights)
            self.eval = SampleColumns(eval.features.map(\.sample), weights: eval.weights)
            guard self.train.isAlike(self.eval) else { return nil }
            switch (train.labels, eval.labels, judged.sample) {
            case (.binary(let ours), .binary(let theirs), .binary(let sample)):
                (trainLabels, evalLabels) = (ours, theirs)
                area = AreaUnderCurve(sample.groups)?.area
            case (.numbers(let ours), .numbers(let theirs), .numbers(let sample)):
                let middle = ours.sorted()[ours.count / 2]
                trainLabels = ours.map { $0 >= middle }
                evalLabels = theirs.map { $0 >= middle }
                area =
                    AreaUnderCurve(
                        scores: sample.predictions, isCandidate: evalLabels, weights: eval.weights)?
                    .area
                remark =
                    " As labels are numbers, both models are asked which rows have at least "
                    + "train's median."
            case (.binary, _, _), (.classes, _, _), (.numbers, _, _): return nil
            }
        }
    }
}
