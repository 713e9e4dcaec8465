import Glibc

/// How far apart two samples are in one covariate, in standard deviations.
///
///     var (one, two) = (WeightedNumberSummary(), WeightedNumberSummary())
///     for age in [30.0, 40, 50] { one.add(age) }
///     for age in [35.0, 45, 58] { two.add(age) }
///     let difference = StandardisedDifference(reference: one, candidate: two)
///     difference?.effect            // 0.5558…: half a standard deviation older
///     difference?.pValue            // 0.5041…: which six rows cannot tell from chance
///
/// (candidate's mean − reference's) / √((v₁ + v₂)/2), v the two variances (P. C. Austin, "Balance
/// diagnostics for comparing the distribution of baseline covariates between treatment groups in
/// propensity-score matched samples", 2009). It does not grow with the rows as a t-test does, so
/// that one limit, customarily 0.1, serves all sizes. It sees means only: two samples of equal mean
/// and unlike spread give 0, which is what ``varianceRatio`` is for, and unlike shapes pass both.
public struct StandardisedDifference: Sendable, Equatable {
    /// The difference in standard deviations, signed; the largest double, signed, where two
    /// constants differ: no number of rows makes those alike.
    public let effect: Double
    /// The standard error, √(1/n + 1/m + effect²/(2(n + m))), from L. V. Hedges and I. Olkin,
    /// "Statistical Methods for Meta-Analysis" (1985), with Kish's effective sample sizes as n and
    /// m. A large-sample one: rough below some twenty rows, and where a share is near 0 or 1.
    public let standardError: Double
    /// The candidate's variance over the reference's; customarily of no concern from ½ to 2. `nil`
    /// where the reference does not vary, and for shares, whose variance follows from their mean.
    public let varianceRatio: Double?

    /// The two-sided probability, by the normal distribution, of an effect at least as large in
    /// samples of this size where there is no difference.
    public var pValue: Double { Normal.twoSided(effect / standardError) }

    /// The difference of two samples of numbers, rows without a value left out.
    ///
    /// `nil` where it is not defined: fewer than two values in a sample, no variance in either
    /// around the same mean, or a refused weight.
    public init?(reference: WeightedNumberSummary, candidate: WeightedNumberSummary) {
        guard let one = reference.mean, let two = candidate.mean,
            let v = reference.variance, let w = candidate.variance,
            let n = reference.weights.effectiveSampleSize,
            let m = candidate.weights.effectiveSampleSize
        else { return nil }
        let ratio = v > 0 ? w / v : nil
        self.init(two - one, variances: (v, w), sizes: (n, m), ratio: ratio)
    }

    /// The difference of two shares, a share's variance being p(1 − p).
    ///
    /// `nil` where it is not defined: a share is, or both are 0 or both are 1.
    package init?(reference: WeightedShare?, candidate: WeightedShare?) {
        guard let reference, let candidate else { return nil }
        func variance(_ share: Double) -> Double { share * (1 - share) }
        self.init(
            candidate.share - reference.share,
            variances: (variance(reference.share), variance(candidate.share)),
            sizes: (reference.size, candidate.size), ratio: nil)
    }

    /// The difference of two samples of numbers whose moments were added up elsewhere: the means,
    /// the variances, and the rows that each sample is worth.
    ///
    /// `nil` where it is not defined: no variance around the same mean, or a figure that is none.
    package init?(
        means: (Double, Double), variances: (Double, Double), sizes: (Double, Double)
    ) {
        self.init(
            means.1 - means.0, variances: variances, sizes: sizes,
            ratio: variances.0 > 0 ? variances.1 / variances.0 : nil)
    }

    private init?(
        _ distance: Double, variances: (Double, Double), sizes: (Double, Double), ratio: Double?
    ) {
        let spread = (variances.0 / 2 + variances.1 / 2).squareRoot()
        guard distance.isFinite, spread.isFinite, distance != 0 || spread > 0 else { return nil }
        let limit = Double.greatestFiniteMagnitude
        effect = max(-limit, min(limit, distance / spread))
        let rest = (1 / sizes.0 + 1 / sizes.1).squareRoot()
        let own = effect / (2 * (sizes.0 + sizes.1)).squareRoot()
        // Not by squaring: the effect may be the largest double.
        standardError = hypot(rest, own)
        varianceRatio = ratio
    }
}
