/// Treatment's quantile over control's, less 1, by the intervals that the difference has.
///
///     // control 478 (473…484), treatment 489 (478…494): relative 2.3%, -0.32%…3.80%
///
/// The ratios θ at which treatment − θ · control may be 0 by Zou's and Donner's interval, as E. C.
/// Fieller's are ("Some problems in interval estimation", 1954; A. Donner and G. Y. Zou,
/// "Closed-form confidence intervals for functions of the normal mean and standard deviation",
/// 2012). At θ = 1 that is the interval of the difference itself, and so both agree. Of a control
/// whose interval is above 0; treatment's may be anywhere.
struct QuantileRatio {
    let control: QuantileArm
    let treatment: QuantileArm

    /// Where the relative effect lies, by intervals of so many errors; `nil` where an arm has none,
    /// control's may be 0, or an end is beyond a double.
    func relative(reach: Double) -> Interval? {
        guard control.value > 0, let one = control.interval(reach: reach), one.lower > 0,
            let two = treatment.interval(reach: reach)
        else { return nil }
        // In units of their own: else squares of small quantiles are 0, and of large ones infinite.
        let (p, q) = (control.value, max(abs(two.lower), abs(two.upper), .leastNormalMagnitude))
        let ends = Self.ends(
            below: (p - one.lower) / p, above: (one.upper - p) / p, value: treatment.value / q,
            lower: (treatment.value - two.lower) / q, upper: (two.upper - treatment.value) / q)
        let value = (treatment.value - p) / p
        let (lower, upper) = (value - ends.lower * (q / p), value + ends.upper * (q / p))
        guard lower.isFinite, upper.isFinite else { return nil }
        // Rounding must not say another thing than the difference.
        let difference = Proportions.difference(
            reference: (p, one), candidate: (treatment.value, two))
        return Interval(
            lower: Self.end(min(lower, value), like: difference.lower),
            upper: Self.end(max(upper, value), like: difference.upper))
    }

    /// An end with the sign of another.
    private static func end(_ end: Double, like other: Double) -> Double {
        let least = Double.leastNormalMagnitude
        return other > 0 ? max(end, least) : other < 0 ? min(end, -least) : 0
    }

    /// How far the ends lie below and above treatment's value, of a control of 1; by the distances
    /// of both arms' ends from their values.
    private static func ends(
        below: Double, above: Double, value: Double, lower: Double, upper: Double
    ) -> (lower: Double, upper: Double) {
        // Below 0 it is the other end of treatment's mirror image.
        (
            value > lower ? near(above, value, lower) : far(below, -value, lower),
            value > -upper ? far(below, value, upper) : near(above, -value, upper)
        )
    }

    /// How far below the value the root θ of (value − θ)² = e² + θ²d² lies, where value > e.
    private static func near(_ d: Double, _ value: Double, _ e: Double) -> Double {
        let part = (value - e) * (value + e)
        let root = (e * e + d * d * part).squareRoot()
        // Each form is exact where the other takes alike numbers from each other.
        return d < 0.5
            ? (root - value * d * d) / ((1 - d) * (1 + d)) : value - part / (value + root)
    }

    /// How far above the value the root θ of (θ − value)² = e² + θ²d² lies, where value ≥ −e and
    /// d < 1.
    private static func far(_ d: Double, _ value: Double, _ e: Double) -> Double {
        let rest = (1 - d) * (1 + d)
        return (value * d * d + (e * e * rest + d * d * value * value).squareRoot()) / rest
    }
}
