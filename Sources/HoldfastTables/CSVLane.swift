internal import Glibc

/// Reads pieces of a CSV file into columns: the grammar of ``CSVRecordParser``, many records at
/// once.
final class CSVLane: PieceWorker {
    private let path: String
    private let columns: [String]
    private let store = CellStore()
    private let sink: LaneSink
    /// The row that is being read, in the batch; and the rows of the piece before the batch.
    private var row = 0
    private var before = 0

    init(path: String, columns: [String], readings: [CellReading], sink: LaneSink) {
        self.path = path
        self.columns = columns
        self.sink = sink
        store.prepare(readings)
    }

    /// A fault of the grammar, at a place in the piece.
    private struct Fault: Error {
        enum Kind {
            case grammar(CSVRecordParser.Fault)
            case width(Int)
            case tooLong
        }

        var kind: Kind
        var place: Int

        init(_ fault: CSVRecordParser.Fault, _ place: Int) {
            kind = .grammar(fault)
            self.place = place
        }

        init(_ kind: Kind, _ place: Int) {
            self.kind = kind
            self.place = place
        }
    }

    func work(on piece: RecordPiece, turn: PieceTurn<RecordPiece>) throws(PieceFault) -> Int {
        store.text = piece.bytes
        (row, before) = (0, 0)
        var position = piece.start
        while position < piece.end {
            do throws(Fault) {
                position = try readRecords(piece, from: position)
            } catch {
                // The rows before it may hold what is a fault to who takes them.
                try deliver(piece, turn)
                throw PieceFault(row: before, error: tableError(error, piece))
            }
            try deliver(piece, turn)
        }
        return before
    }

    private func deliver(
        _ piece: RecordPiece, _ turn: PieceTurn<RecordPiece>
    ) throws(PieceFault) {
        guard row > 0 else { return }
        store.type(rows: row)
        try sink.deliver(
            store, rows: row, columns: columns, piece: turn.number, before: before,
            firstRow: turn.firstRow, path: path,
            line: { piece.firstLine + piece.lines(before: self.store.start(of: $0)) })
        before += row
        row = 0
    }

    private func tableError(_ fault: Fault, _ piece: RecordPiece) -> TableError {
        let line = piece.firstLine + piece.lines(before: fault.place)
        switch fault.kind {
        case .width(let found):
            return CSVFault.wrongWidth(found, of: columns.count, path: path, row: 0, line: line)
        case .tooLong: return CSVFault.tooLong(path: path, row: 0, line: line)
        case .grammar(let fault):
            return TableError(
                path: path, row: 0, line: line, message: fault.message, hint: fault.hint)
        }
    }

    // MARK: - Records

    /// Reads records until the store is full or the piece ends; gives the place behind them.
    private func readRecords(_ piece: RecordPiece, from start: Int) throws(Fault) -> Int {
        guard let cells = store.places.baseAddress else { return start }
        let bytes = UnsafePointer(piece.bytes)
        let (end, stride, width) = (piece.end, store.stride, columns.count)
        let capacity = store.rowCapacity
        var position = start
        var marks = MarkScanner(bytes, at: start)
        var row = 0
        defer { self.row = row }
        while position < end && row < capacity {
            let record = position
            var fields = 0
            var cell = cells + row
            var fieldStart = position
            fields: while true {
                var mark = marks.next()
                var place: CellPlace
                if bytes[mark] == UInt8(ascii: "\"") {
                    guard mark == fieldStart else { throw Fault(.loneQuote, mark) }
                    (place, mark) = try quoted(piece, fieldStart, of: record)
                    marks.move(to: mark + 1)
                } else {
                    // Spaces and what else is below a comma and means nothing.
                    while !MarkScanner.endsField(bytes[mark]) {
                        if bytes[mark] == UInt8(ascii: "\"") { throw Fault(.loneQuote, mark) }
                        mark = marks.next()
                    }
                    place = CellPlace(start: fieldStart, count: mark - fieldStart, flags: 0)
                }
                if fields < width {
                    cell.pointee = place
                    cell += stride
                }
                fields += 1
                if bytes[mark] == UInt8(ascii: ",") {
                    if fields >= CSVReader.columnLimit { throw Fault(.tooManyColumns, mark) }
                    fieldStart = mark + 1
                    continue
                }
                var next = mark + 1
                if bytes[mark] == UInt8(ascii: "\r") {
                    // Behind the file's last byte a line feed stands too, which is none of it.
                    guard bytes[next] == UInt8(ascii: "\n") else {
                        throw Fault(place.isQuoted ? .textAfterQuote : .loneReturn, mark)
                    }
                    next += 1
                    _ = marks.next()
                }
                position = next
                if mark - record > CSVReader.recordLimit { throw Fault(.tooLong, record) }
                break fields
            }
            if fields == width {
                row += 1
            } else if !isBlank(bytes[record]) {
                throw Fault(.width(fields), record)
            }
        }
        return position
    }

    /// Whether a record is nothing at all, by its first byte: no row where there are columns.
    private func isBlank(_ first: UInt8) -> Bool {
        first == UInt8(ascii: "\n") || first == UInt8(ascii: "\r")
    }

    /// A quoted field that begins at `start`, and where what follows its closing quote is.
    private func quoted(
        _ piece: RecordPiece, _ start: Int, of record: Int
    ) throws(Fault) -> (place: CellPlace, behind: Int) {
        let bytes = piece.bytes
        var flags = CellPlace.quoted
        var position = start + 1
        while true {
            let rest = piece.end - position
            guard rest > 0, let found = memchr(bytes + position, 0x22, rest) else {
                throw piece.end - record > CSVReader.recordLimit
                    ? Fault(.tooLong, record) : Fault(.openQuote, piece.end)
            }
            let quote = UnsafeMutableRawPointer(bytes).distance(to: found)
            if quote + 1 < piece.end && bytes[quote + 1] == 0x22 {
                flags |= CellPlace.doubled
                position = quote + 2
                continue
            }
            // Behind the file's last byte there are line feeds.
            guard MarkScanner.endsField(bytes[quote + 1]) else {
                throw Fault(.textAfterQuote, quote)
            }
            return (CellPlace(start: start + 1, count: quote - start - 1, flags: flags), quote + 1)
        }
    }
}

/// Finds bytes that may mean something in CSV: none is greater than a comma.
///
/// Eight bytes at a time: a byte is greater than 0x2C where its top bit is set, or where adding
/// 0x53 to its other bits sets that one. Line feeds must stand behind the last byte, a word of
/// them.
private struct MarkScanner {
    private let bytes: UnsafeRawPointer
    private var offset: Int
    private var marks: UInt64

    @inline(__always)
    init(_ bytes: UnsafePointer<UInt8>, at offset: Int) {
        self.bytes = UnsafeRawPointer(bytes)
        self.offset = offset
        marks = MarkScanner.marks(self.bytes, offset)
    }

    /// The place of the next mark.
    @inline(__always)
    mutating func next() -> Int {
        while marks == 0 {
            offset &+= 8
            marks = MarkScanner.marks(bytes, offset)
        }
        let place = offset &+ marks.trailingZeroBitCount &>> 3
        marks &= marks &- 1
        return place
    }

    /// Goes on at a place.
    @inline(__always)
    mutating func move(to place: Int) {
        offset = place
        marks = MarkScanner.marks(bytes, place)
    }

    @inline(__always)
    private static func marks(_ bytes: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        let word = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let greater = (low &+ 0x5353_5353_5353_5353) | word
        return ~greater & 0x8080_8080_8080_8080
    }

    /// Whether a byte is a comma or ends a line.
    @inline(__always)
    static func endsField(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
