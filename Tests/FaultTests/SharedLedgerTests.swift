import Foundation
import HoldfastFormats
import HoldfastSQL
import Testing
import TestSupport

/// One ledger, and more than one writer or more than one time.
@Suite struct SharedLedgerTests {
    @Test(arguments: [20_261_401] as [UInt64])
    func `two services and a command that write one ledger take each fact once`(
        seed: UInt64
    ) async throws {
        let yard = try await FaultYard(seed: seed)
        let one = try await yard.start()
        let other = try await yard.start()
        // Of one seed: both services are sent the very same facts.
        let producers = (
            Producer.team(4, seed: seed, books: yard.books),
            Producer.team(4, seed: seed, books: yard.books)
        )
        let recorded = SentBatch.random(
            .outcomes, count: 2_000, units: "recorded", chance: &yard.chance)
        let file = try yard.folder.write(
            "outcomes.jsonl", recorded.facts.map { $0.item + "\n" }.joined())
        async let first: Void = producers.0.run(port: one.port, batches: 40)
        async let second: Void = producers.1.run(port: other.port, batches: 40)
        let record = [
            "record", "outcomes", file, "--ledger", yard.ledger, "--catalog", yard.catalog,
            "--format", "json",
        ]
        async let run = Program.run(record)
        await first
        await second
        let ended = try await run
        #expect(ended.status == 0, "seed \(seed): \(ended)")
        let said = try JSON.parse(Array(ended.output.utf8))
        yard.books.book(recorded.facts, accepted: Int(try said.integer(at: "accepted")))
        #expect(said["accepted"] == 2_000, "seed \(seed)")
        await producers.0.settle(port: one.port)
        await producers.1.settle(port: other.port)
        #expect(try await one.terminate() == 0)
        #expect(try await other.terminate() == 0)
        try await yard.settle("seed \(seed)")
        let entries = yard.books.entries
        #expect(
            entries.accepted == entries.sent.count,
            "seed \(seed): \(entries.sent.count) facts, \(entries.accepted) answered as taken")
        #expect(entries.duplicates >= entries.sent.count - 2_000, "seed \(seed)")
    }

    @Test(arguments: [20_261_402] as [UInt64])
    func `a clock that jumps back an hour leaves receipts in their order and facts once`(
        seed: UInt64
    ) async throws {
        let yard = try await FaultYard(seed: seed)
        var service = try await yard.start()
        let producers = Producer.team(4, seed: seed, books: yard.books)
        // Exposures that state no time take the service's.
        let timeless = (0..<4).map { number in
            SentBatch(
                kind: .exposures,
                facts: [
                    SentFact(
                        key: "e|timeless-\(number)|control",
                        item:
                            #"{"id":"timeless-\#(number)","unit":"timeless-\#(number)","experiment":"front-page","arm":"control"}"#
                    )
                ], isSingle: true)
        }
        for (number, seconds) in [0, -3_600, 7_200, -86_400].enumerated() {
            try yard.device.setClock(seconds)
            // Started while it is wrong, too.
            if number == 3 {
                #expect(try await service.terminate() == 0)
                service = try await yard.start()
            }
            try await expectWritable(
                service.port, yard.books, Array(timeless[...number]), "seed \(seed)")
            await producers.run(port: service.port, batches: 10)
        }
        #expect(try await service.terminate() == 0)
        try await yard.settle("seed \(seed)")
        let connection = try SQLiteConnection(path: yard.ledger, mode: .read)
        var times: [Int64] = []
        try connection.query(
            "SELECT exposed_at FROM exposures WHERE id LIKE 'timeless-%' ORDER BY id"
        ) { row throws(SQLError) in times.append(row.integer(0)) }
        try #require(times.count == 4)
        #expect(
            times[1] < times[0] && times[2] > times[0] && times[3] < times[1],
            "seed \(seed): the clock did not jump")
        let unordered = try connection.value(
            """
            SELECT count(*) FROM commits AS a JOIN commits AS b ON b.number = a.number + 1
            WHERE b.received_at <= a.received_at
            """)
        #expect(unordered == .integer(0), "seed \(seed): received before the commit before it")
    }
}
