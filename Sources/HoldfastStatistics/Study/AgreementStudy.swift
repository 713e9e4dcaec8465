/// How often `check` says what of samples whose distributions are known: its false alarms, and
/// what it misses.
///
///     let cells = try AgreementStudy.run(StudyDesign.few(), seed: 1) { done, of in }
///     cells.first?.disagrees     // 0, of 100 pairs of normal samples without a difference
///
/// Each repeat draws two samples, forms the interval exactly as `check` does and holds it against
/// its margin. The same samples are given to the rules in use elsewhere (``StudyRival``). A
/// design's draws hang on the seed and its name only, so that designs can be run in any order, or
/// in several tasks, with the same figures.
package enum AgreementStudy {
    /// The figures of one design.
    package struct Cell: Sendable, Equatable {
        /// What was drawn.
        package var design: StudyDesign
        /// Whether one value of the candidate was made 1,000,000,000.
        package var hasOutlier = false
        /// The pairs of which the whole interval lay below the margin.
        package var agrees = 0
        /// The pairs of which the interval held the margin.
        package var inconclusive = 0
        /// The pairs of which the whole interval lay above the margin.
        package var disagrees = 0
        /// The pairs of which the interval held the true distance.
        package var covered = 0
        /// The pairs of which the outlier changed the verdict.
        package var changedByOutlier = 0
        /// The pairs that each rival calls different.
        package var alarms: [StudyRival: Int] = [:]

        /// The design's name, and the outlier.
        package var name: String { design.name + (hasOutlier ? ", one value of 1e9" : "") }
    }

    /// What an interval says about a margin.
    fileprivate enum Verdict { case agrees, inconclusive, disagrees }

    /// The level of the intervals, as `check` has it by default.
    package static let level = 0.95

    /// Runs the designs in order; of numbers there are two cells a design, without and with an
    /// outlier on the same draws.
    ///
    /// `progress` is told how many repeats are done, of how many, a few times a design at least;
    /// what it throws ends the study.
    package static func run(
        _ designs: [StudyDesign], seed: UInt64, progress: (_ done: Int, _ of: Int) throws -> Void
    ) rethrows -> [Cell] {
        let all = designs.reduce(0) { $0 + $1.repeats }
        var done = 0
        var cells: [Cell] = []
        for design in designs {
            cells += try run(design, seed: seed) { part in
                try progress(done + part, all)
            }
            done += design.repeats
        }
        try progress(all, all)
        return cells
    }

    private static func run(
        _ design: StudyDesign, seed: UInt64, progress: (Int) throws -> Void
    ) rethrows -> [Cell] {
        var chance = StudyChance(seed: seed, part: design.name)
        let step = max(1, design.repeats / 10)
        if StudyColumn.numbers.contains(design.column) {
            let numbers = StudyNumbers(design.column)
            var cells = [Cell(design: design), Cell(design: design, hasOutlier: true)]
            for turn in 0..<design.repeats {
                if turn % step == 0 { try progress(turn) }
                let one = numbers.sample(design.rows, distance: 0, using: &chance)
                let two = numbers.sample(design.rows, distance: design.distance, using: &chance)
                compare(one, two, in: &cells)
            }
            return cells
        }
        let categories = StudyCategories(design)
        let tables = (AliasTable(categories.reference), AliasTable(categories.candidate))
        var cell = Cell(design: design)
        for turn in 0..<design.repeats {
            if turn % step == 0 { try progress(turn) }
            let one = tables.0.counts(design.rows, using: &chance)
            let two = tables.1.counts(design.rows, using: &chance)
            let interval =
                design.column == .missingShare
                ? Proportions.difference(
                    reference: (one[1], design.rows), candidate: (two[1], design.rows),
                    level: level)?.sizes
                : TotalVariation(one, two)?.interval(level: level)
            cell.count(interval)
            for rival in RivalAlarms(counts: one, two).alarms() {
                cell.alarms[rival, default: 0] += 1
            }
        }
        return [cell]
    }

    private static func compare(_ one: [Double], _ two: [Double], in cells: inout [Cell]) {
        var outlying = two
        // In place of the largest, so that the sample stays in order.
        outlying[outlying.count - 1] = max(1e9, outlying[outlying.count - 1])
        var verdicts: [Verdict] = []
        for (place, candidate) in [two, outlying].enumerated() {
            let interval = KolmogorovSmirnov(one, candidate)?.interval(level: level)
            verdicts.append(cells[place].count(interval))
            for rival in RivalAlarms(numbers: one, candidate).alarms() {
                cells[place].alarms[rival, default: 0] += 1
            }
        }
        if verdicts[0] != verdicts[1] { cells[1].changedByOutlier += 1 }
    }
}

extension AgreementStudy.Cell {
    /// Counts what an interval says; none says nothing.
    @discardableResult
    fileprivate mutating func count(_ interval: Interval?) -> AgreementStudy.Verdict {
        let interval = interval ?? Interval(lower: 0, upper: 1)
        if interval.lower <= design.distance && design.distance <= interval.upper { covered += 1 }
        if interval.upper < design.column.margin {
            agrees += 1
            return .agrees
        }
        if interval.lower > design.column.margin {
            disagrees += 1
            return .disagrees
        }
        inconclusive += 1
        return .inconclusive
    }
}

extension AgreementStudy {
    /// The heads of a table of cells, as long as ``row(_:)``.
    package static let heads =
        ["samples", "repeats", "agrees %", "inconclusive %", "disagrees %", "interval holds %"]
        + StudyRival.allCases.map { "\($0.rawValue) %" }

    /// A cell as texts, shares in percent with one digit.
    package static func row(_ cell: Cell) -> [String] {
        func percent(_ count: Int) -> String {
            let tenths = (Double(count) / Double(max(1, cell.design.repeats)) * 1_000).rounded()
            return "\(tenths / 10)"
        }
        let isNumbers = StudyColumn.numbers.contains(cell.design.column)
        return [cell.name, "\(cell.design.repeats)"]
            + [cell.agrees, cell.inconclusive, cell.disagrees, cell.covered].map(percent)
            + StudyRival.allCases.map { rival in
                // Chi-square is for categories.
                isNumbers && rival == .goodnessOfFit ? "" : percent(cell.alarms[rival] ?? 0)
            }
    }
}
