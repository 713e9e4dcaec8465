import Glibc

/// The world that every regime has a copy of: units, what is known of them, and what becomes of
/// them where nobody acts.
package struct FeedbackWorld: Sendable {
    /// Where the fraud sits.
    package let scenario: FeedbackScenario
    /// What all chance follows from.
    package let seed: UInt64

    /// The features of a unit: x0 … x4, standard normal, the last of them of no effect.
    package static let featureCount = 5

    /// A world of this scenario and seed.
    package init(_ scenario: FeedbackScenario, seed: UInt64) {
        self.scenario = scenario
        self.seed = seed
    }

    /// Which units of a cycle.
    package enum Sample: UInt64, Sendable {
        /// Those on which the policy acts.
        case acted = 0
        /// Others, which nobody has touched, to judge models on.
        case untouched = 10
    }

    /// The units of these numbers in a cycle.
    package func batch(cycle: Int, units: Range<Int>, sample: Sample = .acted) -> FeedbackBatch {
        let chance = CounterStream(seed: seed, stream: 1 + sample.rawValue)
        let fate = CounterStream(seed: seed, stream: 2 + sample.rawValue)
        var batch = FeedbackBatch(numbers: units, features: [], labels: [])
        batch.features.reserveCapacity(units.count * Self.featureCount)
        batch.labels.reserveCapacity(units.count)
        for unit in units {
            let start = batch.features.count
            for feature in 0..<Self.featureCount {
                // Eight numbers a unit, of which five are used.
                batch.features.append(chance.normal(UInt64(unit) * 8 + UInt64(feature)))
            }
            let logit = batch.features[start...].withUnsafeBufferPointer {
                self.logit($0, cycle: cycle)
            }
            let probability = 1 / (1 + exp(-logit))
            batch.labels.append(fate.uniform(UInt64(unit)) < probability ? 1 : 0)
        }
        return batch
    }

    /// The log-odds of fraud. The figures are chosen so that 6 to 9 units of 100 are fraud.
    private func logit(_ x: UnsafeBufferPointer<Double>, cycle: Int) -> Double {
        switch scenario {
        case .tail:
            let attack: Double = cycle >= 4 && x[1] > 1.7 ? 5 : 0
            return -5 + (x[0] > 1.5 ? 6.5 : 0) + attack + 0.5 * x[2] + 0.3 * x[3]
        case .mild:
            let growing = 1.2 + 0.4 * Double(min(cycle, 6))
            return -4.2 + (x[0] > 1.3 ? 3.6 : 0) + (x[1] > 1.3 ? growing : 0) + 0.6 * x[2]
                + 0.3 * x[3] * x[3] - 0.3
        }
    }

    /// Whether each of these units is control, were a share of them dealt by the simulation.
    package func control(_ units: Range<Int>, share: Double) -> [Bool] {
        let chance = CounterStream(seed: seed, stream: 90)
        return units.map { chance.uniform(UInt64($0)) < share }
    }

    /// What decides which blocked units an exploration lets through.
    package func luck(_ units: Range<Int>) -> [Double] {
        let chance = CounterStream(seed: seed, stream: 91)
        return units.map { chance.uniform(UInt64($0)) }
    }
}

/// Some units: their features, row after row, and their labels, 1 for fraud.
package struct FeedbackBatch: Sendable {
    /// The units' numbers.
    package var numbers: Range<Int>
    /// The features, ``FeedbackWorld/featureCount`` a unit.
    package var features: [Double]
    /// The label of each unit, where it is not blocked.
    package var labels: [Double]

    /// The units.
    package var count: Int { labels.count }

    /// The features of the unit at this place.
    package func features(_ place: Int) -> ArraySlice<Double> {
        let width = FeedbackWorld.featureCount
        return features[place * width..<(place + 1) * width]
    }

    /// The probability of fraud that a model gives each unit.
    package func scores(_ model: LogisticRegression) -> [Double] {
        let width = FeedbackWorld.featureCount
        return features.withUnsafeBufferPointer { all in
            (0..<count).map { place in
                model.probability(
                    UnsafeBufferPointer(rebasing: all[place * width..<(place + 1) * width]))
            }
        }
    }
}
