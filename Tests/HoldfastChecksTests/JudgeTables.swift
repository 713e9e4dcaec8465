import HoldfastChecks
import TestSupport

/// A table of yes and no that a model knows something of, as sections are given it.
func binaryRows(
    _ count: Int, seed: UInt64, name: String = "eval", sharpness: Double = 1,
    source: RowSource = .given
) -> JudgeRows {
    var chance = SeededGenerator(seed: seed)
    var (scores, labels, x) = ([Double](), [Bool](), [Double]())
    for _ in 0..<count {
        let truth = Double(chance.below(1_000)) / 1_000
        let noise = Double(chance.below(1_000)) / 1_000 - 0.5
        labels.append(Double(chance.below(1_000)) / 1_000 < truth)
        scores.append(min(1, max(0, truth + noise * (1 - sharpness))))
        x.append(truth)
    }
    return JudgeRows(
        name: name, source: source, count: count, labels: .binary(labels),
        predictions: .scores(scores), features: [FeatureColumn("x", numbers: x)])
}

/// A table of numbers.
func numberRows(_ count: Int, seed: UInt64, noise: Double = 1, name: String = "eval") -> JudgeRows {
    var chance = SeededGenerator(seed: seed)
    var (labels, predicted, x) = ([Double](), [Double](), [Double]())
    for _ in 0..<count {
        let truth = Double(chance.below(1_000)) / 100
        x.append(truth)
        labels.append(truth + Double(chance.below(100)) / 50 - 1)
        predicted.append(truth + noise * (Double(chance.below(100)) / 50 - 1))
    }
    return JudgeRows(
        name: name, source: .given, count: count, labels: .numbers(labels),
        predictions: .scores(predicted), features: [FeatureColumn("x", numbers: x)])
}

/// A table of three classes, with probabilities.
func classRows(_ count: Int, seed: UInt64) -> JudgeRows {
    var chance = SeededGenerator(seed: seed)
    var (labels, predicted) = ([Int32](), [Int32]())
    var probabilities = [[Double]](repeating: [], count: 3)
    for _ in 0..<count {
        let label = Int32(chance.below(3))
        let guess = chance.below(4) == 0 ? Int32(chance.below(3)) : label
        labels.append(label)
        predicted.append(guess)
        for code in 0..<3 { probabilities[code].append(Int(guess) == code ? 0.7 : 0.15) }
    }
    return JudgeRows(
        name: "eval", source: .control, count: count,
        labels: .classes(labels, names: ["cat", "dog", "fox"]),
        predictions: .classes(predicted, probabilities: probabilities))
}

extension JudgementSection {
    /// The figure of that name and of that thing; where none is named, of all rows before others.
    func figure(_ name: FigureName, of: String? = nil) -> JudgedFigure? {
        let named = figures.filter { $0.name == name }
        return named.first { $0.of == of } ?? (of == nil ? named.first : nil)
    }

    func figures(_ name: FigureName) -> [JudgedFigure] { figures.filter { $0.name == name } }

    func picture(_ id: String) -> JudgePicture? { pictures.first { $0.id == id } }
}
