/// What is known of a column of numbers whose rows have weights: weighted moments, and no values.
///
///     var summary = WeightedNumberSummary()
///     for (value, weight) in [(0.0, 20.0), (1, 1), (1, 1), (0, 1)] {
///         summary.add(value, weight: weight)
///     }
///     summary.mean                        // 0.0869565217391304: the two of 23 rows
///     summary.mean(among: 23)             // the same here, since the weights add up to 23
///
/// Two summaries of parts ``merge(_:)`` into that of the whole. The moments are updated by
/// D. H. D. West, "Updating mean and variance estimates: an improved method" (1979), which is
/// Welford's method with weights, and merged by T. F. Chan, G. H. Golub and R. J. LeVeque,
/// "Updating formulae and a pairwise algorithm for computing sample variances" (1982). Without
/// weights, and where the values themselves are wanted: ``NumberSummary``.
public struct WeightedNumberSummary: Sendable, Equatable {
    /// The weights of the finite values. Where one was refused, every figure is `nil`.
    public private(set) var weights = WeightSummary()
    /// The weights of the rows without a finite value: missing, not a number, or infinite.
    public private(set) var absent = WeightSummary()
    private var weight = 0.0
    private var runningMean = 0.0
    private var squares = 0.0
    /// (Σw)² − Σw², added up from its terms: a difference would lose them beside a giant weight.
    private var products = 0.0

    /// A summary of nothing.
    public init() {}

    /// Adds a value. One that is not finite counts as absent.
    public mutating func add(_ value: Double, weight: Double = 1) {
        guard value.isFinite else { return addMissing(weight: weight) }
        guard weights.add(weight) else { return }
        products += 2 * weight * self.weight
        self.weight += weight
        let distance = value - runningMean
        runningMean += distance * (weight / self.weight)
        squares += weight * distance * (value - runningMean)
    }

    /// Adds a row without a value.
    public mutating func addMissing(weight: Double = 1) { absent.add(weight) }

    /// Adds all that another summary has seen.
    public mutating func merge(_ other: WeightedNumberSummary) {
        weights.merge(other.weights)
        absent.merge(other.absent)
        guard other.weight > 0 else { return }
        let total = weight + other.weight
        let distance = other.runningMean - runningMean
        products += other.products + 2 * weight * other.weight
        squares += other.squares + distance * distance * weight * (other.weight / total)
        runningMean += distance * (other.weight / total)
        weight = total
    }

    /// The share of the weight that lies on rows without a value, or `nil` without a row.
    package var absentShare: WeightedShare? {
        WeightedShare(of: absent, in: [weights])
    }

    /// Σwy / Σw, or `nil` without a value.
    ///
    /// With weights 1/propensity this is J. Hájek's estimate (comment on D. Basu, 1971), elsewhere
    /// called self-normalised (A. Swaminathan and T. Joachims, "The self-normalized estimator for
    /// counterfactual learning", 2015): slightly biased in small samples, never outside the range
    /// of the values, and steadier than ``mean(among:)``. One giant weight makes it that row's.
    public var mean: Double? {
        weights.sum == nil || !runningMean.isFinite ? nil : runningMean
    }

    /// Σwy / n, where these rows are a weighted sample of n randomised ones (D. G. Horvitz and
    /// D. J. Thompson, 1952): without bias where the propensities are true, but it takes in the
    /// chance by which Σw misses n, and can lie outside the range of the values.
    public func mean(among rows: Int) -> Double? {
        precondition(rows >= weights.count, "the weighted rows are part of the design's")
        guard rows > 0, let mean, let sum = weights.sum else { return nil }
        let whole = mean * (sum / Double(rows))
        return whole.isFinite ? whole : nil
    }

    /// Σw(x − mean)² · Σw / ((Σw)² − Σw²), which for equal weights is the sample variance, whatever
    /// the weights' unit (P. C. Austin and E. A. Stuart, "Moving towards best practice when using
    /// inverse probability of treatment weighting", 2015). `nil` for fewer than two values.
    public var variance: Double? {
        guard weights.count > 1, weights.sum != nil, products > 0, products.isFinite else {
            return nil
        }
        let variance = squares * (weight / products)
        return variance.isFinite ? variance : nil
    }

    /// Σw(x − mean)², or `nil` without a value.
    var sumOfSquares: Double? { weights.sum == nil || !squares.isFinite ? nil : squares }
}
