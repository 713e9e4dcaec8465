package import HoldfastStatistics

/// How alike the arms of an experiment will be in what is known of their units before it starts.
package struct BalanceReport: Sendable {
    /// The experiment, and how its arms are dealt, in one line.
    package var experiment: String
    package var dealing: String
    /// What was asked.
    package var request: BalanceRequest
    /// The file, its rows, and those that are not dealt, by why.
    package var file: String
    package var rows: Int
    package var leftOut: [(reason: BalanceUnits.LeftOut, rows: Int)]
    /// What was wrong with the first row that could not be dealt.
    package var fault: String?
    /// Whether clusters are dealt.
    package var hasClusters: Bool
    /// The arms, control first.
    package var arms: [Arm]
    /// The largest difference of all covariates and arms, salt by salt.
    package var largest: BalanceDistribution
    /// The same under the salt in force; `nil` where none is defined.
    package var inForce: Double?
    package var covariates: [Covariate]
    /// Columns that are no covariates, and why.
    package var passedOver: [(name: String, why: String)]
    package var strata: [Stratum]
    /// The salts that left some arm without a unit.
    package var emptied: Int

    /// An arm.
    package struct Arm: Sendable, Equatable {
        package var name: String
        /// Its units under the salt in force.
        package var inForce: Int
        /// Its units on average over the salts.
        package var expected: Double
    }

    /// A column that was compared.
    package struct Covariate: Sendable, Equatable {
        package var name: String
        /// Its categories; `nil` for numbers.
        package var levels: Int?
        /// The units without a value.
        package var absent: Int
        /// The largest difference of any arm from control, salt by salt.
        package var chance: BalanceDistribution
        /// Under the salt in force, of each arm but control; `nil` where it is not defined.
        package var inForce: [Double?]

        /// The largest under the salt in force.
        package var largestInForce: Double? { inForce.compactMap { $0 }.max() }
    }

    /// Units of one kind.
    package struct Stratum: Sendable, Equatable {
        package var name: String
        package var units: Int
        /// Its units in each arm under the salt in force, control first.
        package var inForce: [Int]
        /// Its units in control on average over the salts, and what 19 of 20 salts have at least.
        package var expectedControl: Double
        package var leastControl: Double

        /// Whether control may have too few to say anything of it.
        package var isThin: Bool {
            leastControl < Double(BalanceRequest.leastStratum)
                || inForce.first.map { $0 < BalanceRequest.leastStratum } ?? true
        }
    }

    /// Whether something could be told: a covariate with a difference under some salt.
    package var isTelling: Bool { !largest.values.isEmpty }

    /// The standard deviation of a standardised difference by chance alone, √(1/n + 1/m), of
    /// control and the smallest other arm; `nil` where an arm expects no unit.
    ///
    /// Of units dealt one by one; of clusters it is larger.
    package var chanceDeviation: Double? {
        guard let control = arms.first?.expected,
            let least = arms.dropFirst().map(\.expected).min(), control > 0, least > 0
        else { return nil }
        return (1 / control + 1 / least).squareRoot()
    }

    /// The largest difference that the best hundredth of the salts have at most.
    package var best: Double? { largest.quantile(0.01) }
}
