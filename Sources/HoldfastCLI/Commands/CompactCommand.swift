internal import ArgumentParser
internal import HoldfastFormats
internal import HoldfastLake

struct CompactCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Merge the small files of a lake.",
        discussion: """
            The files of each folder (kind, experiment or outcome, day, node) become one. It may be stopped at any \
            point: the new file is in its place before the old ones are removed, and readers drop what they find \
            twice. Shipments wait while a folder is merged; between machines they do where the mount carries \
            file locks.
            """)

    @OptionGroup var lake: LakeOption
    @Option(
        help: ArgumentHelp(
            "Only days before this one, as 2026-01-31; before today (UTC) by default.",
            valueName: "day"))
    var before: String?
    @OptionGroup var duckdb: DuckDBOption
    @OptionGroup var output: FormatOption

    func validate() throws {
        if let before, (try? Timestamp(rfc3339: "\(before)T00:00:00Z")) == nil {
            throw ValidationError("--before takes a day as 2026-01-31")
        }
    }

    func execute() async throws -> ExitStatus {
        let day = before ?? String(Timestamp.now.description.prefix(10))
        let progress = Progress()
        let summary = try LakeCompaction(
            lake: try Lake(path: lake.path), before: day, duckdb: duckdb.program
        ).run { progress.show($0) }
        progress.clear()
        switch output.format {
        case .json:
            Terminal.say([
                "before": .string(day), "folders": .integer(Int64(summary.folders)),
                "removed": .integer(Int64(summary.removed)),
                "made": .integer(Int64(summary.made)), "rows": .integer(Int64(summary.rows)),
            ])
        case .text:
            Terminal.say(
                "compacted \(summary.folders) folders before \(day): \(summary.removed) files became \(summary.made), of \(summary.rows) rows"
            )
        }
        return .success
    }
}
