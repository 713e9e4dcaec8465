internal import HoldfastStatistics

/// From rows to an analysis: first the sample ratio, then each metric and arm against control.
///
///     let run = AnalysisRun(rows: rows, dealing: dealing, options: AnalysisOptions())
///     run.analysis(name: "limits", rowMeaning: "a row is a unit").status   // .told
///
/// Intention to treat: a row counts for the arm that it was dealt, whether a treatment reached it
/// or not (see R. A. Fisher's principle in J. A. Lewis and D. Machin, "Intention to treat: who
/// should use ITT?", 1993). Rows without a metric are left out of that metric alone, and counted by
/// arm.
package struct AnalysisRun {
    let rows: AnalysisRows
    let dealing: AnalysisDealing?
    let options: AnalysisOptions
    /// The rows of each arm, in their order.
    let places: [[Int]]
    private let heldOut: [Int]

    /// What is to be analysed. Without a `dealing` it is not known what shares arms were to have.
    package init(rows: AnalysisRows, dealing: AnalysisDealing?, options: AnalysisOptions) {
        self.rows = rows
        self.dealing = dealing
        self.options = options
        var places = Array(repeating: [Int](), count: rows.arms.count)
        var heldOut: [Int] = []
        for (row, arm) in rows.arm.enumerated() {
            if arm >= 0 { places[Int(arm)].append(row) }
            if arm == AnalysisRows.heldOut { heldOut.append(row) }
        }
        self.places = places
        self.heldOut = heldOut
    }

    /// The analysis, without a word on how far it is.
    package func analysis(
        name: String, rowMeaning: String, flow: [FlowBox] = [], notes: [String] = []
    ) -> Analysis {
        analysis(name: name, rowMeaning: rowMeaning, flow: flow, notes: notes) { _ in }
    }

    /// The analysis. `progress` is told what is being worked on, and may end it by throwing.
    package func analysis(
        name: String, rowMeaning: String, flow: [FlowBox], notes: [String],
        progress: (String) throws -> Void
    ) rethrows -> Analysis {
        var analysis = Analysis(
            name: name, rowMeaning: rowMeaning,
            arms: rows.arms.indices.map {
                AnalysedArm(
                    name: rows.arms[$0], rows: places[$0].count, clusters: clusters(places[$0]))
            }, control: rows.arms[rows.control], flow: flow, notes: notes, options: options)
        analysis.sampleRatio = dealing.flatMap { AnalysedRatio($0, arms: rows.arms) }
        let isRefused = analysis.isRefused
        analysis.metrics = try rows.metrics.map { column in
            try progress("\(column.request.title): estimating")
            return metric(column, isRefused: isRefused)
        }
        guard !isRefused else { return analysis }
        correct(&analysis.metrics)
        if !rows.subgroups.isEmpty {
            try progress("estimating in subgroups")
            analysis.subgroups = subgroups()
        }
        analysis.pictures = AnalysisPictures(analysis: analysis).all
        return analysis
    }

    private func clusters(_ places: [Int]) -> Int? {
        rows.clusters.map { clusters in Set(places.map { clusters[$0] }).count }
    }

    // MARK: - One metric

    private func metric(_ column: AnalysisColumn, isRefused: Bool) -> AnalysedMetric {
        let missing = places.map { rows in rows.count { !column.isKnown($0) } }
        let pValue = DifferentialAttrition.test(
            excluded: missing, counts: places.map(\.count))?.pValue
        let shares = zip(missing, places).map { $1.isEmpty ? 0 : Double($0) / Double($1.count) }
        let largest = rows.treatments.map { abs(shares[$0] - shares[rows.control]) }.max() ?? 0
        var metric = AnalysedMetric(
            title: column.request.title, kind: column.kind,
            missing: rows.arms.indices.map { (rows.arms[$0], places[$0].count, missing[$0]) },
            missingPValue: pValue,
            isAttritionAlarm: (pValue ?? 1) < AnalysisOptions.attritionLimit
                && largest > AnalysisOptions.attritionMargin,
            covariate: column.covariate?.name, effects: [], heldOut: nil, notes: column.notes)
        guard !isRefused else { return metric }
        metric.effects = rows.treatments.map { effect(column, of: $0) }
        metric.heldOut = heldOutFigure(column)
        return metric
    }

    /// An arm against control, with all that stands beside the difference.
    private func effect(_ column: AnalysisColumn, of arm: Int) -> AnalysedEffect {
        let pair = pair(column, arm)
        if let fault = emptyFault(pair, arm) {
            return AnalysedEffect(arm: rows.arms[arm], fault: fault)
        }
        var effect = AnalysedEffect(arm: rows.arms[arm])
        switch estimate(column.kind, column, pair, level: options.level) {
        case .success(let found): effect.effect = found
        case .failure(let fault):
            effect.fault = fault.sentence
            return effect
        }
        if options.isByExposure, let exposed = rows.exposed {
            addComplier(column, pair, exposed[arm], to: &effect)
        }
        effect.trend = trend(column, pair)
        effect.course = course(column, pair)
        return effect
    }

    /// Why there is nothing to compare, where an arm has no row with the metric.
    private func emptyFault(
        _ pair: (control: [Int], treatment: [Int]), _ arm: Int
    ) -> String? {
        for (each, known) in [(rows.control, pair.control), (arm, pair.treatment)] {
            if places[each].isEmpty {
                return "the arm \(rows.arms[each]) has no row: wait for units, or look at how they "
                    + "are dealt"
            }
            guard !known.isEmpty else {
                return "all \(places[each].count) rows of the arm \(rows.arms[each]) miss the "
                    + "metric: look at how its outcomes are recorded"
            }
        }
        return nil
    }

    /// The rows of control and of an arm that have the metric, of those that `isTaken`.
    func pair(
        _ column: AnalysisColumn, _ arm: Int, where isTaken: (Int) -> Bool = { _ in true }
    ) -> (control: [Int], treatment: [Int]) {
        (
            places[rows.control].filter { isTaken($0) && column.isKnown($0) },
            places[arm].filter { isTaken($0) && column.isKnown($0) }
        )
    }

    /// Rows of an arm as the estimators take them.
    func armRows(_ column: AnalysisColumn, _ places: [Int]) -> ArmRows {
        ArmRows(
            values: places.map { column.values[$0] },
            denominators: column.denominators.map { all in places.map { all[$0] } },
            covariates: column.covariate.map { one in places.map { one.values[$0] } },
            clusters: rows.clusters.map { all in places.map { all[$0] } },
            weights: rows.weights.map { all in places.map { all[$0] } })
    }

    func estimate(
        _ kind: EffectMetric, _ column: AnalysisColumn,
        _ pair: (control: [Int], treatment: [Int]), level: Double
    ) -> Result<ArmEffect, EffectFault> {
        ArmEffect.estimate(
            kind, control: armRows(column, pair.control),
            treatment: armRows(column, pair.treatment), options: settings(level: level))
    }

    func settings(level: Double) -> EffectOptions {
        EffectOptions(level: level, tuningRows: options.tuningRows)
    }

    /// The figure of those whom a holdout withheld, by the same estimator as an arm's.
    private func heldOutFigure(_ column: AnalysisColumn) -> ArmFigure? {
        var column = column
        column.covariate = nil
        let known = heldOut.filter(column.isKnown)
        let control = places[rows.control].filter(column.isKnown)
        guard !known.isEmpty, !control.isEmpty,
            case .success(let effect) = estimate(
                column.kind, column, (control, known), level: options.level)
        else { return nil }
        return effect.treatment
    }
}
