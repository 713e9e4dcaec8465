import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct RivalTests {
    @Test func `a gain in area has DeLong's covariance over all pairs`() throws {
        for item in try Golden.cases("gains", in: "degenerate") {
            let labels = try item.numbers("labels").map { $0 == 1 }
            let (model, rival) = (try item.numbers("model"), try item.numbers("rival"))
            let weights = try item.numbers("weights")
            let gain = try #require(
                PairedGain.area(
                    model: model, rival: rival, labels: labels, weights: weights, level: 0.95))
            let origin = item["origin"]?.string ?? ""
            #expect(isClose(gain.model, try item.expected("model"), 1e-12), "\(origin)")
            #expect(isClose(gain.rival, try item.expected("rival"), 1e-12), "\(origin)")
            let size = try item.expected("size")
            let half =
                try item.expected("error")
                * StudentT.exceeded(by: 0.025, degreesOfFreedom: size - 1)
            // Satterthwaite's degrees of freedom are at least those of the rarer class.
            let reach = gain.interval.upper - gain.gain
            #expect(reach < half && reach > half * 0.95, "\(origin)")
            // A cluster for each row is none but for the factor of the sizes.
            let single = try #require(
                PairedGain.area(
                    model: model, rival: rival, labels: labels, weights: weights,
                    clusters: (0..<60).map { $0 }, level: 0.95))
            #expect(isClose(single.interval.upper - gain.gain, half, 0.1), "\(origin)")
        }
        // t of 9 degrees, from any table.
        #expect(abs(StudentT.exceeded(by: 0.025, degreesOfFreedom: 9) - 2.262157) < 1e-6)
    }

    @Test func `models that are alike have no gain, and few rows leave it open`() throws {
        let labels = [true, false, true, false, true, false]
        let scores = [0.9, 0.1, 0.8, 0.2, 0.7, 0.3]
        let gain = try #require(
            PairedGain.area(model: scores, rival: scores, labels: labels, level: 0.95))
        #expect(gain.gain == 0 && gain.interval.upper > 0.5 && gain.interval.lower < -0.5)
        #expect(
            PairedGain.area(model: [1, 2], rival: [1, 2], labels: [true, false], level: 0.9)
                == nil)
        #expect(WeightedMedian.value([3, 1, 2], weights: [1, 1, 1]) == 2)
        #expect(WeightedMedian.value([1, 2], weights: [1, 5]) == 2)
        #expect(WeightedMedian.value([]) == nil && WeightedMedian.value([4, 1]) == 1)
        let right = [true, true, false]
        let same = try #require(PairedGain.accuracy(model: right, rival: right, level: 0.95))
        #expect(same.gain == 0 && same.interval.upper > 0.4 && same.interval.lower < -0.4)
        #expect(PairedGain.accuracy(model: [], rival: [], level: 0.95) == nil)
        #expect(
            PairedGain.absoluteError(
                model: [1, 2], rival: [1, 2], labels: [1, 1], scale: 0, level: 0.95) == nil)
        let errors = try #require(
            PairedGain.absoluteError(
                model: [1, 2, 3], rival: [2, 2, 2], labels: [1, 2, 4], scale: 2, level: 0.95))
        #expect(isClose(errors.model, 1.0 / 3) && errors.rival == 1)
        #expect(isClose(errors.gain, 1.0 / 3))
    }

    @Test func `gains lie within their intervals in 95 of 100 draws`() throws {
        var (held, heldAccuracy) = (0, 0)
        for seed in UInt64(0)..<300 {
            let chance = CounterStream(seed: seed, stream: 9)
            let labels = (0..<150).map { chance.uniform(UInt64($0)) < 0.3 }
            let shared = (0..<150).map { chance.normal(UInt64(1_000 + $0)) }
            // Equal by make: the same signal, noise of its own.
            let models = [2_000, 3_000].map { start in
                labels.indices.map {
                    (labels[$0] ? 1 : 0) + shared[$0] + 0.7 * chance.normal(UInt64(start + $0))
                }
            }
            let gain = try #require(
                PairedGain.area(model: models[0], rival: models[1], labels: labels, level: 0.95))
            held += gain.interval.lower <= 0 && gain.interval.upper >= 0 ? 1 : 0
            let right = models.map { scores in zip(scores, labels).map { ($0 > 0.5) == $1 } }
            let other = try #require(
                PairedGain.accuracy(model: right[0], rival: right[1], level: 0.95))
            heldAccuracy += other.interval.lower <= 0 && other.interval.upper >= 0 ? 1 : 0
        }
        #expect(held >= 274 && heldAccuracy >= 274, "\(held) and \(heldAccuracy) of 300")
    }

    @Test func `one split of numbers is scikit-learn's`() throws {
        for item in try Golden.cases("stumps", in: "degenerate") {
            let columns = try #require(item["features"]?.array).enumerated().map { place, column in
                SampleColumn("f\(place)", numbers: (column.array ?? []).compactMap(\.double))
            }
            let rows = RivalRows(
                columns: columns, labels: .numbers(try item.numbers("labels")))
            let rival = try #require(
                Rival.best(.oneSplit, judged: rows, train: rows, seed: 1))
            #expect(Double(rival.column) == (try item.expected("column")))
            #expect(rival.cut == (try item.expected("cut")))
            #expect(Set(rival.predictions).count == 2)
        }
    }

    @Test func `one split of two classes has the largest area of all cuts`() throws {
        for seed in UInt64(1)...20 {
            var chance = SeededGenerator(seed: seed)
            let labels = (0..<120).map { _ in chance.below(3) == 0 }
            let values = labels.map { label -> Double in
                chance.below(8) == 0 ? .nan : Double(chance.below(30) + (label ? 8 : 0))
            }
            let rows = RivalRows(
                columns: [SampleColumn("x", numbers: values)], labels: .binary(labels))
            let rival = try #require(Rival.best(.oneSplit, judged: rows, train: rows, seed: seed))
            func area(_ scores: [Double]) -> Double {
                AreaUnderCurve(scores: scores, isCandidate: labels)?.area ?? 0
            }
            var best = 0.0
            for cut in values where !cut.isNaN {
                for missing in [0.0, 1] {
                    let sides = values.map { $0.isNaN ? missing : $0 > cut ? 1 : 0 }
                    best = max(best, area(sides), 1 - area(sides))
                }
            }
            #expect(abs(area(rival.predictions) - best) < 1e-12, "seed \(seed)")
        }
    }

    @Test func `the best set of categories is the best of all sets`() throws {
        for seed in UInt64(1)...20 {
            var chance = SeededGenerator(seed: seed)
            let codes = (0..<100).map { _ in Int32(chance.below(6)) - 1 }
            let numbers = codes.map { Double(chance.below(10)) + Double(($0 + 1) * 7 % 5) }
            let labels = codes.map { Int32((Int($0) + 1 + chance.below(2)) % 3) }
            let column = SampleColumn("c", categories: codes)
            let sets = (1..<63).map { set in codes.map { set >> Int($0 + 1) & 1 == 1 } }
            let rows = RivalRows(columns: [column], labels: .numbers(numbers))
            let rival = try #require(Rival.best(.oneSplit, judged: rows, train: rows, seed: seed))
            func squares(_ sides: [Bool]) -> Double {
                [true, false].reduce(0.0) { sum, side in
                    let part = numbers.indices.filter { sides[$0] == side }.map { numbers[$0] }
                    let mean = part.reduce(0, +) / Double(max(1, part.count))
                    return sum + part.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
                }
            }
            let high = rival.predictions.max()
            let found = squares(rival.predictions.map { $0 == high })
            #expect(abs(found - (sets.map(squares).min() ?? 0)) < 1e-6, "seed \(seed)")
            let classRows = RivalRows(columns: [column], labels: .classes(labels, count: 3))
            let rule = try #require(
                Rival.best(.oneSplit, judged: classRows, train: classRows, seed: seed))
            func right(_ sides: [Bool]) -> Int {
                [true, false].reduce(0) { sum, side in
                    let part = labels.indices.filter { sides[$0] == side }
                    return sum + (0..<3).map { c in part.count { labels[$0] == c } }.max()!
                }
            }
            let hits = zip(rule.predictions, labels).count { Int32($0) == $1 }
            #expect(hits == sets.map(right).max(), "seed \(seed)")
        }
    }

    @Test func `what is learnt by heart counts for nothing`() throws {
        for kind in RivalKind.allCases {
            var (sum, byHeart) = (0.0, 0.0)
            for seed in UInt64(0)..<30 {
                let chance = CounterStream(seed: seed, stream: 4)
                let labels = (0..<600).map { chance.uniform(UInt64($0)) < 0.3 }
                let codes = (0..<600).map { Int32(chance.uniform(UInt64(1_000 + $0)) * 250) }
                let noise = (0..<600).map { chance.normal(UInt64(3_000 + $0)) }
                let rows = RivalRows(
                    columns: [
                        SampleColumn("code", categories: codes),
                        SampleColumn("noise", numbers: noise),
                    ], labels: .binary(labels))
                let other = try #require(Rival.best(kind, judged: rows, seed: seed))
                let own = try #require(Rival.best(kind, judged: rows, train: rows, seed: seed))
                sum += AreaUnderCurve(scores: other.predictions, isCandidate: labels)?.area ?? 0
                byHeart += AreaUnderCurve(scores: own.predictions, isCandidate: labels)?.area ?? 0
            }
            #expect(abs(sum / 30 - 0.5) < 0.02, "\(kind): \(sum / 30) on average")
            #expect(byHeart / 30 > 0.53, "\(kind): \(byHeart / 30) by heart")
        }
    }

    @Test func `a feature that says nothing is not turned into one that lies`() throws {
        // The rate of the rows that are left out is the lower the higher that of the others is.
        var sum = 0.0
        for seed in UInt64(0)..<150 {
            let chance = CounterStream(seed: seed, stream: 4)
            let labels = (0..<60).map { chance.uniform(UInt64($0)) < 0.5 }
            let noise = (0..<60).map { chance.normal(UInt64(3_000 + $0)) }
            let rows = RivalRows(
                columns: [SampleColumn("noise", numbers: noise)], labels: .binary(labels))
            let rival = try #require(Rival.best(.oneFeature, judged: rows, seed: seed))
            sum += AreaUnderCurve(scores: rival.predictions, isCandidate: labels)?.area ?? 0
        }
        #expect(abs(sum / 150 - 0.5) < 0.025, "\(sum / 150) on average, seeds 0 to 149")
    }

    @Test func `the feature that tells is found, cross-fitted and of training rows`() throws {
        for kind in RivalKind.allCases {
            for seed in UInt64(0)..<6 {
                let chance = CounterStream(seed: seed, stream: 5)
                let values = (0..<800).map { chance.normal(UInt64($0)) + 1e9 }
                let noise = (0..<800).map { chance.normal(UInt64(2_000 + $0)) }
                let numbers = values.map { $0 > 1e9 + 0.5 ? 1e9 + 5 : 1e9 }
                let yes = numbers.map { $0 > 1e9 + 2 }
                let columns = [
                    SampleColumn("noise", numbers: noise), SampleColumn("income", numbers: values),
                    SampleColumn("constant", numbers: noise.map { _ in 3 }),
                ]
                for labels in [
                    RivalLabels.binary(yes), .classes(yes.map { $0 ? 2 : 0 }, count: 3),
                    .numbers(numbers),
                ] {
                    let rows = RivalRows(columns: columns, labels: labels)
                    let rival = try #require(Rival.best(kind, judged: rows, seed: seed))
                    #expect(rival.column == 1, "seed \(seed)")
                    let wrong = rival.predictions.indices.count { row in
                        switch labels {
                        case .binary: (rival.predictions[row] > 0.4) != yes[row]
                        case .classes: (rival.predictions[row] == 2) != yes[row]
                        case .numbers: abs(rival.predictions[row] - numbers[row]) > 1
                        }
                    }
                    #expect(
                        wrong <= (kind == .oneSplit ? 8 : 60), "\(kind), seed \(seed): \(wrong)")
                }
            }
        }
    }

    @Test func `rows of one cluster are never on both sides`() throws {
        // A label for each cluster at random, and a feature that names the cluster.
        var sum = 0.0
        for seed in UInt64(0)..<20 {
            let chance = CounterStream(seed: seed, stream: 6)
            let clusters = (0..<500).map { Int32($0 / 5) }
            let labels = clusters.map { chance.uniform(UInt64($0)) < 0.5 }
            let column = SampleColumn("name", categories: clusters)
            let apart = RivalRows(columns: [column], labels: .binary(labels), clusters: clusters)
            let mixed = RivalRows(columns: [column], labels: .binary(labels))
            let own = Rival.best(.oneFeature, judged: apart, seed: seed)
            let leaked = try #require(Rival.best(.oneFeature, judged: mixed, seed: seed))
            sum +=
                own.map {
                    AreaUnderCurve(scores: $0.predictions, isCandidate: labels)?.area ?? 0.5
                } ?? 0.5
            #expect(
                AreaUnderCurve(scores: leaked.predictions, isCandidate: labels)?.area ?? 0 > 0.95)
        }
        #expect(abs(sum / 20 - 0.5) < 0.03, "\(sum / 20) on average")
    }

    @Test func `without a feature that varies, or labels that do, there is no rival`() {
        let labels = [true, false, true]
        for column in [
            SampleColumn("x", numbers: [1, 1, 1]), SampleColumn("x", numbers: [.nan, .nan, .nan]),
            SampleColumn("x", categories: [-1, -1, -1]),
            SampleColumn("x", categories: [0, 2_000, 1]),
        ] {
            let rows = RivalRows(columns: [column], labels: .binary(labels))
            #expect(Rival.best(.oneSplit, judged: rows, train: rows, seed: 1) == nil)
        }
        for kind in RivalKind.allCases {
            let column = SampleColumn("x", numbers: [1, 2, 3])
            let alike = RivalRows(columns: [column], labels: .binary([true, true, true]))
            #expect(Rival.best(kind, judged: alike, train: alike, seed: 1) == nil)
            let none = RivalRows(
                columns: [SampleColumn("x", numbers: [])], labels: .binary([]))
            #expect(Rival.best(kind, judged: none, seed: 1) == nil)
        }
    }
}
