internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastDatasets
internal import HoldfastFormats
internal import HoldfastSQL

/// The SQL that Holdfast would run, for people who run it themselves.
struct SQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql", abstract: "Print the SQL that gives Holdfast's answers in an engine.",
        subcommands: [SQLAssignCommand.self])
}

extension SQLDialect: ExpressibleByArgument {}

struct SQLAssignCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign",
        abstract: "Print the statement that deals the units of a table as `holdfast assign` does.",
        discussion: """
            The statement gives a row for each row of the table: its ids, and \
            \(RowAssigner.columns.joined(separator: ", ")). Attributes are columns of their name. The salt is not in it: \
            its first lines say how the engine is told. What another system's hash deals (compatible) \
            no SQL can.
            """)

    @OptionGroup var catalog: CatalogOption
    @Option(
        help: ArgumentHelp(
            "The experiment; not needed where the catalog has one.", valueName: "name"))
    var experiment: String?
    @Option(help: "The engine: sqlite, duckdb, spark or postgresql.")
    var dialect: SQLDialect = .sqlite
    @Option(help: ArgumentHelp("The table of units.", valueName: "table"))
    var table = "units"
    @Option(help: ArgumentHelp("The column of units.", valueName: "column"))
    var unitColumn = "unit"
    @Option(
        help: ArgumentHelp(
            "The column of clusters; by default the one named as the experiment's cluster.",
            valueName: "column"))
    var clusterColumn: String?
    @Option(help: ArgumentHelp("The column of scores.", valueName: "column"))
    var scoreColumn = "score"
    @Option(
        help: ArgumentHelp(
            "The column of times, as microseconds since 1970-01-01T00:00:00Z.",
            valueName: "column"))
    var timeColumn: String?
    @Option(
        help: ArgumentHelp("One time for all rows; now by default.", valueName: "time"),
        transform: ArgumentForm.time)
    var at: Timestamp?
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard at == nil || timeColumn == nil else {
            throw ValidationError("give --at or --time-column, not both")
        }
    }

    func execute() async throws -> ExitStatus {
        let catalog = try self.catalog.read()
        let experiment = try catalog.only(experiment)
        guard let dealing = catalog.dealings[experiment.name] else {
            preconditionFailure("every experiment has a dealing")
        }
        let cluster = clusterColumn ?? experiment.cluster?.text ?? ""
        let statement: AssignmentStatement
        do {
            statement = try AssignmentStatement(
                dealing, revision: catalog.revision, dialect: dialect,
                input: .init(
                    table: table, unit: unitColumn, cluster: cluster, score: scoreColumn,
                    time: timeColumn.map { .column($0) } ?? .moment(at ?? .now)))
        } catch {
            // Nothing is exported here.
            throw CommandError(error.message, error.hint)
        }
        switch output.format {
        case .text: Terminal.say(statement.text, terminator: "")
        case .json:
            Terminal.say([
                "dialect": .string(dialect.rawValue), "experiment": .string(experiment.name.text),
                "revision": .string(catalog.revision), "sql": .string(statement.text),
            ])
        }
        return .success
    }
}
