import Glibc

/// Whether two samples of numbers come from one distribution, by the mean square of the
/// difference between their cumulative shares.
///
///     let sample = OrderedSample([1, 2, 3, 4])
///     NumberDistances(reference: sample, candidate: sample)?.cramerVonMises?.pValue   // 1.0
///
/// T. W. Anderson, "On the distribution of the two-sample Cramér–von Mises criterion" (1962). It
/// sees differences in the middle better than Kolmogorov's, and in the tails worse than Anderson
/// and Darling's.
public struct CramerVonMises: Sendable, Equatable {
    /// Anderson's T, with middle ranks where values tie.
    public let statistic: Double
    /// The probability of a statistic at least as large in two samples of one distribution: by the
    /// limiting distribution, at Anderson's mean and variance of T. Good from some ten rows on, and
    /// too large where values tie. With weights, effective counts stand in for the rows: an
    /// approximation.
    ///
    /// Where it is below 1e-6 it is far more exact than SciPy's, whose series stops at 1e-7.
    public let pValue: Double

    /// The sums that T is made of.
    ///
    /// T = (Σ l Δ² / k + Σ l (a − b)²/4 + (n − m)²/12k · (Σ (a³ + b³) − N)) / N², where a value
    /// has a rows of the reference's n and b of the candidate's m, l = a + b, k = nm, N = n + m,
    /// and Δ = mA − nB for the ranks A and B of the middle of its rows in either sample. This is
    /// the usual (n Σ (rank − i)² + m Σ (rank − j)²)/kN − (4k − 1)/6N without its difference of two
    /// large numbers.
    struct Sums {
        private let n: Double
        private let m: Double
        private var squares = 0.0
        private var within = 0.0
        private var cubes = 0.0

        init(_ n: Double, _ m: Double) { (self.n, self.m) = (n, m) }

        @inline(__always)
        mutating func add(_ tie: Tie, square: Double) {
            let (a, b) = (tie.reference, tie.candidate)
            squares += tie.both * square
            within += tie.both * (a - b) * (a - b)
            cubes += a * a * a + b * b * b
        }

        var statistic: Double {
            let (k, whole) = (n * m, n + m)
            // Rows of weights below 1 can have cubes of less than their number.
            let surplus = max(0, cubes - whole)
            let odd = (n - m) * (n - m) / (12 * k) * surplus
            return (squares / k + within / 4 + odd) / (whole * whole)
        }
    }

    /// The test, `nil` where a sample has fewer than two rows.
    init?(_ sums: Sums, _ n: Double, _ m: Double) {
        guard n > 1, m > 1 else { return nil }
        statistic = sums.statistic
        let (k, whole) = (n * m, n + m)
        let mean = (1 + 1 / whole) / 6
        let variance =
            (whole + 1) / (45 * whole * whole)
            * (4 * k * whole - 3 * (n * n + m * m) - 2 * k) / (4 * k)
        let standard = 1 / 6.0 + (statistic - mean) / (45 * variance).squareRoot()
        pValue = Self.upperTail(standard)
    }

    /// The probability that Σ Z²/(jπ)² over all j ≥ 1 exceeds `x`, Z standard normal.
    ///
    /// N. V. Smirnov's alternating sum of integrals ("On the distribution of Mises' ω² criterion",
    /// 1936) of exp(−xt²/2)/√(−t sin t) · 2/π from (2k − 1)π to 2kπ. With t = (2k − 1)π +
    /// π sin²(θ/2) nothing is infinite at the ends, and the midpoint rule has all digits of a
    /// double. It keeps them in the upper tail, where 1 less a sum has none.
    static func upperTail(_ x: Double) -> Double {
        // At 0.003 what remains to 1 is 1e-18.
        if x < 0.003 { return 1 }
        var sum = 0.0
        for k in 1...100 {
            let term = integral(x, from: Double(2 * k - 1) * Double.pi)
            sum += k % 2 == 1 ? term : -term
            if term <= sum * 1e-17 { break }
        }
        return min(1, max(0, sum))
    }

    private static func integral(_ x: Double, from start: Double) -> Double {
        // At x = 100 the integrand falls within 0.06 of the start.
        let steps = 256
        var sum = 0.0
        for step in 0..<steps {
            let angle = (Double(step) + 0.5) / Double(steps) * Double.pi
            let part = sin(angle / 2) * sin(angle / 2)
            let rest = cos(angle / 2) * cos(angle / 2)
            let t = start + Double.pi * part
            let sine = sin(Double.pi * min(part, rest))
            sum += exp(-x * t * t / 2) * sin(angle) / (t * sine).squareRoot()
        }
        return sum * Double.pi / Double(steps)
    }
}
