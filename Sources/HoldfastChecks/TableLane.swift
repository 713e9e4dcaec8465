internal import HoldfastFormats
internal import HoldfastStatistics
internal import HoldfastTables

/// What one lane of the reader has seen of a table.
struct TableLane: Sendable {
    private let plan: ReadPlan
    private let isSliced: Bool
    /// The names of all columns so far.
    private var names = ColumnNames([])
    /// A summary of each compared column, in the places of ``names``.
    private(set) var columns: [ColumnSummary?] = []
    /// The names of the columns that are compared, in the same places.
    private var compared: [String?] = []
    private(set) var rows = 0
    /// Of the rows' weights; `nil` where the table has none.
    private(set) var weights: WeightSummary?
    /// What all rows weigh.
    private var mass: CountedMass {
        CountedMass(sum: weights?.sum ?? 0, squares: weights?.sumOfSquares ?? 0)
    }
    private(set) var slices: SliceLane?
    /// What is kept of whole rows, where columns are compared together.
    private(set) var collector: RowCollector?
    private var weightPlace: Int?
    /// The pieces of the table and their rows here, where a schema's misfits are to be located.
    private var pieces: [(number: Int, rows: Int)] = []

    /// Lane number `lane` of so many.
    init(_ plan: ReadPlan, role: TableRole, lane: Int, of lanes: Int) {
        self.plan = plan
        collector = plan.rowPlan(of: role).map { RowCollector($0, lane: lane, lanes: lanes) }
        let rule = plan.options.slices
        isSliced = rule != nil && (role != .train || rule?.seconds == nil)
    }

    mutating func add(_ batch: borrowing CellBatch) throws {
        if batch.columns.count > names.count { meet(batch.columns) }
        let weights = try rowWeights(batch)
        try weights.withUnsafeBufferPointer { weights in
            let weights = self.weights == nil ? nil : weights
            for index in columns.indices where columns[index] != nil {
                batch.withColumn(index) { columns[index]?.add($0, weights: weights) }
            }
            if plan.hasSchema { watch(batch) }
            try slices?.add(batch, compared, weights: weights)
            collector?.add(batch, weights: weights)
        }
        rows += batch.rows
    }

    /// Looks for what the schema asks beside.
    private mutating func watch(_ batch: borrowing CellBatch) {
        if pieces.last?.number != batch.piece.number { pieces.append((batch.piece.number, 0)) }
        pieces[pieces.count - 1].rows += batch.rows
        let piece = batch.piece
        for index in columns.indices where columns[index]?.watch != nil {
            let texts = columns[index]?.cells[.text] ?? 0
            batch.withColumn(index) { columns[index]?.watch?.add($0, of: piece, texts: texts) }
        }
    }

    /// Takes up columns that were not there before: in rows so far they are missing.
    private mutating func meet(_ all: [String]) {
        let limit = plan.byteLimit(columns: all.count, lanes: TableReader.usualLanes)
        for name in all.dropFirst(names.count) {
            let place = names.count
            names.append(name)
            if let weight = plan.options.weight, sameBytes(weight, name), rows == 0 {
                weightPlace = place
                weights = WeightSummary()
            }
            var column: ColumnSummary?
            compared.append(plan.isCompared(name) ? name : nil)
            if plan.isSummarised(name) {
                column = plan.summary(of: name, byteLimit: limit)
                if rows > 0 { column?.addMissing(rows, mass: weights == nil ? nil : mass) }
            }
            columns.append(column)
        }
        guard isSliced, let rule = plan.options.slices else { return }
        if slices == nil {
            slices = SliceLane(rule, byteLimit: limit, isNumber: { [plan] in plan.isNumber($0) })
        }
        slices?.meet(all, rows: rows)
    }

    /// The rows' weights, empty where there are none.
    private mutating func rowWeights(_ batch: borrowing CellBatch) throws -> [Double] {
        guard let place = weightPlace else { return [] }
        let all = try batch.withColumn(place) { column in
            try column.kinds.indices.map { row in
                guard column.kinds[row] == .number, column.numbers[row] >= 0 else {
                    throw CellFault(
                        row: row, column: place, message: "is no weight: a number of 0 or more",
                        hint: "mend the row, or leave --weight out")
                }
                return column.numbers[row]
            }
        }
        for weight in all where weight > 0 { weights?.add(weight) }
        return all
    }

    /// Drops what the whole table of these lanes will not keep.
    static func narrow(_ lanes: inout [TableLane]) {
        var collectors = lanes.compactMap(\.collector)
        guard collectors.count == lanes.count else { return }
        for index in lanes.indices { lanes[index].collector = nil }
        RowCollector.narrow(&collectors)
        for index in lanes.indices { lanes[index].collector = collectors[index] }
    }

    /// Adds what another lane has seen of the same table.
    mutating func merge(_ other: consuming TableLane) {
        guard other.rows > 0 else { return }
        var theirs = other.columns
        meet(names.all + other.names.all.filter { !names.contain($0) })
        for index in columns.indices {
            guard columns[index] != nil else { continue }
            if let place = other.names.place(of: names.all[index]), let column = theirs[place] {
                theirs[place] = nil
                columns[index]?.merge(column)
            } else {
                columns[index]?.addMissing(other.rows, mass: weights == nil ? nil : other.mass)
            }
        }
        if let more = other.weights {
            if weights == nil { weights = WeightSummary() }
            weights?.merge(more)
        }
        if let more = other.collector {
            if collector == nil { collector = more } else { collector?.merge(more) }
        }
        if let more = other.slices { slices?.merge(more, names: names.all) }
        pieces += other.pieces
        rows += other.rows
    }

    /// Says in which row of the table each misfit stands, now that all rows are counted.
    private mutating func locate() {
        var starts: [Int: Int] = [:]
        var before = 0
        for piece in pieces.sorted(by: { $0.number < $1.number }) {
            starts[piece.number] = before
            before += piece.rows
        }
        for index in columns.indices { columns[index]?.watch?.locate(starts) }
    }

    /// Gives what it holds away, so that nothing is held twice: the summaries in the order of the
    /// table's columns, which lanes may have met in another.
    mutating func takeParts(in order: [String]) -> (
        columns: [ColumnSummary], slices: SliceLane?, collector: RowCollector?
    ) {
        slices?.finish()
        collector?.finish()
        locate()
        defer { (columns, slices, collector) = ([], nil, nil) }
        let ordered = order.compactMap { name in
            names.place(of: name).flatMap { columns[$0] }
        }
        return (ordered, slices, collector)
    }
}
