/// Finds the fields of one record in a buffer: the grammar of CSV, without input or output.
struct CSVRecordParser {
    /// Where a field's bytes are: in the buffer, or among the unescaped ones.
    struct Field {
        var range: Range<Int>
        var isQuoted: Bool
        var isUnescaped: Bool
    }

    /// What was found at a position.
    enum Outcome {
        /// A record up to `end`; the next begins at `next`, `lines` lines further.
        case record(end: Int, next: Int, lines: Int)
        /// The buffer ends within the record, and more bytes may follow it.
        case needsMore
        /// No record, `lines` line breaks behind the record's start.
        case fault(Fault, lines: Int)
    }

    /// What is wrong with a record.
    enum Fault {
        case loneQuote, textAfterQuote, openQuote, loneReturn, tooManyColumns

        var message: String {
            switch self {
            case .loneQuote: "a quote stands within an unquoted field"
            case .textAfterQuote: "text follows the closing quote of a field"
            case .openQuote: "a quote is opened and never closed"
            case .loneReturn: "a carriage return stands without a line feed"
            case .tooManyColumns: "has more than \(CSVReader.columnLimit) columns"
            }
        }

        var hint: String {
            switch self {
            case .loneQuote: "quote the whole field and double the quote"
            case .textAfterQuote: "double the quotes within a quoted field"
            case .openQuote: "close the quote, or double it if it is part of the text"
            case .loneReturn: "quote the field, or end lines with LF or CRLF"
            case .tooManyColumns: "check the separator, or split the file"
            }
        }
    }

    private enum FieldEnd {
        case comma(Int)
        case lineFeed(Int)
        case end(Int)
        case more
        case fault(Fault)
    }

    /// The fields of the record that was parsed last.
    private(set) var fields: [Field] = []
    /// The bytes of fields that held doubled quotes.
    private(set) var unescaped: [UInt8] = []
    private var lines = 0

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Parses the record at `start`. `isAtEnd` says that nothing follows the buffer.
    mutating func parse(
        _ bytes: UnsafeRawBufferPointer, from start: Int, isAtEnd: Bool
    ) -> Outcome {
        fields.removeAll(keepingCapacity: true)
        if !unescaped.isEmpty { unescaped.removeAll(keepingCapacity: true) }
        lines = 0
        var position = start
        while true {
            let end =
                position < bytes.count && bytes[position] == Self.quote
                ? quoted(bytes, at: position, isAtEnd)
                : unquoted(bytes, at: position, isAtEnd)
            switch end {
            case .comma(let next):
                // The field behind this comma is one more than was found.
                if fields.count >= CSVReader.columnLimit {
                    return .fault(.tooManyColumns, lines: lines)
                }
                position = next
            case .lineFeed(let next):
                let hadReturn = next - 2 >= start && bytes[next - 2] == Self.carriageReturn
                return .record(end: next - (hadReturn ? 2 : 1), next: next, lines: lines + 1)
            case .end(let end):
                let hadReturn = end > start && bytes[end - 1] == Self.carriageReturn
                return .record(end: end - (hadReturn ? 1 : 0), next: end, lines: lines + 1)
            case .more: return .needsMore
            case .fault(let fault): return .fault(fault, lines: lines)
            }
        }
    }

    /// The first byte from `start` on that may mean something: none is greater than a comma.
    ///
    /// Eight bytes at a time: a byte is greater than 0x2C where its top bit is set, or where adding
    /// 0x53 to its other bits sets that one.
    @inline(__always)
    private static func nextMark(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position &+ 8 <= bytes.count {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let low = word & 0x7F7F_7F7F_7F7F_7F7F
            let greater = (low &+ 0x5353_5353_5353_5353) | word
            let marks = ~greater & 0x8080_8080_8080_8080
            if marks != 0 { return position &+ marks.trailingZeroBitCount >> 3 }
            position &+= 8
        }
        while position < bytes.count, bytes[position] > comma { position &+= 1 }
        return position
    }

    @inline(__always)
    private mutating func unquoted(
        _ bytes: UnsafeRawBufferPointer, at start: Int, _ isAtEnd: Bool
    ) -> FieldEnd {
        var position = Self.nextMark(bytes, from: start)
        while position < bytes.count {
            switch bytes[position] {
            case Self.comma, Self.lineFeed, Self.carriageReturn:
                return finish(bytes, start..<position, isQuoted: false, isAtEnd)
            case Self.quote: return .fault(.loneQuote)
            default: position = Self.nextMark(bytes, from: position + 1)
            }
        }
        return finish(bytes, start..<position, isQuoted: false, isAtEnd)
    }

    private mutating func quoted(
        _ bytes: UnsafeRawBufferPointer, at start: Int, _ isAtEnd: Bool
    ) -> FieldEnd {
        var position = start + 1
        var segment = position
        let scratch = unescaped.count
        var isUnescaped = false
        while position < bytes.count {
            switch bytes[position] {
            case Self.lineFeed: lines += 1
            case Self.quote:
                if position + 1 == bytes.count && !isAtEnd { return .more }
                if position + 1 < bytes.count && bytes[position + 1] == Self.quote {
                    isUnescaped = true
                    unescaped.append(contentsOf: bytes[segment...position])
                    position += 1
                    segment = position + 1
                } else {
                    let range = segment..<position
                    guard isUnescaped else {
                        return finish(bytes, range, isQuoted: true, isAtEnd)
                    }
                    unescaped.append(contentsOf: bytes[range])
                    return finish(
                        bytes, range, isQuoted: true, isAtEnd, scratch: scratch..<unescaped.count)
                }
            default: break
            }
            position += 1
        }
        return isAtEnd ? .fault(.openQuote) : .more
    }

    /// Keeps the field that ends at `range`, and tells what follows it.
    private mutating func finish(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, isQuoted: Bool, _ isAtEnd: Bool,
        scratch: Range<Int>? = nil
    ) -> FieldEnd {
        fields.append(
            Field(range: scratch ?? range, isQuoted: isQuoted, isUnescaped: scratch != nil))
        let behind = range.upperBound + (isQuoted ? 1 : 0)
        guard behind < bytes.count else { return isAtEnd ? .end(behind) : .more }
        switch bytes[behind] {
        case Self.comma: return .comma(behind + 1)
        case Self.lineFeed: return .lineFeed(behind + 1)
        case Self.carriageReturn:
            guard behind + 1 < bytes.count else { return isAtEnd ? .end(behind + 1) : .more }
            return bytes[behind + 1] == Self.lineFeed
                ? .lineFeed(behind + 2) : .fault(isQuoted ? .textAfterQuote : .loneReturn)
        default: return .fault(.textAfterQuote)
        }
    }
}
