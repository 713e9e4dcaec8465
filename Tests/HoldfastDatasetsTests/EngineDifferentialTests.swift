import Foundation
import HoldfastAssignment
@testable import HoldfastDatasets
import HoldfastEngines
import HoldfastFormats
import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Random ledgers by SQLite, DuckDB and Spark: the same rows, counts and bytes.
@Suite struct EngineDifferentialTests {
    static let ledgers: UInt64 = 200
    /// Of Spark, whose every statement takes the better part of a second, a few of the ledgers;
    /// where `HOLDFAST_LONG=1` all of them, by two Sparks side by side.
    private static let isLong = ProcessInfo.processInfo.environment["HOLDFAST_LONG"] == "1"
    private static let sparkLedgers: [Range<UInt64>] = isLong ? [0..<100, 100..<ledgers] : [0..<8]

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `DuckDB exports 200 random ledgers as SQLite does`() async throws {
        let folder = try TemporaryFolder()
        let engine = try DuckDBEngine(
            program: EnginePrograms.duckdb, scratch: folder.path, salt: "", threads: 2)
        try await compare(0..<EngineDifferentialTests.ledgers, by: engine).expectSubstance()
    }

    @Test(.enabled(if: EnginePrograms.hasSpark, "\(EnginePrograms.noSpark)"))
    func `Spark exports random ledgers as SQLite does`() async throws {
        let all = try await withThrowingTaskGroup(of: Compared.self) { group in
            for seeds in EngineDifferentialTests.sparkLedgers {
                group.addTask {
                    let folder = try TemporaryFolder()
                    let engine = try SparkEngine(
                        program: EnginePrograms.spark, master: "local[2]",
                        conf: EngineDifferentialTests.small, scratch: folder.path, salt: "")
                    return try await compare(seeds, by: engine)
                }
            }
            return try await group.reduce(into: Compared()) { $0.add($1) }
        }
        all.expectSubstance()
    }

    /// Of a hundred rows, compiling takes longer than counting.
    static let small =
        [
            (name: "spark.sql.shuffle.partitions", value: "2"),
            (name: "spark.sql.adaptive.enabled", value: "false"),
            (name: "spark.sql.codegen.wholeStage", value: "false"),
            (name: "spark.sql.codegen.factoryMode", value: "NO_CODEGEN"),
        ] + (isLong ? [] : EnginePrograms.briefSpark)

    /// What was compared.
    private struct Compared {
        var ledgers = 0
        var rows = 0
        var kept = 0

        mutating func add(_ other: Compared) {
            ledgers += other.ledgers
            rows += other.rows
            kept += other.kept
        }

        /// It was about something.
        func expectSubstance() {
            #expect(rows > 40 * ledgers && kept > 2 * ledgers, "\(kept) of \(rows)")
        }
    }

    /// Exports each ledger by both engines, whatever its gates say.
    private func compare(
        _ seeds: Range<UInt64>, by engine: any SQLEngine
    ) async throws -> Compared {
        var compared = Compared(ledgers: seeds.count)
        for seed in seeds {
            let random = try await RandomShop(seed: seed)
            let place = "seed \(seed), \(random.method), \(random.request.mode)"
            let expected = try random.shop.export(random.request, to: "sqlite")
            try engine.run("SET VARIABLE holdfast_salt = \(random.request.catalog.salt)")
            let ledger = try LedgerReader(path: random.shop.path, salt: random.request.catalog)
            let copy = try LedgerCopy(ledger, engine: engine, experiment: try name("limits"))
            let found = try random.shop.export(random.request, to: "other", from: copy)
            try engine.clear()
            let told = EngineDifferentialTests.told(found)
            for (line, wanted) in zip(told, EngineDifferentialTests.told(expected)) {
                #expect(line == wanted, "\(place)")
            }
            for part in expected.parts {
                let one = try random.shop.text("sqlite/\(part.file)")
                #expect(try random.shop.text("other/\(part.file)") == one, "\(place), \(part.file)")
            }
            #expect(found.engine.name == engine.dialect.rawValue, "\(place)")
            compared.rows += expected.decisionCount
            compared.kept += expected.keptCount
        }
        return compared
    }

    /// The lines of the manifest but for what ran: counts, boxes, gates, digests.
    private static func told(_ manifest: Manifest) -> [Substring] {
        guard case .object(let object) = manifest.json else { return [] }
        let free: Set = ["engine", "sql"]
        return JSON.object(JSONObject(object.members.filter { !free.contains($0.key) }))
            .text(pretty: true).split(separator: "\n")
    }
}
