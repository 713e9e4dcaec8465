internal import HoldfastChecks
internal import HoldfastStatistics

/// What a check found, in sentences that hold their figures: the text, the page, the Markdown and
/// the JUnit report say the same.
///
/// Names come from the caller's files. They are brought to one line and cut here; each renderer
/// escapes the whole sentence for where it stands.
enum CheckSentences {
    /// A name from a file, on one line and of at most `limit` code points: of a longer one the
    /// beginning and the end, for names that begin alike end otherwise.
    ///
    ///     CheckSentences.name("a\nb")   // a b
    static func name(_ text: String, limit: Int = 100) -> String {
        // A character can be of any length, so that code points are counted.
        let scalars = text.unicodeScalars
        if scalars.count <= limit {
            let line = CheckFigures.oneLine(text)
            return line.isEmpty ? "(no name)" : line
        }
        let head = limit * 2 / 3
        let ends = [scalars.prefix(head), scalars.suffix(limit - head - 1)]
        return ends.map { CheckFigures.oneLine(String(String.UnicodeScalarView($0))) }
            .joined(separator: "…")
    }

    /// The sentence that tells most of a column.
    ///
    ///     // income lies a fifth apart:
    ///     // The cumulative shares lie 20.0 percentage points apart at 31,200; the mean is 40,100
    ///     // in train and 33,900 in serve.
    static func telling(_ column: ColumnComparison, _ pair: PairComparison) -> String {
        guard column.reference != nil, column.candidate != nil else {
            let (present, absent) =
                column.reference == nil
                ? (pair.candidate, pair.reference) : (pair.reference, pair.candidate)
            return "Only \(present.rawValue) has this column; \(absent.rawValue) has not."
        }
        guard let worst = worst(of: column) else {
            return column.notes.first.map(oneLine) ?? "There is nothing to compare."
        }
        var sentence = finding(worst, of: column, pair)
        if let one = column.reference?.kind, let other = column.candidate?.kind, one != other,
            one != .empty, other != .empty
        {
            sentence = "The types differ: \(one.rawValue) and \(other.rawValue). " + sentence
        }
        return worst.verdict == .inconclusive ? sentence + " " + wait([worst]) : sentence
    }

    /// The finding that decides on a column: the worst verdict, then the farthest from its margin.
    static func worst(of column: ColumnComparison) -> Finding? {
        // The first of equals: the distribution stands before the missing share.
        column.findings.enumerated().max { one, other in
            let (a, b) = (one.element, other.element)
            if a.verdict != b.verdict { return a.verdict.severity < b.verdict.severity }
            let (x, y) = (a.effect / a.margin, b.effect / b.margin)
            return x == y ? one.offset > other.offset : x < y
        }?.element
    }

    /// One finding of a column.
    static func finding(
        _ finding: Finding, of column: ColumnComparison, _ pair: PairComparison
    ) -> String {
        switch finding.measure {
        case .kolmogorovSmirnov: numbers(finding, column, pair)
        case .totalVariation: categories(finding, column, pair)
        case .missingShare: shares("Missing", \.missing, column, pair)
        case .notANumberShare: shares("NaN", \.notANumber, column, pair)
        case .positiveInfinityShare: shares("Plus infinity", \.positiveInfinity, column, pair)
        case .negativeInfinityShare: shares("Minus infinity", \.negativeInfinity, column, pair)
        case .emptyTextShare: shares("Empty texts", \.emptyText, column, pair)
        case .classifier, .correlation, .duplicateRows, .sharedUnits, .skew:
            figures(finding) + "."
        }
    }

    /// How many rows would tell where these cannot.
    static func wait(_ findings: [Finding]) -> String {
        let open = findings.filter { $0.verdict == .inconclusive }
        guard let rows = open.compactMap(\.rowsNeeded).max(),
            open.allSatisfy({ $0.rowsNeeded != nil })
        else { return "How many rows would tell cannot be said from these." }
        return "About \(CheckFigures.rough(rows)) rows in each table would tell."
    }

    /// What a change of this column is called: "Label shift", "Possible prediction shift"; `nil`
    /// where there is none.
    static func shift(_ part: ColumnPart, _ verdict: Verdict) -> String? {
        switch (part, verdict) {
        case (.feature, _), (_, .agrees): nil
        case (.label, .disagrees): "Label shift"
        case (.label, .inconclusive): "Possible label shift"
        case (.prediction, .disagrees): "Prediction shift"
        case (.prediction, .inconclusive): "Possible prediction shift"
        }
    }

    /// How far off the figures of a column can be, where memory was bounded.
    static func exactness(_ column: ColumnComparison) -> String? {
        exactness([column])
    }

    /// The same for several pairs of tables.
    static func exactness(_ columns: [ColumnComparison]) -> String? {
        let facts = columns.filter { !$0.findings.isEmpty }
            .flatMap { [$0.reference, $0.candidate].compactMap { $0 } }
        let rank = facts.map(\.rankError).max() ?? 0
        let lost = facts.map(\.unattributedShare).max() ?? 0
        var parts: [String] = []
        if rank > 0 { parts.append("cumulative shares can be off by \(points(rank))") }
        if lost > 0 {
            parts.append("\(CheckFigures.percent(lost)) of the values are in categories not kept")
        }
        guard !parts.isEmpty else { return nil }
        let bound =
            facts.contains(where: \.isFromEngine)
            ? "Counted by an engine at edges: " : "Memory was bounded: "
        return bound + parts.joined(separator: ", and ")
            + "; the interval allows for it."
    }

    /// A finding's figures: "total variation 0.52, 0.47…0.57, margin 0.10".
    static func figures(_ finding: Finding) -> String {
        "\(finding.measure.words) \(CheckFigures.fixed(finding.effect, 2)), "
            + "\(ends(finding.interval)), margin \(margin(finding.margin))"
    }

    /// A margin without needless zeros.
    static func margin(_ margin: Double) -> String {
        let text = CheckFigures.fixed(margin, 3)
        return text.hasSuffix("0") ? String(text.dropLast()) : text
    }

    /// The ends of an interval: "0.47…0.57".
    static func ends(_ interval: Interval, _ decimals: Int = 2) -> String {
        CheckFigures.fixed(interval.lower, decimals) + "…"
            + CheckFigures.fixed(interval.upper, decimals)
    }

    /// A text on one line, whole.
    static func oneLine(_ text: String) -> String { CheckFigures.oneLine(text) }

    private static func points(_ share: Double) -> String {
        share > 0 && share < 0.0005
            ? "under 0.1 percentage points"
            : CheckFigures.fixed(share * 100, 1) + " percentage points"
    }

    private static func numbers(
        _ finding: Finding, _ column: ColumnComparison, _ pair: PairComparison
    ) -> String {
        var text = "The cumulative shares lie \(points(finding.effect)) apart"
        let place = column.statistics.first { $0.name == .kolmogorovSmirnovPlace }
        if let place { text += " at \(CheckFigures.short(place.value))" }
        if let one = column.reference?.mean, let other = column.candidate?.mean {
            text +=
                "; the mean is \(CheckFigures.short(one)) in \(pair.reference.rawValue) and "
                + "\(CheckFigures.short(other)) in \(pair.candidate.rawValue)"
        }
        if let outside = column.outsideRange, outside > 0 {
            text += "; \(CheckFigures.percent(outside)) lie outside the reference's range"
        }
        return text + "."
    }

    private static func categories(
        _ finding: Finding, _ column: ColumnComparison, _ pair: PairComparison
    ) -> String {
        var text =
            "\(CheckFigures.percent(finding.effect)) of the values would have to change "
            + "their category"
        // With many categories two samples of one table differ much, which no reader expects.
        if let chance = finding.expectedByChance, chance > finding.effect / 4, chance >= 0.0005 {
            text += " (\(CheckFigures.percent(chance)) from sampling alone)"
        }
        for (list, word, role) in [
            (column.newCategories, "new in", pair.candidate),
            (column.vanishedCategories, "gone from", pair.candidate),
        ] {
            guard let list, list.count > 0 else { continue }
            let names = list.first.prefix(3).map { name($0.category, limit: 40) }
            text +=
                "; \(word) \(role.rawValue): \(names.joined(separator: ", "))"
                + (list.count > names.count ? ", …" : "")
                + " (\(CheckFigures.percent(list.share)) of the values)"
        }
        return text + "."
    }

    private static func shares(
        _ what: String, _ count: KeyPath<ColumnFacts, Int>, _ column: ColumnComparison,
        _ pair: PairComparison
    ) -> String {
        func share(_ facts: ColumnFacts?) -> String {
            facts.map { CheckFigures.percent($0[keyPath: count], of: $0.rows) } ?? "-"
        }
        return "\(what): \(share(column.reference)) in \(pair.reference.rawValue), "
            + "\(share(column.candidate)) in \(pair.candidate.rawValue)."
    }
}
