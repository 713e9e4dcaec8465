import Foundation
import Synchronization
import Testing
import TestSupport

/// More facts than can be written: refused in time, and what was acknowledged is there.
@Suite struct OverloadTests {
    @Test(arguments: [20_261_601] as [UInt64])
    func `a flood is answered 503 before memory grows, and what was acknowledged is there`(
        seed: UInt64
    ) async throws {
        let yard = try await FaultYard(seed: seed)
        let service = try await yard.start()
        // More facts together than may wait.
        let batches = (0..<50).map { client in
            SentBatch.random(
                .outcomes, count: 2_500, units: "flood-\(client)", chance: &yard.chance)
        }
        // A disk that takes a minute for a commit: the clients' facts must wait. When many were
        // turned away, it is fast again.
        try yard.device.fail("delay 60000 1 -1 ledger.db-wal")
        let sizes = Mutex<[Int: Int]>([:])
        await concurrently(batches.count) { [books = yard.books, device = yard.device] number in
            OverloadTests.insist(on: batches[number], books: books, port: service.port) {
                let refused = books.unavailableCount
                sizes.withLock { $0[refused] = OverloadTests.residentBytes(of: service.id) }
                if refused >= 80 { device.mend() }
            }
        }
        let sampled = sizes.withLock { $0 }.sorted { $0.key < $1.key }
        let turnedAway = yard.books.unavailableCount
        #expect(turnedAway >= 80, "seed \(seed): \(turnedAway) were turned away")
        // At the first refusal as much is held as may be; what is turned away adds nothing.
        let first = try #require(sampled.first?.value)
        let greatest = sampled.map(\.value).max() ?? 0
        #expect(
            greatest < first + first / 2 + 50_000_000,
            "seed \(seed): \(first) bytes at the first refusal, then \(greatest)")
        #expect(greatest < 1_500_000_000, "seed \(seed): \(greatest) bytes")
        print(
            "overload: seed \(seed): \(turnedAway) answered 503, resident \(first) to \(greatest) bytes"
        )
        #expect(try await service.terminate() == 0)
        try await yard.settle("seed \(seed)")
    }

    /// Posts a batch until it is acknowledged, and soon again after each refusal: sooner than it is
    /// told to.
    private static func insist(
        on batch: SentBatch, books: Books, port: Int, whenRefused: () -> Void
    ) {
        for _ in 0..<300 {
            do {
                let client = try WireClient(port: port, patience: 300)
                while try !books.post(batch, by: client) {
                    whenRefused()
                    usleep(200_000)
                }
                return
            } catch {
                // Turned away by the end of the connection: again, as any producer would.
                sleep(1)
            }
        }
    }

    /// What the system says that a process holds in memory now.
    private static func residentBytes(of process: Int32) -> Int {
        // Without a process there is nothing to be read, and the test fails by its answers.
        let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let number = line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first
        return (number ?? 0) * 1_024
    }
}
