internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastSQL

/// The statements by which an experiment's rows are found, in the subset that SQLite, DuckDB and
/// Spark share.
///
/// `hf_testers` are units that an override ever forced; `hf_dealt` the first decision of each unit
/// that chance dealt or a holdout withheld, in a switchback that of each of its blocks. What
/// happened to rows is read in their order, and added up here: sums of doubles depend on their
/// order, and engines promise none.
struct AnalysisStatements {
    let experiment: Experiment
    /// The revisions that deal as the catalog does.
    let taken: [String]
    let asOf: Timestamp
    let horizon: Int64
    /// What tells one dealing of a unit from its next.
    let block: SQL
    let isMost: Bool

    private var name: String { experiment.name.text }

    private var isReceived: SQL {
        "d.experiment = \(name) AND d.received_at <= \(asOf.microseconds)"
    }

    /// Whether a decision was made by a revision that is taken, for one of the experiment's arms.
    private var isTaken: SQL {
        let arms = textsSQL(experiment.arms.map(\.name.text))
        return "d.revision IN (\(textsSQL(taken))) AND (d.reason = 'holdout' OR d.arm IN (\(arms)))"
    }

    // MARK: - Rows

    static let testersTable = SQLTable(
        "hf_testers", key: ["unit"], [.required("unit", .text)])

    /// Units that were forced, by a decision or by the catalog.
    var testers: SQL {
        let named = experiment.overrides.keys.map(\.text).sorted()
        return """
            SELECT DISTINCT d.unit FROM \(decisionsSQL("d", isMost: isMost))
            WHERE \(isReceived) AND (d.reason = 'override' OR d.unit IN (\(textsSQL(named))))
            """
    }

    static let rowsTable = SQLTable(
        "hf_dealt", key: ["decision"], index: ["unit", "decided_at"],
        [
            .required("decision", .integer), .required("id", .text), .required("unit", .text),
            .required("decided_at", .integer),
        ])

    /// The first decision of each that was dealt or withheld. What falls into a switchback's
    /// burn-in is not looked at: it may still be an effect of the block before.
    var rows: SQL {
        """
        SELECT decision, id, unit, decided_at FROM (
          SELECT d.decision, d.id, d.unit, d.decided_at,
            ROW_NUMBER() OVER (
              PARTITION BY d.unit, d.reason, \(block) ORDER BY d.decided_at, d.id) AS place
          FROM \(decisionsSQL("d", isMost: isMost))
          LEFT JOIN hf_testers AS t ON t.unit = d.unit
          WHERE \(isReceived) AND d.reason IN ('assigned', 'holdout') AND \(isTaken)
            AND t.unit IS NULL AND NOT (\(isBurnIn))
        ) AS hf_first WHERE place = 1
        """
    }

    private var isBurnIn: SQL {
        guard case .switchback(let switchback) = experiment.method else { return "1 = 0" }
        let inBlock = floorRemainder("d.decided_at", switchback.every.microseconds)
        return "d.reason = 'assigned' AND \(inBlock) < \(switchback.burnIn.microseconds)"
    }

    /// Every decision by what becomes of it: reason, whether its revision is taken, whether its
    /// unit is a tester, whether it falls into burn-in, and how many.
    var counts: SQL {
        """
        SELECT reason, is_taken, is_tester, is_burn_in, COUNT(*) FROM (
          SELECT d.reason, CASE WHEN \(isTaken) THEN 1 ELSE 0 END AS is_taken,
            CASE WHEN t.unit IS NULL THEN 0 ELSE 1 END AS is_tester,
            CASE WHEN \(isBurnIn) THEN 1 ELSE 0 END AS is_burn_in
          FROM \(decisionsSQL("d", isMost: isMost))
          LEFT JOIN hf_testers AS t ON t.unit = d.unit
          WHERE \(isReceived)) AS hf_counted
        GROUP BY reason, is_taken, is_tester, is_burn_in
        ORDER BY reason, is_taken, is_tester, is_burn_in
        """
    }

    /// The rows that are ripe, in their order, with what is known of them and `more` columns.
    func ripe(_ more: [SQL], join: SQL) -> SQL {
        let extra = SQL.joined(more.map { ", \($0)" }, by: "")
        return """
            SELECT a.decision, a.decided_at, d.reason, d.arm, COALESCE(d.cluster, d.unit),
              d.propensity, d.score\(extra)
            FROM hf_dealt AS a JOIN decisions AS d ON d.decision = a.decision \(join)
            WHERE \(isRipe) ORDER BY a.decided_at, a.id
            """
    }

    private var isRipe: SQL { "a.decided_at + \(horizon) <= \(asOf.microseconds)" }

    /// How many rows there are, dealt and withheld, ripe or not.
    var ripeness: SQL {
        """
        SELECT d.reason, CASE WHEN \(isRipe) THEN 1 ELSE 0 END AS is_ripe, COUNT(*)
        FROM hf_dealt AS a JOIN decisions AS d ON d.decision = a.decision
        GROUP BY d.reason, CASE WHEN \(isRipe) THEN 1 ELSE 0 END
        """
    }

    // MARK: - What happened

    /// The outcomes of a name in the windows of ripe rows, in the rows' order: from `before` the
    /// decision until the horizon has passed.
    func outcomes(_ outcome: String, before: Int64) -> SQL {
        """
        SELECT a.decision, o.observed_at, o.value
        FROM outcomes AS o CROSS JOIN hf_dealt AS a
        WHERE o.name = \(outcome) AND o.received_at <= \(asOf.microseconds)
          AND a.unit = o.unit AND a.decided_at <= o.observed_at + \(before)
          AND a.decided_at > o.observed_at - \(horizon) AND \(isRipe)
        ORDER BY a.decided_at, a.id, o.observed_at, o.id
        """
    }

    /// The arms whose treatment reached ripe rows within their windows, in the rows' order.
    var exposures: SQL {
        """
        SELECT decision, arm FROM (
          SELECT DISTINCT a.decided_at, a.id, a.decision, e.arm
          FROM exposures AS e CROSS JOIN hf_dealt AS a
          WHERE e.experiment = \(name) AND e.received_at <= \(asOf.microseconds)
            AND a.unit = e.unit AND a.decided_at <= e.exposed_at
            AND a.decided_at > e.exposed_at - \(horizon) AND \(isRipe)
        ) AS hf_reached ORDER BY decided_at, id, arm
        """
    }
}
