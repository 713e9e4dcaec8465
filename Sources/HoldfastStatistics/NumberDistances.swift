/// All that is said of how far apart two samples of numbers are, computed in one pass.
///
///     let (one, two) = (OrderedSample([1, 2, 3, 4]), OrderedSample([3, 4, 5, 6]))
///     let apart = NumberDistances(reference: one, candidate: two)
///     apart?.kolmogorovSmirnov.effect     // 0.5
///     apart?.wasserstein                  // 2.0
///     apart?.outsideRange                 // 0.5
///
/// What each statistic says, assumes and misses stands at its type. Rows with weights enter with
/// their shares of the total; where a statistic needs a number of rows, the effective count stands
/// in for it, which is an approximation. Of a sketch, each share is wrong by at most its
/// ``OrderedSample/rankError``: the Kolmogorov–Smirnov distance's interval allows for that, the
/// other figures do not.
public struct NumberDistances: Sendable {
    /// The largest difference of the cumulative shares.
    public let kolmogorovSmirnov: KolmogorovSmirnov
    /// The Wasserstein distance of order 1, ∫ |F − G| dx, in the unit of the values: by how far
    /// rows have to move on average. `nil` where it is beyond a double.
    public let wasserstein: Double?
    /// The energy distance √(2 ∫ (F − G)² dx), as SciPy has it. `nil` where it is beyond a double.
    public let energy: Double?
    /// The Cramér–von Mises test, `nil` where a sample has fewer than two rows.
    public let cramerVonMises: CramerVonMises?
    /// The Anderson–Darling test, `nil` for fewer than four rows or where all are alike.
    public let andersonDarling: AndersonDarling?
    /// Which sample lies above the other.
    public let mannWhitney: MannWhitney
    /// Welch's test of the means, `nil` where it is not defined.
    public let welch: WelchTest?
    /// (candidate's mean − reference's) / √((v + w)/2), v and w the variances: see
    /// ``StandardisedDifference``. `nil` where a variance is not defined or neither sample varies.
    public let meanDifference: Double?
    /// The share of the candidate below the reference's smallest value or above its largest. Some
    /// is to be expected: of m rows of one distribution about 2m/(n + 1) lie outside n others.
    public let outsideRange: Double
    /// The bins of ``divergences``: the reference's deciles.
    public let bins: QuantileBins
    /// The reference's share in each of the ``bins``.
    public let referenceShares: [Double]
    /// The candidate's share in each of the ``bins``.
    public let candidateShares: [Double]
    /// What the shares in the ``bins`` say: the population stability index and its kin.
    public let divergences: Divergences

    /// The distances of two samples, `nil` where one has no row.
    public init?(reference: OrderedSample, candidate: OrderedSample) {
        guard let least = reference.minimum, let most = reference.maximum,
            let bins = QuantileBins(reference: reference),
            let referenceShares = bins.shares(of: reference),
            let candidateShares = bins.shares(of: candidate)
        else { return nil }
        let (n, m) = (reference.effectiveCount, candidate.effectiveCount)
        let sums = Sums.of(reference, candidate)
        kolmogorovSmirnov = KolmogorovSmirnov(sums.largest, reference, candidate)
        wasserstein = sums.distances.wasserstein
        energy = sums.distances.energy
        cramerVonMises = CramerVonMises(sums.mises, n, m)
        andersonDarling = AndersonDarling(sums.darling, n, m)
        mannWhitney = sums.whitney.test(n, m)
        welch = WelchTest(reference: reference, candidate: candidate)
        meanDifference = Self.meanDifference(reference, candidate)
        outsideRange =
            candidate.share(below: least) + max(0, 1 - candidate.share(atMost: most))
        self.bins = bins
        self.referenceShares = referenceShares
        self.candidateShares = candidateShares
        divergences = Divergences(reference: referenceShares, candidate: candidateShares)
    }

    private static func meanDifference(_ one: OrderedSample, _ two: OrderedSample) -> Double? {
        guard let v = one.variance, let w = two.variance, let difference = two.meanLess(one) else {
            return nil
        }
        let spread = (v / 2 + w / 2).squareRoot()
        let effect = difference / spread
        return spread > 0 && effect.isFinite ? effect : nil
    }

    /// What the pass adds up.
    private struct Sums {
        var largest: KolmogorovSmirnov.Largest
        var distances: CumulativeDistances
        var mises: CramerVonMises.Sums
        var darling: AndersonDarling.Sums
        var whitney = MannWhitney.Sums()
        private let n: Double
        private let m: Double

        private init(_ n: Double, _ m: Double) {
            (self.n, self.m) = (n, m)
            largest = KolmogorovSmirnov.Largest(n, m)
            distances = CumulativeDistances(n, m)
            mises = CramerVonMises.Sums(n, m)
            darling = AndersonDarling.Sums(n, m)
        }

        @inline(never)
        static func of(_ reference: OrderedSample, _ candidate: OrderedSample) -> Sums {
            var sums = Sums(reference.effectiveCount, candidate.effectiveCount)
            Tie.forEach(reference, candidate) { sums.add($0) }
            return sums
        }

        @inline(__always)
        private mutating func add(_ tie: Tie) {
            let difference = m * tie.referenceMiddle - n * tie.candidateMiddle
            let square = difference * difference
            largest.add(tie)
            distances.add(tie)
            mises.add(tie, square: square)
            darling.add(tie, square: square)
            whitney.add(tie)
        }
    }
}
