internal import Glibc

/// Some whole records of a file, as they came.
///
/// Behind the bytes stand ``padding`` line feeds: who looks for one need not ask for the end, and
/// may load whole words.
final class RecordPiece {
    /// The line feeds behind the bytes.
    static let padding = 32

    /// The bytes. Their owner may change them.
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// Where the first record begins.
    fileprivate(set) var start = 0
    /// Where the file's bytes end in this piece: behind the last record.
    fileprivate(set) var end = 0
    /// The line on which the first record begins, from 1.
    fileprivate(set) var firstLine = 1

    init(capacity: Int) {
        self.capacity = capacity + RecordPiece.padding
        bytes = .allocate(capacity: self.capacity)
    }

    deinit { bytes.deallocate() }

    /// How many line feeds stand before a place.
    func lines(before place: Int) -> Int {
        Marks.count(UnsafeBufferPointer(start: bytes + start, count: place - start)).lines
    }

    fileprivate func reserve(_ count: Int) {
        guard count + RecordPiece.padding > capacity else { return }
        // By half as much again: blocks may be small.
        capacity = max(count + RecordPiece.padding, capacity + capacity / 2)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        memcpy(larger, bytes, end)
        bytes.deallocate()
        bytes = larger
    }

    fileprivate func pad() {
        (bytes + end).update(repeating: UInt8(ascii: "\n"), count: RecordPiece.padding)
    }
}

/// Cuts a file into pieces of whole records: reads a block behind what is left of the one before,
/// and cuts behind the last line feed that is not within quotes.
///
/// A line feed is within quotes where the quotes before it are odd in number. That is so in all
/// that comes before the first fault of a file; what comes behind it nobody reads.
struct RecordCutter: ~Copyable {
    /// Whether a line feed within quotes ends no record.
    private let hasQuotes: Bool
    private let blockSize: Int
    private let limit: Int
    private var source: ByteSource
    private var rest: [UInt8] = []
    private var linesOfRest = 0
    private var isOpen = false
    private var line = 1
    private var isFirst = true
    private var isAtEnd = false
    private let end: () throws -> Void

    /// The bytes read so far.
    var total: Int { source.total }

    /// Cuts records of at most `limit` bytes.
    ///
    /// `end` is called when all was read, before the last piece is let go: it may say that the
    /// bytes are not to be trusted.
    init(
        _ source: consuming ByteSource, blockSize: Int, limit: Int, hasQuotes: Bool,
        end: @escaping () throws -> Void
    ) {
        self.source = source
        self.end = end
        self.blockSize = blockSize
        self.limit = limit
        self.hasQuotes = hasQuotes
    }

    /// Reads the header, of which `parse` finds the end: it says `nil` where more bytes are needed.
    mutating func readHeader(
        _ parse: (UnsafeRawBufferPointer, _ isAtEnd: Bool) throws -> (next: Int, lines: Int)?
    ) throws {
        precondition(isFirst, "a header stands at the beginning")
        let piece = RecordPiece(capacity: blockSize)
        while true {
            try read(into: piece)
            let bytes = UnsafeRawBufferPointer(start: piece.bytes, count: piece.end)
            if let (next, lines) = try parse(bytes, isAtEnd) {
                rest = Array(bytes[next...])
                line += lines
                linesOfRest = rest.withUnsafeBufferPointer { count($0) }
                return
            }
            precondition(!isAtEnd, "a parser says what it makes of a file that ends")
        }
    }

    /// Fills a piece; false where there are no more records.
    mutating func next(_ piece: RecordPiece) throws -> Bool {
        piece.start = 0
        piece.firstLine = line
        piece.end = rest.count
        piece.reserve(rest.count + blockSize)
        rest.withUnsafeBufferPointer {
            if let start = $0.baseAddress { memcpy(piece.bytes, start, $0.count) }
        }
        // What a cut left holds no end of a record; what a header left may.
        var searched = isFirst ? 0 : rest.count
        var lines = linesOfRest
        isFirst = false
        rest.removeAll(keepingCapacity: true)
        while true {
            let old = piece.end
            if !isAtEnd { try read(into: piece) }
            lines += count(UnsafeBufferPointer(start: piece.bytes + old, count: piece.end - old))
            if isAtEnd {
                piece.pad()
                return piece.end > 0
            }
            if let cut = lastEnd(piece, from: searched) {
                let tail = UnsafeBufferPointer(start: piece.bytes + cut, count: piece.end - cut)
                rest.append(contentsOf: tail)
                linesOfRest = Marks.count(tail).lines
                line += lines - linesOfRest
                piece.end = cut
                piece.pad()
                return true
            }
            searched = piece.end
            // Without the two bytes that may end it the record has more than it may: that is what
            // its reader will say, and nothing behind it matters.
            if piece.end > limit + 1 {
                isAtEnd = true
                piece.pad()
                return true
            }
        }
    }

    /// Counts the line feeds of new bytes, and keeps whether a quote is open behind them.
    private mutating func count(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let marks = Marks.count(bytes)
        if hasQuotes && marks.quotes & 1 == 1 { isOpen.toggle() }
        return marks.lines
    }

    private mutating func read(into piece: RecordPiece) throws {
        piece.reserve(piece.end + blockSize)
        let got = try source.fill(
            UnsafeMutableRawBufferPointer(start: piece.bytes + piece.end, count: blockSize))
        piece.end += got
        guard got < blockSize else { return }
        isAtEnd = true
        try end()
    }

    /// The place behind the last line feed that ends a record, searched backwards.
    private func lastEnd(_ piece: RecordPiece, from start: Int) -> Int? {
        var isWithin = isOpen
        var position = piece.end
        while position > start {
            position -= 1
            let byte = piece.bytes[position]
            if byte == UInt8(ascii: "\n") && !isWithin { return position + 1 }
            if hasQuotes && byte == UInt8(ascii: "\"") { isWithin.toggle() }
        }
        return nil
    }
}

/// Counts the bytes that matter for where records end.
enum Marks {
    /// How many quotes and line feeds there are; sixteen bytes at a time.
    static func count(_ bytes: UnsafeBufferPointer<UInt8>) -> (quotes: Int, lines: Int) {
        let raw = UnsafeRawBufferPointer(bytes)
        let quote = SIMD16<UInt8>(repeating: UInt8(ascii: "\""))
        let feed = SIMD16<UInt8>(repeating: UInt8(ascii: "\n"))
        let one = SIMD16<UInt8>(repeating: 1)
        var (quotes, lines, position) = (0, 0, 0)
        while position &+ 16 <= raw.count {
            var (someQuotes, someLines) = (SIMD16<UInt8>.zero, SIMD16<UInt8>.zero)
            // A byte counts up to 255.
            let stop = min(raw.count &- 15, position &+ 16 &* 255)
            while position < stop {
                let word = raw.loadUnaligned(fromByteOffset: position, as: SIMD16<UInt8>.self)
                someQuotes &+= SIMD16<UInt8>.zero.replacing(with: one, where: word .== quote)
                someLines &+= SIMD16<UInt8>.zero.replacing(with: one, where: word .== feed)
                position &+= 16
            }
            quotes += Int(SIMD16<UInt16>(truncatingIfNeeded: someQuotes).wrappedSum())
            lines += Int(SIMD16<UInt16>(truncatingIfNeeded: someLines).wrappedSum())
        }
        while position < raw.count {
            if raw[position] == UInt8(ascii: "\"") { quotes += 1 }
            if raw[position] == UInt8(ascii: "\n") { lines += 1 }
            position += 1
        }
        return (quotes, lines)
    }
}
