package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastSQL

/// Where recorded facts are read from by an engine: a ledger's file, or a lake.
///
/// The engine has the tables `decisions`, `exposures`, `outcomes` and, where ``countsBatches``,
/// `batches`, with the columns of a ledger; `decision` tells decisions apart and says no more.
package protocol FactStore: AnyObject {
    var engine: any SQLEngine { get }

    /// Whether it keeps the numbers of batches.
    var countsBatches: Bool { get }

    /// The revisions that were received by then, oldest first.
    func revisions(
        salt catalog: Catalog, receivedBy time: Timestamp
    ) throws -> [LedgerReader.Revision]

    /// The features that were logged with an experiment's decisions, or `nil` where none were
    /// declared.
    func loggedFeatures(of experiment: Name) throws -> LoggedFeatures?

    /// Whether an experiment's decisions are so many that going through all of the table is faster
    /// than fetching them.
    func isMost(_ experiment: Name) throws(SQLError) -> Bool

    /// Runs what stores tables in the engine.
    func staging<Result>(_ body: () throws -> Result) throws -> Result

    /// An engine's error as one for people.
    func failure(_ error: SQLError, tried: String) -> any Error
}

/// The logged features of an experiment, as parts of a statement over decisions, `d`.
package struct LoggedFeatures: Sendable {
    /// What brings them in.
    package var join: SQL
    /// The expression of each, by name.
    package var columns: [String: SQL]

    package init(join: SQL, columns: [String: SQL]) {
        self.join = join
        self.columns = columns
    }
}

extension LedgerReader: FactStore {
    package var engine: any SQLEngine { connection }

    package func loggedFeatures(of experiment: Name) throws -> LoggedFeatures? {
        guard let features = try featureTable(of: experiment) else { return nil }
        return LoggedFeatures(
            join: "LEFT JOIN \(name: features.table) AS f ON f.decision = d.decision",
            columns: features.columns.reduce(into: [:]) { $0[$1.key] = "f.\(name: $1.key)" })
    }

    /// A fetch through an index took some twenty times as long a row as going through the table.
    package func isMost(_ experiment: Name) throws(SQLError) -> Bool {
        var isMost = false
        try connection.query(
            """
            SELECT (SELECT COUNT(*) FROM decisions WHERE experiment = \(experiment.text)),
              (SELECT COALESCE(MAX(decision), 0) FROM decisions)
            """
        ) { row throws(SQLError) in isMost = row.integer(0) * 20 > row.integer(1) }
        return isMost
    }

    package func staging<Result>(_ body: () throws -> Result) throws -> Result {
        // Pages of the ledger's indexes and of the temporary tables: SQLite's own 2 MiB for each
        // would read most of them again and again.
        try connection.run("PRAGMA main.cache_size = -16384")
        try connection.run("PRAGMA temp.cache_size = -24576")
        try connection.run("PRAGMA query_only = OFF")
        let result = try body()
        try connection.run("PRAGMA query_only = ON")
        return result
    }

    package func failure(_ error: SQLError, tried: String) -> any Error {
        LedgerError(error, path: path, tried: tried)
    }
}
