internal import HoldfastSQL
internal import HoldfastStatistics

/// The values of one feature in some rows, weighted: what two sets of rows are compared by.
enum FeatureValues {
    case number(WeightedNumberSummary)
    case category(WeightedCategorySummary)
    /// A text with so many values that it names rows: no feature to compare.
    case names

    /// The most categories of a feature.
    static let categoryLimit = 10_000
    /// So many of a feature's categories are shown, the most frequent ones.
    private static let shown = 10
    /// Where a feature is one constant here and another there, the difference is beyond all bounds.
    private static let largest = 99.0

    /// No values of a column of this kind.
    init(_ kind: ExportColumn.Kind) {
        self =
            kind == .text
            ? .category(WeightedCategorySummary()) : .number(WeightedNumberSummary())
    }

    /// Adds a row's value in a column.
    mutating func add(_ row: any SQLRow, _ column: Int, weight: Double = 1) {
        switch self {
        case .names: return
        case .number(var summary):
            self = .names  // So that the summary is not copied.
            if row.isNull(column) {
                summary.addMissing(weight: weight)
            } else {
                summary.add(row.real(column), weight: weight)
            }
            self = .number(summary)
        case .category(var summary):
            self = .names
            if row.isNull(column) {
                summary.addMissing(weight: weight)
            } else {
                row.withBytes(column) { summary.add(bytes: $0, weight: weight) }
            }
            let isFull = summary.categories.categories > FeatureValues.categoryLimit
            self = isFull ? .names : .category(summary)
        }
    }

    /// These rows' values against others': the difference is these less those.
    func balance(_ name: String, against other: FeatureValues) -> [Audit.Balance] {
        switch (self, other) {
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
            return most.prefix(FeatureValues.shown).map { category in
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
            max(-FeatureValues.largest, min(FeatureValues.largest, value))
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
}
