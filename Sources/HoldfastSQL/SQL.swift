/// A statement or a part of one, kept in pieces until an engine renders it.
///
///     let start: Int64 = 0
///     let query: SQL = "SELECT unit FROM \(name: "exposures") WHERE exposed_at >= \(start)"
///     query.rendered.text   // SELECT unit FROM "exposures" WHERE exposed_at >= ?1
///
/// A value that is interpolated is bound, a name is quoted, and another `SQL` is put in: nothing
/// is ever spliced into the text.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    enum Piece: Sendable {
        case text(String)
        case name(String)
        case value(SQLValue)
        /// The bucket of an id in a scope.
        case bucket(scope: [Piece], id: [Piece])
        /// A word for SQLite alone.
        case hint(String)
    }

    private(set) var pieces: [Piece]

    package init(stringLiteral text: String) {
        pieces = [.text(text)]
    }

    package init(stringInterpolation: StringInterpolation) {
        pieces = stringInterpolation.pieces
    }

    private init(pieces: [Piece]) {
        self.pieces = pieces
    }

    /// The parts with a separator between them.
    package static func joined(_ parts: [SQL], by separator: SQL) -> SQL {
        var pieces: [Piece] = []
        for (index, part) in parts.enumerated() {
            if index > 0 { pieces += separator.pieces }
            pieces += part.pieces
        }
        return SQL(pieces: pieces)
    }

    /// The bucket of an id in a scope, 0 ..< 2^52, as each engine works it out under the salt that
    /// it was told; null for null.
    package static func bucket(scope: SQL, id: SQL) -> SQL {
        SQL(pieces: [.bucket(scope: scope.pieces, id: id.pieces)])
    }

    /// A word that only SQLite is told: it says how to find rows, and changes none.
    package static func hint(_ word: StaticString) -> SQL { SQL(pieces: [.hint("\(word)")]) }

    /// A value on its own.
    package static func value(_ value: SQLValue) -> SQL { SQL(pieces: [.value(value)]) }

    /// A name on its own, which will be quoted.
    package static func name(_ name: String) -> SQL { SQL(pieces: [.name(name)]) }

    package struct StringInterpolation: StringInterpolationProtocol {
        var pieces: [Piece] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { pieces.append(.text(literal)) }
        }

        package mutating func appendInterpolation(_ part: SQL) { pieces += part.pieces }
        package mutating func appendInterpolation(name: String) { pieces.append(.name(name)) }
        package mutating func appendInterpolation(_ value: SQLValue) {
            pieces.append(.value(value))
        }
        package mutating func appendInterpolation(_ value: Int64) {
            pieces.append(.value(.integer(value)))
        }
        package mutating func appendInterpolation(_ value: Double) {
            pieces.append(.value(.real(value)))
        }
        package mutating func appendInterpolation(_ value: String) {
            pieces.append(.value(.text(value)))
        }
    }

    /// The text with numbered placeholders, and the values in their order.
    package var rendered: (text: String, values: [SQLValue]) {
        var values: [SQLValue] = []
        let text = SQLDialect.sqlite.text(of: pieces) { value in
            values.append(value)
            return "?\(values.count)"
        }
        return (text, values)
    }

    /// The text with its values written out, for people to read and to paste.
    package var literalText: String { text(for: .sqlite) }

    /// A text between quotes, with each quote in it doubled.
    ///
    /// By scalars: a quote before a combining accent is part of another `Character`, and SQL ends
    /// the text there all the same.
    static func doubling(_ quote: Unicode.Scalar, in text: String) -> String {
        var quoted = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars {
            if scalar == quote { quoted.append(quote) }
            quoted.append(scalar)
        }
        quoted.append(quote)
        return String(quoted)
    }
}

/// A value that SQL can hold.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// A text or null.
    package init(_ text: String?) { self = text.map(SQLValue.text) ?? .null }
    /// An integer or null.
    package init(_ integer: Int64?) { self = integer.map(SQLValue.integer) ?? .null }
    /// A double or null.
    package init(_ real: Double?) { self = real.map(SQLValue.real) ?? .null }
    /// 0, 1 or null.
    package init(_ boolean: Bool?) { self = boolean.map { .integer($0 ? 1 : 0) } ?? .null }

    package var literalText: String {
        switch self {
        case .null: return "NULL"
        case .integer(let value): return String(value)
        case .real(let value): return value.description
        case .text(let text):
            // SQLite reads a statement up to its first NUL.
            if text.utf8.contains(0) { return "CAST(\(SQLValue.hexadecimal(text.utf8)) AS TEXT)" }
            return SQL.doubling("'", in: text)
        case .blob(let bytes): return SQLValue.hexadecimal(bytes)
        }
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        return "X'" + digits.joined() + "'"
    }
}
