import Glibc

/// Capital of who bets that two sequences of numbers from 0 to 1 have different means, one pair of
/// numbers after the other.
///
///     var bet = PairedBet()
///     for _ in 0..<30 { bet.add(0.3) }     // the first sequence is 0.3 higher, each time
///     bet.logCapital                       // 4.0530…: e to that
///
/// K = ∏ (1 + λ(x − y)), which starts at 1 and stays at 1 on average while the means are alike, so
/// that it ever reaches 1/α with a probability of α at most (J. Ville, "Étude critique de la notion
/// de collectif", 1939): one may look after every pair. λ = (S/n) / ((1 + Q)/(n + 1)), S and Q the
/// sum and the squares of the n differences before, and between −½ and ½: the growth-optimal stake
/// of the past (I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by
/// betting", 2024; S. Shekhar and A. Ramdas, "Nonparametric two-sample testing by betting", 2023).
package struct PairedBet: Sendable, Equatable {
    /// The logarithm of the capital.
    package private(set) var logCapital = 0.0
    private var count = 0.0
    private var sum = 0.0
    private var squares = 0.0
    private let limit: Double

    /// A bet of nothing yet; no stake is larger than `limit`.
    package init(limit: Double = 0.5) {
        precondition(limit > 0 && limit < 1, "a stake that can not lose all")
        self.limit = limit
    }

    /// Bets on the next difference, from −1 to 1.
    package mutating func add(_ difference: Double) {
        let wish = count == 0 ? 0 : (sum / count) / ((1 + squares) / (count + 1))
        logCapital += log1p(min(limit, max(-limit, wish)) * difference)
        count += 1
        sum += difference
        squares += difference * difference
    }
}
