import HoldfastStatistics

/// How many rows are explained, against how many, and how, with so many questions.
struct ShapleyBudget: Equatable {
    let explained: Int
    let background: Int
    let method: ShapleyPlan.Method

    /// Fewer rows than these on either side are not worth exactness.
    private static let fewRows = 10

    /// For several rows: as many explained as stand in the background.
    init(features: Int, rows: Int, most: Int, limits: ReasonLimits, seed: UInt64) {
        let wanted = min(limits.explainedRows, rows)
        let exact =
            features <= ExactShapley.mostFeatures
            ? min(wanted, Self.root(most / (1 << features))) : 0
        if exact == wanted || exact >= Self.fewRows {
            self.init(explained: exact, background: exact, method: .exact)
            return
        }
        // Two pairs at least, for their error.
        let steps = 2 * features
        let side = max(1, min(wanted, Self.root(most / (2 * steps))))
        let pairs = max(2, min(limits.pairs, most / (side * side * steps)))
        self.init(
            explained: side, background: side, method: .sampled(pairs: pairs, seed: seed))
    }

    /// For one row.
    init(oneOf features: Int, background rows: Int, limits: ReasonLimits, seed: UInt64) {
        let wanted = min(limits.decisionBackgroundRows, rows)
        let exact =
            features <= ExactShapley.mostFeatures ? min(wanted, limits.rows >> features) : 0
        if exact == wanted || exact >= Self.fewRows {
            self.init(explained: 1, background: exact, method: .exact)
            return
        }
        let steps = 2 * features
        let most = limits.rows - Self.surrogateRows(limits)
        let background = max(1, min(wanted, most / (2 * steps)))
        let pairs = max(2, min(limits.pairs, most / (background * steps)))
        self.init(
            explained: 1, background: background, method: .sampled(pairs: pairs, seed: seed))
    }

    /// The perturbations around a decision, for which orders of features leave room.
    static func surrogateRows(_ limits: ReasonLimits) -> Int {
        min(limits.surrogateRows, limits.rows / 2)
    }

    private init(explained: Int, background: Int, method: ShapleyPlan.Method) {
        self.explained = explained
        self.background = background
        self.method = method
    }

    /// The largest number whose square is at most `square`.
    private static func root(_ square: Int) -> Int { Int(Double(square).squareRoot()) }

    /// How the values were found, as a note says it.
    var text: String {
        switch method {
        case .exact: "exactly, from all coalitions of features"
        case .sampled(let pairs, _):
            "from \(pairs) orders of the features by chance, each forward and in reverse"
        }
    }
}
