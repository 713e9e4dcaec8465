import Glibc
import HoldfastFormats
import Testing

@testable import HoldfastStatistics

@Suite struct ExpectedPerformanceTests {
    /// Rows of counts by score, in hundredths, and label.
    private static func rows(_ counts: JSON) throws -> (scores: [Double], labels: [Bool]) {
        var (scores, labels): ([Double], [Bool]) = ([], [])
        for (label, of) in try #require(counts.array).enumerated() {
            for (score, count) in try #require(of.array).enumerated() {
                let rows = Int(try #require(count.double))
                scores += [Double](repeating: Double(score) / 100, count: rows)
                labels += [Bool](repeating: label == 1, count: rows)
            }
        }
        return (scores, labels)
    }

    @Test func `isotonic regressions are scikit-learn's, ties and weights too`() throws {
        for item in try Golden.cases("isotonic", in: "operation") {
            let weights = item["w"]?.array == nil ? nil : try item.numbers("w")
            let rising = try #require(
                try IsotonicRegression(item.numbers("x"), item.numbers("y"), weights: weights))
            let expected = try #require(item["expected"]).numbers("outputs")
            for (at, output) in zip(try item.numbers("at"), expected) {
                #expect(abs(rising(at) - output) < 1e-12, "\(item.text())")
            }
            #expect(zip(rising.outputs, rising.outputs.dropFirst()).allSatisfy { $0 <= $1 })
        }
        #expect(IsotonicRegression([], []) == nil)
        let one = try #require(IsotonicRegression([3], [0.25]))
        #expect(one(-9) == 0.25 && one(9) == 0.25)
        let example = try #require(IsotonicRegression([1, 2, 3, 4], [0, 1, 0, 1]))
        #expect(example.inputs == [1, 2, 3, 4] && example.outputs == [0, 0.5, 0.5, 1])
        #expect(example(1.5) == 0.25)
    }

    @Test func `scores are calibrated only where that brings them nearer to their labels`() throws {
        var helped = 0
        for seed in 0..<20 as Range<UInt64> {
            let chance = CounterStream(seed: seed, stream: 1)
            let truth = (0..<600).map { chance.uniform(UInt64($0)) }
            let labels = truth.indices.map { chance.uniform(UInt64(10_000 + $0)) < truth[$0] }
            let good = try #require(
                ProbabilityCalibrator(scores: truth, labels: labels, seed: seed))
            helped += good.isCalibrated ? 1 : 0
            if !good.isCalibrated { #expect(good(0.3) == 0.3, "seed \(seed)") }
            let bent = truth.map { $0 * $0 * $0 }
            let calibrated = try #require(
                ProbabilityCalibrator(scores: bent, labels: labels, seed: seed))
            #expect(calibrated.isCalibrated, "seed \(seed)")
            #expect(abs(calibrated(0.125) - 0.5) < 0.2, "seed \(seed): \(calibrated(0.125))")
            // Scores that are no probabilities have to be.
            let odds = truth.map { 8 * $0 - 4 }
            let scaled = try #require(
                ProbabilityCalibrator(scores: odds, labels: labels, seed: seed))
            #expect(scaled.isCalibrated && scaled.error == nil, "seed \(seed)")
        }
        #expect(helped <= 8, "\(helped) of 20 true probabilities were changed")
        let few = [0.1, 0.9]
        #expect(ProbabilityCalibrator(scores: few, labels: [true, true], seed: 1) == nil)
        #expect(ProbabilityCalibrator(scores: [], labels: [], seed: 1) == nil)
        let pair = ProbabilityCalibrator(scores: few, labels: [false, true], seed: 1)
        #expect(pair?.isCalibrated == false)
        let tenths = (0..<1_000).map { Double($0 % 10) / 10 + 0.05 }
        let example = ProbabilityCalibrator(
            scores: tenths, labels: (0..<1_000).map { $0 % 20 == 9 }, seed: 1)
        #expect(example?.isCalibrated == true && isClose(example?(0.95), 0.5))
    }

    @Test func `expected figures are the published method's to all digits`() throws {
        for item in try Golden.cases("cases", in: "cbpe_binary") {
            let scores = try item.numbers("p")
            let got = try #require(
                ExpectedPerformance(scores: scores, threshold: item.number("threshold")))
            #expect(isClose(got.confusion.truePositives, try item.number("E_TP")))
            #expect(isClose(got.confusion.falsePositives, try item.number("E_FP")))
            #expect(isClose(got.confusion.falseNegatives, try item.number("E_FN")))
            #expect(isClose(got.confusion.trueNegatives, try item.number("E_TN")))
            #expect(isClose(got.accuracy.value, try item.number("accuracy")))
            #expect(isClose(got.precision?.value, try item.number("precision")))
            #expect(isClose(got.recall?.value, try item.number("recall")))
            #expect(isClose(got.f1?.value, try item.number("f1")))
            #expect(isClose(got.auc?.value, try item.number("expected_auc")))
            // A weight of 2 is the row twice.
            let twice = ExpectedPerformance(
                scores: scores, threshold: 0.5, weights: scores.map { _ in 2 })
            #expect(isClose(twice?.auc?.value, try item.number("expected_auc")))
            #expect(isClose(twice?.f1?.value, try item.number("f1")))
            let brier = scores.reduce(0) { $0 + $1 * (1 - $1) } / Double(scores.count)
            #expect(isClose(got.brier?.value, brier))
        }
        let example = ExpectedPerformance(scores: [0.9, 0.6, 0.2], threshold: 0.5)
        #expect(isClose(example?.confusion.truePositives, 1.5))
        #expect(isClose(example?.accuracy.value, 2.3 / 3))
        #expect(isClose(example?.auc?.value, 0.8167420814479638), "\(example?.auc?.value ?? 9)")
    }

    @Test func `figures that are not defined are none`() throws {
        #expect(ExpectedPerformance(scores: [], threshold: 0.5) == nil)
        let sure = try #require(ExpectedPerformance(scores: [0, 0, 0], threshold: 0.5))
        #expect(sure.auc == nil && sure.precision == nil && sure.recall == nil && sure.f1 == nil)
        #expect(sure.accuracy.value == 1 && sure.accuracy.interval(level: 0.95) == nil)
        let flat = try #require(ExpectedPerformance(scores: [0.5, 0.5], threshold: 0.5))
        #expect(flat.auc?.value == 0.5 && flat.accuracy.value == 0.5)
        let calibrator = ProbabilityCalibrator(
            scores: [-2, 3, 4, -1], labels: [false, true, false, true], seed: 1)
        let odds = ExpectedPerformance(
            scores: [-2, 3], calibrator: calibrator, threshold: 0)
        #expect(odds?.brier == nil && odds?.auc != nil)
    }

    @Test func `the car-loan set's ten chunks get NannyML's estimates and hold what came`() throws {
        let set = try #require(try Golden.cases("car_loan", in: "operation").first)
        let reference = try Self.rows(try #require(set["reference"]))
        let calibrator = try #require(
            ProbabilityCalibrator(scores: reference.scores, labels: reference.labels, seed: 0))
        let rising = try #require(calibrator.regression)
        let knots = try #require(set["knots"])
        #expect(rising.inputs == (try knots.numbers("x")))
        for (ours, theirs) in zip(rising.outputs, try knots.numbers("y")) {
            #expect(abs(ours - theirs) < 1e-12)
        }
        var off = (ours: 0.0, theirs: 0.0)
        var halves: [(realised: [Bool], scores: [Double])] = [([], []), ([], [])]
        for (place, chunk) in try #require(set["chunks"]?.array).enumerated() {
            let rows = try Self.rows(try #require(chunk["counts"]))
            halves[place / 5].realised += rows.labels
            halves[place / 5].scores += rows.scores
            let got = try #require(
                ExpectedPerformance(
                    scores: rows.scores, calibrator: calibrator, threshold: 0.65))
            let theirs = try #require(chunk["nannyml"])
            let realised = try #require(chunk["realised"])
            let figures = [
                ("auc", got.auc), ("accuracy", got.accuracy), ("f1", got.f1),
                ("precision", got.precision), ("recall", got.recall), ("brier", got.brier),
            ]
            for (name, figure) in figures {
                if name != "brier" {
                    let other = try theirs.number(name)
                    #expect(isClose(figure?.value, other, 1e-7), "chunk \(place): \(name)")
                }
                if ["auc", "accuracy", "brier"].contains(name) {
                    let truth = try realised.number(name)
                    let interval = try #require(figure?.interval(level: 0.95))
                    #expect(
                        place == 2 || place > 4
                            || (interval.lower <= truth && truth <= interval.upper),
                        "chunk \(place): \(name) \(truth) \(interval)")
                }
            }
            let auc = try #require(got.auc?.value)
            let published = try chunk.number("published_auc")
            #expect(abs(auc - published) < 1e-6)
            off.ours += abs(auc - (try realised.number("auc"))) / 10
            off.theirs += abs(published - (try realised.number("auc"))) / 10
        }
        // One estimate, written with six decimals in theirs.
        #expect(off.ours <= off.theirs + 5e-7, "\(off)")
        for half in halves {
            let got = try #require(
                ExpectedPerformance(
                    scores: half.scores, calibrator: calibrator, threshold: 0.65))
            let area = try #require(
                AreaUnderCurve(scores: half.scores, isCandidate: half.realised))
            #expect(abs((got.auc?.value ?? 9) - area.area) < 0.002)
        }
    }

    @Test func `an interval holds the figure that labels show as often as it says`() throws {
        var (held, asked) = ([0, 0, 0, 0], 0)
        for seed in 0..<150 as Range<UInt64> {
            let chance = CounterStream(seed: seed, stream: 2)
            func draw(_ count: Int, _ from: Int) -> (scores: [Double], labels: [Bool]) {
                let truth = (0..<count).map { chance.uniform(UInt64(from + $0)) }
                // Scores that say too little: calibration is needed, and is learnt from few rows.
                return (
                    truth.map { 0.25 + $0 / 2 },
                    truth.indices.map { chance.uniform(UInt64(from + 5_000 + $0)) < truth[$0] }
                )
            }
            let (reference, later) = (draw(400, 0), draw(300, 20_000))
            let calibrator = try #require(
                ProbabilityCalibrator(
                    scores: reference.scores, labels: reference.labels, seed: seed))
            let got = try #require(
                ExpectedPerformance(
                    scores: later.scores, calibrator: calibrator, threshold: 0.5))
            let says = later.scores.map { $0 >= 0.5 }
            let right = zip(says, later.labels).count { $0 == $1 }
            let hits = zip(says, later.labels).count { $0 && $1 }
            let yes = later.labels.count { $0 }
            let area = try #require(
                AreaUnderCurve(scores: later.scores, isCandidate: later.labels)
            ).area
            let truths = [
                Double(right) / 300, Double(hits) / Double(yes),
                2 * Double(hits) / Double(yes + says.count { $0 }), area,
            ]
            for (place, figure) in [got.accuracy, got.recall, got.f1, got.auc].enumerated() {
                let interval = try #require(figure?.interval(level: 0.9))
                if interval.lower <= truths[place] && truths[place] <= interval.upper {
                    held[place] += 1
                }
            }
            asked += 1
        }
        // 90 % of 150 is 135, with a standard deviation of 3.7.
        #expect(held.allSatisfy { (124...147).contains($0) }, "\(held) of \(asked)")
    }
}
