import Glibc
import TestSupport
import Testing

@testable import HoldfastStatistics

/// How often intervals of 95 % hold the truth, over samples of a world in which it is known.
@Suite struct ModelCoverageTests {
    /// Scores of some levels, each with its share of the rows and of a yes among those.
    private struct World {
        var scores: [Double]
        var shares: [Double]
        var yes: [Double]

        /// Scores that rise evenly, the lower ones more frequent, with what they promise kept as
        /// far as `kept` says: 1 wholly, 0 not at all.
        init(levels: Int = 40, kept: Double = 1) {
            scores = (0..<levels).map { (Double($0) + 0.5) / Double(levels) }
            let raw = scores.map { 1.2 - $0 }
            shares = raw.map { $0 / raw.reduce(0, +) }
            yes = scores.map { 0.5 + ($0 - 0.5) * kept }
        }

        func draw(_ count: Int, _ chance: inout SeededGenerator) -> ([Double], [Bool]) {
            var (drawn, labels) = ([Double](), [Bool]())
            for _ in 0..<count {
                var rest = Double(chance.next() >> 11) * 0x1p-53
                var level = 0
                while level < shares.count - 1, rest >= shares[level] {
                    rest -= shares[level]
                    level += 1
                }
                drawn.append(scores[level])
                labels.append(Double(chance.next() >> 11) * 0x1p-53 < yes[level])
            }
            return (drawn, labels)
        }

        private var positives: [Double] { zip(shares, yes).map { $0 * $1 } }
        private var negatives: [Double] { zip(shares, yes).map { $0 * (1 - $1) } }

        /// By the definitions, over the levels.
        var truths: [ModelFigure: Double] {
            let (plus, minus) = (positives, negatives)
            let (all, none) = (plus.reduce(0, +), minus.reduce(0, +))
            var (area, precision, brier, loss, error) = (0.0, 0.0, 0.0, 0.0, 0.0)
            var (hit, alarm) = (0.0, 0.0)
            for one in scores.indices {
                for other in scores.indices where other <= one {
                    area += plus[one] * minus[other] * (other == one ? 0.5 : 1)
                }
                let above = one..<scores.count
                let ours = plus[above].reduce(0, +)
                precision += plus[one] / all * ours / (ours + minus[above].reduce(0, +))
                let score = scores[one]
                brier += plus[one] * (1 - score) * (1 - score) + minus[one] * score * score
                loss -= plus[one] * log(score) + minus[one] * log(1 - score)
                error += shares[one] * abs(yes[one] - score)
                if score >= 0.5 {
                    hit += plus[one]
                    alarm += minus[one]
                }
            }
            return [
                .auc: area / (all * none), .averagePrecision: precision, .brier: brier,
                .logLoss: loss, .f1: 2 * hit / (hit + alarm + all), .recall: hit / all,
                .precision: hit / (hit + alarm), .accuracy: hit + none - alarm,
                .balancedAccuracy: (hit / all + 1 - alarm / none) / 2,
                .calibrationError: error,
            ]
        }
    }

    /// Four standard errors of a count of 300 below and above 95 %.
    private func isNominal(_ covered: Int, of count: Int) -> Bool {
        let spread = 4 * (0.95 * 0.05 / Double(count)).squareRoot()
        return abs(Double(covered) / Double(count) - 0.95) <= spread
    }

    @Test func `intervals for independent rows hold the truth in 95 of 100 samples`() throws {
        let world = World()
        let truths = world.truths
        var covered: [ModelFigure: Int] = [:]
        let asked: [ModelFigure] = [
            .auc, .averagePrecision, .brier, .logLoss, .f1, .precision, .recall, .accuracy,
            .balancedAccuracy,
        ]
        var (slopes, intercepts) = (0, 0)
        for seed in UInt64(1)...300 {
            var chance = SeededGenerator(seed: seed)
            let (scores, labels) = world.draw(300, &chance)
            let figures = BinarySample(scores: scores, isPositive: labels).estimates(level: 0.95)
            for figure in asked {
                let interval = try #require(figures[figure]?.interval, "\(figure) seed \(seed)")
                let truth = try #require(truths[figure])
                if interval.lower <= truth, interval.upper >= truth {
                    covered[figure, default: 0] += 1
                }
            }
            // A world that keeps its promises has intercept 0 and slope 1.
            if let one = figures[.calibrationSlope]?.interval, one.lower <= 1, one.upper >= 1 {
                slopes += 1
            }
            if let one = figures[.calibrationIntercept]?.interval, one.lower <= 0, one.upper >= 0 {
                intercepts += 1
            }
        }
        for figure in asked {
            let count = covered[figure, default: 0]
            #expect(isNominal(count, of: 300), "\(figure): \(count) of seeds 1 to 300")
        }
        #expect(isNominal(slopes, of: 300), "slope: \(slopes) of seeds 1 to 300")
        #expect(isNominal(intercepts, of: 300), "intercept: \(intercepts) of seeds 1 to 300")
    }

    @Test func `the calibration error's interval holds where the error is 0, and where it is not`()
        throws
    {
        for world in [World(levels: 10), World(levels: 10, kept: 0.4)] {
            let truth = try #require(world.truths[.calibrationError])
            var (covered, seen) = (0, 0)
            for seed in UInt64(1)...300 {
                var chance = SeededGenerator(seed: seed)
                let (scores, labels) = world.draw(400, &chance)
                let estimate = BinarySample(scores: scores, isPositive: labels)
                    .estimates(level: 0.95)[.calibrationError]
                let interval = try #require(estimate?.interval)
                if interval.lower <= truth + 1e-12, interval.upper >= truth { covered += 1 }
                if interval.lower > 0 { seen += 1 }
            }
            #expect(covered >= 273, "\(covered) of seeds 1 to 300, truth \(truth)")
            // Wide as it is, it sees an error where there is one, and none where there is none.
            #expect(truth < 1e-12 ? seen <= 15 : seen >= 290, "\(seen), truth \(truth)")
        }
    }

    @Test func `an area near 1 of few positives is held as well`() throws {
        // Normal scores of 10 positives and 200 negatives; √2·1.88 apart, an area of 0.97.
        var covered = 0
        for seed in UInt64(1)...300 {
            let chance = CounterStream(seed: seed, stream: 7)
            let scores = (0..<UInt64(210)).map {
                chance.normal($0) + ($0 < 10 ? 1.8807936 * 2.0.squareRoot() : 0)
            }
            let area = try #require(
                AreaUnderCurve(scores: scores, isCandidate: (0..<210).map { $0 < 10 }))
            let interval = area.interval(level: 0.95)
            if interval.lower <= 0.97, interval.upper >= 0.97 { covered += 1 }
        }
        #expect(covered >= 273, "\(covered) of seeds 1 to 300")
    }

    @Test func `the gap of independent tables is held in 95 of 100`() throws {
        let (sharp, blunt) = (World(kept: 1), World(kept: 0.7))
        var covered: [ModelFigure: Int] = [:]
        for seed in UInt64(1)...300 {
            var chance = SeededGenerator(seed: seed)
            let (one, two) = (sharp.draw(250, &chance), blunt.draw(150, &chance))
            let train = BinarySample(scores: one.0, isPositive: one.1).estimates(level: 0.95)
            let eval = BinarySample(scores: two.0, isPositive: two.1).estimates(level: 0.95)
            for figure in [ModelFigure.auc, .brier, .accuracy] {
                let gap = FigureEstimate.difference(
                    try #require(train[figure]), try #require(eval[figure]))
                let truth = try #require(sharp.truths[figure]) - (blunt.truths[figure] ?? 0)
                let interval = try #require(gap.interval)
                if interval.lower <= truth, interval.upper >= truth {
                    covered[figure, default: 0] += 1
                }
            }
        }
        for (figure, count) in covered {
            #expect(isNominal(count, of: 300), "\(figure): \(count) of seeds 1 to 300")
        }
        #expect(covered.count == 3)
    }

    @Test func `where rows of a cluster are alike the bootstrap holds, and rows as such do not`()
        throws
    {
        let world = World(levels: 20)
        let truths = world.truths
        let asked: [ModelFigure] = [.auc, .averagePrecision, .brier, .f1, .accuracy]
        var (clustered, naive) = ([ModelFigure: Int](), [ModelFigure: Int]())
        let samples = 150
        for seed in UInt64(1)...UInt64(samples) {
            var chance = SeededGenerator(seed: seed)
            let (scores, labels) = world.draw(80, &chance)
            // Each row five times.
            func fold<Value>(_ values: [Value]) -> [Value] {
                values.flatMap { [$0, $0, $0, $0, $0] }
            }
            let clusters = fold((0..<Int32(80)).map { $0 })
            let sample = ModelSample.binary(
                BinarySample(scores: fold(scores), isPositive: fold(labels), clusters: clusters))
            let ours = sample.clusteredEstimates(level: 0.95, replicates: 100, seed: seed)
            let theirs = sample.estimates(level: 0.95)
            for figure in asked {
                let truth = try #require(truths[figure])
                func holds(_ estimate: FigureEstimate?) -> Bool {
                    estimate?.interval.map { $0.lower <= truth && $0.upper >= truth } ?? false
                }
                if holds(ours[figure]) { clustered[figure, default: 0] += 1 }
                if holds(theirs[figure]) { naive[figure, default: 0] += 1 }
            }
        }
        for figure in asked {
            let (ours, theirs) = (clustered[figure, default: 0], naive[figure, default: 0])
            #expect(isNominal(ours, of: samples), "\(figure): \(ours) of \(samples)")
            // √5 too short an interval holds in 62 of 100.
            #expect(Double(theirs) < 0.8 * Double(samples), "\(figure): \(theirs)")
        }
    }

    @Test func `paired gains are held in 95 of 100, with clusters by the bootstrap`() throws {
        // The second model is the first with its promises drawn to the middle: Brier's gain is
        // known by the levels, and there is no gain of areas at all but by ties, of which none.
        let world = World(levels: 20)
        func drawn(_ score: Double) -> Double { 0.5 + (score - 0.5) * 0.5 }
        var truth = 0.0
        for level in world.scores.indices {
            let (score, yes) = (world.scores[level], world.yes[level])
            let rival = drawn(score)
            let ours = yes * (1 - score) * (1 - score) + (1 - yes) * score * score
            let theirs = yes * (1 - rival) * (1 - rival) + (1 - yes) * rival * rival
            truth += world.shares[level] * (theirs - ours)
        }
        var (plain, clustered) = (0, 0)
        let samples = 150
        for seed in UInt64(1)...UInt64(samples) {
            var chance = SeededGenerator(seed: seed)
            let (scores, labels) = world.draw(80, &chance)
            func gains(_ times: Int, _ clusters: [Int32]?) -> [ModelGain: FigureEstimate] {
                let scores = scores.flatMap { [Double](repeating: $0, count: times) }
                let labels = labels.flatMap { [Bool](repeating: $0, count: times) }
                func model(_ scores: [Double]) -> (scores: [Double], sample: BinarySample) {
                    (
                        scores,
                        BinarySample(scores: scores, isPositive: labels, clusters: clusters)
                    )
                }
                let (one, other) = (model(scores), model(scores.map(drawn)))
                let gains = PairedGains.binary(
                    isPositive: labels, one: one, other: other, weights: nil, level: 0.95)
                if clusters == nil { return gains }
                return PairedGains.clustered(
                    gains, .binary(one.sample), over: .binary(other.sample), level: 0.95,
                    replicates: 100, seed: seed)
            }
            let one = try #require(gains(1, nil)[.brier]?.interval)
            if one.lower <= truth, one.upper >= truth { plain += 1 }
            let codes = (0..<Int32(80)).flatMap { [$0, $0, $0] }
            let other = try #require(gains(3, codes)[.brier]?.interval)
            if other.lower <= truth, other.upper >= truth { clustered += 1 }
        }
        #expect(isNominal(plain, of: samples), "\(plain) of \(samples)")
        #expect(isNominal(clustered, of: samples), "\(clustered) of \(samples)")
    }
}
