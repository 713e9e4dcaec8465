import Foundation
import HoldfastAssignment
import HoldfastFormats
import HoldfastLake
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// What is taken out of a ledger stands in the lake, and the ledger stays what it was otherwise.
@Suite struct RetentionTests {
    let yard: LakeYard

    init() throws {
        yard = try LakeYard()
    }

    private func count(_ table: String, where condition: SQL = "1 = 1") throws -> Int {
        let reader = try LedgerReader(path: yard.path("ledger"), salt: nil)
        guard
            case .integer(let count) = try reader.connection.value(
                "SELECT COUNT(*) FROM \(name: table) WHERE \(condition)")
        else { return -1 }
        return Int(count)
    }

    private func verify() throws -> [LedgerFault] {
        let reader = try LedgerReader(path: yard.path("ledger"), salt: nil)
        return try LedgerVerification(reader, noted: nil) { _ in }.faults
    }

    @Test func `nothing goes that is not shipped, and nothing that is young`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 300, seed: 900)
        let soon = yard.clock.now
        // Nothing was ever shipped.
        var retention = try await ledger.takeOut(receivedBefore: .init(microseconds: .max)) { _ in }
        #expect(retention.taken.values.allSatisfy { $0 == 0 })
        #expect(retention.waiting == 300 && retention.kept == 0)
        _ = try await yard.shipment(ledger).run { _ in }
        yard.clock.advance(seconds: 100)
        try await yard.fill(ledger, 200, seed: 901)
        _ = try LedgerBackup.make(of: yard.path("ledger"), to: yard.path("copy")) { _ in }
        // The young ones are shipped too, and stay.
        _ = try await yard.shipment(ledger).run { _ in }
        let cut = Timestamp(microseconds: soon.microseconds + 50_000_000)
        retention = try await ledger.takeOut(receivedBefore: cut) { _ in }
        let taken = retention.taken.values.reduce(0, +)
        #expect(taken + retention.kept == 300 && retention.waiting == 0)
        #expect(taken > 200)
        var left = 0
        for table in ["decisions", "exposures", "outcomes"] {
            left += try count(table)
            let old = try count(table, where: "received_at < \(cut.microseconds)")
            #expect(table != "outcomes" || old == 0)
        }
        #expect(left == 500 - taken)
        #expect(try verify() == [])
        // What is gone is in the lake: it holds what the ledger had.
        try await yard.compare(["node-1": yard.path("copy")], "retained")
        #expect(
            try LedgerReader(path: yard.path("ledger"), salt: nil).retentionBoundary()
                == RetentionBoundary(receivedBefore: cut))
        // It goes on as before.
        try await yard.fill(ledger, 100, seed: 902)
        let later = try await yard.shipment(ledger).run { _ in }
        #expect(later.rows.filter { $0.key != .batches }.values.reduce(0, +) == 100)
        let again = try await ledger.takeOut(receivedBefore: cut) { _ in }
        #expect(again.taken.values.allSatisfy { $0 == 0 } && again.kept == retention.kept)
        #expect(try verify() == [])
    }

    @Test func `a unit keeps its cluster when its facts are gone`() async throws {
        let ledger = try await yard.ledger()
        func decide(_ id: String, _ unit: String, _ cluster: String) async throws -> Receipt {
            let assignment = try yard.catalog.assign(
                Candidate(
                    unit: try unitID(unit), cluster: try unitID(cluster)),
                in: "limits", at: yard.clock.now)
            let fact = DecisionFact(
                id: id, unit: try unitID(unit), cluster: try unitID(cluster),
                assignment: assignment, at: yard.clock.now, isTimeStated: true,
                features: [
                    LoggedFeature(name: try #require(Name("age")), value: .integer(1))
                ], isClustered: true)
            return try await ledger.append([.decision(fact)])[0]
        }
        func expose(_ id: String, _ unit: String, _ cluster: String) async throws {
            let fact = ExposureFact(
                id: id, unit: try unitID(unit), cluster: try unitID(cluster),
                experiment: try #require(Name("limits")), arm: try #require(Name("control")),
                at: yard.clock.now, isTimeStated: true)
            _ = try await ledger.append([.exposure(fact)])
        }
        for number in 1...3 { _ = try await decide("d\(number)", "u", "h") }
        for number in 1...3 { try await expose("e\(number)", "v", "h") }
        try await expose("e4", "u", "h")
        _ = try await yard.shipment(ledger).run { _ in }
        yard.clock.advance(seconds: 10)
        let retention = try await ledger.takeOut(receivedBefore: yard.clock.now) { _ in }
        #expect(retention.taken[.decisions] == 2 && retention.taken[.exposures] == 3)
        #expect(retention.kept == 2)
        #expect(try count("decisions") == 1 && count("features_1") == 1)
        for unit in ["u", "v"] {
            guard case .refused(let refusal) = try await decide("new-\(unit)", unit, "other")
            else {
                Issue.record("\(unit) is in another cluster now")
                continue
            }
            #expect(refusal.code == "cluster_changed")
        }
        #expect(try verify() == [])
    }

    @Test func `facts wait for every lake to which the ledger ships`() async throws {
        let ledger = try await yard.ledger()
        try await yard.fill(ledger, 100, seed: 910)
        let node = try #require(Name("node-1"))
        _ = try await ledger.intend(
            .outcomes, to: "another lake", as: node, upTo: 5, fileFormat: "jsonl")
        try await ledger.arrived(
            .outcomes, in: "another lake", as: node, upTo: 5, at: yard.clock.now)
        _ = try await yard.shipment(ledger).run { _ in }
        let outcomes = try count("outcomes")
        yard.clock.advance(seconds: 100)
        let retention = try await ledger.takeOut(receivedBefore: yard.clock.now) { _ in }
        #expect(retention.taken[.outcomes] == 5 && retention.taken[.decisions] == 0)
        #expect(retention.waiting == 95 && outcomes > 5)
    }
}
