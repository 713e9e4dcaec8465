package import HoldfastChecks
package import HoldfastFormats
internal import HoldfastStatistics

/// An analysis for programs, described by `Schemas/analysis.schema.json`.
///
/// It holds no name of a machine: the same analysis gives the same bytes.
package enum AnalysisJSON: FigureJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    package static let version: Int64 = 1

    /// The analysis as one JSON object.
    package static func render(_ analysis: Analysis) -> JSON {
        let options = analysis.options
        return [
            "analysis": .integer(version),
            "status": .string(analysis.status.rawValue),
            "name": .string(analysis.name),
            "control": .string(analysis.control),
            "row": .string(analysis.rowMeaning),
            "level": .number(options.level),
            "tuning_rows": .number(options.tuningRows),
            "despite_sample_ratio": text(options.despiteSampleRatio),
            "arms": .array(
                analysis.arms.map {
                    [
                        "arm": .string($0.name), "rows": count($0.rows),
                        "clusters": count($0.clusters),
                    ]
                }),
            "flow": .array(analysis.flow.map(box)),
            "sample_ratio": analysis.sampleRatio.map(ratio) ?? .null,
            "metrics": .array(analysis.metrics.map(metric)),
            "subgroups": .array(analysis.subgroups.map(subgroup)),
            "notes": .array(analysis.notes.map(JSON.string)),
            "pictures": .array(analysis.pictures.map(JudgeJSON.picture)),
        ]
    }

    // MARK: - Small parts

    private static func interval(_ interval: Interval?) -> JSON {
        interval.map { ["lower": number($0.lower), "upper": number($0.upper)] } ?? .null
    }

    private static func box(_ box: FlowBox) -> JSON {
        [
            "box": .string(box.name), "meaning": .string(box.title), "count": count(box.count),
            "parts": .array(
                box.parts.map { ["reason": .string($0.name), "count": count($0.count)] }),
        ]
    }

    private static func ratio(_ ratio: AnalysedRatio) -> JSON {
        [
            "what": .string(ratio.what),
            "failed": .bool(ratio.isFailed),
            "p": number(ratio.pValue), "sequential_p": number(ratio.sequentialPValue),
            "arms": .array(
                ratio.arms.map {
                    [
                        "arm": .string($0.name), "observed": count($0.observed),
                        "expected": number($0.expected), "leak": .bool($0.isLeak),
                    ]
                }),
        ]
    }

    // MARK: - Metrics

    private static func metric(_ metric: AnalysedMetric) -> JSON {
        var quantile: Double?
        if case .quantile(let share) = metric.kind { quantile = share }
        return [
            "metric": .string(metric.title), "kind": .string(metric.kind.word),
            "quantile": number(quantile),
            "covariate": text(metric.covariate),
            "missing": .array(
                metric.missing.map {
                    [
                        "arm": .string($0.arm), "rows": count($0.rows),
                        "missing": count($0.missing),
                    ]
                }),
            "missing_p": number(metric.missingPValue),
            "attrition_alarm": .bool(metric.isAttritionAlarm),
            "held_out": metric.heldOut.map(arm) ?? .null,
            "effects": .array(metric.effects.map(effect)),
            "notes": .array(metric.notes.map(JSON.string)),
        ]
    }

    private static func arm(_ figure: ArmFigure) -> JSON {
        [
            "value": number(figure.value), "standard_error": number(figure.standardError),
            "rows": count(figure.rows), "clusters": count(figure.clusters),
            "interval": interval(figure.interval),
        ]
    }

    private static func figure(_ figure: EffectFigure) -> JSON {
        [
            "value": number(figure.value), "standard_error": number(figure.standardError),
            "degrees_of_freedom": number(figure.degreesOfFreedom),
            "interval": interval(figure.interval), "p": number(figure.pValue),
            "sequence": interval(figure.sequence), "sequence_p": number(figure.sequencePValue),
        ]
    }

    private static func effect(_ effect: AnalysedEffect) -> JSON {
        let found = effect.effect
        return [
            "arm": .string(effect.arm),
            "verdict": .string(effect.verdict.rawValue),
            "sequence_verdict": .string(effect.sequenceVerdict.rawValue),
            "fault": text(effect.fault),
            "method": text(found?.method),
            "control": found.map { arm($0.control) } ?? .null,
            "treatment": found.map { arm($0.treatment) } ?? .null,
            "difference": found.map { figure($0.difference) } ?? .null,
            "relative": found?.relative.map(figure) ?? .null,
            "relative_fault": text(found?.relativeFault),
            "holm_p": number(effect.holm),
            "benjamini_hochberg_p": number(effect.benjaminiHochberg),
            "sequence_holm_p": number(effect.sequenceHolm),
            "corrected_interval": interval(effect.corrected),
            "rows_needed": count(effect.rowsNeeded),
            "adjustment": found?.adjustment.map(adjustment) ?? .null,
            "adjustment_fault": text(found?.adjustmentFault),
            "complier": effect.complier.map(complier) ?? .null,
            "complier_fault": text(effect.complierFault),
            "weeks": .array((effect.trend?.weeks ?? []).map(week)),
            "trend": effect.trend?.slope.map(figure) ?? .null,
            "course": .array(effect.course.map(step)),
        ]
    }

    private static func adjustment(_ adjustment: CovariateAdjustment) -> JSON {
        [
            "theta": number(adjustment.theta),
            "variance_reduction": number(adjustment.varianceReduction),
            "rows_without_covariate": count(adjustment.rowsWithoutCovariate),
            "unadjusted": figure(adjustment.unadjusted),
        ]
    }

    private static func complier(_ complier: ComplierEffect) -> JSON {
        [
            "difference": figure(complier.difference),
            "control_exposure": number(complier.exposure.control.value),
            "treatment_exposure": number(complier.exposure.treatment.value),
            "first_stage_f": number(complier.firstStageF),
            "method": .string(complier.method),
        ]
    }

    private static func week(_ week: EffectTrend.Week) -> JSON {
        [
            "week": count(week.week + 1),
            "difference": week.effect.map { figure($0.difference) } ?? .null,
            "fault": text(week.fault?.sentence),
        ]
    }

    private static func step(_ step: CourseStep) -> JSON {
        [
            "dealt_until": .string(
                Timestamp(microseconds: Int64(step.time.rounded())).description),
            "rows": count(step.rows), "difference": number(step.difference),
            "interval": interval(step.interval), "sequence": interval(step.sequence),
        ]
    }

    private static func subgroup(_ subgroup: AnalysedSubgroup) -> JSON {
        [
            "by": .string(subgroup.name), "metric": .string(subgroup.metric),
            "arm": .string(subgroup.arm),
            "difference_p": number(subgroup.differencePValue),
            "left_out_rows": count(subgroup.leftOutRows),
            "parts": .array(
                subgroup.parts.map { part in
                    [
                        "value": .string(part.value), "rows": count(part.rows),
                        "effect": effect(part.effect),
                    ]
                }),
        ]
    }
}
