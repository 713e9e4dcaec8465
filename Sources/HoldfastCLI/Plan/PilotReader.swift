internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastTables

/// The labelled rows of a pilot.
struct Pilot {
    /// What reports call it.
    var name: String
    var labels: [Bool]
    var features: [FeatureColumn]
    /// What a model said of the rows, where it is known.
    var scores: [Double]?
    /// What it said of every unit, where that is known apart from the labelled rows.
    var served: [Double]?

    var positives: Int { labels.count { $0 } }
}

/// Reads a pilot from a table, or the clean rows of a ledger or a lake.
struct PilotReader {
    let options: PilotOptions
    let engine: EngineOptions
    /// Whether there is something to be learnt from the rows, or only scores to be counted.
    let wantsFeatures: Bool
    let progress: Progress

    /// Reads it; facts by way of `folder`.
    func read(in folder: ScratchFolder) throws -> Pilot {
        options.isOfFacts ? try readFacts(folder) : try readTable()
    }

    private func readTable() throws -> Pilot {
        let name = options.table ?? ""
        let manifest = try JudgeManifest.besides(name)
        guard let label = options.label ?? manifest?.label else {
            throw CommandError(
                "it is not known which column is the label", "name it by --label COLUMN")
        }
        if manifest?.source == .weighted {
            Terminal.complain(
                "warning: \(name) is a weighted set, and its rows are counted as they are: a pilot is "
                    + "best exported with --mode control")
        }
        var roles = JudgeRoles(label: label)
        roles.prediction = options.score ?? manifest?.score
        let kept = [manifest?.weight, manifest?.cluster].compactMap { $0 }
        apply(to: &roles, features: manifest?.features, categories: manifest?.categories ?? [])
        roles.ignored += kept
        let source = try source(name, roles, .given, "the pilot")
        try JudgeColumnOptions.require(
            source, ignore: options.ignore, category: options.category)
        return try pilot(source, roles)
    }

    private func apply(to roles: inout JudgeRoles, features: [String]?, categories: [String]) {
        let named = JudgeColumnOptions.list(options.features)
        roles.features = wantsFeatures ? (named.isEmpty ? features : named) : []
        roles.ignored = JudgeColumnOptions.list(options.ignore)
        if roles.features != nil {
            let ignored = roles.ignored
            roles.features?.removeAll { name in ignored.contains { sameBytes($0, name) } }
        }
        roles.categories = JudgeColumnOptions.list(options.category) + categories
        roles.positive = options.positive
    }

    private func source(
        _ name: String, _ roles: JudgeRoles, _ kind: RowSource, _ what: String,
        like other: JudgeSource? = nil
    ) throws -> JudgeSource {
        try JudgeSource.read(
            named: name, roles, kind, what, like: other, duckdb: options.duckdb,
            progress: progress)
    }

    private func pilot(_ source: JudgeSource, _ roles: JudgeRoles) throws -> Pilot {
        let judged = try source.judged(
            by: roles.prediction.map { .column($0) }
                ?? .answers([Double](repeating: 0, count: source.labelled.count)))
        guard case .binary(let labels) = judged.rows.labels else {
            throw CommandError(
                "\(source.name): the label has more than two values",
                "a plan takes a yes or no: say which value is the yes by --positive")
        }
        return Pilot(
            name: source.name, labels: labels, features: judged.rows.features,
            scores: roles.prediction == nil ? nil : Self.scores(judged.rows.predictions))
    }

    private static func scores(_ predictions: JudgeRows.Predictions) -> [Double]? {
        switch predictions {
        case .scores(let scores): scores
        case .classes: nil
        }
    }

    // MARK: - Facts

    private func readFacts(_ folder: ScratchFolder) throws -> Pilot {
        let (written, name) = try options.facts.judged(
            catalog: options.catalog, experiment: options.experiment, asOf: options.asOf,
            mode: .control, by: engine, duckdb: options.duckdb, in: folder, progress: progress)
        guard written.clean.rows > 0 else {
            let reasons = written.excluded.map { "\($0.reason) \($0.rows)" }
            throw CommandError(
                "\(name): of \(written.served.rows) decisions none is clean and labelled",
                "reasons: \(reasons.joined(separator: ", "))")
        }
        let names = written.columns
        var roles = JudgeRoles(label: names.label, prediction: names.score)
        apply(to: &roles, features: names.features, categories: names.categories)
        let source = try source(written.clean.path, roles, .control, "clean rows")
        var pilot = try pilot(source, roles)
        pilot.name = name
        var others = roles.allowingNoLabel
        others.features = []
        let served = try self.source(
            written.served.path, others, .given, "what was served", like: source)
        pilot.served = Self.scores(
            try served.judged(by: .column(names.score)).rows.predictions)
        return pilot
    }
}
