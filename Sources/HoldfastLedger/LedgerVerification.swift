internal import HoldfastAssignment
internal import HoldfastFormats
package import HoldfastSQL

/// Whether a ledger is as it was written: SQLite's own look at it, what rows refer to, and the
/// chain of commits. That stored arms are what their revisions deal is asked elsewhere.
package struct LedgerVerification: Sendable {
    /// What is wrong; at most ``LedgerFault/limit`` of each check.
    package private(set) var faults: [LedgerFault] = []
    /// How much is wrong.
    package private(set) var faultCount = 0
    /// The head of the chain as it was calculated.
    package private(set) var head = Commit.origin.head
    /// The rows that the chain covers, by table; those that were erased are counted too.
    package private(set) var rows: [(table: String, count: Int64)] = []
    /// Whether the file has a chain: one of an older format has none.
    package let isSealed: Bool

    /// Looks at the whole ledger. `noted` is a head that somebody wrote down earlier, through which
    /// the chain must pass.
    package init(
        _ ledger: LedgerReader, noted: ChainHead?, progress: (String) -> Void
    ) throws(LedgerError) {
        isSealed = ledger.countsBatches
        let connection = ledger.connection
        do throws(SQLError) {
            progress("checking pages and indexes")
            try look(.integrity) { () throws(SQLError) in
                try connection.integrityFaults(limit: LedgerFault.limit)
            }
            progress("checking references")
            try look(.references) { () throws(SQLError) in try connection.danglingReferences() }
            guard isSealed else {
                if let noted {
                    let detail = "the file has no chain, and so does not pass through \(noted)"
                    add(LedgerFault(check: .chain, detail: detail))
                }
                return
            }
            try look(.references) { () throws(SQLError) in try connection.wrongSourceCounts() }
            if ledger.format >= LedgerSchema.healthFormat {
                try look(.references) { () throws(SQLError) in try connection.damagedHealth() }
            }
            var audit = ChainAudit(connection)
            try look(.chain) { () throws(SQLError) in
                try audit.run(noted: noted) { progress("checking the chain: \($0)") }
                return []
            }
            faults += audit.faults
            faultCount += audit.faultCount
            head = audit.head.head
            rows = zip(SealedTable.allCases, audit.rowCounts).map { ($0.name, $1) }
        } catch {
            throw LedgerError(error, path: ledger.path, tried: "verifying it")
        }
    }

    /// Adds what a check finds. What keeps it from its end, because the file is damaged, is a
    /// finding as well: what the other checks found must not be lost over it.
    private mutating func look(
        _ check: LedgerFault.Check, _ find: () throws(SQLError) -> [String]
    ) throws(SQLError) {
        do throws(SQLError) {
            for detail in try find() { add(LedgerFault(check: check, detail: detail)) }
        } catch {
            guard error.isDamage else { throw error }
            add(LedgerFault(check: check, detail: "it could not be looked at: \(error.message)"))
        }
    }

    private mutating func add(_ fault: LedgerFault) {
        faults.append(fault)
        faultCount += 1
    }
}

extension SQLError {
    /// Whether the file is at fault, and not the disk or whoever else has it open.
    package var isDamage: Bool {
        switch kind {
        case .notDatabase, .constraint, .other: true
        case .full, .io, .readOnly, .busy, .cannotOpen, .cancelled: false
        }
    }
}

extension SQLiteConnection {
    /// Rows that refer to what is not there: by foreign keys, or by a name that no revision has.
    fileprivate func danglingReferences() throws(SQLError) -> [String] {
        var details: [String] = []
        try query("PRAGMA foreign_key_check") { row throws(SQLError) in
            if details.count < LedgerFault.limit {
                details.append(
                    "\(row.text(0) ?? ""): the row \(row.integer(1)) refers to a row of \(row.text(2) ?? "") that is not there"
                )
            }
        }
        var known: [String: Set<String>] = [:]
        for revision in try LedgerFile.revisions(on: self, salt: "") {
            for experiment in revision.catalog.experiments {
                known[experiment.name.text, default: []]
                    .formUnion(experiment.arms.map(\.name.text))
            }
        }
        for table in [SealedTable.decisions, .exposures] {
            try query(
                """
                SELECT experiment, arm, MIN(\(name: table.key)), COUNT(*) FROM \(name: table.name)
                GROUP BY experiment, arm ORDER BY 3
                """
            ) { row throws(SQLError) in
                let experiment = row.text(0) ?? ""
                let isKnown = row.text(1).map { known[experiment]?.contains($0) ?? false }
                if known[experiment] != nil, isKnown ?? true { return }
                details.append(
                    "\(table.name): \(row.integer(3)) rows, the first \(row.integer(2)), name an experiment or an arm that no revision has"
                )
            }
        }
        return details
    }

    /// Sources whose count is not that of their batches.
    fileprivate func wrongSourceCounts() throws(SQLError) -> [String] {
        var details: [String] = []
        try query(
            """
            SELECT b.source FROM (
              SELECT source, COUNT(*) AS batch_count, MAX(sequence) AS last_sequence FROM batches
              GROUP BY source) AS b
            LEFT JOIN sources AS s ON s.source = b.source
            WHERE s.source IS NULL OR s.batch_count <> b.batch_count
              OR s.last_sequence <> b.last_sequence
            UNION ALL
            SELECT source FROM sources WHERE source NOT IN (SELECT source FROM batches)
            """
        ) { row throws(SQLError) in
            details.append("sources: what is counted of \(row.text(0) ?? "") is not what arrived")
        }
        return details
    }
}
