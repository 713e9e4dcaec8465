package import HoldfastFormats
package import HoldfastStatistics

/// A plan of control shares by score, for programs, described by
/// `Schemas/plan-explore.schema.json`.
///
/// It holds no time and no name of a machine: the same rows and options give the same bytes.
package enum ExploreJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    package static let version: Int64 = 1

    /// The plan as one JSON object; `catalog` is the line that a catalog takes.
    package static func render(_ plan: ExplorationPlan, catalog: String) -> JSON {
        let question = plan.question
        return [
            "plan_explore": .integer(version),
            "estimand": .string(question.estimand.rawValue),
            "cost": [
                "missed": .number(question.cost.missed), "blocked": .number(question.cost.blocked),
                "least": number(question.leastCost),
            ],
            "threshold": number(plan.bands.threshold),
            "least_share": share(question.least),
            "flat_share": .number(plan.flatShare),
            "bands": .array(plan.rows.map(row)),
            "catalog": .string(catalog),
            "planned": figures(plan.figures),
            "flat": figures(plan.flat),
            "saving": number(plan.saving),
            "answer": .string(ExploreWords.answer(plan)),
            "notes": .array(ExploreWords.notes(plan).map(JSON.string)),
        ]
    }

    private static func row(_ row: ExplorationPlan.Row) -> JSON {
        let counted = row.band.counted
        return [
            "below": number(row.band.below),
            "acted": .bool(row.band.isActed),
            "units": .number(row.band.units),
            "rate": .number(row.band.rate),
            "rows": counted.map { .integer(Int64($0.rows)) } ?? .null,
            "positives": counted.map { .integer(Int64($0.positives)) } ?? .null,
            "rate_interval": counted.map {
                ["lower": .number($0.interval.lower), "upper": .number($0.interval.upper)]
            } ?? .null,
            "cost": .number(row.cost),
            "exact_share": number(row.exact),
            "share": share(row.millionths),
        ]
    }

    private static func figures(_ figures: ExplorationPlan.Figures) -> JSON {
        [
            "left_alone": .number(figures.leftAlone),
            "cost": .number(figures.cost),
            "standard_error": number(figures.standardError),
            "effective_rows": .number(figures.effectiveRows),
        ]
    }

    private static func share(_ millionths: Int) -> JSON {
        .number(Double(millionths) / 1_000_000)
    }

    private static func number(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
}
