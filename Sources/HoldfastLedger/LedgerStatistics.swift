internal import Glibc
package import HoldfastFormats
internal import HoldfastSQL

/// What a ledger holds, how fast it grows, what is missing in it, and how it is kept.
package struct LedgerStatistics: Sendable {
    /// The rows of one kind of fact.
    package struct Facts: Sendable {
        /// `decisions`, `exposures` or `outcomes`.
        package let table: String
        /// Rows that are there.
        package let count: Int64
        /// Of them those that were received within the last hour and the last day: later than that
        /// long ago, by the commits.
        package let lastHour: Int64
        package let lastDay: Int64
        /// Microseconds from what happened to its receipt, over the last thousand rows: the middle
        /// and the greatest; `nil` where there is none.
        package let medianLag: Int64?
        package let greatestLag: Int64?
    }

    /// Numbers that a source left out.
    package struct Gap: Sendable, Hashable {
        package let source: String
        /// The first and the last number that are missing.
        package let numbers: ClosedRange<Int64>
    }

    package let format: Int64
    package let durability: Durability
    package let facts: [Facts]
    package let head: ChainHead
    /// When the last commit was received; `nil` where there is none.
    package let lastReceived: Timestamp?
    /// The revision in force.
    package let revision: String?
    package let revisionCount: Int64
    package let sources: [SourceState]
    /// The gaps, at most ``gapLimit`` of them.
    package let gaps: [Gap]
    package let refusals: [RefusalCount]
    /// Units that were forgotten, and rows that were erased.
    package let forgottenCount: Int64
    package let erasedCount: Int64
    /// Bytes of the file, of pages in it that are free, and of its log.
    package let byteCount: Int64
    package let freeBytes: Int64
    package let logBytes: Int64

    /// The most gaps that are listed.
    package static let gapLimit = 100

    /// Counts what is there as of `now`.
    package init(_ ledger: LedgerReader, now: Timestamp) throws(LedgerError) {
        let connection = ledger.connection
        let isSealed = ledger.countsBatches
        format = ledger.format
        do throws(SQLError) {
            durability = try connection.durability()
            let tip = isSealed ? try connection.lastCommit() : Commit.origin
            head = tip.head
            lastReceived = tip.number == 0 ? nil : tip.received
            var facts: [Facts] = []
            for table in [SealedTable.decisions, .exposures, .outcomes] {
                let lags = try connection.lags(of: table)
                facts.append(
                    Facts(
                        table: table.name, count: try connection.count(of: table.name),
                        lastHour: try connection.received(table, since: now, hours: 1, tip),
                        lastDay: try connection.received(table, since: now, hours: 24, tip),
                        medianLag: lags.isEmpty ? nil : lags[lags.count / 2],
                        greatestLag: lags.last))
            }
            self.facts = facts
            let last = try connection.value(
                "SELECT revision FROM in_force ORDER BY sequence DESC LIMIT 1")
            if case .text(let text) = last { revision = text } else { revision = nil }
            revisionCount = try connection.count(of: "revisions")
            sources = isSealed ? try connection.sources() : []
            gaps = isSealed ? try connection.gaps(limit: LedgerStatistics.gapLimit) : []
            forgottenCount = isSealed ? try connection.count(of: "forgotten") : 0
            erasedCount = isSealed ? try connection.count(of: "erasures") : 0
            byteCount = try connection.byteCount()
            freeBytes = try connection.freeBytes()
        } catch {
            throw LedgerError(error, path: ledger.path, tried: "counting what it holds")
        }
        refusals = try ledger.refusalCounts()
        var status = stat()
        logBytes = stat(ledger.path + "-wal", &status) == 0 ? Int64(status.st_size) : 0
    }
}

extension SealedTable {
    /// The column of the time at which it happened.
    fileprivate var eventTime: String? {
        switch self {
        case .decisions: "decided_at"
        case .exposures: "exposed_at"
        case .outcomes: "observed_at"
        case .batches, .revisions, .erasures, .forgotten: nil
        }
    }
}

extension SQLiteConnection {
    fileprivate func count(of table: String) throws(SQLError) -> Int64 {
        guard case .integer(let count) = try value("SELECT COUNT(*) FROM \(name: table)") else {
            preconditionFailure("a count is an integer")
        }
        return count
    }

    fileprivate func freeBytes() throws(SQLError) -> Int64 {
        guard case .integer(let pages) = try value("PRAGMA freelist_count"),
            case .integer(let size) = try value("PRAGMA page_size")
        else { preconditionFailure("both are integers") }
        return pages * size
    }

    /// Rows of a table that were received within so many hours before a moment, by the commits.
    fileprivate func received(
        _ table: SealedTable, since now: Timestamp, hours: Int64, _ tip: Commit
    ) throws(SQLError) -> Int64 {
        guard tip.number > 0 else { return 0 }
        let start = now.microseconds - hours * 3_600_000_000
        var before: Int64 = 0
        try query(
            """
            \(Commit.selection) WHERE received_at <= \(start) ORDER BY received_at DESC LIMIT 1
            """
        ) { row throws(SQLError) in before = Commit(row).lastKeys[table.rawValue] }
        // Keys are never given twice: those behind it are what came, and was perhaps erased since.
        let erased = try value(
            "SELECT COUNT(*) FROM erasures WHERE kind = \(table.name) AND fact > \(before)")
        guard case .integer(let erased) = erased else {
            preconditionFailure("a count is an integer")
        }
        return tip.lastKeys[table.rawValue] - before - erased
    }

    /// Microseconds from event to receipt of the last thousand rows, the least first.
    fileprivate func lags(of table: SealedTable) throws(SQLError) -> [Int64] {
        guard let time = table.eventTime else { return [] }
        var lags: [Int64] = []
        try query(
            """
            SELECT received_at - \(name: time) FROM \(name: table.name)
            ORDER BY \(name: table.key) DESC LIMIT 1000
            """
        ) { row throws(SQLError) in lags.append(row.integer(0)) }
        return lags.sorted()
    }

    fileprivate func gaps(limit: Int) throws(SQLError) -> [LedgerStatistics.Gap] {
        var gaps: [LedgerStatistics.Gap] = []
        try query(
            """
            SELECT source, before + 1, sequence - 1 FROM (
              SELECT source, sequence,
                COALESCE(LAG(sequence) OVER (PARTITION BY source ORDER BY sequence), 0) AS before
              FROM batches)
            WHERE sequence > before + 1 ORDER BY source, sequence LIMIT \(Int64(limit))
            """
        ) { row throws(SQLError) in
            gaps.append(
                LedgerStatistics.Gap(
                    source: row.text(0) ?? "", numbers: row.integer(1)...row.integer(2)))
        }
        return gaps
    }
}
