import HoldfastStatistics
import HoldfastTables

/// For good reasons, for one decision: what each feature added to the prediction.
///
///     let section = try await DecisionReasonsSection.judge(
///         row: features, background: others, model: model, name: "decision 17")
///     section.figures[2].of      // "income = 12000"
///     section.figures[2].value   // what it added to the mean prediction of the background
///
/// The prediction, the base value, Shapley's values (exact up to ten features), which add up to
/// their difference, and how nearly a linear rule reproduces the model around the row, with its
/// weights. All of it is of the *model* and against this background: rows of another time or of
/// other people give other reasons.
package enum DecisionReasonsSection {
    /// Explains the one row that `row` has, against rows of `background` with the same features.
    ///
    /// `weights` is what each row of the background counts for, `name` what errors call the
    /// decision, `source` what rows the background is of. Where the `task` is of classes the model
    /// answers a class's code, and the values explain the share of the background for which the
    /// answer would be the row's class. With d features up to ten and B rows of the background it
    /// asks at most 2ᵈ · B rows, in at most 20 batches if nothing else is said. Throws as
    /// ``ReasonsSection`` does, and where row and background differ in features.
    package static func judge(
        row: [FeatureColumn], background: [FeatureColumn], weights: [Double]? = nil,
        model: ScoringModel, name: String, task: JudgeTask = .binary, source: RowSource = .given,
        options: JudgeOptions = JudgeOptions(), limits: ReasonLimits = ReasonLimits()
    ) async throws -> JudgementSection {
        limits.check()
        let count = background.first?.count ?? 0
        try FeatureTable.check(row, rows: row.first?.count ?? 0, of: name)
        try FeatureTable.check(background, rows: count, of: "the background of \(name)")
        precondition(weights.map { $0.count == count } ?? true, "a weight for each row")
        let table = try joined(row, behind: background, name)
        let budget = ShapleyBudget(
            oneOf: table.count, background: count, limits: limits, seed: options.seed)
        let others = RandomOrder.sample(
            count, most: budget.background, seed: options.seed, stream: ReasonStream.background)
        var questions = SyntheticRows(of: table.map(\.sample))
        let masses = weights.map { weights in others.map { weights[$0] } }
        let plan = ShapleyPlan(
            budget.method, row: count, background: others, weights: masses, rows: &questions)
        let around = SurrogatePlan(
            of: table.map(\.sample), row: count, background: others, weights: masses,
            count: ShapleyBudget.surrogateRows(limits), seed: options.seed, rows: &questions)
        var asked = AskedModel(model)
        let answers = try await asked.answers(
            to: questions, of: table, mostRequests: limits.decisionRequests)
        let isClass = task == .classes
        let values = plan.values(answers, asShareOfItsOwn: isClass)
        let surrogate = around.surrogate(answers, asShareOfItsOwn: isClass)
        let texts = table.map { "\($0.name) = \($0.text(count))" }
        let report = DecisionReport(
            texts: texts, steps: zip(table, around.scales).map(DecisionReport.step),
            rows: others.count, source: source, level: options.level)
        var section = JudgementSection(.reasonsForOne)
        report.add(values, to: &section)
        report.add(surrogate, to: &section)
        section.notes.insert(
            "Shapley values against a background of \(others.count) of \(count) rows, found "
                + "\(budget.text).", at: 0)
        if isClass {
            section.notes.append(
                "The prediction is a class: the values are parts of the share of the background "
                    + "for which it would be this one.")
        }
        section.notes.append(asked.spent)
        return section
    }

    /// The background's columns with the row behind them, in the background's order.
    private static func joined(
        _ row: [FeatureColumn], behind background: [FeatureColumn], _ name: String
    ) throws(CheckError) -> [FeatureColumn] {
        guard let first = row.first, first.count == 1 else {
            throw CheckError(
                "\(name): \(row.first?.count ?? 0) rows stand for one decision",
                hint: "give the features of one row")
        }
        var table: [FeatureColumn] = []
        for column in background {
            guard let own = row.first(where: { $0.name == column.name }) else {
                throw CheckError(
                    "\(name): has no feature \(column.name), which its background has; it has "
                        + row.map(\.name).joined(separator: ", "),
                    hint: "give both the features that the model was given")
            }
            guard let whole = column.appending(own) else {
                throw CheckError(
                    "\(name): feature \(column.name) is a number here and a category there, in the "
                        + "background", hint: "give both the same type")
            }
            table.append(whole)
        }
        for column in row where !background.contains(where: { $0.name == column.name }) {
            throw CheckError(
                "\(name): has a feature \(column.name) that its background does not have",
                hint: "give both the features that the model was given")
        }
        return table
    }
}

/// The values of one decision as figures and pictures.
struct DecisionReport {
    /// Each feature with its value.
    let texts: [String]
    /// What each weight of the local rule is for: "income + 4100", or "region = south".
    let steps: [String]
    let rows: Int
    let source: RowSource
    let level: Double

    func add(_ found: ShapleyValues, to section: inout JudgementSection) {
        func figure(_ name: FigureName, _ of: String?, _ value: Double, _ interval: Interval?) {
            section.figures.append(
                JudgedFigure(name, of: of, value, interval, rows: rows, source: source))
        }
        figure(.prediction, nil, found.prediction, nil)
        figure(.basePrediction, nil, found.base, nil)
        let order = texts.indices.sorted {
            (abs(found.values[$1]), $0) < (abs(found.values[$0]), $1)
        }
        for feature in order {
            figure(
                .shapley, texts[feature], found.values[feature],
                found.interval(of: feature, level: level))
        }
        section.pictures.append(
            JudgePicture(
                "decision_shapley", "What each feature added to this prediction",
                "Shapley values: together they lead from the base of \(Self.short(found.base)), "
                    + "the mean over the background, to \(Self.short(found.prediction)).",
                .bars(
                    axis: "Shapley value",
                    rows: order.map {
                        JudgePicture.Bar(
                            texts[$0], found.values[$0], found.interval(of: $0, level: level))
                    }, limits: [0])))
    }

    func add(_ surrogate: LocalSurrogate?, to section: inout JudgementSection) {
        guard let surrogate, let rSquared = surrogate.rSquared else {
            section.notes.append(
                "Around this row the model's answer does not vary: it has no linear rule there.")
            return
        }
        section.figures.append(
            JudgedFigure(.surrogateRSquared, rSquared, rows: rows, source: source))
        let weights = surrogate.weights
        let order = texts.indices.sorted { (abs(weights[$1]), $0) < (abs(weights[$0]), $1) }
        section.pictures.append(
            JudgePicture(
                "decision_surrogate", "The linear rule nearest to the model around this row",
                "What a step of each feature adds by the rule: of a number one standard deviation "
                    + "of the background, of a category the row's own instead of another. The rule "
                    + "gives \(Self.percent(rSquared)) % of the answers' variance.",
                .bars(
                    axis: "weight", rows: order.map { JudgePicture.Bar(steps[$0], weights[$0]) },
                    limits: [0])))
        section.notes.append(
            "The local rule's weights: "
                + order.map { "\(steps[$0]): \(Self.short(weights[$0]))" }.joined(separator: "; ")
                + ". It gives \(Self.percent(rSquared)) % of the answers' variance around the row"
                + (rSquared < 0.5 ? ": too little to rely on its weights." : "."))
    }

    /// What a weight of a feature is for.
    static func step(_ column: FeatureColumn, _ scale: Double) -> String {
        switch column.values {
        case .numbers: "\(column.name) + \(short(scale))"
        case .categories: "\(column.name) = \(column.text(column.count - 1))"
        }
    }

    private static func percent(_ share: Double) -> Int { Int((share * 100 + 1e-9).rounded(.down)) }

    /// Four digits behind the point, or as many as a small number needs.
    static func short(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9, value == 0 || abs(value) >= 1e-3 else {
            return "\(value)"
        }
        return CellValue.text(of: (value * 10_000).rounded() / 10_000)
    }
}
