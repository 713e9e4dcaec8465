/// What is claimed of a model's answers, to be tried out.
///
///     BehaviourTest(
///         "income up never lowers the score",
///         .direction(feature: "income", .neverFalls, steps: [.factor(1.1), .amount(5_000)]))
///     BehaviourTest("region alone is no reason", .invariance(feature: "region", tolerance: 0.02))
///
/// M. T. Ribeiro, T. Wu, C. Guestrin and S. Singh, "Beyond accuracy: behavioral testing of NLP
/// models with CheckList" (2020): minimum functions, invariance and direction.
package struct BehaviourTest: Sendable, Equatable {
    /// What the test is called.
    package var name: String
    package var claim: Claim

    package init(_ name: String, _ claim: Claim) {
        self.name = name
        self.claim = claim
    }

    package enum Claim: Sendable, Equatable {
        /// A change of the feature alone moves the answer by at most the tolerance; of classes, not
        /// at all. Tried with each of the values, or where none are given with those that the rows
        /// have: the most frequent categories, or numbers at quantiles.
        case invariance(feature: String, values: [FeatureValue]? = nil, tolerance: Double)
        /// A rise of the feature alone moves the answer one way only, but for the tolerance; a fall
        /// the other way.
        case direction(feature: String, Direction, steps: [Step], tolerance: Double = 0)
        /// Rows of given values have given answers.
        case cases([Case])
    }

    /// What the answer does where a feature rises.
    package enum Direction: String, Sendable, Equatable, CaseIterable {
        case neverFalls = "never_falls"
        case neverRises = "never_rises"
    }

    /// By what a feature is changed.
    package enum Step: Sendable, Equatable {
        /// Added; below 0 the feature falls.
        case amount(Double)
        /// Multiplied; a negative number falls by a factor above 1, and 0 is not changed.
        case factor(Double)

        func of(_ number: Double) -> Double {
            switch self {
            case .amount(let amount): number + amount
            case .factor(let factor): number * factor
            }
        }
    }

    /// A row, a value for each feature, and its answer.
    package struct Case: Sendable, Equatable {
        package var values: [String: FeatureValue]
        package var expected: Expected

        package init(_ values: [String: FeatureValue], _ expected: Expected) {
            self.values = values
            self.expected = expected
        }
    }

    package enum Expected: Sendable, Equatable {
        case atLeast(Double)
        case atMost(Double)
        /// A yes, that is at least ``JudgeOptions/threshold``, or a no. A share of positives
        /// decides no threshold here: a case stands alone.
        case isYes(Bool)
        /// A class, by the labels' names.
        case isClass(String)
    }

    /// The values that a test of invariance tries where none are given.
    package static let mostValues = 20
}
