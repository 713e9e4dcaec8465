import Glibc

/// The largest difference between the cumulative shares of two samples of numbers.
///
///     let distance = KolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6])
///     distance?.effect            // 0.5
///     distance?.interval()        // 0.0 ... 1.0: eight values tell almost nothing
///
/// A. Kolmogorov (1933), N. Smirnov (1939). It is 0 for equal samples and 1 for disjoint ones, has
/// the same value on any monotone scale, and sees a shift better than a change in the tails.
public struct KolmogorovSmirnov: Sendable, Equatable {
    /// The distance D, from 0 to 1.
    public let effect: Double
    /// The values of the reference sample.
    public let referenceCount: Int
    /// The values of the candidate sample.
    public let candidateCount: Int

    /// The distance of two samples of finite values, or `nil` where one is empty.
    public init?(_ reference: [Double], _ candidate: [Double]) {
        self.init(sorted: reference.sorted(), candidate.sorted())
    }

    /// The distance of two samples in ascending order, or `nil` where one is empty.
    package init?(sorted reference: [Double], _ candidate: [Double]) {
        guard !reference.isEmpty, !candidate.isEmpty else { return nil }
        referenceCount = reference.count
        candidateCount = candidate.count
        effect = Self.distance(reference, candidate)
    }

    private static func distance(_ reference: [Double], _ candidate: [Double]) -> Double {
        var i = 0
        var j = 0
        var largest = 0
        let (n, m) = (reference.count, candidate.count)
        while i < reference.count && j < candidate.count {
            // All that ties is passed on both sides before the shares are compared.
            let value = min(reference[i], candidate[j])
            while i < reference.count && reference[i] <= value { i += 1 }
            while j < candidate.count && candidate[j] <= value { j += 1 }
            // In integers, as i/n and j/m would round: a product overflows beyond 3 · 10⁹ values.
            largest = max(largest, abs(i * m - j * n))
        }
        return Double(largest) / (Double(n) * Double(m))
    }

    /// The interval that holds the distance of the two distributions with probability `level` or
    /// more, for any distributions and any sample sizes.
    ///
    /// Each sample's cumulative shares lie within ε = √(ln(2/a)/2n) of the truth but for a chance
    /// of a (A. Dvoretzky, J. Kiefer and J. Wolfowitz, 1956; the constant by P. Massart, "The
    /// tight constant in the Dvoretzky–Kiefer–Wolfowitz inequality", 1990); half of 1 − level is
    /// given to each, and the distance moves by no more than the sum of the two.
    public func interval(level: Double = 0.95) -> Interval {
        let half =
            Self.deviation(referenceCount, level: level)
            + Self.deviation(candidateCount, level: level)
        return Interval(lower: max(0, effect - half), upper: min(1, effect + half))
    }

    private static func deviation(_ count: Int, level: Double) -> Double {
        (log(2 / ((1 - level) / 2)) / (2 * Double(count))).squareRoot()
    }

    /// The rows that each of two tables of one size must have for the interval to clear
    /// `margin`, were the distance what it is now; `nil` where it would take over 10⁹.
    public func rowsNeeded(margin: Double, level: Double = 0.95) -> Int? {
        let gap = abs(effect - margin)
        guard gap > 0 else { return nil }
        let rows = (2 * log(2 / ((1 - level) / 2)) / (gap * gap)).rounded(.up)
        return rows <= 1e9 ? Int(rows) : nil
    }

    /// The distance to be expected from sampling alone where the tables agree and values do not
    /// tie: √(π/2) ln 2 / √(nm/(n+m)), the mean of Kolmogorov's distribution.
    public var expectedByChance: Double {
        min(1, (Double.pi / 2).squareRoot() * log(2) / effectiveCount.squareRoot())
    }

    /// The p-value of one distribution by Kolmogorov's limit, too large where values tie.
    public var pValue: Double { Self.upperTail(effectiveCount.squareRoot() * effect) }

    private var effectiveCount: Double {
        let (n, m) = (Double(referenceCount), Double(candidateCount))
        return n * m / (n + m)
    }

    /// The probability that Kolmogorov's variable exceeds `x`.
    ///
    /// The alternating series for larger x, and for smaller ones Jacobi's transform of it, which
    /// converges where the first does not.
    static func upperTail(_ x: Double) -> Double {
        if x <= 0 { return 1 }
        if x < 1 {
            var sum = 0.0
            for k in stride(from: 1.0, through: 19, by: 2) {
                sum += exp(-k * k * Double.pi * Double.pi / (8 * x * x))
            }
            return 1 - (2 * Double.pi).squareRoot() / x * sum
        }
        var sum = 0.0
        for k in 1...20 {
            let term = exp(-2 * Double(k * k) * x * x)
            sum += k % 2 == 1 ? term : -term
        }
        return min(1, 2 * sum)
    }
}
