import Glibc

/// By how much one model is better than another on the same rows. Above 0 the first is better.
package enum ModelGain: String, Sendable, Equatable, Hashable, CaseIterable {
    case auc = "auc_gain"
    case logLoss = "log_loss_gain"
    case brier = "brier_gain"
    case accuracy = "accuracy_gain"
    case meanAbsoluteError = "mean_absolute_error_gain"
    case squaredError = "squared_error_gain"

    /// What it can be, where that has two ends.
    var range: ClosedRange<Double>? {
        switch self {
        case .auc: ModelFigure.auc.rangeOfDifference
        case .logLoss: ModelFigure.logLoss.rangeOfDifference
        case .brier: ModelFigure.brier.rangeOfDifference
        case .accuracy: ModelFigure.accuracy.rangeOfDifference
        case .meanAbsoluteError, .squaredError: nil
        }
    }

    /// The gain in figures of two models; `nil` where one has none.
    func of(_ one: [ModelFigure: Double], _ other: [ModelFigure: Double]) -> Double? {
        func less(_ figure: ModelFigure, _ turn: (Double) -> Double = { $0 }) -> Double? {
            one[figure].flatMap { ours in other[figure].map { turn($0) - turn(ours) } }
        }
        switch self {
        case .auc: return less(.auc).map { -$0 }
        case .logLoss: return less(.logLoss)
        case .brier: return less(.brier)
        case .accuracy: return less(.accuracy).map { -$0 }
        case .meanAbsoluteError: return less(.meanAbsoluteError)
        case .squaredError: return less(.rootMeanSquaredError) { $0 * $0 }
        }
    }
}

/// Two models on the same rows, row beside row: what both find hard takes nothing from the
/// precision of the difference.
///
///     // three rows that a model answers rightly and another wrongly, and five that both do
///     PairedGains.accuracy(
///         one: [true, true, true, true, true, true, true, true],
///         other: [false, false, false, true, true, true, true, true],
///         weights: nil, level: 0.95)?.value   // 0.375
package enum PairedGains {
    /// The difference of two accuracies, by which rows each model answers rightly.
    ///
    /// The interval is that of A. Agresti and Y. Min, "Simple improved confidence intervals for
    /// comparing matched proportions" (2005): Wald's after half a row more of each of the four
    /// pairs of right and wrong, which keeps its level where hardly a row is answered unlike.
    /// Weighted rows are as many as would have this variance, at most Kish's number of them.
    package static func accuracy(
        one: [Bool], other: [Bool], weights: [Double]?, level: Double
    ) -> FigureEstimate? {
        let mean = RowMean(
            count: one.count,
            of: { (one[$0] ? 1 : 0) - (other[$0] ? 1 : 0) }, weight: { weights?[$0] ?? 1 })
        let unlike = RowMean(
            count: one.count, of: { one[$0] == other[$0] ? 0 : 1 },
            weight: { weights?[$0] ?? 1 })
        guard let mean, let unlike else { return nil }
        var size = mean.size
        if let error = mean.standardError {
            let spread = unlike.value - mean.value * mean.value
            size = min(size, max(1, spread / (error * error)))
        }
        let count = size + 2
        let middle = mean.value * size / count
        let discordant = (unlike.value * size + 1) / count
        let error = ((discordant - middle * middle) / count).squareRoot()
        let reach = Normal.exceeded(by: (1 - level) / 2) * error
        return FigureEstimate(
            mean.value, standardError: mean.standardError,
            interval: Interval(
                lower: min(mean.value, max(-1, middle - reach)),
                upper: max(mean.value, min(1, middle + reach))))
    }

    /// The mean by which the other's losses are larger, row by row, with Student's interval.
    /// Losses that differ by nothing, or all alike, have an interval where a gain has a range.
    package static func losses(
        one: [Double], other: [Double], weights: [Double]?, level: Double,
        within range: ClosedRange<Double>? = nil
    ) -> FigureEstimate? {
        RowMean(
            count: one.count, of: { other[$0] - one[$0] }, weight: { weights?[$0] ?? 1 }
        ).map {
            $0.estimate(.plain, level: level).orUnvaried(range, size: $0.size, level: level)
        }
    }

    /// The gains of scores over others for labels of yes and no: of the areas by the covariance of
    /// their placements (``Placements/difference(_:_:isPositive:weights:level:)``). Log loss and
    /// Brier score need probabilities of both.
    package static func binary(
        isPositive: [Bool], one: (scores: [Double], sample: BinarySample),
        other: (scores: [Double], sample: BinarySample), weights: [Double]?, level: Double
    ) -> [ModelGain: FigureEstimate] {
        var gains: [ModelGain: FigureEstimate] = [:]
        func place(_ model: (scores: [Double], sample: BinarySample)) -> Placements? {
            Placements(
                scores: model.scores, isPositive: isPositive, weights: weights,
                order: model.sample.groups.order)
        }
        let (placed, rival) = (place(one), place(other))
        if let placed, let rival {
            let groups = one.sample.groups
            gains[.auc] = Placements.difference(
                placed, rival, isPositive: isPositive, weights: weights, level: level
            ).orUnvaried(
                ModelGain.auc.range,
                size: Double(min(groups.positiveRows, groups.negativeRows)), level: level)
        }
        func right(_ model: (scores: [Double], sample: BinarySample)) -> [Bool] {
            let threshold = model.sample.leastYes
            return isPositive.indices.map { row in
                (threshold.map { model.scores[row] >= $0 } ?? false) == isPositive[row]
            }
        }
        gains[.accuracy] = accuracy(
            one: right(one), other: right(other), weights: weights, level: level)
        guard one.sample.isProbability, other.sample.isProbability else { return gains }
        func logLosses(_ scores: [Double]) -> [Double] {
            let (least, most) = (CalibrationFit.clip, 1 - CalibrationFit.clip)
            return scores.indices.map {
                -log(min(most, max(least, isPositive[$0] ? scores[$0] : 1 - scores[$0])))
            }
        }
        func squares(_ scores: [Double]) -> [Double] {
            scores.indices.map { row in
                let distance = scores[row] - (isPositive[row] ? 1 : 0)
                return distance * distance
            }
        }
        gains[.logLoss] = losses(
            one: logLosses(one.scores), other: logLosses(other.scores), weights: weights,
            level: level, within: ModelGain.logLoss.range)
        gains[.brier] = losses(
            one: squares(one.scores), other: squares(other.scores), weights: weights, level: level,
            within: ModelGain.brier.range)
        return gains
    }

    /// The gains of one sample over another of the same rows.
    package static func numbers(_ one: NumberSample, over other: NumberSample, level: Double)
        -> [ModelGain: FigureEstimate]
    {
        func errors(_ sample: NumberSample, _ turn: (Double) -> Double) -> [Double] {
            sample.labels.indices.map { turn(sample.labels[$0] - sample.predictions[$0]) }
        }
        var gains: [ModelGain: FigureEstimate] = [:]
        gains[.meanAbsoluteError] = losses(
            one: errors(one, abs), other: errors(other, abs), weights: one.weights, level: level)
        gains[.squaredError] = losses(
            one: errors(one) { $0 * $0 }, other: errors(other) { $0 * $0 },
            weights: one.weights, level: level)
        return gains
    }

    /// The same of classes; the area is the mean over the classes.
    package static func classes(_ one: ClassSample, over other: ClassSample, level: Double)
        -> [ModelGain: FigureEstimate]
    {
        let weights = one.weights
        var gains: [ModelGain: FigureEstimate] = [:]
        func right(_ sample: ClassSample) -> [Bool] {
            sample.labels.indices.map { sample.labels[$0] == sample.predictions[$0] }
        }
        gains[.accuracy] = accuracy(
            one: right(one), other: right(other), weights: weights, level: level)
        if let ours = one.losses, let theirs = other.losses {
            gains[.logLoss] = losses(
                one: ours, other: theirs, weights: weights, level: level,
                within: ModelGain.logLoss.range)
        }
        if let ours = one.macroArea(), let theirs = other.macroArea() {
            let moved = zip(ours.moved, theirs.moved).map { $0 - $1 }
            let error = RowMean.error(of: moved, weights)
            let value = ours.area - theirs.area
            gains[.auc] = FigureEstimate(
                value, standardError: error,
                interval: FigureScale.plain.interval(
                    around: value, standardError: error,
                    quantile: Normal.exceeded(by: (1 - level) / 2))
            ).orUnvaried(
                ModelGain.auc.range, size: Double(ModelSample.classes(one).fewestOfLabel.rows),
                level: level)
        }
        return gains
    }

    /// The gains with intervals by a bootstrap of clusters, both models' rows drawn alike.
    package static func clustered(
        _ gains: [ModelGain: FigureEstimate], _ one: ModelSample, over other: ModelSample,
        level: Double, replicates: Int, seed: UInt64
    ) -> [ModelGain: FigureEstimate] {
        guard let clusters = one.clusters else {
            preconditionFailure("rows without clusters are not drawn")
        }
        let count = ModelSample.count(clusters)
        let draws = ClusterDraws(clusters: count.codes, replicates: replicates, seed: seed)
        let (ours, theirs) = (one.replicates(draws), other.replicates(draws))
        let quantile = ClusteredFigures.quantile(count.distinct, level: level)
        let fewest = Double(one.fewestOfLabel.clusters ?? 0)
        var clustered = gains
        for (gain, estimate) in gains {
            let error = ClusteredFigures.standardError(
                zip(ours, theirs).map { gain.of($0, $1) }, clusters: count.distinct)
            let interval = quantile.flatMap {
                FigureScale.plain.interval(
                    around: estimate.value, standardError: error, quantile: $0)
            }
            clustered[gain] = FigureEstimate(
                estimate.value, standardError: error, interval: interval
            ).orUnvaried(gain.range, size: fewest, level: level)
        }
        return clustered
    }
}
