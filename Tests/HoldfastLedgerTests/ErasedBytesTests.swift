import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// What is on the disk after a person was forgotten: no byte of the id, and a mark that only the
/// salt can make.
@Suite struct ErasedBytesTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog("features: {region: category}")
    }

    /// The file's bytes and those beside it, its log among them.
    private func contains(_ text: String) throws -> Bool {
        try harness.folder.names.contains {
            try harness.folder.read($0).range(of: Data(text.utf8)) != nil
        }
    }

    /// Facts of many units in an order that splits pages all over the indexes.
    private func facts(_ seed: UInt64, _ persons: [String], count: Int) throws -> [Fact] {
        var chance = SeededGenerator(seed: seed)
        let reader = harness.reader(catalog)
        var facts: [Fact] = []
        for number in 0..<count {
            let id = JSON.string(String(chance.next(), radix: 36) + "-\(number)")
            let unit = JSON.string(
                number % 40 == 0
                    ? chance.pick(persons) : "unit-" + String(chance.next(), radix: 36))
            switch chance.below(3) {
            case 0:
                facts.append(
                    .decision(
                        try reader.decision([
                            "id": id, "experiment": "limits", "unit": unit, "cluster": unit,
                            "features": ["region": unit],
                        ])))
            case 1:
                facts.append(
                    .exposure(
                        try reader.exposure([
                            "id": id, "experiment": "limits", "unit": "somebody", "cluster": unit,
                            "arm": "treatment",
                        ])))
            default:
                facts.append(
                    .outcome(
                        try reader.outcome(["id": id, "unit": unit, "name": "paid", "value": 1])))
            }
        }
        return facts
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `no byte of the id is left in the file, nor in its log`(seed: UInt64) async throws {
        let persons = (0..<3).map { number in
            "person-\(number)-" + String(repeating: "unmistakable-\(number)-", count: 8)
        }
        let ledger = try await harness.ledger(catalog)
        let all = try facts(seed, persons, count: 6_000)
        for start in stride(from: 0, to: all.count, by: 500) {
            let batch = Array(all[start..<(start + 500)])
            let receipts = try await ledger.append(batch)
            #expect(receipts.allSatisfy { $0.word == "accepted" }, "seed \(seed)")
        }
        let refusal = Refusal(code: "malformed", detail: "no", hint: "")
        for person in persons {
            let source = Array("7,\(person),x".utf8)
            _ = try await ledger.append([
                .refused(RefusedItem(kind: .outcome, source: source, refusal: refusal))
            ])
            #expect(try contains(person), "seed \(seed)")
        }
        var erased = 0
        for (number, person) in persons.enumerated() {
            let unit = try #require(UnitID(person))
            let isLast = number == persons.count - 1
            let erasure = try await ledger.forget(unit, isCompacting: isLast)
            #expect(erasure.isLogEmpty && erasure.refusals == 1, "seed \(seed)")
            erased += erasure.decisions + erasure.exposures + erasure.outcomes
        }
        #expect(erased == 6_000 / 40, "seed \(seed)")
        for person in persons { #expect(try !contains(person), "seed \(seed)") }
        // Not a part of it either: pages that were split hold what was cut.
        #expect(try !contains("unmistakable"), "seed \(seed)")
        #expect(try harness.audit().faults == [], "seed \(seed)")
        let rows = ["decisions", "exposures", "outcomes"].map { table -> Int64 in
            guard case .integer(let count)? = try? harness.count(table) else { return -1 }
            return count
        }
        #expect(rows.reduce(0, +) == Int64(6_000 - erased), "others were left alone")
        await ledger.close()
        #expect(try !contains("unmistakable"), "seed \(seed)")
    }

    @Test func `a reader that looks at the rows of before keeps them in the log, and that is said`()
        async throws
    {
        let person = "person-" + String(repeating: "unmistakable-", count: 4)
        let unit = try #require(UnitID(person))
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.append(try facts(3, [person], count: 200))
        let reader = try SQLiteConnection(path: harness.path, mode: .write)
        try reader.run("BEGIN")
        _ = try reader.value("SELECT count(*) FROM outcomes")
        #expect(try await !ledger.forget(unit).isLogEmpty)
        #expect(try contains("unmistakable"))
        try reader.run("COMMIT")
        let again = try await ledger.forget(unit)
        #expect(again.isLogEmpty && again.wasForgotten)
        #expect(try !contains("unmistakable"))
    }

    @Test func `the mark is HMAC-SHA-256 under the salt, of the id behind a word`() async throws {
        let ledger = try await harness.ledger(catalog)
        for text in ["ann", "caf\u{E9} \u{1F600}", String(repeating: "x", count: 1_024)] {
            let unit = try #require(UnitID(text))
            _ = try await ledger.forget(unit, isCompacting: false)
            let script = """
                import hashlib, hmac, sys
                message = b"forgotten/" + sys.argv[2].encode("utf-8")
                print(hmac.new(sys.argv[1].encode(), message, hashlib.sha256).hexdigest())
                """
            let run = try await Program.run(
                "/usr/bin/env", ["python3", "-c", script, Harness.salt, text],
                environment: ["PYTHONUTF8": "1"])
            #expect(run.status == 0, "\(run.errors)")
            let mark = try harness.rows(
                "SELECT lower(hex(mark)) FROM forgotten ORDER BY person DESC LIMIT 1")
            let expected = run.output.trimmingCharacters(in: .newlines)
            #expect(expected.utf8.count == 64 && mark == [[.text(expected)]])
        }
        #expect(try harness.count("forgotten") == .integer(3))
    }
}
