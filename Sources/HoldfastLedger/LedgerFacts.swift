internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

extension LedgerFile {
    /// Facts that were sent together, and how each came.
    struct Batch {
        var facts: [SealedFact]
        /// The bytes of the fact at an index, asked for only where the ledger itself refuses it.
        var source: FactSource?
        /// Its number, where its producer counts.
        var number: BatchNumber?
        /// The keys under which its facts are kept as refused; `nil` where they come anew.
        var repaired: [Int64]?
    }

    /// Records batches in one transaction: a receipt for each fact, in order, once it is on disk.
    ///
    /// What is refused here, and not before, is kept for repair in the same transaction.
    func append(_ batches: [Batch]) throws(SQLError) -> [[Receipt]] {
        try sealing { commit, received throws(SQLError) in
            var placements = Placements()
            var all: [[Receipt]] = []
            for batch in batches {
                var receipts: [Receipt] = []
                receipts.reserveCapacity(batch.facts.count)
                for (index, fact) in batch.facts.enumerated() {
                    let receipt = try append(fact, received, &commit, &placements)
                    if let keys = batch.repaired {
                        try settle(receipt, keptAs: keys[index])
                    } else {
                        try settle(fact.fact, receipt, received: received) {
                            batch.source?(index)
                        }
                    }
                    receipts.append(receipt)
                }
                if let number = batch.number {
                    try enter(number, of: batch.facts.map(\.fact), received, &commit)
                }
                all.append(receipts)
            }
            return all
        }
    }

    private func append(
        _ sealed: SealedFact, _ received: Timestamp, _ commit: inout CommitBuilder,
        _ placements: inout Placements
    ) throws(SQLError) -> Receipt {
        if let refusal = sealed.notFinite ?? forgetting(sealed.fact) {
            return .refused(refusal)
        }
        switch sealed.fact {
        case .decision(let decision):
            if let receipt = try misplaced(decision, sealed, &placements) { return receipt }
            let key = commit.nextKey(.decisions)
            guard try insert(sealed, into: .decisions, received, &commit) else {
                return try repeated(.decision, sealed) { () throws(SQLError) in
                    try recorded(id: sealed.id)
                }
            }
            try appendFeatures(of: decision, decision: key)
            placements.note(decision)
        case .exposure(let exposure):
            guard try insert(sealed, into: .exposures, received, &commit) else {
                return try repeated(.exposure, sealed) { nil }
            }
            placements.note(exposure)
        case .outcome:
            guard try insert(sealed, into: .outcomes, received, &commit) else {
                return try repeated(.outcome, sealed) { nil }
            }
        case .refused(let item):
            return .refused(item.refusal)
        }
        return .accepted(id: sealed.id)
    }

    /// Inserts a row and seals it; false where its id is there already.
    private func insert(
        _ sealed: SealedFact, into table: SealedTable, _ received: Timestamp,
        _ commit: inout CommitBuilder
    ) throws(SQLError) -> Bool {
        try insert(sealed.row, leaf: sealed.leaf, into: table, received, &commit)
    }

    /// Inserts a row of a sealed table; false where it is there already.
    @discardableResult
    func insert(
        _ row: [SQLValue], leaf: [UInt8], into table: SealedTable, _ received: Timestamp,
        _ commit: inout CommitBuilder
    ) throws(SQLError) -> Bool {
        try insertion(table).run(commit.nextKey(table), received.microseconds, row)
        guard connection.changes > 0 else { return false }
        commit.add(leaf, to: table)
        return true
    }

    private func appendFeatures(of fact: DecisionFact, decision: Int64) throws(SQLError) {
        guard !fact.features.isEmpty,
            let table = featureTables[fact.assignment.experiment.text]
        else { return }
        // Every column, so that one statement serves all decisions, whatever was logged.
        let values = Dictionary(
            fact.features.map { ($0.name, SQLValue($0.value)) }, uniquingKeysWith: { $1 })
        if let unknown = values.keys.first(where: { !table.columns.contains($0) }) {
            throw SQLError.noColumn(unknown.text)
        }
        try insertion(of: table).run(
            [.integer(decision)] + table.columns.map { values[$0] ?? .null })
    }

    /// What to say of an id that is recorded already: the same fact again, or another one.
    func repeated(
        _ kind: Fact.Kind, _ sealed: SealedFact, dealt: () throws(SQLError) -> Receipt.Dealt?
    ) throws(SQLError) -> Receipt {
        let statement = try connection.prepared(
            "SELECT digest FROM \(kind.rawValue)s WHERE id = ?1")
        try statement.bind([.text(sealed.id)])
        let isSame = try statement.step() && statement.value(0) == .blob(sealed.digest)
        while try statement.step() {}
        guard isSame else {
            return .refused(
                Refusal(
                    code: "conflict",
                    detail:
                        "another \(kind.rawValue) has the id \"\(sealed.id)\" and other content",
                    hint: "nothing was overwritten; send a new fact under a new id"))
        }
        return .duplicate(id: sealed.id, dealt: try dealt())
    }

    func recorded(id: String) throws(SQLError) -> Receipt.Dealt? {
        let statement = try connection.prepared(
            """
            SELECT experiment, arm, reason, holdout, propensity, bucket, revision, decided_at,
              burn_in
            FROM decisions WHERE id = ?1
            """)
        try statement.bind([.text(id)])
        // A statement left at a row would hold its snapshot, and the log could not be emptied.
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let holdout = statement.text(3).flatMap { Name($0) }
        guard let experiment = statement.text(0).flatMap({ Name($0) }),
            let reason = Reason(word: statement.text(2) ?? "", holdout: holdout)
        else { return nil }
        let dealt = Receipt.Dealt(
            assignment: Assignment(
                experiment: experiment, arm: statement.text(1).flatMap { Name($0) },
                reason: reason, propensity: statement.real(4),
                bucket: statement.isNull(5) ? nil : UInt64(clamping: statement.integer(5)),
                revision: statement.text(6) ?? "",
                isBurnIn: statement.isNull(8) ? nil : statement.integer(8) != 0),
            at: Timestamp(microseconds: statement.integer(7)))
        return dealt
    }
}
