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
        let pool = Pool(
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

    /// The picked rows of both tables, train's first.
    private struct Pool {
        var columns: [(train: SampleColumn.Values, eval: SampleColumn.Values)]
        var labels: [Bool]
        var weights: [Double]
        var trainCount: Int
        var part: [UInt8]

        init(
            _ train: SampleColumns, _ trainLabels: [Bool], _ trainRows: [Int],
            _ eval: SampleColumns, _ evalLabels: [Bool], _ evalRows: [Int],
            parting: CounterStream
        ) {
            columns = zip(train.columns, eval.columns).map {
                ($0.picking(trainRows).values, $1.picking(evalRows).values)
            }
            labels = trainRows.map { trainLabels[$0] } + evalRows.map { evalLabels[$0] }
            weights =
                trainRows.map { train.weights?[$0] ?? 1 } + evalRows.map { eval.weights?[$0] ?? 1 }
            trainCount = trainRows.count
            part = labels.indices.map {
                UInt8(parting.uniform(UInt64($0)) * Double(MembershipRates.parts))
            }
        }

        /// The model fitted to the first rows of train.
        func point(_ size: Int, level: Double) -> Point? {
            let training = (0..<Int32(size)).map { $0 }
            let yes = training.count { labels[Int($0)] }
            guard yes > 1, size - yes > 1 else { return nil }
            let trees = fit(training)
            guard let ours = area(trees, training, level: level),
                let theirs = area(
                    trees, (Int32(trainCount)..<Int32(labels.count)).map { $0 }, level: level)
            else { return nil }
            return Point(rows: size, train: ours, eval: theirs)
        }

        private func fit(_ training: [Int32]) -> (trees: BoostedTrees, rows: BinnedRows) {
            var rows = BinnedRows(rowCount: labels.count, width: columns.count)
            // Bins of the training rows alone: what a smaller set would have known.
            let step = max(1, training.count / 1_024)
            let picks = stride(from: 0, to: training.count, by: step).map { $0 }
            let last = UInt8(MembershipRates.parts)
            let part = self.part.indices.map { $0 < training.count ? self.part[$0] : last }
            // So that a leaf means what it means for rows that count once.
            let sum = training.reduce(0) { $0 + self.weights[Int($1)] }
            let squares = training.reduce(0) {
                $0 + self.weights[Int($1)] * self.weights[Int($1)]
            }
            let weights = self.weights.map { $0 * sum / squares }
            for (column, values) in columns.enumerated() {
                switch values {
                case (.numbers(let one), .numbers(let two)):
                    rows.setNumbers(column, one, two, picks: picks)
                case (.categories(let one), .categories(let two)):
                    let codes = one + two
                    let rates = MembershipRates(
                        codes, part: part, isCandidate: labels, weights: weights)
                    rows.setBins(column, largest: rates.largest) {
                        rates.bin(codes[$0], part: part[$0])
                    }
                case (.numbers, .categories), (.categories, .numbers):
                    preconditionFailure("both tables have the same columns")
                }
            }
            let trees = BoostedTrees(
                rows, training: training, isCandidate: labels, weights: weights,
                settings: .plain(trees: 40))
            return (trees, rows)
        }

        private func area(
            _ model: (trees: BoostedTrees, rows: BinnedRows), _ places: [Int32], level: Double
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
}
