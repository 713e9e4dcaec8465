import Glibc

/// The sample ratio of units whose shares differ: by a score's band, or before and after a change
/// of the catalog.
///
///     var strata = SampleRatioStrata([
///         SequentialSampleRatio(shares: [1, 9]), SequentialSampleRatio(shares: [1, 1]),
///     ].compactMap(\.self))
///     strata.look([20, 80], stratum: 0)     // twice its share in the first band
///     strata.look([50, 50], stratum: 1)     // as promised in the second
///     strata.pValue                         // 0.1465…
///
/// Each stratum is one ``SequentialSampleRatio``. A unit belongs to one stratum, which is known
/// before its arm is, so that the product of the strata's Bayes factors is 1 on average after
/// every unit, as each of them is: a Bayes factor of all, by the sum of the logarithms. A stratum
/// may be added at any time; it starts at 1.
package struct SampleRatioStrata: Sendable, Equatable {
    /// The strata, in the order in which they were given.
    package private(set) var strata: [SequentialSampleRatio]
    /// The smallest 1/BF of all looks at all strata, 1 at most.
    package private(set) var pValue: Double

    /// Strata, and the p-value that they had together when they were stored; 1 for new ones.
    package init(_ strata: [SequentialSampleRatio], pValue: Double = 1) {
        precondition(pValue >= 0 && pValue <= 1, "a p-value lies between 0 and 1")
        self.strata = strata
        self.pValue = pValue
    }

    /// Looks at the counts of all units of a stratum so far.
    package mutating func look(_ counts: [Int], stratum: Int) {
        strata[stratum].look(counts)
        pValue = min(pValue, exp(-logBayesFactor))
    }

    /// Looks at all strata at once, in their order.
    package mutating func look(_ counts: [[Int]]) {
        precondition(counts.count == strata.count, "counts for each stratum")
        for (place, each) in counts.enumerated() { strata[place].look(each) }
        pValue = min(pValue, exp(-logBayesFactor))
    }

    /// Adds a stratum, after those that there are.
    package mutating func add(_ stratum: SequentialSampleRatio) {
        strata.append(stratum)
    }

    /// The logarithm of the product of the strata's Bayes factors; +∞ where one of them is.
    package var logBayesFactor: Double { strata.reduce(0) { $0 + $1.logBayesFactor } }
}
