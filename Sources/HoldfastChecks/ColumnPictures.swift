internal import HoldfastStatistics
internal import HoldfastTables

extension ColumnPicture {
    /// The most categories that are named.
    static let categoryLimit = 10
    /// The percentiles of each table at which the cumulative shares are given.
    private static let percentiles = [1.0, 2] + stride(from: 5.0, through: 95, by: 5) + [98, 99]

    /// A picture of a column in all tables that have it, or `nil` where no table has a value.
    init?(_ name: String, _ found: [(role: TableRole, column: ColumnSummary)]) {
        let filled = found.filter { $0.column.kind != .empty }
        guard let first = filled.first else { return nil }
        let isNumber = filled.allSatisfy { $0.column.numberSample != nil }
        self.init(
            column: name, kind: isNumber ? .number : .category, edges: [], categories: [],
            values: [], series: [])
        if isNumber, let reference = first.column.numberSample,
            let bins = QuantileBins(reference: reference)
        {
            edges = bins.edges
            values = Self.places(filled.compactMap(\.column.numberSample))
            series = found.map { table in
                let sample = table.column.numberSample
                return Series(
                    role: table.role,
                    shares: sample.flatMap { bins.shares(of: $0) }
                        ?? [Double](repeating: 0, count: bins.edges.count + 1),
                    cumulative: values.map { sample?.share(atMost: $0) ?? 0 },
                    absentShare: Self.absentShare(table.column))
            }
        } else {
            draw(found.map { ($0.role, $0.column, $0.column.categorySummary) })
        }
    }

    private static func absentShare(_ column: ColumnSummary) -> Double {
        column.cells.share(column.absentKinds) ?? 0
    }

    /// Where the tables' curves bend, between the extreme percentiles.
    private static func places(_ samples: [OrderedSample]) -> [Double] {
        let all = samples.flatMap { sample in
            percentiles.compactMap { sample.quantile($0 / 100) }
        }
        var places: [Double] = []
        for place in all.sorted() where places.last != place { places.append(place) }
        return places
    }

    /// The categories that are frequent in any table, by their mean share.
    private mutating func draw(
        _ tables: [(role: TableRole, column: ColumnSummary, summary: CategorySummary)]
    ) {
        var shares: [[UInt8]: Double] = [:]
        for table in tables {
            let total = max(table.summary.total, 1e-300)
            let least = total / 1_000
            table.summary.eachMass { name, mass in
                // Of thousands of rare ones none can be among the first.
                if mass >= least || table.summary.categories <= 1_000 {
                    shares[Array(name), default: 0] += mass / total
                }
            }
        }
        let names = shares.sorted { one, other in
            one.value != other.value
                ? one.value > other.value : one.key.lexicographicallyPrecedes(other.key)
        }.prefix(Self.categoryLimit).map(\.key)
        categories = names.map { CategoryList.cut(String(decoding: $0, as: UTF8.self)) }
        var rest = false
        series = tables.map { table in
            let total = table.summary.total
            var own = names.map { name in
                name.withUnsafeBufferPointer { table.summary.mass(of: $0) }
                    / (total > 0 ? total : 1)
            }
            let others = total > 0 ? max(0, 1 - own.reduce(0, +)) : 0
            rest = rest || others > 1e-12
            own.append(others)
            return Series(
                role: table.role, shares: own, cumulative: [],
                absentShare: Self.absentShare(table.column))
        }
        if rest {
            categories.append("all others")
        } else {
            for index in series.indices { series[index].shares.removeLast() }
        }
    }
}
