import Glibc

/// The chi-square distribution, central and noncentral, and the tests made of it.
///
///     ChiSquare.upperTail(3.841458820694124, degreesOfFreedom: 1)   // 0.05
public enum ChiSquare {
    /// A test's result.
    public struct Test: Sendable, Equatable {
        /// Pearson's statistic, the sum of (observed − expected)² / expected, or the G test's.
        public var statistic: Double
        /// The degrees of freedom, at least 1.
        public var degreesOfFreedom: Int
        /// The probability of a statistic at least as large where the hypothesis holds.
        public var pValue: Double
    }

    /// The probability that a chi-square variable exceeds `statistic`, which is at least 0.
    public static func upperTail(_ statistic: Double, degreesOfFreedom: Int) -> Double {
        precondition(degreesOfFreedom > 0 && statistic >= 0, "chi-square needs df > 0 and x >= 0")
        return Gamma.regularised(Double(degreesOfFreedom) / 2, statistic / 2).upper
    }

    /// The probability that a chi-square variable is at most `statistic`, which is at least 0.
    public static func lowerTail(_ statistic: Double, degreesOfFreedom: Int) -> Double {
        precondition(degreesOfFreedom > 0 && statistic >= 0, "chi-square needs df > 0 and x >= 0")
        return Gamma.regularised(Double(degreesOfFreedom) / 2, statistic / 2).lower
    }

    /// The probability that a noncentral chi-square variable is at most `statistic`.
    ///
    ///     ChiSquare.lowerTail(10, degreesOfFreedom: 4, noncentrality: 3)   // 0.7837…
    ///
    /// The central probabilities at df + 2j, weighted by Poisson terms of mean λ/2, summed from
    /// the largest weight outwards (C. G. Ding, "Algorithm AS 275", 1992, in another order).
    public static func lowerTail(
        _ statistic: Double, degreesOfFreedom: Int, noncentrality: Double
    ) -> Double {
        precondition(noncentrality >= 0 && noncentrality.isFinite, "a noncentrality is at least 0")
        let a = Double(degreesOfFreedom) / 2
        let x = statistic / 2
        let mean = noncentrality / 2
        if mean == 0 { return lowerTail(statistic, degreesOfFreedom: degreesOfFreedom) }
        if x == 0 { return 0 }
        let start = mean.rounded(.down)
        let central = Gamma.regularised(a + start, x).lower
        let (first, step) = (
            PoissonTerm(start, mean: mean), PoissonTerm(a + start, mean: x)
        )
        var sum = first.value * central
        // Upwards: P(a + 1, x) = P(a, x) − x^a e^−x / Γ(a + 1). Weights fall from here on.
        var lower = central
        var (weight, fall) = (first, step)
        while true {
            lower = max(0, lower - fall.value)
            weight.goUp()
            fall.goUp()
            sum += weight.value * lower
            if weight.value <= sum * 1e-17 || lower == 0 { break }
        }
        // Downwards: the same recurrence adds, so that nothing is lost.
        lower = central
        (weight, fall) = (first, step)
        while weight.x > 0 {
            weight.goDown()
            fall.goDown()
            lower = min(1, lower + fall.value)
            sum += weight.value * lower
            // The central part can still grow, but never above 1.
            if weight.value <= sum * 1e-17 / (weight.x + 1) { break }
        }
        return min(1, sum)
    }

    /// The noncentrality at which a statistic as small as this one has the probability `tail`:
    /// an upper confidence limit of level 1 − `tail`; 0 where even the central one is rarer.
    public static func noncentralityLimit(
        _ statistic: Double, degreesOfFreedom: Int, tail: Double
    ) -> Double {
        precondition(tail > 0 && tail < 1 && statistic >= 0, "a tail lies between 0 and 1")
        func lies(above noncentrality: Double) -> Bool {
            lowerTail(statistic, degreesOfFreedom: degreesOfFreedom, noncentrality: noncentrality)
                > tail
        }
        guard lies(above: 0) else { return 0 }
        var low = 0.0
        var high = max(1, statistic)
        while lies(above: high) {
            low = high
            high *= 2
        }
        while high - low > 1e-9 * high {
            let middle = (low + high) / 2
            if lies(above: middle) { low = middle } else { high = middle }
        }
        return high
    }

    /// Whether counts fit expected counts (K. Pearson, 1900), k − 1 degrees of freedom.
    ///
    ///     ChiSquare.goodnessOfFit(observed: [5_080, 4_920], expected: [5_000, 5_000])?.pValue
    ///     // 0.1095…
    ///
    /// A category expected never that occurs gives the statistic no finite value: `pValue` is then
    /// 0 and the statistic the largest double. `nil` with fewer than two categories of which
    /// either count is above 0, or where nothing was observed: no test is defined there.
    public static func goodnessOfFit(observed: [Int], expected: [Double]) -> Test? {
        precondition(observed.count == expected.count, "a count for each expected count")
        var categories = 0
        var statistic = 0.0
        for (count, mean) in zip(observed, expected) where count > 0 || mean > 0 {
            categories += 1
            let distance = Double(count) - mean
            statistic += mean > 0 ? distance * distance / mean : .infinity
        }
        guard categories > 1, observed.contains(where: { $0 > 0 }) else { return nil }
        guard statistic.isFinite else {
            return Test(
                statistic: .greatestFiniteMagnitude, degreesOfFreedom: categories - 1, pValue: 0)
        }
        return Test(
            statistic: statistic, degreesOfFreedom: categories - 1,
            pValue: upperTail(statistic, degreesOfFreedom: categories - 1))
    }

    /// Whether two samples of categories come from one distribution: Pearson's homogeneity test.
    ///
    ///     ChiSquare.homogeneity([90, 10], [80, 20])?.pValue     // 0.04767…
    ///
    /// Without Yates's correction. Categories seen in neither are passed over; `nil` where a
    /// sample is empty or fewer than two categories were seen. Rough where most counts are below 5.
    public static func homogeneity(_ reference: [Int], _ candidate: [Int]) -> Test? {
        homogeneity(reference.map(Double.init), candidate.map(Double.init))
    }

    /// The same of counts that need not be whole: those of weighted samples, scaled to the rows
    /// that each is worth. The p-value is then as rough as that scaling.
    package static func homogeneity(_ reference: [Double], _ candidate: [Double]) -> Test? {
        test(reference, candidate) { table in
            let distance = table.x / table.n - table.y / table.m
            return distance * distance * table.n * table.m / (table.x + table.y)
        }
    }

    /// Whether two samples of categories come from one distribution: the likelihood ratio, known
    /// as the G test (S. S. Wilks, "The large-sample distribution of the likelihood ratio for
    /// testing composite hypotheses", 1938).
    ///
    ///     ChiSquare.gTest([90, 10], [80, 20])?.statistic        // 3.9865…
    ///
    /// Twice the sum of observed · ln(observed / expected). Passes over, is `nil` and is rough
    /// where ``homogeneity(_:_:)`` does and is.
    public static func gTest(_ reference: [Int], _ candidate: [Int]) -> Test? {
        gTest(reference.map(Double.init), candidate.map(Double.init))
    }

    /// The same of counts that need not be whole.
    package static func gTest(_ reference: [Double], _ candidate: [Double]) -> Test? {
        test(reference, candidate) { table in
            // The expected counts add up to the observed ones, so that deviances, none of which is
            // negative, have the same sum as the terms above, and cancel nothing.
            let all = table.x + table.y
            func deviance(_ count: Double, _ size: Double) -> Double {
                let expected = all * (size / (table.n + table.m))
                return count == 0 ? expected : Gamma.deviance(count, expected)
            }
            return 2 * (deviance(table.x, table.n) + deviance(table.y, table.m))
        }
    }

    /// The test of a statistic that is a sum over the categories seen.
    private static func test(
        _ reference: [Double], _ candidate: [Double],
        term: ((x: Double, y: Double, n: Double, m: Double)) -> Double
    ) -> Test? {
        precondition(reference.count == candidate.count, "counts of the same categories")
        let n = reference.reduce(0, +)
        let m = candidate.reduce(0, +)
        guard n > 0, m > 0 else { return nil }
        var categories = 0
        var statistic = 0.0
        for (x, y) in zip(reference, candidate) where x + y > 0 {
            categories += 1
            statistic += term((x, y, n, m))
        }
        guard categories > 1 else { return nil }
        return Test(
            statistic: statistic, degreesOfFreedom: categories - 1,
            pValue: upperTail(statistic, degreesOfFreedom: categories - 1))
    }
}

/// A Poisson term mean^x e^−mean / Γ(x + 1) and its neighbours, each of them a multiplication from
/// the one before, at the cost of about a last place a step.
private struct PoissonTerm {
    private(set) var x: Double
    private(set) var value: Double
    private let mean: Double
    /// Below it a term has lost digits, and what grows from it would lack them.
    private static let least = 1e-280

    init(_ x: Double, mean: Double) {
        self.x = x
        self.mean = mean
        value = Gamma.poisson(x, mean: mean)
    }

    mutating func goUp() {
        x += 1
        value = value > Self.least ? value * (mean / x) : Gamma.poisson(x, mean: mean)
    }

    mutating func goDown() {
        value = value > Self.least ? value * (x / mean) : Gamma.poisson(x - 1, mean: mean)
        x -= 1
    }
}
