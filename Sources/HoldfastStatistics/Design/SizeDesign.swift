/// An experiment of one control and one or more treatments, as far as its size depends on it.
///
///     let design = SizePower(SizeDesign(.rate(0.1), shares: [0.05, 0.95]))
///     design.units(effect: 0.01, power: 0.8)                      // 157546.1…, both arms together
///     design.power(effect: 0.01, units: 157_546)                  // 0.7999…
///     design.detectableEffect(units: 157_546, power: 0.8)         // 0.0100…
///
/// Size, power and effect are each other's inverse. Each treatment is compared with control; power
/// is that of each comparison, and where arms differ in size that of the weakest.
package struct SizeDesign: Sendable, Equatable {
    /// What is measured on each unit.
    package enum Metric: Sendable, Equatable {
        /// A share of units, from the one it is without an effect.
        case rate(Double)
        /// A mean, with the standard deviation of units; the mean itself is only needed where an
        /// effect is told as a part of it.
        case mean(Double?, deviation: Double)
        /// A ratio of two sums, by its moments per unit.
        case ratio(RatioMoments)
    }

    /// How a difference is tested, the variant that figures depend on.
    package enum Variant: String, Sendable, CaseIterable {
        /// Means by Student's t with a common variance.
        case t
        /// Means and ratios by the normal distribution.
        case z
        /// Rates by the normal distribution: the variance under no effect is that of both arms
        /// together, without a correction for continuity (J. L. Fleiss, A. Tytun and H. K. Ury,
        /// 1980).
        case pooled
        /// Rates by the normal distribution: each arm has its own variance.
        case unpooled
        /// Rates by the normal distribution of their arcsines (J. Cohen's h, 1988).
        case arcsine
    }

    /// How the level is kept over several treatments.
    package enum Correction: String, Sendable, CaseIterable {
        /// Each comparison has the whole level.
        case none
        /// Each has the level divided by their number.
        case bonferroni
        /// Holm's steps; planned as the first of them, which is Bonferroni's.
        case holm
        /// The bound of the largest statistic, ``DunnettBound``.
        case dunnett
    }

    /// Units that are dealt together.
    package struct Clusters: Sendable, Equatable {
        /// The mean of the units of a cluster.
        package var meanSize: Double
        /// The standard deviation of their number over its mean.
        package var variation: Double
        /// The intraclass correlation of the metric.
        package var correlation: Double

        package init(meanSize: Double, variation: Double = 0, correlation: Double) {
            self.meanSize = meanSize
            self.variation = variation
            self.correlation = correlation
        }
    }

    /// What is measured.
    package var metric: Metric
    /// The arms' shares, control first.
    package var shares: [Double]
    /// How a difference is tested.
    package var variant: Variant
    /// The probability of a false finding.
    package var alpha: Double
    /// Whether an effect in either direction counts.
    package var isTwoSided: Bool
    /// How the level is kept over several treatments.
    package var correction: Correction
    /// How units are dealt together, if they are.
    package var clusters: Clusters?
    /// The correlation of the metric with a covariate from before the start, which takes its square
    /// off the variance (A. Deng, Y. Xu, R. Kohavi and T. Walker, "Improving the sensitivity of
    /// online controlled experiments by utilizing pre-experiment data", 2013).
    package var covariateCorrelation: Double
    /// By how much a treatment may be worse and still be called no worse; `nil` for a plain test.
    package var margin: Double?
    /// Whether the difference is looked at as often as one likes, by a confidence sequence.
    package var isSequential: Bool

    /// A design; without a variant, t for means, z for ratios and pooled for rates (unpooled with a
    /// margin).
    package init(
        _ metric: Metric, shares: [Double] = [0.5, 0.5], variant: Variant? = nil,
        alpha: Double = 0.05, isTwoSided: Bool = true, correction: Correction = .none,
        clusters: Clusters? = nil, covariateCorrelation: Double = 0, margin: Double? = nil,
        isSequential: Bool = false
    ) {
        self.metric = metric
        self.shares = shares
        self.variant =
            variant ?? Self.usualVariant(metric, margin: margin, isSequential: isSequential)
        self.alpha = alpha
        self.isTwoSided = isTwoSided
        self.correction = correction
        self.clusters = clusters
        self.covariateCorrelation = covariateCorrelation
        self.margin = margin
        self.isSequential = isSequential
    }

    private static func usualVariant(
        _ metric: Metric, margin: Double?, isSequential: Bool
    ) -> Variant {
        variants(metric, margin: margin, isSequential: isSequential).first ?? .z
    }

    /// The variants that a design can have, the usual one first.
    static func variants(
        _ metric: Metric, margin: Double?, isSequential: Bool
    ) -> [Variant] {
        switch metric {
        case .rate:
            margin == nil && !isSequential ? [.pooled, .unpooled, .arcsine] : [.unpooled]
        case .mean: isSequential ? [.z] : [.t, .z]
        case .ratio: [.z]
        }
    }

    /// What the metric is without an effect; `nil` for a mean that was not given.
    package var baseline: Double? {
        switch metric {
        case .rate(let rate): rate
        case .mean(let mean, _): mean
        case .ratio(let moments): moments.ratio
        }
    }

    /// The standard deviation of one unit, without clusters and covariate.
    package var deviation: Double {
        switch metric {
        case .rate(let rate): (rate * (1 - rate)).squareRoot()
        case .mean(_, let deviation): deviation
        case .ratio(let moments): moments.variance.squareRoot()
        }
    }

    /// The treatments.
    package var treatments: Int { shares.count - 1 }

    /// By how much clusters raise the variance; 1 without them.
    package var designEffect: Double {
        guard let clusters else { return 1 }
        return IntraclassCorrelation.designEffect(
            meanSize: clusters.meanSize, variation: clusters.variation,
            correlation: clusters.correlation)
    }

    /// What clusters and a covariate make of the variance together.
    package var varianceFactor: Double {
        designEffect * (1 - covariateCorrelation * covariateCorrelation)
    }

    /// The control share that needs the fewest units for k treatments of one size: √k : 1 each
    /// (C. W. Dunnett, 1955).
    package var bestControlShare: Double {
        let k = Double(treatments)
        return k.squareRoot() / (k.squareRoot() + k)
    }

    /// The same design with that share of control, the treatments sharing the rest evenly.
    package var withBestShares: SizeDesign {
        var design = self
        let rest = (1 - bestControlShare) / Double(treatments)
        design.shares = [bestControlShare] + Array(repeating: rest, count: treatments)
        return design
    }
}
