internal import HoldfastStatistics

/// What train and eval hold both: rows, and units.
extension RowComparison {
    /// From this share of rows on that train holds more than once, chance explains so much that a
    /// leak can hide in it.
    private static let hidingShare = 0.5

    /// Looks for rows of eval that train holds too, word for word.
    mutating func findDuplicates() {
        guard let one = reference.rowHashes, let two = candidate.rowHashes else { return }
        guard reference.hashedColumns == candidate.hashedColumns,
            !reference.hashedColumns.isEmpty
        else {
            across.notes.append(
                "Rows of \(roles.1.rawValue) that \(roles.0.rawValue) holds too were not looked "
                    + "for: the tables do not have the same columns.")
            return
        }
        let halvings = max(one.halvings, two.halvings)
        guard
            let found = DuplicateShare(
                reference: Array(one.hashes(halvings: halvings)),
                candidate: Array(two.hashes(halvings: halvings)))
        else { return }
        noteShare(halvings, of: "rows")
        across.duplicates = AcrossColumns.DuplicateFacts(
            shared: found.shared, rows: found.candidateCount, expectedShare: found.chanceShare)
        if found.chanceShare >= Self.hidingShare {
            across.notes.append(
                "\(Self.percent(found.chanceShare)) of the rows of \(roles.0.rawValue) occur in "
                    + "it more than once: rows that leaked cannot be told from rows that are "
                    + "alike by chance.")
        }
        add(
            Finding(
                measure: .duplicateRows, effect: max(0, found.excess),
                expectedByChance: found.chanceShare,
                interval: Self.aboveZero(found.excessInterval(level: options.level)),
                margin: options.acrossMargins.overlap),
            size: Self.size(found.referenceCount, found.candidateCount))
    }

    /// Looks for units of eval that train holds too.
    mutating func findUnits() {
        guard let column = options.unit,
            candidate.countedUnits != nil || reference.units != nil && candidate.units != nil
        else { return }
        guard hasColumn(column, \.hasUnit, else: "Shared units were not looked for") else { return }
        noteLacking(
            \.missingUnits,
            "no unit in \"\(column)\": shared units were looked for among the others.")
        guard let found = sharedUnits() else { return }
        across.units = AcrossColumns.UnitFacts(
            column: column, reference: found.referenceCount, candidate: found.candidateCount,
            shared: found.shared)
        add(
            Finding(
                measure: .sharedUnits, effect: found.share,
                interval: found.interval(level: options.level),
                margin: options.acrossMargins.overlap),
            size: Double(found.candidateCount))
    }

    /// The units of both tables, as an engine counted them or by their hashes.
    private mutating func sharedUnits() -> UnitOverlap? {
        if let counted = candidate.countedUnits { return counted.overlap }
        guard let one = reference.units, let two = candidate.units else { return nil }
        let halvings = max(one.halvings, two.halvings)
        let found = UnitOverlap(
            reference: Array(one.hashes(halvings: halvings)),
            candidate: Array(two.hashes(halvings: halvings)))
        if found != nil { noteShare(halvings, of: "units") }
        return found
    }

    private mutating func noteShare(_ halvings: Int, of what: String) {
        guard halvings > 0 else { return }
        across.notes.append(
            "Shared \(what) were looked for among one in \(1 << halvings) of the \(what), chosen "
                + "by a hash: the counts are those of these.")
    }

    /// "12.5 %", for notes.
    static func percent(_ share: Double) -> String {
        "\((share * 1_000).rounded() / 10) %"
    }

    /// "1 row of train has", "2 rows of train have", for notes.
    static func rows(_ count: Int, of role: TableRole) -> String {
        count == 1 ? "1 row of \(role.rawValue) has" : "\(count) rows of \(role.rawValue) have"
    }
}
