internal import ArgumentParser
internal import Foundation
internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastReports
internal import HoldfastTables

struct JudgeCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Say whether a model is fit for production, and whether it stays so.",
        discussion: """
            Judges predictions in a column, or a model that is asked over HTTP (MLflow's /invocations, or the Open \
            Inference Protocol), on a table such as the eval part of an exported set, or by the control rows of a ledger. \
            Each requirement is a bound on a figure; its whole interval must keep it. Exit status: 0 fit, 1 unfit, 3 these \
            rows cannot tell. Figures of rows that the model's own actions have bent are shown crossed out.
            """)

    @OptionGroup(title: "Rows") var tables: JudgeTableOptions
    @OptionGroup(title: "Columns") var columns: JudgeColumnOptions
    @OptionGroup(title: "Models") var models: JudgeModelOptions
    @OptionGroup(title: "Decisions") var decisions: JudgeDecisionOptions
    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup(title: "Reports") var reports: ReportOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        try reports.validate(
            besides: [
                tables.table, tables.train, tables.operation, tables.catalog,
                decisions.requirements,
            ] + ReportOptions.files(ofLedger: tables.ledger), lake: tables.lake)
        guard engine.engine == nil || tables.isOfFacts else {
            throw ValidationError("--engine reads a ledger or a lake; a table is read here")
        }
        guard decisions.decision == nil || tables.isOfFacts else {
            throw ValidationError("--decision goes with --ledger or --lake")
        }
        guard tables.isOfFacts || columns.by != nil || tables.operation == nil else {
            throw ValidationError("--operation needs --by COLUMN:PERIOD, as decided_at:1d")
        }
    }

    func execute() async throws -> ExitStatus {
        let file = try decisions.requirements.map { try RequirementsFile.read($0) }
        var options = JudgeOptions()
        options.level = decisions.level
        options.seed = decisions.seed
        options.positiveShare =
            try decisions.share() ?? (decisions.threshold == nil ? file?.positiveShare : nil)
        options.threshold = decisions.threshold ?? file?.threshold ?? options.threshold
        let progress = Progress()
        if let train = tables.train, train == tables.table {
            Terminal.complain(
                "warning: --train and --table are one file: what is lost on eval says nothing")
        }
        let folder = try ScratchFolder(in: FileManager.default.temporaryDirectory.path)
        let reader = JudgeInputReader(
            tables: tables, columns: columns, models: models, engine: engine, progress: progress)
        let inputs = try reader.read(in: folder)
        let run = JudgeRun(
            inputs: inputs, columns: columns, models: models, decision: decisions.decision,
            behaviour: file?.behaviour ?? [], options: options, progress: progress)
        let outcome = try await run.run()
        progress.clear()
        let judgement = judgement(outcome, inputs.main, file, options)
        try reports.write(
            html: { JudgeHTML.render(judgement) },
            json: { JudgeJSON.render(judgement).text(pretty: true) + "\n" },
            junit: { JudgeJUnit.render(judgement) },
            markdown: { JudgeMarkdown.render(judgement) })
        switch output.format {
        case .json: Terminal.say(JudgeJSON.render(judgement))
        case .text: Terminal.say(JudgeText.render(judgement), terminator: "")
        }
        return ExitStatus(judgement.verdict)
    }

    private func judgement(
        _ outcome: JudgeRun.Outcome, _ main: JudgeSource, _ file: RequirementsFile?,
        _ options: JudgeOptions
    ) -> Judgement {
        var requirements = file?.requirements(main.task) ?? .usual(main.task)
        if models.baseline != nil { requirements.requireBetter() }
        let (sections, unmeasured, unasked) = requirements.held(against: outcome.sections)
        return Judgement(
            model: models.judged
                ?? (tables.isOfFacts
                    ? "the model in operation"
                    : main.predictionColumn.map { "the model of \($0)" } ?? "the model"),
            incumbent: models.rival, tables: outcome.tables, task: main.task,
            sections: sections, unmeasured: unmeasured, unasked: unasked, options: options)
    }
}

extension ExitStatus {
    init(_ verdict: Fitness) {
        switch verdict {
        case .fit: self = .success
        case .unfit: self = .negative
        case .inconclusive: self = .inconclusive
        }
    }
}
