/// The effect on a mean, a proportion or a ratio, of rows that are fit for it.
struct LinearEffect {
    private let metric: EffectMetric
    private let control: ArmRows
    private let treatment: ArmRows
    private let pair: ArmPair
    private let options: EffectOptions
    private let isPlainShare: Bool

    static func estimate(
        _ metric: EffectMetric, _ control: ArmRows, _ treatment: ArmRows, _ options: EffectOptions
    ) -> Result<ArmEffect, EffectFault> {
        Self.pair(metric, control, treatment).flatMap { pair in
            LinearEffect(
                metric: metric, control: control, treatment: treatment, pair: pair,
                options: options, isPlainShare: isPlainShare(metric, control, treatment)
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

    private func effect() -> Result<ArmEffect, EffectFault> {
        let linear = isPlainShare ? nil : difference(of: pair)
        guard let plain = isPlainShare ? ofShares() : linear ?? ofAlikeShares() else {
            return .failure(pair.fault)
        }
        var effect = ArmEffect(
            control: figure(.control), treatment: figure(.treatment), difference: plain,
            method: linear == nil ? "Newcombe" : method)
        var best = pair
        if control.covariates != nil || treatment.covariates != nil {
            switch adjusted() {
            case .success(let (lines, pair, figure)):
                best = pair
                effect.difference = figure
                effect.adjustment = CovariateAdjustment(
                    theta: lines.theta, varianceReduction: lines.varianceReduction,
                    unadjusted: plain, rowsWithoutCovariate: lines.rowsWithoutCovariate)
                effect.method = "CUPED, " + method
            case .failure(let fault):
                effect.adjustmentFault = fault.sentence
            }
        }
        switch relative(best) {
        case .success(let figure): effect.relative = figure
        case .failure(let fault): effect.relativeFault = fault.clause
        }
        return .success(effect)
    }

    private var method: String {
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

    // MARK: Shares

    private func ofShares() -> EffectFigure? {
        func counts(_ rows: ArmRows) -> (successes: Double, count: Double) {
            (rows.values.reduce(0, +), Double(rows.values.count))
        }
        return ofShares(counts(control), counts(treatment))
    }

    /// Shares of clusters or weighted rows that are all alike within each arm: as many rows as
    /// there are clusters are all that can be relied on, and no more than weights leave of them.
    private func ofAlikeShares() -> EffectFigure? {
        guard metric == .proportion, pair.degreesOfFreedom == nil, pair.fault == .oneValue
        else { return nil }
        func counts(_ rows: ArmRows, _ units: Int) -> (successes: Double, count: Double) {
            var size = Double(units)
            if let weights = rows.weights {
                let sum = weights.reduce(0, +)
                size = min(size, sum * sum / weights.reduce(0) { $0 + $1 * $1 })
            }
            return ((rows.values.first ?? 0) * size, size)
        }
        return ofShares(
            counts(control, pair.units.counts.control),
            counts(treatment, pair.units.counts.treatment))
    }

    private func ofShares(
        _ one: (successes: Double, count: Double), _ two: (successes: Double, count: Double)
    ) -> EffectFigure? {
        let (p, q) = (one.successes / one.count, two.successes / two.count)
        let error = (p * (1 - p) / one.count + q * (1 - q) / two.count).squareRoot()
        func interval(_ reach: Double) -> Interval? {
            Proportions.difference(reference: one, candidate: two, reach: reach)
        }
        var figure = EffectFigure(
            value: q - p, standardError: error > 0 ? error : nil,
            interval: interval(Normal.exceeded(by: (1 - options.level) / 2)),
            pValue: Normal.twoSided(IntervalReach.ending(at: 0, of: q - p, interval)))
        figure.addSequence(pair.units.count, options)
        return figure
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
        if metric == .proportion {
            figure.interval = ClusteredMean.shareInterval(
                rows.values.map { $0 == 1 }, weights: rows.weights, clusters: rows.clusters,
                level: options.level)
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
    private func relative(_ pair: ArmPair) -> Result<EffectFigure, RelativeFault> {
        let (first, second) = (pair.control.value, pair.treatment.value)
        if first == 0 { return .failure(RelativeFault(clause: "control's figure is 0")) }
        guard pair.units.fault == nil, let freedom = pair.degreesOfFreedom else {
            return .failure(RelativeFault(clause: "no row differs within an arm"))
        }
        let own = pair.ownError(.control)
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
        let figure = EffectFigure(
            value: pair.difference / first, standardError: error,
            widening: pair.widening(control: slope, treatment: 1 / first),
            degreesOfFreedom: freedom, randomised: pair.units.count, options: options)
        return figure.map { .success($0) }
            ?? .failure(RelativeFault(clause: "it is too large for a double"))
    }
}
