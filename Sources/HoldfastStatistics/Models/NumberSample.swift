import Glibc

/// The predictions of a model beside labels that are numbers.
///
///     let sample = NumberSample(labels: [3, -0.5, 2, 7], predictions: [2.5, 0, 2, 8])
///     let figures = sample.estimates(level: 0.95)
///     figures[.meanAbsoluteError]?.value      // 0.5
///     figures[.rootMeanSquaredError]?.value   // 0.6123724356957945
///     figures[.rSquared]?.value               // 0.9486081370449679
///
/// Errors are in the label's unit. R² is 1 − Σ w e²/Σ w(y − ȳ)², below 0 for a model that is worse
/// than the labels' own mean, and undefined where labels do not vary.
package struct NumberSample: Sendable {
    package let labels: [Double]
    package let predictions: [Double]
    package let weights: [Double]?
    package let clusters: [Int32]?

    /// A sample of finite numbers.
    package init(
        labels: [Double], predictions: [Double], weights: [Double]? = nil,
        clusters: [Int32]? = nil
    ) {
        precondition(labels.count == predictions.count, "each label has a prediction")
        precondition(weights.map { $0.count == labels.count } ?? true, "a weight a row")
        precondition(clusters.map { $0.count == labels.count } ?? true, "a cluster a row")
        self.labels = labels
        self.predictions = predictions
        self.weights = weights
        self.clusters = clusters
    }

    /// Every figure that is defined, with intervals for independent rows: of the two errors on the
    /// scale of their logarithms, of the root by the mean square's; of R² on that of log(1 − R²),
    /// by what a row moves it, −(e² − (1 − R²)(y − ȳ)²)/Σ w(y − ȳ)².
    package func estimates(level: Double) -> [ModelFigure: FigureEstimate] {
        let count = labels.count
        let weight: (Int) -> Double = { [weights] in weights?[$0] ?? 1 }
        let sizes = RowMean(
            count: count, of: { abs(labels[$0] - predictions[$0]) }, weight: weight)
        guard let sizes, let squares = RowMean(count: count, of: square, weight: weight),
            let label = RowMean(count: count, of: { labels[$0] }, weight: weight)
        else { return [:] }
        var figures: [ModelFigure: FigureEstimate] = [:]
        figures[.meanAbsoluteError] = sizes.estimate(.positive, level: level)
        let mean = squares.estimate(.positive, level: level)
        let root = mean.value.squareRoot()
        figures[.rootMeanSquaredError] = FigureEstimate(
            root, standardError: mean.standardError.map { $0 / (2 * root) },
            interval: mean.interval.map {
                Interval(lower: $0.lower.squareRoot(), upper: $0.upper.squareRoot())
            })
        let spread = RowMean(
            count: count,
            of: { (labels[$0] - label.value) * (labels[$0] - label.value) }, weight: weight)
        guard let spread, spread.value > 0, label.standardError != nil else { return figures }
        let unexplained = squares.value / spread.value
        let moved = RowMean(
            count: count,
            of: {
                let distance = labels[$0] - label.value
                return (square($0) - unexplained * distance * distance) / spread.value
            }, weight: weight)
        let error = moved?.standardError
        let interval = squares.quantile(level: level).flatMap {
            FigureScale.belowOne.interval(
                around: 1 - unexplained, standardError: error, quantile: $0)
        }
        figures[.rSquared] = FigureEstimate(
            1 - unexplained, standardError: error, interval: interval)
        return figures
    }

    private func square(_ row: Int) -> Double {
        (labels[row] - predictions[row]) * (labels[row] - predictions[row])
    }

    /// The figures alone where each cluster counts as often as it was drawn.
    func values(_ drawn: [UInt8], around middle: Double) -> [ModelFigure: Double] {
        guard let clusters else { preconditionFailure("rows without clusters are not drawn") }
        var (sum, sizes, squares, first, second) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for row in labels.indices {
            let weight = Double(drawn[Int(clusters[row])]) * (weights?[row] ?? 1)
            let (error, distance) = (labels[row] - predictions[row], labels[row] - middle)
            sum += weight
            sizes += weight * abs(error)
            squares += weight * error * error
            first += weight * distance
            second += weight * distance * distance
        }
        guard sum > 0 else { return [:] }
        var values: [ModelFigure: Double] = [
            .meanAbsoluteError: sizes / sum, .rootMeanSquaredError: (squares / sum).squareRoot(),
        ]
        let spread = second - first * first / sum
        // What rounding leaves of equal labels is no spread.
        if spread > 1e-12 * second { values[.rSquared] = 1 - squares / spread }
        return values
    }
}
