internal import HoldfastStatistics

/// One measured distance or test statistic of two columns, for a reader who asks for that one.
///
/// A verdict never rests on it: the ``Finding`` of the column does that, with an interval and a
/// margin. Formula, assumption and paper stand with each type in HoldfastStatistics.
public struct Statistic: Sendable, Equatable {
    /// Which one.
    public var name: Name
    /// Its value.
    public var value: Double
    /// Its p-value by itself, not corrected for others; `nil` where it has none.
    public var pValue: Double?

    /// A statistic.
    public init(_ name: Name, _ value: Double, pValue: Double? = nil) {
        self.name = name
        self.value = value
        self.pValue = pValue
    }

    /// The names, as JSON has them.
    public enum Name: String, Sendable, Equatable, CaseIterable {
        /// The value at which the cumulative shares lie farthest apart.
        case kolmogorovSmirnovPlace = "kolmogorov_smirnov_place"
        /// The mean distance that a unit of mass must move, in the column's unit.
        case wasserstein = "wasserstein_1"
        /// The same in standard deviations of the reference.
        case wassersteinScaled = "wasserstein_1_scaled"
        /// √(2 ∫ (F − G)²), in the root of the column's unit.
        case energy = "energy_distance"
        /// Cramér–von Mises' T.
        case cramerVonMises = "cramer_von_mises"
        /// Anderson–Darling's statistic for two samples, normalised.
        case andersonDarling = "anderson_darling"
        /// The difference of means in standard deviations.
        case meanDifference = "standardised_mean_difference"
        /// Welch's t.
        case welch = "welch_t"
        /// The chance that a value of the reference exceeds one of the candidate.
        case mannWhitney = "mann_whitney_auc"
        /// The share of the candidate's numbers outside the reference's range.
        case outsideRange = "outside_range"
        /// Pearson's chi-square of homogeneity.
        case chiSquare = "chi_square"
        /// The likelihood ratio of homogeneity.
        case likelihoodRatio = "g"
        /// Population stability index; of numbers over the reference's deciles.
        case stabilityIndex = "psi"
        /// Jensen–Shannon's distance to base 2; of numbers over the reference's deciles.
        case jensenShannon = "jensen_shannon_distance"
        /// Hellinger's distance; of numbers over the reference's deciles.
        case hellinger
        /// The largest difference of one share; of numbers over the reference's deciles.
        case largestDifference = "l_infinity"
        /// Half the sum of the differences of shares; of numbers over the reference's deciles.
        case binnedTotalVariation = "binned_total_variation"
        /// The share of the candidate's values in categories that the reference has not.
        case newShare = "new_share"
        /// The share of the reference's values in categories that the candidate has not.
        case vanishedShare = "vanished_share"
    }
}

extension Statistic {
    /// What one pass over two samples of numbers gives; undefined ones are left out.
    static func all(_ distances: NumberDistances, _ reference: OrderedSample) -> [Statistic] {
        var all = [Statistic(.kolmogorovSmirnovPlace, distances.kolmogorovSmirnov.place)]
        func add(_ name: Name, _ value: Double?, pValue: Double? = nil) {
            guard let value, value.isFinite else { return }
            all.append(Statistic(name, value, pValue: pValue))
        }
        add(.wasserstein, distances.wasserstein)
        if let deviation = reference.variance?.squareRoot(), deviation > 0 {
            add(.wassersteinScaled, distances.wasserstein.map { $0 / deviation })
        }
        add(.energy, distances.energy)
        let mises = distances.cramerVonMises
        add(.cramerVonMises, mises?.statistic, pValue: mises?.pValue)
        let darling = distances.andersonDarling
        add(.andersonDarling, darling?.statistic, pValue: darling?.pValue)
        add(.meanDifference, distances.meanDifference)
        add(.welch, distances.welch?.t, pValue: distances.welch?.pValue)
        add(.mannWhitney, distances.mannWhitney.auc, pValue: distances.mannWhitney.pValue)
        add(.outsideRange, distances.outsideRange)
        all += binned(distances.divergences)
        add(.binnedTotalVariation, distances.divergences.totalVariation)
        return all
    }

    /// What two samples of categories give; undefined ones are left out.
    static func all(_ distance: TotalVariation, new: Double?, vanished: Double?) -> [Statistic] {
        var all: [Statistic] = []
        if let test = distance.test {
            all.append(Statistic(.chiSquare, test.statistic, pValue: test.pValue))
        }
        if let test = distance.gTest {
            all.append(Statistic(.likelihoodRatio, test.statistic, pValue: test.pValue))
        }
        let shares = distance.pairedShares
        all += binned(
            Divergences(reference: shares.reference, candidate: shares.candidate))
        if let new { all.append(Statistic(.newShare, new)) }
        if let vanished { all.append(Statistic(.vanishedShare, vanished)) }
        return all
    }

    private static func binned(_ divergences: Divergences) -> [Statistic] {
        [
            Statistic(.stabilityIndex, divergences.psi),
            Statistic(.jensenShannon, divergences.jensenShannon),
            Statistic(.hellinger, divergences.hellinger),
            Statistic(.largestDifference, divergences.linf),
        ]
    }
}
