public import ArgumentParser
internal import HoldfastAssignment
public import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastReports

extension ExportRequest.FileFormat: ExpressibleByArgument {}
extension ExportRequest.Observations: ExpressibleByArgument {}
extension ExportRequest.Mode: ExpressibleByArgument {}

struct ExportCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a retraining set of rows that no treatment could have touched.",
        discussion: """
            Where a gate fails, the status is 1 and there is no set at the destination. --explain tells the story of one \
            unit instead, row by row; --verify makes a set again from its manifest and compares it, byte by byte.
            """)

    @OptionGroup var catalog: CatalogOption
    @OptionGroup var facts: FactOptions
    @Option(help: ArgumentHelp("The experiment; not needed where there is one.", valueName: "name"))
    var experiment: String?
    @Option(
        help: ArgumentHelp("The folder to make; it must not be there yet.", valueName: "folder"))
    var out: String?
    @Option(help: ArgumentHelp("Tell this unit's story, and write nothing.", valueName: "unit"))
    var explain: String?
    @Option(
        help: ArgumentHelp(
            "Make the set in this folder again, compare it, and write nothing.",
            valueName: "folder"))
    var verify: String?
    @OptionGroup(title: "Which rows") var rows: ExportRowOptions
    @OptionGroup(title: "What is written") var files: ExportFileOptions
    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup(title: "Lineage") var lineage: LineageOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        _ = try rows.waivers()
        guard [out, explain, verify].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give one of --out, --explain and --verify")
        }
        if let explain, UnitID(explain) == nil {
            throw ValidationError("--explain takes a unit's id, of 1 to \(UnitID.byteLimit) bytes")
        }
        guard verify == nil || !(rows.isAsked || experiment != nil) else {
            throw ValidationError(
                "--verify takes from the manifest which rows are asked for: "
                    + "beside it only --features is meant")
        }
        guard out != nil || lineage.openlineage == nil else {
            throw ValidationError("--openlineage goes with --out")
        }
        try facts.check(engine)
    }

    func execute() async throws -> ExitStatus {
        let catalog = try catalog.read()
        let progress = Progress()
        func warn(_ text: String) {
            progress.clear()
            Terminal.complain("warning: \(text)")
        }
        func reading<Result>(
            _ experiment: String, _ body: (any FactStore) throws -> Result
        ) throws -> Result {
            try facts.reading(
                experiment, catalog, by: engine, duckdb: files.duckdb,
                progress: { progress.show($0) }, warn: warn, body)
        }
        if let verify {
            let verification = try reading(try SetVerification.experiment(of: verify)) {
                try SetVerification.run(
                    verify, catalog: catalog, from: $0, features: rows.features,
                    duckdb: files.duckdb
                ) { progress.show($0) }
            }
            progress.clear()
            switch output.format {
            case .json: Terminal.say(SetVerificationText.json(verification))
            case .text: Terminal.say(SetVerificationText.render(verification, folder: verify))
            }
            return verification.isSame ? .success : .negative
        }
        let request = try request(catalog)
        if let unit = explain.flatMap({ UnitID($0) }) {
            let story = try reading(request.experiment) {
                try UnitStory.tell(unit, request, from: $0) { progress.show($0) }
            }
            progress.clear()
            switch output.format {
            case .json: Terminal.say(UnitStoryText.json(story))
            case .text: Terminal.say(UnitStoryText.render(story))
            }
            return .success
        }
        let manifest = try await lineage.telling(request, ledger: facts.path, out: out ?? "") {
            try reading(request.experiment) {
                try Export.run(request, from: $0, to: out ?? "", report: ManifestHTML.render) {
                    progress.show($0)
                }
            }
        }
        progress.clear()
        switch output.format {
        case .json: Terminal.say(manifest.json)
        case .text: Terminal.say(ManifestText.render(manifest, destination: out ?? ""))
        }
        return manifest.isOpen ? .success : .negative
    }

    private func request(_ catalog: Catalog) throws -> ExportRequest {
        let asOf = try facts.asOf(rows.asOf)
        return ExportRequest(
            catalog: catalog, experiment: try catalog.only(experiment).name.text,
            asOf: asOf, revisions: rows.revision.isEmpty ? nil : rows.revision,
            observations: rows.observations, mode: rows.mode, splitFrom: rows.splitFrom,
            features: rows.features.map {
                ExportRequest.FeatureSource(path: $0, timeToLive: rows.timeToLive)
            }, isCensoringWeighted: rows.censoringWeights, fileFormat: files.fileFormat,
            minimumRows: rows.minimumRows, minimumPositives: rows.minimumPositives,
            waivers: try rows.waivers(), card: files.card, duckdb: files.duckdb)
    }
}

/// Which rows a set is made of, and what they stand for.
struct ExportRowOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read only what was received by then, as 2026-01-01T00:00:00Z; now by default.",
            valueName: "time"), transform: ArgumentForm.time)
    var asOf: Timestamp?
    @Option(
        help:
            "control: rows of control and of holdouts, alike. weighted: those on which the model meant to act, by 1/propensity, and all on which it did not."
    )
    var mode: ExportRequest.Mode = .control
    @Option(help: "Which of a unit's clean decisions to keep.")
    var observations: ExportRequest.Observations = .first
    @Option(
        help: ArgumentHelp(
            "Only decisions of this revision; repeatable. By default all that deal as the catalog does.",
            valueName: "revision"))
    var revision: [String] = []
    @Option(
        help: ArgumentHelp(
            "Split by time too: the parts behind the first begin then, and the first ends one horizon earlier.",
            valueName: "time"), transform: ArgumentForm.time)
    var splitFrom: Timestamp?
    @Option(
        help: ArgumentHelp(
            "Your own table of features, CSV: unit, at, and a column each; a row's is the unit's last one at or before the decision.",
            valueName: "file"))
    var features: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How old a row of --features may be, as 30d; any age by default.", valueName: "span"),
        transform: ArgumentForm.span)
    var timeToLive: Span?
    @Flag(help: "Weight kept rows for those like them that were excluded after the assignment.")
    var censoringWeights = false
    @Option(parsing: .unconditional, help: "The fewest rows that the set may have.")
    var minimumRows = ExportRequest.defaultMinimumRows
    @Option(
        parsing: .unconditional,
        help: "The fewest rows with the outcome, and without, that each part may have.")
    var minimumPositives = ExportRequest.defaultMinimumPositives
    @Option(
        help: ArgumentHelp(
            "Let a gate fail, and say why in the manifest; repeatable.", valueName: "gate=\"why\""))
    var waive: [String] = []

    func validate() throws {
        guard minimumRows >= 0 else { throw ValidationError("--minimum-rows is at least 0") }
        guard minimumPositives >= 0 else {
            throw ValidationError("--minimum-positives is at least 0")
        }
        guard timeToLive == nil || features != nil else {
            throw ValidationError("--time-to-live goes with --features")
        }
    }

    /// Whether anything is asked for that is not so by default, the table of features apart.
    var isAsked: Bool {
        asOf != nil || mode != .control || observations != .first || !revision.isEmpty
            || splitFrom != nil || timeToLive != nil || censoringWeights || !waive.isEmpty
            || minimumRows != ExportRequest.defaultMinimumRows
            || minimumPositives != ExportRequest.defaultMinimumPositives
    }

    func waivers() throws -> [Gate.Name: String] {
        var waivers: [Gate.Name: String] = [:]
        for waiver in waive {
            let parts = waiver.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let gate = Gate.Name(rawValue: String(parts[0])) else {
                let known = Gate.Name.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--waive takes GATE=\"why\", with a gate of: \(known)")
            }
            waivers[gate] = String(parts[1])
        }
        return waivers
    }
}

/// In what form a set is written, and what it says of itself.
struct ExportFileOptions: ParsableArguments {
    @Option(help: "The format of the files; parquet needs the program duckdb.")
    var fileFormat: ExportRequest.FileFormat = .csv
    @Option(
        help: ArgumentHelp("The program duckdb, where it is not in PATH.", valueName: "program"))
    var duckdb: String?
    @Option(help: ArgumentHelp("The set's name in croissant.json.", valueName: "text"))
    var name: String?
    @Option(help: ArgumentHelp("What it holds.", valueName: "text"))
    var description: String?
    @Option(help: ArgumentHelp("Its licence, as CC-BY-4.0 or a URL.", valueName: "text"))
    var licence: String?
    @Option(help: ArgumentHelp("Who made it.", valueName: "text"))
    var creator: String?
    @Option(help: ArgumentHelp("Its page.", valueName: "url"))
    var url: String?
    @Option(help: ArgumentHelp("How to cite it, in BibTeX where possible.", valueName: "text"))
    var citeAs: String?
    @Option(help: ArgumentHelp("Its version, as 1.4.0.", valueName: "version"))
    var setVersion: String?

    var card: DatasetCard {
        DatasetCard(
            name: name, description: description, licence: licence, creator: creator, url: url,
            citeAs: citeAs, version: setVersion)
    }
}
