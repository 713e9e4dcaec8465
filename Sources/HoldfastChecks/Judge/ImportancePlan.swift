import HoldfastStatistics

/// Permutation importance: what is asked, and what follows.
struct ImportancePlan {
    private let rows: JudgeRows
    private let sample: [Int]
    /// The places of the rows as they are.
    private let asIs: [Int32]
    /// For each feature and repeat the rows that give, by their place in the sample.
    private let donors: [[[Int32]]]
    private let shuffled: [[[Int32]]]

    init(
        _ rows: JudgeRows, most: Int, limits: ReasonLimits, seed: UInt64,
        questions: inout SyntheticRows
    ) {
        self.rows = rows
        let width = rows.features.count
        let sample = RandomOrder.sample(
            rows.count, most: max(2, most / (width * limits.repeats + 1)), seed: seed,
            stream: ReasonStream.importance)
        self.sample = sample
        var picked = [Int32](repeating: 0, count: width)
        func place(_ row: Int, _ feature: Int, from donor: Int) -> Int32 {
            for column in 0..<width { picked[column] = Int32(row) }
            picked[feature] = Int32(donor)
            return questions.place(of: picked)
        }
        asIs = sample.map { place($0, 0, from: $0) }
        var (donors, shuffled): ([[[Int32]]], [[[Int32]]]) = ([], [])
        for feature in 0..<width {
            let orders = (0..<limits.repeats).map { turn in
                RandomOrder.permutation(
                    sample.count, seed: seed,
                    stream: ReasonStream.shuffles + UInt64(feature * limits.repeats + turn))
            }
            donors.append(orders)
            shuffled.append(
                orders.map { order in
                    zip(sample, order).map { place($0, feature, from: sample[Int($1)]) }
                })
        }
        self.donors = donors
        self.shuffled = shuffled
    }

    private var score: (PermutationImportance.Score, text: String) {
        switch rows.labels {
        case .binary(let labels):
            (.area(isPositive: sample.map { labels[$0] }), "the area under the ROC curve")
        case .classes(let codes, _):
            (.accuracy(sample.map { codes[$0] }), "the share of right classes")
        case .numbers(let labels):
            (.absoluteError(sample.map { labels[$0] }), "the mean absolute error")
        }
    }

    /// `total` is the count of the rows that these were drawn of.
    func add(
        _ answers: [Double], of total: Int, level: Double, to section: inout JudgementSection
    ) {
        let own = asIs.map { answers[Int($0)] }
        compare(own, to: &section)
        let weights = rows.weights.map { weights in sample.map { weights[$0] } }
        let clusters = rows.clusters.map { clusters in sample.map { clusters[$0] } }
        let (score, scoreText) = score
        let found = shuffled.indices.compactMap { feature in
            PermutationImportance(
                score, answers: own,
                shuffled: shuffled[feature].map { $0.map { answers[Int($0)] } },
                donors: donors[feature], weights: weights, clusters: clusters)
        }
        guard found.count == shuffled.count else {
            section.notes.append(
                "The rows have labels of one kind only: \(scoreText) is not defined, nor is what a "
                    + "feature adds to it.")
            return
        }
        let order = found.indices.sorted { (found[$1].drop, $0) < (found[$0].drop, $1) }
        var bars: [JudgePicture.Bar] = []
        for feature in order {
            let one = found[feature]
            let name = rows.features[feature].name
            let interval =
                one.clusters >= JudgedFigure.fewRows ? one.interval(level: level) : nil
            section.figures.append(
                JudgedFigure(
                    .permutationImportance, of: name, one.drop, interval, rows: sample.count,
                    source: rows.source))
            bars.append(JudgePicture.Bar(name, one.drop, interval))
        }
        let repeats = donors.first?.count ?? 0
        section.pictures.append(
            JudgePicture(
                "permutation_importance", "What is lost without each feature",
                "How much worse \(scoreText) is where the feature's values are shuffled, over "
                    + "\(sample.count) rows and \(repeats) shuffles.",
                .bars(axis: "loss of \(scoreText)", rows: bars, limits: [0])))
        section.notes.append(
            "Permutation importance is how much worse \(scoreText) is over \(sample.count) of "
                + "\(total) rows, in the mean of \(repeats) shuffles; its interval covers the "
                + "chance of these rows and of the shuffles, not that of another training.")
    }

    /// Says where the model is not the one whose predictions the rows have.
    private func compare(_ own: [Double], to section: inout JudgementSection) {
        let recorded: [Double] =
            switch rows.predictions {
            case .scores(let scores): sample.map { scores[$0] }
            case .classes(let codes, _): sample.map { Double(codes[$0]) }
            }
        // Far beyond what a print of single precision loses.
        let apart = zip(own, recorded).count { abs($0 - $1) > 1e-5 * max(1, abs($1)) }
        guard apart > 0 else { return }
        section.notes.append(
            "The model's answers are not the recorded predictions on \(apart) of \(sample.count) "
                + "rows: it may be another model, or features may have been changed since.")
    }
}
