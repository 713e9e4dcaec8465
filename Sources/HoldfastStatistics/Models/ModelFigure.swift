/// What is measured of a model's predictions beside the labels that came.
package enum ModelFigure: String, Sendable, Equatable, Hashable, CaseIterable {
    case auc
    case averagePrecision = "average_precision"
    case logLoss = "log_loss"
    case brier
    case calibrationError = "calibration_error"
    case calibrationIntercept = "calibration_intercept"
    case calibrationSlope = "calibration_slope"
    case accuracy
    case balancedAccuracy = "balanced_accuracy"
    case precision
    case recall
    case f1
    case macroF1 = "macro_f1"
    case meanAbsoluteError = "mean_absolute_error"
    case rootMeanSquaredError = "root_mean_squared_error"
    case rSquared = "r_squared"

    /// Whether a larger figure is a better one; `nil` where the best is a value between.
    package var isBetterLarger: Bool? {
        switch self {
        case .auc, .averagePrecision, .accuracy, .balancedAccuracy, .precision, .recall, .f1,
            .macroF1, .rSquared:
            true
        case .logLoss, .brier, .calibrationError, .meanAbsoluteError, .rootMeanSquaredError: false
        case .calibrationIntercept, .calibrationSlope: nil
        }
    }

    /// The scale on which its estimates are about normal.
    package var scale: FigureScale {
        switch self {
        case .auc, .averagePrecision, .accuracy, .balancedAccuracy, .precision, .recall, .f1,
            .macroF1:
            .share
        case .logLoss, .brier, .meanAbsoluteError, .rootMeanSquaredError, .calibrationError:
            .positive
        case .rSquared: .belowOne
        case .calibrationIntercept, .calibrationSlope: .plain
        }
    }
}

/// A figure with what is known of its chance.
package struct FigureEstimate: Sendable, Equatable {
    /// The figure.
    package var value: Double
    /// Its standard error; `nil` where none is defined, or the rows show no variation.
    package var standardError: Double?
    /// Where it lies at the level that was asked for; `nil` where that is not known.
    package var interval: Interval?

    package init(_ value: Double, standardError: Double? = nil, interval: Interval? = nil) {
        self.value = value
        self.standardError = standardError
        self.interval = interval
    }

    /// The interval of the difference one − other of independent estimates from their own
    /// intervals: G. Y. Zou and A. Donner, "Construction of confidence limits about effect
    /// measures: a general approach" (2008), which is R. G. Newcombe's way with shares (1998).
    ///
    ///     let one = FigureEstimate(0.9, interval: Interval(lower: 0.8, upper: 0.95))
    ///     let other = FigureEstimate(0.7, interval: Interval(lower: 0.6, upper: 0.8))
    ///     FigureEstimate.difference(one, other).interval   // 0.0586 ... 0.3118
    ///
    /// Each end takes from each estimate the side that moves the difference there, so that an area
    /// of 1, whose interval lies wholly below it, is met as it is.
    package static func difference(_ one: FigureEstimate, _ other: FigureEstimate)
        -> FigureEstimate
    {
        let value = one.value - other.value
        guard let ours = one.interval, let theirs = other.interval else {
            return FigureEstimate(value)
        }
        func length(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
        let below = length(max(0, one.value - ours.lower), max(0, theirs.upper - other.value))
        let above = length(max(0, ours.upper - one.value), max(0, other.value - theirs.lower))
        let error = one.standardError.flatMap { a in other.standardError.map { length(a, $0) } }
        return FigureEstimate(
            value, standardError: error,
            interval: Interval(lower: value - below, upper: value + above))
    }
}
