import Glibc

/// Student's t where the mean is not 0: what a t-test's statistic follows when there is an effect.
///
///     NoncentralT.upperTail(2, degreesOfFreedom: 10, noncentrality: 3)   // 0.8315…
///
/// T = (Z + δ) / S with Z standard normal and S² chi-square over its ν degrees of freedom (R. A.
/// Fisher, 1931; N. L. Johnson and B. L. Welch, "Applications of the non-central t-distribution",
/// 1940). The probability is the mean of Φ(δ − tS) over S, by the trapezoidal rule on ln S, which
/// gains digits exponentially for such functions (L. N. Trefethen and J. A. C. Weideman, "The
/// exponentially convergent trapezoidal rule", 2014): twelve digits or more, with few degrees of
/// freedom and far from 0 too, where series in δ² fail.
package enum NoncentralT {
    /// The fewest degrees of freedom that are integrated over.
    package static let leastDegrees = 0.5

    /// The probability of a value above `t`, of any sign, for finite arguments and at least
    /// ``leastDegrees`` of freedom.
    package static func upperTail(
        _ t: Double, degreesOfFreedom: Double, noncentrality: Double
    ) -> Double {
        precondition(degreesOfFreedom >= leastDegrees && t.isFinite && noncentrality.isFinite)
        if t < 0 {
            return 1
                - upperTail(-t, degreesOfFreedom: degreesOfFreedom, noncentrality: -noncentrality)
        }
        // Z alone is never as far from 0.
        if noncentrality < -40 { return 0 }
        if noncentrality > max(2_000, 500 * (2 * degreesOfFreedom).squareRoot()) {
            return farTail(t, degreesOfFreedom, noncentrality)
        }
        let spread = ChiSpread(degreesOfFreedom, steepness: abs(noncentrality))
        return spread.mean { Normal.upperTail(t * $0 - noncentrality) }
    }

    /// Where δ is so large that Z hardly moves it: the probability that S is below (δ + Z)/t, by
    /// the first terms in 1/δ of the mean over Z. What is left out is below 1e-11 there.
    private static func farTail(_ t: Double, _ degrees: Double, _ noncentrality: Double) -> Double {
        if t == 0 { return 1 }
        let half = degrees / 2
        let ratio = noncentrality / t
        let x = half * ratio * ratio
        guard x.isFinite else { return 1 }
        let below = Gamma.regularised(half, x).lower
        // The density of ln S at ln(δ/t), and its slope.
        let density = degrees * Gamma.poisson(half, mean: x)
        let slope = density * degrees * (1 - ratio * ratio)
        let more = (slope - density) / 2 / noncentrality / noncentrality
        return more.isFinite ? min(1, max(0, below + more)) : below
    }
}

/// √(χ²/ν), the estimate of a standard deviation of 1 with ν degrees of freedom, to take means
/// over.
struct ChiSpread {
    /// Values and their weights, which add up to 1.
    private let points: [(value: Double, weight: Double)]

    /// `steepness` is about how often what is averaged rises from 0 to 1 as the spread doubles: its
    /// logarithm's step is made as small as that needs.
    init(_ degreesOfFreedom: Double, steepness: Double) {
        let degrees = degreesOfFreedom
        // The density of u = ln S has a width of 1/√(2ν); the normal tail one of 1 / (tS), and it
        // is 0 or 1 where tS is more than 9 away from δ. 0.1 resolves the skewness of few degrees.
        let width = 1 / (2 * degrees + (steepness + 9) * (steepness + 9)).squareRoot()
        let step = min(0.1, width / 2)
        // Both ends are where the density is below e^-45 of its peak, at u = 0.
        var (right, left) = (step, step)
        while Self.logDensity(right, degrees) > -45 { right *= 1.1 }
        while Self.logDensity(-left, degrees) > -45 { left *= 1.1 }
        let (first, last) = (-Int((left / step).rounded(.up)), Int((right / step).rounded(.up)))
        var points: [(value: Double, weight: Double)] = []
        points.reserveCapacity(last - first + 1)
        var total = 0.0
        for place in first...last {
            let u = Double(place) * step
            let weight = exp(Self.logDensity(u, degrees))
            total += weight
            points.append((exp(u), weight))
        }
        self.points = points.map { ($0.value, $0.weight / total) }
    }

    /// ν(u − (e^2u − 1)/2), the logarithm of the density of ln S but for a constant; 0 at u = 0.
    private static func logDensity(_ u: Double, _ degrees: Double) -> Double {
        // Near 0 the two terms cancel: the series of the difference does not.
        if abs(u) < 0.01 {
            let tail = 1.0 / 3 + u * (2.0 / 15 + u * (2.0 / 45 + u * (4.0 / 315)))
            return -degrees * u * u * (1 + u * (2.0 / 3 + u * tail))
        }
        return degrees * (u - expm1(2 * u) / 2)
    }

    /// The mean of a function of S.
    func mean(_ value: (Double) -> Double) -> Double {
        var sum = 0.0
        for point in points { sum += point.weight * value(point.value) }
        return sum
    }
}
