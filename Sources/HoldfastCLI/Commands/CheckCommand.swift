internal import ArgumentParser
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastReports
internal import HoldfastSQL
internal import HoldfastTables

struct CheckCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether train, eval and serve data agree.",
        discussion: """
            A table is a file, - for standard input, or ledger:EXPERIMENT for what was served, beside --ledger. A file is \
            CSV, JSON Lines, either of them compressed by gzip, Parquet (through duckdb), or a table of an SQLite \
            database as features.db:table. Each column is judged by the size of the difference, its confidence interval \
            and a margin. With --engine tables are files, folders or patterns of CSV, JSON Lines or Parquet that the \
            engine reads itself: it counts at edges taken from samples, and intervals are wider by what lies between them. \
            Beside a manifest.json of `holdfast export`, features and the label are compared, by the weights \
            of the set where it has some.
            """)

    @OptionGroup(title: "Tables") var tables: CheckTableOptions
    @OptionGroup(title: "Engine") var engine: EngineOptions
    @Flag(help: "Let the engine count every value by itself: exact figures, at the cost of a sort.")
    var exact = false
    @OptionGroup(title: "Columns") var columns: CheckColumnOptions
    @OptionGroup(title: "Margins") var margins: CheckMarginOptions
    @OptionGroup(title: "Reports") var reports: ReportOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        _ = try margins.byColumn()
        _ = try columns.slices()
        try margins.validateLevel()
        _ = try margins.byteLimit()
        try reports.validate(
            besides: [tables.train, tables.eval, tables.serve, tables.schema]
                + ReportOptions.files(ofLedger: tables.ledger))
        guard isOnEngine else {
            guard !exact else {
                throw ValidationError("--exact goes with --engine: without one figures are exact")
            }
            return
        }
        try tables.validateForEngine()
        for (option, isGiven) in [
            ("--by", columns.by != nil), ("--memory", margins.memory != nil),
        ] where isGiven {
            throw ValidationError(
                "\(option) does not go with --engine: leave one of them out, or check a sample of the rows"
            )
        }
    }

    /// Whether a program beside this one counts: SQLite's tables are read here.
    private var isOnEngine: Bool { engine.engine.map { $0 != .sqlite } ?? false }

    func execute() async throws -> ExitStatus {
        if tables.areLarge {
            ProcessLimits.returnFreedMemory()
        } else {
            ProcessLimits.keepFreedMemory()
        }
        let options = try options()
        let progress = Progress()
        let report =
            isOnEngine
            ? try count(options, progress)
            : try Agreement.check(
                train: try tables.input(tables.train, options),
                eval: try tables.eval.map { try tables.input($0, options) },
                serve: try tables.serve.map { try tables.input($0, options) }, options: options
            ) { role, state in
                progress.show(state.words(role))
            }
        progress.clear()
        try reports.write(
            html: { CheckHTML.render(report) },
            json: { CheckJSON.render(report).text(pretty: true) + "\n" },
            junit: { CheckJUnit.render(report) }, markdown: { CheckMarkdown.render(report) })
        switch output.format {
        case .json: Terminal.say(CheckJSON.render(report))
        case .text: Terminal.say(CheckText.render(report), terminator: "")
        }
        return ExitStatus(report.verdict)
    }

    /// The check on an engine, which reads the tables itself.
    private func count(_ options: CheckOptions, _ progress: Progress) throws -> CheckReport {
        do {
            let engine = try engine.start(
                engine.engine ?? .duckdb, salt: nil, duckdb: tables.duckdb, shared: nil)
            let found = try tables.named.map { role, name in
                progress.show("opening \(role.rawValue)")
                return (
                    role: role,
                    table: try EngineFiles(named: name)
                        .table("hf_\(role.rawValue)", named: name, on: engine)
                )
            }
            return try Agreement.check(found, on: engine, options: options, isExact: exact) {
                progress.show($1)
            }
        } catch let error as SQLError where error.kind == .cancelled {
            throw CancellationError()
        }
    }

    /// What the catalog declares, then what the manifest beside train says, then the user's word.
    private func options() throws -> CheckOptions {
        var options = CheckOptions()
        if let agreement = try margins.agreement() {
            options.apply(agreement)
            options.unneeded = options.namedColumns
        }
        try margins.apply(to: &options)
        try columns.apply(to: &options)
        try ManifestColumns.apply(to: &options, besides: tables.train)
        options.duckdb = tables.duckdb
        if let schema = tables.schema {
            options.schema = try SchemaFile.read(schema)
            options.schemaName = schema
        }
        return options
    }
}

extension ExitStatus {
    init(_ verdict: Verdict) {
        switch verdict {
        case .agrees: self = .success
        case .disagrees: self = .negative
        case .inconclusive: self = .inconclusive
        }
    }
}

/// What the manifest of an exported set says of its columns.
enum ManifestColumns {
    /// Leaves out what is neither feature nor label, takes texts as categories, and the set's label
    /// and weight as such, where the table lies beside a manifest. What the user named stays as it
    /// was named.
    static func apply(to options: inout CheckOptions, besides table: String) throws {
        guard let manifest = try SetManifest.besides(table) else { return }
        for column in manifest["columns"]?.array ?? [] {
            guard let name = column["name"]?.string else { continue }
            let asked = [options.weight, options.key, options.unit, options.slices?.column]
            switch column["role"]?.string {
            case "feature", "label":
                if column["role"]?.string == "label" { options.label = options.label ?? name }
                if column["type"]?.string == "text", !options.categories.contains(name) {
                    options.categories.append(name)
                }
            case "weight" where options.weight == nil: options.weight = name
            default:
                if !options.ignored.contains(name) && !asked.contains(name)
                    && options.prediction != name
                {
                    options.ignored.append(name)
                }
            }
        }
    }
}
