internal import HoldfastChecks

extension Statistic.Name {
    /// Its name in a table.
    var title: String {
        switch self {
        case .kolmogorovSmirnovPlace: "Farthest apart at"
        case .wasserstein: "Wasserstein-1"
        case .wassersteinScaled: "Wasserstein-1 (SD)"
        case .energy: "Energy distance"
        case .cramerVonMises: "Cramér–von Mises T"
        case .andersonDarling: "Anderson–Darling"
        case .meanDifference: "Difference of means (SD)"
        case .welch: "Welch’s t"
        case .mannWhitney: "Mann–Whitney AUC"
        case .outsideRange: "Outside the range"
        case .chiSquare: "Chi-square"
        case .likelihoodRatio: "G"
        case .stabilityIndex: "PSI"
        case .jensenShannon: "Jensen–Shannon"
        case .hellinger: "Hellinger"
        case .largestDifference: "L∞"
        case .binnedTotalVariation: "Total variation, binned"
        case .newShare: "In new categories"
        case .vanishedShare: "In vanished categories"
        }
    }

    /// What it says, for a reader who never met it.
    var explanation: String {
        switch self {
        case .kolmogorovSmirnovPlace:
            "the value at which the shares of rows up to it differ most"
        case .wasserstein:
            "how far values must move on average to turn one table into the other, in the "
                + "column’s unit"
        case .wassersteinScaled: "the same in standard deviations of the reference"
        case .energy:
            "the area between the cumulative curves, squared, doubled, and its root; 0 where they "
                + "are one"
        case .cramerVonMises:
            "the squared distance of the cumulative curves, summed over all values; weighs the "
                + "middle"
        case .andersonDarling: "the same with more weight on the tails; above about 2 is unusual"
        case .meanDifference:
            "the difference of the means divided by the standard deviation of both; 0.1 is small"
        case .welch: "the difference of the means divided by its standard error"
        case .mannWhitney:
            "the chance that a value of the reference exceeds one of the candidate; 0.5 where "
                + "neither is larger"
        case .outsideRange:
            "the share of the candidate’s numbers that the reference’s range does not hold"
        case .chiSquare:
            "the squared differences of counts, each divided by the count to expect, summed"
        case .likelihoodRatio: "the same question by the ratio of likelihoods"
        case .stabilityIndex:
            "population stability index; by custom below 0.1 is stable and above 0.25 is not, "
                + "whatever the rows"
        case .jensenShannon:
            "how much a single value tells of its table: 0 nothing, 1 everything (to base 2)"
        case .hellinger: "from 0 where shares are the same to 1 where no value is shared"
        case .largestDifference: "the largest difference of one share"
        case .binnedTotalVariation:
            "half the sum of the differences of shares: what must move to another bin"
        case .newShare:
            "the share of the candidate’s values in categories that the reference has not"
        case .vanishedShare:
            "the share of the reference’s values in categories that the candidate has not"
        }
    }

    /// A value as a table has it.
    func text(_ value: Double) -> String {
        switch self {
        case .outsideRange, .newShare, .vanishedShare: CheckFigures.percent(value)
        case .kolmogorovSmirnovPlace, .wasserstein, .wassersteinScaled, .energy, .cramerVonMises,
            .andersonDarling, .meanDifference, .welch, .mannWhitney, .chiSquare, .likelihoodRatio,
            .stabilityIndex, .jensenShannon, .hellinger, .largestDifference,
            .binnedTotalVariation:
            CheckFigures.short(value)
        }
    }
}
