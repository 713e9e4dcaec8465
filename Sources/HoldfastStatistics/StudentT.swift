import Glibc

/// Student's t distribution, by the incomplete beta function.
enum StudentT {
    /// The probability of a value at least as far from 0 as `t`, on either side.
    ///
    ///     StudentT.twoSided(2, degreesOfFreedom: 10)      // 0.0733…
    ///
    /// I(ν/(ν + t²); ν/2, ½), to ten or more digits far into the tail.
    static func twoSided(_ t: Double, degreesOfFreedom: Double) -> Double {
        precondition(degreesOfFreedom > 0 && !t.isNaN, "Student's t needs df > 0")
        let (a, square) = (degreesOfFreedom / 2, t * t)
        if square == 0 { return 1 }
        if !square.isFinite { return 0 }
        if degreesOfFreedom > 10_000 { return almostNormal(square, degreesOfFreedom) }
        let x = degreesOfFreedom / (degreesOfFreedom + square)
        let rest = square / (degreesOfFreedom + square)
        // x^a √(1 − x) / B(a, ½), by log1p as x is near 1 where there are many degrees.
        let front =
            exp(-a * log1p(square / degreesOfFreedom) + logRatio(a))
            * (rest / Double.pi)
            .squareRoot()
        if x < (a + 1) / (a + 2.5) {
            return min(1, front / a * fraction(x, a, 0.5))
        }
        return max(0, 1 - front / 0.5 * fraction(rest, 0.5, a))
    }

    /// The value that is exceeded with probability `tail`, at most ½.
    ///
    ///     StudentT.exceeded(by: 0.025, degreesOfFreedom: 10)   // 2.2281…
    ///
    /// By bisection; with degrees of freedom below 1 it can be very large.
    static func exceeded(by tail: Double, degreesOfFreedom: Double) -> Double {
        precondition(tail > 0 && tail <= 0.5, "a tail lies between 0 and ½")
        var (low, high) = (0.0, 1.0)
        while twoSided(high, degreesOfFreedom: degreesOfFreedom) > 2 * tail, high < 1e300 {
            high *= 2
        }
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { return middle }
            if twoSided(middle, degreesOfFreedom: degreesOfFreedom) > 2 * tail {
                low = middle
            } else {
                high = middle
            }
        }
    }

    /// The same with degrees of freedom, or of the normal distribution where there are none.
    static func exceeded(by tail: Double, freedom: Double?) -> Double {
        freedom.map { exceeded(by: tail, degreesOfFreedom: $0) } ?? Normal.exceeded(by: tail)
    }

    /// The probability of a value at least as far from 0, with degrees of freedom, or of the normal
    /// distribution where there are none.
    static func twoSided(_ t: Double, freedom: Double?) -> Double {
        freedom.map { twoSided(t, degreesOfFreedom: $0) } ?? Normal.twoSided(t)
    }

    /// By the normal distribution at a transformed value, which has all digits for many degrees of
    /// freedom, where the beta function loses them: G. W. Hill, "Algorithm 395: Student's
    /// t-distribution" (1970).
    private static func almostNormal(_ square: Double, _ degrees: Double) -> Double {
        let a = degrees - 0.5
        let b = 48 * a * a
        let y = a * log1p(square / degrees)
        let third = ((-0.4 * y - 3.3) * y - 24) * y - 85.5
        let factor = (third / (0.8 * y * y + 100 + b) + y + 3) / b + 1
        return Normal.twoSided(factor * y.squareRoot())
    }

    /// ln Γ(a + ½) − ln Γ(a), without the difference of two large logarithms.
    private static func logRatio(_ a: Double) -> Double {
        if a < 16 {
            var sign: Int32 = 0
            return lgamma_r(a + 0.5, &sign) - lgamma_r(a, &sign)
        }
        return a * log1p(0.5 / (a - 1)) + 0.5 * log(a - 1) - 0.5
            + Gamma.stirlingError(a - 0.5) - Gamma.stirlingError(a - 1)
    }

    /// I(x; a, b) a / (x^a (1 − x)^b / B(a, b)) by its continued fraction (M. Abramowitz and I. A.
    /// Stegun, 26.5.8, with W. J. Lentz's way of evaluating it), for x below the mean or near it.
    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        var (c, d, value) = (1.0, 0.0, 1.0)
        for turn in 1..<100_000 {
            let m = Double(turn / 2)
            let factor =
                turn % 2 == 1
                ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 + factor * d
            if abs(d) < tiny { d = tiny }
            c = 1 + factor / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            value *= c * d
            if abs(c * d - 1) < 1e-16 { break }
        }
        return 1 / value
    }
}
