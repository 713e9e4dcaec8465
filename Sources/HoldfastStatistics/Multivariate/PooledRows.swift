/// The rows of both samples, the reference's first, binned and dealt into folds.
struct PooledRows {
    /// The rows as bins; those of category columns are of the fold that is being tested.
    private(set) var rows: BinnedRows
    /// By row: whether it is the candidate's.
    let isCandidate: [Bool]
    /// By row: what it counts for. They add up to the rows of equal weight that tell as much.
    let weights: [Double]
    /// By row: the fold in which it is tested.
    private let fold: [UInt8]
    private let folds: Int
    /// By row: which part of the training rows it is in, whatever the fold.
    private let part: [UInt8]
    /// The columns of categories, all codes of both samples.
    private let categories: [(column: Int, codes: [Int32])]

    /// Rows dealt by a hash of their position in their table: the same position of two tables goes
    /// to the same fold, so that two copies of a row are never on both sides of a fit.
    init(_ reference: SampleColumns, _ candidate: SampleColumns, folds: Int, seed: UInt64) {
        precondition(folds <= 255, "a fold is 8 bits wide")
        let count = reference.rowCount + candidate.rowCount
        let longest = max(reference.rowCount, candidate.rowCount)
        let (dealing, parting) = (
            CounterStream(seed: seed, stream: 0), CounterStream(seed: seed, stream: 1)
        )
        func deal(_ stream: CounterStream, _ parts: Int) -> [UInt8] {
            let hands = (0..<UInt64(longest)).map { UInt8(stream.uniform($0) * Double(parts)) }
            return Array(hands[..<reference.rowCount] + hands[..<candidate.rowCount])
        }
        fold = deal(dealing, folds)
        part = deal(parting, MembershipRates.parts)
        self.folds = folds
        isCandidate =
            [Bool](repeating: false, count: reference.rowCount)
            + [Bool](repeating: true, count: candidate.rowCount)
        weights = Self.weights(reference, candidate)
        rows = BinnedRows(rowCount: count, width: reference.columns.count)
        let picks = BinnedRows.picks(
            rowCount: count, chance: CounterStream(seed: seed, stream: 2))
        var categories: [(column: Int, codes: [Int32])] = []
        for (column, pair) in zip(reference.columns, candidate.columns).enumerated() {
            switch (pair.0.values, pair.1.values) {
            case (.numbers(let one), .numbers(let two)):
                rows.setNumbers(column, one, two, picks: picks)
            case (.categories(let one), .categories(let two)):
                categories.append((column, one + two))
            case (.numbers, .categories), (.categories, .numbers):
                preconditionFailure("both samples have the same columns")
            }
        }
        self.categories = categories
    }

    private static func weights(_ reference: SampleColumns, _ candidate: SampleColumns)
        -> [Double]
    {
        let weights =
            (reference.weights ?? [Double](repeating: 1, count: reference.rowCount))
            + (candidate.weights ?? [Double](repeating: 1, count: candidate.rowCount))
        let sum = weights.reduce(0, +)
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        // So that a fall of the deviance means what it means for rows that count once.
        return weights.map { $0 * sum / squares }
    }

    /// Whether each fold has two rows of either table, and so the rows to learn from.
    var hasRowsInEachFold: Bool {
        var counts = [Int](repeating: 0, count: 2 * folds)
        for row in fold.indices { counts[2 * Int(fold[row]) + (isCandidate[row] ? 1 : 0)] += 1 }
        return counts.allSatisfy { $0 >= 2 }
    }

    /// The rows that a fold's model is fitted to.
    func training(for tested: Int) -> [Int32] {
        (0..<Int32(fold.count)).filter { Int(fold[Int($0)]) != tested }
    }

    /// The rows that are tested in a fold.
    func testing(in tested: Int) -> [Int32] {
        (0..<Int32(fold.count)).filter { Int(fold[Int($0)]) == tested }
    }

    /// Bins the columns of categories by what the training rows of a fold say: all of them, or
    /// those among `columns`.
    mutating func encodeCategories(testing tested: Int, among columns: [Int]? = nil) {
        let categories = categories.filter { columns?.contains($0.column) ?? true }
        guard !categories.isEmpty else { return }
        let part = fold.indices.map { row in
            Int(fold[row]) == tested ? UInt8(MembershipRates.parts) : self.part[row]
        }
        for (column, codes) in categories {
            let rates = MembershipRates(
                codes, part: part, isCandidate: isCandidate, weights: weights)
            rows.setBins(column, largest: rates.largest) { row in
                rates.bin(codes[row], part: part[row])
            }
        }
    }

    /// The area of a model on the rows of a fold, fitted to the others, and its columns' gains.
    func model(testing fold: Int, _ settings: BoostedTrees.Settings) -> (
        area: AreaUnderCurve?, gains: [Double]
    ) {
        let trees = BoostedTrees(
            rows, training: training(for: fold), isCandidate: isCandidate, weights: weights,
            settings: settings)
        let places = testing(in: fold)
        return (area(trees.scores(rows, of: places), of: places), trees.gains)
    }

    /// The area that scores of some rows have.
    private func area(_ scores: [Double], of places: [Int32]) -> AreaUnderCurve? {
        AreaUnderCurve(
            scores: scores, isCandidate: places.map { isCandidate[Int($0)] },
            weights: places.map { weights[Int($0)] })
    }

    /// The mean area of some columns, each alone: a row's score is the candidate's share of its
    /// bin in the training rows, drawn towards that of all by the weight of four rows.
    mutating func areasAlone(_ columns: [Int]) -> [Double?] {
        var sums = [Double?](repeating: 0, count: columns.count)
        for tested in 0..<folds {
            encodeCategories(testing: tested, among: columns)
            let (training, testing) = (training(for: tested), testing(in: tested))
            for (index, column) in columns.enumerated() {
                let scores = shares(of: column, in: training)
                let area = area(
                    testing.map { scores[Int(rows.bin(Int($0), column))] }, of: testing)
                sums[index] = sums[index].flatMap { sum in area.map { sum + $0.area } }
            }
        }
        return sums.map { $0.map { $0 / Double(folds) } }
    }

    private func shares(of column: Int, in training: [Int32]) -> [Double] {
        var all = [Double](repeating: 0, count: BinnedRows.stride)
        var ours = all
        for place in training {
            let (row, bin) = (Int(place), Int(rows.bin(Int(place), column)))
            all[bin] += weights[row]
            if isCandidate[row] { ours[bin] += weights[row] }
        }
        let base = ours.reduce(0, +) / all.reduce(0, +)
        return all.indices.map { (ours[$0] + 4 * base) / (all[$0] + 4) }
    }
}
