import Glibc

/// Where the mean of numbers from 0 to 1 lies, held at *every* time at once: looking after each row
/// costs nothing.
///
///     let sequence = BoundedMeanSequence([0.2, 0.4, 0.3, 0.5, 0.2, 0.3, 0.4, 0.2], alpha: 0.1)
///     sequence.lower(after: 8)     // 0.156
///     sequence.upper(after: 8)     // 0.643
///
/// For each value m of a grid somebody bets that the mean lies above it: capital ∏ (1 + λ(x − m))
/// starts at 1 and grows to 2/α with a probability of α/2 at most if the mean is at most m (J.
/// Ville, 1939), so that an m at which it did is too low. Upper ends bet on 1 − x. The stakes are I.
/// Waudby-Smith and A. Ramdas's, "Estimating means of bounded random variables by betting" (2024):
/// λ = √(2 ln(2/α) / (σ² t ln(1 + t))), σ² the variance of the rows before, and at most ½/m.
///
/// With weights w the mean is Σ wx / Σ w: row by row w(x − m) has mean 0 at the true one, and w/W
/// of it is bet on, where W is a bound on the weights that was known beforehand (of a design, the
/// inverse of its smallest probability). Large weights make it wide.
///
/// Rows must be a sequence whose mean, given the past, stays the same; where it changes, both ends
/// are of no one mean. The grid makes an end at most 1/1000 too wide.
package struct BoundedMeanSequence: Sendable {
    /// The steps between 0 and 1.
    package static let steps = 1_000

    private let lowerTimes: [Int]
    private let upperTimes: [Int]
    /// The rows.
    package let count: Int

    /// The sequence over rows in the order in which they came; each end fails, at any time, with a
    /// probability of α/2 at most. `most` is the bound of the weights, theirs if `nil`.
    package init(_ values: [Double], weights: [Double]? = nil, most: Double? = nil, alpha: Double) {
        precondition(alpha > 0 && alpha < 1, "a level lies between 0 and 1")
        precondition(values.allSatisfy { $0 >= 0 && $0 <= 1 }, "values from 0 to 1")
        let bets = Bets(values, weights: weights, most: most, tail: alpha / 2)
        lowerTimes = bets.crossings(threshold: 2 / alpha)
        upperTimes = bets.mirrored.crossings(threshold: 2 / alpha)
        count = values.count
    }

    /// The lower end after some rows: the largest m that was refuted by then.
    package func lower(after rows: Int) -> Double { Self.last(lowerTimes, rows) }

    /// The upper end after some rows.
    package func upper(after rows: Int) -> Double { 1 - Self.last(upperTimes, rows) }

    /// Both ends; rows whose mean moves can refute every value, and then they meet in the middle.
    package func interval(after rows: Int) -> Interval {
        let (one, other) = (lower(after: rows), upper(after: rows))
        return one <= other
            ? Interval(lower: one, upper: other)
            : Interval(lower: (one + other) / 2, upper: (one + other) / 2)
    }

    private static func last(_ times: [Int], _ rows: Int) -> Double {
        // The times rise with the grid.
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= rows { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : Double(low - 1) / Double(steps)
    }
}

extension BoundedMeanSequence {
    /// Bets on rows, one after the other.
    struct Bets: Sendable {
        let values: [Double]
        /// Each weight over the bound of all.
        let parts: [Double]?
        /// The stake on each row, which the rows before it decide.
        let stakes: [Double]

        init(_ values: [Double], weights: [Double]?, most: Double? = nil, tail: Double) {
            let bound = most ?? weights?.max() ?? 1
            precondition(weights?.allSatisfy { $0 > 0 && $0 <= bound } ?? true, "bounded weights")
            self.init(values, parts: weights.map { $0.map { $0 / bound } }, tail: tail)
        }

        private init(_ values: [Double], parts: [Double]?, tail: Double) {
            self.values = values
            self.parts = parts
            // One imagined row of mean ½ and variance ¼ comes first.
            var (sum, mass, squares, variance) = (0.5, 1.0, 0.25, 0.25)
            var stakes: [Double] = []
            stakes.reserveCapacity(values.count)
            for (row, value) in values.enumerated() {
                let t = Double(row + 1)
                stakes.append((2 * log(1 / tail) / (variance * t * log(1 + t))).squareRoot())
                let part = parts?[row] ?? 1
                sum += part * value
                mass += part
                let apart = part * (value - sum / mass)
                squares += apart * apart
                variance = squares / (t + 1)
            }
            self.stakes = stakes
        }

        /// The same bets on 1 − x.
        var mirrored: Bets { Bets(values.map { 1 - $0 }, parts: parts, stakes: stakes) }

        private init(_ values: [Double], parts: [Double]?, stakes: [Double]) {
            self.values = values
            self.parts = parts
            self.stakes = stakes
        }

        /// The logarithm of the capital after each row of a bet that the mean lies above m.
        func logCapital(above mean: Double) -> [Double] {
            var capital = 0.0
            return values.indices.map { row in
                capital += log(factor(row, mean))
                return capital
            }
        }

        /// The row at which that capital first exceeds a threshold, from 1; `nil` if it never does.
        func crossing(above mean: Double, threshold: Double) -> Int? {
            var capital = 1.0
            var power = 0
            for row in values.indices {
                capital *= factor(row, mean)
                if capital > threshold && power == 0 { return row + 1 }
                // A capital of almost nothing keeps its digits, and can come back.
                if capital < 0x1p-400 {
                    capital *= 0x1p400
                    power += 1
                } else if power > 0 && capital > 1 {
                    capital *= 0x1p-400
                    power -= 1
                }
            }
            return nil
        }

        @inline(__always) private func factor(_ row: Int, _ mean: Double) -> Double {
            let stake = min(stakes[row], 0.5 / mean)
            return 1 + stake * (parts?[row] ?? 1) * (values[row] - mean)
        }

        /// For each value of the grid from 0, until one is never refuted, when it was. A higher
        /// value is never refuted earlier, as each factor falls with it.
        func crossings(threshold: Double) -> [Int] {
            var times: [Int] = []
            for step in 0...steps {
                // No bet can say that a mean of 0 is too low before a value above it: 0 is no claim.
                let mean = Double(step) / Double(steps)
                if step == 0 {
                    times.append(0)
                    continue
                }
                guard let time = crossing(above: mean, threshold: threshold) else { break }
                times.append(time)
            }
            return times
        }
    }
}
