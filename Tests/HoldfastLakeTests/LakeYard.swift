import Foundation
import HoldfastAssignment
import HoldfastFormats
import HoldfastLake
import HoldfastLedger
import Testing
import TestSupport

/// A ledger of random facts and a lake, in a folder of their own.
final class LakeYard: Sendable {
    let folder: TemporaryFolder
    let clock: ManualClock
    let catalog: Catalog

    static let start = "2026-03-01T00:00:00Z"

    init() throws {
        folder = try TemporaryFolder()
        clock = try ManualClock(LakeYard.start)
        catalog = try LakeYard.catalog()
    }

    static func catalog(
        salt: String = "lake-tests-salt-0001", more: String = ""
    ) throws -> Catalog {
        try Catalog(
            files: [
                (
                    "catalog.yaml",
                    """
                    holdfast: 1
                    salt: \(salt)
                    experiments:
                      limits:
                        unit: customer
                        cluster: household
                        arms: [{control: 50%}, {treatment: 50%}]
                        features: {income: number, age: integer, region: category, member: boolean\(more)}
                      offers: {unit: customer, arms: [{control: 50%}, {treatment: 50%}]}
                    """
                )
            ], salt: { _ in nil })
    }

    var lake: String { folder.file("lake") }
    func path(_ name: String) -> String { folder.file("\(name).db") }

    func ledger(_ name: String = "ledger") async throws -> Ledger {
        let ledger = try Ledger(path: path(name), now: { [clock] in clock.now })
        try await ledger.bringIntoForce(catalog, at: clock.now)
        return ledger
    }

    func shipment(
        _ ledger: Ledger, as node: String = "node-1", identity: String = "made-by-tests"
    ) throws -> LakeShipment {
        let name = try #require(Name(node))
        return LakeShipment(
            ledger: ledger, lake: try Lake(path: lake, making: identity), node: name,
            now: { [clock] in clock.now })
    }

    /// Ids that are hard to write, and to part.
    static let units = [
        "c-1", "c-2", "é", "e\u{301}", "a\"b", "back\\slash", "line\nfeed", "tab\t", "nul\u{0}nul",
        "\u{2028}", "\u{1F600}", "unit\":\"c-1", " ", "0", "null", "\u{7F}\u{80}",
    ]
    static let numbers: [Double] = [
        0, -0.0, 1, 0.1, 1e-5, Double.leastNonzeroMagnitude, 1.797_693_134_862_315_7e308, 1e16,
        123_456_789.012_345_67,
        -2.5, 9_007_199_254_740_994,
    ]

    /// Appends random facts of all kinds, with days before 1970 among them. Some batches have
    /// numbers.
    func fill(
        _ ledger: Ledger, _ count: Int, seed: UInt64, units: [String] = LakeYard.units
    ) async throws {
        var chance = SeededGenerator(seed: seed)
        var sequence: Int64 = 0
        for start in stride(from: 0, to: count, by: 50) {
            let facts = try (start..<min(start + 50, count)).map {
                try fact($0, seed: seed, units, &chance)
            }
            var number: BatchNumber?
            if chance.below(3) == 0, let source = Name("till-\(seed)") {
                sequence += 1
                number = BatchNumber(source: source, sequence: sequence)
            }
            let receipts = try await ledger.append(facts, number: number)
            for receipt in receipts {
                guard case .accepted = receipt else {
                    throw ProgramError("seed \(seed): \(receipt)")
                }
            }
            clock.advance(seconds: Int64(chance.below(5)))
        }
    }

    private func fact(
        _ index: Int, seed: UInt64, _ units: [String], _ chance: inout SeededGenerator
    ) throws -> Fact {
        let text = chance.pick(units)
        let unit = try #require(UnitID(text))
        // A unit keeps its cluster.
        let cluster = try #require(UnitID("h-\(text)"))
        let days = [-40_000, -1, 0, 20_000, 20_001, 20_002][chance.below(6)]
        let at = Timestamp(
            microseconds: Int64(days) * 86_400_000_000 + Int64(chance.below(86_400_000)) * 1_000)
        let id = chance.below(4) == 0 ? nil : "\(seed)-\(index)"
        switch chance.below(3) {
        case 0:
            let isLimits = chance.below(2) == 0
            let name = try #require(Name(isLimits ? "limits" : "offers"))
            let candidate = Candidate(unit: unit, cluster: isLimits ? cluster : nil)
            let assignment = try catalog.assign(candidate, in: name.text, at: at)
            return .decision(
                DecisionFact(
                    id: id, unit: unit, cluster: isLimits ? cluster : nil, assignment: assignment,
                    at: at, isTimeStated: true,
                    score: chance.below(3) == 0 ? nil : chance.pick(LakeYard.numbers),
                    model: chance.below(2) == 0 ? nil : "m \"\(index)\"",
                    intended: [nil, true, false][chance.below(3)],
                    features: isLimits ? try features(&chance) : [], isClustered: isLimits))
        case 1:
            let arm = try #require(Name(chance.below(2) == 0 ? "control" : "treatment"))
            return .exposure(
                ExposureFact(
                    id: id, unit: unit, cluster: chance.below(2) == 0 ? nil : cluster,
                    experiment: try #require(Name("limits")), arm: arm, at: at,
                    isTimeStated: true))
        default:
            // Without an id one is derived from the content, which must differ then.
            return .outcome(
                OutcomeFact(
                    id: id ?? "o\(seed)-\(index)", unit: unit,
                    name: try #require(Name(chance.pick(["paid", "Paid", "x.y_z-1"]))),
                    value: chance.pick(LakeYard.numbers), at: at, isTimeStated: true))
        }
    }

    private func features(_ chance: inout SeededGenerator) throws -> [LoggedFeature] {
        let all: [(String, FeatureValue)] = [
            ("income", .number(chance.pick(LakeYard.numbers))),
            ("age", .integer(Int64.max - Int64(chance.below(9)))),
            ("region", .category(chance.pick(LakeYard.units))),
            ("member", .boolean(chance.below(2) == 0)),
        ]
        return try all.filter { _ in chance.below(3) > 0 }.map {
            LoggedFeature(name: try #require(Name($0.0)), value: $0.1)
        }
    }

    /// Holds the lake against ledgers by an independent program; gives its counts.
    @discardableResult
    func compare(
        _ ledgers: [String: String], _ words: String, _ location: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let script = Repository.root + "/Tests/HoldfastLakeTests/Golden/compare.py"
        let run = try await Program.run(
            "/usr/bin/env",
            ["python3", script, lake] + ledgers.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })
        #expect(
            run.status == 0, "\(words): \(run.output)\(run.errors)", sourceLocation: location)
        return try JSON.parse(Array(run.output.utf8))
    }

    /// Every file in the lake, by its path.
    var files: [String] {
        get throws {
            let names = FileManager.default.enumerator(atPath: lake)
            var files: [String] = []
            while let name = names?.nextObject() as? String {
                if names?.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
                    files.append(name)
                }
            }
            return files.sorted()
        }
    }
}

func unitID(_ text: String) throws -> UnitID { try #require(UnitID(text)) }
