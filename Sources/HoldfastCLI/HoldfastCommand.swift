internal import ArgumentParser
internal import Foundation

/// The program `holdfast`.
@main
struct HoldfastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast",
        abstract:
            "Control groups for models that act: assign, record, export clean retraining sets, check, judge.",
        discussion: ExitStatus.table,
        version: holdfastVersion,
        subcommands: [
            InitCommand.self, ValidateCommand.self, AssignCommand.self, ServeCommand.self,
            RecordCommand.self, ExportCommand.self, CheckCommand.self, JudgeCommand.self,
            DiffCommand.self, PlanCommand.self, AnalyzeCommand.self,
            SQLCommand.self, TokenCommand.self, RelayCommand.self, StatsCommand.self,
            VerifyCommand.self, BackupCommand.self, RestoreCommand.self, ForgetCommand.self,
            ShipCommand.self, CompactCommand.self, SchemaCommand.self, SimulateCommand.self,
            DemoCommand.self, HealthCommand.self,
        ])

    /// Runs the command that the arguments name, and ends with a status of ``ExitStatus``.
    static func main() async {
        if let place = argumentNotUTF8 {
            // It would come repaired, and a unit be dealt that nobody gave.
            Terminal.complain(
                "holdfast: argument \(place) is not UTF-8; convert it, say with iconv")
            Foundation.exit(ExitStatus.usage.rawValue)
        }
        var running: (any ParsableCommand)?
        do {
            let command = try parseAsRoot()
            running = command
            let status = try await Interruption.run(command)
            Foundation.exit(status.rawValue)
        } catch {
            Foundation.exit(report(error, of: running))
        }
    }

    /// The place of the first argument that is not UTF-8, from 1.
    private static var argumentNotUTF8: Int? {
        (0..<Int(CommandLine.argc)).first { place in
            CommandLine.unsafeArgv[place].map { String(validatingCString: $0) == nil } ?? false
        }
    }

    /// Says on standard error what went wrong, and gives the status that goes with it.
    ///
    /// - Parameter command: the one that was running; `nil` while arguments were read, of which
    ///   ArgumentParser knows itself whose they were.
    private static func report(
        _ error: any Error, of command: (any ParsableCommand)?
    ) -> Int32 {
        if let error = error as? ValidationError, let command {
            let usage = usageString(for: type(of: command))
            // It begins with the command's names: "holdfast plan size [--effect …]".
            let names = usage.split(separator: " ").prefix { $0.first?.isLetter == true }
            Terminal.complain(
                "Error: \(error.message)\nUsage: \(usage)\n"
                    + "  See '\(names.joined(separator: " ")) --help' for more information.")
            return ExitStatus.usage.rawValue
        }
        let status = exitCode(for: error)
        if status == .validationFailure || status == .success || error is CleanExit {
            // Usage, help and version are ArgumentParser's own words.
            let text = fullMessage(for: error)
            if status == .success {
                print(text)
            } else {
                Terminal.complain(text)
            }
            return status == .success ? 0 : ExitStatus.usage.rawValue
        }
        if error is CancellationError {
            Terminal.complain("stopped; nothing half-written is left")
            return ExitStatus.interrupted.rawValue
        }
        Terminal.complain("holdfast: \(error)")
        return ExitStatus.failed.rawValue
    }
}

/// The version of the program.
let holdfastVersion = "0.1.0"

/// How commands end. Scripts rely on the numbers.
enum ExitStatus: Int32 {
    /// Done; tables agree; the catalog is valid; every item was taken.
    case success = 0
    /// Done, and the answer is no: tables disagree, a gate failed, items were refused, the catalog
    /// is invalid.
    case negative = 1
    /// It could not be found out: a file, the ledger, a port.
    case failed = 2
    /// Done, and these rows cannot tell.
    case inconclusive = 3
    /// The arguments are wrong.
    case usage = 64
    /// Stopped by Ctrl-C or SIGTERM.
    case interrupted = 130

    static let table = """
        Exit status: 0 done, and the answer is yes; 1 done, and the answer is no (tables disagree, a gate \
        failed, a model is unfit, items were refused, the catalog is invalid); 2 it could not be found out; 3 inconclusive; \
        64 wrong usage; 130 stopped.
        """
}

/// A command that ends with a status of the table.
protocol StatusCommand: AsyncParsableCommand, Sendable {
    func execute() async throws -> ExitStatus
}

extension StatusCommand {
    mutating func run() async throws {
        // ``Interruption`` calls execute() itself; this is for whoever runs the command otherwise.
        throw ExitCode(try await execute().rawValue)
    }
}
