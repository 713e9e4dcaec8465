import Glibc

/// Predictions in ten bins of one width.
///
///     PredictionHistogram([0.05, 0.06, 0.95])?.counts   // [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]
///
/// From 0 to 1 where all predictions lie there, and otherwise from the least to the largest (half
/// below and above it where all are one number), as numpy.histogram does it: the last bin holds
/// its upper edge.
package struct PredictionHistogram: Sendable, Equatable {
    /// The eleven edges.
    package let edges: [Double]
    /// The rows of each bin, by weight.
    package private(set) var counts: [Double]

    /// The bins that predictions fall into.
    package static let binCount = 10

    /// The bins of finite predictions; `nil` without any.
    package init?(_ predictions: [Double], weights: [Double]? = nil) {
        guard let least = predictions.min(), let most = predictions.max() else { return nil }
        precondition(least.isFinite && most.isFinite, "predictions are finite")
        if least >= 0 && most <= 1 {
            self.init(predictions, weights: weights, from: 0, to: 1)
        } else if least < most {
            self.init(predictions, weights: weights, from: least, to: most)
        } else {
            self.init(predictions, weights: weights, from: least - 0.5, to: least + 0.5)
        }
    }

    /// The bins between two numbers; what lies outside is in none.
    package init(
        _ predictions: [Double], weights: [Double]? = nil, from lower: Double, to upper: Double
    ) {
        let bins = Self.binCount
        // Halves, as the distance of two finite numbers need not be one.
        let step = (upper / 2 - lower / 2) / Double(bins) * 2
        edges = (0..<bins).map { lower + Double($0) * step } + [upper]
        counts = [Double](repeating: 0, count: bins)
        let scale = step > 0 ? 1 / step : 0
        for (row, value) in predictions.enumerated() where value >= lower && value <= upper {
            var bin = min(bins - 1, max(0, Int((value - lower) * scale)))
            if value < edges[bin] { bin -= 1 }
            if bin < bins - 1, value >= edges[bin + 1] { bin += 1 }
            counts[max(0, bin)] += weights?[row] ?? 1
        }
    }
}

/// How evenly rows are spread over bins or classes: C. E. Shannon's entropy ("A mathematical theory
/// of communication", 1948), in nats and as a part of the most that is possible.
///
///     let entropy = ShareEntropy([9, 1], size: 10)
///     entropy?.nats            // 0.3250…
///     entropy?.normalised      // 0.4689…
///
/// 0 where all rows are in one, 1 (normalised) where all have as many.
package struct ShareEntropy: Sendable, Equatable {
    /// −Σ p ln p.
    package let nats: Double
    /// Over the logarithm of the number of bins or classes.
    package let normalised: Double
    private let shares: [Double]
    private let size: Double

    /// The entropy of counts or weights that are worth `size` rows; `nil` where there are fewer
    /// than two bins, or no row.
    package init?(_ counts: [Double], size: Double) {
        let total = counts.reduce(0, +)
        guard counts.count > 1, total > 0, size > 0 else { return nil }
        shares = counts.map { $0 / total }
        nats = max(0, shares.reduce(0.0) { $0 - ($1 > 0 ? $1 * log($1) : 0) })
        normalised = nats / log(Double(counts.count))
        self.size = size
    }

    /// Where the normalised entropy lies.
    ///
    /// By its variance (Σ p ln² p − H²)/n (G. P. Basharin, "On a statistical estimate for the
    /// entropy of a sequence of independent random variables", 1959), widened to what it would be if the
    /// share outside the fullest bin were either end of its Wilson interval and spread over the
    /// others as it is: of twenty rows that are all in one bin, one in six might lie outside.
    package func interval(level: Double) -> Interval {
        let z = Normal.exceeded(by: (1 - level) / 2)
        let squares = shares.reduce(0.0) { $0 + ($1 > 0 ? $1 * log($1) * log($1) : 0) }
        let half = z * (max(0, squares - nats * nats) / size).squareRoot()
        var (lower, upper) = (nats - half, nats + half)
        let outside = 1 - (shares.max() ?? 1)
        if let wilson = Proportions.wilson(
            successes: min(size, max(0, outside * size)), of: size, level: level)
        {
            // H = h(q) + q · rest, q the share outside.
            let rest = outside > 0 ? max(0, nats - Self.binary(outside)) / outside : 0
            let peak = 1 / (1 + exp(-rest))
            var ends = [wilson.lower, wilson.upper]
            if wilson.lower < peak && peak < wilson.upper { ends.append(peak) }
            for share in ends {
                let value = Self.binary(share) + share * rest
                lower = min(lower, value)
                upper = max(upper, value)
            }
        }
        let most = log(Double(shares.count))
        return Interval(lower: max(0, lower / most), upper: min(1, upper / most))
    }

    private static func binary(_ share: Double) -> Double {
        share <= 0 || share >= 1 ? 0 : -share * log(share) - (1 - share) * log1p(-share)
    }
}
