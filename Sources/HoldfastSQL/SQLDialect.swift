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
        case (.sqlite, _), (_, .null), (_, .blob): value.literalText
        // Engines read the sign apart, and the number without it fits no integer.
        case (_, .integer(.min)): "CAST('\(Int64.min)' AS BIGINT)"
        case (_, .integer): value.literalText
        case (.duckdb, .real(let number)), (.spark, .real(let number)):
            "CAST('\(number)' AS DOUBLE)"
        case (.postgresql, .real(let number)): "CAST('\(number)' AS DOUBLE PRECISION)"
        case (.spark, .text(let text)): String(sparkText: text)
        case (.duckdb, .text(let text)) where text.utf8.contains { $0 == 0 || $0 == 0x0D }:
            duckdbLiteral(text)
        case (.duckdb, .text), (.postgresql, .text): value.literalText
        }
    }

    /// A text of which `duckdb` would lose something: it reads a statement up to a NUL, and a line
    /// up to CR LF. Its parts, with the characters between them by their numbers.
    private func duckdbLiteral(_ text: String) -> String {
        var parts = [""]
        for scalar in text.unicodeScalars {
            if scalar == "\0" || scalar == "\r" {
                parts += ["chr(\(scalar.value))", ""]
            } else {
                parts[parts.count - 1].unicodeScalars.append(scalar)
            }
        }
        for place in stride(from: 0, to: parts.count, by: 2) {
            parts[place] = SQL.doubling("'", in: parts[place])
        }
        return "(\(parts.joined(separator: " || ")))"
    }
}

extension SQL {
    /// The text with its values written out as an engine reads them.
    package func text(for dialect: SQLDialect) -> String {
        dialect.text(of: pieces) { dialect.literal($0) }
    }
}

extension SQLDialect {
    /// A path for what takes patterns of paths, as DuckDB and Spark do where they read files: in
    /// this one nothing is a pattern.
    package func pattern(naming path: String) -> String {
        var pattern = ""
        for scalar in path.unicodeScalars {
            let isSpecial = "*?[".unicodeScalars.contains(scalar)
            let isSparks = self == .spark && "{}\\]".unicodeScalars.contains(scalar)
            switch (isSpecial || isSparks, self) {
            case (false, _): pattern.unicodeScalars.append(scalar)
            case (true, .spark): pattern += "\\\(scalar)"
            case (true, _): pattern += "[\(scalar)]"
            }
        }
        return pattern
    }

    /// The name of SQLite's function for a bucket, which a connection defines under its salt.
    package static let bucketFunction = "holdfast_bucket"

    /// The text of some pieces, each value as it is told.
    func text(of pieces: [SQL.Piece], _ value: (SQLValue) -> String) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let part): text += part
            case .name(let name): text += quoted(name)
            case .value(let one): text += value(one)
            case .hint(let word): text += self == .sqlite ? word : ""
            case .bucket(let scope, let id):
                text += bucket(self.text(of: scope, value), self.text(of: id, value))
            }
        }
        return text
    }

    /// The first 13 hexadecimal digits of SHA-256 over salt, scope and id, as an integer.
    private func bucket(_ scope: String, _ id: String) -> String {
        let key = "\(salt) || '/' || \(scope) || '/' || \(id)"
        switch self {
        case .sqlite: return "\(SQLDialect.bucketFunction)(\(scope), \(id))"
        case .duckdb: return "CAST('0x' || substr(sha256(\(key)), 1, 13) AS BIGINT)"
        case .spark: return "CAST(conv(substr(sha2(\(key), 256), 1, 13), 16, 10) AS BIGINT)"
        case .postgresql:
            return """
                CAST(CAST('x000' || substr(encode(sha256(convert_to(\(key), 'UTF8')), 'hex'), 1, 13) AS BIT(64)) AS BIGINT)
                """
        }
    }

    /// The salt as the engine is told it: a variable of its session, so that no statement holds it.
    private var salt: String {
        switch self {
        case .sqlite: "NULL"  // The function knows it.
        case .duckdb: "getvariable('holdfast_salt')"
        case .spark: "system.session.holdfast_salt"
        case .postgresql: "current_setting('holdfast.salt')"
        }
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
            switch scalar {
            case "\\", "'": scalars.append(contentsOf: ["\\", scalar])
            // `spark-sql` breaks texts at line ends, and leaves out lines that begin with `--`.
            case "\n": scalars.append(contentsOf: "\\n".unicodeScalars)
            case "\r": scalars.append(contentsOf: "\\r".unicodeScalars)
            case "\0": scalars.append(contentsOf: "\\u0000".unicodeScalars)
            default: scalars.append(scalar)
            }
        }
        scalars.append("'")
        self.init(scalars)
    }
}
