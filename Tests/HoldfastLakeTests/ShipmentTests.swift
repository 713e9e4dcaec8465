import Foundation
import HoldfastAssignment
import HoldfastFormats
import HoldfastLake
@testable import HoldfastLedger
import Testing
import TestSupport

/// What a ledger holds stands in the lake, each fact once, whatever happened on the way.
@Suite struct ShipmentTests {
    let yard: LakeYard

    init() throws {
        yard = try LakeYard()
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `every row of a random ledger reads back as it was, field by field`(
        seed: UInt64
    ) async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 1_500, seed: seed)
        let summary = try await yard.shipment(ledger).run { _ in }
        let counts = try await yard.compare(["node-1": yard.path("ledger")], "seed \(seed)")
        let kinds = summary.rows
        #expect(kinds.filter { $0.key != .batches }.values.reduce(0, +) == 1_500)
        for kind in ShippedKind.allCases {
            #expect(counts[kind.rawValue] == .integer(Int64(kinds[kind] ?? -1)), "\(kind)")
            #expect(kinds[kind] ?? 0 > 0, "seed \(seed) has no \(kind)")
        }
        #expect(counts["files"] == .integer(Int64(summary.files)) && counts["doubles"] == 0)
        #expect(summary.revisions == 1 && summary.leftOut == 0)
        // Nothing new: nothing is written.
        let again = try await yard.shipment(ledger).run { _ in }
        #expect(again.files == 0 && again.rows.values.allSatisfy { $0 == 0 })
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(yard.lake)/_tmp")
        #expect(left.sorted() == ["lock", "lock=node-1"])
    }

    @Test func `no file holds the salt, and documents say what they are to say`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 300, seed: 4)
        _ = try await yard.shipment(ledger).run { _ in }
        for file in try yard.files where file.hasSuffix(".json") {
            let text = String(decoding: try yard.folder.read("lake/\(file)"), as: UTF8.self)
            #expect(!text.contains("lake-tests-salt"), "\(file)")
        }
        func json(_ path: String) throws -> JSON {
            try JSON.parse(Array(try yard.folder.read("lake/\(path)")))
        }
        let revision = try json("revisions/node-1/\(yard.catalog.revision).json")
        #expect(revision["catalog"]?.string == yard.catalog.canonicalText)
        #expect(revision["revision"]?.string == yard.catalog.revision)
        #expect(revision["salt_fingerprint"]?.string == yard.catalog.saltFingerprint)
        let expected: JSON = [
            "age": "integer", "income": "number", "member": "boolean", "region": "category",
        ]
        #expect(try json("features/node-1/limits.json")["features"] == expected)
        #expect(try json("holdfast-lake.json")["holdfastLake"] == 1)
        #expect(try json("nodes/node-1.json")["ledger"]?.string == (try await ledger.identity()))
    }

    @Test func `ranges are bounded, and what comes later goes behind them`() async throws {
        let ledger = try await yard.ledger()
        var shipment = try yard.shipment(ledger)
        shipment.rangeRows = 37
        for seed in 10..<13 as Range<UInt64> {
            try await yard.fill(ledger, 200, seed: seed)
            _ = try await shipment.run { _ in }
            let counts = try await yard.compare(["node-1": yard.path("ledger")], "seed \(seed)")
            #expect(counts["doubles"] == 0)
        }
        for file in try yard.files where file.hasSuffix(".gz") {
            let name = try #require(file.split(separator: "/").last)
            let ends = name.dropLast(".jsonl.gz".count).split(separator: "-").compactMap {
                Int($0)
            }
            #expect(ends.count == 2 && (0..<37).contains(ends[1] - ends[0]), "\(file)")
        }
    }

    /// Progress is told between steps: stopped there, and whatever was done by then, a repeat
    /// writes what is left and nothing twice.
    @Test func `stopped at any step and begun again, it ships everything once`() async throws {
        struct Stop: Error {}
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 400, seed: 20)
        var shipment = try yard.shipment(ledger)
        shipment.rangeRows = 60
        var stops = 0
        for round in 0..<30 {
            let stopper = Stopper(folder: "\(yard.lake)/_tmp/node=node-1", allowed: round)
            do {
                _ = try await shipment.run { _ in stopper.look() }
                break
            } catch {
                // It could not go on: its folder was gone.
                #expect(stopper.hasStopped, "\(error)")
                stops += 1
            }
        }
        #expect(stops > 5)
        _ = try await shipment.run { _ in }
        let counts = try await yard.compare(["node-1": yard.path("ledger")], "after stops")
        #expect(counts["doubles"] == 0)
    }

    @Test func `a range that was on its way is shipped as it was begun`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 100, seed: 30)
        let shipment = try yard.shipment(ledger)
        let node = try #require(Name("node-1"))
        let tip = try await ledger.shippingTip().lastKeys[.outcomes] ?? 0
        _ = try await ledger.intend(
            .outcomes, to: shipment.lake.identity, as: node, upTo: 7, fileFormat: "jsonl")
        // What was intended later does not change it.
        let noted = try await ledger.intend(
            .outcomes, to: shipment.lake.identity, as: node, upTo: tip, fileFormat: "parquet")
        #expect(noted == Shipment(shipped: 0, intended: 7, fileFormat: "jsonl"))
        _ = try await shipment.run { _ in }
        let names = Set(
            try yard.files.filter { $0.hasPrefix("outcomes/") }.compactMap {
                $0.split(separator: "/").last
            })
        func padded(_ key: Int64) -> String { String(String(1_000_000_000_000 + key).dropFirst()) }
        #expect(
            names == [
                "\(padded(1))-\(padded(7)).jsonl.gz", "\(padded(8))-\(padded(tip)).jsonl.gz",
            ])
        try await yard.compare(["node-1": yard.path("ledger")], "begun before")
    }

    @Test func `several nodes ship to one lake, and a name belongs to one ledger`() async throws {
        let one = try await yard.ledger("one")
        let two = try await yard.ledger("two")
        try await yard.fill(one, 200, seed: 40)
        try await yard.fill(two, 200, seed: 41)
        _ = try await yard.shipment(one, as: "node-1").run { _ in }
        let error = await #expect(throws: LakeError.self) {
            _ = try await yard.shipment(two, as: "node-1").run { _ in }
        }
        #expect(error?.message == "another ledger ships under the name node-1")
        _ = try await yard.shipment(two, as: "node-2", identity: "another").run { _ in }
        let counts = try await yard.compare(
            ["node-1": yard.path("one"), "node-2": yard.path("two")], "two nodes")
        #expect(counts["doubles"] == 0)
        let lake = try Lake(path: yard.lake)
        #expect(lake.identity == "made-by-tests")
        let host = try #require(Name("host"))
        #expect(
            try await LakeShipment.node(of: one, in: lake, asked: nil, host: host).text
                == "node-1")
        let new = try await yard.ledger("three")
        #expect(try await LakeShipment.node(of: new, in: lake, asked: nil, host: host) == host)
    }

    @Test func `a ledger that was restored from a backup ships under a new name only`() async throws
    {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 100, seed: 50)
        _ = try LedgerBackup.make(of: yard.path("ledger"), to: yard.path("copy")) { _ in }
        try await yard.fill(ledger, 100, seed: 51)
        _ = try await yard.shipment(ledger).run { _ in }
        let copy = try Ledger(path: yard.path("copy"), now: { [clock = yard.clock] in clock.now })
        try await yard.fill(copy, 200, seed: 52)
        let error = await #expect(throws: LakeError.self) {
            _ = try await yard.shipment(copy).run { _ in }
        }
        #expect(error?.message.contains("was restored from a backup") == true)
        _ = try await yard.shipment(copy, as: "node-1b").run { _ in }
        try await yard.compare(
            ["node-1": yard.path("ledger"), "node-1b": yard.path("copy")], "restored")
    }

    @Test func `what is no lake, or one of a newer format, is refused and left as it is`()
        async throws
    {
        let ledger = try await yard.ledger()
        try FileManager.default.createDirectory(
            atPath: yard.lake, withIntermediateDirectories: false)
        func refused(_ words: String) async {
            let error = await #expect(throws: LakeError.self) {
                _ = try await yard.shipment(ledger).run { _ in }
            }
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
        try yard.folder.write("lake/mine.txt", "of somebody else")
        await refused("the folder is no lake, and holds mine.txt")
        try FileManager.default.removeItem(atPath: "\(yard.lake)/mine.txt")
        let newer = #"{"holdfastLake": 2, "lake": "x", "later": true}"#
        try yard.folder.write("lake/holdfast-lake.json", newer)
        await refused("its format is 2, and this program knows 1")
        #expect(try yard.files == ["holdfast-lake.json"])
        #expect(try yard.folder.read("lake/holdfast-lake.json") == Data(newer.utf8))
        try yard.folder.write("lake/holdfast-lake.json", "{}")
        await refused("does not say what it is")
        #expect(throws: LakeError.self) { _ = try Lake(path: yard.folder.file("none")) }
        #expect(try !yard.folder.names.contains("none"))
    }

    @Test func `two shipments of one node do not run at once`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 500, seed: 60)
        var small = try yard.shipment(ledger)
        small.rangeRows = 50
        let shipment = small
        async let one = shipment.run { _ in }
        async let two = shipment.run { _ in }
        let files = try await one.files + two.files
        let counts = try await yard.compare(["node-1": yard.path("ledger")], "at once")
        #expect(counts["doubles"] == 0 && counts["files"] == .integer(Int64(files)))
    }
}

/// Takes a shipment's folder away at one of its steps, so that it cannot go on.
private final class Stopper: @unchecked Sendable {
    private let folder: String
    private var allowed: Int
    private(set) var hasStopped = false

    init(folder: String, allowed: Int) {
        self.folder = folder
        self.allowed = allowed
    }

    func look() {
        allowed -= 1
        guard allowed < 0, !hasStopped else { return }
        hasStopped = true
        try? FileManager.default.removeItem(atPath: folder)
    }
}
