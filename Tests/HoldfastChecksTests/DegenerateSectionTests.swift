import HoldfastStatistics
import TestSupport
import Testing

@testable import HoldfastChecks

@Suite struct DegenerateSectionTests {
    /// Labels of two features, with a third that is noise.
    private func world(_ seed: UInt64, _ count: Int) -> (
        labels: [Bool], features: [FeatureColumn], good: [Double], one: [Double]
    ) {
        let chance = CounterStream(seed: seed, stream: 1)
        func normal(_ row: Int, _ place: Int) -> Double {
            chance.normal(UInt64(row * 4 + place))
        }
        let income = (0..<count).map { normal($0, 0) }
        let debt = (0..<count).map { normal($0, 1) }
        let labels = (0..<count).map { 1.4 * income[$0] - debt[$0] + 0.7 * normal($0, 2) > 0.5 }
        let features = [
            FeatureColumn("noise", numbers: (0..<count).map { normal($0, 3) }),
            FeatureColumn("income", numbers: income.map { ($0 * 10_000 + 40_000).rounded() }),
            FeatureColumn("debt", numbers: debt),
        ]
        func logistic(_ x: Double) -> Double { 0.5 + x / (2 * (1 + abs(x))) }
        return (
            labels, features, zip(income, debt).map { logistic(2 * (1.4 * $0 - $1) - 1) },
            income.map { logistic(1.2 * $0 - 0.5) }
        )
    }

    private func rows(
        _ labels: [Bool], _ scores: [Double], _ features: [FeatureColumn] = [],
        weights: [Double]? = nil
    ) -> JudgeRows {
        JudgeRows(
            name: "eval", source: .control, count: labels.count, labels: .binary(labels),
            predictions: .scores(scores), weights: weights, features: features)
    }

    @Test func `a model beats its rivals, and a rival in its clothes does not`() throws {
        for seed in UInt64(1)...4 {
            let (labels, features, good, one) = world(seed, 2_000)
            let options = JudgeOptions()
            let section = DegenerateSection.judge(rows(labels, good, features), options: options)
            for name in [FigureName.gainOverOneSplit, .gainOverOneFeature] {
                let gain = try #require(section.figure(name))
                #expect(try #require(gain.interval).lower > 0.05, "seed \(seed)")
                #expect(gain.rows == 2_000 && gain.source == .control)
            }
            #expect(section.says("≤") || section.says("income >"), "\(section.notes)")
            let poor = DegenerateSection.judge(rows(labels, one, features), options: options)
            let gain = try #require(poor.figure(.gainOverOneFeature))
            #expect(abs(gain.value) < 0.03, "seed \(seed)")
            #expect(Bound(least: 0.05).verdict(on: try #require(gain.interval)) == .unfit)
        }
    }

    @Test func `rows of training give the rival as well, whatever their codes`() throws {
        let (labels, features, good, _) = world(9, 3_000)
        func part(_ range: Range<Int>, _ names: [String]) -> JudgeRows {
            let codes = range.map { row in
                Int32(names.firstIndex(of: labels[row] == (row % 10 > 0) ? "likely" : "not") ?? -1)
            }
            let columns =
                features.map { $0.picking(Array(range)) } + [
                    FeatureColumn("hint", categories: codes, names: names)
                ]
            return rows(Array(labels[range]), Array(good[range]), columns)
        }
        let eval = part(0..<1_000, ["likely", "not"])
        let train = part(1_000..<3_000, ["other", "not", "likely"])
        let section = DegenerateSection.judge(eval, options: JudgeOptions(), train: train)
        #expect(section.says("The best rule of one split is hint is likely"), "\(section.notes)")
        #expect(section.says("looks at hint"))
        let gain = try #require(section.figure(.gainOverOneSplit))
        let area = AreaUnderCurve(
            scores: (0..<1_000).map { labels[$0] == ($0 % 10 > 0) ? 1 : 0 },
            isCandidate: Array(labels[0..<1_000]))?.area
        let own = AreaUnderCurve(
            scores: Array(good[0..<1_000]), isCandidate: Array(labels[0..<1_000]))?.area
        #expect(abs(gain.value - ((own ?? 0) - (area ?? 0))) < 1e-12)
    }

    @Test func `one answer for all rows is degenerate beyond doubt, of twenty rows not`() throws {
        let options = JudgeOptions()
        for (count, verdict) in [(2_000, Fitness.unfit), (8, .inconclusive)] {
            let section = DegenerateSection.judge(
                rows(
                    (0..<count).map { $0 % 3 == 0 }, [Double](repeating: 0.5, count: count),
                    [FeatureColumn("x", numbers: (0..<count).map { Double($0 % 7) })]),
                options: options)
            let mode = try #require(section.figure(.modeShare))
            #expect(mode.value == 1 && section.figure(.distinctPredictions)?.value == 1)
            #expect(Bound(most: 0.9).verdict(on: try #require(mode.interval)) == verdict)
            let entropy = try #require(section.figure(.predictionEntropy))
            #expect(Bound(least: 0.1).verdict(on: try #require(entropy.interval)) == verdict)
            // All rows are a yes at .5: no row is a no, which labels have.
            let empty = try #require(section.figure(.emptyClasses))
            #expect(empty.value == 1)
            #expect(section.says("Never predicted, though labels have it: no"))
            // That the run is long says no more than that the mode is large.
            #expect(section.figure(.longestRunShare)?.interval == Interval(lower: 0, upper: 1))
        }
    }

    @Test func `a model of a rare class is not degenerate by its runs, one that got stuck is`()
        throws
    {
        var chance = SeededGenerator(seed: 3)
        let labels = (0..<1_000).map { Int32($0 < 20 ? 1 : 0) }.shuffled(using: &chance)
        func judged(_ codes: [Int32]) -> JudgementSection {
            DegenerateSection.judge(
                JudgeRows(
                    name: "eval", source: .given, count: 1_000,
                    labels: .classes(labels, names: ["usual", "rare"]),
                    predictions: .classes(codes, probabilities: nil)), options: JudgeOptions())
        }
        let rare = judged(labels)
        let run = try #require(rare.figure(.longestRunShare))
        #expect(run.value > 0.1 && run.interval?.lower == 0)
        #expect(Bound(most: 0.1).verdict(on: try #require(run.interval)) != .unfit)
        #expect(rare.figure(.emptyClasses)?.value == 0 && rare.says("chance explains it"))
        let stuck = judged((0..<1_000).map { $0 < 400 ? 0 : Int32($0 % 2) })
        let long = try #require(stuck.figure(.longestRunShare))
        #expect(long.value >= 0.4 && long.interval == nil)
        #expect(stuck.says("no feature"))
        // Of fifty rows, two of a rare class may be missed by chance.
        let few = DegenerateSection.judge(
            JudgeRows(
                name: "eval", source: .given, count: 50,
                labels: .classes((0..<50).map { $0 < 2 ? 1 : 0 }, names: ["usual", "rare"]),
                predictions: .classes([Int32](repeating: 0, count: 50), probabilities: nil)),
            options: JudgeOptions())
        #expect(few.figure(.emptyClasses)?.value == 1)
        #expect(few.figure(.emptyClasses)?.interval == Interval(lower: 0, upper: 1))
        let never = judged([Int32](repeating: 0, count: 1_000))
        #expect(never.figure(.emptyClasses)?.interval == Interval(lower: 1, upper: 1))
    }

    @Test func `pictures hold every row once`() throws {
        let (labels, features, good, _) = world(2, 500)
        let weights = (0..<500).map { Double(1 + $0 % 3) }
        let section = DegenerateSection.judge(
            rows(labels, good, features, weights: weights), options: JudgeOptions())
        let total = weights.reduce(0, +)
        #expect(section.pictures.map(\.id) == ["confusion", "predictions"])
        for picture in section.pictures {
            switch picture.shape {
            case .histogram(let edges, let series):
                #expect(edges.count == 11 && series.map(\.name) == ["label no", "label yes"])
                #expect(series.flatMap(\.counts).reduce(0, +) == total)
            case .matrix(let rows, let columns, let counts):
                #expect(rows == ["no", "yes"] && columns == rows)
                #expect(counts.joined().reduce(0, +) == total)
                let right = labels.indices.filter { labels[$0] && good[$0] >= 0.5 }
                #expect(counts[1][1] == right.reduce(0.0) { $0 + weights[$1] })
            case .lines, .bars: Issue.record("no such picture")
            }
        }
    }

    @Test func `numbers and classes have rivals of their own`() throws {
        let (labels, features, _, _) = world(5, 1_500)
        guard case .numbers(let income) = features[1].values,
            case .numbers(let debt) = features[2].values
        else {
            Issue.record("no numbers")
            return
        }
        let truth = zip(income, debt).map { $0 / 10_000 - $1 }
        let judged = JudgeRows(
            name: "eval", source: .control, count: 1_500, labels: .numbers(truth),
            predictions: .scores(truth.map { ($0 * 4).rounded() / 4 }), features: features)
        let section = DegenerateSection.judge(judged, options: JudgeOptions())
        let gain = try #require(section.figure(.gainOverOneSplit))
        #expect(gain.value > 0.5 && gain.value < 1 && (gain.interval?.lower ?? 0) > 0.4)
        #expect(section.figure(.gainOverOneFeature)?.value ?? 1 < gain.value)
        #expect(section.pictures.map(\.id) == ["predictions"])
        let classes = JudgeRows(
            name: "eval", source: .control, count: 1_500,
            labels: .classes(labels.map { $0 ? 1 : 0 }, names: ["no", "yes", "never"]),
            predictions: .classes(labels.map { $0 ? 1 : 2 }, probabilities: nil),
            features: features)
        let other = DegenerateSection.judge(classes, options: JudgeOptions())
        // It is right about the yeses alone, which the rule is not worse at.
        #expect(other.figure(.gainOverOneSplit)?.value ?? 1 < 0)
        #expect(other.figure(.emptyClasses)?.value == 1)
    }

    @Test func `many rows are held against a part of them`() throws {
        let (labels, features, good, _) = world(6, 60_000)
        let section = DegenerateSection.judge(
            rows(labels, good, Array(features[1...1])), options: JudgeOptions())
        #expect(section.figure(.gainOverOneSplit)?.rows == 50_000)
        #expect(section.figure(.modeShare)?.rows == 60_000 && section.says("50,000 of the rows"))
    }

    @Test func `rows that cannot be judged are told, not failed at`() {
        let options = JudgeOptions()
        let empty = DegenerateSection.judge(rows([], []), options: options)
        #expect(empty.figures.isEmpty && empty.says("no row"))
        let broken = DegenerateSection.judge(rows([true], [.nan]), options: options)
        #expect(broken.figures.isEmpty && broken.says("no finite numbers"))
        let mixed = DegenerateSection.judge(
            JudgeRows(
                name: "eval", source: .control, count: 1, labels: .numbers([1]),
                predictions: .classes([0], probabilities: nil)), options: options)
        #expect(mixed.figures.isEmpty && mixed.says("different kinds"))
        let one = DegenerateSection.judge(
            rows([true], [0.5], [FeatureColumn("x", numbers: [1])]), options: options)
        #expect(one.figure(.gainOverOneSplit) == nil && one.says("can be fitted"))
        #expect(one.figure(.modeShare)?.interval?.lower ?? 1 < 0.3)
    }

    @Test func `numbers are said in four digits, or whole`() {
        #expect(JudgeNumber.text(0.123456) == "0.1235" && JudgeNumber.text(12_000) == "12,000")
        #expect(JudgeNumber.text(0.000012) == "1.2e-05" && JudgeNumber.text(-1_234.6) == "-1,235")
        #expect(JudgeNumber.text(0) == "0" && JudgeNumber.text(12.3456) == "12.35")
        #expect(JudgeNumber.text(.infinity) == "inf" && JudgeNumber.text(1e300) == "1e+300")
    }
}
