import Glibc

/// One order of a pilot's rows, with the rows that a model fitted to the first of them scores.
struct PilotRun {
    private let pool: LearningPool
    private let sample: SampleColumns
    private let labels: [Bool]
    private let train: [Int]
    private let eval: [Int]
    private let score: LearningScore

    /// The columns that a logistic regression takes, at most: its time grows with their square.
    static let encodedLimit = 60
    /// The ridge that keeps its coefficients in bounds where labels are wholly told apart.
    private static let ridge = 1.0
    /// No probability is taken to be nearer to 0 or 1, so that one row cannot rule a log loss.
    private static let leastProbability = 1e-6

    init(
        _ sample: SampleColumns, _ labels: [Bool], train: [Int], eval: [Int],
        score: LearningScore, parting: CounterStream
    ) {
        self.sample = sample
        self.labels = labels
        self.train = train
        self.eval = eval
        self.score = score
        pool = LearningPool(sample, labels, train, sample, labels, eval, parting: parting)
    }

    /// The score of a model fitted to the first rows, or `nil` where it could not be fitted.
    func score(_ model: PilotCurve.Model, rows: Int) -> Double? {
        guard let answers = answers(model, rows: rows) else { return nil }
        let truth = eval.map { labels[$0] }
        switch score {
        case .auc:
            return AreaUnderCurve(scores: answers, isCandidate: truth)?.area
        case .logLoss:
            return mean(answers, truth) { logit, isYes in
                let probability = Self.probability(logit)
                let least = Self.leastProbability
                return -log(max(least, isYes ? probability : 1 - probability))
            }
        case .brier:
            return mean(answers, truth) { logit, isYes in
                let distance = Self.probability(logit) - (isYes ? 1 : 0)
                return distance * distance
            }
        }
    }

    private func mean(
        _ answers: [Double], _ truth: [Bool], _ loss: (Double, Bool) -> Double
    ) -> Double {
        zip(answers, truth).reduce(0) { $0 + loss($1.0, $1.1) } / Double(answers.count)
    }

    static func probability(_ logit: Double) -> Double {
        logit >= 0 ? 1 / (1 + exp(-logit)) : exp(logit) / (1 + exp(logit))
    }

    /// The log odds that a model gives the rows to be scored.
    private func answers(_ model: PilotCurve.Model, rows: Int) -> [Double]? {
        switch model {
        case .trees:
            // A leaf of a rare label needs as little as the smallest sizes have.
            let settings = BoostedTrees.Settings(trees: LearningPool.trees, leastCurvature: 1)
            let fitted = pool.fit(rows, settings: settings)
            guard !fitted.trees.isConstant else { return nil }
            let answers = fitted.trees.scores(fitted.rows, of: pool.evalPlaces)
            guard score != .auc else { return answers }
            let own = fitted.trees.scores(fitted.rows, of: (0..<Int32(rows)).map { $0 })
            let shift = Self.shift(own, positives: pool.labels.prefix(rows).count { $0 })
            return answers.map { $0 + shift }
        case .logistic:
            let encoding = FeatureEncoding(sample, rows: train.prefix(rows))
            guard encoding.width <= Self.encodedLimit else { return nil }
            let table = train.prefix(rows).map { (encoding.row($0), labels[$0] ? 1.0 : 0) }
            let fitted = LogisticRegression.fit(
                featureCount: encoding.width, ridge: Self.ridge
            ) { add in
                for (features, label) in table {
                    features.withUnsafeBufferPointer { add($0, label, 1) }
                }
            }
            return fitted.map { model in
                eval.map { place in
                    zip(encoding.row(place), model.coefficients.dropFirst()).reduce(
                        model.coefficients[0]
                    ) { $0 + $1.0 * $1.1 }
                }
            }
        }
    }

    /// What to add to log odds so that their probabilities sum to the positives there are: trees
    /// give them up to a constant.
    static func shift(_ logits: [Double], positives: Int) -> Double {
        var (low, high) = (-60.0, 60.0)
        for _ in 0..<60 {
            let between = (low + high) / 2
            let sum = logits.reduce(0) { $0 + probability($1 + between) }
            if sum < Double(positives) { low = between } else { high = between }
        }
        return (low + high) / 2
    }
}

/// Features as numbers around 0, as a linear model wants them, by what some rows know.
///
/// A number is standardised by those rows' mean and standard deviation, a missing one is their
/// mean, with a column of its own that says so. A category is a column for each of its ten most
/// common values there; all others are none of these.
struct FeatureEncoding {
    private enum Part {
        case number([Double], mean: Double, deviation: Double, hasMissing: Bool)
        case categories([Int32], common: [Int32])

        var width: Int {
            switch self {
            case .number(_, _, _, let hasMissing): hasMissing ? 2 : 1
            case .categories(_, let common): common.count
            }
        }
    }

    /// The values of a category that have a column.
    static let categoryLimit = 10

    private let parts: [Part]
    /// The columns.
    let width: Int

    /// The encoding by some rows of a table; a column of one value there is left out.
    init(_ sample: SampleColumns, rows: ArraySlice<Int>) {
        parts = sample.columns.compactMap { column in
            switch column.values {
            case .numbers(let numbers): Self.number(numbers, rows)
            case .categories(let codes): Self.categories(codes, rows)
            }
        }
        width = parts.reduce(0) { $0 + $1.width }
    }

    private static func number(_ numbers: [Double], _ rows: ArraySlice<Int>) -> Part? {
        let known = rows.lazy.map { numbers[$0] }.filter(\.isFinite)
        guard let first = known.first else { return nil }
        let count = Double(known.count)
        // Around a value that is there, so that large ones lose no digits.
        let mean = first + known.reduce(0) { $0 + ($1 - first) } / count
        let squares = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / count).squareRoot()
        let hasMissing = known.count < rows.count
        guard mean.isFinite, deviation.isFinite, deviation > 0 || hasMissing else { return nil }
        return .number(
            numbers, mean: mean, deviation: deviation > 0 ? deviation : 1, hasMissing: hasMissing)
    }

    private static func categories(_ codes: [Int32], _ rows: ArraySlice<Int>) -> Part? {
        var counts: [Int32: Int] = [:]
        for row in rows { counts[codes[row], default: 0] += 1 }
        guard counts.count > 1 else { return nil }
        let common = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return .categories(codes, common: common.prefix(categoryLimit).map(\.key))
    }

    /// A row of the table.
    func row(_ place: Int) -> [Double] {
        var row: [Double] = []
        row.reserveCapacity(width)
        for part in parts {
            switch part {
            case .number(let numbers, let mean, let deviation, let hasMissing):
                let value = numbers[place]
                row.append(value.isFinite ? (value - mean) / deviation : 0)
                if hasMissing { row.append(value.isFinite ? 0 : 1) }
            case .categories(let codes, let common):
                for code in common { row.append(codes[place] == code ? 1 : 0) }
            }
        }
        return row
    }
}
