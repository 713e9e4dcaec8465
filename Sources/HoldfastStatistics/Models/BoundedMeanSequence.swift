import Glibc

/// Where the mean of numbers from 0 to 1 lies, held at *every* time at once: looking after each row
/// costs nothing.
///
///     let sequence = BoundedMeanSequence([0.2, 0.4, 0.3, 0.5, 0.2, 0.3, 0.4, 0.2], alpha: 0.1)
///     sequence.lower(after: 8)     // 0.134
///     sequence.upper(after: 8)     // 0.67
///
/// For each value m of a grid somebody bets that the mean lies above it: capital ∏ (1 + λ(x − m))
/// starts at 1 and grows to 2/α with a probability of α/2 at most if the mean is at most m (J.
/// Ville, 1939), so that an m at which it did is too low. Upper ends bet on 1 − x. Half of the
/// capital is staked as by I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random
/// variables by betting" (2024): λ = √(2 ln(2/α) / (σ² t ln(1 + t))), σ² the variance of the rows
/// before, which is narrow where the mean stays the same. Half of it as ``PairedBet`` does, and
/// nothing while the mean so far is at most m, which keeps its capital for a mean that rises late:
/// the first half has then lost all. Both are at most ½/m.
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

    /// Both ends. Rows whose mean moves can refute every value, and the ends then change sides:
    /// what lies between them is still shown, as it is where the mean moved.
    package func interval(after rows: Int) -> Interval {
        let (one, other) = (lower(after: rows), upper(after: rows))
        return Interval(lower: min(one, other), upper: max(one, other))
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
        /// Sums over the rows before one, by u, the part of the largest weight, and the value x.
        private struct Past: Sendable {
            var (mass, value) = (0.0, 0.0)
            var (squares, cross, valueSquares) = (0.0, 0.0, 0.0)
        }

        let values: [Double]
        /// Each weight over the bound of all.
        let parts: [Double]?
        /// The stake on each row by the spread of the rows before it.
        let stakes: [Double]
        private let past: [Past]

        init(_ values: [Double], weights: [Double]?, most: Double? = nil, tail: Double) {
            let bound = most ?? weights?.max() ?? 1
            precondition(weights?.allSatisfy { $0 > 0 && $0 <= bound } ?? true, "bounded weights")
            let parts = weights.map { $0.map { $0 / bound } }
            self.init(values, parts: parts, stakes: Self.stakes(values, parts, tail: tail))
        }

        /// The same bets on 1 − x.
        var mirrored: Bets { Bets(values.map { 1 - $0 }, parts: parts, stakes: stakes) }

        private init(_ values: [Double], parts: [Double]?, stakes: [Double]) {
            self.values = values
            self.parts = parts
            self.stakes = stakes
            var sums = Past()
            past = values.indices.map { row in
                defer {
                    let (x, u) = (values[row], parts?[row] ?? 1)
                    sums.mass += u
                    sums.value += u * x
                    sums.squares += u * u
                    sums.cross += u * u * x
                    sums.valueSquares += u * u * x * x
                }
                return sums
            }
        }

        private static func stakes(_ values: [Double], _ parts: [Double]?, tail: Double)
            -> [Double]
        {
            // One imagined row of mean ½ and variance ¼ comes first.
            var (sum, mass, squares, variance) = (0.5, 1.0, 0.25, 0.25)
            return values.indices.map { row in
                let t = Double(row + 1)
                let stake = (2 * log(1 / tail) / (variance * t * log(1 + t))).squareRoot()
                let part = parts?[row] ?? 1
                sum += part * values[row]
                mass += part
                let apart = part * (values[row] - sum / mass)
                squares += apart * apart
                variance = squares / (t + 1)
                return stake
            }
        }

        /// The logarithm of the capital after each row of a steady bet that the mean lies above m.
        func logCapital(above mean: Double) -> [Double] {
            var capital = 0.0
            return values.indices.map { row in
                capital += log(1 + min(stakes[row], 0.5 / mean) * payoff(row, mean))
                return capital
            }
        }

        @inline(__always) private func payoff(_ row: Int, _ mean: Double) -> Double {
            (parts?[row] ?? 1) * (values[row] - mean)
        }

        /// The stake that would have grown best so far, and none while the mean so far is below m.
        @inline(__always) private func wish(_ row: Int, _ mean: Double) -> Double {
            let (sums, n) = (past[row], Double(row))
            let sum = sums.value - mean * sums.mass
            guard sum > 0 else { return 0 }
            let squares = sums.valueSquares - 2 * mean * sums.cross + mean * mean * sums.squares
            return sum / n * (n + 1) / (1 + squares)
        }

        /// The row, from 1, at which the mean capital of both bets first exceeds a threshold;
        /// `nil` if it never does.
        func crossing(above mean: Double, threshold: Double) -> Int? {
            var (steady, careful) = (1.0, 1.0)
            let most = 0.5 / mean
            for row in values.indices {
                let payoff = payoff(row, mean)
                steady *= 1 + min(stakes[row], most) * payoff
                careful *= 1 + min(wish(row, mean), most) * payoff
                if steady + careful > 2 * threshold { return row + 1 }
            }
            return nil
        }

        /// For each value of the grid from 0, until one is never refuted, when it and all below
        /// were. No bet can be that the mean lies above less than 0.
        func crossings(threshold: Double) -> [Int] {
            var times = [0]
            for step in 1...steps {
                let mean = Double(step) / Double(steps)
                guard let time = crossing(above: mean, threshold: threshold) else { break }
                times.append(max(time, times[step - 1]))
            }
            return times
        }
    }
}
