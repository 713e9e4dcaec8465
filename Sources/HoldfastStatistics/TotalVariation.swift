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
/// It knows nothing of categories being near each other, nor of what it has not seen: a sample in
/// which almost each row is its own category gives an interval of almost 0 to 1.
public struct TotalVariation: Sendable {
    /// The distance of the samples, from 0 to 1.
    public let effect: Double
    /// The mean of that distance where the two samples are dealt at random from their union:
    /// exact, by the mean absolute deviation of the hypergeometric distribution.
    public let expectedByChance: Double
    /// Pearson's homogeneity test of the counts, or `nil` with one category only.
    public let test: ChiSquare.Test?
    /// The values of the reference sample.
    public let referenceCount: Int
    /// The values of the candidate sample.
    public let candidateCount: Int
    private let cells: [(x: Int, y: Int)]

    /// The distance of two samples given as counts of the same categories, or `nil` where one is
    /// empty.
    public init?(_ reference: [Int], _ candidate: [Int]) {
        precondition(reference.count == candidate.count, "counts of the same categories")
        // In a fixed order, so that sums do not depend on the order in which rows came.
        let cells = zip(reference, candidate).filter { $0 + $1 > 0 }
            .sorted { ($0.0 + $0.1, $0.0) > ($1.0 + $1.1, $1.0) }
        let n = cells.reduce(0) { $0 + $1.0 }
        let m = cells.reduce(0) { $0 + $1.1 }
        guard n > 0, m > 0 else { return nil }
        self.cells = cells.map { (x: $0.0, y: $0.1) }
        referenceCount = n
        candidateCount = m
        // In integers, so that disjoint samples are exactly 1 apart.
        let sum = cells.reduce(Int128(0)) {
            $0 + abs(Int128($1.0) * Int128(m) - Int128($1.1) * Int128(n))
        }
        effect = Double(sum) / (2 * Double(n) * Double(m))
        expectedByChance = min(
            1, cells.reduce(0.0) { $0 + Self.chance($1.0 + $1.1, of: n, and: m) } / 2)
        test = ChiSquare.homogeneity(cells.map { $0.0 }, cells.map { $0.1 })
    }

    /// The distance of two summaries, category by category.
    public init?(_ reference: CategorySummary, _ candidate: CategorySummary) {
        var one: [Int] = []
        var two: [Int] = []
        reference.eachCategory { name, count in
            one.append(count)
            two.append(candidate.tally(of: name))
        }
        candidate.eachCategory { name, count in
            if reference.tally(of: name) == 0 {
                one.append(0)
                two.append(count)
            }
        }
        self.init(one, two)
    }

    /// The mean of |X/n − (T − X)/m| where X of the T rows of a category fall into a sample of n
    /// out of n + m: by the closed form of the mean absolute deviation (P. Diaconis and S. Zabell,
    /// "Closed form summation for classical distributions", 1991).
    private static func chance(_ total: Int, of n: Int, and m: Int) -> Double {
        let all = Double(n + m)
        let t = Double(total)
        let mean = t * Double(n) / all
        let k = mean.rounded(.down) + 1
        let p = Double(n) / all
        guard k <= min(t, Double(n)) else { return 0 }
        let probability =
            Gamma.binomial(k, of: t, probability: p)
            * Gamma.binomial(Double(n) - k, of: all - t, probability: p)
            / Gamma.binomial(Double(n), of: all, probability: p)
        let deviation = 2 * k * (Double(m) - t + k) / all * probability
        return deviation * all / (Double(n) * Double(m))
    }

    /// The p-value of one distribution, by ``test``.
    public var pValue: Double? { test?.pValue }

    /// The interval that holds the distance of the two distributions with probability `level`.
    ///
    /// Up to two categories it is the interval of one share's difference. Otherwise each end is
    /// allowed half of 1 − `level`:
    ///
    /// - The lower end is effect − b − t. The effect exceeds the distance by at most b on average,
    ///   the sum of the mean sampling errors of the categories, and its mean by more than
    ///   t = √(ln(2/α)(1/n + 1/m)/2) with probability α/2 only (C. McDiarmid, "On the method of
    ///   bounded differences", 1989).
    /// - The upper end is the smaller of effect + t (on average the effect is never too small),
    ///   which spends a tenth of the error, and a bound that does not grow with the number of
    ///   categories, which spends the rest: see `noncentralUpper`.
    public func interval(level: Double = 0.95) -> Interval {
        precondition(level > 0 && level < 1, "a level lies between 0 and 1")
        if cells.count <= 2 { return fewInterval(level) }
        let tail = (1 - level) / 2
        let lower = max(0, effect - bias - deviation(tail))
        let upper = min(
            1, effect + deviation(tail * 0.1), noncentralUpper(tail: tail * 0.9))
        // The two ends come from different arguments, and can cross where both are at their worst.
        return Interval(lower: min(lower, upper), upper: max(lower, upper))
    }

    private func fewInterval(_ level: Double) -> Interval {
        let first = cells[0]
        if cells.count == 1 {
            // Nothing varies; the smaller sample misses what has this share with probability α/2.
            let count = Double(min(referenceCount, candidateCount))
            return Interval(lower: 0, upper: 1 - pow((1 - level) / 2, 1 / count))
        }
        let signed = Proportions.difference(
            reference: (first.x, referenceCount), candidate: (first.y, candidateCount),
            level: level)
        return signed?.sizes ?? Interval(lower: 0, upper: 1)
    }

    /// How far the effect strays from its mean, but for a chance of `tail`: one row moves it by at
    /// most 1/n or 1/m.
    private func deviation(_ tail: Double) -> Double { (log(1 / tail) * spread / 2).squareRoot() }

    private var spread: Double { 1 / Double(referenceCount) + 1 / Double(candidateCount) }

    /// At most by how much the effect exceeds the distance on average.
    ///
    /// For each category the larger of two estimates of its mean error: the exact one where the
    /// shares are equal, and that of a normal error (the factor √(2/π)) where they are not.
    private var bias: Double {
        let (n, m) = (Double(referenceCount), Double(candidateCount))
        let factor = (2 / Double.pi).squareRoot()
        return cells.reduce(0.0) { sum, cell in
            let (p, q) = (Double(cell.x) / n, Double(cell.y) / m)
            let apart = factor * (p * (1 - p) / n + q * (1 - q) / m).squareRoot()
            let alike = Self.chance(cell.x + cell.y, of: referenceCount, and: candidateCount)
            return sum + max(apart, alike) / 2
        }
    }

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
    private func noncentralUpper(tail: Double) -> Double {
        let (n, m) = (Double(referenceCount), Double(candidateCount))
        let least = 5 * (n + m) / min(n, m)
        let isCommon = { (cell: (x: Int, y: Int)) in Double(cell.x + cell.y) >= least }
        let isRareOrNext = { (cell: (x: Int, y: Int)) in Double(cell.x + cell.y) < least + 1 }
        let common = cells.filter(isCommon)
        let rare = cells.filter { !isCommon($0) }
        guard !common.isEmpty else { return 1 }
        let next = cells.filter(isRareOrNext)
        let p = Double(next.reduce(0) { $0 + $1.x }) / n
        let q = Double(next.reduce(0) { $0 + $1.y }) / m
        // A quarter of the error goes to the rare share: its sampling error and that of the
        // estimate are each of this size, and add up to √2 of it.
        let z = Normal.exceeded(by: tail / 4)
        let error = z * (2 * (p * (1 - p) / n + q * (1 - q) / m)).squareRoot()
        let rareShare = min(1, (p + q + error) / 2)
        var xs = common.map(\.x)
        var ys = common.map(\.y)
        xs.append(rare.reduce(0) { $0 + $1.x })
        ys.append(rare.reduce(0) { $0 + $1.y })
        guard let test = ChiSquare.homogeneity(xs, ys) else { return 1 }
        let limit = ChiSquare.noncentralityLimit(
            max(test.statistic, Double(test.degreesOfFreedom)),
            degreesOfFreedom: test.degreesOfFreedom, tail: tail * 0.75)
        // Given its total T a category shows (T - 1)/T of its noncentrality: allow for the least T.
        let shown = 1 - 1 / least
        let variances = Double(common.reduce(0) { $0 + $1.x + $1.y }) / (n + m) * spread
        return min(1, (limit / shown * variances).squareRoot() / 2 + rareShare)
    }

    /// The rows that each of two tables of one size must have for the interval to clear
    /// `margin`, as far as these samples can tell; `nil` where it would take over 10⁹.
    ///
    /// The distance is guessed as the effect less what chance explains, and the ends as coming
    /// nearer with the square root of the rows. `nil` too where chance explains nine tenths: almost
    /// each row is its own category, and more rows would bring more categories.
    public func rowsNeeded(margin: Double, level: Double = 0.95) -> Int? {
        guard expectedByChance < 0.9 else { return nil }
        let now = interval(level: level)
        let guess = min(max(effect - expectedByChance, now.lower), now.upper)
        let reach = guess < margin ? now.upper - guess : guess - now.lower
        let gap = abs(guess - margin)
        guard gap > 0 else { return nil }
        let size = 2 / spread
        let rows = (size * (reach / gap) * (reach / gap)).rounded(.up)
        return rows <= 1e9 ? max(Int(rows), Int(size) + 1) : nil
    }
}
