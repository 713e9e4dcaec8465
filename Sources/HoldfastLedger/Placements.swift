internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// The cluster that each unit has, as far as one transaction has asked.
///
/// A unit's history is read once a transaction, so that a batch of a thousand decisions of one
/// unit does not read it a thousand times. Nobody else writes meanwhile.
struct Placements {
    private struct Key: Hashable {
        var experiment: Name
        var unit: UnitID
    }

    /// Where a unit was placed, and by what: a decision counts more than an exposure.
    struct Placement {
        var cluster: UnitID
        var isDecided: Bool
    }

    /// Of a unit that was asked for: where it is, if anywhere.
    private var known: [Key: Placement?] = [:]

    /// The place of a unit in an experiment, read from the file where nobody asked yet.
    mutating func placement(
        of unit: UnitID, in experiment: Name, read: () throws(SQLError) -> Placement?
    ) throws(SQLError) -> Placement? {
        let key = Key(experiment: experiment, unit: unit)
        if let placement = known[key] { return placement }
        let placement = try read()
        known[key] = .some(placement)
        return placement
    }

    /// A decision that was recorded places its unit.
    mutating func note(_ fact: DecisionFact) {
        note(fact.assignment.experiment, fact.unit, fact.cluster, isDecided: true)
    }

    /// So does an exposure that was recorded, until there is a decision.
    mutating func note(_ fact: ExposureFact) {
        note(fact.experiment, fact.unit, fact.cluster, isDecided: false)
    }

    /// Of a unit that nobody asked for the file knows: it is read from there when somebody does.
    private mutating func note(
        _ experiment: Name, _ unit: UnitID, _ cluster: UnitID?, isDecided: Bool
    ) {
        let key = Key(experiment: experiment, unit: unit)
        guard !known.isEmpty, let cluster, let placement = known[key] else { return }
        guard placement == nil || isDecided && placement?.isDecided == false else { return }
        known[key] = .some(Placement(cluster: cluster, isDecided: isDecided))
    }
}

extension LedgerFile {
    /// The cluster of a unit's first decision in an experiment, received since ?3; or else of its
    /// first exposure. By the indexes on (experiment, unit) and on (unit): a plus keeps SQLite from
    /// going through the whole table in the order that is asked for.
    static let placementQueries = (
        decision: """
        SELECT cluster FROM decisions
        WHERE experiment = ?1 AND unit = ?2 AND cluster IS NOT NULL AND received_at >= ?3
        ORDER BY +decision LIMIT 1
        """,
        exposure: """
        SELECT cluster FROM exposures
        WHERE unit = ?2 AND experiment = ?1 AND cluster IS NOT NULL AND received_at >= ?3
        ORDER BY +exposure LIMIT 1
        """
    )

    /// What to answer to a decision whose unit has another cluster; `nil` where it may be recorded.
    ///
    /// The cluster decides the arm: a unit that changes it would be in two. Its first decision says
    /// which it has, so that one exposure under a wrong cluster does not lock it out. The same
    /// decision sent again is a duplicate all the same.
    func misplaced(
        _ fact: DecisionFact, _ sealed: SealedFact, _ placements: inout Placements
    ) throws(SQLError) -> Receipt? {
        guard fact.isClustered, let cluster = fact.cluster else { return nil }
        let experiment = fact.assignment.experiment
        let placement = try placements.placement(of: fact.unit, in: experiment) {
            () throws(SQLError) in try recordedPlacement(of: fact.unit, in: experiment)
        }
        guard let placement, placement.cluster != cluster else { return nil }
        if try connection.exists("SELECT 1 FROM decisions WHERE id = ?1", [.text(sealed.id)]) {
            return try repeated(.decision, sealed) { () throws(SQLError) in
                try recorded(id: sealed.id)
            }
        }
        return .refused(
            Refusal(
                code: "cluster_changed",
                detail: "experiment \(experiment) knows the unit under another cluster",
                hint:
                    "a unit keeps its cluster while an experiment runs: send the one it came with first"
            ))
    }

    private func recordedPlacement(
        of unit: UnitID, in experiment: Name
    ) throws(SQLError) -> Placements.Placement? {
        let since = try clusterRun(of: experiment)
        func first(_ query: String) throws(SQLError) -> UnitID? {
            let statement = try connection.prepared(query)
            try statement.bind([.text(experiment.text), .text(unit.text), .integer(since)])
            defer { statement.reset() }
            return try statement.step() ? statement.text(0).flatMap { UnitID($0) } : nil
        }
        if let cluster = try first(LedgerFile.placementQueries.decision) {
            return Placements.Placement(cluster: cluster, isDecided: true)
        }
        return try first(LedgerFile.placementQueries.exposure).map {
            Placements.Placement(cluster: $0, isDecided: false)
        }
    }

    private func clusterRun(of experiment: Name) throws(SQLError) -> Int64 {
        try recentClusterRuns()[experiment.text] ?? .min
    }

    /// Since when each experiment's clusters are of one kind without a break: households cannot be
    /// compared with the companies of before. Those that never changed are not among them.
    func recentClusterRuns() throws(SQLError) -> [String: Int64] {
        if let runs = clusterRuns { return runs }
        var kinds: [String: String] = [:]
        var starts: [String: Int64] = [:]
        var runs: [String: Int64] = [:]
        let query: SQL = """
            SELECT r.catalog, f.received_at
            FROM in_force AS f JOIN revisions AS r ON r.revision = f.revision
            ORDER BY f.sequence DESC
            """
        try connection.query(query) { row throws(SQLError) in
            do throws(JSONError) {
                let catalog = try JSON.parse(Array((row.text(0) ?? "").utf8))
                guard case .object(let experiments)? = catalog["experiments"] else { return }
                for (name, declared) in experiments.members where runs[name] == nil {
                    let kind = declared["cluster"]?.string ?? ""
                    if let known = kinds[name], known != kind {
                        runs[name] = starts[name]
                    } else {
                        kinds[name] = kind
                        starts[name] = row.integer(1)
                    }
                }
            } catch {
                throw SQLError.damagedRevision("\(error)")
            }
        }
        clusterRuns = runs
        return runs
    }
}
