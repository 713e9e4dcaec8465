/// Picked rows of a table to learn from and of one to be scored, the former first: what boosted
/// trees (``BoostedTrees``) are fitted to the first rows of, time and again.
struct LearningPool: Sendable {
    /// The trees of a model.
    static let trees = 40

    /// The label of each row.
    let labels: [Bool]
    /// What each row counts for.
    let weights: [Double]
    /// The rows to learn from.
    let trainCount: Int
    private let columns: [(train: SampleColumn.Values, eval: SampleColumn.Values)]
    private let part: [UInt8]

    /// Trees with the rows as they see them.
    typealias Fitted = (trees: BoostedTrees, rows: BinnedRows)

    /// `trainRows` and `evalRows` are places in the tables, in the order in which rows are taken.
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

    /// The places of the rows that are only scored.
    var evalPlaces: [Int32] { (Int32(trainCount)..<Int32(labels.count)).map { $0 } }

    /// The model fitted to the first rows.
    func fit(_ size: Int, settings: BoostedTrees.Settings) -> Fitted {
        let training = (0..<Int32(size)).map { $0 }
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
            rows, training: training, isCandidate: labels, weights: weights, settings: settings)
        return (trees, rows)
    }
}
