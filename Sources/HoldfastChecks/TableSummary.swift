internal import Dispatch
internal import HoldfastStatistics
internal import HoldfastTables

/// What is known of a table after one pass over it.
package struct TableSummary: Sendable {
    /// Which table it is.
    package let role: TableRole
    /// What errors and reports call it.
    package let name: String
    /// The rows, a header not counted.
    package private(set) var rows = 0
    /// How many columns it has, those that are not compared among them.
    package private(set) var width: Int
    /// The names of all columns, in order.
    let names: ColumnNames
    /// The compared columns, in order.
    package let columns: [ColumnSummary]
    /// The names of ``columns``, in the same places.
    private let compared: ColumnNames
    /// The columns that are not compared but that a schema has rules for, in order.
    let held: [ColumnSummary]
    /// The rows that a weighted table is worth; `nil` without weights.
    package private(set) var effectiveRows: Double?
    /// Its slices, where they were asked for.
    let slices: SliceLane?
    /// What was kept of whole rows, where columns are compared together.
    let collector: RowCollector?

    /// Reads a table once, on several threads. A table without a row is an error: nothing could be
    /// compared.
    init(
        _ input: TableInput, as role: TableRole, plan: ReadPlan,
        progress: (@Sendable (TableProgress) -> Void)? = nil
    ) throws {
        let options = TableReadOptions(
            ignored: { !plan.isRead($0) }, texts: { plan.isCategory($0) },
            duckdb: plan.options.duckdb)
        let lanes = TableReader.usualLanes
        var read = try TableReader.read(
            input.source, options: options, lanes: lanes,
            makeLane: { TableLane(plan, role: role, lane: $0, of: lanes) },
            each: { lane, batch in try lane.add(batch) }, progress: progress)
        guard read.rows > 0 else {
            throw CheckError(
                "\(input.name): has no rows", hint: "check what wrote it; a header is no row")
        }
        TableLane.narrow(&read.lanes)
        // One lane at a time leaves its memory as it goes.
        var whole = read.lanes.removeFirst()
        while !read.lanes.isEmpty { whole.merge(read.lanes.removeFirst()) }
        self.role = role
        name = input.name
        rows = read.rows
        names = ColumnNames(read.columns)
        width = read.columns.count
        effectiveRows = whole.weights.map { $0.effectiveSampleSize ?? 0 }
        if let slices = whole.slices, slices.keys.count > SliceComparison.limit {
            throw CheckError(
                "\(name): column \"\(slices.rule.column)\" \(SliceLane.tooMany)",
                hint: SliceLane.remedy)
        }
        if let slices = whole.slices, slices.rule.seconds != nil, slices.keys.isEmpty {
            throw CheckError(
                "\(name): column \"\(slices.rule.column)\" holds no time in any of its rows",
                hint: "write times as 2026-01-01T00:00:00Z, or slice by the column's values")
        }
        var parts = whole.takeParts(in: read.columns)
        slices = parts.slices
        collector = parts.collector
        if let key = plan.options.key { try collector?.keyed?.checkKey(key, of: name) }
        Self.finish(&parts.columns)
        held = parts.columns.filter { !plan.isCompared($0.name) }
        columns = parts.columns.filter { plan.isCompared($0.name) }
        compared = ColumnNames(columns.map(\.name))
    }

    /// Puts the numbers of each column in order, on all processors.
    private static func finish(_ columns: inout [ColumnSummary]) {
        columns.withUnsafeMutableBufferPointer { buffer in
            // Each turn has a column of its own.
            nonisolated(unsafe) let columns = buffer
            DispatchQueue.concurrentPerform(iterations: columns.count) { columns[$0].finish() }
        }
    }

    /// A table of columns that were summarised elsewhere, each finished and of as many rows.
    ///
    /// `all` are the names of the table's columns where it has more than these; `effectiveRows`
    /// the rows that it is worth, where rows have weights; `collector` what was kept of whole rows.
    package init(
        _ columns: [ColumnSummary], rows: Int, name: String, as role: TableRole,
        all: [String]? = nil, effectiveRows: Double? = nil, collector: RowCollector? = nil
    ) {
        precondition(columns.allSatisfy { $0.rows == rows }, "every column has every row")
        self.columns = columns
        self.rows = rows
        self.name = name
        self.role = role
        names = ColumnNames(all ?? columns.map(\.name))
        compared = ColumnNames(columns.map(\.name))
        self.effectiveRows = effectiveRows
        held = []
        width = names.count
        slices = nil
        self.collector = collector
    }

    /// The column of that name, compared by bytes, or `nil`.
    package func column(_ name: String) -> ColumnSummary? {
        compared.place(of: name).map { columns[$0] }
    }
}
