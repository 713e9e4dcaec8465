/// What a learning curve is drawn of: how good a model is on rows that it never saw.
package enum LearningScore: String, Sendable, Equatable, CaseIterable {
    /// The area under the ROC curve.
    case auc
    /// The mean of −log of the probability that was given to what happened, in nats.
    case logLoss = "log_loss"
    /// The mean squared distance of probability and label.
    case brier

    /// Whether a larger score is a better one.
    package var isRising: Bool { self == .auc }

    /// The figure of a model that it is.
    package var figure: ModelFigure {
        switch self {
        case .auc: .auc
        case .logLoss: .logLoss
        case .brier: .brier
        }
    }

    /// The score that nothing passes.
    package var best: Double { isRising ? 1 : 0 }

    /// Whether a score can lie so far from its ceiling.
    package func isPossible(distance: Double) -> Bool {
        switch self {
        case .auc: distance > 0 && distance < 0.5
        case .logLoss: distance > 0 && distance.isFinite
        case .brier: distance > 0 && distance < 1
        }
    }

    /// Whether a model can have such a score: an area from above ½, a loss from above 0.
    package func isPossible(_ score: Double) -> Bool {
        switch self {
        case .auc: score > 0.5 && score < 1
        case .logLoss: score > 0 && score.isFinite
        case .brier: score > 0 && score < 1
        }
    }
}

/// What a retrained model is to reach.
package enum LearningTarget: Sendable, Equatable {
    /// This score on average.
    case score(Double)
    /// A score that is this far from the ceiling on average, wherever that lies.
    case within(Double)
}
