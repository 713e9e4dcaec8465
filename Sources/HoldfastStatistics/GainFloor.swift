import Glibc

/// How much more of the candidate's rows than of the reference's are in the categories that the
/// *other* rows call gained: a lower bound of the distance on average, whatever the rule.
///
/// The distance is the largest gain P(A) − Q(A) of any set A of categories. To choose A by the
/// same rows that measure its gain would find gains in chance; to choose it by half of the rows
/// would leave half to measure, and hang on the halving. Here each row is judged by all others: a
/// rule s from 0 to 1 says of a category with x and y rows how surely it gained, and
///
///     Σ y/m · s(x, y − 1) − x/n · s(x − 1, y)
///
/// is on average Σ (p − q) E[s(X, Y)], for Poisson counts exactly, and that is at most the
/// distance (as in I. J. Good, "The population frequencies of species", 1953, who credits
/// A. M. Turing). The average of s alone need be from 0 to 1, not s itself.
///
/// It sees what ``DistanceFloor`` misses: few categories with large gains among many rare ones,
/// and many new ones. Of thin gains it sees less.
struct GainFloor {
    /// What the rows say of a category.
    enum Rule: CaseIterable {
        /// Categories of eight rows or more, the more surely the more deviations they gained:
        /// a normal probability of twice as many, as a rule in steps makes the error larger.
        case common
        /// The same less three deviations: where few gained what all others lost.
        case clear
        /// (−½)^x · (1 − (−0.3)^y): by Poisson's distribution on average e^−1.5λ · (1 − e^−1.3μ),
        /// the probability of no row in one and a half samples of the reference and of some row
        /// in 1.3 of the candidate. "None in this sample" would be right less often, and farther
        /// samples are guessed with more error. The two constants tell the best, of steps of a
        /// tenth, where 1,000 categories are new, of two rows each, among 10,000 of one row.
        case newcomers

        /// How surely a category of so many rows gained; `scale` is √(n/m).
        fileprivate func sureness(_ x: Double, _ y: Double, scale: Double) -> Double {
            switch self {
            case .common, .clear:
                let total = x + y
                guard total >= 8 else { return 0 }
                let deviations = (y * scale - x / scale) / total.squareRoot()
                return Normal.upperTail(2 * ((self == .clear ? 3 : 0) - deviations))
            case .newcomers:
                // Beyond 60 rows there is nothing left of 2^−x.
                guard y > 0, x < 60 else { return 0 }
                let absent = exp2(-x) * (x.remainder(dividingBy: 2) == 0 ? 1 : -1)
                let odd = y.remainder(dividingBy: 2) != 0
                return absent * (1 + (odd ? 1 : -1) * pow(0.3, y))
            }
        }
    }

    /// The gain.
    let estimate: Double
    /// Its standard error: see ``CategoryVariances``.
    let standardError: Double

    /// The gain of the candidate, y, in whole rows.
    init(cells: [TotalVariation.Cell], sizes: TotalVariation.Cell, rule: Rule) {
        let scale = (sizes.x / sizes.y).squareRoot()
        func gain(_ x: Double, _ y: Double) -> Double {
            (y > 0 ? y / sizes.y * rule.sureness(x, y - 1, scale: scale) : 0)
                - (x > 0 ? x / sizes.x * rule.sureness(x - 1, y, scale: scale) : 0)
        }
        var sum = 0.0
        var variances = CategoryVariances()
        var last = (cell: (x: -1.0, y: -1.0), value: 0.0, replaced: 0.0)
        for cell in cells {
            // Equal ones follow one another.
            if cell != last.cell {
                let (x, y) = cell
                let value = gain(x, y)
                let fewer = (
                    x: x > 0 ? value - gain(x - 1, y) : 0, y: y > 0 ? value - gain(x, y - 1) : 0
                )
                last = (cell, value, x * fewer.x * fewer.x + y * fewer.y * fewer.y)
            }
            sum += last.value
            variances.add(last.value, total: cell.x + cell.y, replaced: last.replaced)
        }
        estimate = sum
        standardError = variances.standardError
    }
}
