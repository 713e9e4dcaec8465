/// What a model's score is worth as a probability, learnt from rows whose label is known.
///
///     let scores = (0..<1_000).map { Double($0 % 10) / 10 + 0.05 }
///     let labels = (0..<1_000).map { $0 % 20 == 9 }      // a tenth of those at .95, half of them
///     let calibrator = ProbabilityCalibrator(scores: scores, labels: labels, seed: 1)
///     calibrator?.isCalibrated     // true
///     calibrator?(0.95)            // 0.5
///
/// An ``IsotonicRegression`` of the label by the score, and only where it helps: each tenth of the
/// rows is calibrated by the others, and the expected calibration error of all (ten bins of as many
/// rows each: M. Pakdaman Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated
/// probabilities using Bayesian binning", 2015) must fall, or the scores stay as they are. Scores
/// that are no probabilities, below 0 or above 1, are always calibrated.
///
/// It assumes that a score means in operation what it meant in these rows: a concept that has
/// changed is not seen. `nil` without a row of each class.
package struct ProbabilityCalibrator: Sendable {
    /// The probability by the score; `nil` where the scores are taken as they are.
    package let regression: IsotonicRegression?
    /// The calibration error of all rows, each held out; `nil` where none could be.
    package let error: (before: Double, after: Double)?

    /// Whether scores are changed.
    package var isCalibrated: Bool { regression != nil }

    /// Learns from finite scores.
    package init?(scores: [Double], labels: [Bool], weights: [Double]? = nil, seed: UInt64) {
        precondition(scores.count == labels.count, "one label for each score")
        guard labels.contains(true), labels.contains(false) else { return nil }
        let outcomes = labels.map { $0 ? 1.0 : 0 }
        let isProbability = scores.allSatisfy { $0 >= 0 && $0 <= 1 }
        error =
            isProbability
            ? Self.errors(scores, outcomes, weights, CounterStream(seed: seed, stream: 90)) : nil
        let helps = error.map { $0.after < $0.before } ?? !isProbability
        regression = helps ? IsotonicRegression(scores, outcomes, weights: weights) : nil
    }

    /// The probability that a score stands for.
    package func callAsFunction(_ score: Double) -> Double { regression?(score) ?? score }

    private static let splits = 10

    /// Over all rows, each calibrated by a fit to the nine tenths that it is not of: a tenth alone
    /// has bins of a few rows, whose chance hides what calibration gains. `nil` where a class is
    /// too small to be dealt.
    private static func errors(
        _ scores: [Double], _ outcomes: [Double], _ weights: [Double]?, _ chance: CounterStream
    ) -> (before: Double, after: Double)? {
        var tenths = [[Int]](repeating: [], count: splits)
        for label in [0.0, 1] {
            let rows = outcomes.indices.filter { outcomes[$0] == label }
            guard rows.count >= splits else { return nil }
            let order = NumberOrder.ascending(rows.map { chance.uniform(UInt64($0)) })
            for (rank, place) in order.enumerated() {
                tenths[rank % splits].append(rows[Int(place)])
            }
        }
        var calibrated = scores
        for held in tenths.indices {
            let kept = tenths.indices.filter { $0 != held }.flatMap { tenths[$0] }
            func picked(_ values: [Double]) -> [Double] { kept.map { values[$0] } }
            guard
                let fit = IsotonicRegression(
                    picked(scores), picked(outcomes), weights: weights.map(picked))
            else { return nil }
            for row in tenths[held] { calibrated[row] = fit(scores[row]) }
        }
        let weights = weights ?? [Double](repeating: 1, count: scores.count)
        return (error(scores, outcomes, weights), error(calibrated, outcomes, weights))
    }

    /// Σ over ten bins of |Σ w (outcome − probability)| / Σ w.
    private static func error(_ probabilities: [Double], _ outcomes: [Double], _ weights: [Double])
        -> Double
    {
        let order = NumberOrder.ascending(probabilities)
        var (total, all) = (0.0, 0.0)
        for bin in 0..<10 {
            var off = 0.0
            for place in order[(bin * order.count / 10)..<((bin + 1) * order.count / 10)] {
                let row = Int(place)
                off += weights[row] * (outcomes[row] - probabilities[row])
                all += weights[row]
            }
            total += abs(off)
        }
        return all > 0 ? total / all : 0
    }
}
