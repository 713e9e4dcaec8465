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
///
/// Stakes of 0 … ½ bet on a mean *above* 0 alone, and then no mean of 0 or less lets the capital
/// grow on average: ``ToleranceBets`` are made of them. Any stake is fair that is decided by the
/// past, so that S, Q and n may forget: with a memory of m they are weighed by (1 − 1/m) to the
/// age.
package struct PairedBet: Sendable, Equatable {
    /// The logarithm of the capital.
    package private(set) var logCapital = 0.0
    private var count = 0.0
    private var sum = 0.0
    private var squares = 0.0
    private let stakes: ClosedRange<Double>
    private let kept: Double

    /// A bet of nothing yet; no stake is larger than `limit`.
    package init(limit: Double = 0.5) {
        precondition(limit > 0 && limit < 1, "a stake that can not lose all")
        self.init(stakes: -limit...limit)
    }

    /// A bet of nothing yet.
    ///
    /// - Parameters:
    ///   - stakes: the smallest and the largest, between −1 and 1.
    ///   - memory: the steps after which what was seen weighs 1/e; infinite for no forgetting.
    package init(stakes: ClosedRange<Double>, memory: Double = .infinity) {
        precondition(
            stakes.lowerBound > -1 && stakes.upperBound < 1, "stakes that can not lose all")
        precondition(memory > 1, "a memory of more than one step")
        self.stakes = stakes
        kept = 1 - 1 / memory
    }

    /// What the next step stakes, decided by those before: their mean over their spread.
    private func stake(spread: Double) -> Double {
        let wish = count == 0 ? 0 : (sum / count) / spread
        return min(stakes.upperBound, max(stakes.lowerBound, wish))
    }

    /// Bets on the next difference, from −1 to 1, or from −1 up where no stake is below 0.
    ///
    /// Answers by how much the logarithm of the capital grew.
    @discardableResult
    package mutating func add(_ difference: Double) -> Double {
        let gain = log1p(stake(spread: (1 + squares) / (count + 1)) * difference)
        note(1, difference, difference * difference)
        logCapital += gain
        return gain
    }

    /// Bets in one step, by one stake, on some rows: a share of them has the difference `high`, the
    /// others have `low`, which is below 0.
    ///
    /// The stake is that which grows best where the share stays as it was: the mean difference over
    /// −high · low (J. L. Kelly, "A new interpretation of information rate", 1956). Of rows between
    /// the two, `share` is where their mean lies between them: by the concavity of the logarithm
    /// this is then less than their own bets would bring, which keeps it fair.
    @discardableResult
    package mutating func add(share: Double, of rows: Double, high: Double, low: Double) -> Double {
        let stake = stake(spread: -high * low)
        let gain = rows * (share * log1p(stake * high) + (1 - share) * log1p(stake * low))
        note(
            rows, rows * (share * high + (1 - share) * low),
            rows * (share * high * high + (1 - share) * low * low))
        logCapital += gain
        return gain
    }

    private mutating func note(_ rows: Double, _ sum: Double, _ squares: Double) {
        count = count * kept + rows
        self.sum = self.sum * kept + sum
        self.squares = self.squares * kept + squares
    }
}

extension PairedBet {
    /// The numbers that ``state`` has.
    package static let stateSize = 4

    /// What has been seen, as numbers that ``restore(_:)`` takes.
    package var state: [Double] { [logCapital, count, sum, squares] }

    /// Takes up what another bet of the same stakes had seen; `false`, and nothing changes, where
    /// these are not ``stateSize`` finite numbers of a bet.
    package mutating func restore(_ state: some Collection<Double>) -> Bool {
        let numbers = [Double](state)
        guard numbers.count == Self.stateSize, numbers.allSatisfy(\.isFinite), numbers[1] >= 0,
            numbers[3] >= 0
        else { return false }
        (logCapital, count, sum, squares) = (numbers[0], numbers[1], numbers[2], numbers[3])
        return true
    }
}
