/// What a covariate from before the start took out of an effect's error (CUPED).
///
/// A. Deng, Y. Xu, R. Kohavi and T. Walker, "Improving the sensitivity of online controlled
/// experiments by utilizing pre-experiment data" (2013): an arm's figure less θ times what its mean
/// covariate is above the mean of both arms. Any θ leaves the effect unbiased, as chance alone
/// makes the arms differ in what was known before; θ = cov(covariate, metric)/var(covariate), over
/// both arms' units together and about their common means, takes out most. It is taken for known,
/// and costs no degree of freedom.
///
/// With clusters both are those of the clusters' sums, and of a ratio's linear parts: of the units
/// as they were randomised. A row without a covariate counts as one of the mean covariate, which
/// leaves it as it was and θ to the others; where such rows are much more in one arm, nothing is
/// adjusted.
package struct CovariateAdjustment: Sendable, Equatable {
    /// θ: by how much the metric rises with the covariate.
    package var theta: Double
    /// The part of the units' variance that the covariate explains: their squared correlation.
    package var varianceReduction: Double
    /// The difference as it is without the covariate.
    package var unadjusted: EffectFigure
    /// The rows of both arms whose covariate is not known.
    package var rowsWithoutCovariate: Int
}

/// The arms' lines after a covariate's part was taken out.
struct AdjustedLines {
    let control: ArmLine
    let treatment: ArmLine
    let theta: Double
    let varianceReduction: Double
    let rowsWithoutCovariate: Int

    /// Why a covariate is of no use, in a sentence.
    struct Fault: Error, Equatable {
        let sentence: String
    }

    /// The lines of two arms less what their covariates explain.
    static func of(
        _ pair: ArmPair, _ rows: (control: ArmRows, treatment: ArmRows), _ metric: EffectMetric
    ) -> Result<AdjustedLines, Fault> {
        guard let one = rows.control.covariates, let two = rows.treatment.covariates else {
            return .failure(Fault(sentence: "the covariate is known in one arm only"))
        }
        let missing = (
            one.reduce(0) { $0 + ($1.isNaN ? 1 : 0) }, two.reduce(0) { $0 + ($1.isNaN ? 1 : 0) }
        )
        let unknown = missing.0 + missing.1
        // Weights are put on one footing: each arm's are those of its own withUsefulWeights().
        let weights = pooledWeights(rows.control, rows.treatment)
        guard unknown < one.count + two.count else {
            return .failure(Fault(sentence: "no row's covariate is known"))
        }
        guard missing.0 < one.count, missing.1 < two.count else {
            return .failure(Fault(sentence: "the covariate is known in one arm only"))
        }
        guard !isUnlike((missing.0, one.count), (missing.1, two.count)) else {
            return .failure(
                Fault(sentence: "the covariate is missing in unlike shares of the arms' rows"))
        }
        let centre = knownMean(one + two, weights)
        let filled = (one.map { $0.isNaN ? centre : $0 }, two.map { $0.isNaN ? centre : $0 })
        let whole = ArmLine(mean: filled.0 + filled.1, weights: weights)
        var all = ArmRows(values: rows.control.values + rows.treatment.values)
        all.weights = weights
        if let above = rows.control.denominators, let below = rows.treatment.denominators {
            all.denominators = above + below
        }
        guard case .success(let metricLine) = ArmLine.of(all, metric, .control),
            whole.parts.allSatisfy(\.isFinite)
        else { return .failure(Fault(sentence: "its sums are beyond a double")) }
        let x = summed(whole.parts, pair.units, one.count)
        let y = summed(metricLine.parts, pair.units, one.count)
        let (xx, xy, yy) = (ArmPair.dot(x, x), ArmPair.dot(x, y), ArmPair.dot(y, y))
        guard xx > 0 else {
            return .failure(Fault(sentence: "the covariate has one value, and explains nothing"))
        }
        let theta = xy / xx
        let left = zip(x, y).reduce(0) { $0 + ($1.1 - theta * $1.0) * ($1.1 - theta * $1.0) }
        // What rounding leaves is no variance.
        guard theta.isFinite, left > 1e-20 * yy else {
            return .failure(
                Fault(
                    sentence:
                        "the covariate determines the metric: take one that is known before the start"
                ))
        }
        let lines = (
            ArmLine(mean: filled.0, weights: rows.control.weights),
            ArmLine(mean: filled.1, weights: rows.treatment.weights)
        )
        return .success(
            AdjustedLines(
                control: pair.control.less(theta, lines.0, centre: whole.value),
                treatment: pair.treatment.less(theta, lines.1, centre: whole.value),
                theta: theta, varianceReduction: 1 - left / yy, rowsWithoutCovariate: unknown))
    }

    /// Whether a covariate is missing so much more often in one arm that the mean, which stands in
    /// for it, would shift the effect: p below .001, and more than a point.
    private static func isUnlike(
        _ one: (missing: Int, rows: Int), _ two: (missing: Int, rows: Int)
    ) -> Bool {
        let attrition = DifferentialAttrition(
            reference: (one.missing, one.rows), candidate: (two.missing, two.rows))
        guard let attrition, let p = attrition.pValue else { return false }
        return p < 0.001 && abs(attrition.effect) > 0.01
    }

    /// The weights of both arms' rows, or `nil` where all are 1.
    private static func pooledWeights(_ control: ArmRows, _ treatment: ArmRows) -> [Double]? {
        guard control.weights != nil || treatment.weights != nil else { return nil }
        // Each arm's weights come to its number of rows, as they do where there are none.
        func scaled(_ rows: ArmRows) -> [Double] {
            let count = Double(rows.values.count)
            guard let weights = rows.weights else {
                return [Double](repeating: 1, count: rows.values.count)
            }
            let factor = count / weights.reduce(0, +)
            return weights.map { $0 * factor }
        }
        return scaled(control) + scaled(treatment)
    }

    private static func knownMean(_ values: [Double], _ weights: [Double]?) -> Double {
        let known = values.indices.filter { !values[$0].isNaN }
        return ArmLine(
            mean: known.map { values[$0] }, weights: weights.map { all in known.map { all[$0] } }
        ).value
    }

    /// The parts of both arms' rows, added up by what was randomised.
    private static func summed(
        _ parts: [Double], _ units: RandomisedUnits, _ first: Int
    ) -> [Double] {
        guard units.places != nil else { return parts }
        let sums = units.sums(
            control: Array(parts[..<first]), treatment: Array(parts[first...]))
        return zip(sums.control, sums.treatment).map { $0 + $1 }
    }
}
