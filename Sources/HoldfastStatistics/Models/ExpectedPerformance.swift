/// How well a model does on rows whose labels have not come, from what its scores mean as
/// probabilities: "confidence-based performance estimation".
///
///     let expected = ExpectedPerformance(scores: [0.9, 0.6, 0.2], threshold: 0.5)
///     expected?.confusion.truePositives    // 1.5
///     expected?.accuracy.value             // 0.7666…
///     expected?.auc?.value                 // 0.8167…
///
/// A row of probability p is a true positive with probability p where its score reaches the
/// threshold, and so on: sums of p and 1 − p are the expected counts, and the figures are those of
/// the counts. The area counts each row twice, as a yes of weight p and a no of weight 1 − p, ties
/// half (NannyML's method; compare C. Guillory and others in "Estimating model performance without
/// ground truth", NannyML documentation, 2023). The Brier score is of the score itself.
///
/// The standard error is of the figure that labels will show: by the delta method, from the rows'
/// influence u were the label a yes and v were it a no. Σ p u² + (1 − p) v² holds the chance of the
/// rows and the Bernoulli noise of their labels; a second part is that of the rows from which the
/// probabilities were learnt, block by block of the ``IsotonicRegression``.
///
/// An isotonic fit to few rows is a little too sure of itself: learnt from 2,500 rows of NannyML's
/// car-loan set, the area of the rows that followed was 0.007 too high, within its interval; learnt
/// from 50,000, 0.00005 on 25,000 rows.
///
/// It holds as far as scores mean what they meant: **it is blind to a change of concept**, and to
/// one of the inputs that the score does not see. `nil` without a row.
package struct ExpectedPerformance: Sendable, Equatable {
    /// The expected weights of rows by label and prediction.
    package struct Confusion: Sendable, Equatable {
        package var truePositives = 0.0
        package var falsePositives = 0.0
        package var falseNegatives = 0.0
        package var trueNegatives = 0.0
    }

    package let confusion: Confusion
    package let accuracy: EstimatedFigure
    /// `nil` where no score reaches the threshold.
    package let precision: EstimatedFigure?
    /// `nil` where no row is expected to be a yes.
    package let recall: EstimatedFigure?
    /// `nil` where neither is.
    package let f1: EstimatedFigure?
    /// The mean square of label less score; `nil` where a score is no probability.
    package let brier: EstimatedFigure?
    /// `nil` where one class is certain.
    package let auc: EstimatedFigure?

    /// Estimates from finite scores. Without a calibrator each is a probability, from 0 to 1.
    package init?(
        scores: [Double], calibrator: ProbabilityCalibrator? = nil, threshold: Double,
        weights: [Double]? = nil
    ) {
        guard !scores.isEmpty else { return nil }
        let rows = Rows(scores, calibrator, weights)
        var counts = Confusion()
        for (row, score) in scores.enumerated() {
            let (yes, no) = (rows.yes[row], rows.no[row])
            if score >= threshold {
                counts.truePositives += yes
                counts.falsePositives += no
            } else {
                counts.falseNegatives += yes
                counts.trueNegatives += no
            }
        }
        confusion = counts
        let says = scores.map { $0 >= threshold ? 1.0 : 0 }
        let all = rows.weights.reduce(0, +)
        let labelled = counts.truePositives + counts.falseNegatives
        let predicted = counts.truePositives + counts.falsePositives
        accuracy = rows.figure((counts.truePositives + counts.trueNegatives) / all) { value, row in
            ((says[row] - value) / all, (1 - says[row] - value) / all)
        }
        precision =
            predicted > 0
            ? rows.figure(counts.truePositives / predicted) { value, row in
                (says[row] * (1 - value) / predicted, -says[row] * value / predicted)
            } : nil
        recall =
            labelled > 0
            ? rows.figure(counts.truePositives / labelled) { value, row in
                ((says[row] - value) / labelled, 0)
            } : nil
        let both = labelled + predicted
        f1 =
            both > 0
            ? rows.figure(2 * counts.truePositives / both) { value, row in
                ((2 * says[row] - value * (says[row] + 1)) / both, -value * says[row] / both)
            } : nil
        brier = rows.brier(all)
        auc = rows.area()
    }
}

/// The rows of an estimate, by place.
private struct Rows {
    let scores: [Double]
    let weights: [Double]
    /// The probability of a yes.
    let probabilities: [Double]
    /// Weight times probability of a yes and of a no.
    let yes: [Double]
    let no: [Double]
    let regression: IsotonicRegression?

    init(_ scores: [Double], _ calibrator: ProbabilityCalibrator?, _ weights: [Double]?) {
        self.scores = scores
        regression = calibrator?.regression
        let all = weights ?? [Double](repeating: 1, count: scores.count)
        let probabilities = scores.map { min(1, max(0, calibrator?($0) ?? $0)) }
        self.weights = all
        self.probabilities = probabilities
        yes = zip(all, probabilities).map { $0 * $1 }
        no = zip(all, probabilities).map { $0 * (1 - $1) }
    }

    /// A figure with its error, by what a unit of a row's weight moves it by if the label is a yes
    /// or a no.
    func figure(_ value: Double, _ influence: (_ value: Double, _ row: Int) -> (Double, Double))
        -> EstimatedFigure
    {
        var variance = 0.0
        var slopes: [Double] = []
        for row in scores.indices {
            let (one, other) = influence(value, row)
            let (u, v) = (weights[row] * one, weights[row] * other)
            variance += probabilities[row] * u * u + (1 - probabilities[row]) * v * v
            if regression != nil { slopes.append(u - v) }
        }
        variance += regression?.variance(ofSum: slopes, at: scores) ?? 0
        return EstimatedFigure(value: value, standardError: variance.squareRoot())
    }

    func brier(_ all: Double) -> EstimatedFigure? {
        guard scores.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return nil }
        func square(_ value: Double) -> Double { value * value }
        var sum = 0.0
        for row in scores.indices {
            sum += yes[row] * square(1 - scores[row]) + no[row] * square(scores[row])
        }
        return figure(sum / all) { value, row in
            ((square(1 - scores[row]) - value) / all, (square(scores[row]) - value) / all)
        }
    }

    func area() -> EstimatedFigure? {
        let (yeses, noes) = (yes.reduce(0, +), no.reduce(0, +))
        guard yeses > 0, noes > 0 else { return nil }
        let order = NumberOrder.ascending(scores)
        // The share of the other class's weight that a yes lies above, or that lies above a no.
        var above = [(yes: Double, no: Double)](repeating: (0, 0), count: scores.count)
        var (noBelow, yesBelow, sum) = (0.0, 0.0, 0.0)
        var start = 0
        while start < order.count {
            var end = start
            var (tiedYes, tiedNo) = (0.0, 0.0)
            while end < order.count, scores[Int(order[end])] == scores[Int(order[start])] {
                tiedYes += yes[Int(order[end])]
                tiedNo += no[Int(order[end])]
                end += 1
            }
            let places = (
                yes: (noBelow + tiedNo / 2) / noes,
                no: (yeses - yesBelow - tiedYes / 2) / yeses
            )
            for place in order[start..<end] { above[Int(place)] = places }
            sum += tiedYes * places.yes
            noBelow += tiedNo
            yesBelow += tiedYes
            start = end
        }
        return figure(min(1, sum / yeses)) { value, row in
            ((above[row].yes - value) / yeses, (above[row].no - value) / noes)
        }
    }
}
