/// An arm's figure with what each row adds to its error: the linear part of it.
///
///     figure − truth ≈ Σ parts,   Σ parts = 0
///
/// All means and ratios are of this form, weighted or not, and so is any difference of two lines
/// that a covariate makes. Variances are then sums of squares of ``parts`` over what was
/// randomised (the delta method: G. W. Oehlert, "A note on the delta method", 1992).
struct ArmLine {
    /// The figure.
    var value: Double
    /// What rounding left of it.
    var rest: Double
    /// What each row adds to the figure's error.
    var parts: [Double]
    /// Each row's part of the arm's weight; `nil` where each is 1/n.
    let shares: [Double]?

    /// The mean of some values, such as a covariate's or a metric's.
    init(mean values: [Double], weights: [Double]?) {
        let moments = values.withUnsafeBufferPointer { values in
            guard let weights else { return Moments(values) }
            return weights.withUnsafeBufferPointer { Moments(values, masses: $0) }
        }
        let (mean, rest, total) = (moments.mean, moments.meanRest, moments.total)
        value = mean
        self.rest = rest
        shares = weights?.map { $0 / total }
        if let shares {
            parts = values.indices.map { shares[$0] * (values[$0] - mean - rest) }
        } else {
            parts = values.map { ($0 - mean - rest) / total }
        }
    }

    /// The ratio of two sums; `nil` where the denominators add up to 0.
    init?(ratioOf values: [Double], to denominators: [Double], weights: [Double]?) {
        let above = ArmLine(mean: values, weights: weights)
        let below = ArmLine(mean: denominators, weights: weights)
        guard below.value != 0 else { return nil }
        let ratio = above.value / below.value
        value = ratio
        rest = 0
        shares = above.shares
        let each = 1 / Double(values.count)
        parts = values.indices.map { row in
            let (own, expected) = (values[row], ratio * denominators[row])
            // Rows of one ratio do not differ, whatever the last digit says.
            let isAlike = abs(own - expected) <= 0x1p-50 * abs(own)
            let share = above.shares?[row] ?? each
            return isAlike ? 0 : share * (own - expected) / below.value
        }
    }

    /// The line of a metric other than a quantile.
    static func of(
        _ rows: ArmRows, _ metric: EffectMetric, _ arm: EffectArm
    ) -> Result<ArmLine, EffectFault> {
        let line: ArmLine?
        if metric == .ratio, let denominators = rows.denominators {
            line = ArmLine(ratioOf: rows.values, to: denominators, weights: rows.weights)
            if line == nil { return .failure(.zeroDenominator(arm)) }
        } else {
            line = ArmLine(mean: rows.values, weights: rows.weights)
        }
        guard let line, line.value.isFinite, line.parts.allSatisfy(\.isFinite) else {
            return .failure(.beyondDouble)
        }
        return .success(line)
    }

    /// This line less `slope` times what another one's figure is above `centre`.
    func less(_ slope: Double, _ other: ArmLine, centre: Double) -> ArmLine {
        var line = self
        line.value -= slope * (other.value - centre + other.rest)
        for row in parts.indices { line.parts[row] -= slope * other.parts[row] }
        return line
    }
}
