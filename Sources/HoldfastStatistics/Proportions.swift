/// Shares of two samples, such as the missing ones, and their difference.
public enum Proportions {
    /// E. B. Wilson's interval of a share ("Probable inference, the law of succession, and
    /// statistical inference", 1927), which keeps its level at small counts and at 0 and 1.
    ///
    ///     Proportions.wilson(successes: 0, of: 10, level: 0.95)?.upper   // 0.2775…
    ///
    /// `nil` for an empty sample.
    public static func wilson(successes: Int, of count: Int, level: Double = 0.95) -> Interval? {
        wilson(successes: Double(successes), of: Double(count), level: level)
    }

    /// The same of counts that need not be whole: a weighted share times the rows that the weighted
    /// sample is worth (``CategorySummary/effectiveCount``), as for complex samples in general
    /// (E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected
    /// number of positive counts estimated from survey data", 1998).
    package static func wilson(
        successes: Double, of count: Double, level: Double = 0.95
    ) -> Interval? {
        wilson(successes: successes, of: count, reach: Normal.exceeded(by: (1 - level) / 2))
    }

    /// The same, as wide as so many standard errors make it.
    static func wilson(successes: Double, of count: Double, reach z: Double) -> Interval? {
        precondition(successes >= 0 && successes <= count, "successes are part of the sample")
        guard count > 0 else { return nil }
        let n = count
        let share = successes / n
        let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half =
            z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return Interval(
            lower: successes == 0 ? 0 : max(0, middle - half),
            upper: successes == count ? 1 : min(1, middle + half))
    }

    /// R. G. Newcombe's interval of the candidate's share less the reference's, from the two
    /// Wilson intervals ("Interval estimation for the difference between independent
    /// proportions", 1998, method 10).
    ///
    ///     Proportions.difference(reference: (9, 10), candidate: (3, 10))
    ///     // -0.8090… ... -0.1705…
    ///
    /// `nil` where a sample is empty.
    public static func difference(
        reference: (successes: Int, count: Int), candidate: (successes: Int, count: Int),
        level: Double = 0.95
    ) -> Interval? {
        difference(
            reference: (Double(reference.successes), Double(reference.count)),
            candidate: (Double(candidate.successes), Double(candidate.count)), level: level)
    }

    /// The same of counts that need not be whole.
    package static func difference(
        reference: (successes: Double, count: Double),
        candidate: (successes: Double, count: Double), level: Double = 0.95
    ) -> Interval? {
        difference(
            reference: reference, candidate: candidate, reach: Normal.exceeded(by: (1 - level) / 2))
    }

    /// The same, from intervals as wide as so many standard errors make them.
    static func difference(
        reference: (successes: Double, count: Double),
        candidate: (successes: Double, count: Double), reach: Double
    ) -> Interval? {
        guard
            let one = wilson(successes: reference.successes, of: reference.count, reach: reach),
            let two = wilson(successes: candidate.successes, of: candidate.count, reach: reach)
        else { return nil }
        let both = difference(
            reference: (reference.successes / reference.count, one),
            candidate: (candidate.successes / candidate.count, two))
        return Interval(lower: max(-1, both.lower), upper: min(1, both.upper))
    }

    /// The interval of the candidate's figure less the reference's, from an interval of each: by
    /// their distances from the figures, which add up as squares (G. Y. Zou and A. Donner,
    /// "Construction of confidence limits about effect measures: a general approach", 2008). Of
    /// independent rows; each interval holds its figure.
    static func difference(
        reference: (value: Double, interval: Interval),
        candidate: (value: Double, interval: Interval)
    ) -> Interval {
        let (p, q) = (reference.value, candidate.value)
        let (one, two) = (reference.interval, candidate.interval)
        func length(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
        return Interval(
            lower: q - p - length(q - two.lower, one.upper - p),
            upper: q - p + length(two.upper - q, p - one.lower))
    }

    /// The interval of the candidate's figure over the reference's, from an interval of each, both
    /// of figures that are at least 0; the upper end is `nil` where it has none.
    ///
    ///     // 40 of 100 and 20 of 100 by Wilson: 0.5, from 0.3162… to 0.7843…
    ///
    /// A. Donner and G. Y. Zou, "Closed-form confidence intervals for functions of the normal mean
    /// and standard deviation" (2012): the ratio θ at which candidate − θ · reference may be 0 by
    /// ``difference(reference:candidate:)``. The inverse ratio has the inverse interval.
    static func ratio(
        reference: (value: Double, interval: Interval),
        candidate: (value: Double, interval: Interval)
    ) -> (lower: Double, upper: Double?) {
        let (p, q) = (reference.value, candidate.value)
        let (one, two) = (reference.interval, candidate.interval)
        // An upper end is the inverse of the inverse ratio's lower one.
        let lower = root(p, q, far: one.upper, near: two.lower)
        let upper = root(q, p, far: two.upper, near: one.lower)
        return (lower, upper > 0 ? 1 / upper : nil)
    }

    /// near (2q − near) / (pq + √((pq)² − far near (2p − far)(2q − near))): the lower end of q / p.
    private static func root(_ p: Double, _ q: Double, far: Double, near: Double) -> Double {
        let part = near * (2 * q - near)
        guard part > 0 else { return 0 }
        let under = p * q * p * q - far * (2 * p - far) * part
        return part / (p * q + max(0, under).squareRoot())
    }

    /// The two-sided p-value of two equal shares: the pooled z-test, which is chi-square with one
    /// degree of freedom. `nil` where a sample is empty or nothing varies.
    public static func pValue(
        reference: (successes: Int, count: Int), candidate: (successes: Int, count: Int)
    ) -> Double? {
        pValue(
            reference: (Double(reference.successes), Double(reference.count)),
            candidate: (Double(candidate.successes), Double(candidate.count)))
    }

    /// The same of counts that need not be whole.
    package static func pValue(
        reference: (successes: Double, count: Double),
        candidate: (successes: Double, count: Double)
    ) -> Double? {
        ChiSquare.homogeneity(
            [reference.successes, reference.count - reference.successes],
            [candidate.successes, candidate.count - candidate.successes])?.pValue
    }
}
