internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL

/// The statement that gives every decision of an experiment its reasons for exclusion.
///
/// One text in the subset that SQLite, DuckDB and Spark share. Windows are half-open: a treatment
/// at `decided_at − washout` counts, one at `decided_at + horizon` does not.
struct CleanRows {
    let experiment: Experiment
    let outcome: Experiment.Outcome
    /// Experiments whose clusters are of the same kind as this one's.
    let sameCluster: [Name]
    /// Experiments whose units are this one's clusters: one treated household is all its members.
    let byCluster: [Name]
    /// The revisions whose decisions are taken.
    let taken: [String]
    /// The revisions that can be dealt again.
    let recomputable: [LedgerReader.Revision]
    let observations: ExportRequest.Observations
    let asOf: Timestamp
    /// Whether the ledger keeps the numbers of batches.
    let countsBatches: Bool

    private var horizon: Int64 { outcome.horizon.microseconds }
    private var name: String { experiment.name.text }

    /// A row for each decision that was received in time: its key, its reasons as 0 or 1, the
    /// number of the primary one (0 for none), its part of the split, and its label.
    var statement: SQL {
        """
        WITH hf_decisions AS (
          SELECT decision, id, unit, cluster, decided_at, arm, reason, holdout, propensity, bucket, revision, score
          FROM decisions WHERE experiment = \(name) AND received_at <= \(asOf.microseconds)),
        \(clusterTreatments)\(gaps)hf_labelled AS (
        \(labelled)),
        hf_reasons AS (
        \(reasons)),
        hf_ranked AS (
          SELECT r.*, ROW_NUMBER() OVER (PARTITION BY r.unit, \(hasReason) ORDER BY \(order)) AS place
          FROM hf_reasons AS r)
        SELECT r.decision, r.id, r.decided_at, \(reasonColumns),
          \(isDuplicate) AS \(name: Exclusion.duplicate.column),
          \(primary) AS primary_reason,
          \(part) AS part, r.stored_reason, r.arm, r.randomised, r.label
        FROM hf_ranked AS r
        """
    }

    // MARK: - Labels

    /// The decisions with the last outcome within the horizon; of two at one moment, that of the
    /// greater id.
    ///
    /// Not outcomes first and then a join: behind a filter on a window SQLite expects few rows,
    /// makes no index of them, and goes through all of them for each decision.
    private var labelled: SQL {
        """
          SELECT * FROM (
            SELECT d.*, o.value,
              ROW_NUMBER() OVER (PARTITION BY d.decision ORDER BY o.observed_at DESC, o.id DESC)
                AS outcome_place
            FROM hf_decisions AS d LEFT JOIN outcomes AS o ON o.unit = d.unit
              AND o.name = \(outcome.name.text) AND o.received_at <= \(asOf.microseconds)
              AND o.observed_at >= d.decided_at AND o.observed_at < d.decided_at + \(horizon)
          ) AS hf_outcomes WHERE outcome_place = 1
        """
    }

    private var label: SQL {
        outcome.absent.map { "COALESCE(d.value, \($0))" } ?? "d.value"
    }

    // MARK: - Reasons

    private var reasons: SQL {
        """
          SELECT d.decision, d.id, d.unit, d.decided_at, d.arm, d.reason AS stored_reason,
            \(randomised) AS randomised, \(label) AS label,
            \(flag(.notRandomised, notRandomised)),
            \(flag(.notRecomputed, notRecomputed)),
            \(flag(.notControl, "d.reason <> 'holdout' AND (d.arm IS NULL OR d.arm <> 'control')")),
            \(flag(.crossover, "EXISTS (\(treatments("t.experiment = \(name)")))")),
            \(flag(.interference, interference)),
            \(flag(.clusterExposed, clusterExposed)),
            \(flag(.carryOver, CarryOver(experiment: experiment).condition)),
            \(flag(.logGap, countsBatches ? LogGaps.touched : "1 = 0")),
            \(flag(.notRipe, notRipe))
          FROM hf_labelled AS d
        """
    }

    private func flag(_ exclusion: Exclusion, _ condition: SQL) -> SQL {
        "CASE WHEN \(condition) THEN 1 ELSE 0 END AS \(name: exclusion.column)"
    }

    private var notRandomised: SQL {
        "d.reason NOT IN ('assigned', 'holdout') OR d.revision NOT IN (\(list(taken)))"
    }

    /// Only what chance decided can be dealt again, and only under a salt that is known.
    ///
    /// A comparison with NULL is neither true nor false: only what is true is recomputed.
    private var notRecomputed: SQL {
        let recomputation = Recomputation(revisions: recomputable, experiment: experiment.name)
        return """
            \(Recomputation.isByChance)
              AND d.revision IN (\(list(recomputable.map(\.revision))))
              AND CASE WHEN \(recomputation.condition) THEN 0 ELSE 1 END = 1
            """
    }

    /// A treatment of some experiments that reached the unit within the window.
    private func treatments(of unit: SQL = "d.unit", _ experiments: SQL) -> SQL {
        """
        SELECT 1 FROM exposures AS t WHERE t.unit = \(unit) AND \(experiments) AND t.arm <> 'control'
              AND t.received_at <= \(asOf.microseconds) AND \(window)
        """
    }

    private var window: SQL {
        "t.exposed_at >= \(windowStart) AND t.exposed_at < \(windowEnd)"
    }

    private var windowStart: SQL { "d.decided_at - \(experiment.washout.microseconds)" }
    private var windowEnd: SQL { "d.decided_at + \(horizon)" }

    /// Nothing is known of gaps where the ledger keeps no numbers of batches.
    private var gaps: SQL {
        guard countsBatches else { return "" }
        return LogGaps(receivedBy: asOf, window: (windowStart, windowEnd)).tables
    }

    private var interference: SQL {
        let own: SQL = "EXISTS (\(treatments(interferes("t.experiment"))))"
        guard !byCluster.isEmpty else { return own }
        let whole: SQL = """
            t.experiment IN (\(list(byCluster.map(\.text)))) AND \(interferes("t.experiment"))
            """
        return "\(own) OR EXISTS (\(treatments(of: "d.cluster", whole)))"
    }

    /// Whether a column names an experiment whose treatments disturb the outcome, this one apart.
    ///
    /// All are all that were ever recorded, declared or not.
    private func interferes(_ column: SQL) -> SQL {
        switch experiment.interferes {
        case .all: "\(column) <> \(name)"
        case .only(let names):
            "\(column) IN (\(list(names.filter { $0 != experiment.name }.map(\.text))))"
        }
    }

    private var notRipe: SQL {
        let early: SQL = "d.decided_at + \(horizon) > \(asOf.microseconds)"
        return outcome.absent == nil ? "\(early) OR d.value IS NULL" : early
    }

    // MARK: - Clusters

    /// Treatments by cluster: of every unit that was ever placed in it, by a decision or an
    /// exposure of an experiment whose clusters are of that kind.
    private var clusterTreatments: SQL {
        guard experiment.cluster != nil else { return "" }
        let naming: SQL = """
            experiment IN (\(list(sameCluster.map(\.text)))) AND cluster IS NOT NULL AND received_at <= \(asOf.microseconds)
            """
        return """
            hf_members AS (
              SELECT unit, cluster FROM decisions WHERE \(naming)
              UNION
              SELECT unit, cluster FROM exposures WHERE \(naming)),
            hf_cluster_treatments AS (
              SELECT m.cluster, t.unit, t.exposed_at FROM exposures AS t JOIN hf_members AS m ON m.unit = t.unit
              WHERE (t.experiment = \(name) OR \(interferes("t.experiment")))
                AND t.arm <> 'control' AND t.received_at <= \(asOf.microseconds)),
            hf_cluster_exposed AS (
              SELECT DISTINCT d.decision
              FROM hf_decisions AS d JOIN hf_cluster_treatments AS t ON t.cluster = d.cluster
              WHERE t.unit <> d.unit AND \(window)),

            """
    }

    /// Of a row without its cluster nobody knows whether a member was reached.
    ///
    /// By `IN`, for which SQLite always makes an index.
    private var clusterExposed: SQL {
        experiment.cluster == nil
            ? "1 = 0"
            : "d.cluster IS NULL OR d.decision IN (SELECT decision FROM hf_cluster_exposed)"
    }

    private var randomised: SQL { experiment.cluster == nil ? "d.unit" : "d.cluster" }

    // MARK: - One row a unit, and the parts

    private static let tested: [Exclusion] = Exclusion.allCases.filter { $0 != .duplicate }

    private var reasonColumns: SQL {
        SQL.joined(CleanRows.tested.map { "r.\(name: $0.column)" }, by: ", ")
    }

    /// 1 where any reason but duplication holds.
    private var hasReason: SQL {
        let columns = CleanRows.tested.map { "r.\(name: $0.column)" as SQL }
        return "CASE WHEN \(SQL.joined(columns, by: " + ")) > 0 THEN 1 ELSE 0 END"
    }

    /// Ids break ties, so that the order of arrival decides nothing.
    private var order: SQL {
        observations == .last ? "r.decided_at DESC, r.id DESC" : "r.decided_at, r.id"
    }

    private var isDuplicate: SQL {
        observations == .all
            ? "0" : "CASE WHEN \(hasReason) = 0 AND r.place > 1 THEN 1 ELSE 0 END"
    }

    private var primary: SQL {
        let cases = CleanRows.tested.map { exclusion -> SQL in
            "WHEN r.\(name: exclusion.column) = 1 THEN \(Int64(exclusion.rawValue))"
        }
        return """
            CASE \(SQL.joined(cases, by: " ")) WHEN \(isDuplicate) = 1 THEN \(Int64(Exclusion.duplicate.rawValue)) ELSE 0 END
            """
    }

    /// The part of the split in which the row's cluster, or else its unit, lies.
    private var part: SQL {
        let bucket = bucketSQL("split:\(name)", "r.randomised")
        let boundaries = Dealing.cumulativeBoundaries(experiment.split.map(\.share))
        let cases = zip(experiment.split, boundaries).map { part, boundary -> SQL in
            "WHEN \(bucket) < \(Int64(boundary)) THEN \(part.name.text)"
        }
        return "CASE \(SQL.joined(cases, by: " ")) END"
    }

    private func list(_ texts: [String]) -> SQL {
        texts.isEmpty ? "NULL" : SQL.joined(texts.map { SQL.value(.text($0)) }, by: ", ")
    }
}
