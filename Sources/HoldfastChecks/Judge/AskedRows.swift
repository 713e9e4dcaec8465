import HoldfastStatistics

/// The rows of a table that a model is asked about: all, or as many as its budget has room for,
/// each
/// with the same chance.
///
/// A table of a million rows is cut to these before anything is laid out for asking.
struct AskedRows {
    /// The rows, without what asking does not need.
    let rows: JudgeRows
    /// Their numbers in the table, from 0, ascending.
    let numbers: [Int]
    /// The rows of the table.
    let total: Int

    init(_ all: JudgeRows, most: Int, seed: UInt64, stream: UInt64) {
        let numbers = RandomOrder.sample(
            all.count, most: max(1, most), seed: seed, stream: stream)
        self.numbers = numbers
        total = all.count
        let isAll = numbers.count == all.count
        func pick<Element>(_ values: [Element]) -> [Element] {
            isAll ? values : numbers.map { values[$0] }
        }
        let labels: JudgeRows.Labels =
            switch all.labels {
            case .binary(let labels): .binary(pick(labels))
            case .classes(let codes, let names): .classes(pick(codes), names: names)
            case .numbers(let labels): .numbers(pick(labels))
            }
        let predictions: JudgeRows.Predictions =
            switch all.predictions {
            case .scores(let scores): .scores(pick(scores))
            case .classes(let codes, _): .classes(pick(codes), probabilities: nil)
            }
        rows = JudgeRows(
            name: all.name, source: all.source, count: numbers.count, labels: labels,
            predictions: predictions, weights: all.weights.map { pick($0) },
            clusters: all.clusters.map { pick($0) },
            features: isAll ? all.features : all.features.map { $0.picking(numbers) })
    }
}
