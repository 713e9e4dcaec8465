/// What treatment did to a metric, beside control: the difference and the relative effect.
///
///     let effect = try ArmEffect.estimate(
///         .mean, control: ArmRows(values: [1, 2, 3, 4]), treatment: ArmRows(values: [3, 4, 6, 7]),
///         options: EffectOptions()
///     ).get()
///     effect.difference.value         // 2.5
///     effect.difference.interval      // -0.3111… ... 5.3111…
///     effect.difference.pValue        // 0.0716…
///     effect.method                   // "Welch"
///
/// It is the effect of what was *dealt* (by intention to treat), which chance alone makes
/// comparable: ``ComplierEffect`` is another question. The interval and the p-value are those of
/// one look at a time that was fixed beforehand, the sequence is for any number of looks.
///
/// - A **mean** has B. L. Welch's interval (1947). With weights it is J. Hájek's mean (1971), with
///   the variance HC2, which is Welch's where weights are alike.
/// - A **proportion** has R. G. Newcombe's interval (1998, method 10), and the p-value at which
///   that interval ends at 0. With clusters or weights each arm counts as the independent rows that
///   would tell as much of its share (``ShareArm``), but where clusters have rows in both arms. Its
///   sequence begins when each arm has 5 successes and 5 failures, a covariate's use with 10.
/// - A **ratio** has the delta method's variance, and so has every relative effect but that of a
///   quantile, with the difference's degrees of freedom, as in gbstats.
/// - A **quantile** has the interval of its order statistics, and so has its relative effect: see
///   ``QuantileEffect``.
/// - With **clusters** the standard error is CR1, as statsmodels has it of a regression on a
///   constant and the arm: clusters/(clusters − 1) · (rows − 1)/(rows − 2) (K.-Y. Liang and S. L.
///   Zeger, 1986). Its variance falls short where clusters are few or of unlike size: the interval,
///   the p-value and the sequence make up for that, and have each arm's degrees of freedom, put
///   together as Welch does (``ClusterFreedom``). Clusters of one size have Welch's test of their
///   means. Where clusters have rows in both arms the interval is CR1's, with as many degrees of
///   freedom as there are clusters, less one.
package struct ArmEffect: Sendable, Equatable {
    /// Control's rows, without any adjustment.
    package var control: ArmFigure
    /// Treatment's rows, without any adjustment.
    package var treatment: ArmFigure
    /// Treatment's figure less control's; adjusted where there is an ``adjustment``.
    package var difference: EffectFigure
    /// The difference over control's figure, both adjusted where there is an ``adjustment``; `nil`
    /// where ``relativeFault`` says why, such as a figure that may be 0 or is below it.
    package var relative: EffectFigure?
    /// Why there is no relative effect, in a clause.
    package var relativeFault: String?
    /// What a covariate took out; `nil` where none is given, or ``adjustmentFault`` says why.
    package var adjustment: CovariateAdjustment?
    /// Why a covariate that is given was not used, in a clause.
    package var adjustmentFault: String?
    /// Whether a covariate adjusts this kind of metric at all: where not, ``adjustmentFault`` is
    /// for the reader to know, and nothing that was to be had is missing.
    package var canBeAdjusted = true
    /// The methods of the difference, such as "Welch", "Newcombe, CR1" or "CUPED, delta method,
    /// CR1".
    package var method: String

    /// The effect of two arms' rows.
    ///
    /// - Returns: a fault where the rows are unfit, or tell nothing; never a figure that is not
    ///   finite.
    package static func estimate(
        _ metric: EffectMetric, control: ArmRows, treatment: ArmRows, options: EffectOptions
    ) -> Result<ArmEffect, EffectFault> {
        if let fault = fault(metric, control, treatment, options) { return .failure(fault) }
        let arms = [control, treatment]
        let own = BinaryScale(of: arms.map(\.values))
        let below = BinaryScale(of: metric == .ratio ? arms.compactMap(\.denominators) : [])
        let covariate = BinaryScale(of: arms.compactMap(\.covariates))
        let scaled = arms.map { rows in
            var rows = rows.withUsefulWeights()
            rows.values = own.applied(to: rows.values)
            rows.denominators = rows.denominators.map(below.applied)
            rows.covariates = rows.covariates.map(covariate.applied)
            return rows
        }
        let effect: Result<ArmEffect, EffectFault>
        if case .quantile(let share) = metric {
            effect = QuantileEffect.estimate(share, scaled[0], scaled[1], options)
        } else {
            effect = LinearEffect.estimate(metric, scaled[0], scaled[1], options)
        }
        return effect.flatMap { effect in
            let back = below.exponent - own.exponent
            let whole = effect.times(powerOfTwo: back, covariate: covariate.exponent)
            return whole.map { .success($0) } ?? .failure(.beyondDouble)
        }
    }

    /// What makes two arms' rows unfit before anything is worked out.
    static func fault(
        _ metric: EffectMetric, _ control: ArmRows, _ treatment: ArmRows, _ options: EffectOptions
    ) -> EffectFault? {
        if let fault = options.fault(metric) ?? control.fault(.control, metric)
            ?? treatment.fault(.treatment, metric)
        {
            return fault
        }
        switch (control.clusters, treatment.clusters) {
        case (nil, _?): return .unequalColumns(.control)
        case (_?, nil): return .unequalColumns(.treatment)
        case (nil, nil), (_?, _?): return nil
        }
    }

    private func times(powerOfTwo exponent: Int, covariate: Int) -> ArmEffect? {
        guard exponent != 0 || covariate != 0 else { return self }
        guard let control = control.times(powerOfTwo: exponent),
            let treatment = treatment.times(powerOfTwo: exponent),
            let difference = difference.times(powerOfTwo: exponent)
        else { return nil }
        var effect = self
        (effect.control, effect.treatment, effect.difference) = (control, treatment, difference)
        if let adjustment {
            let theta = BinaryScale.times(adjustment.theta, exponent + covariate)
            guard theta.isFinite,
                let unadjusted = adjustment.unadjusted.times(powerOfTwo: exponent)
            else { return nil }
            effect.adjustment?.theta = theta
            effect.adjustment?.unadjusted = unadjusted
        }
        return effect
    }
}
