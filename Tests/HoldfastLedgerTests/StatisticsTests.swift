import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// What `stats` says of a ledger is what is in it.
@Suite struct StatisticsTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog()
    }

    private func outcomes(_ ids: [String], at: String) throws -> [Fact] {
        try ids.map { id in
            .outcome(
                try harness.reader(catalog).outcome([
                    "id": .string(id), "unit": .string(id), "name": "n", "value": 1,
                    "at": .string(at),
                ]))
        }
    }

    private func counted(after microseconds: Int64 = 0) throws -> LedgerStatistics {
        let reader = try LedgerReader(path: harness.path, salt: nil)
        return try LedgerStatistics(
            reader, now: Timestamp(microseconds: harness.clock.now.microseconds + microseconds))
    }

    @Test func `an empty ledger has counts of 0 and no lag`() async throws {
        await (try harness.ledger()).close()
        let statistics = try counted()
        #expect(statistics.format == 5)
        #expect(statistics.durability.journalMode == "wal")
        #expect(statistics.durability.synchronous == "full")
        #expect(statistics.facts.map(\.table) == ["decisions", "exposures", "outcomes"])
        for facts in statistics.facts {
            #expect(facts.count == 0 && facts.lastHour == 0 && facts.lastDay == 0)
            #expect(facts.medianLag == nil && facts.greatestLag == nil)
        }
        #expect(statistics.head.number == 0 && statistics.lastReceived == nil)
        #expect(statistics.revision == nil && statistics.revisionCount == 0)
        #expect(statistics.sources == [] && statistics.gaps == [] && statistics.refusals == [])
    }

    @Test func `the last hour and day are those before now, to the microsecond`() async throws {
        let ledger = try await harness.ledger(catalog)
        harness.clock.advance(seconds: 100)
        _ = try await ledger.append(try outcomes(["a", "b"], at: "2026-02-01T00:00:00Z"))
        let hour: Int64 = 3_600_000_000
        func counts(_ after: Int64) throws -> [Int64] {
            let facts = try counted(after: after).facts[2]
            return [facts.lastHour, facts.lastDay, facts.count]
        }
        #expect(try counts(0) == [2, 2, 2])
        #expect(try counts(hour - 1) == [2, 2, 2])
        #expect(try counts(hour) == [0, 2, 2])
        #expect(try counts(24 * hour - 1) == [0, 2, 2])
        #expect(try counts(24 * hour) == [0, 0, 2])
        harness.clock.advance(seconds: 1_800)
        _ = try await ledger.append(try outcomes(["c"], at: "2026-02-01T00:00:00Z"))
        #expect(try counts(0) == [3, 3, 3])
        #expect(try counts(hour / 2) == [1, 3, 3])
        #expect(try counted().facts[0].lastDay == 0, "an outcome is no decision")
        // What was erased since is not counted as received.
        _ = try await ledger.forget(try #require(UnitID("a")))
        #expect(try counts(0) == [2, 2, 2])
        #expect(try counts(hour / 2) == [1, 2, 2])
        let statistics = try counted()
        #expect(statistics.forgottenCount == 1 && statistics.erasedCount == 1)
    }

    @Test func `the lag is from what happened to its receipt, over the last thousand`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        // Received at 2026-03-01T00:00:00Z and a little.
        harness.clock.advance(seconds: 60)
        for (id, at) in [
            ("a", "2026-03-01T00:00:59Z"), ("b", "2026-03-01T00:00:00Z"),
            ("c", "2026-02-28T00:01:00Z"),
        ] { _ = try await ledger.append(try outcomes([id], at: at)) }
        let received = try harness.rows("SELECT received_at FROM outcomes ORDER BY outcome")
        // Each commit is later than the one before, by a microsecond where the clock stands still.
        let start = harness.clock.now.microseconds
        #expect(received == [[.integer(start)], [.integer(start + 1)], [.integer(start + 2)]])
        let facts = try counted().facts[2]
        #expect(facts.medianLag == 60_000_001)
        #expect(facts.greatestLag == 86_400_000_002)
        harness.clock.advance(seconds: 10)
        let many = (0..<1_000).map { "m\($0)" }
        _ = try await ledger.append(try outcomes(many, at: "2026-03-01T00:01:08Z"))
        let later = try counted().facts[2]
        #expect(later.medianLag == 2_000_000 && later.greatestLag == 2_000_000)
        #expect(later.count == 1_003)
    }

    @Test func `gaps are listed by source and number, and a hundred of them at most`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        for (source, numbers) in [
            ("b", [1, 2, 3]), ("a", [3, 4, 8, 10]), ("late", [2]),
        ] as [(String, [Int64])] {
            let name = try #require(Name(source))
            for number in numbers {
                _ = try await ledger.append([], number: BatchNumber(source: name, sequence: number))
            }
        }
        let first = try counted()
        #expect(
            first.gaps.map { "\($0.source) \($0.numbers)" } == [
                "a 1...2", "a 5...7", "a 9...9", "late 1...1",
            ])
        #expect(first.sources.map(\.source) == ["a", "b", "late"])
        #expect(first.sources.map(\.missing) == [6, 0, 1])
        #expect(first.sources.map(\.batchCount) == [4, 3, 1])
        let source = try #require(Name("z"))
        let last = try #require(BatchNumber(source: source, sequence: 500))
        for number in stride(from: Int64(2), through: 498, by: 2) {
            var next = last
            next.sequence = number
            _ = try await ledger.append([], number: next)
        }
        let statistics = try counted()
        #expect(statistics.gaps.count == LedgerStatistics.gapLimit)
        #expect(statistics.sources.last?.missing == 249, "the count is not cut")
    }

    @Test func `revisions, refusals, sizes and the head are those of the file`() async throws {
        let ledger = try await harness.ledger(catalog)
        let next = try Harness.catalog("description: second")
        try await ledger.bringIntoForce(next, at: harness.clock.now)
        let refusal = Refusal(code: "malformed", detail: "no", hint: "")
        _ = try await ledger.append([
            .refused(RefusedItem(kind: .decision, source: [], refusal: refusal)),
            .refused(RefusedItem(kind: .outcome, source: [], refusal: refusal)),
            .refused(RefusedItem(kind: .decision, source: [], refusal: refusal)),
        ])
        let statistics = try counted()
        #expect(statistics.revision == next.revision && statistics.revisionCount == 2)
        #expect(
            statistics.refusals.map { "\($0.kind) \($0.code) \($0.count)" } == [
                "decision malformed 2", "outcome malformed 1",
            ])
        // Its connection is gone: one that stays would keep the log.
        let last = try harness.audit().head
        #expect(statistics.head == last.head)
        #expect(statistics.lastReceived == last.received)
        let log = try harness.folder.read("ledger.db-wal").count
        #expect(statistics.logBytes == Int64(log) && log > 0)
        await ledger.close()
        let closed = try counted()
        #expect(closed.logBytes == 0 && closed.freeBytes == 0)
        #expect(closed.byteCount == Int64(try harness.folder.read("ledger.db").count))
    }

    @Test(arguments: [1, 2] as [Int64])
    func `an older format is counted as it is, and not written`(format: Int64) async throws {
        let bytes = Data(
            try Repository.bytes("Tests/HoldfastLedgerTests/Golden/ledger-format-\(format).sqlite"))
        try bytes.write(to: URL(fileURLWithPath: harness.path))
        let statistics = try counted()
        #expect(statistics.format == format)
        #expect(statistics.facts.map(\.count) == [5, 1, 1])
        #expect(statistics.head.number == 0 && statistics.lastReceived == nil)
        #expect(statistics.revision != nil && statistics.revisionCount == 2)
        #expect(try harness.folder.read("ledger.db") == bytes)
    }
}
