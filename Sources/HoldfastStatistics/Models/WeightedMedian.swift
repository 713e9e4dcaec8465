/// The value at which half of the weight is reached: the guess of the least mean absolute error.
///
///     WeightedMedian.value([3, 1, 2], weights: [1, 1, 1])   // 2.0
///     WeightedMedian.value([1, 2], weights: [1, 5])         // 2.0
///
/// Always one of the values; of an even number of equal weights, the lower of the middle two.
package enum WeightedMedian {
    /// The median of values that are no NaN; `nil` without any.
    package static func value(_ values: [Double], weights: [Double]? = nil) -> Double? {
        value(ofRows: NumberOrder.ascending(values).map { Int($0) }, values, weights)
    }

    /// The median of some rows, which come in the order of their values.
    static func value(ofRows rows: [Int], _ values: [Double], _ weights: [Double]?) -> Double? {
        let total = rows.reduce(0.0) { $0 + (weights?[$1] ?? 1) }
        var below = 0.0
        for row in rows {
            below += weights?[row] ?? 1
            if below >= total / 2 { return values[row] }
        }
        return rows.last.map { values[$0] }
    }
}
