import HoldfastTables
import TestSupport

@testable import HoldfastChecks

/// What is kept of a table's rows. Blocks of 2,048 bytes make a batch of each piece.
func collect(
    _ text: String, _ plan: RowPlan = RowPlan(CheckOptions()), lanes: Int = 4,
    blockSize: Int = 2_048, weight: (@Sendable (Int) -> Double)? = nil
) throws -> RowCollector {
    let options = TableReadOptions(
        ignored: { !plan.needs($0) }, texts: { plan.isCategory($0) }, blockSize: blockSize)
    let read = try TableReader.read(
        .bytes(Array(text.utf8), name: "t.csv"), options: options, lanes: lanes,
        makeLane: { RowCollector(plan, lane: $0, lanes: lanes) },
        each: { rows, batch in
            guard let weight else { return rows.add(batch) }
            let before = rows.rows
            let weights = (0..<batch.rows).map { weight(before + $0) }
            weights.withUnsafeBufferPointer { rows.add(batch, weights: $0) }
        })
    var rows = read.lanes[0]
    for lane in read.lanes.dropFirst() { rows.merge(lane) }
    rows.finish()
    return rows
}

/// A table of a header and rows that `row` makes.
func csv(_ header: String, _ rows: Int, _ row: (Int) -> String) -> String {
    var text = header + "\n"
    for index in 0..<rows { text += row(index) + "\n" }
    return text
}

/// What was found across columns, each of which is a category where the samples say so.
func across(
    _ one: String, _ two: String, _ columns: [String],
    roles: (TableRole, TableRole) = (.train, .eval), options: CheckOptions = CheckOptions(),
    plan: RowPlan? = nil
) throws -> AcrossColumns {
    let plan = plan ?? RowPlan(options)
    return AcrossColumns.compare(
        reference: try collect(one, plan), candidate: try collect(two, plan),
        columns: columns.map { ($0, false) }, roles: roles, options: options)
}

extension AcrossColumns {
    /// The finding of a measure.
    func finding(_ measure: Measure) -> Finding? { findings.first { $0.measure == measure } }
}

extension KeptRows {
    /// Every cell that is kept, by column.
    var cells: [String: [CellContent]] {
        var cells: [String: [CellContent]] = [:]
        for column in columns { cells[column.name] = (0..<column.count).map(column.content) }
        return cells
    }

    /// The names of the rows.
    var shownNames: [String] { (0..<count).map(names.text) }
}

extension SeededGenerator {
    /// A number with six digits behind the point, from 0 to 1.
    mutating func decimal() -> Double { Double(below(1_000_001)) / 1_000_000 }
}
