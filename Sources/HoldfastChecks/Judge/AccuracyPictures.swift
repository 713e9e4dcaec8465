internal import HoldfastStatistics

/// What there is to see of predictions of a yes.
enum BinaryPictures {
    /// How predictions spread by label is shown where degenerate models are looked for.
    static func all(_ sample: BinarySample, _ options: JudgeOptions) -> [JudgePicture] {
        [calibration(sample, level: options.level), rates(sample)].compactMap { $0 }
    }

    private static func calibration(_ sample: BinarySample, level: Double) -> JudgePicture? {
        guard sample.isProbability else { return nil }
        let bins = CalibrationBins(sample.groups).bins
        guard !bins.isEmpty else { return nil }
        // Wilson's intervals would be false where rows depend on each other.
        let areIndependent = ModelSample.binary(sample).clusters == nil
        let points = bins.map { bin in
            JudgePicture.Point(
                bin.predicted, bin.observed,
                areIndependent
                    ? Proportions.wilson(
                        successes: min(bin.size, bin.observed * bin.size), of: bin.size,
                        level: level) : nil)
        }
        return JudgePicture(
            "calibration", "Promised and kept",
            "Rows in ten bins by prediction: the mean prediction and the share of a yes. On the "
                + "diagonal a promise is kept; below it the model promises too much.",
            .lines(
                .init(
                    x: "prediction", y: "share of yes", lines: [.init("model", points)],
                    hasDiagonal: true)))
    }

    private static func rates(_ sample: BinarySample) -> JudgePicture? {
        guard let curve = RatesCurve.points(sample.groups) else { return nil }
        let points = curve.map { JudgePicture.Point($0.falsePositive, $0.truePositive) }
        return JudgePicture(
            "roc", "What a yes costs",
            "Of the labels yes and of the labels no, the share that is a yes, for every threshold. "
                + "The faint line is guessing; the area below the curve is the AUC.",
            .lines(
                .init(
                    x: "false positive rate", y: "true positive rate",
                    lines: [
                        .init("model", points),
                        .init("guessing", [.init(0, 0), .init(1, 1)], style: .faint),
                    ])))
    }
}

/// What there is to see of predicted numbers.
enum NumberPictures {
    /// The bins of both pictures.
    static let bins = 20

    static func all(_ sample: NumberSample, level: Double) -> [JudgePicture] {
        [calibration(sample, level: level), histogram(sample)].compactMap { $0 }
    }

    /// Rows of one prediction are never parted.
    private static func calibration(_ sample: NumberSample, level: Double) -> JudgePicture? {
        let order = sample.predictions.indices.sorted {
            sample.predictions[$0] < sample.predictions[$1]
        }
        var points: [JudgePicture.Point] = []
        var start = 0
        for bin in 1...bins where start < order.count {
            var end = max(start, order.count * bin / bins)
            while end > start, end < order.count,
                sample.predictions[order[end]] == sample.predictions[order[end - 1]]
            {
                end += 1
            }
            let rows = order[start..<end]
            start = end
            let weights = sample.weights.map { weights in rows.map { weights[$0] } }
            guard
                let predicted = RowMean(of: rows.map { sample.predictions[$0] }, weights: weights),
                let label = RowMean(of: rows.map { sample.labels[$0] }, weights: weights)
            else { continue }
            let interval =
                sample.clusters == nil ? label.estimate(.plain, level: level).interval : nil
            points.append(.init(predicted.value, label.value, interval))
        }
        guard !points.isEmpty else { return nil }
        return JudgePicture(
            "calibration", "Predicted and true",
            "Rows in bins by prediction: the mean prediction and the mean label. On the diagonal "
                + "the predictions are right on average.",
            .lines(
                .init(
                    x: "prediction", y: "label", lines: [.init("model", points)],
                    hasDiagonal: true)))
    }

    private static func histogram(_ sample: NumberSample) -> JudgePicture? {
        let errors = zip(sample.predictions, sample.labels).map { $0 - $1 }
        let reach = errors.reduce(0) { max($0, abs($1)) }
        let step = 2 * reach / Double(bins)
        guard step > 0, step.isFinite else { return nil }
        var counts = [Double](repeating: 0, count: bins)
        for (row, error) in errors.enumerated() {
            counts[min(bins - 1, Int((error + reach) / step))] += sample.weights?[row] ?? 1
        }
        return JudgePicture(
            "errors", "Errors", "The weight of rows by prediction less label.",
            .histogram(
                edges: (0...bins).map { Double($0) * step - reach },
                series: [.init("rows", counts)]))
    }
}
