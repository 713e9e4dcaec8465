internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastSQL
internal import HoldfastStatistics

/// Whether the parts agree with each other, and kept control rows with everything that was served.
///
/// By the engine of `holdfast check`: an effect with its interval against a margin. What has more
/// rows than ``sampleSize`` is looked at through a sample of about as many, drawn by a hash of the
/// decisions' ids: the same rows whatever the order of arrival.
///
/// That engine knows no weights. A weighted set is held against what was served by the standardised
/// difference of each feature's weighted means, as in ``ControlBalance``.
struct ServedFeatures {
    let stage: ExportStage

    static let sampleSize = 50_000
    private static let binCount = 20
    private static let shownCategories = 12

    private var plan: ExportPlan { stage.plan }

    /// Tables of rows under a condition on `x`, `k` and `d`, by a key of whole numbers from 0.
    private func tables(
        _ columns: [ExportColumn], key: SQL, count: Int, from: SQL, rows: Int, roles: [TableRole],
        names: [String]
    ) throws -> [TableSummary] {
        var summaries = (0..<count).map { _ in
            columns.map { ColumnSummary(name: $0.name, isCategory: $0.type == .text) }
        }
        var counts = Array(repeating: 0, count: count)
        let share = min(1, Double(ServedFeatures.sampleSize) / Double(max(1, rows)))
        let isSampled: SQL =
            share == 1
            ? "1 = 1"
            : """
            \(bucketSQL("audit:\(plan.experiment.name)", "d.id")) < \(Int64(share * Double(Bucket.count)))
            """
        try stage.engine.stream(
            """
            SELECT \(key), \(SQL.joined(columns.map(\.sql), by: ", "))
            FROM \(from) \(plan.featureJoin) WHERE \(isSampled) ORDER BY d.decided_at, d.id
            """
        ) { row throws in
            let table = Int(row.integer(0))
            counts[table] += 1
            for (index, column) in columns.enumerated() {
                if row.isNull(index + 1) {
                    summaries[table][index].addMissing()
                } else if column.type == .text {
                    row.withBytes(index + 1) { summaries[table][index].add(text: $0) }
                } else {
                    summaries[table][index].add(row.real(index + 1))
                }
            }
        }
        for table in summaries.indices {
            for column in summaries[table].indices { summaries[table][column].finish() }
        }
        return summaries.indices.map {
            TableSummary(summaries[$0], rows: counts[$0], name: names[$0], as: roles[$0])
        }
    }

    // MARK: - Train against eval

    func trainEval() throws -> Gate {
        let parts = plan.experiment.split
        let rows = parts.indices.map { stage.written(part: $0).rows }
        let all = rows.reduce(0, +)
        let label = ExportColumn(
            name: plan.outcome.name.text, type: .number, role: "label", sql: "x.label")
        let from: SQL = """
            hf_kept AS k JOIN hf_export AS x ON x.decision = k.decision AND k.reasons = 0
            JOIN decisions AS d ON d.decision = k.decision
            """
        let tables = try tables(
            stage.comparedColumns + [label], key: "k.part", count: parts.count, from: from,
            rows: all,
            roles: parts.indices.map { $0 == 0 ? .train : .eval }, names: parts.map(\.name.text))
        var faults: [String] = []
        var worst: Double?
        var isOpen = false
        // A part without a share has no rows by the catalog. Each of the others against the first.
        let asked = parts.indices.filter { parts[$0].share > .none }.map { tables[$0] }
        let empty = asked.filter { $0.rows == 0 }.map(\.name)
        if empty.isEmpty {
            for table in asked.dropFirst() {
                let report = Agreement.report([asked[0], table], plan.agreementOptions)
                note(report, as: "\(table.name): ", &faults, &worst)
                isOpen = isOpen || report.verdict == .inconclusive
            }
        }
        return gate(
            .trainEval, faults, worst, isOpen, "the parts",
            untold: empty.isEmpty ? nil : "no row of \(empty.joined(separator: ", "))",
            idle: asked.count < 2 ? "there is one part alone" : nil)
    }

    // MARK: - Control against serve

    /// Whether a row, `x`, is ripe and one that chance dealt: one who is not eligible is served,
    /// and can never be in a set.
    private static let isServed: SQL = """
        x.box % 4 = 0 AND (x.box & \(RowBox.early)) = 0
        """

    /// The gate, and the pictures of what it saw.
    func controlServe() throws -> (gate: Gate, histograms: [Audit.FeatureHistogram]) {
        let columns = stage.comparedColumns
        guard !columns.isEmpty else {
            let gate = gate(
                .controlServe, [], nil, false, "kept control and what was served",
                idle: "there is no column to compare")
            return (gate, [])
        }
        let isWeighted = plan.request.isWeighted
        let kept = plan.experiment.split.indices.reduce(0) { $0 + stage.written(part: $1).rows }
        let served = stage.boxes.filter { $0.box.isDealt && !$0.box.isEarly }.reduce(0) {
            $0 + $1.rows
        }
        let control = try tables(
            columns, key: "0", count: 1,
            from: """
                hf_kept AS k JOIN hf_export AS x ON x.decision = k.decision AND k.reasons = 0
                  AND \(isWeighted ? "1 = 1" : ControlBalance.isControl(plan.experiment))
                JOIN decisions AS d ON d.decision = k.decision
                """, rows: kept, roles: [.train], names: ["kept"])[0]
        let all = try tables(
            columns, key: "0", count: 1,
            from: """
                hf_export AS x JOIN decisions AS d
                  ON d.decision = x.decision AND \(ServedFeatures.isServed)
                """, rows: served, roles: [.serve], names: ["served"])[0]
        var faults: [String] = []
        var worst: Double?
        var isOpen = false
        if isWeighted {
            let balance = try weightedBalance(columns)
            faults = balance.filter(\.isAlarm).map(\.feature)
            worst = balance.compactMap { $0.difference.map(abs) }.max()
        } else if control.rows > 0, all.rows > 0 {
            let report = Agreement.report([control, all], plan.agreementOptions)
            note(report, as: "", &faults, &worst)
            isOpen = report.verdict == .inconclusive
        }
        if !faults.isEmpty, plan.rows.bands.isDealt, !isWeighted {
            faults.append(
                "control was dealt by score: with --mode weighted its rows are weighted for that")
        }
        return (
            gate(
                .controlServe, faults, worst, isOpen, "kept control and what was served",
                untold: control.rows == 0
                    ? "no row was kept" : all.rows == 0 ? "no row was served" : nil),
            columns.compactMap { histogram($0.name, control, all) }
        )
    }

    /// The weighted rows of the set against everything that was served, by feature.
    private func weightedBalance(_ columns: [ExportColumn]) throws -> [Audit.Balance] {
        var kept = columns.map { FeatureValues($0.type) }
        var served = kept
        try stage.engine.stream(
            """
            SELECT k.weight, CASE WHEN \(ServedFeatures.isServed) THEN 0 ELSE 1 END, \(SQL.joined(columns.map(\.sql), by: ", "))
            FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
            LEFT JOIN hf_kept AS k ON k.decision = x.decision AND k.reasons = 0
            \(plan.featureJoin) ORDER BY d.decided_at, d.id
            """
        ) { row throws in
            for index in columns.indices {
                if !row.isNull(0) { kept[index].add(row, index + 2, weight: row.real(0)) }
                if row.integer(1) == 0 { served[index].add(row, index + 2) }
            }
        }
        return ControlBalance.judged(
            columns.indices.flatMap { kept[$0].balance(columns[$0].name, against: served[$0]) })
    }

    private func note(
        _ report: CheckReport, as prefix: String, _ faults: inout [String],
        _ worst: inout Double?
    ) {
        for column in report.pairs.flatMap(\.columns) {
            for finding in column.findings {
                worst = max(worst ?? 0, abs(finding.effect))
            }
            if column.verdict == .disagrees { faults.append(prefix + column.column) }
        }
    }

    /// What is `untold`, for want of rows, fails; where there is nothing to ask it is `idle`.
    private func gate(
        _ name: Gate.Name, _ faults: [String], _ worst: Double?, _ isOpen: Bool, _ whose: String,
        untold: String? = nil, idle: String? = nil
    ) -> Gate {
        let detail: String
        if !faults.isEmpty {
            detail = "\(whose) disagree in \(faults.joined(separator: ", "))"
        } else if let untold {
            detail = "\(untold): it cannot be told whether \(whose) agree"
        } else if let idle {
            detail = idle
        } else if isOpen {
            detail = "\(whose) do not disagree, as far as so few rows can tell"
        } else {
            detail = "\(whose) agree in every column"
        }
        return Gate(
            name: name, passed: faults.isEmpty && untold == nil, figure: worst,
            limit: plan.agreementLimit(of: name), detail: detail, waiver: nil)
    }

    // MARK: - Pictures

    private func histogram(
        _ name: String, _ kept: TableSummary, _ served: TableSummary
    ) -> Audit.FeatureHistogram? {
        guard let one = kept.column(name), let other = served.column(name) else { return nil }
        var histogram = Audit.FeatureHistogram(
            feature: name, edges: [], categories: [], kept: [], served: [],
            keptMissing: one.absent, servedMissing: other.absent)
        if let numbers = other.numberSample {
            let edges = ServedFeatures.edges(numbers)
            histogram.edges = edges
            histogram.served = ServedFeatures.counts(numbers, edges)
            histogram.kept = ServedFeatures.counts(one.numberSample, edges)
            return histogram
        }
        let counts = other.categorySummary.ranked
        let shown = counts.prefix(ServedFeatures.shownCategories)
        let own = one.categorySummary
        let keptCounts = shown.map { category in
            category.category.withUnsafeBufferPointer { own.tally(of: $0) }
        }
        histogram.categories = shown.map { String(decoding: $0.category, as: UTF8.self) }
        histogram.served = shown.map(\.count)
        histogram.kept = keptCounts
        let rest = (
            own.count - keptCounts.reduce(0, +),
            counts.dropFirst(shown.count).reduce(0) { $0 + $1.count }
        )
        if rest.0 + rest.1 > 0 {
            histogram.categories.append("all others")
            histogram.kept.append(rest.0)
            histogram.served.append(rest.1)
        }
        return histogram
    }

    /// Edges of equal width over the middle 98% of the values; the outer bins take the rest.
    private static func edges(_ sample: OrderedSample) -> [Double] {
        guard let least = sample.minimum, let greatest = sample.maximum,
            let low = sample.quantile(0.01), let high = sample.quantile(0.99)
        else { return [] }
        guard low < high, (high - low).isFinite else { return [least, greatest] }
        var edges = (0...binCount).map { low + (high - low) * (Double($0) / Double(binCount)) }
        edges[0] = least
        edges[binCount] = greatest
        return edges
    }

    /// How many values are in each bin; the outer bins take what is beyond the edges.
    private static func counts(_ sample: OrderedSample?, _ edges: [Double]) -> [Int] {
        guard edges.count >= 2 else { return [] }
        guard let sample else { return Array(repeating: 0, count: edges.count - 1) }
        let below = edges.dropFirst().dropLast().map { edge in
            Int((sample.share(below: edge) * Double(sample.count)).rounded())
        }
        return zip(below + [sample.count], [0] + below).map { $0 - $1 }
    }
}
