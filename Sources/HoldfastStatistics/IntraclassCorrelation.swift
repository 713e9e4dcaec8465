/// How alike the rows of one cluster are, and what that costs.
///
///     var correlation = IntraclassCorrelation()
///     correlation.add(successes: 4, of: 5)       // a village where 4 of 5 took the insurance
///     correlation.add(successes: 1, of: 5)
///     correlation.add(successes: 2, of: 6)
///     correlation.value                // 0.1873…
///     correlation.designEffect         // 1.8198…: the 16 rows are worth 8.8
///
/// The estimate is that of the one-way analysis of variance, for clusters of unequal sizes:
/// ρ = (B − W)/(B + (n₀ − 1)W), where B and W are the mean squares between and within clusters and
/// n₀ = (N − Σn²/N)/(k − 1) (A. Donner, "A review of inference procedures for the intraclass
/// correlation coefficient in the one-way random effects model", 1986; for shares the same). Only
/// k, N, Σn² and four moments are kept, so that parts ``merge(_:)``; a cluster must not be divided
/// between them.
///
/// It assumes that clusters are alike in spread and that their sizes have nothing to do with their
/// means. Below some thirty clusters it is very uncertain. What lies between clusters by design,
/// such as arms dealt by cluster, is counted as likeness.
public struct IntraclassCorrelation: Sendable, Equatable {
    /// The means of the clusters, each of its size's weight: its squares are those between.
    private var between = WeightedNumberSummary()
    private var within = 0.0
    /// The clusters with at least one row.
    public var clusters: Int { between.weights.count }
    /// The rows of all clusters.
    public private(set) var rows = 0

    /// A summary of no cluster.
    public init() {}

    /// Adds a whole cluster, by its numbers; rows without a finite one are left out.
    public mutating func add(_ cluster: NumberSummary) {
        add(cluster.count, mean: cluster.mean, variance: cluster.variance)
    }

    /// Adds a whole cluster, by how many of its rows are successes.
    public mutating func add(successes: Int, of count: Int) {
        precondition(successes >= 0 && successes <= count, "successes are part of the cluster")
        let mean = Double(successes) / Double(count)
        // In this order no rounding keeps a cluster of one kind from having the variance 0.
        let spread = Double(successes) * (Double(count - successes) / Double(count))
        add(count, mean: mean, variance: count > 1 ? spread / Double(count - 1) : nil)
    }

    /// Adds a whole cluster, by the count, mean and sample variance of its rows.
    mutating func add(_ count: Int, mean: Double?, variance: Double?) {
        guard count > 0 else { return }
        rows += count
        // A mean or a variance beyond a double leaves no figure, as is right.
        between.add(mean ?? .nan, weight: Double(count))
        within += count > 1 ? (variance ?? .nan) * Double(count - 1) : 0
    }

    /// Adds all that another summary has seen.
    public mutating func merge(_ other: IntraclassCorrelation) {
        between.merge(other.between)
        within += other.within
        rows += other.rows
    }

    /// n₀, the size that clusters of one size would have; `nil` for fewer than two clusters.
    public var typicalSize: Double? {
        guard clusters > 1, let squares = between.weights.sumOfSquares else { return nil }
        return (Double(rows) - squares / Double(rows)) / Double(clusters - 1)
    }

    /// The correlation ρ: 1 where rows differ between clusters only, 0 where clusters tell nothing,
    /// and down to −1/(n₀ − 1) where they are more mixed than chance would have them.
    ///
    /// `nil` where it is not defined: fewer than two clusters, none of two rows, or no variance.
    public var value: Double? {
        guard let size = typicalSize, rows > clusters, let squares = between.sumOfSquares,
            between.absent.rows == 0, within.isFinite
        else { return nil }
        let b = squares / Double(clusters - 1)
        let w = within / Double(rows - clusters)
        let whole = b + (size - 1) * w
        return whole > 0 ? (b - w) / whole : nil
    }

    /// By how much these clusters raise the variance of a mean: rows divided by it are the rows of
    /// a sample without clusters that tells as much. A negative correlation counts as 0, for it is
    /// mostly chance. 1 where each cluster is one row; `nil` where ``value`` is.
    public var designEffect: Double? {
        if rows > 0 && rows == clusters { return 1 }
        guard let value, let squares = between.weights.sumOfSquares else { return nil }
        return 1 + (squares / Double(rows) - 1) * max(0, value)
    }

    /// 1 + ((1 + cv²)m − 1)ρ, of clusters of mean size m whose sizes have the coefficient of
    /// variation cv (S. M. Eldridge, D. Ashby and S. Kerry, "Sample size for cluster randomized
    /// trials: effect of coefficient of variation of cluster size and analysis method", 2006); for
    /// equal sizes L. Kish's of 1965. ``designEffect`` is this with cv = (Σn²k/N² − 1)^½.
    ///
    ///     IntraclassCorrelation.designEffect(meanSize: 20, variation: 0, correlation: 0.05)
    ///     // 1.95
    public static func designEffect(
        meanSize: Double, variation: Double, correlation: Double
    ) -> Double {
        1 + ((1 + variation * variation) * meanSize - 1) * correlation
    }
}
