/// Reads one decimal number: exactly by integers where they suffice, else by the library.
package enum NumberScanner {
    /// The powers of ten that a double holds exactly.
    private static let powers: InlineArray<23, Double> = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// A number, an infinity or a text. A number goes to `value`.
    @inline(__always)
    package static func scan(
        _ cell: UnsafePointer<UInt8>, _ count: Int, into value: UnsafeMutablePointer<Double>
    ) -> CellKind {
        var position = cell
        let end = cell + count
        let isNegative = position.pointee == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let start = position
        var mantissa: UInt64 = 0
        digits(&position, end, &mantissa)
        let whole = position - start
        var fraction = 0
        if position < end && position.pointee == UInt8(ascii: ".") {
            position += 1
            let point = position
            digits(&position, end, &mantissa)
            fraction = position - point
        }
        let count = whole &+ fraction
        // 19 digits always fit 64 bits. Both operands are exact, so that the one rounding gives
        // the nearest double.
        if position == end && UInt(bitPattern: count &- 1) < 19 && mantissa <= 1 << 53
            && !(whole > 1 && start.pointee == UInt8(ascii: "0"))
        {
            let size = Double(mantissa) / powers[fraction]
            value.pointee = isNegative ? -size : size
            return .number
        }
        return rare(cell, end, into: value)
    }

    @inline(__always)
    private static func digits(
        _ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>,
        _ mantissa: inout UInt64
    ) {
        while position < end {
            let digit = position.pointee &- 0x30
            if digit > 9 { return }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            position += 1
        }
    }

    /// What has spaces around it, a plus, an exponent or many digits, or is no number.
    @inline(never)
    private static func rare(
        _ cell: UnsafePointer<UInt8>, _ cellEnd: UnsafePointer<UInt8>,
        into value: UnsafeMutablePointer<Double>
    ) -> CellKind {
        var (start, end) = (cell, cellEnd)
        while start < end && start.pointee == 0x20 { start += 1 }
        while end > start && (end - 1).pointee == 0x20 { end -= 1 }
        var scan = ExactScan(
            bytes: UnsafeBufferPointer(start: start, count: end - start), powers: powers)
        return scan.value(into: value)
    }
}

/// One number of whatever form, byte by byte.
private struct ExactScan {
    let bytes: UnsafeBufferPointer<UInt8>
    let powers: InlineArray<23, Double>
    private var position = 0
    private var mantissa: UInt64 = 0
    private var digits = 0
    private var isExact = true

    init(bytes: UnsafeBufferPointer<UInt8>, powers: InlineArray<23, Double>) {
        self.bytes = bytes
        self.powers = powers
    }

    mutating func value(into result: UnsafeMutablePointer<Double>) -> CellKind {
        var isNegative = false
        if let sign = byte, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            position += 1
        }
        let infinity = isNegative ? CellKind.negativeInfinity : .positiveInfinity
        if let letter = byte, letter | 0x20 == UInt8(ascii: "i") {
            return isInfinityWord ? infinity : .text
        }
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
        if isExact && mantissa <= 1 << 53 && abs(scale) < powers.count {
            let size = Double(mantissa)
            let value = scale < 0 ? size / powers[-scale] : size * powers[scale]
            result.pointee = isNegative ? -value : value
            return .number
        }
        guard let value = Double(String(decoding: bytes, as: UTF8.self)) else { return .text }
        if value.isInfinite { return infinity }
        result.pointee = value
        return .number
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

    private var isInfinityWord: Bool {
        let rest = bytes[position...].map { $0 | 0x20 }
        return rest.elementsEqual("inf".utf8) || rest.elementsEqual("infinity".utf8)
    }
}
