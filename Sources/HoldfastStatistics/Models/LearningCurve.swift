import Glibc

/// How well a model of Holdfast's own tells a label, fitted to more and more rows: whether more
/// rows would still help.
///
/// The model is one of boosted trees (``BoostedTrees``), forty of depth 3, on the features as they
/// are. It is fitted to the first 1/2ᵏ of the rows in a random order of the seed, so that a smaller
/// set is a part of each larger one, and scores rows that it never saw. It tells nothing of the
/// curve of another model, which may need more rows or fewer: only what these rows hold at least.
package struct LearningCurve: Sendable, Equatable {
    /// The model fitted to some of the rows.
    package struct Point: Sendable, Equatable {
        /// The rows that it was fitted to.
        package let rows: Int
        /// The area on those rows.
        package let train: FigureEstimate
        /// The area on the rows that it never saw.
        package let eval: FigureEstimate
    }

    /// The rows of either table that are used, at most.
    package static let rowLimit = 20_000
    /// The sizes, at most: each is half of the next.
    package static let sizeLimit = 8
    /// The rows of the smallest size, at least.
    package static let fewestRows = 50

    /// The points from the fewest rows to the most.
    package let points: [Point]

    /// `nil` where no size has two rows of either label, in train and in eval.
    package init?(
        train: SampleColumns, trainLabels: [Bool], eval: SampleColumns, evalLabels: [Bool],
        level: Double = 0.95, seed: UInt64
    ) {
        precondition(train.isAlike(eval), "both tables have the same columns")
        precondition(train.rowCount == trainLabels.count, "a label for each row of train")
        precondition(eval.rowCount == evalLabels.count, "a label for each row of eval")
        let trainRows = Self.picks(train.rowCount, CounterStream(seed: seed, stream: 0))
        let evalRows = Self.picks(eval.rowCount, CounterStream(seed: seed, stream: 1))
        let pool = LearningPool(
            train, trainLabels, trainRows, eval, evalLabels, evalRows,
            parting: CounterStream(seed: seed, stream: 2))
        var sizes: [Int] = []
        var size = trainRows.count
        while size >= Self.fewestRows, sizes.count < Self.sizeLimit {
            sizes.append(size)
            size /= 2
        }
        points = sizes.reversed().compactMap { pool.point($0, level: level) }
        if points.isEmpty { return nil }
    }

    /// Rows in a random order, the first of them.
    private static func picks(_ count: Int, _ chance: CounterStream) -> [Int] {
        let order = NumberOrder.ascending((0..<UInt64(count)).map { chance.uniform($0) })
        return order.prefix(rowLimit).map { Int($0) }
    }
}

extension LearningPool {
    /// The area of the model fitted to the first rows of train, on them and on eval.
    func point(_ size: Int, level: Double) -> LearningCurve.Point? {
        let training = (0..<Int32(size)).map { $0 }
        let yes = training.count { labels[Int($0)] }
        guard yes > 1, size - yes > 1 else { return nil }
        let trees = fit(size, settings: .plain(trees: LearningPool.trees))
        guard let ours = area(trees, training, level: level),
            let theirs = area(trees, evalPlaces, level: level)
        else { return nil }
        return LearningCurve.Point(rows: size, train: ours, eval: theirs)
    }

    private func area(
        _ model: Fitted, _ places: [Int32], level: Double
    ) -> FigureEstimate? {
        let area = AreaUnderCurve(
            scores: model.trees.scores(model.rows, of: places),
            isCandidate: places.map { labels[Int($0)] },
            weights: places.map { weights[Int($0)] })
        return area.map {
            FigureEstimate(
                $0.area, standardError: $0.variance > 0 ? $0.variance.squareRoot() : nil,
                interval: $0.interval(level: level))
        }
    }
}
