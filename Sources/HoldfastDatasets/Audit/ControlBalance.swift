internal import HoldfastAssignment
internal import HoldfastSQL
internal import HoldfastStatistics

/// Whether control rows that were kept are like those that were excluded for what happened after
/// the assignment.
///
/// Rows whose horizon has not passed are not lost, they are to come: they are in neither.
struct ControlBalance {
    let stage: ExportStage

    /// Differences of means beyond so many standard deviations matter (Austin, 2009).
    static let limit = 0.1
    /// The greatest p-value, corrected over all features, at which one is more than chance: of 50
    /// alike rows six in ten features differ by more than the limit.
    static let level = 0.05
    /// A text with more values names rows, and is no feature to compare.
    static let categoryLimit = 10_000
    /// So many of a feature's categories are shown, the most frequent ones.
    private static let shown = 10
    /// Where a feature is one constant here and another there, the difference is beyond all bounds.
    private static let largest = 99.0

    private enum Values {
        case number(WeightedNumberSummary)
        case category(WeightedCategorySummary)
        case names

        mutating func add(_ row: SQLiteStatement, _ column: Int, _ kind: ExportColumn.Kind) {
            switch self {
            case .names: return
            case .number(var summary):
                self = .names  // So that the summary is not copied.
                if row.isNull(column) {
                    summary.addMissing()
                } else {
                    summary.add(row.real(column))
                }
                self = .number(summary)
            case .category(var summary):
                self = .names
                if row.isNull(column) {
                    summary.addMissing()
                } else {
                    row.withText(column) { bytes in
                        summary.add(bytes: bytes ?? UnsafeBufferPointer(start: nil, count: 0))
                    }
                }
                let isFull = summary.categories.categories > ControlBalance.categoryLimit
                self = isFull ? .names : .category(summary)
            }
        }
    }

    /// Every feature's balance, in the order of the columns.
    func balance() throws(SQLError) -> [Audit.Balance] {
        let features = stage.plan.features
        guard !features.isEmpty else { return [] }
        let empty = features.map { feature -> Values in
            feature.type == .text
                ? .category(WeightedCategorySummary()) : .number(WeightedNumberSummary())
        }
        var kept = empty
        var excluded = empty
        try stage.connection.query(
            """
            SELECT x.box, \(SQL.joined(features.map(\.sql), by: ", "))
            FROM hf_export AS x JOIN decisions AS d ON d.decision = x.decision
            \(stage.plan.featureJoin)
            WHERE \(ControlBalance.isControl(stage.plan.experiment)) AND (x.box / \(RowBox.early)) % 2 = 0
            ORDER BY d.decided_at, d.id
            """
        ) { row throws(SQLError) in
            let isKept = RowBox(row.integer(0)).bits == 0
            for (index, feature) in features.enumerated() {
                if isKept {
                    kept[index].add(row, index + 1, feature.type)
                } else {
                    excluded[index].add(row, index + 1, feature.type)
                }
            }
        }
        var balance = features.indices.flatMap { index in
            entries(features[index].name, kept[index], excluded[index])
        }
        let adjusted = Holm.adjusted(balance.map(\.pValue))
        for index in balance.indices {
            balance[index].isAlarm =
                abs(balance[index].difference ?? 0) > ControlBalance.limit
                && (adjusted[index] ?? 1) < ControlBalance.level
        }
        return balance
    }

    /// Whether a row, `x`, is one of control or of a holdout that chance dealt.
    static func isControl(_ experiment: Experiment) -> SQL {
        let control = Int64(experiment.controlIndex) + RowBox.firstArm
        // The bits of the first three reasons: not randomised, not recomputed, not control.
        return """
            x.box % 8 = 0 AND (x.box / \(RowBox.armStep)) % 256 IN (\(RowBox.holdout), \(control))
            """
    }

    private func entries(_ name: String, _ kept: Values, _ excluded: Values) -> [Audit.Balance] {
        switch (kept, excluded) {
        case (.number(let kept), .number(let excluded)):
            let balance = CovariateBalance(reference: excluded, candidate: kept)
            let values = entry(
                name, balance.values, (kept.weights.count, kept.mean),
                (excluded.weights.count, excluded.mean))
            return [values]
                + missing(name, balance, kept: kept.absent.count, excluded: excluded.absent.count)
        case (.category(let kept), .category(let excluded)):
            let balance = CovariateBalance(reference: excluded, candidate: kept)
            let shares = [kept, excluded].map { summary in
                Dictionary(
                    uniqueKeysWithValues: summary.shares().map { ($0.category, $0.share) })
            }
            let most = balance.categories.sorted { one, other in
                let counts = [one, other].map { category in
                    shares.reduce(0) { $0 + ($1[category.category] ?? 0) }
                }
                return counts[0] != counts[1]
                    ? counts[0] > counts[1]
                    : one.category.lexicographicallyPrecedes(other.category)
            }
            return most.prefix(ControlBalance.shown).map { category in
                var one = entry(
                    "\(name)=\(String(decoding: category.category, as: UTF8.self))",
                    category.difference,
                    (kept.weights.count, shares[0][category.category] ?? 0),
                    (excluded.weights.count, shares[1][category.category] ?? 0))
                one.varianceRatio = nil
                return one
            } + missing(name, balance, kept: kept.absent.count, excluded: excluded.absent.count)
        case (.names, _), (_, .names), (.number, .category), (.category, .number): return []
        }
    }

    private func missing(
        _ name: String, _ balance: CovariateBalance, kept: Int, excluded: Int
    ) -> [Audit.Balance] {
        guard kept + excluded > 0 else { return [] }
        var one = entry("\(name) is missing", balance.absent, (kept, nil), (excluded, nil))
        one.varianceRatio = nil
        return [one]
    }

    private func entry(
        _ name: String, _ difference: StandardisedDifference?, _ kept: (rows: Int, mean: Double?),
        _ excluded: (rows: Int, mean: Double?)
    ) -> Audit.Balance {
        func bounded(_ value: Double) -> Double {
            max(-ControlBalance.largest, min(ControlBalance.largest, value))
        }
        let spread = difference.flatMap {
            $0.standardError.isFinite ? 1.959963984540054 * $0.standardError : nil
        }
        return Audit.Balance(
            feature: name, kept: kept.rows, excluded: excluded.rows, keptMean: kept.mean,
            excludedMean: excluded.mean, difference: difference.map { bounded($0.effect) },
            interval: difference.flatMap { difference in
                spread.map { (bounded(difference.effect - $0), bounded(difference.effect + $0)) }
            },
            pValue: difference?.pValue, varianceRatio: difference?.varianceRatio)
    }

    func gate(_ balance: [Audit.Balance]) -> Gate {
        let failed = balance.filter(\.isAlarm)
        let worst = balance.max { abs($0.difference ?? 0) < abs($1.difference ?? 0) }
        let counts = balance.first.map { "\($0.kept) rows kept, \($0.excluded) excluded" }
        let detail =
            failed.isEmpty
            ? worst.flatMap { worst in
                worst.difference.map {
                    "\(counts ?? ""); \(worst.feature) differs most, by \(ControlBalance.told($0))"
                }
            } ?? counts ?? "no features are declared"
            : "kept control rows differ from excluded ones in "
                + failed.map { "\($0.feature) (\(ControlBalance.told($0.difference ?? 0)))" }
                .joined(separator: ", ")
        return Gate(
            name: .balance, passed: failed.isEmpty,
            figure: worst?.difference.map { abs($0) }, limit: ControlBalance.limit, detail: detail,
            waiver: nil)
    }

    /// A figure with two decimals.
    static func told(_ value: Double) -> String {
        let hundredths = Int((abs(value) * 100).rounded())
        let decimals = hundredths % 100
        return
            "\(value < 0 && hundredths > 0 ? "-" : "")\(hundredths / 100).\(decimals < 10 ? "0" : "")\(decimals)"
    }
}
