/// The predictions of a model beside labels of any kind: what its figures are made of.
package enum ModelSample: Sendable {
    case binary(BinarySample)
    case classes(ClassSample)
    case numbers(NumberSample)

    /// Every figure that is defined, with intervals for independent rows.
    package func estimates(level: Double) -> [ModelFigure: FigureEstimate] {
        let figures =
            switch self {
            case .binary(let sample): sample.estimates(level: level)
            case .classes(let sample): sample.estimates(level: level)
            case .numbers(let sample): sample.estimates(level: level)
            }
        return Dictionary(
            uniqueKeysWithValues: figures.map { ($0.key, $0.value.possible(for: $0.key)) })
    }

    /// The figures of each replicate of a bootstrap of clusters: one pass over the rows in the
    /// order of their scores each. The calibration error is not among them: its interval is made of
    /// the gaps of its bins.
    package func replicates(_ draws: ClusterDraws) -> [[ModelFigure: Double]] {
        switch self {
        case .binary(let sample):
            var all: [[ModelFigure: Double]] = []
            sample.eachReplicate(draws) { all.append(sample.values($0, $1)) }
            return all
        case .classes(let sample): return sample.replicates(draws)
        case .numbers(let sample):
            let middle = RowMean(of: sample.labels, weights: sample.weights)?.value ?? 0
            return (0..<draws.replicates).map {
                sample.values(draws.replicate($0), around: middle)
            }
        }
    }

    /// The clusters that rows are of, if any.
    package var clusters: [Int32]? {
        switch self {
        case .binary(let sample): sample.groups.rows?.clusters
        case .classes(let sample): sample.clusters
        case .numbers(let sample): sample.clusters
        }
    }

    /// How many clusters rows are of, and one more than their largest code.
    package static func count(_ clusters: [Int32]) -> (distinct: Int, codes: Int) {
        var isSeen = [Bool](repeating: false, count: Int(clusters.max() ?? -1) + 1)
        for cluster in clusters { isSeen[Int(cluster)] = true }
        return (isSeen.count { $0 }, isSeen.count)
    }

    /// The rows, or the clusters of rows, of the rarest label; all of them where labels are
    /// numbers.
    package var fewestOfLabel: (rows: Int, clusters: Int?) {
        switch self {
        case .binary(let sample):
            let groups = sample.groups
            return (
                min(groups.positiveRows, groups.negativeRows),
                groups.rows.map { rows in
                    Self.fewest(rows.signed.map { $0 > 0 ? 1 : 0 }, rows.clusters).clusters
                }
            )
        case .classes(let sample):
            let fewest = Self.fewest(
                sample.labels, sample.clusters ?? sample.labels.indices.map { Int32($0) })
            return (fewest.rows, sample.clusters == nil ? nil : fewest.clusters)
        case .numbers(let sample):
            return (sample.labels.count, sample.clusters.map { Self.count($0).distinct })
        }
    }

    /// Among the labels that rows have.
    private static func fewest(_ labels: [Int32], _ clusters: [Int32]) -> (rows: Int, clusters: Int)
    {
        var seen: [Int32: (rows: Int, clusters: Set<Int32>)] = [:]
        for (label, cluster) in zip(labels, clusters) {
            seen[label, default: (0, [])].rows += 1
            seen[label, default: (0, [])].clusters.insert(cluster)
        }
        return (
            seen.values.map(\.rows).min() ?? 0, seen.values.map(\.clusters.count).min() ?? 0
        )
    }

    /// Every figure that is defined, with intervals by a bootstrap of clusters; where the
    /// replicates do not vary, by the clusters of the rarest label (``UnvariedRows``).
    package func clusteredEstimates(level: Double, replicates: Int, seed: UInt64)
        -> [ModelFigure: FigureEstimate]
    {
        guard let clusters else { preconditionFailure("rows without clusters are not drawn") }
        let count = Self.count(clusters)
        let draws = ClusterDraws(clusters: count.codes, replicates: replicates, seed: seed)
        var drawn = ClusteredFigures(replicates: [], clusters: count.distinct)
        var gaps: [[Double?]] = []
        if case .binary(let sample) = self {
            sample.eachReplicate(draws) { positive, negative in
                drawn.replicates.append(sample.values(positive, negative))
                if let bins = sample.parts?.bins {
                    gaps.append(bins.gaps(sample.groups, positive, negative))
                }
            }
        } else {
            drawn.replicates = self.replicates(draws)
        }
        var figures = estimates(level: level)
        let fewest = Double(fewestOfLabel.clusters ?? 0)
        for (figure, estimate) in figures {
            figures[figure] = drawn.estimate(figure, estimate.value, level: level)
                .orUnvaried(figure.range, size: fewest, level: level)
        }
        if case .binary(let sample) = self, let parts = sample.parts {
            figures[.calibrationError] = parts.bins.clusteredEstimate(
                gaps, clusters: count.distinct, level: level)
        }
        return figures
    }
}

extension BinarySample {
    /// Hands over the weights of the groups in each replicate.
    func eachReplicate(
        _ draws: ClusterDraws, _ take: (_ positive: [Double], _ negative: [Double]) -> Void
    ) {
        var (positive, negative) = (groups.positive, groups.negative)
        for number in 0..<draws.replicates {
            groups.reweight(draws.replicate(number), &positive, &negative)
            take(positive, negative)
        }
    }
}

extension CalibrationBins {
    /// The calibration error with an interval by the spread that each bin's gap has over a
    /// bootstrap of clusters; none where a bin is often left without rows.
    func clusteredEstimate(_ gaps: [[Double?]], clusters: Int, level: Double)
        -> FigureEstimate?
    {
        guard let error else { return nil }
        let total = bins.reduce(0) { $0 + $1.weight }
        var noises: [Double] = []
        // Student's quantile over the normal one, for few clusters.
        guard let quantile = ClusteredFigures.quantile(clusters, level: level) else {
            return FigureEstimate(error)
        }
        let stretch = quantile / Normal.exceeded(by: (1 - level) / 2)
        for (place, bin) in bins.enumerated() {
            let spread = ClusteredFigures.standardError(
                gaps.map { $0[place] }, clusters: clusters)
            // Of a bin that is often left empty, or has no variation where it should have,
            // nothing is known.
            guard let noise = spread ?? (bin.variance > 0 ? nil : 0) else {
                return FigureEstimate(error)
            }
            noises.append(
                stretch * bin.weight / total * max(noise, bin.variance.squareRoot()))
        }
        // Gaps of one cluster in several bins rise together: by their sum, not their squares'.
        return FigureEstimate(
            error,
            interval: Self.interval(error, noises: noises, areIndependent: false, level: level))
    }
}
