import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLake
import HoldfastLedger
import Testing
import TestSupport

/// Compaction changes files and no row, wherever it is cut short.
@Suite struct CompactionTests {
    let yard: LakeYard

    init() throws {
        yard = try LakeYard()
    }

    /// A ledger that was shipped in many small files.
    private func shipped(_ seed: UInt64) async throws -> Ledger {
        let ledger = try await yard.ledger()
        for part in 0..<4 as Range<UInt64> {
            try await yard.fill(ledger, 150, seed: seed + part)
            _ = try await yard.shipment(ledger).run { _ in }
        }
        return ledger
    }

    private func compact(before day: String = "9999-12-31") throws -> LakeCompaction.Summary {
        try LakeCompaction(lake: try Lake(path: yard.lake), before: day).run { _ in }
    }

    @Test(arguments: [100] as [UInt64])
    func `a folder becomes one file with every row once`(seed: UInt64) async throws {
        let ledger = try await shipped(seed)
        let before = try yard.files.filter { $0.hasSuffix(".gz") }
        let summary = try compact()
        let after = try yard.files.filter { $0.hasSuffix(".gz") }
        #expect(after.count < before.count)
        #expect(after.count == before.count - summary.removed + summary.made)
        #expect(Set(after.map { LakeFolder.parent(of: $0) }).count == after.count)
        let counts = try await yard.compare(["node-1": yard.path("ledger")], "compacted")
        #expect(counts["doubles"] == 0)
        #expect(try compact() == LakeCompaction.Summary())
        // It goes on: later shipments come beside, and are merged as well.
        try await yard.fill(ledger, 100, seed: seed + 9)
        _ = try await yard.shipment(ledger).run { _ in }
        #expect(try compact().made > 0)
        try await yard.compare(["node-1": yard.path("ledger")], "compacted again")
    }

    @Test func `days from the one that is named on are left alone`() async throws {
        _ = try await shipped(200)
        let before = try yard.files
        #expect(try compact(before: "1860-01-01").folders == 0)
        #expect(try yard.files == before)
        let day = LakeDay.text(20_001)
        _ = try compact(before: day)
        let isLater = { (name: String) in
            name.split(separator: "/").contains { $0.hasPrefix("day=") && $0.dropFirst(4) >= day }
        }
        #expect(try yard.files.filter(isLater) == before.filter(isLater))
    }

    @Test func `cut short between the new file and the old ones, nothing is lost`() async throws {
        _ = try await shipped(300)
        let manager = FileManager.default
        let names = try yard.files.filter { $0.hasSuffix(".gz") }
        let kept = yard.folder.file("kept")
        try manager.copyItem(atPath: yard.lake, toPath: kept)
        _ = try compact()
        // As it would stand if none, or every second, of the old files had been removed.
        for step in [1, 2] {
            for (index, name) in names.enumerated() where index % step == 0 {
                let path = "\(yard.lake)/\(name)"
                guard !manager.fileExists(atPath: path) else { continue }
                try manager.copyItem(atPath: "\(kept)/\(name)", toPath: path)
            }
            let cut = try await yard.compare(["node-1": yard.path("ledger")], "cut short")
            #expect(cut["doubles"] != 0)
            #expect(try compact().made == 0)
            let counts = try await yard.compare(["node-1": yard.path("ledger")], "taken up")
            #expect(counts["doubles"] == 0)
        }
    }

    @Test func `a range that was begun, and compacted meanwhile, is not shipped beside it`()
        async throws
    {
        let ledger = try await shipped(400)
        try await yard.fill(ledger, 200, seed: 409)
        // All of its files are in their places, and the ledger does not know it yet.
        let copy = yard.folder.file("before.db")
        _ = try LedgerBackup.make(of: yard.path("ledger"), to: copy) { _ in }
        _ = try await yard.shipment(ledger).run { _ in }
        await ledger.close()
        _ = try compact()
        _ = try LedgerBackup.restore(copy, to: yard.path("ledger"), replacing: true) { _ in }
        let again = try Ledger(
            path: yard.path("ledger"), now: { [clock = yard.clock] in clock.now })
        let shipment = try yard.shipment(again)
        let tip = try await again.shippingTip().lastKeys
        for kind in ShippedKind.allCases {
            _ = try await again.intend(
                kind, to: shipment.lake.identity, as: shipment.node, upTo: tip[kind] ?? 0,
                fileFormat: "jsonl")
        }
        _ = try await shipment.run { _ in }
        let counts = try await yard.compare(["node-1": yard.path("ledger")], "begun")
        #expect(counts["doubles"] == 0)
    }

    @Test func `files are parted by their keys`() throws {
        func file(_ first: Int64, _ last: Int64, _ format: LakeFileFormat = .jsonl) -> LakeFile {
            LakeFile(folder: "f", keys: first...last, format: format)
        }
        let whole = [file(1, 9), file(10, 20)]
        #expect(LakeCompaction.parted(whole, preferring: .jsonl).covered == [])
        let left = [file(1, 20), file(1, 9), file(10, 20), file(30, 40)]
        let (kept, covered) = LakeCompaction.parted(left, preferring: .jsonl)
        #expect(kept == [left[0], left[3]] && covered == [left[1], left[2]])
        let both = [file(1, 9), file(1, 9, .parquet)]
        #expect(LakeCompaction.parted(both, preferring: .parquet).whole == [both[1]])
        #expect(LakeCompaction.parted(both.reversed(), preferring: .parquet).whole == [both[1]])
    }

    @Test func `only names of ours are files of rows`() {
        let name = "000000000001-000000000512.jsonl.gz"
        let file = LakeFile(folder: "f", name: name)
        #expect(file?.keys == 1...512 && file?.format == .jsonl && file?.name == name)
        #expect(
            LakeFile(folder: "f", name: "1234567890123-1234567890123.parquet")?.keys.count == 1)
        for other in [
            "", "1-2.jsonl.gz", "000000000003-000000000002.parquet", "000000000001.parquet",
            "000000000001-000000000002.csv", ".000000000001-000000000002.parquet",
            "000000000000-000000000002.parquet", "0000000000001-0000000000002.parquet",
            "000000000001-000000000002.parquet.crc", "00000000000+1-000000000002.parquet",
        ] {
            #expect(LakeFile(folder: "f", name: other) == nil, "\(other)")
        }
        #expect(LakeDay.text(-1) == "1969-12-31" && LakeDay.text(20_483) == "2026-01-30")
    }
}
