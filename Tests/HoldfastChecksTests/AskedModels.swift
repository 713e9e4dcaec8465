import Glibc
import HoldfastStatistics

@testable import HoldfastChecks

/// A model that writes down what it was asked.
actor Recorder {
    private(set) var batches: [[FeatureColumn]] = []

    func note(_ columns: [FeatureColumn]) { batches.append(columns) }

    var sizes: [Int] { batches.map { $0[0].count } }

    /// A model by a function of a row: numbers as they are, categories by their codes.
    nonisolated func model(
        batchRows: Int = 10_000, _ answer: @escaping @Sendable ([Double]) -> Double
    ) -> ScoringModel {
        ScoringModel(name: "recorded", batchRows: batchRows) { columns in
            await self.note(columns)
            return Recorder.answers(columns, answer)
        }
    }

    nonisolated static func answers(_ columns: [FeatureColumn], _ answer: ([Double]) -> Double)
        -> [Double]
    {
        (0..<columns[0].count).map { row in
            answer(
                columns.map { column in
                    switch column.values {
                    case .numbers(let numbers): numbers[row]
                    case .categories(let codes, _): Double(codes[row])
                    }
                })
        }
    }

    /// The rows asked, as texts.
    func asked() -> [String] {
        batches.flatMap { columns in
            (0..<columns[0].count).map { row in
                columns.map { $0.text(row) }.joined(separator: "|")
            }
        }
    }
}

/// Features and labels by number, for models that can be asked.
enum AskedTables {
    static func features(_ count: Int, width: Int, seed: UInt64) -> [FeatureColumn] {
        (0..<width).map { column in
            let chance = CounterStream(seed: seed, stream: UInt64(column))
            return FeatureColumn(
                "f\(column)", numbers: (0..<UInt64(count)).map { chance.normal($0) })
        }
    }

    static func rows(
        _ features: [FeatureColumn], labels: JudgeRows.Labels? = nil, source: RowSource = .control,
        by answer: ([Double]) -> Double
    ) -> JudgeRows {
        let scores = Recorder.answers(features, answer)
        let chance = CounterStream(seed: 99, stream: 9)
        let drawn = scores.enumerated().map { chance.uniform(UInt64($0)) < $1 }
        return JudgeRows(
            name: "eval.csv", source: source, count: scores.count,
            labels: labels ?? .binary(drawn), predictions: .scores(scores), features: features)
    }

    static func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

    static func curved(_ x: [Double]) -> Double {
        sigmoid(x[0] - 2 * x[1] * x[2] + max(x[3], 0) * x[0])
    }
}
