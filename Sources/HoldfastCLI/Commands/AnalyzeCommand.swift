internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastReports
internal import HoldfastTables

struct AnalyzeCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Say what the treatment did to outcomes, by intention to treat.",
        discussion: """
            From a ledger or lake each unit counts by its first decision, in the arm it was dealt; from a table each row \
            does. First the sample ratio: where arms did not receive their shares, no effect is shown and the status is 2. \
            Each metric and arm then has its difference from control, the relative effect, an interval for one look and one \
            that holds whenever it is looked at, corrected for being many. Exit status: 0 there is a figure for each, 3 \
            some cannot be told.
            """)

    @OptionGroup(title: "Rows") var source: AnalyzeSourceOptions
    @OptionGroup(title: "Columns of a table") var columns: AnalyzeColumnOptions
    @OptionGroup(title: "Questions") var questions: AnalyzeQuestionOptions
    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup(title: "Reports") var reports: AnalyzeReportOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        try source.check(engine)
        try reports.validate(besides: source)
        _ = try columns.plannedShares()
        guard source.isOfFacts else {
            guard columns.arm != nil, columns.control != nil else {
                throw ValidationError("a table needs --arm COLUMN and --control VALUE")
            }
            guard !questions.metric.isEmpty else {
                throw ValidationError("a table needs --metric COLUMN: what is compared")
            }
            try columns.checkTime(questions)
            return
        }
        guard !columns.isAsked else {
            throw ValidationError(
                "--arm, --control, --unit, --cluster, --exposed, --time, --weight and --shares go with --table: of recorded facts they are known"
            )
        }
    }

    func execute() async throws -> ExitStatus {
        let progress = Progress()
        let analysis = try source.isOfFacts ? ofFacts(progress) : ofTable(progress)
        progress.clear()
        try reports.write(
            html: { AnalysisHTML.render(analysis) },
            json: { AnalysisJSON.render(analysis).text(pretty: true) + "\n" },
            markdown: { AnalysisMarkdown.render(analysis) })
        switch output.format {
        case .json: Terminal.say(AnalysisJSON.render(analysis))
        case .text: Terminal.say(AnalysisText.render(analysis), terminator: "")
        }
        return ExitStatus(analysis.status)
    }

    // MARK: - Where rows come from

    private func ofFacts(_ progress: Progress) throws -> Analysis {
        let catalog = try CatalogFiles.read(source.catalog ?? "")
        let experiment = try catalog.only(source.experiment)
        let request = AnalysisRequest(
            catalog: catalog, experiment: experiment.name, metrics: try questions.requests(),
            asOf: try source.facts.asOf(source.asOf), horizon: source.horizon,
            absent: try source.absentValue(), covariate: questions.covariate,
            subgroups: questions.subgroup, isByExposure: source.byExposure)
        let facts = try source.facts.reading(
            experiment.name.text, catalog, by: engine, duckdb: source.duckdb,
            outcomes: request.metrics.flatMap { [$0.name, $0.denominator].compactMap(\.self) },
            progress: { progress.show($0) },
            warn: { Terminal.complain("warning: \($0)") }
        ) { store in
            try AnalysedFacts.read(request, from: store) { progress.show($0) }
        }
        var options = questions.options()
        options.isByExposure = source.byExposure
        let run = AnalysisRun(rows: facts.rows, dealing: facts.dealing, options: options)
        return try run.analysis(
            name: experiment.name.text, rowMeaning: facts.rowMeaning, flow: facts.flow,
            notes: facts.notes
        ) { try show($0, progress) }
    }

    /// Shows what is being worked on, unless the command was stopped.
    private func show(_ text: String, _ progress: Progress) throws {
        try Task.checkCancellation()
        progress.show(text)
    }

    private func ofTable(_ progress: Progress) throws -> Analysis {
        var roles = AnalysisRoles(
            arm: columns.arm ?? "", control: columns.control ?? "",
            metrics: try questions.requests())
        roles.unit = columns.unit
        roles.cluster = columns.cluster
        roles.covariate = questions.covariate
        roles.exposed = columns.exposed
        roles.time = columns.time
        roles.weight = columns.weight
        roles.subgroups = questions.subgroup
        roles.shares = try columns.plannedShares()
        let input = TableInput(named: source.table ?? "")
        try input.source.checkIsReadable()
        let table = try AnalysedTable.read(
            input, roles: roles, options: TableReadOptions(duckdb: source.duckdb)
        ) { state in progress.show("reading the table: \(state.rows) rows") }
        var options = questions.options()
        options.isByExposure = columns.exposed != nil
        let run = AnalysisRun(rows: table.rows, dealing: table.dealing, options: options)
        return try run.analysis(
            name: input.name, rowMeaning: table.rowMeaning, flow: table.flow, notes: table.notes
        ) { try show($0, progress) }
    }
}

/// Which reports are written besides the one on standard output.
struct AnalyzeReportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Also write a page with pictures.", valueName: "file"))
    var html: String?
    @Option(help: ArgumentHelp("Also write the report as JSON.", valueName: "file"))
    var json: String?
    @Option(
        help: ArgumentHelp(
            "Also write Markdown, for a pull request or a job's summary.", valueName: "file"))
    var markdown: String?

    /// The same with JUnit left out: an effect is no test that passes or fails.
    private var all: ReportOptions {
        var all = ReportOptions()
        (all.html, all.json, all.junit, all.markdown) = (html, json, nil, markdown)
        return all
    }

    func validate(besides source: AnalyzeSourceOptions) throws {
        try all.validate(
            besides: [source.table, source.catalog]
                + ReportOptions.files(ofLedger: source.facts.ledger), lake: source.facts.lake)
    }

    func write(
        html: @escaping () -> String, json: @escaping () -> String,
        markdown: @escaping () -> String
    ) throws {
        try all.write(html: html, json: json, junit: { "" }, markdown: markdown)
    }
}

extension ExitStatus {
    init(_ status: Analysis.Status) {
        switch status {
        case .told: self = .success
        case .inconclusive: self = .inconclusive
        case .refused: self = .failed
        }
    }
}
