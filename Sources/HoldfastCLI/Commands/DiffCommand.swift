internal import ArgumentParser
internal import HoldfastAssignment
internal import HoldfastFormats

struct DiffCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say what a new catalog does to units before it is in force.",
        discussion: """
            The shares are exact: they come from the ranges of buckets. With --units the units of a \
            file are dealt by both catalogs and counted as well. A change is safe where no unit of a running \
            experiment leaves control, a holdout or another arm. The status is 1 where it is not.
            """)

    @Argument(help: "The catalog as it is: a file or a folder.")
    var old: String
    @Argument(help: "The catalog as it will be.")
    var new: String
    @Option(
        help: ArgumentHelp(
            "A file of units to be counted, CSV, JSON Lines or Parquet; - for standard input.",
            valueName: "file"))
    var units: String?
    @Option(help: ArgumentHelp("The column of units.", valueName: "column"))
    var unitColumn = "unit"
    @Option(help: "The format of the file of units; by default that of its name.")
    var fileFormat: RowFormat?
    @OptionGroup var duckdb: DuckDBOption
    @Option(
        help: ArgumentHelp(
            "The time at which experiments run or not; now by default.", valueName: "time"),
        transform: ArgumentForm.time)
    var at: Timestamp?
    @OptionGroup var output: FormatOption

    func execute() async throws -> ExitStatus {
        let (old, new) = (try CatalogFiles.read(self.old), try CatalogFiles.read(self.new))
        let time = at ?? .now
        let difference = CatalogDifference(from: old, to: new, at: time)
        var counts = MoveCounts(from: old, to: new, at: time)
        if let units {
            try counts.count(
                units, format: RowFormat(fileFormat, path: units), unitColumn: unitColumn,
                duckdb: duckdb.program)
        }
        let report = DifferenceReport(
            difference: difference, old: old, new: new, counts: units == nil ? nil : counts)
        switch output.format {
        case .json: Terminal.say(report.json)
        case .text: Terminal.say(report.text, terminator: "")
        }
        let isTaken = counts.complaints.count == 0
        return difference.isSafe && counts.isSafe && isTaken ? .success : .negative
    }
}
