internal import ArgumentParser
internal import HoldfastFormats
internal import HoldfastLedger

struct BackupCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a ledger while it is in use.",
        discussion: """
            The copy is one file, made of one moment: every fact that was acknowledged before it began is \
            in it. It appears whole or not at all.
            """)

    @OptionGroup var ledger: LedgerOption
    @Argument(help: ArgumentHelp("The file to make; it must not be there yet.", valueName: "copy"))
    var copy: String
    @OptionGroup var output: FormatOption

    func execute() async throws -> ExitStatus {
        let progress = Progress()
        let summary = try LedgerBackup.make(of: try ledger.existing(), to: copy) {
            progress.show($0)
        }
        progress.clear()
        CopyReport.say(summary, "backed up to \(copy)", file: copy, output.format)
        return .success
    }
}

struct RestoreCommand: StatusCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup in the place of a ledger.",
        discussion: """
            Never over a ledger that anything has open, and over one that holds anything only with \
            --replace: facts that came after the backup are then lost, and units that were forgotten \
            after it are there again, to be forgotten again.
            """)

    @Argument(help: ArgumentHelp("The file that `holdfast backup` made.", valueName: "copy"))
    var copy: String
    @Option(help: ArgumentHelp("The ledger's file; made where there is none.", valueName: "file"))
    var ledger: String
    @Flag(help: "Replace the ledger that is there.")
    var replace = false
    @OptionGroup var output: FormatOption

    func execute() async throws -> ExitStatus {
        let progress = Progress()
        let summary = try LedgerBackup.restore(copy, to: ledger, replacing: replace) {
            progress.show($0)
        }
        progress.clear()
        CopyReport.say(summary, "restored to \(ledger)", file: ledger, output.format)
        return .success
    }
}

/// What is said of a copy that was made.
private enum CopyReport {
    static func say(
        _ summary: LedgerBackup.Summary, _ done: String, file: String, _ format: OutputFormat
    ) {
        switch format {
        case .json:
            Terminal.say([
                "file": .string(file), "bytes": .integer(summary.byteCount),
                "head": .string(summary.head.description),
                "received": summary.received.map { .string($0.description) } ?? .null,
            ])
        case .text:
            let until = summary.received.map { ", received until \($0)" } ?? ""
            Terminal.say("\(done): \(summary.byteCount) bytes\(until), head \(summary.head)")
        }
    }
}
