import Glibc

/// The difference of two arms' quantiles.
///
/// An arm's quantile is numpy's of linear interpolation (R. J. Hyndman and Y. Fan, "Sample
/// quantiles in statistical packages", 1996, type 7), of weighted rows the least value up to which
/// the share of the weight is reached. Its interval goes from the quantile at p − z·s to that at
/// p + z·s, s being the standard error of the share of rows below: √(p(1 − p)/n) of independent
/// rows, CR1 of clusters, HC2 of weighted rows. No density is estimated (A. Deng, U. Knoblich and
/// J. Lu, "Applying the delta method in metric analytics: a practical guide with novel ideas",
/// 2018, the outer interval). Ends between two rows are interpolated (type 5).
///
/// The difference has the interval made of both arms' distances by G. Y. Zou and A. Donner (2008),
/// and the p-value at which that interval ends at 0; so has the confidence sequence, at its reach,
/// and none where that is beyond an arm's rows. The relative effect's ends are those of the ratios
/// that are no difference to it (``QuantileRatio``), so that it holds 0 where the difference does,
/// and its p-value is the difference's. Standard errors are half of the interval's
/// width over its reach, as good as the interval is even. With clusters or weights Student's t is
/// taken with the smaller of the arms' degrees of freedom; clusters with rows in both arms count as
/// two, which is on the safe side where their rows are alike. A covariate is not used.
enum QuantileEffect {
    static func estimate(
        _ share: Double, _ control: ArmRows, _ treatment: ArmRows, _ options: EffectOptions
    ) -> Result<ArmEffect, EffectFault> {
        let units = RandomisedUnits(control: control, treatment: treatment)
        if let fault = units.fault { return .failure(fault) }
        var (one, two) = (
            QuantileArm(control, share: share), QuantileArm(treatment, share: share)
        )
        var freedom: Double?
        if control.clusters != nil || control.weights != nil || treatment.weights != nil {
            freedom = spread(&one, &two, (control, treatment), units)
        }
        let reach = StudentT.exceeded(by: (1 - options.level) / 2, freedom: freedom)
        guard let first = one.interval(reach: reach) else {
            return .failure(.tooFewForQuantile(.control))
        }
        guard let second = two.interval(reach: reach) else {
            return .failure(.tooFewForQuantile(.treatment))
        }
        let arms = (
            figure(one, control, first, reach, units.counts.control),
            figure(two, treatment, second, reach, units.counts.treatment)
        )
        let difference = difference(
            one, two, (first, second), reach, freedom, units.count, options)
        guard difference.value.isFinite else { return .failure(.beyondDouble) }
        var effect = ArmEffect(
            control: arms.0, treatment: arms.1, difference: difference,
            method: freedom == nil
                ? "order statistics"
                : "order statistics, " + (control.clusters == nil ? "HC2" : "CR1"))
        if control.covariates != nil || treatment.covariates != nil {
            effect.adjustmentFault = "a quantile is not adjusted by a covariate"
            effect.canBeAdjusted = false
        }
        (effect.relative, effect.relativeFault) = relative(
            QuantileRatio(control: one, treatment: two), arms, difference, reach, units.count,
            options)
        return .success(effect)
    }

    /// Gives both arms the errors of their shares; the degrees of freedom of the difference.
    private static func spread(
        _ one: inout QuantileArm, _ two: inout QuantileArm, _ rows: (ArmRows, ArmRows),
        _ units: RandomisedUnits
    ) -> Double {
        var freedom = Double.infinity
        var errors = (0.0, 0.0)
        // Below the quantile and up to it: where rows tie the two shares differ, and the error may.
        for isBelow in [true, false] {
            func line(_ rows: ArmRows, _ quantile: Double) -> ArmLine {
                let flags = rows.values.map { isBelow ? $0 < quantile : $0 <= quantile }
                return ArmLine(mean: flags.map { $0 ? 1 : 0 }, weights: rows.weights)
            }
            let pair = ArmPair(
                control: line(rows.0, one.value), treatment: line(rows.1, two.value), units: units)
            errors = (
                max(errors.0, pair.ownError(.control)), max(errors.1, pair.ownError(.treatment))
            )
            freedom = min(freedom, pair.freedoms.control, pair.freedoms.treatment)
        }
        if errors.0 > 0 { one.error = errors.0 }
        if errors.1 > 0 { two.error = errors.1 }
        return freedom
    }

    private static func figure(
        _ arm: QuantileArm, _ rows: ArmRows, _ interval: Interval, _ reach: Double, _ clusters: Int
    ) -> ArmFigure {
        let error = (interval.upper - interval.lower) / (2 * reach)
        return ArmFigure(
            value: arm.value, standardError: error > 0 ? error : nil, rows: rows.values.count,
            clusters: rows.clusters == nil ? nil : clusters, interval: interval)
    }

    private static func difference(
        _ one: QuantileArm, _ two: QuantileArm, _ ends: (Interval, Interval), _ reach: Double,
        _ freedom: Double?, _ randomised: Int, _ options: EffectOptions
    ) -> EffectFigure {
        func interval(_ reach: Double) -> Interval? {
            guard let first = one.interval(reach: reach), let second = two.interval(reach: reach)
            else { return nil }
            return Proportions.difference(
                reference: (one.value, first), candidate: (two.value, second))
        }
        let value = two.value - one.value
        let limit = IntervalReach.ending(at: 0, of: value, interval)
        let errors = (
            (ends.0.upper - ends.0.lower) / (2 * reach), (ends.1.upper - ends.1.lower) / (2 * reach)
        )
        let error = hypot(errors.0, errors.1)
        var figure = EffectFigure(
            value: value, standardError: error > 0 ? error : nil, degreesOfFreedom: freedom,
            interval: interval(reach),
            pValue: StudentT.twoSided(limit, freedom: freedom))
        if options.hasSequence, error > 0 {
            // In errors of the shares, as the interval is; with what Student's t adds to them.
            let (rows, alpha) = (Double(randomised), 1 - options.level)
            let widening = widening(reach, options)
            figure.sequence = interval(sequenceReach(reach, randomised, options))
            figure.sequencePValue = ConfidenceSequence.pValue(
                estimate: limit, standardError: widening, rows: rows,
                tuningRows: options.tuningRows, alpha: alpha)
        }
        return figure
    }

    /// What Student's t adds to an error, as a factor.
    private static func widening(_ reach: Double, _ options: EffectOptions) -> Double {
        reach / Normal.exceeded(by: (1 - options.level) / 2)
    }

    /// How many errors of the shares the confidence sequence reaches.
    private static func sequenceReach(
        _ reach: Double, _ randomised: Int, _ options: EffectOptions
    ) -> Double {
        ConfidenceSequence.halfWidth(
            standardError: widening(reach, options), rows: Double(randomised),
            tuningRows: options.tuningRows, alpha: 1 - options.level)
    }

    private static func relative(
        _ ratio: QuantileRatio, _ arms: (ArmFigure, ArmFigure), _ difference: EffectFigure,
        _ reach: Double, _ randomised: Int, _ options: EffectOptions
    ) -> (EffectFigure?, String?) {
        let (first, second) = (arms.0.value, arms.1.value)
        if first == 0 { return (nil, "control's figure is 0") }
        if first < 0 { return (nil, "control's figure is below 0") }
        if let interval = arms.0.interval, interval.lower <= 0, interval.upper >= 0 {
            return (nil, "control's figure may be 0")
        }
        let error = hypot(
            (arms.1.standardError ?? 0) / first,
            second / first * ((arms.0.standardError ?? 0) / first))
        guard error > 0 else { return (nil, "no row differs about the quantile") }
        guard error.isFinite, let interval = ratio.relative(reach: reach) else {
            return (nil, "it is too large for a double")
        }
        // Both ask whether the quantiles are one, of the same order statistics: so they answer.
        var figure = EffectFigure(
            value: (second - first) / first, standardError: error,
            degreesOfFreedom: difference.degreesOfFreedom, interval: interval,
            pValue: difference.pValue)
        if difference.sequence != nil {
            figure.sequence = ratio.relative(reach: sequenceReach(reach, randomised, options))
            figure.sequencePValue = figure.sequence == nil ? nil : difference.sequencePValue
        }
        return (figure, nil)
    }
}
