internal import HoldfastChecks

extension Measure {
    /// What was measured, in words that stand within a sentence.
    var words: String {
        switch self {
        case .kolmogorovSmirnov: "Kolmogorov-Smirnov distance"
        case .totalVariation: "total variation"
        case .missingShare: "difference of missing shares"
        case .notANumberShare: "difference of NaN shares"
        case .positiveInfinityShare: "difference of shares of +infinity"
        case .negativeInfinityShare: "difference of shares of -infinity"
        case .emptyTextShare: "difference of shares of empty texts"
        case .classifier: "classifier's area above one half"
        case .correlation: "change of rank correlation"
        case .duplicateRows: "share of rows in both"
        case .sharedUnits: "share of units in both"
        case .skew: "share of joined rows that differ"
        }
    }

    /// The same in a narrow column.
    var abbreviation: String {
        switch self {
        case .kolmogorovSmirnov: "KS"
        case .totalVariation: "TV"
        case .missingShare: "missing"
        case .notANumberShare: "NaN"
        case .positiveInfinityShare: "+inf"
        case .negativeInfinityShare: "-inf"
        case .emptyTextShare: "empty"
        case .classifier: "AUC-0.5"
        case .correlation: "corr."
        case .duplicateRows: "rows"
        case .sharedUnits: "units"
        case .skew: "skew"
        }
    }
}
