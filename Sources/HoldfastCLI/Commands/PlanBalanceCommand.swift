internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastChecks
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastReports
internal import HoldfastTables

struct PlanBalanceCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance",
        abstract: "Say how alike the arms will be in what is known of their units.",
        discussion: """
            An A/A simulation on a file of real units: they are dealt under many salts, and each time control is \
            compared with every other arm in each covariate, by standardised differences. Said is what chance does to \
            the largest of them, and where the salt in force lies. Salts are drawn from the seed, serve nothing else, and \
            are never shown; the same file, catalog and seed give the same figures. With --strata the units are counted that \
            each kind of units will have in control. The status is 3 where nothing can be compared.
            """)

    @OptionGroup var catalog: CatalogOption
    @Option(
        help: ArgumentHelp(
            "The experiment; not needed where the catalog has one.", valueName: "name"))
    var experiment: String?
    @Option(
        help: ArgumentHelp(
            "The units: CSV, JSON Lines or Parquet; - for standard input.", valueName: "file"))
    var units: String
    @Option(help: ArgumentHelp("The column of units.", valueName: "column"))
    var unitColumn = "unit"
    @Option(
        help: ArgumentHelp(
            "The column of clusters; by default the one named as the experiment's cluster.",
            valueName: "column"))
    var clusterColumn: String?
    @Option(
        help: ArgumentHelp(
            "The column of scores, where the experiment deals by them; score by default.",
            valueName: "column"))
    var scoreColumn: String?
    @Option(
        help: ArgumentHelp(
            "The columns to be compared, with commas; all others by default.", valueName: "columns")
    )
    var covariates: String?
    @Option(
        help: ArgumentHelp("Columns that are no covariates, with commas.", valueName: "columns"))
    var ignore: String?
    @Option(
        help: ArgumentHelp(
            "Count the units of each combination of these columns' values.", valueName: "columns"))
    var strata: String?
    @Option(
        parsing: .unconditional, help: ArgumentHelp("How many salts are tried.", valueName: "count")
    )
    var salts = 1_000
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What the salts follow from.", valueName: "number"),
        transform: ArgumentForm.seed)
    var seed: UInt64 = 1
    @Option(
        help: ArgumentHelp(
            "The time at which a rotation's panels are dealt; now by default.", valueName: "time"),
        transform: ArgumentForm.time)
    var at: Timestamp?
    @Flag(
        help:
            "Say what choosing a salt by its balance would win, with the warning that belongs to it."
    )
    var choose = false
    @OptionGroup var duckdb: DuckDBOption
    @Option(help: ArgumentHelp("Also write a page with pictures.", valueName: "file"))
    var html: String?
    @OptionGroup var output: FormatOption

    /// The largest seed: whole numbers up to it are exact in every reader of JSON.
    private static let seedLimit: UInt64 = 1 << 53 - 1

    private func request(_ time: Timestamp) -> BalanceRequest {
        BalanceRequest(
            salts: salts, seed: seed, covariates: covariates.map(Self.columns),
            ignored: ignore.map(Self.columns) ?? [], strata: strata.map(Self.columns) ?? [],
            scoreColumn: scoreColumn ?? "score", isChoosing: choose,
            time: time)
    }

    private static func columns(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    func validate() throws {
        for (option, text) in [
            ("--covariates", covariates), ("--ignore", ignore), ("--strata", strata),
        ] {
            guard let text, Self.columns(text).contains("") else { continue }
            throw ValidationError("\(option) \(text): a name is empty; write them as age,region")
        }
        guard ignore == nil || covariates == nil else {
            throw ValidationError(
                "--ignore goes without --covariates, which names all that are compared")
        }
        if let fault = request(at ?? .now).fault { throw ValidationError(fault) }
        guard seed <= Self.seedLimit else {
            throw ValidationError("the seed is at most \(Self.seedLimit)")
        }
        try ReportOptions.refuse(html, besides: [units, catalog.path])
    }

    func execute() async throws -> ExitStatus {
        let catalog = try self.catalog.read()
        let experiment = try catalog.only(self.experiment)
        try checkUse(experiment)
        let request = request(at ?? .now)
        let progress = Progress()
        defer { progress.clear() }
        let table = try read(experiment, request, progress)
        for name in request.ignored
        where !table.columnNames.contains(where: { sameBytes($0, name) }) {
            throw CommandError(
                "\(table.name) has no column \"\(name)\"", "--ignore names columns of the file")
        }
        let report = try BalanceSimulation.run(table, experiment, of: catalog, request) { salts in
            try Task.checkCancellation()
            progress.show("salt \(salts) of \(request.salts)")
        }
        progress.clear()
        try ReportOptions.write(to: html) { BalanceHTML.render(report) }
        switch output.format {
        case .json: Terminal.say(BalanceJSON.render(report))
        case .text: Terminal.say(BalanceText.render(report), terminator: "")
        }
        return report.isTelling ? .success : .inconclusive
    }

    /// Refuses options that say something of an experiment that is dealt in another way.
    private func checkUse(_ experiment: Experiment) throws {
        let name = experiment.name.text
        guard clusterColumn == nil || experiment.cluster != nil else {
            throw ValidationError("--cluster-column: \(name) deals no clusters")
        }
        guard scoreColumn == nil || experiment.dealsByScore else {
            throw ValidationError("--score-column: \(name) does not deal by scores")
        }
        if at != nil {
            guard case .rotation = experiment.method else {
                throw ValidationError("--at: \(name) deals no rotation, and times play no part")
            }
        }
    }

    private func read(
        _ experiment: Experiment, _ request: BalanceRequest, _ progress: Progress
    ) throws -> UnitTable {
        let needed = BalanceUnits.columns(of: experiment, score: request.scoreColumn)
        let named = request.covariates.map { $0 + request.strata }
        let attributes = needed.texts + needed.others
        let required = attributes + (request.covariates ?? []) + request.strata
        let plan = UnitTable.Plan(
            unit: unitColumn,
            cluster: experiment.cluster.map { clusterColumn ?? $0.text },
            texts: needed.texts, required: required,
            isWanted: { name in
                func isAmong(_ names: [String]) -> Bool {
                    names.contains { sameBytes($0, name) }
                }
                if isAmong(required) { return true }
                return named.map(isAmong) ?? !isAmong(request.ignored)
            })
        var options = TableReadOptions()
        if let program = duckdb.program { options.duckdb = program }
        return try UnitTable.read(TableInput(named: units), plan, options: options) { read in
            progress.show("\(read.rows) units read")
        }
    }
}
