/// The weighted mean of a value of rows, with the error that its clusters leave.
///
///     let mean = ClusteredMean([1, 0, 0, 1, 1])
///     mean?.mean                          // 0.6
///     mean?.standardError                 // 0.2449…
///
/// The variance is linearised: C/(C − 1) · Σ over clusters of (Σ w (x − mean))² / (Σ w)², a row
/// being its own cluster where none are given (K.-Y. Liang and S. L. Zeger, "Longitudinal data
/// analysis using generalized linear models", 1986, for a mean alone). It assumes independent
/// clusters, many of them.
package struct ClusteredMean: Sendable, Equatable {
    /// The mean.
    package let mean: Double
    /// Its standard error; `nil` for fewer than two clusters.
    package let standardError: Double?
    /// The clusters, or the rows.
    package let clusters: Int

    /// The mean of some values; `nil` without a value, or where one is not finite.
    package init?(_ values: [Double], weights: [Double]? = nil, clusters: [Int32]? = nil) {
        guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        let mean = values.withUnsafeBufferPointer { values in
            guard let weights else { return Moments(values).mean }
            return weights.withUnsafeBufferPointer { Moments(values, masses: $0).mean }
        }
        let total = weights.map { $0.reduce(0, +) } ?? Double(values.count)
        let parts = values.indices.map { (weights?[$0] ?? 1) * (values[$0] - mean) / total }
        self.mean = mean
        (standardError, self.clusters) = Self.error(ofSumOf: parts, clusters: clusters)
    }

    /// The standard error of a sum of rows' contributions, which add up to about 0: the linear part
    /// of any statistic.
    static func error(ofSumOf parts: [Double], clusters: [Int32]?) -> (Double?, clusters: Int) {
        var sums = parts
        if let clusters {
            precondition(clusters.count == parts.count, "a cluster for each row")
            var byCluster: [Int32: Double] = [:]
            for (part, cluster) in zip(parts, clusters) { byCluster[cluster, default: 0] += part }
            // In order: a sum of doubles depends on it, and a dictionary has none.
            sums = byCluster.sorted { $0.key < $1.key }.map(\.value)
        }
        guard sums.count > 1 else { return (nil, sums.count) }
        let squares = sums.reduce(0) { $0 + $1 * $1 }
        return ((squares * Double(sums.count) / Double(sums.count - 1)).squareRoot(), sums.count)
    }

    /// Where a figure lies with such an error, by Student's t over the clusters.
    static func interval(
        _ value: Double, standardError: Double?, clusters: Int, level: Double
    ) -> Interval? {
        guard let standardError, clusters > 1 else { return nil }
        let t = StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: Double(clusters - 1))
        return Interval(lower: value - t * standardError, upper: value + t * standardError)
    }

    /// Where the mean lies; `nil` without a standard error.
    package func interval(level: Double = 0.95) -> Interval? {
        Self.interval(mean, standardError: standardError, clusters: clusters, level: level)
    }

    /// Where a share lies, of which the values are 0 or 1: E. B. Wilson's interval for the rows
    /// that would tell as much if they were independent and of equal weight.
    ///
    /// That is p(1 − p) over the squared error, and never more than the rows or than Kish's count
    /// of weighted ones. Where all are alike the clusters are the only rows to be relied on.
    package static func shareInterval(
        _ isIn: [Bool], weights: [Double]? = nil, clusters: [Int32]? = nil, level: Double = 0.95
    ) -> Interval? {
        let values = isIn.map { $0 ? 1.0 : 0 }
        guard let share = ClusteredMean(values, weights: weights, clusters: clusters) else {
            return nil
        }
        var size = Double(isIn.count)
        if let weights {
            let sum = weights.reduce(0, +)
            size = sum * sum / weights.reduce(0) { $0 + $1 * $1 }
        }
        if clusters != nil {
            let spread = share.mean * (1 - share.mean)
            guard let error = share.standardError, error > 0, spread > 0 else {
                size = min(size, Double(share.clusters))
                return Proportions.wilson(
                    successes: share.mean >= 1 ? size : share.mean * size, of: size, level: level)
            }
            size = min(size, spread / (error * error))
        }
        return Proportions.wilson(
            successes: min(size, share.mean * size), of: size, level: level)
    }
}
