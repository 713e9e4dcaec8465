internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLake
internal import HoldfastLedger
internal import HoldfastSQL

/// Where recorded facts are: one ledger's file, or a lake to which ledgers ship.
struct FactOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The ledger's file.", valueName: "file"))
    var ledger: String?
    @Option(
        help: ArgumentHelp(
            "The lake to which ledgers ship, in place of a ledger; read by DuckDB or Spark.",
            valueName: "folder"))
    var lake: String?

    /// Which of the two was named.
    var path: String { lake ?? ledger ?? "" }

    func check(_ engine: EngineOptions) throws {
        guard (ledger == nil) != (lake == nil) else {
            throw ValidationError("give one of --ledger and --lake")
        }
        guard lake == nil || engine.engine != .sqlite else {
            throw ValidationError("--engine sqlite reads a ledger; a lake takes duckdb or spark")
        }
    }

    /// Until when facts are read: the time that was said, or now, once a ledger's writer has
    /// written what it answered for until now.
    func asOf(_ asked: Timestamp?) throws -> Timestamp {
        let now = Timestamp.now
        if let asked, asked > now {
            // Of what will be received by then nobody knows: rows would be ripe without a label.
            throw CommandError(
                "--as-of \(asked) is in the future", "give a time until now, which is \(now)")
        }
        if let ledger {
            let path = try LedgerOption.existing(ledger)
            if asked == nil { try Export.waitForWriter(of: path) }
        }
        return asked ?? now
    }

    /// Reads the facts of an experiment, by SQLite from a ledger and by DuckDB from a lake where
    /// nothing else is said. Another engine is handed the ledger's rows.
    ///
    /// `outcomes` are those that are read besides the experiment's own; `warn` is told what a
    /// lake's nodes disagree on.
    func reading<Result>(
        _ experiment: String, _ catalog: Catalog, by options: EngineOptions, duckdb: String?,
        outcomes: [String] = [], progress: (String) -> Void, warn: (String) -> Void,
        _ body: (any FactStore) throws -> Result
    ) throws -> Result {
        let name = options.engine ?? (lake == nil ? .sqlite : .duckdb)
        if let ledger { try WholeLedger.require(LedgerOption.existing(ledger)) }
        if let ledger, name == .sqlite {
            return try Export.reading(ledger, catalog) { try body($0) }
        }
        let known = try catalog.only(experiment).name
        progress("starting \(name.rawValue)")
        if let lake {
            let opened = try Lake(path: lake)
            let engine = try options.start(
                name, salt: catalog.salt, duckdb: duckdb, shared: opened.scratchFolder)
            let reader = try LakeReader(
                opened, engine: engine, experiment: known, catalog: catalog, outcomes: outcomes,
                progress: progress)
            try NodeFindings(reader, known, catalog).warnings.forEach(warn)
            return try body(reader)
        }
        let engine = try options.start(name, salt: catalog.salt, duckdb: duckdb, shared: nil)
        return try Export.reading(ledger ?? "", catalog) {
            try body(try LedgerCopy($0, engine: engine, experiment: known, progress: progress))
        }
    }
}
