/// How one column differs between two tables whose rows are joined by a key, such as a feature as
/// it was served and as it was computed again for training.
///
///     var skew = PairedSkew()
///     skew.add(1, 1)
///     skew.add(2, 2.5)
///     skew.add(3, .nan)
///     skew.share                  // 0.6666666666666666: one differs, one is missing on one side
///     skew.interval()             // 0.2076… ... 0.9385…
///     skew.meanShift              // 0.25, of the two pairs of numbers
///     skew.largest                // 0.5
///
/// Two tables can agree in each column's distribution and in no row; this sees rows. Counters only:
/// two skews of parts ``merge(_:)`` into that of the whole. A value that is missing on both sides
/// is equal. Rows without a partner are not seen here.
package struct PairedSkew: Sendable, Equatable {
    /// The largest difference of two numbers that are equal, relative to the larger of the two.
    package let tolerance: Double
    /// The pairs with equal values, those that are missing on both sides not among them.
    package private(set) var equal = 0
    /// The pairs with different values.
    package private(set) var different = 0
    /// The pairs with a value in the candidate only.
    package private(set) var missingInReference = 0
    /// The pairs with a value in the reference only.
    package private(set) var missingInCandidate = 0
    /// The pairs without a value on either side.
    package private(set) var missingInBoth = 0
    /// The largest size of a difference of two numbers, or `nil` where there were none.
    package private(set) var largest: Double?
    /// The pairs of finite numbers, which the sums are of.
    private var numbers = 0
    private var shift = 0.0
    private var size = 0.0

    /// A skew of nothing.
    package init(tolerance: Double = 0) {
        precondition(tolerance >= 0 && tolerance.isFinite, "a tolerance is a size")
        self.tolerance = tolerance
    }

    /// Adds a pair of numbers, NaN where one is missing. Infinite ones count as equal or different
    /// and have no part in the means.
    package mutating func add(_ reference: Double, _ candidate: Double) {
        if reference.isNaN || candidate.isNaN {
            addMissing(inReference: reference.isNaN, inCandidate: candidate.isNaN)
            return
        }
        let difference = candidate - reference
        let limit = tolerance * max(abs(reference), abs(candidate))
        let isEqual =
            reference == candidate || (difference.isFinite && abs(difference) <= limit)
        add(isEqual: isEqual)
        guard difference.isFinite else { return }
        numbers += 1
        shift += difference
        size += abs(difference)
        largest = max(largest ?? 0, abs(difference))
    }

    /// Adds a pair of categories by their codes, −1 where one is missing.
    package mutating func add(_ reference: Int32, _ candidate: Int32) {
        if reference < 0 || candidate < 0 {
            addMissing(inReference: reference < 0, inCandidate: candidate < 0)
        } else {
            add(isEqual: reference == candidate)
        }
    }

    /// Adds a pair of values that both are there, compared by the caller.
    package mutating func add(isEqual: Bool) {
        if isEqual { equal += 1 } else { different += 1 }
    }

    /// Adds a pair of which a value is missing.
    package mutating func addMissing(inReference: Bool, inCandidate: Bool) {
        precondition(inReference || inCandidate, "a value is missing")
        switch (inReference, inCandidate) {
        case (true, true): missingInBoth += 1
        case (true, false): missingInReference += 1
        case (false, _): missingInCandidate += 1
        }
    }

    /// Adds what another part of the rows had, compared with the same tolerance.
    package mutating func merge(_ other: PairedSkew) {
        precondition(tolerance == other.tolerance, "parts are compared alike")
        equal += other.equal
        different += other.different
        missingInReference += other.missingInReference
        missingInCandidate += other.missingInCandidate
        missingInBoth += other.missingInBoth
        numbers += other.numbers
        shift += other.shift
        size += other.size
        if let theirs = other.largest { largest = max(largest ?? 0, theirs) }
    }

    /// All pairs.
    package var count: Int {
        equal + different + missingInReference + missingInCandidate + missingInBoth
    }

    /// The pairs that differ: in value, or by being missing on one side.
    package var unequal: Int { different + missingInReference + missingInCandidate }

    /// The share of pairs that differ, or `nil` without any.
    package var share: Double? { count > 0 ? Double(unequal) / Double(count) : nil }

    /// Wilson's interval of ``share``, or `nil` without any pair.
    package func interval(level: Double = 0.95) -> Interval? {
        Proportions.wilson(successes: unequal, of: count, level: level)
    }

    /// The mean of candidate less reference, over the pairs of finite numbers, equal ones included.
    package var meanShift: Double? { numbers > 0 ? shift / Double(numbers) : nil }

    /// The mean size of that difference.
    package var meanSize: Double? { numbers > 0 ? size / Double(numbers) : nil }
}
