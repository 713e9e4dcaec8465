internal import HoldfastChecks
internal import HoldfastStatistics

extension JudgeQuestion {
    /// The question as a heading.
    var title: String {
        switch self {
        case .accurate: "Is it accurate enough?"
        case .better: "Is it better than what it is compared with?"
        case .overfitted: "Is it overfitted?"
        case .degenerate: "Is it degenerate?"
        case .fair: "Is it fair?"
        case .reasons: "Does it decide for good reasons?"
        case .behaves: "Does it behave as it must?"
        case .accurateOverTime: "Is it still accurate, by the labels that came?"
        case .accurateWithoutLabels: "Is it still accurate, before labels come?"
        case .reasonsForOne: "Why this prediction?"
        case .inputsMoved: "Have its inputs moved?"
        case .inputsOutside: "Are its inputs outside what it knows?"
        case .predictionsMoved: "Have its predictions moved?"
        }
    }

    /// The same in a word or three, for links and tables.
    var shortTitle: String {
        switch self {
        case .accurate: "accuracy"
        case .better: "comparison"
        case .overfitted: "overfitting"
        case .degenerate: "degeneracy"
        case .fair: "fairness"
        case .reasons: "reasons"
        case .behaves: "behaviour"
        case .accurateOverTime: "accuracy over time"
        case .accurateWithoutLabels: "accuracy without labels"
        case .reasonsForOne: "one decision"
        case .inputsMoved: "inputs moved"
        case .inputsOutside: "inputs outside"
        case .predictionsMoved: "predictions moved"
        }
    }
}

extension RowSource {
    /// Which rows, as a table says it.
    var word: String {
        switch self {
        case .control: "control rows"
        case .weighted: "weighted rows"
        case .given: "the table's rows"
        case .biased: "biased rows"
        }
    }

    /// What that means.
    var meaning: String {
        switch self {
        case .control: "scored and left alone at random: the model's actions have not bent them"
        case .weighted: "weighted by the inverse of their chance of being seen: they stand for all"
        case .given:
            "as the table has them; whether the model's actions have bent them is not known"
        case .biased: "bent by the model's own actions: shown for comparison, never judged by"
        }
    }
}

extension Fitness {
    /// The verdict on a model, or on a question.
    var word: String {
        switch self {
        case .fit: "fit"
        case .inconclusive: "inconclusive"
        case .unfit: "unfit"
        }
    }
}

extension FigureName {
    /// What people call it.
    var title: String {
        switch self {
        case .auc: "AUC"
        case .averagePrecision: "average precision"
        case .logLoss: "log loss"
        case .brier: "Brier score"
        case .calibrationError: "calibration error"
        case .calibrationIntercept: "calibration intercept"
        case .calibrationSlope: "calibration slope"
        case .accuracy: "accuracy"
        case .balancedAccuracy: "balanced accuracy"
        case .precision: "precision"
        case .recall: "recall"
        case .f1: "F1"
        case .macroF1: "macro F1"
        case .meanAbsoluteError: "mean absolute error"
        case .rootMeanSquaredError: "root mean squared error"
        case .rSquared: "R²"
        case .aucGain: "AUC gained"
        case .logLossGain: "log loss gained"
        case .brierGain: "Brier score gained"
        case .accuracyGain: "accuracy gained"
        case .meanAbsoluteErrorGain: "mean absolute error gained"
        case .squaredErrorGain: "squared error gained"
        case .aucGap: "AUC lost on eval"
        case .logLossGap: "log loss lost on eval"
        case .brierGap: "Brier score lost on eval"
        case .accuracyGap: "accuracy lost on eval"
        case .meanAbsoluteErrorGap: "mean absolute error lost on eval"
        case .rSquaredGap: "R² lost on eval"
        case .distinctPredictions: "distinct predictions"
        case .modeShare: "share of the commonest prediction"
        case .predictionEntropy: "entropy of predictions"
        case .longestRunShare: "share of the longest run"
        case .emptyClasses: "classes never predicted"
        case .importanceShare: "largest share of importance"
        case .gainOverOneSplit: "gain over one split"
        case .gainOverOneFeature: "gain over one feature"
        case .demographicParityDifference: "demographic parity difference"
        case .demographicParityRatio: "demographic parity ratio"
        case .equalizedOddsDifference: "equalized odds difference"
        case .equalizedOddsRatio: "equalized odds ratio"
        case .equalOpportunityDifference: "equal opportunity difference"
        case .equalOpportunityRatio: "equal opportunity ratio"
        case .predictiveParityDifference: "predictive parity difference"
        case .groupCalibrationDifference: "calibration difference"
        case .selectionRate: "selection rate"
        case .truePositiveRate: "true positive rate"
        case .falsePositiveRate: "false positive rate"
        case .groupCalibration: "predicted less observed"
        case .meanPrediction: "mean prediction"
        case .meanPredictionDifference: "mean prediction difference"
        case .permutationImportance: "permutation importance"
        case .meanAbsoluteShapley: "mean absolute Shapley value"
        case .shapley: "Shapley value"
        case .prediction: "prediction"
        case .basePrediction: "usual prediction"
        case .surrogateRSquared: "R² of the local surrogate"
        case .behaviourFailures: "rows that fail"
        case .harmfulShift: "risk above the reference"
        case .estimatedAUC: "estimated AUC"
        case .estimatedAccuracy: "estimated accuracy"
        case .estimatedPrecision: "estimated precision"
        case .estimatedRecall: "estimated recall"
        case .estimatedF1: "estimated F1"
        case .estimatedBrier: "estimated Brier score"
        case .predictedError: "predicted error"
        case .inputShift: "evidence that it moved"
        case .inputDistance: "distance from the reference"
        case .predictionDistance: "distance from the reference's predictions"
        case .outsideShare: "share outside"
        case .predictionShift: "evidence that they moved"
        }
    }
}

/// How a judgement writes figures and sentences.
enum JudgeWords {
    /// A figure: four decimals where that says enough, else four digits.
    static func value(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "-" : value < 0 ? "-inf" : "inf" }
        if value == value.rounded() && abs(value) < 1e9 {
            return CheckFigures.grouped(Int(value))
        }
        return abs(value) < 1_000 && abs(value) >= 0.0005
            ? CheckFigures.fixed(value, 4) : CheckFigures.short(value)
    }

    /// An interval, or "-".
    static func interval(_ figure: JudgedFigure) -> String {
        figure.interval.map { "\(value($0.lower))…\(value($0.upper))" } ?? "-"
    }

    /// What was required, such as "≥ 0.7".
    static func bound(_ bound: Bound?) -> String {
        guard let bound else { return "-" }
        switch (bound.least, bound.most) {
        case (let least?, let most?): return "\(short(least))…\(short(most))"
        case (let least?, nil): return "≥ \(short(least))"
        case (nil, let most?): return "≤ \(short(most))"
        case (nil, nil): return "-"
        }
    }

    private static func short(_ value: Double) -> String { CheckFigures.short(value) }

    /// A figure's name, and what it is of.
    static func name(_ figure: JudgedFigure) -> String {
        figure.of.map { "\(figure.name.title), \(thing($0))" } ?? figure.name.title
    }

    /// What a figure is of, on one line; a time without what is 0 in it.
    static func thing(_ of: String) -> String {
        let short = of.replacing("T00:00:00Z", with: "").replacing(":00Z", with: "Z")
        return CheckSentences.name(short, limit: 120)
    }

    /// The verdict on the model as one sentence.
    static func headline(_ judgement: Judgement) -> String {
        let model = CheckSentences.name(judgement.model, limit: 80)
        return switch judgement.verdict {
        case .fit: "\(model) is fit."
        case .unfit: "\(model) is unfit."
        case .inconclusive: "Whether \(model) is fit cannot be told: inconclusive."
        }
    }

    /// A requirement that is missed or open, as a sentence.
    static func sentence(_ figure: JudgedFigure) -> String {
        let what = "\(name(figure)) is \(value(figure.value))"
        let where_ = figure.interval.map { _ in " (\(interval(figure)))" } ?? ""
        let asked = ", required \(bound(figure.bound))"
        let more =
            figure.verdict == .inconclusive
            ? figure.rowsNeeded.map { "; about \(CheckFigures.rough($0)) rows would tell" } ?? ""
            : ""
        return what + where_ + asked + more + "."
    }

    /// What was required and could not be measured, or is usually and was not, a sentence each.
    static func gaps(_ judgement: Judgement) -> [String] {
        var sentences = judgement.unmeasured.map { requirement in
            let of = requirement.of.map { " of \(thing($0))" } ?? ""
            return "\(requirement.name.title)\(of) is required, \(bound(requirement.bound)), and "
                + "could not be measured."
        }
        if !judgement.unasked.isEmpty {
            let names = judgement.unasked.map(\.name.title).joined(separator: ", ")
            sentences.append(
                "Usually required, and not measured for want of columns, tables or a model: \(names)."
            )
        }
        return sentences
    }

    /// What to do about the verdict.
    static func advice(_ judgement: Judgement) -> String {
        let figures = judgement.sections.flatMap(\.figures)
        let missed = figures.filter { $0.verdict == .unfit }
        let open = figures.filter { $0.verdict == .inconclusive }
        switch judgement.verdict {
        case .fit:
            return
                "nothing: everything that was required and measured is met with its whole interval."
        case .unfit:
            let names = missed.prefix(3).map(name).joined(separator: "; ")
            return "it must not go live, or not stay, as it is. Look first at: \(names)."
        case .inconclusive where !judgement.unmeasured.isEmpty:
            let names = judgement.unmeasured.map(\.name.rawValue).joined(separator: ", ")
            return "what is required of \(names) could not be measured: give the columns it "
                + "takes, or take the requirement out."
        case .inconclusive where open.isEmpty:
            return "nothing was required: write requirements."
        case .inconclusive:
            let needed = open.compactMap(\.rowsNeeded).max()
            return "judge on more rows"
                + (needed.map { ": about \(CheckFigures.rough($0)) would tell" } ?? "")
                + ", or widen a requirement on purpose."
        }
    }
}
