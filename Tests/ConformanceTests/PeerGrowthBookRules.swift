import HoldfastFormats
import Testing
import TestSupport

@testable import HoldfastAssignment

/// An attribute as GrowthBook hashes it; `nil` where there is none, or an empty one.
func growthBookID(_ value: JSON?) -> String? {
    switch value {
    case .string(let text)?: text.isEmpty ? nil : text
    case .integer(let number)?: String(number)
    case .number, .bool, .null, .array, .object, nil: nil
    }
}

/// Why an experiment's case says nothing of dealing; `nil` where it does.
func growthBookReason(_ experiment: JSON, _ context: JSON, _ result: JSON) -> String? {
    let attribute = experiment["hashAttribute"]?.string ?? "id"
    let filters = experiment["filters"]?.array ?? []
    if filters.contains(where: { ($0["attribute"]?.string ?? "id") != attribute }) {
        return PeerGrowthBookTests.otherUnit
    }
    if result["hashUsed"] == true { return nil }
    if context["enabled"] == false { return "the SDK is switched off" }
    if context["qaMode"] == true { return "QA mode" }
    if context["forcedVariations"] != nil { return "the caller forces a variation" }
    if context["url"] != nil { return "a query string forces a variation" }
    if experiment["active"] == false { return "the experiment is stopped" }
    if experiment["condition"] != nil { return "targeting" }
    if experiment["parentConditions"] != nil { return "prerequisites" }
    if (experiment["variations"]?.array ?? []).count < 2 { return "fewer than two arms" }
    if experiment["force"] != nil, experiment["coverage"] == nil {
        return "the experiment forces a variation"
    }
    return nil
}

/// Why a feature's case says nothing of dealing; `nil` where its first rule deals.
func growthBookRuleReason(_ feature: JSON?, _ context: JSON) -> String? {
    guard let rule = feature?["rules"]?.array?.first else { return "no rule" }
    if rule["condition"] != nil { return "targeting" }
    if rule["parentConditions"] != nil { return "prerequisites" }
    if context["forcedVariations"] != nil { return "the caller forces a variation" }
    let isDealt = ["coverage", "range", "ranges", "filters", "namespace", "variations"]
        .contains { rule[$0] != nil }
    if !isDealt { return "a value for all units" }
    if growthBookID(context["attributes"]?[rule["hashAttribute"]?.string ?? "id"]) == nil {
        return "a unit without an id"
    }
    return nil
}

/// What a rule or an experiment deals to a unit, through the catalog's reader; `nil` where there is
/// no unit, or no such rule can be dealt by.
func growthBookArm(
    _ rule: JSON, key: String? = nil, unit: String?
) throws -> Compatibility.Deal? {
    // An empty id is none: GrowthBook leaves it out, and Holdfast takes none.
    guard let unit, UnitID(unit) != nil else { return nil }
    var members: [(key: String, value: JSON)] = [("with", "growthbook")]
    members.append(("key", rule["key"] ?? .string(key ?? "")))
    let known = ["seed", "hashVersion", "coverage", "weights", "ranges", "range", "namespace"]
    for name in known where rule[name] != nil { members.append((name, rule[name] ?? nil)) }
    if let filters = rule["filters"]?.array {
        let own = filters.map { filter in
            JSON.object(JSONObject(filter.members.filter { $0.key != "attribute" }))
        }
        members.append(("filters", .array(own)))
    }
    var arms = (rule["variations"] ?? rule["contextualVariations"])?.array?.indices.map {
        "arm-\($0)"
    }
    if arms == nil {
        arms = ["on", "off"]
        members.append(("enabled", "on"))
        if rule["coverage"] == nil, rule["range"] == nil { members.append(("coverage", 1)) }
    }
    let (read, _) = try readCompatible(
        .object(JSONObject(members)), arms: try #require(arms))
    return read?.deal(unit)
}
