internal import ArgumentParser
internal import Foundation
internal import HoldfastChecks
internal import HoldfastFormats
internal import HoldfastReports
internal import HoldfastTables

struct CheckCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether train, eval and serve data agree.",
        discussion: """
            Each column is judged by the size of the difference, its confidence interval and a margin. \
            Beside a manifest.json of `holdfast export`, only features and the label are compared.
            """)

    @Option(
        help: ArgumentHelp(
            "What the model was fitted to: CSV; - for standard input.", valueName: "table"))
    var train: String
    @Option(help: ArgumentHelp("What it was evaluated on.", valueName: "table"))
    var eval: String?
    @Option(help: ArgumentHelp("What it scores in operation.", valueName: "table"))
    var serve: String?
    @Option(help: "The largest distance between distributions that counts as agreement.")
    var margin = Margins().distribution
    @Option(
        help: "The largest difference between shares of missing cells that counts as agreement.")
    var missingMargin = Margins().missingShare
    @Option(
        help: ArgumentHelp(
            "A column that is a category though it looks like a number; repeatable.",
            valueName: "column"))
    var category: [String] = []
    @Option(help: ArgumentHelp("A column that is left out; repeatable.", valueName: "column"))
    var ignore: [String] = []
    @Option(help: ArgumentHelp("Also write the report as JSON to this file.", valueName: "file"))
    var json: String?
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard eval != nil || serve != nil else {
            throw ValidationError("give --eval, --serve or both: there is nothing to compare with")
        }
        guard [train, eval, serve].filter({ $0 == "-" }).count <= 1 else {
            throw ValidationError("only one table can come from standard input")
        }
    }

    func execute() async throws -> ExitStatus {
        var options = CheckOptions()
        options.margins = Margins(distribution: margin, missingShare: missingMargin)
        options.categories = category
        options.ignored = ignore
        try ManifestColumns.apply(to: &options, besides: train)
        let report = try Agreement.check(
            train: input(train), eval: eval.map(input), serve: serve.map(input), options: options)
        let rendered = CheckJSON.render(report)
        if let json {
            var file = try AtomicFile(path: json)
            try file.output.write((rendered.text(pretty: true) + "\n").utf8)
            try file.commit()
        }
        switch output.format {
        case .json: Terminal.say(rendered)
        case .text: Terminal.say(CheckText.render(report), terminator: "")
        }
        return ExitStatus(report.verdict)
    }

    private func input(_ path: String) -> TableInput {
        path == "-" ? .descriptor(STDIN_FILENO, name: "standard input") : .file(path)
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
    /// Leaves out what is neither feature nor label, and takes texts as categories, where the
    /// table lies beside a manifest. What the user named stays as it was named.
    static func apply(to options: inout CheckOptions, besides table: String) throws {
        let folder = URL(fileURLWithPath: table).deletingLastPathComponent()
        let path = folder.appending(path: "manifest.json").path
        guard table != "-", let data = FileManager.default.contents(atPath: path) else { return }
        let manifest = try JSON.parse(Array(data))
        let files = manifest["parts"]?.array?.compactMap { $0["file"]?.string } ?? []
        guard manifest["format"]?.string == "holdfast-manifest/1",
            files.contains(URL(fileURLWithPath: table).lastPathComponent)
        else { return }
        for column in manifest["columns"]?.array ?? [] {
            guard let name = column["name"]?.string else { continue }
            let role = column["role"]?.string
            if role != "feature" && role != "label" {
                if !options.ignored.contains(name) { options.ignored.append(name) }
            } else if column["type"]?.string == "text", !options.categories.contains(name) {
                options.categories.append(name)
            }
        }
    }
}
