internal import HoldfastStatistics

/// Some categories, the most frequent first, of possibly many.
public struct CategoryList: Sendable, Equatable {
    /// How many categories are named.
    public static let limit = 10
    /// The number of them all.
    public var count: Int
    /// The share of the table's values that they make.
    public var share: Double
    /// The most frequent, at most ``limit``, with how often each occurs; long names are cut.
    public var first: [Item]

    /// A category and how often it occurs.
    public struct Item: Sendable, Equatable {
        /// The category as text, cut to 100 code points.
        public var category: String
        /// How often it occurs.
        public var count: Int
    }

    /// The categories of `one` that `other` has not.
    init(of one: CategorySummary, notIn other: CategorySummary) {
        var found: [(name: [UInt8], count: Int)] = []
        var total = 0
        one.eachCategory { name, times in
            guard other.tally(of: name) == 0 else { return }
            found.append((Array(name), times))
            total += times
        }
        found.sort {
            $0.count != $1.count ? $0.count > $1.count : $0.name.lexicographicallyPrecedes($1.name)
        }
        count = found.count
        share = one.count > 0 ? Double(total) / Double(one.count) : 0
        first = found.prefix(Self.limit).map { item in
            // Bytes that are no UTF-8 are shown as the replacement character.
            let text = String(decoding: item.name, as: UTF8.self)
            return Item(category: Self.cut(text), count: item.count)
        }
    }

    /// A character can be of any length, so that code points are counted.
    private static func cut(_ text: String) -> String {
        guard text.unicodeScalars.count > 100 else { return text }
        return String(text.unicodeScalars.prefix(99)) + "…"
    }
}

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

    /// A column that both tables have.
    init(
        _ reference: ColumnSummary, _ candidate: ColumnSummary, roles: (TableRole, TableRole),
        margins: Margins, level: Double
    ) {
        column = reference.name
        self.reference = ColumnFacts(reference)
        self.candidate = ColumnFacts(candidate)
        verdict = .inconclusive
        compareValues(
            reference, candidate, roles: roles, margin: margins.distribution, level: level)
        let missing = Finding.missing(
            (reference.absent, reference.rows), (candidate.absent, candidate.rows),
            margin: margins.missingShare, level: level)
        if let missing { findings.append(missing) }
        let isOneSided = (reference.kind == .empty) != (candidate.kind == .empty)
        verdict = Verdict(
            all: findings.map(\.verdict) + (isOneSided ? [.inconclusive] : []))
    }

    private mutating func compareValues(
        _ reference: ColumnSummary, _ candidate: ColumnSummary, roles: (TableRole, TableRole),
        margin: Double, level: Double
    ) {
        for (column, role) in [(reference, roles.0), (candidate, roles.1)]
        where column.kind == .empty {
            notes.append("All values are missing in \(role.rawValue).")
        }
        guard reference.kind != .empty, candidate.kind != .empty else { return }
        if let one = reference.numberSummary, let two = candidate.numberSummary {
            if let low = one.minimum, let high = one.maximum, two.count > 0 {
                // A candidate that leaves the range is what a model has never seen.
                let outside = two.sorted.count { $0 < low || $0 > high }
                outsideRange = Double(outside) / Double(two.count)
            }
            let finding = Finding.numbers(one, two, margin: margin, level: level)
            if let finding { findings.append(finding) }
            return
        }
        if reference.kind != candidate.kind {
            notes.append(
                "The types differ (\(reference.kind.rawValue) in \(roles.0.rawValue), "
                    + "\(candidate.kind.rawValue) in \(roles.1.rawValue)): compared as categories.")
        }
        let (one, two) = (reference.categorySummary, candidate.categorySummary)
        newCategories = CategoryList(of: two, notIn: one)
        vanishedCategories = CategoryList(of: one, notIn: two)
        guard let finding = Finding.categories(one, two, margin: margin, level: level) else {
            return
        }
        if (finding.expectedByChance ?? 0) >= 0.9 {
            notes.append(
                "Almost every value is a category of its own: these say nothing about agreement. "
                    + "Ignore the column if it identifies rows or is a time.")
        }
        findings.append(finding)
    }
}

extension TableRole: Comparable {
    /// In the order of a model's life: train, eval, serve. The earlier one is the reference.
    public static func < (one: TableRole, other: TableRole) -> Bool {
        (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
}
