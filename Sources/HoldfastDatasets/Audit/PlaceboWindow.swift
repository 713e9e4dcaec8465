internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL
internal import HoldfastStatistics

/// The outcome in the horizon before the experiment began, by arm: the arms were not there yet, so
/// that a difference says that units were not dealt by chance, or that a time is wrong.
struct PlaceboWindow {
    let stage: ExportStage

    /// The least p-value, corrected over the arms, that passes.
    static let limit = 0.001

    /// `nil` where the catalog says no beginning or no unit had an outcome then.
    func placebo() throws -> Audit.Placebo? {
        let plan = stage.plan
        let experiment = plan.experiment
        guard let starts = experiment.starts else { return nil }
        let from = starts.microseconds - plan.outcome.horizon.microseconds
        var arms = [WeightedNumberSummary](
            repeating: WeightedNumberSummary(), count: experiment.arms.count)
        // The last outcome of each unit then; of two at one moment, that of the greater id.
        try stage.engine.stream(
            """
            SELECT x.box, o.value FROM hf_firsts AS hf_units
            JOIN decisions AS d ON d.decision = hf_units.decision
            JOIN hf_export AS x ON x.decision = d.decision
            JOIN (
              SELECT unit, value,
                ROW_NUMBER() OVER (PARTITION BY unit ORDER BY observed_at DESC, id DESC) AS place
              FROM outcomes
              WHERE name = \(plan.outcome.name.text) AND received_at <= \(plan.request.asOf.microseconds)
                AND observed_at >= \(from) AND observed_at < \(starts.microseconds)) AS o
              ON o.unit = d.unit AND o.place = 1
            ORDER BY o.value
            """
        ) { row throws in
            let box = RowBox(row.integer(0))
            if box.isDealt, let arm = box.arm { arms[arm].add(row.real(1)) }
        }
        guard arms.contains(where: { $0.weights.count > 0 }) else { return nil }
        return Audit.Placebo(
            arms: zip(experiment.arms, arms).map {
                Audit.Placebo.Arm(arm: $0.name.text, units: $1.weights.count, mean: $1.mean)
            }, pValue: test(arms, control: experiment.controlIndex))
    }

    /// Each arm against control by Welch's statistic and the normal distribution; the least
    /// p-value after Holm's correction.
    private func test(_ arms: [WeightedNumberSummary], control: Int) -> Double? {
        let pValues = arms.indices.filter { $0 != control }.map { arm -> Double? in
            guard let one = arms[arm].mean, let other = arms[control].mean,
                let spread = arms[arm].variance, let rest = arms[control].variance
            else { return nil }
            let variance =
                spread / Double(arms[arm].weights.count)
                + rest / Double(arms[control].weights.count)
            guard variance > 0 else { return one == other ? 1 : 0 }
            return Normal.twoSided((one - other) / variance.squareRoot())
        }
        return Holm.adjusted(pValues).compactMap { $0 }.min()
    }

    func gate(_ placebo: Audit.Placebo?) -> Gate {
        guard let placebo, let pValue = placebo.pValue else {
            return Gate(
                name: .placebo, passed: true, figure: nil, limit: PlaceboWindow.limit,
                detail: "no outcomes of two arms before the experiment began", waiver: nil)
        }
        let arms = placebo.arms.map { arm in
            "\(arm.arm) \(arm.mean.map { ControlBalance.told($0) } ?? "-") of \(arm.units)"
        }
        return Gate(
            name: .placebo, passed: pValue >= PlaceboWindow.limit, figure: pValue,
            limit: PlaceboWindow.limit,
            detail: "outcomes before the experiment began: \(arms.joined(separator: ", "))",
            waiver: nil)
    }
}
