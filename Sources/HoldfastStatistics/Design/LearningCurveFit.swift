import Glibc

/// Scores of a model at several sizes, with what is known of their chance.
package struct LearningPoints: Sendable, Equatable {
    /// The rows that the model was fitted to, ascending within what was measured together.
    package let rows: [Double]
    /// Its score on rows that it never saw, one a size.
    package let scores: [Double]
    /// How far off each may be.
    package let chance: Chance

    package enum Chance: Sendable, Equatable {
        /// Whole curves of which the scores are the mean, one a fold; each is independent of the
        /// others and has a score for each size.
        case folds([[Double]])
        /// A standard error for each score, above 0.
        case standardErrors([Double])
        /// Nothing is known but how far the scores are from a law.
        case scatter
    }

    package init(rows: [Double], scores: [Double], chance: Chance) {
        precondition(rows.count == scores.count, "a score for each size")
        self.rows = rows
        self.scores = scores
        self.chance = chance
    }

    /// The mean of whole curves, two at least.
    package init(rows: [Double], folds: [[Double]]) {
        precondition(folds.count > 1, "chance is seen by more than one fold")
        precondition(folds.allSatisfy { $0.count == rows.count }, "a score for each size")
        self.rows = rows
        scores = rows.indices.map { size in
            folds.reduce(0) { $0 + $1[size] } / Double(folds.count)
        }
        chance = .folds(folds)
    }

    /// The standard error of each score, or `nil` where none is known.
    package var standardErrors: [Double]? {
        switch chance {
        case .standardErrors(let errors): return errors
        case .scatter: return nil
        case .folds(let folds):
            let count = Double(folds.count)
            return rows.indices.map { size in
                let squares = folds.reduce(0) {
                    $0 + ($1[size] - scores[size]) * ($1[size] - scores[size])
                }
                return (squares / (count * (count - 1))).squareRoot()
            }
        }
    }

    /// What each score counts for in a fit: the inverse of its variance. The errors of few folds
    /// are themselves by chance: none counts for less than a third of the middle one, so that no
    /// size rules the fit because its folds happened to agree.
    var weights: [Double] {
        guard let errors = standardErrors else { return rows.map { _ in 1 } }
        let least: Double
        switch chance {
        case .folds:
            least = errors.sorted()[errors.count / 2] / 3
        case .standardErrors, .scatter:
            least = 0
        }
        let kept = errors.map { max($0, least) }
        guard kept.allSatisfy({ $0 > 0 }) else { return rows.map { _ in 1 } }
        return kept.map { 1 / ($0 * $0) }
    }
}

/// A learning curve fitted to points, and how sure it is.
///
/// The chance of the curve comes from a parametric bootstrap (B. Efron and R. J. Tibshirani, "An
/// introduction to the bootstrap", 1993, section 6.5): scores are drawn around the law by what is
/// known of their errors, and the whole law is fitted again, each time. Of folds, the errors of
/// all sizes are drawn together with the folds' own covariance, as all sizes of a fold are scored
/// on the same rows. Errors that were estimated from few folds or few points are widened as
/// Student's t is wider than the normal.
package struct LearningCurveFit: Sendable {
    /// What it was fitted to.
    package let points: LearningPoints
    package let score: LearningScore
    /// The law by weighted least squares.
    package let law: InversePowerLaw
    /// The level of its intervals.
    package let level: Double
    /// The laws of the draws.
    private let draws: [InversePowerLaw]

    /// The draws of the bootstrap where nothing else is said.
    package static let drawCount = 1_000
    /// A law has three numbers.
    private static let parameters = 3

    /// `nil` for fewer than three different sizes.
    package init?(
        _ points: LearningPoints, score: LearningScore, level: Double = 0.95, seed: UInt64,
        draws count: Int = drawCount
    ) {
        precondition(level > 0 && level < 1, "a level is between 0 and 1")
        precondition(points.scores.allSatisfy(\.isFinite), "scores are finite")
        let fit = InversePowerFit(
            rows: points.rows, weights: points.weights, isRising: score.isRising, best: score.best)
        guard let fit else { return nil }
        self.points = points
        self.score = score
        self.level = level
        let law = fit.law(points.scores)
        self.law = law
        let expected = points.rows.map { law.score(at: $0) }
        guard let noise = Self.noise(points, expected, level: level) else {
            draws = []
            return
        }
        draws = (0..<count).map { draw in
            let chance = CounterStream(seed: seed, stream: UInt64(draw))
            return fit.law(zip(expected, noise(chance)).map { $0 + $1 })
        }
    }

    /// Errors of the scores by a stream of chance, or `nil` where nothing is known of them.
    private static func noise(
        _ points: LearningPoints, _ expected: [Double], level: Double
    ) -> ((CounterStream) -> [Double])? {
        let normal = Normal.exceeded(by: (1 - level) / 2)
        switch points.chance {
        case .standardErrors(let errors):
            // Points farther from the curve than their errors say: it does not fit, and the errors
            // are widened by as much (R. T. Birge, "The calculation of errors by the method of
            // least squares", 1932).
            let freedom = points.rows.count - parameters
            let squares = points.rows.indices.reduce(0.0) { sum, size in
                let rest = (points.scores[size] - expected[size]) / errors[size]
                return sum + rest * rest
            }
            let wider = freedom > 0 ? max(1, squares / Double(freedom)).squareRoot() : 1
            return { chance in
                errors.enumerated().map { wider * $1 * chance.normal(UInt64($0)) }
            }
        case .scatter:
            let freedom = points.rows.count - parameters
            guard freedom > 0 else { return nil }
            let squares = zip(points.scores, expected).reduce(0) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
            // Points that lie on a curve but for their rounding tell nothing of chance.
            let size = points.scores.reduce(0) { $0 + $1 * $1 }
            guard squares > 1e-24 * size else { return nil }
            let wider = StudentT.exceeded(
                by: (1 - level) / 2, degreesOfFreedom: Double(freedom))
            let error = (squares / Double(freedom)).squareRoot() * wider / normal
            return { chance in points.rows.indices.map { error * chance.normal(UInt64($0)) } }
        case .folds(let folds):
            let count = Double(folds.count)
            let wider = StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: count - 1)
            let scale = wider / normal / (count * (count - 1)).squareRoot()
            return { chance in
                var errors = [Double](repeating: 0, count: points.rows.count)
                for (fold, curve) in folds.enumerated() {
                    let pull = scale * chance.normal(UInt64(fold))
                    for size in errors.indices {
                        errors[size] += pull * (curve[size] - points.scores[size])
                    }
                }
                return errors
            }
        }
    }

    // MARK: - What it says

    /// Whether something is known of its chance.
    package var hasChance: Bool { !draws.isEmpty }

    /// The interval of the ceiling, or `nil` where nothing is known of chance.
    package var ceiling: Interval? { interval(draws.map(\.ceiling)) }

    /// The interval of the score that a model of so many rows has on average.
    package func interval(at rows: Double) -> Interval? {
        interval(draws.map { $0.score(at: rows) })
    }

    /// The rows that reach a target. A curve says nothing of fewer rows than the smallest size: the
    /// answer and its interval are not below it.
    package func reach(_ target: LearningTarget) -> RowsToReach {
        let smallest = points.rows.min() ?? 1
        let rows = law.rows(target).map { max(smallest, $0) }
        guard hasChance else {
            return RowsToReach(rows: rows, lower: nil, upper: nil, verdict: .unknown)
        }
        let ends = Self.ends(
            draws.map { max(smallest, $0.rows(target) ?? .infinity) }.sorted(), level: level)
        return RowsToReach(
            rows: rows, lower: ends.lower.isFinite ? ends.lower : nil,
            upper: ends.upper.isFinite ? ends.upper : nil,
            verdict: ends.upper.isFinite ? .reached : ends.lower.isFinite ? .unknown : .beyond)
    }

    private func interval(_ values: [Double]) -> Interval? {
        guard !values.isEmpty else { return nil }
        let ends = Self.ends(values.sorted(), level: level)
        let interval = Interval(lower: ends.lower, upper: ends.upper)
        // A law goes on where no score is, above 1 and below 0.
        return score.figure.range.map { interval.clipped(to: $0) } ?? interval
    }

    /// The values that a share of (1 − level)/2 lies below and above.
    private static func ends(_ sorted: [Double], level: Double) -> (lower: Double, upper: Double) {
        let outside = Int((Double(sorted.count + 1) * (1 - level) / 2).rounded(.down))
        let skipped = min(max(0, outside - 1), (sorted.count - 1) / 2)
        return (sorted[skipped], sorted[sorted.count - 1 - skipped])
    }
}

/// How many rows reach a target, as far as a learning curve tells.
package struct RowsToReach: Sendable, Equatable {
    package enum Verdict: String, Sendable, Equatable {
        /// The whole interval is finite.
        case reached
        /// The target lies within the interval of the ceiling, or nothing is known of chance.
        case unknown
        /// The target lies beyond the interval of the ceiling.
        case beyond
    }

    /// The rows by the fitted law, or `nil` where it does not reach the target; the smallest size
    /// where that would be enough.
    package let rows: Double?
    /// The ends of the interval of the rows, `nil` where an end is no number of rows.
    package let lower: Double?
    package let upper: Double?
    package let verdict: Verdict

    package init(rows: Double?, lower: Double?, upper: Double?, verdict: Verdict) {
        self.rows = rows
        self.lower = lower
        self.upper = upper
        self.verdict = verdict
    }
}
