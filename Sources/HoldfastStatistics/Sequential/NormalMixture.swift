import Glibc

/// How far a sum that has no drift goes, at all times at once: the bound of a normal mixture.
///
///     let mixture = NormalMixture(tightestAt: 100, alpha: 0.05)
///     mixture.bound(variance: 100, alpha: 0.05)            // 30.3520…: ±3 standard deviations
///     mixture.bound(variance: 500, alpha: 0.05)            // 70.5039…
///     NormalMixture(tightestAt: 100, alpha: 0.05, isOneSided: true)
///         .oneSidedBound(variance: 100, alpha: 0.05)       // 27.6607…
///
/// For a sum s of increments of mean 0 whose variances add up to v, √(ρ/(v + ρ)) exp(s²/(2(v + ρ)))
/// is 1 on average, the mean of exp(λs − λ²v/2) over a normal λ of variance 1/ρ, so that |s| ever
/// leaves √((v + ρ) ln((v + ρ)/(ρα²))) with a probability of α at most (H. Robbins, "Statistical
/// methods related to the law of the iterated logarithm", 1970; S. R. Howard, A. Ramdas, J.
/// McAuliffe and J. Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences",
/// 2021). One-sided the mixture is over λ ≥ 0 alone. Increments are normal or sub-Gaussian.
package struct NormalMixture: Sendable, Equatable {
    /// The variance, in the units of v, that the mixture weighs as much as what is seen: small is
    /// tight early, large is tight late.
    package let rho: Double

    /// A mixture of this ρ, above 0.
    package init(rho: Double) {
        precondition(rho > 0 && rho.isFinite, "a mixture needs a rho above 0")
        self.rho = rho
    }

    /// The mixture whose bound is about tightest at a variance, for a level: v/(−2 ln α +
    /// ln(1 − 2 ln α)), α doubled for a one-sided bound.
    package init(tightestAt variance: Double, alpha: Double, isOneSided: Bool = false) {
        precondition(variance > 0 && variance.isFinite, "a variance above 0")
        precondition(alpha > 0 && alpha < (isOneSided ? 0.5 : 1), "a level lies between 0 and 1")
        let level = -2 * log(isOneSided ? 2 * alpha : alpha)
        self.init(rho: variance / (level + log1p(level)))
    }

    /// The logarithm of the mixture at a sum, given as its square.
    package func logRatio(squaredSum: Double, variance: Double) -> Double {
        squaredSum / (2 * (variance + rho)) - log1p(variance / rho) / 2
    }

    /// How far from 0 the sum goes, on either side, for an α between 0 and 1.
    package func bound(variance: Double, alpha: Double) -> Double {
        precondition(alpha > 0 && alpha < 1, "a level lies between 0 and 1")
        return ((variance + rho) * (log1p(variance / rho) - 2 * log(alpha))).squareRoot()
    }

    /// How far above 0 the sum goes, for an α between 0 and 1.
    ///
    /// Where 2√(ρ/(v + ρ)) exp(z²/2) Φ(z) is 1/α, z = s/√(v + ρ): by bisection to the last bit. No
    /// command asks for it: it stands for the method's reference values
    /// (confseq_normal_mixture_bound), which have one side as well as two.
    package func oneSidedBound(variance: Double, alpha: Double) -> Double {
        precondition(alpha > 0 && alpha < 1, "a level lies between 0 and 1")
        let wanted = log1p(variance / rho) / 2 - log(alpha) - log(2)
        // At 0 the exponent is −ln 2, which is less; at the other end ln Φ is above −ln 2.
        var low = 0.0
        var high = (2 * (wanted + log(2))).squareRoot()
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { break }
            if Self.exponent(middle) < wanted { low = middle } else { high = middle }
        }
        return high * (variance + rho).squareRoot()
    }

    /// z²/2 + ln Φ(z), which rises, for z ≥ 0.
    private static func exponent(_ z: Double) -> Double {
        z * z / 2 + log1p(-Normal.upperTail(z))
    }
}
