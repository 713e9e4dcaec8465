package import HoldfastFormats
internal import HoldfastSQL

/// What was taken out of a ledger because lakes have it.
package struct Retention: Sendable, Equatable {
    /// Rows that were taken out, by kind.
    package var taken: [ShippedKind: Int] = [:]
    /// Rows as old that stay: each says in which cluster its unit is.
    package var kept = 0
    /// Rows as old that stay because another lake does not have them.
    package var waiting = 0
}

/// From when on a ledger is whole.
package struct RetentionBoundary: Sendable, Equatable {
    /// What was received before may have been taken out.
    package var receivedBefore: Timestamp
}

extension Ledger {
    /// The most rows that are taken out in one transaction: other writers wait for its end.
    static let retentionStep = 2_000

    /// Takes out facts that were received before a moment and that every lake has to which this
    /// ledger was ever shipped.
    ///
    ///     try await ledger.takeOut(receivedBefore: now - keep) { _ in }.taken   // [.outcomes: 80]
    ///
    /// Of each row its leaf stays, as of one that was erased: the chain is whole. So do rows that
    /// place a unit in its cluster: without them it could come under another, and be in two arms.
    /// Numbered batches stay, which are few and say what is missing. An id that goes is not known
    /// any more: a fact that is sent again later is taken as a new one, and the lake's readers drop
    /// it.
    package func takeOut(
        receivedBefore time: Timestamp, progress: @Sendable (String) -> Void
    ) async throws(LedgerError) -> Retention {
        var retention = Retention()
        for kind in ShippedKind.allCases where kind.table.isErasable {
            var cursor: Int64 = 0
            while true {
                let start = cursor
                let step = try await perform("taking out what was shipped") {
                    file, _ throws(SQLError) -> Result<RetentionStep, LedgerError> in
                    .success(try file.takeOut(kind, receivedBefore: time, after: start))
                }
                retention.taken[kind, default: 0] += step.taken
                guard let next = step.next else {
                    retention.kept += step.kept
                    retention.waiting += step.waiting
                    break
                }
                cursor = next
                progress("taking out \(kind): \(retention.taken[kind] ?? 0)")
                guard !Task.isCancelled else {
                    throw LedgerError(
                        .cancelled, path: path, "taking out what was shipped was stopped",
                        "what is left is taken out next time")
                }
            }
        }
        return retention
    }
}

struct RetentionStep: Sendable {
    var taken = 0
    /// Of the whole kind, once nothing more is to be taken out.
    var kept = 0
    var waiting = 0
    /// Behind which row the next step begins; `nil` at the end.
    var next: Int64?
}

extension LedgerFile {
    /// Takes out the first rows behind a key, all or none of them.
    func takeOut(
        _ kind: ShippedKind, receivedBefore time: Timestamp, after cursor: Int64
    ) throws(SQLError) -> RetentionStep {
        try sealing { commit, received throws(SQLError) in
            let table = kind.table
            let old = try connection.lastKey(of: table, receivedBefore: time)
            let last = min(old, try connection.shippedEverywhere(kind))
            let condition = try mayGo(table)
            let key = SQL.name(table.key)
            var keys: [Int64] = []
            try connection.query(
                """
                SELECT t.\(key) FROM \(name: table.name) AS t
                WHERE t.\(key) > \(cursor) AND t.\(key) <= \(last) AND (\(condition))
                ORDER BY t.\(key) LIMIT \(Int64(Ledger.retentionStep))
                """
            ) { row throws(SQLError) in keys.append(row.integer(0)) }
            let leaves = try LeafReader(table, on: connection)
            for key in keys { try erase(key, from: table, leaves, received, &commit) }
            var step = RetentionStep(taken: keys.count, next: keys.last)
            guard let end = keys.last else {
                step.kept = try connection.count(of: table, from: 0, to: last)
                step.waiting = try connection.count(of: table, from: last, to: old)
                return step
            }
            try connection.run(
                """
                INSERT INTO retentions (kind, last, received_before)
                VALUES (\(table.name), \(end), \(time.microseconds))
                ON CONFLICT (kind) DO UPDATE SET last = max(last, excluded.last),
                  received_before = max(received_before, excluded.received_before)
                """)
            return step
        }
    }

    /// Which rows `t` may go: all but the first that says in which cluster a unit is in an
    /// experiment, by ``placementQueries``.
    private func mayGo(_ table: SealedTable) throws(SQLError) -> SQL {
        let runs = try recentClusterRuns().sorted { $0.key < $1.key }
        let cases = runs.map { "WHEN \($0.key) THEN \($0.value) " as SQL }
        let since: SQL =
            cases.isEmpty
            ? "\(Int64.min)"
            : "CASE t.experiment \(SQL.joined(cases, by: ""))ELSE \(Int64.min) END"
        let placed: SQL = """
            p.experiment = t.experiment AND p.unit = t.unit AND p.cluster IS NOT NULL
            AND p.received_at >= \(since)
            """
        switch table {
        case .decisions:
            return """
                t.cluster IS NULL OR t.received_at < \(since) OR EXISTS (
                  SELECT 1 FROM decisions AS p WHERE \(placed) AND p.decision < t.decision)
                """
        case .exposures:
            return """
                t.cluster IS NULL OR t.received_at < \(since)
                OR EXISTS (SELECT 1 FROM exposures AS p WHERE \(placed) AND p.exposure < t.exposure)
                OR EXISTS (SELECT 1 FROM decisions AS p WHERE \(placed))
                """
        case .outcomes, .batches, .revisions, .erasures, .forgotten: return "1 = 1"
        }
    }
}

extension SQLiteConnection {
    /// The greatest key of a table of what was received before a moment.
    fileprivate func lastKey(
        of table: SealedTable, receivedBefore time: Timestamp
    ) throws(SQLError) -> Int64 {
        var last: Int64 = 0
        try query(
            """
            \(Commit.selection) WHERE received_at < \(time.microseconds)
            ORDER BY received_at DESC LIMIT 1
            """
        ) { row throws(SQLError) in last = Commit(row).lastKeys[table.rawValue] }
        return last
    }

    fileprivate func count(
        of table: SealedTable, from first: Int64, to last: Int64
    ) throws(SQLError) -> Int {
        let count = try value(
            """
            SELECT COUNT(*) FROM \(name: table.name)
            WHERE \(name: table.key) > \(first) AND \(name: table.key) <= \(last)
            """)
        guard case .integer(let count) = count else {
            preconditionFailure("a count is an integer")
        }
        return Int(count)
    }
}

extension LedgerReader {
    /// From when on the ledger is whole; `nil` where nothing was ever taken out.
    package func retentionBoundary() throws(LedgerError) -> RetentionBoundary? {
        guard format >= LedgerSchema.shippingFormat else { return nil }
        do throws(SQLError) {
            let time = try connection.value("SELECT MAX(received_before) FROM retentions")
            guard case .integer(let time) = time else { return nil }
            return RetentionBoundary(receivedBefore: Timestamp(microseconds: time))
        } catch {
            throw LedgerError(error, path: path, tried: "reading what was taken out")
        }
    }
}
