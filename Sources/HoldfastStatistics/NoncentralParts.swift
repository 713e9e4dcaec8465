import Glibc

/// An upper bound from Pearson's statistic, which notices small differences in many
/// categories without adding up their sampling errors.
///
/// With δ a category's difference and s² = p(1/n + 1/m) its variance, Cauchy and Schwarz give
/// ½ Σ|δ| ≤ ½ √(Σ δ²/s² · Σ s²), and Σ δ²/s² is the noncentrality λ of the statistic, whose
/// upper limit comes from inverting the noncentral chi-square distribution. A statistic below
/// its degrees of freedom is taken as that many: luck is no proof of agreement.
///
/// That holds where each expected count is 5 or more. The categories below, too rare to tell,
/// are one cell in the statistic, and their rows are taken to disagree wholly: what adds half
/// of their share in both tables. That share is estimated with the categories *one* row more
/// frequent included, which is what I. J. Good's argument gives for rows still to come ("The
/// population frequencies of species", 1953), unseen categories included.
struct NoncentralParts {
    /// Pearson's statistic of the common categories and of the rest as one.
    let statistic: Double
    private let degreesOfFreedom: Int
    private let variances: Double
    private let hidden: Double
    private let rareShare: (mean: Double, variance: Double)
    /// The total from which on a category is common.
    private let least: Double

    init(_ distance: TotalVariation) {
        let (n, m) = distance.sizes
        let cells = distance.cells
        let least = 5 * (n + m) / min(n, m)
        // In the order of the totals, the common ones come first.
        let commonCount = cells.firstIndex { $0.x + $0.y < least } ?? cells.count
        let nextStart = cells.firstIndex { $0.x + $0.y < least + 1 } ?? cells.count
        func sum(_ part: ArraySlice<TotalVariation.Cell>) -> TotalVariation.Cell {
            part.reduce((x: 0, y: 0)) { ($0.x + $1.x, $0.y + $1.y) }
        }
        let next = sum(cells[nextStart...])
        let (p, q) = (next.x / n, next.y / m)
        rareShare = (p + q, max(0, p * (1 - p) / n + q * (1 - q) / m))
        let rare = sum(cells[commonCount...])
        let common = cells[..<commonCount]
        let test = ChiSquare.homogeneity(
            common.map(\.x) + [rare.x + distance.unattributed.x],
            common.map(\.y) + [rare.y + distance.unattributed.y])
        // Without a common category, or with nothing else, there is no statistic.
        degreesOfFreedom = common.isEmpty ? 0 : test?.degreesOfFreedom ?? 0
        statistic = test?.statistic ?? 0
        variances = common.reduce(0) { $0 + $1.x + $1.y } / (n + m) * distance.spread
        hidden = distance.hidden
        self.least = least
    }

    /// The bound that is too small with probability `tail`, were the statistic this one.
    func upper(statistic: Double, tail: Double) -> Double {
        guard degreesOfFreedom > 0 else { return 1 }
        // A quarter of the error goes to the rare share: its sampling error and that of the
        // estimate are each of this size, and add up to √2 of it.
        let z = Normal.exceeded(by: tail / 4)
        let rare = (rareShare.mean + z * (2 * rareShare.variance).squareRoot()) / 2
        guard rare + hidden < 1 else { return 1 }
        let limit = ChiSquare.noncentralityLimit(
            max(statistic, Double(degreesOfFreedom)), degreesOfFreedom: degreesOfFreedom,
            tail: tail * 0.75)
        // Given its total T a category shows (T - 1)/T of its noncentrality: allow for the least T.
        let shown = 1 - 1 / least
        return min(1, (limit / shown * variances).squareRoot() / 2 + rare + hidden)
    }
}
