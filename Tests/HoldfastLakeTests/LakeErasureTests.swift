import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLake
import HoldfastLedger
import Testing
import TestSupport

/// Who is forgotten is gone from every file of the lake, and does not come back.
@Suite struct LakeErasureTests {
    let yard: LakeYard

    init() throws {
        yard = try LakeYard()
    }

    private func erase(_ units: [String]) throws -> LakeErasure.Summary {
        try LakeErasure(
            lake: try Lake(path: yard.lake), catalog: yard.catalog, now: yard.clock.now
        ).run(try units.map { try unitID($0) }) { _ in }
    }

    @Test(arguments: ["c-1", "h-c-1", "é", "a\"b", "back\\slash", "nul\u{0}nul", "unit\":\"c-1"])
    func `an erased unit is in no file, and the others are untouched`(id: String) async throws {
        let ledger = try await yard.ledger()
        let unit = try unitID(id)
        for part in 0..<3 as Range<UInt64> {
            try await yard.fill(ledger, 200, seed: 500 + part)
            _ = try await yard.shipment(ledger).run { _ in }
        }
        let before = try yard.contents
        let erased = try await ledger.forget(unit)
        let summary = try erase([id])
        #expect(summary.rows == erased.decisions + erased.exposures + erased.outcomes)
        #expect(summary.rows > 0 && summary.files > 0 && !summary.wasForgotten)
        let after = try yard.contents
        #expect(before.count { after[$0.key] != $0.value } == summary.files)
        // The ledger without the unit is what the lake holds.
        try await yard.compare(["node-1": yard.path("ledger")], "\(id) erased")
        let again = try erase([id])
        #expect(again.rows == 0 && again.files == 0 && again.wasForgotten)
        #expect(try yard.contents == after)
    }

    @Test func `a later shipment of whatever node leaves the unit out`() async throws {
        let one = try await yard.ledger("one")
        let two = try await yard.ledger("two")
        try await yard.fill(one, 200, seed: 600)
        try await yard.fill(two, 200, seed: 601)
        _ = try await yard.shipment(one, as: "one").run { _ in }
        _ = try erase(["c-1", "h-c-2"])
        for unit in ["c-1", "h-c-2"] { _ = try await one.forget(try unitID(unit)) }
        // The salt alone tells who it is.
        let error = await #expect(throws: LakeError.self) {
            _ = try await yard.shipment(two, as: "two").run { _ in }
        }
        #expect(error?.hint.contains("--catalog") == true)
        var shipment = try yard.shipment(two, as: "two")
        shipment.catalog = yard.catalog
        let summary = try await shipment.run { _ in }
        var gone = 0
        for unit in ["c-1", "h-c-2"] {
            let erased = try await two.forget(try unitID(unit))
            gone += erased.decisions + erased.exposures + erased.outcomes
        }
        #expect(summary.leftOut == gone && gone > 0)
        try await yard.compare(["one": yard.path("one"), "two": yard.path("two")], "left out")
        let marks = try yard.files.filter { $0.hasPrefix("forgotten/") }
        #expect(marks.count == 2)
        for mark in marks {
            let text = String(decoding: try yard.folder.read("lake/\(mark)"), as: UTF8.self)
            #expect(!text.contains("c-1") && !text.contains("c-2"))
        }
    }

    @Test func `stopped between files, it is taken up where it was`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 400, seed: 700)
        _ = try await yard.shipment(ledger).run { _ in }
        _ = try await ledger.forget(try unitID("c-1"))
        struct Stop: Error {}
        let lake = yard.lake
        var rounds = 0
        while rounds < 50 {
            // Where nothing can be written any more it stops.
            var steps = 0
            do {
                _ = try LakeErasure(
                    lake: try Lake(path: lake), catalog: yard.catalog, now: yard.clock.now
                ).run([try unitID("c-1")]) { _ in
                    steps += 1
                    if steps == rounds + 2 {
                        try? FileManager.default.removeItem(atPath: "\(lake)/_tmp/work")
                    }
                }
                break
            } catch { rounds += 1 }
        }
        #expect(rounds > 1)
        try await yard.compare(["node-1": yard.path("ledger")], "taken up")
    }

    @Test func `a damaged file is not written anew`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 300, seed: 800)
        _ = try await yard.shipment(ledger).run { _ in }
        let name = try #require(try yard.files.first { $0.hasPrefix("outcomes/") })
        let bytes = try yard.folder.read("lake/\(name)").dropLast(9)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(yard.lake)/\(name)"))
        #expect(throws: (any Error).self) { _ = try erase(["c-1"]) }
        #expect(try yard.folder.read("lake/\(name)") == Data(bytes))
    }

    @Test func `a member's text is found behind its name only`() {
        func literal(_ line: String) -> String? {
            LakeErasure.literal(behind: Array("\"unit\":".utf8), in: Array(line.utf8)[...])
                .map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(literal(#"{"key":1,"id":"\"unit\":\"x\"","unit":"a\\","f_unit":"b"}"#) == #""a\\""#)
        #expect(literal(#"{"f_unit":"b"}"#) == nil)
        #expect(literal(#"{"unit":null}"#) == nil)
        #expect(literal(#"{"unit":"cut"#) == nil)
        #expect(literal(#"{"unit":"#) == nil)
    }
}

extension LakeYard {
    /// The bytes of every file of rows, by its path.
    var contents: [String: Data] {
        get throws {
            Dictionary(
                uniqueKeysWithValues: try files.filter { $0.contains("/node=") }.map {
                    ($0, try folder.read("lake/\($0)"))
                })
        }
    }
}
