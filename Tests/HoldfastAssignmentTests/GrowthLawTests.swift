import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

private let halves = "arms: [{control: 50%}, {treatment: 50%}]"

/// What a change of a catalog may do to the units that are in the experiment already.
@Suite struct GrowthLawTests {
    /// The methods beside which traffic and slices grow.
    static let methods = [
        halves, "rotate: {panels: 5, stay: 2, every: 30d, from: 2026-01-01}",
        "explore: [{below: 0.5, control: 30%}, {control: 10%}]",
        halves + "\n    switchback: {every: 6h, burnIn: 0s}",
    ]

    /// The answers of a unit over catalogs that grow: once in, for ever in, with the same arm.
    private func expectGrowth(_ catalogs: [Catalog], _ outside: Reason, _ label: String) throws {
        var counts = [Int](repeating: 0, count: catalogs.count)
        for index in 0..<1_500 {
            var arm: Name?
            for (step, catalog) in catalogs.enumerated() {
                let answer = try catalog.assign("customer-\(index)", score: 0.7, at: someTime)
                #expect(arm == nil || answer.arm == arm, "\(label): customer-\(index)")
                #expect(answer.reason == (answer.arm == nil ? outside : .assigned))
                arm = answer.arm
                if arm != nil { counts[step] += 1 }
            }
        }
        #expect(counts == counts.sorted() && counts[0] == 0 && counts.last == 1_500, "\(counts)")
    }

    @Test(arguments: methods)
    func `growing traffic enrols more, and moves nobody who is enrolled`(method: String) throws {
        let catalogs = try ["0%", "0.0001%", "1%", "49.9999%", "50%", "99.9999%", "100%"].map {
            try catalog(trialText(method, "traffic: \($0)"))
        }
        try expectGrowth(catalogs, .notEnrolled, method)
    }

    @Test(arguments: methods)
    func `a slice that grows at either end loses nobody, and moves nobody`(method: String) throws {
        let slices = [
            ("50%", "50.0001%"), ("50%", "60%"), ("45%", "60%"), ("0%", "60%"),
            ("0%", "99.9999%"), ("0%", "100%"),
        ]
        let catalogs = try slices.map { from, to in
            try catalog(
                trialText(
                    method, "layer: {name: lending, from: \(from), to: \(to)}",
                    sections: "layers: {lending: {unit: customer}}\n"))
        }
        try expectGrowth(catalogs, .outsideSlice, method)
    }

    @Test func `a growing holdout withholds more, and moves nobody else`() throws {
        let catalogs = try ["0%", "0.5%", "2%", "50%", "100%"].map {
            try catalog(
                trialText(
                    halves,
                    sections: "holdouts: {program: {unit: customer, share: \($0)}}\n"))
        }
        for index in 0..<2_000 {
            let answers = try catalogs.map { try $0.assign("customer-\(index)") }
            for (one, next) in zip(answers, answers.dropFirst()) {
                #expect(next.arm == one.arm || next.reason.holdout != nil, "customer-\(index)")
                #expect(one.reason.holdout == nil || next.reason == one.reason)
            }
            #expect(answers.last?.reason.holdout != nil && answers[0].arm != nil)
        }
    }

    @Test func `a control arm that is declared first takes from its neighbour alone`() throws {
        let catalogs = try ["1%", "1.0001%", "5%", "33.3333%", "40%"].map { share in
            let control = try #require(Share(percent: share))
            let low = Share(millionths: 400_000 - control.millionths)
            return try catalog(
                trialText("arms: [{control: \(control)}, {low: \(low)}, {high: 60%}]"))
        }
        for index in 0..<3_000 {
            let arms = try catalogs.map { try $0.assign("customer-\(index)").arm?.text }
            for (one, next) in zip(arms, arms.dropFirst()) {
                #expect(next == one || (one == "low" && next == "control"), "\(arms)")
            }
        }
    }

    /// Ninety-eight arms of one millionth: at the beginning, in the middle and at the end.
    @Test func `an arm of one millionth holds exactly the buckets between its boundaries`() throws {
        var parts: [(name: String, share: Int)] = (0..<33).map { ("first\($0)", 1) }
        parts.append(("control", 499_950))
        parts += (0..<33).map { ("middle\($0)", 1) }
        parts.append(("treatment", 499_952))
        parts += (0..<32).map { ("last\($0)", 1) }
        let arms = armsText(parts.map(\.name), parts.map { Share(millionths: $0.share) })
        let catalog = try catalog(trialText("arms: \(arms)"))
        let dealing = try #require(catalog.dealings[Name(literal: "trial")])
        guard case .shares(let scope, let ranges, _) = dealing.arms else {
            Issue.record("not dealt by shares")
            return
        }
        // floor(c · 2^52 / 10^6) in 128 bits; a millionth is 4,503,599,627.37 buckets.
        var sum = 0
        for (range, part) in zip(ranges, parts) {
            #expect(range.from == Share(millionths: sum).boundary, "\(part.name)")
            sum += part.share
            #expect(range.to == Share(millionths: sum).boundary, "\(part.name)")
            let width = range.to - range.from
            #expect(part.share > 1 || width == 4_503_599_627 || width == 4_503_599_628)
            for (bucket, isWithin) in [
                (range.from, true), (range.to - 1, true), (range.to, false),
                (range.from &- 1, false),
            ] where bucket < Bucket.count {
                let arm = try #require(ranges.arm(of: bucket))
                #expect((dealing.experiment.arms[arm].name.text == part.name) == isWithin)
            }
        }
        #expect(ranges.count == parts.count && sum == 1_000_000)
        var rare = 0
        let total = isLong ? 5_000_000 : 1_000_000
        for index in 0..<total {
            var id = "customer-\(index)"
            let bucket = id.withUTF8 { scope.bucket(of: UnsafeRawBufferPointer($0)) }
            let isRare =
                bucket < ranges[32].to || bucket >= ranges[68].from
                || (bucket >= ranges[34].from && bucket < ranges[66].to)
            guard isRare else { continue }
            rare += 1
            let answer = try catalog.assign(id)
            let place = try #require(ranges.firstIndex { bucket >= $0.from && bucket < $0.to })
            #expect(answer.arm?.text == parts[place].name && answer.propensity == 0.000001)
        }
        #expect(fits(rare, of: total, 0.000098), "\(rare)")
    }
}
