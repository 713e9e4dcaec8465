internal import ArgumentParser
internal import Foundation
internal import HoldfastLedger

/// The option of every command on a ledger that is there.
struct LedgerOption: ParsableArguments {
    @Option(
        name: .customLong("ledger"),
        help: ArgumentHelp("The ledger's file.", valueName: "file"))
    var path: String

    /// The path of a file that is there: a slip of the hand must not make a new ledger.
    func existing() throws -> String { try LedgerOption.existing(path) }

    static func existing(_ path: String) throws -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandError(
                "there is no ledger at \(path)", "`holdfast serve` and `holdfast record` make one")
        }
        return path
    }
}

/// What a ledger cannot answer any more.
enum WholeLedger {
    /// Throws where facts were taken out of a ledger because a lake has them: a treatment that is
    /// not seen any more would make rows clean, and a label that is gone would be another.
    static func require(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let boundary = try LedgerReader(path: path, salt: nil).retentionBoundary()
        guard let boundary else { return }
        throw CommandError(
            "facts that were received before \(boundary.receivedBefore) were shipped and taken out of the ledger \(path)",
            "read them from the lake, which has them all")
    }
}
