public import HoldfastStatistics

/// How a difference is measured.
public enum Measure: String, Sendable, Equatable {
    /// The largest difference of cumulative shares: for numbers.
    case kolmogorovSmirnov = "kolmogorov_smirnov"
    /// Half the sum of the differences of shares: for categories.
    case totalVariation = "total_variation"
    /// The difference of the shares of missing cells: for all.
    case missingShare = "missing_share"
    /// The difference of the shares of cells that are not a number, NaN.
    case notANumberShare = "nan_share"
    /// The difference of the shares of cells that are plus infinity.
    case positiveInfinityShare = "positive_infinity_share"
    /// The difference of the shares of cells that are minus infinity.
    case negativeInfinityShare = "negative_infinity_share"
    /// The difference of the shares of empty texts among numbers.
    case emptyTextShare = "empty_text_share"
    /// By how much a classifier that tells the tables apart is better than chance: its area under
    /// the curve, less a half.
    case classifier
    /// The largest change of a rank correlation.
    case correlation
    /// The share of the candidate's rows that the reference holds too, beyond what chance explains.
    case duplicateRows = "duplicate_rows"
    /// The share of the candidate's units that the reference holds too.
    case sharedUnits = "shared_units"
    /// The share of rows joined by key in which some column differs.
    case skew
}

/// One measured difference between two tables, and what it says.
public struct Finding: Sendable, Equatable {
    /// What was measured.
    public var measure: Measure
    /// The difference of the samples, from 0 to 1.
    public var effect: Double
    /// The difference to be expected from sampling alone, were the tables alike.
    public var expectedByChance: Double?
    /// The interval of the difference between what the tables are samples of.
    public var interval: Interval
    /// The largest difference that counts as agreement.
    public var margin: Double
    /// The chance of such a difference, were the tables alike; `nil` where no test is defined.
    public var pValue: Double?
    /// The p-value corrected for all comparisons of the report (Holm).
    public var adjustedPValue: Double?
    /// The share of false alarms to expect among all comparisons of the report whose p-value is no
    /// larger (Benjamini and Hochberg).
    public var falseDiscoveryRate: Double?
    /// About the rows that each table must have for a verdict; only where it is inconclusive, and
    /// `nil` even then where over 10⁹ would be needed.
    public var rowsNeeded: Int?

    /// What the interval says about the margin.
    public var verdict: Verdict { Verdict(interval, margin: margin) }
}

extension Finding {
    /// The difference of two columns of numbers, or `nil` where one has no value.
    static func numbers(
        _ reference: NumberSummary, _ candidate: NumberSummary, margin: Double, level: Double
    ) -> Finding? {
        guard let distance = KolmogorovSmirnov(sorted: reference.sorted, candidate.sorted) else {
            return nil
        }
        var finding = Finding(
            measure: .kolmogorovSmirnov, effect: distance.effect,
            expectedByChance: distance.expectedByChance, interval: distance.interval(level: level),
            margin: margin, pValue: distance.pValue)
        if finding.verdict == .inconclusive {
            finding.rowsNeeded = distance.rowsNeeded(margin: margin, level: level)
        }
        return finding
    }

    /// The difference of two columns of categories, or `nil` where one has no value.
    static func categories(
        _ reference: CategorySummary, _ candidate: CategorySummary, margin: Double, level: Double
    ) -> Finding? {
        guard let distance = TotalVariation(reference, candidate) else { return nil }
        var finding = Finding(
            measure: .totalVariation, effect: distance.effect,
            expectedByChance: distance.expectedByChance, interval: distance.interval(level: level),
            margin: margin, pValue: distance.pValue)
        if finding.verdict == .inconclusive {
            finding.rowsNeeded = distance.rowsNeeded(margin: margin, level: level)
        }
        return finding
    }

    /// The difference of the shares of missing cells, or `nil` where a column has no cell.
    static func missing(
        _ reference: (absent: Int, rows: Int), _ candidate: (absent: Int, rows: Int),
        margin: Double, level: Double
    ) -> Finding? {
        let one = (successes: reference.absent, count: reference.rows)
        let two = (successes: candidate.absent, count: candidate.rows)
        guard let signed = Proportions.difference(reference: one, candidate: two, level: level)
        else { return nil }
        let (n, m) = (Double(one.count), Double(two.count))
        let effect = abs(Double(two.successes) / m - Double(one.successes) / n)
        let interval = signed.sizes
        var finding = Finding(
            measure: .missingShare, effect: effect, interval: interval, margin: margin,
            pValue: Proportions.pValue(reference: one, candidate: two))
        let gap = abs(effect - margin)
        if finding.verdict == .inconclusive && gap > 0 {
            // The ends come nearer with the square root of the rows.
            let reach = effect < margin ? interval.upper - effect : effect - interval.lower
            let size = 2 / (1 / n + 1 / m)
            let rows = (size * (reach / gap) * (reach / gap)).rounded(.up)
            finding.rowsNeeded = rows <= 1e9 ? max(Int(rows), Int(size) + 1) : nil
        }
        return finding
    }
}
