import Glibc

/// The mixture sequential probability ratio test of a difference of two normal means.
///
///     var test = MixtureRatioTest(variance: 0.5, mixingVariance: 0.0001)
///     test?.look(difference: 0.01, pairs: 20_000)
///     test?.pValue     // 0.4514…
///
/// Λ = √(V/(V + nτ²)) exp(n²τ²d²/(2V(V + nτ²))) for a mean difference d of n pairs, V the variance
/// of one pair's difference and τ² that of the effects that are thought of (R. Johari, P. Koomen,
/// L. Pekelis and D. Walsh, "Always valid inference: continuous monitoring of A/B tests", 2022). It
/// is ``NormalMixture`` of ρ = V/τ². V is taken as known; ``ConfidenceSequence`` estimates it.
///
/// An analysis needs the latter, and no command asks for this one: it stands for the reference
/// values of the method (msprt_normal), to which the mixture beneath both is held.
package struct MixtureRatioTest: Sendable, Equatable {
    /// The variance of the difference of one pair of units, one of each arm.
    package let variance: Double
    /// The variance of the effects in the mixture.
    package let mixingVariance: Double
    /// The logarithm of Λ at the last look, 0 before.
    package private(set) var logRatio = 0.0
    /// The smallest 1/Λ so far, 1 at most: valid at every time.
    package private(set) var pValue = 1.0

    /// A test that has seen nothing; `nil` where a variance is not above 0.
    package init?(variance: Double, mixingVariance: Double) {
        guard variance > 0, variance.isFinite, mixingVariance > 0, mixingVariance.isFinite,
            (variance / mixingVariance).isNormal
        else { return nil }
        self.variance = variance
        self.mixingVariance = mixingVariance
    }

    /// Looks at the mean difference of all pairs so far.
    ///
    /// Without a pair, or where the mean is no finite number, nothing is learnt.
    package mutating func look(difference: Double, pairs: Double) {
        guard pairs > 0, pairs.isFinite, difference.isFinite else { return }
        let mixture = NormalMixture(rho: variance / mixingVariance)
        let sum = difference * pairs / variance.squareRoot()
        logRatio = mixture.logRatio(squaredSum: sum * sum, variance: pairs)
        pValue = min(pValue, exp(-logRatio))
    }
}
