/// Labelled rows in the ascending order of their scores, those of one score together: what every
/// figure of a binary model is counted from.
///
///     let groups = ScoreGroups(
///         scores: [0.8, 0.1, 0.8], isPositive: [true, false, false], weights: [2, 1, 3])
///     groups.scores     // [0.1, 0.8]
///     groups.positive   // [0, 2], the weight of the positives
///     groups.negative   // [1, 3]
///
/// Rows are sorted once, by their digits (``NumberOrder``); no figure looks at a row again.
package struct ScoreGroups: Sendable {
    /// The distinct scores, ascending.
    package private(set) var scores: [Double] = []
    /// The weight of the positives of each score.
    package private(set) var positive: [Double] = []
    /// The weight of the negatives of each score.
    package private(set) var negative: [Double] = []
    /// The sums of their squared weights.
    private(set) var positiveSquares: [Double] = []
    private(set) var negativeSquares: [Double] = []
    /// The rows, whatever they weigh.
    package private(set) var positiveRows = 0
    package private(set) var negativeRows = 0
    /// The places of the rows from the lowest score to the highest.
    let order: [Int32]
    /// Rows in score order, where they may be weighted anew: by their clusters.
    private(set) var rows: Rows?

    /// Rows in score order.
    struct Rows: Sendable {
        /// The weight of a positive, minus that of a negative.
        var signed: [Double]
        /// Which cluster each is of.
        var clusters: [Int32]
        /// Where the rows of each score end.
        var ends: [Int32]
    }

    /// The groups of some rows; scores are no NaN, weights are above 0.
    package init(
        scores: [Double], isPositive: [Bool], weights: [Double]? = nil, clusters: [Int32]? = nil
    ) {
        precondition(scores.count == isPositive.count, "each score has a label")
        precondition(weights.map { $0.count == scores.count } ?? true, "a weight a row")
        precondition(clusters.map { $0.count == scores.count } ?? true, "a cluster a row")
        let order = NumberOrder.ascending(scores)
        self.order = order
        if let weights {
            collect(order, scores, isPositive) { weights[$0] }
        } else {
            collect(order, scores, isPositive) { _ in 1 }
        }
        guard let clusters else { return }
        var rows = Rows(signed: [], clusters: order.map { clusters[Int($0)] }, ends: [])
        rows.signed = order.map { place in
            let weight = weights?[Int(place)] ?? 1
            return isPositive[Int(place)] ? weight : -weight
        }
        rows.ends.reserveCapacity(self.scores.count)
        for place in order.indices.dropFirst()
        where scores[Int(order[place])] != scores[Int(order[place - 1])] {
            rows.ends.append(Int32(place))
        }
        if !order.isEmpty { rows.ends.append(Int32(order.count)) }
        self.rows = rows
    }

    @inline(__always)
    private mutating func collect(
        _ order: [Int32], _ scores: [Double], _ isPositive: [Bool], weight: (Int) -> Double
    ) {
        self.scores.reserveCapacity(order.count)
        positive.reserveCapacity(order.count)
        negative.reserveCapacity(order.count)
        positiveSquares.reserveCapacity(order.count)
        negativeSquares.reserveCapacity(order.count)
        scores.withUnsafeBufferPointer { scores in
            isPositive.withUnsafeBufferPointer { isPositive in
                var start = 0
                while start < order.count {
                    // Adding 0 makes −0 the 0 that it equals.
                    let score = scores[Int(order[start])] + 0
                    var (plus, minus, plusSquares, minusSquares) = (0.0, 0.0, 0.0, 0.0)
                    repeat {
                        let row = Int(order[start])
                        let weight = weight(row)
                        if isPositive[row] {
                            plus += weight
                            plusSquares += weight * weight
                            positiveRows += 1
                        } else {
                            minus += weight
                            minusSquares += weight * weight
                        }
                        start += 1
                    } while start < order.count && scores[Int(order[start])] == score
                    self.scores.append(score)
                    positive.append(plus)
                    negative.append(minus)
                    positiveSquares.append(plusSquares)
                    negativeSquares.append(minusSquares)
                }
            }
        }
        negativeRows = order.count - positiveRows
    }

    /// The weights of the groups where each cluster counts as often as it was drawn.
    func reweight(_ drawn: [UInt8], _ positive: inout [Double], _ negative: inout [Double]) {
        guard let rows else { preconditionFailure("rows without clusters are not drawn") }
        positive.withUnsafeMutableBufferPointer { positive in
            negative.withUnsafeMutableBufferPointer { negative in
                rows.signed.withUnsafeBufferPointer { signed in
                    rows.clusters.withUnsafeBufferPointer { clusters in
                        drawn.withUnsafeBufferPointer { drawn in
                            var row = 0
                            for (group, end) in rows.ends.enumerated() {
                                var (plus, minus) = (0.0, 0.0)
                                while row < Int(end) {
                                    let times = Double(drawn[Int(clusters[row])])
                                    plus += times * max(signed[row], 0)
                                    minus -= times * min(signed[row], 0)
                                    row += 1
                                }
                                positive[group] = plus
                                negative[group] = minus
                            }
                        }
                    }
                }
            }
        }
    }

    /// The first group of a score that is at least the threshold.
    func first(atLeast threshold: Double) -> Int {
        var (low, high) = (0, scores.count)
        while low < high {
            let middle = (low + high) / 2
            if scores[middle] < threshold { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first of the highest groups that together hold no more than a share of the weight. Rows
    /// of one score go together: those that would pass the share are all left out, so that all is
    /// left out where the highest score is too frequent.
    func first(ofShare share: Double) -> Int {
        precondition(share >= 0 && share <= 1, "a share lies between 0 and 1")
        let total = zip(positive, negative).reduce(0) { $0 + $1.0 + $1.1 }
        // What rounding adds to a sum of weights passes no share.
        let most = share * total * (1 + 1e-12)
        var (taken, group) = (0.0, scores.count)
        while group > 0 {
            taken += positive[group - 1] + negative[group - 1]
            if taken > most { break }
            group -= 1
        }
        return group
    }
}
