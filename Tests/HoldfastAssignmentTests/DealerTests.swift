import HoldfastAssignment
import HoldfastFormats
import Testing
import TestSupport

/// The prepared way of dealing gives what the step-by-step way gives.
@Suite struct DealerTests {
    private static func catalog(_ experiment: String, holdouts: String = "{}") throws -> Catalog {
        let text = """
            holdfast: 1
            salt: dealer-tests-salt-01
            holdouts: \(holdouts)
            experiments: {trial: {unit: customer, \(experiment)}}
            """
        return try Catalog(files: [(name: "catalog.yaml", text: text)]) { _ in nil }
    }

    @Test(arguments: [
        ("arms: [{control: 5%}, {treatment: 95%}]", "{}"),
        ("arms: [{a: 0%}, {control: 33.3333%}, {b: 0%}, {c: 66.6667%}, {d: 0%}]", "{}"),
        ("arms: [{control: 100%}]", "{}"),
        ("traffic: 50%, arms: [{control: 50%}, {treatment: 50%}]", "{}"),
        ("starts: 2026-01-01T00:00:00Z, arms: [{control: 50%}, {treatment: 50%}]", "{}"),
        ("overrides: {x: treatment}, arms: [{control: 50%}, {treatment: 50%}]", "{}"),
        (
            "arms: [{control: 50%}, {treatment: 50%}]",
            "{h: {unit: customer, share: 20%, covers: all}}"
        ),
    ]) func `a dealer answers as the traced steps do, for ids of every length`(
        experiment: String, holdouts: String
    ) throws {
        let catalog = try DealerTests.catalog(experiment, holdouts: holdouts)
        let dealer = try catalog.dealer(for: "trial")
        let now = Timestamp(microseconds: 1_767_225_600_000_000)
        // Every length: a key may end within a block of the hash, at its end, or blocks later.
        for length in 1...UnitID.byteLimit {
            let text = String(repeating: "x", count: length - 1) + String(length % 10)
            let unit = try #require(UnitID(text))
            // The traced steps never take the short way.
            let traced = try catalog.explain(Candidate(unit: unit), in: "trial", at: now)
            let expected = try traced.outcome.get()
            #expect(try dealer.assign(unit, at: now) == expected)
            #expect(try dealer.assign(Candidate(unit: unit), at: now) == expected)
            #expect(try catalog.assign(Candidate(unit: unit), in: "trial", at: now) == expected)
        }
    }

    @Test func `a bucket is the first 52 bits of the whole key's digest, whatever its length`()
        throws
    {
        for length in 1...300 {
            let unit = String(repeating: "é", count: length / 2) + (length % 2 == 1 ? "x" : "")
            let scope = Scope("arm:trial", salt: "dealer-tests-salt-01")
            let digest = SHA256.hexadecimal(of: "dealer-tests-salt-01/arm:trial/\(unit)".utf8)
            let expected = try #require(UInt64(digest.prefix(13), radix: 16))
            #expect(scope.bucket(of: try #require(UnitID(unit))) == expected)
        }
    }

    @Test func `an experiment that is not there is refused with those that are`() throws {
        let catalog = try DealerTests.catalog("arms: [{control: 50%}, {treatment: 50%}]")
        #expect(throws: AssignmentFault.unknownExperiment("other", known: [Name(literal: "trial")]))
        {
            _ = try catalog.dealer(for: "other")
        }
    }
}
