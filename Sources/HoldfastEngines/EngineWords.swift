package import HoldfastSQL

/// What an engine says of a failure, shortened to its sense: without the plan, the stack and the
/// piece of the statement that it shows, and without values where rows may speak from it.
package enum EngineWords {
    /// The most that is shown, in characters.
    private static let limit = 600

    /// DuckDB's: `Catalog Error: Table with name x does not exist!`, then the statement's line.
    package static func duckdb(_ text: String) -> String {
        let sense = text.split(whereSeparator: \.isNewline)
            .prefix { !$0.hasPrefix("LINE ") }.joined(separator: " ")
        let ofRows = [
            "Conversion Error", "Invalid Input Error", "Out of Range Error", "Constraint Error",
        ]
        return shortened(ofRows.contains(where: sense.hasPrefix) ? masked(sense) : sense)
    }

    /// Spark's: `[CLASS] words … SQLSTATE: 42P01`, then the plan. What its tasks say comes before.
    package static func spark(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let start = lines.lastIndex(where: { $0.starts(with: #/\[[A-Z_0-9.]+\] /#) }) else {
            let words = lines.filter { line in
                !line.hasPrefix("\tat ") && !line.hasPrefix("Time taken")
                    && !line.starts(
                        with: #/\d\d/\d\d/\d\d |WARNING|Using Spark|Setting |To adjust/#)
            }
            return shortened(masked(words.joined(separator: " ")))
        }
        var sense = lines[start...].prefix { !$0.hasPrefix("== ") && !$0.hasPrefix("\tat ") }
            .joined(separator: " ")
        guard let state = sense.firstMatch(of: #/SQLSTATE: (\w\w)\w\w\w/#) else {
            return shortened(masked(sense))
        }
        sense = String(sense[..<state.range.upperBound])
        // The classes of what is wrong with data: data exceptions and broken constraints.
        return shortened(["22", "23"].contains(state.1) ? masked(sense) : sense)
    }

    /// What kind of error the words speak of.
    package static func kind(_ words: String) -> SQLError.Kind {
        if words.contains("No space left on device") { return .full }
        if words.hasPrefix("Constraint Error") { return .constraint }
        return words.hasPrefix("IO Error") ? .io : .other
    }

    private static func shortened(_ words: String) -> String {
        words.count > limit ? "\(words.prefix(limit)) …" : words
    }

    /// The words without what stands in quotes, and without numbers.
    ///
    /// From the first quote to the last of its kind: a value may hold quotes itself.
    private static func masked(_ words: String) -> String {
        var masked = words
        for quote in ["'", "\""] as [Character] {
            guard let first = masked.firstIndex(of: quote),
                let last = masked.lastIndex(of: quote), first < last
            else { continue }
            masked.replaceSubrange(first...last, with: "\(quote)…\(quote)")
        }
        return masked.replacing(#/\b\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b/#) { match in
            // The state at its end says what kind of failure it is.
            masked[..<match.range.lowerBound].hasSuffix("SQLSTATE: ") ? String(match.0) : "…"
        }
    }
}
