import Glibc
import HoldfastFormats
import TestSupport
import Testing

@testable import HoldfastStatistics

@Suite struct ModelReasonsTests {
    private static func rows(_ item: JSON) throws -> [[Double]] {
        try #require(item["rows"]?.array).map { row in
            try #require(row.array).map { try #require($0.double) }
        }
    }

    private func isNear(_ one: Double, _ other: Double, _ tolerance: Double = 1e-12) -> Bool {
        abs(one - other) <= tolerance * max(1, abs(other))
    }

    @Test func `drops are scikit-learn's for its permutations`() throws {
        for item in try Golden.cases("importance", in: "reasons") {
            let table = try Self.rows(item)
            let coefficients = try item.numbers("coefficients")
            let labels = try item.numbers("labels")
            let weights = item["weights"]?.array == nil ? nil : try item.numbers("weights")
            let donors = try #require(item["donors"]?.array).map { row in
                try #require(row.array).map { Int32(try #require($0.double)) }
            }
            let kind = try #require(item["score"]?.string)
            let score: PermutationImportance.Score =
                switch kind {
                case "area": .area(isPositive: labels.map { $0 == 1 })
                case "accuracy": .accuracy(labels.map { Int32($0) })
                default: .absoluteError(labels)
                }
            let model: ([Double]) -> Double = { x in
                let z = zip(x, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
                return kind == "absolute_error" ? z : kind == "area" ? z : (z >= 0 ? 1 : 0)
            }
            let expected = try #require(item["expected"]?["drops"]?.array)
            for feature in 0..<3 {
                let shuffled = donors.map { donors in
                    table.indices.map { row in
                        var swapped = table[row]
                        swapped[feature] = table[Int(donors[row])][feature]
                        return model(swapped)
                    }
                }
                let found = try #require(
                    PermutationImportance(
                        score, answers: table.map(model), shuffled: shuffled, donors: donors,
                        weights: weights))
                let theirs = try #require(expected[feature].array).map { try #require($0.double) }
                #expect(found.drops.count == theirs.count)
                for (mine, other) in zip(found.drops, theirs) {
                    #expect(isNear(mine, other), "\(kind), \(feature): \(mine), not \(other)")
                }
                if feature == 2 {
                    // It is not read: nothing moves, and nothing may.
                    #expect(found.drop == 0)
                    #expect(try #require(found.standardError) == 0)
                }
            }
        }
    }

    /// y = 2x + e: the error of 2x' is |2(x − x') + e|, that is normal of variance 9 for e of 1.
    @Test func `the interval of a drop covers the one of all rows`() throws {
        let truth = (2 / Double.pi).squareRoot() * (3 - 1)
        var (covered, width) = (0, 0.0)
        for seed in UInt64(1)...200 {
            let chance = CounterStream(seed: seed, stream: 3)
            let x = (0..<UInt64(120)).map { chance.normal($0) }
            let y = x.enumerated().map { 2 * $1 + chance.normal(1_000 + UInt64($0)) }
            let donors = (0..<5).map {
                RandomOrder.permutation(120, seed: seed, stream: UInt64($0))
            }
            let found = try #require(
                PermutationImportance(
                    .absoluteError(y), answers: x.map { 2 * $0 },
                    shuffled: donors.map { $0.map { 2 * x[Int($0)] } }, donors: donors))
            let interval = try #require(found.interval())
            if interval.lower <= truth, truth <= interval.upper { covered += 1 }
            width += (interval.upper - interval.lower) / 200
        }
        #expect((182...199).contains(covered), "\(covered) of 200")
        #expect(width < 0.8, "\(width)")
    }

    /// A score of x alone: shuffled it is chance, and the area it had is lost down to ½.
    @Test func `the interval of a drop of the area covers it too, rows in clusters as well`() throws
    {
        // A positive has x of mean 1, a negative of mean 0: the area is Φ(1/√2).
        let truth = 1 - Normal.upperTail(0.5.squareRoot()) - 0.5
        var covered = (rows: 0, clusters: 0)
        for seed in UInt64(1)...200 {
            let chance = CounterStream(seed: seed, stream: 4)
            let isPositive = (0..<160).map { $0 % 4 == 0 }
            let x = isPositive.enumerated().map { chance.normal(UInt64($0)) + ($1 ? 1 : 0) }
            for copies in [1, 3] {
                let all = (0..<160 * copies).map { $0 % 160 }
                let donors = (0..<4).map {
                    RandomOrder.permutation(all.count, seed: seed, stream: UInt64($0))
                }
                let found = try #require(
                    PermutationImportance(
                        .area(isPositive: all.map { isPositive[$0] }), answers: all.map { x[$0] },
                        shuffled: donors.map { $0.map { x[all[Int($0)]] } }, donors: donors,
                        clusters: copies == 1 ? nil : all.map { Int32($0) }))
                let interval = try #require(found.interval())
                let isIn = interval.lower <= truth && truth <= interval.upper
                if copies == 1, isIn { covered.rows += 1 }
                if copies == 3, isIn { covered.clusters += 1 }
            }
        }
        #expect(covered.rows >= 182 && covered.clusters >= 182, "\(covered)")
    }

    @Test func `what has no score has no importance`() throws {
        func find(_ score: PermutationImportance.Score, _ answers: [Double])
            -> PermutationImportance?
        {
            PermutationImportance(
                score, answers: answers, shuffled: [answers],
                donors: [answers.indices.map { Int32($0) }])
        }
        #expect(find(.absoluteError([]), []) == nil)
        #expect(find(.area(isPositive: [true, true]), [1, 2]) == nil)
        #expect(find(.absoluteError([1]), [.nan]) == nil)
        #expect(find(.absoluteError([1]), [3])?.drop == 0)
        #expect(find(.absoluteError([1]), [3])?.interval() == nil)
        #expect(
            PermutationImportance(.absoluteError([1]), answers: [1], shuffled: [], donors: [])
                == nil)
        let example = try #require(
            PermutationImportance(
                .absoluteError([1, 2, 3]), answers: [1, 2, 3], shuffled: [[2, 1, 3]],
                donors: [[1, 0, 2]]))
        #expect(isNear(example.drop, 2.0 / 3) && example.score == 0)
    }

    @Test func `partial dependence is scikit-learn's by brute force`() throws {
        for item in try Golden.cases("dependence", in: "reasons") {
            let table = try Self.rows(item)
            let b = try item.numbers("coefficients")
            let feature = Int(try item.number("feature"))
            let grid = try item.numbers("grid").map { value in
                try #require(table.firstIndex { $0[feature] == value })
            }
            var rows = SyntheticRows(
                of: (0..<3).map { column in
                    SampleColumn("f\(column)", numbers: table.map { $0[column] })
                })
            let line = PartialDependence(
                of: feature, grid: grid, over: Array(table.indices),
                weights: item["weights"]?.array == nil ? nil : try item.numbers("weights"),
                rows: &rows)
            let picks = (0..<3).map { rows.picks(of: $0, at: 0..<rows.count) }
            let answers = (0..<rows.count).map { place in
                let x = (0..<3).map { table[picks[$0][place]][$0] }
                return 1 / (1 + exp(-(b[0] * x[0] + b[1] * x[1] * x[2] + b[2] * x[2] * x[2])))
            }
            let expected = try #require(item["expected"])
            for (mine, theirs) in zip(line.average(answers), try expected.numbers("average")) {
                #expect(isNear(mine, theirs))
            }
            guard let individual = expected["individual"]?.array else { continue }
            let lines = line.individual(answers, first: 30)
            #expect(lines.count == 30)
            for (mine, theirs) in zip(lines, individual) {
                for (one, other) in zip(mine, try #require(theirs.array)) {
                    #expect(try isNear(one, #require(other.double)))
                }
            }
        }
    }

    @Test func `a grid is of values that there are, in order, numbers by rank and words by count`()
    {
        func grid(_ numbers: [Double], _ most: Int) -> [Double] {
            PartialDependence.grid(of: SampleColumn("x", numbers: numbers), most: most).map {
                numbers[$0]
            }
        }
        #expect(grid([31, 47, .nan, 31], 20) == [31, 47])
        #expect(grid((0..<100).map { Double($0 * 37 % 100) }, 4) == [12, 37, 62, 87])
        #expect(grid([Double](repeating: 1, count: 90) + [2, 3, 4], 2) == [1])
        #expect(grid([.nan], 5) == [] && grid([], 5) == [])
        let words = SampleColumn("c", categories: [2, 0, -1, 2, -1, 2, 1])
        #expect(PartialDependence.grid(of: words, most: 9) == [0, 2, 1, 6])
        #expect(PartialDependence.grid(of: words, most: 2) == [0, 2])
    }

    @Test func `a mean's error is the textbook's, and clusters that repeat rows leave it as it is`()
        throws
    {
        let five = try #require(ClusteredMean([1, 0, 0, 1, 1]))
        #expect(try five.mean == 0.6 && isNear(#require(five.standardError), 0.06.squareRoot()))
        let twice = try #require(
            ClusteredMean(
                [1, 0, 0, 1, 1, 1, 0, 0, 1, 1], clusters: [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]))
        #expect(try isNear(#require(twice.standardError), 0.06.squareRoot()))
        #expect(ClusteredMean([1])?.interval() == nil && ClusteredMean([]) == nil)
        #expect(ClusteredMean([.infinity, 1]) == nil)
        #expect(isNear(StudentT.exceeded(by: 0.025, degreesOfFreedom: 4), 2.776445105, 1e-9))
        let none = [Bool](repeating: false, count: 40)
        #expect(
            ClusteredMean.shareInterval(none) == Proportions.wilson(successes: 0, of: 40))
        #expect(
            ClusteredMean.shareInterval(none, clusters: (0..<40).map { $0 / 4 })
                == Proportions.wilson(successes: 0, of: 10))
        #expect(ClusteredMean.shareInterval([]) == nil)
        let some = (0..<40).map { $0 / 4 % 5 == 0 }
        #expect(
            try #require(ClusteredMean.shareInterval(some, clusters: (0..<40).map { $0 / 4 })).upper
                > (#require(ClusteredMean.shareInterval(some))).upper)
    }
}
