import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

@Suite struct DealingLawTests {
    @Test func `the same unit always gets the same answer`() throws {
        let one = try catalog(catalogText("traffic: 80%"))
        let other = try catalog(catalogText("description: read a second time", "traffic: 80%"))
        for seed in 0..<2_000 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            let unit = IDKind.uuid.id(0, &chance)
            let answer = try one.assign(unit)
            #expect(try one.assign(unit) == answer, "seed \(seed)")
            var again = try other.assign(unit)
            again.revision = answer.revision
            #expect(again == answer, "seed \(seed)")
        }
    }

    @Test(arguments: IDKind.allCases)
    func `arms get the shares that they were promised`(kind: IDKind) throws {
        let arms = "[{control: 5%}, {low: 0.1%}, {high: 34.9%}, {treatment: 60%}]"
        let catalog = try catalog(catalogText(arms: arms))
        let dealing = try #require(catalog.dealings[Name(literal: "trial")])
        guard case .shares(let scope, let ranges, let propensities) = dealing.arms else {
            Issue.record("the experiment deals by shares")
            return
        }
        var chance = SeededGenerator(seed: 7)
        var counts = [0, 0, 0, 0]
        let total = 200_000
        for index in 0..<total {
            var id = kind.id(index, &chance)
            let bucket = id.withUTF8 { scope.bucket(of: UnsafeRawBufferPointer($0)) }
            counts[try #require(ranges.arm(of: bucket))] += 1
        }
        for (index, arm) in dealing.experiment.arms.enumerated() {
            #expect(propensities[index] == arm.share?.fraction)
            let expected = Double(total) * propensities[index]
            let sigma = (expected * (1 - propensities[index])).squareRoot()
            #expect(
                abs(Double(counts[index]) - expected) < 4.5 * sigma, "\(arm.name): \(counts[index])"
            )
        }
    }

    @Test func `growing traffic enrols more and moves no enrolled unit between arms`() throws {
        let shares = ["0%", "0.5%", "10%", "55.5555%", "99.9999%", "100%"]
        let catalogs = try shares.map { try catalog(catalogText("traffic: \($0)")) }
        for index in 0..<3_000 {
            var arm: Name?
            for (share, catalog) in zip(shares, catalogs) {
                let answer = try catalog.assign("customer-\(index)")
                if let arm { #expect(answer.arm == arm, "customer-\(index) at \(share)") }
                arm = answer.arm
                #expect((answer.reason == .assigned) == (arm != nil))
            }
            #expect(arm != nil, "all are enrolled in the end")
        }
    }

    @Test func `experiments of one layer never share a unit, and together they have all`() throws {
        let cuts = ["0%", "0.0001%", "33.3333%", "60%", "100%"]
        var text =
            "holdfast: 1\nsalt: \(exampleSalt)\nlayers: {lending: {unit: customer}}\nexperiments:\n"
        for (index, from) in cuts.dropLast().enumerated() {
            text += "  e\(index):\n    unit: customer\n    arms: [{control: 100%}]\n"
            text += "    layer: {name: lending, from: \(from), to: \(cuts[index + 1])}\n"
        }
        let catalog = try catalog(text)
        var counts = [0, 0, 0, 0]
        for index in 0..<5_000 {
            let reasons = try (0..<4).map { try catalog.assign("u\(index)", in: "e\($0)").reason }
            #expect(reasons.count { $0 == .assigned } == 1, "u\(index)")
            #expect(reasons.count { $0 == .outsideSlice } == 3, "u\(index)")
            counts[try #require(reasons.firstIndex(of: .assigned))] += 1
        }
        #expect(counts[1] > 1_400 && counts[2] > 1_100 && counts[3] > 1_800)
    }

    @Test func `alike names deal independently, and so do arm, traffic and split`() throws {
        let scopes = [
            "arm:exp1", "arm:exp11", "arm:exp-1", "traffic:exp1", "split:exp1", "layer:exp1",
        ]
        .map { Scope($0, salt: exampleSalt) }
        let half = Share(millionths: 500_000).boundary
        var tables = [[[Int]]](repeating: [[0, 0], [0, 0]], count: scopes.count)
        for index in 0..<40_000 {
            let unit = try #require(UnitID("customer-\(index)"))
            let sides = scopes.map { $0.bucket(of: unit) < half ? 0 : 1 }
            for other in scopes.indices { tables[other][sides[0]][sides[other]] += 1 }
        }
        for other in scopes.indices.dropFirst() {
            // One degree of freedom: 20.25 is 4.5 standard deviations.
            #expect(chiSquare(tables[other]) < 20.25, "arm:exp1 and \(other): \(tables[other])")
        }
        #expect(chiSquare(tables[0]) > 30_000, "a scope is not independent of itself")
    }

    @Test func `another salt deals every unit anew`() throws {
        let first = Scope("arm:trial", salt: exampleSalt)
        let second = Scope("arm:trial", salt: exampleSalt + "x")
        var table = [[0, 0], [0, 0]]
        for index in 0..<20_000 {
            let unit = try #require(UnitID("\(index)"))
            let half = Bucket.count / 2
            table[first.bucket(of: unit) < half ? 0 : 1][second.bucket(of: unit) < half ? 0 : 1] +=
                1
        }
        #expect(chiSquare(table) < 20.25)
    }

    @Test func `the first declared holdout that withholds a unit answers`() throws {
        func text(_ holdouts: String) -> String {
            catalogText() + "holdouts:\n" + holdouts
        }
        let first = "  a: {unit: customer, share: 30%}\n"
        let second = "  b: {unit: customer, share: 40%, covers: [trial]}\n"
        let none = "  c: {unit: customer, share: 100%, covers: []}\n"
        let oneWay = try catalog(text(none + first + second))
        let otherWay = try catalog(text(second + none + first))
        var counts: [String: Int] = [:]
        for index in 0..<2_000 {
            let unit = "customer-\(index)"
            let (one, other) = (try oneWay.assign(unit), try otherWay.assign(unit))
            #expect((one.reason.holdout == nil) == (other.reason.holdout == nil), "\(unit)")
            #expect(one.reason.holdout == nil || !one.act && one.arm == nil)
            if other.reason.holdout?.text == "a" { #expect(one.reason == other.reason, "\(unit)") }
            let words = [one, other].map { $0.reason.holdout?.text ?? "none" }
            counts[words.joined(separator: " "), default: 0] += 1
        }
        #expect(Set(counts.keys) == ["a b", "a a", "b b", "none none"])
    }

    @Test func `a decision asks only for what it needs`() throws {
        let text = catalogText(
            "cluster: household", "overrides: {tester: treatment}", "starts: 2026-01-01T00:00:00Z",
            "ends: 2026-07-01T00:00:00Z", "eligible: {attribute: age, atLeast: 20}")
        let catalog = try catalog(text)
        func reason(_ unit: String, _ time: String, _ age: Double?) throws -> Reason {
            let candidate = Candidate(
                unit: try #require(UnitID(unit)),
                attributes: age.map { ["age": .number($0)] } ?? [:])
            return try catalog.assign(candidate, in: "trial", at: Timestamp(rfc3339: time)).reason
        }
        let (before, within, after) = (
            "2025-12-31T23:59:59.999999Z", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"
        )
        #expect(try reason("tester", within, nil) == .override)
        #expect(try reason("u", before, nil) == .notStarted)
        #expect(try reason("u", after, nil) == .ended)
        #expect(try reason("u", within, 19) == .ineligible)
        #expect(throws: AssignmentFault.missingAttribute("age", experiment: Name(literal: "trial")))
        {
            try reason("u", within, nil)
        }
        let household = Name(literal: "household")
        #expect(
            throws: AssignmentFault.missingCluster(
                kind: household, experiment: Name(literal: "trial"))
        ) { try reason("u", within, 20) }
    }

    @Test func `overrides are by bytes`() throws {
        let texts = [
            "é: treatment\n      e\u{301}: control", #""\u00e9": treatment, "e\u0301": control"#,
        ]
        for (index, text) in texts.enumerated() {
            let overrides = index == 0 ? "overrides:\n      " + text : "overrides: {\(text)}"
            let catalog = try catalog(catalogText(overrides))
            #expect(try catalog.assign("é").arm?.text == "treatment")
            #expect(try catalog.assign("e\u{301}").arm?.text == "control")
            #expect(try catalog.assign("é ").reason == .assigned)
        }
    }
}
