import Foundation
import Testing
import TestSupport

/// While the disk fails nothing is acknowledged and units are dealt; when it works again the same
/// service goes on, and every acknowledged fact is there.
@Suite struct StorageFaultTests {
    @Test(arguments: [true, false])
    func `a disk that fills up stops facts and not assignment, and room lets the service go on`(
        isMounting: Bool
    ) async throws {
        let seed: UInt64 = isMounting ? 20_261_201 : 20_261_202
        let words = "seed \(seed)"
        var chance = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let disk = try await SmallDisk(in: folder, isMounting: isMounting)
        let ledger = "\(disk.path)/ledger.db"
        let books = Books()
        let producers = Producer.team(4, seed: seed, books: books)
        let catalog = try folder.write("catalog.yaml", SentBatch.catalog)
        let service = try await ServiceProcess.start(
            catalog: catalog, ledger: ledger,
            errors: folder.file("errors"), launcher: disk.launcher)
        try disk.fill(leaving: 400_000 + chance.below(300_000))
        // Until it cannot take any more.
        await producers.run(port: service.port)
        #expect(books.unavailableCount > 0, "\(words): the disk never filled up")
        try disk.takeRest()
        // Small commits may fit where a large one did not, in what the log took for that: this room
        // is taken page by page, by asking whether there is any. No commit here is larger.
        try await blocking {
            let client = try WireClient(port: service.port)
            for _ in 0..<1_000 { _ = try client.get("/readyz") }
        }
        let batches = try await expectUnwritable(service.port, books, &chance, words)
        // What is there can be looked at meanwhile.
        try await blocking { try LedgerAudit(ledger) }.expect(books.entries, words)
        try await disk.free(for: service)
        try await expectWritable(service.port, books, batches, words)
        await producers.settle(port: service.port)
        await producers.run(port: service.port, batches: 20)
        #expect(try await service.terminate() == 0)
        try await settleBooks(
            ledger, catalog: catalog, books, everythingAnswered: true, words)
    }

    @Test(arguments: [
        "write 5 1 -1 ledger.db-wal", "write 5 3 -1 ledger.db-wal", "write 30 2 -1 ledger.db*",
        "write 122 1 -1 ledger.db*", "short 28 1 -1 ledger.db-wal", "short 5 4 -1 ledger.db-wal",
        "sync 5 1 -1 ledger.db-wal",
    ])
    func `a device that fails acknowledges nothing, and mended the service goes on`(
        fault: String
    ) async throws {
        let words = "\(fault), seed 20261203"
        let yard = try await FaultYard(seed: 20_261_203)
        var service = try await yard.start()
        let producers = Producer.team(4, seed: yard.seed, books: yard.books)
        for round in 0..<3 {
            let enough = yard.books.acknowledgedCount + 1 + yard.chance.below(300)
            // A fault that is counted anew: the line must differ from the last.
            let line = fault + String(repeating: " ", count: round)
            yard.books.whenAcknowledged(enough) { [device = yard.device, service] in
                do {
                    try device.fail(line)
                } catch {
                    // A test that cannot go on ends, and does not wait for ever.
                    service.signal(SIGKILL)
                }
            }
            await producers.run(port: service.port)
            let batches = try await expectUnwritable(
                service.port, yard.books, &yard.chance, words)
            if round == 1 {
                // Killed while it fails: what was written of unanswered batches may be there.
                try await service.kill()
                yard.device.mend()
                service = try await yard.start()
            }
            yard.device.mend()
            try await expectWritable(service.port, yard.books, batches, words)
        }
        await producers.settle(port: service.port)
        #expect(try await service.terminate() == 0)
        try await yard.settle(words)
    }

    @Test(arguments: ["write 5 1 -1 ledger.db", "sync 5 1 -1 ledger.db", "write 5 40 1 ledger.db"])
    func `a checkpoint that fails costs nothing: the log holds what was acknowledged`(
        fault: String
    ) async throws {
        let words = "\(fault), seed 20261204"
        let yard = try await FaultYard(seed: 20_261_204)
        let service = try await yard.start()
        try yard.device.fail(fault)
        let producers = Producer.team(8, seed: yard.seed, books: yard.books)
        await producers.run(port: service.port, batches: 100)
        #expect(yard.books.unavailableCount == 0, "\(words)")
        // A log of SQLite's usual thousand pages was full, and could not be emptied.
        let log = try FileManager.default.attributesOfItem(atPath: yard.ledger + "-wal")
        #expect((log[.size] as? Int ?? 0) > 4_000_000, "\(words): no checkpoint was due")
        try await service.kill()
        yard.device.mend()
        let next = try await yard.start()
        try await yard.settle(words)
        #expect(try await next.terminate() == 0)
    }

    @Test(arguments: ["file", "folder"])
    func `a ledger that may not be written is refused at the start, and left as it is`(
        what: String
    ) async throws {
        let words = "read-only \(what), seed 20261205"
        let yard = try await FaultYard(seed: 20_261_205)
        let service = try await yard.start()
        let producers = Producer.team(4, seed: yard.seed, books: yard.books)
        await producers.run(port: service.port, batches: 10)
        #expect(try await service.terminate() == 0)
        let before = try yard.folder.read("ledger/ledger.db")
        let place = what == "file" ? yard.ledger : yard.folder.file("ledger")
        chmod(place, what == "file" ? 0o444 : 0o555)
        defer { chmod(place, 0o755) }
        // To an administrator nothing is read-only, unless he gives that up.
        let drop = ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]
        let serve = [
            try Program.path, "serve", "--ledger", yard.ledger, "--catalog", yard.catalog,
            "--port", "0",
        ]
        let line = geteuid() == 0 ? drop + serve : serve
        let run = try await Program.run(line[0], Array(line.dropFirst()))
        #expect(run.status == 2, "\(words): \(run)")
        let isSaid = run.errors.contains(yard.ledger) && run.errors.contains("folder")
        #expect(isSaid, "\(words): \(run)")
        #expect(try yard.folder.read("ledger/ledger.db") == before, "\(words): it was changed")
        chmod(place, 0o755)
        let next = try await yard.start()
        await producers.run(port: next.port, batches: 5)
        #expect(try await next.terminate() == 0)
        try await yard.settle(words)
    }
}
