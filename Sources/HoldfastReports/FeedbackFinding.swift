internal import HoldfastStatistics

/// What the figures of a feedback simulation say, in words that follow from them.
enum FeedbackFinding {
    /// Below this, a difference of two AUCs is chance in a run of some ten cycles.
    static let margin = 0.02
    /// Nearer to each other than this, two models are calibrated alike.
    static let calibrationMargin = 0.05

    /// A sentence or two on each pair that can be compared.
    static func sentences(_ result: FeedbackResult) -> [String] {
        let found = [
            naive(result), zero(result), monitors(result), weighted(result),
        ].compactMap { $0 }
        return found.isEmpty
            ? [
                "Run naive_drop and control_only side by side, and two cycles or more, to see what "
                    + "a control group changes."
            ] : found
    }

    /// The mean of a figure from cycle 1 on, the first in which a model has acted.
    private static func mean(
        _ course: FeedbackResult.Course?, _ figure: (FeedbackResult.Cycle) -> Double?
    ) -> Double? {
        guard let course else { return nil }
        let values = course.cycles.dropFirst().compactMap(figure)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private static func calibration(_ course: FeedbackResult.Course?) -> Double? {
        mean(course) { $0.quality?.calibration }
    }

    private static func show(_ value: Double) -> String { CheckFigures.fixed(value, 3) }

    private static func naive(_ result: FeedbackResult) -> String? {
        let naive = result[.naiveDrop]
        let control = result[.controlOnly]
        guard let one = mean(naive, { $0.quality?.auc }),
            let other = mean(control, { $0.quality?.auc }),
            let worst = naive?.cycles.dropFirst().compactMap({ $0.quality?.auc }).min(),
            let predicted = calibration(naive), let controlled = calibration(control)
        else { return nil }
        let calibrations = "\(show(predicted)) against \(show(controlled))"
        if one < other - margin {
            return
                "Retrained on what it did not block, the model unlearns what it prevents: a mean "
                + "AUC of \(show(one)), \(show(worst)) at worst, against \(show(other)) by the "
                + "control group alone; calibration \(calibrations)."
        }
        let kept =
            "Here naive retraining loses no AUC to the control group: \(show(one)) against "
            + "\(show(other)). "
        if abs(predicted - 1) > abs(controlled - 1) + calibrationMargin {
            return kept + "It loses calibration: it predicts \(show(predicted)) of the fraud there "
                + "is, by the control group \(show(controlled)). Units are in the right order; "
                + "whatever uses the probability itself, such as an expected loss, is wrong."
        }
        return kept + "Nor does it lose calibration: \(calibrations)."
    }

    private static func zero(_ result: FeedbackResult) -> String? {
        guard let zero = mean(result[.naiveZero], { $0.quality?.auc }),
            let control = mean(result[.controlOnly], { $0.quality?.auc }), zero < control - margin
        else { return nil }
        return "Counting blocked units as no fraud costs AUC: \(show(zero)) on average."
    }

    /// The cycle in which the naive monitor errs most while the control group's does not.
    private static func monitors(_ result: FeedbackResult) -> String? {
        guard let naive = result[.naiveDrop], naive.cycles.count > 1 else { return nil }
        let errors = naive.cycles.indices.dropFirst().compactMap {
            cycle -> (cycle: Int, seen: Double, was: Double)? in
            // The model that acts in a cycle is the one that was judged at the end of the last.
            guard let seen = naive.cycles[cycle].monitor?.auc,
                let was = naive.cycles[cycle - 1].quality?.auc
            else { return nil }
            return (cycle, seen, was)
        }
        guard let worst = errors.max(by: { abs($0.seen - $0.was) < abs($1.seen - $1.was) }),
            abs(worst.seen - worst.was) > margin
        else { return nil }
        let control = result[.controlOnly].flatMap { course -> String? in
            guard let seen = course.cycles[worst.cycle].monitor?.auc,
                let was = course.cycles[worst.cycle - 1].quality?.auc
            else { return nil }
            return "; the control group shows \(show(seen)) of a model of \(show(was))"
        }
        return "In cycle \(worst.cycle) the unblocked rows show an AUC of \(show(worst.seen)) of a "
            + "model that has \(show(worst.was))\(control ?? "")."
    }

    private static func weighted(_ result: FeedbackResult) -> String? {
        guard let plain = calibration(result[.pooledUnweighted]),
            let weighted = calibration(result[.pooledWeighted]),
            abs(plain - 1) > abs(weighted - 1) + calibrationMargin
        else { return nil }
        return
            "Control and unblocked rows pooled need their weights: calibration \(show(weighted)) "
            + "with 1 over the propensity, \(show(plain)) without."
    }
}
