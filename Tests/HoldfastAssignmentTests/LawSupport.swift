import Glibc
import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// Whether the laws are tried on all the units that they are meant for, by `HOLDFAST_LONG=1`.
///
/// Without it a part of them is tried, so that `swift test` stays quick.
let isLong = getenv("HOLDFAST_LONG") != nil

/// The text of a catalog of one experiment `trial` by customer, of these lines alone.
func trialText(_ lines: String..., sections: String = "") -> String {
    "holdfast: 1\nsalt: \(exampleSalt)\n\(sections)experiments:\n  trial:\n    unit: customer\n"
        + lines.map { "    \($0)\n" }.joined()
}

/// Where so many standard deviations lie beyond any doubt: 4.5, which chance exceeds in 7 of a
/// million tests. Units and salts are fixed, so that a test that passes once passes for ever.
let deviations = 4.5

/// Whether a count fits a probability: within 4.5 standard deviations of a binomial distribution,
/// and one, so that rare things may be there once.
func fits(_ count: Int, of total: Int, _ probability: Double) -> Bool {
    let expected = Double(total) * probability
    let deviation = (expected * (1 - probability)).squareRoot()
    return abs(Double(count) - expected) <= deviations * deviation + 1
}

/// The greatest chi-square of so many degrees of freedom that is no reason to doubt, as the normal
/// distribution of the cube root has it (Wilson and Hilferty, "The Distribution of Chi-Square",
/// 1931).
func chiSquareLimit(_ degrees: Int) -> Double {
    let part = 2 / (9 * Double(degrees))
    let root = 1 - part + deviations * part.squareRoot()
    return Double(degrees) * root * root * root
}

extension Catalog {
    /// The answer for a unit of `trial` by all that may be asked.
    func assign(
        _ unit: String, in experiment: String = "trial", cluster: String? = nil,
        score: Double? = nil, at time: Timestamp
    ) throws -> Assignment {
        let id = try #require(UnitID(unit))
        let house = try cluster.map { try #require(UnitID($0)) }
        return try assign(
            Candidate(unit: id, cluster: house, score: score), in: experiment, at: time)
    }
}

extension Timestamp {
    /// The time so many microseconds later.
    func adding(_ microseconds: Int64) -> Timestamp {
        Timestamp(microseconds: self.microseconds + microseconds)
    }
}

/// Shares that add up to 100%, in millionths; some may be 0.
func randomShares(_ count: Int, _ chance: inout SeededGenerator) -> [Share] {
    let cuts = ([0, 1_000_000] + (0..<count - 1).map { _ in chance.below(1_000_001) }).sorted()
    return zip(cuts, cuts.dropFirst()).map { Share(millionths: $1 - $0) }
}

/// Arms of these names and shares, as a catalog lists them.
func armsText(_ names: [String], _ shares: [Share]) -> String {
    "[" + zip(names, shares).map { "{\($0): \($1)}" }.joined(separator: ", ") + "]"
}
