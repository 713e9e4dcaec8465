import Glibc

/// How far apart from one control a treatment must lie, where several are compared with it.
///
///     DunnettBound(control: 10, treatments: [10, 10], isTwoSided: true)
///         .critical(alpha: 0.05, degreesOfFreedom: 27)      // 2.3332…
///
/// The largest of k statistics that share a control exceeds the bound with probability α where no
/// treatment has an effect (C. W. Dunnett, "A multiple comparison procedure for comparing several
/// treatments with a control", 1955). Arms may be of any sizes: the correlation of treatments i and
/// j is λᵢλⱼ with λᵢ² = nᵢ/(n₀ + nᵢ), so that, given one common normal y and the spread s, the
/// statistics are independent. The probability is the integral over both: panels of Gauss and
/// Legendre over y, refined where a factor steps, and ``ChiSpread`` over s. Ten digits or more.
///
/// The integral over y depends neither on α nor on the degrees of freedom: it is made a
/// ``SmoothCurve`` of the bound once, so that bounds for many degrees of freedom cost little more
/// than one.
package struct DunnettBound: Sendable {
    private let arms: Arms
    /// The probability that no statistic exceeds a bound where variances are known, by the bound;
    /// `nil` where it is not asked for so often that a curve is worth its while.
    private let within: SmoothCurve?

    /// The bound of treatments of sizes above 0. `isStudent` tells whether it will be asked for
    /// degrees of freedom; `progress` is called as the curve for them is made, some hundred times.
    package init(
        control: Double, treatments: [Double], isTwoSided: Bool, isStudent: Bool = true,
        progress: () throws -> Void
    ) rethrows {
        precondition(control > 0 && !treatments.isEmpty, "treatments are compared with control")
        let arms = Arms(control: control, treatments: treatments, isTwoSided: isTwoSided)
        self.arms = arms
        let isJoint = isStudent && treatments.count > 1
        within =
            try isJoint
            ? SmoothCurve(from: isTwoSided ? 0 : -Self.reach, to: Self.reach) { bound in
                try progress()
                return arms.within(bound)
            } : nil
    }

    /// The same without being told how far it is.
    package init(control: Double, treatments: [Double], isTwoSided: Bool) {
        self.init(control: control, treatments: treatments, isTwoSided: isTwoSided) {}
    }

    /// Beyond as many standard errors no statistic lies but with less than 1e-21, and of a hundred
    /// none with less than 1e-19.
    private static let reach = 9.5

    /// The bound, for an `alpha` between 0 and 1; without degrees of freedom (`nil`) that of known
    /// variances.
    package func critical(alpha: Double, degreesOfFreedom: Double?) -> Double {
        precondition(alpha > 0 && alpha < 1, "a level lies between 0 and 1")
        let spread = degreesOfFreedom.map { ChiSpread($0, steepness: 9) }
        func within(_ bound: Double) -> Double {
            guard let spread, let curve = self.within else { return arms.within(bound) }
            return spread.mean { spread in
                let bound = bound * spread
                return bound >= Self.reach ? 1 : bound <= curve.from ? 0 : curve.value(bound)
            }
        }
        // Bonferroni's bound is never passed, and that of one comparison always.
        let sides = arms.isTwoSided ? 2.0 : 1.0
        func alone(_ tail: Double) -> Double {
            // Student's has no value for more than a half.
            tail <= 0.5
                ? StudentT.exceeded(by: tail, freedom: degreesOfFreedom)
                : -StudentT.exceeded(by: 1 - tail, freedom: degreesOfFreedom)
        }
        let low = alone(alpha / sides)
        let high = alone(alpha / sides / Double(arms.count))
        guard arms.count > 1 else { return low }
        precondition(spread == nil || self.within != nil, "a bound that is Student's has a curve")
        return RisingRoot.find(1 - alpha, from: low, to: high, within) ?? high
    }
}

/// The correlated statistics of treatments that share a control.
private struct Arms: Sendable {
    /// The different λ, and how many treatments have each.
    private var loads: [(load: Double, rest: Double, count: Int)] = []
    let isTwoSided: Bool
    /// The treatments.
    let count: Int

    init(control: Double, treatments: [Double], isTwoSided: Bool) {
        self.isTwoSided = isTwoSided
        count = treatments.count
        for size in treatments.sorted() {
            let load = (size / (control + size)).squareRoot()
            if loads.last?.load == load {
                loads[loads.count - 1].count += 1
            } else {
                loads.append((load, (control / (control + size)).squareRoot(), 1))
            }
        }
    }

    /// The probability that no statistic exceeds the bound, with variances that are known.
    func within(_ bound: Double) -> Double {
        let reach = 9.0  // Beyond it the normal density has less than 1e-18.
        // With two sides the density is the same at y and −y: half of it is enough.
        let start = isTwoSided ? 0 : -reach
        var steps: [(place: Double, width: Double)] = []
        for (load, rest, _) in loads {
            // A factor steps here, within some eight of its own widths.
            let (centre, width) = (bound / load, rest / load)
            steps += [-8, -3, 0, 3, 8].map { (centre + $0 * width, width) }.filter {
                $0.0 > start && $0.0 < reach
            }
        }
        var ends = [start]
        for (place, width) in steps.sorted(by: { $0.place < $1.place })
        // Where many arms are nearly alike, a quarter of a step is no panel of its own.
        where place - ends[ends.count - 1] > width / 4 {
            ends.append(place)
        }
        ends.append(reach)
        var sum = 0.0
        for (from, to) in zip(ends, ends.dropFirst()) where to > from {
            let pieces = Int(((to - from) / 3).rounded(.up))
            let half = (to - from) / Double(pieces) / 2
            for piece in 0..<pieces {
                let middle = from + half * Double(2 * piece + 1)
                for (node, weight) in Self.rule {
                    sum += half * weight * density(middle + half * node, bound)
                }
            }
        }
        return min(1, isTwoSided ? 2 * sum : sum)
    }

    private func density(_ y: Double, _ bound: Double) -> Double {
        var product = exp(-y * y / 2) / (2 * Double.pi).squareRoot()
        for (load, rest, count) in loads {
            let above = Normal.upperTail((bound - load * y) / rest)
            let below = isTwoSided ? Normal.upperTail((bound + load * y) / rest) : 0
            let inside = max(0, 1 - above - below)
            for _ in 0..<count { product *= inside }
        }
        return product
    }

    /// Gauss's rule of 24 points on −1 ... 1: the roots of Legendre's polynomial, by Newton.
    private static let rule: [(node: Double, weight: Double)] = {
        let count = 24
        return (0..<count).map { place in
            var x = cos(Double.pi * (Double(place) + 0.75) / (Double(count) + 0.5))
            var slope = 0.0
            for _ in 0..<20 {
                var (last, value) = (1.0, x)
                for n in 2...count {
                    let next = (Double(2 * n - 1) * x * value - Double(n - 1) * last) / Double(n)
                    (last, value) = (value, next)
                }
                slope = Double(count) * (x * value - last) / (x * x - 1)
                let step = value / slope
                x -= step
                if abs(step) < 1e-16 { break }
            }
            return (x, 2 / ((1 - x * x) * slope * slope))
        }
    }()
}
