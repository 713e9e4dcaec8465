/// The items of a JSON array or of JSON Lines, one by one, each readable or refused by itself.
///
/// A batch is worth more than its worst item. Where an item of an array is malformed, the reader
/// looks for its end by brackets and quotes alone, and goes on behind it:
///
///     var items = JSONItems(array: Array(#"[{"a":1}, {"a":nope}, {"a":3}]"#.utf8))
///     items.next()   // .value({"a":1})
///     items.next()   // .malformed, line 1, column 16
///     items.next()   // .value({"a":3})
///
/// Where not even the end can be found (a quote that is never closed, a body cut off), that item is
/// the last, and ``isComplete`` is false: what followed was not read.
public struct JSONItems {
    /// One item.
    public enum Item: Sendable {
        /// An item that is JSON.
        case value(JSON)
        /// An item that is not, with its bytes as they came, for repair.
        case malformed(JSONError, source: [UInt8])
    }

    /// False when the body ended, or could not be followed, before its last item.
    public private(set) var isComplete = true

    private enum Form { case array, lines }
    private let form: Form
    private var parser: JSONParser
    private var isAtEnd = false

    /// The items of a JSON array. A body that does not begin with one is an error.
    public init(array bytes: [UInt8]) throws(JSONError) {
        form = .array
        parser = JSONParser(bytes[...])
        parser.skipSpace()
        guard parser.byte == UInt8(ascii: "[") else {
            throw parser.fault("expected \"[\", found \(parser.found)")
        }
        parser.position += 1
        parser.skipSpace()
        if parser.byte == UInt8(ascii: "]") {
            parser.position += 1
            isAtEnd = true
            try parser.parseEnd()
        }
    }

    /// The items of JSON Lines (NDJSON): a value a line; blank lines are passed over.
    public init(lines bytes: [UInt8]) {
        form = .lines
        parser = JSONParser(bytes[...])
    }

    /// The next item, or `nil` after the last.
    public mutating func next() -> Item? {
        switch form {
        case .array: nextElement()
        case .lines: nextLine()
        }
    }

    private mutating func nextLine() -> Item? {
        while parser.byte != nil {
            parser.countLines()
            let start = parser.position
            let bytes = parser.bytes
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
            parser.position = min(end + 1, bytes.endIndex)
            var line = JSONParser(bytes[start..<end])
            line.skipSpace()
            if line.byte == nil { continue }
            do throws(JSONError) {
                let value = try line.parseValue(depth: 1)
                try line.parseEnd()
                return .value(value)
            } catch {
                // The fault was counted within the line: say where it is in the whole body.
                var whole = parser
                whole.position = start + error.offset
                return .malformed(whole.fault(error.message), source: Array(bytes[start..<end]))
            }
        }
        return nil
    }

    private mutating func nextElement() -> Item? {
        guard !isAtEnd else { return nil }
        parser.skipSpace()
        parser.countLines()
        let start = parser.position
        do throws(JSONError) {
            let value = try parser.parseValue(depth: 1)
            try parseSeparator()
            return .value(value)
        } catch {
            parser.position = start
            let source = skipMalformed()
            return .malformed(error, source: source)
        }
    }

    private mutating func parseSeparator() throws(JSONError) {
        parser.skipSpace()
        switch parser.byte {
        case UInt8(ascii: ","): parser.position += 1
        case UInt8(ascii: "]"):
            parser.position += 1
            try parser.parseEnd()
            isAtEnd = true
        default: throw parser.fault("expected \",\" or \"]\", found \(parser.found)")
        }
    }

    private var isQuoteNext: Bool {
        let next = parser.position + 1
        return next < parser.bytes.endIndex && parser.bytes[next] == UInt8(ascii: "\"")
    }

    /// Goes behind the malformed item by its brackets and quotes, and gives its bytes.
    private mutating func skipMalformed() -> [UInt8] {
        let start = parser.position
        var depth = 0
        var inString = false
        while let byte = parser.byte {
            switch byte {
            // A quote behind a backslash bounds no string, not even where none is open: JSON that
            // was escaped once too often has such quotes in pairs.
            case UInt8(ascii: "\\") where inString || isQuoteNext: parser.position += 1
            case UInt8(ascii: "\""): inString.toggle()
            case _ where inString: break
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "]") where depth == 0, UInt8(ascii: ",") where depth == 0:
                let source = Array(parser.bytes[start..<parser.position])
                if (try? parseSeparator()) == nil {  // Bytes after the array: nothing more to read.
                    isComplete = false
                    isAtEnd = true
                }
                return source
            // A bracket too many closes nothing outside the item.
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
            default: break
            }
            parser.position += 1
        }
        isComplete = false
        isAtEnd = true
        return Array(parser.bytes[start...])
    }
}
