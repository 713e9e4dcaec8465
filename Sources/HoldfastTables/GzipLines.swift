internal import Glibc

/// The lines of a compressed file, one by one, in bounded memory.
///
///     var lines = try GzipLines(path: "rows.jsonl.gz")
///     while let line = try lines.next() { … }      // without its line feed
///
/// Throws where the file is cut off or damaged: at its end, when that is known.
package struct GzipLines: ~Copyable {
    /// The longest line: a thousand features of a thousand bytes, each of them escaped.
    package static let lineLimit = 16 << 20

    private let gzip: GzipStream
    private var source: ByteSource
    private let path: String
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    /// Begins to decompress a file.
    package init(path: String) throws {
        self.path = path
        gzip = try GzipStream(ByteSource(path: path))
        source = ByteSource(descriptor: gzip.output, path: path)
    }

    deinit { room.deallocate() }

    /// The next line; `nil` behind the last.
    package mutating func next() throws -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            guard !isAtEnd else {
                guard start == buffer.count else {
                    throw TableError(
                        path: path, message: "ends within a line", hint: "restore the file")
                }
                return nil
            }
            guard buffer.count - start <= GzipLines.lineLimit else {
                throw TableError(
                    path: path, message: "has a line of more than \(GzipLines.lineLimit) bytes",
                    hint: "restore the file")
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            let count = try source.readSome(room) { Task.isCancelled }
            buffer.append(contentsOf: room[..<count])
            if count == 0 {
                isAtEnd = true
                try gzip.finish()
            }
        }
    }
}
