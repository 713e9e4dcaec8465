import Glibc

/// The variance of a sum over categories that are independent but for the sum of their rows.
///
/// Three bounds are summed for the categories of about one size, and the least is taken. Sizes
/// are told by the totals, in powers of two, which tell nothing of differences:
///
/// - The mean square of the terms, which is near where nothing differs.
/// - What replacing or taking away a row changes (B. Efron and C. Stein, "The jackknife estimate
///   of variance", 1981), which is near where much differs.
/// - From 16 rows on, the terms' spread about their common mean, which is near where many
///   categories differ by as much, and too large where their means differ; with what the chance
///   in the totals adds. Below, the categories that are not seen would have to be counted.
struct CategoryVariances {
    private struct Terms {
        var count = 0.0
        var sum = 0.0
        var squares = 0.0
        var replaced = 0.0
        var byTotals = 0.0
    }

    private var sizes = [Terms](repeating: Terms(), count: 64)

    /// Adds a category's term, and the variance that is due to replacing its rows.
    mutating func add(_ term: Double, total: Double, replaced: Double) {
        let place = min(63, max(0, total < 1 ? 0 : Int(log2(total))))
        sizes[place].count += 1
        sizes[place].sum += term
        sizes[place].squares += term * term
        sizes[place].replaced += replaced
        // As if the term were in proportion to the total, whose variance is the total.
        sizes[place].byTotals += term * term / total
    }

    /// The standard error of the sum.
    var standardError: Double {
        sizes.enumerated().reduce(0) { sum, size in
            let terms = size.element
            let least = min(terms.squares, terms.replaced)
            guard size.offset >= 4, terms.count > 1 else { return sum + least }
            let spread = max(0, terms.squares - terms.sum * terms.sum / terms.count)
            return sum + min(least, spread * terms.count / (terms.count - 1) + terms.byTotals)
        }.squareRoot()
    }
}
