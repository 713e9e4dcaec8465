import HoldfastStatistics

/// Shapley values of some rows: what is asked, and what follows.
struct ShapleySamplePlan {
    private let rows: JudgeRows
    private let explained: [Int]
    private let budget: ShapleyBudget
    private let plans: [ShapleyPlan]

    init(
        _ rows: JudgeRows, most: Int, limits: ReasonLimits, seed: UInt64,
        questions: inout SyntheticRows
    ) {
        self.rows = rows
        budget = ShapleyBudget(
            features: rows.features.count, rows: rows.count, most: most, limits: limits, seed: seed)
        explained = RandomOrder.sample(
            rows.count, most: budget.explained, seed: seed, stream: ReasonStream.explained)
        let background = RandomOrder.sample(
            rows.count, most: budget.background, seed: seed, stream: ReasonStream.background)
        let weights = rows.weights.map { weights in background.map { weights[$0] } }
        var plans: [ShapleyPlan] = []
        for row in explained {
            plans.append(
                ShapleyPlan(
                    budget.method, row: row, background: background, weights: weights,
                    rows: &questions))
        }
        self.plans = plans
    }

    func parts(_ answers: [Double], level: Double) -> ShapleyParts {
        let isClass = rows.task == .classes
        let values = plans.map { plan in
            isClass ? plan.values(answers, asShareOfItsOwn: true) : plan.values(answers)
        }
        let weights = rows.weights.map { weights in explained.map { weights[$0] } }
        let clusters = rows.clusters.map { clusters in explained.map { clusters[$0] } }
        return ShapleyParts(
            names: rows.features.map(\.name), values: values, weights: weights, clusters: clusters,
            level: level, source: rows.source, budget: budget)
    }
}

/// The mean absolute Shapley values of features, and the largest one's share.
struct ShapleyParts {
    let names: [String]
    /// A mean for each feature.
    let means: [ClusteredMean]
    /// The features, the largest mean first.
    let order: [Int]
    private let rows: Int
    private let level: Double
    private let source: RowSource
    private let budget: ShapleyBudget
    /// The first feature's share of all means, where they are not all 0.
    private let share: (value: Double, interval: Interval?)?
    /// The mean standard error of a value over the mean of the absolute values.
    private let noise: Double?

    init(
        names: [String], values: [ShapleyValues], weights: [Double]?, clusters: [Int32]?,
        level: Double, source: RowSource, budget: ShapleyBudget
    ) {
        self.names = names
        rows = values.count
        self.level = level
        self.source = source
        self.budget = budget
        let sizes = names.indices.map { feature in values.map { abs($0.values[feature]) } }
        let means = sizes.compactMap {
            ClusteredMean($0, weights: weights, clusters: clusters)
        }
        precondition(means.count == names.count, "finite answers have finite values")
        self.means = means
        let order = names.indices.sorted { (means[$1].mean, $0) < (means[$0].mean, $1) }
        self.order = order
        let total = means.reduce(0) { $0 + $1.mean }
        guard total > 0, let first = order.first else {
            share = nil
            noise = nil
            return
        }
        let value = means[first].mean / total
        // A ratio's linear part: how far a row's largest feature is above the share of its sum.
        let rests = values.indices.map { row in
            (sizes[first][row] - value * sizes.reduce(0) { $0 + $1[row] }) / total
        }
        let rest = ClusteredMean(rests, weights: weights, clusters: clusters)
        share = (value, ShapleyParts.interval(rest, around: value, level: level, most: 1))
        let errors = values.flatMap { $0.standardErrors ?? [] }
        noise =
            errors.isEmpty
            ? nil : errors.reduce(0, +) / Double(errors.count) / (total / Double(names.count))
    }

    /// An interval within what is possible, where rows are enough for one.
    private static func interval(
        _ mean: ClusteredMean?, around value: Double, level: Double, most: Double
    ) -> Interval? {
        guard let mean, mean.clusters >= JudgedFigure.fewRows,
            let found = mean.interval(level: level)
        else { return nil }
        let half = (found.upper - found.lower) / 2
        return Interval(lower: max(0, value - half), upper: min(most, value + half))
    }

    func add(to section: inout JudgementSection) {
        if let share, let first = order.first {
            section.figures.append(
                JudgedFigure(
                    .importanceShare, of: names[first], share.value, share.interval, rows: rows,
                    source: source))
        } else {
            section.notes.append(
                "The model's answer is the same whatever it is told: no feature has a part in it.")
        }
        var bars: [JudgePicture.Bar] = []
        for feature in order {
            let mean = means[feature]
            let interval = Self.interval(
                mean, around: mean.mean, level: level, most: .greatestFiniteMagnitude)
            section.figures.append(
                JudgedFigure(
                    .meanAbsoluteShapley, of: names[feature], mean.mean, interval, rows: rows,
                    source: source))
            bars.append(JudgePicture.Bar(names[feature], mean.mean, interval))
        }
        section.pictures.append(
            JudgePicture(
                "shapley_importance", "How far each feature moves a prediction",
                "The mean absolute Shapley value over \(rows) rows, in the prediction's unit.",
                .bars(axis: "mean |Shapley value|", rows: bars, limits: [])))
        section.notes.append(
            "Shapley values of \(rows) rows against a background of \(budget.background) rows, "
                + "found \(budget.text).")
        if let noise, noise >= 0.005 {
            section.notes.append(
                "The draw of orders leaves an error of \(Int((noise * 100).rounded(.up))) % of the "
                    + "mean value, which makes small means larger than they are.")
        }
    }
}
