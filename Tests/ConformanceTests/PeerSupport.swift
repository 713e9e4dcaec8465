import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

let peerFolder = "Schemas/Vectors/peers/"

/// A file of peers' cases, as JSON.
func peerCases(_ file: String) throws -> JSON {
    try JSON.parse(try Repository.bytes(peerFolder + file))
}

/// `compatible` as a catalog holds it, read for these arms; with what was reported.
func readCompatible(
    _ rule: JSON, experiment: String = "trial", arms: [String], shares: [String]? = nil
) throws -> (rule: Compatibility?, problems: [CatalogProblem]) {
    let node = try #require(try CatalogNode.read(rule.text(), file: "rule.json"))
    let names = try arms.map { try #require(Name($0), "\($0) is no name") }
    let parts = try shares?.map { try #require(Share(percent: $0), "\($0) is no share") }
    var reader = CatalogReader()
    let read = reader.readCompatibility(
        node, experiment: try #require(Name(experiment)), arms: names, shares: parts)
    // Refused is what has a problem, and only that.
    #expect((read == nil) == !reader.problems.isEmpty, "\(reader.problems)")
    return (read, reader.problems)
}

extension Compatibility {
    func deal(_ unit: String) -> Deal {
        var unit = unit
        return unit.withUTF8 { deal(UnsafeRawBufferPointer($0)) }
    }
}

extension PeerHash {
    func bucket(ofText unit: String) -> UInt64 {
        var unit = unit
        return unit.withUTF8 { bucket(of: UnsafeRawBufferPointer($0)) }
    }
}

/// What became of the cases of a published suite: no case is passed over in silence.
struct Tally: Equatable {
    /// Cases whose dealing was repeated.
    var run = 0
    /// Of those, with the published answer.
    var passed = 0
    /// The others, by the reason why nothing of them is Holdfast's dealing.
    var leftOut: [String: Int] = [:]

    var count: Int { run + leftOut.values.reduce(0, +) }

    mutating func leave(_ reason: String) { leftOut[reason, default: 0] += 1 }

    /// Counts a case, and records it as an issue where the answer is another.
    mutating func check<Value: Equatable>(_ name: String, _ given: Value, _ published: Value) {
        run += 1
        #expect(given == published, "\(name)")
        if given == published { passed += 1 }
    }
}
