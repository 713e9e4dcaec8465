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
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            self = isQuoted ? .emptyText : .missing
            return
        }
        var number = 0.0
        switch CellScanner.kind(start, bytes.count, isQuoted: isQuoted, number: &number) {
        case .number: self = .number(number)
        case .text: self = .text
        // Of these callers none tells a number that is none from one that is not there.
        case .missing, .notANumber: self = .missing
        case .positiveInfinity, .negativeInfinity: self = .infinite
        case .emptyText: self = .emptyText
        }
    }

    /// Whether these bytes mean a missing value where they stand unquoted.
    static func isMissingToken(_ bytes: some Collection<UInt8>) -> Bool {
        // Every token begins with N or n: most cells are spared the search.
        guard let first = bytes.first, first | 0x20 == UInt8(ascii: "n") else { return false }
        return tokenBytes.contains { $0.elementsEqual(bytes) }
    }

    /// A number as a text, by its value and not as it was written: `3` for 3.0, `0.25`, `1e+16`.
    package static func text(of number: Double) -> String {
        abs(number) < 0x1p53 && number == number.rounded() ? "\(Int64(number))" : "\(number)"
    }

    /// The value of a text, for callers without a buffer.
    package init(_ text: String, isQuoted: Bool = false) {
        self = Array(text.utf8).withUnsafeBufferPointer {
            CellValue(bytes: $0, isQuoted: isQuoted)
        }
    }
}
