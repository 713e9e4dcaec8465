internal import HoldfastChecks

/// What the names on the page mean, those alone that are on it.
enum CheckGlossary {
    static func section(_ report: CheckReport) -> HTMLPage.Section {
        let columns = report.pairs.flatMap(\.columns)
        let statistics = Set(columns.flatMap(\.statistics).map(\.name.rawValue))
        let measures = Set(
            (columns.flatMap(\.findings) + report.pairs.flatMap(\.across.findings)).map(
                \.measure.rawValue))
        let words: [(String, String)] =
            general
            + Measure.all.filter { measures.contains($0.rawValue) }.map {
                (
                    $0.words.prefix(1).uppercased() + $0.words.dropFirst()
                        + ($0.abbreviation == "missing" ? "" : " (\($0.abbreviation))"),
                    $0.explanation
                )
            }
            + Statistic.Name.allCases.filter { statistics.contains($0.rawValue) }.map {
                ($0.title, $0.explanation)
            }
        return HTMLPage.Section("words", link: "What the words mean", "What the words mean") {
            HTML("dl", ["class": "words"]) {
                for (word, meaning) in words {
                    HTML("dt") { word }
                    HTML("dd") { meaning + "." }
                }
            }
        }
    }

    private static let general = [
        (
            "Agrees, disagrees, inconclusive",
            "the whole interval of the effect lies below the margin, above it, or across it: then "
                + "these rows cannot tell"
        ),
        (
            "Margin",
            "the largest effect that counts as agreement; it is a choice, and not a statistic"
        ),
        (
            "By chance",
            "the effect to expect from sampling alone, were the tables samples of the same"
        ),
        (
            "p, p (Holm), p (BH)",
            "the chance of such a difference, were there none; the same so that one false alarm "
                + "among all tests is that unlikely; the share of false alarms to expect among "
                + "those at least as clear. With many rows all are 0, with few none is: a verdict "
                + "does not rest on them"
        ),
    ]
}

extension Measure {
    /// Every measure, those of one column first.
    static let all: [Measure] = [
        .kolmogorovSmirnov, .totalVariation, .missingShare, .notANumberShare,
        .positiveInfinityShare, .negativeInfinityShare, .emptyTextShare, .classifier, .correlation,
        .duplicateRows, .sharedUnits, .skew,
    ]

    /// What it says, for a reader who never met it.
    var explanation: String {
        switch self {
        case .kolmogorovSmirnov:
            "the largest gap between the cumulative curves: 0.1 means that at some value a tenth "
                + "more of one table lies at or below it"
        case .totalVariation:
            "half the sum of the differences of shares: the share of rows that would have to "
                + "change their category"
        case .missingShare: "by how much the shares of cells without a value differ"
        case .notANumberShare: "by how much the shares of cells that are NaN differ"
        case .positiveInfinityShare: "by how much the shares of cells that are +∞ differ"
        case .negativeInfinityShare: "by how much the shares of cells that are −∞ differ"
        case .emptyTextShare: "by how much the shares of quoted nothings among numbers differ"
        case .classifier:
            "how much better than a coin a model is that is asked from which table a row came"
        case .correlation: "the largest change of a rank correlation of two columns (Spearman)"
        case .duplicateRows:
            "the share of the candidate’s rows that the reference holds too, beyond what chance "
                + "explains: a leak, where the candidate is to judge a model"
        case .sharedUnits: "the share of the candidate’s units that the reference holds too"
        case .skew:
            "the share of rows, joined by key, that differ: one row should be the same wherever "
                + "it is computed"
        }
    }
}
