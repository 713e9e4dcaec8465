import Glibc

/// The predictions of a model beside labels of yes and no.
///
///     let sample = BinarySample(
///         scores: [0.1, 0.4, 0.35, 0.8], isPositive: [false, false, true, true])
///     sample.estimates(level: 0.95)[.auc]?.value                // 0.75
///     sample.estimates(level: 0.95)[.averagePrecision]?.value   // 0.8333333333333333
///     sample.estimates(level: 0.95)[.brier]?.value              // 0.158125
///
/// Scores that are no probabilities have ranks alone: log loss, Brier score and calibration have no
/// value, and a yes is a score of the threshold or more all the same.
package struct BinarySample: Sendable {
    /// The rows by score.
    package let groups: ScoreGroups
    /// Whether every score is from 0 to 1.
    package let isProbability: Bool
    /// The first group that is a yes.
    package let yesFrom: Int
    /// The losses and the calibration.
    let parts: ProbabilityParts?

    /// A sample; scores are no NaN. Who asks for a share lets it decide the threshold. To fit the
    /// calibration takes a third of the time, and a comparison has no use for it.
    package init(
        scores: [Double], isPositive: [Bool], weights: [Double]? = nil, clusters: [Int32]? = nil,
        threshold: Double = 0.5, positiveShare: Double? = nil, areProbabilities: Bool = true,
        fitsCalibration: Bool = true
    ) {
        let groups = ScoreGroups(
            scores: scores, isPositive: isPositive, weights: weights, clusters: clusters)
        let (least, most) = (groups.scores.first ?? 0, groups.scores.last ?? 0)
        isProbability = areProbabilities && least >= 0 && most <= 1
        self.groups = groups
        yesFrom =
            positiveShare.map { groups.first(ofShare: $0) } ?? groups.first(atLeast: threshold)
        parts = isProbability ? ProbabilityParts(groups, fitsCalibration: fitsCalibration) : nil
    }

    /// The lowest score that is a yes; `nil` where none is.
    package var leastYes: Double? {
        yesFrom < groups.scores.count ? groups.scores[yesFrom] : nil
    }

    /// The table of labels and answers: 1 is yes.
    package var confusion: ConfusionTable {
        var table = ConfusionTable(classes: 2)
        for group in groups.scores.indices {
            let answer = group >= yesFrom ? 1 : 0
            table.add(
                label: 1, prediction: answer, weight: groups.positive[group],
                square: groups.positiveSquares[group])
            table.add(
                label: 0, prediction: answer, weight: groups.negative[group],
                square: groups.negativeSquares[group])
        }
        return table
    }

    /// Every figure that is defined, with intervals for independent rows.
    package func estimates(level: Double) -> [ModelFigure: FigureEstimate] {
        var figures: [ModelFigure: FigureEstimate] = [:]
        let area = AreaUnderCurve(groups)
        figures[.auc] = area.map {
            FigureEstimate(
                $0.area, standardError: $0.variance > 0 ? $0.variance.squareRoot() : nil,
                interval: $0.interval(level: level))
        }
        figures[.averagePrecision] = AveragePrecision(groups)?.estimate(level: level)
        for (figure, estimate) in confusion.binaryEstimates(level: level) {
            figures[figure] = estimate
        }
        if let parts {
            for (figure, estimate) in parts.estimates(groups, level: level) {
                figures[figure] = estimate
            }
        }
        return figures
    }

    /// The figures alone where the groups have other weights, as in a bootstrap's replicate. The
    /// threshold and the bins stay.
    func values(_ positive: [Double], _ negative: [Double]) -> [ModelFigure: Double] {
        var values: [ModelFigure: Double] = [:]
        values[.averagePrecision] = AveragePrecision.value(positive, negative)
        values[.auc] = Self.area(positive, negative)
        var table = ConfusionTable(classes: 2)
        for (isYes, range) in [(0, 0..<yesFrom), (1, yesFrom..<positive.count)] {
            let yes = positive[range].reduce(0, +)
            let no = negative[range].reduce(0, +)
            table.add(label: 1, prediction: isYes, weight: yes, square: yes)
            table.add(label: 0, prediction: isYes, weight: no, square: no)
        }
        for (figure, value) in table.binaryValues { values[figure] = value }
        if let parts {
            for (figure, value) in parts.values(groups, positive, negative) {
                values[figure] = value
            }
        }
        return values
    }

    /// The area alone.
    static func area(_ positive: [Double], _ negative: [Double]) -> Double? {
        var (below, sum, area) = (0.0, 0.0, 0.0)
        for group in positive.indices {
            area += positive[group] * (below + negative[group] / 2)
            below += negative[group]
            sum += positive[group]
        }
        return sum > 0 && below > 0 ? area / (sum * below) : nil
    }
}

extension ConfusionTable {
    /// The figures at a threshold of a table of no and yes.
    var binaryValues: [ModelFigure: Double] {
        var values: [ModelFigure: Double] = [:]
        values[.accuracy] = accuracy?.share
        values[.balancedAccuracy] = balancedAccuracy
        values[.precision] = precision(of: 1)?.share
        values[.recall] = recall(of: 1)?.share
        values[.f1] = f1(of: 1)
        return values
    }

    /// The same with Wilson's intervals: of the shares as they are; of F1 by the overlap that it is
    /// a function of; of the balanced accuracy by both recalls.
    func binaryEstimates(level: Double) -> [ModelFigure: FigureEstimate] {
        var figures: [ModelFigure: FigureEstimate] = [:]
        for (figure, share) in [
            (ModelFigure.accuracy, accuracy), (.precision, precision(of: 1)),
            (.recall, recall(of: 1)),
        ] {
            figures[figure] = share.map {
                FigureEstimate(
                    $0.share, standardError: $0.standardError, interval: $0.interval(level: level))
            }
        }
        figures[.f1] = overlap(of: 1).map { overlap in
            func f1(_ share: Double) -> Double { 2 * share / (1 + share) }
            // dF/dJ = 2/(1 + J)².
            let slope = 2 / ((1 + overlap.share) * (1 + overlap.share))
            return FigureEstimate(
                f1(overlap.share), standardError: overlap.standardError.map { slope * $0 },
                interval: overlap.interval(level: level).map {
                    Interval(lower: f1($0.lower), upper: f1($0.upper))
                })
        }
        figures[.balancedAccuracy] = balancedAccuracy.map { value in
            let recalls = (0..<classes).compactMap { recall(of: $0) }
            let variance = recalls.reduce(0) { $0 + $1.share * (1 - $1.share) / $1.size }
            let error = variance.squareRoot() / Double(recalls.count)
            return FigureEstimate(
                value, standardError: error > 0 ? error : nil,
                interval: balancedAccuracyInterval(level: level))
        }
        return figures
    }
}
