/// A share of the rows, by weight, with the number of rows of equal weight that it rests on.
package struct WeightedShare: Sendable, Equatable {
    /// From 0 to 1.
    package let share: Double
    /// Kish's effective sample size of all the rows, those outside the share included.
    package let size: Double

    /// A share of a sample that is worth `size` rows.
    package init(share: Double, size: Double) {
        precondition(share >= 0 && share <= 1 && size > 0, "a share lies between 0 and 1")
        self.share = share
        self.size = size
    }

    /// The share of some rows among these and others, or `nil` where there is no row, or a weight
    /// was refused.
    init?(of part: WeightSummary, in others: [WeightSummary]) {
        var whole = part
        for other in others { whole.merge(other) }
        guard let sum = whole.sum, let size = whole.effectiveSampleSize else { return nil }
        share = min(1, (part.sum ?? 0) / sum)
        self.size = size
    }
}
