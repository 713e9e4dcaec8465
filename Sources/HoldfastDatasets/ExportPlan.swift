internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL

/// A request held against what the catalog declares and the ledger holds.
struct ExportPlan {
    let request: ExportRequest
    let experiment: Experiment
    let outcome: Experiment.Outcome
    let rows: CleanRows
    let columns: [ExportColumn]
    /// The columns among them that are features.
    let features: [ExportColumn]
    /// The features that were logged, where there are any.
    let logged: LoggedFeatures?
    /// The user's, where features come from there.
    let userFeatures: UserFeatures?
    /// The revisions whose decisions are taken, as catalogs.
    let takenRevisions: [LedgerReader.Revision]

    /// Looks into the facts for what the statements depend on. A table of features of the user's
    /// is brought into a temporary table.
    init(
        _ request: ExportRequest, _ facts: any FactStore, only unit: UnitID? = nil,
        progress: (String) -> Void = { _ in }
    ) throws {
        self.request = request
        let catalog = request.catalog
        guard let experiment = catalog[experiment: request.experiment] else {
            let fault = AssignmentFault.unknownExperiment(
                request.experiment, known: catalog.experiments.map(\.name))
            throw ExportError(fault.message, fault.hint)
        }
        guard let outcome = experiment.outcome else {
            throw ExportError(
                "experiment \(experiment.name) declares no outcome, so that a row has no label",
                "declare one, as outcome: {name: defaulted, horizon: 90d, absent: unknown}")
        }
        if request.splitFrom != nil, experiment.split.count < 2 {
            throw ExportError(
                "experiment \(experiment.name) has one part only, and a split by time needs two",
                "declare split: {train: 80%, eval: 20%}")
        }
        guard experiment.arms.contains(where: { $0.name == .control }) else {
            throw ExportError(
                "experiment \(experiment.name) has no arm named control",
                "only rows of control and of a holdout are clean: declare a control arm")
        }
        self.experiment = experiment
        self.outcome = outcome
        // What a later catalog says must not change what is found as of then.
        let revisions = try facts.revisions(salt: catalog, receivedBy: request.asOf)
        let alike = ExportPlan.alike(revisions, catalog, experiment)
        let taken = try ExportPlan.taken(
            request.revisions, of: experiment.name, alike: alike, all: revisions)
        let declared = (revisions.map(\.catalog) + [catalog]).flatMap(\.experiments)
        try ExportPlan.refuseOthersHashes(revisions, experiment.name, facts.engine.dialect)
        func names(_ isMeant: (Experiment) -> Bool) -> [Name] {
            experiment.cluster == nil ? [] : Set(declared.filter(isMeant).map(\.name)).sorted()
        }
        userFeatures = try request.features.map { source in
            progress("reading \(source.path)")
            return try UserFeatures.load(source.path, of: experiment, into: facts.engine)
        }
        takenRevisions = taken.compactMap { one in revisions.first { $0.revision == one } }
        let isMost = try facts.isMost(experiment.name)
        let seen = try ExportPlan.scores(
            of: experiment.name, asOf: request.asOf, isMost: isMost, on: facts.engine)
        rows = CleanRows(
            experiment: experiment, outcome: outcome,
            sameCluster: names { $0.cluster == experiment.cluster },
            byCluster: names { $0.unit == experiment.cluster },
            byMember: Set(declared.filter { $0.cluster == experiment.unit }.map(\.name)).sorted(),
            taken: taken, recomputable: revisions.filter(\.isSameSalt),
            observations: request.observations, mode: request.mode, asOf: request.asOf,
            splitFrom: request.splitFrom,
            weight: RowWeight(takenRevisions, experiment: experiment.name),
            bands: ScoreBands(experiment, least: seen.least, greatest: seen.greatest),
            featureAge: request.features.map { FeatureTimes(timeToLive: $0.timeToLive) },
            countsBatches: facts.countsBatches, isMost: isMost, only: unit)
        logged = try facts.loggedFeatures(of: experiment.name)
        features = ExportPlan.features(
            of: experiment, logged: logged?.columns, user: userFeatures)
        columns = ExportPlan.columns(
            of: experiment, outcome: outcome, features: self.features,
            isWeighted: request.isWeighted)
    }

    /// An experiment's least and greatest score.
    private static func scores(
        of experiment: Name, asOf: Timestamp, isMost: Bool, on engine: any SQLEngine
    ) throws(SQLError) -> (least: Double?, greatest: Double?) {
        var ends: (least: Double?, greatest: Double?) = (nil, nil)
        try engine.read(
            """
            SELECT MIN(d.score), MAX(d.score) FROM \(decisionsSQL("d", isMost: isMost))
            WHERE d.experiment = \(experiment.text) AND d.received_at <= \(asOf.microseconds)
            """
        ) { row throws(SQLError) in
            ends = row.isNull(0) ? (nil, nil) : (row.real(0), row.real(1))
        }
        return ends
    }

    /// Engines have SHA-256 and none of the hashes by which other systems deal.
    private static func refuseOthersHashes(
        _ revisions: [LedgerReader.Revision], _ experiment: Name, _ dialect: SQLDialect
    ) throws(ExportError) {
        guard dialect != .sqlite else { return }
        for revision in revisions where revision.isSameSalt {
            guard case .compatible? = revision.catalog.dealings[experiment]?.arms else { continue }
            throw ExportError(
                "revision \(revision.revision) deals \(experiment) as another system does, and \(dialect.rawValue) cannot deal it again",
                "export from a ledger by SQLite, which has that system's hash")
        }
    }

    /// Those of some revisions that deal an experiment's units as the catalog does.
    static func alike(
        _ revisions: [LedgerReader.Revision], _ catalog: Catalog, _ experiment: Experiment
    ) -> [LedgerReader.Revision] {
        revisions.filter { $0.isSameSalt && dealsAlike($0.catalog, catalog, experiment) }
    }

    /// A number for each revision that has the experiment: those that deal alike have the same.
    static func groups(
        _ revisions: [LedgerReader.Revision], _ experiment: Name
    ) -> [String: Int] {
        var groups: [String: Int] = [:]
        for (index, revision) in revisions.enumerated() {
            guard let declared = revision.catalog[experiment: experiment.text] else { continue }
            let before = revisions[..<index].first {
                $0.saltFingerprint == revision.saltFingerprint
                    && dealsAlike($0.catalog, revision.catalog, declared)
            }
            groups[revision.revision] = before.flatMap { groups[$0.revision] } ?? index
        }
        return groups
    }

    /// Whether two catalogs deal the experiment's units alike, its holdouts included.
    private static func dealsAlike(
        _ one: Catalog, _ other: Catalog, _ experiment: Experiment
    ) -> Bool {
        guard let declared = one[experiment: experiment.name.text] else { return false }
        func holdouts(_ catalog: Catalog) -> [String] {
            catalog.holdouts.filter { $0.covers(experiment.name) }.map { "\($0.name) \($0.share)" }
        }
        return declared.dealsAlike(experiment) && holdouts(one) == holdouts(other)
    }

    private static func taken(
        _ asked: [String]?, of experiment: Name, alike: [LedgerReader.Revision],
        all: [LedgerReader.Revision]
    ) throws(ExportError) -> [String] {
        let known = alike.map(\.revision)
        guard let asked else {
            guard !all.isEmpty else {
                throw ExportError(
                    "the ledger had received nothing by the as-of time",
                    "give a later one, or leave it out")
            }
            guard !known.isEmpty else {
                let never = NeverDealt(experiment)
                throw ExportError(never.message, never.hint(to: "export"))
            }
            return known
        }
        guard !asked.isEmpty else {
            throw ExportError(
                "no revision is asked for",
                "name one, or leave out which: then all that deal alike are")
        }
        for revision in asked where !known.contains(revision) {
            let isThere = all.contains { $0.revision == revision }
            throw ExportError(
                isThere
                    ? "revision \(revision) deals the experiment otherwise than the catalog"
                    : "the ledger has no revision \(revision.prefix(80))",
                "revisions that deal alike: \(known.joined(separator: ", "))")
        }
        return asked
    }

    /// The features' columns: those that were logged, and those of the user's table, `u`.
    private static func features(
        of experiment: Experiment, logged: [String: SQL]?, user: UserFeatures?
    ) -> [ExportColumn] {
        let own = user?.columns ?? []
        let declared = experiment.features.filter { feature in
            !own.contains { $0.name.text.lowercased() == feature.name.text.lowercased() }
        }
        let columns = declared.map { feature in
            // A feature declared after the last decision was recorded has no column yet.
            ExportColumn(
                name: feature.name.text, type: ExportColumn.Kind(feature.type), role: "feature",
                sql: logged?[feature.name.text] ?? "NULL")
        }
        return columns
            + own.map {
                ExportColumn(
                    name: $0.name.text, type: $0.type, role: "feature",
                    sql: "u.\(name: $0.name.text)")
            }
    }

    private static func columns(
        of experiment: Experiment, outcome: Experiment.Outcome, features: [ExportColumn],
        isWeighted: Bool
    ) -> [ExportColumn] {
        func column(
            _ name: String, _ type: ExportColumn.Kind, _ role: String, _ sql: SQL
        ) -> ExportColumn { ExportColumn(name: name, type: type, role: role, sql: sql) }
        var columns = [
            column("id", .text, "decision", "d.id"),
            column("unit", .text, "unit", "d.unit"),
            column("cluster", .text, "cluster", "d.cluster"),
            column("experiment", .text, "experiment", "d.experiment"),
            column("decided_at", .time, "time", "d.decided_at"),
            column("arm", .text, "arm", "d.arm"),
            column("reason", .text, "reason", "d.reason"),
            column("propensity", .number, "propensity", "d.propensity"),
            column("score", .number, "score", "d.score"),
            column("model", .text, "model", "d.model"),
        ]
        if experiment.cluster == nil { columns.removeAll { $0.name == "cluster" } }
        columns += features
        if isWeighted { columns.append(column("weight", .number, "weight", "k.weight")) }
        columns.append(column(outcome.name.text, .number, "label", "x.label"))
        return columns
    }

    /// How the arms' counts are held against the plan.
    var sampleRatio: SampleRatio {
        SampleRatio(
            experiment, of: request.catalog, taken: rows.taken, asOf: request.asOf,
            isMost: rows.isMost)
    }

    /// What brings in the features of a decision, `d`.
    var featureJoin: SQL {
        var joins = logged.map { [$0.join] } ?? []
        if userFeatures != nil {
            joins += [
                FeatureTimes.join,
                "LEFT JOIN hf_features AS u ON u.unit = d.unit AND u.stamped_at = s.stamp",
            ]
        }
        return SQL.joined(joins, by: " ")
    }

    /// The rows of one part, in an order that does not depend on that of arrival.
    func select(part: Int) -> SQL {
        """
        SELECT \(SQL.joined(columns.map(\.sql), by: ", "))
        FROM hf_kept AS k JOIN hf_export AS x ON x.decision = k.decision
        JOIN decisions AS d ON d.decision = k.decision \(featureJoin)
        WHERE k.reasons = 0 AND k.part = \(Int64(part))
        ORDER BY d.decided_at, d.id
        """
    }
}

extension ExportColumn.Kind {
    init(_ type: FeatureType) {
        switch type {
        case .number: self = .number
        case .integer: self = .integer
        case .category: self = .text
        case .boolean: self = .boolean
        }
    }
}
