import HoldfastStatistics

/// For good reasons, over all: which features the model leans on, and how.
///
///     let section = try await ReasonsSection.judge(rows, model: model)
///     section.figures[0].name   // .importanceShare, of the feature with the largest part
///
/// The mean absolute Shapley value of each feature over some rows, against others as background;
/// its permutation importance over as many rows as the budget allows; and partial dependence of the
/// first features. What the model answers is a score or a number; of several classes it answers the
/// code of one, by the labels' names: then a Shapley value is a feature's part in the share of the
/// background for which the class would be the row's.
///
/// It tells what moves the *model's answer*, not the outcome, and sets features to values that may
/// never come together. The model must answer each row alone: an answer that depends on the others
/// of its batch has no reasons.
package enum ReasonsSection {
    /// Asks the model about the rows' features; the rows need them, their predictions are compared
    /// with the answers.
    ///
    /// Throws a ``CheckError`` for rows without features, for answers that are not finite or not as
    /// many as the rows, `CancellationError`, and what the model throws.
    package static func judge(
        _ table: JudgeRows, model: ScoringModel, options: JudgeOptions = JudgeOptions(),
        limits: ReasonLimits = ReasonLimits()
    ) async throws -> JudgementSection {
        limits.check()
        try FeatureTable.check(table.features, rows: table.count, of: table.name)
        var asked = AskedModel(model)
        // As many as any of the three can use.
        let shuffles = table.features.count * limits.repeats + 1
        let most = max(
            limits.rows / 3 / shuffles, limits.explainedRows, limits.dependenceRows)
        let drawn = AskedRows(
            table, most: most, seed: options.seed, stream: ReasonStream.rows)
        let rows = drawn.rows
        var questions = SyntheticRows(of: rows.features.map(\.sample))
        let importance = ImportancePlan(
            rows, most: limits.rows / 3, limits: limits, seed: options.seed, questions: &questions)
        let shapley = ShapleySamplePlan(
            rows, most: limits.rows / 2, limits: limits, seed: options.seed, questions: &questions)
        let answers = try await asked.answers(
            to: questions, of: rows.features, mostRequests: limits.sectionRequests / 2)
        let parts = shapley.parts(answers, level: options.level)
        var section = JudgementSection(.reasons)
        parts.add(to: &section)
        importance.add(answers, of: drawn.total, level: options.level, to: &section)
        let order = parts.order.filter { parts.means[$0].mean > 0 }.prefix(limits.pictured)
        section.pictures += try await DependencePictures.make(
            of: Array(order), rows, &asked, limits: limits, seed: options.seed)
        section.notes.append(asked.spent)
        return section
    }
}

/// Streams of a seed, one for each draw of a section.
enum ReasonStream {
    static let explained: UInt64 = 1 << 40
    static let background: UInt64 = 1 << 40 + 1
    static let importance: UInt64 = 1 << 40 + 2
    static let dependence: UInt64 = 1 << 40 + 3
    static let behaviour: UInt64 = 1 << 40 + 4
    static let rows: UInt64 = 1 << 40 + 5
    /// The first of those of the repeats of each feature.
    static let shuffles: UInt64 = 1 << 41
}

/// Partial dependence of some features, each a picture.
enum DependencePictures {
    static func make(
        of features: [Int], _ rows: JudgeRows, _ asked: inout AskedModel, limits: ReasonLimits,
        seed: UInt64
    ) async throws -> [JudgePicture] {
        guard !features.isEmpty else { return [] }
        // What is left of the budget: a sixth.
        let most = min(
            limits.dependenceRows,
            max(1, limits.rows / 6 / (features.count * limits.gridPoints)))
        let over = RandomOrder.sample(
            rows.count, most: most, seed: seed, stream: ReasonStream.dependence)
        let weights = rows.weights.map { weights in over.map { weights[$0] } }
        var questions = SyntheticRows(of: rows.features.map(\.sample))
        let plans = features.compactMap { feature -> (Int, PartialDependence)? in
            let grid = PartialDependence.grid(
                of: rows.features[feature].sample, most: limits.gridPoints)
            guard !grid.isEmpty else { return nil }
            let plan = PartialDependence(
                of: feature, grid: grid, over: over, weights: weights, rows: &questions)
            return (feature, plan)
        }
        var answers = try await asked.answers(
            to: questions, of: rows.features,
            mostRequests: limits.sectionRequests - limits.sectionRequests / 2)
        var y = "prediction"
        if case .classes(_, let names) = rows.labels {
            let usual = mode(answers)
            answers = answers.map { $0 == usual ? 1 : 0 }
            let code = Int(exactly: usual) ?? -1
            y = "share answered \(names.indices.contains(code) ? names[code] : "\(usual)")"
        }
        return plans.enumerated().map { number, plan in
            picture(number + 1, rows.features[plan.0], plan.1, answers, y, over.count, limits)
        }
    }

    /// The most frequent answer, the smaller of those that tie.
    private static func mode(_ answers: [Double]) -> Double {
        var counts: [Double: Int] = [:]
        for answer in answers { counts[answer, default: 0] += 1 }
        return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? 0
    }

    private static func picture(
        _ number: Int, _ feature: FeatureColumn, _ plan: PartialDependence, _ answers: [Double],
        _ y: String, _ count: Int, _ limits: ReasonLimits
    ) -> JudgePicture {
        var steps: [String] = []
        var xs: [Double]
        switch feature.values {
        case .numbers(let numbers): xs = plan.grid.map { numbers[$0] }
        case .categories:
            steps = plan.grid.map { feature.text($0) }
            xs = steps.indices.map(Double.init)
        }
        func line(_ name: String, _ ys: [Double], _ style: JudgePicture.Line.Style)
            -> JudgePicture.Line
        {
            JudgePicture.Line(
                name, zip(xs, ys).map { JudgePicture.Point($0, $1) }, style: style)
        }
        let single = plan.individual(answers, first: limits.curves)
        let lines =
            single.enumerated().map { line("row \($0 + 1)", $1, .faint) }
            + [line("average", plan.average(answers), .plain)]
        return JudgePicture(
            "dependence_\(number)", "What \(feature.name) does to the prediction",
            "The model's mean answer over \(count) rows with \(feature.name) set to each value, "
                + "and \(single.count) single rows. Where these cross, the average hides it.",
            .lines(JudgePicture.Lines(x: feature.name, y: y, lines: lines, steps: steps)))
    }
}
