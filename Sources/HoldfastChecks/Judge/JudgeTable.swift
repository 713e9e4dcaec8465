internal import HoldfastFormats
internal import HoldfastStatistics
internal import HoldfastTables

/// The columns of a table that a judgement needs, in memory, row by row in the table's order.
///
/// Memory: 8 bytes a cell, and each different text of a column once.
struct JudgeTable: Sendable {
    /// What errors and reports call it.
    var name: String
    var rowCount: Int
    /// Every column of the table, in its order, whether its cells were read or not.
    var columnNames: [String]
    /// Those that were read.
    let columns: [JudgeColumn]
    private let readNames: ColumnNames

    /// The most rows: what is judged is one table in memory.
    static let rowLimit = 50_000_000
    /// The most different texts of one column.
    static let textLimit = 1_000_000

    /// A column by its name.
    func column(_ name: String) -> JudgeColumn? {
        readNames.place(of: name).map { columns[$0] }
    }

    /// Reads the columns for which `isWanted` says yes. `time` names the one that holds times;
    /// cells of those for which `isID` says yes differ wherever their bytes do: "7" is not "7.0".
    static func read(
        _ input: TableInput, options: TableReadOptions, time: String?,
        isID: @escaping @Sendable (String) -> Bool = { _ in false },
        isWanted: @escaping @Sendable (String) -> Bool,
        progress: (@Sendable (TableProgress) -> Void)? = nil
    ) throws -> JudgeTable {
        var options = options
        options.ignored = { !isWanted($0) }
        let read = try TableReader.read(
            input.source, options: options,
            makeLane: { _ in JudgeLane(time: time, isID: isID, isWanted: isWanted) },
            each: { lane, batch in try lane.add(batch) }, progress: progress)
        guard read.rows <= rowLimit else {
            throw CheckError(
                "\(input.name) has \(read.rows) rows, at most \(rowLimit) are judged",
                hint: "judge a sample of them")
        }
        let columns = JudgeLane.joined(read.lanes, names: read.columns.filter(isWanted))
        return JudgeTable(
            name: input.name, rowCount: read.rows, columnNames: read.columns, columns: columns,
            readNames: ColumnNames(columns.map(\.name)))
    }
}

/// A column in memory.
struct JudgeColumn: Sendable {
    var name: String
    var cells: [JudgeCell]
    /// The different texts, by their codes.
    var texts: [String]

    /// Whether some cell is a text.
    var hasText: Bool { !texts.isEmpty }

    /// A cell as people write it, or `nil` for a missing one.
    func text(_ row: Int) -> String? { cells[row].text(texts) }
}

/// A cell in 64 bits: a number, a text by its code, or nothing.
///
/// A text is a NaN that no arithmetic makes, its code in the bits that a NaN has to spare.
struct JudgeCell: Sendable, Equatable {
    var bits: UInt64

    private static let mark: UInt64 = 0xFFFC_0000_0000_0000

    static let missing = JudgeCell(bits: Double.nan.bitPattern)

    init(bits: UInt64) { self.bits = bits }

    init(_ number: Double) { bits = number.isNaN ? Self.missing.bits : number.bitPattern }

    init(code: Int32) { bits = Self.mark | UInt64(UInt32(bitPattern: code)) }

    /// The code of a text, or `nil` for what is none.
    @inline(__always)
    var code: Int32? {
        bits & Self.mark == Self.mark ? Int32(truncatingIfNeeded: bits & 0xFFFF_FFFF) : nil
    }

    /// A number, infinite ones among them, or NaN.
    @inline(__always)
    var number: Double { Double(bitPattern: bits) }

    var isMissing: Bool { self == Self.missing }

    func text(_ texts: [String]) -> String? {
        if let code { return texts[Int(code)] }
        return isMissing ? nil : CellValue.text(of: number)
    }
}

/// What one lane of the reader has of a table.
struct JudgeLane: Sendable {
    private let time: String?
    private let isID: @Sendable (String) -> Bool
    private let isWanted: @Sendable (String) -> Bool
    private var names: [String] = []
    /// For each of the table's columns, its place in ``columns``.
    private var places: [Int?] = []
    private var columns: [LaneColumn] = []
    private var rows = 0
    /// The pieces of the table in the order of this lane, and their rows.
    private var pieces: [(number: Int, rows: Int)] = []

    init(
        time: String?, isID: @escaping @Sendable (String) -> Bool = { _ in false },
        isWanted: @escaping @Sendable (String) -> Bool
    ) {
        self.time = time
        self.isID = isID
        self.isWanted = isWanted
    }

    mutating func add(_ batch: borrowing CellBatch) throws {
        for name in batch.columns.dropFirst(names.count) {
            names.append(name)
            guard isWanted(name) else {
                places.append(nil)
                continue
            }
            places.append(columns.count)
            let isTime = time.map { sameBytes($0, name) } ?? false
            columns.append(
                LaneColumn(name: name, rows: rows, isTime: isTime, isID: isID(name)))
        }
        for (index, place) in places.enumerated() {
            guard let place else { continue }
            try batch.withColumn(index) { column in
                if let row = columns[place].firstUnclear(column) {
                    throw CellFault(
                        row: row, column: index,
                        message:
                            "is an id of 2^53 or more, which a double cannot tell from the next",
                        hint: "write the column as text")
                }
                if let row = columns[place].append(column) {
                    throw CellFault(
                        row: row, column: index,
                        message: "is text number \(JudgeTable.textLimit + 1) of its column",
                        hint: columns[place].isID
                            ? "write ids as whole numbers below 2^53, of which there may be more"
                            : "a column of names is no feature: leave it out by --ignore")
                }
            }
        }
        if pieces.last?.number != batch.piece.number { pieces.append((batch.piece.number, 0)) }
        pieces[pieces.count - 1].rows += batch.rows
        rows += batch.rows
    }

    /// The columns of all lanes in the table's order.
    static func joined(_ lanes: [JudgeLane], names: [String]) -> [JudgeColumn] {
        var order: [(piece: Int, lane: Int, start: Int, rows: Int)] = []
        for (place, lane) in lanes.enumerated() {
            var start = 0
            for piece in lane.pieces {
                order.append((piece.number, place, start, piece.rows))
                start += piece.rows
            }
        }
        let pieces = order.sorted { $0.piece < $1.piece }
        let count = pieces.reduce(0) { $0 + $1.rows }
        let known = lanes.map { lane in ColumnNames(lane.columns.map(\.name)) }
        return concurrently(names) { name in
            let parts = zip(lanes, known).map { lane, known in
                known.place(of: name).map { lane.columns[$0] }
            }
            return LaneColumn.joined(parts, order: pieces, name: name, count: count)
        }
    }
}

/// A column as one lane has it.
private struct LaneColumn: Sendable {
    let name: String
    private let isTime: Bool
    /// Whether cells are told apart by their bytes.
    let isID: Bool
    private var cells: [JudgeCell]
    private var texts: [String] = []
    private var codes: [UInt64: Int32] = [:]

    init(name: String, rows: Int, isTime: Bool, isID: Bool) {
        self.name = name
        self.isTime = isTime
        self.isID = isID
        cells = Array(repeating: .missing, count: rows)
    }

    /// Takes a batch's cells, or answers the row whose text is one too many.
    mutating func append(_ column: CellColumn) -> Int? {
        var last: (hash: UInt64, code: Int32)?
        for row in column.kinds.indices {
            if isTime {
                let moment = CellTime.microseconds(column, row)
                // Exact for a microsecond within 285 years of 1970.
                cells.append(moment.map { JudgeCell(Double($0)) } ?? .missing)
                continue
            }
            var kind = column.kinds[row]
            if isID, kind != .missing, kind != .notANumber, kind != .emptyText,
                !LaneColumn.isPlain(column, row)
            {
                kind = .text
            }
            switch kind {
            case .number: cells.append(JudgeCell(column.numbers[row]))
            case .positiveInfinity: cells.append(JudgeCell(.infinity))
            case .negativeInfinity: cells.append(JudgeCell(-.infinity))
            case .missing, .notANumber, .emptyText: cells.append(.missing)
            case .text:
                let bytes = column.bytes(row)
                let hash = CellHash.of(bytes)
                if let last, last.hash == hash {
                    cells.append(JudgeCell(code: last.code))
                    continue
                }
                guard let code = code(hash, bytes) else { return row }
                last = (hash, code)
                cells.append(JudgeCell(code: code))
            }
        }
        return nil
    }

    /// The first row of an id that came as a double, and too large for one.
    func firstUnclear(_ column: CellColumn) -> Int? {
        guard isID else { return nil }
        return column.kinds.indices.first { row in
            column.kinds[row] == .number && !column.isWritten(row)
                && abs(column.numbers[row]) >= 0x1p53
        }
    }

    /// Whether a cell is a whole number as this program writes it, so that no other text is the
    /// same number.
    private static func isPlain(_ column: CellColumn, _ row: Int) -> Bool {
        guard column.kinds[row] == .number else { return false }
        let number = column.numbers[row]
        guard abs(number) < 0x1p53, number == number.rounded() else { return false }
        return "\(Int64(number))".utf8.elementsEqual(column.bytes(row))
    }

    private mutating func code(_ hash: UInt64, _ bytes: UnsafeBufferPointer<UInt8>) -> Int32? {
        if let known = codes[hash] { return known }
        guard texts.count < JudgeTable.textLimit else { return nil }
        let code = Int32(texts.count)
        codes[hash] = code
        texts.append(String(decoding: bytes, as: UTF8.self))
        return code
    }

    /// The parts of the lanes in the table's order; a lane without the column lacks its values.
    /// Texts have codes in the order in which the table has them.
    static func joined(
        _ parts: [LaneColumn?], order: [(piece: Int, lane: Int, start: Int, rows: Int)],
        name: String, count: Int
    ) -> JudgeColumn {
        var column = JudgeColumn(name: name, cells: [], texts: [])
        column.cells.reserveCapacity(count)
        var codes: [UInt64: Int32] = [:]
        var known = parts.map { [Int32](repeating: -1, count: $0?.texts.count ?? 0) }
        for (_, lane, start, rows) in order {
            guard let part = parts[lane] else {
                column.cells.append(contentsOf: repeatElement(.missing, count: rows))
                continue
            }
            let own = part.cells[start..<start + rows]
            guard !part.texts.isEmpty else {
                column.cells.append(contentsOf: own)
                continue
            }
            for cell in own {
                guard let code = cell.code else {
                    column.cells.append(cell)
                    continue
                }
                if known[lane][Int(code)] < 0 {
                    let text = part.texts[Int(code)]
                    let new = codes[CellHash.of(text)] ?? Int32(column.texts.count)
                    if Int(new) == column.texts.count {
                        codes[CellHash.of(text)] = new
                        column.texts.append(text)
                    }
                    known[lane][Int(code)] = new
                }
                column.cells.append(JudgeCell(code: known[lane][Int(code)]))
            }
        }
        return column
    }
}
