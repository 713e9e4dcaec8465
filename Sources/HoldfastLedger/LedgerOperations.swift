public import HoldfastAssignment
public import HoldfastFormats
internal import HoldfastSQL

extension Ledger {
    /// Erases a person: every row of the unit, or that names it as its cluster, and the refused
    /// items that name it. Facts of it that come late are refused from now on.
    ///
    ///     try await ledger.forget(unit).decisions   // 3
    ///
    /// A catalog must be in force: its salt is the key of the mark that is left. The file is
    /// written anew when `isCompacting`, which takes its time and keeps writers waiting; without it
    /// what was erased is overwritten where it stood, and older copies of it may be left in pages.
    public func forget(
        _ unit: UnitID, isCompacting: Bool = true
    ) async throws(LedgerError) -> Erasure {
        try await perform("erasing a unit") {
            file, path throws(SQLError) -> Result<Erasure, LedgerError> in
            guard file.forgotten.key != nil else {
                return .failure(
                    LedgerError(
                        .unknownExperiment, path: path, "no catalog is in force",
                        "bring one into force: its salt is the key of the mark that is left"))
            }
            return .success(try file.forget(unit, isCompacting: isCompacting))
        }
    }

    /// Whether a batch of this number was entered before.
    public func hasEntered(_ number: BatchNumber) async throws(LedgerError) -> Bool {
        try await perform("looking for a batch") {
            file, _ throws(SQLError) -> Result<Bool, LedgerError> in
            .success(
                try file.connection.exists(
                    "SELECT 1 FROM batches WHERE source = ?1 AND sequence = ?2",
                    [.text(number.source.text), .integer(number.sequence)]))
        }
    }

    /// A refused item that waits for repair.
    public struct KeptRefusal: Sendable {
        /// Its place in the table.
        public var key: Int64
        /// The item as it came, and why it was refused.
        public var item: RefusedItem
        /// When it came.
        public var received: Timestamp
    }

    /// The refused items of a kind that wait for repair, in the order in which they came: the first
    /// so many behind a key. Nothing is left to mend of those whose unit was forgotten.
    public func refusedItems(
        _ kind: Fact.Kind, after key: Int64 = 0, limit: Int
    ) async throws(LedgerError) -> [KeptRefusal] {
        try await perform("reading refused items") {
            file, _ throws(SQLError) -> Result<[KeptRefusal], LedgerError> in
            .success(try file.connection.refusedItems(kind, after: key, limit: limit))
        }
    }
}

extension SQLiteConnection {
    fileprivate func refusedItems(
        _ kind: Fact.Kind, after key: Int64, limit: Int
    ) throws(SQLError) -> [Ledger.KeptRefusal] {
        var items: [Ledger.KeptRefusal] = []
        try query(
            """
            SELECT refusal, source, code, detail, experiment, received_at FROM refusals
            WHERE kind = \(kind.rawValue) AND refusal > \(key) AND code <> \(Refusal.forgottenCode)
            ORDER BY refusal
            LIMIT \(Int64(limit))
            """
        ) { row throws(SQLError) in
            let refusal = Refusal(
                code: row.text(2) ?? "", detail: row.text(3) ?? "", hint: "mend it")
            items.append(
                Ledger.KeptRefusal(
                    key: row.integer(0),
                    item: RefusedItem(
                        kind: kind, source: Array((row.text(1) ?? "").utf8), refusal: refusal,
                        experiment: row.text(4).flatMap { Name($0) }),
                    received: Timestamp(microseconds: row.integer(5))))
        }
        return items
    }
}
