/// Finite numbers in ascending order with their masses: what every statistic of numbers is made of.
///
///     let sample = OrderedSample([3, 1, 2, 2])
///     sample.quantile(0.5)            // 2.0
///     sample.share(atMost: 2)         // 0.75
///     sample.share(below: 2)          // 0.25
///
/// It comes from ``NumberSummary/ordered()`` and does not depend on the order in which the values
/// were added, but where it stands for a sketch: then ``rankError`` says by how much any share may
/// be wrong.
public struct OrderedSample: Sendable {
    /// The values in ascending order: each distinct one once where there are ``masses``.
    public let values: [Double]
    /// The mass of each of the ``values``, or `nil` where each is 1. Rows that tie are one value
    /// where that saves memory, that is where at most a quarter of the values are distinct.
    public let masses: [Double]?
    /// The rows.
    public let count: Int
    /// The sum of the masses: ``count`` where the rows have no weights.
    public let total: Double
    /// (Σw)² / Σw², the rows of equal weight that tell as much (L. Kish, "Survey Sampling", 1965);
    /// ``count`` where the rows have no weights. Its assumptions: see
    /// ``WeightSummary/effectiveSampleSize``.
    public let effectiveCount: Double
    /// Whether the rows have weights.
    public let isWeighted: Bool
    /// The most by which any share of this sample differs from that of the rows seen: 0 but where
    /// it stands for a sketch. A guarantee, not an estimate.
    public let rankError: Double
    /// The smallest value, `nil` without one.
    public let minimum: Double?
    /// The largest value, `nil` without one.
    public let maximum: Double?
    /// The mean, `nil` without a value.
    public let mean: Double?
    /// What the rounding of ``mean`` left of it.
    let meanRest: Double
    /// The sample variance, or `nil` for fewer than two values and where the squares are beyond a
    /// double. With weights Σw(x − mean)² · Σw / ((Σw)² − Σw²): see
    /// ``WeightedNumberSummary/variance``.
    public let variance: Double?

    /// A sample of finite values without weights, in any order.
    public init(_ values: [Double]) {
        var summary = NumberSummary()
        values.withUnsafeBufferPointer { summary.add(contentsOf: $0) }
        self = summary.ordered()
    }

    /// A sample without weights from values in ascending order.
    init(ascending values: consuming [Double]) {
        let moments = values.withUnsafeBufferPointer { Moments($0) }
        count = values.count
        total = Double(values.count)
        effectiveCount = total
        isWeighted = false
        rankError = 0
        minimum = values.first
        maximum = values.last
        mean = moments.finiteMean
        meanRest = moments.meanRest
        variance = moments.variance(freedom: moments.total - 1)
        if let ties = Self.ties(values) {
            self.values = ties.values
            masses = ties.masses
        } else {
            self.values = values
            masses = nil
        }
    }

    /// A sample from values in ascending order, those that tie in ascending order of their weights.
    init(ascending rows: [(value: Double, weight: Double)]) {
        // In units of the largest's power of two, so that no square of a weight is beyond a double
        // and nothing is rounded.
        let largest = rows.reduce(0) { max($0, $1.weight) }
        let unit = largest.binade
        var squares = 0.0
        var sum = 0.0
        let (values, masses) = Self.distinct(rows) { weight in
            let part = weight / unit
            squares += part * part
            sum += part
            return part
        }
        let moments = values.withUnsafeBufferPointer { values in
            masses.withUnsafeBufferPointer { Moments(values, masses: $0) }
        }
        count = rows.count
        total = sum * unit
        effectiveCount = rows.isEmpty ? 0 : min(Double(rows.count), sum * (sum / squares))
        isWeighted = true
        rankError = 0
        minimum = values.first
        maximum = values.last
        mean = moments.finiteMean
        meanRest = moments.meanRest
        variance =
            rows.count > 1 ? moments.variance(freedom: sum - squares / sum) : nil
        self.values = values
        self.masses = masses.map { $0 * unit }
    }

    /// A sample that stands for `count` rows, whose moments are known exactly, and the sum of the
    /// squared weights where rows have weights.
    init(
        sketch rows: [(value: Double, weight: Double)], count: Int, squaredWeights: Double? = nil,
        moments: Moments, rankError: Double
    ) {
        (values, masses) = Self.distinct(rows) { $0 }
        self.count = count
        total = moments.total
        let squares = squaredWeights ?? total
        effectiveCount = count > 0 ? min(Double(count), total * (total / squares)) : 0
        isWeighted = squaredWeights != nil
        self.rankError = rankError
        minimum = moments.minimum
        maximum = moments.maximum
        mean = moments.finiteMean
        meanRest = moments.meanRest
        variance = count > 1 ? moments.variance(freedom: total - squares / total) : nil
    }

    /// Each value of ascending rows once, with the sum of what `mass` makes of its rows' weights.
    private static func distinct(
        _ rows: [(value: Double, weight: Double)], _ mass: (Double) -> Double
    ) -> (values: [Double], masses: [Double]) {
        var values: [Double] = []
        var masses: [Double] = []
        for row in rows {
            let mass = mass(row.weight)
            if values.last == row.value {
                masses[masses.count - 1] += mass
            } else {
                values.append(row.value)
                masses.append(mass)
            }
        }
        return (values, masses)
    }

    /// The distinct values and how often each occurs, where at most a quarter are distinct.
    private static func ties(_ values: [Double]) -> (values: [Double], masses: [Double])? {
        guard let first = values.first else { return nil }
        let distinct = values.withUnsafeBufferPointer { values in
            var distinct = 1
            for place in 1..<max(1, values.count) {
                distinct += values[place] != values[place - 1] ? 1 : 0
            }
            return distinct
        }
        guard distinct <= values.count / 4 else { return nil }
        var found = [first]
        var masses: [Double] = []
        found.reserveCapacity(distinct)
        masses.reserveCapacity(distinct)
        var start = 0
        for (place, value) in values.enumerated() where value != found[found.count - 1] {
            masses.append(Double(place - start))
            found.append(value)
            start = place
        }
        masses.append(Double(values.count - start))
        return (found, masses)
    }

    /// This sample's mean less another's, `nil` without a row in either or where it is beyond a
    /// double. Exact where the means are large and almost alike.
    func meanLess(_ other: OrderedSample) -> Double? {
        guard let mean, let others = other.mean else { return nil }
        let difference = mean - others + (meanRest - other.meanRest)
        return difference.isFinite ? difference : nil
    }
}
