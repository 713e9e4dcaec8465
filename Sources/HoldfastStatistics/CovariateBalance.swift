/// Whether two samples are alike in one covariate: what was known before the arms were dealt.
///
///     var (kept, excluded) = (WeightedCategorySummary(), WeightedCategorySummary())
///     for (name, count) in [("JP", 60), ("KR", 40)] {
///         for _ in 0..<count { kept.add(name) }
///     }
///     for (name, count) in [("JP", 75), ("KR", 25)] {
///         for _ in 0..<count { excluded.add(name) }
///     }
///     let balance = CovariateBalance(reference: excluded, candidate: kept)
///     balance.largest                  // 0.3244…, over the customary limit of 0.1
///     balance.effect                   // 0.3244…: with two categories the same
///
/// A missing value is a covariate of its own, ``absent``: rows that lack it may be the other rows,
/// and no imputing hides that. Balance in what was measured says nothing of what was not; and of
/// the covariates of two alike samples of 200 rows a third is over 0.1 by chance, so that a limit
/// belongs beside the p-values, corrected over the covariates by ``Holm``.
public struct CovariateBalance: Sendable {
    /// The difference of one category's shares.
    public struct Category: Sendable, Equatable {
        /// The category's bytes.
        public let category: [UInt8]
        /// `nil` where it is not defined: all rows have this category.
        public let difference: StandardisedDifference?
    }

    /// The difference of the numbers' means; `nil` where it is not defined, and for categories.
    public let values: StandardisedDifference?
    /// The difference of each category's share; empty for numbers.
    public let categories: [Category]
    /// The difference of the shares of rows without a value; `nil` where it is not defined, as with
    /// no such row in either.
    public let absent: StandardisedDifference?
    /// How far apart the samples are in the values, in one figure without a sign: for numbers the
    /// size of ``values``; for categories the distance of all shares together, √(d′S⁻¹d), d their
    /// differences and S the mean of their two covariance matrices (D. Yang and J. E. Dalton, "A
    /// unified approach to measuring the effect size between two groups using SAS", 2012).
    ///
    /// `nil` where it is not defined; the largest double where no category is in both. It grows
    /// with the number of categories from sampling alone.
    public let effect: Double?
    private let isRefused: Bool

    /// The balance of a column of numbers.
    public init(reference: WeightedNumberSummary, candidate: WeightedNumberSummary) {
        values = StandardisedDifference(reference: reference, candidate: candidate)
        categories = []
        absent = StandardisedDifference(
            reference: reference.absentShare, candidate: candidate.absentShare)
        effect = values.map { abs($0.effect) }
        isRefused = Self.isRefused([
            reference.weights, reference.absent, candidate.weights, candidate.absent,
        ])
    }

    /// The balance of a column of categories, in the order of the reference's first occurrence,
    /// then of the candidate's.
    public init(reference: WeightedCategorySummary, candidate: WeightedCategorySummary) {
        values = nil
        isRefused = Self.isRefused([
            reference.weights, reference.absent, candidate.weights, candidate.absent,
        ])
        absent = StandardisedDifference(
            reference: reference.absentShare, candidate: candidate.absentShare)
        guard let n = reference.weights.effectiveSampleSize,
            let m = candidate.weights.effectiveSampleSize
        else {
            categories = []
            effect = nil
            return
        }
        let shares = Self.paired(reference.shares(), candidate.shares())
        categories = shares.map { item in
            Category(
                category: item.category,
                difference: StandardisedDifference(
                    reference: WeightedShare(share: item.one, size: n),
                    candidate: WeightedShare(share: item.two, size: m)))
        }
        effect = shares.count > 1 ? Self.distance(shares.map { ($0.one, $0.two) }) : nil
    }

    /// The largest difference without its sign, of values, categories and absence: what a limit is
    /// held against. `nil` where none is defined, as with a refused weight or an empty sample: that
    /// is no sign of balance.
    public var largest: Double? {
        guard !isRefused else { return nil }
        let all = [values, absent] + categories.map(\.difference)
        return all.compactMap { $0.map { abs($0.effect) } }.max()
    }

    private static func isRefused(_ weights: [WeightSummary]) -> Bool {
        weights.contains { $0.refused > 0 }
    }

    private static func paired(
        _ reference: [(category: [UInt8], share: Double)],
        _ candidate: [(category: [UInt8], share: Double)]
    ) -> [(category: [UInt8], one: Double, two: Double)] {
        var rest = Dictionary(uniqueKeysWithValues: candidate.map { ($0.category, $0.share) })
        var pairs = reference.map { item in
            (category: item.category, one: item.share, two: rest.removeValue(forKey: item.category))
        }.map { (category: $0.category, one: $0.one, two: $0.two ?? 0) }
        for item in candidate where rest[item.category] != nil {
            pairs.append((category: item.category, one: 0, two: item.share))
        }
        return pairs
    }

    /// √(d′S⁻¹d) without a matrix. With m the mean shares S is diag(m) − mm′ − dd′/4; since d adds
    /// up to 0, diag(m) − mm′ sends d/m to d, and J. Sherman and W. J. Morrison's formula (1950)
    /// leaves a/(1 − a/4), where a = Σ d²/m.
    private static func distance(_ shares: [(one: Double, two: Double)]) -> Double {
        var a = 0.0
        var isCommon = false
        for (one, two) in shares where one + two > 0 {
            a += (two - one) * (two - one) / ((one + two) / 2)
            if one > 0 && two > 0 { isCommon = true }
        }
        guard isCommon, a < 4 else { return .greatestFiniteMagnitude }
        return (a / (1 - a / 4)).squareRoot()
    }
}
