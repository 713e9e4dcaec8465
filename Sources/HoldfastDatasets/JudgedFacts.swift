internal import HoldfastAssignment
internal import HoldfastFormats
package import HoldfastLedger
internal import HoldfastSQL
internal import HoldfastTables

/// What a ledger or a lake knows of a model in operation, as tables that it can be judged on.
///
///     let facts = try JudgedFacts.write(request, from: ledger, to: folder)
///     facts.clean    // rows of control with their labels, which no treatment touched
///     facts.biased   // rows of other arms whose label came: what there is without a control group
///     facts.served   // every decision, with or without a label
///
/// The rows of `clean` are those that an export would keep, by the same statements; there are no
/// gates, as nothing is trained on them. The model is judged by the scores that it gave when it
/// decided.
package struct JudgedFacts: Sendable {
    /// A file of rows.
    package struct File: Sendable {
        package var path: String
        package var rows: Int
    }

    package var clean: File
    package var biased: File
    package var served: File
    /// The names of the columns of each file.
    package var columns: Columns
    /// Decisions that are not clean, by their first reason.
    package var excluded: [(reason: String, rows: Int)]

    /// What the files' columns are called.
    package struct Columns: Sendable {
        package var id = "hf_id"
        package var time = "hf_time"
        package var cluster = "hf_cluster"
        package var score = "hf_score"
        package var weight = "hf_weight"
        package var label: String
        package var features: [String]
        /// The features that are categories.
        package var categories: [String]
    }

    /// Writes the files into a folder that is there.
    ///
    /// Throws `ExportError` where the catalog declares no outcome or no control, and where no
    /// decision has a score.
    package static func write(
        _ request: ExportRequest, from facts: any FactStore, to folder: String,
        progress: (String) -> Void = { _ in }
    ) throws -> JudgedFacts {
        try Export.telling(facts, tried: "reading \(request.experiment)") {
            let (stage, _) = try Export.prepare(request, from: facts, progress: progress)
            let plan = stage.plan
            guard stage.boxes.contains(where: { $0.box.band != nil }) else {
                throw ExportError(
                    "no decision of \(request.experiment) has a score, and so no prediction",
                    "record the model's score with each decision, as `score`")
            }
            let columns = Columns(
                label: plan.outcome.name.text, features: plan.features.map(\.name),
                categories: plan.features.filter { $0.type == .text || $0.type == .boolean }
                    .map(\.name))
            func write(_ name: String, _ weight: SQL, _ label: SQL, _ rest: SQL) throws -> File {
                progress("\(request.experiment): writing \(name) rows")
                let path = "\(folder)/\(name).csv"
                let all = file(columns, plan, weight: weight, label: label)
                var writer = try RowWriter(path: path, columns: all, format: .csv)
                try writer.begin()
                let query: SQL = """
                    SELECT \(SQL.joined(all.map(\.sql), by: ", ")) \(rest)
                    ORDER BY d.decided_at, d.id
                    """
                try facts.engine.stream(query) { try writer.write($0) }
                _ = try writer.finish()
                return File(path: path, rows: writer.rowCount)
            }
            let clean = try write(
                "clean", "k.weight", "x.label",
                """
                FROM hf_kept AS k JOIN hf_export AS x ON x.decision = k.decision
                JOIN decisions AS d ON d.decision = k.decision \(plan.featureJoin)
                WHERE k.reasons IN (0, \(Exclusion.outsideSplit.bit))
                """)
            let others: SQL = """
                FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
                \(plan.featureJoin)
                """
            // What is left to see where nobody is left alone: those that the model let through.
            let biased = try write(
                "biased", "1.0", "x.label",
                """
                \(others) WHERE x.label IS NOT NULL AND (x.box & \(RowBox.early)) = 0
                AND x.box % 2 = 0 AND d.reason <> 'holdout' AND d.arm <> 'control'
                AND (d.intended IS NULL OR d.intended = 0)
                """)
            let served = try write(
                "served", "1.0", "CASE WHEN k.reasons = 0 THEN x.label END",
                "\(others) LEFT JOIN hf_kept AS k ON k.decision = x.decision")
            return JudgedFacts(
                clean: clean, biased: biased, served: served, columns: columns,
                excluded: Exclusion.allCases.map {
                    (reason: $0.word, rows: stage.count($0).rows)
                }.filter { $0.rows > 0 })
        }
    }

    private static func file(
        _ columns: Columns, _ plan: ExportPlan, weight: SQL, label: SQL
    ) -> [ExportColumn] {
        let cluster: SQL =
            plan.experiment.cluster == nil ? "d.unit" : "COALESCE(d.cluster, d.unit)"
        return [
            ExportColumn(name: columns.id, type: .text, role: "decision", sql: "d.id"),
            ExportColumn(name: columns.time, type: .time, role: "time", sql: "d.decided_at"),
            ExportColumn(name: columns.cluster, type: .text, role: "cluster", sql: cluster),
            ExportColumn(name: columns.score, type: .number, role: "score", sql: "d.score"),
            ExportColumn(name: columns.weight, type: .number, role: "weight", sql: weight),
        ] + plan.features + [
            ExportColumn(name: columns.label, type: .number, role: "label", sql: label)
        ]
    }
}
