import Glibc

/// Whether two samples of numbers come from one distribution, by the squares of the difference
/// between their cumulative shares where those in the tails weigh most.
///
/// F. W. Scholz and M. A. Stephens, "K-sample Anderson–Darling tests" (1987), for two samples, with
/// middle ranks where values tie.
public struct AndersonDarling: Sendable, Equatable {
    /// A² less its mean in two samples of one distribution, over its standard deviation.
    public let statistic: Double
    /// The probability of a statistic at least as large in two samples of one distribution, known
    /// between .25 and .001 only: beyond, it is the end that is passed, so that .001 says "at most
    /// .001" and .25 "at least". Between them a parabola in the logarithm through Scholz and
    /// Stephens's table 2, as in SciPy. With weights, effective counts stand in for the rows: an
    /// approximation.
    public let pValue: Double

    /// Σ l Δ² / (B(N − B) − Nl/4) over the values: B is the middle rank of its l rows among all N.
    struct Sums {
        private let whole: Double
        private var sum = 0.0
        private var values = 0

        init(_ n: Double, _ m: Double) { whole = n + m }

        @inline(__always)
        mutating func add(_ tie: Tie, square: Double) {
            let middle = tie.referenceMiddle + tie.candidateMiddle
            sum += tie.both * square / (middle * (whole - middle) - whole * tie.both / 4)
            values += 1
        }

        /// A², or `nil` where all rows are alike.
        func statistic(_ n: Double, _ m: Double) -> Double? {
            guard values > 1 else { return nil }
            return (whole - 1) / whole * (1 / n + 1 / m) / whole * sum
        }
    }

    /// The test, `nil` where it is not defined: fewer than four rows, or all alike.
    init?(_ sums: Sums, _ n: Double, _ m: Double) {
        let whole = n + m
        guard whole > 3, let raw = sums.statistic(n, m) else { return nil }
        statistic = (raw - 1) / Self.variance(n, m).squareRoot()
        pValue = Self.probability(statistic)
    }

    /// The variance of A² for two samples: Scholz and Stephens's (4) with k = 2.
    private static func variance(_ n: Double, _ m: Double) -> Double {
        let whole = n + m
        let sums = harmonic(whole)
        // h is the sum of 1/i below N, g that of 1/((N − i)j) over i < j < N, which is the sum of
        // 1/i² to N, less 2/N of that of 1/i, and 1/N²: no loop of N² or N turns is needed.
        let h = sums.first - 1 / whole
        let g = sums.second - 2 * sums.first / whole + 1 / (whole * whole)
        let inverse = 1 / n + 1 / m
        let a = (4 * g - 6) + (10 - 6 * g) * inverse
        let b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6
        let c = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * inverse + 4 * h
        let d = (2 * h + 6) * 4 - 8 * h
        // Divided out by N³, of which large samples would have no exact one.
        let top = a + (b + (c + d / whole) / whole) / whole
        return top / ((1 - 1 / whole) * (1 - 2 / whole) * (1 - 3 / whole))
    }

    /// The sums of 1/i and of 1/i² up to N, continued to an N that is not whole.
    private static func harmonic(_ count: Double) -> (first: Double, second: Double) {
        // Up to 20 and more by N + 1, N + 2, …, and there by the Euler–Maclaurin series.
        var x = count
        var (first, second) = (0.0, 0.0)
        while x < 20 {
            x += 1
            first -= 1 / x
            second -= 1 / (x * x)
        }
        let square = x * x
        let euler = 0.577_215_664_901_532_9
        first +=
            log(x) + euler + 1 / (2 * x)
            - (1 / 12.0 - (1 / 120.0 - (1 / 252.0 - 1 / 240.0 / square) / square) / square) / square
        second +=
            Double.pi * Double.pi / 6 - 1 / x + 1 / (2 * square)
            - (1 / 6.0 - (1 / 30.0 - (1 / 42.0 - 1 / 30.0 / square) / square) / square)
            / (square * x)
        return (first, second)
    }

    private static func probability(_ statistic: Double) -> Double {
        // Table 2's b₀ + b₁ + b₂ for .25 and .001, and the parabola of least squares through all
        // seven levels: numpy.polyfit(critical, log(level), 2).
        if statistic < 0.325 { return 0.25 }
        if statistic > 6.546 { return 0.001 }
        return exp(
            (0.018198094574111343 * statistic - 1.0082265644652515) * statistic - 1.077770279820486)
    }
}
