/// What differs between engines in a text that is pasted into them.
package enum SQLDialect: String, CaseIterable, Sendable {
    case sqlite
    case duckdb
    case spark
    case postgresql

    /// A name in the engine's quotes.
    func quoted(_ name: String) -> String {
        SQL.doubling(self == .spark ? "`" : "\"", in: name)
    }

    /// A value as a literal of the engine.
    ///
    /// A double is read from its text, since a bare `0.05` is a decimal in most engines.
    func literal(_ value: SQLValue) -> String {
        switch (self, value) {
        case (.sqlite, _), (_, .null), (_, .integer), (_, .blob): value.literalText
        case (.duckdb, .real(let number)), (.spark, .real(let number)):
            "CAST('\(number)' AS DOUBLE)"
        case (.postgresql, .real(let number)): "CAST('\(number)' AS DOUBLE PRECISION)"
        // Spark reads a backslash in a text as the beginning of an escape, and before version 4 two
        // quotes as the end of one text and the beginning of another.
        case (.spark, .text(let text)): "'\(String(escaping: ["\\", "'"], in: text))'"
        case (.duckdb, .text), (.postgresql, .text): value.literalText
        }
    }
}

extension SQL {
    /// The text with its values written out as an engine reads them.
    package func text(for dialect: SQLDialect) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let part): part
            case .name(let name): dialect.quoted(name)
            case .value(let value): dialect.literal(value)
            }
        }.joined()
    }
}

extension String {
    fileprivate init(escaping special: Set<Unicode.Scalar>, in text: String) {
        var scalars = UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if special.contains(scalar) { scalars.append("\\") }
            scalars.append(scalar)
        }
        self.init(scalars)
    }
}
