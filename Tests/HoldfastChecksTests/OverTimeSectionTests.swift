import HoldfastStatistics
import Testing

@testable import HoldfastChecks

@Suite struct OverTimeSectionTests {
    private let daily = TimeSlices.every(microseconds: OperationWorld.day)
    private var options: JudgeOptions {
        var options = JudgeOptions()
        options.seed = 5
        return options
    }

    @Test func `slices are of equal length from 1970 on, or of equal rows in the order of time`()
        throws
    {
        let day = OperationWorld.day
        let cut = try daily.cut(times: [day, -1, 5, day + 3], count: 4).get()
        #expect(
            cut.map(\.name) == [
                "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z",
            ])
        #expect(cut.map(\.rows) == [[1], [2], [0, 3]])
        let rows = try TimeSlices.rows(3).cut(times: [day, -1, 5, day + 3], count: 4).get()
        #expect(rows.map(\.rows) == [[1, 2, 0], [3]])
        #expect(rows[1].name == "1970-01-02T00:00:00.000003Z")
        #expect(try TimeSlices.rows(2).cut(times: nil, count: 3).get().last?.name == "row 3")
        let tied = try TimeSlices.rows(1).cut(times: [7, 7, 8], count: 3).get().map(\.name)
        #expect(Set(tied).count == 3 && tied[1] == "1970-01-01T00:00:00.000007Z row 2")
        #expect(daily.cut(times: nil, count: 4) == .failure(.noTimes))
        #expect(daily.cut(times: [], count: 0) == .failure(.noRows))
        let many = (0...Int64(SliceComparison.limit)).map { $0 * day }
        #expect(daily.cut(times: many, count: many.count) == .failure(.tooMany))
        #expect(try daily.cut(times: many.dropLast(), count: many.count - 1).get().count == 400)
        #expect(TimeSlices.rows(1).cut(times: nil, count: 401) == .failure(.tooMany))
        #expect(TimeSlices(try SliceRule("at:1d")) == daily)
        #expect(TimeSlices(try SliceRule("region")) == nil)
    }

    @Test func `a model that breaks sounds the alarm after it broke, and bent rows say nothing`()
        throws
    {
        let world = OperationWorld(seed: 1)
        let section = OverTimeSection.judge(
            reference: world.rows(days: 0..<6), clean: world.rows(days: 10..<20, breaks: 13),
            biased: world.rows(days: 10..<20), slices: daily, options: options)
        var harm = try #require(section.figures.first)
        #expect(harm.name == .harmfulShift && harm.source == .control)
        let interval = try #require(harm.interval)
        #expect(interval.lower > 0, "\(interval)")
        let place = try #require(harm.of)
        #expect(place >= "alarm in 1970-01-14" && place < "alarm in 1970-01-21", "\(place)")
        harm.bound = Bound(most: 0)
        #expect(harm.verdict == .unfit)
        let areas = section.figures.filter { $0.name == .auc }
        #expect(areas.filter { $0.source == .control }.count == 10)
        let first = try #require(areas.first)
        #expect(first.of == "1970-01-11T00:00:00Z" && first.rows == 150)
        #expect(abs(first.value - 0.8333) < 0.08)
        #expect(areas.filter { $0.source == .control }[8].value < 0.65)
        var bent = try #require(areas.first { $0.source == .biased })
        bent.bound = Bound(least: 0.99)
        #expect(bent.verdict == nil)
        let picture = try #require(section.pictures.first { $0.id == "over_time_auc" })
        guard case .lines(let lines) = picture.shape else {
            Issue.record("no lines")
            return
        }
        #expect(lines.lines.map(\.style) == [.plain, .biased])
        #expect(lines.steps.count == 10 && lines.lines[0].points.allSatisfy { $0.y != nil })
        #expect(section.pictures.contains { $0.id == "harmful_shift" })
    }

    @Test func `a model that stays as it was sounds the alarm in few runs`() {
        var alarms = 0
        for seed in 0..<40 as Range<UInt64> {
            let world = OperationWorld(seed: 100 + seed, size: 60)
            let section = OverTimeSection.judge(
                reference: world.rows(days: 0..<4), clean: world.rows(days: 10..<16), biased: nil,
                slices: daily, options: options)
            if let harm = section.figures.first, harm.name == .harmfulShift {
                alarms += harm.of == nil ? 0 : 1
            } else {
                Issue.record("seed \(seed): no figure")
            }
        }
        #expect(alarms <= 2, "\(alarms)")
    }

    @Test func `slice figures are those of a plain count, weighted and clustered or not`() throws {
        let rows = JudgeRows(
            name: "t", source: .given, count: 4, labels: .binary([true, false, true, false]),
            predictions: .scores([0.8, 0.35, 0.4, 0.1]), weights: [1, 1, 2, 1])
        let counter = SliceFigures(options: JudgeOptions(), threshold: 0.5)
        let got = counter.figures(rows, of: "x")
        #expect(got.map(\.name) == [.auc, .brier, .accuracy])
        #expect(abs(got[1].value - (0.04 + 0.1225 + 2 * 0.36 + 0.01) / 5) < 1e-12)
        #expect(abs(got[2].value - 0.6) < 1e-12 && got[2].interval != nil)
        var clustered = rows
        clustered.clusters = [0, 0, 1, 1]
        #expect(counter.figures(clustered, of: nil)[0].interval == nil)
        var one = rows
        one.labels = .binary([true, true, true, true])
        #expect(counter.figures(one, of: nil).map(\.name) == [.brier, .accuracy])
        var numbers = rows
        numbers.weights = nil
        numbers.labels = .numbers([1, 2, 3, 4])
        numbers.predictions = .scores([1, 3, 3, 6])
        let errors = counter.figures(numbers, of: nil)
        #expect(errors.map(\.name) == [.meanAbsoluteError, .rootMeanSquaredError])
        #expect(errors[0].value == 0.75 && abs(errors[1].value - 1.25.squareRoot()) < 1e-12)
        #expect(counter.figures(rows.taking([]), of: nil).isEmpty)
        var logits = rows
        logits.predictions = .scores([3, -1, 0, -2])
        #expect(counter.figures(logits, of: nil).map(\.name) == [.auc, .accuracy])
    }

    @Test func `clusters are bet on once each, and an alarm waits for their last row`() throws {
        let count = 800
        let rows = JudgeRows(
            name: "c", source: .given, count: count,
            labels: .binary([Bool](repeating: true, count: count)),
            predictions: .scores((0..<count).map { $0 < 400 ? 0.9 : 0.1 }),
            clusters: (0..<count).map { Int32($0 / 4) })
        let independent = HarmOverTime.Independent([0, 0.2, 0.4, 1], rows.taking([0, 1, 4, 2]))
        #expect(independent.ends == [3, 4] && independent.weights == [1, 3])
        #expect(independent.losses[0] == 0.4 && abs(independent.losses[1] - 0.4) < 1e-12)
        #expect(independent.count(after: 3) == 1)
        let section = OverTimeSection.judge(
            reference: rows.taking(Array(0..<400)), clean: rows.taking(Array(400..<800)),
            biased: nil, slices: .rows(100), options: options)
        #expect(section.figures.first?.of?.hasPrefix("alarm in row") == true)
        let note = try #require(section.notes.first { $0.contains("sounded after") })
        let after = try #require(Int(note.split(separator: " ")[4]))
        #expect(after % 4 == 0 && after < 200, "\(note)")
        // One cluster is one observation, which tells nothing.
        var one = rows
        one.clusters = [Int32](repeating: 0, count: count)
        let alone = OverTimeSection.judge(
            reference: rows.taking(Array(0..<400)), clean: one.taking(Array(400..<800)),
            biased: nil, slices: .rows(100), options: options)
        #expect(alone.figures.first?.name == .harmfulShift && alone.figures.first?.of == nil)
    }

    @Test func `rows that cannot be judged over time are answered, not guessed`() {
        let world = OperationWorld(seed: 3, size: 40)
        var rows = world.rows(days: 0..<1)
        let one = OverTimeSection.judge(
            reference: nil, clean: rows, biased: nil, slices: daily, options: options)
        #expect(!one.figures.contains { $0.name == .harmfulShift } && !one.figures.isEmpty)
        #expect(one.notes.contains { $0.contains("One slice") })
        rows.times = nil
        let none = OverTimeSection.judge(
            reference: nil, clean: rows, biased: nil, slices: daily, options: options)
        #expect(none.figures.isEmpty && none.verdict == nil)
        #expect(none.notes == [TimeSlices.Problem.noTimes.text])
        let counted = OverTimeSection.judge(
            reference: nil, clean: rows, biased: nil, slices: .rows(20), options: options)
        #expect(counted.figures.contains { $0.name == .harmfulShift })
        let empty = OverTimeSection.judge(
            reference: rows, clean: rows.taking([]), biased: nil, slices: daily, options: options)
        #expect(empty.figures.isEmpty && empty.notes == [TimeSlices.Problem.noRows.text])
        // Labels of classes and predictions of scores bear nothing.
        rows.labels = .classes([Int32](repeating: 0, count: 40), names: ["a"])
        let unlike = OverTimeSection.judge(
            reference: nil, clean: rows, biased: nil, slices: .rows(20), options: options)
        #expect(unlike.figures.isEmpty && unlike.notes.count >= 2)
    }

    @Test func `numbers and classes are judged by bounded losses too`() throws {
        let count = 600
        let chance = CounterStream(seed: 9, stream: 1)
        let truth = (0..<count).map { chance.normal(UInt64($0)) }
        let guesses = truth.indices.map {
            truth[$0] + ($0 < 300 ? 0.1 : 2.5) * chance.normal(UInt64(5_000 + $0))
        }
        let numbers = JudgeRows(
            name: "n", source: .weighted, count: count, labels: .numbers(truth),
            predictions: .scores(guesses), weights: truth.indices.map { $0 % 2 == 0 ? 1 : 2 })
        let section = OverTimeSection.judge(
            reference: nil, clean: numbers, biased: nil, slices: .rows(100), options: options)
        let harm = try #require(section.figures.first)
        #expect(
            harm.name == .harmfulShift
                && ["alarm in row 301", "alarm in row 401"].contains(harm.of), "\(harm)")
        let codes = truth.map { $0 > 0 ? Int32(1) : 0 }
        let classes = JudgeRows(
            name: "c", source: .given, count: count, labels: .classes(codes, names: ["a", "b"]),
            predictions: .classes(
                codes.indices.map { $0 < 300 ? codes[$0] : 1 - codes[$0] }, probabilities: nil))
        let broken = OverTimeSection.judge(
            reference: nil, clean: classes, biased: nil, slices: .rows(100), options: options)
        #expect(
            ["alarm in row 301", "alarm in row 401"].contains(broken.figures.first?.of),
            "\(broken.figures[0])")
    }
}
