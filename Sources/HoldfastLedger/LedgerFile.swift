internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// The file of a ledger, open for writing. Belongs to one thread at a time.
final class LedgerFile {
    let connection: SQLiteConnection
    let now: @Sendable () -> Timestamp
    private(set) var featureTables: [String: FeatureTable] = [:]
    /// Since when each experiment's clusters are of the kind they are of; `nil` where it must be
    /// read again.
    var clusterRuns: [String: Int64]?

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
            try bringForward()
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
    ///
    /// The ledger's format; 0 where there is no table yet.
    @discardableResult
    static func checkFormat(
        _ connection: SQLiteConnection, path: String
    ) throws(LedgerError) -> Int64 {
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
        if application == .integer(0), format == .integer(0), tables == .integer(0) { return 0 }
        guard application == .integer(LedgerSchema.applicationID) else {
            throw LedgerError(
                .notALedger, path: path, "the file is an SQLite database of something else",
                "give the path of a ledger, or of a file that does not exist yet")
        }
        guard case .integer(let number) = format, (0...LedgerSchema.format).contains(number) else {
            throw LedgerError(
                .newerFormat, path: path,
                "its format is \(format.literalText), and this program knows \(LedgerSchema.format)",
                "use the program that wrote it, or a newer one; nothing was changed")
        }
        return number
    }

    /// Makes the tables of a new ledger, or brings one of an older format forward: all or nothing.
    private func bringForward() throws(SQLError) {
        try connection.transaction { () throws(SQLError) in
            guard case .integer(let format) = try connection.value("PRAGMA user_version"),
                format < LedgerSchema.format
            else { return }
            for statement in LedgerSchema.steps[Int(format)...].joined() {
                try connection.run(statement)
            }
            // A pragma takes no bound value; both are constants of ours.
            try connection.run(SQL(stringLiteral: "PRAGMA user_version = \(LedgerSchema.format)"))
            try connection.run(
                SQL(stringLiteral: "PRAGMA application_id = \(LedgerSchema.applicationID)"))
        }
    }

    func readFeatureTables() throws(SQLError) {
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
}
