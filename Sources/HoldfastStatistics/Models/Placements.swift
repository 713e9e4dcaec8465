/// Where each row stands among the rows of the other label: what the area under the curve is the
/// mean of, row by row.
///
///     let placements = Placements(
///         scores: [0.1, 0.4, 0.35, 0.8], isPositive: [false, false, true, true])
///     placements?.values   // [1, 0.5, 0.5, 1]
///
/// A positive has the share of the negatives' weight below it, a negative the share of the
/// positives' weight above it, ties half (DeLong, DeLong and Clarke-Pearson, 1988).
package struct Placements: Sendable {
    /// One a row, in the order in which they came.
    package let values: [Double]
    /// The mean of the positives' and of the negatives' values.
    package let area: Double

    /// `nil` without a positive or a negative.
    package init?(scores: [Double], isPositive: [Bool], weights: [Double]? = nil) {
        self.init(
            scores: scores, isPositive: isPositive, weights: weights,
            order: NumberOrder.ascending(scores))
    }

    /// The same of scores whose ascending order is known.
    init?(scores: [Double], isPositive: [Bool], weights: [Double]?, order: [Int32]) {
        var (yes, no) = (0.0, 0.0)
        for row in scores.indices {
            let weight = weights?[row] ?? 1
            if isPositive[row] { yes += weight } else { no += weight }
        }
        guard yes > 0, no > 0 else { return nil }
        var values = [Double](repeating: 0, count: scores.count)
        var (yesBelow, noBelow, sum) = (0.0, 0.0, 0.0)
        var start = 0
        while start < order.count {
            var end = start
            var (yesTied, noTied) = (0.0, 0.0)
            while end < order.count, scores[Int(order[end])] == scores[Int(order[start])] {
                let row = Int(order[end])
                let weight = weights?[row] ?? 1
                if isPositive[row] { yesTied += weight } else { noTied += weight }
                end += 1
            }
            let below = (noBelow + noTied / 2) / no
            let above = (yes - yesBelow - yesTied / 2) / yes
            for place in start..<end {
                let row = Int(order[place])
                values[row] = isPositive[row] ? below : above
            }
            sum += yesTied * below
            yesBelow += yesTied
            noBelow += noTied
            start = end
        }
        self.values = values
        area = min(1, max(0, sum / yes))
    }

    /// The area less another's of the same rows, by the covariance of the placements: the variance
    /// is the sum over both labels of that of the differences, row by row.
    ///
    /// No interval where no row's placements differ but by as much; nor, with fewer than two rows
    /// of a label, a standard error.
    package static func difference(
        _ one: Placements, _ other: Placements, isPositive: [Bool], weights: [Double]?,
        level: Double
    ) -> FigureEstimate {
        let value = one.area - other.area
        func part(_ label: Bool) -> RowMean? {
            RowMean(
                count: isPositive.count, of: { one.values[$0] - other.values[$0] },
                weight: { isPositive[$0] == label ? weights?[$0] ?? 1 : 0 })
        }
        guard let yes = part(true), let no = part(false), yes.size > 1, no.size > 1 else {
            return FigureEstimate(value)
        }
        let errors = (yes.standardError ?? 0, no.standardError ?? 0)
        let variance = errors.0 * errors.0 + errors.1 * errors.1
        guard variance > 0 else { return FigureEstimate(value) }
        // F. E. Satterthwaite, "An approximate distribution of estimates of variance components"
        // (1946): few rows of a label that vary much leave few degrees of freedom.
        let parts = (
            errors.0 * errors.0 * errors.0 * errors.0 / (yes.size - 1),
            errors.1 * errors.1 * errors.1 * errors.1 / (no.size - 1)
        )
        let quantile = StudentT.exceeded(
            by: (1 - level) / 2, degreesOfFreedom: variance * variance / (parts.0 + parts.1))
        let error = variance.squareRoot()
        let interval = FigureScale.plain.interval(
            around: value, standardError: error, quantile: quantile)
        return FigureEstimate(
            value, standardError: error,
            interval: interval.map {
                Interval(lower: max(-1, $0.lower), upper: min(1, $0.upper))
            })
    }
}
