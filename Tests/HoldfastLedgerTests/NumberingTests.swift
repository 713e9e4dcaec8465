import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Batches that their producers number: each number counts once, and what is missing is known.
@Suite struct NumberingTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog()
    }

    private func outcome(_ id: String, at: String = "2026-02-01T00:00:00Z") throws -> Fact {
        .outcome(
            try harness.reader(catalog).outcome([
                "id": .string(id), "unit": "u", "name": "n", "value": 1, "at": .string(at),
            ]))
    }

    private func number(_ source: String, _ sequence: Int64) throws -> BatchNumber {
        let name = try #require(Name(source))
        return try #require(BatchNumber(source: name, sequence: sequence))
    }

    @Test func `numbers are from 1 to the last integer that a double has`() throws {
        let name = try #require(Name("till"))
        #expect(BatchNumber(source: name, sequence: 0) == nil)
        #expect(BatchNumber(source: name, sequence: 1) != nil)
        #expect(BatchNumber(source: name, sequence: 9_007_199_254_740_991) != nil)
        #expect(BatchNumber(source: name, sequence: 9_007_199_254_740_992) == nil)
    }

    @Test func `a number counts once, whatever comes under it, and every fact is taken`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        let first = [try outcome("a"), try outcome("b")]
        #expect(
            try await ledger.append(first, number: number("till", 1)).map(\.word) == [
                "accepted", "accepted",
            ])
        // The answer was lost, and the batch comes again, cut otherwise.
        let again = try await ledger.append(
            [try outcome("b"), try outcome("c")], number: number("till", 1))
        #expect(again.map(\.word) == ["duplicate", "accepted"])
        #expect(try await ledger.append([], number: number("till", 2)) == [])
        let till = SourceState(
            source: "till", lastSequence: 2, batchCount: 2,
            lastReceived: try await ledger.sources()[0].lastReceived)
        #expect(try await ledger.sources() == [till])
        let batches = try harness.rows(
            "SELECT sequence || ':' || items FROM batches ORDER BY batch")
        #expect(batches == [[.text("1:2")], [.text("2:0")]])
        #expect(try harness.audit().faults == [])
    }

    @Test func `missing numbers are counted by source until they come`() async throws {
        let ledger = try await harness.ledger(catalog)
        for (index, sequence) in [3, 1, 7, 7, 4].enumerated() {
            _ = try await ledger.append(
                [try outcome("a\(index)")], number: number("a", Int64(sequence)))
        }
        _ = try await ledger.append([try outcome("b")], number: number("b", 1))
        #expect(try await ledger.sources().map(\.missing) == [3, 0])
        for sequence in [2, 5, 6] {
            _ = try await ledger.append([], number: number("a", Int64(sequence)))
        }
        #expect(try await ledger.sources().map(\.missing) == [0, 0])
    }

    @Test func `a batch spans the times of its facts, or that of its receipt where it has none`()
        async throws
    {
        let ledger = try await harness.ledger(catalog)
        harness.clock.advance(seconds: 10)
        let facts = try ["2026-02-03T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"]
            .enumerated().map { try outcome("o\($0)", at: $1) }
        _ = try await ledger.append(facts, number: number("till", 1))
        harness.clock.advance(seconds: 10)
        _ = try await ledger.append([], number: number("till", 2))
        let now = harness.clock.now.microseconds
        let spans = try harness.rows("SELECT first_at, last_at FROM batches ORDER BY sequence")
        let first = try time("2026-02-01T00:00:00Z").microseconds
        let last = try time("2026-02-03T00:00:00Z").microseconds
        #expect(spans == [[.integer(first), .integer(last)], [.integer(now), .integer(now)]])
    }

    @Test func `a batch that is not taken leaves its number missing`() async throws {
        let ledger = try await harness.ledger(catalog)
        let more = "  more: {unit: customer, arms: [{control: 100%}]}"
        let unknown = try Harness.catalog(others: more)
        let fact = Fact.decision(
            try harness.reader(unknown).decision(["experiment": "more", "unit": "u"]))
        let error = await ledgerError {
            _ = try await ledger.append([fact], number: try number("till", 1))
        }
        #expect(error?.code == .damaged)
        #expect(try await ledger.sources() == [])
    }
}
