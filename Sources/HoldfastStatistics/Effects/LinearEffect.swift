/// The effect on a mean, a proportion or a ratio, of rows that are fit for it.
struct LinearEffect {
    private let metric: EffectMetric
    private let control: ArmRows
    private let treatment: ArmRows
    private let pair: ArmPair
    private let options: EffectOptions
    /// What both arms' shares are worth, of a proportion.
    private let shares: ShareDifference?

    static func estimate(
        _ metric: EffectMetric, _ control: ArmRows, _ treatment: ArmRows, _ options: EffectOptions
    ) -> Result<ArmEffect, EffectFault> {
        Self.pair(metric, control, treatment).flatMap { pair in
            LinearEffect(
                metric: metric, control: control, treatment: treatment, pair: pair,
                options: options, shares: shares(metric, control, treatment, pair)
            ).effect()
        }
    }

    /// The lines of both arms with what was randomised.
    static func pair(
        _ metric: EffectMetric, _ control: ArmRows, _ treatment: ArmRows
    ) -> Result<ArmPair, EffectFault> {
        let units = RandomisedUnits(control: control, treatment: treatment)
        let isPlainShare = isPlainShare(metric, control, treatment)
        // One row of a share has an interval, one of anything else has none.
        if !isPlainShare, let fault = units.fault { return .failure(fault) }
        return ArmLine.of(control, metric, .control).flatMap { first in
            ArmLine.of(treatment, metric, .treatment).map { second in
                ArmPair(control: first, treatment: second, units: units, ofShares: isPlainShare)
            }
        }
    }

    private static func isPlainShare(
        _ metric: EffectMetric, _ control: ArmRows, _ treatment: ArmRows
    ) -> Bool {
        metric == .proportion && control.clusters == nil && control.weights == nil
            && treatment.weights == nil
    }

    private static func shares(
        _ metric: EffectMetric, _ control: ArmRows, _ treatment: ArmRows, _ pair: ArmPair
    ) -> ShareDifference? {
        guard metric == .proportion else { return nil }
        return ShareDifference(
            control: ShareArm(
                control, share: pair.control.value, units: pair.units.counts.control,
                error: pair.ownError(.control) * pair.ownWidenings.control,
                freedom: pair.freedoms.control),
            treatment: ShareArm(
                treatment, share: pair.treatment.value, units: pair.units.counts.treatment,
                error: pair.ownError(.treatment) * pair.ownWidenings.treatment,
                freedom: pair.freedoms.treatment))
    }

    private func effect() -> Result<ArmEffect, EffectFault> {
        guard let (plain, method) = plain() else { return .failure(pair.fault) }
        if let fault = denominatorFault() { return .failure(fault) }
        var effect = ArmEffect(
            control: figure(.control), treatment: figure(.treatment), difference: plain,
            method: method)
        var best = pair
        if control.covariates != nil || treatment.covariates != nil {
            switch adjusted() {
            case .success(let (lines, pair, figure)):
                best = pair
                effect.difference = figure
                effect.adjustment = CovariateAdjustment(
                    theta: lines.theta, varianceReduction: lines.varianceReduction,
                    unadjusted: plain, rowsWithoutCovariate: lines.rowsWithoutCovariate)
                effect.method = "CUPED, " + linearMethod
            case .failure(let fault):
                effect.adjustmentFault = fault.sentence
            }
        }
        switch relative(best, isAdjusted: effect.adjustment != nil) {
        case .success(let figure): effect.relative = figure
        case .failure(let fault): effect.relativeFault = fault.clause
        }
        if let shares, !shares.has(ShareDifference.leastForSequence) {
            effect.difference.dropSequence()
            effect.relative?.dropSequence()
        }
        return .success(effect)
    }

    /// The arm whose denominators' mean may be 0, of a ratio: the delta method is of no use there.
    private func denominatorFault() -> EffectFault? {
        guard metric == .ratio, let one = control.denominators, let two = treatment.denominators
        else { return nil }
        let below = ArmPair(
            control: ArmLine(mean: one, weights: control.weights),
            treatment: ArmLine(mean: two, weights: treatment.weights), units: pair.units)
        func mayBeZero(_ mean: Double, _ error: Double, _ freedom: Double) -> Bool {
            // Of 95% whatever the effect's level, which tells no more of one ratio than of another.
            !(abs(mean) > StudentT.exceeded(by: 0.025, degreesOfFreedom: freedom) * error)
        }
        let errors = (
            below.ownError(.control) * below.ownWidenings.control,
            below.ownError(.treatment) * below.ownWidenings.treatment
        )
        if mayBeZero(below.control.value, errors.0, below.freedoms.control) {
            return .denominatorNearZero(.control)
        }
        return mayBeZero(below.treatment.value, errors.1, below.freedoms.treatment)
            ? .denominatorNearZero(.treatment) : nil
    }

    private var isPlainShare: Bool { Self.isPlainShare(metric, control, treatment) }

    /// The difference without a covariate, and its method; `nil` where nothing tells its error.
    private func plain() -> (EffectFigure, method: String)? {
        let linear = isPlainShare ? nil : difference(of: pair)
        guard let shares else { return linear.map { ($0, linearMethod) } }
        // Of clusters with rows in both arms what arms have in common cancels.
        if pair.units.isShared, let linear { return (linear, linearMethod) }
        guard isPlainShare || linear != nil || pair.fault == .oneValue else { return nil }
        let figure = shares.figure(
            error: pair.standardError(control: -1, treatment: 1), randomised: pair.units.count,
            options)
        return (figure, linear == nil ? "Newcombe" : "Newcombe, " + linearMethod)
    }

    private var linearMethod: String {
        let spread = control.clusters == nil ? "HC2" : "CR1"
        let isPlain = control.clusters == nil && control.weights == nil && treatment.weights == nil
        switch metric {
        case .mean, .proportion: return isPlain ? "Welch" : spread
        case .ratio: return isPlain ? "delta method" : "delta method, " + spread
        case .quantile: return "order statistics"
        }
    }

    private func difference(of pair: ArmPair) -> EffectFigure? {
        let error = pair.standardError(control: -1, treatment: 1)
        guard error > 0, let freedom = pair.degreesOfFreedom else { return nil }
        return EffectFigure(
            value: pair.difference, standardError: error,
            widening: pair.widening(control: -1, treatment: 1), degreesOfFreedom: freedom,
            randomised: pair.units.count, options: options)
    }

    // MARK: Arms

    private func figure(_ arm: EffectArm) -> ArmFigure {
        let (rows, line) =
            switch arm {
            case .control: (control, pair.control)
            case .treatment: (treatment, pair.treatment)
            }
        let (freedom, widening, clusters) =
            switch arm {
            case .control:
                (pair.freedoms.control, pair.ownWidenings.control, pair.units.counts.control)
            case .treatment:
                (pair.freedoms.treatment, pair.ownWidenings.treatment, pair.units.counts.treatment)
            }
        let error = pair.ownError(arm)
        var figure = ArmFigure(
            value: line.value, standardError: error > 0 && error.isFinite ? error : nil,
            rows: rows.values.count, clusters: rows.clusters == nil ? nil : clusters)
        if let shares {
            let share = arm == .control ? shares.control : shares.treatment
            figure.interval = share.interval(level: options.level)
        } else if let error = figure.standardError {
            let reach = StudentT.exceeded(by: (1 - options.level) / 2, degreesOfFreedom: freedom)
            figure.interval = Interval(around: line.value, half: reach * widening * error)
        }
        return figure
    }

    // MARK: Covariates

    private func adjusted() -> Result<(AdjustedLines, ArmPair, EffectFigure), AdjustedLines.Fault> {
        if let fault = pair.units.fault {
            return .failure(AdjustedLines.Fault(sentence: fault.sentence))
        }
        if let shares, !shares.has(ShareDifference.leastForCovariate) {
            return .failure(
                AdjustedLines.Fault(sentence: "an arm has fewer than 10 successes or failures"))
        }
        return AdjustedLines.of(pair, (control, treatment), metric).flatMap { lines in
            let pair = ArmPair(
                control: lines.control, treatment: lines.treatment, units: pair.units)
            guard let figure = difference(of: pair) else {
                return .failure(AdjustedLines.Fault(sentence: "no variance is left in either arm"))
            }
            return .success((lines, pair, figure))
        }
    }

    // MARK: Relative

    private struct RelativeFault: Error {
        let clause: String
    }

    /// The difference over control's figure, by the delta method: that of a quotient is of no use
    /// where the divisor may be 0.
    private func relative(
        _ pair: ArmPair, isAdjusted: Bool
    ) -> Result<EffectFigure, RelativeFault> {
        let (first, second) = (pair.control.value, pair.treatment.value)
        if first == 0 { return .failure(RelativeFault(clause: "control's figure is 0")) }
        // A quotient of a rise by what is below 0 would read as a fall.
        if first < 0 { return .failure(RelativeFault(clause: "control's figure is below 0")) }
        guard pair.units.fault == nil, let freedom = pair.degreesOfFreedom else {
            return .failure(RelativeFault(clause: "no row differs within an arm"))
        }
        // Of clusters and weights a share may be less sure than its rows look.
        let worth = isAdjusted || isPlainShare || pair.units.isShared ? nil : shares
        let own = worth?.control.spread.squareRoot() ?? pair.ownError(.control)
        let reach = StudentT.exceeded(
            by: (1 - options.level) / 2, degreesOfFreedom: pair.freedoms.control)
        guard abs(first) > reach * own else {
            return .failure(RelativeFault(clause: "control's figure may be 0"))
        }
        let slope = -(second / first) / first
        let error = pair.standardError(control: slope, treatment: 1 / first)
        guard error > 0 else {
            return .failure(RelativeFault(clause: "no row of treatment differs from 0"))
        }
        let widening =
            worth.map { $0.error(control: slope, treatment: 1 / first) / error }
            ?? pair.widening(control: slope, treatment: 1 / first)
        let figure = EffectFigure(
            value: pair.difference / first, standardError: error, widening: widening,
            degreesOfFreedom: worth?.degreesOfFreedom ?? freedom, randomised: pair.units.count,
            options: options)
        return figure.map { .success($0) }
            ?? .failure(RelativeFault(clause: "it is too large for a double"))
    }
}
