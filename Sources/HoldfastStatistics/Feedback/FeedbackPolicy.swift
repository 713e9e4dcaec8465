import Glibc

/// What a regime's policy does with the units of a cycle.
package struct FeedbackActions: Sendable {
    /// The score of each unit; `nil` in the first cycle, which has no model.
    package var scores: [Double]?
    /// Whether the model would block the unit.
    package var isOver: [Bool]
    /// Whether the unit is blocked, so that nobody sees its label.
    package var isBlocked: [Bool]
    /// The probability, by design, that the unit's label is seen.
    package var propensity: [Double]

    /// The share of units at the threshold, and at the highest score, that an exploration lets
    /// through; geometric in the rank between.
    static let explored = (atThreshold: 0.25, atTop: 0.02)

    /// What becomes of these units under a regime.
    init(
        _ batch: FeedbackBatch, model: LogisticRegression?, regime: FeedbackRegime,
        settings: FeedbackSettings, control: [Bool], luck: [Double]
    ) {
        scores = model.map { batch.scores($0) }
        isOver = [Bool](repeating: false, count: batch.count)
        propensity = [Double](repeating: 1, count: batch.count)
        if let scores, let threshold = Self.threshold(scores, share: settings.blockShare) {
            isOver = scores.map { $0 >= threshold }
        }
        isBlocked = isOver
        if regime.hasControl {
            for place in isOver.indices where isOver[place] {
                isBlocked[place] = !control[place]
                propensity[place] = settings.controlShare
            }
        } else if regime == .exploration, let scores {
            explore(scores, luck: luck)
        }
    }

    /// The score from which on units are blocked, or `nil` where so small a share is none.
    static func threshold(_ scores: [Double], share: Double) -> Double? {
        let count = Int((share * Double(scores.count)).rounded(.toNearestOrEven))
        return count == 0 ? nil : scores.sorted()[scores.count - count]
    }

    private mutating func explore(_ scores: [Double], luck: [Double]) {
        let over = isOver.indices.filter { isOver[$0] }.sorted { scores[$0] < scores[$1] }
        let (first, last) = Self.explored
        for (rank, place) in over.enumerated() {
            let height = Double(rank) / Double(max(1, over.count - 1))
            propensity[place] = first * pow(last / first, height)
            isBlocked[place] = luck[place] >= propensity[place]
        }
    }
}
