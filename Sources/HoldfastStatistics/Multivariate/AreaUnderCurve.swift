import Glibc

/// How often a row of the candidate has a higher score than one of the reference, ties half: the
/// area under the ROC curve, with its sampling variance.
///
///     let area = AreaUnderCurve(
///         scores: [0.1, 0.4, 0.35, 0.8], isCandidate: [false, false, true, true])
///     area?.area        // 0.75
///     area?.variance    // 0.125
///
/// The variance is that of E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the
/// areas under two or more correlated receiver operating characteristic curves: a nonparametric
/// approach" (1988), by ranks as in X. Sun and W. Xu, "Fast implementation of DeLong's algorithm"
/// (2014): n log n instead of nm. It holds for scores that come from other rows than these. It is 0
/// where the scores part the tables wholly, or do not vary.
package struct AreaUnderCurve: Sendable, Equatable {
    /// The area, from 0 to 1.
    package let area: Double
    /// DeLong's variance of it.
    package let variance: Double
    /// The rows of the reference: of weighted ones, those of equal weight that tell as much.
    package let referenceSize: Double
    /// The rows of the candidate, likewise.
    package let candidateSize: Double

    /// The area of some scores, none of them NaN, or `nil` with fewer than two rows of a table.
    ///
    /// With weights w the shares of rows are shares of weight, and a table's part of the variance
    /// is Σ w²(V − A)² / (Σ w)², times k/(k − 1) for k = (Σ w)²/Σ w² rows.
    package init?(scores: [Double], isCandidate: [Bool], weights: [Double]? = nil) {
        precondition(scores.count == isCandidate.count, "each score is of a table")
        let order = NumberOrder.ascending(scores)
        var (ours, theirs) = (Moments(), Moments())
        for place in scores.indices {
            let weight = weights?[place] ?? 1
            if isCandidate[place] { ours.add(weight) } else { theirs.add(weight) }
        }
        guard ours.count > 1, theirs.count > 1 else { return nil }
        var (oursBelow, theirsBelow) = (0.0, 0.0)
        var start = 0
        while start < order.count {
            let score = scores[Int(order[start])]
            var (oursTied, theirsTied) = (Moments(), Moments())
            while start < order.count, scores[Int(order[start])] == score {
                let place = Int(order[start])
                let weight = weights?[place] ?? 1
                if isCandidate[place] { oursTied.add(weight) } else { theirsTied.add(weight) }
                start += 1
            }
            ours.add(oursTied, placed: (theirsBelow + theirsTied.sum / 2) / theirs.sum)
            let above = ours.sum - oursBelow - oursTied.sum / 2
            theirs.add(theirsTied, placed: above / ours.sum)
            oursBelow += oursTied.sum
            theirsBelow += theirsTied.sum
        }
        area = min(1, max(0, ours.placed / ours.sum))
        variance = ours.variance(around: area) + theirs.variance(around: area)
        referenceSize = theirs.size
        candidateSize = ours.size
    }

    /// Weights of rows, and where they stand among the other table's.
    private struct Moments {
        var count = 0
        var sum = 0.0
        var squares = 0.0
        var placed = 0.0
        /// Around ½, about which the square of a sum loses few digits.
        var placedSquares = (one: 0.0, two: 0.0)

        mutating func add(_ weight: Double) {
            count += 1
            sum += weight
            squares += weight * weight
        }

        mutating func add(_ tied: Moments, placed value: Double) {
            placed += tied.sum * value
            placedSquares.one += tied.squares * (value - 0.5)
            placedSquares.two += tied.squares * (value - 0.5) * (value - 0.5)
        }

        var size: Double { sum * sum / squares }

        func variance(around area: Double) -> Double {
            let middle = area - 0.5
            let spread =
                placedSquares.two - 2 * middle * placedSquares.one + middle * middle * squares
            return max(0, spread) / (sum * sum) * size / (size - 1)
        }
    }

    /// The variance of an area of `area` for exponential scores, which is known without any score:
    /// J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a receiver operating
    /// characteristic (ROC) curve" (1982), with the sizes evened as by R. G. Newcombe, "Confidence
    /// intervals for an effect size measure based on the Mann–Whitney statistic. Part 2" (2006).
    static func typicalVariance(_ area: Double, referenceSize n: Double, candidateSize m: Double)
        -> Double
    {
        let more = (n + m) / 2 - 1
        return area * (1 - area) / (n * m)
            * (1 + more * ((1 - area) / (2 - area) + area / (1 + area)))
    }
}
