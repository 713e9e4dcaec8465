import Glibc

/// The weight of rows by label and prediction, with the figures that are counted from it.
///
///     var table = ConfusionTable(classes: 2)
///     for (label, answer) in [(1, 1), (1, 1), (1, 0), (0, 1), (0, 0)] {
///         table.add(label: label, prediction: answer)
///     }
///     table.accuracy?.share        // 0.6
///     table.precision(of: 1)?.share   // 0.6666666666666666
///     table.f1(of: 1)              // 0.6666666666666666
package struct ConfusionTable: Sendable, Equatable {
    /// The classes, by their codes from 0.
    package let classes: Int
    /// The weight of each pair, label by label.
    package private(set) var weights: [Double]
    private var squares: [Double]

    package init(classes: Int) {
        precondition(classes >= 0, "classes are counted")
        self.classes = classes
        weights = [Double](repeating: 0, count: classes * classes)
        squares = weights
    }

    /// Adds a row.
    package mutating func add(label: Int, prediction: Int, weight: Double = 1) {
        add(label: label, prediction: prediction, weight: weight, square: weight * weight)
    }

    /// Adds rows by their weights' sum and sum of squares.
    mutating func add(label: Int, prediction: Int, weight: Double, square: Double) {
        weights[label * classes + prediction] += weight
        squares[label * classes + prediction] += square
    }

    /// The weight of the rows of a label that a prediction was made for.
    package func weight(label: Int, prediction: Int) -> Double {
        weights[label * classes + prediction]
    }

    /// The weight of the rows of a label.
    package func weight(label: Int) -> Double {
        (0..<classes).reduce(0) { $0 + weight(label: label, prediction: $1) }
    }

    /// The weight of the rows that a class was predicted for.
    package func weight(prediction: Int) -> Double {
        (0..<classes).reduce(0) { $0 + weight(label: $1, prediction: prediction) }
    }

    /// The share of rows whose prediction is the label; `nil` without rows.
    package var accuracy: WeightedShare? {
        share { label, prediction in label == prediction }
    }

    /// Of the rows with a label, the share that is predicted so; `nil` without such rows.
    package func recall(of one: Int) -> WeightedShare? {
        share { label, prediction in label == one ? prediction == one : nil }
    }

    /// Of the rows that a class is predicted for, the share that has it; `nil` without such rows.
    package func precision(of one: Int) -> WeightedShare? {
        share { label, prediction in prediction == one ? label == one : nil }
    }

    /// Of the rows that have a class or are predicted to, the share of both (P. Jaccard, 1901).
    /// The F1 of the class is a function of it: see ``f1(of:)``.
    package func overlap(of one: Int) -> WeightedShare? {
        share { label, prediction in
            label == one || prediction == one ? label == prediction : nil
        }
    }

    /// The harmonic mean of precision and recall, 2J/(1 + J) of the ``overlap(of:)`` J; `nil`
    /// where no row has the class or is predicted to.
    package func f1(of one: Int) -> Double? {
        overlap(of: one).map { 2 * $0.share / (1 + $0.share) }
    }

    /// The mean recall of the classes that labels have; `nil` without rows.
    package var balancedAccuracy: Double? {
        mean((0..<classes).compactMap { recall(of: $0)?.share })
    }

    /// The mean F1 of the classes that labels or predictions have; `nil` without rows.
    package var macroF1: Double? { mean((0..<classes).compactMap { f1(of: $0) }) }

    private func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The interval of the mean recall: the recalls are of different rows, so that the distances
    /// to the ends of their Wilson intervals add up by their squares (G. Y. Zou and A. Donner,
    /// 2008).
    package func balancedAccuracyInterval(level: Double) -> Interval? {
        let recalls = (0..<classes).compactMap { recall(of: $0) }
        guard let value = balancedAccuracy else { return nil }
        var (below, above) = (0.0, 0.0)
        for recall in recalls {
            guard let interval = recall.interval(level: level) else { return nil }
            below += (recall.share - interval.lower) * (recall.share - interval.lower)
            above += (interval.upper - recall.share) * (interval.upper - recall.share)
        }
        let count = Double(recalls.count)
        return Interval(
            lower: max(0, value - below.squareRoot() / count),
            upper: min(1, value + above.squareRoot() / count))
    }

    /// The standard error of the mean F1, from what a row of each pair moves it by.
    package var macroF1Error: Double? {
        // F1 = 2c/(r + p) with c, r and p the weights of both, of the label, of the prediction.
        var whole = [Double](repeating: 0, count: classes)
        var both = whole
        for one in 0..<classes {
            whole[one] = weight(label: one) + weight(prediction: one)
            both[one] = weight(label: one, prediction: one)
        }
        let count = Double(whole.filter { $0 > 0 }.count)
        let (sum, squareSum) = (weights.reduce(0, +), squares.reduce(0, +))
        guard count > 0, squareSum > 0 else { return nil }
        func slope(_ one: Int, isBoth: Bool) -> Double {
            whole[one] == 0
                ? 0
                : (isBoth ? 2 * (whole[one] - 2 * both[one]) : -2 * both[one])
                    / (whole[one] * whole[one])
        }
        var variance = 0.0
        for label in 0..<classes {
            for prediction in 0..<classes {
                let moved =
                    label == prediction
                    ? slope(label, isBoth: true)
                    : slope(label, isBoth: false) + slope(prediction, isBoth: false)
                variance += squares[label * classes + prediction] * moved * moved / (count * count)
            }
        }
        let size = sum * sum / squareSum
        guard size > 1 else { return nil }
        return (variance * size / (size - 1)).squareRoot()
    }

    /// The share of the yes among the pairs that are asked of.
    private func share(_ isYes: (_ label: Int, _ prediction: Int) -> Bool?) -> WeightedShare? {
        var (yes, no) = ((sum: 0.0, squares: 0.0), (sum: 0.0, squares: 0.0))
        for label in 0..<classes {
            for prediction in 0..<classes {
                let place = label * classes + prediction
                switch isYes(label, prediction) {
                case true?:
                    yes.sum += weights[place]
                    yes.squares += squares[place]
                case false?:
                    no.sum += weights[place]
                    no.squares += squares[place]
                case nil: continue
                }
            }
        }
        return WeightedShare(yes: yes, no: no)
    }
}

extension WeightedShare {
    /// The share of one part of some rows, by the sums of weights and of squared weights of both;
    /// `nil` without rows.
    ///
    /// Its size is the number of rows whose share had this variance, p(1 − p)/V for V the
    /// sandwich's Σ w²(y − p)²/(Σ w)² (E. L. Korn and B. I. Graubard, 1998): where the heavy rows
    /// are those of one part, weights cost more than Kish's size says. Where they are said to cost
    /// less it is Kish's: that may be for want of rows.
    init?(yes: (sum: Double, squares: Double), no: (sum: Double, squares: Double)) {
        let sum = yes.sum + no.sum
        guard sum > 0, sum.isFinite else { return nil }
        let share = min(1, yes.sum / sum)
        let kish = sum * sum / (yes.squares + no.squares)
        let variance =
            (yes.squares * (1 - share) * (1 - share) + no.squares * share * share) / (sum * sum)
        self.init(
            share: share, size: variance > 0 ? min(kish, share * (1 - share) / variance) : kish)
    }

    /// Wilson's interval.
    package func interval(level: Double) -> Interval? {
        Proportions.wilson(successes: share * size, of: size, level: level)
    }

    /// √(p(1 − p)/n); `nil` where all rows are alike.
    package var standardError: Double? {
        share > 0 && share < 1 ? (share * (1 - share) / size).squareRoot() : nil
    }
}
