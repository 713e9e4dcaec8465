import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// Copies of a ledger: whole whenever they are made, and nothing half-done whenever one is killed.
@Suite struct BackupFaultTests {
    @Test(arguments: [20_261_501] as [UInt64])
    func `a backup made under load holds every fact that was acknowledged before it began`(
        seed: UInt64
    ) async throws {
        let yard = try await FaultYard(seed: seed)
        let service = try await yard.start()
        let producers = Producer.team(6, seed: seed, books: yard.books)
        for number in 0..<4 {
            let load = Task { [books = yard.books] in
                await producers.run(port: service.port, batches: 60)
                books.release()
            }
            // Some load lies before each, whatever the speed of the machine.
            let enough = yard.books.acknowledgedCount + 1 + yard.chance.below(300)
            await withCheckedContinuation { continuation in
                yard.books.whenAcknowledged(enough) { continuation.resume() }
            }
            var entries = yard.books.entries
            let copy = yard.folder.file("copy-\(number).db")
            let backup = try await Program.run([
                "backup", "--ledger", yard.ledger, copy, "--format", "json",
            ])
            #expect(backup.status == 0, "seed \(seed): \(backup)")
            let elsewhere = yard.folder.file("restored-\(number).db")
            let restore = try await Program.run(["restore", copy, "--ledger", elsewhere])
            #expect(restore.status == 0, "seed \(seed): \(restore)")
            // What was sent meanwhile may be in it, and what was acknowledged before must.
            entries.sent = yard.books.entries.sent
            entries.numbersSent = yard.books.entries.numbersSent
            let restored = try LedgerAudit(elsewhere)
            restored.expect(entries, "seed \(seed), backup \(number)")
            let head = try JSON.parse(Array(backup.output.utf8)).text(at: "head")
            #expect(head == restored.head, "seed \(seed), backup \(number)")
            let run = try await verify(elsewhere, catalog: yard.catalog, head: head)
            #expect(run.status == 0, "seed \(seed), backup \(number): \(run)")
            // The chain of the ledger itself passes through what was backed up.
            #expect(try await verify(yard.ledger, head: head).status == 0, "seed \(seed)")
            await load.value
        }
        #expect(try await service.terminate() == 0)
        try await yard.settle("seed \(seed)")
    }

    @Test func `a ledger that a service has open is not replaced, and the service goes on`()
        async throws
    {
        let words = "seed 20261502"
        let yard = try await FaultYard(seed: 20_261_502)
        let service = try await yard.start()
        let producers = Producer.team(4, seed: yard.seed, books: yard.books)
        await producers.run(port: service.port, batches: 5)
        let copy = yard.folder.file("copy.db")
        #expect(try await Program.run(["backup", "--ledger", yard.ledger, copy]).status == 0)
        await producers.run(port: service.port, batches: 5)
        let load = Task { await producers.run(port: service.port, batches: 20) }
        for more in [[], ["--replace"], ["--replace"]] {
            let run = try await Program.run(["restore", copy, "--ledger", yard.ledger] + more)
            #expect(run.status == 2, "\(words): \(run)")
            let isSaid = run.errors.contains("in use") && run.errors.contains("stop")
            #expect(isSaid, "\(words): \(run)")
        }
        await load.value
        #expect(try await service.terminate() == 0)
        try await yard.settle(words)
        // Stopped, it is replaced, when that is said.
        let asked = try await Program.run(["restore", copy, "--ledger", yard.ledger])
        #expect(asked.status == 2 && asked.errors.contains("--replace"), "\(words): \(asked)")
        try await yard.settle(words)
        let run = try await Program.run(["restore", copy, "--ledger", yard.ledger, "--replace"])
        #expect(run.status == 0, "\(words): \(run)")
        #expect(try LedgerAudit(yard.ledger).commits == LedgerAudit(copy).commits, "\(words)")
    }

    @Test(arguments: [20_261_503] as [UInt64])
    func `a backup that is killed leaves nothing at its destination`(seed: UInt64) async throws {
        let yard = try await FaultYard(seed: seed)
        let service = try await yard.start()
        let producers = Producer.team(6, seed: seed, books: yard.books)
        await producers.run(port: service.port, batches: 60)
        let copy = yard.folder.file("copy.db")
        var killed = 0
        for round in 0..<12 {
            let place = 1 + yard.chance.below(round < 6 ? 20 : 160)
            try yard.device.fail("\(round % 2 == 0 ? "kill" : "tear") 0 \(place) 1 .tmp*")
            let run = try await Program.run(
                ["backup", "--ledger", yard.ledger, copy], environment: yard.device.environment)
            let words = "seed \(seed), killed in place of call \(place)"
            if run.status == 0 {
                #expect(try await verify(copy).status == 0, "\(words)")
                unlink(copy)
            } else {
                #expect(run.status == 128 + SIGKILL, "\(words): \(run)")
                #expect(access(copy, F_OK) != 0, "\(words): something is there")
                killed += 1
            }
        }
        #expect(killed > 0, "seed \(seed)")
        yard.device.mend()
        let run = try await Program.run(["backup", "--ledger", yard.ledger, copy])
        #expect(run.status == 0, "seed \(seed): \(run)")
        #expect(try await verify(copy, catalog: yard.catalog).status == 0, "seed \(seed)")
        #expect(try await service.terminate() == 0)
        try await yard.settle("seed \(seed)")
    }

    @Test(arguments: [20_261_504] as [UInt64])
    func `a restore that is killed leaves the old ledger or the new one, whole`(
        seed: UInt64
    ) async throws {
        let yard = try await FaultYard(seed: seed)
        var service = try await yard.start()
        let producers = Producer.team(6, seed: seed, books: yard.books)
        await producers.run(port: service.port, batches: 30)
        let copy = yard.folder.file("copy.db")
        #expect(try await Program.run(["backup", "--ledger", yard.ledger, copy]).status == 0)
        let new = try LedgerAudit(copy).commits
        var ends = (killed: 0, old: 0)
        for round in 0..<12 {
            // A log is left beside the file, too.
            await producers.run(port: service.port, batches: 3)
            try await service.kill()
            let old = try LedgerAudit(yard.ledger).commits
            let place = 1 + yard.chance.below(round < 6 ? 20 : 200)
            try yard.device.fail("\(round % 2 == 0 ? "kill" : "tear") 0 \(place) 1 ledger.db*")
            let run = try await Program.run(
                ["restore", copy, "--ledger", yard.ledger, "--replace"],
                environment: yard.device.environment)
            yard.device.mend()
            let words = "seed \(seed), killed in place of call \(place)"
            #expect(run.status == 0 || run.status == 128 + SIGKILL, "\(words): \(run)")
            // It opens the file for writing: a reader could not take back what was begun.
            let sound = try await verify(yard.ledger, catalog: yard.catalog)
            #expect(sound.status == 0, "\(words): \(sound)")
            let left = try LedgerAudit(yard.ledger).commits
            #expect(left == new || (left == old && run.status != 0), "\(words): neither of them")
            if run.status != 0 { ends.killed += 1 }
            if left == old { ends.old += 1 }
            service = try await yard.start()
        }
        #expect(ends.killed > 0 && ends.old > 0, "seed \(seed): \(ends)")
        #expect(try await service.terminate() == 0)
        #expect(try await verify(yard.ledger, catalog: yard.catalog).status == 0, "seed \(seed)")
    }
}
