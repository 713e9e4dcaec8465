/// Whether two means are alike where the variances need not be.
///
/// t = (reference's mean − candidate's) / √(v/n + w/m), and Student's distribution with the
/// degrees of freedom of F. E. Satterthwaite (1946): B. L. Welch, "The generalization of 'Student's'
/// problem when several different population variances are involved" (1947). It assumes means that
/// are nearly normal, which heavy tails take many rows to become. With weights, effective counts
/// stand in for the rows: an approximation.
public struct WelchTest: Sendable, Equatable {
    /// The statistic t, positive where the reference's mean is the larger, as in SciPy.
    public let t: Double
    /// The degrees of freedom, seldom whole.
    public let degreesOfFreedom: Double
    /// The two-sided probability of a t at least as far from 0 where the means are alike.
    public let pValue: Double

    /// The test, `nil` where it is not defined: fewer than two rows in a sample, a variance beyond
    /// a double, or no variance in either.
    public init?(reference: OrderedSample, candidate: OrderedSample) {
        guard let difference = reference.meanLess(candidate), let v = reference.variance,
            let w = candidate.variance
        else { return nil }
        let (n, m) = (reference.effectiveCount, candidate.effectiveCount)
        let (first, second) = (v / n, w / m)
        let spread = (first + second).squareRoot()
        guard spread > 0, spread.isFinite, n > 1, m > 1 else { return nil }
        t = difference / spread
        // Shares and not squares, which may be beyond a double.
        let (p, q) = (first / (first + second), second / (first + second))
        degreesOfFreedom = 1 / (p * p / (n - 1) + q * q / (m - 1))
        pValue = StudentT.twoSided(t, degreesOfFreedom: degreesOfFreedom)
    }
}
