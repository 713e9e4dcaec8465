internal import HoldfastChecks
internal import HoldfastStatistics

/// One column in all pairs of tables that were compared, as the page and the Markdown show it.
struct CheckedColumn: Sendable {
    /// Its name.
    var name: String
    /// What it is to the model.
    var part: ColumnPart
    /// The pairs that have it, in the report's order.
    var comparisons: [(pair: PairComparison, column: ColumnComparison)]
    /// How its values spread, where that was kept.
    var picture: ColumnPicture?

    /// The worst of all pairs.
    var verdict: Verdict { Verdict(all: comparisons.map(\.column.verdict)) }

    /// How many times its margin its worst effect is; infinite where there is none to measure.
    var size: Double { comparisons.map { Self.size($0.column) }.max() ?? 0 }

    /// The pair that decides: the worst verdict, then the largest effect.
    var worst: (pair: PairComparison, column: ColumnComparison) {
        comparisons.dropFirst().reduce(comparisons[0]) { one, other in
            let (a, b) = (one.column.verdict.severity, other.column.verdict.severity)
            if a != b { return a > b ? one : other }
            return Self.size(one.column) >= Self.size(other.column) ? one : other
        }
    }

    /// The name of what changed, where this column changed: "Label shift".
    var shift: String? { CheckSentences.shift(part, verdict) }

    /// The column's facts in each table that has it.
    func facts(_ role: TableRole) -> ColumnFacts? {
        for (pair, column) in comparisons {
            if pair.reference == role, let facts = column.reference { return facts }
            if pair.candidate == role, let facts = column.candidate { return facts }
        }
        return nil
    }

    /// Every column of a report: by verdict, then by how many times its margin the effect is, then
    /// by name.
    static func worstFirst(_ report: CheckReport) -> [CheckedColumn] {
        var places: [[UInt8]: Int] = [:]
        var columns: [CheckedColumn] = []
        // By bytes: Swift holds the two ways to write é equal, tables do not.
        for pair in report.pairs {
            for column in pair.columns {
                let key = Array(column.column.utf8)
                if let place = places[key] {
                    columns[place].comparisons.append((pair, column))
                    if column.part != .feature { columns[place].part = column.part }
                } else {
                    places[key] = columns.count
                    columns.append(
                        CheckedColumn(
                            name: column.column, part: column.part,
                            comparisons: [(pair, column)]))
                }
            }
        }
        for picture in report.pictures {
            guard let place = places[Array(picture.column.utf8)] else { continue }
            columns[place].picture = picture
        }
        let keyed = columns.map { (column: $0, severity: $0.verdict.severity, size: $0.size) }
        return keyed.sorted { one, other in
            if one.severity != other.severity { return one.severity > other.severity }
            if one.size != other.size { return one.size > other.size }
            return one.column.name.utf8.lexicographicallyPrecedes(other.column.name.utf8)
        }.map(\.column)
    }

    private static func size(_ column: ColumnComparison) -> Double {
        column.findings.map { $0.effect / $0.margin }.max() ?? .infinity
    }
}
