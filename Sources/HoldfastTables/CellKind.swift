/// What one cell of a table is.
///
///     -1.5e3 is a number, 01234 a text, an unquoted NA missing, "" an empty text, 1e999 infinite
///
/// In a file that carries no types, as CSV does not, a number is what JSON calls one, and also
/// with a leading `+`, with no digit on one side of the point, and between spaces. Digits behind a
/// leading zero are a text: a code. Where the source has types, its own type decides.
package enum CellKind: UInt8, Sendable, Equatable, CaseIterable {
    /// A finite number.
    case number
    /// Anything that is none of the others.
    case text
    /// Nothing, or a token that means it, such as an unquoted `NA`.
    case missing
    /// `NaN` or `nan`, unquoted.
    case notANumber
    /// `inf`, `+Infinity`, or a literal above the range of a double.
    case positiveInfinity
    /// `-inf`, `-Infinity`, or a literal below the range of a double.
    case negativeInfinity
    /// A quoted nothing: an empty text, or, as some writers quote everything, a missing number.
    case emptyText

    /// Written out, as the compiler's own is a call for each cell where another module compares.
    @inlinable @inline(__always)
    package static func == (one: CellKind, other: CellKind) -> Bool {
        unsafeBitCast(one, to: UInt8.self) == unsafeBitCast(other, to: UInt8.self)
    }
}

/// How the cells of a column are read.
package enum CellReading: Sendable, Equatable {
    /// By what stands in them.
    case byContent
    /// As texts: a quoted cell is a text whatever it says, an unquoted one unless it is missing.
    case asText
    /// Not at all.
    case ignored
}

/// What a cell's bytes say: the one grammar of ``CellValue`` and of the table reader.
enum CellScanner {
    /// The kind of a cell; for a number its value goes to `number`, else that is left alone.
    @inline(__always)
    static func kind(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, isQuoted: Bool,
        number: UnsafeMutablePointer<Double>
    ) -> CellKind {
        if count == 0 { return isQuoted ? .emptyText : .missing }
        let first = bytes.pointee
        if mayBeginNumber(first) { return NumberScanner.scan(bytes, count, into: number) }
        return isQuoted ? .text : word(bytes, count)
    }

    /// The kind of a cell that is no number, whatever it says.
    @inline(__always)
    static func textKind(_ bytes: UnsafePointer<UInt8>, _ count: Int, isQuoted: Bool) -> CellKind {
        if count == 0 { return isQuoted ? .emptyText : .missing }
        return isQuoted ? .text : word(bytes, count)
    }

    /// A text, or one of the words that stand for no value. They all begin with N or n.
    @inline(__always)
    private static func word(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CellKind {
        if bytes.pointee | 0x20 != UInt8(ascii: "n") || count > 4 { return .text }
        let cell = UnsafeBufferPointer(start: bytes, count: count)
        guard CellValue.isMissingToken(cell) else { return .text }
        return count == 3 && bytes[1] == UInt8(ascii: "a") ? .notANumber : .missing
    }

    /// Whether a number may begin so: with a digit, a sign, a point, a space or an `i`.
    @inline(__always)
    private static func mayBeginNumber(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte == 0x2D || byte == 0x2B || byte == 0x2E || byte == 0x20
            || byte | 0x20 == 0x69
    }
}
