import Glibc

/// The linear rule that a model follows most nearly around one row, and how nearly.
///
/// M. T. Ribeiro, S. Singh and C. Guestrin, "'Why should I trust you?' Explaining the predictions of
/// any classifier" (2016). A weight is what a step of one ``SurrogatePlan/scales`` adds, in the unit
/// of the prediction; for a category, what the row's own one adds to any other. A low ``rSquared``
/// says that the model is not linear there, and that the weights tell little: Shapley's values do
/// not depend on that.
package struct LocalSurrogate: Sendable, Equatable {
    /// The rule's answer for the row itself.
    package let intercept: Double
    /// What each feature's offset from the row adds.
    package let weights: [Double]
    /// The share of the weighted variance of the answers that the rule gives; `nil` where they do
    /// not vary.
    package let rSquared: Double?

    /// The ridge of the authors' program.
    package static let ridge = 1.0
    /// Its kernel's width, for distances over the root of the count of features.
    static let width = 0.75

    /// What a perturbation counts for: exp(−D²/width²), D² being the mean squared offset.
    ///
    ///     LocalSurrogate.kernel([0, 0])    // 1.0
    ///     LocalSurrogate.kernel([1, -1])   // 0.1690…
    package static func kernel(_ offsets: [Double]) -> Double {
        let squares = offsets.reduce(0) { $0 + $1 * $1 }
        return exp(-squares / Double(max(1, offsets.count)) / (width * width))
    }

    /// The rule for the answers to some perturbations, each by its features' offsets from the row:
    /// Σ w (y − a − Σ bⱼ oⱼ)² + ridge · Σ b² is smallest, w being their ``kernel(_:)``.
    ///
    /// `nil` where nothing tells the weights apart (no ridge, and a feature without an offset), and
    /// where an answer or an offset is not finite.
    package init?(offsets: [[Double]], answers: [Double], ridge: Double = LocalSurrogate.ridge) {
        precondition(offsets.count == answers.count && ridge >= 0, "an answer for each")
        guard let features = offsets.first?.count, answers.allSatisfy(\.isFinite),
            offsets.allSatisfy({ $0.allSatisfy(\.isFinite) })
        else { return nil }
        let masses = offsets.map(Self.kernel)
        let total = masses.reduce(0, +)
        let spread = answers.withUnsafeBufferPointer { answers in
            masses.withUnsafeBufferPointer { Moments(answers, masses: $0) }
        }
        var means = [Double](repeating: 0, count: features)
        for (row, mass) in zip(offsets, masses) {
            for column in 0..<features { means[column] += mass / total * row[column] }
        }
        var matrix = [Double](repeating: 0, count: features * (features + 1) / 2)
        var right = [Double](repeating: 0, count: features)
        for (place, row) in offsets.enumerated() {
            let centred = zip(row, means).map { $0 - $1 }
            var cell = 0
            for column in 0..<features {
                let scaled = masses[place] * centred[column]
                right[column] += scaled * (answers[place] - spread.mean)
                for other in 0...column {
                    matrix[cell] += scaled * centred[other]
                    cell += 1
                }
            }
        }
        for column in 0..<features { matrix[column * (column + 3) / 2] += ridge }
        guard let solved = Cholesky.solve(matrix, right) else { return nil }
        let start = spread.mean - zip(solved, means).reduce(0) { $0 + $1.0 * $1.1 }
        intercept = start
        weights = solved
        var left = 0.0
        for (place, row) in offsets.enumerated() {
            let rule = zip(solved, row).reduce(start) { $0 + $1.0 * $1.1 }
            left += masses[place] * (answers[place] - rule) * (answers[place] - rule)
        }
        rSquared = spread.squares > 0 ? 1 - left / spread.squares : nil
    }
}

/// What a model is asked for a ``LocalSurrogate`` of one row.
package struct SurrogatePlan: Sendable {
    /// What a feature's offset of 1 is: the background's standard deviation of a number, or where
    /// it has none how far the row is from it; 1 for a category.
    package let scales: [Double]
    private let offsets: [[Double]]
    private let places: [Int32]

    /// The row itself, then `count` perturbations: each feature is swapped with a chance of a half
    /// for that of a row of the background, which comes as often as its weight says.
    ///
    /// A number that is missing on one side is an offset of 1, as a category that is another.
    package init(
        of columns: [SampleColumn], row: Int, background: [Int], weights: [Double]? = nil,
        count: Int, seed: UInt64, rows: inout SyntheticRows
    ) {
        precondition(!background.isEmpty && count >= 0, "a background has rows")
        let chance = CounterStream(seed: seed, stream: 1 << 32)
        var upTo = 0.0
        let sums = background.indices.map { place in
            upTo += weights?[place] ?? 1
            return upTo
        }
        let scales = columns.map { Self.scale(of: $0, row, background, weights) }
        var offsets = [[Double](repeating: 0, count: columns.count)]
        var places = [rows.place(of: [Int32](repeating: Int32(row), count: columns.count))]
        for turn in 0..<count {
            let start = UInt64(turn) * UInt64(columns.count + 1)
            let drawn = chance.uniform(start) * upTo
            let other = background[sums.firstIndex { $0 > drawn } ?? background.count - 1]
            let picked = columns.indices.map { column in
                chance.uniform(start + 1 + UInt64(column)) < 0.5 ? row : other
            }
            offsets.append(
                columns.indices.map { column in
                    Self.offset(
                        of: columns[column], from: row, to: picked[column], by: scales[column])
                })
            places.append(rows.place(of: picked.map { Int32($0) }))
        }
        self.scales = scales
        self.offsets = offsets
        self.places = places
    }

    private static func scale(
        of column: SampleColumn, _ row: Int, _ background: [Int], _ weights: [Double]?
    ) -> Double {
        guard case .numbers(let numbers) = column.values else { return 1 }
        let known = background.indices.filter { !numbers[background[$0]].isNaN }
        let values = known.map { numbers[background[$0]] }
        let masses = known.map { weights?[$0] ?? 1 }
        let moments = values.withUnsafeBufferPointer { values in
            masses.withUnsafeBufferPointer { Moments(values, masses: $0) }
        }
        if let variance = moments.variance(freedom: moments.total), variance > 0 {
            return variance.squareRoot()
        }
        let distance = abs(numbers[row] - moments.mean)
        return distance > 0 && distance.isFinite && !known.isEmpty ? distance : 1
    }

    private static func offset(
        of column: SampleColumn, from row: Int, to other: Int, by scale: Double
    ) -> Double {
        switch column.values {
        case .numbers(let numbers):
            let (own, its) = (numbers[row], numbers[other])
            return own.isNaN || its.isNaN ? (own.isNaN == its.isNaN ? 0 : 1) : (its - own) / scale
        case .categories(let codes):
            // So that the weight is what the row's own category adds.
            return codes[row] == codes[other] ? 0 : -1
        }
    }

    /// The surrogate, from the model's answers by place; `asShareOfItsOwn` as
    /// ``ShapleyPlan/values(_:asShareOfItsOwn:)`` has it.
    package func surrogate(
        _ answers: [Double], asShareOfItsOwn: Bool = false, ridge: Double = LocalSurrogate.ridge
    ) -> LocalSurrogate? {
        let own = answers[Int(places[0])]
        return LocalSurrogate(
            offsets: offsets,
            answers: places.map { place in
                let answer = answers[Int(place)]
                return asShareOfItsOwn ? (answer == own ? 1 : 0) : answer
            }, ridge: ridge)
    }
}
