internal import HoldfastChecks
internal import HoldfastStatistics

/// What was found across columns, in sentences.
enum AcrossSentences {
    /// A finding across columns with what stands behind it.
    static func finding(_ finding: Finding, _ pair: PairComparison) -> String {
        let across = pair.across
        let sentence =
            switch finding.measure {
            case .classifier: across.classifier.map { classifier($0, pair) }
            case .correlation: across.correlations.first.map { correlation($0, pair) }
            case .duplicateRows: across.duplicates.map { duplicates($0, pair) }
            case .sharedUnits: across.units.map { units($0, pair) }
            case .skew: across.skew.map { skew($0) }
            case .kolmogorovSmirnov, .totalVariation, .missingShare, .notANumberShare,
                .positiveInfinityShare, .negativeInfinityShare, .emptyTextShare:
                String?.none
            }
        let text = sentence ?? CheckSentences.figures(finding) + "."
        return finding.verdict == .inconclusive && finding.rowsNeeded != nil
            ? text + " " + CheckSentences.wait([finding]) : text
    }

    /// What a finding across columns is called where it stands in a list.
    static func title(_ measure: Measure) -> String {
        switch measure {
        case .classifier: "Classifier"
        case .correlation: "Correlations"
        case .duplicateRows: "Rows in both tables"
        case .sharedUnits: "Units in both tables"
        case .skew: "Rows joined by key"
        case .kolmogorovSmirnov, .totalVariation, .missingShare, .notANumberShare,
            .positiveInfinityShare, .negativeInfinityShare, .emptyTextShare:
            measure.words
        }
    }

    /// Whether a finding is held against the tables: among hundreds of correlations some are
    /// always open.
    static func counts(_ finding: Finding) -> Bool {
        finding.countsAcross
    }

    static func classifier(
        _ facts: AcrossColumns.ClassifierFacts, _ pair: PairComparison
    ) -> String {
        let names = facts.columns.prefix(3).map { CheckSentences.name($0.column, limit: 40) }
        return "A model tells rows of \(pair.candidate.rawValue) from rows of "
            + "\(pair.reference.rawValue) with an area under the curve of "
            + "\(CheckFigures.fixed(facts.area, 3)) (\(CheckSentences.ends(facts.interval, 3)); "
            + "0.5 is chance)"
            + (names.isEmpty ? "." : ", most by \(names.joined(separator: ", ")).")
    }

    static func correlation(
        _ facts: AcrossColumns.CorrelationFacts, _ pair: PairComparison
    ) -> String {
        "The rank correlation of \(CheckSentences.name(facts.one, limit: 40)) and "
            + "\(CheckSentences.name(facts.other, limit: 40)) is "
            + "\(CheckFigures.fixed(facts.reference, 2)) in \(pair.reference.rawValue) and "
            + "\(CheckFigures.fixed(facts.candidate, 2)) in \(pair.candidate.rawValue)."
    }

    static func duplicates(
        _ facts: AcrossColumns.DuplicateFacts, _ pair: PairComparison
    ) -> String {
        "\(CheckFigures.grouped(facts.shared)) of \(CheckFigures.counted(facts.rows, "row")) of "
            + "\(pair.candidate.rawValue) (\(CheckFigures.percent(facts.shared, of: facts.rows))) "
            + "\(facts.shared == 1 ? "is" : "are") in \(pair.reference.rawValue) too; chance "
            + "explains \(CheckFigures.percent(facts.expectedShare))."
    }

    static func units(_ facts: AcrossColumns.UnitFacts, _ pair: PairComparison) -> String {
        "\(CheckFigures.grouped(facts.shared)) of \(CheckFigures.counted(facts.candidate, "unit")) "
            + "(\(CheckSentences.name(facts.column, limit: 40))) of \(pair.candidate.rawValue) "
            + "\(facts.shared == 1 ? "is" : "are") in \(pair.reference.rawValue) too."
    }

    static func skew(_ facts: AcrossColumns.SkewFacts) -> String {
        let joined = CheckFigures.counted(facts.joined, "row")
        var text =
            "In \(CheckFigures.grouped(facts.differing)) of \(joined) joined by "
            + "\(CheckSentences.name(facts.key, limit: 40)) "
            + "(\(CheckFigures.percent(facts.differing, of: facts.joined))) some column differs"
        if let worst = facts.columns.first, worst.differing > 0 {
            text +=
                ", most often \(CheckSentences.name(worst.column, limit: 40)) "
                + "(\(CheckFigures.grouped(worst.differing)))"
        }
        if facts.sampledShare < 1 {
            text += "; \(CheckFigures.percent(facts.sampledShare)) of the keys were looked at"
        }
        return text + "."
    }
}
