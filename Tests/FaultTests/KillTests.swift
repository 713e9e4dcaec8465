import Foundation
import Testing
import TestSupport

/// A service killed without warning loses nothing that it acknowledged, takes nothing twice, and
/// its chain of commits stays whole.
///
/// `HOLDFAST_KILL_ROUNDS=1000` kills it so often, on one growing ledger (about twenty
/// minutes); `HOLDFAST_KILL_SEED` repeats a run with the seed that it printed.
@Suite struct KillTests {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test func `killed at any instant, round after round, it holds every acknowledged fact once`()
        async throws
    {
        let rounds = Int(KillTests.setting("HOLDFAST_KILL_ROUNDS") ?? 25)
        let seed = KillTests.setting("HOLDFAST_KILL_SEED") ?? 20_261_123
        var chance = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let device = try await FaultyDevice(in: folder)
        let catalog = try folder.write("catalog.yaml", SentBatch.catalog)
        let ledger = folder.file("ledger.db")
        let books = Books()
        let producers = Producer.team(12, seed: seed, books: books)
        var head: String?
        for round in 1...rounds {
            let service = try await ServiceProcess.start(
                catalog: catalog, ledger: ledger, environment: device.environment)
            let words = "seed \(seed), round \(round)"
            // What the kill before left, before anything is sent again. In a long run the growing
            // ledger is looked at now and then: what was lost stays lost.
            if rounds <= 50 || round.isMultiple(of: 25) {
                head = try await settleBooks(
                    ledger, catalog: catalog, books, head: head, words)
            }
            // Killed when so many are acknowledged, and a moment after: whatever the speed of the
            // machine, it is in the midst of its work.
            let enough = books.acknowledgedCount + 1 + chance.below(600)
            let moment = UInt32(chance.below(3_000))
            let isWithin = round.isMultiple(of: 3)
            // Every third time within a commit: in place of one of the next calls that write.
            let way = round.isMultiple(of: 2) ? "kill" : "tear"
            let line = "\(way) 0 \(1 + moment % 40) 1 ledger.db*"
            books.whenAcknowledged(enough) {
                do {
                    if isWithin { return try device.fail(line) }
                    usleep(moment)
                } catch {
                    // Without the device at any instant, as else.
                }
                service.signal(SIGKILL)
            }
            await producers.run(port: service.port)
            // Where it lives on it answered what it must not: that is told at the end.
            service.signal(SIGKILL)
            let status = try await service.ended()
            device.mend()
            try #require(status == 128 + SIGKILL, "\(words): it ended by itself")
        }
        let last = try await ServiceProcess.start(catalog: catalog, ledger: ledger)
        head = try await settleBooks(
            ledger, catalog: catalog, books, head: head, "seed \(seed), after the last kill")
        await producers.settle(port: last.port)
        #expect(try await last.terminate() == 0)
        try await settleBooks(
            ledger, catalog: catalog, books, head: head, everythingAnswered: true,
            "seed \(seed), at the end")
        let entries = books.entries
        #expect(entries.unavailable == 0, "seed \(seed): answered 503 though nothing was wrong")
        #expect(entries.duplicates > 0, "seed \(seed): nothing was ever sent again")
        let found = try LedgerAudit(ledger).facts.count
        print(
            "kill: \(rounds) rounds, seed \(seed): \(entries.sent.count) facts sent, \(entries.acknowledged.count) acknowledged, \(found) found, \(entries.duplicates) answered as duplicates"
        )
    }
}
