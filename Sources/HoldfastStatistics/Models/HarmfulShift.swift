/// Whether a model's risk has risen above what it was, in a way that holds whenever one looks.
///
///     let good = [Double](repeating: 0.1, count: 200)
///     let shift = HarmfulShift(
///         reference: good, operation: good + good.map { 5 * $0 }, alpha: 0.05, seed: 1)
///     shift?.alarm        // 247: the rows of operation after which it was sure; the 201st was bad
///     shift?.interval     // 0.127 ... 0.2: operation's risk less the reference's
///
/// A. Podkopaev and A. Ramdas, "Tracking the risk of a deployed model and detecting harmful
/// distribution shifts" (2022): an alarm once the lower end of operation's risk, valid at all
/// times at once, lies above the upper end of the reference's. Both are ``BoundedMeanSequence``s of
/// losses between 0 and 1; each of the four ends that the interval is made of fails with α/4, so
/// that a false alarm has a probability of α/2 at most over the whole run.
///
/// The risk is the mean over all rows of operation so far: harm that begins late shows late, and a
/// benign shift, on which the model errs no more, not at all. `nil` where a side has no row.
package struct HarmfulShift: Sendable {
    /// The steps of a sequence, at most: longer ones are taken as means of blocks of rows.
    static let stepLimit = 20_000

    /// The mean loss of operation less that of the reference.
    package let value: Double
    /// Where the difference of the risks lies.
    package let interval: Interval
    /// The upper end of the reference's risk.
    package let bound: Double
    /// The mean losses.
    package let risks: (reference: Double, operation: Double)
    private let sequence: BoundedMeanSequence
    private let block: Int
    private let rows: Int

    /// Losses from 0 to 1 in the order in which they came, each weight above 0. `most` bounds the
    /// weights of operation; the largest stands for it if `nil`.
    package init?(
        reference: [Double], referenceWeights: [Double]? = nil, operation: [Double],
        weights: [Double]? = nil, most: Double? = nil, alpha: Double, seed: UInt64
    ) {
        guard !reference.isEmpty, !operation.isEmpty else { return nil }
        // A reference is one sample: in a random order its mean does not move.
        let chance = CounterStream(seed: seed, stream: 95)
        let order = NumberOrder.ascending(
            (0..<UInt64(reference.count)).map { chance.uniform($0) })
        let before = Self.sequence(
            order.map { reference[Int($0)] },
            referenceWeights.map { weights in order.map { weights[Int($0)] } }, nil, alpha: alpha)
        let now = Self.sequence(operation, weights, most, alpha: alpha)
        (sequence, block) = (now.sequence, now.block)
        rows = operation.count
        let one = before.sequence.interval(after: .max)
        let lower = now.sequence.lower(after: .max) - one.upper
        let upper = now.sequence.upper(after: .max) - one.lower
        bound = one.upper
        risks = (Self.mean(reference, referenceWeights), Self.mean(operation, weights))
        value = risks.operation - risks.reference
        // Where the risk moved to and fro, the mean of all rows can lie outside.
        interval = Interval(
            lower: min(value, lower), upper: max(value, upper, lower))
    }

    /// The rows of operation after which the alarm sounded; `nil` if it never did.
    package var alarm: Int? {
        guard lower(after: rows) > bound else { return nil }
        var (low, high) = (0, rows)
        while high - low > 1 {
            let middle = (low + high) / 2
            if lower(after: middle) > bound { high = middle } else { low = middle }
        }
        return high
    }

    /// The lower end of operation's risk after some rows.
    package func lower(after rows: Int) -> Double { sequence.lower(after: steps(rows)) }

    /// Where operation's risk lies, by the rows up to then.
    package func risk(after rows: Int) -> Interval { sequence.interval(after: steps(rows)) }

    private func steps(_ rows: Int) -> Int { rows >= self.rows ? .max : rows / block }

    private static func mean(_ losses: [Double], _ weights: [Double]?) -> Double {
        guard let weights else { return losses.reduce(0, +) / Double(losses.count) }
        return zip(losses, weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
    }

    /// A block's mean is a number from 0 to 1 of the same mean, and its weight has the same bound.
    private static func sequence(
        _ losses: [Double], _ weights: [Double]?, _ most: Double?, alpha: Double
    ) -> (sequence: BoundedMeanSequence, block: Int) {
        let block = (losses.count - 1) / stepLimit + 1
        guard block > 1 else {
            return (
                BoundedMeanSequence(losses, weights: weights, most: most, alpha: alpha / 2), 1
            )
        }
        var (means, masses): ([Double], [Double]) = ([], [])
        // A last block that is not full would have another weight.
        for start in stride(from: 0, through: losses.count - block, by: block) {
            let part = start..<(start + block)
            let mass = part.reduce(0) { $0 + (weights?[$1] ?? 1) }
            let sum = part.reduce(0) { $0 + losses[$1] * (weights?[$1] ?? 1) }
            means.append(min(1, max(0, sum / mass)))
            masses.append(mass / Double(block))
        }
        let bound = most ?? weights?.max()
        return (
            BoundedMeanSequence(
                means, weights: weights == nil ? nil : masses, most: bound, alpha: alpha / 2), block
        )
    }
}
