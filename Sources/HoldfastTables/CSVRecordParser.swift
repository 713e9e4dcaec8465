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
    mutating func parse(_ buffer: [UInt8], from start: Int, isAtEnd: Bool) -> Outcome {
        fields.removeAll(keepingCapacity: true)
        unescaped.removeAll(keepingCapacity: true)
        lines = 0
        return buffer.withUnsafeBufferPointer { bytes in
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
                    return .record(
                        end: next - (hadReturn ? 2 : 1), next: next, lines: lines + 1)
                case .end(let end):
                    let hadReturn = end > start && bytes[end - 1] == Self.carriageReturn
                    return .record(end: end - (hadReturn ? 1 : 0), next: end, lines: lines + 1)
                case .more: return .needsMore
                case .fault(let fault): return .fault(fault, lines: lines)
                }
            }
        }
    }

    private mutating func unquoted(
        _ bytes: UnsafeBufferPointer<UInt8>, at start: Int, _ isAtEnd: Bool
    ) -> FieldEnd {
        var position = start
        while position < bytes.count {
            let byte = bytes[position]
            // Every byte that means something here is at most a comma.
            if byte <= Self.comma {
                switch byte {
                case Self.comma, Self.lineFeed, Self.carriageReturn:
                    return finish(bytes, start..<position, isQuoted: false, isAtEnd)
                case Self.quote: return .fault(.loneQuote)
                default: break
                }
            }
            position += 1
        }
        return finish(bytes, start..<position, isQuoted: false, isAtEnd)
    }

    private mutating func quoted(
        _ bytes: UnsafeBufferPointer<UInt8>, at start: Int, _ isAtEnd: Bool
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
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, isQuoted: Bool, _ isAtEnd: Bool,
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
