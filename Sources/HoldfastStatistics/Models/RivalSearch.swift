/// The rows that rivals are fitted to or held against.
package struct RivalRows: Sendable {
    /// The features, in an order that both kinds of rows share.
    package var columns: [SampleColumn]
    package var labels: RivalLabels
    package var weights: [Double]?
    /// Which rows are not independent, by codes from 0.
    package var clusters: [Int32]?

    package init(
        columns: [SampleColumn], labels: RivalLabels, weights: [Double]? = nil,
        clusters: [Int32]? = nil
    ) {
        self.columns = columns
        self.labels = labels
        self.weights = weights
        self.clusters = clusters
    }
}

extension RivalRows {
    /// Each row's place in an order that follows from what the rows hold, whatever the order in
    /// which they came: the same rows are then dealt into the same folds.
    fileprivate var ranks: [UInt64] {
        var hashes = [UInt64](repeating: 0, count: labels.count)
        func mix(_ row: Int, _ bits: UInt64) {
            hashes[row] = SplitMix64.mix(hashes[row] &+ SplitMix64.gamma ^ bits)
        }
        for column in columns {
            switch column.values {
            case .numbers(let numbers):
                for row in numbers.indices { mix(row, (numbers[row] + 0).bitPattern) }
            case .categories(let codes):
                for row in codes.indices { mix(row, UInt64(bitPattern: Int64(codes[row]))) }
            }
        }
        switch labels {
        case .binary(let labels):
            for row in labels.indices { mix(row, labels[row] ? 1 : 0) }
        case .classes(let codes, _):
            for row in codes.indices { mix(row, UInt64(bitPattern: Int64(codes[row]))) }
        case .numbers(let numbers):
            for row in numbers.indices { mix(row, (numbers[row] + 0).bitPattern) }
        }
        var ranks = [UInt64](repeating: 0, count: hashes.count)
        let order = hashes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
        for (rank, row) in order.enumerated() { ranks[row] = UInt64(rank) }
        return ranks
    }
}

/// The best simple rival of a model, and what it says of the rows that the model is judged on.
///
/// A model of many features that is no better than one cut through one of them has learnt nothing
/// that was worth it (R. C. Holte, "Very simple classification rules perform well on most commonly
/// used datasets", 1993). No row is predicted by a rival that was fitted to it or to its cluster:
/// the rival comes from rows of training, or from four fifths of the rows each time, dealt by hash.
/// The feature too is chosen without the row, by cross-validation among the others, so that what
/// a feature of many values has learnt by heart counts for nothing (M. Stone, "Cross-validatory
/// choice and assessment of statistical predictions", 1974).
package struct Rival: Sendable, Equatable {
    /// The place of the feature that is the best over all rows that rivals are fitted to.
    package let column: Int
    /// Of one split: numbers at most this are on one side; `nil` for categories, and of a feature.
    package let cut: Double?
    /// Of one split of categories: the codes on the side of the higher output.
    package let categories: [Int32]
    /// Whether the side at most ``cut`` has the higher output.
    package let isHighBelow: Bool
    /// By judged row: a score, a class or a number.
    package let predictions: [Double]

    static let foldCount = 5
    /// The bins of numbers in a model of one feature.
    static let featureBins = 20

    /// The best rival of a kind for some rows; `nil` where no feature varies, or labels do not.
    package static func best(
        _ kind: RivalKind, judged: RivalRows, train: RivalRows? = nil, seed: UInt64
    ) -> Rival? {
        guard case .numbers(let labels) = (train ?? judged).labels, !labels.isEmpty else {
            return RivalSearch(kind: kind, judged: judged, train: train, seed: seed).best()
        }
        // About their mean, as squares of numbers far from 0 lose the digits that tell.
        let mean = labels.reduce(0.0) { $0 + $1 / Double(labels.count) }
        let found = RivalSearch(
            kind: kind, judged: judged.shifted(by: -mean), train: train?.shifted(by: -mean),
            seed: seed
        ).best()
        return found.map {
            Rival(
                column: $0.column, cut: $0.cut, categories: $0.categories,
                isHighBelow: $0.isHighBelow, predictions: $0.predictions.map { $0 + mean })
        }
    }
}

extension RivalRows {
    fileprivate func shifted(by distance: Double) -> RivalRows {
        guard case .numbers(let labels) = labels else { return self }
        var shifted = self
        shifted.labels = .numbers(labels.map { $0 + distance })
        return shifted
    }
}

/// The search for one kind of rival.
private struct RivalSearch {
    let kind: RivalKind
    let judged: RivalRows
    let isTrained: Bool
    /// The rows that rivals are fitted to, and the fold of each.
    let rows: RivalRows
    let folds: [UInt8]

    init(kind: RivalKind, judged: RivalRows, train: RivalRows?, seed: UInt64) {
        self.kind = kind
        self.judged = judged
        isTrained = train != nil
        let rows = train ?? judged
        self.rows = rows
        let start = SplitMix64.mix(seed &+ SplitMix64.gamma)
        let ranks = rows.clusters == nil ? rows.ranks : []
        folds = (0..<rows.labels.count).map { row in
            let key = rows.clusters.map { UInt64($0[row]) } ?? ranks[row]
            let hash = SplitMix64.mix(start &+ (key &+ 1) &* SplitMix64.gamma)
            return UInt8((hash >> 32) % UInt64(Rival.foldCount))
        }
    }

    private func bins(_ column: Int) -> RivalColumn? {
        let limit = kind == .oneSplit ? RivalColumn.binLimit : Rival.featureBins
        return RivalColumn(rows.columns[column], limit: limit)
    }

    private func tables(_ bins: RivalColumn) -> [RivalTable] {
        rows.labels.tables(
            bins, folds: folds, foldCount: Rival.foldCount, weights: rows.weights)
    }

    private func quality(_ rest: RivalTable, _ held: RivalTable) -> Double? {
        RivalFit(kind, rest.less(held), rows.labels)?.quality(held, rows.labels)
    }

    func best() -> Rival? {
        // The best feature over all, and without each fold.
        var champions = [(column: Int, quality: Double)?](
            repeating: nil, count: Rival.foldCount + 1)
        func offer(_ column: Int, _ qualities: [Double], to place: Int) {
            guard !qualities.isEmpty else { return }
            let mean = qualities.reduce(0, +) / Double(qualities.count)
            if mean > champions[place]?.quality ?? -.infinity { champions[place] = (column, mean) }
        }
        for column in rows.columns.indices {
            guard let bins = bins(column) else { continue }
            let parts = tables(bins)
            let all = parts.dropFirst().reduce(parts[0]) { $0.plus($1) }
            offer(column, parts.compactMap { quality(all, $0) }, to: Rival.foldCount)
            if isTrained { continue }
            for left in parts.indices {
                let rest = all.less(parts[left])
                let others = parts.indices.filter { $0 != left }
                offer(column, others.compactMap { quality(rest, parts[$0]) }, to: left)
            }
        }
        guard let winner = champions[Rival.foldCount], let bins = bins(winner.column) else {
            return nil
        }
        let parts = tables(bins)
        let all = parts.dropFirst().reduce(parts[0]) { $0.plus($1) }
        guard let fit = RivalFit(kind, all, rows.labels) else { return nil }
        let predictions =
            isTrained
            ? outputs(fit, bins, without: nil, for: bins.place(judged.columns[winner.column]))
            : crossFitted(champions, otherwise: winner.column)
        return named(fit, bins, column: winner.column, predictions)
    }

    /// Each fold by the best feature of the others.
    private func crossFitted(
        _ champions: [(column: Int, quality: Double)?], otherwise column: Int
    ) -> [Double] {
        var predictions = [Double](repeating: 0, count: folds.count)
        for fold in 0..<Rival.foldCount {
            guard let bins = bins(champions[fold]?.column ?? column) else { continue }
            let parts = tables(bins)
            let rest = parts.indices.filter { $0 != fold }.dropFirst()
                .reduce(parts[fold == 0 ? 1 : 0]) { $0.plus(parts[$1]) }
            guard let fit = RivalFit(kind, rest, rows.labels) else { continue }
            let values = outputs(fit, bins, without: UInt8(fold), for: bins.bins)
            for row in folds.indices where folds[row] == fold { predictions[row] = values[row] }
        }
        return predictions
    }

    /// What a fit says of rows by their bins. A number is told by medians, which are best for the
    /// absolute error that models are held against it by; those of bins are drawn to that of all.
    private func outputs(
        _ fit: RivalFit, _ bins: RivalColumn, without fold: UInt8?, for places: [Int32]
    ) -> [Double] {
        guard case .numbers(let labels) = rows.labels else {
            return places.map { fit.outputs[Int($0)] }
        }
        let kept = folds.indices.filter { folds[$0] != fold }
        let order = NumberOrder.ascending(kept.map { labels[$0] }).map { kept[Int($0)] }
        var sides = Array(0..<bins.binCount)
        if kind == .oneSplit {
            let high = fit.outputs.max()
            sides = fit.outputs.map { $0 == high ? 1 : 0 }
        }
        var groups = [[Int]](repeating: [], count: bins.binCount + 1)
        for row in order { groups[sides[Int(bins.bins[row])]].append(row) }
        let median = WeightedMedian.value(ofRows: order, labels, rows.weights) ?? 0
        let own = groups.map { group -> Double in
            guard let middle = WeightedMedian.value(ofRows: group, labels, rows.weights) else {
                return median
            }
            if kind == .oneSplit { return middle }
            let mass = group.reduce(0.0) { $0 + (rows.weights?[$1] ?? 1) }
            return median + (middle - median) * mass / (mass + RivalFit.strength)
        }
        return places.map { own[sides[Int($0)]] }
    }

    private func named(
        _ fit: RivalFit, _ bins: RivalColumn, column: Int, _ predictions: [Double]
    ) -> Rival {
        let outputs = fit.outputs
        let high = outputs.max() ?? 0
        var cut: Double?
        var categories: [Int32] = []
        if kind == .oneSplit {
            if bins.isOrdered {
                // The first change among the bins with a value; none where missing is one side.
                let change = (1..<outputs.count).dropFirst().first { outputs[$0] != outputs[1] }
                cut = change.map { bins.edges[$0 - 2] }
            } else {
                categories = (1..<outputs.count).filter { outputs[$0] == high }
                    .map { Int32($0 - 1) }
            }
        }
        return Rival(
            column: column, cut: cut, categories: categories,
            isHighBelow: outputs.count > 1 && outputs[1] == high, predictions: predictions)
    }
}
