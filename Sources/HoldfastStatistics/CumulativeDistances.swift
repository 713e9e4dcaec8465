/// The two distances of cumulative shares in the unit of the values: each is a sum over the gaps
/// between the values of two samples.
struct CumulativeDistances {
    private let inverse: (reference: Double, candidate: Double)
    private var area = 0.0
    private var squares = 0.0

    init(_ referenceCount: Double, _ candidateCount: Double) {
        inverse = (1 / referenceCount, 1 / candidateCount)
    }

    @inline(__always)
    mutating func add(_ tie: Tie) {
        let difference =
            (tie.referenceBelow + tie.reference) * inverse.reference
            - (tie.candidateBelow + tie.candidate) * inverse.candidate
        area += abs(difference) * tie.gap
        squares += difference * difference * tie.gap
    }

    /// ∫ |F − G| dx: by how far rows have to move on average to make one sample the other.
    ///
    /// L. N. Wasserstein (1969), here of order 1, which on a line is the area between the two
    /// cumulative shares (S. S. Vallender, "Calculation of the Wasserstein distance between
    /// probability distributions on the line", 1974). In the unit of the values, so that one
    /// outlier at 10⁹ rules it. `nil` where it is beyond a double.
    var wasserstein: Double? { area.isFinite ? area : nil }

    /// √(2 ∫ (F − G)² dx), in the square root of the unit (G. J. Székely and M. L. Rizzo, "Energy
    /// statistics: a class of statistics based on distances", 2013): √(2 E|X − Y| − E|X − X′| −
    /// E|Y − Y′|). A shift of a few rows counts for less than in the area. `nil` where it is beyond
    /// a double.
    var energy: Double? { squares.isFinite ? (2 * squares).squareRoot() : nil }
}
