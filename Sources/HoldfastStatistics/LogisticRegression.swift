import Glibc

/// A model of the probability of a label, fitted by weighted maximum likelihood with a ridge.
///
///     let table: [(hours: [Double], passed: Double)] = [
///         ([1], 0), ([2], 0), ([3], 1), ([4], 0), ([5], 1),
///     ]
///     let model = LogisticRegression.fit(featureCount: 1, ridge: 1) { add in
///         for row in table {
///             row.hours.withUnsafeBufferPointer { add($0, row.passed, 1) }
///         }
///     }
///     model?.coefficients       // [-2.3823…, 0.6330…]: the intercept, then one a feature
///     model?.probability([4])   // 0.5373…
///
/// D. R. Cox, "The regression analysis of binary sequences" (1958); the ridge, which leaves the
/// intercept alone, S. le Cessie and J. C. van Houwelingen, "Ridge estimators in logistic
/// regression" (1992). The coefficients make Σ w (log(1 + eᶻ) − yz) + ridge/2 · Σ b² smallest,
/// which is scikit-learn's fit with C = 1/ridge. It finds no interaction and no curve that its
/// features do not hold already, and gives no standard errors.
public struct LogisticRegression: Sendable, Equatable {
    /// The intercept, then one coefficient for each feature in order.
    public let coefficients: [Double]

    /// A model of given coefficients, the intercept first.
    public init(coefficients: [Double]) {
        precondition(!coefficients.isEmpty, "a model has an intercept")
        self.coefficients = coefficients
    }

    /// The features that a row has.
    public var featureCount: Int { coefficients.count - 1 }

    /// The probability of the label 1.
    public func probability(_ features: [Double]) -> Double {
        features.withUnsafeBufferPointer { probability($0) }
    }

    /// The probability of the label 1, of features that lie in a row of memory.
    public func probability(_ features: UnsafeBufferPointer<Double>) -> Double {
        precondition(features.count == featureCount, "a row has as many features as the model")
        var logit = coefficients[0]
        for (index, feature) in features.enumerated() {
            logit += coefficients[index + 1] * feature
        }
        // The one form overflows for a large logit, the other for a small one.
        return logit >= 0 ? 1 / (1 + exp(-logit)) : exp(logit) / (1 + exp(logit))
    }

    /// The coefficients of the rows handed over, by Newton's method from 0, or `nil` where there
    /// are none: no rows, labels all alike, features that tell the labels wholly apart without a
    /// ridge, a feature that others make up without a ridge, or a value that is not finite.
    ///
    /// `rows` is called once for each step and must hand over the same rows in the same order each
    /// time: features, a label from 0 to 1, and a weight of 0 or more. They are not kept, so that
    /// memory does not grow with them. The fit ends where no coefficient moves by more than
    /// `tolerance`, relative to the largest where that is above 1. A `start` near the solution
    /// saves steps.
    public static func fit(
        featureCount: Int, ridge: Double, maximumSteps: Int = 60, tolerance: Double = 1e-10,
        start: [Double]? = nil,
        rows: (
            _ add: (_ features: UnsafeBufferPointer<Double>, _ label: Double, _ weight: Double) ->
                Void
        ) throws -> Void
    ) rethrows -> LogisticRegression? {
        precondition(featureCount >= 0 && ridge >= 0 && tolerance > 0, "a fit has a sane setting")
        var current = start ?? [Double](repeating: 0, count: featureCount + 1)
        precondition(current.count == featureCount + 1, "a start has all coefficients")
        var move = [Double](repeating: 0, count: featureCount + 1)
        var lossBefore = Double.infinity
        for _ in 0..<maximumSteps {
            var step = LogisticStep(at: current, ridge: ridge)
            try rows { step.add($0, label: $1, weight: $2) }
            guard step.loss.isFinite else { return nil }
            // Far from the solution a whole step can overshoot: then half of it is taken. What
            // rounding adds near the solution is no overshoot.
            if step.loss > lossBefore + 1e-9 * abs(lossBefore) {
                for index in move.indices {
                    move[index] /= 2
                    current[index] += move[index]
                }
                continue
            }
            guard let solved = step.solve() else { return nil }
            move = solved
            lossBefore = step.loss
            for index in move.indices { current[index] -= move[index] }
            let largest = current.reduce(1) { max($0, abs($1)) }
            if move.allSatisfy({ abs($0) <= tolerance * largest }) {
                return LogisticRegression(coefficients: current)
            }
        }
        return nil
    }
}

/// One step of Newton's method: the loss, its gradient and its Hessian at a point.
struct LogisticStep {
    private let coefficients: [Double]
    private var gradient: [Double]
    /// The lower triangle, row after row.
    private var hessian: [Double]
    /// What the fit makes smallest.
    private(set) var loss: Double

    init(at coefficients: [Double], ridge: Double) {
        let count = coefficients.count
        self.coefficients = coefficients
        gradient = coefficients.map { ridge * $0 }
        gradient[0] = 0
        hessian = [Double](repeating: 0, count: count * (count + 1) / 2)
        for index in 1..<max(count, 1) { hessian[index * (index + 3) / 2] = ridge }
        loss = ridge / 2 * coefficients.dropFirst().reduce(0) { $0 + $1 * $1 }
    }

    /// Adds a row to all three.
    mutating func add(_ features: UnsafeBufferPointer<Double>, label: Double, weight: Double) {
        precondition(features.count == coefficients.count - 1, "a row has a value a feature")
        precondition(weight >= 0 && label >= 0 && label <= 1, "labels 0 to 1, weights from 0")
        var logit = coefficients[0]
        for index in 0..<features.count { logit += coefficients[index + 1] * features[index] }
        let small = exp(-abs(logit))
        // Both to all their digits: a label that is met ever better would else be met too soon.
        let (one, zero) = logit >= 0 ? (1, small) : (small, 1)
        loss += weight * (max(logit, 0) + log1p(small) - label * logit)
        let slope = weight * ((1 - label) * one - label * zero) / (1 + small)
        let bend = weight * small / ((1 + small) * (1 + small))
        gradient[0] += slope
        hessian[0] += bend
        var place = 1
        for row in 0..<features.count {
            let feature = features[row]
            gradient[row + 1] += slope * feature
            let scaled = bend * feature
            hessian[place] += scaled
            place += 1
            for column in 0...row {
                hessian[place] += scaled * features[column]
                place += 1
            }
        }
    }

    /// The Hessian's inverse times the gradient, or `nil` where the Hessian is singular to the
    /// precision of a double.
    func solve() -> [Double]? { Cholesky.solve(hessian, gradient) }
}
