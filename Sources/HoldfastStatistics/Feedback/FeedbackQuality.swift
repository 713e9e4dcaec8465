import Glibc

extension FeedbackResult {
    /// How good a model truly is, on units that nobody touched.
    public struct Quality: Sendable, Equatable {
        /// The area under the ROC curve: 0.5 for chance, 1 for perfect order; `nil` without a
        /// fraud or without a good unit.
        public var auc: Double?
        /// The mean of −log of the probability given to what happened, in nats.
        public var logLoss: Double
        /// The mean squared distance of probability and label: G. W. Brier, "Verification of
        /// forecasts expressed in terms of probability" (1950).
        public var brier: Double
        /// The frauds predicted over the frauds there are: 1 is calibrated, below 1 too hopeful;
        /// `nil` without a fraud.
        public var calibration: Double?
        /// The mean distance of predicted and true share over ten groups of equal size by score.
        public var calibrationError: Double
        /// The share of frauds that would be blocked, `nil` without a fraud.
        public var recall: Double?
        /// The share of the units that would be blocked that are fraud, `nil` where none would be.
        public var precision: Double?
        /// The share of units that are fraud.
        public var fraudShare: Double
    }
}

extension FeedbackResult.Quality {
    /// The figures of a model on some units.
    init(_ model: LogisticRegression, on batch: FeedbackBatch, blockShare: Double) {
        let scores = batch.scores(model)
        let labels = batch.labels
        let count = Double(scores.count)
        var (loss, squares) = (0.0, 0.0)
        for (score, label) in zip(scores, labels) {
            // A model that is sure and wrong has a loss that is large, and finite.
            let given = max(label == 1 ? score : 1 - score, 1e-12)
            loss -= log(given)
            squares += (score - label) * (score - label)
        }
        let frauds = labels.reduce(0, +)
        auc = RankedArea.area(scores: scores, labels: labels)
        logLoss = loss / count
        brier = squares / count
        calibration = frauds > 0 ? scores.reduce(0, +) / frauds : nil
        calibrationError = Self.calibrationError(scores, labels)
        fraudShare = frauds / count
        let threshold = FeedbackActions.threshold(scores, share: blockShare)
        let over = scores.indices.filter { place in threshold.map { scores[place] >= $0 } ?? false }
        let caught = over.reduce(0) { $0 + labels[$1] }
        recall = frauds > 0 ? caught / frauds : nil
        precision = over.isEmpty ? nil : caught / Double(over.count)
    }

    private static func calibrationError(_ scores: [Double], _ labels: [Double]) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        let groups = 10
        var (start, sum) = (0, 0.0)
        for group in 0..<groups {
            // The first groups take what does not divide by ten.
            let size = order.count / groups + (group < order.count % groups ? 1 : 0)
            let excess = order[start..<start + size].reduce(0) { $0 + scores[$1] - labels[$1] }
            sum += abs(excess)
            start += size
        }
        return sum / Double(scores.count)
    }
}
