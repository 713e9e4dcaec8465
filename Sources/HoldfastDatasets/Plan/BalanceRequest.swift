package import HoldfastFormats

/// What is asked of a balance before the start.
package struct BalanceRequest: Sendable, Equatable {
    /// The bounds of ``salts``: below, a quantile of 99% is none.
    package static let saltBounds = 100...100_000
    /// The largest standardised difference that passes as balance, customarily.
    package static let limit = 0.1
    /// The least units of control in a stratum.
    package static let leastStratum = 5
    /// The most strata: their units in control must be read by somebody.
    package static let stratumLimit = 200
    /// The categories of a covariate that are told apart, at most; the rarest are one.
    package static let levelLimit = 50

    /// How many salts are tried.
    package var salts: Int
    /// What they follow from.
    package var seed: UInt64
    /// The columns whose balance is asked for, or `nil` for all that can have one.
    package var covariates: [String]?
    /// The columns that are none of all.
    package var ignored: [String]
    /// The columns whose values, taken together, are strata.
    package var strata: [String]
    /// The column of scores, where the experiment deals by them.
    package var scoreColumn: String
    /// Whether to say what choosing a salt by its balance would win.
    package var isChoosing: Bool
    /// When a rotation's panels are dealt.
    package var time: Timestamp

    package init(
        salts: Int = 1_000, seed: UInt64 = 1, covariates: [String]? = nil, ignored: [String] = [],
        strata: [String] = [],
        scoreColumn: String = "score", isChoosing: Bool = false, time: Timestamp
    ) {
        self.salts = salts
        self.seed = seed
        self.covariates = covariates
        self.ignored = ignored
        self.strata = strata
        self.scoreColumn = scoreColumn
        self.isChoosing = isChoosing
        self.time = time
    }

    /// Why it cannot be answered, if so.
    package var fault: String? {
        guard Self.saltBounds.contains(salts) else {
            return "salts are \(Self.saltBounds.lowerBound) to \(Self.saltBounds.upperBound)"
        }
        guard covariates.map({ !$0.isEmpty }) ?? true else { return "name a covariate at least" }
        for list in [covariates ?? [], strata]
        where Set(list.map { Array($0.utf8) }).count < list.count {
            return "a column is named twice"
        }
        return nil
    }
}
