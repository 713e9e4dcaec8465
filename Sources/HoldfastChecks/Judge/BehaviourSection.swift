import HoldfastStatistics

/// Does the model behave? What is claimed of its answers is tried out on rows and cases.
///
///     let section = try await BehaviourSection.judge(
///         rows, tests: [BehaviourTest("region", .invariance(feature: "region", tolerance: 0.02))],
///         model: model)
///     section.figures[0].value      // the share of rows that some other region moves by more
///     section.figures[0].interval   // Wilson's
///
/// A row fails where one of the tried changes does. The interval is of the share among all rows of
/// the source; of given cases the share is exact and has none. A test that passes says that no row
/// of these has shown the fault: `interval.upper` is the share that may still be hidden.
package enum BehaviourSection {
    /// The rows that one test asks a model about at most, if nothing else is said.
    package static let mostRows = 200_000

    /// Tries each test. No bound is set: the caller knows what is required.
    ///
    /// Rows beyond `mostRows` for a test are left out, by chance. Throws a ``CheckError`` for a
    /// test that names a feature which the rows do not have or a value that cannot be one, for
    /// answers that are not finite or not as many as the rows; `CancellationError`; what the model
    /// throws.
    package static func judge(
        _ rows: JudgeRows, tests: [BehaviourTest], model: ScoringModel,
        options: JudgeOptions = JudgeOptions(), mostRows: Int = BehaviourSection.mostRows,
        mostRequests: Int = 50
    ) async throws -> JudgementSection {
        precondition(mostRows > 0 && mostRequests > 0, "a limit lets something through")
        try FeatureTable.check(rows.features, rows: rows.count, of: rows.name)
        let trials = try tests.map { test in
            try BehaviourTrial(test, rows, options: options, mostRows: mostRows)
        }
        var asked = AskedModel(model)
        var section = JudgementSection(.behaves)
        var bars: [JudgePicture.Bar] = []
        for trial in trials {
            let answers = try await asked.answers(
                to: trial.questions, of: trial.table, mostRequests: mostRequests)
            let outcome = trial.outcome(answers)
            section.notes += outcome.notes
            guard let figure = outcome.figure else { continue }
            section.figures.append(figure)
            bars.append(JudgePicture.Bar(trial.test.name, figure.value, figure.interval))
        }
        if !bars.isEmpty {
            section.pictures.append(
                JudgePicture(
                    "behaviour_failures", "How often the model does not behave",
                    "The share of rows that fail each test.",
                    .bars(axis: "share of rows failing", rows: bars, limits: [])))
        }
        section.notes.append(asked.spent)
        return section
    }
}
