public import HoldfastFormats

/// A JSON Schema (draft 2020-12) as far as Holdfast's own schemas go.
///
///     let schema = try JSONSchemaValidator("catalog.schema.json")
///     schema.faults(["holdfast": 2])   // ["$.holdfast: breaks const"]
///
/// A keyword that it does not know, anywhere in the file, is an error: nothing is passed over
/// unseen. References are to definitions of the same file. Not a general validator.
public struct JSONSchemaValidator {
    /// The whole file.
    public let root: JSON
    private let start: JSON
    private let patterns = Patterns()

    private static let annotations: Set<String> = [
        "$schema", "$id", "$defs", "title", "description", "examples", "default", "format",
    ]
    private static let assertions: Set<String> = [
        "$ref", "type", "properties", "patternProperties", "additionalProperties", "propertyNames",
        "required", "minProperties", "maxProperties", "enum", "const", "pattern", "minLength",
        "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "items",
        "minItems", "maxItems", "oneOf", "anyOf", "allOf", "not", "if", "then", "else",
    ]

    /// The schema in `Schemas/`: a file, or one of its definitions as
    /// `outcome.schema.json#/$defs/Outcome`. A missing file or definition is an error.
    public init(_ reference: String) throws {
        let parts = reference.split(separator: "#", maxSplits: 1).map(String.init)
        let root = try JSON.parse(try Repository.bytes("Schemas/" + (parts.first ?? "")))
        try self.init(root: root, reference: parts.count > 1 ? "#" + parts[1] : "#")
    }

    /// A schema from its text.
    public init(text: String) throws {
        try self.init(root: try JSON.parse(Array(text.utf8)), reference: "#")
    }

    private init(root: JSON, reference: String) throws {
        self.root = root
        let unknown = JSONSchemaValidator.unknownKeywords(root, "#")
        guard unknown.isEmpty else {
            throw MissingFixture(
                "keywords without meaning: " + unknown.joined(separator: ", "))
        }
        guard let start = JSONSchemaValidator.resolve(reference, in: root) else {
            throw MissingFixture("there is no schema \(reference)")
        }
        self.start = start
        try checkReferences(root)
    }

    /// Every place at which the value breaks the schema, and why.
    public func faults(_ value: JSON) -> [String] { faults(value, start, "$") }

    // MARK: - The schema itself

    /// Goes through every schema inside a schema.
    private static func parts(of schema: JSON) -> [(name: String, schema: JSON)] {
        schema.members.flatMap { key, value -> [(name: String, schema: JSON)] in
            switch key {
            case "properties", "patternProperties", "$defs":
                value.members.map { (name: "\(key)/\($0.key)", schema: $0.value) }
            case "oneOf", "anyOf", "allOf": (value.array ?? []).map { (name: key, schema: $0) }
            case "items", "not", "if", "then", "else", "propertyNames", "additionalProperties":
                [(name: key, schema: value)]
            default: []
            }
        }
    }

    private static func unknownKeywords(_ schema: JSON, _ place: String) -> [String] {
        schema.members.map(\.key).filter { !annotations.contains($0) && !assertions.contains($0) }
            .map { "\(place)/\($0)" }
            + parts(of: schema).flatMap { unknownKeywords($0.schema, "\(place)/\($0.name)") }
    }

    private func checkReferences(_ schema: JSON) throws {
        if let reference = schema["$ref"] {
            let text = reference.string ?? ""
            guard JSONSchemaValidator.resolve(text, in: root) != nil else {
                throw MissingFixture("there is no schema \(text)")
            }
        }
        if let pattern = schema["pattern"]?.string { try patterns.compile(pattern) }
        for (pattern, _) in schema["patternProperties"]?.members ?? [] {
            try patterns.compile(pattern)
        }
        for part in JSONSchemaValidator.parts(of: schema) { try checkReferences(part.schema) }
    }

    private static func resolve(_ reference: String, in root: JSON) -> JSON? {
        guard reference.hasPrefix("#") else { return nil }
        return reference.dropFirst().split(separator: "/").reduce(Optional(root)) {
            $0?[String($1)]
        }
    }

    // MARK: - A value

    private func faults(_ value: JSON, _ schema: JSON, _ place: String) -> [String] {
        switch schema {
        case .bool(let isAllowed): return isAllowed ? [] : ["\(place): is not allowed"]
        case .object(let keywords):
            return keywords.members.flatMap { keyword, rule in
                faults(value, keyword, rule, keywords, place)
            }
        case .null, .integer, .number, .string, .array: return ["\(place): schema is no object"]
        }
    }

    private func fits(_ value: JSON, _ schema: JSON) -> Bool { faults(value, schema, "").isEmpty }

    private func faults(
        _ value: JSON, _ keyword: String, _ rule: JSON, _ keywords: JSONObject, _ place: String
    ) -> [String] {
        let rules = rule.array ?? []
        switch keyword {
        case let keyword where JSONSchemaValidator.annotations.contains(keyword): return []
        case "then", "else": return []  // With "if".
        case "$ref":
            let target = JSONSchemaValidator.resolve(rule.string ?? "", in: root) ?? false
            return faults(value, target, place)
        case "allOf": return rules.flatMap { faults(value, $0, place) }
        case "anyOf":
            return rules.contains { fits(value, $0) } ? [] : ["\(place): fits none of anyOf"]
        case "oneOf":
            let count = rules.count { fits(value, $0) }
            return count == 1 ? [] : ["\(place): fits \(count) of oneOf"]
        case "not": return fits(value, rule) ? ["\(place): breaks not"] : []
        case "if":
            let branch = fits(value, rule) ? keywords["then"] : keywords["else"]
            return branch.map { faults(value, $0, place) } ?? []
        case "items":
            return (value.array ?? []).enumerated().flatMap {
                faults($0.element, rule, "\(place)[\($0.offset)]")
            }
        case "properties", "patternProperties", "required", "additionalProperties",
            "propertyNames":
            guard case .object(let object) = value else { return [] }
            return objectFaults(object, keyword, rule, keywords, place)
        default: return isKept(keyword, rule, value) ? [] : ["\(place): breaks \(keyword)"]
        }
    }

    private func objectFaults(
        _ object: JSONObject, _ keyword: String, _ rule: JSON, _ keywords: JSONObject,
        _ place: String
    ) -> [String] {
        if keyword == "required" {
            return (rule.array ?? []).filter { object[$0.string ?? ""] == nil }
                .map { "\(place): lacks \($0.text())" }
        }
        return object.members.flatMap { name, member -> [String] in
            let matching = (keywords["patternProperties"]?.members ?? [])
                .filter { patterns.match($0.key, name) }
            switch keyword {
            case "properties":
                return rule[name].map { faults(member, $0, "\(place).\(name)") } ?? []
            case "patternProperties":
                return matching.flatMap { faults(member, $0.value, "\(place).\(name)") }
            case "propertyNames":
                return fits(.string(name), rule) ? [] : ["\(place): has the name \(name)"]
            default:
                if keywords["properties"]?[name] != nil || !matching.isEmpty { return [] }
                return rule == false
                    ? ["\(place): has \(name)"] : faults(member, rule, "\(place).\(name)")
            }
        }
    }

    private func isKept(_ keyword: String, _ rule: JSON, _ value: JSON) -> Bool {
        let bound = rule.double ?? .nan
        func kept(_ figure: Double?, _ holds: (Double, Double) -> Bool) -> Bool {
            figure.map { holds($0, bound) } ?? true
        }
        let length = value.string.map { Double($0.unicodeScalars.count) }
        let elements = value.array.map { Double($0.count) }
        var members: Double?
        if case .object(let object) = value { members = Double(object.members.count) }
        switch keyword {
        case "type":
            return (rule.array ?? [rule]).contains { isType($0.string ?? "", value) }
        case "const": return isSame(value, rule)
        case "enum": return rule.array?.contains { isSame(value, $0) } == true
        case "pattern": return value.string.map { patterns.match(rule.string ?? "", $0) } ?? true
        case "minLength": return kept(length, >=)
        case "maxLength": return kept(length, <=)
        case "minItems": return kept(elements, >=)
        case "maxItems": return kept(elements, <=)
        case "minProperties": return kept(members, >=)
        case "maxProperties": return kept(members, <=)
        case "minimum": return kept(value.double, >=)
        case "maximum": return kept(value.double, <=)
        case "exclusiveMinimum": return kept(value.double, >)
        case "exclusiveMaximum": return kept(value.double, <)
        default: return false
        }
    }

    /// Numbers are equal by their value: 1 is 1.0.
    private func isSame(_ one: JSON, _ other: JSON) -> Bool {
        if let one = one.double, let other = other.double { return one == other }
        return one == other
    }

    private func isType(_ type: String, _ value: JSON) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .integer: type == "integer" || type == "number"
        case .number(let number):
            type == "number" || type == "integer" && number == number.rounded()
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}

/// The patterns of a schema, each compiled once.
private final class Patterns {
    private var compiled: [String: Regex<AnyRegexOutput>] = [:]

    func compile(_ pattern: String) throws {
        // By scalars, as ECMA 262 does, not by what a reader sees as one character.
        compiled[pattern] = try Regex(pattern).matchingSemantics(.unicodeScalar)
    }

    func match(_ pattern: String, _ text: String) -> Bool {
        guard let regex = compiled[pattern] else { return false }
        return text.contains(regex)
    }
}
