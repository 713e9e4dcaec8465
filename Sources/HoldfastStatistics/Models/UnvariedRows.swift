import Glibc

/// What rows that are all alike leave open: their variance is 0, and yet the next row may be
/// unlike.
///
/// By Wilson's interval of none of n rows, at most a share q of all rows is unlike the seen ones;
/// whatever those have lies in the figure's range, so that the figure is from v + q(low − v) to v +
/// q(high − v). Of a share of 1 this is Wilson's interval itself. For a figure that is no mean,
/// such as an area, n is the rows, or clusters, of the rarest label: of 20 rows of either label
/// that are wholly told apart it allows for an area of 0.84, AreaUnderCurve's own interval for
/// 0.88.
package enum UnvariedRows {
    /// The interval, or `nil` where the figure has no range or no row.
    ///
    ///     UnvariedRows.interval(around: 1, within: 0...1, size: 20, level: 0.95)
    ///     // 0.8388… to 1
    package static func interval(
        around value: Double, within range: ClosedRange<Double>?, size: Double, level: Double
    ) -> Interval? {
        guard let range, range.contains(value),
            let share = Proportions.wilson(successes: 0, of: size, level: level)?.upper
        else { return nil }
        return Interval(
            lower: value + share * (range.lowerBound - value),
            upper: value + share * (range.upperBound - value))
    }
}

extension ModelFigure {
    /// What it can be, where that has two ends.
    package var range: ClosedRange<Double>? {
        switch self {
        case .auc, .averagePrecision, .brier, .calibrationError, .accuracy, .balancedAccuracy,
            .precision, .recall, .f1, .macroF1:
            0...1
        case .logLoss: 0...(-log(CalibrationFit.clip))
        case .calibrationIntercept, .calibrationSlope, .meanAbsoluteError, .rootMeanSquaredError,
            .rSquared:
            nil
        }
    }

    /// What a difference of two can be.
    package var rangeOfDifference: ClosedRange<Double>? {
        range.map { ($0.lowerBound - $0.upperBound)...($0.upperBound - $0.lowerBound) }
    }
}

extension FigureEstimate {
    /// The estimate with no end of its interval beyond what the figure can be: scales that end on
    /// one side, and means of intervals, know nothing of it.
    package func possible(for figure: ModelFigure) -> FigureEstimate {
        guard let range = figure.range, range.contains(value) else { return self }
        var estimate = self
        estimate.interval = interval?.clipped(to: range)
        return estimate
    }

    /// The estimate with an interval for rows that do not vary, where it has none.
    func orUnvaried(_ range: ClosedRange<Double>?, size: Double, level: Double) -> FigureEstimate {
        guard interval == nil, size > 0 else { return self }
        return FigureEstimate(
            value, standardError: standardError,
            interval: UnvariedRows.interval(
                around: value, within: range, size: size, level: level))
    }
}
