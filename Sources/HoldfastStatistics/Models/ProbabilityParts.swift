import Glibc

/// What probabilities have beside their ranks: losses and calibration.
struct ProbabilityParts: Sendable {
    /// −log p and −log(1 − p) by group, p kept ``CalibrationFit/clip`` away from 0 and 1.
    let lossOfYes: [Double]
    let lossOfNo: [Double]
    /// The bins of the calibration curve.
    let bins: CalibrationBins
    /// `nil` where labels are all alike, or it was not asked for.
    let fit: CalibrationFit?

    init(_ groups: ScoreGroups, fitsCalibration: Bool) {
        let (least, most) = (CalibrationFit.clip, 1 - CalibrationFit.clip)
        lossOfYes = groups.scores.map { -log(min(most, max(least, $0))) }
        lossOfNo = groups.scores.map { -log(min(most, max(least, 1 - $0))) }
        bins = CalibrationBins(groups)
        fit = fitsCalibration ? CalibrationFit(groups) : nil
    }

    /// The figures with intervals for independent rows.
    func estimates(_ groups: ScoreGroups, level: Double) -> [ModelFigure: FigureEstimate] {
        let losses = mean(groups, { lossOfYes[$0] }, { lossOfNo[$0] })
        let (yes, no) = (groups.scores.map { (1 - $0) * (1 - $0) }, groups.scores.map { $0 * $0 })
        let brier = mean(groups, { yes[$0] }, { no[$0] })
        var figures: [ModelFigure: FigureEstimate] = [:]
        for (figure, mean) in [(ModelFigure.logLoss, losses), (.brier, brier)] {
            figures[figure] = mean.map {
                $0.estimate(.positive, level: level)
                    .orUnvaried(figure.range, size: $0.size, level: level)
            }
        }
        figures[.calibrationError] = bins.estimate(level: level)
        let fitted = fit?.estimates(level: level)
        figures[.calibrationIntercept] = fitted?.intercept
        figures[.calibrationSlope] = fitted?.slope
        return figures
    }

    /// The mean of what a positive and a negative of each group have: the positives' places come
    /// before the negatives'.
    @inline(__always)
    private func mean(
        _ groups: ScoreGroups, _ yes: (Int) -> Double, _ no: (Int) -> Double
    ) -> RowMean? {
        let count = groups.scores.count
        return RowMean(
            count: 2 * count, of: { $0 < count ? yes($0) : no($0 - count) },
            weights: {
                $0 < count
                    ? (groups.positive[$0], groups.positiveSquares[$0])
                    : (groups.negative[$0 - count], groups.negativeSquares[$0 - count])
            })
    }

    /// The figures alone where the groups have other weights.
    func values(_ groups: ScoreGroups, _ positive: [Double], _ negative: [Double])
        -> [ModelFigure: Double]
    {
        var (sum, loss, square) = (0.0, 0.0, 0.0)
        for group in positive.indices {
            let (yes, no, score) = (positive[group], negative[group], groups.scores[group])
            sum += yes + no
            loss += yes * lossOfYes[group] + no * lossOfNo[group]
            square += yes * (1 - score) * (1 - score) + no * score * score
        }
        guard sum > 0 else { return [:] }
        var values: [ModelFigure: Double] = [.logLoss: loss / sum, .brier: square / sum]
        if let fit {
            let stepped = fit.stepped(positive, negative)
            values[.calibrationIntercept] = stepped.intercept
            values[.calibrationSlope] = stepped.slope
        }
        return values
    }
}
