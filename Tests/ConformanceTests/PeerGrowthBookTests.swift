import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// GrowthBook's published cases (`packages/sdk-js/test/cases.json`) that concern dealing.
@Suite struct PeerGrowthBookTests {
    @Test func `the published hashes`() throws {
        var tally = Tally()
        for vector in try peerCases("growthbook_hash.json").cases("hash") {
            let seed = try vector.text(at: "seed")
            let value = try vector.text(at: "value")
            var bucket: Double?
            switch try vector.integer(at: "version") {
            case 1:
                let hash = PeerHash(.growthbook1(.utf16), seed: seed)
                bucket = Double(hash.bucket(ofText: value)) / 1_000
            case 2:
                let hash = PeerHash(.growthbook2(.utf16), seed: seed)
                bucket = Double(hash.bucket(ofText: value)) / 10_000
            case let version:
                // No version that is known: not in the experiment there, and refused here.
                let (rule, problems) = try readCompatible(
                    ["with": "growthbook", "hashVersion": .integer(version)], arms: ["a", "b"])
                #expect(rule == nil && problems.count == 1)
            }
            tally.check("\(seed), \(value)", bucket, vector["expected"]?.double)
        }
        #expect(tally == Tally(run: 15, passed: 15))
    }

    @Test func `the published ranges and choices`() throws {
        var tally = Tally()
        let file = try peerCases("growthbook_hash.json")
        for vector in try file.cases("getBucketRange") {
            let count = Int(try vector.integer(at: "numVariations"))
            var members: [(key: String, value: JSON)] = [
                ("with", "growthbook"), ("hashVersion", 2),
            ]
            let coverage = vector["coverage"] ?? 1
            members.append(("coverage", coverage))
            if let weights = vector["weights"], weights.array != nil {
                members.append(("weights", weights))
            }
            let arms = (0..<count).map { "arm-\($0)" }
            let (rule, _) = try readCompatible(.object(JSONObject(members)), arms: arms)
            let ends = try fractions(vector["expected"]).map { $0.map { $0 * 10_000 } }
            let given = (0..<count).map { arm in rule?.ranges.first { $0.arm == arm } }
            // Published rounded, and compared so there too: 0.2 · 0.2 is a little above 0.04, and
            // has one bucket more. The exact ends are in edges.json.
            let isNear = zip(given, ends).allSatisfy { range, ends in
                guard let range else { return ends[0] == ends[1] }
                return abs(Double(range.from) - ends[0]) <= 1
                    && abs(Double(range.to) - ends[1]) <= 1
            }
            tally.check(try vector.text(at: "name"), isNear && given.count == ends.count, true)
        }
        #expect(tally == Tally(run: 13, passed: 13))

        tally = Tally()
        for vector in try file.cases("chooseVariation") {
            let ranges = try fractions(vector["ranges"])
            let arms = ranges.indices.map { "arm-\($0)" }
            let rule: JSON = [
                "with": "growthbook", "hashVersion": 2, "ranges": try #require(vector["ranges"]),
            ]
            let n = try #require(vector["n"]?.double)
            let bucket = UInt64((n * 10_000).rounded())
            let arm = try readCompatible(rule, arms: arms).rule?.ranges.arm(of: bucket)
            tally.check(
                try vector.text(at: "name"), Int64(arm ?? -1), try vector.integer(at: "expected"))
        }
        #expect(tally == Tally(run: 13, passed: 13))
    }

    @Test func `the published namespaces and equal weights`() throws {
        var tally = Tally()
        let file = try peerCases("growthbook_hash.json")
        for vector in try file.cases("inNamespace") {
            let space = try #require(vector["namespace"])
            let (rule, _) = try readCompatible(
                ["with": "growthbook", "namespace": space], arms: ["a", "b"])
            let deal = rule?.deal(try vector.text(at: "userId"))
            let isIn = deal?.gate == nil
            tally.check(try vector.text(at: "name"), .bool(isIn), vector["expected"])
        }
        #expect(tally == Tally(run: 16, passed: 16))

        tally = Tally()
        for vector in try file.cases("getEqualWeights") {
            let count = Int(try vector.integer(at: "n"))
            guard count > 1 else {
                tally.leave("fewer than two arms")
                continue
            }
            let arms = (0..<count).map { "arm-\($0)" }
            let (rule, _) = try readCompatible(
                ["with": "growthbook", "hashVersion": 2], arms: arms)
            let shares = rule?.propensities ?? []
            let expected = (vector["expected"]?.array ?? []).compactMap(\.double)
            // 10,000 buckets in three parts are 3,334, 3,333 and 3,333.
            let isNear = zip(shares, expected).allSatisfy { abs($0 - $1) < 0.0001 }
            tally.check("\(count)", isNear && shares.count == expected.count, true)
        }
        #expect(tally == Tally(run: 3, passed: 3, leftOut: ["fewer than two arms": 3]))
    }

    @Test func `the published experiments`() throws {
        var tally = Tally()
        for vector in try peerCases("growthbook_run.json").cases("cases") {
            let experiment = try #require(vector["experiment"])
            let context = try #require(vector["context"])
            let name = try vector.text(at: "name")
            if let reason = growthBookReason(experiment, context, vector) {
                tally.leave(reason)
                continue
            }
            let attribute = experiment["hashAttribute"]?.string ?? "id"
            let unit = growthBookID(context["attributes"]?[attribute])
            let values = experiment["variations"]?.array ?? []
            let isIn = vector["inExperiment"] == true
            let expected = isIn ? values.firstIndex { $0 == vector["value"] } : nil
            tally.check(name, try growthBookArm(experiment, unit: unit)?.arm, expected)
        }
        #expect(
            tally
                == Tally(
                    run: 58, passed: 58,
                    leftOut: [
                        "the caller forces a variation": 1, "a query string forces a variation": 2,
                        "the experiment forces a variation": 2, "QA mode": 3,
                        "the SDK is switched off": 1, "the experiment is stopped": 1,
                        "targeting": 1, "prerequisites": 1, "fewer than two arms": 1,
                        "a filter deals by another attribute": 2,
                    ]))
        #expect(tally.count == 73)
    }

    @Test func `the published features`() throws {
        var tally = Tally()
        for vector in try peerCases("growthbook_feature.json").cases("cases") {
            let expected = try #require(vector["expected"])
            let context = try #require(vector["context"])
            let name = try vector.text(at: "name")
            let key = try vector.text(at: "feature")
            let result = expected["experimentResult"]
            if let result, result["hashUsed"] == true, let experiment = expected["experiment"] {
                if growthBookReason(experiment, context, result) == Self.otherUnit {
                    tally.leave(Self.otherUnit)
                    continue
                }
                let deal = try growthBookArm(experiment, unit: growthBookID(result["hashValue"]))
                let published = Int(try result.integer(at: "variationId"))
                let isV2 = experiment["hashVersion"] == 2
                let bucket = (result["bucket"]?.double ?? -1) * (isV2 ? 10_000 : 1_000)
                #expect(deal?.bucket == UInt64(bucket.rounded()), "\(name)")
                tally.check(name, deal?.arm, published)
            } else if let reason = growthBookRuleReason(context["features"]?[key], context) {
                tally.leave(reason)
            } else if let rule = context["features"]?[key]?["rules"]?.array?.first {
                let unit = growthBookID(context["attributes"]?["id"])
                var isOn = try growthBookArm(rule, key: key, unit: unit)?.arm == 0
                if rule["force"] == nil {
                    isOn = try growthBookArm(rule, key: key, unit: unit)?.arm != nil
                }
                let isFirst = expected["value"] == rule["force"]
                tally.check(name, isOn, rule["force"] == nil ? false : isFirst)
            }
        }
        #expect(
            tally
                == Tally(
                    run: 28, passed: 28,
                    leftOut: [
                        "no rule": 4, "a value for all units": 4, "a unit without an id": 2,
                        "targeting": 6, "prerequisites": 9, "the caller forces a variation": 2,
                    ]))
        #expect(tally.count == 55)
    }

    @Test func `the published sticky buckets`() throws {
        var tally = Tally()
        for vector in try peerCases("growthbook_sticky.json").cases("cases") {
            let parts = try #require(vector.array)
            let name = try #require(parts[0].string)
            let key = try #require(parts[3].string)
            let result = parts[4]
            guard case .object = result else {
                tally.leave("a stored bucket blocks the experiment")
                continue
            }
            if result["stickyBucketUsed"] == true {
                tally.leave("a stored bucket decides")
                continue
            }
            let rule = try #require(parts[1]["features"]?[key]?["rules"]?.array?.first)
            let deal = try growthBookArm(rule, key: key, unit: growthBookID(result["hashValue"]))
            let isV2 = rule["hashVersion"] == 2
            let bucket = (result["bucket"]?.double ?? -1) * (isV2 ? 10_000 : 1_000)
            #expect(deal?.bucket == UInt64(bucket.rounded()), "\(name)")
            tally.check(name, deal?.arm, Int(try result.integer(at: "variationId")))
        }
        #expect(
            tally
                == Tally(
                    run: 7, passed: 7,
                    leftOut: [
                        "a stored bucket decides": 4, "a stored bucket blocks the experiment": 2,
                    ]))
    }

    static let otherUnit = "a filter deals by another attribute"

    private func fractions(_ json: JSON?) throws -> [[Double]] {
        try #require(json?.array).map { try #require($0.array).compactMap(\.double) }
    }
}
