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
package struct CountedNumbers: Sendable {
    private struct Range {
        var least: Double
        var most: Double
        var count: Int
    }

    private let centre: Double
    private var ranges: [Range] = []
    private var distances = 0.0
    private var squares = 0.0

    /// No number yet. The sums are about this centre: the mean, or near it.
    package init(centre: Double) { self.centre = centre }

    /// Adds a range that no other one overlaps: how many numbers lie in it, Σ(x − centre) and
    /// Σ(x − centre)².
    package mutating func add(
        least: Double, most: Double, count: Int, distances: Double, squares: Double
    ) {
        precondition(count > 0 && least <= most, "a range holds something")
        ranges.append(Range(least: least + 0, most: most + 0, count: count))
        self.distances += distances
        self.squares += squares
    }

    /// Adds a number, so many times.
    package mutating func add(_ value: Double, times: Int) {
        let distance = value - centre
        add(
            least: value, most: value, count: times, distances: Double(times) * distance,
            squares: Double(times) * distance * distance)
    }

    /// The numbers in order, from which all statistics are computed.
    package consuming func ordered() -> OrderedSample {
        ranges.sort { $0.least < $1.least }
        var values: [Double] = []
        var masses: [Double] = []
        var lost = 0
        func put(_ value: Double, _ count: Int) {
            if values.last == value {
                masses[masses.count - 1] += Double(count)
            } else {
                values.append(value)
                masses.append(Double(count))
            }
        }
        for range in ranges {
            if range.least == range.most {
                put(range.least, range.count)
            } else {
                let lower = (range.count + 1) / 2
                put(range.least, lower)
                put(range.most, range.count - lower)
                // Between its ends 1 to count − 1 numbers can lie below a place.
                lost = max(lost, lower - 1, range.count - 1 - lower)
            }
        }
        let count = ranges.reduce(0) { $0 + $1.count }
        let moments =
            ranges.allSatisfy { $0.least == $0.most }
            ? values.withUnsafeBufferPointer { values in
                masses.withUnsafeBufferPointer { Moments(values, masses: $0) }
            }
            : Moments(
                count: count, centre: centre, distances: distances, squares: squares,
                minimum: values.first ?? 0, maximum: values.last ?? 0)
        return OrderedSample(
            sketch: zip(values, masses).map { (value: $0, weight: $1) }, moments: moments,
            rankError: count > 0 ? Double(lost) / Double(count) : 0)
    }

    /// Ascending edges at which numbers are to be counted, made of a sample: about `parts` ranges
    /// that hold as many each, and a range of its own for a number that the sample holds often.
    /// `range` are the smallest and the largest of all numbers.
    package static func edges(
        sample: [Double], range: ClosedRange<Double>, parts: Int
    ) -> [Double] {
        precondition(parts > 0, "there is a range")
        let sorted = sample.sorted()
        var edges: Set<Double> = [range.lowerBound + 0, range.upperBound.nextUp]
        let step = max(1, Double(sorted.count) / Double(parts))
        var next = 0.0
        var place = 0
        while place < sorted.count {
            let value = sorted[place]
            var end = place + 1
            while end < sorted.count && sorted[end] == value { end += 1 }
            let isOften = end - place > 1
            if Double(end) > next || isOften && Double(end - place) >= step / 4 {
                edges.insert(value + 0)
                if isOften { edges.insert(value.nextUp) }
                while next < Double(end) { next += step }
            }
            place = end
        }
        return edges.filter(\.isFinite).sorted()
    }
}
