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
    let featureTable: String?

    init(_ request: ExportRequest, _ ledger: LedgerReader) throws {
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
        guard experiment.arms.contains(where: { $0.name == .control }) else {
            throw ExportError(
                "experiment \(experiment.name) has no arm named control",
                "only rows of control and of a holdout are clean: declare a control arm")
        }
        self.experiment = experiment
        self.outcome = outcome
        // What a later catalog says must not change what is found as of then.
        let revisions = try ledger.revisions(salt: catalog, receivedBy: request.asOf)
        let alike = ExportPlan.alike(revisions, catalog, experiment)
        let taken = try ExportPlan.taken(request.revisions, alike: alike, all: revisions)
        let declared = (revisions.map(\.catalog) + [catalog]).flatMap(\.experiments)
        func names(_ isMeant: (Experiment) -> Bool) -> [Name] {
            experiment.cluster == nil ? [] : Set(declared.filter(isMeant).map(\.name)).sorted()
        }
        rows = CleanRows(
            experiment: experiment, outcome: outcome,
            sameCluster: names { $0.cluster == experiment.cluster },
            byCluster: names { $0.unit == experiment.cluster },
            taken: taken, recomputable: revisions.filter(\.isSameSalt),
            observations: request.observations, asOf: request.asOf,
            countsBatches: ledger.countsBatches)
        let features = try ledger.featureTable(of: experiment.name)
        featureTable = features?.table
        columns = ExportPlan.columns(of: experiment, outcome: outcome, features: features?.columns)
    }

    /// Those of some revisions that deal an experiment's units as the catalog does.
    static func alike(
        _ revisions: [LedgerReader.Revision], _ catalog: Catalog, _ experiment: Experiment
    ) -> [LedgerReader.Revision] {
        revisions.filter { $0.isSameSalt && dealsAlike($0.catalog, catalog, experiment) }
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
        _ asked: [String]?, alike: [LedgerReader.Revision], all: [LedgerReader.Revision]
    ) throws(ExportError) -> [String] {
        let known = alike.map(\.revision)
        guard let asked else {
            guard !known.isEmpty else {
                throw ExportError(
                    "no revision in the ledger deals this experiment as the catalog does",
                    "export with the catalog and the salt under which decisions were recorded")
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

    private static func columns(
        of experiment: Experiment, outcome: Experiment.Outcome, features: [String: String]?
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
        for feature in experiment.features {
            // A feature declared after the last decision was recorded has no column yet.
            let isKept = features?[feature.name.text] != nil
            columns.append(
                column(
                    feature.name.text, ExportColumn.Kind(feature.type), "feature",
                    isKept ? "f.\(name: feature.name.text)" : "NULL"))
        }
        columns.append(column(outcome.name.text, .number, "label", "x.label"))
        return columns
    }

    /// The rows of one part, in an order that does not depend on that of arrival.
    func select(part: Name) -> SQL {
        let columns = SQL.joined(self.columns.map(\.sql), by: ", ")
        let features: SQL =
            featureTable.map { "LEFT JOIN \(name: $0) AS f ON f.decision = x.decision " } ?? ""
        return """
            SELECT \(columns)
            FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
            \(features)WHERE x.primary_reason = 0 AND x.part = \(part.text)
            ORDER BY x.decided_at, x.id
            """
    }
}

extension ExportColumn.Kind {
    fileprivate init(_ type: FeatureType) {
        switch type {
        case .number: self = .number
        case .integer: self = .integer
        case .category: self = .text
        case .boolean: self = .boolean
        }
    }
}
