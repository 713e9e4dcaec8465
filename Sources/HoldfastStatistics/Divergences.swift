import Glibc

/// How far apart two distributions over the same bins or categories are, in the measures that
/// tools for watching models report.
///
///     let apart = Divergences(reference: [0.5, 0.5], candidate: [0.25, 0.75])
///     apart.psi                       // 0.2746…
///     apart.totalVariation            // 0.25
///
/// None of them knows how many rows the shares come from: with few rows and many bins each is
/// large for two samples of one distribution. None knows which bins are near each other.
public struct Divergences: Sendable, Equatable {
    /// The population stability index, Σ (q − p) ln(q/p), p the reference's share and q the
    /// candidate's, each taken as at least 1e-4 and not normalised again: a bin that one of the
    /// two lacks then counts for much, but not without end.
    ///
    /// H. Jeffreys's divergence ("An invariant form for the prior probability in estimation
    /// problems", 1946); the customary limits, 0.1 and 0.25, have no derivation, and are met by
    /// chance where rows are few (B. Yurdakul, "Statistical properties of population stability
    /// index", 2018).
    public let psi: Double
    /// Half the divergence of each from their mean, in bits, from 0 to 1 (J. Lin, "Divergence
    /// measures based on the Shannon entropy", 1991).
    public let jensenShannonDivergence: Double
    /// The square root of ``jensenShannonDivergence``, which keeps the triangle inequality (D. M.
    /// Endres and J. E. Schindelin, "A new metric for probability distributions", 2003): the
    /// Jensen–Shannon distance of base 2, from 0 to 1.
    public let jensenShannon: Double
    /// √(½ Σ (√p − √q)²), from 0 to 1 (E. Hellinger, 1909).
    public let hellinger: Double
    /// The largest difference of two shares, from 0 to 1. It sees one bin only.
    public let linf: Double
    /// Half the sum of the differences, from 0 to 1: the share of the rows that would have to
    /// change bins.
    public let totalVariation: Double

    /// The divergences of two distributions, each of shares that add up to 1, in one order.
    public init(reference: [Double], candidate: [Double]) {
        precondition(reference.count == candidate.count, "shares of the same bins")
        let least = 1e-4
        var (index, shannon, roots, sum, largest) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for (p, q) in zip(reference, candidate) {
            precondition(p >= 0 && q >= 0 && p.isFinite && q.isFinite, "a share is at least 0")
            let (held, other) = (max(p, least), max(q, least))
            index += (other - held) * log(other / held)
            let root = p.squareRoot() - q.squareRoot()
            roots += root * root
            sum += abs(q - p)
            largest = max(largest, abs(q - p))
            let middle = (p + q) / 2
            guard middle > 0 else { continue }
            // By log1p, as a quotient near 1 has lost the digits that matter.
            let tilt = (q - p) / 2 / middle
            if p > 0 { shannon += p * log1p(-tilt) }
            if q > 0 { shannon += q * log1p(tilt) }
        }
        psi = index
        jensenShannonDivergence = max(0, shannon / (2 * log(2.0)))
        jensenShannon = jensenShannonDivergence.squareRoot()
        hellinger = (roots / 2).squareRoot()
        linf = largest
        totalVariation = sum / 2
    }
}
