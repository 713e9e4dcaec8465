internal import HoldfastStatistics

/// Rows with the predictions of one model, made ready for the statistics: or the reason why they
/// are not.
struct JudgedSample: Sendable {
    /// What the figures are made of.
    let sample: ModelSample
    /// The scores row by row, where labels are yes and no.
    let scores: [Double]?
    /// The rows.
    let count: Int
    /// What a reader must know of how they were read.
    var notes: [String] = []

    /// Why no figure can be had of some predictions, as a sentence.
    struct Refusal: Error, Equatable { let sentence: String }

    /// All rows, or those at some places.
    static func make(
        _ rows: JudgeRows, _ predictions: JudgeRows.Predictions? = nil, at places: [Int]? = nil,
        fitsCalibration: Bool = true, options: JudgeOptions
    ) -> Result<JudgedSample, Refusal> {
        let part = Part(rows: rows, places: places, fitsCalibration: fitsCalibration)
        guard part.count > 0 else { return refuse("\(rows.name) has no row to judge by.") }
        switch (rows.labels, predictions ?? rows.predictions) {
        case (.binary(let labels), .scores(let scores)):
            return binary(part, labels, scores, areProbabilities: true, options)
        case (.binary(let labels), .classes(let codes, let probabilities)):
            if let probabilities, probabilities.count == 2 {
                return binary(part, labels, probabilities[1], areProbabilities: true, options)
            }
            return binary(
                part, labels, codes.map { $0 == 1 ? 1 : 0 }, areProbabilities: false, options)
        case (.classes(let labels, let names), .classes(let codes, let probabilities)):
            return classes(part, labels, names, codes, probabilities)
        case (.numbers(let labels), .scores(let predicted)):
            return numbers(part, labels, predicted)
        case (.classes, .scores):
            return refuse("The labels of \(rows.name) are classes, and its predictions numbers.")
        case (.numbers, .classes):
            return refuse("The labels of \(rows.name) are numbers, and its predictions classes.")
        }
    }

    private static func refuse(_ sentence: String) -> Result<JudgedSample, Refusal> {
        .failure(Refusal(sentence: sentence))
    }

    private static func binary(
        _ part: Part, _ labels: [Bool], _ scores: [Double], areProbabilities: Bool,
        _ options: JudgeOptions
    ) -> Result<JudgedSample, Refusal> {
        let scores = part.pick(scores)
        if let refusal = part.refusal(of: scores, "predictions", mayBeInfinite: true) {
            return .failure(refusal)
        }
        let sample = BinarySample(
            scores: scores, isPositive: part.pick(labels), weights: part.weights,
            clusters: part.clusters, threshold: options.threshold,
            positiveShare: options.positiveShare, areProbabilities: areProbabilities,
            fitsCalibration: part.fitsCalibration)
        var judged = JudgedSample(
            sample: .binary(sample), scores: scores, count: part.count)
        if !sample.isProbability {
            judged.notes.append(
                areProbabilities
                    ? "Some predictions lie outside 0 to 1: they have ranks, and no log loss, "
                        + "Brier score or calibration."
                    : "Predictions are classes without probabilities: no log loss, Brier score or "
                        + "calibration.")
        }
        return .success(judged)
    }

    private static func classes(
        _ part: Part, _ labels: [Int32], _ names: [String], _ codes: [Int32],
        _ probabilities: [[Double]]?
    ) -> Result<JudgedSample, Refusal> {
        let (labels, codes) = (part.pick(labels), part.pick(codes))
        guard !labels.contains(where: { $0 < 0 }), !codes.contains(where: { $0 < 0 }) else {
            return refuse("Some rows of \(part.rows.name) have no class.")
        }
        // A class that no label has is named behind the others.
        let count = max(names.count, Int(max(labels.max() ?? 0, codes.max() ?? 0)) + 1)
        var notes: [String] = []
        var given = probabilities?.map { part.pick($0) }
        if let some = given, !some.allSatisfy({ $0.allSatisfy { $0 >= 0 && $0 <= 1 } }) {
            given = nil
            notes.append(
                "Some probabilities lie outside 0 to 1: none is used, and there is no log loss "
                    + "or area.")
        }
        let sample = ClassSample(
            labels: labels, predictions: codes, classes: count, probabilities: given,
            weights: part.weights, clusters: part.clusters)
        return .success(
            JudgedSample(sample: .classes(sample), scores: nil, count: part.count, notes: notes))
    }

    private static func numbers(_ part: Part, _ labels: [Double], _ predicted: [Double])
        -> Result<JudgedSample, Refusal>
    {
        let (labels, predicted) = (part.pick(labels), part.pick(predicted))
        for (values, what) in [(labels, "labels"), (predicted, "predictions")] {
            if let refusal = part.refusal(of: values, what, mayBeInfinite: false) {
                return .failure(refusal)
            }
        }
        let sample = NumberSample(
            labels: labels, predictions: predicted, weights: part.weights,
            clusters: part.clusters)
        return .success(
            JudgedSample(sample: .numbers(sample), scores: nil, count: part.count))
    }

    /// Some rows of a table.
    private struct Part {
        let rows: JudgeRows
        let places: [Int]?
        let fitsCalibration: Bool

        var count: Int { places?.count ?? rows.count }
        var weights: [Double]? { rows.weights.map { pick($0) } }
        var clusters: [Int32]? { rows.clusters.map { pick($0) } }

        func pick<Value>(_ values: [Value]) -> [Value] {
            precondition(values.count == rows.count, "a column has a value for each row")
            guard let places else { return values }
            return places.map { values[$0] }
        }

        func refusal(of values: [Double], _ what: String, mayBeInfinite: Bool) -> Refusal? {
            let bad = values.count { mayBeInfinite ? $0.isNaN : !$0.isFinite }
            return bad == 0
                ? nil : Refusal(sentence: "\(bad) \(what) of \(rows.name) are no numbers.")
        }
    }

    /// Every figure that is defined, with the interval that the rows ask for.
    func estimates(_ options: JudgeOptions) -> [ModelFigure: FigureEstimate] {
        sample.clusters == nil
            ? sample.estimates(level: options.level)
            : sample.clusteredEstimates(
                level: options.level, replicates: options.replicates, seed: options.seed)
    }
}

extension ModelFigure {
    /// What requirements and reports call it.
    var name: FigureName {
        switch self {
        case .auc: .auc
        case .averagePrecision: .averagePrecision
        case .logLoss: .logLoss
        case .brier: .brier
        case .calibrationError: .calibrationError
        case .calibrationIntercept: .calibrationIntercept
        case .calibrationSlope: .calibrationSlope
        case .accuracy: .accuracy
        case .balancedAccuracy: .balancedAccuracy
        case .precision: .precision
        case .recall: .recall
        case .f1: .f1
        case .macroF1: .macroF1
        case .meanAbsoluteError: .meanAbsoluteError
        case .rootMeanSquaredError: .rootMeanSquaredError
        case .rSquared: .rSquared
        }
    }

    /// What the difference between train and eval is called, of those that have a name.
    var gapName: FigureName? {
        switch self {
        case .auc: .aucGap
        case .logLoss: .logLossGap
        case .brier: .brierGap
        case .accuracy: .accuracyGap
        case .meanAbsoluteError: .meanAbsoluteErrorGap
        case .rSquared: .rSquaredGap
        case .averagePrecision, .calibrationError, .calibrationIntercept, .calibrationSlope,
            .balancedAccuracy, .precision, .recall, .f1, .macroF1, .rootMeanSquaredError:
            nil
        }
    }
}

extension ModelGain {
    /// What requirements and reports call it.
    var name: FigureName {
        switch self {
        case .auc: .aucGain
        case .logLoss: .logLossGain
        case .brier: .brierGain
        case .accuracy: .accuracyGain
        case .meanAbsoluteError: .meanAbsoluteErrorGain
        case .squaredError: .squaredErrorGain
        }
    }
}

/// How many clusters rows are of, as notes say it, and whether they are few.
func clusterNote(_ clusters: [Int32], _ options: JudgeOptions) -> String {
    let count = ModelSample.count(clusters).distinct
    let few = count < JudgedFigure.fewRows ? " They are few: the intervals say it roughly." : ""
    return "Intervals are by a bootstrap of \(count) clusters (\(options.replicates) replicates, "
        + "seed \(options.seed)), as rows of one cluster may depend on each other.\(few)"
}
