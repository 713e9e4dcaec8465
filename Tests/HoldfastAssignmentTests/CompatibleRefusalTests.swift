import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// A rule that is refused: its text, its arms, what is said, and what to do.
private struct Refusal {
    var rule: String
    var says: String
    var hint: String
    var arms = ["control", "treatment"]
    var shares: [String]? = nil
}

/// What a rule is refused for; none where it is read.
private func refused(
    _ rule: String, arms: [String] = ["control", "treatment"], shares: [String]? = nil
) throws -> [CatalogProblem] {
    let node = try #require(try CatalogNode.read("\n" + rule, file: "rule.yaml"))
    var reader = CatalogReader()
    let read = reader.readCompatibility(
        node, experiment: Name(literal: "trial"),
        arms: try arms.map { try #require(Name($0)) },
        shares: try shares?.map { try #require(Share(percent: $0)) })
    #expect((read == nil) == !reader.problems.isEmpty, "\(rule): \(reader.problems)")
    return reader.problems
}

private let even = ["50%", "50%"]
private let long = String(repeating: "x", count: 1_025)

@Suite struct CompatibleRefusalTests {
    private static let shared: [Refusal] = [
        Refusal(rule: "[growthbook]", says: "is a list", hint: "write a map"),
        Refusal(rule: "{key: a}", says: "does not say with which system", hint: "with: and one of"),
        Refusal(
            rule: "{with: launchdarkly}", says: "\"launchdarkly\" is no system",
            hint: "known: growthbook, unleash, flagd, eppo, statsig, planout, optimizely, posthog"),
        Refusal(
            rule: "{with: growthbook, hashAttribute: id}",
            says: "GrowthBook's rule has no key \"hashAttribute\"", hint: "known: with, hashVersion"
        ),
        Refusal(
            rule: "{with: unleash, stickiness: userId}", says: "no key \"stickiness\"",
            hint: "known: with, groupId", shares: even),
        Refusal(
            rule: "{with: growthbook, key: \(long)}", says: "\"key\" has 1025 bytes",
            hint: "at most 1024"),
        Refusal(
            rule: "{with: flagd, key: [a]}", says: "\"key\" is a list", hint: "write a text"),
        Refusal(
            rule: "{with: posthog, key: , variants: [50, 50]}", says: "\"key\" is empty",
            hint: "write a text"),
        Refusal(
            rule: "{with: eppo}", says: "the key \"salt\" is missing", hint: "copy it",
            shares: even),
    ]

    private static let growthbook: [Refusal] = [
        Refusal(
            rule: "{with: growthbook, hashVersion: 3}", says: "the hash's version is \"3\"",
            hint: "from 1 to 2"),
        Refusal(
            rule: "{with: growthbook, encoding: latin-1}", says: "the encoding is \"latin-1\"",
            hint: "utf-16 (JavaScript"),
        Refusal(
            rule: "{with: growthbook, coverage: 80}", says: "the coverage is 80",
            hint: "as 0.8, or 80%"),
        Refusal(
            rule: "{with: growthbook, coverage: high}", says: "the coverage is \"high\"",
            hint: "as 0.8"),
        Refusal(
            rule: "{with: growthbook, coverage: 0}", says: "no unit at all would be in an arm",
            hint: "a coverage"),
        Refusal(
            rule: "{with: growthbook, weights: [0.5, 0.5]}",
            says: "the arms have shares, and \"weights\" deals them too",
            hint: "bare names: [control, treatment]", shares: even),
        Refusal(
            rule: "{with: growthbook, weights: [1.2, -0.2]}", says: "the weight -0.2 is negative",
            hint: "the weights that units were dealt by"),
        Refusal(
            rule: "{with: growthbook, ranges: [[0, 0.4]]}",
            says: "\"ranges\" has 1 elements for 2 arms", hint: "one for each arm"),
        Refusal(
            rule: "{with: growthbook, ranges: [[0, 0.4], [0.6, 0.5]]}",
            says: "ends at 0.5, before its beginning at 0.6", hint: "as [0, 0.4]"),
        Refusal(
            rule: "{with: growthbook, ranges: [[0, 0.4], [0.3, 1]]}",
            says: "the ranges of two arms overlap", hint: "to one arm"),
        Refusal(
            rule: "{with: growthbook, ranges: [[0, 0.4], [0.4, 1.5]]}",
            says: "is not within 0 and 1", hint: "as [0, 0.4]"),
        Refusal(
            rule: "{with: growthbook, ranges: [[0, 0.4], 0.6]}", says: "not two numbers",
            hint: "as [0, 0.4]"),
        Refusal(
            rule: "{with: growthbook, range: [0, 0.4]}", says: "no arm is \"enabled\"",
            hint: "enabled: treatment"),
        Refusal(
            rule: "{with: growthbook, enabled: other, coverage: 1}",
            says: "\"other\", which is no arm", hint: "declared: control, treatment"),
        Refusal(
            rule: "{with: growthbook, enabled: a, coverage: 1}", says: "of 3",
            hint: "declare two arms", arms: ["a", "b", "c"]),
        Refusal(
            rule: "{with: growthbook, enabled: control, weights: [1, 0]}",
            says: "both deal the arms", hint: "keep one"),
        Refusal(
            rule: "{with: growthbook, enabled: control}", says: "the coverage is missing",
            hint: "coverage: 50%"),
        Refusal(
            rule: "{with: growthbook, namespace: [a, 0.4]}", says: "the namespace lacks",
            hint: "{id: pricing, from: 0, to: 0.4}"),
        Refusal(
            rule: "{with: growthbook, filters: [{seed: a}]}", says: "the filter has no ranges",
            hint: "ranges: [[0, 0.4]]"),
        Refusal(
            rule: "{with: growthbook, filters: [{attribute: other, ranges: [[0, 1]]}]}",
            says: "a filter has no key \"attribute\"", hint: "known: seed, ranges, hashVersion"),
    ]

    private static let unleashAndFlagd: [Refusal] = [
        Refusal(
            rule: "{with: unleash}", says: "nothing says how the arms are dealt",
            hint: "weights: [500, 500]"),
        Refusal(
            rule: "{with: unleash}", says: "Unleash's weights are thousandths",
            hint: "at most one decimal", shares: ["33.33%", "66.67%"]),
        Refusal(
            rule: "{with: unleash, rollout: 33.3}", says: "33.3 is no whole percentage",
            hint: "a whole number from 0 to 100", shares: even),
        Refusal(
            rule: "{with: unleash, rollout: 101}", says: "the rollout is \"101\"",
            hint: "from 0 to 100", shares: even),
        Refusal(
            rule: "{with: unleash, weights: [0, 0]}", says: "the weights add up to 0",
            hint: "give an arm a weight"),
        Refusal(
            rule: "{with: unleash, weights: [-1, 2]}", says: "a weight is \"-1\"",
            hint: "from 0 to 1000000"),
        Refusal(
            rule: "{with: unleash, weights: [1000000, 1]}", says: "add up to 1000001",
            hint: "at most 1000000"),
        Refusal(
            rule: "{with: unleash, enabled: control}", says: "whole percents",
            hint: "a whole number from 0 to 100", shares: ["0.5%", "99.5%"]),
        Refusal(
            rule: "{with: flagd, version: 1}", says: "fractional operator is \"1\"",
            hint: "write 2"),
        Refusal(
            rule: "{with: flagd, version: 3}", says: "fractional operator is \"3\"",
            hint: "hashes CBOR"),
        Refusal(
            rule: "{with: flagd, weights: [0.5, 1]}", says: "a weight is \"0.5\"",
            hint: "a whole number"),
        Refusal(
            rule: "{with: flagd, weights: [2147483647, 1]}",
            says: "the weights add up to more than 2147483647", hint: "divide each"),
        Refusal(
            rule: "{with: flagd, weights: [0, -5]}", says: "no unit at all", hint: "weights"),
    ]

    private static let eppoAndStatsig: [Refusal] = [
        Refusal(
            rule: "{with: eppo, salt: a}", says: "nothing says how the arms are dealt",
            hint: "[[0, 5000], [5000, 10000]]"),
        Refusal(
            rule: "{with: eppo, salt: a, totalShards: 3}", says: "no whole number of 3 shards",
            hint: "ranges", shares: even),
        Refusal(
            rule: "{with: eppo, salt: a, ranges: [[0, 5000], [4000, 10000]]}",
            says: "the buckets from 4000 to 5000 are given to both control and treatment",
            hint: "to one arm"),
        Refusal(
            rule: "{with: eppo, salt: a, ranges: [[0, 5000], [5000, 10001]]}",
            says: "the end of a range is \"10001\"", hint: "from 0 to 10000"),
        Refusal(
            rule: "{with: eppo, salt: a, ranges: [[0, 5000], [7000, 6000]]}",
            says: "ends at 6000, before its beginning at 7000", hint: "as [0, 5000]"),
        Refusal(
            rule: "{with: eppo, salt: a, ranges: [[[0, 10], [5, 20]], [50, 60]]}",
            says: "overlaps another", hint: "where the one before ends"),
        Refusal(
            rule: "{with: eppo, salt: a, traffic: {salt: t}}", says: "the shard has no ranges",
            hint: "ranges: [[0, 5000]]", shares: even),
        Refusal(
            rule: "{with: eppo, splits: [{variationKey: other, shards: []}]}",
            says: "\"other\", which is no arm", hint: "declared: control, treatment"),
        Refusal(
            rule: "{with: eppo, splits: [{variationKey: control, shards: []}]}",
            says: "the splits have no shards", hint: "write the shards"),
        Refusal(
            rule: "{with: eppo, splits: [], salt: a}", says: "both deal the arms",
            hint: "keep one"),
        Refusal(
            rule: "{with: statsig, salt: s}", says: "1,000 buckets", hint: "at most one decimal",
            shares: ["33.33%", "66.67%"]),
        Refusal(
            rule: "{with: statsig, salt: s, rule: r}", says: "no arm is \"enabled\"",
            hint: "enabled: treatment", shares: even),
        Refusal(
            rule: "{with: statsig, salt: s, enabled: control, passPercentage: 5}",
            says: "the key \"rule\" is missing", hint: "copy it"),
        Refusal(
            rule: "{with: statsig, salt: s, rule: r, enabled: control, passPercentage: 101}",
            says: "the pass percentage is \"101\"", hint: "from 0 to 100"),
        Refusal(
            rule: "{with: statsig, salt: s, ranges: [[0, 500], [500, 1001]]}",
            says: "the end of a range is \"1001\"", hint: "from 0 to 1000"),
        Refusal(
            rule: "{with: statsig, salt: s, layer: {salt: l}}", says: "the layer has no ranges",
            hint: "ranges: [[0, 500]]", shares: even),
        Refusal(
            rule: "{with: statsig, salt: s, gates: [{salt: a, rule: b}]}",
            says: "\"passPercentage\" is missing", hint: "passPercentage: 10", shares: even),
    ]

    private static let others: [Refusal] = [
        Refusal(
            rule: "{with: planout, salt: s}", says: "the key \"parameter\" is missing",
            hint: "copy it", shares: even),
        Refusal(
            rule: "{with: planout, parameter: x, operator: RandomFloat}",
            says: "the operator is \"RandomFloat\"",
            hint: "WeightedChoice, UniformChoice, BernoulliTrial"),
        Refusal(
            rule: "{with: planout, parameter: x, operator: UniformChoice, p: 0.5}",
            says: "UniformChoice has no \"p\"", hint: "operator: BernoulliTrial"),
        Refusal(
            rule: "{with: planout, parameter: x, operator: BernoulliTrial, p: 1.5}",
            says: "p is 1.5", hint: "from 0 to 1"),
        Refusal(
            rule: "{with: planout, parameter: x, operator: BernoulliTrial, p: 0.5}",
            says: "a BernoulliTrial has two results", hint: "declare two", arms: ["a", "b", "c"]),
        Refusal(
            rule: "{with: planout, fullSalt: f, parameter: x}",
            says: "no effect beside \"fullSalt\"", hint: "keep one", shares: even),
        Refusal(
            rule: "{with: planout, parameter: x, namespace: {name: n, segments: 10}}",
            says: "not one of \"history\" and \"ranges\"", hint: "write history", shares: even),
        Refusal(
            rule:
                "{with: planout, parameter: x, namespace: {name: n, segments: 10, history: [{add: trial, segments: 11}]}}",
            says: "10 segments are free", hint: "PlanOut adds", shares: even),
        Refusal(
            rule:
                "{with: planout, parameter: x, namespace: {name: n, segments: 10, history: [{remove: trial}]}}",
            says: "is not in the namespace there", hint: "added before", shares: even),
        Refusal(
            rule:
                "{with: planout, parameter: x, namespace: {name: n, segments: 10, history: [{add: other, segments: 5}]}}",
            says: "does not end with \"trial\"", hint: "add it", shares: even),
        Refusal(
            rule: "{with: optimizely, experimentId: 1}",
            says: "10,000 buckets", hint: "at most two decimals", shares: ["0.001%", "99.999%"]),
        Refusal(
            rule:
                "{with: optimizely, experimentId: 1, trafficAllocation: [{entityId: x, endOfRange: 5}]}",
            says: "the entity \"x\" is no arm", hint: "declared: control, treatment"),
        Refusal(
            rule:
                "{with: optimizely, experimentId: 1, trafficAllocation: [{entityId: control, endOfRange: 5}, {entityId: treatment, endOfRange: 4}]}",
            says: "ends at 4, before the one before it at 5", hint: "let endOfRange grow"),
        Refusal(
            rule:
                "{with: optimizely, experimentId: 1, group: {id: 2, trafficAllocation: [{entityId: 3, endOfRange: 10000}]}}",
            says: "gives no bucket to the experiment \"1\"", hint: "as entityId", shares: even),
        Refusal(
            rule: "{with: posthog}", says: "nothing says how the arms are dealt",
            hint: "variants: [50, 50]"),
        Refusal(
            rule: "{with: posthog, variants: [50]}", says: "1 elements for 2 arms",
            hint: "one for each arm"),
        Refusal(
            rule: "{with: posthog, enabled: control}", says: "\"rollout\" is missing",
            hint: "rollout: 50"),
        Refusal(
            rule: "{with: posthog, holdout: 100}", says: "no unit at all", hint: "a rollout",
            shares: even),
    ]

    @Test func `what cannot be dealt by is refused in its place, with a remedy`() throws {
        let all =
            Self.shared + Self.growthbook + Self.unleashAndFlagd + Self.eppoAndStatsig
            + Self.others
        #expect(all.count == 77)
        for refusal in all {
            let problems = try refused(refusal.rule, arms: refusal.arms, shares: refusal.shares)
            #expect(problems.count == 1, "\(refusal.rule): \(problems)")
            guard let problem = problems.first else { continue }
            #expect(problem.message.contains(refusal.says), "\(refusal.rule): \(problem)")
            #expect(problem.hint.contains(refusal.hint), "\(refusal.rule): \(problem)")
            #expect(problem.place.line == 2 && problem.place.file == "rule.yaml")
        }
    }

    @Test func `what is at a limit is read, and what is one past it is refused`() throws {
        func list(_ count: Int, _ element: (Int) -> String) -> String {
            "[" + (0..<count).map(element).joined(separator: ", ") + "]"
        }
        let limits: [(limit: Int, rule: (Int) -> String)] = [
            (1_024, { "{with: growthbook, seed: \(String(repeating: "s", count: $0))}" }),
            (
                16,
                {
                    "{with: growthbook, filters: \(list($0) { "{seed: s\($0), ranges: [[0, 1]]}" })}"
                }
            ),
            (
                1_000,
                {
                    "{with: eppo, salt: a, ranges: [\(list($0) { "[\($0), \($0 + 1)]" }), [5000, 6000]]}"
                }
            ),
            (
                16,
                {
                    "{with: statsig, salt: a, ranges: [[0, 1], [1, 2]], gates: \(list($0) { "{salt: s\($0), rule: r, passPercentage: 50}" })}"
                }
            ),
            (
                100_000,
                {
                    "{with: planout, parameter: x, operator: UniformChoice, namespace: {name: n, segments: \($0), ranges: [[0, 1]]}}"
                }
            ),
            (
                1_000_000_000,
                { "{with: eppo, totalShards: \($0), salt: a, ranges: [[0, 1], [1, 2]]}" }
            ),
        ]
        for (limit, rule) in limits {
            #expect(try refused(rule(limit)).isEmpty, "\(rule(limit).prefix(60))")
            #expect(try refused(rule(limit + 1)).count == 1, "\(rule(limit + 1).prefix(60))")
        }
    }

    @Test func `ranges that are too many to count out are refused`() throws {
        func rule(_ arms: Int) -> String {
            let lists = (0..<arms).map { arm in
                let ranges = (0..<1_000).map { index in
                    let start = 2 * (1_000 * arm + index)
                    return "[\(start), \(start + 1)]"
                }
                return "[\(ranges.joined(separator: ", "))]"
            }
            return "{with: eppo, salt: a, ranges: [\(lists.joined(separator: ", "))]}"
        }
        #expect(try refused(rule(2)).isEmpty)
        let problems = try refused(rule(3), arms: ["a", "b", "c"])
        #expect(problems.count == 1)
        #expect(problems.first?.message.contains("too many combinations") == true)
    }
}
