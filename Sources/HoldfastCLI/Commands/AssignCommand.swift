internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastTables

struct AssignCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "Deal the units of a file, or one unit, to arms.",
        discussion: """
            Every column is kept, and \(RowAssigner.columns.joined(separator: ", ")) are added. Nothing is \
            recorded. A unit that cannot be dealt is named on standard error, and the status is 1. A file of \
            Parquet is read and written through the program duckdb; -o units.parquet makes one, of Parquet with \
            its own types, of CSV with texts.
            """)

    @OptionGroup var catalog: CatalogOption
    @Option(
        help: ArgumentHelp(
            "The experiment; not needed where the catalog has one.", valueName: "name"))
    var experiment: String?
    @Argument(help: "A file of units, CSV, JSON Lines or Parquet; - for standard input.")
    var file: String?
    @Option(help: ArgumentHelp("One unit, in place of a file.", valueName: "id"))
    var unit: String?
    @Option(help: ArgumentHelp("The unit's cluster.", valueName: "id"))
    var cluster: String?
    @Option(help: ArgumentHelp("An attribute of the unit; repeatable.", valueName: "name=value"))
    var attribute: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The model's score of the unit.", valueName: "number"),
        transform: AssignCommand.score)
    var score: Double?
    @Option(
        help: ArgumentHelp("The time of the decision; now by default.", valueName: "time"),
        transform: ArgumentForm.time)
    var at: Timestamp?
    @Option(help: ArgumentHelp("The column of units.", valueName: "column"))
    var unitColumn = "unit"
    @Option(
        help: ArgumentHelp(
            "The column of clusters; by default the one named as the experiment's cluster.",
            valueName: "column"))
    var clusterColumn: String?
    @Option(
        help: ArgumentHelp(
            "The column of scores, where the experiment deals by them.", valueName: "column"))
    var scoreColumn = "score"
    @Option(
        help: ArgumentHelp(
            "The column of times; without it all rows are dealt at one time.", valueName: "column"))
    var timeColumn: String?
    @Option(help: "The format of the file; by default that of its name.")
    var fileFormat: RowFormat?
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Where to write; - for standard output.", valueName: "file"))
    var destination = "-"
    @OptionGroup var duckdb: DuckDBOption
    @Flag(help: "Show the steps of the decision for one unit.")
    var explain = false
    @OptionGroup var output: FormatOption

    private static func score(_ text: String) throws -> Double {
        guard let number = ScoreText.number(text) else { throw ScoreText.noNumber(text) }
        return number
    }

    func validate() throws {
        guard (unit == nil) != (file == nil) else {
            throw ValidationError("give a file, or one unit by --unit")
        }
        guard unit != nil || (cluster == nil && attribute.isEmpty && score == nil && !explain)
        else {
            throw ValidationError(
                "--cluster, --attribute, --score and --explain go with --unit; a file has columns")
        }
        guard file == nil || output.format == .text else {
            throw ValidationError(
                "--format json is of one unit, by --unit; rows of JSON Lines stay JSON Lines, as in holdfast assign units.jsonl -o out.jsonl"
            )
        }
        for (id, option) in [(unit, "--unit"), (cluster, "--cluster")] {
            guard let id, UnitID(id) == nil else { continue }
            throw ValidationError(
                "\(option) has \(id.utf8.count) bytes: give 1 to \(UnitID.byteLimit)")
        }
        for text in attribute where !text.contains("=") || text.hasPrefix("=") {
            throw ValidationError("--attribute \(text): write it as NAME=VALUE, as country=JP")
        }
    }

    func execute() async throws -> ExitStatus {
        let catalog = try self.catalog.read()
        let experiment = try catalog.only(self.experiment)
        if let unit { return try assign(unit, in: experiment, of: catalog) }
        let names = RowAssigner.ColumnNames(
            unit: unitColumn, cluster: clusterColumn ?? experiment.cluster?.text,
            score: scoreColumn, time: timeColumn)
        let dealer = try catalog.dealer(for: experiment.name.text)
        let assigner = RowAssigner(dealer, names, now: at ?? .now)
        guard let file else { preconditionFailure("checked in validate()") }
        let target = RowFormat(nil, path: destination)
        switch RowFormat(fileFormat, path: file) {
        case .csv where target == .parquet:
            try assigner.assignCSV(file, toParquet: destination, by: duckdb.program)
        case .csv where target == .jsonl:
            throw CommandError(
                "\(file): CSV does not become JSON Lines",
                "write CSV or Parquet, or give JSON Lines")
        case .csv: try assigner.assignCSV(file, to: destination)
        case .jsonl where target == .parquet:
            throw CommandError(
                "\(file): JSON Lines do not become Parquet", "write JSON Lines, or give CSV")
        case .jsonl: try assigner.assignJSONLines(file, to: destination)
        case .parquet where target == .jsonl:
            throw CommandError(
                "\(file): Parquet does not become JSON Lines", "write Parquet or CSV")
        case .parquet:
            try assigner.assignParquet(file, to: destination, target, by: duckdb.program)
        }
        return assigner.complaints.finish(destination: destination, rows: assigner.rowCount)
    }

    // MARK: - One unit

    private func assign(
        _ unit: String, in experiment: Experiment, of catalog: Catalog
    ) throws -> ExitStatus {
        func id(_ text: String) -> UnitID {
            guard let id = UnitID(text) else { preconditionFailure("checked in validate()") }
            return id
        }
        let candidate = Candidate(
            unit: id(unit), cluster: cluster.map(id),
            attributes: attributes(of: experiment), score: score)
        let explanation = try catalog.explain(
            candidate, in: experiment.name.text, at: at ?? .now)
        let answer = OneAnswer(
            unit: unit, experiment: experiment, steps: explain ? explanation.steps : nil)
        switch explanation.outcome {
        case .success(let assignment):
            switch output.format {
            case .json: Terminal.say(answer.json(assignment))
            case .text: Terminal.say(answer.text(assignment))
            }
            return .success
        case .failure(let fault):
            switch output.format {
            case .json: Terminal.say(answer.json(fault))
            case .text: if explain { Terminal.say(answer.text(fault)) }
            }
            throw fault
        }
    }

    private func attributes(of experiment: Experiment) -> [String: AttributeValue] {
        var values: [String: AttributeValue] = [:]
        let kinds = AttributeKinds(experiment)
        for text in attribute {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            precondition(parts.count == 2, "checked in validate()")
            let name = String(parts[0])
            values[name] = kinds.value(String(parts[1]), of: name)
        }
        return values
    }
}

/// How the texts of a file or of arguments become attributes: as the rule needs them.
struct AttributeKinds {
    /// The attributes that the rule asks for.
    let names: [String]
    private let kinds: [String: AttributeKind]

    init(_ experiment: Experiment) {
        let needed = experiment.eligible?.attributes ?? []
        kinds = Dictionary(
            needed.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first })
        names = kinds.keys.sorted()
    }

    /// A text as the kind that the rule needs, or as it is where it cannot be one: the rule then
    /// says what is wrong.
    func value(_ text: String, of name: String) -> AttributeValue {
        switch kinds[name] {
        case .number: return AttributeKinds.number(text)?.double.map { .number($0) } ?? .text(text)
        case .boolean: return BooleanText.value(text).map { .boolean($0) } ?? .text(text)
        case .text, nil: return .text(text)
        }
    }

    /// The number that the whole of a text is, by JSON's grammar and without blanks around it.
    static func number(_ text: String) -> JSON? {
        guard let first = text.utf8.first, let last = text.utf8.last, first > 0x20, last > 0x20,
            let value = try? JSON.parse(Array(text.utf8)),  // Not JSON means: not a number.
            value.double != nil
        else { return nil }
        return value
    }
}
