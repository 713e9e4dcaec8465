import Foundation
import HoldfastAssignment
import HoldfastFormats
import HoldfastLedger

/// Appends exposures under random ids, in batches of 1,000 from four tasks, and prints the rate of
/// each million.
///
///     FillLedger LEDGER CATALOG MILLIONS
@main struct FillLedger {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let millions = Int(arguments[3]) else {
            print("usage: FillLedger LEDGER CATALOG MILLIONS")
            return
        }
        let text = try String(contentsOfFile: arguments[2], encoding: .utf8)
        let catalog = try Catalog(files: [(name: "catalog.yaml", text: text)], salt: { _ in nil })
        let start = ContinuousClock.now
        let now: @Sendable () -> Timestamp = {
            let elapsed = start.duration(to: .now).components
            return Timestamp(
                microseconds: 1_772_366_400_000_000 + elapsed.seconds * 1_000_000
                    + elapsed.attoseconds / 1_000_000_000_000)
        }
        let ledger = try Ledger(path: arguments[1], now: now)
        try await ledger.bringIntoForce(catalog, at: now())
        for million in 1...millions {
            let began = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<250 { try await append(1_000, to: ledger, at: now()) }
                    }
                }
                try await group.waitForAll()
            }
            let took = began.duration(to: .now) / .seconds(1)
            print("\(million) \(Int(1e6 / took))")
        }
        await ledger.close()
    }

    private static func append(
        _ count: Int, to ledger: Ledger, at now: Timestamp
    ) async throws {
        var chance = SystemRandomNumberGenerator()
        guard let experiment = Name("credit-limit"), let arm = Name("treatment") else {
            preconditionFailure("both are names")
        }
        let facts = (0..<count).map { _ -> Fact in
            let id = String(chance.next(), radix: 16) + String(chance.next(), radix: 16)
            guard let unit = UnitID("customer-\(chance.next() % 10_000_000)") else {
                preconditionFailure("it is a unit's id")
            }
            return .exposure(
                ExposureFact(
                    id: id, unit: unit, cluster: nil, experiment: experiment, arm: arm, at: now,
                    isTimeStated: true))
        }
        for receipt in try await ledger.append(facts) {
            guard case .accepted = receipt else {
                throw Refusal(code: "\(receipt)", detail: "", hint: "")
            }
        }
    }
}
