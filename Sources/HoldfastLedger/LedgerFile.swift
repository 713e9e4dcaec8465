internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// The file of a ledger, open for writing. Belongs to one thread at a time.
final class LedgerFile {
    let connection: SQLiteConnection
    let now: @Sendable () -> Timestamp
    /// The last commit, as far as this process knows.
    var tip = Commit.origin
    /// False where the file may have gone on without this process.
    var isTipKnown = false
    /// ``SQLiteConnection/dataVersion()`` when the tip was read.
    var dataVersion: Int64 = 0
    /// Those whose facts are not taken any more.
    var forgotten = Forgotten()
    private var insertions: [SQLiteStatement] = []
    private(set) var featureTables: [String: FeatureTable] = [:]
    private var featureInsertions: [String: SQLiteStatement] = [:]
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
            connection = try SQLiteConnection(path: path, mode: .create, joinsLog: true)
        } catch {
            throw LedgerError(error, path: path, tried: "opening it")
        }
        // Before anything is set: WAL is written into the file, and a file of somebody else's is
        // left as it is.
        try LedgerFile.checkFormat(connection, path: path)
        do throws(SQLError) {
            try LedgerFile.prepare(connection)
            try bringForward()
            for table in SealedTable.allCases {
                insertions.append(try connection.prepared(table.insertion))
            }
        } catch {
            throw LedgerError(error, path: path, tried: "preparing its tables")
        }
    }

    /// Sets what durability rests on, and looks whether it holds.
    ///
    /// WAL with `synchronous=FULL`: a commit returns after its frames are on disk.
    private static func prepare(_ connection: SQLiteConnection) throws(SQLError) {
        // A random id changes a page in each of two indexes, whatever the page's size: of larger
        // ones a batch changes fewer. A file that is there keeps its own.
        try connection.run("PRAGMA page_size = 8192")
        try connection.run("PRAGMA synchronous = FULL")
        try connection.run("PRAGMA journal_mode = WAL")
        try connection.run("PRAGMA foreign_keys = ON")
        // Little is ever deleted, and what is must be gone.
        try connection.run("PRAGMA secure_delete = ON")
        // Random ids touch pages all over the indexes: SQLite's own 2 MiB would read most again.
        try connection.run("PRAGMA cache_size = -65536")
        // So would a log of 4 MiB copy the same pages into the database again and again: behind
        // 64 MiB a page was written many times, and is copied once.
        try connection.run("PRAGMA wal_autocheckpoint = 8192")
        _ = try connection.checkedDurability()
    }

    /// Commits the format number again: page 1 is written and flushed, and nothing is changed.
    func probe() throws(SQLError) -> Durability {
        try connection.transaction { () throws(SQLError) in
            // A pragma takes no bound value; this one is a constant of ours.
            try connection.run(SQL(stringLiteral: "PRAGMA user_version = \(LedgerSchema.format)"))
        }
        return try connection.checkedDurability()
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
            if format > 0, format < LedgerSchema.sealedFormat { try adopt() }
            // A pragma takes no bound value; both are constants of ours.
            try connection.run(SQL(stringLiteral: "PRAGMA user_version = \(LedgerSchema.format)"))
            try connection.run(
                SQL(stringLiteral: "PRAGMA application_id = \(LedgerSchema.applicationID)"))
        }
    }

    /// The statement that inserts a row of a sealed table.
    func insertion(_ table: SealedTable) -> SQLiteStatement { insertions[table.rawValue] }

    /// The statement that inserts a decision's features: its key, and each column in order.
    func insertion(of table: FeatureTable) throws(SQLError) -> SQLiteStatement {
        if let statement = featureInsertions[table.name] { return statement }
        let columns = table.columns.map { ", " + SQL.name($0.text).rendered.text }.joined()
        let places = table.columns.indices.map { ", ?\($0 + 2)" }.joined()
        let name = SQL.name(table.name).rendered.text
        let statement = try connection.prepared(
            "INSERT INTO \(name) (decision\(columns)) VALUES (?1\(places))")
        featureInsertions[table.name] = statement
        return statement
    }

    func readFeatureTables() throws(SQLError) {
        featureTables = try connection.featureTables()
        featureInsertions = [:]
    }

    static func featureTable(_ number: Int64) -> String { "features_\(number)" }
}

/// What durability rests on, as SQLite says it: WAL and FULL, or the ledger is not opened.
public struct Durability: Sendable, Hashable {
    /// `wal`; `delete` of a backup.
    public var journalMode: String
    /// `full`
    public var synchronous: String
}

extension SQLiteConnection {
    /// Reads what durability rests on.
    func durability() throws(SQLError) -> Durability {
        guard case .text(let mode) = try value("PRAGMA journal_mode"),
            case .integer(let level) = try value("PRAGMA synchronous")
        else { preconditionFailure("SQLite has both") }
        let levels = ["off", "normal", "full", "extra"]
        return Durability(
            journalMode: mode,
            synchronous: levels.indices.contains(Int(level)) ? levels[Int(level)] : "\(level)")
    }

    /// Reads it, and throws where it is not what it must be.
    func checkedDurability() throws(SQLError) -> Durability {
        let durability = try durability()
        guard durability == Durability(journalMode: "wal", synchronous: "full") else {
            throw SQLError.notDurable(
                journal: durability.journalMode, synchronous: durability.synchronous)
        }
        return durability
    }

    /// The tables of features, by experiment.
    func featureTables() throws(SQLError) -> [String: LedgerFile.FeatureTable] {
        var tables: [String: LedgerFile.FeatureTable] = [:]
        let query: SQL = """
            SELECT t.experiment, t.number, f.name
            FROM feature_tables AS t LEFT JOIN features AS f ON f.experiment = t.experiment
            ORDER BY t.number, f.name
            """
        try self.query(query) { row throws(SQLError) in
            let table = LedgerFile.FeatureTable(
                name: LedgerFile.featureTable(row.integer(1)), columns: [])
            tables[row.text(0) ?? "", default: table]
                .columns += row.text(2).flatMap { Name($0) }.map { [$0] } ?? []
        }
        return tables
    }
}
