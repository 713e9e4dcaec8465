/// What a model is asked to explain one row, and what follows from its answers.
///
///     var rows = SyntheticRows(of: columns)
///     let plan = ShapleyPlan(.exact, row: 0, background: [1, 2, 3], rows: &rows)
///     // … the model answers `rows`, place by place …
///     plan.values(answers).values
///
/// Rows are numbers of rows of the columns. Many plans may share one ``SyntheticRows``: what one
/// has asked costs the next nothing.
package struct ShapleyPlan: Sendable {
    /// How the values are found.
    package enum Method: Sendable, Equatable {
        /// From all 2ᵈ coalitions: at most ``ExactShapley/mostFeatures`` features.
        case exact
        /// From pairs of orders: ``SampledShapley``.
        case sampled(pairs: Int, seed: UInt64)
    }

    private let method: Method
    private let width: Int
    private let orders: [[Int32]]
    /// For each coalition the place of each row of the background.
    private let places: [[Int32]]
    private let weights: [Double]?

    /// A plan for one row against a background, of which there is a row at least; `weights` is what
    /// each row of the background counts for.
    package init(
        _ method: Method, row: Int, background: [Int], weights: [Double]? = nil,
        rows: inout SyntheticRows
    ) {
        precondition(!background.isEmpty, "a background has rows")
        precondition(weights.map { $0.count == background.count } ?? true, "a weight a row")
        let width = rows.width
        self.method = method
        self.width = width
        self.weights = weights
        let kept: [[Bool]]
        switch method {
        case .exact:
            precondition(width <= ExactShapley.mostFeatures, "too many features for all coalitions")
            orders = []
            kept = (0..<1 << width).map { mask in (0..<width).map { mask >> $0 & 1 == 1 } }
        case .sampled(let pairs, let seed):
            precondition(pairs > 0, "a pair of orders at least")
            orders = (0..<pairs).map {
                RandomOrder.permutation(width, seed: seed, stream: UInt64($0))
            }
            kept = orders.flatMap { order in
                Self.coalitions(along: order) + Self.coalitions(along: order.reversed())
            }
        }
        var picked = [Int32](repeating: 0, count: width)
        places = kept.map { kept in
            background.map { other in
                for column in 0..<width { picked[column] = Int32(kept[column] ? row : other) }
                return rows.place(of: picked)
            }
        }
    }

    /// The coalitions of the first 0, 1, … d features of an order.
    private static func coalitions(along order: [Int32]) -> [[Bool]] {
        var kept = [Bool](repeating: false, count: order.count)
        return [kept]
            + order.map { feature in
                kept[Int(feature)] = true
                return kept
            }
    }

    /// The rows that a plan asks at most, for a budget: what is asked twice is counted twice.
    package static func mostRows(_ method: Method, features: Int, background: Int) -> Int {
        switch method {
        case .exact: (1 << features) * background
        case .sampled(let pairs, _): pairs * 2 * max(0, features - 1) * background + background + 1
        }
    }

    /// The values, from the model's answers by place.
    ///
    /// Where answers are codes of classes, a mean of them says nothing: then they can be taken
    /// `asShareOfItsOwn`, 1 where the answer is that for the row itself and 0 elsewhere.
    package func values(_ answers: [Double], asShareOfItsOwn: Bool = false) -> ShapleyValues {
        let own = answers[Int(places[places.count - 1][0])]
        let worths = places.map { places in
            let values = places.map { place in
                let answer = answers[Int(place)]
                return asShareOfItsOwn ? (answer == own ? 1 : 0) : answer
            }
            return values.withUnsafeBufferPointer { values in
                guard let weights else { return Moments(values).mean }
                return weights.withUnsafeBufferPointer { Moments(values, masses: $0).mean }
            }
        }
        let prediction = asShareOfItsOwn ? 1 : own
        switch method {
        case .exact:
            return ShapleyValues(
                base: worths[0], prediction: prediction,
                values: ExactShapley.values(worths: worths), standardErrors: nil, pairs: 0)
        case .sampled(let pairs, _):
            let steps = width + 1
            let found = SampledShapley.values(
                orders: orders,
                forward: (0..<pairs).map { Array(worths[2 * $0 * steps..<(2 * $0 + 1) * steps]) },
                reverse: (0..<pairs).map {
                    Array(worths[(2 * $0 + 1) * steps..<(2 * $0 + 2) * steps])
                })
            return ShapleyValues(
                base: worths[0], prediction: prediction, values: found.values,
                standardErrors: found.standardErrors, pairs: pairs)
        }
    }
}
