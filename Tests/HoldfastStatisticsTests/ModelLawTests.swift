import Glibc
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct ModelLawTests {
    private func sample(
        _ scores: [Double], _ labels: [Int], _ weights: [Double]? = nil, share: Double? = nil
    ) -> BinarySample {
        BinarySample(
            scores: scores, isPositive: labels.map { $0 == 1 }, weights: weights,
            positiveShare: share)
    }

    @Test func `the examples are true`() throws {
        let small = sample([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
        let figures = small.estimates(level: 0.95)
        #expect(figures[.auc]?.value == 0.75)
        #expect(isClose(figures[.averagePrecision]?.value, 0.8333333333333333, 1e-15))
        #expect(isClose(figures[.brier]?.value, 0.158125, 1e-15))
        #expect(RatesCurve.points(small.groups)?.map(\.truePositive) == [0, 0.5, 0.5, 1, 1])
        let groups = ScoreGroups(
            scores: [0.8, 0.1, 0.8], isPositive: [true, false, false], weights: [2, 1, 3])
        #expect(groups.scores == [0.1, 0.8] && groups.positive == [0, 2])
        #expect(groups.negative == [1, 3])
        let fit = CalibrationFit(
            ScoreGroups(
                scores: [0.1, 0.2, 0.3, 0.6, 0.7, 0.9],
                isPositive: [false, false, true, false, true, true]))
        #expect(fit.map { "\($0.intercept.value)".prefix(6) } == "0.1992")
        #expect(fit?.slope.map { "\($0.value)".prefix(6) } == "1.1232")
        let bins = CalibrationBins(
            ScoreGroups(
                scores: [0.1, 0.2, 0.7, 0.8], isPositive: [false, true, true, true]), count: 2)
        #expect(bins.bins.map(\.observed) == [0.5, 1])
        #expect(isClose(bins.bins[0].predicted, 0.15, 1e-12) && isClose(bins.error, 0.3, 1e-12))
        let mean = try #require(RowMean(of: [1, 2, 3, 6]))
        #expect(mean.value == 3 && "\(mean.standardError ?? 0)".hasPrefix("1.0801"))
        let numbers = NumberSample(labels: [3, -0.5, 2, 7], predictions: [2.5, 0, 2, 8])
            .estimates(level: 0.95)
        #expect(numbers[.meanAbsoluteError]?.value == 0.5)
        #expect(isClose(numbers[.rootMeanSquaredError]?.value, 0.6123724356957945, 1e-15))
        #expect(isClose(numbers[.rSquared]?.value, 0.9486081370449679, 1e-15))
        let classes = ClassSample(
            labels: [0, 1, 2, 0, 1, 2], predictions: [0, 2, 1, 0, 0, 1], classes: 3
        ).estimates(level: 0.95)
        #expect(isClose(classes[.accuracy]?.value, 1.0 / 3, 1e-15))
        #expect(isClose(classes[.macroF1]?.value, 0.26666666666666666, 1e-15))
        let placed = Placements(
            scores: [0.1, 0.4, 0.35, 0.8], isPositive: [false, false, true, true])
        #expect(placed?.values == [1, 0.5, 0.5, 1])
        #expect("\(StudentT.exceeded(by: 0.025, degreesOfFreedom: 10))".hasPrefix("2.2281"))
    }

    @Test func `the examples of intervals are true`() throws {
        let share = FigureScale.share.interval(around: 0.95, standardError: 0.03, quantile: 1.96)
        #expect(share.map { "\($0.lower)".prefix(6) + "\($0.upper)".prefix(6) } == "0.84630.9849")
        let gap = FigureEstimate.difference(
            FigureEstimate(0.9, interval: Interval(lower: 0.8, upper: 0.95)),
            FigureEstimate(0.7, interval: Interval(lower: 0.6, upper: 0.8)))
        #expect(abs((gap.interval?.lower ?? 0) - 0.0586) < 1e-4)
        #expect(abs((gap.interval?.upper ?? 0) - 0.3118) < 1e-4)
        let fold = FigureEstimate(0.8, interval: Interval(lower: 0.7, upper: 0.9))
        let mean = try #require(FoldedFigures.mean([fold, fold])?.interval)
        #expect(abs(mean.lower - 0.7) < 1e-12 && abs(mean.upper - 0.9) < 1e-12)
        let apart = AreaUnderCurve(
            scores: (0..<40).map(Double.init), isCandidate: (0..<40).map { $0 >= 20 })
        let interval = try #require(apart?.interval(level: 0.95))
        #expect("\(interval.lower)".hasPrefix("0.8848") && interval.upper == 1)
        let right = [Bool](repeating: true, count: 8)
        let gain = PairedGains.accuracy(
            one: right, other: right.indices.map { $0 > 2 }, weights: nil, level: 0.95)
        #expect(gain?.value == 0.375)
    }

    @Test func `no row, one row and one label have the figures that are defined, and no others`() {
        #expect(sample([], []).estimates(level: 0.95).isEmpty)
        let one = sample([0.3], [1]).estimates(level: 0.95)
        #expect(one[.auc] == nil && one[.calibrationSlope] == nil && one[.brier] != nil)
        #expect(one[.brier]?.standardError == nil && one[.logLoss]?.standardError == nil)
        #expect((one[.brier]?.interval?.upper ?? 0) > 0.8)
        let alike = sample([0.2, 0.6, 0.9], [0, 0, 0]).estimates(level: 0.95)
        #expect(alike[.auc] == nil && alike[.averagePrecision] == nil && alike[.recall] == nil)
        #expect(alike[.calibrationIntercept] == nil && alike[.accuracy] != nil)
        #expect(alike[.precision]?.value == 0 && alike[.f1]?.value == 0)
        #expect(alike[.precision]?.interval?.lower == 0)
        let two = sample([0.2, 0.6], [0, 1]).estimates(level: 0.95)
        #expect(two[.auc] == nil && two[.accuracy]?.value == 1)
        let constant = sample([0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1]).estimates(level: 0.95)
        #expect(constant[.auc]?.value == 0.5 && constant[.calibrationSlope] == nil)
        #expect(isClose(constant[.averagePrecision]?.value, 0.5))
        for figures in [one, alike, two, constant] {
            for (figure, estimate) in figures {
                #expect(estimate.value.isFinite, "\(figure)")
            }
        }
        #expect(NumberSample(labels: [], predictions: []).estimates(level: 0.95).isEmpty)
        let flat = NumberSample(labels: [2, 2], predictions: [1, 3]).estimates(level: 0.95)
        #expect(flat[.rSquared] == nil && flat[.meanAbsoluteError]?.value == 1)
        let right = NumberSample(labels: [1, 2], predictions: [1, 2]).estimates(level: 0.95)
        #expect(right[.rootMeanSquaredError]?.value == 0 && right[.rSquared]?.value == 1)
        #expect(right[.rootMeanSquaredError]?.interval == nil)
        let none = ClassSample(labels: [], predictions: [], classes: 0).estimates(level: 0.95)
        #expect(none.isEmpty)
    }

    @Test func `rows that do not vary have an interval that allows for one that does`() throws {
        let open = try #require(
            UnvariedRows.interval(around: 1, within: 0...1, size: 20, level: 0.95))
        #expect("\(open.lower)".hasPrefix("0.8388") && open.upper == 1)
        let wilson = Proportions.wilson(successes: 20, of: 20)
        #expect(abs(open.lower - (wilson?.lower ?? 0)) < 1e-12)
        #expect(UnvariedRows.interval(around: 1, within: nil, size: 20, level: 0.95) == nil)
        // Forty rows, told apart wholly, each as surely as the others, and in clusters of two.
        let labels = (0..<40).map { $0 % 2 }
        let scores = labels.map { $0 == 1 ? 0.9 : 0.1 }
        let perfect = sample(scores, labels).estimates(level: 0.95)
        let clustered = ModelSample.binary(
            BinarySample(
                scores: scores, isPositive: labels.map { $0 == 1 },
                clusters: labels.indices.map { Int32($0 / 4) })
        ).clusteredEstimates(level: 0.95, replicates: 50, seed: 1)
        for figure in [
            ModelFigure.auc, .averagePrecision, .logLoss, .brier, .accuracy, .balancedAccuracy,
            .precision, .recall, .f1,
        ] {
            let one = try #require(perfect[figure]?.interval, "\(figure)")
            let other = try #require(clustered[figure]?.interval, "\(figure)")
            #expect(one.upper - one.lower > 0.01, "\(figure)")
            #expect(other.upper - other.lower > one.upper - one.lower, "\(figure)")
        }
        let classes = ClassSample(
            labels: labels.map { Int32($0) }, predictions: labels.map { Int32($0) }, classes: 2
        ).estimates(level: 0.95)
        #expect((classes[.macroF1]?.interval?.lower ?? 1) < 0.9)
    }

    @Test func `no interval goes beyond what its figure can be`() throws {
        // Two rows, whose losses tell next to nothing of their spread.
        let rows = sample([0.9, 0.8], [1, 1])
        for seed in UInt64(0)..<20 {
            var chance = SeededGenerator(seed: seed)
            let count = 2 + Int(seed)
            let labels = (0..<count).map { _ in chance.below(2) }
            let some = sample(labels.map { _ in Double(chance.below(99) + 1) / 100 }, labels)
            for sample in [ModelSample.binary(rows), .binary(some)] {
                for (figure, estimate) in sample.estimates(level: 0.95) {
                    guard let range = figure.range, let interval = estimate.interval else {
                        continue
                    }
                    #expect(range.contains(interval.lower), "seed \(seed) \(figure)")
                    #expect(range.contains(interval.upper), "seed \(seed) \(figure)")
                }
            }
        }
        let brier = ModelSample.binary(rows).estimates(level: 0.95)[.brier]
        #expect(try #require(brier?.interval?.upper) == 1)
        let folds = [0.0, 1.0].map {
            FigureEstimate(0.5, interval: Interval(lower: 0.5 * $0, upper: 1 - 0.5 * $0))
        }
        let wide = FoldedFigures.mean(
            folds + [FigureEstimate(0.01, interval: Interval(lower: 0, upper: 1))])
        #expect(try #require(wide?.interval).clipped(to: 0...1).lower >= 0)
        #expect(
            Interval(lower: -0.5, upper: 0.7).clipped(to: 0...1) == Interval(lower: 0, upper: 0.7))
        #expect(Interval(lower: 2, upper: 3).clipped(to: 0...1) == Interval(lower: 2, upper: 3))
        // And of a learning curve that knows nothing of its end.
        let points = LearningPoints(
            rows: [50, 100, 200, 400], scores: [0.55, 0.62, 0.60, 0.66],
            chance: .standardErrors([0.1, 0.1, 0.1, 0.1]))
        let fit = try #require(LearningCurveFit(points, score: .auc, seed: 1))
        for interval in [fit.ceiling, fit.interval(at: 1), fit.interval(at: 1e6)] {
            let interval = try #require(interval)
            #expect(interval.lower >= 0 && interval.upper <= 1)
        }
    }

    @Test func `scores that are no probabilities have ranks alone`() {
        let figures = sample([-2, 0.5, 3, 4], [0, 1, 0, 1]).estimates(level: 0.95)
        #expect(figures[.auc]?.value == 0.75 && figures[.averagePrecision] != nil)
        #expect(figures[.logLoss] == nil && figures[.brier] == nil)
        #expect(figures[.calibrationError] == nil && figures[.calibrationSlope] == nil)
        let endless = sample([-.infinity, 0.5, .infinity, 4], [0, 1, 1, 0])
        #expect(endless.estimates(level: 0.95)[.auc]?.value == 0.75)
    }

    @Test func `certain predictions that are wrong have a finite loss`() throws {
        let figures = sample([0, 1, 1, 0.5], [1, 0, 1, 0]).estimates(level: 0.95)
        let loss = try #require(figures[.logLoss]?.value)
        // Two of four rows at −log ε, one at log 2.
        #expect(isClose(loss, (-2 * log(0x1p-52) + log(2)) / 4, 1e-9))
    }

    @Test(arguments: UInt64(1)...10)
    func `a weight of two is the row twice, and the order of rows is no matter`(_ seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let labels = (0..<80).map { $0 < 2 ? $0 : chance.below(2) }
        let scores = labels.map { Double(chance.below(30) + 6 * $0) / 40 }
        let weights = labels.map { _ in Double(1 + chance.below(3)) }
        let weighted = sample(scores, labels, weights).estimates(level: 0.95)
        var twice: [(Double, Int)] = []
        for row in labels.indices.reversed() {
            for _ in 0..<Int(weights[row]) { twice.append((scores[row], labels[row])) }
        }
        let repeated = sample(twice.map(\.0), twice.map(\.1)).estimates(level: 0.95)
        for (figure, estimate) in repeated {
            #expect(isClose(weighted[figure]?.value, estimate.value, 1e-9), "\(figure) \(seed)")
        }
        // Weights that vary tell less than as many rows.
        let (one, other) = (weighted[.accuracy]?.interval, repeated[.accuracy]?.interval)
        #expect((one?.lower ?? 1) < (other?.lower ?? 0), "seed \(seed)")
    }

    @Test func `a share of rows is never passed, and a tie goes together`() {
        let scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
        let labels = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
        for tenths in 0...10 {
            let taken = sample(scores, labels, share: Double(tenths) / 10)
            #expect(taken.groups.scores.count - taken.yesFrom == tenths, "\(tenths)")
        }
        let tied = sample([0.1, 0.9, 0.9, 0.9], [0, 1, 0, 1], share: 0.5)
        #expect(tied.leastYes == nil && tied.estimates(level: 0.95)[.precision] == nil)
        #expect(tied.estimates(level: 0.95)[.recall]?.value == 0)
        #expect(sample([0.1, 0.9, 0.9, 0.9], [0, 1, 0, 1], share: 0.75).leastYes == 0.9)
    }

    @Test func `bins never part a tie, and hold as many rows each where none is`() {
        var chance = SeededGenerator(seed: 5)
        let scores = (0..<1_000).map { _ in Double(chance.next() >> 11) * 0x1p-53 }
        let even = CalibrationBins(
            ScoreGroups(scores: scores, isPositive: scores.map { $0 > 0.5 }))
        #expect(even.bins.map(\.weight) == [Double](repeating: 100, count: 10))
        let few = CalibrationBins(
            ScoreGroups(
                scores: scores.map { ($0 * 4).rounded() / 4 },
                isPositive: scores.map { $0 > 0.5 }))
        #expect(few.bins.count == 5 && few.bins.map(\.predicted) == [0, 0.25, 0.5, 0.75, 1])
    }

    @Test func `a curve of many thresholds is thinned to its limit and keeps its area`() throws {
        var chance = SeededGenerator(seed: 6)
        let labels = (0..<5_000).map { _ in chance.below(3) == 0 }
        let scores = labels.map { Double(chance.next() >> 11) * 0x1p-53 + ($0 ? 0.4 : 0) }
        let groups = ScoreGroups(scores: scores, isPositive: labels)
        let points = try #require(RatesCurve.points(groups))
        #expect(points.count <= 200 && points.count > 150)
        #expect(points.first?.truePositive == 0 && points.last?.falsePositive == 1)
        var area = 0.0
        for (one, two) in zip(points, points.dropFirst()) {
            #expect(two.truePositive >= one.truePositive)
            area +=
                (two.falsePositive - one.falsePositive) * (one.truePositive + two.truePositive) / 2
        }
        #expect(abs(area - (AreaUnderCurve(groups)?.area ?? 0)) < 1e-3)
        #expect(RatesCurve.points(ScoreGroups(scores: [1], isPositive: [true])) == nil)
    }

    @Test func `draws are Poisson's, and a cluster's is its own whatever else is drawn`() {
        let draws = ClusterDraws(clusters: 20_000, replicates: 2, seed: 3)
        let (one, two) = (draws.replicate(0), draws.replicate(1))
        #expect(one != two && one == draws.replicate(0))
        let fewer = ClusterDraws(clusters: 100, replicates: 2, seed: 3).replicate(0)
        #expect(fewer == Array(one.prefix(100)))
        for counts in [one, two] {
            for (count, share) in [0.36788, 0.36788, 0.18394, 0.06131, 0.01533].enumerated() {
                let seen = Double(counts.count { Int($0) == count }) / 20_000
                // Five standard errors.
                #expect(abs(seen - share) < 5 * (share * (1 - share) / 20_000).squareRoot())
            }
        }
    }

    @Test func `a model compared to itself gains nothing, and an interval says how sure that is`()
        throws
    {
        var chance = SeededGenerator(seed: 8)
        let labels = (0..<100).map { _ in chance.below(2) == 0 }
        let scores = labels.map { Double(chance.below(50) + ($0 ? 20 : 0)) / 70 }
        let model = (scores, BinarySample(scores: scores, isPositive: labels))
        let gains = PairedGains.binary(
            isPositive: labels, one: model, other: model, weights: nil, level: 0.95)
        for gain in [ModelGain.auc, .logLoss, .brier, .accuracy] {
            #expect(gains[gain]?.value == 0, "\(gain)")
        }
        for gain in [ModelGain.auc, .logLoss, .brier] {
            let interval = try #require(gains[gain]?.interval, "\(gain)")
            #expect(interval.lower < 0 && interval.upper > 0, "\(gain)")
        }
        let accuracy = try #require(gains[.accuracy]?.interval)
        #expect(accuracy.lower < 0 && accuracy.upper > 0 && accuracy.upper < 0.05)
    }

    @Test func `more rows help a model of the features until they hold no more`() throws {
        var chance = SeededGenerator(seed: 9)
        func table(_ count: Int) -> (SampleColumns, [Bool]) {
            let x = (0..<count).map { _ in Double(chance.below(1_000)) / 1_000 }
            let kind = (0..<count).map { _ in Int32(chance.below(5)) - 1 }
            let labels = x.indices.map { row in
                Double(chance.below(1_000)) / 1_000 < 0.1 + 0.6 * x[row]
                    + (kind[row] == 2 ? 0.3 : 0)
            }
            let noise = (0..<count).map { _ in
                chance.below(9) == 0 ? .nan : Double(chance.below(99))
            }
            return (
                SampleColumns([
                    SampleColumn("x", numbers: x), SampleColumn("kind", categories: kind),
                    SampleColumn("noise", numbers: noise),
                ]), labels
            )
        }
        let ((train, trainLabels), (eval, evalLabels)) = (table(3_200), table(2_000))
        let curve = try #require(
            LearningCurve(
                train: train, trainLabels: trainLabels, eval: eval, evalLabels: evalLabels,
                seed: 1))
        #expect(curve.points.map(\.rows) == [50, 100, 200, 400, 800, 1_600, 3_200])
        let (first, last) = (try #require(curve.points.first), try #require(curve.points.last))
        #expect(last.eval.value > first.eval.value + 0.03 && last.eval.value > 0.7)
        // What is learnt by heart shrinks with the rows.
        #expect(last.train.value - last.eval.value < first.train.value - first.eval.value)
        let again = LearningCurve(
            train: train, trainLabels: trainLabels, eval: eval, evalLabels: evalLabels, seed: 1)
        #expect(again == curve)
        #expect(
            LearningCurve(
                train: train, trainLabels: trainLabels.map { _ in true }, eval: eval,
                evalLabels: evalLabels, seed: 1) == nil)
    }
}
