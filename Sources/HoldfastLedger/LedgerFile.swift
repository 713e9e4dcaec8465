internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// The file of a ledger, open for writing. Belongs to one thread at a time.
final class LedgerFile {
    let connection: SQLiteConnection
    private let now: @Sendable () -> Timestamp
    private var featureTables: [String: FeatureTable] = [:]

    /// Where an experiment's features go.
    struct FeatureTable {
        var name: String
        var columns: [Name]
    }

    init(path: String, now: @escaping @Sendable () -> Timestamp) throws(LedgerError) {
        self.now = now
        do throws(SQLError) {
            connection = try SQLiteConnection(path: path, mode: .create)
        } catch {
            throw LedgerError(error, path: path, tried: "opening it")
        }
        // Before anything is set: WAL is written into the file, and a file of somebody else's is
        // left as it is.
        try LedgerFile.checkFormat(connection, path: path)
        do throws(SQLError) {
            try LedgerFile.prepare(connection)
            try createIfNew()
            try readFeatureTables()
        } catch {
            throw LedgerError(error, path: path, tried: "preparing its tables")
        }
    }

    /// Sets what durability rests on, and looks whether it holds.
    ///
    /// WAL with `synchronous=FULL`: a commit returns after its frames are on disk.
    private static func prepare(_ connection: SQLiteConnection) throws(SQLError) {
        let mode = try connection.value("PRAGMA journal_mode = WAL")
        try connection.run("PRAGMA synchronous = FULL")
        try connection.run("PRAGMA foreign_keys = ON")
        let level = try connection.value("PRAGMA synchronous")
        guard mode == .text("wal"), level == .integer(2) else {
            throw SQLError.notDurable(journal: mode, synchronous: level)
        }
    }

    /// Refuses what is no ledger, and a ledger of a format that is not known yet.
    static func checkFormat(_ connection: SQLiteConnection, path: String) throws(LedgerError) {
        let application: SQLValue
        let format: SQLValue
        let tables: SQLValue
        do throws(SQLError) {
            application = try connection.value("PRAGMA application_id")
            format = try connection.value("PRAGMA user_version")
            tables = try connection.value("SELECT count(*) FROM sqlite_master")
        } catch {
            throw LedgerError(error, path: path, tried: "reading its format")
        }
        if application == .integer(0), format == .integer(0), tables == .integer(0) { return }
        guard application == .integer(LedgerSchema.applicationID) else {
            throw LedgerError(
                .notALedger, path: path, "the file is an SQLite database of something else",
                "give the path of a ledger, or of a file that does not exist yet")
        }
        guard case .integer(let number) = format, number <= LedgerSchema.format else {
            throw LedgerError(
                .newerFormat, path: path,
                "its format is \(format.literalText), and this program knows \(LedgerSchema.format)",
                "use the program that wrote it, or a newer one; nothing was changed")
        }
    }

    private func createIfNew() throws(SQLError) {
        try connection.transaction { () throws(SQLError) in
            guard try connection.value("PRAGMA user_version") == .integer(0) else { return }
            for statement in LedgerSchema.statements { try connection.run(statement) }
            // A pragma takes no bound value; both are constants of ours.
            try connection.run(SQL(stringLiteral: "PRAGMA user_version = \(LedgerSchema.format)"))
            try connection.run(
                SQL(stringLiteral: "PRAGMA application_id = \(LedgerSchema.applicationID)"))
        }
    }

    private func readFeatureTables() throws(SQLError) {
        featureTables = [:]
        let query: SQL = """
            SELECT t.experiment, t.number, f.name
            FROM feature_tables AS t LEFT JOIN features AS f ON f.experiment = t.experiment
            ORDER BY t.number, f.name
            """
        try connection.query(query) { row throws(SQLError) in
            let experiment = row.text(0) ?? ""
            let table = LedgerFile.featureTable(row.integer(1))
            featureTables[experiment, default: FeatureTable(name: table, columns: [])]
                .columns += row.text(2).flatMap { Name($0) }.map { [$0] } ?? []
        }
    }

    static func featureTable(_ number: Int64) -> String { "features_\(number)" }

    // MARK: - Revisions

    /// Records a catalog's revision, and makes the columns that its features need; or says what in
    /// it is unsafe, and changes nothing.
    ///
    /// Asked and done in one transaction: another process may bring a catalog into force as well.
    func bringIntoForce(_ catalog: Catalog, at moment: Timestamp) throws(SQLError) -> [String] {
        let problems = try connection.transaction { () throws(SQLError) -> [String] in
            let problems = try unsafeChanges(to: catalog, at: moment) + unsafeFeatures(in: catalog)
            guard problems.isEmpty else { return problems }
            let time = now().microseconds
            try connection.run(
                """
                INSERT INTO revisions (revision, catalog, salt_fingerprint, received_at)
                VALUES (\(catalog.revision), \(catalog.canonicalText), \(catalog.saltFingerprint), \(time))
                ON CONFLICT (revision) DO NOTHING
                """)
            let last = try connection.value(
                "SELECT revision FROM in_force ORDER BY sequence DESC LIMIT 1")
            if last != .text(catalog.revision) {
                try connection.run(
                    "INSERT INTO in_force (revision, received_at) VALUES (\(catalog.revision), \(time))"
                )
            }
            for experiment in catalog.experiments where !experiment.features.isEmpty {
                try createColumns(of: experiment)
            }
            return []
        }
        try readFeatureTables()
        return problems
    }

    private func createColumns(of experiment: Experiment) throws(SQLError) {
        let name = experiment.name.text
        try connection.run(
            """
            INSERT INTO feature_tables (experiment) VALUES (\(name))
            ON CONFLICT (experiment) DO NOTHING
            """)
        let number = try connection.value(
            "SELECT number FROM feature_tables WHERE experiment = \(name)")
        guard case .integer(let number) = number else { preconditionFailure("just inserted") }
        let table = LedgerFile.featureTable(number)
        try connection.run(
            """
            CREATE TABLE IF NOT EXISTS \(name: table) (
              decision INTEGER PRIMARY KEY REFERENCES decisions
            ) STRICT
            """)
        for feature in experiment.features {
            try connection.run(
                """
                INSERT INTO features (experiment, name, type)
                VALUES (\(name), \(feature.name.text), \(feature.type.rawValue))
                ON CONFLICT (experiment, name) DO NOTHING
                """)
            if connection.changes > 0 {
                let column = SQL.name(feature.name.text)
                let type = SQL(stringLiteral: feature.type.column)
                try connection.run("ALTER TABLE \(name: table) ADD COLUMN \(column) \(type)")
            }
        }
    }

    // MARK: - Facts

    /// Records facts in one transaction: a receipt for each, in order, once it is on disk.
    func append(_ facts: [Fact]) throws(SQLError) -> [Receipt] {
        try connection.transaction { () throws(SQLError) in
            // Behind the lock: a batch that waits for another process is received when it is read.
            let received = now()
            var receipts: [Receipt] = []
            receipts.reserveCapacity(facts.count)
            for fact in facts {
                if let refusal = fact.notFinite {
                    receipts.append(.refused(refusal))
                    continue
                }
                switch fact {
                case .decision(let decision):
                    receipts.append(try append(decision, received: received))
                case .exposure(let exposure):
                    receipts.append(try append(exposure, received: received))
                case .outcome(let outcome):
                    receipts.append(try append(outcome, received: received))
                case .refused(let item):
                    try keep(item, received: received)
                    receipts.append(.refused(item.refusal))
                }
            }
            return receipts
        }
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
              holdout, propensity, bucket, revision, score, model, intended, digest)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            ON CONFLICT (id) DO NOTHING
            """
        ).run([
            .text(id), .text(fact.unit.text), SQLValue(fact.cluster?.text),
            .text(assignment.experiment.text), .integer(fact.at.microseconds),
            .integer(received.microseconds), SQLValue(assignment.arm?.text),
            .text(assignment.reason.word), SQLValue(assignment.reason.holdout?.text),
            .real(assignment.propensity), SQLValue(assignment.bucket.map { Int64($0) }),
            .text(assignment.revision), SQLValue(fact.score), SQLValue(fact.model),
            SQLValue(fact.intended), .blob(digest),
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
            INSERT INTO refusals (kind, source, code, detail, received_at)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """
        ).run([
            .text(item.kind.rawValue), .text(item.source), .text(item.refusal.code),
            .text(item.refusal.detail), .integer(received.microseconds),
        ])
    }

    /// What to say of an id that is recorded already: the same fact again, or another one.
    private func repeated(
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

    private func recorded(id: String) throws(SQLError) -> Receipt.Dealt? {
        let statement = try connection.prepared(
            """
            SELECT experiment, arm, reason, holdout, propensity, bucket, revision, decided_at
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
                revision: statement.text(6) ?? ""),
            at: Timestamp(microseconds: statement.integer(7)))
        return dealt
    }
}

extension FeatureType {
    /// The column's type.
    fileprivate var column: String {
        switch self {
        case .number: "REAL"
        case .integer, .boolean: "INTEGER"
        case .category: "TEXT"
        }
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
