import Glibc

/// A smooth function that is dear to compute, as a polynomial through some of its values.
///
///     let curve = SmoothCurve(from: 0, to: 1) { exp($0) }
///     curve.value(0.5)          // 1.64872127070012…
///
/// The values are taken at Chebyshev's points, where the polynomial through them converges as fast
/// as the function is smooth, and is read by the barycentric formula (J.-P. Berrut and L. N.
/// Trefethen, "Barycentric Lagrange interpolation", 2004). Points are doubled until those of half
/// as many foretell the new ones: the polynomial is then as exact as the values.
struct SmoothCurve: Sendable {
    /// The ends, between which it is read.
    let from: Double
    let to: Double
    /// The values at the points, from `to` down to `from`.
    private let values: [Double]
    private let points: [Double]

    /// Half as many points are right to this: what is left then is about its square.
    private static let tolerance = 1e-9
    /// The parts at first and at most.
    private static let parts = 32...1_024

    /// The curve of a function of values about 1, which is called for each point once.
    init(from: Double, to: Double, _ function: (Double) throws -> Double) rethrows {
        precondition(from < to, "a curve has a length")
        (self.from, self.to) = (from, to)
        var parts = Self.parts.lowerBound
        var points = Self.points(parts, from, to)
        var values = try points.map(function)
        while parts < Self.parts.upperBound {
            let finer = Self.points(2 * parts, from, to)
            let between = stride(from: 1, to: 2 * parts, by: 2).map { finer[$0] }
            let new = try between.map(function)
            let miss = zip(between, new).map { abs(Self.value($0, points, values) - $1) }.max() ?? 0
            var both = [values[0]]
            for (value, next) in zip(new, values.dropFirst()) { both += [value, next] }
            values = both
            (points, parts) = (finer, 2 * parts)
            if miss < Self.tolerance { break }
        }
        (self.points, self.values) = (points, values)
    }

    /// The function at a place between the ends.
    func value(_ x: Double) -> Double {
        precondition(x >= from && x <= to, "a curve is read between its ends")
        return Self.value(x, points, values)
    }

    private static func points(_ parts: Int, _ from: Double, _ to: Double) -> [Double] {
        (0...parts).map {
            (from + to) / 2 + (to - from) / 2 * cos(Double.pi * Double($0) / Double(parts))
        }
    }

    private static func value(_ x: Double, _ points: [Double], _ values: [Double]) -> Double {
        var (above, below) = (0.0, 0.0)
        let last = points.count - 1
        for place in points.indices {
            let distance = x - points[place]
            if distance == 0 { return values[place] }
            let size = place == 0 || place == last ? 0.5 : 1
            let weight = (place % 2 == 0 ? size : -size) / distance
            above += weight * values[place]
            below += weight
        }
        return above / below
    }
}
