import HoldfastAssignment
@testable import HoldfastLedger
import HoldfastSQL
import Testing
import TestSupport

/// The bucket as a function of SQL, whatever scopes it is asked for.
@Suite struct BucketFunctionTests {
    private func ask(_ function: TextFunction, _ scope: String, _ unit: String) -> Int64? {
        Array(scope.utf8).withUnsafeBytes { scope in
            Array(unit.utf8).withUnsafeBytes { function(scope, $0) }
        }
    }

    @Test func `more scopes than are kept give the buckets that the library gives`() throws {
        let function = BucketFunction.make(salt: Harness.salt)
        var chance = SeededGenerator(seed: 1)
        let count = BucketFunction.limit * 2 + 100
        for index in (0..<count).map({ $0 }) + (0..<5_000).map({ _ in chance.below(count) }) {
            let text = "arm:switch@\(index)"
            let unit = try #require(UnitID("u\(index % 7)"))
            let expected = Int64(Scope(text, salt: Harness.salt).bucket(of: unit))
            #expect(ask(function, text, unit.text) == expected, "seed 1, \(text)")
        }
    }

    @Test func `another system's hash is no scope of ours`() {
        let function = BucketFunction.make(salt: Harness.salt)
        #expect(ask(function, "compatible:unknown", "u") == nil)
        #expect(ask(function, "compatible", "u") != nil)
    }
}
