import Glibc

/// How far the log odds that a model gives must be moved and stretched to fit the labels.
///
/// D. R. Cox, "Two further applications of a model for binary regression" (1958). The *intercept*
/// a makes σ(a + logit p) have the labels' mean ("calibration in the large"): 0 is right, below 0
/// the model promises too much. The *slope* b is that of σ(c + b · logit p): 1 is right, below 1
/// the predictions are too extreme, as of an overfitted model; above 1 too timid. Both by maximum
/// likelihood, with sandwich variances times k/(k − number of coefficients).
///
///     let groups = ScoreGroups(
///         scores: [0.1, 0.2, 0.3, 0.6, 0.7, 0.9],
///         isPositive: [false, false, true, false, true, true])
///     let fit = CalibrationFit(groups)
///     fit?.intercept.value   // 0.1992…
///     fit?.slope?.value      // 1.1232…
///
/// Predictions are kept ``clip`` away from 0 and 1, as the log loss does: one certain prediction
/// that is wrong can set the slope. It sees no curve. `nil` where all labels are alike; no slope
/// where all predictions are alike, or tell the labels wholly apart.
package struct CalibrationFit: Sendable {
    /// The rounding step of a double at 1, as scikit-learn's `log_loss` clips.
    package static let clip = 0x1p-52

    /// Calibration in the large, without its interval.
    package let intercept: FigureEstimate
    /// The slope, without its interval.
    package let slope: FigureEstimate?

    /// By group: the logit of the prediction, and what the two fits answer.
    let logits: [Double]
    private let moved: [Double]
    private let stretched: [Double]

    /// The rows of equal weight that tell as much.
    private let size: Double

    /// The fit of some probabilities.
    package init?(_ groups: ScoreGroups) {
        guard groups.positiveRows > 0, groups.negativeRows > 0 else { return nil }
        // Of promises of 0 and 1 alone the logits are what the clipping makes of them.
        guard groups.scores.contains(where: { $0 > Self.clip && $0 < 1 - Self.clip }) else {
            return nil
        }
        let probabilities = groups.scores.map { min(1 - Self.clip, max(Self.clip, $0)) }
        logits = probabilities.map { log($0 / (1 - $0)) }
        guard let shift = Self.shift(groups, probabilities) else { return nil }
        let factor = exp(shift)
        moved = probabilities.map { $0 * factor / ($0 * factor + (1 - $0)) }
        let size = Self.size(groups)
        self.size = size
        func estimate(_ value: Double, _ variance: Double, _ coefficients: Double)
            -> FigureEstimate
        {
            let isKnown = size > coefficients && variance > 0
            return FigureEstimate(
                value,
                standardError: isKnown
                    ? (variance * size / (size - coefficients)).squareRoot() : nil)
        }
        let one = Sums(groups, groups.positive, groups.negative, moved, logits)
        intercept = estimate(shift, one.squares.0 / (one.bends.0 * one.bends.0), 1)
        guard let (coefficients, answers) = Self.stretch(groups, logits) else {
            slope = nil
            stretched = []
            return
        }
        stretched = answers
        let two = Sums(groups, groups.positive, groups.negative, answers, logits)
        slope = estimate(coefficients[1], two.slopeVariance, 2)
    }

    /// Both with intervals: Wald's, with Student's quantile for the rows less the coefficients.
    func estimates(level: Double) -> (intercept: FigureEstimate, slope: FigureEstimate?) {
        func completed(_ estimate: FigureEstimate, _ coefficients: Double) -> FigureEstimate {
            guard size > coefficients else { return estimate }
            let quantile = StudentT.exceeded(
                by: (1 - level) / 2, degreesOfFreedom: size - coefficients)
            return FigureEstimate(
                estimate.value, standardError: estimate.standardError,
                interval: FigureScale.plain.interval(
                    around: estimate.value, standardError: estimate.standardError,
                    quantile: quantile))
        }
        return (completed(intercept, 1), slope.map { completed($0, 2) })
    }

    /// (Σ w)²/Σ w².
    private static func size(_ groups: ScoreGroups) -> Double {
        var (sum, squares) = (0.0, 0.0)
        for group in groups.scores.indices {
            sum += groups.positive[group] + groups.negative[group]
            squares += groups.positiveSquares[group] + groups.negativeSquares[group]
        }
        return sum * sum / squares
    }

    /// Newton's method for the one coefficient beside the offset. Σ w σ(a + logit p) grows with a,
    /// so that two ends can be kept around the solution; the odds times eᵃ save the exponentials.
    private static func shift(_ groups: ScoreGroups, _ probabilities: [Double]) -> Double? {
        let goal = groups.positive.reduce(0, +)
        var (low, high, current) = (-80.0, 80.0, 0.0)
        for _ in 0..<200 {
            let factor = exp(current)
            var (sum, bend) = (0.0, 0.0)
            for group in probabilities.indices {
                let weight = groups.positive[group] + groups.negative[group]
                let odds = probabilities[group] * factor
                let answer = odds / (odds + (1 - probabilities[group]))
                sum += weight * answer
                bend += weight * answer * (1 - answer)
            }
            if sum < goal { low = current } else { high = current }
            var next = current + (goal - sum) / bend
            if !(next > low && next < high) { next = (low + high) / 2 }
            if abs(next - current) <= 1e-12 * max(1, abs(current)) { return next }
            current = next
        }
        return nil
    }

    /// The two coefficients, and what they answer by group.
    private static func stretch(_ groups: ScoreGroups, _ logits: [Double])
        -> (coefficients: [Double], answers: [Double])?
    {
        let (positive, negative) = (groups.positive, groups.negative)
        let fit = logits.withUnsafeBufferPointer { logits in
            LogisticRegression.fit(featureCount: 1, ridge: 0, start: [0, 1]) { add in
                for group in logits.indices {
                    let weight = positive[group] + negative[group]
                    add(
                        UnsafeBufferPointer(rebasing: logits[group..<group + 1]),
                        positive[group] / weight, weight)
                }
            }
        }
        guard let coefficients = fit?.coefficients else { return nil }
        return (coefficients, logits.map { 1 / (1 + exp(-coefficients[0] - coefficients[1] * $0)) })
    }

    /// Both coefficients where the groups have other weights: one step of Newton's from here, which
    /// is as good as the whole way for a bootstrap (R. Davidson and J. G. MacKinnon, "Bootstrap
    /// testing in nonlinear models", 1999).
    func stepped(_ positive: [Double], _ negative: [Double])
        -> (intercept: Double, slope: Double?)
    {
        let one = Sums(nil, positive, negative, moved, logits)
        let shifted = intercept.value + one.slopes.0 / one.bends.0
        guard let slope else { return (shifted, nil) }
        let two = Sums(nil, positive, negative, stretched, logits)
        let step =
            (two.bends.0 * two.slopes.1 - two.bends.1 * two.slopes.0) / two.determinant
        return (shifted, slope.value + step)
    }

    /// The gradient, the Hessian and the sandwich's middle at some answers.
    private struct Sums {
        var slopes = (0.0, 0.0)
        var bends = (0.0, 0.0, 0.0)
        var squares = (0.0, 0.0, 0.0)

        init(
            _ groups: ScoreGroups?, _ positive: [Double], _ negative: [Double],
            _ answers: [Double], _ logits: [Double]
        ) {
            for group in answers.indices {
                let (x, q) = (logits[group], answers[group])
                let slope = positive[group] * (1 - q) - negative[group] * q
                slopes.0 += slope
                slopes.1 += slope * x
                let bend = (positive[group] + negative[group]) * q * (1 - q)
                bends.0 += bend
                bends.1 += bend * x
                bends.2 += bend * x * x
            }
            guard let groups else { return }
            for group in answers.indices {
                let (x, q) = (logits[group], answers[group])
                let square =
                    groups.positiveSquares[group] * (1 - q) * (1 - q)
                    + groups.negativeSquares[group] * q * q
                squares.0 += square
                squares.1 += square * x
                squares.2 += square * x * x
            }
        }

        var determinant: Double { bends.0 * bends.2 - bends.1 * bends.1 }

        /// The lower right of H⁻¹ S H⁻¹.
        var slopeVariance: Double {
            let (a, b) = (-bends.1 / determinant, bends.0 / determinant)
            return a * a * squares.0 + 2 * a * b * squares.1 + b * b * squares.2
        }
    }
}
