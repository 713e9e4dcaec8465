import Glibc

/// How far apart arms are by chance: the largest standardised difference of one dealing after
/// another.
///
///     let chance = BalanceDistribution([0.02, 0.05, 0.03, 0.12])
///     chance.quantile(0.5)          // 0.04
///     chance.share(beyond: 0.1)     // 0.25
///     chance.share(atLeast: 0.05)   // 0.5
///
/// Dealings in which nothing was defined, given as NaN, are counted apart: they are no sign of
/// balance.
package struct BalanceDistribution: Sendable, Equatable {
    /// The differences that were defined, ascending.
    package let values: [Double]
    /// The dealings in which none was.
    package let undefined: Int

    /// The largest differences of some dealings, each from 0 to ``ArmBalance/apart``, or NaN.
    package init(_ values: [Double]) {
        self.values = values.filter { !$0.isNaN }.sorted()
        undefined = values.count - self.values.count
    }

    /// The value that so many are at most, interpolated; `nil` where none is defined.
    package func quantile(_ level: Double) -> Double? {
        OrderedSample(ascending: values.filter(\.isFinite)).quantile(level)
    }

    /// The share of what is defined that is above a limit.
    package func share(beyond limit: Double) -> Double? {
        share { $0 > limit }
    }

    /// The share of what is defined that is as large as a value or larger: how usual it is.
    package func share(atLeast value: Double) -> Double? {
        share { $0 >= value }
    }

    private func share(_ isCounted: (Double) -> Bool) -> Double? {
        guard !values.isEmpty else { return nil }
        return Double(values.count(where: isCounted)) / Double(values.count)
    }

    /// Bins of equal width from 0 up to the largest value, with the count of each: as many as
    /// `count` at most, of a width that is 1, 2 or 5 times a power of ten. No bin where nothing is
    /// defined.
    package func bins(_ count: Int = 30) -> (edges: [Double], counts: [Int]) {
        precondition(count > 1, "there are bins")
        guard !values.isEmpty else { return ([], []) }
        // Of arms that are wholly apart the difference has no size: it goes to the last bin.
        let most = values.last { $0 < ArmBalance.apart } ?? 0
        let wanted = (most > 0 ? most : 1) / Double(count - 1)
        let power = pow(10, floor(log10(wanted)))
        // Rounding must not make one bin too many.
        let width = ([1.0, 2, 5].first { $0 * power >= wanted * (1 - 1e-9) } ?? 10) * power
        let last = max(0, min(count - 1, Int(most / width)))
        var counts = [Int](repeating: 0, count: last + 1)
        for value in values { counts[min(last, Int(min(1e9, value / width)))] += 1 }
        return ((0...(last + 1)).map { Double($0) * width }, counts)
    }
}
