internal import HoldfastAssignment
internal import HoldfastSQL
internal import HoldfastStatistics

/// Whether control rows that were kept are like those that were excluded for what happened after
/// the assignment.
///
/// Rows whose horizon has not passed are not lost, they are to come; and rows whose features are
/// not known as of the decision have nothing to compare: both are in neither.
///
/// With weights for what was excluded, kept rows are to be like all of them together: so weighted
/// they are held against kept and excluded ones.
struct ControlBalance {
    let stage: ExportStage

    /// Differences of means beyond so many standard deviations matter (Austin, 2009).
    static let limit = 0.1
    /// The greatest p-value, corrected over all features, at which one is more than chance: of 50
    /// alike rows six in ten features differ by more than the limit.
    static let level = 0.05

    /// Every feature's balance, in the order of the columns.
    func balance() throws -> [Audit.Balance] {
        let features = stage.plan.features
        guard !features.isEmpty else { return [] }
        let empty = features.map { FeatureValues($0.type) }
        var kept = empty
        var excluded = empty
        try stage.engine.stream(
            """
            SELECT x.box, \(weight), \(SQL.joined(features.map(\.sql), by: ", "))
            FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
            LEFT JOIN hf_kept AS k ON k.decision = x.decision
            \(stage.plan.featureJoin)
            WHERE \(ControlBalance.isControl(stage.plan.experiment)) AND \(ControlBalance.isLostOrKept)
            ORDER BY d.decided_at, d.id
            """
        ) { row throws in
            let isKept = RowBox(row.integer(0)).bits == 0
            for index in features.indices {
                if isKept { kept[index].add(row, index + 2, weight: row.real(1)) }
                if !isKept || isWeighted { excluded[index].add(row, index + 2) }
            }
        }
        var balance = ControlBalance.judged(
            features.indices.flatMap { index in
                kept[index].balance(features[index].name, against: excluded[index])
            })
        // All of them together were on the other side.
        if isWeighted {
            for index in balance.indices { balance[index].excluded -= balance[index].kept }
        }
        return balance
    }

    /// The same, with what is an alarm marked.
    static func judged(_ balance: [Audit.Balance]) -> [Audit.Balance] {
        var balance = balance
        let adjusted = Holm.adjusted(balance.map(\.pValue))
        for index in balance.indices {
            balance[index].isAlarm =
                abs(balance[index].difference ?? 0) > limit
                && (adjusted[index] ?? 1) < level
        }
        return balance
    }

    /// Whether a row, `x`, is ripe and has its features as of the decision.
    static var isLostOrKept: SQL {
        "(x.box & \(RowBox.early | Exclusion.featureTime.bit)) = 0"
    }

    private var isWeighted: Bool { stage.plan.request.isCensoringWeighted }

    /// The weight for what was excluded alone, without that of a row of control.
    private var weight: SQL {
        guard isWeighted else { return "1.0" }
        switch stage.plan.request.mode {
        case .control: return "k.weight"
        case .weighted: return "k.weight / CASE WHEN d.intended = 0 THEN 1.0 ELSE x.weight END"
        }
    }

    /// Whether a row, `x`, is one of control or of a holdout that chance dealt.
    static func isControl(_ experiment: Experiment) -> SQL {
        let control = Int64(experiment.controlIndex) + RowBox.firstArm
        // The bits of the first three reasons: not randomised, not recomputed, not control.
        return """
            x.box % 8 = 0 AND (x.box & \(RowBox.armStep * 255)) IN (\(RowBox.armStep * RowBox.holdout), \(RowBox.armStep * control))
            """
    }

    /// Whether any row of control or of a holdout was kept.
    private var hasKept: Bool {
        let control = stage.plan.experiment.controlIndex
        return stage.boxes.contains { box, rows in
            rows > 0 && box.bits == 0 && !box.isEarly && (box.isHeldOut || box.arm == control)
        }
    }

    func gate(_ balance: [Audit.Balance]) -> Gate {
        // Where no feature is declared there is nothing to ask; where no row is left, no answer.
        guard stage.plan.features.isEmpty || hasKept else {
            return Gate(
                name: .balance, passed: false, figure: nil, limit: ControlBalance.limit,
                detail:
                    "no control row was kept: it cannot be told whether kept ones are like excluded ones",
                waiver: nil)
        }
        let failed = balance.filter(\.isAlarm)
        let worst = balance.max { abs($0.difference ?? 0) < abs($1.difference ?? 0) }
        let counts = balance.first.map { "\($0.kept) rows kept, \($0.excluded) excluded" }
        let detail =
            failed.isEmpty
            ? worst.flatMap { worst in
                worst.difference.map {
                    "\(counts ?? ""); \(worst.feature) differs most, by \(ControlBalance.told($0))"
                }
            } ?? counts ?? "no features are declared"
            : "kept control rows differ from \(isWeighted ? "kept and excluded ones together" : "excluded ones") in "
                + failed.map { "\($0.feature) (\(ControlBalance.told($0.difference ?? 0)))" }
                .joined(separator: ", ")
        return Gate(
            name: .balance, passed: failed.isEmpty,
            figure: worst?.difference.map { abs($0) }, limit: ControlBalance.limit, detail: detail,
            waiver: nil)
    }

    /// A figure with two decimals.
    static func told(_ value: Double) -> String {
        guard abs(value) < 1e15 else { return "\(value)" }
        let hundredths = Int((abs(value) * 100).rounded())
        let decimals = hundredths % 100
        return
            "\(value < 0 && hundredths > 0 ? "-" : "")\(hundredths / 100).\(decimals < 10 ? "0" : "")\(decimals)"
    }
}
