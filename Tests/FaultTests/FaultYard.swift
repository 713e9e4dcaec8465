import Foundation
import Testing
import TestSupport

/// A ledger on a device that can be made to fail, and the books of its producers.
final class FaultYard {
    let seed: UInt64
    var chance: SeededGenerator
    let folder: TemporaryFolder
    let device: FaultyDevice
    let catalog: String
    /// The ledger's path, in a folder of its own.
    let ledger: String
    let books = Books()

    init(seed: UInt64) async throws {
        self.seed = seed
        chance = SeededGenerator(seed: seed)
        folder = try TemporaryFolder()
        device = try await FaultyDevice(in: folder)
        catalog = try folder.write("catalog.yaml", SentBatch.catalog)
        try FileManager.default.createDirectory(
            atPath: folder.file("ledger"), withIntermediateDirectories: false)
        ledger = folder.file("ledger/ledger.db")
    }

    /// Starts a service on it. Its complaints about the device go to a file.
    func start() async throws -> ServiceProcess {
        try await ServiceProcess.start(
            catalog: catalog, ledger: ledger, errors: folder.file("errors"),
            environment: device.environment)
    }

    /// Holds the ledger against the books, in which everything has an answer by now.
    func settle(_ words: String, _ location: SourceLocation = #_sourceLocation) async throws {
        try await settleBooks(
            ledger, catalog: catalog, books, everythingAnswered: true, words, location)
    }
}
