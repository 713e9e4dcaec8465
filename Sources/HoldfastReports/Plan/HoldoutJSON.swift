package import HoldfastFormats
package import HoldfastStatistics

/// A plan of a holdout for retraining, for programs, described by
/// `Schemas/plan-holdout.schema.json`.
///
/// It holds no time and no name of a machine: the same rows and options give the same bytes.
package enum HoldoutJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    package static let version: Int64 = 1

    /// The plan as one JSON object.
    package static func render(_ plan: HoldoutPlan) -> JSON {
        let question = plan.question
        return [
            "plan_holdout": .integer(version),
            "verdict": .string(verdict(plan.reach.verdict)),
            "score": .string(question.score.rawValue),
            "target": number(score(question.target)),
            "within": number(distance(question.target)),
            "level": .number(question.level),
            "seed": .integer(Int64(clamping: question.seed)),
            "source": source(plan.source),
            "rate": number(plan.rate),
            "model": plan.chosen.model.map { .string($0.rawValue) } ?? "given",
            "rows": number(plan.reach.rows),
            "rows_lower": number(plan.reach.lower),
            "rows_upper": number(plan.reach.upper),
            "positives": number(plan.rate.flatMap { rate in plan.reach.rows.map { $0 * rate } }),
            "curves": .array(plan.curves.map { curve($0) }),
            "region": plan.region.map(region) ?? .null,
            "cost": question.cost.map {
                ["missed": .number($0.missed), "blocked": .number($0.blocked)]
            } ?? .null,
            "units_per_week": number(question.unitsPerWeek),
            "weeks": number(question.weeks),
            "least_share": share(plan.leastShare),
            "least_weighted_share": share(plan.leastWeightedShare),
            "shares": .array(plan.rows.map(row)),
            "answer": .string(HoldoutWords.answer(plan)),
            "warnings": .array(
                plan.warnings.map {
                    ["kind": .string(kind($0)), "text": .string(HoldoutWords.sentence($0))]
                }),
        ]
    }

    private static func score(_ target: LearningTarget) -> Double? {
        if case .score(let score) = target { score } else { nil }
    }

    private static func distance(_ target: LearningTarget) -> Double? {
        if case .within(let distance) = target { distance } else { nil }
    }

    private static func verdict(_ verdict: RowsToReach.Verdict) -> String {
        switch verdict {
        case .reached: "reached"
        case .unknown: "inconclusive"
        case .beyond: "not_reached"
        }
    }

    private static func source(_ source: HoldoutPlan.Source) -> JSON {
        switch source {
        case .pilot(
            let name, let rows, let used, let positives, let features, let constant, let folds):
            [
                "kind": "pilot", "name": .string(name), "rows": .integer(Int64(rows)),
                "used": .integer(Int64(used)), "positives": .integer(Int64(positives)),
                "features": .integer(Int64(features)),
                "constant_features": .integer(Int64(constant)), "folds": .integer(Int64(folds)),
            ]
        case .curve(let name, let points):
            ["kind": "curve", "name": .string(name), "points": .integer(Int64(points))]
        }
    }

    private static func curve(_ curve: HoldoutPlan.Curve) -> JSON {
        let (fit, reach) = (curve.fit, curve.reach)
        let errors = fit.points.standardErrors
        return [
            "model": curve.model.map { .string($0.rawValue) } ?? "given",
            "ceiling": .number(fit.law.ceiling),
            "gap": .number(fit.law.gap),
            "exponent": .number(fit.law.exponent),
            "ceiling_interval": interval(fit.ceiling),
            "rows": number(reach.rows),
            "rows_lower": number(reach.lower),
            "rows_upper": number(reach.upper),
            "verdict": .string(verdict(reach.verdict)),
            "points": .array(
                fit.points.rows.indices.map { size in
                    let rows = fit.points.rows[size]
                    return [
                        "rows": .number(rows), "score": .number(fit.points.scores[size]),
                        "standard_error": number(errors?[size]),
                        "fitted": .number(fit.law.score(at: rows)),
                        "interval": interval(fit.interval(at: rows)),
                    ]
                }),
        ]
    }

    private static func region(_ region: ActingRegion) -> JSON {
        [
            "threshold": number(region.threshold), "share": .number(region.share),
            "precision": .number(region.precision), "rate_below": number(region.rateBelow),
        ]
    }

    private static func row(_ row: HoldoutPlan.Row) -> JSON {
        [
            "share": .number(Double(row.millionths) / 1_000_000),
            "least": .bool(row.isLeast),
            "rows_per_week": .number(row.week.controlRows),
            "positives_per_week": .number(row.week.positives),
            "left_alone_per_week": .number(row.week.leftAlone),
            "cost_per_week": number(row.week.cost),
            "weeks": number(row.weeks),
            "weeks_lower": number(row.fewestWeeks),
            "weeks_upper": number(row.mostWeeks),
            "cost_in_all": number(row.costInAll),
            "weighted_rows_per_week": number(row.week.weightedRows),
            "weighted_effective_rows_per_week": number(row.week.weightedEffectiveRows),
            "weighted_weeks": number(row.weightedWeeks),
            "weighted_cost_in_all": number(row.weightedCostInAll),
        ]
    }

    private static func kind(_ warning: HoldoutPlan.Warning) -> String {
        switch warning {
        case .standIn: "stand_in"
        case .stillRises: "still_rises"
        case .modelsDisagree: "models_disagree"
        case .farBeyond: "far_beyond"
        case .noCurve: "no_curve"
        case .flat: "flat"
        case .exponentAtEnd: "exponent_at_end"
        case .alreadyReached: "already_reached"
        case .noChance: "no_chance"
        case .gain: "gain"
        case .everyUnit: "every_unit"
        }
    }

    private static func share(_ millionths: Int?) -> JSON {
        millionths.map { .number(Double($0) / 1_000_000) } ?? .null
    }

    private static func interval(_ interval: Interval?) -> JSON {
        interval.map { ["lower": .number($0.lower), "upper": .number($0.upper)] } ?? .null
    }

    private static func number(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
}
