internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastTables

extension JudgeSource {
    /// Reads a table that was named, and shows how far it is; `what` it is called there.
    static func read(
        named name: String, _ roles: JudgeRoles, _ kind: RowSource, _ what: String,
        like other: JudgeSource? = nil, duckdb: String, progress: Progress
    ) throws -> JudgeSource {
        let input = TableInput(named: name)
        try input.source.checkIsReadable()
        return try read(
            input, roles: roles, source: kind, like: other,
            options: TableReadOptions(duckdb: duckdb)
        ) { state in
            progress.show("reading \(what): \(state.rows) rows")
        }
    }
}

extension FactOptions {
    /// Writes what the facts know of an experiment's model as tables in a folder, and gives them
    /// with what reports call them.
    func judged(
        catalog path: String?, experiment: String?, asOf: Timestamp?, mode: ExportRequest.Mode,
        by engine: EngineOptions, duckdb: String, in folder: ScratchFolder, progress: Progress
    ) throws -> (facts: JudgedFacts, name: String) {
        let catalog = try CatalogFiles.read(path ?? "")
        let experiment = try catalog.only(experiment).name.text
        try check(engine)
        let request = ExportRequest(
            catalog: catalog, experiment: experiment, asOf: try self.asOf(asOf),
            observations: .all, mode: mode)
        let written = try reading(
            experiment, catalog, by: engine, duckdb: duckdb,
            progress: { progress.show($0) },
            warn: { Terminal.complain("warning: \($0)") }
        ) { store in
            try JudgedFacts.write(request, from: store, to: folder.path) { progress.show($0) }
        }
        return (written, "\(self.path):\(experiment)")
    }
}
