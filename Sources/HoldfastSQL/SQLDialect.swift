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
        case (.spark, .text(let text)): String(sparkText: text)
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
    /// A text between Spark's quotes.
    ///
    /// A backslash begins an escape there, and is how a quote is written: two quotes are one only
    /// from Spark 4 on, while before they end a text and begin the next one, which is joined to it.
    fileprivate init(sparkText text: String) {
        var scalars = UnicodeScalarView("'".unicodeScalars)
        for scalar in text.unicodeScalars {
            if scalar == "\\" || scalar == "'" { scalars.append("\\") }
            scalars.append(scalar)
        }
        scalars.append("'")
        self.init(scalars)
    }
}
