internal import Foundation
internal import HoldfastChecks

/// Asks every question that the rows and the model can answer, in the order of the report.
struct JudgeRun {
    let inputs: JudgeInputs
    let columns: JudgeColumnOptions
    let models: JudgeModelOptions
    let decision: String?
    let behaviour: [BehaviourTest]
    let options: JudgeOptions
    let progress: Progress

    /// What was found.
    struct Outcome {
        var sections: [JudgementSection]
        var tables: [JudgedTable]
    }

    func run() async throws -> Outcome {
        let model = try endpoint(models.judged)
        let rival = try endpoint(models.rival)
        let judged = try await judged(inputs.main, model, rival)
        var outcome = Outcome(sections: [], tables: [judged.table])
        let biased = try await inputs.biased.asyncMap { try await self.judged($0, model, nil) }
        outcome.tables += [biased?.table].compactMap { $0 }
        try Task.checkCancellation()
        progress.show("judging accuracy")
        outcome.sections.append(accuracy(judged, biased))
        if let predictions = judged.rival {
            outcome.sections.append(
                BetterSection.judge(
                    judged.rows, baseline: predictions, baselineName: rivalName, options: options))
        }
        let train = try await inputs.train.asyncMap { try await self.judged($0, model, nil) }
        if let train {
            outcome.tables.append(train.table)
            try Task.checkCancellation()
            progress.show("judging overfitting")
            outcome.sections.append(
                OverfittingSection.judge(train: train.rows, eval: judged.rows, options: options))
        }
        try Task.checkCancellation()
        progress.show("judging degeneracy")
        outcome.sections.append(
            DegenerateSection.judge(judged.rows, options: options, train: train?.rows))
        if !judged.rows.groups.isEmpty {
            try Task.checkCancellation()
            progress.show("judging fairness")
            outcome.sections.append(FairnessSection.judge(judged.rows, options: options))
        }
        try await addReasons(judged, model, to: &outcome)
        try await addOperation(judged, train, biased, model, to: &outcome)
        return outcome
    }

    // MARK: - Predictions

    private var rivalName: String {
        if let rival = models.rival { return rival }
        return inputs.idColumn == nil ? "" : "the recorded scores"
    }

    private func endpoint(_ name: String?) throws -> ScoringModel? {
        guard let name, name.contains("://") else { return nil }
        return try ModelEndpoint(name, models.endpoint).model(batchRows: models.endpoint.modelBatch)
    }

    /// The rows of a source with what its column says, or the model.
    private func judged(
        _ source: JudgeSource, _ model: ScoringModel?, _ rival: ScoringModel?
    ) async throws -> JudgeSource.Judged {
        let ours = try await predictor(source, model, column: source.predictionColumn)
        var theirs: JudgeSource.Predictor?
        if rival != nil || source.rivalColumn != nil {
            theirs = try await predictor(source, rival, column: source.rivalColumn)
        }
        return try source.judged(by: ours, beside: theirs)
    }

    private func predictor(
        _ source: JudgeSource, _ model: ScoringModel?, column: String?
    ) async throws -> JudgeSource.Predictor {
        guard let model else { return .column(column ?? "") }
        let features = source.features(of: source.labelled)
        guard !features.isEmpty else {
            throw CommandError(
                "\(source.name) has no features to ask the model about", "name them by --features")
        }
        let name = source.name
        return .answers(
            try await AskedModel.answers(model, to: features) { done, all in
                progress.show("asking the model about \(name): \(done) of \(all) rows")
            })
    }

    // MARK: - Questions

    /// Accuracy on the judged rows, and beside it what the bent rows would have said.
    private func accuracy(
        _ judged: JudgeSource.Judged, _ biased: JudgeSource.Judged?
    ) -> JudgementSection {
        var section = AccuracySection.judge(judged.rows, options: options)
        section.notes += inputs.notes
        if let biased {
            let other = AccuracySection.judge(biased.rows, options: options)
            section.figures += other.figures.filter { $0.of == nil }
            section.notes.append(
                "What is crossed out was counted on the rows that the model let through, as "
                    + "anybody without a control group must. Its own actions chose those rows.")
        }
        return section
    }

    private func addReasons(
        _ judged: JudgeSource.Judged, _ model: ScoringModel?, to outcome: inout Outcome
    ) async throws {
        guard let model else {
            guard behaviour.isEmpty && decision == nil else {
                throw CommandError(
                    behaviour.isEmpty
                        ? "the reasons for a decision take a model that can be asked"
                        : "behaviour tests take a model that can be asked",
                    "name its URL by --candidate")
            }
            return
        }
        guard !judged.rows.features.isEmpty else { return }
        var limits = ReasonLimits()
        limits.explainedRows = min(limits.explainedRows, models.endpoint.background)
        limits.decisionBackgroundRows = models.endpoint.background
        // As many questions as it takes at no more rows each than was said.
        limits.sectionRequests = max(
            limits.sectionRequests, 2 * limits.rows / models.endpoint.modelBatch + 2)
        progress.show("asking the model for its reasons")
        outcome.sections.append(
            try await ReasonsSection.judge(
                judged.rows, model: model, options: options, limits: limits))
        if !behaviour.isEmpty {
            progress.show("trying how the model behaves")
            outcome.sections.append(
                try await BehaviourSection.judge(
                    judged.rows, tests: behaviour, model: model, options: options))
        }
        if let decision {
            outcome.sections.append(try await reasons(decision, judged, model, limits))
        }
    }

    private func reasons(
        _ decision: String, _ judged: JudgeSource.Judged, _ model: ScoringModel,
        _ limits: ReasonLimits
    ) async throws -> JudgementSection {
        guard let served = inputs.operation, let id = inputs.idColumn else {
            throw CommandError(
                "--decision names a recorded decision", "judge by --ledger or --lake")
        }
        guard let place = served.place(of: decision, in: id) else {
            throw CommandError(
                "no decision has the id \"\(decision.prefix(100))\"",
                "it is the id that POST /v1/decisions answered, or of the recorded file")
        }
        progress.show("asking the model about the decision")
        return try await DecisionReasonsSection.judge(
            row: served.features(of: [place]), background: judged.rows.features, model: model,
            name: decision, task: judged.rows.task, source: judged.rows.source, options: options,
            limits: limits)
    }

    /// What changes over time, where it is known when rows were scored.
    private func addOperation(
        _ judged: JudgeSource.Judged, _ train: JudgeSource.Judged?,
        _ biased: JudgeSource.Judged?, _ model: ScoringModel?, to outcome: inout Outcome
    ) async throws {
        guard let slices = try columns.overTime()?.slices else { return }
        try Task.checkCancellation()
        progress.show("judging over time")
        guard let source = inputs.operation else {
            outcome.sections.append(
                OverTimeSection.judge(
                    reference: nil, clean: judged.rows, biased: nil, slices: slices,
                    options: options))
            return
        }
        let served = try await self.judged(source, model, nil)
        outcome.tables.append(served.table)
        if inputs.idColumn != nil {
            outcome.sections.append(
                OverTimeSection.judge(
                    reference: nil, clean: judged.rows, biased: biased?.rows, slices: slices,
                    options: options))
        } else if served.hasLabel.contains(true) {
            outcome.sections.append(
                OverTimeSection.judge(
                    reference: judged.rows, clean: served.labelledRows, biased: nil,
                    slices: slices, options: options))
        }
        try Task.checkCancellation()
        progress.show("judging without labels")
        outcome.sections.append(
            WithoutLabelsSection.judge(
                reference: judged.rows,
                operation: OperationRows(served.rows, hasLabel: served.hasLabel), slices: slices,
                options: options))
        try addMoves(
            OperationPair(judged, train, served, isOfFacts: inputs.idColumn != nil, slices),
            slices, to: &outcome)
    }

    private func addMoves(
        _ pair: OperationPair, _ slices: TimeSlices, to outcome: inout Outcome
    ) throws {
        let (reference, operation) = (pair.reference, pair.operation)
        var sections: [JudgementSection] = []
        if !reference.features.isEmpty {
            try Task.checkCancellation()
            progress.show("judging inputs")
            sections += [
                InputsSection.moved(
                    reference: reference.features, operation: operation.features,
                    times: operation.times, slices: slices, source: operation.source,
                    options: options),
                InputsSection.outside(
                    reference: reference.features, operation: operation.features,
                    times: operation.times, slices: slices, source: operation.source,
                    options: options),
            ]
        }
        sections.append(
            PredictionsSection.moved(
                reference: reference, operation: operation, slices: slices, options: options))
        if let note = pair.note {
            for index in sections.indices { sections[index].notes.append(note) }
        }
        outcome.sections += sections
    }
}

extension Optional where Wrapped: Sendable {
    /// The value through a function that waits.
    func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await body(self)
    }
}
