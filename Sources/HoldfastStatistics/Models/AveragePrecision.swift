import Glibc

/// The mean over the positives of the precision at the score of each: Σ (Rₙ − Rₙ₋₁) Pₙ over the
/// distinct scores from the highest, as scikit-learn's `average_precision_score`.
///
///     let groups = ScoreGroups(
///         scores: [0.1, 0.4, 0.35, 0.8], isPositive: [false, false, true, true])
///     AveragePrecision(groups)?.value           // 0.8333333333333333
///
/// The standard error is the infinitesimal jackknife's (L. A. Jaeckel, 1972): √Σ w²ψ² with ψ what
/// the figure moves by where a row gains weight. With A(s) and B(s) the weight of the positives and
/// of all rows of a score of s or more, P = A/B and W the weight of all positives,
///
///     ψ = (y (P(s) − AP) + Σ⁺ w (y/B − A/B²)) / W,   over the positives of a score of at most s.
///
/// The interval is one on the scale of log odds (K. Boyd, K. H. Eng and C. D. Page, "Area under the
/// precision–recall curve: point estimates and confidence intervals", 2013) with Student's quantile
/// for as many degrees of freedom as there are positives, less one. Of 600 samples each of normal
/// scores, with 15 to 2,500 positives in 200 to 5,000 rows, it covered 92 to 97 %. Where positives
/// are few and rare it lies too high rather than too low, as the figure does on average.
package struct AveragePrecision: Sendable, Equatable {
    /// From 0 to 1.
    package let value: Double
    /// `nil` for fewer than two positives, or where no row moves it.
    package let standardError: Double?
    private let positives: Double

    /// `nil` without a positive.
    package init?(_ groups: ScoreGroups) {
        let (positive, negative) = (groups.positive, groups.negative)
        guard let value = Self.value(positive, negative) else { return nil }
        self.value = value
        let sum = positive.reduce(0, +)
        let squares = groups.positiveSquares.reduce(0, +)
        positives = sum * sum / squares
        var (ours, all) = (sum, sum + negative.reduce(0, +))
        var (one, two, spread, allSquares) = (0.0, 0.0, 0.0, 0.0)
        let total = all
        for group in positive.indices {
            let precision = ours / all
            one += positive[group] / all
            two += positive[group] * precision / all
            let (yes, no) = ((precision - value + one - two) / sum, -two / sum)
            spread +=
                groups.positiveSquares[group] * yes * yes
                + groups.negativeSquares[group] * no * no
            allSquares += groups.positiveSquares[group] + groups.negativeSquares[group]
            ours = max(0, ours - positive[group])
            // No less than the positives among them, whatever rounding left.
            all = max(ours, all - positive[group] - negative[group])
            if all <= 0 { break }
        }
        let size = total * total / allSquares
        let variance = spread * size / (size - 1)
        standardError = groups.positiveRows > 1 && variance > 0 ? variance.squareRoot() : nil
    }

    /// The figure alone.
    static func value(_ positive: [Double], _ negative: [Double]) -> Double? {
        var (ours, all, sum) = (0.0, 0.0, 0.0)
        for group in positive.indices.reversed() {
            ours += positive[group]
            all += positive[group] + negative[group]
            if positive[group] > 0 { sum += positive[group] * ours / all }
        }
        return ours > 0 ? min(1, sum / ours) : nil
    }

    /// The figure with its interval.
    package func estimate(level: Double) -> FigureEstimate {
        guard let standardError, positives > 1 else {
            return FigureEstimate(value).orUnvaried(0...1, size: positives, level: level)
        }
        let quantile = StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: positives - 1)
        return FigureEstimate(
            value, standardError: standardError,
            interval: FigureScale.share.interval(
                around: value, standardError: standardError, quantile: quantile)
        ).orUnvaried(0...1, size: positives, level: level)
    }
}
