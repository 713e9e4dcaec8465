import HoldfastChecks
import HoldfastStatistics

/// A model in operation that can be bent: the score is the truth until a day on which it is not.
struct OperationWorld {
    static let day: Int64 = 86_400_000_000
    var seed: UInt64
    /// Rows of a day.
    var size = 150

    /// Rows of some days; from `breaks` on labels no longer follow the score, and `shift` is added
    /// to the first feature.
    func rows(
        days: Range<Int>, source: RowSource = .control, breaks: Int = .max, shift: Double = 0
    ) -> JudgeRows {
        let count = days.count * size
        let chance = CounterStream(seed: seed, stream: UInt64(100 + days.lowerBound))
        let truth = (0..<count).map { chance.uniform(UInt64($0)) }
        let labels = (0..<count).map { row in
            let isBroken = days.lowerBound + row / size >= breaks
            return chance.uniform(UInt64(100_000 + row)) < (isBroken ? 0.5 : truth[row])
        }
        let other = truth.indices.map { chance.normal(UInt64(300_000 + $0)) + shift }
        let codes = truth.indices.map { Int32(chance.uniform(UInt64(500_000 + $0)) * 3) }
        return JudgeRows(
            name: "operation", source: source, count: count, labels: .binary(labels),
            predictions: .scores(truth),
            times: truth.indices.map { row in
                Int64(days.lowerBound) * Self.day + Int64(row) * Self.day / Int64(size)
            },
            features: [
                FeatureColumn("truth", numbers: truth), FeatureColumn("other", numbers: other),
                FeatureColumn("kind", categories: codes, names: ["a", "b", "c"]),
            ])
    }
}
