import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

@Suite struct CompatibleTests {
    private func rule(
        _ text: String, arms: [String] = ["control", "treatment"], shares: [String]? = nil
    ) throws -> Compatibility {
        let node = try #require(try CatalogNode.read(text, file: "rule.yaml"))
        var reader = CatalogReader()
        let read = reader.readCompatibility(
            node, experiment: Name(literal: "trial"), arms: arms.compactMap(Name.init),
            shares: shares?.compactMap { Share(percent: $0) })
        return try #require(read, "\(reader.problems)")
    }

    @Test func `the example of the specification deals by the experiment's name`() throws {
        let named = try rule(
            "{with: growthbook, hashVersion: 2, key: trial}", shares: ["50%", "50%"])
        let bare = try rule("{with: growthbook, hashVersion: 2}", shares: ["50%", "50%"])
        #expect(named == bare)
        #expect(named.hash.description == "compatible:growthbook/2/utf-16/trial")
        #expect(named.propensities == [0.5, 0.5] && named.enrolled == 1)
        #expect(named.system == .growthbook)
    }

    @Test func `chance before the arms is in the enrolled share, and not in the propensities`()
        throws
    {
        let rule = try rule(
            "{with: growthbook, hashVersion: 2, coverage: 50%, weights: [0.25, 0.75]}")
        #expect(rule.enrolled == 0.5)
        #expect(rule.propensities == [0.25, 0.75])
        #expect(rule.propensity(ofArm: 0) == 0.25)
        #expect(rule.propensity(ofArm: nil) == 0.5)
        #expect(rule.shares.map(\.millionths) == [250_000, 750_000])
    }

    @Test func `a range that floating point makes longer is as long as the peer has it`() throws {
        // 0.25 + 0.8 · 0.75 is 0.8500000000000001, and the bucket 8,500 is below it.
        let rule = try rule(
            "{with: growthbook, hashVersion: 2, coverage: 80%, weights: [0.25, 0.75]}")
        #expect(rule.ranges.map(\.to) == [2_000, 8_501])
        #expect(rule.propensities == [2_000.0 / 8_001, 6_001.0 / 8_001])
    }

    @Test func `shares of thirds add up to all`() throws {
        let rule = try rule("{with: flagd, weights: [1, 1, 1]}", arms: ["a", "b", "c"])
        #expect(rule.shares.map(\.millionths) == [333_334, 333_333, 333_333])
    }

    @Test func `a gate on the arms' own hash is counted out together with them`() throws {
        let rule = try rule(
            "{with: eppo, salt: s, traffic: {salt: s, ranges: [[2500, 7500]]}, ranges: [[0, 5000], [6000, 10000]]}"
        )
        #expect(rule.enrolled == 0.4)
        #expect(rule.propensities == [0.625, 0.375])
    }

    @Test func `two seeds are one only if their bytes are`() {
        let composed = PeerHash(.flagd, seed: "é")
        let decomposed = PeerHash(.flagd, seed: "e\u{301}")
        #expect(composed != decomposed)
        #expect(composed == PeerHash(.flagd, seed: "\u{E9}"))
        #expect(
            PeerHash(.growthbook1(.utf8), seed: "a") != PeerHash(.growthbook1(.utf16), seed: "a"))
    }

    @Test func `a hash is found again by its text, whatever the seed holds`() throws {
        let rules: [PeerHash.Rule] = [
            .growthbook1(.utf16), .growthbook2(.utf8), .growthbook2(.codePoints), .unleashRollout,
            .unleashVariants(weight: 1_000), .flagd, .eppo(shards: 10_000),
            .statsig(buckets: 1_000), .planout, .planoutChoice(count: 3), .optimizely,
            .posthogRollout, .posthogVariants,
        ]
        for rule in rules {
            for seed in ["", "a", "a/b//", "é\u{301}", "compatible:flagd/2/x", "\n\u{0}'\""] {
                let hash = PeerHash(rule, seed: seed)
                #expect(PeerHash(hash.description) == hash, "\(hash)")
            }
        }
        let holdout = PeerHash(.posthogHoldout, seed: "")
        #expect(PeerHash(holdout.description) == holdout)
    }

    @Test(arguments: [
        "", "arm:trial", "compatible:", "compatible:growthbook", "compatible:growthbook/3/utf-8/a",
        "compatible:growthbook/2/utf-7/a", "compatible:unleash/other/a", "compatible:eppo/0/a",
        "compatible:unleash/variants/01/a", "compatible:eppo/-1/a", "compatible:flagd/1/a",
        "compatible:eppo/99999999999999999999/a", "compatible:planout/choice/a",
        "compatible:posthog/holdout/a", "compatible:statsig/x", "compatible:launchdarkly/a",
    ])
    func `a text that is no hash's is none`(text: String) {
        #expect(PeerHash(text) == nil)
    }

    @Test func `every bucket is below the count`() {
        var chance = SeededGenerator(seed: 7)
        let texts = [
            "compatible:growthbook/1/utf-16/s", "compatible:growthbook/2/utf-8/s",
            "compatible:unleash/rollout/s", "compatible:unleash/variants/7/s",
            "compatible:flagd/2/s", "compatible:eppo/10000/s", "compatible:statsig/1000/s",
            "compatible:planout/uniform/s", "compatible:planout/choice/3/s",
            "compatible:optimizely/s", "compatible:posthog/variants/s",
        ]
        for hash in texts.compactMap({ PeerHash($0) }) {
            for _ in 0..<2_000 {
                let unit = String(chance.next(), radix: 36)
                let bucket = UnitID(unit).map { hash.bucket(of: $0) }
                #expect(bucket.map { $0 < hash.count } == true, "\(hash): \(unit), seed 7")
            }
        }
    }

    @Test func `a gate passes what is in its ranges, however they are given`() {
        let hash = PeerHash(.statsig(buckets: 1_000), seed: "s")
        let gate = Compatibility.Gate(
            hash, passing: [500..<600, 0..<10, 10..<20, 550..<700, 3..<3])
        #expect(gate.passing == [0..<20, 500..<700])
        for bucket: UInt64 in 0..<1_000 {
            #expect(gate.passes(bucket) == (bucket < 20 || bucket >= 500 && bucket < 700))
        }
    }
}
