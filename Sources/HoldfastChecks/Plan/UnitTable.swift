internal import HoldfastFormats
package import HoldfastTables

/// Units that are to be dealt, with what is known of them beforehand: a file of real units, in
/// memory, row by row in the file's order.
///
/// Ids are kept by their bytes, as they are dealt; other columns as numbers or as texts. Memory:
/// the bytes of the ids, 8 bytes a cell, and each different text of a column once.
package struct UnitTable: Sendable {
    /// The most rows.
    package static let rowLimit = 5_000_000

    /// What errors call it.
    package let name: String
    /// The rows.
    package let rowCount: Int
    /// Every column of the file, in its order, whether it was read or not.
    package let columnNames: [String]
    /// The unit of each row.
    package let units: IDColumn
    /// The cluster of each row, where there is one.
    package let clusters: IDColumn?
    private let columns: [JudgeColumn]
    private let known: ColumnNames

    /// What is read of a file.
    package struct Plan: Sendable {
        /// The columns of units and of clusters.
        package var unit: String
        package var cluster: String?
        /// The columns whose cells are texts whatever they say.
        package var texts: [String]
        /// The columns that must be there besides the units'.
        package var required: [String]
        /// Whether a column is read.
        package var isWanted: @Sendable (String) -> Bool

        package init(
            unit: String, cluster: String? = nil, texts: [String] = [], required: [String] = [],
            isWanted: @escaping @Sendable (String) -> Bool = { _ in true }
        ) {
            self.unit = unit
            self.cluster = cluster
            self.texts = texts
            self.required = required
            self.isWanted = isWanted
        }

        func isID(_ name: String) -> Bool {
            sameBytes(name, unit) || cluster.map { sameBytes(name, $0) } ?? false
        }
    }

    /// Reads a file. `progress` is called on the caller's thread.
    ///
    /// Throws where a column is not there, where it has no row or more than ``rowLimit``, and what
    /// ``TableReader`` throws of a file that cannot be read.
    package static func read(
        _ input: TableInput, _ plan: Plan, options: TableReadOptions = TableReadOptions(),
        progress: (@Sendable (TableProgress) -> Void)? = nil
    ) throws -> UnitTable {
        var options = options
        let isText: @Sendable (String) -> Bool = { name in
            plan.isID(name) || plan.texts.contains { sameBytes($0, name) }
        }
        options.texts = isText
        options.ignored = { !plan.isID($0) && !plan.isWanted($0) }
        let read = try TableReader.read(
            input.source, options: options, makeLane: { _ in UnitLane(plan) },
            each: { lane, batch in try lane.add(batch) }, progress: progress)
        for name in [plan.unit, plan.cluster].compactMap({ $0 }) + plan.required
        where !read.columns.contains(where: { sameBytes($0, name) }) {
            throw CheckError.noColumn(name, in: input.name, of: read.columns)
        }
        guard read.rows > 0 else { throw CheckError.noRows(input.name) }
        guard read.rows <= rowLimit else {
            throw CheckError(
                "\(input.name) has \(read.rows) rows, at most \(rowLimit) are dealt so often",
                hint: "give a sample of them")
        }
        return UnitTable(input.name, read)
    }

    private init(_ name: String, _ read: TableRead<UnitLane>) {
        let lanes = read.lanes
        self.name = name
        rowCount = read.rows
        columnNames = read.columns
        columns = JudgeLane.joined(
            lanes.map(\.judge), names: read.columns.filter { lanes[0].isColumn($0) })
        known = ColumnNames(columns.map(\.name))
        units = UnitLane.joined(lanes, \.units)
        clusters = lanes[0].hasClusters ? UnitLane.joined(lanes, \.clusters) : nil
    }

    /// The columns that were read, but those of units and clusters.
    package var readNames: [String] { columns.map(\.name) }

    /// What a cell says.
    package enum Cell: Sendable, Equatable {
        case number(Double)
        case text(String)
    }

    /// A cell of a column that was read; `nil` where it has no value.
    package func cell(_ column: String, _ row: Int) -> Cell? {
        guard let place = known.place(of: column) else { return nil }
        let cell = columns[place].cells[row]
        if let code = cell.code { return .text(columns[place].texts[Int(code)]) }
        return cell.isMissing ? nil : .number(cell.number)
    }

    /// A column of some rows: numbers, or categories in their order where it has a text.
    package func feature(_ column: String, of rows: [Int]) -> FeatureColumn? {
        guard let place = known.place(of: column) else { return nil }
        let column = columns[place]
        guard column.hasText else {
            return FeatureColumn(column.name, numbers: rows.map { column.cells[$0].number })
        }
        var codes = JudgeCodes(texts: column.texts)
        let found = rows.map { codes.code(of: column.cells[$0]) }
        let coded = CodedColumn(name: column.name, codes: found, values: codes.names).sorted
        return FeatureColumn(column.name, categories: coded.codes, names: coded.values)
    }

    /// The rows, from 0, whose unit an earlier row has already.
    ///
    /// Two ids are taken for one with a chance of 2⁻⁶⁴.
    package func repeatedRows() -> [Int] {
        var seen: Set<UInt64> = []
        return (0..<rowCount).filter { row in
            units.withBytes(row) { bytes in
                !seen.insert(CellHash.of(bytes.bindMemory(to: UInt8.self))).inserted
            }
        }
    }
}

/// The ids of rows by their bytes, one behind the other.
package struct IDColumn: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    /// The rows.
    package var count: Int { ends.count - 1 }

    /// Calls `body` with the bytes of a row's id: none where it has none.
    @inline(__always)
    package func withBytes<Value, Failure: Error>(
        _ row: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let range = ends[row]..<ends[row + 1]
        return try bytes.withUnsafeBufferPointer { all throws(Failure) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[range])))
        }
    }

    mutating func append(_ id: UnsafeBufferPointer<UInt8>) {
        bytes.append(contentsOf: id)
        ends.append(bytes.count)
    }

    mutating func append(_ other: IDColumn, _ rows: Range<Int>) {
        let (start, end) = (other.ends[rows.lowerBound], other.ends[rows.upperBound])
        let shift = bytes.count - start
        bytes.append(contentsOf: other.bytes[start..<end])
        for row in rows { ends.append(other.ends[row + 1] + shift) }
    }
}

/// What one lane of the reader has of a file of units.
private struct UnitLane: Sendable {
    private(set) var judge: JudgeLane
    private(set) var units = IDColumn()
    private(set) var clusters = IDColumn()
    private let plan: UnitTable.Plan
    private var pieces: [(number: Int, rows: Int)] = []

    init(_ plan: UnitTable.Plan) {
        self.plan = plan
        judge = JudgeLane(time: nil, isWanted: { plan.isWanted($0) && !plan.isID($0) })
    }

    var hasClusters: Bool { plan.cluster != nil }

    func isColumn(_ name: String) -> Bool { plan.isWanted(name) && !plan.isID(name) }

    mutating func add(_ batch: borrowing CellBatch) throws {
        try judge.add(batch)
        add(plan.unit, of: batch, to: \.units)
        if let cluster = plan.cluster { add(cluster, of: batch, to: \.clusters) }
        if pieces.last?.number != batch.piece.number { pieces.append((batch.piece.number, 0)) }
        pieces[pieces.count - 1].rows += batch.rows
    }

    private mutating func add(
        _ name: String, of batch: borrowing CellBatch,
        to path: WritableKeyPath<UnitLane, IDColumn>
    ) {
        let rows = batch.rows
        guard let place = batch.columns.firstIndex(where: { sameBytes($0, name) }) else {
            // Of JSON Lines a key may come late; where it never does, the reading ends with it.
            let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            for _ in 0..<rows { self[keyPath: path].append(none) }
            return
        }
        batch.withColumn(place) { column in
            for row in 0..<rows { self[keyPath: path].append(column.bytes(row)) }
        }
    }

    /// The ids of all lanes in the file's order.
    static func joined(
        _ lanes: [UnitLane], _ path: KeyPath<UnitLane, IDColumn>
    ) -> IDColumn {
        var order: [(piece: Int, lane: Int, rows: Range<Int>)] = []
        for (place, lane) in lanes.enumerated() {
            var start = 0
            for piece in lane.pieces {
                order.append((piece.number, place, start..<(start + piece.rows)))
                start += piece.rows
            }
        }
        var all = IDColumn()
        for part in order.sorted(by: { $0.piece < $1.piece }) {
            all.append(lanes[part.lane][keyPath: path], part.rows)
        }
        return all
    }
}
