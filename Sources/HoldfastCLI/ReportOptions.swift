internal import ArgumentParser
internal import HoldfastTables

/// Which reports are written besides the one on standard output.
struct ReportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Also write a page with pictures.", valueName: "file"))
    var html: String?
    @Option(help: ArgumentHelp("Also write the report as JSON.", valueName: "file"))
    var json: String?
    @Option(help: ArgumentHelp("Also write JUnit XML, for CI.", valueName: "file"))
    var junit: String?
    @Option(
        help: ArgumentHelp(
            "Also write Markdown, for a pull request or a job's summary.", valueName: "file"))
    var markdown: String?

    /// Refuses two reports of one name, of which only one would be left, and one in the place of a
    /// table that is read.
    func validate(besides tables: [String?]) throws {
        // Of a device all is as good as gone.
        let paths = [html, json, junit, markdown].compactMap { $0 }.filter {
            !$0.hasPrefix("/dev/")
        }
        for path in paths where tables.contains(path) {
            throw ValidationError("\(path) is a table that is read: write the report elsewhere")
        }
        for path in paths where paths.count(where: { $0 == path }) > 1 {
            throw ValidationError("two reports cannot both be written to \(path)")
        }
    }

    /// Writes all reports or none: each stands beside its place until the last one is whole.
    func write(
        html: @escaping () -> String, json: @escaping () -> String,
        junit: @escaping () -> String, markdown: @escaping () -> String
    ) throws {
        let all: [(path: String?, render: () -> String)] = [
            (self.html, html), (self.json, json), (self.junit, junit), (self.markdown, markdown),
        ]
        try Self.write(all[...])
    }

    private static func write(
        _ reports: ArraySlice<(path: String?, render: () -> String)>
    ) throws {
        guard let report = reports.first else { return }
        guard let path = report.path else { return try write(reports.dropFirst()) }
        var file = try AtomicFile(path: path)
        try file.output.write(report.render().utf8)
        try write(reports.dropFirst())
        try file.commit()
    }
}
