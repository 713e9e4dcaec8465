internal import Glibc
package import HoldfastSQL
internal import HoldfastTables

/// A row that an engine wrote as a JSON object on one line, read by the places of its values.
///
///     let row = JSONRow()
///     row.take(line)     // {"unit":"u-1","n":3,"share":0.25}
///     row.integer(1)     // 3
///
/// No value is made before it is asked for, and a text without an escape is handed over where it
/// lies. Numbers are read as they stand, `NaN` and `Infinity` too; `true` is 1 and `false` 0. A
/// text that says a number is one to ``integer(_:)`` and ``real(_:)``, as in SQLite.
package final class JSONRow: SQLRow {
    private enum Kind: UInt8 {
        case null, number, yes, no, text, escapedText, nested
    }

    private struct Cell {
        var start: Int
        var count: Int
        var kind: Kind
    }

    private var line = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    private var cells: [Cell] = []
    /// How many bytes the names of a query's columns have, as the first row had them.
    private var names: [Int] = []
    private var decoded: [UInt8] = []

    package init() {}

    /// How many columns the row has.
    package var count: Int { cells.count }

    /// Forgets the columns of the query before.
    package func begin() {
        names.removeAll(keepingCapacity: true)
        cells.removeAll(keepingCapacity: true)
    }

    /// Takes a line, which must stay where it is while the row is read. False where it is no row.
    package func take(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        self.line = line
        cells.removeAll(keepingCapacity: true)
        let last = line.count - 1
        guard last > 0, line[0] == UInt8(ascii: "{"), line[last] == UInt8(ascii: "}") else {
            return false
        }
        var position = 1
        while position < last {
            guard let start = skipName(position, last), let end = scanValue(start, last) else {
                return false
            }
            position = end
            if position == last { return true }
            guard line[position] == UInt8(ascii: ",") else { return false }
            position += 1
        }
        return last == 1
    }

    // MARK: - Places

    /// Where the value begins whose name begins here.
    @inline(__always)
    private func skipName(_ start: Int, _ last: Int) -> Int? {
        let column = cells.count
        if column < names.count {
            let end = start + names[column]
            if end + 2 < last, line[end + 1] == UInt8(ascii: "\""),
                line[end + 2] == UInt8(ascii: ":")
            {
                return end + 3
            }
        }
        guard line[start] == UInt8(ascii: "\""), let end = textEnd(start + 1, last)?.end,
            end + 1 < last, line[end + 1] == UInt8(ascii: ":")
        else { return nil }
        if column == names.count { names.append(end - start - 1) }
        return end + 2
    }

    /// Where the quote is that ends a text, and whether there is an escape before it.
    @inline(__always)
    private func textEnd(_ start: Int, _ last: Int) -> (end: Int, isEscaped: Bool)? {
        var position = start
        var isEscaped = false
        while position < last {
            let byte = line[position]
            if byte == UInt8(ascii: "\"") { return (position, isEscaped) }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                position += 1
            }
            position += 1
        }
        return nil
    }

    /// Keeps where a value lies; gives where it ends.
    @inline(__always)
    private func scanValue(_ start: Int, _ last: Int) -> Int? {
        let kind: Kind
        switch line[start] {
        case UInt8(ascii: "\""):
            guard let (end, isEscaped) = textEnd(start + 1, last) else { return nil }
            cells.append(
                Cell(
                    start: start + 1, count: end - start - 1,
                    kind: isEscaped ? .escapedText : .text))
            return end + 1
        case UInt8(ascii: "{"), UInt8(ascii: "["): return scanNested(start, last)
        case UInt8(ascii: "n"): kind = .null
        case UInt8(ascii: "t"): kind = .yes
        case UInt8(ascii: "f"): kind = .no
        default: kind = .number
        }
        var end = start
        while end < last && line[end] != UInt8(ascii: ",") { end += 1 }
        cells.append(Cell(start: start, count: end - start, kind: kind))
        return end
    }

    private func scanNested(_ start: Int, _ last: Int) -> Int? {
        var depth = 0
        var position = start
        while position < last {
            switch line[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                guard let end = textEnd(position + 1, last)?.end else { return nil }
                position = end
            default: break
            }
            position += 1
            if depth == 0 {
                cells.append(Cell(start: start, count: position - start, kind: .nested))
                return position
            }
        }
        return nil
    }

    @inline(__always)
    private func bytes(_ cell: Cell) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: line[cell.start..<cell.start + cell.count])
    }

    // MARK: - Values

    package func isNull(_ column: Int) -> Bool { cells[column].kind == .null }

    package func integer(_ column: Int) -> Int64 {
        let cell = cells[column]
        switch cell.kind {
        case .null, .no, .nested: return 0
        case .yes: return 1
        case .number, .text, .escapedText:
            if let integer = JSONRow.integer(bytes(cell)) { return integer }
            // As SQLite does: what is behind the point is cut off; what is too large is the end.
            let real = real(column)
            return real.isNaN
                ? 0 : Int64(exactly: real.rounded(.towardZero)) ?? (real < 0 ? .min : .max)
        }
    }

    package func real(_ column: Int) -> Double {
        let cell = cells[column]
        switch cell.kind {
        case .null, .no, .nested: return 0
        case .yes: return 1
        case .number, .text, .escapedText: return JSONRow.real(bytes(cell)) ?? 0
        }
    }

    package func text(_ column: Int) -> String? {
        var text: String?
        if !isNull(column) { withBytes(column) { text = String(decoding: $0, as: UTF8.self) } }
        return text
    }

    package func value(_ column: Int) -> SQLValue {
        let cell = cells[column]
        switch cell.kind {
        case .null: return .null
        case .no: return .integer(0)
        case .yes: return .integer(1)
        case .number:
            if let integer = JSONRow.integer(bytes(cell)) { return .integer(integer) }
            return .real(JSONRow.real(bytes(cell)) ?? .nan)
        case .text, .escapedText, .nested: return .text(text(column) ?? "")
        }
    }

    package func withBytes(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        let cell = cells[column]
        switch cell.kind {
        case .null: body(UnsafeBufferPointer(start: nil, count: 0))
        case .number, .text, .nested: body(bytes(cell))
        case .no, .yes:
            let digit: [UInt8] = [cell.kind == .yes ? UInt8(ascii: "1") : UInt8(ascii: "0")]
            digit.withUnsafeBufferPointer(body)
        case .escapedText:
            decoded.removeAll(keepingCapacity: true)
            JSONEscapes.decode(bytes(cell), into: &decoded)
            decoded.withUnsafeBufferPointer(body)
        }
    }

    /// An integer, where the bytes are one of 64 bits.
    @inline(__always)
    private static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var position = 0
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { position = 1 }
        guard position < bytes.count, bytes.count - position <= 19 else { return nil }
        var size: UInt64 = 0
        while position < bytes.count {
            let digit = bytes[position] &- 0x30
            guard digit < 10 else { return nil }
            // 19 digits always fit.
            size = size &* 10 &+ UInt64(digit)
            position += 1
        }
        if isNegative { return size <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- size) : nil }
        return Int64(exactly: size)
    }

    private static func real(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return nil }
        var number = 0.0
        switch NumberScanner.scan(start, bytes.count, into: &number) {
        case .number: return number
        case .positiveInfinity: return .infinity
        case .negativeInfinity: return -.infinity
        case .text, .missing, .notANumber, .emptyText:
            return bytes.elementsEqual("NaN".utf8) || bytes.elementsEqual("nan".utf8) ? .nan : nil
        }
    }
}

/// The escapes in a JSON string.
enum JSONEscapes {
    /// Appends what the bytes between a string's quotes stand for.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, into text: inout [UInt8]) {
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), position < bytes.count else {
                text.append(byte)
                continue
            }
            let letter = bytes[position]
            position += 1
            switch letter {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = unicode(bytes, &position) ?? "\u{FFFD}"
                text.append(contentsOf: UTF8.encode(scalar) ?? .init())
            default: text.append(letter)
            }
        }
    }

    /// The scalar behind `\u`, from two escapes where they are a pair of surrogates.
    private static func unicode(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int
    ) -> Unicode.Scalar? {
        guard let high = unit(bytes, &position) else { return nil }
        guard 0xD800..<0xDC00 ~= high else { return Unicode.Scalar(high) }
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        position += 2
        guard let low = unit(bytes, &position), 0xDC00..<0xE000 ~= low else { return nil }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }

    private static func unit(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int
    ) -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        let digits = bytes[position..<position + 4]
        position += 4
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
