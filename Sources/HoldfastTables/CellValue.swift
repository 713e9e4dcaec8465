/// What stands in one cell of a table that carries no types, as CSV does not.
///
///     CellValue(bytes: "+1.5e3", isQuoted: false)   // .number(1500.0)
///     CellValue(bytes: "NA", isQuoted: false)       // .missing
///     CellValue(bytes: "01234", isQuoted: false)    // .text: a code, which 1234 is another
///
/// A number is what JSON calls one, and also with a leading `+`, with no digit on one side of the
/// point, and between spaces. Digits behind a leading zero are text.
package enum CellValue: Equatable, Sendable {
    /// Nothing, or one of the ``missingTokens``, unquoted.
    case missing
    /// A quoted nothing: an empty text, or, as some writers quote everything, a missing number.
    case emptyText
    /// A finite number.
    case number(Double)
    /// An infinite number: `inf`, `-Infinity`, or a literal beyond the range of a double.
    case infinite
    /// Anything else.
    case text

    /// The texts that mean a missing value where they stand unquoted, besides nothing at all.
    package static let missingTokens = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None"]

    private static let tokenBytes = missingTokens.map { Array($0.utf8) }

    /// The value of a field's bytes.
    package init(bytes: UnsafeBufferPointer<UInt8>, isQuoted: Bool) {
        guard !bytes.isEmpty else {
            self = isQuoted ? .emptyText : .missing
            return
        }
        self = !isQuoted && Self.isMissingToken(bytes) ? .missing : Self.number(bytes)
    }

    /// Whether these bytes mean a missing value where they stand unquoted.
    static func isMissingToken(_ bytes: some Collection<UInt8>) -> Bool {
        // Every token begins with N or n: most cells are spared the search.
        guard let first = bytes.first, first | 0x20 == UInt8(ascii: "n") else { return false }
        return tokenBytes.contains { $0.elementsEqual(bytes) }
    }

    /// The value of a text, for callers without a buffer.
    package init(_ text: String, isQuoted: Bool = false) {
        self = Array(text.utf8).withUnsafeBufferPointer {
            CellValue(bytes: $0, isQuoted: isQuoted)
        }
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> CellValue {
        var low = 0
        var high = bytes.count
        while low < high && bytes[low] == 0x20 { low += 1 }
        while high > low && bytes[high - 1] == 0x20 { high -= 1 }
        var scanner = NumberScanner(UnsafeBufferPointer(rebasing: bytes[low..<high]))
        return scanner.value()
    }
}

/// Reads one decimal number: exactly by integers where they suffice, else by the library.
struct NumberScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var mantissa: UInt64 = 0
    private var digits = 0
    private var isExact = true

    /// The powers of ten that a double holds exactly.
    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// `.number`, `.infinite` or `.text`.
    mutating func value() -> CellValue {
        var isNegative = false
        if let sign = byte, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            position += 1
        }
        if let letter = byte, letter | 0x20 == UInt8(ascii: "i") { return infinity() }
        let leadsWithZero = byte == UInt8(ascii: "0")
        let whole = digitRun()
        if leadsWithZero && whole > 1 { return .text }
        var fraction = 0
        if byte == UInt8(ascii: ".") {
            position += 1
            fraction = digitRun()
        }
        guard whole + fraction > 0, let exponent = exponent(), position == bytes.count else {
            return .text
        }
        let scale = exponent - fraction
        // Both operands are exact, so that the one rounding gives the nearest double.
        if isExact && mantissa <= 1 << 53 && abs(scale) < Self.powers.count {
            let size = Double(mantissa)
            let value = scale < 0 ? size / Self.powers[-scale] : size * Self.powers[scale]
            return .number(isNegative ? -value : value)
        }
        guard let value = Double(String(decoding: bytes, as: UTF8.self)) else { return .text }
        return value.isFinite ? .number(value) : .infinite
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func digitRun() -> Int {
        let start = position
        while let digit = byte.map({ $0 &- 0x30 }), digit < 10 {
            // 19 digits always fit 64 bits; what has more is left to the library.
            digits += mantissa > 0 || digit > 0 ? 1 : 0
            if digits <= 19 { mantissa = mantissa &* 10 &+ UInt64(digit) } else { isExact = false }
            position += 1
        }
        return position - start
    }

    /// The exponent, 0 where there is none, `nil` where it has no digits.
    private mutating func exponent() -> Int? {
        guard let letter = byte, letter | 0x20 == UInt8(ascii: "e") else { return 0 }
        position += 1
        var isNegative = false
        if let sign = byte, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            position += 1
        }
        let start = position
        var size = 0
        while let digit = byte.map({ $0 &- 0x30 }), digit < 10 {
            // Beyond this any double is zero or infinite; stopping here keeps the sum in range.
            size = min(size * 10 + Int(digit), 1_000_000)
            position += 1
        }
        guard position > start else { return nil }
        return isNegative ? -size : size
    }

    private func infinity() -> CellValue {
        let rest = bytes[position...].map { $0 | 0x20 }
        return rest.elementsEqual("inf".utf8) || rest.elementsEqual("infinity".utf8)
            ? .infinite : .text
    }
}
