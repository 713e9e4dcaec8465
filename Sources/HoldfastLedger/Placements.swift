internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// The clusters under which units are known, as far as one transaction has asked.
///
/// A unit's history is read once a transaction, so that a batch of a thousand decisions of one
/// unit does not read it a thousand times. Nobody else writes meanwhile.
struct Placements {
    private struct Key: Hashable {
        var experiment: Name
        var unit: UnitID
    }

    private var known: [Key: Set<UnitID>] = [:]

    /// The clusters of a unit in an experiment, read from the file where nobody asked yet.
    mutating func clusters(
        of unit: UnitID, in experiment: Name, read: () throws(SQLError) -> Set<UnitID>
    ) throws(SQLError) -> Set<UnitID> {
        let key = Key(experiment: experiment, unit: unit)
        if let clusters = known[key] { return clusters }
        let clusters = try read()
        known[key] = clusters
        return clusters
    }

    /// A decision that was recorded places its unit.
    mutating func note(_ fact: DecisionFact) {
        note(fact.assignment.experiment, fact.unit, fact.cluster)
    }

    /// So does an exposure that was recorded.
    mutating func note(_ fact: ExposureFact) {
        note(fact.experiment, fact.unit, fact.cluster)
    }

    /// Of a unit that nobody asked for the file knows: it is read from there when somebody does.
    private mutating func note(_ experiment: Name, _ unit: UnitID, _ cluster: UnitID?) {
        guard !known.isEmpty, let cluster else { return }
        known[Key(experiment: experiment, unit: unit)]?.insert(cluster)
    }
}

extension LedgerFile {
    /// The clusters under which an experiment's decisions and exposures know a unit, received
    /// since ?3. By the indexes on (experiment, unit) and on (unit).
    static let clustersQuery = """
        SELECT cluster FROM decisions
        WHERE experiment = ?1 AND unit = ?2 AND cluster IS NOT NULL AND received_at >= ?3
        UNION
        SELECT cluster FROM exposures
        WHERE unit = ?2 AND experiment = ?1 AND cluster IS NOT NULL AND received_at >= ?3
        """

    /// What to answer to a decision whose unit is known under another cluster; `nil` where it may
    /// be recorded.
    ///
    /// The cluster decides the arm: a unit that changes it would be in two. The same decision sent
    /// again is a duplicate all the same.
    func misplaced(
        _ fact: DecisionFact, _ placements: inout Placements
    ) throws(SQLError) -> Receipt? {
        guard fact.isClustered, let cluster = fact.cluster else { return nil }
        let experiment = fact.assignment.experiment
        let clusters = try placements.clusters(of: fact.unit, in: experiment) {
            () throws(SQLError) in try recordedClusters(of: fact.unit, in: experiment)
        }
        if clusters.allSatisfy({ $0 == cluster }) { return nil }
        let digest = fact.digest
        let id = fact.id ?? digest.hexadecimal
        if try connection.exists("SELECT 1 FROM decisions WHERE id = ?1", [.text(id)]) {
            return try repeated(.decision, id: id, digest: digest) { () throws(SQLError) in
                try recorded(id: id)
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

    private func recordedClusters(
        of unit: UnitID, in experiment: Name
    ) throws(SQLError) -> Set<UnitID> {
        let since = try clusterRun(of: experiment)
        let statement = try connection.prepared(LedgerFile.clustersQuery)
        try statement.bind([.text(experiment.text), .text(unit.text), .integer(since)])
        var clusters: Set<UnitID> = []
        while try statement.step() {
            if let cluster = statement.text(0).flatMap({ UnitID($0) }) { clusters.insert(cluster) }
        }
        return clusters
    }

    /// Since when an experiment's clusters are of one kind without a break: households cannot be
    /// compared with the companies of before.
    private func clusterRun(of experiment: Name) throws(SQLError) -> Int64 {
        if let runs = clusterRuns { return runs[experiment.text] ?? .min }
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
        return runs[experiment.text] ?? .min
    }
}

extension SQLiteConnection {
    /// Whether a statement gives a row.
    fileprivate func exists(_ text: String, _ values: [SQLValue]) throws(SQLError) -> Bool {
        let statement = try prepared(text)
        try statement.bind(values)
        defer { statement.reset() }
        return try statement.step()
    }
}
