internal import HoldfastStatistics

/// Whether a model has learnt anything: "white is a dog, brown is a cat".
///
///     let section = DegenerateSection.judge(rows, options: options, train: train)
///     section.figure(.gainOverOneSplit)   // what it is better by than the best single cut
///
/// How much its predictions vary (their number, the share of the most frequent one, entropy, the
/// longest run of one), whether a class is never predicted, and whether the model is better than
/// two rivals that look at one feature. A model may vary and be of no use, and be of use though it
/// says the same of most rows: no figure stands alone.
package enum DegenerateSection {
    /// Judges rows. The rivals are fitted to `train` where it is given, and otherwise to four
    /// fifths of the rows each time.
    package static func judge(
        _ rows: JudgeRows, options: JudgeOptions, train: JudgeRows? = nil
    ) -> JudgementSection {
        var section = JudgementSection(.degenerate)
        guard rows.count > 0 else {
            section.notes = ["The table has no row with a label and a prediction."]
            return section
        }
        var builder = DegenerateBuilder(rows, options)
        switch (rows.labels, rows.predictions) {
        case (_, .scores(let scores)) where !scores.allSatisfy(\.isFinite):
            section.notes = ["Some predictions are no finite numbers: they are not judged."]
            return section
        case (.numbers(let labels), _) where !labels.allSatisfy(\.isFinite):
            section.notes = ["Some labels are no finite numbers: they are not judged."]
            return section
        case (.binary(let labels), .scores(let scores)):
            builder.addScores(scores)
            builder.addBinary(labels, scores)
        case (.numbers(let labels), .scores(let scores)):
            builder.addScores(scores)
            builder.drawNumbers(labels, scores)
        case (.classes(let labels, let names), .classes(let codes, _)):
            builder.addClasses(labels, codes, names)
        case (.binary, .classes), (.numbers, .classes), (.classes, .scores):
            section.notes = ["Labels and predictions are of different kinds."]
            return section
        }
        builder.addRivals(train: train)
        section.figures = builder.gains + builder.figures
        section.pictures = builder.pictures
        section.notes = builder.notes
        return section
    }
}

/// Figures of how predictions vary, as they are gathered.
struct DegenerateBuilder {
    let rows: JudgeRows
    let options: JudgeOptions
    /// Against the rivals: the headlines.
    var gains: [JudgedFigure] = []
    var figures: [JudgedFigure] = []
    var pictures: [JudgePicture] = []
    var notes: [String] = []

    init(_ rows: JudgeRows, _ options: JudgeOptions) {
        self.rows = rows
        self.options = options
    }

    mutating func add(_ name: FigureName, _ value: Double, _ interval: Interval? = nil) {
        figures.append(
            JudgedFigure(name, value, interval, rows: rows.count, source: rows.source))
    }

    /// Predictions that are numbers.
    mutating func addScores(_ scores: [Double]) {
        guard let spread = PredictionSpread(scores, weights: rows.weights),
            let histogram = PredictionHistogram(scores, weights: rows.weights)
        else { return }
        let size = addSpread(spread, scores, called: JudgeNumber.text(spread.mode))
        addEntropy(histogram.counts, size: size, of: "ten equal bins")
    }

    /// Distinct predictions, the share of the most frequent one and the longest run; answers the
    /// rows of equal weight.
    mutating func addSpread(
        _ spread: PredictionSpread, _ predictions: [Double], called mode: String
    ) -> Double {
        let all = [Bool](repeating: true, count: rows.count)
        let cells = GroupCells(
            groups: [Int32](repeating: 0, count: rows.count), count: 1, labels: all,
            decisions: predictions.map { $0 == spread.mode }, weights: rows.weights,
            clusters: rows.clusters.map { ClusterRows($0) })
        guard let share = cells.share(.selection, group: 0) else { return 0 }
        add(.distinctPredictions, Double(spread.distinct))
        add(
            .modeShare, share.share,
            GroupEstimate(share).interval(level: options.level))
        let run = Double(spread.longestRun) / Double(rows.count)
        // A run that chance explains says nothing against the model, whatever its length.
        let isChance = spread.runProbability > 1 - options.level
        add(.longestRunShare, run, isChance ? Interval(lower: 0, upper: run) : nil)
        notes.append(
            "The most frequent prediction is \(mode). The longest run of one prediction is "
                + "\(spread.longestRun) rows, from row \(spread.runStart + 1) on; in a random order "
                + "of the same predictions a run as long comes with a probability of "
                + (spread.runProbability < 1e-4
                    ? "less than 0.0001" : JudgeNumber.text(spread.runProbability))
                + (isChance ? ": chance explains it." : " at most."))
        return share.size
    }

    mutating func addEntropy(_ counts: [Double], size: Double, of parts: String) {
        guard let entropy = ShareEntropy(counts, size: size) else { return }
        add(.predictionEntropy, entropy.normalised, entropy.interval(level: options.level))
        notes.append(
            "The entropy of the predictions in \(parts) is \(JudgeNumber.text(entropy.nats)) nats; "
                + "the figure is its part of the most that is possible.")
    }

    mutating func addBinary(_ labels: [Bool], _ scores: [Double]) {
        let threshold = options.yesThreshold(scores, weights: rows.weights)
        let names = ["no", "yes"]
        addConfusion(
            labels.map { $0 ? 1 : 0 }, scores.map { $0 >= threshold ? 1 : 0 }, names,
            caption: "A yes is a prediction of \(JudgeNumber.text(threshold)) or more.")
        guard let whole = PredictionHistogram(scores) else { return }
        let (lower, upper) = (whole.edges[0], whole.edges[PredictionHistogram.binCount])
        let series = [false, true].map { label in
            let picked = labels.indices.filter { labels[$0] == label }
            let part = PredictionHistogram(
                picked.map { scores[$0] },
                weights: rows.weights.map { weights in picked.map { weights[$0] } }, from: lower,
                to: upper)
            return JudgePicture.Series("label \(names[label ? 1 : 0])", part.counts)
        }
        pictures.append(
            JudgePicture(
                "predictions", "Predictions by label",
                "The rows in ten bins of the prediction. A model that has learnt something parts "
                    + "the two labels.", .histogram(edges: whole.edges, series: series)))
    }

    mutating func drawNumbers(_ labels: [Double], _ scores: [Double]) {
        guard let least = (labels + scores).min(), let most = (labels + scores).max(), least < most
        else { return }
        let series = [("predictions", scores), ("labels", labels)].map { name, values in
            let part = PredictionHistogram(values, weights: rows.weights, from: least, to: most)
            return (JudgePicture.Series(name, part.counts), part.edges)
        }
        pictures.append(
            JudgePicture(
                "predictions", "Predictions and labels",
                "The rows in ten bins. Predictions vary less than labels; where they hardly vary, "
                    + "the model says the same of all.",
                .histogram(edges: series[0].1, series: series.map(\.0))))
    }
}
