import Glibc

/// What of the distance between two distributions is certain to lie behind the differences of
/// their categories: an estimate that is too small on average, but by little.
///
/// The effect is too large on average, as sampling errors never cancel: in a category without a
/// difference by the mean error, in one whose difference is well above its error by nothing. To
/// take off the mean error from each, as would be simple, takes it off the latter too.
///
/// Here each category tells what its own error is. Of its T rows let the part x/T be the
/// reference's, whose mean is π, and π₀ where nothing differs, so that |x/n − y/m| is
/// T(1/n + 1/m)|x/T − π₀|. Then B(T) = E|x/T − π₀| exceeds |π − π₀|, and B(d), for d < T of the
/// rows, exceeds it more: by the factor B(d)/B(T) at π₀ and by a larger one elsewhere. So
///
///     (1 + c) B(T) − c B(d) ≤ |π − π₀|   where c = B(T)/(B(d) − B(T)), both at π₀,
///
/// with equality at π₀ and, soon, far from it. B(T) is estimated by |x/T − π₀|, and B(d) by its
/// mean over all ways to choose d of the T rows, which is the estimate without bias (W. Hoeffding,
/// "A class of statistics with asymptotically normal distribution", 1948). It is the jackknife's
/// extrapolation (M. H. Quenouille, "Notes on bias in estimation", 1956), deleting a quarter.
///
/// Two rows in one category can tell that it differs, one cannot: its estimate is 0. No estimate
/// is near for thinly spread differences: to know a distance to within ε takes about
/// k/(ε² ln k) rows over k categories (J. Jiao, Y. Han and T. Weissman, "Minimax estimation of the
/// L1 distance", 2018), 108,000 rows for 0.1 and 10,000 categories.
struct DistanceFloor {
    /// The estimate, half the sum over the categories.
    let estimate: Double
    /// Its standard error: see ``CategoryVariances``. To what replacing a row of T changes, in
    /// half the sum of its mean squares, comes what the chance in T itself adds.
    let standardError: Double

    init(cells: [TotalVariation.Cell], sizes: TotalVariation.Cell) {
        var categories = CategoryFloor(equal: sizes.x / (sizes.x + sizes.y))
        var sum = 0.0
        var variances = CategoryVariances()
        var last = (cell: (x: -1.0, y: -1.0), value: 0.0, replaced: 0.0)
        for cell in cells {
            let total = cell.x + cell.y
            // Equal ones follow one another.
            if cell != last.cell {
                let (x, y) = cell
                let value = categories.value(x, y)
                let fewer = categories.value(max(0, x - 1), y + min(x, 1)) - value
                let more = categories.value(x + min(y, 1), max(0, y - 1)) - value
                let replaced =
                    x * y / total * (fewer * fewer + more * more) / 2 + value * value / total
                last = (cell, value, replaced)
            }
            sum += last.value
            variances.add(last.value, total: total, replaced: last.replaced)
        }
        let scale = (1 / sizes.x + 1 / sizes.y) / 2
        estimate = sum * scale
        standardError = variances.standardError * scale
    }
}

/// The estimates for single categories, in rows.
private struct CategoryFloor {
    /// Up to this total by the hypergeometric distribution, above by the normal one.
    private static let limit = 64

    /// π₀.
    private let equal: Double
    /// The estimates of small categories, by total and the reference's rows; `nan` until needed.
    private var known = [Double](repeating: .nan, count: (limit + 1) * (limit + 2) / 2)
    /// For each total the number of rows d that are chosen, and c.
    private var factors = [(rows: Int, factor: Double)?](repeating: nil, count: limit + 1)

    init(equal: Double) {
        self.equal = equal
        for total in 2...Self.limit { factors[total] = factor(total) }
    }

    /// T times the estimate of |π − π₀|.
    mutating func value(_ x: Double, _ y: Double) -> Double {
        let total = x + y
        if total > Double(Self.limit) { return large(x, total) }
        let (whole, first) = (Int(total), Int(x))
        guard Double(whole) == total, Double(first) == x else { return rough(x, total) }
        guard whole > 1, let (rows, factor) = factors[whole] else { return 0 }
        let place = whole * (whole + 1) / 2 + first
        if known[place].isNaN {
            let part = abs(Double(first) / Double(whole) - equal)
            let fewer = meanOfFewer(rows, of: whole, first)
            known[place] = Double(whole) * ((1 + factor) * part - factor * fewer)
        }
        return known[place]
    }

    /// The same of weighted rows, whose counts are not whole: the mean error is taken off.
    private func rough(_ x: Double, _ total: Double) -> Double {
        let mean = total < 1 ? deviation(1) : deviation(Int(total))
        return total * (abs(x / total - equal) - mean)
    }

    /// The number of rows d that are chosen of a total, and c; `nil` where none is much worse.
    private func factor(_ total: Int) -> (rows: Int, factor: Double)? {
        let all = deviation(total)
        var rows = total * 3 / 4
        // Where equal parts are possible for d but not for T, fewer rows are hardly worse. The
        // least ratio keeps the factor, and with it the error of the estimate, below 10.
        while rows > 0, deviation(rows) < 1.1 * all { rows -= 1 }
        return rows > 0 ? (rows, all / (deviation(rows) - all)) : nil
    }

    /// E|X/T − π₀| for a binomial X of T rows and probability π₀ (A. de Moivre, 1730).
    private func deviation(_ total: Int) -> Double {
        let t = Double(total)
        let k = (t * equal).rounded(.down) + 1
        guard k <= t else { return 0 }
        return 2 * k * (1 - equal) / t * Gamma.binomial(k, of: t, probability: equal)
    }

    /// The mean of |h/d − π₀| where h of d rows chosen from T, of which x are the reference's.
    private func meanOfFewer(_ rows: Int, of total: Int, _ first: Int) -> Double {
        let lowest = max(0, rows - (total - first))
        let highest = min(rows, first)
        var mean = 0.0
        var weights = 0.0
        // In proportion to the hypergeometric terms, from the lowest on.
        var weight = 1.0
        for h in lowest...highest {
            mean += weight * abs(Double(h) / Double(rows) - equal)
            weights += weight
            weight *= Double(first - h) * Double(rows - h)
            weight /= Double(h + 1) * Double(total - first - rows + h + 1)
        }
        return mean / weights
    }

    /// The same of many rows: choosing three quarters of them adds a normal error, and c is
    /// 1/(√(4/3) − 1).
    private func large(_ x: Double, _ total: Double) -> Double {
        let part = x / total
        let difference = abs(part - equal)
        let deviation = (part * (1 - part) / (3 * total)).squareRoot()
        // Beyond six deviations the mean is the difference itself.
        guard difference < 6 * deviation else { return total * difference }
        let z = difference / deviation
        let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
        let fewer = deviation * (2 * density + z * (1 - 2 * Normal.upperTail(z)))
        let factor = 1 / ((4.0 / 3).squareRoot() - 1)
        return total * ((1 + factor) * difference - factor * fewer)
    }
}
