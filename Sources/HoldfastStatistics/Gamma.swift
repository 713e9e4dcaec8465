import Glibc

/// The incomplete gamma function and the Poisson and binomial terms that it is made of.
///
/// The terms follow C. Loader, "Fast and accurate computation of binomial probabilities" (2000):
/// a deviance and Stirling's error in place of differences of large logarithms, so that twelve or
/// more digits remain at any size met here.
enum Gamma {
    /// ln Γ(n + 1) − Stirling's approximation of it, for n ≥ 0 not necessarily whole; +∞ at 0.
    static func stirlingError(_ n: Double) -> Double {
        if n == 0 { return .infinity }
        if n <= 15 {
            var sign: Int32 = 0
            return lgamma_r(n + 1, &sign) - (n + 0.5) * log(n) + n - 0.5 * log(2 * Double.pi)
        }
        // Stirling's series; the first term left out is below 1e-17 of the first for n > 15.
        let square = n * n
        return
            (1 / 12.0
            - (1 / 360.0
                - (1 / 1260.0
                    - (1 / 1680.0
                        - (1 / 1188.0 - (691 / 360360.0 - 1 / 156.0 / square) / square) / square)
                        / square)
                    / square)
                / square)
            / n
    }

    /// x ln(x/m) + m − x, the deviance, without loss where x is near m.
    static func deviance(_ x: Double, _ mean: Double) -> Double {
        if abs(x - mean) < 0.1 * (x + mean) {
            let ratio = (x - mean) / (x + mean)
            var sum = (x - mean) * ratio
            var term = 2 * x * ratio
            // A ratio below 0.1 gains two digits a turn: a dozen turns suffice.
            for turn in 1..<100 {
                term *= ratio * ratio
                let next = sum + term / Double(2 * turn + 1)
                if next == sum { return next }
                sum = next
            }
            return sum
        }
        return x * log(x / mean) + mean - x
    }

    /// The Poisson term mean^x e^−mean / Γ(x + 1), for x ≥ 0 not necessarily whole.
    static func poisson(_ x: Double, mean: Double) -> Double {
        if mean == 0 { return x == 0 ? 1 : 0 }
        if x == 0 { return exp(-mean) }
        if x < 1e-3 * mean || x < 1 {
            var sign: Int32 = 0
            return exp(x * log(mean) - mean - lgamma_r(x + 1, &sign))
        }
        return exp(-stirlingError(x) - deviance(x, mean)) / (2 * Double.pi * x).squareRoot()
    }

    /// The binomial probability of `x` successes among `n`.
    static func binomial(_ x: Double, of n: Double, probability p: Double) -> Double {
        if x < 0 || x > n { return 0 }
        if p <= 0 { return x == 0 ? 1 : 0 }
        if p >= 1 { return x == n ? 1 : 0 }
        if x == 0 { return exp(n * log1p(-p)) }
        if x == n { return exp(n * log(p)) }
        let exponent =
            stirlingError(n) - stirlingError(x) - stirlingError(n - x)
            - deviance(x, n * p) - deviance(n - x, n * (1 - p))
        return exp(exponent) * (n / (2 * Double.pi * x * (n - x))).squareRoot()
    }

    /// P(a, x) and Q(a, x), which add up to 1, for a > 0 and x ≥ 0; the smaller one is exact.
    static func regularised(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
        precondition(a > 0 && x >= 0, "the incomplete gamma function needs a > 0 and x >= 0")
        if x == 0 { return (0, 1) }
        if !x.isFinite { return (1, 0) }
        let front = poisson(a, mean: x)  // x^a e^−x / Γ(a + 1)
        if x < a + 1 {
            let lower = min(1, front * series(a, x))
            return (lower, 1 - lower)
        }
        let upper = min(1, front * a * fraction(a, x))
        return (1 - upper, upper)
    }

    /// 1 + x/(a+1) + x²/((a+1)(a+2)) + …, which converges fast for x < a + 1.
    private static func series(_ a: Double, _ x: Double) -> Double {
        var sum = 1.0
        var term = 1.0
        var divisor = a
        // About a few √a turns are needed; the bound only stops a loop that could not end.
        for _ in 0..<10_000_000 {
            divisor += 1
            term *= x / divisor
            sum += term
            if term < sum * 1e-17 { break }
        }
        return sum
    }

    /// Γ(a, x) / (x^a e^−x) by Lentz's continued fraction (W. J. Lentz, 1976), for x ≥ a + 1.
    private static func fraction(_ a: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        var b = x + 1 - a
        var c = 1 / tiny
        var d = 1 / b
        var value = d
        for turn in 1..<10_000_000 {
            let step = -Double(turn) * (Double(turn) - a)
            b += 2
            d = step * d + b
            if abs(d) < tiny { d = tiny }
            c = b + step / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            let factor = d * c
            value *= factor
            if abs(factor - 1) < 1e-16 { break }
        }
        return value
    }
}
