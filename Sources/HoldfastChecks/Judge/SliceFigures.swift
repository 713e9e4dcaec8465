internal import HoldfastStatistics

/// The plain figures of some rows, with their intervals: what is shown slice by slice.
struct SliceFigures {
    let options: JudgeOptions
    /// From which score on a row counts as a yes.
    let threshold: Double

    /// The figures that the rows bear; fewer where one is not defined, none without a row.
    func figures(_ rows: JudgeRows, of name: String?) -> [JudgedFigure] {
        guard rows.count > 0 else { return [] }
        func figure(_ which: FigureName, _ value: Double, _ interval: Interval?) -> JudgedFigure {
            JudgedFigure(
                which, of: name, value, interval, rows: rows.count, source: rows.source)
        }
        var found: [JudgedFigure] = []
        switch (rows.labels, rows.predictions) {
        case (.binary(let labels), .scores(let scores)):
            if let area = AreaUnderCurve(
                scores: scores, isCandidate: labels, weights: rows.weights)
            {
                let estimate = EstimatedFigure(
                    value: area.area, standardError: area.variance.squareRoot())
                // The variance is that of rows that do not hang together.
                let isAlone = rows.clusters == nil
                found.append(
                    figure(
                        .auc, area.area,
                        isAlone ? estimate.interval(level: options.level) : nil))
            }
            if scores.allSatisfy({ $0 >= 0 && $0 <= 1 }) {
                let mean = mean(Self.squares(labels, scores), rows)
                found.append(figure(.brier, mean.value, mean.interval(level: options.level)))
            }
            found.append(
                accuracy(zip(labels, scores).map { $0 == ($1 >= threshold) }, rows, figure))
        case (.classes(let labels, _), .classes(let codes, _)):
            found.append(accuracy(zip(labels, codes).map { $0 == $1 }, rows, figure))
        case (.numbers(let labels), .scores(let scores)):
            let errors = zip(labels, scores).map { abs($0 - $1) }
            let absolute = mean(errors, rows)
            found.append(
                figure(
                    .meanAbsoluteError, absolute.value,
                    absolute.positiveInterval(level: options.level)))
            let square = mean(errors.map { $0 * $0 }, rows)
            let interval = square.positiveInterval(level: options.level).map {
                Interval(lower: $0.lower.squareRoot(), upper: $0.upper.squareRoot())
            }
            found.append(figure(.rootMeanSquaredError, square.value.squareRoot(), interval))
        // Labels and predictions of unlike kinds bear no figure.
        case (.binary, .classes), (.classes, .scores), (.numbers, .classes): break
        }
        return found
    }

    private static func squares(_ labels: [Bool], _ scores: [Double]) -> [Double] {
        zip(labels, scores).map { label, score in
            let apart = (label ? 1 : 0) - score
            return apart * apart
        }
    }

    private func accuracy(
        _ isRight: [Bool], _ rows: JudgeRows,
        _ figure: (FigureName, Double, Interval?) -> JudgedFigure
    ) -> JudgedFigure {
        let share = mean(isRight.map { $0 ? 1 : 0 }, rows)
        // Wilson's interval at the rows of equal, independent weight that would tell as much.
        let spread = share.value * (1 - share.value)
        let variance = share.standardError * share.standardError
        let size =
            spread > 0 && variance > 0
            ? min(Double(rows.count), spread / variance) : independent(rows)
        return figure(
            .accuracy, share.value,
            Proportions.wilson(
                successes: min(1, max(0, share.value)) * size, of: size, level: options.level))
    }

    /// The rows, or the clusters, that weigh as much as if all had one weight.
    private func independent(_ rows: JudgeRows) -> Double {
        var sums: [Int32: Double] = [:]
        for row in 0..<rows.count {
            sums[rows.clusters?[row] ?? Int32(row), default: 0] += rows.weights?[row] ?? 1
        }
        let sizes = sums.values.sorted()
        let (sum, squares) = sizes.reduce((0.0, 0.0)) { ($0.0 + $1, $0.1 + $1 * $1) }
        return sum * sum / squares
    }

    /// A weighted mean with the error that independent clusters, or rows, give it: the sums of
    /// w(x − mean) over clusters, squared (S. L. Zeger and K.-Y. Liang, 1986), times k/(k − 1).
    private func mean(_ values: [Double], _ rows: JudgeRows) -> EstimatedFigure {
        let total = rows.weights?.reduce(0, +) ?? Double(values.count)
        let mean =
            values.indices.reduce(0) { $0 + values[$1] * (rows.weights?[$1] ?? 1) } / total
        var squares = 0.0
        var count = Double(values.count)
        if let clusters = rows.clusters {
            var sums = [Double](repeating: 0, count: Int(clusters.max() ?? -1) + 1)
            for row in values.indices {
                sums[Int(clusters[row])] += (rows.weights?[row] ?? 1) * (values[row] - mean)
            }
            count = Double(Set(clusters).count)
            squares = sums.reduce(0) { $0 + $1 * $1 }
        } else {
            squares = values.indices.reduce(0) { sum, row in
                let part = (rows.weights?[row] ?? 1) * (values[row] - mean)
                return sum + part * part
            }
        }
        let variance = count > 1 ? squares * count / (count - 1) / (total * total) : 0
        return EstimatedFigure(value: mean, standardError: variance.squareRoot())
    }
}

extension SliceFigures {
    /// What a model loses on each row, from 0 to 1, and what that is called.
    static func losses(_ rows: JudgeRows, threshold: Double, largestError: Double?)
        -> (values: [Double], name: String)?
    {
        switch (rows.labels, rows.predictions) {
        case (.binary(let labels), .scores(let scores)):
            if scores.allSatisfy({ $0 >= 0 && $0 <= 1 }) {
                return (squares(labels, scores), "the Brier score")
            }
            return (
                zip(labels, scores).map { $0 == ($1 >= threshold) ? 0 : 1 }, "the share of errors"
            )
        case (.classes(let labels, _), .classes(let codes, _)):
            return (zip(labels, codes).map { $0 == $1 ? 0 : 1 }, "the share of errors")
        case (.numbers(let labels), .scores(let scores)):
            let errors = zip(labels, scores).map { abs($0 - $1) }
            guard let most = largestError ?? errors.max(), most > 0, most.isFinite else {
                return nil
            }
            return (
                errors.map { min(1, $0 / most) },
                "the absolute error, as a part of the reference's largest and at most 1"
            )
        case (.binary, .classes), (.classes, .scores), (.numbers, .classes): return nil
        }
    }
}
