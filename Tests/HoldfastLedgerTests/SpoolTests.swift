import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// A spool in a folder of its own.
private struct Place {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("spool.db")
    }

    static let now = Timestamp(microseconds: 1_767_225_600_000_000)

    func spool(
        source: String? = nil, mustExist: Bool = false, limits: SpoolLimits = SpoolLimits()
    ) throws -> Spool {
        try Spool(
            path: path, source: source.flatMap { Name($0) }, mustExist: mustExist, limits: limits,
            now: { Place.now }, chance: { 0xAB })
    }

    /// The bytes of the file on disk.
    var fileBytes: Int {
        get throws { try folder.read("spool.db").count }
    }
}

private func item(
    _ kind: Fact.Kind = .exposure, id: String? = nil, padding: Int = 0
) throws -> SpoolItem {
    var object = JSONObject([("unit", .string("u" + String(repeating: "x", count: padding)))])
    if let id { object.append("id", .string(id)) }
    return try SpoolItem(.object(object), kind, takenAt: Place.now)
}

/// The error of a spool that a piece of work throws.
private func spoolError(_ body: () async throws -> Void) async -> SpoolError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? SpoolError)?.code
    }
}

private func counts(_ accepted: Int) -> DeliveryCounts {
    var counts = DeliveryCounts()
    counts.accepted = Int64(accepted)
    return counts
}

extension SpoolBatch {
    fileprivate var ids: [String] {
        contents.map { (try? JSON.parse($0))?["id"]?.string ?? "" }
    }
}

@Suite struct SpoolTests {
    @Test func `items go out in the order in which they came, in batches numbered by kind`()
        async throws
    {
        let place = try Place()
        var limits = SpoolLimits()
        limits.batchItems = 3
        let spool = try place.spool(limits: limits)
        let kinds: [Fact.Kind] = [.decision, .exposure, .exposure, .decision, .exposure]
        for round in 0..<2 {
            let items = try kinds.enumerated().map {
                try item($0.element, id: "\($0.element.rawValue)-\(round)-\($0.offset)")
            }
            _ = try await spool.append(items)
        }
        var seen: [(Int64, [String])] = []
        while let batch = try await spool.nextBatch() {
            #expect(batch.ids.allSatisfy { $0.hasPrefix(batch.kind.rawValue) })
            seen.append((batch.number, batch.ids))
            try await spool.complete(batch, counts(batch.ids.count))
        }
        // The kind whose oldest item is the oldest goes first: decisions, exposures, and so on.
        #expect(seen.map(\.0) == [1, 1, 2, 2])
        #expect(
            seen.map(\.1) == [
                ["decision-0-0", "decision-0-3", "decision-1-0"],
                ["exposure-0-1", "exposure-0-2", "exposure-0-4"],
                ["exposure-1-1", "exposure-1-2", "exposure-1-4"], ["decision-1-3"],
            ])
        let status = try await spool.status()
        #expect(status.waitingItems == 0 && status.waitingBytes == 0 && status.oldest == nil)
        #expect(status.forwarded == 10 && status.counts.accepted == 10)
        #expect(status.nextNumbers == [.decision: 3, .exposure: 3, .outcome: 1])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a cut stays as it is, and numbers have no gap, over restarts and what comes meanwhile`(
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let place = try Place()
        var limits = SpoolLimits()
        limits.batchItems = 1 + random.below(7)
        limits.batchBytes = 60 + random.below(600)
        var sent: [String: [String]] = [:]
        var received: [String: [String]] = [:]
        var numbers: [String: [Int64]] = [:]
        var cut: SpoolBatch?
        var spool = try place.spool(limits: limits)
        for step in 0..<120 {
            switch random.below(5) {
            case 0, 1:
                let kind = random.pick(Fact.Kind.allCases)
                let items = try (0...random.below(6)).map {
                    try item(kind, id: random.below(2) == 0 ? nil : "p-\(step)-\($0)")
                }
                sent[kind.rawValue, default: []] += try await spool.append(items)
            case 2:
                let batch = try await spool.nextBatch()
                if let cut { #expect(batch == cut, "seed \(seed): the cut has changed") }
                cut = batch
            case 3:
                guard let batch = cut else { continue }
                try await spool.complete(batch, counts(batch.ids.count))
                numbers[batch.source("s"), default: []].append(batch.number)
                received[batch.kind.rawValue, default: []] += batch.ids
                cut = nil
            default:
                await spool.close()
                spool = try place.spool(limits: limits)
            }
        }
        while let batch = try await spool.nextBatch() {
            try await spool.complete(batch, counts(batch.ids.count))
            numbers[batch.source("s"), default: []].append(batch.number)
            received[batch.kind.rawValue, default: []] += batch.ids
        }
        for (source, numbers) in numbers {
            #expect(numbers == Array(1...Int64(numbers.count)), "seed \(seed): \(source)")
        }
        #expect(received == sent, "seed \(seed): not each once and in order")
        let status = try await spool.status()
        #expect(status.waitingItems == 0 && status.waitingBytes == 0, "seed \(seed)")
        #expect(Int(status.forwarded) == sent.values.reduce(0) { $0 + $1.count }, "seed \(seed)")
    }

    @Test func `a batch has at most its items and its bytes, and an item beyond them goes alone`()
        async throws
    {
        let place = try Place()
        var limits = SpoolLimits()
        limits.batchBytes = 1_000
        let spool = try place.spool(limits: limits)
        for padding in [400, 300, 5_000, 100] {
            _ = try await spool.append([try item(id: "p-\(padding)", padding: padding)])
        }
        var batches: [[String]] = []
        while let batch = try await spool.nextBatch() {
            #expect(batch.contents.count == 1 || batch.lines.count <= limits.batchBytes)
            batches.append(batch.ids)
            try await spool.complete(batch, counts(batch.ids.count))
        }
        #expect(batches == [["p-400", "p-300"], ["p-5000"], ["p-100"]])
        let ids = try await spool.append(try (0..<1_001).map { try item(id: "q-\($0)") })
        limits = SpoolLimits()
        await spool.close()
        let wide = try place.spool(limits: limits)
        #expect(try await wide.nextBatch()?.ids == Array(ids.prefix(1_000)))
    }

    @Test func `numbers and names go on after everything was deleted`() async throws {
        let place = try Place()
        var spool = try place.spool()
        let first = try await spool.append([try item()])
        let batch = try #require(try await spool.nextBatch())
        #expect(batch.number == 1 && batch.ids == first)
        try await spool.complete(batch, counts(1))
        // A batch that is complete is not complete again.
        try await spool.complete(batch, counts(1))
        await spool.close()
        spool = try place.spool()
        let second = try await spool.append([try item()])
        #expect(first == ["relay-00000000000000ab-1"] && second == ["relay-00000000000000ab-2"])
        #expect(try await spool.nextBatch()?.number == 2)
        #expect(try await spool.status().counts.accepted == 1)
    }

    @Test func `past its bounds a post is refused whole, and taken when there is room again`()
        async throws
    {
        let place = try Place()
        var limits = SpoolLimits()
        limits.waitingBytes = 2_000
        var spool = try place.spool(limits: limits)
        _ = try await spool.append([try item(id: "a", padding: 1_500)])
        try await spool.checkWritable()
        let large = try item(id: "b", padding: 600)
        #expect(await spoolError { _ = try await spool.append([large]) } == .full)
        await spool.close()
        // What waits is counted after a restart too.
        spool = try place.spool(limits: limits)
        #expect(await spoolError { _ = try await spool.append([large]) } == .full)
        let batch = try #require(try await spool.nextBatch())
        try await spool.complete(batch, counts(1))
        _ = try await spool.append([large])
        limits.queueBytes = 500
        await spool.close()
        limits.waitingBytes = 1 << 20
        spool = try place.spool(limits: limits)
        #expect(await spoolError { _ = try await spool.append([large]) } == .busy)
        #expect(try await spool.status().waitingItems == 1)
    }

    @Test func `the file gives back what a backlog took, and keeps the numbers`() async throws {
        let place = try Place()
        let spool = try place.spool()
        for _ in 0..<20 {
            _ = try await spool.append(try (0..<20).map { _ in try item(padding: 50_000) })
        }
        await spool.close()
        #expect(try place.fileBytes > 20_000_000)
        let again = try place.spool()
        var delivered = 0
        while let batch = try await again.nextBatch() {
            delivered += batch.contents.count
            try await again.complete(batch, counts(batch.contents.count))
        }
        #expect(delivered == 400)
        await again.close()
        #expect(try place.fileBytes < 6_000_000)
        // Nothing that was delivered is left to be read in free pages.
        #expect(try !place.folder.read("spool.db").contains(Array("uxxxxxxxxxx".utf8)))
        let last = try place.spool()
        #expect(try await last.append([try item()]) == ["relay-00000000000000ab-401"])
    }

    @Test func `a spool is open once, has one source, and is nothing else`() async throws {
        let place = try Place()
        let spool = try place.spool(source: "till-7")
        #expect(spool.source == "till-7")
        #expect(await spoolError { _ = try place.spool() } == .inUse)
        await spool.close()
        #expect(await spoolError { _ = try place.spool(source: "till-8") } == .otherSource)
        #expect(try place.spool().source == "till-7")
        let other = try Place()
        #expect(await spoolError { _ = try other.spool(mustExist: true) } == .unavailable)
        try other.folder.write("spool.db", String(repeating: "no database ", count: 100))
        #expect(await spoolError { _ = try other.spool() } == .notASpool)
        let harness = try Harness()
        try await harness.ledger().close()
        #expect(
            await spoolError {
                _ = try Spool(path: harness.path, now: { Place.now }, chance: { 1 })
            } == .notASpool)
    }

    @Test func `a batch that lost an item is not sent under its number`() async throws {
        let place = try Place()
        var spool = try place.spool()
        _ = try await spool.append([try item(), try item()])
        _ = try await spool.nextBatch()
        await spool.close()
        do {
            let connection = try SQLiteConnection(path: place.path, mode: .write)
            try connection.run("DELETE FROM items WHERE item = 2")
        }
        spool = try place.spool()
        #expect(await spoolError { _ = try await spool.nextBatch() } == .damaged)
    }

    @Test func `an item keeps its time and its id, and is given what it lacks`() throws {
        func fixed(_ text: String) throws -> (String, String?) {
            let item = try SpoolItem(
                try JSON.parse(Array(text.utf8)), .outcome, takenAt: Place.now)
            let content = item.id == nil ? item.content(id: "s-1") : item.content
            return (String(decoding: content, as: UTF8.self), item.id)
        }
        let stamp = #""relayed_at":"2026-01-01T00:00:00Z""#
        #expect(try fixed("{}") == ("{\(stamp),\"id\":\"s-1\"}", nil))
        #expect(try fixed(#"{"id":null,"at":null}"#) == ("{\(stamp),\"id\":\"s-1\"}", nil))
        #expect(try fixed(#"{"id":"a"}"#) == ("{\"id\":\"a\",\(stamp)}", "a"))
        #expect(try fixed(#"{"id":"a","at":"x"}"#) == (#"{"id":"a","at":"x"}"#, "a"))
        // Taken by a relay before this one.
        let relayed = #"{"id":"a","relayed_at":"x"}"#
        #expect(try fixed(relayed) == (relayed, "a"))
        #expect(throws: Refusal.self) { try fixed("5") }
        #expect(throws: Refusal.self) { try item(padding: SpoolLimits.itemBytes) }
    }

    @Test func `waits grow, are spread by chance, and end at half a minute`() {
        for seed in 1...50 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var backoff = Backoff()
            for failure in 0..<100 {
                let full = min(30_000, 100 << min(failure, 20))
                let wait = backoff.afterFailure(using: &random)
                #expect((full / 2...full).contains(wait), "seed \(seed), failure \(failure)")
            }
            #expect(backoff.afterFailure(asked: 3_600, using: &random) <= 30_000, "seed \(seed)")
            backoff.reset()
            #expect(backoff.afterFailure(asked: 7, using: &random) == 7_000, "seed \(seed)")
        }
    }
}
