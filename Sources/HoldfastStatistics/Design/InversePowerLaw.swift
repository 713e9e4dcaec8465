import Glibc

/// How good a model becomes with more rows: a − b·n^−c, where a is what no number of rows passes.
///
///     let law = InversePowerLaw(ceiling: 0.8, gap: 1, exponent: 0.5, isRising: true)
///     law.score(at: 10_000)            // 0.79
///     law.rows(reaching: 0.79)         // 10000.0
///     law.rows(reaching: 0.8)          // nil
///
/// Of a loss, which falls, it is a + b·n^−c, and a is the floor. C. Cortes, L. D. Jackel, S. A.
/// Solla, V. Vapnik and J. S. Denker, "Learning curves: asymptotic values and rate of convergence"
/// (1994); R. L. Figueroa, Q. Zeng-Treitler, S. Kandula and L. H. Ngo, "Predicting sample size
/// required for classification performance" (2012).
package struct InversePowerLaw: Sendable, Equatable {
    /// The score that no number of rows passes, a.
    package let ceiling: Double
    /// How far below it (of a loss: above it) a model of one row would be, b, at least 0.
    package let gap: Double
    /// How fast the distance shrinks, c, above 0: at ½ four times the rows halve it.
    package let exponent: Double
    /// Whether a larger score is a better one.
    package let isRising: Bool

    /// The exponents that a fit looks among. Below, a curve cannot be told from one that rises for
    /// ever; above, from one that jumps to its end.
    package static let exponents = 0.05...2.0
    /// The most rows that are spoken of.
    package static let rowLimit = 1e12

    package init(ceiling: Double, gap: Double, exponent: Double, isRising: Bool) {
        precondition(gap >= 0 && exponent > 0, "a curve comes nearer to its ceiling")
        self.ceiling = ceiling
        self.gap = gap
        self.exponent = exponent
        self.isRising = isRising
    }

    /// The score of a model fitted to so many rows.
    package func score(at rows: Double) -> Double {
        let distance = gap * pow(rows, -exponent)
        return isRising ? ceiling - distance : ceiling + distance
    }

    /// The rows from which on the score is reached, at least 1, or `nil` where it is the ceiling
    /// or beyond it, or takes more than ``rowLimit``.
    package func rows(reaching target: Double) -> Double? {
        rows(within: isRising ? ceiling - target : target - ceiling)
    }

    /// The rows from which on the score is at most so far from the ceiling, at least 1, or `nil`
    /// for a distance that is not above 0, or takes more than ``rowLimit``.
    ///
    /// How far the ceiling lies is known better than where it lies: what makes all rows of a pilot
    /// easier or harder cancels out.
    package func rows(within distance: Double) -> Double? {
        guard distance > 0 else { return nil }
        let rows = pow(gap / distance, 1 / exponent)
        return rows <= Self.rowLimit ? max(1, rows) : nil
    }

    /// The rows that a target takes.
    package func rows(_ target: LearningTarget) -> Double? {
        switch target {
        case .score(let score): rows(reaching: score)
        case .within(let distance): rows(within: distance)
        }
    }
}

/// Fits the law to scores at the same sizes time and again: the one that makes Σ w (score − law)²
/// smallest among exponents of ``InversePowerLaw/exponents``, gaps of at least 0, and ceilings that
/// `best` does not pass: 1 for an area, 0 for a loss.
///
///     let fit = InversePowerFit(
///         rows: [100, 400, 1_600], weights: [1, 1, 1], isRising: true, best: 1)
///     fit?.law([0.7, 0.75, 0.775])     // ceiling 0.8, exponent 0.5
///
/// Scores that do not become better with rows give a gap of 0, their mean as ceiling, and the
/// exponent 1, which then says nothing.
///
/// For an exponent that is given the best ceiling and gap are those of a straight line in n^−c
/// (variable projection: G. H. Golub and V. Pereyra, "The differentiation of pseudo-inverses and
/// nonlinear least squares problems whose variables separate", 1973). What is left is one number,
/// of which a grid finds the neighbourhood and the sign of the slope the place.
struct InversePowerFit: Sendable {
    private let logs: [Double]
    private let weights: [Double]
    private let middle: Double
    private let isRising: Bool
    private let best: Double
    private let grid: [(exponent: Double, powers: [Double])]

    /// The places of the grid, evenly apart in the logarithm of the exponent.
    private static let gridSize = 41
    /// So many halvings of a distance of two places leave less than a double's rounding.
    private static let halvings = 48

    /// `nil` for fewer than three different sizes; sizes and weights must be above 0.
    init?(rows: [Double], weights: [Double], isRising: Bool, best: Double) {
        precondition(rows.count == weights.count, "a weight for each size")
        precondition(rows.allSatisfy { $0 > 0 && $0.isFinite }, "sizes are above 0")
        precondition(weights.allSatisfy { $0 > 0 && $0.isFinite }, "weights are above 0")
        guard Set(rows).count >= 3 else { return nil }
        let raw = rows.map { log($0) }
        // Around the middle size, so that powers are near 1.
        middle = raw.reduce(0, +) / Double(raw.count)
        let logs = raw.map { [middle] in $0 - middle }
        self.logs = logs
        let sum = weights.reduce(0, +)
        self.weights = weights.map { $0 / sum }
        self.isRising = isRising
        self.best = best
        let (low, high) = (
            InversePowerLaw.exponents.lowerBound, InversePowerLaw.exponents.upperBound
        )
        grid = (0..<Self.gridSize).map { place in
            let exponent =
                place == Self.gridSize - 1
                ? high : low * pow(high / low, Double(place) / Double(Self.gridSize - 1))
            return (exponent, logs.map { exp(-exponent * $0) })
        }
    }

    /// A line in the powers, with what it leaves.
    private struct Line {
        /// As if scores rose: a loss is turned over.
        var ceiling: Double
        var gap: Double
        var squares: Double
        /// The slope of the squares in the exponent.
        var slope: Double
    }

    /// The law of these scores, one a size.
    func law(_ scores: [Double]) -> InversePowerLaw {
        precondition(scores.count == logs.count, "a score for each size")
        let sign = isRising ? 1.0 : -1
        let values = scores.map { sign * $0 }
        let limit = sign * self.best
        let lines = grid.map { line($0.powers, values, limit) }
        var place = 0
        for index in lines.indices where lines[index].squares < lines[place].squares {
            place = index
        }
        var (exponent, best) = (grid[place].exponent, lines[place])
        guard best.gap > 0 else {
            return InversePowerLaw(
                ceiling: sign * best.ceiling, gap: 0, exponent: 1, isRising: isRising)
        }
        var (low, high) = (max(0, place - 1), min(lines.count - 1, place + 1))
        // At an end of the grid the place itself may be one of the two sides.
        if place == 0 && lines[0].slope >= 0 { high = 0 }
        if place == lines.count - 1 && lines[place].slope <= 0 { low = place }
        if low < high, lines[low].slope < 0, lines[high].slope > 0 {
            let found = stationary(grid[low].exponent, grid[high].exponent, values, limit)
            if found.line.squares <= best.squares { (exponent, best) = found }
        }
        return InversePowerLaw(
            ceiling: sign * best.ceiling, gap: best.gap * exp(exponent * middle),
            exponent: exponent, isRising: isRising)
    }

    private func stationary(
        _ from: Double, _ to: Double, _ values: [Double], _ limit: Double
    ) -> (exponent: Double, line: Line) {
        var (low, high) = (from, to)
        for _ in 0..<Self.halvings {
            let between = (low + high) / 2
            if line(powers(between), values, limit).slope < 0 {
                low = between
            } else {
                high = between
            }
        }
        let exponent = (low + high) / 2
        return (exponent, line(powers(exponent), values, limit))
    }

    private func powers(_ exponent: Double) -> [Double] { logs.map { exp(-exponent * $0) } }

    /// The best line value ≈ ceiling − gap · power with a gap of at least 0 and a ceiling of at
    /// most `limit`. The slope is that of the squares with the line held still, which is that of
    /// the best line's squares too: it stands where they are smallest.
    private func line(_ powers: [Double], _ values: [Double], _ limit: Double) -> Line {
        var (powerMean, valueMean) = (0.0, 0.0)
        for index in powers.indices {
            powerMean += weights[index] * powers[index]
            valueMean += weights[index] * values[index]
        }
        var (across, along) = (0.0, 0.0)
        for index in powers.indices {
            let distance = powers[index] - powerMean
            across += weights[index] * distance * (values[index] - valueMean)
            along += weights[index] * distance * distance
        }
        var gap = max(0, -across / along)
        var ceiling = valueMean + gap * powerMean
        if ceiling > limit {
            ceiling = limit
            var (top, bottom) = (0.0, 0.0)
            for index in powers.indices {
                top += weights[index] * powers[index] * (limit - values[index])
                bottom += weights[index] * powers[index] * powers[index]
            }
            gap = max(0, top / bottom)
        }
        var line = Line(ceiling: ceiling, gap: gap, squares: 0, slope: 0)
        for index in powers.indices {
            let rest = values[index] - ceiling + gap * powers[index]
            line.squares += weights[index] * rest * rest
            line.slope -= 2 * weights[index] * rest * gap * logs[index] * powers[index]
        }
        return line
    }
}
