internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastStatistics

/// What slices say, put together for those who do not read hundreds of them.
struct SliceDigest: Sendable {
    /// The slices.
    let comparison: SliceComparison
    /// Each column: in how many slices it disagrees, and how many times its margin it ever is.
    private let columns: [(column: String, disagrees: Int, size: Double)]

    /// What one slice comes to.
    struct Row: Sendable {
        /// Its name.
        var name: String
        /// Its rows.
        var rows: Int
        /// How many columns disagree and how many cannot be told.
        var disagrees: Int
        var inconclusive: Int
        /// The column that is worst, and by which finding.
        var worst: (column: String, finding: Finding)?
    }

    init(_ comparison: SliceComparison) {
        self.comparison = comparison
        var places: [[UInt8]: Int] = [:]
        var columns: [(column: String, disagrees: Int, size: Double)] = []
        for column in comparison.slices.lazy.flatMap(\.columns) {
            let key = Array(column.column.utf8)
            let place = places[key] ?? columns.count
            if place == columns.count {
                places[key] = place
                columns.append((column.column, 0, 0))
            }
            if column.verdict == .disagrees { columns[place].disagrees += 1 }
            let size = column.findings.map { $0.effect / $0.margin }.max() ?? 0
            columns[place].size = max(columns[place].size, size)
        }
        self.columns = columns
    }

    /// What each slice comes to, in order.
    var rows: [Row] {
        comparison.slices.map { slice in
            let worst = slice.columns.compactMap { column in
                Self.worst(column.findings).map { (column: column.column, finding: $0) }
            }.max { Self.isBelow($0.finding, $1.finding) }
            return Row(
                name: slice.name, rows: slice.rows,
                disagrees: slice.columns.count { $0.verdict == .disagrees },
                inconclusive: slice.columns.count { $0.verdict == .inconclusive }, worst: worst)
        }
    }

    /// The columns that disagree in most slices, then those of the largest effect: for each its
    /// worst finding in every slice, in the slices' order.
    func worstColumns(_ limit: Int) -> [(column: String, findings: [Finding?])] {
        let ordered = columns.sorted { one, other in
            if one.disagrees != other.disagrees { return one.disagrees > other.disagrees }
            if one.size != other.size { return one.size > other.size }
            return one.column.utf8.lexicographicallyPrecedes(other.column.utf8)
        }
        return ordered.prefix(limit).map { chosen in
            (
                chosen.column,
                comparison.slices.map { slice in
                    slice.columns.first { sameBytes($0.column, chosen.column) }
                        .flatMap { Self.worst($0.findings) }
                }
            )
        }
    }

    /// What a reader should know first: in how many slices something disagrees, and since when.
    var sentence: String {
        let rows = rows
        let bad = rows.filter { $0.disagrees > 0 }
        let by = CheckSentences.name(comparison.column, limit: 60)
        let period = comparison.period.map { " of \(CheckSentences.name($0, limit: 20))" } ?? ""
        var text = "\(CheckFigures.counted(rows.count, "slice"))\(period) by \(by): "
        if bad.isEmpty {
            text += "no column disagrees in any."
        } else {
            text +=
                "in \(CheckFigures.grouped(bad.count)) some column disagrees, "
                + (comparison.period == nil ? "most rows of these in " : "the first of them ")
                + "\(CheckSentences.name(bad[0].name, limit: 60))."
        }
        if comparison.unplaced > 0 {
            text +=
                " \(CheckFigures.counted(comparison.unplaced, "row")) "
                + "\(comparison.unplaced == 1 ? "is" : "are") in no slice."
        }
        return text
    }

    private static func worst(_ findings: [Finding]) -> Finding? {
        findings.max { isBelow($0, $1) }
    }

    private static func isBelow(_ one: Finding, _ other: Finding) -> Bool {
        let (a, b) = (one.verdict.severity, other.verdict.severity)
        return a == b ? one.effect / one.margin < other.effect / other.margin : a < b
    }
}
