import Foundation
import TestSupport

/// A producer that posts on a connection of its own, and keeps what was not answered until it is.
///
/// Sendable: it is used by one thread at a time, round after round.
final class Producer: @unchecked Sendable {
    private let number: Int
    private let seed: UInt64
    private let books: Books
    private var chance: SeededGenerator
    /// What has no answer yet, in the order in which it was made.
    private var pending: [SentBatch] = []
    private var lastAcknowledged: SentBatch?
    private var made = 0

    /// Every second producer numbers its batches.
    init(_ number: Int, seed: UInt64, books: Books) {
        self.number = number
        self.seed = seed &+ UInt64(number) &* 1_000_003
        self.books = books
        chance = SeededGenerator(seed: self.seed)
    }

    /// So many producers of one seed.
    static func team(_ count: Int, seed: UInt64, books: Books) -> [Producer] {
        (0..<count).map { Producer($0, seed: seed, books: books) }
    }

    /// Posts new batches until so many were made in this run, or the service is gone, or answers
    /// that it cannot write.
    func run(port: Int, batches count: Int = .max) {
        // Without a connection there is nothing to be done until the next run.
        guard let client = try? WireClient(port: port) else { return }
        let end = count == .max ? Int.max : made + count
        do {
            while try settle(by: client), made < end {
                if let batch = lastAcknowledged, chance.below(8) == 0 {
                    _ = try books.post(batch, by: client, isKnown: true)
                } else {
                    pending.append(next())
                }
            }
        } catch {
            // The connection ended: what was on its way stays pending.
        }
    }

    /// Posts what has no answer yet; false where the service cannot take it now.
    func settle(port: Int) -> Bool {
        guard let client = try? WireClient(port: port) else { return false }
        // As above.
        return (try? settle(by: client)) ?? false
    }

    private func settle(by client: WireClient) throws -> Bool {
        while let batch = pending.first {
            // Sent again, cut in two, or twice in a row: the producer does not remember how.
            let way = chance.below(6)
            if way == 0, batch.facts.count > 1 {
                for part in batch.cut(at: 1 + chance.below(batch.facts.count - 1)) {
                    guard try books.post(part, by: client) else { return false }
                }
            } else {
                guard try books.post(batch, by: client) else { return false }
                if way == 1 { _ = try books.post(batch, by: client, isKnown: true) }
            }
            if let number = batch.number { books.acknowledge(number) }
            lastAcknowledged = batch
            pending.removeFirst()
        }
        return true
    }

    /// A producer of the same seed makes the same batch, whatever became of those before it.
    private func next() -> SentBatch {
        made += 1
        var chance = SeededGenerator(seed: seed ^ UInt64(made) << 32)
        let kind = chance.pick(FactKind.allCases)
        let count = chance.below(3) == 0 ? 1 : 1 + chance.below(24)
        var batch = SentBatch.random(
            kind, count: count, units: "visitor-\(number)-\(made)", chance: &chance)
        if number.isMultiple(of: 2) { batch.number = ("till-\(number)", made) }
        return batch
    }
}

extension [Producer] {
    /// Lets all post at once until the service is gone, or each has made so many batches.
    func run(port: Int, batches count: Int = .max) async {
        let producers = self
        await concurrently(producers.count) { producers[$0].run(port: port, batches: count) }
    }

    /// Lets all post what has no answer yet.
    func settle(port: Int) async {
        let producers = self
        await concurrently(producers.count) { _ = producers[$0].settle(port: port) }
    }
}
