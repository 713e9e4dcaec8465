/// One regime in its own copy of the world, from cycle to cycle.
package struct FeedbackCourse: Sendable {
    private let settings: FeedbackSettings
    /// The model in use, `nil` before the first was trained.
    package private(set) var model: LogisticRegression?
    /// What the policy did in the last cycle.
    package private(set) var actions: FeedbackActions?
    /// The rows that the last model was trained on, a part for each cycle.
    package private(set) var rows: [FeedbackRows] = []
    /// What came of it so far.
    package private(set) var result: FeedbackResult.Course

    /// The regime before its first cycle.
    package init(_ regime: FeedbackRegime, _ settings: FeedbackSettings) {
        self.settings = settings
        result = FeedbackResult.Course(regime: regime, cycles: [])
    }

    /// Acts on a cycle's units, retrains, and judges the new model.
    package mutating func live(
        through batch: FeedbackBatch, _ chance: FeedbackChance, judgedOn untouched: FeedbackBatch
    ) {
        let actions = FeedbackActions(
            batch, model: model, regime: result.regime, settings: settings,
            control: chance.control, luck: chance.luck)
        self.actions = actions
        let monitor = monitor(batch, actions, control: chance.control)
        rows.append(
            FeedbackRows(batch, actions, regime: result.regime, control: chance.control))
        rows = rows.suffix(settings.window)
        let fitted = FeedbackRows.fit(rows)
        model = fitted ?? model
        result.cycles.append(
            FeedbackResult.Cycle(
                number: result.cycles.count, actions: Self.count(batch, actions),
                monitor: monitor, training: Self.count(rows), coefficients: fitted?.coefficients,
                quality: model.map {
                    FeedbackResult.Quality($0, on: untouched, blockShare: settings.blockShare)
                }))
    }

    private static func count(
        _ batch: FeedbackBatch, _ actions: FeedbackActions
    ) -> FeedbackResult.Actions {
        var counts = FeedbackResult.Actions(
            blocked: 0, fraudLetThrough: 0, goodBlocked: 0, spared: 0, fraudSpared: 0)
        for place in 0..<batch.count {
            let fraud = Int(batch.labels[place])
            if actions.isBlocked[place] {
                counts.blocked += 1
                counts.goodBlocked += 1 - fraud
            } else {
                counts.fraudLetThrough += fraud
                if actions.isOver[place] {
                    counts.spared += 1
                    counts.fraudSpared += fraud
                }
            }
        }
        return counts
    }

    private static func count(_ rows: [FeedbackRows]) -> FeedbackResult.Training {
        let labels = rows.flatMap(\.labels)
        let weights = rows.flatMap(\.weights)
        let whole = weights.reduce(0, +)
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        let positive = zip(labels, weights).reduce(0) { $0 + $1.0 * $1.1 }
        return FeedbackResult.Training(
            rows: labels.count, positives: Int(labels.reduce(0, +)),
            rate: labels.isEmpty ? nil : positive / whole,
            effectiveRows: labels.isEmpty ? nil : whole * whole / squares)
    }

    /// What somebody sees who knows only the labels that the regime shows.
    private func monitor(
        _ batch: FeedbackBatch, _ actions: FeedbackActions, control: [Bool]
    ) -> FeedbackResult.Monitor? {
        guard let scores = actions.scores else { return nil }
        let all = 0..<batch.count
        let places: [Int]
        switch result.regime {
        case .oracle: return nil
        case .naiveDrop, .exploration: places = all.filter { !actions.isBlocked[$0] }
        case .naiveZero: places = Array(all)
        case .controlOnly, .pooledUnweighted, .pooledWeighted:
            places = all.filter { control[$0] }
        }
        // A blocked unit is seen by one regime alone, and as no fraud.
        let labels = places.map { actions.isBlocked[$0] ? 0 : batch.labels[$0] }
        let seen = places.map { scores[$0] }
        let plain = RankedArea.area(scores: seen, labels: labels)
        guard result.regime == .exploration else {
            return FeedbackResult.Monitor(auc: plain, weightedAUC: nil)
        }
        let weights = places.map { 1 / actions.propensity[$0] }
        return FeedbackResult.Monitor(
            auc: plain,
            weightedAUC: RankedArea.area(scores: seen, labels: labels, weights: weights))
    }
}
