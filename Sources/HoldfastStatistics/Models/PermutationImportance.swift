/// How much worse a model's score is where one feature's values are shuffled among the rows.
///
///     let importance = PermutationImportance(
///         .absoluteError([1, 2, 3]), answers: [1, 2, 3], shuffled: [[2, 1, 3]],
///         donors: [[1, 0, 2]])
///     importance?.drop    // 0.6666…: the mean absolute error rose from 0 by that
///
/// L. Breiman, "Random forests" (2001), for any model and score as by A. Fisher, C. Rudin and F.
/// Dominici, "All models are wrong, but many are useful" (2019). A feature that others stand in for
/// shows little, and shuffling makes rows that may never come: it tells what the model leans on,
/// not what moves the outcome.
package struct PermutationImportance: Sendable, Equatable {
    /// What is known of the rows, and by which score the answers are measured. Higher is better.
    package enum Score: Sendable, Equatable {
        /// The area under the ROC curve.
        case area(isPositive: [Bool])
        /// The mean absolute error, negated.
        case absoluteError([Double])
        /// The share of answers that are the label's code.
        case accuracy([Int32])

        var count: Int {
            switch self {
            case .area(let isPositive): isPositive.count
            case .absoluteError(let labels): labels.count
            case .accuracy(let codes): codes.count
            }
        }
    }

    /// The score of the rows as they are.
    package let score: Double
    /// By how much each repeat is worse.
    package let drops: [Double]
    /// The standard error of ``drop``: see ``interval(level:)``. `nil` for fewer than two clusters.
    package let standardError: Double?
    /// The clusters, or the rows.
    package let clusters: Int

    /// The mean of the repeats.
    package var drop: Double { drops.reduce(0, +) / Double(drops.count) }

    /// Where the drop lies that all rows of the source and all shuffles would give.
    ///
    /// Covers which rows these are, each both for its label and for the value that it gave to
    /// another (in the manner of W. Hoeffding, "A class of statistics with asymptotically normal
    /// distribution", 1948), and the shuffles' chance, which it counts twice rather than never. It
    /// does not cover that the model might have been trained on other rows.
    package func interval(level: Double = 0.95) -> Interval? {
        ClusteredMean.interval(
            drop, standardError: standardError, clusters: clusters, level: level)
    }

    /// The importance from the answers for the rows as they are and for each repeat's, in which row
    /// `i` has the feature of row `donors[repeat][i]`; each row gives once.
    ///
    /// `nil` without rows or repeats, where an answer is not finite, and for an area of one label
    /// alone. Weights count in the score, as in scikit-learn, and not in the shuffling.
    package init?(
        _ truth: Score, answers: [Double], shuffled: [[Double]], donors: [[Int32]],
        weights: [Double]? = nil, clusters: [Int32]? = nil
    ) {
        precondition(shuffled.count == donors.count, "donors for each repeat")
        precondition(answers.count == truth.count, "an answer for each row")
        guard !shuffled.isEmpty, let asIs = Scored(truth, answers, weights) else { return nil }
        var parts = [Double](repeating: 0, count: answers.count)
        var drops: [Double] = []
        let share = 1 / Double(shuffled.count)
        for (answers, donors) in zip(shuffled, donors) {
            guard let scored = Scored(truth, answers, weights) else { return nil }
            drops.append(asIs.score - scored.score)
            for (row, donor) in donors.enumerated() {
                // The giver's part is what its value changed in the taker: what the taker is like
                // anyway has the mean 0, and would only add noise.
                let change = share * (asIs.parts[row] - scored.parts[row])
                parts[row] += change
                parts[Int(donor)] += change
            }
        }
        score = asIs.score
        self.drops = drops
        (standardError, self.clusters) = ClusteredMean.error(ofSumOf: parts, clusters: clusters)
    }
}

/// A score, and what each row contributes to its distance from the expected one.
private struct Scored {
    let score: Double
    let parts: [Double]

    init?(_ truth: PermutationImportance.Score, _ answers: [Double], _ weights: [Double]?) {
        guard !answers.isEmpty, answers.allSatisfy(\.isFinite) else { return nil }
        switch truth {
        case .area(let isPositive):
            self.init(areaOf: answers, isPositive, weights)
        case .absoluteError(let labels):
            self.init(zip(answers, labels).map { -abs($0 - $1) }, weights)
        case .accuracy(let codes):
            self.init(zip(answers, codes).map { $0 == Double($1) ? 1 : 0 }, weights)
        }
    }

    /// A mean of the rows' scores.
    private init?(_ scores: [Double], _ weights: [Double]?) {
        guard let mean = ClusteredMean(scores, weights: weights)?.mean else { return nil }
        let total = weights?.reduce(0, +) ?? Double(scores.count)
        score = mean
        parts = scores.indices.map { (weights?[$0] ?? 1) * (scores[$0] - mean) / total }
    }

    /// An area: a row contributes how far its place among the other label's rows is from the mean
    /// place (DeLong, DeLong and Clarke-Pearson, 1988), by its share of its own label's weight.
    private init?(areaOf answers: [Double], _ isPositive: [Bool], _ weights: [Double]?) {
        guard
            let places = Placements(scores: answers, isPositive: isPositive, weights: weights)
        else { return nil }
        var (positives, negatives) = (0.0, 0.0)
        for row in answers.indices {
            if isPositive[row] {
                positives += weights?[row] ?? 1
            } else {
                negatives += weights?[row] ?? 1
            }
        }
        score = places.area
        parts = answers.indices.map { row in
            (weights?[row] ?? 1) * (places.values[row] - places.area)
                / (isPositive[row] ? positives : negatives)
        }
    }
}
