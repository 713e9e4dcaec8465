import Glibc
import HoldfastFormats
import Testing

@testable import HoldfastStatistics

@Suite struct ClassifierTwoSampleTests {
    private typealias Tables = MultivariateTables
    /// All tables and seeds where HOLDFAST_LONG is set, which takes a minute in debug.
    private static let isLong = getenv("HOLDFAST_LONG") != nil

    private func test(
        _ pair: (reference: SampleColumns, candidate: SampleColumns), folds: Int = 2,
        seed: UInt64 = 1
    ) throws -> ClassifierTwoSample {
        try #require(
            ClassifierTwoSample(
                reference: pair.reference, candidate: pair.candidate, folds: folds, seed: seed))
    }

    @Test func `the trees tell tables apart as well as scikit-learn's do`() throws {
        for item in try Golden.cases("classifiers", in: "multivariate") {
            let kind = try #require(item["kind"]?.string)
            let change = try #require(Tables.Change(rawValue: kind))
            guard Self.isLong || change == .spread else { continue }
            let pair = Tables.pair(
                change, rows: Int(try item.number("rows")), seed: UInt64(try item.number("seed")))
            let area = try test(pair).area
            let expected = try item.expected("area")
            // From below only. Where one column differs the sparse model leaves out the splits of
            // noise that scikit-learn's takes: of the shifted table it has 0.590 over twelve deals,
            // scikit-learn's 0.563 over five. Over the shifted tables of seeds 21 to 24 the mean is
            // 0.578, below the 0.584 that is the best on new rows. That an area is not too large is
            // for the clean tables to say.
            #expect(area > expected - 0.02, "\(kind): \(area), not \(expected)")
        }
    }

    @Test func `the example of the test is true`() throws {
        let draw = { (stream: UInt64, shift: Double) in
            let chance = CounterStream(seed: 1, stream: stream)
            return SampleColumns([
                SampleColumn("x", numbers: (0..<1_000).map { chance.normal($0) + shift })
            ])
        }
        let result = try test((draw(10, 0), draw(11, 0.5)), seed: 1)
        #expect("\(result.area)".hasPrefix("0.6208"))
        #expect("\(result.interval().lower)".hasPrefix("0.5807"))
        #expect("\(result.interval().upper)".hasPrefix("0.6593"))
        #expect(result.pValue < 1.8e-11 && result.pValue > 1.7e-11)
        #expect(result.importance.map(\.name) == ["x"])
    }

    @Test func `a shifted column is seen and named, and tells as much alone`() throws {
        let test = try test(Tables.pair(.shift, rows: 4_000, seed: 21))
        #expect(test.area > 0.54 && test.area < 0.6, "\(test.area)")
        #expect(test.interval().lower > 0.52, "\(test.interval())")
        #expect(test.importance.first?.name == "n3")
        let alone = try #require(test.importance.first?.areaAlone)
        #expect(alone > 0.55 && alone < 0.61, "\(alone)")
    }

    @Test func `clean tables are told apart no more often than the level allows`() throws {
        var seen: [UInt64] = []
        var sum = 0.0
        let seeds: Range<UInt64> = 0..<(Self.isLong ? 400 : 30)
        for seed in seeds {
            let pair =
                seed % 2 == 0
                ? Tables.pair(.clean, rows: 300, seed: seed)
                : (
                    Tables.categories([1_000, 1_000, 30, 2], rows: 300, seed: seed, side: 0),
                    Tables.categories([1_000, 1_000, 30, 2], rows: 300, seed: seed, side: 1)
                )
            let result = try test(pair, seed: seed)
            if result.interval().lower > 0.5 { seen.append(seed) }
            sum += result.area
            #expect((result.interval().lower > 0.5) == (result.pValue < 0.025), "seed \(seed)")
            #expect(result.interval().lower <= result.area, "seed \(seed)")
            #expect(result.interval().upper >= result.area, "seed \(seed)")
        }
        // Tries at 0.025: more than 4 of 30 or 19 of 400 have probabilities of 0.001 and 0.003.
        #expect(seen.count <= (Self.isLong ? 19 : 4), "seeds \(seen)")
        // An area has a standard deviation of 0.03 here: a leak would move the mean.
        let mean = sum / Double(seeds.count)
        #expect(abs(mean - 0.5) < 0.09 / Double(seeds.count).squareRoot(), "\(mean)")
    }

    @Test func `what no column shows alone is seen, and the columns are named`() throws {
        let result = try test(Tables.pair(.correlation, rows: 3_000, seed: 5))
        #expect(result.interval().lower > 0.52, "\(result.area)")
        #expect(Set(result.importance.prefix(2).map(\.name)) == ["n2", "n7"])
        for influence in result.importance.prefix(2) {
            #expect(abs(try #require(influence.areaAlone) - 0.5) < 0.03, "\(influence)")
        }
    }

    @Test func `a rare new category is seen among columns of noise`() throws {
        for seed in UInt64(1)...(Self.isLong ? 20 : 1) {
            let reference = Tables.table(.clean, rows: 5_000, seed: seed, isCandidate: false)
            var columns = Tables.table(.clean, rows: 5_000, seed: seed, isCandidate: true).columns
            guard case .categories(var codes) = columns[10].values else { return }
            for row in stride(from: 0, to: codes.count, by: 33) { codes[row] = 100 }
            columns[10] = SampleColumn("code", categories: codes)
            let result = try test((reference, SampleColumns(columns)), seed: seed)
            #expect(result.pValue < 0.001, "seed \(seed): \(result.pValue)")
            #expect(result.importance.first?.name == "code", "seed \(seed)")
            #expect(result.isSparse, "seed \(seed)")
        }
    }

    @Test func `a table and its copy are not told apart`() throws {
        let table = Tables.table(.missing, rows: 500, seed: 3, isCandidate: true)
        let result = try test((table, table))
        #expect(result.area == 0.5 && result.pValue > 0.4)
        // Guessing is what was seen; how well a model could do, only the number of rows bounds.
        #expect(result.interval().lower < 0.47 && result.interval().upper > 0.53)
    }

    @Test func `tables that share no value are told apart wholly`() throws {
        let columns = { (offset: Double) in
            SampleColumns([SampleColumn("x", numbers: (0..<200).map { Double($0) + offset })])
        }
        let result = try test((columns(0), columns(1_000)))
        #expect(result.area == 1 && result.standardError == 0)
        #expect(result.interval().upper == 1 && result.interval().lower > 0.9)
        #expect(result.pValue < 1e-9 && result.importance[0].gainShare == 1)
    }

    @Test func `a monotone scale and the names of codes change nothing`() throws {
        let pair = Tables.pair(.spread, rows: 400, seed: 9)
        let scaled = { (sample: SampleColumns) in
            SampleColumns(
                sample.columns.map { column in
                    switch column.values {
                    case .numbers(let values):
                        SampleColumn(column.name, numbers: values.map { 8 * $0 })
                    case .categories(let codes):
                        SampleColumn(column.name, categories: codes.map { 150 - $0 })
                    }
                })
        }
        let (one, two) = (try test(pair), try test((scaled(pair.0), scaled(pair.1))))
        #expect(one == two)
    }

    @Test func `a seed answers the same, and another one about the same`() throws {
        let pair = Tables.pair(.dense, rows: 800, seed: 4)
        #expect(try test(pair, seed: 8) == test(pair, seed: 8))
        let (one, two) = (try test(pair, seed: 8), try test(pair, seed: 9))
        #expect(one.area != two.area && abs(one.area - two.area) < 0.05)
        let five = try test(pair, folds: 5, seed: 8)
        #expect(five.foldAreas.count == 5 && abs(one.area - five.area) < 0.06)
    }

    @Test func `equal weights change nothing, and weights can undo a change`() throws {
        let pair = Tables.pair(.category, rows: 1_500, seed: 6)
        let weighted = { (sample: SampleColumns, weight: Double) in
            SampleColumns(
                sample.columns, weights: [Double](repeating: weight, count: sample.rowCount))
        }
        let (plain, equal) = (
            try test(pair), try test((weighted(pair.0, 4), weighted(pair.1, 4)))
        )
        #expect(abs(plain.area - equal.area) < 1e-12 && plain.pValue < 1e-6)
        // The new category is there still, at a millionth of its weight.
        guard case .categories(let codes) = pair.candidate.columns[10].values else { return }
        let undone = SampleColumns(
            pair.candidate.columns, weights: codes.map { $0 == 100 ? 1e-6 : 1 })
        #expect(try test((pair.reference, undone)).pValue > 0.01)
    }

    @Test func `too few rows for each fold have no answer`() {
        for rows in 0...3 {
            let table = SampleColumns([
                SampleColumn("x", numbers: [Double](repeating: 1, count: rows))
            ])
            #expect(
                ClassifierTwoSample(reference: table, candidate: table, folds: 9) == nil,
                "\(rows) rows")
        }
    }
}
