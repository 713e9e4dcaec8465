internal import Glibc

extension TablePass {
    /// How many pieces there are for each lane: one to work on, and one that waits.
    private static let piecesPerLane = 2

    /// Reads a table of whatever kind; gives the names of its columns and the number of its rows.
    func read(_ source: TableSource) throws -> (columns: [String], rows: Int) {
        switch source {
        case .file(let path):
            if access(path, F_OK) != 0, let table = SQLiteTable.named(path) {
                return try read(table)
            }
            let file = try ByteSource(path: path)
            return try read(file, isFile: true)
        case .descriptor(let descriptor, let name):
            return try read(ByteSource(descriptor: descriptor, path: name), isFile: false)
        case .bytes(let bytes, let name):
            return try read(ByteSource(bytes: bytes, path: name), isFile: false)
        case .rows(_, let body): return try readRows(body)
        }
    }

    /// Reads bytes by what they begin with.
    private func read(
        _ source: consuming ByteSource, isFile: Bool
    ) throws -> (columns: [String], rows: Int) {
        let first = try source.peek(SQLiteTable.magic.count)
        let size = source.size
        if first.starts(with: GzipStream.magic) {
            return try read(try GzipStream(source), size: size)
        }
        let isDatabase = first == SQLiteTable.magic
        if isDatabase || first.starts(with: ParquetTable.magic) {
            guard isFile else {
                throw TableError(
                    path: path,
                    message:
                        "is \(isDatabase ? "an SQLite database" : "Parquet"), not read from a stream",
                    hint: "give the path of a file")
            }
            return try isDatabase
                ? read(SQLiteTable(path: path))
                : read(ParquetTable(program: options.duckdb, path: path))
        }
        return try readText(source, Input(size: size, total: { $0 }, end: {}))
    }

    /// Reads compressed text. What is damaged may first show as a wrong row: then that is said too.
    private func read(_ gzip: GzipStream, size: Int?) throws -> (columns: [String], rows: Int) {
        do {
            return try readText(
                ByteSource(descriptor: gzip.output, path: path),
                Input(size: size, total: { _ in gzip.total }, end: gzip.finish))
        } catch var error as TableError where !gzip.hasFinished {
            if let damage = try gzip.damage() { error.hint = damage }
            throw error
        }
    }

    /// What is known of where text comes from.
    private struct Input {
        /// The size of the file, where it is known.
        var size: Int?
        /// How many bytes of the file were read when so many bytes of text were.
        var total: (Int) -> Int
        /// Called when the last byte was read: throws where the text is not whole.
        var end: () throws -> Void
        /// How columns are read that the options say nothing of.
        var isTyped: (String) -> Bool = { _ in false }
    }

    private func readText(
        _ source: consuming ByteSource, _ input: Input
    ) throws -> (columns: [String], rows: Int) {
        let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
        if [".jsonl", ".ndjson", ".json"].contains(where: name.hasSuffix) {
            return try readJSON(source, input)
        }
        let first = try source.peek(4)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let isJSON =
            first.first == UInt8(ascii: "{")
            || first.starts(with: mark) && first.last == UInt8(ascii: "{")
        return isJSON && !name.hasSuffix(".csv")
            ? try readJSON(source, input) : try readCSV(source, input)
    }

    private func readCSV(
        _ source: consuming ByteSource, _ input: Input
    ) throws -> (columns: [String], rows: Int) {
        var cutter = RecordCutter(
            source, blockSize: options.blockSize, limit: CSVReader.recordLimit, hasQuotes: true,
            end: input.end)
        var columns: [String] = []
        try cutter.readHeader { bytes, isAtEnd in
            guard let (names, next, lines) = try header(bytes, isAtEnd) else { return nil }
            columns = names
            return (next, lines)
        }
        let names = columns
        let readings = names.map { options.reading($0, isTyped: input.isTyped($0)) }
        let rows = try run(
            { CSVLane(path: path, columns: names, readings: readings, sink: $0) }, pieces: pieces
        ) { try cut(&cutter, input, into: $0) }
        return (names, rows)
    }

    private func readJSON(
        _ source: consuming ByteSource, _ input: Input
    ) throws -> (columns: [String], rows: Int) {
        var cutter = RecordCutter(
            source, blockSize: options.blockSize, limit: JSONLinesReader.lineLimit,
            hasQuotes: false,
            end: input.end)
        let columns = JSONColumns { options.reading($0) }
        let rows = try run(
            { JSONLane(path: path, columns: columns, sink: $0) }, pieces: pieces
        ) { try cut(&cutter, input, into: $0) }
        return (columns.names, rows)
    }

    private var pieces: [RecordPiece] {
        (0..<lanes * TablePass.piecesPerLane).map { _ in
            RecordPiece(capacity: 2 * options.blockSize)
        }
    }

    private func cut(
        _ cutter: inout RecordCutter, _ input: Input, into queue: LaneQueue<RecordPiece>
    ) throws {
        while let piece = queue.take() {
            try Task.checkCancellation()
            guard try cutter.next(piece) else { return }
            queue.submit(piece)
            progress?(
                TableProgress(
                    bytes: input.total(cutter.total), totalBytes: input.size, rows: queue.rows))
        }
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

    private func read(_ table: ParquetTable) throws -> (columns: [String], rows: Int) {
        let texts = try table.textColumns()
        let child = try table.stream(texts: texts)
        let typed = Set(texts.map { Array($0.utf8) })
        return try readCSV(
            ByteSource(descriptor: child.output, path: path),
            Input(
                size: nil, total: { $0 }, end: { try table.finish(child) },
                isTyped: { typed.contains(Array($0.utf8)) }))
    }

    private func read(_ table: SQLiteTable) throws -> (columns: [String], rows: Int) {
        try readRows { try table.read(into: &$0, called: path) }
    }

    /// Reads rows that are made elsewhere.
    private func readRows(
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
