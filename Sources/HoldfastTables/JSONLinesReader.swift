import Glibc

/// Lines of a JSON Lines file, one by one, in bounded memory; parsing them is `JSON.parse`'s part.
///
///     var reader = try JSONLinesReader(path: "decisions.jsonl")
///     while let line = try reader.next() {
///         let value = try JSON.parse(Array(line))      // reader.line says where
///     }
///
/// LF and CRLF end a line, the last need not end, a UTF-8 byte order mark is passed over, and so
/// are blank lines (JSON Lines, I. Ward, jsonlines.org; NDJSON).
package struct JSONLinesReader: ~Copyable {
    /// The longest line, in bytes: 1 MiB, as for a CSV record.
    package static let lineLimit = 1 << 20

    /// The number of the line that was read last, from 1, blank ones counted; 0 before the first.
    package private(set) var line = 0
    /// The file as its user named it.
    package var path: String { source.path }

    private var source: ByteSource
    private var buffer = ByteBuffer()
    private var position = 0
    private var isAtEnd = false
    private var isFirst = true

    /// Reads a file, which is closed with the reader.
    package init(path: String) throws(TableError) {
        source = try ByteSource(path: path)
    }

    /// Reads a descriptor, standard input say, which stays open; `path` is its name in errors.
    package init(descriptor: Int32, path: String) {
        source = ByteSource(descriptor: descriptor, path: path)
    }

    /// Reads bytes; `path` is their name in errors.
    package init(bytes: [UInt8], path: String) {
        source = ByteSource(bytes: bytes, path: path)
    }

    /// The next line that is not blank, without its ending, or `nil` after the last.
    ///
    /// A line that is too long is an error, behind which the reader cannot go on.
    package mutating func next() throws(TableError) -> ArraySlice<UInt8>? {
        while let range = try nextRange() {
            let line = buffer.storage[range]
            if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return line }
        }
        return nil
    }

    private mutating func nextRange() throws(TableError) -> Range<Int>? {
        if isFirst {
            isFirst = false
            try fill()
            if buffer.storage[..<buffer.count].starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        }
        var searched = 0
        while true {
            let start = position
            if let end = lineFeed(from: start + searched) {
                position = end + 1
                return try finish(start..<end)
            }
            searched = buffer.count - start
            guard searched <= Self.lineLimit else { throw tooLong(line + 1) }
            if isAtEnd {
                guard searched > 0 else { return nil }
                position = buffer.count
                return try finish(start..<buffer.count)
            }
            try fill()
        }
    }

    private mutating func finish(_ range: Range<Int>) throws(TableError) -> Range<Int> {
        line += 1
        guard range.count <= Self.lineLimit else { throw tooLong(line) }
        let hasReturn = !range.isEmpty && buffer.storage[range.upperBound - 1] == 0x0D
        return range.lowerBound..<(range.upperBound - (hasReturn ? 1 : 0))
    }

    private func lineFeed(from start: Int) -> Int? {
        buffer.withBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = memchr(base + start, 0x0A, bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private func tooLong(_ line: Int) -> TableError {
        TableError(
            path: path, line: line, message: "is longer than \(Self.lineLimit) bytes",
            hint: "write one JSON value a line")
    }

    private mutating func fill() throws(TableError) {
        buffer.removeFirst(position)
        position = 0
        if try source.read(1 << 16, into: &buffer) == 0 { isAtEnd = true }
    }
}
