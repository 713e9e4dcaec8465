/// The moments per unit of a ratio's two parts, such as clicks over views.
///
///     let clicks = RatioMoments(
///         numerator: (mean: 2, variance: 4), denominator: (mean: 10, variance: 25), covariance: 6)
///     clicks.ratio          // 0.2
///     clicks.variance       // 0.026
///
/// The ratio of two means varies nearly as a mean of units whose variance is vₘ/d² − 2cm/d³ +
/// m²v/d⁴, the delta method (A. Deng, U. Knoblich and J. Lu, "Applying the delta method in metric
/// analytics: a practical guide with novel ideas", 2018). It needs many units, and a denominator
/// whose mean is far from 0.
package struct RatioMoments: Sendable, Equatable {
    package var numerator: (mean: Double, variance: Double)
    package var denominator: (mean: Double, variance: Double)
    package var covariance: Double

    package init(
        numerator: (mean: Double, variance: Double),
        denominator: (mean: Double, variance: Double), covariance: Double
    ) {
        self.numerator = numerator
        self.denominator = denominator
        self.covariance = covariance
    }

    /// The moments of units' values, variances with n − 1; `nil` for fewer than two units, or a
    /// value that is not finite.
    package init?(numerators: [Double], denominators: [Double]) {
        precondition(numerators.count == denominators.count, "two values a unit")
        let one = numerators.withUnsafeBufferPointer { Moments($0) }
        let two = denominators.withUnsafeBufferPointer { Moments($0) }
        let freedom = Double(numerators.count - 1)
        guard (numerators + denominators).allSatisfy(\.isFinite),
            let (m, v) = Self.pair(one, freedom), let (d, w) = Self.pair(two, freedom)
        else { return nil }
        let products = zip(numerators, denominators).reduce(0) { $0 + ($1.0 - m) * ($1.1 - d) }
        self.init(numerator: (m, v), denominator: (d, w), covariance: products / freedom)
    }

    private static func pair(_ moments: Moments, _ freedom: Double) -> (Double, Double)? {
        guard let mean = moments.finiteMean, let variance = moments.variance(freedom: freedom)
        else { return nil }
        return (mean, variance)
    }

    /// The ratio of the means.
    package var ratio: Double { numerator.mean / denominator.mean }

    /// The variance of one unit in the linearised ratio: divided by the units, that of the ratio.
    package var variance: Double {
        let (d, r) = (denominator.mean, ratio)
        let sum = numerator.variance - 2 * covariance * r + r * r * denominator.variance
        // Rounding may leave less than nothing where the parts are proportional.
        return max(0, sum) / (d * d)
    }

    /// What is wrong with the moments, or `nil`.
    package var fault: String? {
        let all = [
            numerator.mean, numerator.variance, denominator.mean, denominator.variance, covariance,
        ]
        guard all.allSatisfy(\.isFinite) else { return "the moments of a ratio are finite numbers" }
        guard denominator.mean != 0 else { return "the denominator of a ratio has a mean of 0" }
        guard numerator.variance >= 0, denominator.variance >= 0 else {
            return "a variance is not negative"
        }
        let most = (numerator.variance * denominator.variance).squareRoot()
        guard abs(covariance) <= most * (1 + 1e-9) else {
            return "a covariance is at most the product of the two standard deviations, \(most)"
        }
        // Of proportional parts rounding leaves a little.
        let parts = numerator.variance + ratio * ratio * denominator.variance
        guard variance * denominator.mean * denominator.mean > 1e-12 * parts else {
            return "the ratio is the same for every unit"
        }
        return nil
    }

    package static func == (one: RatioMoments, other: RatioMoments) -> Bool {
        one.numerator == other.numerator && one.denominator == other.denominator
            && one.covariance == other.covariance
    }
}
