internal import ArgumentParser
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastTables

/// The tables that a model is judged on, with what their columns are.
struct JudgeInputs {
    var main: JudgeSource
    var train: JudgeSource?
    /// Rows of operation, with a label or without.
    var operation: JudgeSource?
    /// Rows that the model's own actions have bent, to be compared with.
    var biased: JudgeSource?
    /// What the recorded decisions are called, where they come from a ledger or a lake.
    var idColumn: String?
    /// What a reader must know of the rows.
    var notes: [String] = []
}

/// Finds out what the columns are, and reads the tables.
struct JudgeInputReader {
    let tables: JudgeTableOptions
    let columns: JudgeColumnOptions
    let models: JudgeModelOptions
    let engine: EngineOptions
    let progress: Progress

    /// Reads them; those of a ledger or a lake by way of `folder`.
    func read(in folder: ScratchFolder) throws -> JudgeInputs {
        tables.isOfFacts ? try readFacts(folder) : try readTables()
    }

    // MARK: - Tables

    private func readTables() throws -> JudgeInputs {
        let name = tables.table ?? ""
        let manifest = try JudgeManifest.besides(name)
        let roles = try roles(manifest)
        let source = manifest?.source ?? .given
        let main = try read(name, roles, source, "the table")
        try columns.require(main)
        var inputs = JudgeInputs(main: main)
        inputs.train = try tables.train.map { table in
            try read(table, trainRoles(roles), source, "train", like: main)
        }
        inputs.operation = try tables.operation.map { table in
            try read(table, roles.allowingNoLabel, .given, "operation", like: main)
        }
        return inputs
    }

    /// Train need not have what only the judged rows need.
    private func trainRoles(_ roles: JudgeRoles) -> JudgeRoles {
        var roles = roles
        // They are no features there either.
        roles.ignored += [roles.time, roles.fold, roles.baseline].compactMap { $0 }
        roles.time = nil
        roles.fold = nil
        roles.groups = []
        roles.baseline = nil
        return roles
    }

    private func read(
        _ name: String, _ roles: JudgeRoles, _ source: RowSource, _ what: String,
        like other: JudgeSource? = nil
    ) throws -> JudgeSource {
        try JudgeSource.read(
            named: name, roles, source, what, like: other, duckdb: tables.duckdb,
            progress: progress)
    }

    private func roles(_ manifest: JudgeManifest?) throws -> JudgeRoles {
        guard let label = columns.label ?? manifest?.label else {
            throw ValidationError(
                "it is not known which column is the label: name it by --label COLUMN")
        }
        var roles = JudgeRoles(label: label)
        roles.prediction = column(models.judged) ?? (models.judged == nil ? manifest?.score : nil)
        guard roles.prediction != nil || models.judged != nil else {
            throw ValidationError(
                "it is not known what the model predicted: name a column by --prediction, or a model's URL by --candidate"
            )
        }
        roles.baseline = column(models.rival)
        roles.probabilities = try columns.classes()
        roles.weight = columns.weight ?? manifest?.weight
        roles.cluster = columns.cluster ?? manifest?.cluster
        roles.fold = columns.fold
        roles.time = try columns.overTime()?.column
        apply(to: &roles, features: manifest?.features, categories: manifest?.categories ?? [])
        return roles
    }

    /// The user's word on what need not be said; of features it goes before what is known of them.
    private func apply(to roles: inout JudgeRoles, features: [String]?, categories: [String]) {
        roles.groups = JudgeColumnOptions.list(columns.groups)
        let named = JudgeColumnOptions.list(columns.features)
        roles.features = named.isEmpty ? features : named
        roles.ignored = JudgeColumnOptions.list(columns.ignore)
        roles.categories = JudgeColumnOptions.list(columns.category) + categories
        roles.positive = columns.positive
        roles.task = columns.task
    }

    /// A column's name; `nil` for the URL of a model.
    private func column(_ name: String?) -> String? {
        name.flatMap { $0.contains("://") ? nil : $0 }
    }

    // MARK: - Facts

    private func readFacts(_ folder: ScratchFolder) throws -> JudgeInputs {
        if let column = try columns.overTime()?.column, !["time", "decided_at"].contains(column) {
            throw CommandError(
                "recorded decisions have no column \"\(column.prefix(100))\" of times",
                "write --by time:1d: it is when they were decided")
        }
        let written = try tables.facts.judged(
            catalog: tables.catalog, experiment: tables.experiment, asOf: tables.asOf,
            mode: tables.mode, by: engine, duckdb: tables.duckdb, in: folder, progress: progress)
        return try inputs(written.facts, written.name)
    }

    private func inputs(_ facts: JudgedFacts, _ name: String) throws -> JudgeInputs {
        let names = facts.columns
        guard facts.clean.rows > 0 else {
            let reasons = facts.excluded.map { "\($0.reason) \($0.rows)" }.joined(separator: ", ")
            throw CommandError(
                "\(name): of \(facts.served.rows) decisions none is clean and labelled",
                "reasons: \(reasons); `holdfast export --explain UNIT` tells one unit's story")
        }
        var roles = JudgeRoles(label: names.label, prediction: names.score)
        // The recorded scores are the rival of a candidate that is asked.
        let isAsked = models.judged != nil
        if isAsked {
            roles.prediction = column(models.judged)
            roles.baseline = names.score
        }
        roles.weight = tables.mode == .weighted ? names.weight : nil
        roles.cluster = columns.cluster ?? names.cluster
        roles.time = names.time
        apply(to: &roles, features: names.features, categories: names.categories)
        let source: RowSource = tables.mode == .weighted ? .weighted : .control
        var inputs = JudgeInputs(
            main: try read(facts.clean.path, roles, source, "clean rows"), idColumn: names.id)
        inputs.main.name = name
        roles.weight = nil
        if facts.biased.rows > 0 {
            inputs.biased = try read(
                facts.biased.path, roles, .biased, "biased rows", like: inputs.main)
            inputs.biased?.name = "\(name), others' rows whose label came"
        }
        roles.kept = [names.id]
        inputs.operation = try read(
            facts.served.path, roles.allowingNoLabel, .given, "what was served",
            like: inputs.main)
        inputs.operation?.name = "\(name), all that was served"
        if !facts.excluded.isEmpty {
            let reasons = facts.excluded.map {
                "\($0.reason.replacing("_", with: " ")) \($0.rows)"
            }.joined(separator: ", ")
            inputs.notes.append("Decisions that are not clean, by their first reason: \(reasons).")
        }
        return inputs
    }
}

/// What the manifest beside an exported set says of its columns.
struct JudgeManifest {
    var label: String?
    var weight: String?
    var cluster: String?
    var score: String?
    var features: [String] = []
    var categories: [String] = []
    var source: RowSource

    /// The manifest of the folder that a table lies in, if it is one of the set's parts.
    static func besides(_ table: String) throws -> JudgeManifest? {
        try SetManifest.besides(table).map { JudgeManifest($0) }
    }

    private init(_ manifest: JSON) {
        source = manifest["mode"]?.string == "weighted" ? .weighted : .control
        for column in manifest["columns"]?.array ?? [] {
            guard let name = column["name"]?.string else { continue }
            switch column["role"]?.string {
            case "feature":
                features.append(name)
                if ["text", "boolean"].contains(column["type"]?.string) { categories.append(name) }
            case "label": label = name
            case "weight": weight = name
            case "cluster": cluster = name
            case "unit": cluster = cluster ?? name
            case "score": score = name
            default: break
            }
        }
    }
}
