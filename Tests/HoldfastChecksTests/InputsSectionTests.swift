import HoldfastStatistics
import Testing

@testable import HoldfastChecks

@Suite struct InputsSectionTests {
    private let daily = TimeSlices.every(microseconds: OperationWorld.day)

    @Test func `inputs that moved sound one alarm, name their column and say how far`() throws {
        let world = OperationWorld(seed: 31)
        let reference = world.rows(days: 0..<6)
        let still = world.rows(days: 10..<12)
        let later = world.rows(days: 12..<18, shift: 1)
        let both = zip(still.features, later.features).map { one, two in
            switch (one.values, two.values) {
            case (.numbers(let a), .numbers(let b)): FeatureColumn(one.name, numbers: a + b)
            case (.categories(let a, let names), .categories(let b, _)):
                FeatureColumn(one.name, categories: a + b, names: names)
            case (.numbers, .categories), (.categories, .numbers): one
            }
        }
        let times = (still.times ?? []) + (later.times ?? [])
        let section = InputsSection.moved(
            reference: reference.features, operation: both, times: times, slices: daily,
            options: JudgeOptions())
        var headline = try #require(section.figures.first)
        headline.bound = Bound(most: 20)
        #expect(headline.name == .inputShift && headline.of == nil && headline.verdict == .unfit)
        let note = try #require(section.notes.first { $0.contains("The alarm sounded") })
        #expect(note.contains("other") && note.contains("1970-01-1"), "\(note)")
        #expect(!note.contains("1970-01-11") && !note.contains("1970-01-12"), "\(note)")
        let apart = section.figures.filter { $0.name == .inputDistance }
        #expect(apart.map(\.of) == ["truth", "other", "kind"])
        #expect((apart[1].interval?.lower ?? 0) > 0.1 && (apart[0].interval?.lower ?? 1) < 0.05)
        #expect(
            section.pictures.map(\.id) == [
                "evidence_over_time", "distance_over_time", "distance_by_column",
            ])
        let clean = InputsSection.moved(
            reference: reference.features, operation: still.features, times: still.times,
            slices: daily, options: JudgeOptions())
        #expect((clean.figures.first?.value ?? 99) < 20)
    }

    @Test func `a column of many like categories that did not move is not called far away`() throws
    {
        for seed in UInt64(0)..<20 {
            func draw(_ count: Int, _ stream: UInt64) -> FeatureColumn {
                let chance = CounterStream(seed: seed, stream: stream)
                return FeatureColumn(
                    "many",
                    categories: (0..<UInt64(count)).map { Int32(chance.uniform($0) * 500) },
                    names: (0..<500).map { "c\($0)" })
            }
            let times = (0..<1_500).map { Int64($0) * OperationWorld.day / 500 }
            let section = InputsSection.moved(
                reference: [draw(500, 1)], operation: [draw(1_500, 2)], times: times,
                slices: daily, options: JudgeOptions())
            let apart = try #require(section.figures.first { $0.name == .inputDistance })
            #expect(try #require(apart.interval).lower < 0.1, "seed \(seed): \(apart)")
        }
    }

    @Test func `predictions that moved are found without labels or features`() throws {
        let world = OperationWorld(seed: 32)
        var later = world.rows(days: 10..<14)
        let same = PredictionsSection.moved(
            reference: world.rows(days: 0..<5), operation: later, slices: daily,
            options: JudgeOptions())
        #expect((same.figures.first?.value ?? 99) < 20)
        later.predictions = .scores([Double](repeating: 0.5, count: later.count))
        let flat = PredictionsSection.moved(
            reference: world.rows(days: 0..<5), operation: later, slices: daily,
            options: JudgeOptions())
        #expect((flat.figures.first?.value ?? 0) > 20)
        let apart = try #require(flat.figures.first { $0.name == .predictionDistance })
        #expect(apart.value > 0.8)
        later.predictions = .classes(
            [Int32](repeating: 1, count: later.count), probabilities: nil)
        let unlike = PredictionsSection.moved(
            reference: world.rows(days: 0..<5), operation: later, slices: daily,
            options: JudgeOptions())
        #expect(unlike.figures.isEmpty && unlike.notes.count == 2)
    }

    @Test func `rows outside are counted by column, in combination and together`() throws {
        let world = OperationWorld(seed: 33)
        let train = world.rows(days: 0..<5).features
        let later = world.rows(days: 10..<12)
        var odd = later.features
        odd[1] = FeatureColumn("other", numbers: (0..<300).map { $0 < 30 ? 99 : 0 })
        odd[2] = FeatureColumn(
            "kind", categories: (0..<300).map { Int32($0 % 2) }, names: ["b", "new"])
        let section = InputsSection.outside(
            reference: train, operation: odd, times: later.times, slices: daily,
            options: JudgeOptions())
        let byName = Dictionary(
            section.figures.map { ($0.of ?? "", $0) }, uniquingKeysWith: { one, _ in one })
        #expect(byName["other"]?.value == 0.1 && byName["kind"]?.value == 0.5)
        #expect(byName["any column"]?.value == 0.55)
        #expect((byName[""]?.value ?? 0) >= 0.55 && byName[""]?.interval != nil)
        #expect(section.figures[0].of == nil)
        let same = InputsSection.outside(
            reference: train, operation: later.features, times: later.times, slices: daily,
            options: JudgeOptions())
        #expect(same.figures[0].value < 0.05, "\(same.figures[0])")
        #expect(same.pictures.map(\.id) == ["outside_over_time", "outside_columns"])
    }

    @Test func `missing times, columns and values are answered`() throws {
        let world = OperationWorld(seed: 34, size: 50)
        let train = world.rows(days: 0..<2).features
        let later = world.rows(days: 10..<11).features
        for section in [
            InputsSection.moved(
                reference: train, operation: later, times: nil, slices: daily,
                options: JudgeOptions()),
            InputsSection.outside(
                reference: train, operation: later, times: nil, slices: daily,
                options: JudgeOptions()),
            InputsSection.moved(
                reference: [], operation: later, times: nil, slices: .rows(10),
                options: JudgeOptions()),
            InputsSection.outside(
                reference: train.map { $0.picking([]) }, operation: later, times: nil,
                slices: .rows(10), options: JudgeOptions()),
        ] { #expect(section.figures.isEmpty && !section.notes.isEmpty) }
        let gone = [FeatureColumn("truth", numbers: [Double](repeating: .nan, count: 50))]
        let moved = InputsSection.moved(
            reference: train, operation: gone, times: nil, slices: .rows(25),
            options: JudgeOptions())
        #expect((moved.figures.first?.value ?? 0) > 20, "\(moved.figures)")
        #expect(moved.notes.contains { $0.contains("other, kind") })
        let outside = InputsSection.outside(
            reference: train, operation: gone, times: nil, slices: .rows(25),
            options: JudgeOptions())
        #expect(outside.figures.allSatisfy { $0.value == 0 })
        #expect(outside.notes.contains { $0.contains("fewer than 200 rows") })
    }
}
