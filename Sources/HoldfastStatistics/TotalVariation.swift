import Glibc

/// Half the sum of the differences between the shares of each category in two samples.
///
///     let distance = TotalVariation([90, 10], [80, 20])
///     distance?.effect               // 0.1: a tenth of the rows would have to change category
///     distance?.expectedByChance     // 0.0399…: what two samples of 100 differ by anyway
///     distance?.interval()           // 0.0001… ... 0.1994…
///
/// With many categories two samples of one distribution differ a lot, so that the effect alone
/// misleads: 1,000 rows over 1,000 categories differ by 0.52 from sampling alone. The interval is
/// of the distance between the *distributions*; where sampling explains the effect, it lies below.
///
/// Of weighted samples the shares are those of the mass, and each sample is taken for as many
/// rows as its effective count: what chance explains, the tests and the interval are then as rough
/// as that count.
///
/// Of summaries that have dropped rare categories, the rows left without one (shares u and v of
/// the samples) could be anywhere. The effect is that of the categories kept. With p = p′ + p″ the
/// true shares, p′ those kept and Σp″ = u, and q likewise, each |p − q| differs from |p′ − q′| by
/// at most p″ + q″, so that half their sum differs from the effect by at most (u + v)/2: by that
/// much the interval is wider at either end.
///
/// It knows nothing of categories being near each other, nor of what it has not seen: a sample in
/// which almost each row is its own category gives an interval of almost 0 to 1. What is out of
/// reach with 10,000 rows a sample, in 150 pairs each whose distributions are 0.2 apart: over
/// 1,000 categories of one frequency the lower end passes 0.1 in 57 % where neighbours alternate
/// and in 65 % where a third gains; over 10,000 such categories, of one row each, in none. There
/// it sees rows that moved to one category (100 %) or to 1,000 new ones (97 %), but not a thin
/// shift of all. To tell near distributions from far ones over k categories takes samples that
/// grow as k/log k, by whatever rule (G. Valiant and P. Valiant, "Estimating the unseen", 2011).
public struct TotalVariation: Sendable {
    /// A category's rows in both samples.
    typealias Cell = (x: Double, y: Double)

    /// The distance of the samples, from 0 to 1.
    public let effect: Double
    /// The mean of that distance where the two samples are dealt at random from their union:
    /// exact, by the mean absolute deviation of the hypergeometric distribution.
    public let expectedByChance: Double
    /// Pearson's homogeneity test of the counts, or `nil` with one category only, or where
    /// categories were dropped: what is left of the counts is then no sample.
    public let test: ChiSquare.Test?
    /// The values of the reference sample; of a weighted one its effective count, rounded.
    public let referenceCount: Int
    /// The values of the candidate sample; of a weighted one its effective count, rounded.
    public let candidateCount: Int
    /// The categories seen, the most frequent first, then by the reference's count.
    let cells: [Cell]
    /// The rows of both samples, which need not be whole.
    let sizes: Cell
    /// The rows in no category.
    let unattributed: Cell
    /// Whether the counts are of rows, not of weights.
    let isWhole: Bool

    /// The distance of two samples given as counts of the same categories, or `nil` where one is
    /// empty.
    public init?(_ reference: [Int], _ candidate: [Int]) {
        precondition(reference.count == candidate.count, "counts of the same categories")
        let cells = zip(reference, candidate).map { (x: Double($0), y: Double($1)) }
        self.init(cells, unattributed: (0, 0), isWhole: true)
    }

    /// The distance of two summaries, category by category.
    public init?(_ reference: CategorySummary, _ candidate: CategorySummary) {
        guard reference.total > 0, candidate.total > 0 else { return nil }
        // Exactly 1 where there are no weights.
        let scale = (
            x: reference.effectiveCount / reference.total,
            y: candidate.effectiveCount / candidate.total
        )
        var cells: [Cell] = []
        cells.reserveCapacity(reference.categories + candidate.categories)
        reference.eachMass { name, mass in
            if mass > 0 { cells.append((mass * scale.x, candidate.mass(of: name) * scale.y)) }
        }
        candidate.eachMass { name, mass in
            if reference.mass(of: name) == 0 { cells.append((0, mass * scale.y)) }
        }
        self.init(
            cells,
            unattributed: (
                reference.unattributed * scale.x, candidate.unattributed * scale.y
            ),
            isWhole: !reference.isWeighted && !candidate.isWeighted)
    }

    private init?(_ all: [Cell], unattributed: Cell, isWhole: Bool) {
        // In a fixed order, so that sums do not depend on the order in which rows came.
        cells = all.filter { $0.x + $0.y > 0 }.sorted { one, other in
            let (first, second) = (one.x + one.y, other.x + other.y)
            return first != second ? first > second : one.x > other.x
        }
        let n = cells.reduce(unattributed.x) { $0 + $1.x }
        let m = cells.reduce(unattributed.y) { $0 + $1.y }
        guard n > 0, m > 0 else { return nil }
        sizes = (n, m)
        self.unattributed = unattributed
        self.isWhole = isWhole
        referenceCount = max(1, Int(n.rounded()))
        candidateCount = max(1, Int(m.rounded()))
        effect = isWhole ? Self.whole(cells, n, m) : Self.rough(cells, n, m)
        expectedByChance = min(1, Self.chance(of: cells, sizes).reduce(0, +) / 2)
        test =
            unattributed.x + unattributed.y > 0
            ? nil : ChiSquare.homogeneity(cells.map(\.x), cells.map(\.y))
    }

    /// In integers, so that disjoint samples are exactly 1 apart.
    private static func whole(_ cells: [Cell], _ n: Double, _ m: Double) -> Double {
        let sum = cells.reduce(Int128(0)) {
            $0 + abs(Int128($1.x) * Int128(m) - Int128($1.y) * Int128(n))
        }
        return Double(sum) / (2 * n * m)
    }

    private static func rough(_ cells: [Cell], _ n: Double, _ m: Double) -> Double {
        min(1, cells.reduce(0.0) { $0 + abs($1.x / n - $1.y / m) } / 2)
    }

    /// The p-value of one distribution, by ``test``.
    public var pValue: Double? { test?.pValue }

    /// The likelihood-ratio test of the counts; `nil` where ``test`` is.
    public var gTest: ChiSquare.Test? {
        test == nil ? nil : ChiSquare.gTest(cells.map(\.x), cells.map(\.y))
    }

    /// The shares of each category in both samples, the most frequent one first and never in the
    /// order of the rows: what divergences are made of. Rows that are in no category are one more,
    /// behind the others.
    package var pairedShares: (reference: [Double], candidate: [Double]) {
        let isWhole = unattributed.x + unattributed.y == 0
        let all = isWhole ? cells : cells + [unattributed]
        return (all.map { $0.x / sizes.x }, all.map { $0.y / sizes.y })
    }
}

extension TotalVariation {
    /// For each cell the mean of |X/n − (T − X)/m| where X of the category's T rows fall into a
    /// sample of n out of n + m: by the closed form of the mean absolute deviation (P. Diaconis
    /// and S. Zabell, "Closed form summation for classical distributions", 1991).
    static func chance(of cells: [Cell], _ sizes: Cell) -> [Double] {
        let (n, m) = (max(1, sizes.x.rounded()), max(1, sizes.y.rounded()))
        // Cells are in the order of their totals, so that equal ones follow one another.
        var last = (total: -1.0, value: 0.0)
        return cells.map { cell in
            let total = cell.x + cell.y
            if total != last.total { last = (total, chance(total, of: n, and: m)) }
            return last.value
        }
    }

    /// Between whole totals, which weighted samples have not, on a straight line.
    private static func chance(_ total: Double, of n: Double, and m: Double) -> Double {
        let below = min(total.rounded(.down), n + m)
        let lower = wholeChance(below, of: n, and: m)
        guard total > below, below < n + m else { return lower }
        return lower + (total - below) * (wholeChance(below + 1, of: n, and: m) - lower)
    }

    private static func wholeChance(_ t: Double, of n: Double, and m: Double) -> Double {
        let all = n + m
        let mean = t * n / all
        let k = mean.rounded(.down) + 1
        let p = n / all
        guard k <= min(t, n) else { return 0 }
        let probability =
            Gamma.binomial(k, of: t, probability: p)
            * Gamma.binomial(n - k, of: all - t, probability: p)
            / Gamma.binomial(n, of: all, probability: p)
        let deviation = 2 * k * (m - t + k) / all * probability
        return deviation * all / (n * m)
    }
}
