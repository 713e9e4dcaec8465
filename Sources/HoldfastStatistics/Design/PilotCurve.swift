import Glibc

/// How good a model becomes when it is fitted to more and more rows of a pilot.
///
/// Rows are dealt to folds, each label evenly. For each fold and each draw the other folds' rows
/// are put into an order by chance, a model is fitted to the first of them, of each size, and
/// scores the fold's rows, which it never saw. Every prefix of the order has the pilot's share of
/// positives, to one row. A fold's score at a size is the mean over its draws: twice as many at
/// half the rows, where scores vary more and cost less.
///
/// The models are Holdfast's own: boosted trees (``BoostedTrees``), forty of depth 3, and a
/// logistic regression with a ridge of 1 on standardised features. They stand in for the one that
/// will be retrained, which may need more rows or fewer.
package struct PilotCurve: Sendable, Equatable {
    /// A model that stands in.
    package enum Model: String, Sendable, Equatable, CaseIterable {
        case trees
        case logistic
    }

    /// How a pilot is used.
    package struct Settings: Sendable {
        /// The folds, 3 to 50: as many curves.
        package var folds: Int
        /// The orders by chance for each fold at the largest size.
        package var draws: Int
        /// What all chance follows from.
        package var seed: UInt64

        package init(folds: Int = 10, draws: Int = 2, seed: UInt64 = 0) {
            precondition(folds > 1 && draws > 0, "a pilot is dealt to folds, and drawn from")
            self.folds = folds
            self.draws = draws
            self.seed = seed
        }
    }

    /// The rows of a pilot that are used, at most.
    package static let rowLimit = 20_000
    /// The rows of the smallest size, at least, and those of the rarer label.
    package static let fewestRows = 50
    package static let fewestOfLabel = 10
    /// The most times the draws of the largest size that a smaller one has.
    package static let drawFactor = 16
    /// The sizes, at most and at least.
    package static let sizeLimit = 8
    package static let sizesNeeded = 4

    package let model: Model
    /// The sizes.
    package let rows: [Double]
    /// The curve of each fold.
    package let folds: [[Double]]

    /// The points of the curve.
    package var points: LearningPoints { LearningPoints(rows: rows, folds: folds) }

    /// The features that have two values: others cost time, and teach nothing.
    package static func varying(_ features: [SampleColumn]) -> [SampleColumn] {
        features.filter { !$0.isConstant }
    }

    /// The curves of a pilot by one score, one a model; of a model that could not be fitted at
    /// four sizes or more there is none. Fitted are the features that are ``varying(_:)``. `each`
    /// is called before each fold with its number.
    ///
    /// Throws ``PilotFault``, or what `each` throws.
    package static func measure(
        _ features: [SampleColumn], labels: [Bool], score: LearningScore,
        models: [Model] = Model.allCases, settings: Settings, each: (Int) throws -> Void = { _ in }
    ) throws -> [PilotCurve] {
        guard !features.isEmpty else { throw PilotFault.noFeatures }
        precondition(
            features.allSatisfy { $0.values.count == labels.count }, "a label for each row")
        let varying = varying(features)
        guard !varying.isEmpty else { throw PilotFault.constantFeatures(features.count) }
        let sample = SampleColumns(varying)
        let used = RandomOrder.sample(
            labels.count, most: rowLimit, seed: settings.seed, stream: Stream.rows)
        let dealt = try PilotFolds(used, labels: labels, settings: settings)
        let sizes = try sizes(dealt, rows: labels.count)
        var curves = models.map { _ in [[Double?]]() }
        for fold in 0..<settings.folds {
            try each(fold)
            // By model and size, the scores of its draws.
            var scores = models.map { _ in sizes.map { _ in [Double?]() } }
            for draw in 0..<settings.draws * drawFactor {
                let drawn = sizes.indices.filter { size in
                    draw < settings.draws * min(drawFactor, dealt.trainCount / sizes[size])
                }
                guard let largest = drawn.last else { break }
                let order = dealt.order(without: fold, draw: draw).prefix(sizes[largest])
                let run = PilotRun(
                    sample, labels, train: Array(order), eval: dealt.rows(of: fold), score: score,
                    parting: CounterStream(
                        seed: settings.seed, stream: Stream.parting(fold, draw)))
                for (place, model) in models.enumerated() {
                    for size in drawn {
                        scores[place][size].append(run.score(model, rows: sizes[size]))
                    }
                }
            }
            for place in models.indices { curves[place].append(scores[place].map(mean)) }
        }
        return zip(models, curves).compactMap { PilotCurve($0, sizes, $1) }
    }

    /// The sizes of which every fold has a score.
    private init?(_ model: Model, _ sizes: [Int], _ folds: [[Double?]]) {
        let whole = sizes.indices.filter { size in folds.allSatisfy { $0[size] != nil } }
        guard whole.count >= Self.sizesNeeded else { return nil }
        self.model = model
        rows = whole.map { Double(sizes[$0]) }
        self.folds = folds.map { fold in whole.compactMap { fold[$0] } }
    }

    private static func mean(_ scores: [Double?]) -> Double? {
        let known = scores.compactMap { $0 }
        return known.count == scores.count ? known.reduce(0, +) / Double(known.count) : nil
    }

    /// The sizes, each half of the next, or 1/√2 of it where that gives too few.
    private static func sizes(_ dealt: PilotFolds, rows: Int) throws -> [Int] {
        let rarest = min(dealt.positiveShare, 1 - dealt.positiveShare)
        let least = max(fewestRows, Int((Double(fewestOfLabel) / rarest).rounded(.up)))
        let most = dealt.trainCount
        for (step, enough) in [(2.0, sizesNeeded + 1), (2.0.squareRoot(), sizesNeeded)] {
            var sizes: [Int] = []
            var size = Double(most)
            while Int(size) >= least, sizes.count < sizeLimit {
                sizes.append(Int(size))
                size /= step
            }
            if sizes.count >= enough { return sizes.reversed() }
        }
        let needed = Double(least) * pow(2, Double(sizesNeeded - 1) / 2) * Double(dealt.count)
        throw PilotFault.tooFewRows(
            rows: rows, needed: Int((needed / Double(most) * 1.02).rounded(.up)))
    }

    /// The streams of a seed; each draw of a fold has one more.
    enum Stream {
        static let rows: UInt64 = 0
        static let positives: UInt64 = 1
        static let negatives: UInt64 = 2
        static func order(_ fold: Int, _ draw: Int) -> UInt64 {
            10 + UInt64(draw) * 1_000 + UInt64(fold)
        }
        /// Of each draw another, so that the noise of encoded categories is seen as such.
        static func parting(_ fold: Int, _ draw: Int) -> UInt64 {
            10_000_000 + order(fold, draw)
        }
    }
}

/// The rows of a pilot dealt to folds, each label evenly.
struct PilotFolds {
    private let positives: [[Int]]
    private let negatives: [[Int]]
    private let seed: UInt64
    /// The rows.
    let count: Int
    let positiveShare: Double

    init(_ rows: [Int], labels: [Bool], settings: PilotCurve.Settings) throws {
        let (ours, theirs) = (rows.filter { labels[$0] }, rows.filter { !labels[$0] })
        for (one, other, isPositive) in [(ours, theirs, true), (theirs, ours, false)] {
            if other.isEmpty {
                throw PilotFault.oneClass(rows: one.count, isPositive: isPositive)
            }
        }
        for (some, isPositive) in [(ours, true), (theirs, false)]
        where some.count < 2 * settings.folds {
            throw PilotFault.tooFewOfLabel(
                count: some.count, isPositive: isPositive, folds: settings.folds)
        }
        seed = settings.seed
        count = rows.count
        positiveShare = Double(ours.count) / Double(rows.count)
        positives = Self.deal(ours, settings, PilotCurve.Stream.positives)
        negatives = Self.deal(theirs, settings, PilotCurve.Stream.negatives)
    }

    private static func deal(
        _ rows: [Int], _ settings: PilotCurve.Settings, _ stream: UInt64
    ) -> [[Int]] {
        let order = RandomOrder.permutation(rows.count, seed: settings.seed, stream: stream)
        var folds = [[Int]](repeating: [], count: settings.folds)
        for (index, place) in order.enumerated() {
            folds[index % settings.folds].append(rows[Int(place)])
        }
        return folds
    }

    /// The rows of a fold.
    func rows(of fold: Int) -> [Int] { positives[fold] + negatives[fold] }

    /// The rows outside a fold, of the largest fold.
    var trainCount: Int {
        count - (positives.indices.map { positives[$0].count + negatives[$0].count }.max() ?? 0)
    }

    /// The rows outside a fold in an order by chance in which positives are evenly apart.
    func order(without fold: Int, draw: Int) -> [Int] {
        let ours = positives.enumerated().filter { $0.offset != fold }.flatMap(\.element)
        let theirs = negatives.enumerated().filter { $0.offset != fold }.flatMap(\.element)
        let stream = PilotCurve.Stream.order(fold, draw)
        let order = RandomOrder.permutation(
            ours.count + theirs.count, seed: seed, stream: stream)
        // The order of each label is that in which its places come in the order of all.
        let picked = order.map { Int($0) }
        var oursLeft = picked.filter { $0 < ours.count }.map { ours[$0] }[...]
        var theirsLeft = picked.filter { $0 >= ours.count }.map { theirs[$0 - ours.count] }[...]
        var rows: [Int] = []
        rows.reserveCapacity(picked.count)
        for place in picked.indices {
            // So many positives are due among the first rows.
            let due = (Double(place + 1) * Double(ours.count) / Double(picked.count)).rounded()
            let had = ours.count - oursLeft.count
            if Double(had) < due, let next = oursLeft.popFirst() {
                rows.append(next)
            } else if let next = theirsLeft.popFirst() {
                rows.append(next)
            } else if let next = oursLeft.popFirst() {
                rows.append(next)
            }
        }
        return rows
    }
}
