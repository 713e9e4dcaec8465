public import HoldfastFormats
public import HoldfastStatistics

/// A feedback simulation for programs, described by `Schemas/feedback-simulation.schema.json`.
///
/// It holds no time and no name of a machine: the same settings give the same bytes.
public enum FeedbackJSON {
    /// The version of the format; a field may be added to it, a meaning never changed.
    public static let version: Int64 = 1

    /// The result as one JSON object.
    public static func render(_ result: FeedbackResult) -> JSON {
        let settings = result.settings
        return [
            "feedback_simulation": .integer(version),
            "scenario": .string(settings.scenario.rawValue),
            "seed": .integer(Int64(settings.seed)),
            "units": .integer(Int64(settings.units)),
            "cycles": .integer(Int64(settings.cycles)),
            "control_share": .number(settings.controlShare),
            "block_share": .number(settings.blockShare),
            "window": .integer(Int64(settings.window)),
            "evaluation_units": .integer(Int64(settings.evaluationUnits)),
            "ridge": .number(FeedbackSettings.ridge),
            "regimes": .array(result.courses.map(course)),
            "findings": .array(FeedbackFinding.sentences(result).map(JSON.string)),
        ]
    }

    private static func course(_ course: FeedbackResult.Course) -> JSON {
        [
            "regime": .string(course.regime.rawValue),
            "cycles": .array(course.cycles.map(cycle)),
        ]
    }

    private static func cycle(_ cycle: FeedbackResult.Cycle) -> JSON {
        [
            "cycle": .integer(Int64(cycle.number)),
            "actions": [
                "blocked": .integer(Int64(cycle.actions.blocked)),
                "fraud_let_through": .integer(Int64(cycle.actions.fraudLetThrough)),
                "good_blocked": .integer(Int64(cycle.actions.goodBlocked)),
                "spared": .integer(Int64(cycle.actions.spared)),
                "fraud_spared": .integer(Int64(cycle.actions.fraudSpared)),
            ],
            "monitor": cycle.monitor.map {
                ["auc": number($0.auc), "weighted_auc": number($0.weightedAUC)]
            } ?? .null,
            "training": [
                "rows": .integer(Int64(cycle.training.rows)),
                "positives": .integer(Int64(cycle.training.positives)),
                "rate": number(cycle.training.rate),
                "effective_rows": number(cycle.training.effectiveRows),
            ],
            "coefficients": cycle.coefficients.map { .array($0.map(JSON.number)) } ?? .null,
            "quality": cycle.quality.map(quality) ?? .null,
        ]
    }

    private static func quality(_ quality: FeedbackResult.Quality) -> JSON {
        [
            "auc": number(quality.auc),
            "log_loss": .number(quality.logLoss),
            "brier": .number(quality.brier),
            "calibration": number(quality.calibration),
            "calibration_error": .number(quality.calibrationError),
            "recall": number(quality.recall),
            "precision": number(quality.precision),
            "fraud_share": .number(quality.fraudShare),
        ]
    }

    private static func number(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
}
