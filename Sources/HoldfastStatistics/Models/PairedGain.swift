import Glibc

/// How much better a model is than a rival on the same rows, with an interval.
///
/// The figures are pairs: what both get right or wrong together adds no chance to their difference.
/// It is conditional on both models as they are: other training rows would give others.
package struct PairedGain: Sendable, Equatable {
    /// The model's figure.
    package let model: Double
    /// The rival's.
    package let rival: Double
    /// The model's less the rival's, for errors the other way around: above 0 the model is better.
    package let gain: Double
    /// Where the gain lies.
    package let interval: Interval

    /// The gain in the area under the ROC curve: by the placements of each row under both scores
    /// (E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas under two or more
    /// correlated receiver operating characteristic curves: a nonparametric approach", 1988),
    /// summed by cluster where rows are clustered (N. A. Obuchowski, "Nonparametric analysis of clustered
    /// ROC curve data", 1997). Of few rows of a class, by Student's t of those.
    ///
    /// `nil` with fewer than two rows of a class.
    package static func area(
        model: [Double], rival: [Double], labels: [Bool], weights: [Double]? = nil,
        clusters: [Int32]? = nil, level: Double
    ) -> PairedGain? {
        guard
            let one = Placements(scores: model, isPositive: labels, weights: weights),
            let two = Placements(scores: rival, isPositive: labels, weights: weights)
        else { return nil }
        let gain = one.area - two.area
        var (ours, theirs) = (WeightSummary(), WeightSummary())
        for row in labels.indices {
            if labels[row] { ours.add(weights?[row] ?? 1) } else { theirs.add(weights?[row] ?? 1) }
        }
        guard ours.count > 1, theirs.count > 1, let positives = ours.sum,
            let negatives = theirs.sum, let positiveSize = ours.effectiveSampleSize,
            let negativeSize = theirs.effectiveSampleSize
        else { return nil }
        guard let clusters else {
            let found = Placements.difference(
                one, two, isPositive: labels, weights: weights, level: level)
            let size = min(positiveSize, negativeSize)
            return PairedGain(
                model: one.area, rival: two.area, gain: gain,
                interval: found.interval ?? interval(gain, 0, size, level, bound: 1))
        }
        let parts = labels.indices.map { row in
            let weight = weights?[row] ?? 1
            let mass = labels[row] ? positives : negatives
            return weight * (one.values[row] - two.values[row] - gain) / mass
        }
        let error = ClusteredMean.error(ofSumOf: parts, clusters: clusters).0 ?? 0
        return PairedGain(
            model: one.area, rival: two.area, gain: gain,
            interval: interval(gain, error, min(positiveSize, negativeSize), level, bound: 1))
    }

    /// The gain in the share of rows that are right: D. G. Bonett and R. M. Price, "Adjusted Wald
    /// confidence interval for a difference of binomial proportions based on paired data" (2012),
    /// which has a width where both are right alike. `nil` without a row.
    package static func accuracy(
        model: [Bool], rival: [Bool], weights: [Double]? = nil, clusters: [Int32]? = nil,
        level: Double
    ) -> PairedGain? {
        guard !model.isEmpty else { return nil }
        let gains = zip(model, rival).map { ($0 ? 1.0 : 0) - ($1 ? 1.0 : 0) }
        let sample = WeightedPairs(gains, weights, clusters)
        func share(_ right: [Bool]) -> Double {
            var sum = 0.0
            for row in right.indices where right[row] { sum += weights?[row] ?? 1 }
            return min(1, sum / sample.mass)
        }
        let (one, two) = (share(model), share(rival))
        let moved = gains.indices.reduce(0.0) {
            $0 + (gains[$1] != 0 ? weights?[$1] ?? 1 : 0)
        }
        // The shares of rows that one alone has right, as rows of equal weight.
        let (n, all) = (sample.size, moved / sample.mass)
        let better = ((all + sample.mean) / 2 * n + 1) / (n + 2)
        let worse = ((all - sample.mean) / 2 * n + 1) / (n + 2)
        let middle = better - worse
        let error = (max(0, better + worse - middle * middle) / (n + 2)).squareRoot()
        let half = Normal.exceeded(by: (1 - level) / 2) * error
        let gain = sample.mean
        return PairedGain(
            model: one, rival: two, gain: gain,
            interval: Interval(
                lower: max(-1, min(gain, middle - half)), upper: min(1, max(gain, middle + half))))
    }

    /// How much smaller the mean absolute error is, in parts of `scale`, which is taken as known.
    /// `nil` with fewer than two rows, or a scale of 0.
    package static func absoluteError(
        model: [Double], rival: [Double], labels: [Double], scale: Double,
        weights: [Double]? = nil, clusters: [Int32]? = nil, level: Double
    ) -> PairedGain? {
        guard labels.count > 1, scale > 0, scale.isFinite else { return nil }
        var (ours, theirs, mass) = (0.0, 0.0, 0.0)
        var gains = labels
        for row in labels.indices {
            let weight = weights?[row] ?? 1
            let (one, two) = (abs(labels[row] - model[row]), abs(labels[row] - rival[row]))
            ours += weight * one
            theirs += weight * two
            mass += weight
            gains[row] = (two - one) / scale
        }
        let sample = WeightedPairs(gains, weights, clusters)
        guard let error = sample.error else { return nil }
        return PairedGain(
            model: ours / mass, rival: theirs / mass, gain: sample.mean,
            interval: interval(sample.mean, error, sample.size, level, bound: .infinity))
    }

    private static func interval(
        _ gain: Double, _ error: Double, _ size: Double, _ level: Double, bound: Double
    ) -> Interval {
        // As far as no rows of `size` that differ allow for: Wilson's end for none of them.
        if error == 0, bound == 1 {
            let z = Normal.exceeded(by: (1 - level) / 2)
            let half = z * z / (size + z * z)
            return Interval(lower: max(-1, gain - half), upper: min(1, gain + half))
        }
        let half =
            error * StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: max(1, size - 1))
        return Interval(lower: max(-bound, gain - half), upper: min(bound, gain + half))
    }

    /// A weighted mean of paired differences, with its error.
    private struct WeightedPairs {
        let mass: Double
        let mean: Double
        let size: Double
        let error: Double?

        init(_ values: [Double], _ weights: [Double]?, _ clusters: [Int32]?) {
            let group = [Int32](repeating: 0, count: values.count)
            mass = weights?.reduce(0, +) ?? Double(values.count)
            let means = GroupMeans(
                groups: group, count: 1, values: values, weights: weights,
                clusters: clusters.map { ClusterRows($0) })
            mean = means.mean(0) ?? 0
            error = means.error(0)
            let even = means.size(0) ?? 1
            guard clusters != nil else {
                size = even
                return
            }
            // What clusters cost: the variance of independent rows over that of the clustered ones.
            let alone = GroupMeans(groups: group, count: 1, values: values, weights: weights)
            let (one, two) = (alone.error(0) ?? 0, error ?? 0)
            let rows = alone.size(0) ?? 1
            size = two > 0 ? max(1, min(rows, rows * (one / two) * (one / two))) : even
        }
    }
}
