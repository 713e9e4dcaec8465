internal import ArgumentParser
internal import Foundation
internal import HoldfastFormats
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

    /// Refuses two reports of one place, of which only one would be left, and one in the place of a
    /// file that is read, by whatever path either is named.
    func validate(besides files: [String?], lake: String? = nil) throws {
        // Of a device all is as good as gone.
        let paths = [html, json, junit, markdown].compactMap { $0 }.filter {
            !$0.hasPrefix("/dev/")
        }
        for path in paths { try Self.refuse(path, besides: files, lake: lake) }
        let places = paths.map(Self.place)
        for (path, place) in zip(paths, places)
        where places.count(where: { sameBytes($0, place) }) > 1 {
            throw ValidationError("two reports cannot both be written to \(path)")
        }
    }

    /// Refuses a report in the place of a file that is read, or anywhere in a lake that is.
    static func refuse(_ report: String?, besides files: [String?] = [], lake: String? = nil) throws
    {
        guard report != "-" else {
            throw ValidationError(
                "a report is written to a file, and - is none: standard output has the command's own, in JSON by --format json"
            )
        }
        guard let report, !report.hasPrefix("/dev/") else { return }
        let place = place(report)
        let isInLake = lake.map { place.utf8.starts(with: "\(Self.place($0))/".utf8) } ?? false
        guard !isInLake,
            !files.contains(where: { $0.map { sameBytes(Self.place($0), place) } ?? false })
        else {
            throw ValidationError("\(report) is a file that is read: write the report elsewhere")
        }
    }

    /// A ledger's file and those that SQLite keeps beside it.
    static func files(ofLedger path: String?) -> [String?] {
        guard let path else { return [] }
        return ["", "-wal", "-shm", "-journal"].map { place(path) + $0 }
    }

    /// Where a path leads, links followed; of a file that is not there, by its folder.
    private static func place(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        let url = URL(fileURLWithPath: path)
        guard let folder = realpath(url.deletingLastPathComponent().path, nil) else {
            return url.standardizedFileURL.path
        }
        defer { free(folder) }
        return "\(String(cString: folder))/\(url.lastPathComponent)"
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

    /// Writes one report, where a place for it was named.
    static func write(to path: String?, _ render: @escaping () -> String) throws {
        try write([(path, render)][...])
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
