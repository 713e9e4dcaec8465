package import HoldfastAssignment
package import HoldfastFormats
internal import HoldfastSQL

/// A piece of what was seen of an experiment's health, as the ledger keeps it: counts and
/// evidence, never an id of a unit.
package struct HealthRow: Sendable, Equatable {
    /// The experiment; empty for what is not of one.
    package var experiment: String
    /// Which piece: `evidence`, `drift`, `day:20454`.
    package var kind: String
    /// Its content, as one line of JSON.
    package var state: String
    /// The key of the last decision that is in it.
    package var cursor: Int64

    package init(experiment: String, kind: String, state: String, cursor: Int64) {
        self.experiment = experiment
        self.kind = kind
        self.state = state
        self.cursor = cursor
    }

    /// By which it is known that a row is as it was written.
    fileprivate var digest: String {
        SHA256.hexadecimal(of: "\(experiment)/\(kind)/\(cursor)/\(state)".utf8)
    }
}

/// An operator has looked at an alarm, and its evidence begins anew.
package struct HealthAcknowledgement: Sendable, Equatable {
    /// The experiment.
    package let experiment: String
    /// The alarm: `sample-ratio-decisions`.
    package let alarm: String
    /// When: facts that were received by then count no longer for it.
    package let received: Timestamp

    package init(experiment: String, alarm: String, received: Timestamp) {
        self.experiment = experiment
        self.alarm = alarm
        self.received = received
    }
}

extension Ledger {
    /// Keeps evidence in the place of what was kept under the same kinds, all or nothing, and drops
    /// the kinds of each experiment that are named.
    ///
    ///     try await ledger.keepHealth([row], dropping: [("limits", "day:20054")])
    ///
    /// It is written by the one writer, in a transaction with the key up to which it was read: so a
    /// restart neither loses nor doubles what was counted.
    package func keepHealth(
        _ rows: [HealthRow], dropping: [(experiment: String, kind: String)] = []
    ) async throws(LedgerError) {
        guard !rows.isEmpty || !dropping.isEmpty else { return }
        try await perform("keeping the evidence of health") {
            file, _ throws(SQLError) -> Result<Void, LedgerError> in
            let received = file.now().microseconds
            try file.connection.transaction { () throws(SQLError) in
                for row in rows {
                    try file.connection.run(
                        """
                        INSERT INTO health
                          (experiment, kind, state, cursor, digest, updated_at)
                        VALUES (\(row.experiment), \(row.kind), \(row.state), \(row.cursor),
                          \(row.digest), \(received))
                        ON CONFLICT (experiment, kind) DO UPDATE SET state = excluded.state,
                          cursor = excluded.cursor, digest = excluded.digest,
                          updated_at = excluded.updated_at
                        """)
                }
                for (experiment, kind) in dropping {
                    try file.connection.run(
                        "DELETE FROM health WHERE experiment = \(experiment) AND kind = \(kind)")
                }
            }
            return .success(())
        }
    }

    /// Keeps that an operator has acknowledged an alarm: what is counted for it begins anew.
    package func acknowledge(
        _ alarm: String, of experiment: Name
    ) async throws(LedgerError) {
        try await perform("acknowledging an alarm") {
            file, _ throws(SQLError) -> Result<Void, LedgerError> in
            try file.connection.transaction { () throws(SQLError) in
                // Once the file is ours: what others received while it was waited for is of before.
                let received = file.now().microseconds
                try file.connection.run(
                    """
                    INSERT INTO health_acknowledgements (experiment, alarm, received_at)
                    VALUES (\(experiment.text), \(alarm), \(received))
                    """)
            }
            return .success(())
        }
    }
}

extension LedgerReader {
    /// The evidence that is kept; none in a ledger of an older format. What is not as it was
    /// written has an empty state.
    package func healthRows() throws(LedgerError) -> [HealthRow] {
        guard format >= LedgerSchema.healthFormat else { return [] }
        do throws(SQLError) {
            return try connection.healthRows().map { row, isWhole in
                guard !isWhole else { return row }
                return HealthRow(
                    experiment: row.experiment, kind: row.kind, state: "", cursor: row.cursor)
            }
        } catch {
            throw LedgerError(error, path: path, tried: "reading the evidence of health")
        }
    }

    /// What operators have acknowledged, earliest first.
    package func healthAcknowledgements() throws(LedgerError) -> [HealthAcknowledgement] {
        guard format >= LedgerSchema.healthFormat else { return [] }
        var all: [HealthAcknowledgement] = []
        do throws(SQLError) {
            try connection.query(
                """
                SELECT experiment, alarm, received_at FROM health_acknowledgements
                ORDER BY acknowledgement
                """
            ) { row throws(SQLError) in
                all.append(
                    HealthAcknowledgement(
                        experiment: row.text(0) ?? "", alarm: row.text(1) ?? "",
                        received: Timestamp(microseconds: row.integer(2))))
            }
        } catch {
            throw LedgerError(error, path: path, tried: "reading what was acknowledged")
        }
        return all
    }
}

extension SQLiteConnection {
    /// The evidence that is kept, and whether each piece is as it was written.
    fileprivate func healthRows() throws(SQLError) -> [(HealthRow, isWhole: Bool)] {
        var rows: [(HealthRow, isWhole: Bool)] = []
        try query(
            "SELECT experiment, kind, state, cursor, digest FROM health ORDER BY experiment, kind"
        ) { row throws(SQLError) in
            let kept = HealthRow(
                experiment: row.text(0) ?? "", kind: row.text(1) ?? "", state: row.text(2) ?? "",
                cursor: row.integer(3))
            rows.append((kept, kept.digest == row.text(4)))
        }
        return rows
    }

    /// Evidence that is not as it was written.
    func damagedHealth() throws(SQLError) -> [String] {
        try healthRows().filter { !$0.isWhole }.prefix(LedgerFault.limit).map { row, _ in
            "health: \(row.kind) of \(row.experiment) is not as it was written; a service "
                + "calculates it anew"
        }
    }
}
