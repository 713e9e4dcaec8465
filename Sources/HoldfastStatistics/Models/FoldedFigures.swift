/// The mean of a figure over the folds of a cross-validation.
///
/// Each fold's model is fitted to the rows of the others, so that the folds' figures are not
/// independent, and their spread does not say how much (Y. Bengio and Y. Grandvalet, "No unbiased
/// estimator of the variance of k-fold cross-validation", 2004). The variance of the mean is taken
/// as *twice* what it were for independent folds, as ``CrossFittedArea`` does and says why: the
/// distances to the ends of the folds' own intervals are added by their squares, and √2 is put
/// before. It is a figure of models fitted to a part of the rows, a little below one fitted to all.
package enum FoldedFigures {
    /// The mean of the folds' figures; `nil` without a fold, no interval where a fold has none.
    ///
    ///     let fold = FigureEstimate(0.8, interval: Interval(lower: 0.7, upper: 0.9))
    ///     FoldedFigures.mean([fold, fold])?.interval   // 0.7 ... 0.9
    package static func mean(_ folds: [FigureEstimate]) -> FigureEstimate? {
        guard !folds.isEmpty else { return nil }
        let count = Double(folds.count)
        let value = folds.reduce(0) { $0 + $1.value } / count
        let intervals = folds.compactMap(\.interval)
        guard intervals.count == folds.count else { return FigureEstimate(value) }
        var (below, above, variance) = (0.0, 0.0, 0.0 as Double?)
        for (fold, interval) in zip(folds, intervals) {
            below += (fold.value - interval.lower) * (fold.value - interval.lower)
            above += (interval.upper - fold.value) * (interval.upper - fold.value)
            variance = variance.flatMap { sum in fold.standardError.map { sum + $0 * $0 } }
        }
        return FigureEstimate(
            value, standardError: variance.map { (2 * $0).squareRoot() / count },
            interval: Interval(
                lower: value - (2 * below).squareRoot() / count,
                upper: value + (2 * above).squareRoot() / count))
    }

    /// The mean over folds whose rows come in clusters: its spread over replicates in which a
    /// cluster is drawn alike in every fold, times √2 likewise.
    package static func clusteredMean(
        _ folds: [ModelSample], level: Double, replicates: Int, seed: UInt64
    ) -> [ModelFigure: FigureEstimate] {
        let clusters = folds.compactMap(\.clusters)
        precondition(clusters.count == folds.count, "rows without clusters are not drawn")
        let count = ModelSample.count(clusters.flatMap { $0 })
        let draws = ClusterDraws(clusters: count.codes, replicates: replicates, seed: seed)
        let drawn = folds.map { $0.replicates(draws) }
        let values = folds.map { $0.estimates(level: level) }
        var means = ClusteredFigures(replicates: [], clusters: count.distinct)
        for number in 0..<replicates {
            means.replicates.append(mean(drawn.map { $0[number] }))
        }
        var figures: [ModelFigure: FigureEstimate] = [:]
        for (figure, value) in mean(values.map { $0.mapValues(\.value) }) {
            figures[figure] = means.estimate(
                figure, value, level: level, inflation: 2.0.squareRoot())
        }
        return figures
    }

    /// The means of the figures that all folds have.
    private static func mean(_ folds: [[ModelFigure: Double]]) -> [ModelFigure: Double] {
        var means: [ModelFigure: Double] = [:]
        for figure in ModelFigure.allCases {
            let values = folds.compactMap { $0[figure] }
            guard values.count == folds.count, !values.isEmpty else { continue }
            means[figure] = values.reduce(0, +) / Double(values.count)
        }
        return means
    }
}
