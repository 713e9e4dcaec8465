/// Numbers of which another has counted how many lie in each of some ranges.
///
///     var counted = CountedNumbers(centre: 2)
///     counted.add(least: 1, most: 1, count: 2, distances: -2, squares: 2)     // 1, 1
///     counted.add(least: 2, most: 4, count: 3, distances: 3, squares: 5)      // 2, 3, 4
///     let sample = counted.ordered()
///     sample.mean             // 2.2
///     sample.rankError        // 0.2: of 3, nothing says how many lie at 2
///
/// Of each range the smallest and the largest number are known, their count, and sums about a
/// centre: count, range, mean and variance of the whole are exact. The count up to a place is exact
/// but within a range; there half of the range's numbers are taken for its smallest one and the
/// others for its largest, which is wrong by no more than half of them. That is the
/// ``OrderedSample/rankError``, and 0 where each range is of one number.
///
/// Rows can have weights: each range then has a mass, and the shares are those of the mass.
package struct CountedNumbers: Sendable {
    private struct Range {
        var least: Double
        var most: Double
        var count: Int
        /// The sum of the weights: the count, without weights.
        var mass: Double

        var isOneNumber: Bool { least == most }
    }

    private let centre: Double
    private let isWeighted: Bool
    private var ranges: [Range] = []
    private var distances = 0.0
    private var squares = 0.0
    private var squaredWeights = 0.0

    /// No number yet. The sums are about this centre: the mean, or near it. Where rows have weights
    /// every range comes with its mass, and otherwise none does.
    package init(centre: Double, isWeighted: Bool = false) {
        self.centre = centre
        self.isWeighted = isWeighted
    }

    /// Adds a range that no other one overlaps: how many numbers lie in it, Σ(x − centre) and
    /// Σ(x − centre)², each term times its row's weight where rows have weights.
    package mutating func add(
        least: Double, most: Double, count: Int, mass: CountedMass? = nil, distances: Double,
        squares: Double
    ) {
        precondition(count > 0 && least <= most, "a range holds something")
        precondition((mass != nil) == isWeighted, "all ranges have a mass, or none has")
        ranges.append(
            Range(
                least: least + 0, most: most + 0, count: count, mass: mass?.sum ?? Double(count)))
        self.distances += distances
        self.squares += squares
        squaredWeights += mass?.squares ?? 0
    }

    /// Adds a number, so many times.
    package mutating func add(_ value: Double, times: Int, mass: CountedMass? = nil) {
        let (distance, sum) = (value - centre, mass?.sum ?? Double(times))
        add(
            least: value, most: value, count: times, mass: mass, distances: sum * distance,
            squares: sum * distance * distance)
    }

    /// The numbers in order, from which all statistics are computed.
    package consuming func ordered() -> OrderedSample {
        ranges.sort { $0.least < $1.least }
        var rows: [(value: Double, weight: Double)] = []
        var lost = 0.0
        for range in ranges {
            if range.isOneNumber {
                rows.append((range.least, range.mass))
            } else {
                // Between its ends 1 to count − 1 numbers can lie below a place; of weights only
                // their sum is known.
                let lower = isWeighted ? range.mass / 2 : Double((range.count + 1) / 2)
                rows.append((range.least, lower))
                rows.append((range.most, range.mass - lower))
                let most = isWeighted ? lower : max(lower - 1, range.mass - 1 - lower)
                lost = max(lost, most)
            }
        }
        let count = ranges.reduce(0) { $0 + $1.count }
        let total = ranges.reduce(0.0) { $0 + $1.mass }
        return OrderedSample(
            sketch: rows, count: count, squaredWeights: isWeighted ? squaredWeights : nil,
            moments: moments(rows, total: total), rankError: count > 0 ? lost / total : 0)
    }

    private func moments(_ rows: [(value: Double, weight: Double)], total: Double) -> Moments {
        guard ranges.allSatisfy(\.isOneNumber) else {
            return Moments(
                total: total, centre: centre, distances: distances, squares: squares,
                minimum: rows.first?.value ?? 0, maximum: rows.last?.value ?? 0)
        }
        return rows.map(\.value).withUnsafeBufferPointer { values in
            rows.map(\.weight).withUnsafeBufferPointer { Moments(values, masses: $0) }
        }
    }

    /// Ascending edges at which numbers are to be counted, made of a sample: about `parts` ranges
    /// that hold as much each, and a range of its own for a number that the sample holds often.
    /// `range` are the smallest and the largest of all numbers; `weights` what each number of the
    /// sample weighs, where rows have weights.
    package static func edges(
        sample: [Double], weights: [Double]? = nil, range: ClosedRange<Double>, parts: Int
    ) -> [Double] {
        precondition(parts > 0, "there is a range")
        precondition(weights.map { $0.count == sample.count } ?? true, "a weight for each number")
        let sorted = weights.map { zip(sample, $0).sorted { $0.0 < $1.0 } }
        let values = sorted?.map(\.0) ?? sample.sorted()
        let total = sorted.map { $0.reduce(0) { $0 + $1.1 } } ?? Double(values.count)
        var edges: Set<Double> = [range.lowerBound + 0, range.upperBound.nextUp]
        let step = max(weights == nil ? 1 : 0, total / Double(parts))
        var (next, mass) = (0.0, 0.0)
        var place = 0
        while place < values.count {
            let value = values[place]
            let before = mass
            var end = place
            while end < values.count && values[end] == value {
                mass += sorted?[end].1 ?? 1
                end += 1
            }
            // One row of the sample may stand by itself for more than its range.
            let isOften = end - place > 1 || weights != nil && mass - before >= step / 4
            if mass > next || isOften && mass - before >= step / 4 {
                edges.insert(value + 0)
                if isOften { edges.insert(value.nextUp) }
                while next < mass && step > 0 { next += step }
            }
            place = end
        }
        return edges.filter(\.isFinite).sorted()
    }
}
