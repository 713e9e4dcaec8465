import Foundation
import HoldfastFormats
import Testing
import TestSupport

/// A service killed without warning loses nothing that it acknowledged.
@Suite struct KillTests {
    @Test(arguments: [20_261_123] as [UInt64])
    func `killed while producers post, it holds every acknowledged fact once after a restart`(
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let catalog = try folder.write("catalog.yaml", KillTests.catalog)
        let ledger = folder.file("ledger.db")
        let posted = PostedFacts()
        let first = try await ServiceProcess.start(catalog: catalog, ledger: ledger)
        let port = first.port
        let producers = (0..<4).map { number in
            Task { await posted.post(from: number, batches: 200, to: port) }
        }
        // Killed when so many are acknowledged, whatever the speed of the machine: producers share
        // its threads with tests that calculate for minutes.
        let enough = Int.random(in: 200...3_000, using: &random)
        let deadline = ContinuousClock.now + .seconds(300)
        while await posted.facts.acknowledged.count < enough, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(2))
        }
        try await first.kill()
        for producer in producers { await producer.value }
        let before = await posted.facts
        #expect(before.acknowledged.count >= enough, "seed \(seed): too few in five minutes")
        #expect(
            before.acknowledged.count < 4 * 200 * 15,
            "seed \(seed): the kill came after the last batch")

        // After a restart, and before anything is sent again.
        let second = try await ServiceProcess.start(catalog: catalog, ledger: ledger)
        let kept = try await KillTests.ids(in: ledger)
        #expect(kept.count == Set(kept).count, "seed \(seed): a fact is there twice")
        #expect(
            before.acknowledged.subtracting(kept).isEmpty,
            "seed \(seed): an acknowledged fact is lost")
        #expect(Set(kept).isSubset(of: before.sent), "seed \(seed): a fact was never sent")

        // Every batch once more: what was acknowledged is a duplicate, the rest is taken now.
        await posted.repeatAll(to: second.port)
        #expect(try await second.terminate() == 0)
        let after = await posted.facts
        #expect(after.acknowledged == after.sent, "seed \(seed)")
        let found = try await KillTests.ids(in: ledger)
        #expect(found.count == Set(found).count, "seed \(seed): a fact is there twice")
        #expect(Set(found) == after.sent, "seed \(seed): what is found is not what was sent")
    }

    private static let catalog = """
        holdfast: 1
        salt: fault-tests-salt-0001
        experiments:
          front-page:
            unit: visitor
            arms: [{control: 50%}, {treatment: 50%}]
            features: {item_id: category, position: integer}
        """

    /// The ids of all facts, each as often as it is there, by SQLite's own shell.
    private static func ids(in ledger: String) async throws -> [String] {
        let ids = try await Program.sqlite(
            ledger,
            """
            SELECT id FROM decisions UNION ALL SELECT id FROM exposures
            UNION ALL SELECT id FROM outcomes
            """)
        let damage = try await Program.sqlite(ledger, "PRAGMA integrity_check")
        #expect(damage == "ok")
        return ids.split(separator: "\n").map(String.init)
    }
}

/// Producers' own books: what they sent, and what was acknowledged.
private actor PostedFacts {
    private(set) var facts = (acknowledged: Set<String>(), sent: Set<String>())
    private var batches: [(path: String, body: JSON, ids: [String])] = []

    /// Posts batches of five decisions, exposures and outcomes, until the service is gone.
    func post(from producer: Int, batches count: Int, to port: Int) async {
        let client = HTTP(port: port)
        for number in 0..<count {
            for batch in PostedFacts.batch(producer: producer, number: number) {
                batches.append(batch)
                facts.sent.formUnion(batch.ids)
                await send(batch, to: client)
            }
        }
    }

    /// Posts every batch again: what was acknowledged is a duplicate now.
    func repeatAll(to port: Int) async {
        let client = HTTP(port: port)
        for batch in batches { await send(batch, to: client) }
    }

    private func send(
        _ batch: (path: String, body: JSON, ids: [String]), to client: HTTP
    ) async {
        // An error is a batch without an answer: it counts as not acknowledged.
        guard let answer = try? await client.post(batch.path, batch.body), answer.status == 200,
            let json = try? answer.json, json["refused"] == 0
        else { return }
        facts.acknowledged.formUnion(batch.ids)
    }

    private static func batch(
        producer: Int, number: Int
    ) -> [(path: String, body: JSON, ids: [String])] {
        let units = (0..<5).map { "visitor-\(producer)-\(number)-\($0)" }
        func batch(_ path: String, _ kind: String, _ item: (String, String) -> JSON) -> (
            path: String, body: JSON, ids: [String]
        ) {
            let ids = units.map { "\(kind)-\($0)" }
            return (path, .array(zip(ids, units).map(item)), ids)
        }
        return [
            batch("/v1/decisions", "d") { id, unit in
                [
                    "id": .string(id), "experiment": "front-page", "unit": .string(unit),
                    "features": ["item_id": "7", "position": 2],
                ]
            },
            batch("/v1/exposures", "e") { id, unit in
                [
                    "id": .string(id), "experiment": "front-page", "unit": .string(unit),
                    "arm": "treatment",
                ]
            },
            batch("/v1/outcomes", "o") { id, unit in
                ["id": .string(id), "unit": .string(unit), "name": "clicked", "value": true]
            },
        ]
    }
}
