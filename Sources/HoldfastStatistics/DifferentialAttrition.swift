/// Whether one rule excludes as many rows in each arm.
///
///     let pair = DifferentialAttrition(reference: (120, 1_000), candidate: (90, 1_000))
///     pair?.effect                       // -0.03: the candidate loses 3 points less
///     pair?.interval()                   // -0.0570… ... -0.0030…
///     pair?.pValue                       // 0.0286…
///     DifferentialAttrition.test(excluded: [12, 31, 20], counts: [200, 210, 190])?.pValue
///     // 0.0152…
///
/// A set from which rows are excluded by what happened after the dealing stays comparable only
/// where the exclusion has nothing to do with the arm. The pooled two-proportion z-test, whose
/// square is Pearson's chi-square (K. Pearson, 1900); for k arms that has k − 1 degrees of freedom.
///
/// Equal shares are no proof: a rule may exclude the young in one arm and the old in the other,
/// which only ``CovariateBalance`` can see. A rule that can fire in one arm only is not to be
/// tested but removed. Rough where fewer than five rows are excluded in an arm, and with rows that
/// were dealt together, which count as more than they are.
public struct DifferentialAttrition: Sendable, Equatable {
    private let reference: (excluded: Int, count: Int)
    private let candidate: (excluded: Int, count: Int)

    /// Two arms: of `count` rows, `excluded` were. `nil` where an arm has no row.
    public init?(reference: (excluded: Int, count: Int), candidate: (excluded: Int, count: Int)) {
        for arm in [reference, candidate] {
            precondition(
                arm.excluded >= 0 && arm.excluded <= arm.count, "the excluded are part of the arm")
        }
        guard reference.count > 0, candidate.count > 0 else { return nil }
        self.reference = reference
        self.candidate = candidate
    }

    /// The candidate's excluded share less the reference's.
    public var effect: Double {
        Double(candidate.excluded) / Double(candidate.count)
            - Double(reference.excluded) / Double(reference.count)
    }

    /// The chi-square test of equal shares, one degree of freedom; `nil` where no row is excluded,
    /// or every one: nothing varies, and nothing differs.
    public var test: ChiSquare.Test? {
        Self.test(
            excluded: [reference.excluded, candidate.excluded],
            counts: [reference.count, candidate.count])
    }

    /// The pooled z, with the sign of ``effect``; its square is the statistic of ``test``.
    public var z: Double? {
        test.map { effect < 0 ? -$0.statistic.squareRoot() : $0.statistic.squareRoot() }
    }

    /// The two-sided p-value of ``test``.
    public var pValue: Double? { test?.pValue }

    /// The interval of the difference, by ``Proportions/difference(reference:candidate:level:)``.
    public func interval(level: Double = 0.95) -> Interval {
        let interval = Proportions.difference(
            reference: (reference.excluded, reference.count),
            candidate: (candidate.excluded, candidate.count), level: level)
        return interval ?? Interval(lower: -1, upper: 1)
    }

    /// Whether any number of arms lose the same share; arms without a row are passed over.
    ///
    /// `nil` where fewer than two arms have rows, or where no row is excluded, or every one.
    public static func test(excluded: [Int], counts: [Int]) -> ChiSquare.Test? {
        precondition(excluded.count == counts.count, "an excluded count for each arm")
        precondition(
            zip(excluded, counts).allSatisfy { $0 >= 0 && $0 <= $1 },
            "the excluded are part of the arm")
        // Pearson's statistic is the same whichever margin is taken for the samples.
        return ChiSquare.homogeneity(excluded, zip(excluded, counts).map { $1 - $0 })
    }

    /// Whether both are of the same counts.
    public static func == (one: DifferentialAttrition, other: DifferentialAttrition) -> Bool {
        one.reference == other.reference && one.candidate == other.candidate
    }
}
