internal import HoldfastStatistics

extension JudgeOptions {
    /// From which prediction on these rows are a yes: ``threshold``, or where ``positiveShare``
    /// decides it, the lowest prediction at or above which no more than that share of rows lies.
    func yesThreshold(_ scores: [Double], weights: [Double]?) -> Double {
        positiveShare.flatMap {
            ShareThreshold.value(scores: scores, weights: weights, share: $0)
        } ?? threshold
    }
}
