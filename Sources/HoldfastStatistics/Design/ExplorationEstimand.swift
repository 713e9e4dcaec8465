/// What the rows that a model let be are to estimate, of which a control share by score has to be
/// found.
///
/// Each is a sum over units of a value that is seen with the unit's propensity p and then weighted
/// 1/p (D. G. Horvitz and D. J. Thompson, "A generalization of sampling without replacement from a
/// finite universe", 1952). Seen independently, units add m·(1/p − 1) each to its variance, where
/// m is the value's expected square: with the rate q of positives at the unit's score
///
///     ExplorationEstimand.total.moment(rate: 0.2)       // 0.2: a label's square is itself
///     ExplorationEstimand.precision.moment(rate: 0.2)   // 0.8
///     ExplorationEstimand.brier.moment(rate: 0.2)       // 0.16…
package enum ExplorationEstimand: String, Sendable, Equatable, CaseIterable {
    /// The number of positives.
    case total
    /// The number of negatives.
    case negatives
    /// The share of positives, by the negatives there are.
    case precision
    /// The Brier score of a calibrated score, by m = q(1 − q), a row's expected squared error. The
    /// square of that error is at most the error, so that the score itself varies no more.
    case brier
    /// Kish's effective sample size, whatever is estimated.
    case effectiveRows = "effective_rows"

    /// What a unit of this rate adds to the variance at p = ½.
    package func moment(rate: Double) -> Double {
        precondition(rate >= 0 && rate <= 1, "a rate is from 0 to 1")
        switch self {
        case .total: return rate
        case .negatives, .precision: return 1 - rate
        case .brier: return rate * (1 - rate)
        case .effectiveRows: return 1
        }
    }

    /// Whether it is a mean over all units, and not their sum.
    package var isMean: Bool {
        switch self {
        case .precision, .brier: true
        case .total, .negatives, .effectiveRows: false
        }
    }
}
