internal import HoldfastStatistics

/// Whether a model is still accurate before labels come: what its scores say of themselves once
/// calibrated, and what a learned predictor of error says, each beside what labels showed.
package enum WithoutLabelsSection {
    /// The answer. The reference has labels, on clean rows; operation's are used only to be shown
    /// beside the estimates.
    package static func judge(
        reference: JudgeRows, operation: OperationRows, slices: TimeSlices, options: JudgeOptions
    ) -> JudgementSection {
        var section = JudgementSection(.accurateWithoutLabels)
        let rows = operation.rows
        let cut: [TimeSlices.Slice]
        switch slices.cut(times: rows.times, count: rows.count) {
        case .success(let found): cut = found
        case .failure(let problem):
            section.notes.append(problem.text)
            return section
        }
        let estimator = Estimator(reference, operation, options)
        let all = TimeSlices.Slice(name: "", rows: Array(0..<rows.count))
        section.figures = estimator.figures(all, of: nil)
        for slice in cut { section.figures += estimator.figures(slice, of: slice.name) }
        section.pictures = pictures(section.figures)
        section.notes = estimator.notes
        return section
    }

    private static let pairs: [(estimate: FigureName, realised: FigureName)] = [
        (.estimatedAUC, .auc), (.estimatedAccuracy, .accuracy), (.estimatedBrier, .brier),
        (.predictedError, .meanAbsoluteError),
    ]

    private static func pictures(_ figures: [JudgedFigure]) -> [JudgePicture] {
        pairs.compactMap { pair in
            let guesses = figures.filter { $0.name == pair.estimate && $0.of != nil }
            guard !guesses.isEmpty else { return nil }
            let shown = SliceLines(figures.compactMap(\.of))
            let truths = figures.filter { $0.name == pair.realised && $0.of != nil }
            var lines = [shown.line("estimated", guesses)]
            if !truths.isEmpty { lines.append(shown.line("by labels that came", truths)) }
            return JudgePicture(
                "without_labels_" + pair.estimate.rawValue, "\(pair.estimate.words) over time",
                "The estimate of each slice with its interval, and what labels showed where they "
                    + "have come. A change of concept moves only the second.",
                .lines(
                    JudgePicture.Lines(
                        x: "time", y: pair.realised.words, lines: lines, steps: shown.steps)))
        }
    }
}

/// What was learnt from the reference, and is asked of each slice.
private struct Estimator {
    private let operation: OperationRows
    private let options: JudgeOptions
    private let threshold: Double
    private let counter: SliceFigures
    private var calibrator: ProbabilityCalibrator?
    private var predictor: ErrorPredictor?
    private var columns: [SampleColumn] = []
    private(set) var notes: [String] = [
        "Estimates hold as long as a score, or a row's features, mean what they meant in the "
            + "reference: they are blind to a change of concept."
    ]

    init(_ reference: JudgeRows, _ operation: OperationRows, _ options: JudgeOptions) {
        self.operation = operation
        self.options = options
        threshold = reference.threshold(options)
        counter = SliceFigures(options: options, threshold: threshold)
        if case .binary(let labels) = reference.labels,
            case .scores(let scores) = reference.predictions
        {
            calibrator = ProbabilityCalibrator(
                scores: scores, labels: labels, weights: reference.weights, seed: options.seed)
            notes.append(
                calibrator.map {
                    $0.isCalibrated
                        ? "Scores are calibrated by isotonic regression on \(scores.count) rows."
                        : "Scores are taken as they are: calibration did not bring them nearer to "
                            + "the labels of held-out rows."
                } ?? "The reference has labels of one class only: no probability can be learnt.")
        } else {
            notes.append("Only scores of a yes have a meaning that calibration could learn.")
        }
        learnErrors(reference)
    }

    private mutating func learnErrors(_ reference: JudgeRows) {
        func columns(_ rows: JudgeRows) -> [FeatureColumn] {
            let prediction = rows.predictionColumn
            return rows.features.filter { $0.name != prediction.name } + [prediction]
        }
        let aligned = AlignedColumns(columns(reference), columns(operation.rows))
        guard let losses = Self.losses(reference, threshold), losses.allSatisfy(\.isFinite) else {
            return
        }
        predictor = ErrorPredictor(
            features: aligned.reference, losses: losses, weights: reference.weights,
            seed: options.seed)
        self.columns = aligned.operation
        notes += aligned.notes
        notes.append(
            predictor == nil
                ? "The reference has fewer than \(ErrorPredictor.leastRows) rows: no predictor of "
                    + "error is learnt."
                : "The predicted error is "
                    + (reference.task == .number
                        ? "the mean absolute error" : "the share of errors")
                    + ", by boosted trees over \(aligned.reference.count) columns.")
    }

    /// The error as the predictor learns it: absolute, or whether the model errs.
    private static func losses(_ rows: JudgeRows, _ threshold: Double) -> [Double]? {
        switch (rows.labels, rows.predictions) {
        case (.binary(let labels), .scores(let scores)):
            zip(labels, scores).map { $0 == ($1 >= threshold) ? 0 : 1 }
        case (.classes(let labels, _), .classes(let codes, _)):
            zip(labels, codes).map { $0 == $1 ? 0 : 1 }
        case (.numbers(let labels), .scores(let scores)): zip(labels, scores).map { abs($0 - $1) }
        case (.binary, .classes), (.classes, .scores), (.numbers, .classes): nil
        }
    }

    /// The estimates of a slice, and the realised figures of those of its rows that have labels.
    func figures(_ slice: TimeSlices.Slice, of name: String?) -> [JudgedFigure] {
        let rows = operation.rows.taking(slice.rows)
        func figure(_ which: FigureName, _ estimate: EstimatedFigure?, _ interval: Interval?)
            -> JudgedFigure?
        {
            estimate.map {
                JudgedFigure(
                    which, of: name, $0.value, interval, rows: rows.count, source: rows.source)
            }
        }
        var found: [JudgedFigure?] = []
        if let calibrator, case .scores(let scores) = rows.predictions,
            let expected = ExpectedPerformance(
                scores: scores, calibrator: calibrator, threshold: threshold,
                weights: rows.weights)
        {
            found = [
                (FigureName.estimatedAUC, expected.auc), (.estimatedAccuracy, expected.accuracy),
                (.estimatedF1, expected.f1), (.estimatedPrecision, expected.precision),
                (.estimatedRecall, expected.recall), (.estimatedBrier, expected.brier),
            ].map { which, estimate in
                // Rows that hang together stray further than these errors say.
                figure(
                    which, estimate,
                    rows.clusters == nil ? estimate?.interval(level: options.level) : nil)
            }
        }
        if let predictor,
            let estimate = predictor.estimate(
                of: columns.map { $0.picking(slice.rows) }, weights: rows.weights)
        {
            let interval =
                rows.task == .number
                ? estimate.positiveInterval(level: options.level)
                : estimate.interval(level: options.level)
            found.append(
                figure(.predictedError, estimate, rows.clusters == nil ? interval : nil))
        }
        return found.compactMap { $0 }
            + counter.figures(operation.labelled(among: slice.rows), of: name)
    }
}
