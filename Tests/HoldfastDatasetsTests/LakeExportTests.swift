import Foundation
import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastEngines
import HoldfastFormats
import HoldfastLake
import HoldfastLedger
import HoldfastReports
import HoldfastSQL
import Testing
import TestSupport

/// Several ledgers that ship to one lake give the set that one ledger gives that has it all.
@Suite struct LakeExportTests {
    /// A ledger of all facts, and three of a third each, to which some came twice: an answer that
    /// was lost, and a retry at another node.
    private struct Town {
        let one: Shop
        let nodes: [Shop]
        let request: ExportRequest
        let lake: Lake

        init(seed: UInt64, format: LakeFileFormat, shipments: Int) async throws {
            // The other experiment has the same households, and its decisions say who is in which.
            let catalog = try ReproducibilityTests.catalog(promo: ", cluster: household")
            let promo = try (0..<100).map { number in
                try Shop.decision(
                    catalog, "p\(number)", "u\(number)", cluster: "h\(number / 2)",
                    at: moment(Double(number % 20)), in: "promo")
            }
            let facts = try ReproducibilityTests.facts(catalog) + promo
            var chance = SeededGenerator(seed: seed)
            one = try await Shop(catalog)
            nodes = [
                try await Shop(catalog), try await Shop(catalog), try await Shop(catalog),
            ]
            request = try ReproducibilityTests.request(catalog, one)
            lake = try Lake(path: one.folder.file("lake"), making: "lake-\(seed)")
            var rest = facts.shuffled(using: &chance)[...]
            var now = moment(25)
            let size = facts.count / shipments + 1
            while !rest.isEmpty {
                for fact in rest.prefix(size) {
                    now = Timestamp(microseconds: now.microseconds + 1)
                    let node = chance.below(3)
                    var places = [one, nodes[node]]
                    if chance.below(10) == 0 { places.append(nodes[(node + 1) % 3]) }
                    for place in places {
                        place.clock.now = now
                        try await place.append([fact])
                    }
                }
                rest = rest.dropFirst(size)
                for (index, node) in nodes.enumerated() {
                    let shipment = LakeShipment(
                        ledger: node.ledger, lake: lake, node: try name("node-\(index)"),
                        now: { [now] in now })
                    var turned = shipment
                    turned.fileFormat = format
                    turned.duckdb = EnginePrograms.duckdb
                    _ = try await turned.run { _ in }
                }
            }
        }

        func export(by engine: any SQLEngine, to folder: String) throws -> Manifest {
            try engine.run("SET VARIABLE holdfast_salt = \(request.catalog.salt)")
            // As one names it from where we run: engines run in folders of their own.
            let steps = FileManager.default.currentDirectoryPath.split(separator: "/")
            let relative = steps.map { _ in ".." }.joined(separator: "/") + lake.path
            let reader = try LakeReader(
                try Lake(path: relative), engine: engine, experiment: try name("limits"),
                catalog: request.catalog)
            #expect(reader.nodes == ["node-0", "node-1", "node-2"])
            #expect(reader.conflicts.values.allSatisfy { $0 == 0 }, "\(reader.conflicts)")
            #expect(Set(reader.dealt.map(\.node)).count == 3)
            let manifest = try Export.run(
                request, from: reader, to: one.folder.file(folder), report: ManifestHTML.render)
            try engine.clear()
            return manifest
        }

        func compare(by engine: any SQLEngine) throws {
            let expected = try Export.run(
                request, ledger: one.path, to: one.folder.file("one"), report: ManifestHTML.render)
            let found = try export(by: engine, to: "lake-set")
            #expect(found.decisionCount == expected.decisionCount)
            #expect(found.audit.weights == expected.audit.weights)
            for file in ["train.csv", "eval.csv", "croissant.json", "datapackage.json"] {
                let text = try one.text("one/\(file)")
                #expect(text.utf8.count > 1_000, "\(file)")
                #expect(try one.text("lake-set/\(file)") == text, "\(file)")
            }
        }
    }

    @Test(
        .enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"),
        arguments: LakeFileFormat.allCases)
    func `three nodes and one lake give DuckDB the set of one ledger`(
        format: LakeFileFormat
    ) async throws {
        let town = try await Town(seed: 1, format: format, shipments: 3)
        let engine = try DuckDBEngine(
            program: EnginePrograms.duckdb, scratch: town.one.folder.path, salt: "", threads: 2)
        try town.compare(by: engine)
    }

    @Test(.enabled(if: EnginePrograms.hasSpark, "\(EnginePrograms.noSpark)"))
    func `three nodes and one lake give Spark the set of one ledger`() async throws {
        let engine = try SparkEngine(
            program: EnginePrograms.spark, master: "local[2]", conf: EngineDifferentialTests.small,
            scratch: NSTemporaryDirectory(), salt: "")
        for format in LakeFileFormat.allCases {
            let town = try await Town(seed: 2, format: format, shipments: 2)
            try town.compare(by: engine)
        }
    }
}
