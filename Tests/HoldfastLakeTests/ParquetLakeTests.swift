import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLake
import HoldfastLedger
import Testing
import TestSupport

/// Parquet in a lake holds what JSON Lines hold, through whatever is done to it.
@Suite struct ParquetLakeTests {
    let yard: LakeYard

    init() throws {
        yard = try LakeYard()
    }

    private func ship(_ ledger: Ledger, _ format: LakeFileFormat) async throws {
        var shipment = try yard.shipment(ledger)
        shipment.fileFormat = format
        shipment.duckdb = EnginePrograms.duckdb
        shipment.rangeRows = 90
        _ = try await shipment.run { _ in }
    }

    /// Turns the lake's Parquet to JSON Lines, each file by itself, and holds those against the
    /// ledger.
    private func compare(_ words: String) async throws -> JSON {
        var script = ""
        for file in try yard.files where file.hasSuffix(".parquet") {
            let path = "\(yard.lake)/\(file)"
            let target = path.replacing(".parquet", with: ".jsonl.gz")
            script += """
                COPY (SELECT * FROM read_parquet('\(path)', hive_partitioning = false))
                TO '\(target)' (FORMAT json, COMPRESSION gzip);

                """
        }
        let duckdb = try #require(EnginePrograms.duckdb)
        let run = try await Program.run(duckdb, ["-bail"], input: script)
        #expect(run.status == 0, "\(run.errors)")
        let counts = try await yard.compare(["node-1": yard.path("ledger")], words)
        for file in try yard.files where file.hasSuffix(".parquet") {
            try FileManager.default.removeItem(
                atPath: "\(yard.lake)/\(file.replacing(".parquet", with: ".jsonl.gz"))")
        }
        return counts
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `what is shipped as Parquet reads back as it was`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 600, seed: 1_000)
        try await ship(ledger, .parquet)
        #expect(try yard.files.allSatisfy { !$0.hasSuffix(".gz") })
        #expect(try await compare("Parquet")["doubles"] == 0)
    }

    @Test(.enabled(if: EnginePrograms.hasDuckDB, "\(EnginePrograms.noDuckDB)"))
    func `files of both formats become one of Parquet, and somebody is erased from them`()
        async throws
    {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 300, seed: 1_010)
        try await ship(ledger, .jsonl)
        try await yard.fill(ledger, 300, seed: 1_011)
        try await ship(ledger, .parquet)
        let before = try yard.files
        let summary = try LakeCompaction(
            lake: try Lake(path: yard.lake), before: "9999-12-31", duckdb: EnginePrograms.duckdb
        ).run { _ in }
        #expect(summary.made > 0 && summary.rows > 0)
        let after = try yard.files
        #expect(after.count == before.count - summary.removed + summary.made)
        #expect(try await compare("compacted")["doubles"] == 0)
        var rows = 0
        let units = try ["c-1", "a\"b", "back\\slash", "h-é", "nul\u{0}nul"].map { try unitID($0) }
        for unit in units {
            let erased = try await ledger.forget(unit)
            rows += erased.decisions + erased.exposures + erased.outcomes
        }
        let erasure = try LakeErasure(
            lake: try Lake(path: yard.lake), catalog: yard.catalog, now: yard.clock.now,
            duckdb: EnginePrograms.duckdb
        ).run(units) { _ in }
        #expect(erasure.rows == rows && rows > 0)
        #expect(try await compare("erased")["doubles"] == 0)
    }

    @Test func `without the program it is said which, and the range waits`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 50, seed: 1_020)
        var shipment = try yard.shipment(ledger)
        shipment.fileFormat = .parquet
        shipment.duckdb = "no-such-duckdb"
        do {
            _ = try await shipment.run { _ in }
            Issue.record("it was shipped")
        } catch {
            #expect("\(error)".contains("no-such-duckdb: there is no such program"))
        }
        let noted = try await ledger.shipments(to: shipment.lake.identity)["node-1"]
        #expect(noted?[.decisions]?.shipped == 0 && noted?[.decisions]?.range != nil)
        #expect(try yard.files.allSatisfy { !$0.contains("/node=") || $0.hasPrefix("_tmp") })
    }
}
