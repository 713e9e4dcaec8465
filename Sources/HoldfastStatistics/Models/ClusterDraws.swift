import Glibc

/// How often each cluster of rows is drawn in each replicate of a bootstrap.
///
///     let draws = ClusterDraws(clusters: 1_000, replicates: 200, seed: 1)
///     draws.replicate(0)   // 0, 1, 2 … for each cluster, Poisson's with mean 1
///
/// Rows of a cluster are drawn together, so that they may depend on each other as they will (A. C.
/// Davison and D. V. Hinkley, "Bootstrap methods and their application", 1997, 3.8). The counts are
/// Poisson's in place of a multinomial's (N. Chamandy and others, "Estimating uncertainty for
/// massive data streams", 2012): a cluster's count hangs on the seed, the replicate and its code
/// alone, so that two tables, or two models, that share a cluster draw it alike.
package struct ClusterDraws: Sendable {
    /// One more than the largest code.
    package let clusters: Int
    package let replicates: Int
    package let seed: UInt64

    package init(clusters: Int, replicates: Int, seed: UInt64) {
        precondition(clusters >= 0 && replicates >= 0, "clusters and replicates are counted")
        self.clusters = clusters
        self.replicates = replicates
        self.seed = seed
    }

    /// The counts of one replicate.
    package func replicate(_ number: Int) -> [UInt8] {
        let stream = CounterStream(seed: seed, stream: UInt64(number))
        return [UInt8](unsafeUninitializedCapacity: clusters) { counts, filled in
            for cluster in 0..<clusters {
                counts[cluster] = Self.poisson(stream.uniform(UInt64(cluster)))
            }
            filled = clusters
        }
    }

    /// Poisson's distribution function with mean 1, from 0 on; beyond 18 is less than 2⁻⁵³.
    private static let upTo: [Double] = {
        var (sum, term, list) = (0.0, exp(-1.0), [Double]())
        for count in 1...18 {
            sum += term
            list.append(sum)
            term /= Double(count)
        }
        return list
    }()

    @inline(__always)
    private static func poisson(_ uniform: Double) -> UInt8 {
        // The two that are most frequent without a look at the table.
        if uniform < 0.36787944117144233 { return 0 }
        if uniform < 0.7357588823428847 { return 1 }
        var count = 2
        while count < upTo.count, uniform >= upTo[count] { count += 1 }
        return UInt8(count)
    }
}

/// Figures of rows in clusters: their standard errors are the spread of the replicates.
///
/// The interval is made of that on the figure's scale (``ModelFigure/scale``) with Student's
/// quantile for one degree of freedom fewer than there are clusters, and not of the replicates'
/// percentiles: of 200 replicates only five lie beyond an end, and with few clusters percentiles
/// reach too short, as the spread is itself known badly (T. C. Hesterberg, "What teachers should
/// know about the bootstrap", 2015). It needs clusters that are alike in size more or less. A
/// figure that is undefined in more than a tenth of the replicates has no interval, nor one that
/// does not vary, nor any of fewer than two clusters.
package struct ClusteredFigures: Sendable {
    /// The figures of each replicate, those that are defined.
    package var replicates: [[ModelFigure: Double]]
    /// The clusters that rows are of.
    package var clusters: Int

    package init(replicates: [[ModelFigure: Double]], clusters: Int) {
        self.replicates = replicates
        self.clusters = clusters
    }

    /// The standard error of a figure.
    package func standardError(_ figure: ModelFigure) -> Double? {
        Self.standardError(replicates.map { $0[figure] }, clusters: clusters)
    }

    /// The standard deviation of the values that are defined, at least nine of ten, times
    /// √(G/(G − 1)): G clusters that are drawn from lie that much closer together than those that
    /// might have come.
    package static func standardError(_ values: [Double?], clusters: Int) -> Double? {
        let defined = values.compactMap { $0 }.filter(\.isFinite)
        guard clusters > 1, defined.count > 1, 10 * defined.count >= 9 * values.count else {
            return nil
        }
        let inflation = Double(defined.count) * Double(clusters) / Double(clusters - 1)
        return RowMean(of: defined)?.standardError.map { $0 * inflation.squareRoot() }
    }

    /// Student's quantile of the clusters.
    package func quantile(level: Double) -> Double? { Self.quantile(clusters, level: level) }

    package static func quantile(_ clusters: Int, level: Double) -> Double? {
        clusters > 1
            ? StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: Double(clusters - 1)) : nil
    }

    /// A figure of that value with its interval; a wider one where `inflation` says so.
    package func estimate(
        _ figure: ModelFigure, _ value: Double, level: Double, inflation: Double = 1
    ) -> FigureEstimate {
        let error = standardError(figure).map { $0 * inflation }
        let interval = quantile(level: level).flatMap {
            figure.scale.interval(around: value, standardError: error, quantile: $0)
        }
        return FigureEstimate(value, standardError: error, interval: interval)
            .possible(for: figure)
    }
}
