/// What the treatment did to those whom dealing it made exposed: the complier average causal
/// effect.
///
///     let effect = try ComplierEffect.estimate(
///         .mean, control: control, treatment: treatment, options: EffectOptions()).get()
///     effect.exposure.treatment.value   // 0.7: the part of treatment that was reached
///     effect.difference.value           // the outcome's difference over that of exposure
///
/// The outcome's difference over the difference of exposure rates (A. Wald, 1940). Where dealing
/// acts on the outcome through exposure alone, and makes nobody unexposed who would otherwise be
/// exposed, that is the mean effect on those whom it made exposed (G. W. Imbens and J. D. Angrist,
/// "Identification and estimation of local average treatment effects", 1994; J. D. Angrist, G. W.
/// Imbens and D. B. Rubin, "Identification of causal effects using instrumental variables", 1996).
/// Exposed rows of control are allowed. Neither condition can be seen in the data, and comparing
/// exposed rows with the others would be comparing who let themselves be reached.
///
/// The error is that of outcome − effect · exposure over the difference of rates, which is
/// two-stage least squares with robust errors: Welch's of rows, CR1 of clusters. Covariates are not
/// used.
package struct ComplierEffect: Sendable, Equatable {
    /// The effect on compliers, in the outcome's units.
    package var difference: EffectFigure
    /// The share of each arm that was exposed.
    package var exposure: (control: ArmFigure, treatment: ArmFigure) {
        (exposureEffect.control, exposureEffect.treatment)
    }
    /// The squared ratio of the difference of the exposure rates to its robust error (J. L. Montiel
    /// Olea and C. Pflueger, "A robust test for weak instruments", 2013); `nil` where exposure is
    /// what was dealt.
    package var firstStageF: Double?
    /// The method, such as "Wald, CR1".
    package var method: String
    private var exposureEffect: ArmEffect

    /// The least F of ``firstStageF`` at which the interval can be relied on (D. Staiger and J. H.
    /// Stock, "Instrumental variables regression with weak instruments", 1997).
    package static let leastF = 10.0

    /// The effect on the compliers of two arms, whose rows say which were exposed.
    ///
    /// - Returns: a fault where the rows are unfit, and `weakExposure` where F is below ``leastF``:
    ///   then nothing can be said.
    package static func estimate(
        _ metric: EffectMetric, control: ArmRows, treatment: ArmRows, options: EffectOptions
    ) -> Result<ComplierEffect, EffectFault> {
        guard metric == .mean || metric == .proportion else { return .failure(.noComplierMetric) }
        guard let first = control.exposed else { return .failure(.noExposure(.control)) }
        guard let second = treatment.exposed else { return .failure(.noExposure(.treatment)) }
        var (one, two) = (control, treatment)
        (one.covariates, two.covariates) = (nil, nil)
        // What cannot be told of all that were dealt cannot be told of a part.
        let whole = ArmEffect.estimate(metric, control: one, treatment: two, options: options)
        if case .failure(let fault) = whole { return .failure(fault) }
        let flags = (first.map { $0 ? 1.0 : 0 }, second.map { $0 ? 1.0 : 0 })
        return compliers((one, two), flags, options)
    }

    private static func compliers(
        _ rows: (ArmRows, ArmRows), _ flags: ([Double], [Double]), _ options: EffectOptions
    ) -> Result<ComplierEffect, EffectFault> {
        func effect(_ one: [Double], _ two: [Double], _ metric: EffectMetric)
            -> Result<ArmEffect, EffectFault>
        {
            var rows = rows
            (rows.0.values, rows.1.values) = (one, two)
            return ArmEffect.estimate(
                metric, control: rows.0, treatment: rows.1, options: options)
        }
        // A mean, for the error that a regression gives; it has none where exposure is all or none.
        let exposure: ArmEffect
        let strength: Double?
        switch effect(flags.0, flags.1, .mean) {
        case .success(let found):
            exposure = found
            let z = found.difference.standardError.map { found.difference.value / $0 } ?? 0
            strength = z * z
        case .failure(.oneValue):
            guard case .success(let found) = effect(flags.0, flags.1, .proportion) else {
                return .failure(.oneValue)
            }
            exposure = found
            strength = found.difference.value == 0 ? 0 : nil
        case .failure(let fault): return .failure(fault)
        }
        if let strength, strength < leastF { return .failure(.weakExposure(strength)) }
        let rate = exposure.difference.value
        let wald = mean(of: rows.1, less: rows.0) / rate
        func rest(_ rows: ArmRows, _ flags: [Double]) -> [Double] {
            zip(rows.values, flags).map { $0 - wald * $1 }
        }
        return effect(rest(rows.0, flags.0), rest(rows.1, flags.1), .mean).flatMap { left in
            guard let error = left.difference.standardError,
                let figure = EffectFigure(
                    value: wald, standardError: error / abs(rate),
                    widening: left.difference.widening(options),
                    degreesOfFreedom: left.difference.degreesOfFreedom,
                    randomised: RandomisedUnits(control: rows.0, treatment: rows.1).count,
                    options: options)
            else { return .failure(.beyondDouble) }
            return .success(
                ComplierEffect(
                    difference: figure, firstStageF: strength,
                    method: "Wald, " + left.method, exposureEffect: exposure))
        }
    }

    private static func mean(of treatment: ArmRows, less control: ArmRows) -> Double {
        let (one, two) = (
            ArmLine(mean: control.values, weights: control.weights),
            ArmLine(mean: treatment.values, weights: treatment.weights)
        )
        return (two.value - one.value) + (two.rest - one.rest)
    }
}
