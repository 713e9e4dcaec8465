/// What each feature adds to one prediction: L. S. Shapley's values ("A value for n-person games",
/// 1953) of the game in which a coalition of features is worth what the model answers on average
/// where they are as in the row and the others as in rows of a background.
///
/// The interventional reading of S. M. Lundberg and S.-I. Lee, "A unified approach to interpreting
/// model predictions" (2017), with D. Janzing, L. Minorics and P. Blöbaum, "Feature relevance
/// quantification in explainable AI: a causal problem" (2020): features are set, not observed, so
/// that one that the model does not read gets 0 even where it goes with one that it reads. The
/// price are rows that may never come (a pregnant man). In the unit of the prediction.
package struct ShapleyValues: Sendable, Equatable {
    /// The model's mean over the background.
    package let base: Double
    /// The model's answer for the row: ``base`` and the ``values`` together, to rounding.
    package let prediction: Double
    /// What each feature adds.
    package let values: [Double]
    /// How far each value may be from the exact one by the draw of orders; `nil` for exact ones and
    /// for a single pair of orders. Says nothing of the background's own chance.
    package let standardErrors: [Double]?
    /// The pairs of orders, 0 for exact values.
    package let pairs: Int

    /// Where the exact value of a feature lies, by Student's t over the pairs.
    package func interval(of feature: Int, level: Double = 0.95) -> Interval? {
        guard let error = standardErrors?[feature] else { return nil }
        let t = StudentT.exceeded(by: (1 - level) / 2, degreesOfFreedom: Double(pairs - 1))
        return Interval(lower: values[feature] - t * error, upper: values[feature] + t * error)
    }
}

/// The values by the definition, from what every coalition is worth.
package enum ExactShapley {
    /// 2¹⁰ coalitions for each row of the background are what a model can be asked for.
    package static let mostFeatures = 10

    /// The values of a game: feature j is in the coalition `mask` where bit j is 1.
    ///
    ///     ExactShapley.values(worths: [0, 1, 2, 7])   // [3.0, 4.0]
    ///
    /// φⱼ = Σₛ s! (d − s − 1)! / d! · Σ (v(S ∪ j) − v(S)) over the S without j of s features. The
    /// differences of one size are added up before they are weighed, so that the values' sum is
    /// v(all) − v(∅) to rounding.
    package static func values(worths: [Double]) -> [Double] {
        let features = worths.count.trailingZeroBitCount
        precondition(worths.count == 1 << features, "a worth for each coalition")
        return (0..<features).map { feature in
            var bySize = [Double](repeating: 0, count: features)
            let bit = 1 << feature
            for mask in worths.indices where mask & bit == 0 {
                bySize[mask.nonzeroBitCount] += worths[mask | bit] - worths[mask]
            }
            // s! (d − s − 1)! / d! is 1 / (d · (d − 1 over s)).
            var coalitions = 1.0
            var value = 0.0
            for size in 0..<features {
                value += bySize[size] / (Double(features) * coalitions)
                coalitions *= Double(features - 1 - size) / Double(size + 1)
            }
            return value
        }
    }
}

/// The values by orders drawn by chance, for more features than all coalitions can be asked of.
package enum SampledShapley {
    /// The values from what the coalitions along some orders are worth.
    ///
    /// J. Castro, D. Gómez and J. Tejada, "Polynomial calculation of the Shapley value based on
    /// sampling" (2009), each order forward and in reverse, which leaves no error in games of pairs
    /// of features (R. Mitchell, J. Cooper, E. Frank and G. Holmes, "Sampling permutations for
    /// Shapley value estimation", 2022). Along each order the additions add up to v(all) − v(∅).
    ///
    /// `forward[p][k]` is the worth of the first k features of `orders[p]`, `reverse[p][k]` that
    /// of the last k.
    package static func values(
        orders: [[Int32]], forward: [[Double]], reverse: [[Double]]
    ) -> (values: [Double], standardErrors: [Double]?) {
        precondition(!orders.isEmpty, "an order at least")
        let features = orders[0].count
        var added = [[Double]](repeating: [], count: features)
        for (pair, order) in orders.enumerated() {
            for (step, feature) in order.enumerated() {
                let one = forward[pair][step + 1] - forward[pair][step]
                let back = features - 1 - step
                let two = reverse[pair][back + 1] - reverse[pair][back]
                added[Int(feature)].append((one + two) / 2)
            }
        }
        let moments = added.map { values in values.withUnsafeBufferPointer { Moments($0) } }
        let pairs = Double(orders.count)
        let errors = moments.compactMap { $0.variance(freedom: pairs - 1) }
            .map { ($0 / pairs).squareRoot() }
        return (moments.map(\.mean), errors.count == features ? errors : nil)
    }
}
