/// Rows of a CSV file, one by one, in bounded memory.
///
///     var reader = try CSVReader(path: "train.csv")
///     reader.columns                       // ["unit", "income"]
///     while try reader.next() {
///         try reader.text(0)               // "customer-1"
///         reader.bytes(1)                  // the bytes of "52000", without its quotes
///     }
///
/// RFC 4180 (Y. Shafranovich, 2005): fields parted by commas, quoted by `"` where they hold a
/// comma, a quote or a line break, a quote within doubled. LF and CRLF both end a record, a UTF-8
/// byte order mark is passed over, the last line need not end. A record of the wrong width, a
/// lone quote, text behind a closing quote and a quote never closed are errors with their place.
///
/// A field keeps whether it was quoted, because `""` is an empty text and nothing at all is a
/// missing value. A blank line is a row with a missing value where there is one column, and is
/// passed over where there are more. ``record`` is the record as it came, for copying unchanged.
///
/// It guesses nothing: not the separator, not the encoding, no types.
package struct CSVReader: ~Copyable {
    /// The longest record, in bytes: 1 MiB. A quote never closed would otherwise fill memory.
    package static let recordLimit = 1 << 20
    /// The most columns.
    package static let columnLimit = 10_000

    /// The names of the header, in order, all different.
    package private(set) var columns: [String] = []
    /// The header as it came, without byte order mark and line ending.
    package private(set) var headerRecord: [UInt8] = []
    /// The row that was read last, from 1; 0 before the first.
    package private(set) var row = 0
    /// The line on which that row begins, from 1.
    package private(set) var line = 0
    /// The file as its user named it.
    package var path: String { source.path }

    private var source: ByteSource
    private var buffer = ByteBuffer()
    private var recordRange: Range<Int> = 0..<0
    private var position = 0
    private var nextLine = 1
    private var isAtEnd = false
    private var parser = CSVRecordParser()
    private var failure: TableError?

    /// Reads a file, which is closed with the reader; errors may call it by another name.
    package init(path: String, called name: String? = nil) throws(TableError) {
        try self.init(source: ByteSource(path: path, called: name))
    }

    /// Reads a descriptor, standard input say, which stays open; `path` is its name in errors.
    package init(descriptor: Int32, path: String) throws(TableError) {
        try self.init(source: ByteSource(descriptor: descriptor, path: path))
    }

    /// Reads bytes; `path` is their name in errors.
    package init(bytes: [UInt8], path: String) throws(TableError) {
        try self.init(source: ByteSource(bytes: bytes, path: path))
    }

    private init(source: consuming ByteSource) throws(TableError) {
        self.source = source
        try readHeader()
    }

    /// Goes to the next row; false after the last.
    ///
    /// After a row of the wrong width (`canContinue`) the next call goes on behind it; after any
    /// other fault each call throws that fault again, because no later row can be trusted.
    package mutating func next() throws(TableError) -> Bool {
        if let failure { throw failure }
        do throws(TableError) {
            repeat {
                guard try readRecord() else { return false }
            } while columns.count > 1 && recordRange.isEmpty
        } catch {
            failure = error
            throw error
        }
        row += 1
        if parser.fields.count != columns.count { throw wrongWidth() }
        return true
    }

    /// The bytes of a field, its quotes taken off and doubled quotes made one.
    package func bytes(_ index: Int) -> ArraySlice<UInt8> {
        let field = parser.fields[index]
        return field.isUnescaped ? parser.unescaped[field.range] : buffer.storage[field.range]
    }

    /// Calls `body` with the bytes of a field; faster than ``bytes(_:)`` as nothing is retained.
    @inlinable @inline(__always)
    package func withBytes<Value, Failure: Error>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let (storage, range) = place(index)
        return try storage.withUnsafeBufferPointer { bytes throws(Failure) in
            try body(UnsafeBufferPointer(rebasing: bytes[range]))
        }
    }

    /// How many bytes a field has, its quotes taken off.
    package func byteCount(_ index: Int) -> Int { parser.fields[index].range.count }

    @usableFromInline
    func place(_ index: Int) -> (storage: [UInt8], range: Range<Int>) {
        let field = parser.fields[index]
        return (field.isUnescaped ? parser.unescaped : buffer.storage, field.range)
    }

    /// The text of a field. Bytes that are no UTF-8 are an error.
    package func text(_ index: Int) throws(TableError) -> String {
        guard let text = String(validating: bytes(index), as: UTF8.self) else {
            throw TableError(
                path: path, row: row, line: line, column: columns[index],
                message: "is not UTF-8", hint: "convert the file, say with iconv", canContinue: true
            )
        }
        return text
    }

    /// Whether a field was quoted: `""` is an empty text, where nothing is a missing value.
    package func isQuoted(_ index: Int) -> Bool { parser.fields[index].isQuoted }

    /// Whether nothing at all stands in a field.
    package func isMissing(_ index: Int) -> Bool {
        let field = parser.fields[index]
        return field.range.isEmpty && !field.isQuoted
    }

    /// The row's record as it came, quotes and all, without its line ending.
    package var record: ArraySlice<UInt8> { buffer.storage[recordRange] }

    /// Writes the row's record as it came, and behind it up to `limit` bytes that `body` puts
    /// there; it says how many.
    package func copyRecord(
        to output: inout FileWriter, then limit: Int,
        _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(TableError) {
        let count = recordRange.count
        try output.write(upTo: count + limit) { room in
            buffer.withBytes {
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[recordRange]))
            }
            return count + body(UnsafeMutableRawBufferPointer(rebasing: room[count...]))
        }
    }

    /// The place of a column, or `nil` where the header has none of that name, compared by bytes.
    package func index(of column: String) -> Int? {
        columns.firstIndex { $0.utf8.elementsEqual(column.utf8) }
    }
}

extension CSVReader {
    private mutating func readHeader() throws(TableError) {
        try fill()
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if buffer.storage[..<buffer.count].starts(with: mark) { position = mark.count }
        guard try readRecord() else {
            throw CSVFault.empty(path: path)
        }
        headerRecord = Array(record)
        columns = try buffer.withBytes { bytes throws(TableError) in
            try parser.names(bytes, path: path, line: line)
        }
    }

    private func wrongWidth() -> TableError {
        CSVFault.wrongWidth(
            parser.fields.count, of: columns.count, path: path, row: row, line: line)
    }

    /// Reads the next record, of whatever width; false at the end of the file.
    private mutating func readRecord() throws(TableError) -> Bool {
        if position == buffer.count { try fill() }
        guard position < buffer.count else { return false }
        line = nextLine
        while true {
            let outcome = buffer.withBytes { parser.parse($0, from: position, isAtEnd: isAtEnd) }
            switch outcome {
            case .record(let end, let next, let lines):
                guard end - position <= Self.recordLimit else { throw tooLong() }
                recordRange = position..<end
                position = next
                nextLine += lines
                return true
            case .needsMore:
                guard buffer.count - position <= Self.recordLimit else { throw tooLong() }
                try fill()
            case .fault(let fault, let lines):
                throw TableError(
                    path: path, row: columns.isEmpty ? nil : row + 1, line: line + lines,
                    message: fault.message, hint: fault.hint)
            }
        }
    }

    private func tooLong() -> TableError {
        CSVFault.tooLong(path: path, row: columns.isEmpty ? nil : row + 1, line: line)
    }

    /// Moves what is unread to the front and reads a block behind it.
    private mutating func fill() throws(TableError) {
        buffer.removeFirst(position)
        position = 0
        if try source.read(1 << 16, into: &buffer) == 0 { isAtEnd = true }
    }
}
