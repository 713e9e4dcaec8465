import Glibc

/// Whether arms receive the shares that the catalog promised, looked at as often as one likes.
///
///     var ratio = SequentialSampleRatio(shares: [500_000, 500_000])
///     ratio?.look([40, 60])
///     ratio?.pValue             // 0.5174…
///     ratio?.look([200, 260])   // the counts so far, not those since
///     ratio?.pValue             // 0.0941…
///
/// The Bayes factor of a Dirichlet prior about the shares, of the weight `concentration`, against
/// the shares themselves (M. Lindon and A. Malek, "Anytime-valid inference for multinomial count
/// data", 2022). While units are dealt by the shares it is 1 on average after every unit, so that
/// it ever reaches 1/α with a probability of α at most: the smallest 1/BF so far is a p-value at
/// every time. ``SampleRatioMismatch`` is the test for one look, which looked at often alarms
/// often.
///
/// A large concentration finds small deviations sooner, and large ones later. It says that units
/// are missing, not which, nor why.
package struct SequentialSampleRatio: Sendable, Equatable {
    /// The concentration that is used where none is asked for: deviations of about a twentieth.
    package static let usualConcentration = 100.0

    /// The arms' shares, which add up to 1.
    package let shares: [Double]
    /// The weight of the prior, in units.
    package let concentration: Double
    /// The smallest 1/BF of all looks, 1 at most; 0 once an arm of share 0 has a unit.
    package private(set) var pValue = 1.0
    /// The counts of the last look, 0 before the first.
    package private(set) var counts: [Int]

    /// A test that has seen nothing.
    ///
    /// - Parameters:
    ///   - shares: what each arm was promised, in any one unit: only their proportions count.
    ///   - concentration: of the prior, above 0.
    /// - Returns: `nil` where there is nothing to test: fewer than two arms with a share, a share
    ///   that is negative or no number, or a concentration that is not above 0.
    package init?(shares: [Double], concentration: Double = Self.usualConcentration) {
        self.init(
            shares: shares, concentration: concentration, pValue: 1,
            counts: [Int](repeating: 0, count: shares.count))
    }

    /// A test that goes on from what it said last: its ``pValue`` and its ``counts``.
    ///
    /// `nil` also where these are none: a p-value outside 0 … 1, or a count too few or below 0.
    package init?(shares: [Double], concentration: Double, pValue: Double, counts: [Int]) {
        let whole = shares.reduce(0, +)
        guard shares.allSatisfy({ $0 >= 0 }), shares.filter({ $0 > 0 }).count >= 2, whole.isFinite,
            concentration > 0, concentration.isFinite,
            pValue >= 0, pValue <= 1,
            counts.count == shares.count, counts.allSatisfy({ $0 >= 0 })
        else { return nil }
        self.shares = shares.map { $0 / whole }
        self.concentration = concentration
        self.pValue = pValue
        self.counts = counts
    }

    /// Looks at the counts of all units so far, in the order of the shares.
    package mutating func look(_ counts: [Int]) {
        precondition(counts.count == shares.count, "a count for each arm")
        precondition(counts.allSatisfy { $0 >= 0 }, "counts are at least 0")
        self.counts = counts
        pValue = min(pValue, exp(-logBayesFactor))
    }

    /// The logarithm of the Bayes factor at the last look: 0 before any unit, +∞ where an arm of
    /// share 0 has a unit, below 0 where the shares fit.
    ///
    /// With k = concentration, a = k·share and x = a + count it is, by Stirling's formula in all
    /// its gamma functions, Σ D(x, share·Σx) + ½ ln(Σx/k) − ½ Σ ln(x/a) + what the formula leaves
    /// over, D the deviance of ``Gamma``: nothing large is subtracted, so that 10¹² units cost no
    /// digit.
    package var logBayesFactor: Double {
        let total = concentration + counts.reduce(0.0) { $0 + Double($1) }
        var sum = log(total / concentration) / 2
        sum -= Gamma.stirlingError(total) - Gamma.stirlingError(concentration)
        for (share, count) in zip(shares, counts) {
            guard share > 0 else {
                if count > 0 { return .infinity }
                continue
            }
            let prior = concentration * share
            let seen = prior + Double(count)
            sum += Gamma.deviance(seen, total * share) - log(seen / prior) / 2
            sum += Gamma.stirlingError(seen) - Gamma.stirlingError(prior)
        }
        return sum
    }
}
