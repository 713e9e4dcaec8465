import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

@Suite struct ClusterLawTests {
    @Test(arguments: [
        "arms: [{control: 20%}, {low: 30%}, {high: 50%}]",
        "rotate: {panels: 5, stay: 2, every: 30d, from: 2026-01-01}\n    arms: [{low: 30%}, {high: 70%}]",
    ])
    func `a household is never in two arms`(method: String) throws {
        let catalog = try catalog(
            trialText(
                method, "cluster: household", "traffic: 80%",
                "layer: {name: lending, from: 0%, to: 90%}",
                sections: """
                    holdouts: {program: {unit: customer, share: 10%}}
                    layers: {lending: {unit: customer}}

                    """))
        var seen: [String: Int] = [:]
        for house in 0..<400 {
            for month in [0, 1, 7, 61] {
                let time = someTime.adding(Int64(month) * 30 * 86_400_000_000)
                // Who is held out or outside the slice, by the unit, is in no arm at all.
                let members = try (0..<5).map { member in
                    try catalog.assign(
                        "customer-\(house)-\(member)", cluster: "house-\(house)", at: time)
                }.filter { $0.reason == .assigned || $0.reason == .notEnrolled }
                #expect(Set(members).count <= 1, "house \(house) in month \(month): \(members)")
                if let one = members.first {
                    seen[one.arm?.text ?? one.reason.word, default: 0] += 1
                }
            }
        }
        #expect(Set(seen.keys) == ["control", "low", "high", "not_enrolled"], "\(seen)")
    }

    @Test func `a household's arm depends on its id alone, not on its member's`() throws {
        let text = trialText("arms: [{control: 50%}, {treatment: 50%}]", "cluster: household")
        let byHouse = try catalog(text)
        let byUnit = try catalog(trialText("arms: [{control: 50%}, {treatment: 50%}]"))
        for index in 0..<500 {
            let one = try byHouse.assign("customer-\(index)", cluster: "id-\(index)", at: someTime)
            let other = try byUnit.assign("id-\(index)")
            #expect(one.arm == other.arm && one.bucket == other.bucket)
        }
        // By its bytes: two spellings are two households.
        let spelled = try ["é", "e\u{301}"].map {
            try byHouse.assign("customer-1", cluster: $0, at: someTime).bucket
        }
        #expect(spelled[0] != spelled[1])
    }

    @Test func `a cluster is asked for only where it decides, and never guessed`() throws {
        for method in [
            "arms: [{control: 50%}, {treatment: 50%}]",
            "rotate: {panels: 2, stay: 1, every: 1d, from: 2026-01-01}",
        ] {
            let catalog = try catalog(
                trialText(
                    method, "cluster: household", "overrides: {tester: control}",
                    "ends: 2030-01-01T00:00:00Z",
                    sections: "holdouts: {program: {unit: customer, share: 40%}}\n"))
            #expect(try catalog.assign("tester").reason == .override)
            let late = try Timestamp(rfc3339: "2030-01-01T00:00:00Z")
            #expect(try catalog.assign("customer-1", at: late).reason == .ended)
            var refused = 0
            for index in 0..<100 {
                do {
                    #expect(try catalog.assign("customer-\(index)").reason.holdout != nil)
                } catch let fault as AssignmentFault {
                    #expect(fault.code == "missing_cluster")
                    refused += 1
                }
            }
            #expect(fits(refused, of: 100, 0.6), "\(refused)")
            #expect(UnitID("") == nil, "an empty cluster is none, and cannot be given")
        }
    }

    @Test func `a household's members are in one part of the split`() throws {
        let catalog = try catalog(
            trialText("arms: [{control: 50%}, {treatment: 50%}]", "cluster: household"))
        let dealing = try #require(catalog.dealings[Name(literal: "trial")])
        var table = [[0, 0], [0, 0]]
        let boundary = Dealing.cumulativeBoundaries(dealing.experiment.split.map(\.share))[0]
        for house in 0..<20_000 {
            let id = try #require(UnitID("house-\(house)"))
            let answer = try catalog.assign("customer", cluster: id.text, at: someTime)
            table[answer.act ? 1 : 0][dealing.split.bucket(of: id) < boundary ? 0 : 1] += 1
        }
        #expect(chiSquare(table) < chiSquareLimit(1), "\(table)")
        #expect(fits(table[0][0] + table[1][0], of: 20_000, 0.8), "\(table)")
    }
}
