import Glibc

/// Whether means that were known from a reference have moved by more than is tolerated, watched for
/// as long as one likes, block of rows after block.
///
///     let share = ToleranceBets.tolerance(share: 0.1, of: 5_000, margin: 0.05) // 0.0368 … 0.1648
///     var bets = ToleranceBets(within: [share].compactMap(\.self), averageRunLength: 1_000)
///     for _ in 0..<100 { bets?.add([0.15], rows: 100) }    // moved, but within the tolerance
///     bets?.logValue        // 0: no evidence
///     for _ in 0..<10 { bets?.add([0.25], rows: 100) }     // then a quarter of the rows
///     bets?.isAlarming      // true
///
/// A statistic is the mean, over a block of rows, of a number from 0 to 1: the share of the rows in
/// one bin of the reference. On each two bets are made, that its mean lies above the tolerance and
/// that it lies below (``PairedBet``, with stakes that forget, since a change may come after
/// years), and each bet feeds an ``EDetector``. While every mean, given the past, lies within its
/// tolerance, the first alarm comes after `averageRunLength` blocks or more on average. The
/// evidence is the mean over both sides of a statistic and over the statistics, which is held to
/// the same run length whatever holds the statistics together; the mean over features, by
/// ``LogMean``, is too.
///
/// The usual form is CUSUM. That of Shiryaev and Roberts adds 1 in each block in which nothing is
/// bet, as in the middle of a tolerance, and so reaches A after A blocks.
///
/// It tells that a mean moved, not by how much. Blocks that move to and fro by season move too.
package struct ToleranceBets: Sendable, Equatable {
    /// The blocks after which what was seen weighs 1/e in the stakes.
    package static let usualMemory = 10.0
    /// What is nearer to 0 or 1 is taken for this: one row would else be proof.
    private static let leastEdge = 1e-6

    /// The range of each statistic's mean that is no change.
    package let tolerances: [Interval]
    /// The blocks, on average, to a first false alarm at least.
    package let averageRunLength: Double
    private var sides: [[Side]]

    /// Bets of nothing yet.
    ///
    /// - Parameters:
    ///   - tolerances: for each statistic, from 0 to 1; ``tolerance(share:of:margin:level:)``.
    ///   - form: which starting points of a change count.
    ///   - averageRunLength: in blocks, 1 or more.
    ///   - memory: of the stakes, in blocks, above 1.
    /// - Returns: `nil` where there is no statistic, a tolerance lies outside 0 … 1, or the run
    ///   length or the memory is out of range.
    package init?(
        within tolerances: [Interval], form: EDetector.Form = .cusum, averageRunLength: Double,
        memory: Double = Self.usualMemory
    ) {
        guard !tolerances.isEmpty, averageRunLength >= 1, averageRunLength.isFinite, memory > 1,
            tolerances.allSatisfy({ $0.lower >= 0 && $0.upper <= 1 && $0.lower <= $0.upper })
        else { return nil }
        self.tolerances = tolerances
        self.averageRunLength = averageRunLength
        let bet = PairedBet(stakes: 0...0.5, memory: memory)
        let detector = EDetector(form: form, averageRunLength: averageRunLength)
        sides = tolerances.map { tolerance in
            var sides: [Side] = []
            // Nothing lies above 1 or below 0: there the other side has all.
            if tolerance.upper < 1 {
                let edge = max(tolerance.upper, Self.leastEdge)
                sides.append(Side(isAbove: true, edge: edge, bet, detector))
            }
            if tolerance.lower > 0 {
                let edge = min(tolerance.lower, 1 - Self.leastEdge)
                sides.append(Side(isAbove: false, edge: edge, bet, detector))
            }
            return sides
        }
    }

    /// Bets on the next block: the mean of each statistic over its rows, NaN for one without a row.
    ///
    /// - Parameters:
    ///   - means: in the order of the tolerances, from 0 to 1.
    ///   - rows: how many rows of the block are bets of their own: all of them where they come from
    ///     units that do not hang together, which finds a change soonest; 1 where they may.
    package mutating func add(_ means: [Double], rows: Double = 1) {
        precondition(means.count == tolerances.count, "a mean for each statistic")
        precondition(rows >= 0 && rows.isFinite, "a count of rows")
        guard rows > 0 else { return }
        for (place, mean) in means.enumerated() where !mean.isNaN {
            let mean = min(1, max(0, mean))
            for side in sides[place].indices { sides[place][side].add(mean, rows: rows) }
        }
    }

    /// The logarithm of each statistic's evidence, −∞ where there is none.
    package var logValues: [Double] {
        sides.map { LogMean.of($0.map(\.detector.logValue)) }
    }

    /// The logarithm of the mean evidence.
    package var logValue: Double { LogMean.of(logValues) }

    /// Whether the evidence has reached the run length.
    package var isAlarming: Bool { logValue >= log(averageRunLength) }

    /// The range in which a share may lie that was measured in a reference, and what must not
    /// alarm.
    ///
    ///     ToleranceBets.tolerance(share: 0.1, of: 5_000, margin: 0.05)   // 0.0368 … 0.1648
    ///
    /// Wilson's interval of the share (``Proportions``) at `level`, so that a reference's own
    /// chance is not taken for a change, and on each side the `margin` that would matter.
    ///
    /// - Returns: `nil` without a row in the reference, or where the share, the margin or the level
    ///   is none.
    package static func tolerance(
        share: Double, of rows: Double, margin: Double, level: Double = 0.999
    ) -> Interval? {
        guard share >= 0, share <= 1, rows > 0, rows.isFinite, margin >= 0, level > 0, level < 1,
            let own = Proportions.wilson(successes: share * rows, of: rows, level: level)
        else { return nil }
        return Interval(lower: max(0, own.lower - margin), upper: min(1, own.upper + margin))
    }
}

extension ToleranceBets {
    /// The bet that a statistic's mean lies beyond one end of its tolerance.
    private struct Side: Sendable, Equatable {
        private let isAbove: Bool
        private let edge: Double
        var bet: PairedBet
        var detector: EDetector

        init(isAbove: Bool, edge: Double, _ bet: PairedBet, _ detector: EDetector) {
            self.isAbove = isAbove
            self.edge = edge
            self.bet = bet
            self.detector = detector
        }

        /// Distances are measured by the largest that can be lost, so that no stake loses all.
        mutating func add(_ mean: Double, rows: Double) {
            let share = isAbove ? mean : 1 - mean
            let end = isAbove ? edge : 1 - edge
            let gain =
                rows == 1
                ? bet.add((share - end) / end)
                : bet.add(share: share, of: rows, high: (1 - end) / end, low: -1)
            detector.add(logIncrement: gain)
        }
    }

    /// All that has been seen, as finite numbers.
    package var state: [Double] {
        sides.joined().flatMap { side in
            side.bet.state + [max(side.detector.logValue, -.greatestFiniteMagnitude)]
        }
    }

    /// Bets that go on from a ``state`` of bets that were made by the same arguments.
    ///
    /// `nil` also where the numbers are not those of such bets: too few, too many, or not finite.
    package init?(
        within tolerances: [Interval], form: EDetector.Form = .cusum, averageRunLength: Double,
        memory: Double = Self.usualMemory, state: [Double]
    ) {
        self.init(
            within: tolerances, form: form, averageRunLength: averageRunLength, memory: memory)
        let size = PairedBet.stateSize + 1
        guard state.count == size * sides.joined().count else { return nil }
        var rest = state[...]
        for place in sides.indices {
            for side in sides[place].indices {
                guard sides[place][side].bet.restore(rest.prefix(size - 1)),
                    let value = rest.dropFirst(size - 1).first, value.isFinite
                else { return nil }
                sides[place][side].detector = EDetector(
                    form: form, averageRunLength: averageRunLength,
                    logValue: value == -.greatestFiniteMagnitude ? -.infinity : value)
                rest = rest.dropFirst(size)
            }
        }
    }
}
