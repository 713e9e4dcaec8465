package import HoldfastFormats
internal import HoldfastStatistics

/// A plan of an experiment's size for programs, described by `Schemas/plan.schema.json`.
///
/// It holds no time and no name of a machine: the same report gives the same bytes.
package enum SizeJSON: FigureJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    package static let version: Int64 = 1

    /// The report as one JSON object.
    package static func render(_ report: SizeReport) -> JSON {
        let (plan, question) = (report.plan, report.plan.question)
        let design = question.design
        let effect = question.testedEffect
        let relative = design.baseline.flatMap { base in
            base == 0 || design.margin != nil ? nil : effect.map { $0 / base }
        }
        return [
            "plan": .integer(version),
            "asked": .string(
                question.units == nil ? "units" : effect == nil ? "effect" : "power"),
            "answer": .string(SizeWords.headline(report)),
            "reached": .bool(report.isReached),
            "metric": metric(design),
            "variant": .string(design.variant.rawValue),
            "alpha": .number(design.alpha),
            "two_sided": .bool(design.isTwoSided),
            "correction": .string(design.correction.rawValue),
            "comparisons": .integer(Int64(design.treatments)),
            "comparison_alpha": .number(design.comparisonAlpha),
            "critical_value": number(plan.criticalValue),
            "margin": number(design.margin),
            "sequential": .bool(design.isSequential),
            "inflation": number(plan.inflation),
            "clusters": design.clusters.map { clusters($0, design) } ?? .null,
            "covariate_correlation": .number(design.covariateCorrelation),
            "variance_factor": .number(design.varianceFactor),
            "effect": number(effect),
            "relative_effect": number(relative),
            "power": .number(question.power),
            "exact_units": number(plan.exactUnits),
            "units": plan.exactUnits == nil ? .null : count(plan.units),
            "achieved_power": number(plan.power),
            "arms": .array(plan.arms.map(arm)),
            "detectable": plan.detectable.map(detectable) ?? .null,
            "rivals": .array(plan.rivals.map(rival)),
            "duration": plan.duration.map { duration($0, question) } ?? .null,
            "power_curve": report.curve.map(curve) ?? .null,
            "pilot": report.pilot.map(pilot) ?? .null,
            "notes": .array(report.notes.map(JSON.string)),
        ]
    }

    private static func metric(_ design: SizeDesign) -> JSON {
        let kind: String
        var moments = JSON.null
        switch design.metric {
        case .rate: kind = "rate"
        case .mean: kind = "mean"
        case .ratio(let parts):
            kind = "ratio"
            moments = [
                "numerator_mean": .number(parts.numerator.mean),
                "numerator_variance": .number(parts.numerator.variance),
                "denominator_mean": .number(parts.denominator.mean),
                "denominator_variance": .number(parts.denominator.variance),
                "covariance": .number(parts.covariance),
            ]
        }
        return [
            "kind": .string(kind), "baseline": number(design.baseline),
            "deviation": .number(design.deviation), "moments": moments,
        ]
    }

    private static func clusters(_ clusters: SizeDesign.Clusters, _ design: SizeDesign) -> JSON {
        [
            "mean_size": .number(clusters.meanSize), "variation": .number(clusters.variation),
            "correlation": .number(clusters.correlation),
            "design_effect": .number(design.designEffect),
        ]
    }

    private static func arm(_ arm: SizePlan.Arm) -> JSON {
        [
            "name": .string(arm.name), "share": .number(arm.share),
            "exact_units": .number(arm.exact), "units": count(arm.units),
            "clusters": arm.clusters.map(count) ?? .null,
        ]
    }

    private static func detectable(_ found: SizePlan.Detectable) -> JSON {
        ["rise": number(found.rise), "fall": number(found.fall), "margin": number(found.margin)]
    }

    private static func rival(_ rival: SizePlan.Rival) -> JSON {
        [
            "kind": .string(rival.kind.rawValue),
            "shares": .array(rival.shares.map(JSON.number)), "units": .number(rival.units),
        ]
    }

    private static func duration(_ duration: SizeDuration, _ question: SizeQuestion) -> JSON {
        [
            "reached": .bool(duration.isReached),
            "day": duration.day.map(count) ?? .null,
            "weeks": duration.weeks.map(count) ?? .null,
            "horizon_days": .number(question.horizonDays),
            "days_until_ripe": number(duration.daysUntilRipe(horizon: question.horizonDays)),
            "traffic": .number(question.traffic),
            "curve_days": question.arrivals?.isRate == true ? .null : count(duration.curveDays),
            "units_by_end": number(
                question.arrivals?.isRate == true ? nil : duration.unitsByEnd),
            "by_week": .array(
                duration.byWeek.map { week in
                    [
                        "week": count(week.number), "days": count(week.days),
                        "units": .number(week.units), "detectable": number(week.detectable),
                        "power": number(week.power),
                    ]
                }),
        ]
    }

    private static func curve(_ curve: PowerCurve) -> JSON {
        [
            "units": .array(curve.units.map(JSON.number)),
            "lines": .array(
                curve.lines.map { line in
                    [
                        "effect": .number(line.effect),
                        "powers": .array(line.powers.map(JSON.number)),
                    ]
                }),
        ]
    }

    private static func pilot(_ pilot: SizeReport.Pilot) -> JSON {
        let found = pilot.estimate
        return [
            "table": .string(pilot.table), "metric": .string(pilot.metric),
            "rows": count(found.rows), "rows_left_out": count(found.rowsLeftOut),
            "rows_without_covariate": count(found.rowsWithoutCovariate),
            "clusters": found.clusters == nil ? .null : count(found.clusterCount),
            "covariate_correlation": number(found.covariateCorrelation),
        ]
    }
}
