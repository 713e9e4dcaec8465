/// How much predictions vary: how many there are, how many rows the most frequent one has, and how
/// long it stays the same from row to row.
///
///     let spread = PredictionSpread([0.5, 0.5, 0.5, 0.1])
///     spread?.distinct             // 2
///     spread?.mode                 // 0.5
///     spread?.longestRun           // 3
///     spread?.runProbability       // 0.5: two of the four orders of these rows have such a run
///
/// None of them knows a label: a model may vary and be of no use.
package struct PredictionSpread: Sendable, Equatable {
    /// The number of different predictions.
    package let distinct: Int
    /// The prediction of the most rows, by weight; the smallest of several.
    package let mode: Double
    /// The rows of the longest run of one prediction, in the order in which they come.
    package let longestRun: Int
    /// The first row of that run.
    package let runStart: Int
    /// How likely a run as long or longer is in a random order of these predictions, by
    /// ``RunChance`` summed over the predictions that have enough rows for it: at most that, and
    /// exact where only one has.
    package let runProbability: Double

    /// The spread of predictions that are no NaN; `nil` without any.
    package init?(_ predictions: [Double], weights: [Double]? = nil) {
        guard let first = predictions.first else { return nil }
        precondition(weights.map { $0.count == predictions.count } ?? true, "a weight for each")
        var (longest, start, current) = (1, 0, 0)
        for row in predictions.indices {
            if predictions[row] != predictions[current] { current = row }
            if row - current + 1 > longest { (longest, start) = (row - current + 1, current) }
        }
        let order = NumberOrder.ascending(predictions)
        var (mode, most, distinct, chance) = (first, 0.0, 0, 0.0)
        var place = 0
        while place < order.count {
            let value = predictions[Int(order[place])]
            let begin = place
            var mass = 0.0
            while place < order.count, predictions[Int(order[place])] == value {
                mass += weights?[Int(order[place])] ?? 1
                place += 1
            }
            distinct += 1
            if mass > most { (mode, most) = (value, mass) }
            if place - begin >= longest, chance < 1 {
                chance += RunChance.atLeast(longest, of: place - begin, among: order.count)
            }
        }
        self.distinct = distinct
        self.mode = mode
        longestRun = longest
        runStart = start
        runProbability = min(1, chance)
    }
}
