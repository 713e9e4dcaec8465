internal import ArgumentParser
internal import Foundation
internal import HoldfastAssignment
internal import HoldfastFormats
internal import HoldfastLedger
internal import HoldfastTables

struct RecordCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record decisions, exposures or outcomes from a file.",
        discussion: """
            A CSV column is a member of the fact by its name; for decisions, a column named as a declared \
            feature or as an attribute of the rule is that. JSON Lines are as the service takes them. \
            Repeating a file is harmless where its rows have ids; of one whose --sequence was entered before it is \
            said how many rows were new. Items that cannot be taken are kept in the \
            ledger, named on standard error, and the status is 1: --retry-refused takes them up again, after \
            the catalog was mended, say, and lets go those that are taken then. Columns of Parquet, which the \
            program duckdb reads, are as those of CSV; of a damaged file nothing is recorded.
            """)

    /// What is recorded.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case decisions
        case exposures
        case outcomes

        var fact: Fact.Kind {
            switch self {
            case .decisions: .decision
            case .exposures: .exposure
            case .outcomes: .outcome
            }
        }
    }

    @Argument(help: "decisions, exposures or outcomes.")
    var kind: Kind
    @Argument(help: "The file, CSV, JSON Lines or Parquet; - for standard input.")
    var file: String?
    @Flag(help: "Take up again what was refused and is kept, instead of a file.")
    var retryRefused = false
    @Option(
        help: ArgumentHelp(
            "Who numbers the file, where files must not be missed: with --sequence.",
            valueName: "name"))
    var source: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The file's number of that source, from 1; a number left out is a gap.",
            valueName: "n"))
    var sequence: Int64?
    @OptionGroup var catalog: CatalogOption
    @Option(help: ArgumentHelp("The ledger's file; made where there is none.", valueName: "file"))
    var ledger: String
    @Option(
        help: ArgumentHelp(
            "The experiment of rows that name none; not needed where the catalog has one.",
            valueName: "name"))
    var experiment: String?
    @Option(help: "The format of the file; by default that of its name.")
    var fileFormat: RowFormat?
    @OptionGroup var duckdb: DuckDBOption
    @Option(
        help: ArgumentHelp(
            "Accept what the catalog changes in this running experiment though units change arms; kept in the ledger. May be repeated.",
            valueName: "experiment"))
    var acceptUnsafe: [String] = []
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard retryRefused == (file == nil) else {
            throw ValidationError(
                retryRefused
                    ? "--retry-refused takes no file: it takes up what the ledger keeps"
                    : "give a file, or - for standard input, or --retry-refused")
        }
        _ = try number()
    }

    /// The file's number, where its producer counts.
    private func number() throws -> BatchNumber? {
        guard source != nil || sequence != nil else { return nil }
        guard let source, let sequence, !retryRefused else {
            throw ValidationError("--source and --sequence go together, and with a file")
        }
        guard let name = Name(source) else {
            throw ValidationError(
                "--source \(source): use 1 to \(Name.byteLimit) of A-Z a-z 0-9 . _ -")
        }
        guard let number = BatchNumber(source: name, sequence: sequence) else {
            throw ValidationError("--sequence is a whole number from 1 to \(BatchNumber.limit)")
        }
        return number
    }

    func execute() async throws -> ExitStatus {
        let catalog = try self.catalog.read()
        let number = try number()
        var input: FileRecorder.Input?
        if let file {
            input = try FileRecorder.Input(
                file, as: RowFormat(fileFormat, path: file), duckdb: duckdb.program)
        }
        let ledger = try Ledger(path: ledger, now: { .now })
        try await ledger.bringIntoForce(catalog, at: .now, accepting: try accepted())
        let reader = FactReader(
            catalog: catalog, knownArms: try await ledger.knownArms(salt: catalog), now: .now)
        var recorder = FileRecorder(
            kind: kind.fact, reader: reader, ledger: ledger,
            experiment: experiment ?? RecordCommand.onlyExperiment(of: catalog))
        var isRepeated = false
        do {
            if let number { isRepeated = try await ledger.hasEntered(number) }
            if let input = input.take() {
                try await recorder.record(input)
                try await recorder.finish(number)
            } else {
                try await recorder.retryRefused()
            }
        } catch {
            // What was recorded so far stays: say how much, for the repeat.
            await ledger.close()
            Terminal.complain(
                "stopped after \(recorder.accepted) were recorded; repeating the file is harmless where rows have ids"
            )
            throw error
        }
        await ledger.close()
        say(recorder, number, isRepeated: isRepeated)
        return recorder.complaints.count == 0 ? .success : .negative
    }

    /// The experiments whose changes are accepted.
    private func accepted() throws -> Set<Name> {
        Set(
            try acceptUnsafe.map { text in
                guard let name = Name(text) else {
                    throw ValidationError("--accept-unsafe: \"\(text)\" is no experiment's name")
                }
                return name
            })
    }

    /// The experiment that a row means which names none, where there is no other.
    private static func onlyExperiment(of catalog: Catalog) -> String? {
        catalog.experiments.count == 1 ? catalog.experiments[0].name.text : nil
    }

    private func say(_ recorder: FileRecorder, _ number: BatchNumber?, isRepeated: Bool) {
        switch output.format {
        case .json:
            Terminal.say([
                "kind": .string(kind.fact.rawValue),
                "accepted": .integer(Int64(recorder.accepted)),
                "duplicates": .integer(Int64(recorder.duplicates)),
                "refused": .integer(Int64(recorder.complaints.count)),
                "batch": number.map {
                    [
                        "source": .string($0.source.text), "sequence": .integer($0.sequence),
                        "entered_before": .bool(isRepeated),
                    ]
                } ?? .null,
            ])
        case .text:
            Terminal.say(
                "\(recorder.accepted) \(kind.rawValue) recorded, \(recorder.duplicates) duplicates, \(recorder.complaints.count) refused"
            )
            guard let number, isRepeated else { return }
            let warning =
                recorder.accepted == 0
                ? "" : ": rows without ids cannot be known again, and may be there twice"
            Terminal.say(
                "batch \(number.sequence) of \(number.source) had been entered before; \(recorder.accepted) of its rows are new\(warning)"
            )
        }
    }
}
