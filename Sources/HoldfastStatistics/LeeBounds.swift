/// Between what two values a difference of means lies, where one arm lost more rows than the other.
///
///     let bounds = LeeBounds(reference: [1, 2, 3], of: 5, candidate: [1, 2, 4, 9], of: 5)
///     bounds?.trimmedShare       // 0.25: the candidate kept 4 of 5, the reference 3 of 5
///     bounds?.effect             // 2.0, of the rows that are left
///     bounds?.interval           // 0.3333… ... 3.0
///
/// D. S. Lee, "Training, wages, and sample selection: estimating sharp bounds on treatment effects"
/// (2009). The arm that kept the larger share q₁ holds some rows that the other's rule, which keeps
/// q₀, would have lost: (q₁ − q₀)/q₁ of it. At worst those are its highest or its lowest outcomes,
/// so that leaving out either gives a bound of the difference for the units that both arms keep.
///
/// It assumes that units were dealt at random, and that the rule that loses more would have lost
/// each unit that the other loses: losing some for one reason and others for another voids it,
/// however alike the shares are. The interval knows nothing of sampling, and narrows with no number
/// of rows. With equal shares it is the effect itself; with outcomes of few values many rows tie,
/// and it is wide. Without any assumption but a range: ``worstCase(reference:candidate:range:)``.
public struct LeeBounds: Sendable, Equatable {
    /// An arm that keeps a mean of rows of which others were lost.
    public typealias Arm = (mean: Double, kept: Int, count: Int)

    /// (q₁ − q₀)/q₁: the share of the fuller arm that is in doubt.
    public let trimmedShare: Double
    /// The rows left out of the fuller arm, rounded down.
    public let trimmedRows: Int
    /// The candidate's mean less the reference's, with nothing left out.
    public let effect: Double
    /// The bounds of the difference.
    public let interval: Interval

    /// Two arms: the outcomes kept, of how many rows.
    ///
    /// `nil` where it is not defined: an arm kept no row, or an outcome is not finite.
    public init?(
        reference: [Double], of referenceCount: Int, candidate: [Double], of candidateCount: Int
    ) {
        let kept = (reference: reference.count, candidate: candidate.count)
        precondition(
            kept.reference <= referenceCount && kept.candidate <= candidateCount,
            "the kept rows are part of the arm")
        guard kept.reference > 0, kept.candidate > 0, (reference + candidate).allSatisfy(\.isFinite)
        else { return nil }
        // (q₁ − q₀)/q₁ of k₁ rows is k₁ − n₁k₀/n₀, here in integers.
        let surplus =
            Int128(kept.candidate) * Int128(referenceCount)
            - Int128(kept.reference) * Int128(candidateCount)
        let fuller = surplus > 0 ? candidate.sorted() : reference.sorted()
        let other = Int128(surplus > 0 ? referenceCount : candidateCount)
        let rows = Int(abs(surplus) / other)
        let low = Self.mean(fuller.dropLast(rows))
        let high = Self.mean(fuller.dropFirst(rows))
        let (one, two) = (Self.mean(reference[...]), Self.mean(candidate[...]))
        let ends = surplus > 0 ? (low - one, high - one) : (two - high, two - low)
        guard ends.0.isFinite, ends.1.isFinite, (two - one).isFinite else { return nil }
        trimmedShare = Double(abs(surplus)) / (Double(other) * Double(fuller.count))
        trimmedRows = rows
        effect = two - one
        // The two means are of other rows, and can cross by a rounding error.
        interval = Interval(lower: min(ends.0, ends.1), upper: max(ends.0, ends.1))
    }

    private static func mean(_ values: ArraySlice<Double>) -> Double {
        // A running mean, which is exact where all are equal.
        var mean = 0.0
        for (place, value) in values.enumerated() { mean += (value - mean) / Double(place + 1) }
        return mean
    }

    /// The share of the fuller arm that is in doubt, from counts alone; 0 where both keep one
    /// share. `nil` where an arm has no row, or neither kept one.
    ///
    ///     LeeBounds.trimmedShare(reference: (3, 5), candidate: (4, 5))   // 0.25
    public static func trimmedShare(
        reference: (kept: Int, count: Int), candidate: (kept: Int, count: Int)
    ) -> Double? {
        guard reference.count > 0, candidate.count > 0 else { return nil }
        let one = Double(reference.kept) * Double(candidate.count)
        let two = Double(candidate.kept) * Double(reference.count)
        return max(one, two) > 0 ? abs(two - one) / max(one, two) : nil
    }

    /// The bounds of the candidate's mean less the reference's where the lost outcomes may be
    /// anything within `range` (J. L. Horowitz and C. F. Manski, "Nonparametric analysis of
    /// randomized experiments with missing covariate and outcome data", 2000).
    ///
    ///     LeeBounds.worstCase(
    ///         reference: (mean: 0.2, kept: 90, count: 100),
    ///         candidate: (mean: 0.3, kept: 80, count: 100), range: Interval(lower: 0, upper: 1))
    ///     // -0.04 ... 0.26, of the difference 0.1
    ///
    /// As wide as the lost shares together times the range: it assumes nothing, and says little.
    /// An arm that kept no row has no mean, and any number in its place serves. `nil` where an arm
    /// has no row.
    public static func worstCase(
        reference: Arm, candidate: Arm, range: Interval
    ) -> Interval? {
        guard let one = ends(reference, range), let two = ends(candidate, range) else { return nil }
        return Interval(lower: two.lower - one.upper, upper: two.upper - one.lower)
    }

    private static func ends(_ arm: Arm, _ range: Interval) -> Interval? {
        precondition(arm.kept >= 0 && arm.kept <= arm.count, "the kept rows are part of the arm")
        guard arm.count > 0 else { return nil }
        let share = Double(arm.kept) / Double(arm.count)
        let sum = arm.kept > 0 ? share * arm.mean : 0
        return Interval(
            lower: sum + (1 - share) * range.lower, upper: sum + (1 - share) * range.upper)
    }
}
