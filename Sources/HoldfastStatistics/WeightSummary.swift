import Glibc

/// What is known of the weights of a weighted sample: how many rows it is worth, whether one row
/// rules it, and whether the weights are those of the design.
///
///     var summary = WeightSummary()
///     for weight in [1.0, 1, 1, 20] { summary.add(weight) }
///     summary.effectiveSampleSize        // 1.3126550868486353, of 4 rows
///     summary.largestShare               // 0.8695652173913043
///     summary.mean(among: 23)            // 1.0
///
/// A weight is the inverse of a row's probability of being kept; its unit cancels out of every
/// figure but the mean's. One that is not finite or not above 0, such as that of a propensity of
/// 0, is counted in ``refused``, and from then on every figure is `nil`: clipping it would only
/// hide that some rows can never be seen. Two summaries of parts ``merge(_:)`` into that of the
/// whole.
public struct WeightSummary: Sendable, Equatable {
    /// The rows of an accepted weight.
    public private(set) var count = 0
    /// The rows whose weight was not finite or not above 0.
    public private(set) var refused = 0
    private var total = 0.0
    private var totalOfSquares = 0.0
    private var least = Double.infinity
    private var most = 0.0
    /// Σ m² w(w − 1) over draws of m rows: the design's variance of the sum.
    private var designVariance = 0.0

    /// A summary of nothing.
    public init() {}

    /// Adds rows of one weight that one draw has dealt together: `rows` is above 1 where a cluster
    /// was randomised. Answers whether the weight was accepted.
    @discardableResult
    public mutating func add(_ weight: Double, rows: Int = 1) -> Bool {
        precondition(rows > 0, "a draw deals at least one row")
        guard weight > 0, weight.isFinite else {
            refused += rows
            return false
        }
        let size = Double(rows)
        count += rows
        total += size * weight
        totalOfSquares += size * weight * weight
        designVariance += size * size * weight * (weight - 1)
        least = min(least, weight)
        most = max(most, weight)
        return true
    }

    /// Adds all that another summary has seen. A draw must not be divided between the two.
    public mutating func merge(_ other: WeightSummary) {
        count += other.count
        refused += other.refused
        total += other.total
        totalOfSquares += other.totalOfSquares
        designVariance += other.designVariance
        least = min(least, other.least)
        most = max(most, other.most)
    }

    /// All rows seen, of whatever weight.
    public var rows: Int { count + refused }

    /// The sum of the weights: an estimate of the number of rows that the kept ones stand for.
    public var sum: Double? { figure(total) }

    /// The sum of the weights' squares.
    public var sumOfSquares: Double? { figure(totalOfSquares) }

    /// The smallest weight.
    public var smallest: Double? { figure(least) }

    /// The largest weight.
    public var largest: Double? { figure(most) }

    /// The largest weight's part of the sum. Near 1, the sample is one row.
    public var largestShare: Double? { figure(most / total) }

    /// (Σw)² / Σw²: how many rows of equal weight would estimate a mean as precisely (L. Kish,
    /// "Survey Sampling", 1965).
    ///
    /// It assumes that the weights have nothing to do with the outcome and that rows are
    /// independent. Where the rare, heavy rows are also the variable ones, the sample is worth
    /// less; where rows come in clusters, divide by ``IntraclassCorrelation/designEffect`` too. It
    /// cannot see the rows that were never drawn: a set that lacks all rows of propensity .0001
    /// looks better than one that has a few.
    public var effectiveSampleSize: Double? { figure(total * total / totalOfSquares) }

    /// A figure, or `nil` where there is no row, one was refused, or it is beyond a double.
    private func figure(_ value: Double) -> Double? {
        count > 0 && refused == 0 && value.isFinite && value > 0 ? value : nil
    }
}

extension WeightSummary {
    /// The mean weight against 1.
    public struct MeanTest: Sendable, Equatable {
        /// Σw / n.
        public var mean: Double
        /// The standard error of the mean by the design, known or estimated.
        public var standardError: Double
        /// (mean − 1) / standard error.
        public var z: Double
        /// The two-sided probability of a mean as far from 1 where the propensities are true.
        public var pValue: Double
    }

    /// Σw / n, where these rows are a weighted sample of n randomised ones: 1 on average where the
    /// weights are the inverse of the true probabilities (D. G. Horvitz and D. J. Thompson, "A
    /// generalization of sampling without replacement from a finite universe", 1952).
    public func mean(among rows: Int) -> Double? {
        precondition(rows >= count, "the weighted rows are part of the design's")
        return rows > 0 ? sum.map { $0 / Double(rows) } : nil
    }

    /// Whether the mean weight over `rows` randomised ones is 1: a z-test by the design.
    ///
    ///     var kept = WeightSummary()
    ///     for _ in 0..<40 { kept.add(20) }        // 1 of 20 was to be held out of 1,000 rows
    ///     kept.meanTest(among: 1_000)?.mean       // 0.8
    ///     kept.meanTest(among: 1_000)?.pValue     // 0.1047…
    ///     kept.meanTest(among: 1_000, variance: 1_000 * 0.95 / 0.05)?.pValue     // 0.1467…
    ///
    /// Rows kept independently with probability p = 1/w (Poisson sampling) give Σw the variance
    /// Σ (1 − p)/p over all n rows; give it as `variance` where each row's p is known. Else
    /// Σ (1 − p)/p² over the kept rows stands in for it, on average the same, rows dealt together
    /// by one draw counting as one of that many times the weight. A weight of 1 is a row kept for
    /// certain and adds nothing. Where all are, the sum is n or the design was not followed: the
    /// p-value is then 1, or 0 with the largest double as z.
    ///
    /// The estimate is too small just when too few heavy rows came, and the test then rejects too
    /// often, on the low side: of 100 true designs it rejects 5 at .05 where 1,000 rows are kept
    /// with probability .05, but 32 where 10,000 are with probabilities from .00005 to .95, evenly
    /// in their logarithms; with the variance known, 5 and 6. A set that lost heavy rows and gained
    /// light ones can pass. `nil` without a row, with a refused weight, or with one below 1, which
    /// is no inverse of a probability.
    public func meanTest(among rows: Int, variance: Double? = nil) -> MeanTest? {
        let variance = variance ?? max(0, designVariance)
        precondition(variance >= 0, "a variance is at least 0")
        guard let mean = mean(among: rows), least >= 1, variance.isFinite else { return nil }
        let distance = total - Double(rows)
        let spread = variance.squareRoot()
        let limit = Double.greatestFiniteMagnitude
        let z = distance == 0 ? 0 : max(-limit, min(limit, distance / spread))
        return MeanTest(
            mean: mean, standardError: spread / Double(rows), z: z, pValue: Normal.twoSided(z))
    }
}
