internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastTables

/// A retraining set of rows that no treatment could have touched, from a ledger to a folder.
///
///     let manifest = try Export.run(request, ledger: "holdfast.db", to: "clean") { stage in … }
///     manifest.isOpen   // false: a gate failed, and there is no folder
///
/// One statement finds every decision's reasons in a temporary table of SQLite's own; rows go from
/// there to the files one by one, so that memory does not grow with the ledger.
public enum Export {
    /// Makes the set. Where a gate fails, nothing is at the destination and the manifest says why.
    ///
    /// Throws `ExportError`, `LedgerError` or `TableError` where it could not be found out. Ends
    /// early, with nothing left behind, when its task is cancelled.
    public static func run(
        _ request: ExportRequest, ledger path: String, to destination: String,
        progress: (String) -> Void = { _ in }
    ) throws -> Manifest {
        let ledger = try LedgerReader(path: path, salt: request.catalog)
        do {
            // One transaction: what the writer records meanwhile is not seen by half.
            return try ledger.connection.reading {
                try run(request, on: ledger, to: destination, progress: progress)
            }
        } catch let error as SQLError {
            throw LedgerError(error, path: path, tried: "exporting \(request.experiment)")
        }
    }

    private static func run(
        _ request: ExportRequest, on ledger: LedgerReader, to destination: String,
        progress: (String) -> Void
    ) throws -> Manifest {
        try StagedFolder.free(destination)
        let plan = try ExportPlan(request, ledger)
        progress("finding clean rows of \(plan.experiment.name)")
        let statement = plan.rows.statement
        try ledger.connection.run("PRAGMA query_only = OFF")
        try ledger.connection.run("CREATE TEMP TABLE hf_export AS \(statement)")
        try ledger.connection.run(
            "CREATE INDEX temp.hf_export_part ON hf_export (primary_reason, part)")
        try ledger.connection.run("PRAGMA query_only = ON")
        var manifest = try count(plan, on: ledger.connection, sql: statement.literalText)
        manifest.gates = try gates(plan, manifest, on: ledger.connection)
        guard manifest.isOpen else { return manifest }
        var folder = try StagedFolder(destination: destination)
        for index in manifest.parts.indices {
            progress("writing \(manifest.parts[index].file)")
            try write(&manifest.parts[index], of: plan, to: folder.path, on: ledger.connection)
        }
        var file = try FileWriter(path: "\(folder.path)/manifest.json")
        try file.write((manifest.json.text(pretty: true) + "\n").utf8)
        try file.close(sync: true)
        try folder.commit()
        return manifest
    }

    // MARK: - Counting

    private static func count(
        _ plan: ExportPlan, on connection: SQLiteConnection, sql: String
    ) throws(SQLError) -> Manifest {
        let request = plan.request
        var manifest = Manifest(
            experiment: plan.experiment.name.text, asOf: request.asOf,
            revision: request.catalog.revision, revisions: plan.rows.taken,
            observations: request.observations,
            outcome: (
                plan.outcome.name.text, plan.outcome.horizon.description, plan.outcome.absent
            ),
            washout: plan.experiment.washout.description, decisionCount: 0, excluded: [],
            notRandomised: [], parts: [], gates: [],
            columns: plan.columns.map { ($0.name, $0.type.rawValue, $0.role) }, sql: sql,
            engine: ("sqlite", SQLiteConnection.libraryVersion))
        for exclusion in Exclusion.allCases {
            let number = Int64(exclusion.rawValue)
            try connection.query(
                """
                SELECT COALESCE(SUM(CASE WHEN primary_reason = \(number) THEN 1 ELSE 0 END), 0),
                  COALESCE(SUM(\(name: exclusion.column)), 0), COUNT(*) FROM hf_export
                """
            ) { row throws(SQLError) in
                manifest.excluded.append(
                    Manifest.Box(
                        exclusion: exclusion, rows: Int(row.integer(0)),
                        holds: Int(row.integer(1))))
                manifest.decisionCount = Int(row.integer(2))
            }
        }
        let notRandomised = Int64(Exclusion.notRandomised.rawValue)
        try connection.query(
            """
            SELECT stored_reason, COUNT(*) FROM hf_export WHERE primary_reason = \(notRandomised)
            GROUP BY stored_reason ORDER BY stored_reason
            """
        ) { row throws(SQLError) in
            manifest.notRandomised.append((row.text(0) ?? "", Int(row.integer(1))))
        }
        for part in plan.experiment.split {
            try connection.query(
                """
                SELECT COUNT(*), COALESCE(SUM(CASE WHEN label <> 0 THEN 1 ELSE 0 END), 0)
                FROM hf_export WHERE primary_reason = 0 AND part = \(part.name.text)
                """
            ) { row throws(SQLError) in
                manifest.parts.append(
                    Manifest.Part(
                        name: part.name.text, file: "\(part.name).\(request.fileFormat.rawValue)",
                        rows: Int(row.integer(0)), positives: Int(row.integer(1)), bytes: 0,
                        sha256: ""))
            }
        }
        let boxes = manifest.excluded.reduce(0) { $0 + $1.rows } + manifest.keptCount
        precondition(boxes == manifest.decisionCount, "every decision is in exactly one box")
        return manifest
    }

    // MARK: - Gates

    private static func gates(
        _ plan: ExportPlan, _ manifest: Manifest, on connection: SQLiteConnection
    ) throws(SQLError) -> [Gate] {
        let ratio = SampleRatio(
            plan.experiment, of: plan.request.catalog, taken: plan.rows.taken,
            asOf: plan.request.asOf)
        var gates = [
            try ratio.gate(on: connection), recomputation(manifest), minimumRows(plan, manifest),
        ]
        for index in gates.indices where !gates[index].passed {
            // A waiver without a reason waives nothing.
            let reason = plan.request.waivers[gates[index].name] ?? ""
            gates[index].waiver = reason.isEmpty ? nil : reason
        }
        return gates
    }

    private static func recomputation(_ manifest: Manifest) -> Gate {
        let box = manifest.excluded.first { $0.exclusion == .notRecomputed }
        let wrong = box?.holds ?? 0
        let share =
            manifest.decisionCount == 0
            ? nil : 1 - Double(wrong) / Double(manifest.decisionCount)
        return Gate(
            name: .recomputation, passed: wrong == 0 && share != nil, figure: share, limit: 1,
            detail: share == nil
                ? "there are no decisions"
                : wrong == 0
                    ? "every decision is what its revision deals"
                    : "\(wrong) of \(manifest.decisionCount) decisions are not what their revision deals",
            waiver: nil)
    }

    private static func minimumRows(_ plan: ExportPlan, _ manifest: Manifest) -> Gate {
        let minimum = plan.request.minimumRows
        let empty = zip(manifest.parts, plan.experiment.split).filter {
            $0.rows == 0 && $1.share > .none
        }
        var detail = "\(manifest.keptCount) rows kept, at least \(minimum) needed"
        if !empty.isEmpty {
            detail += "; no row in \(empty.map { $0.0.name }.joined(separator: ", "))"
        }
        return Gate(
            name: .minimumRows, passed: manifest.keptCount >= minimum && empty.isEmpty,
            figure: Double(manifest.keptCount), limit: Double(minimum), detail: detail, waiver: nil)
    }

    // MARK: - Writing

    private static func write(
        _ part: inout Manifest.Part, of plan: ExportPlan, to folder: String,
        on connection: SQLiteConnection
    ) throws {
        guard let name = Name(part.name) else { preconditionFailure("a part has a name") }
        var writer = try RowWriter(
            path: "\(folder)/\(part.file)", columns: plan.columns, format: plan.request.fileFormat)
        try writer.begin()
        let (text, values) = plan.select(part: name).rendered
        let rows = try connection.prepared(text)
        try rows.bind(values)
        while try rows.step() { try writer.write(rows) }
        part.bytes = writer.byteCount
        precondition(part.rows == writer.rowCount, "what was counted is what is written")
        part.sha256 = try writer.finish()
    }
}
