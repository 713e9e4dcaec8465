internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

extension LedgerFile {
    /// Facts that were sent together, and how each came.
    struct Batch {
        var facts: [Fact]
        /// The bytes of the fact at an index, asked for only where the ledger itself refuses it.
        var source: FactSource?
    }

    /// Records batches in one transaction: a receipt for each fact, in order, once it is on disk.
    ///
    /// What is refused here, and not before, is kept for repair in the same transaction.
    func append(_ batches: [Batch]) throws(SQLError) -> [[Receipt]] {
        try connection.transaction { () throws(SQLError) in
            // Behind the lock: a batch that waits for another process is received when it is read.
            let received = now()
            var placements = Placements()
            var all: [[Receipt]] = []
            for batch in batches {
                var receipts: [Receipt] = []
                receipts.reserveCapacity(batch.facts.count)
                for (index, fact) in batch.facts.enumerated() {
                    let receipt = try append(fact, received: received, &placements)
                    if case .refused(let refusal) = receipt, let source = batch.source {
                        try keep(fact, source(index), refusal, received: received)
                    }
                    receipts.append(receipt)
                }
                all.append(receipts)
            }
            return all
        }
    }

    private func append(
        _ fact: Fact, received: Timestamp, _ placements: inout Placements
    ) throws(SQLError) -> Receipt {
        if let refusal = fact.notFinite { return .refused(refusal) }
        switch fact {
        case .decision(let decision):
            if let receipt = try misplaced(decision, &placements) { return receipt }
            let receipt = try append(decision, received: received)
            if case .accepted = receipt { placements.note(decision) }
            return receipt
        case .exposure(let exposure):
            let receipt = try append(exposure, received: received)
            if case .accepted = receipt { placements.note(exposure) }
            return receipt
        case .outcome(let outcome): return try append(outcome, received: received)
        case .refused(let item):
            try keep(item, received: received)
            return .refused(item.refusal)
        }
    }

    /// Keeps what was refused here; an item that came refused is kept already.
    private func keep(
        _ fact: Fact, _ source: [UInt8], _ refusal: Refusal, received: Timestamp
    ) throws(SQLError) {
        guard let kind = fact.kind else { return }
        let item = RefusedItem(
            kind: kind, source: source, refusal: refusal, experiment: fact.experiment)
        try keep(item, received: received)
    }

    private func append(
        _ fact: DecisionFact, received: Timestamp
    ) throws(SQLError) -> Receipt {
        let digest = fact.digest
        let id = fact.id ?? digest.hexadecimal
        let assignment = fact.assignment
        try connection.prepared(
            """
            INSERT INTO decisions (id, unit, cluster, experiment, decided_at, received_at, arm, reason,
              holdout, propensity, bucket, revision, score, model, intended, digest, burn_in)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
            ON CONFLICT (id) DO NOTHING
            """
        ).run([
            .text(id), .text(fact.unit.text), SQLValue(fact.cluster?.text),
            .text(assignment.experiment.text), .integer(fact.at.microseconds),
            .integer(received.microseconds), SQLValue(assignment.arm?.text),
            .text(assignment.reason.word), SQLValue(assignment.reason.holdout?.text),
            .real(assignment.propensity), SQLValue(assignment.bucket.map { Int64($0) }),
            .text(assignment.revision), SQLValue(fact.score), SQLValue(fact.model),
            SQLValue(fact.intended), .blob(digest), SQLValue(assignment.isBurnIn),
        ])
        guard connection.changes > 0 else {
            return try repeated(.decision, id: id, digest: digest) { () throws(SQLError) in
                try recorded(id: id)
            }
        }
        try appendFeatures(of: fact, decision: connection.lastRowID)
        return .accepted(id: id)
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
        let columns = table.columns.map { ", " + SQL.name($0.text).rendered.text }.joined()
        let places = table.columns.indices.map { ", ?\($0 + 2)" }.joined()
        let tableName = SQL.name(table.name).rendered.text
        try connection.prepared(
            "INSERT INTO \(tableName) (decision\(columns)) VALUES (?1\(places))"
        ).run([.integer(decision)] + table.columns.map { values[$0] ?? .null })
    }

    private func append(
        _ fact: ExposureFact, received: Timestamp
    ) throws(SQLError) -> Receipt {
        let digest = fact.digest
        let id = fact.id ?? digest.hexadecimal
        try connection.prepared(
            """
            INSERT INTO exposures (id, unit, cluster, experiment, arm, exposed_at, received_at, digest)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (id) DO NOTHING
            """
        ).run([
            .text(id), .text(fact.unit.text), SQLValue(fact.cluster?.text),
            .text(fact.experiment.text), .text(fact.arm.text), .integer(fact.at.microseconds),
            .integer(received.microseconds), .blob(digest),
        ])
        if connection.changes > 0 { return .accepted(id: id) }
        return try repeated(.exposure, id: id, digest: digest) { nil }
    }

    private func append(
        _ fact: OutcomeFact, received: Timestamp
    ) throws(SQLError) -> Receipt {
        let digest = fact.digest
        let id = fact.id ?? digest.hexadecimal
        try connection.prepared(
            """
            INSERT INTO outcomes (id, unit, name, value, observed_at, received_at, digest)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (id) DO NOTHING
            """
        ).run([
            .text(id), .text(fact.unit.text), .text(fact.name.text), .real(fact.value),
            .integer(fact.at.microseconds), .integer(received.microseconds), .blob(digest),
        ])
        if connection.changes > 0 { return .accepted(id: id) }
        return try repeated(.outcome, id: id, digest: digest) { nil }
    }

    private func keep(_ item: RefusedItem, received: Timestamp) throws(SQLError) {
        try connection.prepared(
            """
            INSERT INTO refusals (kind, source, code, detail, received_at, experiment)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """
        ).run([
            .text(item.kind.rawValue), .text(item.source), .text(item.refusal.code),
            .text(item.refusal.detail), .integer(received.microseconds),
            SQLValue(item.experiment?.text),
        ])
    }

    /// What to say of an id that is recorded already: the same fact again, or another one.
    func repeated(
        _ kind: Fact.Kind, id: String, digest: [UInt8],
        dealt: () throws(SQLError) -> Receipt.Dealt?
    ) throws(SQLError) -> Receipt {
        let statement = try connection.prepared(
            "SELECT digest FROM \(kind.rawValue)s WHERE id = ?1")
        try statement.bind([.text(id)])
        let isSame = try statement.step() && statement.value(0) == .blob(digest)
        while try statement.step() {}
        guard isSame else {
            return .refused(
                Refusal(
                    code: "conflict",
                    detail: "another \(kind.rawValue) has the id \"\(id)\" and other content",
                    hint: "nothing was overwritten; send a new fact under a new id"))
        }
        return .duplicate(id: id, dealt: try dealt())
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

extension SQLValue {
    fileprivate init(_ feature: FeatureValue) {
        switch feature {
        case .number(let value): self = .real(value)
        case .integer(let value): self = .integer(value)
        case .category(let text): self = .text(text)
        case .boolean(let value): self = .integer(value ? 1 : 0)
        }
    }
}
