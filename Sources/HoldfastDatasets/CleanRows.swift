internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL

/// The statements that give every decision of an experiment its reasons for exclusion.
///
/// Steps that each fill a table of their own, in the subset that SQLite, DuckDB and Spark share.
/// Windows are half-open: a treatment at `decided_at − washout` counts, one at
/// `decided_at + horizon` does not.
///
/// Treatments and outcomes look for the decisions that they touch, not the other way round: there
/// are fewer of them, and a decision's experiment, unit and time are all in one index, so that
/// neither table is looked into. That took a quarter of the time that a question for each decision
/// took.
struct CleanRows {
    let experiment: Experiment
    let outcome: Experiment.Outcome
    /// Experiments whose clusters are of the same kind as this one's.
    let sameCluster: [Name]
    /// Experiments whose units are this one's clusters: one treated household is all its members.
    let byCluster: [Name]
    /// Experiments whose clusters are this one's units: one treated customer is the household.
    let byMember: [Name]
    /// The revisions whose decisions are taken.
    let taken: [String]
    /// The revisions that can be dealt again.
    let recomputable: [LedgerReader.Revision]
    let observations: ExportRequest.Observations
    let mode: ExportRequest.Mode
    let asOf: Timestamp
    /// Where the split is by time too: when the parts behind the first begin.
    let splitFrom: Timestamp?
    /// How many rows each row of control stands for.
    let weight: RowWeight
    let bands: ScoreBands
    /// How old a value of the user's own table of features may be; `nil` without such a table.
    let featureAge: FeatureTimes?
    /// Whether the ledger keeps the numbers of batches.
    let countsBatches: Bool
    /// Whether going through all decisions is faster than fetching the experiment's one by one.
    var isMost: Bool
    /// The unit whose story is to be told, or `nil` for all.
    let only: UnitID?

    private var horizon: Int64 { outcome.horizon.microseconds }
    private var washout: Int64 { experiment.washout.microseconds }
    private var name: String { experiment.name.text }

    /// One table that is filled from those before it.
    struct Step {
        /// What is done, for people.
        let what: String
        let table: SQLTable
        let query: SQL
    }

    /// What is to be stored in order.
    var steps: [Step] {
        var steps = [
            Step(
                what: "finding treatments",
                table: SQLTable(
                    "hf_treatments",
                    index: experiment.cluster == nil
                        ? [] : ["unit", "exposed_at", "is_own", "is_whole"],
                    [
                        .required("unit", .text), .required("exposed_at", .integer),
                        .required("is_own", .integer), .required("is_whole", .integer),
                    ]), query: treatments),
            Step(
                what: "finding rows they touch",
                table: SQLTable(
                    "hf_touched", key: ["decision"],
                    [
                        .required("decision", .integer), .required("by_own", .integer),
                        .required("by_other", .integer),
                    ]), query: touched),
        ]
        if experiment.cluster != nil {
            steps.append(
                Step(
                    what: "finding treatments of clusters",
                    table: SQLTable(
                        "hf_cluster_treatments", key: ["cluster", "exposed_at", "unit"],
                        [
                            .required("cluster", .text), .required("exposed_at", .integer),
                            .required("unit", .text),
                        ]), query: clusterTreatments))
            steps.append(
                Step(
                    what: "finding rows they touch",
                    table: SQLTable(
                        "hf_cluster_touched", key: ["decision"],
                        [
                            .required("decision", .integer), .required("by_member", .integer),
                            .required("by_whole", .integer),
                        ]), query: clusterTouched))
        }
        steps.append(
            Step(
                what: "finding outcomes",
                table: SQLTable(
                    "hf_labels", key: ["decision"],
                    [.required("decision", .integer), .required("value", .real)]), query: labels))
        if countsBatches {
            steps.append(
                Step(
                    what: "finding gaps",
                    table: SQLTable(
                        "hf_in_gaps", key: ["decision"], [.required("decision", .integer)]),
                    query: gaps))
        }
        if featureAge != nil {
            steps.append(
                Step(
                    what: "finding features", table: FeatureTimes.table,
                    query: FeatureTimes.query(
                        decisions: decisionsSQL("d", isMost: isMost), where: isReceived)))
        }
        steps.append(
            Step(
                what: "giving each decision its reasons",
                table: SQLTable(
                    "hf_export", key: ["decision"],
                    [
                        .required("decision", .integer), .required("box", .integer),
                        .optional("label", .real), .optional("weight", .real),
                    ]), query: reasons))
        steps.append(
            Step(
                what: "choosing one row a unit",
                table: SQLTable(
                    "hf_clean", key: ["decision"],
                    [
                        .required("decision", .integer), .optional("part", .integer),
                        .required("reasons", .integer), .optional("weight", .real),
                    ]), query: kept))
        return steps
    }

    /// The statements as one engine takes them, without the hint to SQLite which index to leave
    /// alone, since that follows from what was recorded later too.
    func statements(for dialect: SQLDialect) -> [SQL] {
        var plain = self
        plain.isMost = false
        return plain.steps.flatMap { dialect.statements(storing: $0.query, as: $0.table) }
    }

    // MARK: - Treatments

    /// Whatever was done to anybody that can disturb the outcome.
    private var treatments: SQL {
        let whole: SQL =
            byCluster.isEmpty
            ? "0"
            : """
            CASE WHEN t.experiment IN (\(textsSQL(byCluster.map(\.text)))) THEN 1 ELSE 0 END
            """
        return """
            SELECT t.unit, t.exposed_at, CASE WHEN t.experiment = \(name) THEN 1 ELSE 0 END AS is_own,
              \(whole) AS is_whole
            FROM exposures AS t
            WHERE t.arm <> 'control' AND t.received_at <= \(asOf.microseconds)
              AND (t.experiment = \(name) OR \(interferes("t.experiment")))\(membersTreatments)
            """
    }

    /// Where the units are others' clusters, a treatment of a member is one of the unit.
    private var membersTreatments: SQL {
        guard !byMember.isEmpty else { return "" }
        return """

            UNION ALL
            SELECT t.cluster, t.exposed_at, 0, 0 FROM exposures AS t
            WHERE t.arm <> 'control' AND t.received_at <= \(asOf.microseconds)
              AND t.cluster IS NOT NULL AND t.experiment IN (\(textsSQL(byMember.map(\.text))))
              AND \(interferes("t.experiment"))
            """
    }

    /// The decisions of units that were treated within the window, by this experiment or another.
    private var touched: SQL {
        """
        SELECT d.decision, MAX(t.is_own) AS by_own, MAX(1 - t.is_own) AS by_other
        FROM hf_treatments AS t CROSS JOIN decisions AS d
        WHERE d.experiment = \(name) AND d.unit = t.unit AND \(inWindow)
        GROUP BY d.decision
        """
    }

    private var inWindow: SQL {
        "d.decided_at <= t.exposed_at + \(washout) AND d.decided_at > t.exposed_at - \(horizon)"
    }

    /// Whether a column names an experiment whose treatments disturb the outcome, this one apart.
    ///
    /// All are all that were ever recorded, declared or not.
    private func interferes(_ column: SQL) -> SQL {
        switch experiment.interferes {
        case .all: "\(column) <> \(name)"
        case .only(let names):
            "\(column) IN (\(textsSQL(names.filter { $0 != experiment.name }.map(\.text))))"
        }
    }

    // MARK: - Clusters

    /// Treatments by cluster: of every unit that was ever placed in it, by a decision or an
    /// exposure of an experiment whose clusters are of that kind; and of the cluster itself, where
    /// it is the unit of another experiment: then the unit is empty, as none is.
    ///
    /// Grouped, because a unit is named with its cluster by many rows, and because rows then come
    /// in the order of the key.
    private var clusterTreatments: SQL {
        let naming: SQL = """
            m.experiment IN (\(textsSQL(sameCluster.map(\.text)))) AND m.cluster IS NOT NULL AND m.received_at <= \(asOf.microseconds)
            """
        return """
            SELECT cluster, exposed_at, unit FROM (
              SELECT m.cluster, t.exposed_at, m.unit
              FROM \(decisionsSQL("m", isMost: isMost)) CROSS JOIN hf_treatments AS t
              WHERE \(naming) AND t.unit = m.unit
              UNION ALL
              SELECT m.cluster, t.exposed_at, m.unit
              FROM exposures AS m CROSS JOIN hf_treatments AS t
              WHERE \(naming) AND t.unit = m.unit
              UNION ALL
              SELECT t.unit, t.exposed_at, ''
              FROM hf_treatments AS t WHERE t.is_whole = 1 AND t.is_own = 0) AS hf_members
            GROUP BY cluster, exposed_at, unit
            """
    }

    /// The decisions within whose window some other member of the cluster was treated, or all of
    /// it.
    private var clusterTouched: SQL {
        """
        SELECT d.decision,
          MAX(CASE WHEN t.unit <> d.unit AND t.unit <> '' THEN 1 ELSE 0 END) AS by_member,
          MAX(CASE WHEN t.unit = '' THEN 1 ELSE 0 END) AS by_whole
        FROM \(decisionsSQL("d", isMost: isMost)) CROSS JOIN hf_cluster_treatments AS t
        WHERE \(isReceived) AND t.cluster = d.cluster AND t.exposed_at >= d.decided_at - \(washout)
          AND t.exposed_at < d.decided_at + \(horizon)
        GROUP BY d.decision
        """
    }

    // MARK: - Labels

    /// The last outcome within the horizon; of two at one moment, that of the greater id.
    private var labels: SQL {
        """
        SELECT decision, value FROM (
          SELECT d.decision, o.value,
            ROW_NUMBER() OVER (PARTITION BY d.decision ORDER BY o.observed_at DESC, o.id DESC)
              AS place
          FROM outcomes AS o CROSS JOIN decisions AS d
          WHERE o.name = \(outcome.name.text) AND o.received_at <= \(asOf.microseconds)
            AND d.experiment = \(name) AND d.unit = o.unit
            AND d.decided_at <= o.observed_at AND d.decided_at > o.observed_at - \(horizon)
        ) AS hf_outcomes WHERE place = 1
        """
    }

    private var label: SQL { outcome.absent.map { "COALESCE(l.value, \($0))" } ?? "l.value" }

    // MARK: - Gaps

    /// The decisions whose window touches a gap in what the ledger received.
    private var gaps: SQL {
        let walk = LogGaps(
            receivedBy: asOf,
            window: ("d.decided_at - \(washout)", "d.decided_at + \(horizon)"))
        return """
            WITH hf_decisions AS (
              SELECT d.decision, d.decided_at FROM \(decisionsSQL("d", isMost: isMost))
              WHERE \(isReceived)),
            \(walk.query)
            """
    }

    /// Whether a decision, `d`, is one of the experiment's that was received in time.
    private var isReceived: SQL {
        let only: SQL = self.only.map { " AND d.unit = \($0.text)" } ?? ""
        return "d.experiment = \(name) AND d.received_at <= \(asOf.microseconds)\(only)"
    }

    // MARK: - Reasons

    /// Every decision with its box: which reasons hold, and what else it is counted by.
    private var reasons: SQL {
        var joins: [SQL] = [
            "LEFT JOIN hf_touched AS t ON t.decision = d.decision",
            "LEFT JOIN hf_labels AS l ON l.decision = d.decision",
        ]
        if experiment.cluster != nil {
            joins.append("LEFT JOIN hf_cluster_touched AS c ON c.decision = d.decision")
        }
        if countsBatches {
            joins.append("LEFT JOIN hf_in_gaps AS g ON g.decision = d.decision")
        }
        if featureAge != nil { joins.append(FeatureTimes.join) }
        return """
            SELECT d.decision,
              \(SQL.joined(flags, by: "\n    + "))
                + \(marks)
                + \(RowBox.armStep) * (\(arm)) + \(RowBox.bandStep) * (\(bands.number)) AS box,
              \(label) AS label, \(weight.ofControl) AS weight
            FROM \(decisionsSQL("d", isMost: isMost))
            \(SQL.joined(joins, by: "\n"))
            WHERE \(isReceived)
            """
    }

    private var flags: [SQL] {
        var flags = [
            flag(.notRandomised, notRandomised), flag(.notRecomputed, notRecomputed),
            flag(.notControl, notControl), flag(.crossover, "t.by_own = 1"),
            flag(.interference, interference),
            flag(.carryOver, CarryOver(experiment: experiment).condition),
            flag(.notRipe, outcome.absent == nil ? "\(early) OR l.value IS NULL" : early),
        ]
        if experiment.cluster != nil { flags.append(flag(.clusterExposed, clusterExposed)) }
        if countsBatches { flags.append(flag(.logGap, "g.decision IS NOT NULL")) }
        if let featureAge { flags.append(flag(.featureTime, featureAge.isWrong)) }
        return flags
    }

    private func flag(_ exclusion: Exclusion, _ condition: SQL) -> SQL {
        "CASE WHEN \(condition) THEN \(exclusion.bit) ELSE 0 END"
    }

    private var notRandomised: SQL {
        "d.reason NOT IN ('assigned', 'holdout') OR d.revision NOT IN (\(textsSQL(taken)))"
    }

    /// Only what chance decided can be dealt again, and only under a salt that is known.
    ///
    /// A comparison with NULL is neither true nor false: only what is true is recomputed.
    private var notRecomputed: SQL {
        let recomputation = Recomputation(revisions: recomputable, experiment: experiment.name)
        return """
            \(Recomputation.isByChance)
              AND d.revision IN (\(textsSQL(recomputable.map(\.revision))))
              AND CASE WHEN \(recomputation.condition) THEN 0 ELSE 1 END = 1
            """
    }

    /// With weights, whoever was let alone because the model did not mean to act is as good as
    /// control; and control whose weight is not known stands for nobody knows how many.
    private var notControl: SQL {
        switch mode {
        case .control: return "d.reason <> 'holdout' AND (d.arm IS NULL OR d.arm <> 'control')"
        case .weighted:
            var isKnown: SQL = "d.propensity > 0"
            if case .exploration = experiment.method {
                isKnown = "\(isKnown) AND (d.reason <> 'holdout' OR d.score - d.score = 0)"
            }
            return """
                CASE WHEN d.intended = 0 THEN 0
                  WHEN d.reason <> 'holdout' AND (d.arm IS NULL OR d.arm <> 'control') THEN 1
                  WHEN \(isKnown) THEN 0 ELSE 1 END = 1
                """
        }
    }

    private var interference: SQL {
        byCluster.isEmpty || experiment.cluster == nil
            ? "t.by_other = 1" : "t.by_other = 1 OR c.by_whole = 1"
    }

    /// Of a row without its cluster nobody knows whether a member was reached.
    private var clusterExposed: SQL { "d.cluster IS NULL OR c.by_member = 1" }

    private var early: SQL { "d.decided_at + \(horizon) > \(asOf.microseconds)" }

    private var marks: SQL {
        var marks: [SQL] = [
            "CASE WHEN \(early) THEN \(RowBox.early) ELSE 0 END",
            "CASE WHEN d.intended = 0 THEN 0 ELSE \(RowBox.acting) END",
        ]
        if experiment.cluster != nil {
            marks.append("CASE WHEN d.cluster IS NULL THEN \(RowBox.homeless) ELSE 0 END")
        }
        return SQL.joined(marks, by: " + ")
    }

    /// The arm's number, from 2; 1 for a holdout, 0 for none.
    private var arm: SQL {
        let cases = experiment.arms.enumerated().map { index, arm -> SQL in
            "WHEN \(arm.name.text) THEN \(Int64(index) + RowBox.firstArm)"
        }
        return """
            CASE WHEN d.reason = 'holdout' THEN \(RowBox.holdout)
                WHEN d.reason = 'assigned' THEN CASE d.arm \(SQL.joined(cases, by: " ")) ELSE 0 END ELSE 0 END
            """
    }

    // MARK: - One row a unit, and the parts

    /// The clean rows with their part, and of those what a second row of the unit or the split by
    /// time leaves out.
    ///
    /// With weights a unit's first row is that of all its rows which the rules that can fire in
    /// every arm leave, and is kept only where it is clean: among clean ones alone a treated unit's
    /// first would be one on which the model did not mean to act, and control's would be any.
    private var kept: SQL {
        """
        SELECT decision, part, CASE WHEN is_outside = 1 THEN \(Exclusion.outsideSplit.bit)
            WHEN place > \(observations == .all ? Int64.max : 1) THEN \(Exclusion.duplicate.bit) ELSE 0 END
            AS reasons,
          weight
        FROM (
          SELECT k.*, ROW_NUMBER() OVER (PARTITION BY unit, is_outside ORDER BY \(order)) AS place
          FROM (
            SELECT p.*, CASE WHEN \(isOutside) THEN 1 ELSE 0 END AS is_outside FROM (
              SELECT x.decision, x.box, d.unit, d.id, d.decided_at, \(part) AS part,
                \(weight.ofKept(mode)) AS weight
              FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
              WHERE \(isRanked)) AS p) AS k) AS hf_placed
        WHERE box % \(RowBox.reasons) = 0
        """
    }

    /// Whether a row, `x`, is one of those of which the first or the last of a unit is kept.
    private var isRanked: SQL {
        guard mode == .weighted, observations != .all else {
            return "x.box % \(RowBox.reasons) = 0"
        }
        // An outcome can be missing because the model acted: only that it is early is no arm's.
        let rules = Exclusion.allCases.filter { $0.isTwoArmed(experiment) && $0 != .notRipe }
        let bits = ([.notRandomised, .notRecomputed] + rules).reduce(RowBox.early) { $0 | $1.bit }
        return "(x.box & \(bits)) = 0"
    }

    /// Ids break ties, so that the order of arrival decides nothing.
    private var order: SQL {
        observations == .last ? "decided_at DESC, id DESC" : "decided_at, id"
    }

    /// In the first part a row's window must have ended when the others begin: an embargo of one
    /// horizon lies between them.
    private var isOutside: SQL {
        guard let splitFrom else { return "1 = 0" }
        return """
            CASE WHEN p.part = 0 THEN p.decided_at + \(horizon) > \(splitFrom.microseconds)
              ELSE p.decided_at < \(splitFrom.microseconds) END
            """
    }

    /// The number of the part of the split in which the row's cluster, or else its unit, lies.
    private var part: SQL {
        let randomised: SQL = experiment.cluster == nil ? "d.unit" : "d.cluster"
        let bucket = bucketSQL("split:\(name)", randomised)
        let boundaries = Dealing.cumulativeBoundaries(experiment.split.map(\.share))
        let cases = boundaries.enumerated().map { index, boundary -> SQL in
            "WHEN \(bucket) < \(Int64(boundary)) THEN \(Int64(index))"
        }
        return "CASE \(SQL.joined(cases, by: " ")) END"
    }
}

/// Texts as the list of an IN; nothing is in one of none.
func textsSQL(_ texts: [String]) -> SQL {
    texts.isEmpty ? "NULL" : SQL.joined(texts.map { SQL.value(.text($0)) }, by: ", ")
}

/// All decisions under an alias; where an experiment's are most of them, by going through the table
/// instead of fetching them one by one.
func decisionsSQL(_ alias: StaticString, isMost: Bool) -> SQL {
    "decisions AS \(SQL(stringLiteral: "\(alias)"))\(isMost ? SQL.hint(" NOT INDEXED") : "")"
}
