/// What some rows weigh together.
package struct CountedMass: Sendable, Equatable {
    /// The sum of the weights.
    package var sum: Double
    /// The sum of the weights' squares.
    package var squares: Double

    /// Sums of weights that are finite and not negative.
    package init(sum: Double, squares: Double) {
        self.sum = sum
        self.squares = squares
    }

    /// So many rows of the weight 1.
    package init(rows: Int) { self.init(sum: Double(rows), squares: Double(rows)) }

    /// Whether it is that of so many rows without weights: only weights of 1 have both sums.
    func isOfRows(_ count: Int) -> Bool { self == CountedMass(rows: count) }

    package static func += (all: inout CountedMass, more: CountedMass) {
        all.sum += more.sum
        all.squares += more.squares
    }

    /// Takes off what some of the rows weigh: never below 0, whatever the sums were rounded to.
    package static func -= (all: inout CountedMass, some: CountedMass) {
        all.sum = max(0, all.sum - some.sum)
        all.squares = max(0, all.squares - some.squares)
    }
}
