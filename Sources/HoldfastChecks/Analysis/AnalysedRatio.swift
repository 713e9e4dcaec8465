internal import HoldfastStatistics

/// Whether arms received the shares that were planned, on what is analysed.
package struct AnalysedRatio: Sendable, Equatable {
    /// What was counted, in the plural.
    package var what: String
    package var arms: [Arm]
    /// Pearson's chi-square; `nil` where no test is defined.
    package var pValue: Double?
    /// The sequential test's, valid whenever it is looked at.
    package var sequentialPValue: Double?

    package struct Arm: Sendable, Equatable {
        package var name: String
        package var observed: Int
        package var expected: Double
        /// What it received where it has no share, as of scores of which control has all.
        package var leaked = 0

        /// Whether it received what it has no share of.
        package var isLeak: Bool { leaked > 0 }
    }

    /// The arms that received something where they were to receive nothing.
    package var leaks: [String] { arms.filter(\.isLeak).map(\.name) }

    /// Whether effects are not to be believed.
    package var isFailed: Bool {
        !leaks.isEmpty || (pValue ?? 1) < AnalysisOptions.ratioLimit
            || (sequentialPValue ?? 1) < AnalysisOptions.ratioLimit
    }

    /// In how many steps what was dealt is shown to the sequential test at most.
    private static let lookLimit = 20_000

    /// Holds what was dealt against the plan. `nil` where no share is left to chance and nothing
    /// leaked.
    package init?(_ dealing: AnalysisDealing, arms names: [String]) {
        var leaked = Array(repeating: 0, count: names.count)
        for one in dealing.dealt where dealing.strata[Int(one.stratum)][Int(one.arm)] == 0 {
            leaked[Int(one.arm)] += 1
        }
        guard
            dealing.strata.contains(where: { $0.contains { $0 > 0 && $0 < 1 } })
                || leaked.contains(where: { $0 > 0 })
        else { return nil }
        what = dealing.what
        var observed = Array(repeating: 0, count: names.count)
        var counts = dealing.strata.map { _ in Array(repeating: 0, count: names.count) }
        let tested = dealing.strata.indices.filter {
            SequentialSampleRatio(shares: dealing.strata[$0]) != nil
        }
        var test = SampleRatioStrata(
            tested.compactMap { SequentialSampleRatio(shares: dealing.strata[$0]) })
        let stride = max(1, dealing.dealt.count / Self.lookLimit)
        for (place, one) in dealing.dealt.enumerated() {
            observed[Int(one.arm)] += 1
            counts[Int(one.stratum)][Int(one.arm)] += 1
            guard place % stride == 0 || place == dealing.dealt.count - 1 else { continue }
            test.look(tested.map { counts[$0] })
        }
        let expected = names.indices.map { arm in
            zip(dealing.strata, counts).reduce(0.0) { sum, pair in
                sum + pair.0[arm] * Double(pair.1.reduce(0, +))
            }
        }
        self.arms = names.indices.map {
            Arm(
                name: names[$0], observed: observed[$0], expected: expected[$0],
                leaked: leaked[$0])
        }
        if !dealing.dealt.isEmpty {
            pValue = ChiSquare.goodnessOfFit(observed: observed, expected: expected)?.pValue
            sequentialPValue = tested.isEmpty ? nil : test.pValue
        }
    }
}
