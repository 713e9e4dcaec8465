internal import HoldfastStatistics

extension DegenerateBuilder {
    /// The most classes of a picture.
    static let classLimit = 40

    /// Predictions that are classes.
    mutating func addClasses(_ labels: [Int32], _ codes: [Int32], _ names: [String]) {
        let numbers = codes.map(Double.init)
        guard let spread = PredictionSpread(numbers, weights: rows.weights) else { return }
        let size = addSpread(spread, numbers, called: names[Int(spread.mode)])
        var counts = [Double](repeating: 0, count: names.count)
        for (row, code) in codes.enumerated() { counts[Int(code)] += rows.weights?[row] ?? 1 }
        addEntropy(counts, size: size, of: "\(names.count) classes")
        addConfusion(labels, codes, names, caption: "")
        let total = counts.reduce(0, +)
        let shown = Self.frequent(counts)
        let bars = shown.map { place in
            JudgePicture.Bar(
                names[place], counts[place] / total,
                Proportions.wilson(
                    successes: min(size, counts[place] / total * size), of: size,
                    level: options.level))
        }
        pictures.append(
            JudgePicture(
                "predictions", "Predictions by class", "The share of the rows of each class.",
                .bars(axis: "share of predictions", rows: bars, limits: [])))
    }

    private static func frequent(_ counts: [Double]) -> [Int] {
        counts.indices.sorted { (-counts[$0], $0) < (-counts[$1], $1) }.prefix(classLimit).sorted()
    }

    /// The confusion matrix, and the classes that are never predicted though labels have them.
    ///
    /// Of few rows a rare class may be missed by chance: one is empty beyond doubt where none of
    /// the n predictions is of it, and the interval of its labels' share less 0 of n (R. G.
    /// Newcombe, 1998) lies above 0. The others count for the upper end alone.
    mutating func addConfusion(
        _ labels: [Int32], _ codes: [Int32], _ names: [String], caption: String
    ) {
        let width = names.count
        var said = [Double](repeating: 0, count: width)
        var had = said
        var counts = [Double](repeating: 0, count: width <= Self.classLimit ? width * width : 0)
        for row in labels.indices {
            let weight = rows.weights?[row] ?? 1
            said[Int(codes[row])] += weight
            had[Int(labels[row])] += weight
            if !counts.isEmpty { counts[Int(labels[row]) * width + Int(codes[row])] += weight }
        }
        let size = rows.weights.map { weights in
            let sum = weights.reduce(0, +)
            return sum * sum / weights.reduce(0) { $0 + $1 * $1 }
        }
        let (n, total) = (size ?? Double(rows.count), had.reduce(0, +))
        let empty = names.indices.filter { said[$0] == 0 && had[$0] > 0 }
        let sure = empty.filter { place in
            let interval = Proportions.difference(
                reference: (0, n), candidate: (min(n, had[place] / total * n), n),
                level: options.level)
            return (interval?.lower ?? 0) > 0
        }
        add(
            .emptyClasses, Double(empty.count),
            Interval(lower: Double(sure.count), upper: Double(empty.count)))
        if !empty.isEmpty {
            let list = empty.prefix(5).map { names[$0] }.joined(separator: ", ")
            notes.append(
                "Never predicted, though labels have it: \(list)"
                    + (empty.count > 5 ? " and \(empty.count - 5) more." : ".")
                    + (caption.isEmpty ? "" : " \(caption)"))
        }
        guard !counts.isEmpty else {
            notes.append("\(width) classes are too many to draw the confusion matrix of.")
            return
        }
        pictures.append(
            JudgePicture(
                "confusion", "Labels by predictions",
                "Each row is a label, each column a prediction; the diagonal is right."
                    + (caption.isEmpty ? "" : " \(caption)"),
                .matrix(
                    rows: names, columns: names,
                    counts: names.indices.map { Array(counts[$0 * width..<($0 + 1) * width]) })))
    }
}
