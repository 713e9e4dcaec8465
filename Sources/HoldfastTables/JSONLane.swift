internal import Glibc
internal import HoldfastFormats

/// Reads pieces of a JSON Lines file into columns.
///
/// Parsing is each lane's own; then the piece waits for its turn, so that columns come up in the
/// order of the file, whichever lane is first.
final class JSONLane: PieceWorker {
    private let path: String
    private let columns: JSONColumns
    private let sink: LaneSink
    private let batch = TypedPiece()
    private var keys = JSONKeys()
    /// The column of each key, as far as they have one.
    private var places: [Int] = []
    /// The values of the piece's rows, and where those of each row end.
    private var values: [(key: Int, value: JSON)] = []
    private var rows: [(end: Int, line: Int)] = []

    init(path: String, columns: JSONColumns, sink: LaneSink) {
        self.path = path
        self.columns = columns
        self.sink = sink
    }

    func work(on piece: RecordPiece, turn: PieceTurn<RecordPiece>) throws(PieceFault) -> Int {
        values.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        var fault: TableError?
        do throws(TableError) { try parse(piece, isFirst: turn.number == 0) } catch {
            fault = error
        }
        // Where a fault lies before it, this piece's is not the one to report.
        guard let before = turn.queue.awaitTurn(turn.number) else {
            throw PieceFault(row: nil, error: ReadingStopped())
        }
        fault = placeColumns() ?? fault
        let (names, readings) = (columns.names, columns.readings)
        turn.queue.passTurn(turn.number, rows: rows.count)
        try deliver(names, readings, piece: turn.number, firstRow: before + 1)
        if let fault { throw PieceFault(row: rows.count, error: fault) }
        return rows.count
    }

    // MARK: - Parsing

    private func parse(_ piece: RecordPiece, isFirst: Bool) throws(TableError) {
        var position = piece.start
        var line = piece.firstLine
        let bytes = UnsafeRawPointer(piece.bytes)
        if isFirst && memcmp(bytes, "\u{FEFF}", 3) == 0 && piece.end >= 3 { position += 3 }
        while position < piece.end {
            // Line feeds stand behind the last byte.
            guard let found = memchr(bytes + position, 0x0A, piece.end + 1 - position) else {
                return
            }
            let end = bytes.distance(to: UnsafeRawPointer(found))
            let text = UnsafeRawBufferPointer(start: bytes + position, count: end - position)
            position = end + 1
            if !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                try parse(text, line: line)
            }
            line += 1
        }
    }

    private func parse(_ text: UnsafeRawBufferPointer, line: Int) throws(TableError) {
        guard text.count <= JSONLinesReader.lineLimit else {
            throw fault(line, "is longer than \(JSONLinesReader.lineLimit) bytes")
        }
        let value: JSON
        do throws(JSONError) { value = try JSON.parse(Array(text)) } catch {
            throw fault(line, "is no JSON: \(error.message), column \(error.column)")
        }
        guard case .object(let object) = value else { throw fault(line, "is \(value.kind)") }
        let start = values.count
        do throws(JSONKeys.Fault) { try keys.flatten(object, into: &values) } catch {
            values.removeSubrange(start...)
            switch error {
            case .twice(let name):
                throw fault(
                    line, "has two values named \"\(name.prefix(200))\"",
                    "a point joins the names of nested objects: rename one of them")
            case .tooMany: throw tooMany(line)
            }
        }
        rows.append((values.count, line))
    }

    private func tooMany(_ line: Int) -> TableError {
        fault(
            line,
            "the table has more than \(CSVReader.columnLimit) columns up to here, or names of more "
                + "than \(CSVReader.recordLimit) bytes",
            "are there values among the keys?")
    }

    private func fault(
        _ line: Int, _ message: String, _ hint: String = "write one JSON object a line"
    ) -> TableError {
        TableError(path: path, row: 0, line: line, message: message, hint: hint)
    }

    // MARK: - Columns

    /// Gives new keys their columns, row by row; drops the rows from the first fault on.
    private func placeColumns() -> TableError? {
        var start = 0
        for (index, row) in rows.enumerated() {
            for (key, _) in values[start..<row.end] {
                // Keys are numbered as they come up: at most the next one is new.
                if key < places.count { continue }
                guard let place = columns.place(keys.names[key]) else {
                    rows.removeSubrange(index...)
                    return tooMany(row.line)
                }
                places.append(place)
            }
            start = row.end
        }
        return nil
    }

    private func deliver(
        _ names: [String], _ readings: [CellReading], piece: Int, firstRow: Int
    ) throws(PieceFault) {
        var before = 0
        while before < rows.count {
            batch.begin(names, readings)
            while before + batch.rows < rows.count && !batch.isFull {
                let row = before + batch.rows
                for (key, value) in values[(row > 0 ? rows[row - 1].end : 0)..<rows[row].end] {
                    put(value, places[key], readings)
                }
                batch.rows += 1
            }
            let first = before
            try sink.deliver(
                batch.store, rows: batch.rows, columns: names, piece: piece, before: first,
                firstRow: firstRow, path: path, line: { self.rows[first + $0].line })
            before += batch.rows
        }
    }

    private func put(_ value: JSON, _ column: Int, _ readings: [CellReading]) {
        let reading = readings[column]
        if reading == .ignored { return }
        switch value {
        case .null: return
        case .bool(let value): batch.put((value ? "true" : "false").utf8, column: column)
        case .integer, .number:
            guard let number = value.double else { return }
            if reading == .asText {
                batch.put(value.text().utf8, column: column)
            } else {
                batch.put(number, column: column)
            }
        case .string(let text): batch.put(text.utf8, column: column)
        case .array, .object: batch.put(value.text().utf8, column: column)
        }
    }
}
