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
        let ratio = Self.ratio(
            one: (one.lower / p, one.upper / p), value: treatment.value / q,
            two: (two.lower / q, two.upper / q))
        let (lower, upper) = (ratio.lower * (q / p) - 1, ratio.upper * (q / p) - 1)
        guard lower.isFinite, upper.isFinite, lower <= upper else { return nil }
        return Interval(lower: lower, upper: upper)
    }

    /// The same of a control of 1.
    private static func ratio(
        one: (lower: Double, upper: Double), value: Double, two: (lower: Double, upper: Double)
    ) -> (lower: Double, upper: Double) {
        // Below 0 it is the other end of treatment's mirror image.
        (
            two.lower > 0
                ? near(one.upper, value, two.lower) : -far(one.lower, -value, -two.lower),
            two.upper > 0
                ? far(one.lower, value, two.upper) : -near(one.upper, -value, -two.upper)
        )
    }

    /// The lower end, of a treatment whose lower end is at least 0: the root θ below the value of
    /// (value − θ)² = (value − end)² + θ² (upper − 1)².
    private static func near(_ upper: Double, _ value: Double, _ end: Double) -> Double {
        let part = end * (2 * value - end)
        guard part > 0 else { return 0 }
        let under = value * value - upper * (2 - upper) * part
        return part / (value + max(0, under).squareRoot())
    }

    /// The upper end, of a treatment whose upper end is at least 0: the root θ above the value of
    /// (θ − value)² = (end − value)² + θ² (1 − lower)².
    private static func far(_ lower: Double, _ value: Double, _ end: Double) -> Double {
        let part = lower * (2 - lower)
        let under = value * value - end * (2 * value - end) * part
        return (value + max(0, under).squareRoot()) / part
    }
}
