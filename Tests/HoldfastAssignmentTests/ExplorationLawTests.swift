import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

private let others = ["low", "none", "high"]

@Suite struct ExplorationLawTests {
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `a growing control share takes units into control, and moves nobody else`(seed: UInt64)
        throws
    {
        var chance = SeededGenerator(seed: seed)
        let arms = armsText(others, randomShares(3, &chance))
        let shares =
            ([0, 1, 1_000_000] + (0..<5).map { _ in chance.below(1_000_001) }).sorted()
            .map { Share(millionths: $0) }
        let catalogs = try shares.map {
            try catalog(trialText("explore: [{control: \($0)}]", "arms: \(arms)"))
        }
        for index in 0..<1_500 {
            var arm: Name?
            for (share, catalog) in zip(shares, catalogs) {
                let answer = try catalog.assign("customer-\(index)", score: 0.5, at: someTime)
                #expect(
                    arm == nil || answer.arm == arm || answer.arm == .control,
                    "seed \(seed), customer-\(index) at \(share)")
                arm = answer.arm
            }
            #expect(arm == .control, "at 100% all are control")
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `a unit's score moves it between control and one other arm only`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let arms = armsText(others, randomShares(3, &chance))
        var bands = ""
        for below in 1..<10 { bands += "{below: \(below), control: \(chance.below(101))%}, " }
        let catalog = try catalog(
            trialText("explore: [\(bands){control: 50%}]", "arms: \(arms)"))
        for index in 0..<600 {
            var seen: Set<Name> = []
            for score in stride(from: 0.5, to: 10, by: 1) {
                let answer = try catalog.assign("customer-\(index)", score: score, at: someTime)
                seen.insert(try #require(answer.arm))
                #expect(answer.act == (answer.arm != .control))
            }
            seen.remove(.control)
            #expect(seen.count <= 1, "seed \(seed), customer-\(index): \(seen)")
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `every bucket has one arm, and control has its share to one bucket an arm`(seed: UInt64)
        throws
    {
        var chance = SeededGenerator(seed: seed)
        let count = 1 + chance.below(20)
        let names = (0..<count).map { "a\($0)" }
        let share = Share(
            millionths: seed < 4
                ? [0, 1, 999_999, 1_000_000][Int(seed)]
                : chance.below(1_000_001))
        let shares = randomShares(count, &chance)
        let catalog = try catalog(
            trialText("explore: [{control: \(share)}]", "arms: \(armsText(names, shares))"))
        let dealing = try #require(catalog.dealings[Name(literal: "trial")])
        guard case .exploration(_, let bands) = dealing.arms, let band = bands.first else {
            Issue.record("not dealt by score")
            return
        }
        var end: UInt64 = 0
        var widths: [Name: UInt64] = [:]
        for range in band.ranges {
            #expect(range.from == end && range.from < range.to, "seed \(seed): a gap or an overlap")
            end = range.to
            widths[dealing.experiment.arms[range.arm].name, default: 0] += range.to - range.from
        }
        #expect(end == Bucket.count, "seed \(seed)")
        // control ≤ c · 2^52 / 10^6 < control + arms, and so for each other arm of what is left.
        let control = widths[.control, default: 0]
        let exact = share.boundary
        #expect(control <= exact && exact <= control + UInt64(count), "seed \(seed)")
        var sum = 0
        for (name, part) in zip(names, shares) {
            let from = Share(millionths: sum).boundary
            sum += part.millionths
            let width = Share(millionths: sum).boundary - from
            let ceded = width.multipliedFullWidth(by: UInt64(share.millionths))
            let cut = UInt64(1_000_000).dividingFullWidth(ceded).quotient
            #expect(
                widths[try #require(Name(name)), default: 0] == width - cut, "seed \(seed), \(name)"
            )
        }
    }

    @Test func `bands are half-open, and every finite score is in one`() throws {
        let bounds: [Double] = [
            -1e300, -.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude, 0.5, 0.9, 1e300,
        ]
        // Band k is recognised by its control share: the propensity of control is k percent.
        var text = ""
        for (index, bound) in bounds.enumerated() {
            text += "{below: \(bound), control: \(index + 1)%}, "
        }
        let catalog = try catalog(trialText("explore: [\(text){control: 8%}]"))
        func band(_ score: Double) throws -> Int {
            let answer = try catalog.assign("customer-1", score: score, at: someTime)
            let control = answer.arm == .control ? answer.propensity : 1 - answer.propensity
            return Int((control * 100).rounded())
        }
        for (index, bound) in bounds.enumerated() {
            #expect(try band(bound) == index + 2, "at \(bound)")
            #expect(try band(bound.nextDown) == index + 1, "before \(bound)")
        }
        #expect(try band(-0.0) == 4 && band(0) == 4, "negative zero is zero")
        #expect(try band(-.greatestFiniteMagnitude) == 1)
        #expect(try band(.greatestFiniteMagnitude) == 8)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, .signalingNaN, -.nan])
    func `a score that is no finite number is refused`(score: Double) throws {
        let catalog = try catalog(trialText("explore: [{below: 0.5, control: 10%}, {control: 1%}]"))
        do {
            let answer = try catalog.assign("customer-1", score: score, at: someTime)
            Issue.record("\(score) is answered: \(answer)")
        } catch let fault as AssignmentFault {
            #expect(fault.code == "not_finite")
            #expect(fault.message.contains("trial") && fault.message.contains("score"))
            #expect(fault.hint.contains("finite number"), "\(fault)")
        }
    }

    @Test func `a score is asked for only where it decides`() throws {
        let catalog = try catalog(
            trialText(
                "explore: [{control: 10%}]", "traffic: 50%", "overrides: {tester: control}",
                "starts: 2026-01-01T00:00:00Z",
                sections: "holdouts: {program: {unit: customer, share: 30%}}\n"))
        let early = try Timestamp(rfc3339: "2025-12-31T23:59:59.999999Z")
        #expect(try catalog.assign("tester", score: .nan, at: someTime).reason == .override)
        #expect(try catalog.assign("customer-1", score: .nan, at: early).reason == .notStarted)
        var counts: [String: Int] = [:]
        for index in 0..<300 {
            do {
                let answer = try catalog.assign("customer-\(index)", at: someTime)
                #expect(answer.reason != .assigned)
                counts[answer.reason.word, default: 0] += 1
            } catch let fault as AssignmentFault {
                #expect(fault == .missingScore(experiment: Name(literal: "trial")))
                #expect(fault.code == "missing_score")
                #expect(fault.message.contains("trial") && fault.hint.contains("number"))
                counts[fault.code, default: 0] += 1
            }
        }
        #expect(Set(counts.keys) == ["holdout", "not_enrolled", "missing_score"])
        #expect(fits(counts["missing_score"] ?? 0, of: 300, 0.35), "\(counts)")
    }

    @Test func `a score is no matter where nothing is dealt by it`() throws {
        for lines in [
            "arms: [{control: 50%}, {treatment: 50%}]",
            "rotate: {panels: 2, stay: 1, every: 1d, from: 2026-01-01}",
        ] {
            let catalog = try catalog(trialText(lines))
            let answers = try [nil, 0, .nan, .infinity].map {
                try catalog.assign("customer-1", score: $0, at: someTime)
            }
            #expect(Set(answers).count == 1)
        }
    }
}
