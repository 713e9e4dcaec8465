/// How many rows of the candidate are in the reference too, and how many would be by chance.
///
///     let share = DuplicateShare(reference: [1, 2, 2, 3], candidate: [2, 3, 4, 5])
///     share?.share           // 0.5: two of the four rows occur in the reference
///     share?.chanceShare     // 0.5: so do two of the reference's own among the rest of it
///     share?.excess          // 0.0
///     share?.excessInterval()  // -0.4949… ... 0.4949…
///
/// Rows are compared by 64-bit hashes, of which two of n and m rows agree by accident with
/// probability nm/2⁶⁴. Rows of few columns repeat without any leak. How often is read off the
/// reference: a further row of its distribution meets one of n rows about as often as each of them
/// meets one of the other n − 1. What exceeds that is a leak, such as training rows in a test set.
/// It sees exact copies only, and takes rows to be independent.
package struct DuplicateShare: Sendable, Equatable {
    /// The rows of the reference.
    package let referenceCount: Int
    /// The rows of the candidate.
    package let candidateCount: Int
    /// The rows of the candidate that occur in the reference, each as often as it occurs.
    package let shared: Int
    /// The rows of the reference that occur in it more than once, each as often as it occurs.
    package let repeated: Int

    /// The share of two samples given by the hashes of their rows in ascending order, or `nil`
    /// where one is empty.
    package init?(reference: [UInt64], candidate: [UInt64]) {
        guard !reference.isEmpty, !candidate.isEmpty else { return nil }
        referenceCount = reference.count
        candidateCount = candidate.count
        (shared, repeated) = Self.count(reference, candidate)
    }

    private static func count(_ reference: [UInt64], _ candidate: [UInt64]) -> (
        shared: Int, repeated: Int
    ) {
        var (shared, repeated) = (0, 0)
        var (i, j) = (0, 0)
        while i < reference.count {
            let hash = reference[i]
            let start = i
            while i < reference.count, reference[i] == hash { i += 1 }
            precondition(i == reference.count || reference[i] > hash, "hashes ascend")
            if i - start > 1 { repeated += i - start }
            while j < candidate.count, candidate[j] < hash { j += 1 }
            while j < candidate.count, candidate[j] == hash {
                shared += 1
                j += 1
            }
        }
        return (shared, repeated)
    }

    /// The share of the candidate's rows that occur in the reference.
    package var share: Double { Double(shared) / Double(candidateCount) }

    /// The share that chance explains: of the reference's rows, those that occur in it again.
    package var chanceShare: Double { Double(repeated) / Double(referenceCount) }

    /// What ``share`` has beyond ``chanceShare``; below 0 where copies were removed.
    package var excess: Double { share - chanceShare }

    /// Wilson's interval of ``share``.
    package func interval(level: Double = 0.95) -> Interval {
        Self.wilson(shared, of: candidateCount, level)
    }

    /// Wilson's interval of ``chanceShare``.
    package func chanceInterval(level: Double = 0.95) -> Interval {
        Self.wilson(repeated, of: referenceCount, level)
    }

    /// Newcombe's interval of ``excess``: above 0 it is a leak.
    package func excessInterval(level: Double = 0.95) -> Interval {
        // No sample is empty, for which alone there is no interval.
        Proportions.difference(
            reference: (repeated, referenceCount), candidate: (shared, candidateCount),
            level: level) ?? Interval(lower: -1, upper: 1)
    }

    private static func wilson(_ count: Int, of all: Int, _ level: Double) -> Interval {
        Proportions.wilson(successes: count, of: all, level: level)
            ?? Interval(lower: 0, upper: 1)
    }
}

/// The units that two tables share.
///
///     let overlap = UnitOverlap(reference: [1, 2, 2, 3], candidate: [2, 3, 3, 5])
///     overlap?.shared      // 2: the units 2 and 3
///     overlap?.share       // 0.6666666666666666, of the candidate's three units
///
/// A unit in training and in test lets a model recognise it. No chance explains it, as a unit's
/// hash is its own: where tables are to share no unit, the count must be 0. The interval is that
/// of the units still to come, where these are a sample of them.
package struct UnitOverlap: Sendable, Equatable {
    /// The different units of the reference.
    package let referenceCount: Int
    /// The different units of the candidate.
    package let candidateCount: Int
    /// The units in both.
    package let shared: Int

    /// The overlap of two samples given by the hashes of their units in ascending order, repeated
    /// or not, or `nil` where one is empty.
    package init?(reference: [UInt64], candidate: [UInt64]) {
        guard !reference.isEmpty, !candidate.isEmpty else { return nil }
        var (ours, theirs, both) = (0, 0, 0)
        var (i, j) = (0, 0)
        while i < reference.count || j < candidate.count {
            let hash = Swift.min(
                i < reference.count ? reference[i] : .max,
                j < candidate.count ? candidate[j] : .max)
            let (one, two) = (i, j)
            while i < reference.count, reference[i] == hash { i += 1 }
            while j < candidate.count, candidate[j] == hash { j += 1 }
            precondition(i > one || j > two, "hashes ascend")
            ours += i > one ? 1 : 0
            theirs += j > two ? 1 : 0
            both += i > one && j > two ? 1 : 0
        }
        (referenceCount, candidateCount, shared) = (ours, theirs, both)
    }

    /// The overlap of tables whose units another has counted, or `nil` where one has none.
    package init?(referenceCount: Int, candidateCount: Int, shared: Int) {
        guard referenceCount > 0, candidateCount > 0 else { return nil }
        precondition(shared >= 0 && shared <= min(referenceCount, candidateCount), "in both")
        self.referenceCount = referenceCount
        self.candidateCount = candidateCount
        self.shared = shared
    }

    /// The share of the candidate's units that the reference has.
    package var share: Double { Double(shared) / Double(candidateCount) }

    /// Wilson's interval of ``share``.
    package func interval(level: Double = 0.95) -> Interval {
        // No sample is empty, for which alone there is no interval.
        Proportions.wilson(successes: shared, of: candidateCount, level: level)
            ?? Interval(lower: 0, upper: 1)
    }
}
