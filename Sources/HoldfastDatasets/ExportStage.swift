internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastSQL

/// What the statements found, in tables of the engine's, and the counts of it.
///
/// `hf_export` has a row for each decision: its box, its label, and its weight as one of control.
/// `hf_clean` has the clean ones: part, weight, and whether they stay out as a second row of their
/// unit or by the split by time; `hf_kept` is the same, weighted for what was excluded where that
/// was asked. `hf_firsts` has the first decision of each that was randomised.
struct ExportStage {
    let plan: ExportPlan
    let engine: any SQLEngine
    /// Decisions by their box, in the order of its numbers: sums of them come out alike each time.
    private(set) var boxes: [(box: RowBox, rows: Int)] = []
    /// The first decision of each unit, or of each cluster, that chance dealt, by box.
    private(set) var firsts: [(box: RowBox, rows: Int)] = []
    /// Decisions that were not randomised, by their stored reason, in its order.
    private(set) var notRandomised: [(reason: String, rows: Int)] = []
    /// Clean decisions by part and by what keeps them out all the same.
    private(set) var kept: [Kept] = []

    /// Rows of each part whose label is not its commonest one, asked where labels are numbers.
    private(set) var varied: [Int: Int] = [:]

    /// Clean rows of one part, kept or not for one reason.
    struct Kept {
        var part: Int
        /// The bit of the reason that leaves them out, or 0.
        var reason: Int64
        var rows: Int
        var positives: Int
        /// Those whose label is neither 0 nor 1.
        var numbers: Int
    }

    /// Runs the statements.
    init(
        _ plan: ExportPlan, on engine: any SQLEngine, progress: (String) -> Void
    ) throws(SQLError) {
        self.plan = plan
        self.engine = engine
        for step in plan.rows.steps {
            progress("\(plan.experiment.name): \(step.what)")
            try engine.store(step.query, as: step.table)
        }
        progress("\(plan.experiment.name): counting")
        try count()
    }

    private mutating func count() throws(SQLError) {
        try engine.read("SELECT box, COUNT(*) FROM hf_export GROUP BY box ORDER BY box") {
            row throws(SQLError) in boxes.append((RowBox(row.integer(0)), Int(row.integer(1))))
        }
        try engine.read(
            """
            SELECT k.part, k.reasons, COUNT(*), SUM(CASE WHEN x.label <> 0 THEN 1 ELSE 0 END),
              SUM(CASE WHEN x.label IN (0, 1) THEN 0 ELSE 1 END)
            FROM hf_clean AS k JOIN hf_export AS x ON x.decision = k.decision
            GROUP BY k.part, k.reasons ORDER BY k.part, k.reasons
            """
        ) { row throws(SQLError) in
            kept.append(
                Kept(
                    part: Int(row.integer(0)), reason: row.integer(1), rows: Int(row.integer(2)),
                    positives: Int(row.integer(3)), numbers: Int(row.integer(4))))
        }
        if kept.contains(where: { $0.reason == 0 && $0.numbers > 0 }) {
            try engine.read(
                """
                SELECT part, SUM(n) - MAX(n) FROM (
                  SELECT k.part, x.label, COUNT(*) AS n
                  FROM hf_clean AS k JOIN hf_export AS x ON x.decision = k.decision
                  WHERE k.reasons = 0 GROUP BY k.part, x.label) AS hf_values GROUP BY part
                """
            ) { row throws(SQLError) in varied[Int(row.integer(0))] = Int(row.integer(1)) }
        }
        try engine.read(
            """
            SELECT d.reason, COUNT(*) FROM hf_export AS x JOIN decisions AS d
              ON d.decision = x.decision AND x.box % 2 = 1 GROUP BY d.reason ORDER BY d.reason
            """
        ) { row throws(SQLError) in
            notRandomised.append((row.text(0) ?? "", Int(row.integer(1))))
        }
        try engine.store(
            plan.sampleRatio.firsts,
            as: SQLTable("hf_firsts", key: ["decision"], [.required("decision", .integer)]))
        try engine.read(
            """
            SELECT x.box, COUNT(*) FROM hf_firsts AS f
            JOIN hf_export AS x ON x.decision = f.decision GROUP BY x.box ORDER BY x.box
            """
        ) { row throws(SQLError) in
            firsts.append((RowBox(row.integer(0)), Int(row.integer(1))))
        }
    }

    /// Decisions of which it is the primary reason, and of which it holds.
    func count(_ exclusion: Exclusion) -> (rows: Int, holds: Int) {
        switch exclusion {
        case .duplicate, .outsideSplit:
            let rows = kept.filter { $0.reason == exclusion.bit }.reduce(0) { $0 + $1.rows }
            return (rows, rows)
        case .notRandomised, .notRecomputed, .notControl, .crossover, .interference,
            .clusterExposed, .carryOver, .logGap, .notRipe, .featureTime:
            var counts = (rows: 0, holds: 0)
            for (box, rows) in boxes where box.holds(exclusion) {
                counts.holds += rows
                // No bit below its own: it is the first.
                if box.bits & (exclusion.bit - 1) == 0 { counts.rows += rows }
            }
            return counts
        }
    }

    /// Features, and the score where any decision has one: what was known at the decision.
    var knownColumns: [ExportColumn] {
        let score = ExportColumn(name: "score", type: .number, role: "score", sql: "d.score")
        return plan.features + (boxes.contains { $0.box.band != nil } ? [score] : [])
    }

    /// Those by which sets of rows are compared, as the experiment's ``Experiment/Agreement`` says:
    /// without those ignored, and its categories as texts.
    var comparedColumns: [ExportColumn] {
        let agreement = plan.experiment.agreement
        return knownColumns.filter { !agreement.ignored.contains($0.name) }.map { column in
            let isCategory = agreement.categories.contains(column.name)
            return isCategory
                ? ExportColumn(name: column.name, type: .text, role: column.role, sql: column.sql)
                : column
        }
    }

    /// All decisions.
    var decisionCount: Int { boxes.reduce(0) { $0 + $1.rows } }

    /// The rows of a part that are written.
    func written(part: Int) -> Kept {
        kept.first { $0.part == part && $0.reason == 0 }
            ?? Kept(part: part, reason: 0, rows: 0, positives: 0, numbers: 0)
    }
}
