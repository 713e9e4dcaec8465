import HoldfastStatistics
import Testing

@testable import HoldfastChecks

@Suite struct WithoutLabelsSectionTests {
    private let daily = TimeSlices.every(microseconds: OperationWorld.day)

    @Test func `estimates are near what labels show, and are blind to a change of concept`() throws
    {
        let world = OperationWorld(seed: 21)
        let rows = world.rows(days: 10..<16, breaks: 14)
        let hasLabel = (0..<rows.count).map { $0 < 750 }
        let section = WithoutLabelsSection.judge(
            reference: world.rows(days: 0..<8), operation: OperationRows(rows, hasLabel: hasLabel),
            slices: daily, options: JudgeOptions())
        let headline = try #require(section.figures.first)
        #expect(headline.name == .estimatedAUC && headline.of == nil && headline.rows == 900)
        #expect(abs(headline.value - 0.8333) < 0.04, "\(headline)")
        let days = section.figures.filter { $0.of == "1970-01-12T00:00:00Z" }
        let error = try #require(days.first { $0.name == .predictedError })
        #expect(abs(error.value - 0.25) < 0.1)
        // The fifth day's labels have come and are chance; the estimate has not moved.
        let broken = section.figures.filter { $0.of == "1970-01-15T00:00:00Z" }
        let blind = try #require(broken.first { $0.name == .estimatedAUC })
        let seen = try #require(broken.first { $0.name == .auc })
        #expect(blind.value > 0.75 && seen.value < 0.65)
        #expect(section.notes.contains { $0.contains("blind to a change of concept") })
        // The last day has no label: no realised figure.
        let last = section.figures.filter { $0.of == "1970-01-16T00:00:00Z" }
        #expect(last.contains { $0.name == .estimatedAUC } && !last.contains { $0.name == .auc })
        let picture = try #require(
            section.pictures.first { $0.id == "without_labels_estimated_auc" })
        guard case .lines(let lines) = picture.shape else {
            Issue.record("no lines")
            return
        }
        #expect(lines.lines.count == 2 && lines.lines[1].points.last?.y == nil)
    }

    @Test func `the intervals of slices hold what labels show in nineteen of twenty`() throws {
        var (held, asked) = (0, 0)
        for seed in 0..<10 as Range<UInt64> {
            let world = OperationWorld(seed: 400 + seed, size: 100)
            let rows = world.rows(days: 10..<16)
            let section = WithoutLabelsSection.judge(
                reference: world.rows(days: 0..<8),
                operation: OperationRows(rows, hasLabel: rows.labelsAll), slices: daily,
                options: JudgeOptions())
            for (guess, truth) in [
                (FigureName.estimatedAUC, FigureName.auc), (.estimatedAccuracy, .accuracy),
                (.estimatedBrier, .brier),
            ] {
                let guesses = section.figures.filter { $0.name == guess && $0.of != nil }
                let truths = section.figures.filter { $0.name == truth && $0.of != nil }
                #expect(guesses.count == 6 && truths.count == 6, "seed \(seed)")
                for (estimate, realised) in zip(guesses, truths) {
                    let interval = try #require(estimate.interval)
                    asked += 1
                    if interval.lower <= realised.value, realised.value <= interval.upper {
                        held += 1
                    }
                }
            }
        }
        // 171 of 180 on average; the three figures of a slice hang together.
        #expect(held >= 160 && held < 180, "\(held) of \(asked)")
    }

    @Test func `a slice of one row, constant predictions and one class are answered`() throws {
        let world = OperationWorld(seed: 4, size: 60)
        var reference = world.rows(days: 0..<2)
        var rows = world.rows(days: 10..<12)
        rows.predictions = .scores([Double](repeating: 0.5, count: rows.count))
        rows.times?[0] = 20 * OperationWorld.day
        let none = [Bool](repeating: false, count: rows.count)
        let section = WithoutLabelsSection.judge(
            reference: reference, operation: OperationRows(rows, hasLabel: none), slices: daily,
            options: JudgeOptions())
        let area = try #require(section.figures.first { $0.name == .estimatedAUC })
        #expect(abs(area.value - 0.5) < 1e-12)
        #expect(section.figures.contains { $0.of == "1970-01-21T00:00:00Z" && $0.rows == 1 })
        #expect(!section.figures.contains { $0.name == .accuracy })
        reference.labels = .binary([Bool](repeating: true, count: reference.count))
        let single = WithoutLabelsSection.judge(
            reference: reference, operation: OperationRows(rows, hasLabel: none), slices: daily,
            options: JudgeOptions())
        #expect(single.notes.contains { $0.contains("one class only") })
        #expect(!single.figures.contains { $0.name == .estimatedAUC })
        rows.times = nil
        let timeless = WithoutLabelsSection.judge(
            reference: reference, operation: OperationRows(rows, hasLabel: none), slices: daily,
            options: JudgeOptions())
        #expect(timeless.figures.isEmpty)
        let few = WithoutLabelsSection.judge(
            reference: world.rows(days: 0..<1), operation: OperationRows(rows, hasLabel: none),
            slices: .rows(50), options: JudgeOptions())
        #expect(few.notes.contains { $0.contains("fewer than 100 rows") })
    }

    @Test func `a number's error is predicted in its own unit`() throws {
        let count = 800
        let chance = CounterStream(seed: 11, stream: 1)
        let x = (0..<count).map { chance.uniform(UInt64($0)) }
        let labels = x.indices.map { 100 * x[$0] * chance.normal(UInt64(5_000 + $0)) }
        let rows = JudgeRows(
            name: "n", source: .control, count: count, labels: .numbers(labels),
            predictions: .scores(x.map { _ in 0 }), features: [FeatureColumn("x", numbers: x)])
        let high = rows.taking(x.indices.filter { x[$0] > 0.5 && $0 >= 400 })
        let section = WithoutLabelsSection.judge(
            reference: rows.taking(Array(0..<400)),
            operation: OperationRows(high, hasLabel: [Bool](repeating: true, count: high.count)),
            slices: .rows(1_000), options: JudgeOptions())
        let guess = try #require(section.figures.first { $0.name == .predictedError })
        let truth = try #require(section.figures.first { $0.name == .meanAbsoluteError })
        // All rows of the reference err by 40 on average, these by 60.
        #expect(abs(guess.value - truth.value) < 12, "\(guess) \(truth)")
        #expect(guess.value > 50 && guess.interval != nil)
    }
}

extension JudgeRows {
    /// A label for each row.
    fileprivate var labelsAll: [Bool] { [Bool](repeating: true, count: count) }
}
