/// The mass, the mean and the sum of squares about it of some numbers, and their range.
///
/// Two passes: the mean is that of the distances from a middle value, the squares are about the
/// mean, with the correction of the corrected two-pass algorithm (T. F. Chan, G. H. Golub and R. J.
/// LeVeque, "Algorithms for computing the sample variance: analysis and recommendations", 1983), so
/// that an offset of 10⁹ costs no digit of the variance. Parts ``merge(_:)`` by the pairwise rule
/// of the same authors' of 1982. The mean of finite numbers is finite even where their sum is not;
/// squares beyond a double are infinite here, and the variance made of them is `nil`.
struct Moments: Sendable {
    /// The sum of the masses: the count, where each value has the mass 1.
    private(set) var total = 0.0
    private(set) var mean = 0.0
    /// What the rounding of ``mean`` left of it: of use where two means are subtracted.
    private(set) var meanRest = 0.0
    /// Σ mass (x − mean)².
    private(set) var squares = 0.0
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity

    init() {}

    /// Moments that were added up elsewhere, about a centre: Σ mass (x − centre) and
    /// Σ mass (x − centre)².
    ///
    /// As exact as the centre is near to the mean.
    init(
        total: Double, centre: Double, distances: Double, squares: Double, minimum: Double,
        maximum: Double
    ) {
        guard total > 0 else { return }
        self.total = total
        let shift = distances / total
        mean = centre + shift
        let rest = shift - (mean - centre)
        meanRest = rest.isFinite ? rest : 0
        let about = squares - distances * shift
        self.squares = about.isNaN ? .infinity : max(0, about)
        self.minimum = minimum
        self.maximum = maximum
    }

    /// The moments of values, each of the mass 1 where `masses` is `nil`.
    init(_ values: UnsafeBufferPointer<Double>, masses: UnsafeBufferPointer<Double>? = nil) {
        guard !values.isEmpty else { return }
        for value in values {
            minimum = value < minimum ? value : minimum
            maximum = value > maximum ? value : maximum
        }
        total = masses.map { Self.sum($0.count, of: $0) } ?? Double(values.count)
        let centre = values[values.count / 2]
        let shift = Self.sum(values.count, masses) { values[$0] - centre } / total
        mean = centre + shift
        if !shift.isFinite || !mean.isFinite {
            // The distances' sum is beyond a double, but the mean lies among the values.
            let scale = 0x1p-128
            let part = Self.sum(values.count, masses) { values[$0] * scale } / total
            mean = part / scale
        }
        let mean = mean
        let rest = Self.sum(values.count, masses) { values[$0] - mean }
        squares = Self.sum(values.count, masses) {
            let distance = values[$0] - mean
            return distance * distance
        }
        squares = max(0, squares - rest * rest / total)
        if squares.isNaN { squares = .infinity }
        meanRest = rest.isFinite ? rest / total : 0
    }

    private static func sum(_ count: Int, of items: UnsafeBufferPointer<Double>) -> Double {
        sum(count, nil) { items[$0] }
    }

    /// Σ mass · item in four interleaved sums, which is faster than one and rounds less.
    @inline(__always)
    private static func sum(
        _ count: Int, _ masses: UnsafeBufferPointer<Double>?, _ item: (Int) -> Double
    ) -> Double {
        var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
        var place = 0
        if let masses {
            while place + 4 <= count {
                a += masses[place] * item(place)
                b += masses[place + 1] * item(place + 1)
                c += masses[place + 2] * item(place + 2)
                d += masses[place + 3] * item(place + 3)
                place += 4
            }
            while place < count {
                a += masses[place] * item(place)
                place += 1
            }
        } else {
            while place + 4 <= count {
                a += item(place)
                b += item(place + 1)
                c += item(place + 2)
                d += item(place + 3)
                place += 4
            }
            while place < count {
                a += item(place)
                place += 1
            }
        }
        return (a + b) + (c + d)
    }

    /// Adds what other moments have seen.
    mutating func merge(_ other: Moments) {
        guard other.total > 0 else { return }
        let whole = total + other.total
        let distance = other.mean - mean + (other.meanRest - meanRest)
        squares += other.squares + distance * distance * total * (other.total / whole)
        let shift = meanRest + distance * (other.total / whole)
        let moved = mean + shift
        meanRest = shift - (moved - mean)
        if !meanRest.isFinite { meanRest = 0 }
        mean = moved
        total = whole
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    /// The mean, or `nil` without a value or where it was lost beyond a double in a merger.
    var finiteMean: Double? { total > 0 && mean.isFinite ? mean : nil }

    /// squares / `freedom`, or `nil` where that is not defined or the squares are beyond a double.
    func variance(freedom: Double) -> Double? {
        freedom > 0 && squares.isFinite ? squares / freedom : nil
    }
}
