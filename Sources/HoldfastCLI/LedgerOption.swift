internal import ArgumentParser
internal import Foundation

/// The option of every command on a ledger that is there.
struct LedgerOption: ParsableArguments {
    @Option(
        name: .customLong("ledger"),
        help: ArgumentHelp("The ledger's file.", valueName: "file"))
    var path: String

    /// The path of a file that is there: a slip of the hand must not make a new ledger.
    func existing() throws -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandError(
                "there is no ledger at \(path)", "`holdfast serve` and `holdfast record` make one")
        }
        return path
    }
}
