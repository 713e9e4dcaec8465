import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// Every peer's hash and rule against figures of the formulas in Python
/// (`Schemas/Vectors/peers/formulas.py`).
@Suite struct PeerFormulaTests {
    @Test func `every hash gives the buckets of its formula`() throws {
        let file = try peerCases("hashes.json")
        let units = try file.cases("units").map { try #require($0.string) }
        let hashes = try file.cases("hashes")
        #expect(hashes.count == 169 && units.contains(""))
        for vector in hashes {
            let text = try vector.text(at: "hash")
            let hash = try #require(PeerHash(text), "\(text)")
            #expect(sameBytes(hash.description, text))
            let buckets = try vector.cases("buckets")
            try #require(buckets.count == units.count)
            for (unit, bucket) in zip(units, buckets) {
                #expect(
                    .integer(Int64(hash.bucket(ofText: unit))) == bucket,
                    "\(text.prefix(80)): \"\(unit.prefix(80))\"")
                guard let id = UnitID(unit) else { continue }
                #expect(hash.bucket(of: id) == hash.bucket(ofText: unit))
            }
        }
    }

    @Test func `every rule deals as its formula does`() throws {
        let file = try peerCases("rules.json")
        let units = try file.cases("units").map { try #require($0.string) }
        let rules = try file.cases("rules")
        #expect(rules.count == 103 && units.count == 294)
        for vector in rules {
            let (rule, name) = try read(vector)
            let dealt = units.map { rule.deal($0).arm.map { Character("\($0)") } ?? "-" }
            #expect(String(dealt) == (try vector.text(at: "dealt")), "\(name)")
        }
    }

    @Test func `every end of a range is that of the peer's own comparison`() throws {
        let rules = try peerCases("edges.json").cases("rules")
        #expect(rules.count == 256)
        for vector in rules {
            let (rule, name) = try read(vector)
            let ranges = try vector.cases("ranges").map { range in
                let numbers = (range.array ?? []).compactMap { number -> UInt64? in
                    guard case .integer(let number) = number else { return nil }
                    return UInt64(number)
                }
                try #require(numbers.count == 3, "\(name)")
                return ArmRange(arm: Int(numbers[0]), from: numbers[1], to: numbers[2])
            }
            let given = rule.ranges.sorted { $0.from < $1.from }
            #expect(given == ranges, "\(name)")
            #expect(rule.gates.isEmpty)
        }
    }

    @Test func `the chances by design are those of many units`() throws {
        let rules = try peerCases("rules.json").cases("rules")
        var chance = SeededGenerator(seed: 20_261_124)
        let units = (0..<4_000).map { _ in String(chance.next(), radix: 36) }
        for vector in rules {
            let (rule, name) = try read(vector)
            let arms = units.map { rule.deal($0).arm }
            let enrolled = arms.count { $0 != nil }
            func isNear(_ count: Int, _ share: Double, of all: Int) -> Bool {
                // Five standard errors, and one unit.
                let error = (share * (1 - share) * Double(all)).squareRoot()
                return abs(Double(count) - share * Double(all)) <= 5 * error + 1
            }
            #expect(isNear(enrolled, rule.enrolled, of: units.count), "\(name): enrolled")
            for (arm, share) in rule.propensities.enumerated() {
                let count = arms.count { $0 == arm }
                #expect(isNear(count, share, of: enrolled), "\(name): arm \(arm)")
            }
            #expect(abs(rule.propensities.reduce(0, +) - 1) < 1e-12, "\(name)")
            #expect(rule.shares.reduce(0) { $0 + $1.millionths } == 1_000_000, "\(name)")
        }
    }

    /// The rule of a case, which must be read without a fault.
    private func read(_ vector: JSON) throws -> (Compatibility, String) {
        let arms = try vector.cases("arms").map { try #require($0.string) }
        let shares = try vector["shares"]?.array?.map { try #require($0.string) }
        let compatible = try #require(vector["compatible"])
        let name = "\(try vector.text(at: "name")) \(compatible.text())"
        let experiment = name.hasPrefix("rule-edge") ? "edge" : try vector.text(at: "name")
        let (rule, problems) = try readCompatible(
            compatible, experiment: experiment, arms: arms, shares: shares)
        return (try #require(rule, "\(name): \(problems)"), name)
    }
}
