internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats

extension OutputFormat: ExpressibleByArgument {}

/// What an argument would have to be; ArgumentParser says before which option it stood.
struct ArgumentForm: Error, CustomStringConvertible {
    let description: String

    /// Reads an argument, or throws the form that it has not.
    static func read<Value>(
        _ form: String, _ reading: @escaping @Sendable (String) -> Value?
    ) -> @Sendable (String) throws -> Value {
        { text in
            guard let value = reading(text) else { throw ArgumentForm(description: form) }
            return value
        }
    }

    static let time = read("write a time as 2026-01-31T12:00:00Z") {
        // Why it is none says less than how one is written.
        try? Timestamp(rfc3339: $0)
    }
    static let span = read("write a whole number and s, m, h, d or w, as 30d") { Span($0) }
    static let share = read("write a share from 0% to 100%, as 5%") { Share(percent: $0) }
    static let name = read(
        "write 1 to \(Name.byteLimit) of the letters A to Z and a to z, digits, dots, hyphens and underscores"
    ) { Name($0) }
    static let seed = read("write a whole number from 0 to \(UInt64.max)") { UInt64($0) }
}

extension Timestamp {
    /// The time of this machine's clock.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}

/// A share as a person writes it.
enum ShareText {
    /// `5%` and `0.05` are 0.05; `nil` for what is no number. Whether it can be a share is the
    /// caller's to ask.
    static func number(_ text: some StringProtocol) -> Double? {
        text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
    }
}

/// The option that every command on a catalog has.
struct CatalogOption: ParsableArguments {
    @Option(
        name: .customLong("catalog"),
        help: ArgumentHelp("The catalog's file or folder.", valueName: "path"))
    var path: String

    func read() throws -> Catalog { try CatalogFiles.read(path) }
}

extension Catalog {
    /// The experiment of this name, or the only one where none is named.
    func only(_ name: String?) throws -> Experiment {
        let names = experiments.map(\.name)
        guard let name = name ?? (names.count == 1 ? names[0].text : nil) else {
            throw CommandError(
                "the catalog has \(names.count) experiments",
                "name one by --experiment: \(names.map(\.text).joined(separator: ", "))")
        }
        guard let found = self[experiment: name] else {
            throw AssignmentFault.unknownExperiment(name, known: names)
        }
        return found
    }
}

/// The option that every command has.
struct FormatOption: ParsableArguments {
    @Option(help: "text for people, json for programs.")
    var format: OutputFormat = .text
}

/// The formats of tables that are read row by row.
enum RowFormat: String, CaseIterable, ExpressibleByArgument {
    case csv
    case jsonl
    case parquet

    /// The format that was asked for, or else that of the file's name; CSV for a stream.
    init(_ asked: RowFormat?, path: String) {
        let name = path.lowercased()
        let endings = [".jsonl", ".ndjson", ".json"]
        self =
            asked
            ?? (endings.contains(where: name.hasSuffix)
                ? .jsonl : name.hasSuffix(".parquet") ? .parquet : .csv)
    }

    /// Refuses Parquet that comes or goes in a stream: it is read from its end.
    static func refuseStream(_ path: String) throws {
        guard path == "-" else { return }
        throw CommandError(
            "Parquet is not read from a stream", "give the path of a file, or CSV by -")
    }
}

/// What several commands take as `--level`.
enum LevelArgument {
    /// Refuses a level of intervals that is none.
    static func check(_ level: Double) throws {
        guard level >= 0.5 && level < 1 else {
            throw ValidationError("--level \(level) is not from 0.5 to below 1: 0.95 is usual")
        }
    }
}
