/// One week's rows of both arms, counted from each unit's first decision.
package struct EffectWeek: Sendable {
    /// The week, 0 being the first.
    package var week: Int
    /// Control's rows of that week.
    package var control: ArmRows
    /// Treatment's.
    package var treatment: ArmRows

    /// A week of some rows.
    package init(week: Int, control: ArmRows, treatment: ArmRows) {
        self.week = week
        self.control = control
        self.treatment = treatment
    }
}

/// Whether an effect wears off, or grows, with the weeks since a unit first met it.
///
///     let trend = EffectTrend.estimate(.mean, weeks: weeks, options: EffectOptions())
///     trend.weeks[0].effect             // the first week's
///     trend.slope?.interval             // by how much it changes a week
///
/// A novelty fades, and what must be learnt grows. The slope is that of the weekly differences,
/// each of the weight of its squared error's inverse. Where rows name clusters these are the same
/// ones in all weeks, and the slope's error is CR1 over them: a unit that is there every week is
/// one cluster, and must be given as such. Without clusters weeks are taken for independent, which
/// is right where each unit is in one week only.
///
/// The weeks are those of the units that have come so far: units that came early tell more of them.
package struct EffectTrend: Sendable, Equatable {
    /// The effect of one week, or why there is none.
    package struct Week: Sendable, Equatable {
        /// The week, 0 being the first.
        package var week: Int
        /// Its effect, `nil` where there is a ``fault``.
        package var effect: ArmEffect?
        /// Why its effect could not be worked out.
        package var fault: EffectFault?
    }

    /// The weeks, in order.
    package var weeks: [Week]
    /// By how much the difference changes from one week to the next; its p-value tests whether it
    /// does. `nil` where fewer than three weeks have an effect with an error.
    package var slope: EffectFigure?

    /// The effects by week, and their slope. Covariates are not used.
    package static func estimate(
        _ metric: EffectMetric, weeks: [EffectWeek], options: EffectOptions
    ) -> EffectTrend {
        let ordered = weeks.sorted { $0.week < $1.week }.map { week in
            var week = week
            (week.control.covariates, week.treatment.covariates) = (nil, nil)
            return week
        }
        var found: [(rows: EffectWeek, figure: EffectFigure, error: Double)] = []
        var results: [Week] = []
        for rows in ordered {
            switch ArmEffect.estimate(
                metric, control: rows.control, treatment: rows.treatment, options: options)
            {
            case .success(let effect):
                results.append(Week(week: rows.week, effect: effect))
                if let error = effect.difference.standardError {
                    found.append((rows, effect.difference, error))
                }
            case .failure(let fault):
                results.append(Week(week: rows.week, fault: fault))
            }
        }
        return EffectTrend(weeks: results, slope: slope(found, metric, options))
    }

    private static func slope(
        _ weeks: [(rows: EffectWeek, figure: EffectFigure, error: Double)],
        _ metric: EffectMetric, _ options: EffectOptions
    ) -> EffectFigure? {
        guard weeks.count > 2, let smallest = weeks.map(\.error).min() else { return nil }
        // On the scale of the smallest error, whose square may not be a double.
        let precisions = weeks.map { smallest / $0.error * (smallest / $0.error) }
        let total = precisions.reduce(0, +)
        let times = weeks.map { Double($0.rows.week) }
        let centre = zip(precisions, times).reduce(0) { $0 + $1.0 * $1.1 } / total
        let spread = zip(precisions, times).reduce(0) {
            $0 + $1.0 * ($1.1 - centre) * ($1.1 - centre)
        }
        guard spread > 0 else { return nil }
        let factors = zip(precisions, times).map { $0 * ($1 - centre) / spread }
        let value = zip(factors, weeks).reduce(0) { $0 + $1.0 * $1.1.figure.value }
        let clustered = clusteredError(weeks.map(\.rows), metric, factors)
        let error = clustered?.error ?? smallest / spread.squareRoot()
        guard value.isFinite, error > 0, error.isFinite else { return nil }
        var bare = options
        // The weeks that are known change from look to look: no sequence is of the same slope.
        bare.hasSequence = false
        return EffectFigure(
            value: value, standardError: error,
            degreesOfFreedom: clustered.map { Double($0.count - 1) }, randomised: 0, options: bare)
    }

    /// The error of a slope over weeks in which clusters may come again, and how many there are.
    ///
    /// - Returns: `nil` where rows name no clusters, or where a week has no linear parts.
    private static func clusteredError(
        _ weeks: [EffectWeek], _ metric: EffectMetric, _ factors: [Double]
    ) -> (error: Double, count: Int)? {
        var parts: [Double] = []
        var codes: [Int32] = []
        for (week, factor) in zip(weeks, factors) {
            guard let one = week.control.clusters, let two = week.treatment.clusters,
                let pair = linePair(metric, week)
            else { return nil }
            parts += pair.control.parts.map { -(factor * $0) }
            parts += pair.treatment.parts.map { factor * $0 }
            codes += one + two
        }
        let (error, clusters) = ClusteredMean.error(ofSumOf: parts, clusters: codes)
        return error.map { ($0, clusters) }
    }

    private static func linePair(_ metric: EffectMetric, _ rows: EffectWeek) -> ArmPair? {
        if case .quantile = metric { return nil }
        guard
            case .success(let pair) = LinearEffect.pair(
                metric, rows.control.withUsefulWeights(), rows.treatment.withUsefulWeights())
        else { return nil }
        return pair
    }
}
