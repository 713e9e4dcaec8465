package import HoldfastAssignment
package import HoldfastFormats
package import HoldfastSQL

/// A ledger's facts as another engine than SQLite reads them: handed to it row by row.
///
///     let copy = try LedgerCopy(ledger, engine: duckdb, experiment: name)
///     try Export.run(request, from: copy, to: "clean")
///
/// It takes as long as reading the ledger does, and room for what it holds: a lake is read as it
/// is.
package final class LedgerCopy: FactStore {
    package let engine: any SQLEngine
    private let ledger: LedgerReader
    private let experiment: Name
    private let features: [SQLTable.Column]

    /// Hands over the tables: from one state of the ledger where its reader is within
    /// ``SQLiteConnection/reading(_:)``.
    package init(
        _ ledger: LedgerReader, engine: any SQLEngine, experiment: Name,
        progress: (String) -> Void = { _ in }
    ) throws {
        self.ledger = ledger
        self.engine = engine
        self.experiment = experiment
        let logged = try ledger.featureTable(of: experiment)
        features = (logged?.columns ?? [:]).sorted { $0.key < $1.key }.map { name, type in
            .optional("f_\(name)", SQLType(feature: type))
        }
        for (table, columns) in LedgerCopy.tables where table != "batches" || countsBatches {
            progress("handing over \(table)")
            let isDecisions = table == "decisions"
            let own = isDecisions ? features : []
            let names = columns.map { "r.\(name: $0.name)" as SQL }
            let logging = own.map { "f.\(name: String($0.name.dropFirst(2)))" as SQL }
            let join: SQL =
                own.isEmpty
                ? "" : "LEFT JOIN \(name: logged?.table ?? "") AS f ON f.decision = r.decision"
            let query: SQL =
                "SELECT \(SQL.joined(names + logging, by: ", ")) FROM \(name: table) AS r \(join)"
            try engine.load(SQLTable(table, columns + own)) { load in
                let rows = try ledger.connection.statement(query)
                while try rows.step() {
                    try load((0..<rows.columnCount).map { rows.value($0) })
                }
            }
        }
    }

    /// The columns for which statements ask.
    private static let tables: [(String, [SQLTable.Column])] = [
        (
            "decisions",
            [
                .required("decision", .integer), .required("id", .text), .required("unit", .text),
                .optional("cluster", .text), .required("experiment", .text),
                .required("decided_at", .integer), .required("received_at", .integer),
                .optional("arm", .text), .required("reason", .text), .optional("holdout", .text),
                .required("propensity", .real), .optional("bucket", .integer),
                .required("revision", .text), .optional("score", .real), .optional("model", .text),
                .optional("intended", .integer),
            ]
        ),
        (
            "exposures",
            [
                .required("exposure", .integer), .required("id", .text), .required("unit", .text),
                .optional("cluster", .text), .required("experiment", .text),
                .required("arm", .text), .required("exposed_at", .integer),
                .required("received_at", .integer),
            ]
        ),
        (
            "outcomes",
            [
                .required("outcome", .integer), .required("id", .text), .required("unit", .text),
                .required("name", .text), .required("value", .real),
                .required("observed_at", .integer), .required("received_at", .integer),
            ]
        ),
        (
            "batches",
            [
                .required("source", .text), .required("sequence", .integer),
                .optional("first_at", .integer), .optional("last_at", .integer),
                .required("received_at", .integer),
            ]
        ),
    ]

    package var countsBatches: Bool { ledger.countsBatches }

    package func revisions(
        salt catalog: Catalog, receivedBy time: Timestamp
    ) throws -> [LedgerReader.Revision] {
        try ledger.revisions(salt: catalog, receivedBy: time)
    }

    package func loggedFeatures(of experiment: Name) throws -> LoggedFeatures? {
        precondition(experiment == self.experiment, "the tables are those of one experiment")
        guard !features.isEmpty else { return nil }
        return LoggedFeatures(
            join: "",
            columns: features.reduce(into: [:]) {
                $0[String($1.name.dropFirst(2))] = "d.\(name: $1.name)"
            })
    }

    package func isMost(_ experiment: Name) -> Bool { false }

    package func staging<Result>(_ body: () throws -> Result) throws -> Result { try body() }

    package func failure(_ error: SQLError, tried: String) -> any Error {
        if error.kind == .cancelled { return CancellationError() }
        return LedgerError(
            .unavailable, path: ledger.path, "\(tried) failed: \(error.words)",
            "the ledger is as it was; run it by SQLite, or mend what the engine says")
    }
}

extension SQLType {
    /// The type by which a ledger keeps a feature that was declared so.
    package init(feature type: String) {
        self =
            switch type {
            case "number": .real
            case "integer", "boolean": .integer
            default: .text
            }
    }
}
