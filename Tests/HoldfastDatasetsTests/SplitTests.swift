import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import HoldfastTables
import Testing
import TestSupport

/// No household, and without households no unit, is in two parts.
@Suite struct SplitTests {
    /// How one seed splits.
    private struct Case {
        var catalog: Catalog
        var request: ExportRequest
        var usesCluster: Bool
        var parts: [String]

        init(_ chance: inout SeededGenerator, seed: UInt64) throws {
            usesCluster = chance.below(3) > 0
            let split = chance.pick([
                "split: {train: 80%, eval: 20%}", "split: {train: 50%, eval: 30%, test: 20%}",
                "split: {folds: 2}", "split: {folds: 5}", "split: {folds: 7}",
                "split: {a: 0.0001%, b: 99.9999%}", "split: {a: 33.3333%, b: 66.6667%}",
                "split: {a: 100%}", "split: {a: 50%, none: 0%, b: 50%}",
            ])
            catalog = try simpleCatalog(
                "\(usesCluster ? "cluster: household, " : "")interferes: none, \(split)",
                arms: "[{control: 90%}, {treatment: 10%}]", salt: "split-salt-of-seed-\(seed)")
            let experiment = try #require(catalog[experiment: "limits"])
            parts = experiment.split.map(\.name.text)
            request = ExportRequest(
                catalog: catalog, experiment: "limits", asOf: moment(60),
                observations: chance.pick(ExportRequest.Observations.allCases),
                mode: chance.pick(ExportRequest.Mode.allCases),
                splitFrom: parts.count > 1 && chance.below(2) == 0
                    ? moment(Double(chance.below(40))) : nil)
        }
    }

    @Test func `no cluster and no unit is ever in two parts`() async throws {
        var written = 0
        var splitByTime = 0
        for seed in 0..<60 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let one = try Case(&chance, seed: seed)
            let shop = try await Shop(one.catalog)
            shop.clock.now = moment(50)
            let facts = try (0..<150).map { number in
                // Whoever moves is in two households, and each of those in one part.
                try Shop.decision(
                    one.catalog, "d\(number)", "u\(chance.below(60))",
                    cluster: one.usesCluster ? "h\(chance.below(25))" : nil,
                    at: moment(Double(chance.below(40))), intended: chance.pick([true, false]))
            }
            try await shop.append(facts)
            let manifest = try shop.export(one.request, to: "set")
            var parts: [String: String] = [:]
            for part in manifest.parts {
                var reader = try CSVReader(path: shop.folder.file("set/\(part.file)"))
                let column = one.usesCluster ? "cluster" : "unit"
                let key = try place(of: column, in: reader)
                let time = try place(of: "decided_at", in: reader)
                while try reader.next() {
                    written += 1
                    let id = try reader.text(key)
                    let before = parts.updateValue(part.name, forKey: id) ?? part.name
                    #expect(before == part.name, "seed \(seed): \(id)")
                    guard let from = one.request.splitFrom else { continue }
                    splitByTime += 1
                    // An embargo of one horizon lies between the parts.
                    let at = try Timestamp(rfc3339: try reader.text(time)).microseconds
                    let isFirst = part.name == one.parts.first
                    #expect(
                        isFirst
                            ? at + 3 * hour <= from.microseconds : at >= from.microseconds,
                        "seed \(seed): \(id)")
                }
            }
        }
        #expect(written > 2_000 && splitByTime > 500, "\(written), \(splitByTime)")
    }

    @Test func `the part has nothing to do with the arm`() async throws {
        let catalog = try simpleCatalog("split: {train: 50%, eval: 50%}")
        let shop = try await Shop(catalog)
        try await shop.append(
            try (0..<4_000).map { try Shop.decision(catalog, "d\($0)", "u\($0)", at: moment(0)) })
        let request = ExportRequest(catalog: catalog, experiment: "limits", asOf: moment(9))
        let parts = try shop.export(request, to: "set").parts.map(\.rows)
        let all = Double(parts.reduce(0, +))
        // Of some 2,000 control rows half are in each part, but for four standard deviations.
        #expect(abs(Double(parts[0]) - all / 2) < 2 * all.squareRoot(), "\(parts)")
    }
}
