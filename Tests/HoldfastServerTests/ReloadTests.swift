import Foundation
import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger
import HoldfastServer
import Testing
import TestSupport

/// Another catalog in force while the service runs.
@Suite struct ReloadTests {
    private static let item: JSON = ["experiment": "offers", "unit": "customer-2"]

    /// The tests' catalog with offers described, which changes the revision and no arm.
    private static func described(_ words: String) throws -> Catalog {
        try Harness.catalog(
            Harness.catalogText.replacing(
                "offers:", with: "offers:\n    description: \(words)"))
    }

    @Test func `a safe change is in force for every route at once, and in the ledger`()
        async throws
    {
        try await Harness.run { harness in
            let first = harness.service.revision
            let catalog = try ReloadTests.described("new words")
            #expect(try await harness.service.reload(catalog) == first)
            #expect(harness.service.revision == catalog.revision)
            let revision = JSON.string(catalog.revision)
            let dealt = try await harness.client.post("/v1/assignments", ReloadTests.item).json
            #expect(dealt["revision"] == revision)
            #expect(try await harness.client.get("/v1/experiments").json["revision"] == revision)
            #expect(try await harness.client.get("/readyz").json["revision"] == revision)
            let flags = try await harness.client.post(
                FlagRouteTests.path, ["context": ["targetingKey": "u"]]
            ).json
            #expect(flags["metadata"]?["revision"] == revision)
            let decided = try await harness.client.post("/v1/decisions", ReloadTests.item).json
            #expect(decided["status"] == "accepted")
            #expect(decided["revision"] == revision)
            #expect(
                try await harness.sql("SELECT count(*) FROM revisions") == "2")
        }
    }

    @Test func `an unsafe change is refused, and what was in force goes on`() async throws {
        try await Harness.run { harness in
            let first = harness.service.revision
            let before = try await harness.client.post("/v1/assignments", ReloadTests.item).body
            let text = Harness.catalogText.replacing(
                "[{control: 5%}, {treatment: 95%}]", with: "[{control: 9%}, {treatment: 91%}]")
            let changed = try Harness.catalog(text)
            #expect(changed.revision != first)
            do {
                _ = try await harness.service.reload(changed)
                Issue.record("an unsafe change was taken")
            } catch let error as LedgerError {
                #expect(error.code == .unsafeChange)
                #expect(error.message.contains("experiment offers"))
                #expect(!error.hint.isEmpty)
            }
            #expect(harness.service.revision == first)
            let after = try await harness.client.post("/v1/assignments", ReloadTests.item).body
            #expect(after == before)
            #expect(try await harness.sql("SELECT count(*) FROM revisions") == "1")
        }
    }

    @Test func `an unsafe change that is accepted by name is taken, and no other`() async throws {
        var options = ServiceOptions()
        options.acceptingUnsafe = [try #require(Name("offers"))]
        try await Harness.run(options: options) { harness in
            let text = Harness.catalogText.replacing(
                "[{control: 5%}, {treatment: 95%}]", with: "[{control: 9%}, {treatment: 91%}]")
            let changed = try Harness.catalog(text)
            _ = try await harness.service.reload(changed)
            #expect(harness.service.revision == changed.revision)
            #expect(
                try await harness.sql("SELECT DISTINCT experiment FROM accepted_changes")
                    == "offers")
            let other = try Harness.catalog(
                text.replacing(
                    "[{control: 50%}, {treatment: 50%}]", with: "[{control: 40%}, {treatment: 60%}]"
                ))
            await #expect(throws: LedgerError.self) { try await harness.service.reload(other) }
            #expect(harness.service.revision == changed.revision)
        }
    }

    @Test func `what was accepted once is no leave for the change after it`() async throws {
        var options = ServiceOptions()
        options.acceptingUnsafe = [try #require(Name("offers"))]
        try await Harness.run(options: options) { harness in
            func catalog(_ control: Int) throws -> Catalog {
                try Harness.catalog(
                    Harness.catalogText.replacing(
                        "[{control: 5%}, {treatment: 95%}]",
                        with: "[{control: \(control)%}, {treatment: \(100 - control)%}]"))
            }
            _ = try await harness.service.reload(try catalog(9))
            await #expect(throws: LedgerError.self) {
                try await harness.service.reload(try catalog(50))
            }
            #expect(harness.service.revision == (try catalog(9)).revision)
        }
    }

    @Test func `an arm of the past is still known after a reload`() async throws {
        var options = ServiceOptions()
        options.acceptingUnsafe = [try #require(Name("offers"))]
        try await Harness.run(options: options) { harness in
            // Without offers: its late exposures still contaminate.
            let text = String(
                Harness.catalogText.prefix(
                    upTo: try #require(Harness.catalogText.range(of: "  offers:")).lowerBound))
            _ = try await harness.service.reload(try Harness.catalog(text))
            let exposure: JSON = ["experiment": "offers", "unit": "u", "arm": "treatment"]
            #expect(try await harness.client.post("/v1/exposures", exposure).status == 200)
            #expect(
                try await harness.client.post("/v1/assignments", ReloadTests.item).status == 404)
        }
    }

    @Test func `requests that run while catalogs change are each answered by one of them`()
        async throws
    {
        try await Harness.run { harness in
            let catalogs = try (0..<4).map { try ReloadTests.described("number \($0)") }
            let known = Set(catalogs.map(\.revision) + [harness.service.revision])
            try await withThrowingTaskGroup { group in
                for worker in 0..<4 {
                    group.addTask {
                        for number in 0..<40 {
                            let items = JSON.array(
                                (0..<20).map {
                                    [
                                        "experiment": "offers",
                                        "unit": .string("u-\(worker)-\(number)-\($0)"),
                                    ]
                                })
                            let path = number % 2 == 0 ? "/v1/assignments" : "/v1/decisions"
                            let answer = try await harness.client.post(path, items).json
                            let revisions = Set(
                                answer["results"]?.array?.map { $0["revision"]?.string ?? "none" }
                                    ?? [])
                            #expect(revisions.count == 1)
                            #expect(revisions.isSubset(of: known))
                        }
                    }
                }
                group.addTask {
                    for round in 0..<40 {
                        _ = try await harness.service.reload(catalogs[round % 4])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await harness.count("decisions") == 4 * 20 * 20)
        }
    }
}
