import Glibc

/// What it costs to look at any time: how many more units a confidence sequence needs than an
/// interval that is looked at once.
///
///     SequentialInflation.critical(alpha: 0.05)                  // 3.0352…, in place of 1.96
///     SequentialInflation.factor(alpha: 0.05, power: 0.8)        // 1.9149…
///
/// The sequence is the asymptotic one of a normal mixture (I. Waudby-Smith, D. Arbour, R. Sinha, E.
/// H. Kennedy and A. Ramdas, "Time-uniform central limit theory and asymptotic confidence
/// sequences", 2021), tuned to be narrow at its own planned end. What is planned for is that it
/// excludes 0 *at* that end: it can do so earlier, which is where the units come back.
package enum SequentialInflation {
    /// The variance ρ² of the mixture that is narrowest after `planned` rows.
    ///
    ///     SequentialInflation.mixture(planned: 1_000, alpha: 0.05)   // 0.0079361…
    package static func mixture(planned: Double, alpha: Double) -> Double {
        let l = -2 * log(alpha)
        return (l + log(l + 1)) / planned
    }

    /// How far the sequence reaches on either side of a mean of `count` rows of this variance.
    ///
    ///     SequentialInflation.halfWidth(count: 1_000, variance: 1, planned: 1_000, alpha: 0.05)
    ///     // 0.09598…
    ///
    /// `alpha`, between 0 and 1, is the probability that it ever misses the mean, on both sides
    /// together. A difference of two arms has the variance of ``count`` times its squared error.
    package static func halfWidth(
        count: Double, variance: Double, planned: Double, alpha: Double
    ) -> Double {
        precondition(count > 0 && variance >= 0 && planned > 0 && alpha > 0 && alpha < 1)
        let reach = errors(count * mixture(planned: planned, alpha: alpha), alpha)
        return (variance / count).squareRoot() * reach
    }

    /// √(2 (x + 1)/x · ln(√(x + 1)/α)) for x = tρ²: the half-width in standard errors.
    private static func errors(_ x: Double, _ alpha: Double) -> Double {
        (2 * (x + 1) / x * log((x + 1).squareRoot() / alpha)).squareRoot()
    }

    /// The half-width in standard errors at the planned end, whatever the rows are.
    package static func critical(alpha: Double) -> Double {
        precondition(alpha > 0 && alpha < 1)
        return errors(mixture(planned: 1, alpha: alpha), alpha)
    }

    /// The units that the sequence needs over those of a two-sided z-test at the same level and
    /// power, which lies above `alpha`.
    package static func factor(alpha: Double, power: Double) -> Double {
        func distance(_ critical: Double) -> Double {
            // Either side counts, as in the planned test.
            RisingRoot.find(power, from: 0, to: critical + 40) {
                Normal.upperTail(critical - $0) + Normal.upperTail(critical + $0)
            } ?? .infinity
        }
        let ratio =
            distance(critical(alpha: alpha)) / distance(Normal.exceeded(by: alpha / 2))
        return ratio * ratio
    }
}
