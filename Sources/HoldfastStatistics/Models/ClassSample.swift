import Glibc

/// The predictions of a model beside labels of several classes.
///
///     let sample = ClassSample(
///         labels: [0, 1, 2, 0, 1, 2], predictions: [0, 2, 1, 0, 0, 1], classes: 3)
///     let figures = sample.estimates(level: 0.95)
///     figures[.accuracy]?.value   // 0.3333333333333333
///     figures[.macroF1]?.value    // 0.26666666666666666
///
/// The area is the mean over the classes of one against the rest by its probability, for classes
/// that have a label and rows without it; scikit-learn's where all have.
package struct ClassSample: Sendable {
    /// The classes whose areas are taken, at most: each sorts all rows.
    package static let areaLimit = 100

    package let labels: [Int32]
    package let predictions: [Int32]
    package let classes: Int
    /// One array a class, where they are known; those of classes behind are 0.
    package let probabilities: [[Double]]?
    package let weights: [Double]?
    package let clusters: [Int32]?
    /// By row: −log of the probability of its label.
    let losses: [Double]?

    package init(
        labels: [Int32], predictions: [Int32], classes: Int, probabilities: [[Double]]? = nil,
        weights: [Double]? = nil, clusters: [Int32]? = nil
    ) {
        precondition(labels.count == predictions.count, "each label has a prediction")
        precondition(weights.map { $0.count == labels.count } ?? true, "a weight a row")
        precondition(clusters.map { $0.count == labels.count } ?? true, "a cluster a row")
        let codes = 0..<Int32(classes)
        precondition(labels.allSatisfy(codes.contains), "labels are codes of classes")
        precondition(predictions.allSatisfy(codes.contains), "predictions are codes of classes")
        self.labels = labels
        self.predictions = predictions
        self.classes = classes
        self.probabilities = probabilities
        self.weights = weights
        self.clusters = clusters
        losses = probabilities.map { probabilities in
            labels.indices.map { row in
                let label = Int(labels[row])
                let given = label < probabilities.count ? probabilities[label][row] : 0
                return -log(min(1 - CalibrationFit.clip, max(CalibrationFit.clip, given)))
            }
        }
    }

    /// The table of labels and predictions.
    package var confusion: ConfusionTable {
        var table = ConfusionTable(classes: classes)
        for row in labels.indices {
            table.add(
                label: Int(labels[row]), prediction: Int(predictions[row]),
                weight: weights?[row] ?? 1)
        }
        return table
    }

    /// Every figure that is defined, with intervals for independent rows.
    package func estimates(level: Double) -> [ModelFigure: FigureEstimate] {
        let table = confusion
        var figures: [ModelFigure: FigureEstimate] = [:]
        for (figure, estimate) in table.binaryEstimates(level: level)
        where figure == .accuracy || figure == .balancedAccuracy {
            figures[figure] = estimate
        }
        let size = RowMean(count: labels.count, of: { _ in 0 }, weight: { weights?[$0] ?? 1 })
        let quantile = size?.quantile(level: level)
        let fewest = Double(ModelSample.classes(self).fewestOfLabel.rows)
        func estimate(_ value: Double, _ error: Double?) -> FigureEstimate {
            let interval = quantile.flatMap {
                FigureScale.share.interval(around: value, standardError: error, quantile: $0)
            }
            return FigureEstimate(value, standardError: error, interval: interval)
                .orUnvaried(0...1, size: fewest, level: level)
        }
        figures[.macroF1] = table.macroF1.map { estimate($0, table.macroF1Error) }
        if let losses {
            figures[.logLoss] = RowMean(of: losses, weights: weights).map {
                $0.estimate(.positive, level: level)
                    .orUnvaried(ModelFigure.logLoss.range, size: $0.size, level: level)
            }
        }
        figures[.auc] = macroArea().map { estimate($0.area, RowMean.error(of: $0.moved, weights)) }
        return figures
    }

    /// The rows of one class against the rest; `nil` where either is missing.
    private func groups(of one: Int) -> ScoreGroups? {
        guard let probabilities, one < probabilities.count else { return nil }
        let groups = ScoreGroups(
            scores: probabilities[one], isPositive: labels.map { $0 == Int32(one) },
            weights: weights, clusters: clusters)
        return groups.positiveRows > 0 && groups.negativeRows > 0 ? groups : nil
    }

    /// The mean area, and what each row moves it by where it gains weight.
    func macroArea() -> (area: Double, moved: [Double])? {
        guard let probabilities, probabilities.count <= Self.areaLimit else { return nil }
        var moved = [Double](repeating: 0, count: labels.count)
        var (sum, count) = (0.0, 0.0)
        for one in probabilities.indices {
            let isPositive = labels.map { $0 == Int32(one) }
            guard
                let placed = Placements(
                    scores: probabilities[one], isPositive: isPositive, weights: weights)
            else { continue }
            var (yes, no) = (0.0, 0.0)
            for row in isPositive.indices {
                if isPositive[row] { yes += weights?[row] ?? 1 } else { no += weights?[row] ?? 1 }
            }
            for row in isPositive.indices {
                moved[row] += (placed.values[row] - placed.area) / (isPositive[row] ? yes : no)
            }
            sum += placed.area
            count += 1
        }
        return count > 0 ? (sum / count, moved.map { $0 / count }) : nil
    }

    /// The figures alone of each replicate.
    func replicates(_ draws: ClusterDraws) -> [[ModelFigure: Double]] {
        guard let clusters else { preconditionFailure("rows without clusters are not drawn") }
        var all: [[ModelFigure: Double]] = []
        for number in 0..<draws.replicates {
            let drawn = draws.replicate(number)
            var table = ConfusionTable(classes: classes)
            var (loss, sum) = (0.0, 0.0)
            for row in labels.indices {
                let weight = Double(drawn[Int(clusters[row])]) * (weights?[row] ?? 1)
                table.add(
                    label: Int(labels[row]), prediction: Int(predictions[row]), weight: weight)
                sum += weight
                if let losses { loss += weight * losses[row] }
            }
            var values: [ModelFigure: Double] = [:]
            values[.accuracy] = table.accuracy?.share
            values[.balancedAccuracy] = table.balancedAccuracy
            values[.macroF1] = table.macroF1
            if losses != nil, sum > 0 { values[.logLoss] = loss / sum }
            all.append(values)
        }
        addAreas(draws, &all)
        return all
    }

    /// Class by class, so that one class's order is in memory at one time.
    private func addAreas(_ draws: ClusterDraws, _ all: inout [[ModelFigure: Double]]) {
        guard let probabilities, probabilities.count <= Self.areaLimit else { return }
        var sums = [(area: Double, count: Int)](repeating: (0, 0), count: draws.replicates)
        for one in probabilities.indices {
            guard let groups = groups(of: one) else { continue }
            var (positive, negative) = (groups.positive, groups.negative)
            for number in 0..<draws.replicates {
                groups.reweight(draws.replicate(number), &positive, &negative)
                guard let area = BinarySample.area(positive, negative) else { continue }
                sums[number].area += area
                sums[number].count += 1
            }
        }
        for number in sums.indices where sums[number].count > 0 {
            all[number][.auc] = sums[number].area / Double(sums[number].count)
        }
    }
}
