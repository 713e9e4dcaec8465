public import HoldfastStatistics
internal import HoldfastTables

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
    /// The difference of two columns of numbers.
    init(_ distance: KolmogorovSmirnov, margin: Double, level: Double) {
        self.init(
            measure: .kolmogorovSmirnov, effect: distance.effect,
            expectedByChance: distance.expectedByChance, interval: distance.interval(level: level),
            margin: margin, pValue: distance.pValue)
        if verdict == .inconclusive {
            rowsNeeded = distance.rowsNeeded(margin: margin, level: level)
        }
    }

    /// The difference of two columns of categories.
    init(_ distance: TotalVariation, margin: Double, level: Double) {
        self.init(
            measure: .totalVariation, effect: distance.effect,
            expectedByChance: distance.expectedByChance, interval: distance.interval(level: level),
            margin: margin, pValue: distance.pValue)
        if verdict == .inconclusive {
            rowsNeeded = distance.rowsNeeded(margin: margin, given: interval)
        }
    }

    /// The differences of the shares of cells without a value: of missing ones always, of every
    /// other kind where a table has some. `rows` are what a table with weights is worth.
    static func absences(
        _ reference: ColumnSummary, _ candidate: ColumnSummary, rows: (Double?, Double?),
        margin: Double, level: Double
    ) -> [Finding] {
        let kinds: [(Measure, CellKind)] = [
            (.missingShare, .missing), (.notANumberShare, .notANumber),
            (.positiveInfinityShare, .positiveInfinity),
            (.negativeInfinityShare, .negativeInfinity), (.emptyTextShare, .emptyText),
        ]
        // What one table counts as a category is no absence in the other.
        let absent = reference.absentKinds.filter(candidate.absentKinds.contains)
        return kinds.compactMap { measure, kind in
            guard absent.contains(kind) else { return nil }
            guard kind == .missing || reference.cells[kind] + candidate.cells[kind] > 0 else {
                return nil
            }
            return share(
                measure, of: kind, (reference.cells, rows.0), (candidate.cells, rows.1),
                margin: margin, level: level)
        }
    }

    private static func share(
        _ measure: Measure, of kind: CellKind, _ reference: (cells: CellCounts, rows: Double?),
        _ candidate: (cells: CellCounts, rows: Double?), margin: Double, level: Double
    ) -> Finding? {
        guard let p = reference.cells.share([kind]), let q = candidate.cells.share([kind]) else {
            return nil
        }
        let n = reference.rows ?? Double(reference.cells.rows)
        let m = candidate.rows ?? Double(candidate.cells.rows)
        // Whole numbers where rows have no weights, whatever the division made of them.
        let one = (
            successes: reference.rows == nil ? Double(reference.cells[kind]) : p * n, count: n
        )
        let two = (
            successes: candidate.rows == nil ? Double(candidate.cells[kind]) : q * m, count: m
        )
        return difference(measure, reference: one, candidate: two, margin: margin, level: level)
    }

    /// The size of the difference of two shares, or `nil` where a sample is empty.
    static func difference(
        _ measure: Measure, reference: (successes: Double, count: Double),
        candidate: (successes: Double, count: Double), margin: Double, level: Double
    ) -> Finding? {
        guard
            let signed = Proportions.difference(
                reference: reference, candidate: candidate, level: level)
        else { return nil }
        let (n, m) = (reference.count, candidate.count)
        let effect = abs(candidate.successes / m - reference.successes / n)
        let interval = signed.sizes
        var finding = Finding(
            measure: measure, effect: effect, interval: interval, margin: margin,
            pValue: Proportions.pValue(reference: reference, candidate: candidate))
        finding.estimateRows(size: 2 / (1 / n + 1 / m))
        return finding
    }

    /// Says of an inconclusive finding how many rows it would take. `size` are the rows of each of
    /// two equal tables that would tell as much as these.
    mutating func estimateRows(size: Double) {
        guard verdict == .inconclusive else { return }
        rowsNeeded = RowsNeeded.estimate(effect, in: interval, margin: margin, size: size)
    }
}
