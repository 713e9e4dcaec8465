internal import HoldfastStatistics

/// Is the model accurate enough?
///
/// Every figure that the labels allow: of a yes, the areas, losses, calibration and what a
/// threshold gives; of classes, their confusion; of numbers, the errors. What is not defined is
/// left out, and a note says why where a reader would miss it. With folds, each figure is the mean
/// over the folds (``FoldedFigures``), and each fold's own stands behind it.
package enum AccuracySection {
    /// The folds and the classes of which figures are shown one by one, at most.
    static let partLimit = 50

    /// The answer.
    package static func judge(_ rows: JudgeRows, options: JudgeOptions) -> JudgementSection {
        switch JudgedSample.make(rows, options: options) {
        case .failure(let refusal): JudgementSection(.accurate, notes: [refusal.sentence])
        case .success(let sample): judge(rows, sample, options)
        }
    }

    private static func judge(_ rows: JudgeRows, _ judged: JudgedSample, _ options: JudgeOptions)
        -> JudgementSection
    {
        var section = JudgementSection(.accurate)
        let folds = folds(of: rows)
        let estimates: [ModelFigure: FigureEstimate]
        if let folds {
            estimates = add(folds, of: rows, to: &section, options)
        } else {
            estimates = judged.estimates(options)
            section.notes.append(intervalNote(rows, options))
        }
        var headline: [JudgedFigure] = []
        for figure in ModelFigure.allCases {
            guard let estimate = estimates[figure] else { continue }
            headline.append(
                JudgedFigure(
                    figure.name, estimate.value, estimate.interval,
                    rows: count(figure, judged), source: rows.source))
        }
        section.figures.insert(contentsOf: headline, at: 0)
        section.notes += judged.notes
        switch judged.sample {
        case .binary(let sample):
            section.pictures += BinaryPictures.all(sample, options)
            section.notes += notes(on: sample, options)
        case .classes(let sample):
            addClasses(sample, rows, to: &section, options)
        case .numbers(let sample):
            section.pictures += NumberPictures.all(sample, level: options.level)
        }
        return section
    }

    /// The rows that a figure is counted on.
    private static func count(_ figure: ModelFigure, _ judged: JudgedSample) -> Int {
        guard case .binary(let sample) = judged.sample else { return judged.count }
        switch figure {
        case .recall: return sample.groups.positiveRows
        case .precision:
            guard let least = sample.leastYes else { return 0 }
            return judged.scores?.count { $0 >= least } ?? judged.count
        case .auc, .averagePrecision, .logLoss, .brier, .calibrationError, .calibrationIntercept,
            .calibrationSlope, .accuracy, .balancedAccuracy, .f1, .macroF1, .meanAbsoluteError,
            .rootMeanSquaredError, .rSquared:
            return judged.count
        }
    }

    private static func intervalNote(_ rows: JudgeRows, _ options: JudgeOptions) -> String {
        if let clusters = rows.clusters { return clusterNote(clusters, options) }
        let weighted =
            rows.weights == nil ? "" : ", weighted rows as many as tell as much of equal weight"
        switch rows.task {
        case .binary:
            return "Intervals hold for independent rows\(weighted): of the area by DeLong's "
                + "variance and Newcombe's way, of shares by Wilson's, of losses and calibration "
                + "by their sandwich variances."
        case .classes:
            return "Intervals hold for independent rows\(weighted): of shares by Wilson's, of "
                + "macro F1 and the area by what each row moves."
        case .number:
            return "Intervals hold for independent rows\(weighted), by what each row moves, on "
                + "the scale of logarithms."
        }
    }

    private static func notes(on sample: BinarySample, _ options: JudgeOptions) -> [String] {
        var notes: [String] = []
        if let share = options.positiveShare {
            notes.append(
                sample.leastYes.map {
                    "A yes is a prediction of \($0) or more: the highest, and together no more "
                        + "than the share \(share) of the rows; rows of one prediction go together."
                }
                    ?? "No row is a yes: more rows than the share \(share) have the highest "
                    + "prediction.")
        } else {
            notes.append("A yes is a prediction of \(options.threshold) or more.")
        }
        if sample.groups.positiveRows == 0 || sample.groups.negativeRows == 0 {
            notes.append(
                "All labels are alike: no area and no calibration slope can be told.")
        }
        if sample.isProbability {
            notes.append(
                "The calibration error is over ten bins of equal weight by prediction; its "
                    + "interval allows for its being above 0 in any sample.")
        }
        return notes
    }

    /// Precision and recall of each class, and the table.
    private static func addClasses(
        _ sample: ClassSample, _ rows: JudgeRows, to section: inout JudgementSection,
        _ options: JudgeOptions
    ) {
        var names = (0..<sample.classes).map { "class \($0)" }
        if case .classes(_, let given) = rows.labels {
            for (code, name) in given.enumerated() where code < names.count { names[code] = name }
        }
        guard sample.classes <= partLimit else {
            section.notes.append(
                "There are \(sample.classes) classes: more than \(partLimit) are not shown one "
                    + "by one.")
            return
        }
        let table = sample.confusion
        for code in 0..<sample.classes {
            let labelled = sample.labels.count { $0 == Int32(code) }
            let predicted = sample.predictions.count { $0 == Int32(code) }
            for (name, share, count) in [
                (FigureName.precision, table.precision(of: code), predicted),
                (.recall, table.recall(of: code), labelled),
            ] {
                guard let share else { continue }
                // Wilson's interval is for independent rows alone.
                let interval =
                    rows.clusters == nil && rows.folds == nil
                    ? share.interval(level: options.level) : nil
                section.figures.append(
                    JudgedFigure(
                        name, of: names[code], share.share, interval, rows: count,
                        source: rows.source))
            }
        }
        section.pictures.append(
            JudgePicture(
                "confusion", "What is taken for what",
                "Rows by their label, columns by the prediction, by weight; the diagonal is right.",
                .matrix(
                    rows: names, columns: names,
                    counts: (0..<sample.classes).map { label in
                        (0..<sample.classes).map { table.weight(label: label, prediction: $0) }
                    })))
    }
}

extension AccuracySection {
    /// The places of each fold's rows; `nil` where there are no two folds.
    private static func folds(of rows: JudgeRows) -> [(code: Int32, places: [Int])]? {
        guard let folds = rows.folds else { return nil }
        var places: [Int32: [Int]] = [:]
        for (row, fold) in folds.enumerated() { places[fold, default: []].append(row) }
        return places.count > 1
            ? places.map { ($0.key, $0.value) }.sorted { $0.code < $1.code } : nil
    }

    /// Adds each fold's figures, and answers their means.
    private static func add(
        _ folds: [(code: Int32, places: [Int])], of rows: JudgeRows,
        to section: inout JudgementSection, _ options: JudgeOptions
    ) -> [ModelFigure: FigureEstimate] {
        var samples: [(code: Int32, sample: JudgedSample)] = []
        for (code, places) in folds {
            // All rows could be read, and so can a part of them.
            guard case .success(let part) = JudgedSample.make(rows, at: places, options: options)
            else { continue }
            samples.append((code, part))
        }
        let estimates = samples.map { $0.sample.estimates(options) }
        var means: [ModelFigure: FigureEstimate] = [:]
        if rows.clusters != nil {
            means = FoldedFigures.clusteredMean(
                samples.map(\.sample.sample), level: options.level,
                replicates: options.replicates, seed: options.seed)
        }
        for figure in ModelFigure.allCases {
            let parts = estimates.compactMap { $0[figure] }
            guard parts.count == estimates.count else { continue }
            // The bootstrap has no calibration error: it gets a mean without an interval.
            means[figure] =
                rows.clusters == nil
                ? FoldedFigures.mean(parts)?.possible(for: figure)
                : means[figure] ?? FoldedFigures.mean(parts.map { FigureEstimate($0.value) })
        }
        if folds.count <= partLimit {
            for ((code, sample), estimates) in zip(samples, estimates) {
                for figure in ModelFigure.allCases {
                    guard let estimate = estimates[figure] else { continue }
                    section.figures.append(
                        JudgedFigure(
                            figure.name, of: "fold \(code)", estimate.value, estimate.interval,
                            rows: count(figure, sample), source: rows.source))
                }
            }
            addPicture(samples.map(\.code), estimates, to: &section)
        }
        section.notes.append(
            "Figures are means over \(folds.count) folds, of models that were each fitted to a "
                + "part of the rows. Folds share those, so that the variance of the mean is taken "
                + "as twice that of independent folds.")
        if let clusters = rows.clusters { section.notes.append(clusterNote(clusters, options)) }
        return means
    }

    private static func addPicture(
        _ codes: [Int32], _ estimates: [[ModelFigure: FigureEstimate]],
        to section: inout JudgementSection
    ) {
        let headline = ModelFigure.allCases.first { figure in
            estimates.allSatisfy { $0[figure] != nil }
        }
        guard let headline else { return }
        let bars = zip(codes, estimates).compactMap { code, estimates in
            estimates[headline].map {
                JudgePicture.Bar("fold \(code)", $0.value, $0.interval)
            }
        }
        section.pictures.append(
            JudgePicture(
                "folds", "Fold by fold",
                "The figure of each fold with its interval; folds that differ by more than their "
                    + "intervals were fitted to unlike rows.",
                .bars(axis: headline.rawValue, rows: bars, limits: [])))
    }
}
