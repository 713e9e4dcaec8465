import HoldfastAssignment
import HoldfastFormats
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// The chain of commits: whatever is edited, removed or put in later is found.
@Suite struct ChainTests {
    let harness: Harness
    let catalog: Catalog

    init() throws {
        harness = try Harness()
        catalog = try Harness.catalog("features: {income: number, region: category}")
    }

    /// A ledger with some of everything, in several commits, closed.
    private func filled() async throws {
        let ledger = try await harness.ledger(catalog)
        let reader = harness.reader(catalog)
        for number in 0..<5 {
            let unit = JSON.string("u\(number)")
            let decision = try reader.decision([
                "id": .string("d\(number)"), "experiment": "limits", "unit": unit, "score": -0.0,
                "features": number == 3 ? [:] : ["income": 1.5, "region": "東京"],
            ])
            let exposure = try reader.exposure([
                "experiment": "limits", "unit": unit, "arm": "treatment",
            ])
            let outcome = try reader.outcome([
                "unit": unit, "name": "defaulted", "value": .bool(number == 2),
            ])
            let facts = [Fact.decision(decision), .exposure(exposure), .outcome(outcome)]
            let till = try #require(Name("till"))
            let sequence = BatchNumber(source: till, sequence: Int64(number + 1))
            let receipts = try await ledger.append(facts, number: sequence)
            #expect(receipts.map(\.word) == ["accepted", "accepted", "accepted"])
        }
        await ledger.close()
    }

    @Test func `what was never touched is found as it was sealed`() async throws {
        try await filled()
        let audit = try harness.audit()
        #expect(audit.faults == [])
        #expect(audit.rowCounts == [5, 5, 5, 5, 1, 0, 0])
        #expect(audit.head.number == 6, "the revision's commit, and one a batch")
        #expect(audit.head.lastKeys == [5, 5, 5, 5, 1, 0, 0])
    }

    /// Every column that a commit seals.
    private static let columns = SealedTable.allCases.flatMap { table in
        table.columns.map { (table.name, table.key, $0) }
    }.filter { !["erasures", "forgotten"].contains($0.0) }

    @Test func `an edit of any sealed column is found, and where it is`() async throws {
        try await filled()
        for (table, key, column) in ChainTests.columns {
            let type = try harness.rows(
                "SELECT type FROM pragma_table_info(\(table)) WHERE name = \(column)")
            let other: SQL =
                type == [[.text("TEXT")]] ? "'other'" : type == [[.text("BLOB")]] ? "X'00'" : "77"
            if table == "in_force" { continue }
            let old = try harness.rows(
                "SELECT \(name: column) FROM \(name: table) WHERE \(name: key) = 2")
            // An edit of a column that others refer to is an edit all the same.
            _ = try harness.rows(
                "UPDATE \(name: table) SET \(name: column) = \(other) WHERE \(name: key) = 2")
            let faults = try harness.audit().faults
            #expect(faults.count == 1, "\(table).\(column): \(faults)")
            #expect(faults.first?.detail.contains("\(table) 2–2") == true, "\(table).\(column)")
            _ = try harness.rows(
                "UPDATE \(name: table) SET \(name: column) = \(.value(old[0][0])) WHERE \(name: key) = 2"
            )
            #expect(try harness.audit().faults == [], "\(table).\(column) is as it was")
        }
        #expect(ChainTests.columns.count == 38)
    }

    @Test(arguments: [
        "DELETE FROM exposures WHERE exposure = 3", "DELETE FROM outcomes WHERE outcome = 5",
        "DELETE FROM decisions WHERE decision = 1", "DELETE FROM batches WHERE batch = 5",
        "INSERT INTO outcomes SELECT 6, 'x', unit, name, value, observed_at, received_at, digest, nonce FROM outcomes WHERE outcome = 5",
        "INSERT INTO exposures SELECT 0, 'x', unit, cluster, experiment, arm, exposed_at, received_at, digest, nonce FROM exposures WHERE exposure = 5",
        "UPDATE features_1 SET income = 2 WHERE decision = 1",
        "UPDATE features_1 SET region = NULL WHERE decision = 1",
        "DELETE FROM features_1 WHERE decision = 5",
        "INSERT INTO features_1 (decision, income) VALUES (4, 1)",
        "UPDATE revisions SET catalog = replace(catalog, 'treatment', 'treatments')",
        "UPDATE revisions SET received_at = received_at - 1",
        "UPDATE exposures SET received_at = received_at - 1 WHERE exposure = 4",
        "UPDATE commits SET received_at = received_at + 1 WHERE number = 3",
        "UPDATE commits SET content = zeroblob(32) WHERE number = 4",
        "UPDATE commits SET exposures = exposures + 1 WHERE number = 4",
        "DELETE FROM commits WHERE number = 6", "DELETE FROM commits WHERE number = 2",
        "INSERT INTO erasures SELECT 1, 'outcomes', outcome, zeroblob(32), received_at FROM outcomes WHERE outcome = 2",
    ])
    func `a row that is edited, removed or put in is found`(statement: String) async throws {
        try await filled()
        _ = try harness.rows(SQL(stringLiteral: statement))
        #expect(try !harness.audit().faults.isEmpty)
    }

    @Test func `whoever calculates the chain anew is caught by a head that was noted`() async throws
    {
        try await filled()
        let noted = try harness.audit().head.head
        let ledger = try harness.ledger()
        let outcome = try harness.reader(catalog).outcome(["unit": "u", "name": "n", "value": 1])
        _ = try await ledger.append([.outcome(outcome)])
        #expect(try harness.audit(noted: noted).faults == [], "it grew from there")
        #expect(ChainHead(noted.description) == noted)
        let forged = ChainHead(number: noted.number, chain: String(repeating: "0", count: 64))
        let audit = try harness.audit(noted: forged)
        #expect(audit.faults.map(\.check) == [.chain])
        #expect(!audit.isNotedHeadMet)
        for wrong in ["", "7", "7:", "x:\(noted.chain)", "7:\(noted.chain)0", "-1:\(noted.chain)"] {
            #expect(ChainHead(wrong) == nil, "\(wrong)")
        }
    }

    @Test func `two ledgers on one file write one chain`() async throws {
        let one = try await harness.ledger(catalog)
        let other = try await harness.ledger(catalog)
        let reader = harness.reader(catalog)
        for number in 0..<40 {
            let outcome = try reader.outcome([
                "id": .string("o\(number)"), "unit": "u", "name": "n", "value": 1,
            ])
            let ledger = number % 3 == 0 ? one : other
            #expect(try await ledger.append([.outcome(outcome)]).map(\.word) == ["accepted"])
            let again = number % 3 == 0 ? other : one
            #expect(try await again.append([.outcome(outcome)]).map(\.word) == ["duplicate"])
        }
        #expect(try harness.audit().faults == [])
        #expect(
            try harness.rows("SELECT count(*), max(outcome) FROM outcomes")
                == [[.integer(40), .integer(40)]])
    }

    @Test func `commits are in the order of time though the clock jumps back an hour`() async throws
    {
        let ledger = try await harness.ledger(catalog)
        let reader = harness.reader(catalog)
        for (number, seconds) in [60, -3_600, 1, -7_200, 86_400].enumerated() {
            harness.clock.advance(seconds: Int64(seconds))
            let outcome = try reader.outcome([
                "id": .string("o\(number)"), "unit": "u", "name": "n", "value": 1,
            ])
            _ = try await ledger.append([.outcome(outcome)])
        }
        let received = try harness.rows("SELECT received_at FROM commits ORDER BY number").map {
            guard case .integer(let time) = $0[0] else { return Int64.min }
            return time
        }
        #expect(zip(received, received.dropFirst()).allSatisfy { $0 < $1 })
        #expect(received.last == harness.clock.now.microseconds, "a clock that is right is taken")
        #expect(try harness.audit().faults == [])
    }
}
