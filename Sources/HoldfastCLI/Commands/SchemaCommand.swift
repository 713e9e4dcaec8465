internal import ArgumentParser
internal import Foundation
internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastTables

/// What every table must be like.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Write down what every table must be like.",
        subcommands: [SchemaInferCommand.self])
}

struct SchemaInferCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer",
        abstract: "Draft a schema from a table, for a person to edit.",
        discussion: """
            The draft asks for what was seen: each column's type, the range of its numbers, its categories, and how \
            much of it is missing. Other tables may go beyond that with good reason, so edit it, and keep it beside the \
            model; `holdfast check --schema FILE` then holds every table against it.
            """)

    @Argument(
        help: ArgumentHelp(
            "The table, usually the one that the model is fitted to; - for standard input.",
            valueName: "train"))
    var train: String
    @Option(
        name: [.short, .customLong("output")],
        help: ArgumentHelp(
            "Where to write it, a file that is not there yet; standard output by default.",
            valueName: "file"))
    var output: String?
    @OptionGroup var kinds: ColumnKindOptions

    func execute() async throws -> ExitStatus {
        if let output, FileManager.default.fileExists(atPath: output) {
            throw CommandError(
                "\(output) is there already, and may have been edited",
                "give another name, or move it away")
        }
        var options = CheckOptions()
        kinds.apply(to: &options)
        let progress = Progress()
        let schema = try TableSchema.infer(TableInput(named: train), options: options) { state in
            progress.show(state.words(.train))
        }
        progress.clear()
        guard let output else {
            Terminal.say(schema.json)
            for line in remarks(schema, "the schema") { Terminal.complain(line) }
            return .success
        }
        var file = try AtomicFile(path: output)
        try file.output.write((schema.json.text(pretty: true) + "\n").utf8)
        try file.commit()
        for line in remarks(schema, output) { Terminal.say(line) }
        return .success
    }

    /// What a person should know who goes on to edit it.
    private func remarks(_ schema: TableSchema, _ name: String) -> [String] {
        let types = TableSchema.ColumnType.allCases.compactMap { type in
            let count = schema.columns.count { $0.type == type }
            return count > 0 ? "\(count) \(type)" : nil
        }
        let count = schema.columns.count
        return [
            "\(name): \(count) \(count == 1 ? "column" : "columns") "
                + "(\(types.joined(separator: ", ")))"
        ]
            + schema.columns.compactMap { column in
                column.note.map { "  \(column.name): \($0)" }
            } + ["It asks for what was seen and no more: edit what may come otherwise."]
    }
}

/// The file of a schema.
enum SchemaFile {
    /// Reads the schema at a path.
    static func read(_ path: String) throws -> TableSchema {
        let data = try BoundedFile.read(path, limit: TableSchema.byteLimit)
        return try TableSchema(Array(data), name: path)
    }
}
