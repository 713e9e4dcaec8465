internal import HoldfastStatistics
internal import HoldfastTables

/// The rows of two tables that have the same key, where each table has it once.
struct KeyedJoin {
    /// The places of the rows in what is kept of either table, by the hash of their key.
    private(set) var pairs: [(reference: Int, candidate: Int)] = []
    /// Keys that only the reference has.
    private(set) var referenceOnly = 0
    /// Keys that only the candidate has.
    private(set) var candidateOnly = 0
    /// Keys that a table has more than once.
    private(set) var repeated = 0
    /// The share of all keys that was looked at.
    let share: Double

    /// Joins rows, both of which are finished. Only keys whose hash is below the bounds of both are
    /// looked at: above one of them a key may be there without having been kept.
    init(_ one: KeptRows, _ two: KeptRows) {
        let bound = min(one.bound, two.bound)
        share = min(one.share, two.share)
        var (i, j) = (0, 0)
        while true {
            let ours = i < one.count && one.hashes[i] < bound ? one.hashes[i] : bound
            let theirs = j < two.count && two.hashes[j] < bound ? two.hashes[j] : bound
            if ours == bound && theirs == bound { break }
            let (isOurs, isTheirs) = (ours <= theirs, theirs <= ours)
            if isOurs && one.isRepeated[i] || isTheirs && two.isRepeated[j] {
                repeated += 1
            } else if isOurs && isTheirs {
                pairs.append((i, j))
            } else if isOurs {
                referenceOnly += 1
            } else {
                candidateOnly += 1
            }
            i += isOurs ? 1 : 0
            j += isTheirs ? 1 : 0
        }
    }
}

/// Rows joined by key, compared cell by cell.
extension RowComparison {
    /// The largest difference of two numbers that are equal, relative to the larger one: a number
    /// that was computed in another order, or written with 15 digits, comes back as near.
    static let tolerance = 1e-9
    /// The most rows that are shown of a column.
    static let exampleLimit = 5

    /// Joins the rows of both tables and compares them.
    mutating func joinByKey() {
        guard let key = options.key, let one = reference.keyed, let two = candidate.keyed else {
            return
        }
        guard hasColumn(key, \.hasKey, else: "Rows were not compared by key") else { return }
        noteLacking(\.missingKeys, "no key in \"\(key)\" and no part in the comparison by it.")
        let join = KeyedJoin(one, two)
        let share = join.share * min(reference.keyedShare, candidate.keyedShare)
        if share < 1 {
            across.notes.append(
                "Rows were compared by key for \(Self.percent(share)) of the keys, chosen by "
                    + "a hash: the counts are those of these.")
        }
        var facts = AcrossColumns.SkewFacts(
            key: key, joined: join.pairs.count, referenceOnly: join.referenceOnly,
            candidateOnly: join.candidateOnly, repeated: join.repeated, sampledShare: share,
            differing: 0, columns: [])
        var differs = [Bool](repeating: false, count: join.pairs.count)
        // A label may come later; that it differs is no skew of what a model computes from.
        for (name, isCategory) in columns(without: [key, options.label, options.weight]) {
            guard let ours = one.column(name), let theirs = two.column(name) else { continue }
            let column = ColumnJoin(
                reference: ours, candidate: theirs,
                isCategory: isCategory || ours.hasText || theirs.hasText)
            facts.columns.append(column.compare(join.pairs, names: one.names, &differs))
        }
        facts.differing = differs.count { $0 }
        let order = facts.columns.indices.sorted {
            (-facts.columns[$0].differing, $0) < (-facts.columns[$1].differing, $1)
        }
        facts.columns = order.map { facts.columns[$0] }
        across.skew = facts
        conclude(facts)
    }

    private mutating func conclude(_ facts: AcrossColumns.SkewFacts) {
        guard facts.joined > 0, !facts.columns.isEmpty,
            let interval = Proportions.wilson(
                successes: facts.differing, of: facts.joined, level: options.level)
        else {
            across.notes.append(
                facts.joined > 0
                    ? "Rows were not compared by key: the tables share no other column."
                    : "Rows were not compared by key: no key occurs once in both "
                        + "\(roles.0.rawValue) and \(roles.1.rawValue).")
            return
        }
        add(
            Finding(
                measure: .skew, effect: Double(facts.differing) / Double(facts.joined),
                interval: interval, margin: options.acrossMargins.skew),
            size: Double(facts.joined))
    }
}

/// One column of joined rows.
private struct ColumnJoin {
    let reference: KeptColumn
    let candidate: KeptColumn
    let isCategory: Bool

    /// Compares the column, and marks the rows in which it differs.
    func compare(
        _ pairs: [(reference: Int, candidate: Int)], names: KeptTexts, _ differs: inout [Bool]
    ) -> AcrossColumns.SkewFacts.Column {
        var skew = PairedSkew(tolerance: RowComparison.tolerance)
        var examples: [AcrossColumns.SkewFacts.Example] = []
        for (index, pair) in pairs.enumerated() {
            let before = skew.unequal
            add(pair, to: &skew)
            guard skew.unequal > before else { continue }
            differs[index] = true
            guard examples.count < RowComparison.exampleLimit else { continue }
            examples.append(
                .init(
                    key: names.text(pair.reference),
                    reference: reference.shown(pair.reference, isCategory: isCategory),
                    candidate: candidate.shown(pair.candidate, isCategory: isCategory)))
        }
        return .init(
            column: reference.name, differing: skew.unequal,
            missingOnOneSide: skew.missingInReference + skew.missingInCandidate,
            meanShift: skew.meanShift, largest: skew.largest, examples: examples)
    }

    private func add(_ pair: (reference: Int, candidate: Int), to skew: inout PairedSkew) {
        guard isCategory else {
            skew.add(reference.number(pair.reference), candidate.number(pair.candidate))
            return
        }
        // Most pairs are alike, and a number need not be written to see that.
        let content = reference.content(pair.reference)
        if content == candidate.content(pair.candidate),
            content.bits != 0 || content.kind == .number
        {
            skew.add(isEqual: true)
            return
        }
        let (one, two) = (
            reference.category(pair.reference), candidate.category(pair.candidate)
        )
        if one == nil || two == nil {
            skew.addMissing(inReference: one == nil, inCandidate: two == nil)
        } else {
            skew.add(isEqual: one == two)
        }
    }
}
