package import HoldfastAssignment
internal import HoldfastFormats
package import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastTables

/// A retraining set of rows that no treatment could have touched, from a ledger to a folder.
///
///     let manifest = try Export.run(request, ledger: "holdfast.db", to: "clean") { stage in … }
///     manifest.isOpen   // false: a gate failed, and there is no folder
///
/// The statements find every decision's reasons in tables of an engine's own; rows go from there to
/// the files one by one, so that memory does not grow with the facts.
public enum Export {
    /// Makes the set. Where a gate fails, nothing is at the destination and the manifest says why.
    ///
    /// `report` draws the page that goes with the set as `report.html`.
    ///
    /// Throws `ExportError`, `LedgerError` or `TableError` where it could not be found out. Ends
    /// early, with nothing left behind, when its task is cancelled.
    public static func run(
        _ request: ExportRequest, ledger path: String, to destination: String,
        report: ((Manifest) -> String)? = nil, progress: (String) -> Void = { _ in }
    ) throws -> Manifest {
        try reading(path, request.catalog) {
            try run(request, from: $0, to: destination, report: report, progress: progress)
        }
    }

    /// Makes the set of the facts of a ledger or of a lake.
    package static func run(
        _ request: ExportRequest, from facts: any FactStore, to destination: String,
        report: ((Manifest) -> String)? = nil, progress: (String) -> Void = { _ in }
    ) throws -> Manifest {
        try make(
            request, from: facts, to: destination, isKept: true, report: report,
            progress: progress)
    }

    /// Makes the set, and takes it away again where it is not to be kept.
    static func make(
        _ request: ExportRequest, from facts: any FactStore, to destination: String, isKept: Bool,
        report: ((Manifest) -> String)?, progress: (String) -> Void
    ) throws -> Manifest {
        try request.card.check()
        let conversion =
            request.fileFormat == .parquet ? ParquetConversion(program: request.duckdb) : nil
        let writer = try conversion.map { (name: "duckdb", version: try $0.check()) }
        return try telling(facts, tried: "exporting \(request.experiment)") {
            try StagedFolder.free(destination)
            let (stage, trimmedShare) = try prepare(request, from: facts, progress: progress)
            var manifest = manifest(of: stage, writer: writer)
            (manifest.audit, manifest.gates) = try ExportGates(stage: stage).audit(
                trimmedShare: trimmedShare, progress: progress)
            guard manifest.isOpen else { return manifest }
            var folder = try StagedFolder(destination: destination)
            for index in manifest.parts.indices {
                progress("writing \(manifest.parts[index].file)")
                try write(&manifest.parts[index], number: index, of: stage, to: folder.path)
                if let conversion {
                    manifest.parts[index] = try conversion.convert(
                        manifest.parts[index], in: folder.path, columns: manifest.packagedColumns)
                }
            }
            try Packaging.write(manifest, card: request.card, to: folder.path)
            try write(manifest.json.text(pretty: true) + "\n", to: "\(folder.path)/manifest.json")
            if let report { try write(report(manifest), to: "\(folder.path)/report.html") }
            if isKept { try folder.commit() }
            return manifest
        }
    }

    /// Returns when nothing is being committed that was received before the call: a set as of now
    /// would lack it, and the same set as of the same time would have it later.
    ///
    /// Takes the writer's turn for a moment. A file that may only be read has no writer here.
    public static func waitForWriter(of path: String) throws {
        let ledger = try LedgerReader(path: path, salt: nil)
        do throws(SQLError) {
            try ledger.connection.run("BEGIN IMMEDIATE")
            try ledger.connection.run("ROLLBACK")
        } catch {
            guard error.kind != .readOnly else { return }
            throw LedgerError(error, path: path, tried: "waiting for its writer")
        }
    }

    /// Reads from one state of a ledger: what the writer records meanwhile is not seen by half.
    package static func reading<Result>(
        _ path: String, _ catalog: Catalog, _ body: (LedgerReader) throws -> Result
    ) throws -> Result {
        let ledger = try LedgerReader(path: path, salt: catalog)
        return try telling(ledger, tried: "reading it") {
            try ledger.connection.reading { try body(ledger) }
        }
    }

    /// Turns an engine's error into one that says where it came from.
    static func telling<Result>(
        _ facts: any FactStore, tried: String, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as SQLError {
            throw facts.failure(error, tried: tried)
        }
    }

    /// Runs the statements, and weights what is kept.
    static func prepare(
        _ request: ExportRequest, from facts: any FactStore, only unit: UnitID? = nil,
        progress: (String) -> Void
    ) throws -> (stage: ExportStage, trimmedShare: Double?) {
        try facts.staging {
            let plan = try ExportPlan(request, facts, only: unit, progress: progress)
            let stage = try ExportStage(plan, on: facts.engine, progress: progress)
            guard request.isCensoringWeighted else {
                try facts.engine.view("hf_kept", as: "SELECT * FROM hf_clean")
                return (stage, nil)
            }
            progress("\(plan.experiment.name): weighting for what was excluded")
            return (stage, try CensoringWeights(stage: stage).apply())
        }
    }

    // MARK: - The manifest

    private static func manifest(
        of stage: ExportStage, writer: (name: String, version: String)?
    ) -> Manifest {
        let plan = stage.plan
        let request = plan.request
        let manifest = Manifest(
            experiment: plan.experiment.name.text, asOf: request.asOf,
            revision: request.catalog.revision, revisions: plan.rows.taken,
            observations: request.observations,
            outcome: (
                plan.outcome.name.text, plan.outcome.horizon.description, plan.outcome.absent
            ),
            washout: plan.experiment.washout.description, decisionCount: stage.decisionCount,
            excluded: Exclusion.allCases.map { exclusion in
                let count = stage.count(exclusion)
                return Manifest.Box(exclusion: exclusion, rows: count.rows, holds: count.holds)
            }, notRandomised: stage.notRandomised,
            parts: plan.experiment.split.enumerated().map { index, part in
                let written = stage.written(part: index)
                // Parquet is made of CSV.
                let format = request.fileFormat == .parquet ? .csv : request.fileFormat
                return Manifest.Part(
                    name: part.name.text, file: "\(part.name).\(format.rawValue)",
                    rows: written.rows, positives: written.positives, bytes: 0, sha256: "")
            }, gates: [], columns: plan.columns.map { ($0.name, $0.type.rawValue, $0.role) },
            mode: request.mode, splitFrom: request.splitFrom,
            featureTable: plan.userFeatures.flatMap { features in
                request.features.map { source in
                    Manifest.FeatureTable(
                        file: source.path.split(separator: "/").last.map(String.init) ?? "",
                        sha256: features.sha256, timeToLive: source.timeToLive?.description,
                        rows: features.rows)
                }
            }, isCensoringWeighted: request.isCensoringWeighted, audit: .empty,
            minimumRows: request.minimumRows, minimumPositives: request.minimumPositives,
            sql: SQL.joined(
                plan.rows.statements(for: stage.engine.dialect), by: ";\n\n"
            ).text(for: stage.engine.dialect) + ";\n",
            engine: (stage.engine.dialect.rawValue, stage.engine.version),
            writer: writer)
        let boxes = manifest.excluded.reduce(0) { $0 + $1.rows } + manifest.keptCount
        precondition(boxes == manifest.decisionCount, "every decision is in exactly one box")
        return manifest
    }

    // MARK: - Writing

    private static func write(_ text: String, to path: String) throws(TableError) {
        var file = try FileWriter(path: path)
        try file.write(text.utf8)
        try file.close(sync: true)
    }

    private static func write(
        _ part: inout Manifest.Part, number: Int, of stage: ExportStage, to folder: String
    ) throws {
        let format = stage.plan.request.fileFormat
        var writer = try RowWriter(
            path: "\(folder)/\(part.file)", columns: stage.plan.columns,
            format: format == .parquet ? .csv : format)
        try writer.begin()
        try stage.engine.stream(stage.plan.select(part: number)) { row in
            try writer.write(row)
        }
        part.bytes = writer.byteCount
        precondition(part.rows == writer.rowCount, "what was counted is what is written")
        part.sha256 = try writer.finish()
    }
}
