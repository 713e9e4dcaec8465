extension TablePass {
    /// How many pieces there are for each lane: one to work on, and one that waits.
    private static let piecesPerLane = 2

    /// Reads a table of whatever kind; gives the names of its columns and the number of its rows.
    func read(_ source: TableSource) throws -> (columns: [String], rows: Int) {
        switch source {
        case .file(let path): try readCSV(ByteSource(path: path), size: nil)
        case .descriptor(let descriptor, let name):
            try readCSV(ByteSource(descriptor: descriptor, path: name), size: nil)
        case .bytes(let bytes, let name):
            try readCSV(ByteSource(bytes: bytes, path: name), size: bytes.count)
        case .rows(_, let body): try readRows(body)
        }
    }

    /// Reads CSV. `end` is called when its last byte was read.
    func readCSV(
        _ source: consuming ByteSource, size: Int?, end: () throws -> Void = {}
    ) throws -> (columns: [String], rows: Int) {
        var cutter = RecordCutter(
            source, blockSize: options.blockSize, limit: CSVReader.recordLimit, hasQuotes: true)
        var columns: [String] = []
        try cutter.readHeader { bytes, isAtEnd in
            guard let (names, next, lines) = try header(bytes, isAtEnd) else { return nil }
            columns = names
            return (next, lines)
        }
        let names = columns
        let readings = names.map { options.reading($0) }
        let pieces = (0..<lanes * TablePass.piecesPerLane).map { _ in
            RecordPiece(capacity: 2 * options.blockSize)
        }
        let rows = try run(
            { CSVLane(path: path, columns: names, readings: readings, sink: $0) }, pieces: pieces
        ) { queue in
            while let piece = queue.take() {
                try Task.checkCancellation()
                guard try cutter.next(piece, end: end) else { return }
                queue.submit(piece)
                progress?(
                    TableProgress(bytes: cutter.total, totalBytes: size, rows: queue.rows))
            }
        }
        return (names, rows)
    }

    /// The header at the start of a file, or `nil` where there is more of it.
    private func header(
        _ bytes: UnsafeRawBufferPointer, _ isAtEnd: Bool
    ) throws(TableError) -> (names: [String], next: Int, lines: Int)? {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if !isAtEnd && bytes.count < mark.count { return nil }
        let start = bytes.starts(with: mark) ? mark.count : 0
        if isAtEnd && start == bytes.count { throw CSVFault.empty(path: path) }
        var parser = CSVRecordParser()
        switch parser.parse(bytes, from: start, isAtEnd: isAtEnd) {
        case .record(let end, let next, let lines):
            guard end - start <= CSVReader.recordLimit else {
                throw CSVFault.tooLong(path: path, row: nil, line: 1)
            }
            return (try parser.names(bytes, path: path, line: 1), next, lines)
        case .needsMore:
            guard bytes.count - start <= CSVReader.recordLimit else {
                throw CSVFault.tooLong(path: path, row: nil, line: 1)
            }
            return nil
        case .fault(let fault, let lines):
            throw TableError(
                path: path, line: 1 + lines, message: fault.message, hint: fault.hint)
        }
    }

    /// Reads rows that are made elsewhere.
    func readRows(
        _ body: (inout RowBatches) throws -> Void
    ) throws -> (columns: [String], rows: Int) {
        var columns: [String] = []
        let rows = try run(
            { TypedLane(path: path, sink: $0) },
            pieces: (0..<lanes * TablePass.piecesPerLane).map { _ in TypedPiece() }
        ) { queue in
            var rows = RowBatches(self, queue)
            try body(&rows)
            try rows.finish()
            columns = rows.columns
        }
        return (columns, rows)
    }
}
