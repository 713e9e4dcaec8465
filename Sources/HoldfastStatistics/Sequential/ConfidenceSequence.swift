import Glibc

/// How wide an interval must be that may be looked at every day, and the p-value that belongs to
/// it.
///
///     ConfidenceSequence.halfWidth(
///         standardError: 0.02, rows: 10_000, tuningRows: 5_000, alpha: 0.05)   // 0.0612…
///     ConfidenceSequence.pValue(
///         estimate: 0.07, standardError: 0.02, rows: 10_000, tuningRows: 5_000)   // 0.0129…
///
/// The interval for one look is ±0.0392 there. I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy
/// and A. Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences" (2024,
/// equation 9): the intervals of *all* times hold the truth together, with a probability that comes
/// to 1 − α as the rows before the first look grow many: begin to look when the mean is about
/// normal. It is the bound of ``NormalMixture`` for a variance of 1 a row.
///
/// A row is whatever was randomised, so that the standard error shrinks with 1/√rows: of a
/// difference the rows of both arms together, of clusters the clusters. It is tightest about at
/// `tuningRows`, which must be fixed beforehand.
package enum ConfidenceSequence {
    /// Half of the interval's width, in the units of the estimate.
    ///
    /// - Parameters:
    ///   - standardError: of the estimate, as it is for one look at this many rows.
    ///   - rows: seen so far.
    ///   - tuningRows: at which the sequence is to be tightest, above 0.
    ///   - alpha: the probability that any of the intervals fails, between 0 and 1.
    /// - Returns: infinite where nothing is known: no row, or a standard error that is no number.
    package static func halfWidth(
        standardError: Double, rows: Double, tuningRows: Double, alpha: Double
    ) -> Double {
        let mixture = NormalMixture(tightestAt: tuningRows, alpha: alpha)
        guard rows > 0, rows.isFinite, standardError >= 0 else { return .infinity }
        return standardError * (mixture.bound(variance: rows, alpha: alpha) / rows.squareRoot())
    }

    /// The p-value against an effect of 0, which holds at every time at once; 1 at most.
    ///
    /// It is `alpha` where the interval of that level ends at 0. As in gbstats `alpha` decides the
    /// shape of the mixture only, by the level at which it is tightest at `tuningRows`. It may rise
    /// again; the smallest so far is a p-value too.
    ///
    /// - Returns: 1 where nothing is known: no row, or an estimate or error that is no number.
    package static func pValue(
        estimate: Double, standardError: Double, rows: Double, tuningRows: Double,
        alpha: Double = 0.05
    ) -> Double {
        let mixture = NormalMixture(tightestAt: tuningRows, alpha: alpha)
        guard rows > 0, rows.isFinite, standardError >= 0, standardError.isFinite,
            !estimate.isNaN, estimate != 0
        else { return 1 }
        let z = estimate / standardError
        return min(1, exp(-mixture.logRatio(squaredSum: z * z * rows, variance: rows)))
    }
}
