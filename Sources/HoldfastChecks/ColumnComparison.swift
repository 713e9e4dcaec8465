internal import HoldfastStatistics
internal import HoldfastTables

/// One column of two tables, compared.
public struct ColumnComparison: Sendable, Equatable {
    /// The column's name.
    public var column: String
    /// What it is to the model.
    public var part = ColumnPart.feature
    /// The reference's column, `nil` where it has none.
    public var reference: ColumnFacts?
    /// The candidate's column, `nil` where it has none.
    public var candidate: ColumnFacts?
    /// What was measured: the distribution, where one is defined, and the missing share.
    public var findings: [Finding] = []
    /// Further distances and tests, where the distribution is defined.
    public var statistics: [Statistic] = []
    /// The share of the candidate's numbers outside the reference's range.
    public var outsideRange: Double?
    /// Categories of the candidate that the reference has not.
    public var newCategories: CategoryList?
    /// Categories of the reference that the candidate has not.
    public var vanishedCategories: CategoryList?
    /// What a reader must know besides the figures, whole sentences.
    public var notes: [String] = []
    /// The verdict on the column: its worst finding's, or by presence and values alone.
    public var verdict: Verdict
}

extension ColumnComparison {
    /// A column that only one table has: it disagrees, whatever it holds.
    init(_ column: String, only facts: ColumnFacts, in present: TableRole, not absent: TableRole) {
        self.column = column
        if present < absent { reference = facts } else { candidate = facts }
        notes = ["Only \(present.rawValue) has this column; \(absent.rawValue) has not."]
        verdict = .disagrees
    }

    /// A column that both tables have. `rows` are what each table is worth where its rows have
    /// weights.
    init(
        _ reference: ColumnSummary, _ candidate: ColumnSummary, roles: (TableRole, TableRole),
        rows: (Double?, Double?), margins: Margins, level: Double
    ) {
        column = reference.name
        verdict = .inconclusive
        self.reference = ColumnFacts(reference)
        self.candidate = ColumnFacts(candidate)
        for (column, role) in [(reference, roles.0), (candidate, roles.1)]
        where column.kind == .empty {
            notes.append("No cell has a value in \(role.rawValue).")
        }
        if let one = reference.numberSample, let two = candidate.numberSample {
            compare(one, two, margin: margins.distribution, level: level)
        } else if reference.kind != .empty && candidate.kind != .empty {
            compareCategories(
                reference, candidate, roles: roles, margin: margins.distribution, level: level)
        }
        findings += Finding.absences(
            reference, candidate, rows: rows, margin: margins.missingShare, level: level)
        let isOneSided = (reference.kind == .empty) != (candidate.kind == .empty)
        verdict = Verdict(
            all: findings.map(\.verdict) + (isOneSided ? [.inconclusive] : []))
    }

    private mutating func compare(
        _ reference: OrderedSample, _ candidate: OrderedSample, margin: Double, level: Double
    ) {
        guard let distances = NumberDistances(reference: reference, candidate: candidate) else {
            return
        }
        findings.append(
            Finding(distances.kolmogorovSmirnov, margin: margin, level: level))
        // A candidate that leaves the range is what a model has never seen.
        outsideRange = distances.outsideRange
        statistics = Statistic.all(distances, reference)
    }

    private mutating func compareCategories(
        _ reference: ColumnSummary, _ candidate: ColumnSummary, roles: (TableRole, TableRole),
        margin: Double, level: Double
    ) {
        if reference.kind != candidate.kind {
            notes.append(
                "The types differ (\(reference.kind.rawValue) in \(roles.0.rawValue), "
                    + "\(candidate.kind.rawValue) in \(roles.1.rawValue)): compared as categories.")
        }
        let (one, two) = (reference.categorySummary, candidate.categorySummary)
        newCategories = CategoryList(of: two, notIn: one)
        vanishedCategories = CategoryList(of: one, notIn: two)
        guard let distance = TotalVariation(one, two) else { return }
        findings.append(Finding(distance, margin: margin, level: level))
        statistics = Statistic.all(
            distance, new: newCategories?.share, vanished: vanishedCategories?.share)
        if distance.expectedByChance >= 0.9 || one.unattributed > one.total / 2
            || two.unattributed > two.total / 2
        {
            notes.append(
                "Almost every value is a category of its own: these say nothing about agreement. "
                    + "Ignore the column if it identifies rows or is a time.")
        }
    }
}

extension TableRole: Comparable {
    /// In the order of a model's life: train, eval, serve. The earlier one is the reference.
    public static func < (one: TableRole, other: TableRole) -> Bool {
        (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
}
