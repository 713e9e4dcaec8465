import Glibc

/// The linear rule that a model follows most nearly around one row, and how nearly.
///
/// M. T. Ribeiro, S. Singh and C. Guestrin, "'Why should I trust you?' Explaining the predictions of
/// any classifier" (2016). Around the row means: some features are as in a row of the background,
/// the others kept; the rule has one term a feature, 1 where it is kept. A weight is then what
/// keeping the feature adds, in the unit of the prediction. Where ``rSquared`` is low the model is
/// not linear there, and the weights tell little: Shapley's values do not depend on that.
package struct LocalSurrogate: Sendable, Equatable {
    /// The rule's answer where nothing is kept.
    package let intercept: Double
    /// What keeping each feature adds.
    package let weights: [Double]
    /// The share of the weighted variance of the answers that the rule gives; `nil` where they do
    /// not vary.
    package let rSquared: Double?

    /// The kernel's width, in the share of features swapped: Ribeiro, Singh and Guestrin's program
    /// has 0.75 √d for distances that are √d times these.
    package static let width = 0.75
    /// The ridge of their program.
    package static let ridge = 1.0

    /// What a perturbation counts for: exp(−D²/width²), D² being the share of features swapped.
    ///
    ///     LocalSurrogate.kernel(swapped: 0, of: 4)   // 1.0
    ///     LocalSurrogate.kernel(swapped: 4, of: 4)   // 0.1690…
    package static func kernel(swapped: Int, of features: Int) -> Double {
        exp(-Double(swapped) / Double(features) / (width * width))
    }

    /// The rule for some answers, by least squares with a ridge that leaves the intercept alone:
    /// Σ w (y − a − Σ bⱼ kⱼ)² + ridge · Σ b² is smallest. `nil` where nothing tells the weights
    /// apart (no ridge, and a feature that is never swapped), or an answer is not finite.
    package init?(kept: [[Bool]], answers: [Double], ridge: Double = LocalSurrogate.ridge) {
        precondition(kept.count == answers.count && ridge >= 0, "an answer for each")
        guard let features = kept.first?.count, answers.allSatisfy(\.isFinite) else { return nil }
        let masses = kept.map { kept in
            Self.kernel(swapped: kept.count { !$0 }, of: max(1, features))
        }
        let total = masses.reduce(0, +)
        let spread = answers.withUnsafeBufferPointer { answers in
            masses.withUnsafeBufferPointer { Moments(answers, masses: $0) }
        }
        var means = [Double](repeating: 0, count: features)
        for (kept, mass) in zip(kept, masses) {
            for column in 0..<features where kept[column] { means[column] += mass / total }
        }
        var matrix = [Double](repeating: 0, count: features * (features + 1) / 2)
        var right = [Double](repeating: 0, count: features)
        for row in kept.indices {
            let centred = (0..<features).map { (kept[row][$0] ? 1 : 0) - means[$0] }
            var place = 0
            for column in 0..<features {
                right[column] += masses[row] * centred[column] * (answers[row] - spread.mean)
                for other in 0...column {
                    matrix[place] += masses[row] * centred[column] * centred[other]
                    place += 1
                }
            }
        }
        for column in 0..<features { matrix[column * (column + 3) / 2] += ridge }
        guard let solved = Cholesky.solve(matrix, right) else { return nil }
        let mean = spread.mean
        intercept = mean - zip(solved, means).reduce(0) { $0 + $1.0 * $1.1 }
        weights = solved
        let left = kept.indices.reduce(0.0) { sum, row in
            let rule = (0..<features).reduce(mean) {
                $0 + solved[$1] * ((kept[row][$1] ? 1 : 0) - means[$1])
            }
            return sum + masses[row] * (answers[row] - rule) * (answers[row] - rule)
        }
        rSquared = spread.squares > 0 ? 1 - left / spread.squares : nil
    }
}

/// What a model is asked for a ``LocalSurrogate`` of one row.
package struct SurrogatePlan: Sendable {
    private let kept: [[Bool]]
    private let places: [Int32]

    /// The row itself, then `count` perturbations: each feature is swapped with a chance of a half,
    /// for that of a row of the background, which comes as often as its weight says.
    package init(
        row: Int, background: [Int], weights: [Double]? = nil, count: Int, seed: UInt64,
        rows: inout SyntheticRows
    ) {
        precondition(!background.isEmpty && count >= 0, "a background has rows")
        let width = rows.width
        let chance = CounterStream(seed: seed, stream: 1 << 32)
        var upTo = 0.0
        let sums = background.indices.map { place in
            upTo += weights?[place] ?? 1
            return upTo
        }
        var kept = [[Bool](repeating: true, count: width)]
        var places = [rows.place(of: [Int32](repeating: Int32(row), count: width))]
        for turn in 0..<count {
            let start = UInt64(turn) * UInt64(width + 1)
            let drawn = chance.uniform(start) * upTo
            let other = background[sums.firstIndex { $0 > drawn } ?? background.count - 1]
            let mask = (0..<width).map { chance.uniform(start + 1 + UInt64($0)) < 0.5 }
            kept.append(mask)
            places.append(rows.place(of: mask.map { Int32($0 ? row : other) }))
        }
        self.kept = kept
        self.places = places
    }

    /// The surrogate, from the model's answers by place; `asShareOfItsOwn` as
    /// ``ShapleyPlan/values(_:asShareOfItsOwn:)`` has it.
    package func surrogate(
        _ answers: [Double], asShareOfItsOwn: Bool = false, ridge: Double = LocalSurrogate.ridge
    ) -> LocalSurrogate? {
        let own = answers[Int(places[0])]
        return LocalSurrogate(
            kept: kept,
            answers: places.map { place in
                let answer = answers[Int(place)]
                return asShareOfItsOwn ? (answer == own ? 1 : 0) : answer
            }, ridge: ridge)
    }
}
