import Glibc

/// How wrong a model will be on a row, learnt from its features and its prediction on rows whose
/// loss is known: "direct loss estimation" (NannyML's name for it).
///
///     let predictor = ErrorPredictor(features: [age, income, score], losses: losses, seed: 1)
///     let expected = predictor?.losses(of: [newAge, newIncome, newScore])
///     predictor?.estimate(of: expected ?? [])     // their mean, with its error
///
/// Boosted trees with the logistic loss, whose target may be any number from 0 to 1: a row of loss
/// l counts as l of a yes and 1 − l of a no, so that squared or absolute errors need no other tree
/// (they are divided by the largest, or by their 99.9th percentile, beyond which they are cut). Of
/// ``folds`` models each is fitted without a fold; an ``IsotonicRegression`` of the loss on the
/// held-out answers takes out what they are too high or low on average. A row's loss is the mean
/// over the models.
///
/// It sees a change of the features that goes with more errors, such as more rows of a kind that
/// the model is bad at, which a score that is sure of itself does not show. It is as blind to a new
/// concept as ``ExpectedPerformance``. `nil` with fewer than ``leastRows`` rows.
package struct ErrorPredictor: Sendable {
    /// The models.
    package static let folds = 5
    /// The least rows to learn from: 20 of each fold.
    package static let leastRows = 100
    /// The rows to learn from, at most: beyond, trees of three splits gain nothing.
    package static let rowLimit = 50_000

    private let models: [Model]
    private let rising: IsotonicRegression
    /// What a loss of 1 inside is.
    private let scale: Double

    /// Learns from losses, finite and 0 or more.
    package init?(
        features: [SampleColumn], losses: [Double], weights: [Double]? = nil, trees: Int = 40,
        seed: UInt64
    ) {
        precondition(losses.allSatisfy { $0 >= 0 && $0.isFinite }, "losses are 0 or more")
        guard losses.count >= Self.leastRows, !features.isEmpty else { return nil }
        let chance = CounterStream(seed: seed, stream: 93)
        let keys = losses.indices.map { chance.uniform(UInt64($0)) }
        let rows = NumberOrder.ascending(keys).prefix(Self.rowLimit).map { Int($0) }
        let scale = Self.scale(of: losses)
        self.scale = scale
        let targets = losses.map { min(1, $0 / scale) }
        let counts = weights ?? [Double](repeating: 1, count: losses.count)
        var (models, held): ([Model], (rows: [Int], scores: [Double])) = ([], ([], []))
        for fold in 0..<Self.folds {
            let training = rows.indices.filter { $0 % Self.folds != fold }.map { rows[$0] }
            let testing = rows.indices.filter { $0 % Self.folds == fold }.map { rows[$0] }
            let model = Model(features, training, targets, counts, trees: trees)
            held.rows += testing
            held.scores += model.scores(features, of: testing)
            models.append(model)
        }
        guard
            let rising = IsotonicRegression(
                held.scores, held.rows.map { targets[$0] }, weights: held.rows.map { counts[$0] })
        else { return nil }
        self.models = models
        self.rising = rising
    }

    private static func scale(of losses: [Double]) -> Double {
        let sorted = losses.sorted()
        let largest = sorted[sorted.count - 1]
        if largest <= 1 { return 1 }
        let high = sorted[min(sorted.count - 1, Int(0.999 * Double(sorted.count)))]
        return high > 0 ? high : largest
    }

    /// The answers before calibration, a row each: the mean over the models.
    private func scores(of features: [SampleColumn]) -> [[Double]] {
        let rows = Array(0..<(features.first?.values.count ?? 0))
        return models.map { $0.scores(features, of: rows) }
    }

    /// The expected loss of each row.
    package func losses(of features: [SampleColumn]) -> [Double] {
        let all = scores(of: features)
        return (all.first ?? []).indices.map { row in
            all.reduce(0) { $0 + rising($1[row]) } * scale / Double(all.count)
        }
    }

    /// The mean loss of some rows, with the standard error of the one that labels will show: of the
    /// rows, of each loss around its expectation, and of the rows that calibration was learnt from.
    /// `nil` without a row.
    package func estimate(of features: [SampleColumn], weights: [Double]? = nil)
        -> EstimatedFigure?
    {
        let all = scores(of: features)
        let count = features.first?.values.count ?? 0
        guard count > 0 else { return nil }
        let weights = weights ?? [Double](repeating: 1, count: count)
        let total = weights.reduce(0, +)
        let expected = (0..<count).map { row in
            all.reduce(0) { $0 + rising($1[row]) } / Double(all.count)
        }
        let mean = zip(expected, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
        var variance = 0.0
        for row in 0..<count {
            let noise = all.reduce(0) { $0 + rising.spread(at: $1[row]) } / Double(all.count)
            let apart = expected[row] - mean
            variance += weights[row] * weights[row] * (noise + apart * apart) / (total * total)
        }
        let share = weights.map { $0 / total / Double(all.count) }
        variance += rising.variance(
            ofSum: all.flatMap { _ in share }, at: all.flatMap { $0 })
        return EstimatedFigure(value: mean * scale, standardError: variance.squareRoot() * scale)
    }
}

extension ErrorPredictor {
    /// The trees of one fold.
    private struct Model: Sendable {
        private let encodings: [Encoding]
        private let trees: BoostedTrees?
        private let start: Double

        init(
            _ features: [SampleColumn], _ rows: [Int], _ targets: [Double], _ weights: [Double],
            trees count: Int
        ) {
            let encodings = features.map { Encoding($0, rows, targets, weights) }
            self.encodings = encodings
            // Each row twice: as a yes of so much, and as a no of the rest.
            let twice = rows + rows
            let isError = rows.map { _ in true } + rows.map { _ in false }
            let shares =
                rows.map { weights[$0] * targets[$0] }
                + rows.map { weights[$0] * (1 - targets[$0]) }
            let used = shares.indices.filter { shares[$0] > 0 }.map { Int32($0) }
            let (all, errors) = (
                shares.reduce(0, +), shares.prefix(rows.count).reduce(0, +)
            )
            guard errors > 0, errors < all else {
                (trees, start) = (nil, errors > 0 ? 20 : -20)
                return
            }
            start = log(errors / (all - errors))
            trees = BoostedTrees(
                Self.binned(features, twice, encodings), training: used, isCandidate: isError,
                weights: shares, settings: .plain(trees: count))
        }

        private static func binned(
            _ features: [SampleColumn], _ rows: [Int], _ encodings: [Encoding]
        ) -> BinnedRows {
            var binned = BinnedRows(rowCount: rows.count, width: features.count)
            for (place, (feature, encoding)) in zip(features, encodings).enumerated() {
                let bins = encoding.bins(of: feature, rows)
                binned.setBins(place, largest: encoding.largest) { bins[$0] }
            }
            return binned
        }

        /// The log odds of a row's loss.
        func scores(_ features: [SampleColumn], of rows: [Int]) -> [Double] {
            guard let trees else { return rows.map { _ in start } }
            let binned = Self.binned(features, rows, encodings)
            return trees.scores(binned, of: rows.indices.map { Int32($0) }).map { $0 + start }
        }
    }

    /// What a column looks like to the trees.
    private enum Encoding: Sendable {
        case numbers([Double])
        /// The bin of each code, in the order of the codes' losses; a code not seen has 0, as what
        /// is missing has.
        case categories([UInt8], largest: Int)

        init(
            _ column: SampleColumn, _ rows: [Int], _ targets: [Double], _ weights: [Double]
        ) {
            switch column.values {
            case .numbers(let numbers):
                self = .numbers(
                    BinnedRows.edges(of: rows.map { numbers[$0] }.filter { !$0.isNaN }))
            case .categories(let codes):
                var (sums, masses) = ([Double](), [Double]())
                let size = Int(rows.map { codes[$0] }.max() ?? -1) + 1
                sums = [Double](repeating: 0, count: size)
                masses = sums
                var (sum, mass) = (0.0, 0.0)
                for row in rows where codes[row] >= 0 {
                    sums[Int(codes[row])] += weights[row] * targets[row]
                    masses[Int(codes[row])] += weights[row]
                    sum += weights[row] * targets[row]
                    mass += weights[row]
                }
                // Rare codes are drawn towards the mean by four rows.
                let mean = mass > 0 ? sum / mass : 0
                let seen = masses.indices.filter { masses[$0] > 0 }
                let rates = seen.map { (sums[$0] + 4 * mean) / (masses[$0] + 4) }
                let order = NumberOrder.ascending(rates).map { seen[Int($0)] }
                let largest = min(BinnedRows.binLimit - 1, order.count)
                var bins = [UInt8](repeating: 0, count: size)
                for (rank, code) in order.enumerated() {
                    bins[code] = UInt8(rank * largest / order.count + 1)
                }
                self = .categories(bins, largest: largest)
            }
        }

        var largest: Int {
            switch self {
            case .numbers(let edges): edges.count + 1
            case .categories(_, let largest): largest
            }
        }

        func bins(of column: SampleColumn, _ rows: [Int]) -> [UInt8] {
            switch (self, column.values) {
            case (.numbers(let edges), .numbers(let numbers)):
                let bins = BinnedRows.bins(of: rows.map { numbers[$0] }, edges: edges)
                return zip(rows, bins).map { numbers[$0].isNaN ? 0 : $1 }
            case (.categories(let bins, _), .categories(let codes)):
                return rows.map { row in
                    codes[row] >= 0 && Int(codes[row]) < bins.count ? bins[Int(codes[row])] : 0
                }
            case (.numbers, .categories), (.categories, .numbers):
                preconditionFailure("a column keeps its kind")
            }
        }
    }
}
