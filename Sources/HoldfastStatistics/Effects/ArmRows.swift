import Glibc

/// One arm's rows of one metric, column by column.
///
///     var rows = ArmRows(values: [1, 0, 3])
///     rows.clusters = [7, 7, 9]              // the first two rows are of one household
///
/// A row is a unit that was dealt, or a member of a cluster that was. Only rows with an outcome are
/// here: a value that is not finite is a fault. Each column that is given has as many items as
/// ``values``.
package struct ArmRows: Sendable {
    /// The metric, or a ratio's numerator.
    package var values: [Double]
    /// A ratio's denominator.
    package var denominators: [Double]?
    /// A covariate from before the start; NaN where it is not known.
    package var covariates: [Double]?
    /// What was randomised, where rows are members of it. The codes are those of both arms: a code
    /// that is met in both is one cluster with rows in both, as a school with classes of each kind.
    package var clusters: [Int32]?
    /// Inverse propensities, where they differ within an arm; only their proportions count.
    package var weights: [Double]?
    /// Whether the treatment reached the row; read by ``ComplierEffect`` alone.
    package var exposed: [Bool]?

    /// Rows of these columns.
    package init(
        values: [Double], denominators: [Double]? = nil, covariates: [Double]? = nil,
        clusters: [Int32]? = nil, weights: [Double]? = nil, exposed: [Bool]? = nil
    ) {
        self.values = values
        self.denominators = denominators
        self.covariates = covariates
        self.clusters = clusters
        self.weights = weights
        self.exposed = exposed
    }

    /// What makes these rows unfit for a metric, or `nil`.
    func fault(_ arm: EffectArm, _ metric: EffectMetric) -> EffectFault? {
        let count = values.count
        guard count > 0 else { return .noRows(arm) }
        let lengths = [
            denominators?.count, covariates?.count, clusters?.count, weights?.count, exposed?.count,
        ]
        guard lengths.allSatisfy({ $0 ?? count == count }) else { return .unequalColumns(arm) }
        if let row = values.firstIndex(where: { !$0.isFinite }) {
            return .notFinite(arm, row: row)
        }
        if let row = covariates?.firstIndex(where: { $0.isInfinite }) {
            return .notFinite(arm, row: row)
        }
        if let row = weights?.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
            return .badWeight(arm, row: row)
        }
        if metric == .proportion, let row = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            return .notAProportion(arm, row: row)
        }
        guard metric == .ratio else { return nil }
        guard let denominators else { return .noDenominators(arm) }
        return denominators.firstIndex { !$0.isFinite }.map { .notFinite(arm, row: $0) }
    }

    /// The same without weights where all of them are alike, which say nothing; else of a size at
    /// which their squares are doubles.
    func withUsefulWeights() -> ArmRows {
        guard let weights, let first = weights.first else { return self }
        var rows = self
        guard weights.contains(where: { $0 != first }) else {
            rows.weights = nil
            return rows
        }
        rows.weights = BinaryScale(of: [weights]).applied(to: weights)
        return rows
    }
}

/// A power of two that brings numbers near to 1 where their squares would be beyond a double, or
/// would vanish; 1 for all others, so that ordinary figures are not touched. No digit is lost.
struct BinaryScale {
    /// By what a number is multiplied: 2 to this.
    let exponent: Int

    /// The scale of all the numbers of some columns.
    init(of columns: [[Double]]) {
        var largest = 0.0
        for column in columns {
            for value in column where abs(value) > largest { largest = abs(value) }
        }
        // 2³⁰⁰ and its inverse: sums of squares of as many rows as there may be are doubles.
        let isOrdinary = largest == 0 || (largest < 0x1p300 && largest > 0x1p-300)
        exponent = isOrdinary ? 0 : -Int(largest.exponent)
    }

    /// The numbers on this scale.
    func applied(to values: [Double]) -> [Double] {
        exponent == 0 ? values : values.map { Self.times($0, exponent) }
    }

    /// A number times a power of two that itself may be beyond a double.
    static func times(_ value: Double, _ exponent: Int) -> Double { scalbn(value, exponent) }
}
