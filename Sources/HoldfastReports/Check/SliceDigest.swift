internal import HoldfastChecks
internal import HoldfastStatistics

/// What slices say, put together for those who do not read hundreds of them.
struct SliceDigest: Sendable {
    /// The slices.
    let comparison: SliceComparison
    /// For each column, by name: its worst finding in each slice, in the slices' order.
    private let courses: [(column: String, findings: [Finding?])]

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
        var courses: [(column: String, findings: [Finding?])] = []
        for (slice, one) in comparison.slices.enumerated() {
            for column in one.columns {
                let key = Array(column.column.utf8)
                let place = places[key] ?? courses.count
                if place == courses.count {
                    places[key] = place
                    courses.append(
                        (column.column, [Finding?](repeating: nil, count: comparison.slices.count)))
                }
                courses[place].findings[slice] = Self.worst(column.findings)
            }
        }
        self.courses = courses
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

    /// The columns that disagree in most slices, then those of the largest effect.
    func worstColumns(_ limit: Int) -> [(column: String, findings: [Finding?])] {
        let keyed = courses.map { course in
            let found = course.findings.compactMap { $0 }
            return (
                course: course, count: found.count { $0.verdict == .disagrees },
                size: found.map { $0.effect / $0.margin }.max() ?? 0
            )
        }
        return keyed.sorted { one, other in
            if one.count != other.count { return one.count > other.count }
            if one.size != other.size { return one.size > other.size }
            return one.course.column.utf8.lexicographicallyPrecedes(other.course.column.utf8)
        }.prefix(limit).map(\.course)
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
