import Glibc
@testable import HoldfastStatistics
import Testing

/// Learning curves of Holdfast's own models on a pilot.
@Suite struct PilotCurveTests {
    /// Rows of two numbers, a category and a label that follows a logistic law of them.
    static func world(_ count: Int, seed: UInt64 = 1) -> (features: [SampleColumn], labels: [Bool])
    {
        let (x, y) = (CounterStream(seed: seed, stream: 5), CounterStream(seed: seed, stream: 6))
        let (kind, truth) = (
            CounterStream(seed: seed, stream: 7), CounterStream(seed: seed, stream: 8)
        )
        let one = (0..<count).map { x.normal(UInt64($0)) }
        let two = (0..<count).map { $0 % 17 == 0 ? Double.nan : y.normal(UInt64($0)) }
        let codes = (0..<count).map { Int32(kind.uniform(UInt64($0)) * 3) - 1 }
        let labels = (0..<count).map { row in
            let logit =
                -1 + 1.5 * one[row] + (two[row].isNaN ? 0 : two[row])
                + (codes[row] == 1 ? 0.8 : 0)
            return truth.uniform(UInt64(row)) < 1 / (1 + exp(-logit))
        }
        return (
            [
                SampleColumn("one", numbers: one), SampleColumn("two", numbers: two),
                SampleColumn("kind", categories: codes),
            ], labels
        )
    }

    @Test(arguments: LearningScore.allCases)
    func `models become better with rows, and the same seed gives the same curve`(
        score: LearningScore
    ) throws {
        let (features, labels) = Self.world(900)
        let settings = PilotCurve.Settings(folds: 4, draws: 1, seed: 3)
        var folds: [Int] = []
        let curves = try PilotCurve.measure(
            features, labels: labels, score: score, settings: settings
        ) { folds.append($0) }
        #expect(folds == [0, 1, 2, 3])
        #expect(curves.map(\.model) == [.trees, .logistic])
        for curve in curves {
            #expect(curve.folds.count == 4 && curve.rows.count >= PilotCurve.sizesNeeded)
            #expect(curve.rows == curve.rows.sorted() && (curve.rows.last ?? 0) <= 675)
            let scores = curve.points.scores
            let (first, last) = (scores[0], scores[scores.count - 1])
            #expect(score.isRising ? last > first : last < first, "\(curve.model) \(scores)")
            #expect(score != .auc || last > 0.75 && last < 0.95, "\(curve.model) \(scores)")
        }
        let again = try PilotCurve.measure(
            features, labels: labels, score: score, settings: settings)
        #expect(again == curves)
    }

    @Test func `the probabilities of both models are calibrated on average`() throws {
        let (features, labels) = Self.world(1_200, seed: 2)
        let rows = Array(0..<1_200)
        for model in PilotCurve.Model.allCases {
            let losses = [LearningScore.logLoss, .brier].compactMap { score in
                PilotRun(
                    SampleColumns(features), labels, train: Array(rows.prefix(900)),
                    eval: Array(rows.suffix(300)), score: score,
                    parting: CounterStream(seed: 1, stream: 3)
                ).score(model, rows: 900)
            }
            // The base rate alone has 0.66 and 0.23 here.
            #expect(losses.count == 2 && losses[0] < 0.55 && losses[1] < 0.18, "\(model) \(losses)")
        }
        #expect(isClose(PilotRun.shift([0, 0, 0, 0], positives: 1), log(1.0 / 3), 1e-9))
    }

    @Test
    func `each prefix of an order has the pilot's share of positives, and no row of the fold`()
        throws
    {
        let labels = (0..<400).map { $0 % 5 == 0 }
        let dealt = try PilotFolds(
            Array(0..<400), labels: labels, settings: PilotCurve.Settings(folds: 4, seed: 9))
        for fold in 0..<4 {
            let order = dealt.order(without: fold, draw: 1)
            let eval = Set(dealt.rows(of: fold))
            #expect(order.count == 300 && eval.count == 100 && Set(order).count == 300)
            #expect(eval.isDisjoint(with: order))
            for count in [10, 50, 55, 150, 300] {
                let yes = order.prefix(count).count { labels[$0] }
                #expect(abs(Double(yes) - Double(count) / 5) <= 1, "\(count): \(yes)")
            }
            #expect(order != dealt.order(without: fold, draw: 0))
        }
    }

    @Test func `what nothing can be learnt from is refused with what to do`() throws {
        let (features, labels) = Self.world(300)
        func fault(_ features: [SampleColumn], _ labels: [Bool], folds: Int = 4) -> PilotFault? {
            #expect(throws: PilotFault.self) {
                try PilotCurve.measure(
                    features, labels: labels, score: .auc,
                    settings: PilotCurve.Settings(folds: folds, draws: 1))
            }
        }
        #expect(fault([], labels) == .noFeatures)
        let none = [Bool](repeating: false, count: 300)
        #expect(fault(features, none) == .oneClass(rows: 300, isPositive: false))
        #expect(fault(features, none.map { !$0 }) == .oneClass(rows: 300, isPositive: true))
        let few = (0..<300).map { $0 < 7 }
        #expect(
            fault(features, few) == .tooFewOfLabel(count: 7, isPositive: true, folds: 4))
        guard case .tooFewRows(300, let needed)? = fault(features, (0..<300).map { $0 < 20 }) else {
            Issue.record("20 positives of 300 are enough?")
            return
        }
        #expect(needed > 300 && needed < 900)
    }

    @Test func `a model that learns nothing has no curve of trees, and a flat one of logits`()
        throws
    {
        let (_, labels) = Self.world(800)
        let noise = CounterStream(seed: 4, stream: 1)
        let features = [
            SampleColumn("constant", numbers: [Double](repeating: 7, count: 800)),
            SampleColumn("empty", numbers: [Double](repeating: .nan, count: 800)),
            SampleColumn("wild", numbers: (0..<800).map { noise.uniform(UInt64($0)) * 1e300 }),
        ]
        let curves = try PilotCurve.measure(
            features, labels: labels, score: .brier,
            settings: PilotCurve.Settings(folds: 4, draws: 1))
        for curve in curves {
            #expect(curve.folds.flatMap { $0 }.allSatisfy { $0.isFinite && $0 > 0.1 })
        }
    }

    @Test func `features of one value are dropped before anything is fitted`() throws {
        let (features, labels) = Self.world(600)
        let settings = PilotCurve.Settings(folds: 4, draws: 1, seed: 3)
        func curves(_ features: [SampleColumn]) throws -> [PilotCurve] {
            try PilotCurve.measure(features, labels: labels, score: .auc, settings: settings)
        }
        let constant = [
            SampleColumn("seven", numbers: [Double](repeating: 7, count: 600)),
            SampleColumn("empty", numbers: [Double](repeating: .nan, count: 600)),
            SampleColumn("kind", categories: [Int32](repeating: 2, count: 600)),
            SampleColumn("none", categories: [Int32](repeating: -1, count: 600)),
        ]
        // Where they stand among the others changes nothing, to the last bit.
        let mixed = zip(constant, features).flatMap { [$0, $1] } + constant.suffix(1)
        #expect(try curves(mixed) == curves(features))
        #expect(PilotCurve.varying(mixed) == features)
        #expect(throws: PilotFault.constantFeatures(4)) { try curves(constant) }
        // One row that differs, or one without a value, makes a feature.
        let rare = SampleColumn("rare", numbers: [.nan] + [Double](repeating: 7, count: 599))
        #expect(PilotCurve.varying(constant + [rare]) == [rare])
    }
}
