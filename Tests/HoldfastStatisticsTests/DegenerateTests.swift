import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct DegenerateTests {
    @Test func `spread, histogram and entropy are the definition's`() throws {
        for item in try Golden.cases("spreads", in: "degenerate") {
            let scores = try item.numbers("scores")
            let spread = try #require(PredictionSpread(scores))
            let histogram = try #require(PredictionHistogram(scores))
            let entropy = try #require(
                ShareEntropy(histogram.counts, size: Double(scores.count)))
            #expect(histogram.counts == (try item.numbers("hist10")))
            #expect(Double(spread.distinct) == (try item.number("distinct")))
            #expect(abs(entropy.nats - (try item.number("entropy_nats"))) < 1e-12)
            #expect(abs(entropy.normalised - (try item.number("normalised_entropy"))) < 1e-12)
            let most = scores.filter { $0 == spread.mode }.count
            #expect(Double(most) / 20 == (try item.number("mode_share")))
        }
    }

    @Test func `bins are NumPy's, for any range and weights`() throws {
        for item in try Golden.cases("histograms", in: "degenerate") {
            let origin = item["origin"]?.string ?? ""
            let weights = item["weights"]?.array == nil ? nil : try item.numbers("weights")
            let histogram = try #require(
                PredictionHistogram(try item.numbers("scores"), weights: weights))
            let (edges, counts) = (try item.numbers("edges"), try item.numbers("counts"))
            for (edge, known) in zip(histogram.edges, edges) {
                #expect(abs(edge - known) < 1e-12, "\(origin)")
            }
            #expect(histogram.counts == counts && edges.count == 11, "\(origin)")
            let nats = ShareEntropy(histogram.counts, size: 5)?.nats
            #expect(abs((nats ?? -1) - (try item.number("nats"))) < 1e-12, "\(origin)")
        }
        #expect(PredictionHistogram([]) == nil && ShareEntropy([3], size: 3) == nil)
        #expect(ShareEntropy([0, 0], size: 1) == nil)
    }

    @Test func `the examples of spreads are true`() throws {
        let spread = try #require(PredictionSpread([0.5, 0.5, 0.5, 0.1]))
        #expect(spread.distinct == 2 && spread.mode == 0.5 && spread.longestRun == 3)
        #expect(spread.runStart == 0 && abs(spread.runProbability - 0.5) < 1e-12)
        #expect(PredictionSpread([]) == nil && PredictionSpread([1])?.longestRun == 1)
        #expect(PredictionSpread([0, -0.0, 1])?.longestRun == 2)
        #expect(PredictionSpread([3, 3, 1], weights: [1, 1, 5])?.mode == 1)
        let histogram = PredictionHistogram([0.05, 0.06, 0.95])
        #expect(histogram?.counts == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        let entropy = try #require(ShareEntropy([9, 1], size: 10))
        #expect(abs(entropy.nats - 0.325083) < 1e-6 && abs(entropy.normalised - 0.468996) < 1e-6)
    }

    @Test func `a run's chance is that of all orders`() throws {
        for item in try Golden.cases("runs", in: "degenerate") {
            let counts = try ["run", "marked", "count"].map { Int(try item.number($0)) }
            let chance = RunChance.atLeast(counts[0], of: counts[1], among: counts[2])
            let known = try item.expected("probability")
            // Where many runs are expected, a bound stands for the sum.
            #expect(known > 0.999 ? abs(chance - known) < 1e-3 : isClose(chance, known, 1e-10))
        }
        #expect(RunChance.atLeast(0, of: 0, among: 0) == 1)
        #expect(RunChance.atLeast(1, of: 0, among: 4) == 0)
        #expect(RunChance.atLeast(4, of: 4, among: 4) == 1)
        #expect(RunChance.atLeast(1_000, of: 999_000, among: 1_000_000) > 0.999)
        #expect(RunChance.atLeast(200_000, of: 990_000, among: 1_000_000) < 1e-9)
    }

    @Test func `runs of rows in a random order are as long as they are said to be`() throws {
        // Of classes 80, 15 and 5 in a hundred, as a model of rare classes gives them.
        let rows = (0..<200).map { $0 < 160 ? 0.0 : $0 < 190 ? 1 : 2 }
        var longest: [Int: Int] = [:]
        var flagged = 0
        for seed in UInt64(0)..<2_000 {
            var chance = SeededGenerator(seed: seed)
            let spread = try #require(PredictionSpread(rows.shuffled(using: &chance)))
            longest[spread.longestRun, default: 0] += 1
            flagged += spread.runProbability <= 0.05 ? 1 : 0
        }
        #expect(flagged <= 100 + 30, "\(flagged) of 2,000 are called unlikely at .05")
        for run in [16, 20, 26, 32] {
            let seen = longest.reduce(0) { $0 + ($1.key >= run ? $1.value : 0) }
            let said = RunChance.atLeast(run, of: 160, among: 200)
            let error = (said * (1 - said) / 2_000).squareRoot()
            #expect(abs(Double(seen) / 2_000 - said) < 4 * error + 1e-3, "run \(run)")
        }
        // The same rows stuck at one class are not by chance.
        let stuck = try #require(PredictionSpread(rows))
        #expect(stuck.longestRun == 160 && stuck.runProbability < 1e-20)
    }

    @Test func `entropy lies within its interval, and few rows leave it wide`() throws {
        let shares = [0.6, 0.2, 0.1, 0.05, 0.05]
        let truth = try #require(ShareEntropy(shares, size: 1)).normalised
        var held = 0
        for seed in UInt64(0)..<400 {
            var chance = SeededGenerator(seed: seed)
            var counts = [Double](repeating: 0, count: 5)
            for _ in 0..<200 {
                var place = 0
                var at = Double.random(in: 0..<1, using: &chance)
                while place < 4, at >= shares[place] {
                    at -= shares[place]
                    place += 1
                }
                counts[place] += 1
            }
            let interval = try #require(ShareEntropy(counts, size: 200)).interval(level: 0.95)
            held += interval.lower <= truth && truth <= interval.upper ? 1 : 0
        }
        #expect(held >= 372, "\(held) of 400")
        let alike = try #require(ShareEntropy([20, 0, 0, 0, 0, 0, 0, 0, 0, 0], size: 20))
        #expect(alike.normalised == 0 && alike.interval(level: 0.95).upper > 0.15)
        let many = try #require(ShareEntropy([20_000, 0], size: 20_000))
        #expect(many.interval(level: 0.95).upper < 0.005)
    }
}
