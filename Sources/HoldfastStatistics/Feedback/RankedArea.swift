/// The area under the ROC curve: the probability that a positive has a higher score than a
/// negative, ties half.
///
///     RankedArea.area(scores: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1])   // 0.75
///
/// J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a receiver operating
/// characteristic (ROC) curve" (1982).
enum RankedArea {
    /// The area, rows weighted where weights are given; `nil` without a positive or a negative.
    static func area(scores: [Double], labels: [Double], weights: [Double]? = nil) -> Double? {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (below, positives, sum) = (0.0, 0.0, 0.0)
        var start = 0
        while start < order.count {
            var (tiedPositives, tiedNegatives) = (0.0, 0.0)
            var end = start
            while end < order.count, scores[order[end]] == scores[order[start]] {
                let weight = weights?[order[end]] ?? 1
                tiedPositives += weight * labels[order[end]]
                tiedNegatives += weight * (1 - labels[order[end]])
                end += 1
            }
            sum += tiedPositives * (below + tiedNegatives / 2)
            below += tiedNegatives
            positives += tiedPositives
            start = end
        }
        return positives > 0 && below > 0 ? sum / (positives * below) : nil
    }
}
