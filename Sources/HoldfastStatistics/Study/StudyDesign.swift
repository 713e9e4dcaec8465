/// A kind of column of which an ``AgreementStudy`` draws samples.
package enum StudyColumn: String, Sendable, CaseIterable {
    /// Standard normal.
    case normal
    /// e to a normal of standard deviation 2.
    case lognormal
    /// Student's t with two degrees of freedom: no variance.
    case heavyT = "t with 2 degrees"
    /// Pareto's with exponent 1.3: a mean and no variance.
    case pareto = "pareto 1.3"
    /// Poisson's with mean 3.
    case poisson = "poisson 3"
    /// Six in ten are 0, the others as in `lognormal`.
    case zeroInflated = "zero-inflated"
    /// Categories, all as likely.
    case uniform
    /// Categories, the i-th in proportion to i^−1.1.
    case zipf = "zipf 1.1"
    /// Categories, the i-th in proportion to i^−0.7: most rows are in the tail.
    case heavyTail = "zipf 0.7"
    /// Missing or not, of which 5 in 100 are.
    case missingShare = "missing share"

    /// Those of numbers.
    package static let numbers: [Self] = [
        .normal, .lognormal, .heavyT, .pareto, .poisson, .zeroInflated,
    ]
    /// Those of categories.
    package static let categories: [Self] = [.uniform, .zipf, .heavyTail]

    /// The largest difference that counts as agreement, as `check` has it by default.
    package var margin: Double { self == .missingShare ? 0.05 : 0.1 }
}

/// What the candidate's distribution has that the reference's has not.
package enum StudyChange: String, Sendable, CaseIterable {
    /// Nothing.
    case none = "clean"
    /// Rows of all values move up, the most at the middle of the distribution; of missing cells
    /// there are more.
    case shift
    /// Rows of all categories become the rarest one.
    case oneCategory = "to one category"
    /// Rows of all categories become new ones, a tenth as many as there are.
    case newCategories = "to new categories"
    /// The most frequent categories, three tenths of the rows or more, gain from all others.
    case headTilt = "head gains"
    /// Each probability is raised to a power.
    case exponent = "other exponent"
    /// Of two neighbours in frequency one gains what the other loses.
    case alternating = "neighbours alternate"
}

/// Samples to be drawn again and again, and compared.
package struct StudyDesign: Sendable, Equatable {
    /// What is drawn.
    package var column: StudyColumn
    /// The number of categories, where it is one of categories.
    package var categories: Int?
    /// The rows of either sample.
    package var rows: Int
    /// What differs.
    package var change: StudyChange
    /// By how much: the distance of the two distributions, 0 where nothing differs.
    package var distance: Double
    /// How often.
    package var repeats: Int

    /// A name, which also seeds the draws: `zipf 1.1, 1000 categories, 10000 rows, clean`.
    package var name: String {
        let parts = [
            column.rawValue, categories.map { "\($0) categories" }, "\(rows) rows",
            change == .none ? change.rawValue : "\(change.rawValue) \(distance)",
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    /// All designs: each kind of column at 100 to 100,000 rows, categories from 2 to 10,000,
    /// without a difference and with one of `times` the margin in each way that is possible.
    ///
    /// Of 100,000 rows there are a fifth of the repeats, as each takes ten times as long and few
    /// of them are in doubt.
    package static func all(repeats: Int = 1_000, times: [Double] = [2]) -> [StudyDesign] {
        let sizes = [100, 1_000, 10_000, 100_000]
        return sizes.flatMap { rows in
            designs(
                rows: rows, categories: [2, 10, 100, 1_000, 10_000],
                repeats: rows < 100_000 ? repeats : max(1, repeats / 5), times: times)
        }
    }

    /// Few of them, for a test: 10,000 rows, 100 categories.
    package static func few(repeats: Int = 100) -> [StudyDesign] {
        designs(rows: 10_000, categories: [100], repeats: repeats, times: [2])
            .filter { [.normal, .zeroInflated, .missingShare, .zipf].contains($0.column) }
    }

    /// The same designs in so many parts that take about as long, for as many processors: each
    /// part can be run by itself, with the figures that a run of all has.
    package static func parts(_ designs: [StudyDesign], count: Int) -> [[StudyDesign]] {
        precondition(count > 0, "some parts")
        var parts = [(cost: Int, designs: [StudyDesign])](repeating: (0, []), count: count)
        // The longest first, each to the part that has least to do.
        for design in designs.sorted(by: { $0.cost > $1.cost }) {
            let least = parts.indices.min { parts[$0].cost < parts[$1].cost } ?? 0
            parts[least].cost += design.cost
            parts[least].designs.append(design)
        }
        return parts.map(\.designs)
    }

    /// About how long it takes, in draws: an interval of categories is worth some of each.
    var cost: Int { repeats * (rows + 4 * (categories ?? rows)) }

    private static func designs(
        rows: Int, categories: [Int], repeats: Int, times: [Double]
    ) -> [StudyDesign] {
        func each(_ column: StudyColumn, _ count: Int?, _ changes: [StudyChange]) -> [StudyDesign] {
            let base = StudyDesign(
                column: column, categories: count, rows: rows, change: .none, distance: 0,
                repeats: repeats)
            let changed = changes.flatMap { change in
                times.map { times in
                    var design = base
                    design.change = change
                    design.distance = times * column.margin
                    return design
                }
            }
            return [base] + changed
        }
        let ways: [StudyChange] = [.oneCategory, .newCategories, .headTilt, .alternating]
        return StudyColumn.numbers.flatMap { each($0, nil, [.shift]) }
            + each(.missingShare, nil, [.shift])
            + StudyColumn.categories.flatMap { column in
                categories.flatMap { count in
                    // A power of equal probabilities is equal.
                    each(column, count, column == .uniform ? ways : ways + [.exponent])
                }
            }
    }
}
