internal import HoldfastAssignment
internal import HoldfastStatistics

/// Whether the same rules leave out as many in each arm.
///
/// What was randomised counts once, by its first decision, as in ``SampleRatio``. A rule that asks
/// for this experiment's own treatment can fire in one arm only, and says nothing: it is shown and
/// not judged.
///
/// An outcome can be missing because the model acted: a blocked payment never shows whether it was
/// fraud. Where it was logged whether the model meant to act, that rule is judged by the rows on
/// which it did not: nothing was done to those in any arm.
struct ArmLosses {
    let stage: ExportStage

    /// The least p-value, corrected over the rules, that passes; and the smallest difference
    /// between arms' shares that matters.
    static let limit = 0.001
    static let margin = 0.01

    private var experiment: Experiment { stage.plan.experiment }

    /// Whether the rule can fire whatever the arm.
    func isTwoArmed(_ exclusion: Exclusion) -> Bool { exclusion.isTwoArmed(experiment) }

    /// The rules that are tested after the assignment, each with its losses; at last all those
    /// together that can fire in every arm.
    func attrition() -> [Audit.Attrition] {
        let rules: [Exclusion] = [
            .crossover, .interference, .clusterExposed, .carryOver, .logGap, .notRipe, .featureTime,
        ]
        let asked = rules.filter { stage.count($0).holds > 0 }
        var attrition = asked.map { rule in
            losses(rule, among: { rule != .notRipe || isComparable($0) }) { $0.holds(rule) }
        }
        attrition.append(losses(nil, among: { _ in true }, isLost))
        let adjusted = Holm.adjusted(attrition.map(\.pValue))
        for index in attrition.indices {
            attrition[index].isAlarm =
                (adjusted[index] ?? 1) < ArmLosses.limit
                && abs(attrition[index].difference ?? 0) > ArmLosses.margin
        }
        return attrition
    }

    /// Whether any rule that can fire in every arm leaves the row out, as far as arms can be
    /// compared by it.
    func isLost(_ box: RowBox) -> Bool {
        box.exclusions.contains { rule in
            isTwoArmed(rule) && (rule != .notRipe || box.isEarly || isComparable(box))
        }
    }

    /// Whether nothing was done to the row because of its arm that could hide an outcome.
    private func isComparable(_ box: RowBox) -> Bool { !isIntentLogged || !box.isActing }

    private var isIntentLogged: Bool { stage.firsts.contains { !$0.box.isActing } }

    private func losses(
        _ exclusion: Exclusion?, among isAmong: (RowBox) -> Bool, _ isLost: (RowBox) -> Bool
    ) -> Audit.Attrition {
        var counts = Array(repeating: 0, count: experiment.arms.count)
        var lost = counts
        for (box, units) in stage.firsts where box.isDealt && isAmong(box) {
            guard let arm = box.arm else { continue }
            counts[arm] += units
            if isLost(box) { lost[arm] += units }
        }
        let isOneArmed = exclusion.map { !isTwoArmed($0) } ?? false
        let shares = zip(lost, counts).map { $1 == 0 ? nil : Double($0) / Double($1) }
        let control = shares[experiment.controlIndex]
        let differences = shares.compactMap { share in
            control.flatMap { control in share.map { $0 - control } }
        }
        return Audit.Attrition(
            exclusion: exclusion, isOneArmed: isOneArmed,
            arms: experiment.arms.enumerated().map { ($1.name.text, counts[$0], lost[$0]) },
            pValue: isOneArmed
                ? nil : DifferentialAttrition.test(excluded: lost, counts: counts)?.pValue,
            difference: differences.max { abs($0) < abs($1) })
    }

    /// The share of the arm with fewer losses that is in doubt: control beside all others.
    func trimmingShare(_ attrition: [Audit.Attrition]) -> Double? {
        guard let all = attrition.last else { return nil }
        let control = all.arms[experiment.controlIndex]
        let others = all.arms.enumerated().filter { $0.offset != experiment.controlIndex }
        let count = others.reduce(0) { $0 + $1.element.rows }
        let kept = others.reduce(0) { $0 + $1.element.rows - $1.element.lost }
        return LeeBounds.trimmedShare(
            reference: (control.rows - control.lost, control.rows), candidate: (kept, count))
    }

    /// Why arms cannot be compared, where chance dealt several and rules left out rows.
    private func untold(_ attrition: [Audit.Attrition]) -> String? {
        let isRandom = stage.plan.sampleRatio.strata.contains { $0.contains { $0 > 0 && $0 < 1 } }
        guard isRandom, let all = attrition.last, all.arms.count(where: { $0.rows > 0 }) < 2,
            all.arms.contains(where: { $0.lost > 0 })
        else { return nil }
        return "rows were left out, and only one arm has any: arms cannot be compared"
    }

    func gate(_ attrition: [Audit.Attrition]) -> Gate {
        let judged = attrition.filter { !$0.isOneArmed && $0.pValue != nil }
        let adjusted = Holm.adjusted(judged.map(\.pValue))
        let failed = judged.filter(\.isAlarm)
        let worst = zip(judged, adjusted).min { ($0.1 ?? 1) < ($1.1 ?? 1) }
        func told(_ rule: Audit.Attrition) -> String {
            let arms = rule.arms.map { "\($0.arm) \($0.lost) of \($0.rows)" }
            return "\(rule.exclusion?.word ?? "all rules"): \(arms.joined(separator: ", "))"
        }
        if let untold = untold(attrition), worst == nil {
            return Gate(
                name: .attrition, passed: false, figure: nil, limit: ArmLosses.limit,
                detail: untold, waiver: nil)
        }
        let detail =
            failed.isEmpty
            ? worst.map { told($0.0) } ?? "no rule left out a row in any arm"
            : "arms lose unlike shares: \(failed.map(told).joined(separator: "; "))"
        return Gate(
            name: .attrition, passed: failed.isEmpty, figure: worst?.1, limit: ArmLosses.limit,
            detail: detail, waiver: nil)
    }
}
