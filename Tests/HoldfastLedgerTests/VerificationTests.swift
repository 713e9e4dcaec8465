import Foundation
import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// Each look at a ledger finds what it is for, and a damaged file is a finding.
@Suite struct VerificationTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog("features: {region: category}")
    }

    /// A closed ledger of 400 decisions, exposures and outcomes, in 41 commits, numbered.
    private func filled() async throws {
        let ledger = try await harness.ledger(catalog)
        let reader = harness.reader(catalog)
        let till = try #require(Name("till"))
        for batch in 0..<40 {
            var facts: [Fact] = []
            for number in (batch * 10)..<(batch * 10 + 10) {
                let (id, unit) = (JSON.string("id-\(number)"), JSON.string("unit-\(number)"))
                facts += [
                    .decision(
                        try reader.decision([
                            "id": id, "experiment": "limits", "unit": unit,
                            "features": ["region": "kanto"],
                        ])),
                    .exposure(
                        try reader.exposure([
                            "id": id, "experiment": "limits", "unit": unit, "arm": "treatment",
                        ])),
                    .outcome(
                        try reader.outcome(["id": id, "unit": unit, "name": "n", "value": 1])),
                ]
            }
            _ = try await ledger.append(
                facts, number: BatchNumber(source: till, sequence: Int64(batch + 1)))
        }
        await ledger.close()
    }

    private func verify(noted: ChainHead? = nil) throws -> LedgerVerification {
        let reader = try LedgerReader(path: harness.path, salt: nil)
        return try LedgerVerification(reader, noted: noted) { _ in }
    }

    private func tamper(_ sql: SQL) throws {
        let connection = try SQLiteConnection(path: harness.path, mode: .write)
        try connection.run("PRAGMA foreign_keys = OFF")
        try connection.run(sql)
    }

    @Test func `a ledger that nobody touched is sound, and its rows are counted`() async throws {
        try await filled()
        var said: [String] = []
        let reader = try LedgerReader(path: harness.path, salt: nil)
        let verification = try LedgerVerification(reader, noted: nil) { said.append($0) }
        #expect(verification.faults == [] && verification.faultCount == 0)
        #expect(verification.isSealed && verification.head.number == 41)
        let rows = Dictionary(
            verification.rows.map { ($0.table, $0.count) }, uniquingKeysWith: { $1 })
        let expected: [String: Int64] = [
            "decisions": 400, "exposures": 400, "outcomes": 400, "batches": 40, "in_force": 1,
            "erasures": 0, "forgotten": 0,
        ]
        #expect(rows == expected)
        #expect(said.count >= 2)
        #expect(try verify(noted: verification.head).faults == [])
    }

    @Test func `rows that were erased count as the chain covers them`() async throws {
        try await filled()
        let ledger = try await harness.ledger(catalog)
        _ = try await ledger.forget(try #require(UnitID("unit-7")))
        let verification = try verify()
        #expect(verification.faults == [])
        let rows = verification.rows.map(\.count)
        #expect(rows == [400, 400, 400, 40, 1, 3, 1])
        #expect(try harness.count("decisions") == .integer(399))
    }

    @Test(arguments: ["decisions", "decisions_id", "outcomes_unit", "exposures", "commits"])
    func `a page that was zeroed is found, and the other checks go on`(name: String) async throws {
        try await filled()
        let root = try harness.rows(
            "SELECT rootpage FROM sqlite_master WHERE name = \(name)")
        guard case .integer(let page)? = root.first?.first else {
            throw MissingFixture("there is no \(name)")
        }
        var bytes = try harness.folder.read("ledger.db")
        SQLitePages.zero(Int(page), in: &bytes)
        try bytes.write(to: URL(fileURLWithPath: harness.path))
        // What is left of a chain may be so little that another look is needed to tell: one fault.
        let faults = try verify().faults
        #expect(faults.contains { $0.check == .integrity }, "\(name): \(faults)")
        if name == "decisions" || name == "commits" {
            #expect(faults.contains { $0.check == .chain }, "\(name): \(faults)")
        }
    }

    @Test func `a file that lost its end cannot be opened, and that is said with what to do`()
        async throws
    {
        try await filled()
        let bytes = try harness.folder.read("ledger.db")
        let cut = bytes.prefix(bytes.count - 8_192)
        try cut.write(to: URL(fileURLWithPath: harness.path))
        let error = await ledgerError { _ = try verify() }
        #expect(error?.code == .notALedger)
        #expect(error?.message.contains("is damaged") == true)
        #expect(error?.hint.contains("restore a backup") == true)
        #expect(try harness.folder.read("ledger.db") == cut)
    }

    @Test(
        arguments: [
            (
                "UPDATE in_force SET revision = 'r0000000000000000'", LedgerFault.Check.references,
                "in_force: the row 1 refers to a row of revisions"
            ),
            (
                "UPDATE decisions SET revision = 'r0' WHERE decision = 17", .references,
                "decisions: the row 17 refers to a row of revisions"
            ),
            (
                "DELETE FROM decisions WHERE decision = 9", .references,
                "features_1: the row 9 refers to a row of decisions"
            ),
            (
                "UPDATE exposures SET arm = 'nope' WHERE exposure IN (30, 40)", .references,
                "exposures: 2 rows, the first 30, name an experiment or an arm"
            ),
            (
                "UPDATE decisions SET experiment = 'nope' WHERE decision = 300", .references,
                "decisions: 1 rows, the first 300, name an experiment"
            ),
            (
                "UPDATE sources SET batch_count = 39", .references,
                "sources: what is counted of till is not what arrived"
            ),
            ("UPDATE sources SET last_sequence = 41", .references, "sources: what is counted"),
            ("DELETE FROM sources", .references, "sources: what is counted of till"),
            (
                "INSERT INTO sources VALUES ('other', 1, 1, 1)", .references,
                "sources: what is counted of other"
            ),
            ("UPDATE outcomes SET value = 0 WHERE outcome = 5", .chain, "outcomes 1–10"),
            ("DELETE FROM outcomes WHERE outcome = 400", .chain, "commit 41 of"),
            (
                "UPDATE revisions SET catalog = '{}'", .references,
                "a kept revision cannot be read"
            ),
        ] as [(String, LedgerFault.Check, String)])
    func `each check finds what it is for`(
        statement: String, check: LedgerFault.Check, words: String
    ) async throws {
        try await filled()
        try tamper(SQL(stringLiteral: statement))
        let verification = try verify()
        let details = verification.faults.filter { $0.check == check }.map(\.detail)
        #expect(details.contains { $0.contains(words) }, "\(verification.faults)")
        #expect(verification.faultCount >= verification.faults.count)
        // No fault may tell whose rows they are.
        for fault in verification.faults { #expect(!fault.detail.contains("unit-")) }
    }

    @Test func `a head that was noted and is not met is a fault`() async throws {
        try await filled()
        let head = try verify().head
        let ledger = try harness.ledger()
        let outcome = try harness.reader(catalog).outcome(["unit": "u", "name": "n", "value": 1])
        _ = try await ledger.append([.outcome(outcome)])
        #expect(try verify(noted: head).faults == [], "the chain went on from there")
        let later = ChainHead(number: head.number + 5, chain: head.chain)
        let faults = try verify(noted: later).faults
        #expect(faults.map(\.check) == [.chain])
        #expect(faults[0].detail.contains("does not pass through 46:"))
    }

    @Test func `more faults than are told are counted`() async throws {
        try await filled()
        for _ in 0..<3 {
            let ledger = try harness.ledger()
            for number in 0..<40 {
                let outcome = try harness.reader(catalog).outcome([
                    "unit": "u", "name": "n", "value": .integer(Int64(number)),
                ])
                _ = try await ledger.append([.outcome(outcome)])
            }
            await ledger.close()
            harness.clock.advance(seconds: 1)
        }
        try tamper("UPDATE outcomes SET value = 99")
        let verification = try verify()
        #expect(verification.faults.count == LedgerFault.limit)
        #expect(verification.faultCount == 160, "40 commits of ten, 120 of one")
    }

    @Test(arguments: [1, 2]) func `a ledger of an older format says that it has no chain`(
        format: Int
    ) async throws {
        let bytes = try Repository.bytes(
            "Tests/HoldfastLedgerTests/Golden/ledger-format-\(format).sqlite")
        try Data(bytes).write(to: URL(fileURLWithPath: harness.path))
        let verification = try verify()
        #expect(!verification.isSealed && verification.rows.isEmpty)
        #expect(verification.faults == [])
        #expect(verification.head == Commit.origin.head)
        #expect(try harness.folder.read("ledger.db") == Data(bytes), "nothing was written")
        try tamper("UPDATE exposures SET arm = 'nope'")
        #expect(try verify().faults.map(\.check) == [.references])
    }

    @Test func `a head that is noted is asked of an older format in vain`() async throws {
        let bytes = try Repository.bytes(
            "Tests/HoldfastLedgerTests/Golden/ledger-format-2.sqlite")
        try Data(bytes).write(to: URL(fileURLWithPath: harness.path))
        let noted = ChainHead(number: 3, chain: String(repeating: "a", count: 64))
        #expect(try verify(noted: noted).faults.map(\.check) == [.chain])
    }
}
