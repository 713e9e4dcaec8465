import Foundation
import Testing
import TestSupport

/// What the disk lost or changed is found, or what is left is an earlier state of the ledger.
///
/// A commit is acknowledged when its frames are on the disk. A log that is cut or changed after
/// that is damage which no program on one disk can undo: facts that were acknowledged may be gone.
/// What is held here is that none is half there, and that nothing passes for sound that is not.
@Suite struct DamageTests {
    @Test(arguments: [20_261_301, 20_261_302] as [UInt64])
    func `a log that lost its tail, or a byte of which changed, leaves a prefix of the commits`(
        seed: UInt64
    ) async throws {
        let yard = try await FaultYard(seed: seed)
        // The tables are in the file itself, and the log begins after them.
        #expect(try await yard.start().terminate() == 0)
        let service = try await yard.start()
        let producers = Producer.team(3, seed: seed, books: yard.books)
        await producers.run(port: service.port, batches: 12)
        try await service.kill()
        let log = try yard.folder.read("ledger/ledger.db-wal")
        try #require(log.count < 4_000_000, "seed \(seed): a checkpoint may have been made")
        let whole = try yard.copy("whole", log: log)
        let sound = try LedgerAudit(whole)
        sound.expect(yard.books.entries, everythingAnswered: true, "seed \(seed)")
        for number in 0..<10 {
            let (damaged, words) = yard.damage(log)
            let path = try yard.copy("damaged-\(number)", log: damaged)
            let left = try LedgerAudit(path)
            let place = "seed \(seed), \(words)"
            #expect(sound.commits.starts(with: left.commits), "\(place): no prefix")
            #expect(left.facts.count == left.sealedCount, "\(place): half a commit")
            #expect(Set(left.facts).isSubset(of: yard.books.entries.sent), "\(place)")
            let run = try await verify(path)
            #expect(run.status == 0, "\(place): \(run)")
            guard number < 2 else { continue }
            // A service goes on from there.
            let next = try await ServiceProcess.start(catalog: yard.catalog, ledger: path)
            let later = SentBatch.random(
                .outcomes, count: 5, units: "later", chance: &yard.chance)
            try await expectWritable(next.port, Books(), [later], place)
            #expect(try await next.terminate() == 0)
            #expect(try await verify(path).status == 0, "\(place)")
        }
    }

    @Test(arguments: [20_261_303] as [UInt64])
    func `a log that is damaged after a checkpoint is found, or leaves a prefix of the commits`(
        seed: UInt64
    ) async throws {
        let yard = try await FaultYard(seed: seed)
        let service = try await yard.start()
        let producers = Producer.team(8, seed: seed, books: yard.books)
        await producers.run(port: service.port, batches: 60)
        _ = try await Program.sqlite(yard.ledger, "PRAGMA wal_checkpoint(PASSIVE)")
        try await service.kill()
        // Its pages are in the file already: older ones of a log that is cut would hide them.
        let log = try yard.folder.read("ledger/ledger.db-wal")
        let sound = try LedgerAudit(try yard.copy("whole", log: log))
        sound.expect(yard.books.entries, everythingAnswered: true, "seed \(seed)")
        var found = 0
        for number in 0..<10 {
            let (damaged, words) = yard.damage(log)
            let path = try yard.copy("damaged-\(number)", log: damaged)
            guard try await verify(path).status == 0 else {
                found += 1
                continue
            }
            let left = try LedgerAudit(path)
            #expect(sound.commits.starts(with: left.commits), "seed \(seed), \(words): no prefix")
            #expect(left.facts.count == left.sealedCount, "seed \(seed), \(words)")
        }
        // How many mix two states depends on how far the checkpoint came: none is no fault.
        print("damage: seed \(seed): \(found) of 10 damaged logs did not leave a prefix, all found")
    }

    @Test(arguments: [20_261_304] as [UInt64])
    func `a page that is zero, or half of which was never written, is found`(
        seed: UInt64
    ) async throws {
        let yard = try await FaultYard(seed: seed)
        let service = try await yard.start()
        let producers = Producer.team(6, seed: seed, books: yard.books)
        await producers.run(port: service.port, batches: 40)
        #expect(try await service.terminate() == 0)
        try await yard.settle("seed \(seed)")
        let sound = try yard.folder.read("ledger/ledger.db")
        let size = SQLitePages.size(in: sound)
        let count = sound.count / size
        var found = 0
        for number in 0..<24 {
            let page = yard.chance.below(count)
            // A page is filled from its end: its second half is in use wherever it is.
            let isTorn = number.isMultiple(of: 2)
            let range = (page * size + (isTorn ? size / 2 : 0))..<((page + 1) * size)
            var damaged = sound
            damaged.replaceSubrange(range, with: repeatElement(0, count: range.count))
            // Of a table without rows the second half is empty: nothing is lost there.
            guard damaged != sound else { continue }
            let path = try yard.copy("page-\(number)", file: damaged)
            let run = try await verify(path, catalog: yard.catalog)
            // Where the list of tables itself is lost nothing can be looked at: that is said.
            let isSaid = run.status == 2 && run.errors.contains("damaged")
            #expect(
                run.status == 1 || isSaid,
                "seed \(seed): page \(page + 1) of \(count), \(isTorn ? "torn" : "zero"): \(run)")
            if run.status == 1 { found += 1 }
        }
        #expect(found > 18, "seed \(seed): of 24 damaged files \(found) could be looked at")
    }
}

extension FaultYard {
    /// A ledger of the same file, or of another one, and of this log, in a folder of its own. The
    /// index of the log is made anew, as after a power failure.
    fileprivate func copy(_ name: String, file: Data? = nil, log: Data? = nil) throws -> String {
        try FileManager.default.createDirectory(
            atPath: folder.file(name), withIntermediateDirectories: false)
        let path = folder.file("\(name)/ledger.db")
        let file = try file ?? folder.read("ledger/ledger.db")
        try file.write(to: URL(fileURLWithPath: path))
        try log?.write(to: URL(fileURLWithPath: path + "-wal"))
        return path
    }

    /// A log cut at a byte, or with one that is changed, and what was done.
    fileprivate func damage(_ log: Data) -> (log: Data, words: String) {
        let place = chance.below(log.count)
        if Bool.random(using: &chance) {
            return (log.prefix(place), "the log cut to \(place) of \(log.count) bytes")
        }
        var damaged = log
        damaged[damaged.startIndex + place] ^= UInt8(1 << chance.below(8))
        return (damaged, "byte \(place) of the log's \(log.count) changed")
    }
}
