/// Why bytes are not the JSON that was asked for, and where.
///
///     malformed JSON at line 1, column 12: expected a value, found "]": …
public struct JSONError: Error, Equatable, CustomStringConvertible, Sendable {
    /// Bytes before the fault.
    public var offset: Int
    /// The line of the fault, from 1.
    public var line: Int
    /// The column of the fault in bytes, from 1.
    public var column: Int
    /// What was expected and what was found.
    public var message: String

    public var description: String {
        "malformed JSON at line \(line), column \(column): \(message)"
    }
}

extension JSON {
    /// The deepest nesting that a value may have; beyond it a hostile body could exhaust the stack.
    public static let depthLimit = 64

    /// Reads one JSON value that takes up all of the bytes.
    ///
    ///     try JSON.parse(Array(#"{"share": 1.0}"#.utf8))["share"]   // .number(1.0)
    ///
    /// Stricter than RFC 8259 asks, where leniency would hide a producer's fault: a name used twice
    /// in one object, a lone surrogate, invalid UTF-8 and a number beyond a double's range are
    /// errors. At most ``depthLimit`` levels of arrays and objects.
    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON {
        var parser = JSONParser(bytes[...])
        let value = try parser.parseValue(depth: 0)
        try parser.parseEnd()
        return value
    }
}

/// A recursive-descent reader over bytes. Positions are indices of the slice it was given.
package struct JSONParser {
    package let bytes: ArraySlice<UInt8>
    package var position: Int
    /// A place from which lines are counted: not from the beginning for each of many faults.
    private var counted: (position: Int, line: Int, lineStart: Int)

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
        counted = (bytes.startIndex, 1, bytes.startIndex)
    }

    /// Counts the lines up to the position. Faults lie at or behind it from then on.
    package mutating func countLines() {
        counted = countedLines(to: position)
    }

    private func countedLines(to end: Int) -> (position: Int, line: Int, lineStart: Int) {
        var (index, line, lineStart) = counted
        while index < min(end, bytes.endIndex) {
            if bytes[index] == 0x0A {
                line += 1
                lineStart = index + 1
            }
            index += 1
        }
        return (index, line, lineStart)
    }

    package var byte: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    package mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    package mutating func parseEnd() throws(JSONError) {
        skipSpace()
        if byte != nil { throw fault("expected the end, found \(found)") }
    }

    package mutating func parseValue(depth: Int) throws(JSONError) -> JSON {
        skipSpace()
        guard let byte else { throw fault("expected a value, found \(found)") }
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "["), depth >= JSON.depthLimit {
            throw fault("nested deeper than \(JSON.depthLimit) levels")
        }
        switch byte {
        case UInt8(ascii: "{"): return .object(try parseObject(depth: depth))
        case UInt8(ascii: "["): return .array(try parseArray(depth: depth))
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        default: throw fault("expected a value, found \(found)")
        }
    }

    private mutating func parseObject(depth: Int) throws(JSONError) -> JSONObject {
        position += 1
        var object = JSONObject(capacity: 8)
        var names = Set<[UInt8]>()  // Filled from the 16th member on: a few are compared faster.
        skipSpace()
        if byte == UInt8(ascii: "}") {
            position += 1
            return object
        }
        while true {
            skipSpace()
            guard byte == UInt8(ascii: "\"") else {
                throw fault("expected a member's name in quotes, found \(found)")
            }
            let start = position
            let name = try parseString()
            if object.members.count == 16 { names = Set(object.members.map { Array($0.key.utf8) }) }
            let isNew =
                object.members.count < 16
                ? object[name] == nil : names.insert(Array(name.utf8)).inserted
            guard isNew else {
                position = start
                throw fault("the member \"\(name)\" is there twice")
            }
            skipSpace()
            guard byte == UInt8(ascii: ":") else {
                throw fault("expected \":\" after a member's name, found \(found)")
            }
            position += 1
            object.append(name, try parseValue(depth: depth + 1))
            skipSpace()
            switch byte {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return object
            default: throw fault("expected \",\" or \"}\", found \(found)")
            }
        }
    }

    private mutating func parseArray(depth: Int) throws(JSONError) -> [JSON] {
        position += 1
        var elements: [JSON] = []
        skipSpace()
        if byte == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        while true {
            elements.append(try parseValue(depth: depth + 1))
            skipSpace()
            switch byte {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return elements
            default: throw fault("expected \",\" or \"]\", found \(found)")
            }
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.endIndex,
            bytes[position..<end].elementsEqual("\(word)".utf8)
        else { throw fault("expected a value, found \(found)") }
        position = end
        return value
    }

    private mutating func parseNumber() throws(JSONError) -> JSON {
        let start = position
        var isInteger = true
        if byte == UInt8(ascii: "-") { position += 1 }
        if byte == UInt8(ascii: "0") {
            position += 1
        } else {
            try parseDigits()
        }
        if byte == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try parseDigits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            try parseDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // "-0" is a double: as an integer it would lose its sign.
        if isInteger, text != "-0", let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            position = start
            throw fault("the number \(text.prefix(40)) is beyond a double's range")
        }
        return .number(number)
    }

    private mutating func parseDigits() throws(JSONError) {
        guard let byte, isDigit(byte) else { throw fault("expected a digit, found \(found)") }
        while let byte = self.byte, isDigit(byte) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    package func fault(_ message: String) -> JSONError {
        let (_, line, lineStart) = countedLines(to: position)
        return JSONError(
            offset: position - bytes.startIndex, line: line, column: position - lineStart + 1,
            message: message)
    }

    /// The next character, as a message shows it.
    var found: String {
        guard let byte else { return "the end" }
        guard byte >= 0x20, byte < 0x7F else {
            return "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "\"\(Character(Unicode.Scalar(byte)))\""
    }
}
