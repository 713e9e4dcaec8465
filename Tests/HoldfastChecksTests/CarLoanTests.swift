import HoldfastFormats
import HoldfastStatistics
import Testing

@testable import HoldfastChecks

/// Each twentieth row of NannyML's car-loan set: from the second half of the analysis on, cars
/// cost more, and the model ranks worse.
@Suite struct CarLoanTests {
    private static func rows() throws -> (reference: JudgeRows, operation: JudgeRows) {
        let lines = try goldenText("car_loan.csv").split(separator: "\n")
        let names = lines[0].split(separator: ",").map(String.init)
        let cells = try lines.dropFirst().map { line in
            try line.split(separator: ",").map { try #require(Double($0)) }
        }
        func table(_ part: Double) -> JudgeRows {
            let rows = cells.filter { $0[0] == part }
            return JudgeRows(
                name: part == 0 ? "reference" : "analysis", source: .given, count: rows.count,
                labels: .binary(rows.map { $0[10] == 1 }),
                predictions: .scores(rows.map { $0[9] / 100 }),
                times: rows.map { Int64($0[1]) * 1_000_000 },
                features: (2..<9).map { place in
                    FeatureColumn(names[place], numbers: rows.map { $0[place] })
                })
        }
        return (table(0), table(1))
    }

    @Test func `estimates of both halves hold the figures that scikit-learn counts from labels`()
        throws
    {
        let (reference, operation) = try Self.rows()
        #expect(reference.count == 2_500 && operation.count == 2_500)
        let section = WithoutLabelsSection.judge(
            reference: reference,
            operation: OperationRows(
                operation, hasLabel: [Bool](repeating: true, count: operation.count)),
            slices: .rows(1_250), options: JudgeOptions())
        let halves = try #require(goldenJSON("car_loan.json")["halves"]?.array)
        let names = section.figures.compactMap(\.of)
        let slices = [try #require(names.first), try #require(names.last)]
        for (half, name) in zip(halves, slices) {
            let figures = section.figures.filter { $0.of == name }
            for (guess, realised, key) in [
                (FigureName.estimatedAUC, FigureName.auc, "auc"),
                (.estimatedBrier, .brier, "brier"), (.estimatedAccuracy, .accuracy, "accuracy"),
            ] {
                let truth = try #require(half[key]?.double)
                let counted = try #require(figures.first { $0.name == realised })
                #expect(abs(counted.value - truth) < 1e-12, "\(name) \(key)")
                let interval = try #require(figures.first { $0.name == guess }?.interval)
                #expect(interval.lower <= truth && truth <= interval.upper, "\(name) \(key)")
            }
            let error = try #require(figures.first { $0.name == .predictedError })
            let truth = 1 - (try #require(half["accuracy"]?.double))
            #expect(abs(error.value - truth) < 0.03, "\(error) \(truth)")
        }
    }

    @Test func `the price of cars moved, in the second half and no sooner`() throws {
        let (reference, operation) = try Self.rows()
        let moved = InputsSection.moved(
            reference: reference.features, operation: operation.features, times: operation.times,
            slices: .rows(250), options: JudgeOptions())
        #expect((moved.figures.first?.value ?? 0) > 20)
        let note = try #require(moved.notes.first { $0.contains("The alarm sounded") })
        #expect(note.contains("2019-0") && note.contains("car_value"), "\(note)")
        let farthest = moved.figures.filter { $0.name == .inputDistance }.max {
            $0.value < $1.value
        }
        #expect(farthest?.of == "car_value")
        let half = Array(0..<1_250)
        let first = InputsSection.moved(
            reference: reference.features, operation: operation.features.map { $0.picking(half) },
            times: operation.times.map { Array($0.prefix(1_250)) }, slices: .rows(250),
            options: JudgeOptions())
        #expect((first.figures.first?.value ?? 99) < 20, "\(first.figures[0])")
    }

    @Test func `the loss of accuracy in the second half is harm, and the first half is none`()
        throws
    {
        let (reference, operation) = try Self.rows()
        let whole = OverTimeSection.judge(
            reference: reference, clean: operation, biased: nil, slices: .rows(250),
            options: JudgeOptions())
        let harm = try #require(whole.figures.first)
        #expect(harm.name == .harmfulShift && harm.value > 0.01)
        let first = OverTimeSection.judge(
            reference: reference, clean: operation.taking(Array(0..<1_250)), biased: nil,
            slices: .rows(250), options: JudgeOptions())
        #expect(first.figures.first?.of == nil)
    }
}
