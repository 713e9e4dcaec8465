/// The rows that a regime trains on after a cycle.
package struct FeedbackRows: Sendable {
    /// The cycle's units.
    package let batch: FeedbackBatch
    /// The places of the units that are rows.
    package let places: [Int]
    /// The label of each row, as the regime takes it.
    package let labels: [Double]
    /// The weight of each row.
    package let weights: [Double]

    /// No row of an exploration weighs more: a few would else be the whole set.
    static let weightLimit = 50.0

    /// What a regime keeps of a cycle.
    init(
        _ batch: FeedbackBatch, _ actions: FeedbackActions, regime: FeedbackRegime, control: [Bool]
    ) {
        self.batch = batch
        let all = 0..<batch.count
        switch regime {
        case .oracle, .naiveZero: places = Array(all)
        case .controlOnly: places = all.filter { control[$0] }
        case .naiveDrop, .pooledUnweighted, .pooledWeighted, .exploration:
            places = all.filter { !actions.isBlocked[$0] }
        }
        switch regime {
        case .naiveZero: labels = places.map { actions.isBlocked[$0] ? 0 : batch.labels[$0] }
        case .oracle, .naiveDrop, .controlOnly, .pooledUnweighted, .pooledWeighted, .exploration:
            labels = places.map { batch.labels[$0] }
        }
        switch regime {
        case .pooledWeighted: weights = places.map { 1 / actions.propensity[$0] }
        case .exploration:
            weights = places.map { min(1 / actions.propensity[$0], Self.weightLimit) }
        case .oracle, .naiveDrop, .naiveZero, .controlOnly, .pooledUnweighted:
            weights = [Double](repeating: 1, count: places.count)
        }
    }

    /// The model of some cycles' rows, or `nil` where they give none.
    package static func fit(_ parts: [FeedbackRows]) -> LogisticRegression? {
        let width = FeedbackWorld.featureCount
        return LogisticRegression.fit(featureCount: width, ridge: FeedbackSettings.ridge) { add in
            for part in parts {
                part.batch.features.withUnsafeBufferPointer { features in
                    for (row, place) in part.places.enumerated() {
                        let range = place * width..<(place + 1) * width
                        add(
                            UnsafeBufferPointer(rebasing: features[range]), part.labels[row],
                            part.weights[row])
                    }
                }
            }
        }
    }
}
