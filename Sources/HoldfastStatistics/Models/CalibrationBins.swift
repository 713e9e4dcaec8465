import Glibc

/// Rows in bins of their predicted probability, with what was promised and what came.
///
/// The bins hold equal shares of the weight as far as ties allow: rows of one prediction are never
/// parted, and go where the middle of their weight lies. Of predictions that do not tie these are
/// scikit-learn's `calibration_curve(strategy="quantile")`.
///
///     let groups = ScoreGroups(
///         scores: [0.1, 0.2, 0.7, 0.8], isPositive: [false, true, true, true])
///     let bins = CalibrationBins(groups, count: 2).bins
///     bins.map(\.predicted)          // [0.15, 0.75]
///     bins.map(\.observed)           // [0.5, 1.0]
///     CalibrationBins(groups, count: 2).error   // 0.3
///
/// The expected calibration error is Σ W/ΣW · |observed − predicted| over the bins (M. P. Naeini,
/// G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
/// 2015, with bins of equal mass as in J. Vaicenavicius and others, 2019). It sees no error that
/// changes sign within a bin.
package struct CalibrationBins: Sendable {
    /// One bin.
    package struct Bin: Sendable, Equatable {
        /// The weight of its rows.
        package var weight: Double
        /// The mean prediction.
        package var predicted: Double
        /// The share of the positives.
        package var observed: Double
        /// The number of rows that tell as much of that share.
        package var size: Double
        /// The variance of observed − predicted.
        package var variance: Double
        /// Where its groups end.
        var end: Int
    }

    /// The bins that have rows, by their predictions.
    package let bins: [Bin]

    package init(_ groups: ScoreGroups, count: Int = 10) {
        precondition(count > 0, "rows are in some bin")
        let total = zip(groups.positive, groups.negative).reduce(0) { $0 + $1.0 + $1.1 }
        var bins: [Bin] = []
        var (start, below) = (0, 0.0)
        while start < groups.scores.count {
            var end = start
            var place: Int?
            while end < groups.scores.count {
                let weight = groups.positive[end] + groups.negative[end]
                let here = Int(Double(count) * (below + weight / 2) / total)
                if let place, here != place { break }
                place = here
                below += weight
                end += 1
            }
            bins.append(Self.bin(groups, start..<end))
            start = end
        }
        self.bins = bins
    }

    private static func bin(_ groups: ScoreGroups, _ range: Range<Int>) -> Bin {
        var (yes, no, promised) = (0.0, 0.0, 0.0)
        var (yesSquares, noSquares) = (0.0, 0.0)
        for group in range {
            yes += groups.positive[group]
            no += groups.negative[group]
            promised += (groups.positive[group] + groups.negative[group]) * groups.scores[group]
            yesSquares += groups.positiveSquares[group]
            noSquares += groups.negativeSquares[group]
        }
        let weight = yes + no
        let gap = (yes - promised) / weight
        // As the rows vary, and as they were bound to if the model is right: a bin without a
        // positive varies in nothing, and yet says little.
        var (seen, expected) = (0.0, 0.0)
        for group in range {
            let (score, plus, minus) = (
                groups.scores[group], groups.positiveSquares[group],
                groups.negativeSquares[group]
            )
            seen +=
                plus * (1 - score - gap) * (1 - score - gap) + minus * (score + gap) * (score + gap)
            expected += (plus + minus) * score * (1 - score)
        }
        let squares = yesSquares + noSquares
        let size = weight * weight / squares
        if size > 1 { seen *= size / (size - 1) }
        let share = WeightedShare(yes: (yes, yesSquares), no: (no, noSquares))
        return Bin(
            weight: weight, predicted: promised / weight, observed: yes / weight,
            size: share?.size ?? size, variance: max(seen, expected) / (weight * weight),
            end: range.upperBound)
    }

    /// The expected calibration error; `nil` without rows.
    package var error: Double? {
        error(bins.map(\.weight), bins.map { $0.observed - $0.predicted })
    }

    private func error(_ weights: [Double], _ gaps: [Double]) -> Double? {
        let total = weights.reduce(0, +)
        guard total > 0 else { return nil }
        return zip(weights, gaps).reduce(0) { $0 + $1.0 / total * abs($1.1) }
    }

    /// The error with an interval that allows for its leaning upwards.
    ///
    /// Where a model is right the error of a sample is above 0 all the same, so that no interval
    /// around it holds. With gaps d of the bins, true ones δ and shares s, and d about normal: the
    /// error is at most Σ s|δ| + Σ s|d − δ|, which gives the lower end by the quantile of the
    /// second sum; and at least Σ s·sign(δ)·d, a normal number around the truth, which gives the
    /// upper one. Each end errs on the wide side.
    package func estimate(level: Double) -> FigureEstimate? {
        let total = bins.reduce(0) { $0 + $1.weight }
        guard let error else { return nil }
        let noises = bins.map { $0.weight / total * $0.variance.squareRoot() }
        guard noises.contains(where: { $0 > 0 }) else {
            // Promises of 0 and 1 that were all kept, or all broken.
            let size = bins.reduce(0) { $0 + $1.size }
            return FigureEstimate(error).orUnvaried(0...1, size: size, level: level)
        }
        return FigureEstimate(
            error, interval: Self.interval(error, noises: noises, level: level))
    }

    /// The interval by each bin's share times the standard error of its gap.
    ///
    /// Gaps that are not independent may all reach their quantile at once: their standard errors
    /// are then added as they are.
    static func interval(
        _ error: Double, noises: [Double], areIndependent: Bool = true, level: Double
    ) -> Interval {
        let z = Normal.exceeded(by: (1 - level) / 2)
        if !areIndependent {
            let sum = noises.reduce(0, +)
            // Of a half-normal number: both of its tails are one.
            let below = Normal.exceeded(by: (1 - level) / 4) * sum
            return Interval(lower: max(0, error - below), upper: min(1, error + z * sum))
        }
        // A half-normal number has mean √(2/π), variance 1 − 2/π and third central moment
        // √(2/π)(4/π − 1); the sum's quantile by E. A. Cornish and R. A. Fisher (1938).
        let half = (2 / Double.pi).squareRoot()
        let mean = half * noises.reduce(0, +)
        let squares = noises.reduce(0) { $0 + $1 * $1 }
        let cubes = noises.reduce(0) { $0 + $1 * $1 * $1 }
        let deviation = ((1 - 2 / Double.pi) * squares).squareRoot()
        guard deviation > 0 else { return Interval(lower: error, upper: error) }
        let skewness =
            half * (4 / Double.pi - 1) * cubes / (deviation * deviation * deviation)
        let leaning = mean + deviation * (z + (z * z - 1) * skewness / 6)
        return Interval(
            lower: max(0, error - leaning), upper: min(1, error + z * squares.squareRoot()))
    }

    /// The gaps of the bins where the groups have other weights; `nil` for a bin left without rows.
    func gaps(_ groups: ScoreGroups, _ positive: [Double], _ negative: [Double]) -> [Double?] {
        var start = 0
        return bins.map { bin in
            var (weight, gap) = (0.0, 0.0)
            for group in start..<bin.end {
                let all = positive[group] + negative[group]
                weight += all
                gap += positive[group] - all * groups.scores[group]
            }
            start = bin.end
            return weight > 0 ? gap / weight : nil
        }
    }
}
