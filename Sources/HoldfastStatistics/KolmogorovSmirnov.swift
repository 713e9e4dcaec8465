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
    /// The value up to which the cumulative shares differ most: the first such value.
    public let place: Double
    /// The rows of the reference sample.
    public let referenceCount: Int
    /// The rows of the candidate sample.
    public let candidateCount: Int
    /// The rows of equal weight that the reference is worth; all where they have no weights.
    public let referenceEffectiveCount: Double
    /// The rows of equal weight that the candidate is worth; all where they have no weights.
    public let candidateEffectiveCount: Double
    /// The most by which the distance of the samples may differ from ``effect``: both samples'
    /// ``OrderedSample/rankError``, 0 where neither stands for a sketch.
    public let rankError: Double

    /// The distance of two samples of finite values, or `nil` where one is empty.
    public init?(_ reference: [Double], _ candidate: [Double]) {
        self.init(reference: OrderedSample(reference), candidate: OrderedSample(candidate))
    }

    /// The distance of two samples, or `nil` where one is empty.
    public init?(reference: OrderedSample, candidate: OrderedSample) {
        guard reference.count > 0, candidate.count > 0 else { return nil }
        var largest = Largest(reference.effectiveCount, candidate.effectiveCount)
        Tie.forEach(reference, candidate) { largest.add($0) }
        self.init(largest, reference, candidate)
    }

    /// The distance that a pass over two samples, neither of them empty, has found.
    init(_ largest: Largest, _ reference: OrderedSample, _ candidate: OrderedSample) {
        effect = largest.effect
        place = largest.place
        referenceCount = reference.count
        candidateCount = candidate.count
        referenceEffectiveCount = reference.effectiveCount
        candidateEffectiveCount = candidate.effectiveCount
        rankError = reference.rankError + candidate.rankError
    }

    /// The largest difference so far.
    ///
    /// In products of counts, whole numbers that a double holds exactly up to 9 · 10¹⁵, as shares
    /// would round; with weights the shares' rounding errors remain.
    struct Largest {
        private let n: Double
        private let m: Double
        private var largest = -1.0
        private(set) var place = 0.0

        init(_ n: Double, _ m: Double) { (self.n, self.m) = (n, m) }

        @inline(__always)
        mutating func add(_ tie: Tie) {
            let difference = abs(
                m * (tie.referenceBelow + tie.reference)
                    - n * (tie.candidateBelow + tie.candidate))
            if difference > largest {
                largest = difference
                place = tie.value
            }
        }

        var effect: Double { min(1, largest / (n * m)) }
    }

    /// The interval that holds the distance of the two distributions with probability `level` or
    /// more, for any distributions and any sample sizes.
    ///
    /// Each sample's cumulative shares lie within ε = √(ln(2/a)/2n) of the truth but for a chance
    /// of a (A. Dvoretzky, J. Kiefer and J. Wolfowitz, 1956; the constant by P. Massart, "The
    /// tight constant in the Dvoretzky–Kiefer–Wolfowitz inequality", 1990); half of 1 − level is
    /// given to each, and the distance moves by no more than the sum of the two. What a sketch may
    /// be wrong by, ``rankError``, is added. With weights n is the effective count: that is an
    /// approximation.
    public func interval(level: Double = 0.95) -> Interval {
        let half =
            Self.deviation(referenceEffectiveCount, level: level)
            + Self.deviation(candidateEffectiveCount, level: level) + rankError
        return Interval(lower: max(0, effect - half), upper: min(1, effect + half))
    }

    private static func deviation(_ count: Double, level: Double) -> Double {
        (log(2 / ((1 - level) / 2)) / (2 * count)).squareRoot()
    }

    /// The rows that each of two tables of one size must have for the interval to clear
    /// `margin`, were the distance and the weights what they are now; `nil` where it would take
    /// over 10⁹, or where a sketch is too rough for any number to do.
    public func rowsNeeded(margin: Double, level: Double = 0.95) -> Int? {
        let gap = abs(effect - margin) - rankError
        guard gap > 0 else { return nil }
        let cost = max(
            Double(referenceCount) / referenceEffectiveCount,
            Double(candidateCount) / candidateEffectiveCount)
        let rows = (cost * 2 * log(2 / ((1 - level) / 2)) / (gap * gap)).rounded(.up)
        return rows <= RowsNeeded.limit ? Int(rows) : nil
    }

    /// The distance to be expected from sampling alone where the tables agree and values do not
    /// tie: √(π/2) ln 2 / √(nm/(n+m)), the mean of Kolmogorov's distribution.
    public var expectedByChance: Double {
        min(1, (Double.pi / 2).squareRoot() * log(2) / effectiveCount.squareRoot())
    }

    /// The p-value of one distribution by Kolmogorov's limit, too large where values tie; of the
    /// smallest distance that a sketch allows. With weights, by the effective counts: an
    /// approximation.
    public var pValue: Double {
        Self.upperTail(effectiveCount.squareRoot() * max(0, effect - rankError))
    }

    private var effectiveCount: Double {
        let (n, m) = (referenceEffectiveCount, candidateEffectiveCount)
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
