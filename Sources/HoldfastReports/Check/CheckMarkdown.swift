public import HoldfastChecks
internal import HoldfastStatistics

/// A check as Markdown, for a comment on a pull request or the summary of a job.
///
/// The verdict, what to do, then what does not agree; what agrees is folded. It is at most
/// ``byteLimit`` long, whatever was compared: what is left out is counted. It holds no time and no
/// name of a machine: the same report gives the same bytes.
///
/// Nothing that a file holds becomes Markdown, HTML, a mention or a link: see ``escape(_:)``.
public enum CheckMarkdown {
    /// The most bytes: GitHub refuses a comment of more than 65,536 characters.
    public static let byteLimit = 65_000

    // Three pairs with all of these, the heading and the schema stay below the limit.
    private static let headBytes = 3_000
    private static let schemaBytes = 4_000
    private static let openBytes = 9_500
    private static let acrossBytes = 3_000
    private static let agreeBytes = 2_000
    private static let sliceBytes = 1_200

    /// The report.
    public static func render(_ report: CheckReport) -> String {
        var blocks = ["## \(escape(CheckText.headline(report)))"]
        blocks.append("**What to do:** " + escape(CheckText.advice(report)))
        blocks.append(
            table(
                ["table", "file", "rows", "columns"],
                report.tables.map { table in
                    [
                        escape(table.role.rawValue), name(table.name, limit: 120),
                        CheckFigures.grouped(table.rows), CheckFigures.grouped(table.columns),
                    ]
                }, right: [2, 3], bytes: headBytes, noun: "table"))
        if let schema = report.schema { blocks += self.schema(schema) }
        for pair in report.pairs { blocks += section(pair) }
        let text = blocks.joined(separator: "\n\n") + "\n"
        precondition(text.utf8.count <= byteLimit, "the parts' limits add up")
        return text
    }

    private static func section(_ pair: PairComparison) -> [String] {
        let ordered = CheckText.worstFirst(pair.columns)
        let open = ordered.filter { $0.verdict != .agrees }
        let agreeing = ordered.filter { $0.verdict == .agrees }
        let counts = [Verdict.disagrees, .inconclusive, .agrees].map {
            CheckText.count(pair.count($0), $0)
        }
        var blocks = [
            "### \(pair.reference.rawValue) and \(pair.candidate.rawValue): "
                + "**\(pair.verdict.rawValue)**",
            "Columns: " + counts.joined(separator: ", ") + ".",
        ]
        if !open.isEmpty {
            blocks.append(
                table(
                    ["column", "verdict", "effect", "interval", "margin", "what tells most"],
                    open.map { row($0, pair) }, right: [2, 3, 4], bytes: openBytes,
                    noun: "column"))
        }
        if !pair.across.findings.isEmpty {
            blocks.append(
                table(
                    ["across columns", "verdict", "effect", "interval", "margin", "found"],
                    pair.across.findings.map { finding in
                        [
                            AcrossSentences.title(finding.measure), verdict(finding.verdict),
                        ] + figures(finding, named: false) + [
                            escape(AcrossSentences.finding(finding, pair))
                        ]
                    }, right: [2, 3, 4], bytes: acrossBytes, noun: "finding"))
        }
        if let slices = pair.slices {
            let digest = SliceDigest(slices)
            let bad = digest.rows.filter { $0.disagrees > 0 }
            blocks.append(escape(digest.sentence))
            if !bad.isEmpty {
                blocks.append(
                    folded(
                        "Slices in which a column disagrees",
                        table(
                            ["slice", "rows", "columns that disagree", "worst"],
                            bad.map { row in
                                [
                                    name(row.name, limit: 60), CheckFigures.grouped(row.rows),
                                    CheckFigures.grouped(row.disagrees),
                                    row.worst.map { name($0.column, limit: 60) } ?? "-",
                                ]
                            }, right: [1, 2], bytes: sliceBytes, noun: "slice")))
            }
        }
        if !agreeing.isEmpty {
            blocks.append(
                folded(
                    "\(CheckFigures.counted(agreeing.count, "column")) that "
                        + (agreeing.count == 1 ? "agrees" : "agree"),
                    table(
                        ["column", "effect", "interval", "margin"],
                        agreeing.map { column in
                            [title(column)]
                                + (CheckSentences.worst(of: column).map(figures)
                                    ?? ["-", "-", "-"])
                        }, right: [1, 2, 3], bytes: agreeBytes, noun: "column")))
        }
        return blocks
    }

    private static func row(_ column: ColumnComparison, _ pair: PairComparison) -> [String] {
        let shift = CheckSentences.shift(column.part, column.verdict).map { "**\($0).** " } ?? ""
        return [title(column), verdict(column.verdict)]
            + (CheckSentences.worst(of: column).map(figures) ?? ["-", "-", "-"])
            + [shift + escape(CheckSentences.telling(column, pair))]
    }

    private static func title(_ column: ColumnComparison) -> String {
        name(column.column) + (column.part == .feature ? "" : " (\(column.part.rawValue))")
    }

    private static func figures(_ finding: Finding) -> [String] { figures(finding, named: true) }

    /// Effect, interval and margin; the measure where it is not named beside them.
    private static func figures(_ finding: Finding, named: Bool) -> [String] {
        [
            (named ? escape(finding.measure.abbreviation) + " " : "")
                + CheckFigures.fixed(finding.effect, 3),
            CheckSentences.ends(finding.interval, 3), CheckSentences.margin(finding.margin),
        ]
    }

    private static func verdict(_ verdict: Verdict) -> String {
        verdict == .agrees ? verdict.rawValue : "**\(verdict.rawValue)**"
    }

    private static func schema(_ schema: SchemaResult) -> [String] {
        guard !schema.breaches.isEmpty else {
            return ["Every table keeps the schema \(name(schema.name))."]
        }
        return [
            "**The schema \(name(schema.name)) is broken:**",
            table(
                ["column", "table", "rule", "found"],
                schema.breaches.map { breach in
                    [
                        name(breach.column), breach.role.rawValue, breach.rule.words,
                        escape(CheckSentences.name(breach.message, limit: 300)),
                    ]
                }, right: [], bytes: schemaBytes, noun: "breach", plural: "breaches"),
        ]
    }

    /// A table of at most so many bytes; what it has no room for is counted.
    static func table(
        _ heads: [String], _ rows: [[String]], right: Set<Int>, bytes: Int, noun: String,
        plural: String? = nil
    ) -> String {
        let rules = heads.indices.map { right.contains($0) ? "--:" : "---" }
        var lines = [heads, rules].map { "| " + $0.joined(separator: " | ") + " |" }
        // What says that rows are left out has room in any case.
        var room = bytes - 120 - lines.reduce(0) { $0 + $1.utf8.count + 1 }
        var shown = 0
        for row in rows {
            let line = "| " + row.joined(separator: " | ") + " |"
            room -= line.utf8.count + 1
            guard room >= 0 else { break }
            lines.append(line)
            shown += 1
        }
        let rest = rows.count - shown
        guard rest > 0 else { return lines.joined(separator: "\n") }
        let noun = rest == 1 ? noun : plural ?? noun + "s"
        return lines.joined(separator: "\n")
            + "\n\n… and \(CheckFigures.grouped(rest)) more \(noun): the JSON report has them all."
    }

    static func folded(_ summary: String, _ content: String) -> String {
        "<details><summary>\(summary)</summary>\n\n\(content)\n\n</details>"
    }

    /// A name from a file, as code.
    static func name(_ name: String, limit: Int = 100) -> String {
        "<code>" + escape(CheckSentences.name(name, limit: limit)) + "</code>"
    }

    /// A text so that it is only ever text.
    ///
    ///     CheckMarkdown.escape("a|b @ops")   // a&#124;b &#64;&#8288;ops
    ///
    /// Every mark that Markdown or HTML could read is written by its number, which never has a
    /// meaning in Markdown. GitHub looks for mentions and issues after that: U+2060, which is not
    /// seen, follows their signs. What would turn the reading order becomes U+FFFD.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in CheckFigures.oneLine(text).unicodeScalars {
            switch scalar {
            // "www." would make a link.
            case "." where escaped.lowercased().hasSuffix("www"): escaped += "&#46;"
            case "a"..."z", "A"..."Z", "0"..."9", " ", ",", ";", ".", "-", "%", "=", "?", "'",
                "(", ")", ":":
                escaped.unicodeScalars.append(scalar)
            case "@", "#": escaped += "&#\(scalar.value);&#8288;"
            case "\u{0}"..."\u{7F}": escaped += "&#\(scalar.value);"
            case "\u{2028}", "\u{2029}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
