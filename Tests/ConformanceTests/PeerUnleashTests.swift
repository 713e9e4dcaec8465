import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// Unleash's published cases (`client-specification`) that concern rollouts and variants.
@Suite struct PeerUnleashTests {
    @Test func `the published rollouts`() throws {
        var tally = Tally()
        for (spec, test) in try cases("tests") {
            let name = try test.text(at: "description")
            let feature = feature(of: test, in: spec)
            let strategies = feature?["strategies"]?.array ?? []
            if let reason = reason(feature, strategies) {
                tally.leave(reason)
                continue
            }
            guard let strategy = strategies.first(where: isRollout) else {
                tally.leave("no rollout by a hash")
                continue
            }
            if strategies.count > 1 {
                tally.leave("another strategy decides")
                continue
            }
            guard let isOn = try dealt(strategy, flag: test.text(at: "toggleName"), test) else {
                tally.leave(noUnit)
                continue
            }
            tally.check(name, .bool(isOn), test["expectedResult"])
        }
        #expect(tally.count == 49)
        #expect(
            tally
                == Tally(
                    run: 19, passed: 19,
                    leftOut: [
                        "no rollout by a hash": 2, "a unit without an id": 6,
                        "the flag depends on another": 18, "another strategy decides": 2,
                        "the flag is off": 2,
                    ]))
    }

    @Test func `the published variants`() throws {
        var tally = Tally()
        for (spec, test) in try cases("variantTests") {
            let name = try test.text(at: "description")
            let flag = try test.text(at: "toggleName")
            let feature = feature(of: test, in: spec)
            let strategies = feature?["strategies"]?.array ?? []
            if let reason = reason(feature, strategies) {
                tally.leave(reason)
                continue
            }
            let rollout = strategies.first(where: isRollout)
            let own = rollout?["variants"]?.array ?? []
            let variants = own.isEmpty ? feature?["variants"]?.array ?? [] : own
            if variants.isEmpty {
                tally.leave("no variants")
                continue
            }
            if variants.contains(where: { isForced($0, test) }) {
                tally.leave("an override forces a variant")
                continue
            }
            // A strategy's variants are dealt under its group, a flag's under the flag's name.
            let group = rollout?["parameters"]?["groupId"]?.string ?? flag
            let stickiness =
                own.isEmpty
                ? variants[0]["stickiness"]?.string : rollout?["parameters"]?["stickiness"]?.string
            let isOn = try rollout.map { try dealt($0, flag: flag, test) } ?? true
            guard let unit = unit(stickiness ?? "default", test), let isOn else {
                tally.leave(noUnit)
                continue
            }
            let rule: JSON = [
                "with": "unleash", "groupId": .string(group),
                "variantGroupId": .string(own.isEmpty ? flag : group),
                "weights": .array(try variants.map { try #require($0["weight"]) }),
            ]
            let (read, problems) = try readCompatible(
                rule, arms: variants.indices.map { "arm-\($0)" })
            let arm = try #require(read, "\(problems)").deal(unit).arm
            let given = isOn ? arm.flatMap { variants[$0]["name"] } : "disabled"
            tally.check(name, given, test["expectedResult"]?["name"])
        }
        #expect(tally.count == 51)
        #expect(
            tally
                == Tally(
                    run: 22, passed: 22,
                    leftOut: [
                        "no such flag": 1, "targeting": 3, "the flag is off": 3, "no variants": 2,
                        "a unit without an id": 1, "an override forces a variant": 2,
                        "the flag depends on another": 17,
                    ]))
    }

    private func cases(_ key: String) throws -> [(spec: JSON, test: JSON)] {
        try peerCases("unleash_rollout_variant_slim.json").cases("specs").flatMap { spec in
            (spec[key]?.array ?? []).map { (spec, $0) }
        }
    }

    private func feature(of test: JSON, in spec: JSON) -> JSON? {
        spec["state"]?["features"]?.array?.first { $0["name"] == test["toggleName"] }
    }

    /// Why a case says nothing of dealing.
    private func reason(_ feature: JSON?, _ strategies: [JSON]) -> String? {
        guard let feature else { return "no such flag" }
        if feature["enabled"] != true { return "the flag is off" }
        if feature["dependencies"] != nil { return "the flag depends on another" }
        let isTargeted = strategies.contains { !($0["constraints"]?.array ?? []).isEmpty }
        return isTargeted ? "targeting" : nil
    }

    private func isRollout(_ strategy: JSON) -> Bool {
        ["gradualRolloutUserId", "gradualRolloutSessionId", "flexibleRollout"]
            .contains(strategy["name"]?.string)
    }

    private func isForced(_ variant: JSON, _ test: JSON) -> Bool {
        (variant["overrides"]?.array ?? []).contains { override in
            let value = test["context"]?[override["contextName"]?.string ?? ""]
            return (override["values"]?.array ?? []).contains { $0 == value }
        }
    }

    /// The id that is sticky, if the context has it.
    private func unit(_ stickiness: String, _ test: JSON) -> String? {
        let context = test["context"]
        let properties = context?["properties"]
        let names = stickiness == "default" ? ["userId", "sessionId"] : [stickiness]
        return names.lazy.compactMap { (context?[$0] ?? properties?[$0])?.string }.first
    }

    private let noUnit = "a unit without an id"

    /// Whether a rollout is on, through the catalog's reader; `nil` where the context has no id.
    private func dealt(_ strategy: JSON, flag: String, _ test: JSON) throws -> Bool? {
        let parameters = try #require(strategy["parameters"])
        let percentage = try #require((parameters["rollout"] ?? parameters["percentage"])?.string)
        let stickiness =
            switch strategy["name"]?.string {
            case "gradualRolloutUserId": "userId"
            case "gradualRolloutSessionId": "sessionId"
            default: parameters["stickiness"]?.string ?? "default"
            }
        guard let id = unit(stickiness, test) else { return nil }
        let rule: JSON = [
            "with": "unleash", "groupId": parameters["groupId"] ?? .string(flag),
            "enabled": "on", "rollout": .integer(try #require(Int64(percentage))),
        ]
        let (read, problems) = try readCompatible(rule, arms: ["on", "off"])
        return try #require(read, "\(problems)").deal(id).arm == 0
    }
}
