/// How often a row of the reference is above one of the candidate.
///
///     let (one, two) = (OrderedSample([1, 2, 3]), OrderedSample([2, 4, 6]))
///     NumberDistances(reference: one, candidate: two)?.mannWhitney.auc    // 0.1666…
///
/// H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is
/// stochastically larger than the other" (1947); F. Wilcoxon (1945). It sees a shift, not a change
/// of spread: a column that spreads to both sides stays at ½.
public struct MannWhitney: Sendable, Equatable {
    /// P(reference > candidate) + ½ P(equal): ½ where neither is above the other, and the area
    /// under the ROC curve of the value as a score that tells the reference's rows.
    public let auc: Double
    /// The two-sided probability of an area at least as far from ½ in samples of one distribution:
    /// by the normal distribution with the corrections for ties and for continuity, good from some
    /// ten rows on; 1 where all rows are alike. With weights, effective counts stand in for the
    /// rows: an approximation.
    public let pValue: Double

    /// The pairs in which the reference is above, a tie counting half, and Σ (l³ − l) over values.
    struct Sums {
        private var pairs = 0.0
        private var cubes = 0.0

        @inline(__always)
        mutating func add(_ tie: Tie) {
            pairs += tie.reference * tie.candidateMiddle
            cubes += tie.both * (tie.both * tie.both - 1)
        }

        func test(_ n: Double, _ m: Double) -> MannWhitney {
            let whole = n + m
            // Below 0 only by rows of weights below 1.
            let ties = max(0, cubes) / (whole * (whole - 1))
            let spread = (n * m / 12 * (whole + 1 - ties)).squareRoot()
            let z = (abs(pairs - n * m / 2) - 0.5) / spread
            return MannWhitney(
                auc: min(1, pairs / (n * m)),
                pValue: spread > 0 ? min(1, 2 * Normal.upperTail(z)) : 1)
        }
    }
}
